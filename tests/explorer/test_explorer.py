"""The explorer's numbers: what goes into the page is what the package computes elsewhere."""

import base64
import hashlib
import json
import re
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from typer.testing import CliRunner

import nutau
from nutau.cli import app
from nutau.eft.smeft.basis import warsaw
from nutau.eft.smeft.matching import constants
from nutau.eft.smeft.matching_and_running import match_and_run
from nutau.eft.wet.full import FULL
from nutau.eft.wilson import Basis
from nutau.errors import InputError
from nutau.explorer import measurements
from nutau.explorer.encode import doubles, entries, integers, singles, to_json
from nutau.explorer.forms import narrowed, pack, points
from nutau.explorer.maps import COUPLINGS, letter_maps, maps, sources
from nutau.explorer.mediators import described
from nutau.explorer.page import SCRIPTS, page
from nutau.explorer.payload import DATA, PLANE, SPECTRUM_MODES, _by_decay, _reached, models, payload
from nutau.inference.theory_model import real_parameters, theory_model
from nutau.measurements import LikelihoodGrid, load_dataset, wording
from nutau.measurements.tables import evaluate
from nutau.models import MEDIATORS
from nutau.observables import find
from nutau.observables.predict import predict
from nutau.observables.predictions import formulas, formulas_at
from nutau.observables.requests import Request
from nutau.report.light_leptons import wanted
from nutau.report.plane import measured_delta, own_sm
from synthetic import measured

STATIC = Path(str(files("nutau.explorer").joinpath("static")))
RNG = np.random.default_rng(7)


@pytest.fixture(scope="module")
def letter_page():
    """The smallest payload: the letter alone."""
    return payload(("letter",), ("letter-2022",))


def values(packed, c):
    """What the page does, in Python: monomials, columns, modes."""
    i, j, part = packed.monomials.T
    product = np.where(part < 2, np.conj(c[i]), c[i]) * c[j]
    real = np.where((part == 0) & (i == j), 1, 2) * product.real
    m = np.where(part % 2 == 0, real, -2 * product.imag)
    columns, found, start = m[packed.index], [], 0
    for first, middle, end, count in packed.spans:
        above = packed.central[first:middle] @ columns[first:middle]
        below = packed.central[middle:end] @ columns[middle:end] if end > middle else 1.0
        modes = (
            packed.modes[start : start + count * (end - first)].reshape(count, end - first)
            * columns[first:end]
        )
        start += count * (end - first)
        up, down = modes[:, : middle - first].sum(axis=1), modes[:, middle - first :].sum(axis=1)
        found.append((above / below, np.sqrt(((up / below - above / below**2 * down) ** 2).sum())))
    return np.array(found).T


NAMES = ("Rtautau(K*)", "R(D*)", "BR(Bs->tautau)", "<FL>(B0->K*nunu)")
COEFFICIENTS = (
    "CL_bsnutaunutau",
    "C9_bstautau",
    "CR_bsnutaunutau",
    "C10_bstautau",
    "CVL_bctaunutau",
    "C7_bs",
)


def test_packed_forms_are_the_forms(inputs):
    """Values and theory errors of a pack are those of nutau.inference.theory_model, found in another way."""
    made = formulas(NAMES, inputs, draws=30, q2="all")
    packed = pack(made, COEFFICIENTS)
    basis = Basis(
        "WET", "flavio", tuple(dict.fromkeys(n for f in made for n in f.central.basis.coefficients))
    )
    to_basis = np.zeros((len(basis), len(COEFFICIENTS)))
    to_basis[[basis.index(name) for name in COEFFICIENTS], range(len(COEFFICIENTS))] = 1.0
    parts = [f"{part} {name}" for name in COEFFICIENTS for part in ("Re", "Im")]
    from nutau.eft.algebra import Affine

    step = real_parameters(
        parts, Affine.from_parts(Basis("WET", "flavio", COEFFICIENTS), basis, linear=to_basis)
    )
    reference = theory_model(made, step, keep=1e-15)
    for size in (0.0, 1.0, 30.0):
        c = size * (RNG.normal(size=len(COEFFICIENTS)) + 1j * RNG.normal(size=len(COEFFICIENTS)))
        real = np.stack([c.real, c.imag], axis=-1).ravel()
        value, error = reference.uncertainty(real)
        ours = values(packed, np.concatenate([[1.0], c]))
        assert ours[0] == pytest.approx(value, rel=1e-11)
        # 1e-6: what the modes left out of the theory model may hold
        assert ours[1] == pytest.approx(error, rel=1e-6, abs=1e-9 * np.max(np.abs(value)))


