"""The page's scripts without a page: run by the Node.js that comes with Playwright, their numbers are Python's.

What a browser shows and does is in test_explorer_browser.py, which needs one.
"""

import csv
import io
import json
import math
import subprocess
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

import nutau
from nutau.eft.algebra import Affine
from nutau.eft.wilson import Basis
from nutau.explorer.encode import entries, parts, to_json
from nutau.explorer.forms import pack
from nutau.explorer.mediators import described
from nutau.explorer.page import SCRIPTS
from nutau.explorer.payload import PLANE, _plain, payload
from nutau.inference.theory_model import real_parameters, theory_model
from nutau.inputs import load_inputs
from nutau.measurements import LikelihoodGrid, load_dataset, pulls
from nutau.measurements.likelihoods import widths
from nutau.measurements.tables import evaluate
from nutau.measurements.units import factor
from nutau.models import MEDIATORS
from nutau.observables import find
from nutau.observables.predict import predict
from nutau.observables.predictions import formulas
from synthetic import measured

playwright = pytest.importorskip("playwright", reason="needs playwright: pip install 'nutau[test]'")
NODE = Path(playwright.__file__).parent / "driver" / "node"
pytestmark = pytest.mark.skipif(not NODE.exists(), reason="needs the Node.js that comes with Playwright")

STATIC = Path(str(files("nutau.explorer").joinpath("static")))
WITH_PAGE = ("main",)
"""The script that needs a document at once."""
EXACT = 1e-9
DRAWS = 6
RATIOS = {
    "Rtautau(K)": "BR(B+->Ktautau)/SM",
    "Rtautau(K*)": "BR(B0->K*tautau)/SM",
    "Rnunu(K)": "BR(B+->Knunu)/SM",
    "Rnunu(K*)": "BR(B0->K*nunu)/SM",
    "R(D)": "Rtaul(B->Dlnu)",
    "R(D*)": "Rtaul(B->D*lnu)",
}


