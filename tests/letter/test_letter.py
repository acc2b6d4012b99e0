"""The letter: its chain and claims, the two-sign table, verdicts that follow from numbers."""

import json
from dataclasses import replace

import numpy as np
import pytest

from nutau.errors import InputError
from nutau.inputs.letter import Number, chain, line, nunu_over_c9
from nutau.letter import full
from nutau.letter.claims import (
    BANDED,
    CLAIMS,
    K_NUNU,
    K_TAUTAU,
    KST_NUNU,
    KST_TAUTAU,
    benchmarks,
    kappa_window,
    letter_curves,
)
from nutau.letter.parabola import Parabola, in_delta
from nutau.letter.plane import bands, plane_line
from nutau.letter.report import Tolerance, agrees, claims_file, judge, judge_full, reproduce, show
from nutau.observables.letter import letter_formulas

# Two-sign table with the letter's polynomials at δ = 0.069 + n 0.022, evaluated by hand in exact arithmetic to six
# digits, hence the tolerance: (observable, κ, convention) -> n = -2, -1, 0, 1, 2
GOLDEN = {
    (K_TAUTAU, 0, "published"): (2.18269, 13.3035, 33.8608, 63.8547, 103.285),
    (K_TAUTAU, 0, "physical"): (12.003, 31.7656, 60.9648, 99.6006, 147.673),
    (K_TAUTAU, 1, "published"): (15.5511, 68.676, 159.547, 288.165, 454.529),
    (K_TAUTAU, 1, "physical"): (35.1916, 105.6, 213.755, 359.657, 543.304),
    (K_TAUTAU, -0.5, "published"): (0.0681369, 1.7681, 5.8272, 12.2455, 21.0228),
    (K_TAUTAU, 3, "physical"): (118.126, 382.477, 797.813, 1364.13, 2081.44),
    (KST_TAUTAU, 1, "published"): (18.8968, 81.7768, 188.779, 339.904, 535.151),
    (KST_TAUTAU, 1, "physical"): (40.0794, 121.6, 247.243, 417.009, 630.897),
    (KST_TAUTAU, 1.5, "physical"): (58.7518, 183.215, 376.62, 638.966, 970.253),
    (KST_NUNU, 0, "published"): (0.819156, 2.0392, 4.5504, 8.35275, 13.4463),
    (KST_NUNU, 0, "physical"): (2.84814, 5.85369, 10.1504, 15.7383, 22.6173),
    (K_NUNU, 3, "physical"): (2.30561, 8.97129, 20.8016, 37.7965, 59.9561),
    (K_NUNU, -3, "published"): (10.2804, 40.5142, 91.4064, 162.957, 255.166),
    (K_NUNU, 1, "physical"): (1, 1, 1, 1, 1),
}


@pytest.mark.parametrize("key", GOLDEN, ids=str)
def test_two_sign_table(key):
    observable, kappa, convention = key
    curve = in_delta(observable, kappa, convention)
    np.testing.assert_allclose([curve(chain().at(n)) for n in range(-2, 3)], GOLDEN[key], rtol=1e-5)


@pytest.mark.parametrize("kappa", [-0.5, 0.0, 0.5, 1.5, 3.0])
def test_flipping_the_sign_is_reflecting_kappa_about_one_in_nunu(kappa):
    one, other = in_delta(K_NUNU, kappa, "published"), in_delta(K_NUNU, 2 - kappa, "physical")
    assert (one.a, one.b) == pytest.approx((other.a, other.b), rel=1e-13)


def test_kappa_windows_are_mirrored():
    published, physical = (
        kappa_window(letter_curves(name, "letter-2022"), chain().at(-1), 2.7)
        for name in ("published", "physical")
    )
    assert published == pytest.approx((-0.15, 1.50), abs=0.005)  # quoted to two decimals
    assert physical == pytest.approx((2 - published[1], 2 - published[0]), rel=1e-12)


def test_printed_chain():
    steps = chain()
    assert (steps.delta.value, steps.delta.uncertainty) == (0.069, 0.022)
    assert (steps.c9.value, steps.c9.uncertainty) == (28, 9)
    assert round(steps.c3.value, 3) == -0.045


@pytest.fixture(scope="module")
def report():
    return reproduce()


