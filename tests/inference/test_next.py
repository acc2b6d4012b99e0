"""What each measurement would add to a fit: laws of information, refits by brute force, refusals."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import nutau
from command import run
from nutau.inference.fit.search import minima
from nutau.inference.forecast import Future, How, left, prospects
from nutau.inference.forecast.candidates import candidates
from nutau.inference.forecast.expectations import settled
from nutau.inference.forecast.hypotheses import Hypothesis
from nutau.inference.forecast.projected import projected
from nutau.inference.forecast.ranking import Setting, bits, check_order, ordered, rank
from nutau.inference.likelihood import parametrisation, use_double_precision
from nutau.inputs import load_inputs
from nutau.measurements import load_dataset

PARAMETERS = ("CVL_bctaunutau", "CSL_bctaunutau")
CANDIDATES = {"R(D)": "1.5%", "R(D*)": "1%"}


@pytest.fixture(scope="module")
def room():
    """Today's data with two measurements of a new experiment."""
    use_double_precision()
    core, inputs = load_dataset("2026-core"), load_inputs()
    chosen, held, _ = candidates(
        core, inputs, names=[], continued=(), given=CANDIDATES, experiment="Belle II", at=None
    )
    space = parametrisation(PARAMETERS)
    stays = left(core.measurements, chosen)
    return prospects(core, space, Future(chosen, at=held), stays, How(inputs, 20, 1), scale=1.0)


@pytest.fixture(scope="module")
def best(room):
    return minima(room.today, room.size)[0]


@pytest.fixture(scope="module")
def made(room, best):
    core = load_dataset("2026-core")
    return rank(room, core, [core.measurements] * 2, best.values, np.zeros(2), 1.0)


def test_errors_orders_and_chi2_are_those_of_refits(room, best, made):
    """Fitted again by MINUIT with each measurement, the other one without weight."""
    centre = room.centre(Hypothesis("best", room.today.parametrisation, best.values, (True, True)))
    whole = room.covariance(centre, 1.0)

    def rise(likelihood, minimum):
        return float(likelihood.value_and_gradient(np.zeros(2))[0]) - minimum.chi2

    today = rise(room.today, best)
    assert made.errors == pytest.approx(best.errors, rel=0.05)
    errors, apart = {}, {}
    for place, name in enumerate(CANDIDATES):
        covariance = np.where(np.arange(2) == place, whole, 1e8 * whole)
        then = projected(room.joint, room._compiled, centre, covariance)
        found = settled(then, room.size, [best.values])[0]
        errors[name], apart[name] = found.errors, rise(then, found) - today
    rows = {row.name.partition(",")[0]: row for row in made.rows}
    for name in CANDIDATES:
        assert rows[name].errors == pytest.approx(errors[name], rel=0.05)
        assert rows[name].apart == pytest.approx(apart[name], rel=0.1)
    for place, key in enumerate(PARAMETERS):
        first = ordered(made, key).rows[0].name.partition(",")[0]
        assert first == min(errors, key=lambda name, place=place: errors[name][place])
    assert ordered(made, "apart").rows[0].name.partition(",")[0] == max(apart, key=apart.__getitem__)


def test_information_adds_and_is_never_negative(made):
    """A new experiment replaces nothing, so it can only tell more; twice the data are half the variance."""
    assert all(row.information > 0 for row in made.rows)
    assert all(np.all(row.errors <= made.errors) for row in made.rows)
    rng = np.random.default_rng(1)
    root = rng.normal(size=(3, 3))
    today, one, other = root @ root.T + np.eye(3), *(np.outer(a, a) for a in rng.normal(size=(2, 3)))
    inverse = np.linalg.inv
    both = bits(inverse(today), inverse(today + one + other))
    chain = bits(inverse(today), inverse(today + one)) + bits(
        inverse(today + one), inverse(today + one + other)
    )
    assert both == pytest.approx(chain)
    assert bits(np.eye(1), 0.25 * np.eye(1)) == pytest.approx(1.0)  # half the error