@pytest.fixture(scope="module")
def js():
    """The value of an expression in the scripts; ``$0``, ``$1``, ... are the further arguments."""
    scripts = [str(STATIC / f"{name}.js") for name in SCRIPTS if name not in WITH_PAGE]
    command = [str(NODE), str(Path(__file__).parent.parent / "page.js"), *scripts]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def run(expression, *given):
            for position, value in enumerate(given):
                expression = expression.replace(f"${position}", to_json(value))
            process.stdin.write(json.dumps(expression) + "\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            assert "error" not in answer, answer["error"]
            return answer["found"]

        yield run
        process.stdin.close()


@pytest.fixture(scope="module")
def page(js):
    """The scripts with a payload; ``complete(payload, {...})`` is a state."""
    content = payload(("letter", "default"), ("letter-2022", "2026"), draws=DRAWS)
    js("globalThis.payload = prepare($0); 0", content)
    return js


def state(page, **part):
    page("globalThis.state = complete(payload, $0); 0", part)


# --- forms


NAMES = ("Rtautau(K*)", "R(D*)", "BR(Bs->tautau)", "<FL>(B0->K*nunu)", "DeltaM_s", "phi_s")
COEFFICIENTS = ("CL_bsnutaunutau", "C9_bstautau", "C10_bstautau", "CVL_bctaunutau", "C7_bs", "CVLL_bsbs")


def test_values_and_errors_at_complex_coefficients_are_those_of_theory(js):
    """Ratios, a root and an angle; the page finds its modes otherwise than nutau.inference.theory_model."""
    made = formulas(NAMES, load_inputs("default"), draws=20, q2="all")
    names = tuple(dict.fromkeys(n for f in made for n in f.central.basis.coefficients))
    basis = Basis("WET", "flavio", names)
    places = np.zeros((len(basis), len(COEFFICIENTS)))
    places[[basis.index(name) for name in COEFFICIENTS], range(len(COEFFICIENTS))] = 1.0
    real = [f"{part} {name}" for name in COEFFICIENTS for part in ("Re", "Im")]
    step = real_parameters(
        real, Affine.from_parts(Basis("WET", "flavio", COEFFICIENTS), basis, linear=places)
    )
    reference = theory_model(made, step, keep=1e-15)
    js("globalThis.forms = unpack($0); 0", _plain(pack(made, COEFFICIENTS)))
    sizes = np.array([3.0, 3.0, 3.0, 0.1, 0.1, 1e-12])
    rng = np.random.default_rng(3)
    for _ in range(3):
        c = sizes * (rng.normal(size=6) + 1j * rng.normal(size=6))
        flat = np.stack([c.real, c.imag], axis=-1).ravel()
        value, error = reference.uncertainty(flat)
        ours = js(
            "monomialsAt = monomials(forms, Float64Array.from([1, 0, ...$0])),"
            "$1.map((kind, a) => valueAndError(forms, a, monomialsAt, kind))",
            flat.tolist(),
            [formula.central.readout for formula in made],
        )
        assert [item["value"] for item in ours] == pytest.approx(value, rel=EXACT)
        # 1e-6: what the modes left out of the theory model may hold
        assert [item["error"] for item in ours] == pytest.approx(error, rel=1e-6)


def test_a_part_of_a_pack_is_the_pack(js):
    made = formulas(NAMES[:4], load_inputs("default"), draws=5, q2="all")
    c = np.random.default_rng(4).normal(size=2 * len(COEFFICIENTS))
    whole, part = js(
        "globalThis.forms = unpack($0); some = subpack(forms, [3, 1]);"
        "c = Float64Array.from([1, 0, ...$1]);"
        "[[3, 1].map((a) => valueAndError(forms, a, monomials(forms, c), 'ratio')),"
        " [0, 1].map((a) => valueAndError(some, a, monomials(some, c), 'ratio'))]",
        _plain(pack(made, COEFFICIENTS)),
        c.tolist(),
    )
    assert part == whole


def test_couplings_with_their_conjugates(js):
    assert js("extended([[1, 2], [3, -4]])") == [1, 0, 1, 2, 3, -4, 1, -2, 3, 4]


def test_a_matrix_of_series_is_numpys(js):
    """Rows go to their places and are multiplied by their factors; a row without a place is left out."""
    rng = np.random.default_rng(5)
    series = rng.normal(size=(6, 3, 2)) + 1j * rng.normal(size=(6, 3, 2))
    series[:, 0, 1] = 0.0
    series[4:, 1, 0] = 0.0
    factors = np.array([1.0, 2.0 - 1.0j])
    for x in (-1.0, -0.3, 0.8):
        ours = js(
            "filled(unpackEntries($0), 2, 2, $1, [1, -1, 0], $2)",
            entries(series),
            x,
            parts(factors).ravel().tolist(),
        )
        value = np.polynomial.chebyshev.chebval(x, series)
        expected = np.stack([factors[0] * value[2], factors[1] * value[0]])
        assert ours == pytest.approx(parts(expected).ravel(), rel=1e-12, abs=1e-14)


def test_the_columns_of_some_couplings(js):
    """Of a map from three couplings those of the first two and of their conjugates."""
    matrix = np.arange(28.0)  # complex (2, 7)
    kept = matrix.reshape(2, 7, 2)[:, [0, 1, 2, 4, 5]]
    assert js("narrow(Float64Array.from($0), 3, 2)", matrix.tolist()) == kept.ravel().tolist()


# --- points and lines


@cache
def python(inputs, kappa, delta, mass=None, convention="physical"):
    point = nutau.point(nutau.X(kappa, delta=delta, mass=mass), convention=convention)
    return {RATIOS[row.observable]: row for row in predict(tuple(RATIOS), point, inputs=inputs, draws=0)}


LINES = {
    "letter": {"inputs": "letter"},
    "letter, published": {"inputs": "letter", "convention": "published"},
    "default, tree level": {"inputs": "default", "running": False},
    "default, published": {"inputs": "default", "convention": "published"},
    "default, 0.7 TeV": {"inputs": "default", "running": True, "scale": 0.7},
}


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize(("kappa", "delta"), [(1.0, 0.069), (-3.0, -0.11)])
def test_lines_equal_python(page, name, kappa, delta):
    """The pinned point, and the same point on the line that is drawn."""
    chosen = LINES[name]
    state(page, **chosen, kappa=kappa, delta=delta, sigma=0.01, pin={"model": "mine", "delta": delta})
    found = page("evaluate(payload, state).observables")
    mass = 1000 * chosen["scale"] if "scale" in chosen else None
    rows = python(chosen["inputs"], kappa, delta, mass, chosen.get("convention", "physical"))
    for label, row in rows.items():
        assert found[label]["value"] == pytest.approx(row.value, rel=EXACT), label
        assert found[label]["sm"] == pytest.approx(row.sm, rel=EXACT), label
    middle = page("linesOf(payload, state).find((line) => line.id === 'mine')")["middle"]
    assert middle.pop("delta") == [delta]
    light = page("evaluate(payload, state).coefficients").get("C9_bsmumu", [0.0])
    assert middle.pop("C9U") == pytest.approx([light[0]], rel=EXACT)
    for label, (value,) in middle.items():
        assert value == pytest.approx(found[label]["value"], rel=EXACT), label


def test_a_point_with_right_handed_currents_equals_python(page):
    state(
        page,
        **{"inputs": "default", "running": False, "mode": "point", "data": "2026"},
        **{"c1": -0.03, "c3": -0.05, "cr": 0.02, "pin": {"model": "mine"}},
    )
    values = {"lq1_3323": -3e-8, "lq3_3323": -5e-8, "ld_3323": 2e-8}
    document = {"eft": "SMEFT", "basis": "Warsaw", "scale": 4700.0, "values": values}
    found = page("evaluate(payload, state)")
    for row in predict(tuple(RATIOS), nutau.point(document, running="none"), draws=0):
        assert found["observables"][RATIOS[row.observable]]["value"] == pytest.approx(row.value, rel=EXACT)
    for spectrum in found["spectra"]:
        expected = predict(
            spectrum["id"], nutau.point(document, running="none"), q2=np.array(spectrum["q2"]), draws=0
        )
        size = max(row.value for row in expected)
        assert spectrum["value"] == pytest.approx(
            [row.value for row in expected], rel=EXACT, abs=EXACT * size
        )


MORE = (*RATIOS, "BR(Bs->tautau)", "Ptau(B0->D*taunu)", "BR(Bc->taunu)", "DeltaM_s")


@pytest.mark.parametrize("running", [True, False])
@pytest.mark.parametrize("field", MEDIATORS, ids=lambda field: field.name)
def test_mediators_equal_python(page, field, running):
    """Their match at tree level, and running from their mass, at couplings without special relations."""
    names = [item["id"] for item in described(field)["couplings"]]
    rng = np.random.default_rng(len(names))
    couplings = dict(zip(names, rng.normal(size=len(names)).tolist(), strict=True))
    state(
        page,
        **{"inputs": "default", "mode": "mediator", "mediator": field.name, "couplings": couplings},
        **{"scale": 2.0, "running": running, "pin": {"model": "mine"}},
    )
    found = page("evaluate(payload, state).observables")
    tree = replace(field, boxes=(), dipoles=())
    point = nutau.point(tree(2000.0, **couplings), running="full" if running else "none")
    rows = predict(MORE, point, draws=0)
    assert len(rows) == len(MORE)
    for row in rows:
        name = RATIOS.get(row.observable, row.observable)
        assert found[name]["value"] == pytest.approx(row.value, rel=EXACT), row.observable
    own = page("ownRatios(payload, state)")
    light = page("evaluate(payload, state).coefficients").get("C9_bsmumu", [0.0])
    wet = point.wet(load_inputs("default"))
    assert own.pop("C9U") == light[0] == pytest.approx(wet["C9_bsmumu"].real, rel=EXACT, abs=EXACT)
    assert math.isfinite(own.pop("delta"))
    assert own == {name: pytest.approx(found[name]["value"], rel=1e-12) for name in own}


def test_the_plane_of_light_leptons_is_there_with_running_alone(page):
    """Its point is δ of the line; how far it is from the data is counted in their uncertainty on its side."""
    ids = "planesOf(inputSet(payload, state), state).map((plane) => plane.id)"
    state(page, inputs="default", pin={"model": "U1", "delta": 0.05})
    assert "c9" in page(ids)
    at = page("sceneOf(payload, state).at")
    assert at["delta"] == pytest.approx(0.05, rel=1e-12)
    assert at["C9U"] == pytest.approx(page("evaluate(payload, state).coefficients")["C9_bsmumu"][0])
    assert page("lightSigmas({value: -0.7, minus: 0.1, plus: 0.2}, -0.5)") == pytest.approx(1.0)
    assert page("lightSigmas({value: -0.7, minus: 0.1, plus: 0.2}, -0.9)") == pytest.approx(2.0)
    for without in ({"inputs": "default", "running": False}, {"inputs": "letter"}):
        state(page, **without)
        assert "c9" not in page(ids)


def test_the_letter_takes_the_couplings_it_knows(page):
    """Of a mediator C1 and C3; the page says that the rest is left out."""
    given = {"mode": "mediator", "mediator": "U1", "pin": {"model": "mine"}, "scale": 2.0}
    state(page, inputs="letter", **given, couplings={"x1LL_33": 0.5, "x1LL_23": 0.3, "x1RR_33": 1.0})
    c = -0.5 * 0.5 * 0.3 / 2.0**2
    ours = page("evaluate(payload, state).observables")
    state(page, inputs="letter", mode="point", c1=c, c3=c, pin={"model": "mine"})
    for name, found in page("evaluate(payload, state).observables").items():
        assert ours[name]["value"] == pytest.approx(found["value"], rel=1e-12)


def test_a_spectrum_is_drawn_smoothly_up_to_its_ends(page):
    """Between the points of the grid the curve is Python's, relative to the largest value."""
    state(page, inputs="default", running=False, pin={"model": "U1", "delta": 0.05})
    point = nutau.point(nutau.X(1.0, delta=0.05))
    for spectrum in page("evaluate(payload, state).spectra"):
        q2, value = (page("fine($0)", spectrum[key]) for key in ("q2", "value"))
        steps = len(value) // (len(spectrum["q2"]) - 1)
        assert value[::steps] == pytest.approx(spectrum["value"], rel=1e-12)
        assert steps >= 3
        inside = np.clip(np.array(q2), *spectrum["q2"][:: len(spectrum["q2"]) - 1])
        expected = [row.value for row in predict(spectrum["id"], point, q2=inside[::3], draws=0)]
        assert value[::3] == pytest.approx(expected, abs=2e-3 * max(value))


def test_own_and_pinned_points_have_the_errors_of_what_is_given(page):
    """At given couplings V_cb/V_cs moves R_D; at given δ it does not: δ is what R_D sees."""
    state(page, inputs="default")
    page("globalThis.wide = (pin) => evaluate(payload, complete(payload, pin)).observables; 0")
    couplings = page("onLine(inputSet(payload, state), state, 1, 0, 0.1)")
    at_delta = page("wide({inputs: 'default', kappa: 1, pin: {model: 'mine', delta: 0.1}})")
    given = page(
        "wide({inputs: 'default', mode: 'point', c1: $0, c3: $1, pin: {model: 'mine'}})",
        couplings[0][0],
        couplings[1][0],
    )
    name = "Rtaul(B->Dlnu)"
    assert given[name]["value"] == pytest.approx(at_delta[name]["value"], rel=1e-3)
    assert given[name]["error"] > 1.005 * at_delta[name]["error"]


def test_the_published_convention_does_not_run(page):
    part = {
        "inputs": "default",
        "convention": "published",
        "kappa": 1.0,
        "pin": {"model": "mine", "delta": 0.05},
    }
    state(page, **part, running=True, scale=0.7)
    ours = page("evaluate(payload, state).observables")
    state(page, **part)
    assert ours == page("evaluate(payload, state).observables")


QUESTIONS = {
    "line": {"inputs": "default", "running": True, "scale": 2.5, "pin": {"model": "S3", "delta": 0.05}},
    "letter": {"inputs": "letter", "convention": "published", "pin": {"model": "VB"}},
    "right-handed": {
        "inputs": "default",
        "kappa": 1.2,
        "right": 0.3,
        "pin": {"model": "mine", "delta": 0.02},
    },
    "point": {
        "inputs": "default",
        "mode": "point",
        "c1": -0.02,
        "c3": -0.04,
        "cr": 0.01,
        "pin": {"model": "mine"},
    },
    "mediator": {
        **{"inputs": "default", "mode": "mediator", "mediator": "U1", "scale": 2.5},
        **{"couplings": {"x1LL_33": 0.7, "x1LL_23": 0.2, "x1RR_33": -0.5}, "pin": {"model": "mine"}},
    },
    "mediator with a prime, tree level": {
        **{"inputs": "default", "mode": "mediator", "mediator": "Z'", "running": False},
        **{"couplings": {"gq_23": 0.02, "gl_33": 0.8}, "pin": {"model": "mine"}},
    },
    "letter, point": {
        "inputs": "letter",
        "mode": "point",
        "c1": -0.02,
        "c3": -0.04,
        "pin": {"model": "mine"},
    },
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_copied_question_is_the_pinned_point(page, name):
    state(page, **QUESTIONS[name])
    found = page("evaluate(payload, state).observables")
    asked = page("question(payload, state)")
    rows = {}
    code = page("pythonOf(payload, state)").replace(
        "print(nutau.predict(", "rows.update(got=nutau.predict(draws=0, "
    )
    exec(code, {"rows": rows})
    assert {row.observable for row in rows["got"]} == set(RATIOS)
    for row in rows["got"]:
        assert found[RATIOS[row.observable]]["value"] == pytest.approx(row.value, rel=EXACT), row.observable
    command = page("commandOf(payload, state)")
    assert command.endswith(f"--inputs {asked['inputs']} --convention {asked['convention']}")


# --- data


def test_pulls_equal_python(page):
    state(page, inputs="default", data="2026", pin={"model": "S3", "delta": 0.05})
    found = page("evaluate(payload, state)")
    rows = {}
    for row in found["pulls"]:
        rows.setdefault(row["measurement"], []).append(row)
    assert len(rows) > 8
    data = load_dataset("2026")
    for name, own in rows.items():
        natural = [
            found["observables"][item.label]["value"] * factor(find(item.name).unit)
            for item in data[name].observables
        ]
        expected = np.atleast_1d(pulls(data[name], np.array(natural)))
        assert [row["experimental"] for row in own] == pytest.approx(expected.tolist(), rel=EXACT)


@pytest.mark.parametrize("x", [-1.0, 1.2, 1.6, 2.0, 2.4, 2.9, 9.0])
def test_the_width_of_asymmetric_errors_is_pythons(js, x):
    entry = measured("m", ["a"], 2.0, 0.9, minus=0.4)
    ours = js("width(2.0, 0.9, 0.4, $0)", x)
    assert ours == pytest.approx(widths(entry.gaussian, np.array([x]))[0], rel=1e-12)
    row = js("gaussianPull({central: [2.0], plus: [0.9], minus: [0.4]}, 0, {value: $0, error: 0.3})", x)
    assert row["experimental"] == pytest.approx(pulls(entry, np.array([x]))[0], rel=1e-12)
    assert row["pull"] == pytest.approx((2.0 - x) / math.hypot(ours, 0.3), rel=1e-12)


def test_a_table_between_and_beyond_its_knots(js):
    axis = np.array([0.0, 0.4, 1.0, 1.5, 2.5])
    table = LikelihoodGrid((axis,), 3 * (axis - 1) ** 2 + 0.3 * (axis - 1) ** 3)
    spline = {"knots": axis.tolist(), "cubics": (table.pieces[0] @ table.values).tolist()}
    for x in (-1.0, 0.0, 0.3, 0.4, 1.2, 1.5, 2.4, 2.5, 4.0):
        ours = js("splineAt($0, $1)", spline, x)
        assert ours == pytest.approx(float(evaluate(table, np.array([x]))), rel=1e-10, abs=1e-12)


def test_the_pull_of_a_table(js):
    axis = np.linspace(-1, 5, 13)
    table = LikelihoodGrid((axis,), ((axis - 2) / 0.5) ** 2)
    spline = {"knots": axis.tolist(), "cubics": (table.pieces[0] @ table.values).tolist(), "best": 2.0}
    row = js("tablePull({spline: $0}, {value: 0.7, error: 1.2})", spline)
    assert row["experimental"] == pytest.approx(2.6, rel=1e-9)
    assert row["pull"] == pytest.approx(1.3 / 1.3, rel=1e-9)  # a Gaussian of width 0.5, and 1.2 beside it


def test_bands_of_asymmetric_errors_over_the_standard_model(js):
    band = {"observable": "r", "kind": "measured", "low": 1.6, "middle": 2.0, "high": 2.9}
    found = js(
        "bandsOf({sm: {r: 0.5}}, {bands: $0}, 'r')",
        [{**band, "overSM": False}, {**band, "overSM": True}, {**band, "observable": "s", "overSM": True}],
    )
    assert [(item["low"], item["middle"], item["high"]) for item in found] == [(3.2, 4, 5.8), (1.6, 2, 2.9)]
    assert js("bandsOf({sm: {}}, {bands: $0}, 'r')", [{**band, "overSM": False}]) == []


def test_bands_are_drawn_where_they_are(js):
    """Rectangles of a limit, of Belle II and of a measurement above it, along both axes."""
    scene = {
        "bands": {
            "x": [{"kind": "limit", "high": 8.0}],
            "y": [{"kind": "measured", "low": 1.6, "middle": 2.0, "high": 2.9}],
        },
        "reach": {"x": None, "y": 0.3},
    }
    axes = {"log": False, "low": 0, "high": 10}
    place = {"x": {**axes, "from": 100, "to": 200}, "y": {**axes, "from": 300, "to": 200}}
    found = js(
        "globalThis.drawn = []; globalThis.original = svg; svg = (_, name, given) => drawn.push(given);"
        "try { drawBands($0, {x: 'x', y: 'y'}, $1, {excluded: 'E', measured: 'M', reach: 'R'}); }"
        "finally { svg = original; }"
        "drawn",
        place,
        scene,
    )
    limit, reach, band = found
    assert (limit["x"], limit["y"], limit["height"], limit["fill"]) == (180, 200, 100, "E")
    assert limit["width"] > 100  # to beyond the end
    assert (band["y"], band["y"] + band["height"]) == pytest.approx((271, 284))
    assert (band["fill"], reach["fill"]) == ("M", "R")
    assert (reach["y"], reach["y"] + reach["height"]) == pytest.approx((287, 293))
    assert (band["x"], band["width"]) == (100, 100)


def test_belle_two_by_luminosity(js):
    """The published points exactly, a power law between; arXiv:2207.06307 prints 0.28 and 0.21 at 5 and 10/ab."""
    points = {"luminosity": [1, 50], "error": [0.55, 0.11]}
    for at, error, accuracy in ((1, 0.55, 1e-9), (50, 0.11, 1e-9), (5, 0.28, 0.006), (10, 0.21, 0.006)):
        assert js("sensitivity($0, $1)", points, at) == pytest.approx(error, abs=accuracy)
    three = {"luminosity": [1, 4, 16], "error": [0.8, 0.4, 0.3]}
    assert js("sensitivity($0, 2)", three) == pytest.approx(0.8 / math.sqrt(2))
    assert js("sensitivity($0, 8)", three) == pytest.approx(math.sqrt(0.4 * 0.3))
    assert js("sensitivity({luminosity: [5], error: [0.3]}, 20)") == pytest.approx(0.15)


# --- what is drawn


def test_pieces_of_a_line(page):
    """Within one and between one and two standard deviations of δ, both sides, and the whole to beyond four."""
    near = page("sigmaPieces({value: 0.07, sigma: 0.01})")
    two, one = near
    assert (min(two["delta"]), max(two["delta"])) == pytest.approx((0.05, 0.09))
    assert (two["delta"][two["gap"] - 1], two["delta"][two["gap"]]) == pytest.approx((0.06, 0.08))
    assert (one["delta"][0], one["delta"][-1]) == pytest.approx((0.06, 0.08))
    assert page("topOf({value: 0.07, sigma: 0.01})") == pytest.approx(0.12)
    assert page("topOf({value: -0.07, sigma: 0.01})") == pytest.approx(-0.12)
    assert [item["kind"] for item in page("wholePieces({branches: true}, 0.12)")] == ["whole", "other"]


def test_the_planes_hold_their_own_observables(js):
    planes = js("PLANES.map(({ id, x, y }) => [id, x, y])")
    assert planes == [
        ["K", "BR(B+->Ktautau)/SM", "BR(B+->Knunu)/SM"],
        ["Kst", "BR(B0->K*tautau)/SM", "BR(B0->K*nunu)/SM"],
        ["right", "BR(B+->Knunu)/SM", "BR(B0->K*nunu)/SM"],
        ["c9", "delta", "C9U"],
    ]
    assert js("rangesOf(PLANES[3], {log: true, x: [1, 2], y: [3, 4]}, -0.2)") == [[-0.2, 0.16], [-1.6, 0.6]]
    assert set(js("IDS")) == {f"{name}/SM" for name in PLANE}
    symbols = js("SYMBOLS")
    assert symbols["BR(B+->Ktautau)/SM"] == "R^{K}_{ττ}"
    assert symbols["BR(B0->K*nunu)/SM"] == "R^{K*}_{νν}"
    assert js("rangesOf(PLANES[0], {log: false, x: [1, 2], y: null})") == [[1, 2], [0, 12]]
    assert js("rangesOf(PLANES[2], {log: false, x: [1, 2], y: [3, 4]})") == [[3, 4], [3, 4]]


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (214.4, 31.2, "214 ± 31"),
        (1.38e-7, 0.05e-7, "(1.380 ± 0.050)·10⁻⁷"),
        (-0.0123, 0.0004, "−0.01230 ± 0.00040"),
        (0.25, 0.0, "0.25"),
        (2.5e7, 1e6, "(2.50 ± 0.10)·10⁷"),
    ],
)
def test_numbers_with_errors(js, value, error, text):
    assert js("withError($0, $1)", value, error) == text


