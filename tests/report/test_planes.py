"""Lines of models in the (R_ττ, R_νν) plane with our own rates: theory errors that know the matching, bad input."""

import numpy as np
import pytest

import nutau
from nutau.eft.smeft.matching import constants, match
from nutau.eft.wet.basis import MU_B
from nutau.errors import InputError
from nutau.inputs import load_inputs
from nutau.letter.plane import PANELS
from nutau.models import X
from nutau.models.two_field import c3_from_delta
from nutau.observables.predictions import SEED, formulas, restricted
from nutau.report.plane import along_delta, on_line, panels

INPUTS = load_inputs("default")
DRAWS = 300


def by_hand(formula, kappa, delta):
    """Each draw matched with its own constants, and put into the rates of that draw."""
    c = constants(INPUTS.parameters.sample(DRAWS, SEED), MU_B)
    wet = match(X(kappa, c3=c3_from_delta(delta, c)).smeft(), c)
    points = np.stack([wet[name] for name in formula.central.basis.coefficients], axis=-1)
    rows = np.concatenate([np.ones((DRAWS, 1)), points], axis=-1)
    matrix = formula.draws.numerator.matrix
    assert matrix.shape[-1] == rows.shape[-1]
    return np.einsum("ki,kij,kj->k", rows.conj(), matrix, rows).real / formula.draws.sm


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("kappa", [0.0, 0.5])
def test_theory_draws_move_the_matching_too(panel, kappa):
    """V_cb, λ_t and α of a draw fix what C9 belongs to a δ; held at their centres, errors are off by 1 %."""
    names, delta = PANELS[panel], 0.07
    line = on_line(along_delta(names, INPUTS, "physical", ("none", 4700.0), draws=DRAWS), kappa)
    values, errors = line.uncertainty(np.array([delta]))
    point = nutau.point(nutau.X(kappa, delta=delta)).wet(INPUTS)
    for formula, value, error in zip(formulas(names, INPUTS, draws=DRAWS), values, errors, strict=True):
        assert value == pytest.approx(float(formula(restricted(point, formula))), rel=1e-12)
        assert error == pytest.approx(by_hand(formula, kappa, delta).std(ddof=1), rel=1e-4)  # modes: 1e-6


def test_lines_start_at_the_standard_model():
    for panel in panels({"VB": 0.0, "U1": 1.0}, dataset="2026"):
        for line in panel.lines:
            start = np.flatnonzero(line.delta == 0.0)[0]
            assert (line.x[start], line.y[start]) == pytest.approx((1.0, 1.0), rel=1e-12)
            assert (line.x_error[start], line.y_error[start]) == pytest.approx((0.0, 0.0), abs=1e-9)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"inputs": "letter", "dataset": "2026", "mass": 4700.0}, "knows no running"),
        ({"inputs": "default", "convention": "published"}, "has no running"),
        ({"inputs": "default", "mass": -1.0}, "must be positive"),
        ({"inputs": "nope"}, "default, flavio-2.4, flavio-2.7, measured-shapes, letter"),
    ],
)
def test_bad_planes_are_refused(given, message):
    with pytest.raises(InputError, match=message):
        panels({"U1": 1.0}, **given)
