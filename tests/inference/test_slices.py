"""A likelihood with some parameters held shares what was compiled for the whole, and is the same as one made so."""

import pickle

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

import nutau
from nutau.errors import InputError
from nutau.inference.fit import fitted
from nutau.inference.likelihood import likelihood, parametrisation
from nutau.inference.likelihood.slices import held

DRAWS = 40  # theory errors as large as with more; what is compared has the same draws


@pytest.fixture(scope="module")
def whole():
    return likelihood("2026-core", parametrisation(("delta", "kappa")), draws=DRAWS)


def test_a_slice_is_the_likelihood_made_so(whole):
    direct = likelihood("2026-core", parametrisation(("delta",), fixed={"kappa": 1.0}), draws=DRAWS)
    part = held(whole, {"kappa": 1.0})
    assert part.parametrisation.names == ("delta",)
    assert part.parametrisation.fixed == direct.parametrisation.fixed
    points = np.linspace(-0.05, 0.1, 7)[:, None]
    for one, other in ((part, direct), (part.alternative, direct.alternative)):
        np.testing.assert_allclose(
            one.switched("fast").chi2(points), other.switched("fast").chi2(points), rtol=1e-12
        )


def test_the_fit_of_a_slice_finds_its_minimum(whole):
    part = held(whole, {"kappa": 1.0})
    found = fitted(part)
    best = minimize_scalar(
        lambda delta: part.chi2(np.array([[delta]]))[0], bounds=(0.02, 0.1), options={"xatol": 1e-7}
    )
    # MINUIT's tolerance: 2e-5 in -2 log L, half a hundredth of an error in δ
    assert found.chi2 == pytest.approx(best.fun, abs=1e-4)
    assert found["delta"].value == pytest.approx(best.x, abs=1e-2 * found["delta"].error)
    assert found.comparison.delta_chi2 == pytest.approx(whole.chi2(np.zeros((1, 2)))[0] - best.fun, abs=1e-4)
    assert found.beside.comparison.dof == 1


def test_a_slice_has_the_values_and_slopes_of_the_whole(whole):
    part = held(whole, {"kappa": 0.7})
    points = np.array([[0.0], [0.03], [0.06]])
    np.testing.assert_array_equal(part.chi2(points), whole.chi2(part.lifted(points)))
    _, slope = part.value_and_gradient(np.array([0.05]))
    step = 1e-5
    above, below = (part.chi2(np.array([[0.05 + sign * step]]))[0] for sign in (1, -1))
    assert slope[0] == pytest.approx((above - below) / (2 * step), rel=1e-5)
    fast = part.switched("fast")
    np.testing.assert_allclose(
        fast.chi2(points), whole.switched("fast").chi2(part.lifted(points)), rtol=1e-12
    )
    many = np.linspace(0.0, 0.1, 600)[:, None]  # as many as are compiled together
    np.testing.assert_allclose(part.chi2(many)[:3], part.chi2(many[:3]), rtol=1e-9)


def test_what_is_not_free_cannot_be_held_and_slices_can_be_pickled(whole):
    with pytest.raises(InputError, match="kappa"):
        held(whole, {"kapa": 1.0})
    part = held(whole, {"kappa": 0.7}).switched("fast")
    again = pickle.loads(pickle.dumps(part))
    assert again.chi2(np.array([[0.05]]))[0] == pytest.approx(part.chi2(np.array([[0.05]]))[0])


def test_references_and_balanced_draws_are_uncorrelated():
    """With balanced draws χ² on the quoted SM hardly depends on the seed: plain draws scatter by 0.1 or more here."""
    inputs = nutau.load_inputs().balanced()
    point = np.array([[0.0, 1.0]])
    found = []
    for seed in (1, 2):
        made = likelihood(
            "2026-core", parametrisation(("delta", "kappa")), inputs=inputs, draws=2000, seed=seed
        )
        found.append([part.switched("fast").chi2(point)[0] for part in (made, made.alternative)])
    np.testing.assert_allclose(found[0], found[1], atol=0.02)