def test_plain_numbers(js):
    assert js("[0, 1.23456789, -0.00012345678, 1234567].map((x) => plainNumber(x))") == [
        "0",
        "1.2346",
        "−1.2346·10⁻⁴",
        "1.2346·10⁶",
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1.38 ± 0.35 × 1e-5", "(1.38 ± 0.35)·10⁻⁵"),
        (
            "-1.0 +3.1 −2.7 × 1e-3 (likelihood on 51 points)",
            "(−1.0 +3.1 −2.7)·10⁻³ (likelihood on 51 points)",
        ),
        ("< 2.8 × 1e-4 at 95% CL (2.5 at 90% CL)", "< 2.8·10⁻⁴ at 95% CL (2.5 at 90% CL)"),
        ("-0.38 ± 0.51 (stat) +0.21 −0.16 (syst)", "−0.38 ± 0.51 (stat) +0.21 −0.16 (syst)"),
        ("17.766 ± 0.006 ps^-1", "17.766 ± 0.006 ps⁻¹"),
        ("without ψ(2S), alone it is (1.9 ± 0.3)e-06", "without ψ(2S), alone it is (1.9 ± 0.3)·10⁻⁶"),
    ],
)
def test_measured_values_as_in_print(js, text, shown):
    assert js("printed($0)", text) == shown


