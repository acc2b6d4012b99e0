"""Likelihoods as HS3: what another reader of the file finds is nutau's -2 log L."""

import json
from math import lgamma

import jax
import numpy as np
import pytest

import nutau
from command import run
from nutau import InputError
from nutau.measurements.distributions import Gaussian, LikelihoodGrid
from nutau.measurements.tables import evaluate
from nutau.report.export.expressions import identifiers, polynomials, spline
from nutau.report.export.hs3 import Parts, _gaussian


def values(document, point, changed):
    """Parameters and functions of a document at one of its points, some parameters changed."""
    (chosen,) = (entry for entry in document["parameter_points"] if entry["name"] == point)
    found = {"abs": abs, "exp": np.exp, "sqrt": np.sqrt, "__builtins__": {}}
    found |= {entry["name"]: entry["value"] for entry in chosen["parameters"]} | changed
    for entry in document["functions"]:
        assert entry["type"] == "generic_function"
        assert entry["name"] not in found
        found[entry["name"]] = eval(entry["expression"], found)
    return found


def minus_two_log(document, point, changed):
    """As the standard says: the product of all distributions of the likelihood."""
    found = values(document, point, changed)
    (likelihood,) = document["likelihoods"]
    wanted, total = set(likelihood["aux_distributions"]), 0.0
    for entry in document["distributions"]:
        assert entry["name"] in wanted
        at = {
            key: found[value] if isinstance(value, str) else value
            for key, value in entry.items()
            if key in KEYS
        }
        if entry["type"] == "gaussian_dist":
            total += ((at["x"] - at["mean"]) / at["sigma"]) ** 2 + 2.0 * np.log(at["sigma"])
        elif entry["type"] == "poisson_dist":
            total += 2.0 * (at["mean"] - at["x"] * np.log(at["mean"]) + lgamma(at["x"] + 1.0))
        else:
            assert entry["type"] == "generic_dist"
            total -= 2.0 * np.log(eval(entry["expression"], found))
    return total


KEYS = ("x", "mean", "sigma")
CASES = {
    "letter": {"parameters": ["delta", "kappa"], "draws": 60},
    "held": {"parameters": ["delta"], "fixed": {"kappa": 0.7}, "draws": 20, "data": "2026-core"},
    "boxes": {"parameters": ["y3LL_33", "Re y3LL_23"], "model": "S3", "mass": 2000.0, "draws": 8},
    "weak": {"parameters": ["Re CL_bsnutaunutau", "Im CL_bsnutaunutau"], "draws": 20},
}


@pytest.fixture(scope="module", params=CASES.values(), ids=CASES)
def written(request):
    made = nutau.likelihood(**request.param)
    return made, json.loads(json.dumps(nutau.to_hs3(made)))


def test_differences_are_those_of_nutau(written):
    made, document = written
    free = document["analyses"][0]["parameters_of_interest"]
    rng = np.random.default_rng(3)
    found = []
    for _ in range(4):
        p, epsilon = rng.uniform(-0.1, 0.1, len(free)), rng.standard_normal(made.nuisances)
        changed = dict(zip(free, p, strict=True))
        changed |= {f"theory_{k + 1}": value for k, value in enumerate(epsilon)}
        found.append((minus_two_log(document, "standard_model", changed), float(made.joint(p, epsilon))))
    theirs, ours = np.array(found).T
    np.testing.assert_allclose(theirs - theirs[0], ours - ours[0], rtol=1e-10, atol=1e-8)
    assert np.ptp(ours) > 0.1


def test_every_name_is_used_and_known(written):
    _, document = written
    names = {entry["name"] for entry in document["parameter_points"][0]["parameters"]}
    axes = {axis["name"] for axis in document["domains"][0]["axes"]}
    constants = {
        entry["name"] for entry in document["parameter_points"][0]["parameters"] if entry.get("const")
    }
    assert axes == names - constants  # HS3: each is in the domain or constant
    functions = {entry["name"] for entry in document["functions"]}
    assert all(name.isidentifier() for name in names | functions)
    assert not names & functions


