"""What a fit can be asked, each against the fit that one would make by hand."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import yaml
from scipy.optimize import minimize

import nutau
from command import run
from nutau.eft.algebra import Affine
from nutau.errors import InputError
from nutau.inference.extension import extended
from nutau.inference.fit.questions.asked import named, split
from nutau.inference.fit.questions.predictions import predict
from nutau.inference.fit.questions.reaching import joined
from nutau.inference.fit.questions.varied import Varied
from nutau.inference.likelihood import double_precision, likelihood, parametrisation
from nutau.inference.theory_model import on_internal, sampled
from nutau.measurements import Observable

DRAWS = 200
HEIGHTS = {"0.6827": 1.0, "0.95": 3.841}
ASKED = ("Rnunu(K)", "BR(Bs->tautau)", "<dBR/dq2>(B+->Knunu)[0, 4]", "R(D)")


@pytest.fixture(scope="module")
def found():
    """Of (δ, κ) in the fast mode: two minima at the height of a 68 % interval."""
    return nutau.fit(mode="fast", draws=DRAWS)


@pytest.fixture(scope="module")
def predicted(found):
    return found.predict(ASKED)


def simplex(target, start, size):
    """The minimum of -2 log L from a starting point, and its height."""
    done = minimize(
        lambda z: float(target.chi2(z * size)),
        start / size,
        method="Nelder-Mead",
        options={"xatol": 1e-5, "fatol": 1e-7, "maxiter": 600},
    )
    return done.x * size, done.fun


def with_measurement(found, observable, value, width):
    """The likelihood of the fit with one more Gaussian measurement."""
    entry = replace(
        next(e for e in found.likelihood.experiment.measurements if e.name == "HFLAV-2025-Btaunu"),
        name="pseudo",
        observables=(observable,),
        distribution=gaussian(value, width),
    )
    data = nutau.load_dataset("2026")
    more = replace(data, measurements=(*data.measurements, entry))
    return likelihood(more, found.likelihood.parametrisation, mode="fast", draws=DRAWS, alternative=False)


def gaussian(value, width):
    from nutau.measurements.distributions import Gaussian

    one = np.array([width])
    return Gaussian(np.array([value]), one, one, np.eye(1), np.array([0]))


def test_an_extended_model_is_that_of_all_observables_together(found):
    made, chosen = found.likelihood, found.likelihood.parametrisation
    new = [Observable("BR(Bs->tautau)"), Observable("BR(Bc->taunu)"), Observable("BR(B+->Knunu)/SM")]
    own = made.origin.formulas(made.experiment.observables, chosen)
    more = made.origin.formulas(new, chosen)
    model = extended(made.theory_model, own, more)
    x = chosen.to_linear(np.array([[0.05, 0.8], [0.1, 1.7], [0.0, 1.0]]))
    value, covariance = model.covariance(x)
    wanted, whole = on_internal([*own, *more]).covariance(x)
    assert value == pytest.approx(wanted, rel=1e-12)
    assert covariance[:, : len(own), : len(own)] == pytest.approx(
        made.theory_model.covariance(x)[1], rel=1e-12
    )
    width = np.sqrt(np.diagonal(whole, axis1=1, axis2=2)) + 1e-20  # ratios to the SM have no error there
    # both leave out modes that hold 1e-6 of the scatter, 1e-3 of an error
    assert np.abs((covariance - whole) / (width[:, :, None] * width[:, None, :])).max() < 3e-3


@pytest.mark.parametrize(("place", "name"), [(0, "BR(B+->Knunu)/SM"), (1, "BR(Bs->tautau)")])
def test_the_ends_of_a_prediction_are_those_of_a_measurement_there(found, predicted, place, name):
    """-2 log L has risen by 3.84 at the best fit of the same data and a measurement of the end without error."""
    row = predicted[place]
    end = row.pieces["0.95"][-1][1]
    width = 1e-3 * row.errors[1]
    more = with_measurement(found, Observable(name), end, width)
    starts = [m.values * scale for m in found.minima[:2] for scale in (1.0, np.array([1.2, 1.1]))]
    reached = min(simplex(more, start, found.size)[1] for start in starts)
    # an end is solved for to 1e-3 of the error, hence 3.84 to 4e-3; the width adds up to 2e-3
    assert reached - found.chi2 == pytest.approx(3.841, abs=0.02)


def test_quadratic_rates_without_theory_errors_are_those_of_a_grid():
    """The smallest and largest rates of all points of a fine grid within the height."""
    found = nutau.fit(mode="fast", draws=0)
    rows = found.predict(["Rnunu(K)", "Rtautau(K*)"])
    delta, kappa = np.meshgrid(np.linspace(0.0, 0.12, 151), np.linspace(-0.5, 3.5, 161), indexing="ij")
    points = np.stack([delta, kappa], axis=-1).reshape(-1, 2)
    rise = found.likelihood.chi2(points) - found.chi2
    made = found.likelihood.origin.formulas(
        [Observable("BR(B+->Knunu)/SM"), Observable("BR(B0->K*tautau)/SM")], found.likelihood.parametrisation
    )
    values = on_internal(made)(found.likelihood.parametrisation.to_linear(points))
    for column, row in enumerate(rows):
        assert row.theory == (0.0, 0.0)
        for level, height in HEIGHTS.items():
            inside = values[rise < height, column]
            pieces = row.pieces[level]
            # cells of the grid are 1/20 of the error of δ and 1/5 of that of κ, across the regions
            assert pieces[0][0] == pytest.approx(inside.min(), abs=0.08 * row.errors[0])
            assert pieces[-1][1] == pytest.approx(inside.max(), abs=0.08 * row.errors[1])
            assert all(np.any((inside >= low) & (inside <= high)) for low, high in pieces)


def test_no_share_is_wider_than_the_whole(found, predicted):
    for row in predicted:
        for share in (row.parameters, row.theory):
            # the first piece holds the value; branches that join it can only make it wider
            assert all(part <= 1.003 * whole for part, whole in zip(share, row.errors, strict=True))
        assert row.pieces["0.95"][0][0] <= row.pieces["0.6827"][0][0]
    # form factors cancel in a ratio of rates; R(D) has a theory error as large as that of the data
    assert max(predicted["Rnunu(K)"].theory) < 0.1 * min(predicted["Rnunu(K)"].errors)
    labels = ["BR(B+->Knunu)/SM", "BR(Bs->tautau)", "<dBR/dq2>(B+->Knunu)"]
    items = [Observable(label, row.q2) for label, row in zip(labels, predicted, strict=False)]
    made = found.likelihood.origin.formulas(items, found.likelihood.parametrisation)
    _, errors = on_internal(made).uncertainty(found.likelihood.parametrisation.to_linear(found.best.values))
    for row, error in zip(predicted, errors, strict=False):
        # the data hardly bind these form factors; what is linear in the theory is symmetric
        assert row.theory == pytest.approx((error, error), rel=0.1)
    assert 0.3 < predicted["R(D)"].theory[0] / predicted["R(D)"].parameters[0] < 1.2


def test_correlations_are_those_of_slopes_and_errors(found, predicted):
    """Two bins of one decay move together, and so do rates that δ(1 + κ) or δ(1 − κ) rules."""
    names = [row.name for row in predicted]
    both = predicted.correlation[names.index("Rnunu(K)"), names.index("<dBR/dq2>(B+->Knunu)[0, 4]")]
    assert 0.9 < both < 1.0
    assert np.diag(predicted.correlation) == pytest.approx(np.ones(4), rel=1e-9)
    assert predicted.posterior_correlation is None
    assert found.predict(["R(D)"]).correlation == pytest.approx(np.ones((1, 1)), rel=1e-9)


@double_precision
def test_predictions_over_a_posterior_are_those_of_its_draws(found):
    """At every draw what the theory model says there; a further mode is a unit Gaussian of its own."""
    random = np.random.default_rng(5)
    best, count = found.best, found.likelihood.nuisances
    p = best.values + best.errors * 0.3 * random.standard_normal((2, 400, 2))
    eps = random.standard_normal((2, 400, count))
    posterior = SimpleNamespace(
        names=found.names,
        draws={n: p[..., i] for i, n in enumerate(found.names)},
        nuisances=eps,
        poorest=lambda: 800.0,
    )
    (row, other) = predict(replace(found, posterior=posterior), ["R(D*)", "BR(Bs->tautau)"])
    labels = [item.label for item in found.likelihood.experiment.observables]
    wanted = [
        float(found.likelihood.theory(p[0, i])(eps[0, i])[labels.index("Rtaul(B->D*lnu)")]) for i in range(5)
    ]
    assert row.draws[0, :5] == pytest.approx(np.array(wanted), rel=1e-4)  # measured: its modes are there
    shown = row.to_dict()["posterior"]
    assert shown["sd"] == pytest.approx(float(row.draws.std(ddof=1)), rel=1e-12)
    (piece,) = shown["pieces"]["0.95"]
    inside = (row.draws > piece["low"]) & (row.draws < piece["high"])
    assert inside.mean() == pytest.approx(0.95, abs=0.02)  # 800 draws
    assert other.draws.shape == (2, 400)


def test_pieces_of_branches_are_joined():
    assert joined([(0.0, 1.0), (0.5, 2.0), (3.0, None)]) == ((0.0, 2.0), (3.0, None))
    assert joined([(None, 1.0), (0.5, 0.7)]) == ((None, 1.0),)


def test_names_of_predictions():
    assert split("R(D),<dBR/dq2>(B+->Knunu)[0,4], Rnunu(K) ") == [
        "R(D)", "<dBR/dq2>(B+->Knunu)[0,4]", "Rnunu(K)",
    ]  # fmt: skip
    inputs = nutau.load_inputs()
    assert named(["<dBR/dq2>(B+->Knunu)[0, 4]"], inputs)[0].observable.q2 == (0.0, 4.0)
    for names, words in (
        (["R(Dd)"], r"Did you mean 'R\(D\)'"),
        (["<dBR/dq2>(B+->Knunu)"], "behind the name"),
        (["<dBR/dq2>(B+->Knunu)[0, x]"], "a bin is"),
        (["<dBR/dq2>(B+->Knunu)[0, 40]"], "phase space"),
        (["dBR/dq2(B+->Knunu)"], "rates and bins"),
        (["R(D)", "R(D)"], "given twice"),
    ):
        with pytest.raises(InputError, match=words):
            named(names, inputs)


@pytest.mark.parametrize("mode", ["fast", "full"])
@double_precision
def test_a_likelihood_that_is_not_varied_is_itself(mode):
    """With a table among its data."""
    data = nutau.load_dataset("2026-core")
    made = likelihood(data, parametrisation(["delta"], fixed={"kappa": 0.7}), mode=mode, draws=50)
    assert made.experiment.tables
    varied = Varied.of(made)
    for value in (0.0, 0.06, 0.2):
        p = np.array([value])
        (level, extra), slope = varied.profiled(p, varied.still)
        wanted, gradient = made.value_and_gradient(p)
        assert float(level) == pytest.approx(float(wanted), rel=1e-8)
        assert np.asarray(slope) == pytest.approx(np.asarray(gradient), rel=1e-5, abs=1e-4)
        assert extra.shape == (0,)


SMALL = """\
title: mine
measurements: [{name: A, kind: gaussian, source: a paper, unit: 1, values: [
  {observable: "BR(B+->Knunu)", value: 1.2e-5, errors: {total: 3e-6}}]}]