def test_axes(js):
    linear = {"log": False, "low": 0, "high": 10, "from": 100, "to": 200}
    log = {"log": True, "low": 0.1, "high": 1000, "from": 0, "to": 400}
    assert js("pixels($0, [0, 2.5, 10])", linear) == pytest.approx([100, 125, 200])
    assert js("pixels($0, [0.1, 1, 1000])", log) == pytest.approx([0, 100, 400])
    major = js("ticks($0, 5).filter((tick) => tick.major).map((tick) => tick.value)", linear)
    assert major == pytest.approx([0, 2, 4, 6, 8, 10])
    assert js("ticks($0).filter((tick) => tick.major).map((tick) => tick.value)", log) == [
        0.1,
        1,
        10,
        100,
        1000,
    ]


# --- the address and the table


def test_an_address_is_the_state_that_wrote_it(page):
    part = {
        "inputs": "default",
        "kappa": -1.25,
        "delta": 0.08,
        "models": ["U1", "S3"],
        "log": False,
        "running": True,
        "scale": 2.0,
        "x": [0.0, 50.0],
        "pin": {"model": "S3", "delta": -0.04},
    }
    for own in ({}, {"mode": "mediator", "mediator": "V2", "couplings": {"x2RL_33": -0.25, "x2LR_23": 1.5}}):
        state(page, **part, **own)
        back = page("fromHash(payload, '#' + toHash(state))")
        assert back["problems"] == []
        assert back["state"] == page("state")


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("kappa=20.5", "no number from -20 to 20"),
        ("delta=-2", "no number from -1.9 to 1.9"),
        ("scale=0.01", "Λ: “0.01” is no number from "),
        ("pin=U9", "Pinned model “U9” does not exist"),
        ("x=5,2", "no pair low,high with low < high"),
        ("log=1&x=0,2", "both above 0 on a logarithmic axis"),
        ("mode=plane", "Mode “plane” does not exist"),
        ("colour=red", "no setting of this page"),
        ("mediator=U9", "Mediator “U9” does not exist; there are S1, S3"),
        (
            "mediator=S3&couplings=x1LL_33:1",
            "Coupling of S3 “x1LL_33” does not exist; there are y3LL_33, y3LL_23",
        ),
        ("couplings=x1LL_33", "x1LL_33: “” is no number from -10 to 10"),
        ("couplings=x1LL_33:11", "x1LL_33: “11” is no number from -10 to 10"),
    ],
)
def test_bad_addresses_are_said(page, address, problem):
    (said,) = page("fromHash(payload, $0).problems", address)
    assert problem in said