def test_counted_events_have_backgrounds_that_float():
    made = nutau.likelihood(["lq3_3323"], "highpt-tails", mass=2000.0, draws=0)
    document = nutau.to_hs3(made)

    def profiled(value):
        """Each background at its best: the positive root of a quadratic equation."""
        changed = {"lq3_3323": value}
        found = values(document, "standard_model", changed)
        for entry in document["distributions"]:
            if entry["type"] != "poisson_dist":
                continue
            own = entry["name"]
            (error,) = (
                found[f"events_{own}"] - moved
                for moved in [
                    values(document, "standard_model", changed | {f"background_{own}": -1.0})[f"events_{own}"]
                ]
            )
            shifted = found[f"events_{own}"] - error**2
            mean = 0.5 * (shifted + np.sqrt(shifted**2 + 4.0 * found[entry["x"]] * error**2))
            changed[f"background_{own}"] = (mean - found[f"events_{own}"]) / error
        return minus_two_log(document, "standard_model", changed)

    points = np.array([[0.0], [0.05], [-0.1]])
    theirs = np.array([profiled(float(point[0])) for point in points])
    ours = made.chi2(points)
    np.testing.assert_allclose(theirs - theirs[0], ours - ours[0], atol=1e-8)
    assert np.ptp(ours) > 0.1


@pytest.mark.parametrize("correlation", [0.0, 0.6])
def test_asymmetric_errors_have_the_width_at_the_prediction(correlation):
    rho = np.array([[1.0, correlation], [correlation, 1.0]])
    given = Gaussian(np.array([1.0, -2.0]), np.array([0.5, 0.3]), np.array([0.2, 0.3]), rho, np.array([0, 1]))
    parts = Parts()
    _gaussian(parts, "m", given, ["a", "b"])
    from nutau.measurements.likelihoods import _pulls

    document = {
        "parameter_points": [
            {"name": "x", "parameters": [{"name": n, "value": v} for n, v in parts.constants.items()]}
        ],
        "functions": parts.functions,
        "distributions": parts.distributions,
        "likelihoods": [{"aux_distributions": [entry["name"] for entry in parts.distributions]}],
    }
    for a, b in ((0.0, 0.0), (0.9, -2.0), (1.2, -1.0), (3.0, 1.0)):
        pull = _pulls(given, np.array([a, b]))
        expected = pull @ given.precision @ pull
        assert minus_two_log(document, "x", {"a": a, "b": b}) == pytest.approx(expected, abs=1e-12)


def test_a_table_is_the_same_within_and_beyond_its_grid():
    axis = np.array([-1.0, 0.0, 0.5, 2.0, 3.0, 4.5])
    for table_values in ([4.0, 1.0, 0.0, 2.0, 5.0, 9.0], [0.0, 1.0, 3.0, 2.0, 2.5, 2.0]):
        table = LikelihoodGrid((axis,), np.array(table_values))
        text = spline(table, "x")
        for x in (-4.0, -1.0, -0.3, 0.5, 1.9, 4.5, 4.6, 20.0):
            found = eval(text, {"abs": abs, "x": x})
            assert found == pytest.approx(float(evaluate(table, np.array([x]))), abs=1e-11)


def test_polynomials_are_found_exactly_or_refused():
    one, two = polynomials(
        lambda p: np.stack([p[:, 0] * p[:, 1] ** 3 - 2.0, 3.0 * p[:, 1]], axis=-1), ["a", "b"]
    )
    assert one == "-2.0 + a*b*b*b"
    assert two == "3.0*b"
    with pytest.raises(InputError, match="no polynomial of a, b"):
        polynomials(lambda p: np.exp(p[:, :1]), ["a", "b"])