def test_forms_of_one_decay_at_a_time_are_the_forms(inputs):
    """The page's formulas are made decay by decay and over its coefficients alone; not a bit of the pack changes."""
    wanted = [Request.parse(name, "all" if name.startswith("<") else None) for name in NAMES]
    whole = formulas_at(wanted, inputs, drawn := inputs.parameters.sample(6))
    reached = [formula for formula in whole if set(formula.central.basis.coefficients) & set(COEFFICIENTS)]
    assert len(reached) > 1
    parts = _reached(wanted, formulas_at(wanted, inputs, None), COEFFICIENTS, inputs, drawn)
    assert [part.observable for part in parts] == [formula.observable for formula in reached]
    assert {name for part in parts for name in part.central.basis.coefficients} <= set(COEFFICIENTS)
    for one, other in zip(
        vars(pack(parts, COEFFICIENTS)).values(), vars(pack(reached, COEFFICIENTS)).values(), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_requests_that_share_a_decay_are_made_together():
    names = ("R(D)", "Rnunu(K)", "BR(B+->Knunu)", "BR(Bs->tautau)", "Ptau(B0->Dtaunu)", "BR(B0->K*nunu)")
    requests = [Request.parse(name) for name in names]
    parts = _by_decay(requests)
    assert sorted(place for part in parts for place in part) == list(range(len(names)))
    decays = [
        {
            (module.__name__, row.name)
            for place in part
            for module, row in find(requests[place].name).processes
        }
        for part in parts
    ]
    for position, one in enumerate(decays):
        assert not any(one & other for other in decays[:position])
    together = [{names[place] for place in part} for part in parts]
    assert {"Rnunu(K)", "BR(B+->Knunu)"} <= next(part for part in together if "Rnunu(K)" in part)
    assert {"BR(Bs->tautau)"} in together


def test_points_of_a_spectrum(inputs):
    name = "dBR/dq2(B+->Knunu)"
    q2 = np.array([1.0, 10.0, 20.0])
    (formula,) = formulas([Request(name, False, q2, name)], inputs, draws=4)
    c = np.array([2.0 - 1.0j, 0.5j])
    packed = pack(points(formula, 3), ("CL_bsnutaunutau", "CR_bsnumunumu"))
    expected = predict(name, {"CL_bsnutaunutau": c[0], "CR_bsnumunumu": c[1]}, q2=q2, draws=0)
    assert values(packed, np.concatenate([[1.0], c]))[0] == pytest.approx(
        [row.value for row in expected], rel=1e-12
    )


def test_errors_of_spectra_stand_without_their_small_modes(inputs):
    """At sizes of new physics from nothing to far beyond the Standard Model, to a part in ten thousand."""
    name, coefficients = "dBR/dq2(B0->K*tautau)", ("C9_bstautau", "C10p_bstautau", "CS_bstautau", "C8_bs")
    q2 = np.array([13.0, 16.0, 18.5])
    (formula,) = formulas([Request(name, False, q2, name)], inputs, draws=200)
    made = points(narrowed(formula, coefficients), len(q2))
    few, all_of_them = pack(made, coefficients, SPECTRUM_MODES), pack(made, coefficients)
    assert few.modes.size < all_of_them.modes.size
    for size in (0.0, 0.3, 3.0, 30.0):
        c = np.concatenate([[1.0], size * (RNG.normal(size=4) + 1j * RNG.normal(size=4))])
        assert values(few, c)[1] == pytest.approx(values(all_of_them, c)[1], rel=1e-4)


def test_the_page_has_what_light_leptons_want(letter_page):
    assert [row["value"] for row in letter_page["light"]] == [one.value for one in wanted()]


@pytest.mark.parametrize("scale", [200.0, 777.0, 4700.0, 1e5])
def test_running_is_taken_over_without_loss(inputs, scale):
    found = maps(inputs, FULL.coefficients)
    low, high = found.scales
    x = (2 * np.log(scale) - np.log(low * high)) / np.log(high / low)
    ours = np.polynomial.chebyshev.chebval(x, found.chebyshev)
    source = Basis(warsaw().eft, warsaw().name, sources())
    assert found.sources == sources()
    assert sources()[:3] == COUPLINGS
    target = Basis(FULL.eft, FULL.name, found.names)
    c = constants(inputs.parameters.mapping(), 4.8)
    matrix = match_and_run(source, c, scale, target=target).matrix
    matrix = matrix * np.array([1.0, *[1e-6] * (matrix.shape[-1] - 1)])
    assert np.abs(ours - matrix).max() < 1e-12 * np.abs(matrix).max()
    lost = [name for name in FULL.coefficients if name not in found.names]
    rest = match_and_run(source, c, scale, target=Basis(FULL.eft, FULL.name, tuple(lost)))
    assert not rest.matrix[1:].any()


@pytest.mark.parametrize("convention", ["physical", "published"])
def test_the_letters_map(convention):
    """C1 = κ C3 with C3 of δ, against `predict --inputs letter`."""
    found = letter_maps()
    kappa, delta = 0.7, 0.05
    c3 = found.c3[convention] * delta
    c = found.tree[convention] @ np.array([1.0, kappa * c3, c3, 0.0, kappa * c3, c3, 0.0])
    ratio = predict(
        "Rnunu(K)", nutau.point(nutau.X(kappa, delta=delta), convention=convention), inputs="letter"
    )[0].value
    x = c[1 + found.names.index("CL_bsnutaunutau")].real
    assert 1 - 0.1 * x + 8.1e-3 * x**2 == pytest.approx(ratio, rel=1e-12)  # (A.3)


def test_delta_of_data_sets(tmp_path):
    own = own_sm(draws=50)
    assert measurements.delta(load_dataset("letter-2022"), own)[0].value == 0.069
    today, how = measurements.delta(load_dataset("2026"), own)
    assert 0.04 < today.value < 0.1
    ours = measured_delta(load_dataset("2026"), own)
    assert ours.value < today.value  # nutau's R_D and R_D* are larger than HFLAV's
    assert how == (
        "average of R_D and R_D* over the SM values of HFLAV-2025-RD-SM; over nutau's own, 0.301 and 0.261, it is "
        f"{ours.value:.3f} ± {ours.uncertainty:.3f}"
    )
    path = tmp_path / "mine.yaml"
    path.write_text("title: mine\nmeasurements: [HFLAV-2025-Knunu]\n")
    mean, how = measurements.delta(load_dataset(path), own)
    assert mean.value == 0.069
    assert "the letter's" in how


def test_bands_and_reach():
    data = load_dataset("letter-2022")
    limits = {band["observable"]: band["high"] for band in measurements.bands(data, PLANE)}
    assert limits == {"BR(B+->Knunu)/SM": 3.9, "BR(B0->K*nunu)/SM": 2.7}  # (1.9), (1.10)
    today = measurements.bands(load_dataset("2026"), PLANE)
    assert {band["kind"] for band in today} == {"limit", "measured"}
    reach = measurements.reach(data.projections, PLANE)
    assert [item["error"] for item in reach] == [[0.55, 0.11], [1.08, 0.34]]


def test_bands_of_asymmetric_errors():
    """The lower edge is that of the lower error, the upper one of the upper, row by row."""
    rates = ("BR(B+->Knunu)", "BR(B0->K*nunu)/SM")
    data = SimpleNamespace(measurements=[measured("m", rates, [2.3, 4.0], [0.5, 1.2], minus=[0.4, 0.9])])
    first, second = measurements.bands(data, PLANE)
    assert (first["low"], first["middle"], first["high"]) == pytest.approx((1.9, 2.3, 2.8))
    assert (second["low"], second["middle"], second["high"]) == pytest.approx((3.1, 4.0, 5.2))
    assert (first["observable"], first["overSM"]) == ("BR(B+->Knunu)/SM", False)
    assert (second["observable"], second["overSM"]) == ("BR(B0->K*nunu)/SM", True)


def test_a_tables_spline():
    axis = np.linspace(-1.0, 3.0, 9)
    table = LikelihoodGrid((axis,), (axis - 0.5) ** 2 + 0.1 * np.sin(axis) ** 2)
    found = measurements.spline(table, 2.0)
    knots, cubics = np.array(found["knots"]), np.array(found["cubics"])
    for x in (-0.3, 0.9, 2.99):
        i = np.searchsorted(knots, x / 2, side="right") - 1
        assert np.polyval(cubics[i], x / 2 - knots[i]) == pytest.approx(
            evaluate(table, np.array([x])), rel=1e-12
        )


def test_measurements_are_in_the_units_of_predictions():
    known = {"DeltaM_s", "BR(B+->Knunu)"}
    found = {
        entry["name"]: entry for entry in measurements.measured(load_dataset("2026").measurements, known)
    }
    assert found["HFLAV-2024-DeltaMs"]["central"] == pytest.approx([17.766])
    assert find("DeltaM_s").unit == "ps^-1"
    assert found["HFLAV-2025-Knunu"]["central"] == pytest.approx([1.38e-5])


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("R(D)", "Rtaul(B->Dlnu)"),
        ("R(D)/SM", "Rtaul(B->Dlnu)/SM"),
        ("Rnunu(K)", "BR(B+->Knunu)/SM"),
        ("x", "x"),
    ],
)
def test_canonical_names(name, full):
    assert measurements.canonical(name) == full