def test_the_table_names_the_pinned_point(page):
    state(page, inputs="default", data="2026", pin={"model": "U1", "delta": 0.05})
    assert page("describePoint(evaluate(payload, state))") == "U1 (κ = 1), δ = 0.05"
    state(page, inputs="default", mode="point", c1=-0.02, c3=-0.04, cr=0.01, pin={"model": "mine"})
    assert (
        page("describePoint(evaluate(payload, state))")
        == "your point, C₁ = −0.02, C₃ = −0.04, C_R = 0.01 TeV⁻²"
    )
    text = page(
        "describeCoefficients({coefficients: {C9_bstautau: [-3, 2], CL_bsnutaunutau: [1, 0]}}, {name: 'default'})"
    )
    assert text == "New physics at 4.8 GeV: C9(bsττ) = −3 + 2i, CL(bsντντ) = 1."
    assert "at m_W" in page("describeCoefficients({coefficients: {}}, {name: 'letter'})")
    rows = page("tableRows(sceneOf(payload, state))")
    assert {row["measurement"] for row in rows if row["id"] == "Rtaul(B->Dlnu)"} == {"Letter-2022-RD"}


def test_the_key_of_the_figure_names_what_is_drawn(page):
    scene = {
        "bands": {name: [] for name in page("IDS")},
        "reach": {},
        "lines": [
            {"label": "S9", "kappa": -1.5, "model": {"colour": "#000000", "marker": "o"}},
            {"kappa": 1},
        ],
        "own": None,
        "scan": None,
    }
    first = page("IDS[0]")
    scene["bands"][first] = [{"kind": "limit", "level": 0.9}, {"kind": "measured"}]
    scene["reach"][first] = 0.2
    texts = page("keyOf($0, {branches: true, luminosity: 10}, LIGHT).map((entry) => entry.text)", scene)
    assert texts[:2] == ["S9 (κ = −1.5)", "yours"]
    assert texts[2:5] == ["excluded, 90 % CL", "measured, ±1σ", "Belle II, 10 ab⁻¹, ±1σ"]
    assert "R_{D(*)} within 1σ" in texts
    assert "the other sign of δ" in texts
    one, two = (
        page("keyOf($0, {}, LIGHT).find((e) => e.stroke === $1).text", scene, k) for k in ("one", "two")
    )
    assert (one, two) == ("R_{D(*)} within 1σ", "R_{D(*)} within 2σ")