def test_verdicts_of_the_letter(report):
    only_as_published = {
        "eq-4.4",
        "eq-4.5",
        "eq-4.6",
        "excluded",
        "low-corner",
        "figure-1",
    }
    assert {
        claim.id for claim in report.claims if claim.verdict == "holds only as published"
    } == only_as_published
    false = {claim.id for claim in report.claims if claim.verdict == "does not hold"}
    assert false == {"running", "kappa-window"}
    assert report["c9-universal"].verdict == "holds"  # and so contradicts (4.4), which the reader is told
    assert "|λ_t| gives 0.18" in report["c9-universal"].why
    assert "contradicts (4.4)" in report["c9-universal"].why
    assert report["c9-universal"].verdicts == "holds with the physical sign only"
    assert report["eq-4.6"].computed["physical"]["range"] == pytest.approx([35.19, 630.9], rel=1e-3)
    assert report["table-1"].computed["physical"]["values"]["Z'"] is None


def test_the_appendix_is_judged_with_the_form_factors_of_its_date(report):
    """flavio 2.4.0 itself gives at m_W the numbers below, with another α and other quark masses: 1 %."""
    claim = report["app-A.1"]
    flavio = {"m": 0.2390, "p": -0.0983, "m m": 0.01437, "m p": -0.01122, "p p": 0.01481}
    assert claim.computed["physical"]["values"] == pytest.approx(flavio, rel=0.01)
    assert (claim.verdict, claim.full_verdict) == ("holds", "does not hold")
    assert "With today's form factors: m p" in claim.why
    p = claim.computed["full"]
    assert (
        abs(p["values"]["p"] + 0.0993) < 0.05 * 0.0993 + p["uncertainties"]["p"]
    )  # 8 % off, within our error


def test_report_document(report):
    document = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert document["schema"] == "nutau/report/1"
    assert [claim["id"] for claim in document["claims"]] == [entry.id for entry in claims_file().claims]
    for claim in document["claims"]:
        assert {"id", "equation", "statement", "published", "computed", "verdict", "why"} <= set(claim)
        assert claim["full_verdict"] in {None, "holds", "does not survive running", "does not hold"}
        assert set(claim["bands"]) in (set(), {"1", "2"})
        assert {"published", "physical"} <= set(claim["computed"])
        assert claim["why"]
    assert all(row for row in report.rows())
    assert "<table>" in report._repr_html_()


def test_every_claim_is_computed():
    ids = {entry.id for entry in claims_file().claims if "formula" not in entry.published}
    assert ids == {*CLAIMS, *BANDED}
    assert not {*CLAIMS} & {*BANDED}


def test_claims_on_r_d_are_judged_over_one_band_and_shown_over_both(report):
    banded = [claim for claim in report.claims if claim.bands]
    assert {claim.id for claim in banded} == set(BANDED)
    for claim in banded:
        assert set(claim.bands) == {"1", "2"}
        assert (claim.verdict, claim.computed) == (claim.bands["2"].verdict, claim.bands["2"].computed)
        if claim.bands["1"].verdict != claim.verdict:
            assert f"at 1 σ: {claim.bands['1'].verdict}" in claim.verdicts
        assert show(claim.bands["1"].computed["physical"]) in claim.why
    over_one = {claim.id: claim.bands["1"].verdict for claim in banded}
    assert over_one["excluded"] == "holds"
    assert over_one["vb"] == over_one["kappa-window"] == "holds only as published"
    # S3 by hand: R_νν ≥ 8.97 over 1σ and 2.31 over 2σ with the physical sign (GOLDEN), bound 3.9
    assert report["excluded"].bands["1"].computed["physical"]["names"] == ["S3", "U3"]
    assert report["excluded"].bands["2"].computed["physical"]["names"] == ["U3"]
    # VB at -2σ with the physical sign (GOLDEN)
    at_the_end = report["vb"].bands["2"].computed["physical"]["values"]
    assert at_the_end == pytest.approx({"Rtautau": 12.003, "Rnunu": 2.84814}, rel=1e-5)
    # a wider band allows what a narrower one does
    for column in ("published", "physical", "full"):
        narrow, wide = (report["kappa-window"].bands[n].computed[column]["range"] for n in "12")
        assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_a_model_is_excluded_by_more_than_the_theory_error():
    """3.9/0.95 = 4.105: with a lowest R_νν of S3 between the two it is not excluded."""
    curves = letter_curves("published", "letter-2022")
    lowest = curves(K_NUNU, 3.0).extremes(chain().at(-2), chain().at(2))[0]
    for factor, names in ((0.94, ["S3", "U3"]), (0.96, ["U3"])):
        moved = replace(chain(), bound_k=factor * lowest, bound_kstar=0.0)
        assert BANDED["excluded"](moved, curves, 2.0)["names"] == names