def test_mediators_start_where_they_raise_rd():
    """Couplings of one that has C3 start with the sign that raises R_D, and the terms are its match at tree level."""
    for field in MEDIATORS:
        plain = described(field)
        start = {item["id"]: item["start"] for item in plain["couplings"]}
        values = list(start.values())
        found = {}
        for name, number, a, b in plain["terms"]:
            found[name] = found.get(name, 0.0) + number * values[a] * values[b] / 1500.0**2
        model = field(1500.0, **start).smeft()
        tree = [name for name in model.basis.coefficients if name.partition("_")[0] in field.operators]
        ours = [found.pop(name, 0.0) for name in tree]
        theirs = np.array([model[name] for name in tree])
        assert ours == pytest.approx(theirs, rel=1e-12, abs=1e-24)
        assert not any(found.values())
        if field.rd_condition:
            assert dict(zip(tree, ours, strict=True))["lq3_3323"] < 0


def test_a_likelihood_table_is_said_by_its_best_value():
    """And drawn as a band where the planes have its observable: to where -2 log L has risen by 1."""
    axis = np.linspace(-2.0, 6.0, 41) * 1e-5
    entry = SimpleNamespace(
        name="mine",
        source="mine",
        observables=(SimpleNamespace(name="BR(B+->Knunu)", q2=None),),
        distribution=LikelihoodGrid((axis,), ((axis - 1.4e-5) / 0.5e-5) ** 2),
        gaussian=None,
        units=("1e-5",),
        factors=np.array([1e-5]),
    )
    (text,) = wording.values(entry)
    assert text == "1.40 ± 0.50 × 1e-5 (likelihood on 41 points)"
    assert "points" not in wording.totals(entry)[0]
    (band,) = measurements.bands(SimpleNamespace(measurements=[entry]), PLANE)
    assert (band["low"], band["high"]) == pytest.approx((0.9e-5, 1.9e-5), rel=1e-3)