def test_tables_to_take_away_hold_full_numbers(page):
    state(page, inputs="default", data="2026", running=False, pin={"model": "U1", "delta": 0.05})
    found = page("evaluate(payload, state)")
    rows = list(csv.DictReader(io.StringIO(page("tableCsv({payload, state})"))))
    assert {row["observable"] for row in rows} == set(found["observables"])
    for row in rows:
        ours = found["observables"][row["observable"]]
        numbers = [float(row[key]) for key in ("value", "theory_error", "sm", "sm_theory_error")]
        assert numbers == [ours["value"], ours["error"], ours["sm"], ours["smError"]]
    lines = list(csv.DictReader(io.StringIO(page("linesCsv({payload, state})"))))
    assert {float(row["kappa"]) for row in lines if row["model"] == "S3"} == {3.0}
    ends = [float(row["delta"]) for row in lines if row["model"] == "U1"]
    assert min(ends) == 0.0
    row = min((row for row in lines if row["model"] == "U1"), key=lambda row: abs(float(row["delta"]) - 0.06))
    expected = python("default", kappa=1.0, delta=float(row["delta"]))
    for name in page("IDS"):
        assert float(row[name]) == pytest.approx(expected[name].value, rel=EXACT)


def test_keys_move_the_pinned_point(page):
    """By a quarter of sigma, with shift by one; to the next line; back to the delta of the data."""
    state(page, delta=0.07, sigma=0.02, models=["U1", "S3"], mine=False, pin={"model": "U1", "delta": 0.05})
    move = "keyMove({payload, state}, $0, $1).pin"
    assert page(move, "ArrowRight", False) == {"model": "U1", "delta": pytest.approx(0.055)}
    assert page(move, "ArrowLeft", True) == {"model": "U1", "delta": pytest.approx(0.03)}
    assert page(move, "ArrowDown", False)["model"] == "S3"
    assert page(move, "Home", False) == {"model": "U1", "delta": None}