def test_information_is_that_of_any_other_parameters(monkeypatch):
    """In q with p(q) bent it is J^T F J, also where a result of today is taken out, which alone is at no minimum."""
    rng = np.random.default_rng(3)
    slopes, bends = rng.normal(size=(4, 2)), rng.normal(size=(4, 2, 2))
    bends = bends + bends.swapaxes(1, 2)
    gradient = np.linalg.svd(slopes.T)[2][-1]  # of all data: at the best fit no parameter lowers -2 log L
    jacobian, curved = rng.normal(size=(2, 2)), rng.normal(size=(2, 2, 2))
    curved = curved + curved.swapaxes(1, 2)

    def experiment(entries, items):
        return SimpleNamespace(curved=lambda values: (rng.normal(size=4), np.diag([1.0, 0.0, 2.0, 0.0])))

    monkeypatch.setattr("nutau.inference.forecast.ranking.experiment", experiment)
    whole = SimpleNamespace(observables=(), curved=lambda values: (gradient, np.eye(4)))
    room = SimpleNamespace(today=SimpleNamespace(experiment=whole))
    turned = np.einsum("oij,ia,jb->oab", bends, jacobian, jacobian) + np.einsum("oi,iab->oab", slopes, curved)
    first = Setting(room, slopes, bends, np.zeros(4))
    second = Setting(room, slopes @ jacobian, turned, np.zeros(4))
    asked = (["one of two"], [(1, 0.3)])
    assert second.information(*asked) == pytest.approx(jacobian.T @ first.information(*asked) @ jacobian)


def test_the_verb_passes_what_is_asked_and_prints_what_comes(made, monkeypatch):
    asked = {}

    def found(parameters, data, **how):
        asked.update(how, parameters=parameters, data=data)
        return made

    monkeypatch.setattr("nutau.inference.forecast.next.next_measurements", found)
    arguments = (
        "--parameters",
        ",".join(PARAMETERS),
        "--data",
        "2026-core",
        "--against",
        "sm",
        "--at",
        "LHCb=300",
    )
    given = [word for name, error in CANDIDATES.items() for word in ("--candidate", f"{name}={error}")]
    code, out, error = run("next", *arguments, *given, "--json")
    assert code == 0, error
    assert json.loads(out) == json.loads(json.dumps(made.to_dict()))
    assert json.loads(out)["schema"] == "nutau/next/1"
    assert (asked["candidates"], asked["at"], asked["against"]) == (CANDIDATES, {"LHCb": 300.0}, "sm")
    code, out, error = run("next", *arguments)
    assert code == 0, error
    assert "σ(CSL_bctaunutau)" in out
    assert "Δχ² against CVL_bctaunutau = 0, CSL_bctaunutau = 0" in out
    assert len({len(column) for column in made.columns().values()}) == 1


def test_what_says_nothing_is_named_and_not_ranked(made):
    silent = replace(made.rows[0], name="silent", information=0.0, apart=0.0)
    other = replace(made, rows=(*made.rows, silent))
    assert len(other.table()) == len(made.rows)
    assert "say nothing of CVL_bctaunutau, CSL_bctaunutau: silent" in str(other)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--luminosity", "0"), "--luminosity 0: a positive number is needed"),
        (("--candidate", "R(D)=x"), "a positive error is needed, absolute or in % of the SM value"),
        (("--candidate", "R(D)=-5%"), "a positive error is needed"),
        (("--candidate", "R(E)=5%"), "Unknown observable 'R(E)'"),
        (("--candidate", "dBR/dq2(B+->Knunu)=5%"), "takes points in q²; a fit predicts rates and bins"),
        (
            ("--candidate", "<dBR/dq2>(B+->Knunu)=5%"),
            "write it behind the name, as <dBR/dq2>(B+->Knunu)[0, 4]",
        ),
        (
            ("--candidate", "BR(tau->mugamma)=5%"),
            "SM value of BR(tau->mugamma), which is zero: give an absolute",
        ),
        (("--projection", "nope"), "Unknown projection 'nope'"),
        (("--experiment", "Belle III"), "No measurement is left to rank"),
        (("--by", "nope"), "--by nope: information, apart or a parameter is needed"),
        (("--by", "apart"), "give the other one (--against)"),
        (("--against", "C1=x"), "sm or NAME=VALUE,… is needed"),
        (("--against", "C1=1"), "Unknown parameter of this fit 'C1'"),
        (("--continue", "nope"), "Unknown measurement 'nope'"),
        (("--data", "nope"), "Unknown data set 'nope'"),
    ],
)
def test_refusals(arguments, said):
    code, out, error = run("next", "--parameters", ",".join(PARAMETERS), "--draws", "0", *arguments)
    assert (code, out) == (2, "")
    assert said in error


def test_orders_are_checked_before_the_work():
    check_order("a", ("a",), None)
    with pytest.raises(nutau.InputError):
        check_order("b", ("a",), None)