"""


@pytest.fixture(scope="module")
def left(found):
    return found.leave_one_out()


@pytest.mark.parametrize("name", ["HFLAV-2025-Knunu", "HFLAV-2025-Btaunu"])
def test_leaving_one_out_is_the_fit_without_it(found, left, name):
    """A likelihood of a data set without the entry, whose nuisances are others, minimised by a simplex."""
    row = next(row for row in left.measurements if row.left_out == (name,))
    data = nutau.load_dataset("2026")
    less = replace(data, measurements=tuple(entry for entry in data.measurements if entry.name != name))
    chosen = found.likelihood.parametrisation
    alone = likelihood(less, chosen, mode="fast", draws=DRAWS, alternative=False)
    values, height = simplex(alone, np.array(list(row.values.values())) * 1.03, found.size)
    assert row.delta_chi2 == pytest.approx(found.chi2 - height, abs=2e-3)
    assert row.sm_delta_chi2 == pytest.approx(float(alone.chi2(chosen.sm)) - height, abs=2e-3)
    for parameter, value in zip(found.names, values, strict=True):
        # MINUIT stops within 0.5 % of an error
        assert row.values[parameter] == pytest.approx(value, abs=0.02 * row.errors[parameter])


def test_leaving_out_everything_that_sees_a_parameter(found, left, tmp_path):
    """Sectors hold each measurement once; without b -> s nu nu, kappa is anything within its range."""
    members = [name for row in left.sectors for name in row.left_out]
    assert sorted(members) == sorted(row.left_out[0] for row in left.measurements)
    assert sum(row.numbers for row in left.sectors) == found.likelihood.experiment.numbers
    path = tmp_path / "one.yaml"
    path.write_text(SMALL)
    alone = nutau.fit(["CL_bsnutaunutau"], path, mode="fast", draws=0)
    (row,) = alone.leave_one_out().measurements
    assert row.values is None
    assert "nothing is left" in row.undetermined
    assert "nothing is left" in str(alone.leave_one_out())


@pytest.fixture(scope="module")
def moved(found):
    return found.impacts()


def source(moved, name):
    return next(row for row in moved.sources if row.name == name)


def by_hand(found, **changed):
    """How far the best fit moves in a likelihood that is made otherwise."""
    options = {"data": "2026", "mode": "fast", "draws": DRAWS, "alternative": False} | changed
    made = likelihood(options.pop("data"), found.likelihood.parametrisation, **options)
    values, _ = simplex(made, found.best.values, found.size)
    return dict(zip(found.names, values - found.best.values, strict=True))


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_the_impact_of_an_input_is_a_fit_with_the_input_moved(found, moved, side, tmp_path):
    parameters = nutau.load_inputs().parameters
    value = parameters["Vub"] + side * parameters.uncertainty("Vub")
    path = tmp_path / "inputs.yaml"
    path.write_text(yaml.safe_dump({"extends": "default", "parameters": {"Vub": {"value": float(value)}}}))
    shifts = by_hand(found, inputs=path)
    row = source(moved, "Vub")
    for name, shift in shifts.items():
        impact = row.impacts[name].up if side > 0 else row.impacts[name].down
        # the fit ends within 0.5 % of an error of its minimum, and so does what it is compared with
        assert impact == pytest.approx(shift, abs=0.015 * found[name].error)
    assert abs(shifts["delta"]) > 0.05 * found["delta"].error


def test_the_impact_of_a_measurement_is_a_fit_with_it_moved(found, moved):
    data = nutau.load_dataset("2026")
    entry = data["HFLAV-2025-Btaunu"]
    shifted = replace(entry.gaussian, central=entry.gaussian.central + entry.gaussian.plus)
    other = [replace(e, distribution=shifted) if e.name == entry.name else e for e in data.measurements]
    shifts = by_hand(found, data=replace(data, measurements=tuple(other)))
    for name, impact in source(moved, entry.name).impacts.items():
        assert impact.up == pytest.approx(shifts[name], abs=0.015 * found[name].error)


def test_impacts_add_up_to_the_errors(found, moved):
    """The squares of all shifts, of inputs and measurements, are the square of the linear error; the ranking falls."""
    for name in found.names:
        total = np.sqrt(sum(share[name] ** 2 for share in moved.shares.values()))
        # 200 draws know the theory error, a third of the variance, to 5 %
        assert total == pytest.approx(moved.errors[name], rel=0.05)
        # Hesse's error holds what least squares leave out
        assert moved.errors[name] == pytest.approx(found[name].error, rel=0.05)
    largest = [
        max(abs(impact.linear) / moved.errors[name] for name, impact in row.impacts.items())
        for row in moved.sources
    ]
    assert largest == sorted(largest, reverse=True)
    for row in moved.sources[:6]:
        for name, impact in row.impacts.items():
            if abs(impact.linear) > 0.2 * moved.errors[name]:
                assert 0.5 * (impact.up - impact.down) == pytest.approx(impact.linear, rel=0.25)


@double_precision
def test_pulls_of_inputs_are_those_of_the_draws(found, moved):
    """The regression of an input on the theory modes over the draws, at the nuisances of the best fit."""
    made, chosen = found.likelihood, found.likelihood.parametrisation
    formulas = made.origin.formulas(made.experiment.observables, chosen)
    drawn = sampled(formulas, Affine.identity(formulas[0].central.basis))
    flat = (drawn - drawn.mean(axis=0)).reshape(DRAWS, -1)
    modes = np.stack([made.theory_model.numerator_modes, made.theory_model.denominator_modes], axis=-1)
    modes = modes.reshape(len(modes), -1)
    scale = np.where(flat.std(axis=0) > 0, flat.std(axis=0), np.inf)
    eps = np.linalg.lstsq((modes / scale).T, (flat / scale).T, rcond=None)[0].T
    parameters = made.origin.inputs.parameters
    best = np.asarray(made.best_nuisances(found.best.values))
    for name in ("Vub", "Vcb", "gamma"):
        values = parameters.sample(DRAWS, made.origin.seed)[name]
        deviates = (values - values.mean()) / values.std()
        wanted = float(deviates @ eps / DRAWS @ best)
        row = next((row for row in moved.sources if row.name == name), None)
        if row is not None:
            # 200 draws leave 0.07 of the length of the nuisances that are pulled
            pull = next(iter(row.impacts.values())).pull
            assert pull == pytest.approx(wanted, abs=4 * 0.07 * float(np.linalg.norm(best)))
            assert 0.9 < next(iter(row.impacts.values())).constraint <= 1.0 + 1e-9


def test_the_command_asks_and_answers(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.yaml").write_text(SMALL)
    options = ("--data", "one.yaml", "--parameters", "CL_bsnutaunutau", "--mode", "fast", "--draws", "20")
    asked = ("--predict", "Rnunu(K),<dBR/dq2>(B+->Knunu)[0,4]", "--leave-one-out", "--impacts")
    code, shown, _ = run("fit", *options, *asked, "--json", "--save-analysis", "asked.yaml")
    assert code == 0
    document = json.loads(shown)
    rows = document["predictions"]["rows"]
    assert [row["q2"] for row in rows] == [None, [0.0, 4.0]]
    assert rows[0]["observable"] == "Rnunu(K)"
    assert document["leave_one_out"]["measurements"][0]["left_out"] == ["A"]
    assert document["impacts"]["sources"][0]["name"] == "A"
    assert yaml.safe_load((tmp_path / "asked.yaml").read_text())["impacts"] is True
    code, text, _ = run("fit", *options, "--predict", "Rnunu(K),R(D*)")
    assert code == 0
    assert "predictions" in text
    assert "correlations at the best fit" in text
    assert run("fit", "--predict", "R(Dd)")[0] == 2