def test_running_is_judged(report):
    """The letter calls it subdominant; R_νν of U1 is no longer 1, as running adds half of C_L."""
    assert report["u1-nunu"].verdict == "holds"
    assert report["u1-nunu"].full_verdict == "does not survive running"
    assert "does not survive running" in report["u1-nunu"].verdicts
    claim = report["running"]
    assert claim.verdict == claim.full_verdict == "does not hold"
    # leading logarithm against the running tables, whose other inputs make δC9 5 % larger; next order below 5 %
    larger = report["eq-4.4"].computed["full"]["value"] / report["eq-4.4"].computed["physical"]["value"]
    leading, table = (claim.computed[name]["value"] for name in ("physical", "full"))
    assert table == pytest.approx(leading * larger, rel=0.06)
    assert claim.computed["published"]["value"] == -leading


def test_verdicts_on_full_numbers(report):
    assert judge_full(True, True) == judge_full(False, True) == "holds"
    assert judge_full(True, False) == "does not survive running"
    assert judge_full(True, False, runs=False) == judge_full(False, False) == "does not hold"
    for claim in report.claims:
        assert (claim.full_verdict is None) == ("full" not in claim.computed)
    # other inputs move (4.3) within its printed error: it holds; the sign of (4.4) does not
    assert report["eq-4.3"].full_verdict == "holds"
    assert report["eq-4.4"].full_verdict == "does not hold"


@pytest.mark.parametrize("kappa", [-3.0, -0.5, 0.3, 3.0])
@pytest.mark.parametrize("observable", [K_TAUTAU, KST_NUNU])
def test_full_curves_are_the_engine(observable, kappa):
    """Quadratic in δ and in κ: what nine points give is what the engine gives anywhere."""
    for delta in (-0.03, 0.069):
        assert full.full_curves(observable, kappa)(delta) == pytest.approx(
            full._ratios(kappa, delta)[observable], rel=1e-9
        )


def test_verdict_follows_the_inputs(tmp_path):
    """With a weaker bound on R_nunu of K*, S3 and U3 are no longer excluded and the claim falls."""
    data = tmp_path / "weak.yaml"
    data.write_text(
        "title: weaker bounds\nextends: letter-2022\ndrop: [Letter-2022-Rnunu]\nmeasurements:\n"
        "  - name: weak\n    kind: upper_limit\n    source: invented\n    unit: 1\n    limits:\n"
        '      - {observable: "BR(B+->Knunu)/SM", limit: 39, confidence_level: 0.9}\n'
        '      - {observable: "BR(B0->K*nunu)/SM", limit: 27, confidence_level: 0.9}\n'
    )
    report = reproduce(str(data))
    assert report["excluded"].computed["physical"]["names"] == []
    assert report["excluded"].verdict == "does not hold"
    assert report["eq-4.2"].verdict == "holds"


def test_ranges_of_the_full_numbers_include_the_interior_minimum():
    """With δ on both sides of 0 R_ττ of U1 has its minimum inside the range, not at an end."""
    wide = replace(chain(), delta=Number(0.0, 0.05))
    low, high = full.FULL["eq-4.6"](wide)["range"]
    along = [full._ratios(benchmarks()["U1"], delta) for delta in np.linspace(-0.1, 0.1, 81)]
    values = [ratios[name] for ratios in along for name in (K_TAUTAU, KST_TAUTAU)]
    assert low == pytest.approx(min(values), abs=1e-2)  # of 81 points, values up to 500
    assert high == pytest.approx(max(values), rel=1e-12)
    assert low < min(along[0][KST_TAUTAU], along[-1][KST_TAUTAU])


def test_a_bound_below_the_minimum_leaves_no_window():
    """R_νν >= 2/3 of left-handed new physics in one of three neutrinos."""
    tight = replace(chain(), bound_k=0.5, bound_kstar=0.6)
    for curves in (full.full_curves, letter_curves("physical", "letter-2022")):
        for claim in ("kappa-window", "vb", "low-corner"):
            for sigmas in (1.0, 2.0):
                found = BANDED[claim](tight, curves, sigmas)
                assert all(value is None for value in found.get("range", found.get("values", {}).values()))