def test_names_are_told_apart():
    assert identifiers(["R(D)", "R D", "9"]) == {"R(D)": "R_D", "R D": "R_D_2", "9": "p_9"}


def test_what_hs3_has_no_terms_for_is_refused_with_the_way_out(tmp_path):
    shape = nutau.likelihood(["CL_bsnutaunutau"], "2026-belle2-shape", draws=0)
    with pytest.raises(
        InputError, match=r"BelleII-2025-Knunu-shape is a likelihood of a spectrum.*drop: \["
    ) as told:
        nutau.to_hs3(shape)
    own = tmp_path / "own.yaml"
    dropped = str(told.value).split("'drop: ")[1].split("'")[0]
    own.write_text(f"title: own\nextends: 2026-belle2-shape\ndrop: {dropped}\n")
    assert nutau.to_hs3(nutau.likelihood(["CL_bsnutaunutau"], own, draws=0))["misc"]["nutau"]["data"] == "own"
    with pytest.raises(InputError, match="fast mode has none"):
        nutau.to_hs3(shape.switched("fast"))


def test_the_command_writes_the_likelihood_that_it_fits(tmp_path):
    out, data = tmp_path / "likelihood.json", tmp_path / "mine.yaml"
    entry = "{observable: R(D), value: 0.35, errors: {total: 0.02}, unit: 1}"
    data.write_text(
        f"title: mine\nmeasurements:\n  - {{name: a, kind: gaussian, source: me, values: [{entry}]}}\n"
    )
    options = ["--data", str(data), "--parameters", "C3", "--draws", "8"]
    several = ["--data", f"{data},2026-core", *options[2:]]
    for wrong, told in (([*options, "--mode", "fast"], "leave --mode out"), (several, "--hs3")):
        code, _, error = run("fit", *wrong, "--hs3", str(out))
        assert code == 2
        assert told in error
        assert not out.exists()
    code, printed, _ = run("fit", *options, "--hs3", str(out), "--json")
    assert code == 0
    result, document = json.loads(printed), json.loads(out.read_text())
    assert document["analyses"][0]["init"] == "best_fit"
    free = values(document, "best_fit", {})
    made = nutau.likelihood(["C3"], data, draws=8)
    epsilon = np.array([free[f"theory_{k + 1}"] for k in range(made.nuisances)])
    best = np.array([free["C3"]])
    assert float(made.joint(best, epsilon)) == pytest.approx(result["chi2"], abs=1e-7)
    rise = minus_two_log(document, "best_fit", {}) - minus_two_log(document, "standard_model", {})
    standard = float(made.joint(np.zeros(1), np.zeros(made.nuisances)))
    assert rise == pytest.approx(result["chi2"] - standard, abs=1e-7)


def test_pyhs3_finds_the_same():
    """The reader of the standard's authors; it parses expressions with sympy and compiles them with pytensor."""
    pyhs3 = pytest.importorskip("pyhs3")
    made = nutau.likelihood(["delta"], "2026-core", fixed={"kappa": 0.7}, draws=5)
    workspace = pyhs3.Workspace(**json.loads(json.dumps(nutau.to_hs3(made, {"delta": 0.06}))))
    model = workspace.model(workspace.analyses["nutau"], progress=False)
    log_probability = pyhs3.jaxify(model.log_prob)
    rng = np.random.default_rng(1)
    found = []
    for delta in (0.0, 0.06, -0.05):
        epsilon = rng.standard_normal(made.nuisances)
        at = {"delta": delta} | {f"theory_{k + 1}": value for k, value in enumerate(epsilon)}
        with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
            theirs = -2.0 * float(np.sum(log_probability(**(model.free_params | at))))
        found.append((theirs, float(made.joint(np.array([delta]), epsilon))))
    theirs, ours = np.array(found).T
    np.testing.assert_allclose(theirs - theirs[0], ours - ours[0], atol=1e-8)