def test_encoding():
    numbers = np.array([[1.5, -(2.0**-40)], [np.pi, 1e300]])
    block = doubles(numbers)
    assert block["shape"] == [2, 2]
    assert np.array_equal(np.frombuffer(base64.b64decode(block["f64"]), "<f8").reshape(2, 2), numbers)
    assert base64.b64decode(integers(np.array([1, 258]))["u16"]) == bytes([1, 0, 2, 1])
    assert np.frombuffer(base64.b64decode(singles(numbers[:1] / 3)["f32"]), "<f4")[0] == np.float32(0.5)
    series = np.zeros((3, 2, 2), dtype=complex)
    series[:, 1, 0] = 2.0, 0.5j, 1e-17
    sparse = entries(series)
    assert base64.b64decode(sparse["orders"]["u16"]) == bytes([2, 0])
    assert np.frombuffer(base64.b64decode(sparse["values"]["f64"]), "<f8").tolist() == [2.0, 0.0, 0.0, 0.5]
    text = to_json({"title": "</script><script>alert(1)</script>&\u2028"})
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text)["title"].startswith("</script>")
    with pytest.raises(ValueError, match="JSON compliant"):
        to_json([float("nan")])


def test_models_are_the_letters():
    kappas = {model["id"]: model["kappa"] for model in models()}
    assert kappas == {
        "VB": 0,
        "U1": 1,
        "S3": 3,
        "U3": -3,
        "X_-1/2": -0.5,
        "X_1/2": 0.5,
        "X_3/2": 1.5,
        "S1": -1,
    }
    assert [model["id"] for model in models() if not model["shown"]] == ["S1"]  # Figure 1 has no S1