def test_judging():
    assert judge(True, True) == judge(False, True) == "holds"
    assert judge(True, False) == "holds only as published"
    assert judge(False, False) == "does not hold"
    assert agrees({"value": 0.069}, {"value": 0.0694}, Tolerance(absolute=0.0005))
    assert not agrees({"value": 0.069}, {"value": 0.0696}, Tolerance(absolute=0.0005))
    assert agrees({"value": 10}, {"value": 31}, Tolerance(decades=0.5))
    assert not agrees({"value": 10}, {"value": -10}, Tolerance(decades=0.5))
    assert not agrees({"range": [1, 2]}, {"range": [1.4, 2]}, Tolerance(absolute=0.25))
    assert agrees({"range": [1, 2]}, {"range": [1.4, 2], "theory": 0.2}, Tolerance(absolute=0.25))
    assert not agrees({"value": 1}, {"value": float("nan")}, Tolerance(relative=0.5))
    assert agrees({"value": 1, "uncertainty": 0.2}, {"value": 1.1}, Tolerance(sigma=1))
    assert agrees({"names": ["a", "b"]}, {"names": ["b", "a"]}, None)


def test_polynomials_are_the_printed_ones():
    formulas = letter_formulas()
    c9, c10 = -3.0, 1.5
    m, p = c9 - c10, c9 + c10
    expected = 1 + 1.48e-2 * m**2 + 2.42e-1 * m - 1.15e-2 * m * p + 1.48e-2 * p**2 - 9.93e-2 * p
    assert formulas[K_TAUTAU](np.array([c9, c10])) == pytest.approx(expected, rel=1e-14)
    assert formulas[KST_NUNU](np.array([2.0, -1.0])) == pytest.approx(1 - 0.1 + 8.1e-3 * 5, rel=1e-14)


def test_muons_enter_through_3_2_and_kappa_minus_one_is_refused():
    coefficients = line(0.0, "physical", muons=True)(np.array([0.0]))
    assert coefficients[2].real == pytest.approx(0.36)  # (κ-1)/(κ+1) δC9^μμ
    assert line(-1.0, "physical", muons=True, kappa_mu=3.0)(np.array([0.0]))[2].real == pytest.approx(-0.18)
    with pytest.raises(InputError, match="κ = -1"):
        line(-1.0, "physical", muons=True)
    with pytest.raises(InputError, match="κ = -1"):
        nunu_over_c9(-1)


def test_unknown_convention_and_dataset():
    with pytest.raises(InputError, match="Did you mean 'physical'"):
        line(0.0, "unphysical")
    with pytest.raises(InputError, match="Did you mean 'letter-2022'"):
        chain("letter-2020")


@pytest.mark.parametrize(
    ("parabola", "bound", "expected"),
    [
        (Parabola(1, 0, 0), 4, (-2, 2)),
        (Parabola(1, 0, 5), 4, None),
        (Parabola(0, 2, 0), 4, (-np.inf, 2)),
        (Parabola(0, -2, 0), 4, (-2, np.inf)),
        (Parabola(0, 0, 1), 4, (-np.inf, np.inf)),
        (Parabola(0, 0, 9), 4, None),
    ],
)
def test_parabola(parabola, bound, expected):
    assert parabola.below(bound) == expected


def test_extremes_include_the_interior_minimum():
    assert Parabola(1, 0, 0).extremes(-1, 2) == (0, 4)
    assert Parabola(1, 0, 0).extremes(1, 2) == (1, 4)


def test_plane_lines_end_exactly_at_one_and_two_sigma():
    drawn = plane_line("U1", 1.0, "K", "physical")
    for n in (-2, -1, 0, 1, 2):
        assert np.isclose(drawn.sigmas, n, atol=1e-9).sum() == 1
    assert drawn.y == pytest.approx(np.ones_like(drawn.y))
    assert plane_line("U1", 1.0, "K", "physical", branches=True).delta.min() < 0
    assert bands("K*").bound == 2.7
    assert bands("K").sensitivity == {1.0: 0.55, 50.0: 0.11}
    assert set(benchmarks()) == {"VB", "U1", "S3", "U3", "X_-1/2", "X_1/2", "X_3/2"}