def test_payload_refuses_bad_names(tmp_path):
    with pytest.raises(InputError, match="at least one input set"):
        payload((), DATA)
    with pytest.raises(InputError, match="Did you mean 'default'"):
        payload(("defalt",), DATA)
    with pytest.raises(InputError, match="Unknown data set"):
        payload(("letter",), ("2025",))
    path = tmp_path / "letter-2022.yaml"
    path.write_text("title: twin\nextends: letter-2022\n")
    with pytest.raises(InputError, match="Two sets are called letter-2022"):
        payload(("letter",), ("letter-2022", str(path)))


def test_page_is_self_contained(letter_page):
    text = page(letter_page)
    assert not re.search(r"\{\{(policy|version|style|script|payload)\}\}", text)
    assert not re.search(r"""(src|href)\s*=\s*["'](?!data:)""", text)
    assert not re.search(r"@import|url\((?!#)", text.replace("`url(#", ""))
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    for tag in ("script", "style"):
        body = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert len(text.encode()) < 200_000  # the letter alone, which has no theory errors


def test_theory_errors_keep_the_page_small():
    """Of one input set, as the command writes it: with its draws, whose modes are a third of it."""
    written = len(page(payload(("default",), ("2026",))).encode())
    assert 1_000_000 < written < 2_000_000  # the whole page has two such sets, 3 MB


def test_data_cannot_become_markup(letter_page):
    hostile = json.loads(json.dumps(letter_page))
    hostile["data"][0]["title"] = "</script><img src=x onerror=alert(1)>"
    text = page(hostile)
    assert "<img" not in text
    assert text.count("</script>") == page(letter_page).count("</script>")


def test_scripts_never_write_markup():
    assert {path.stem for path in STATIC.glob("*.js")} == set(SCRIPTS)
    for path in STATIC.glob("*.js"):
        found = re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", path.read_text()
        )
        assert not found, f"{path.name}: {found}"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--inputs", "defalt"], "Did you mean 'default'"),
        (["--data", "2020"], "Unknown data set"),
        (["--convention", "signed"], "Unknown convention"),
        (["--out", "."], "is a folder"),
        (["--out", "nowhere/plane.html"], "there is no folder 'nowhere'"),
        (["--out", "x" * 300 + ".html"], "File name too long"),
        (["--draws", "1"], "1 theory draws"),
    ],
)
def test_command_refuses(options, message, tmp_path):
    place = [] if "--out" in options else ["--out", str(tmp_path / "x.html")]
    result = CliRunner().invoke(app, ["explore", "--no-open", *place, *options])
    assert isinstance(result.exception, InputError)
    assert message in str(result.exception)
    assert not list(tmp_path.iterdir())
