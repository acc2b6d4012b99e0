"""The tails in a likelihood: HighPT's own numbers, gradients, poles, and what low energies alone leave open."""

import numpy as np
import pytest

import nutau
from nutau.inference.likelihood import double_precision, likelihood, parametrisation

# HighPT's example_notebooks/mediator.nb (version 1.0.1, U1 of 2 TeV): chi squared of pp -> mu tau without new
# physics, and the contour of 2 sigma of it, Delta chi² = 6.18, which is |x22 x23| = 0.4054 (by its plot, to 0.1 %)
NOTEBOOK_CHI2 = 1.8931360140222369
NOTEBOOK_PRODUCT = 0.4054


@pytest.fixture(scope="module")
def u1():
    space = parametrisation(["x1LL_22", "x1LL_23"], model="U1", mass=2000.0, running="none")
    return likelihood("highpt-tails-gaussian", space, draws=0)


def test_highpt_s_own_numbers(u1):
    """Its chi squared to all digits of its counts; its limit to 1.5 %, the efficiencies of pole and contact term."""
    from scipy.optimize import brentq

    def chi2(product):
        found = u1.experiment.by_measurement(u1.predictions(np.array([product / 0.5, 0.5])))
        return found["CMS-2022-mutau-HighPT"]

    assert chi2(0.0) == pytest.approx(NOTEBOOK_CHI2, rel=1e-9)
    lowest = min(chi2(product) for product in np.linspace(0, 0.3, 7))
    limit = brentq(lambda product: chi2(product) - lowest - 6.180074306244173, 0.2, 0.8)
    assert limit == pytest.approx(NOTEBOOK_PRODUCT, rel=0.015)


@pytest.fixture(scope="module")
def s1():
    space = parametrisation(["y1LL_33", "y1RR_23"], model="S1", mass=2000.0)
    return likelihood("2026-tails", space, draws=20)


@pytest.fixture(scope="module")
def alone(s1):
    return likelihood("2026", s1.parametrisation, draws=20)


def test_gradient(s1):
    @double_precision
    def at(p):
        value, gradient = s1.value_and_gradient(p)
        return float(value), np.asarray(gradient)

    for p in ([0.3, 0.2], [1.0, -0.6]):
        step, p = 1e-5, np.array(p)
        moved = [(at(p + step * e)[0] - at(p - step * e)[0]) / (2 * step) for e in np.eye(2)]
        assert np.allclose(at(p)[1], moved, rtol=1e-4, atol=1e-3)


def test_measurements_without_theory_errors_do_not_change_the_profile(s1, alone):
    """The search for nuisances leaves the tails out; the profile is the sum of both parts at every point."""
    tails = likelihood("highpt-tails", s1.parametrisation, draws=20)
    points = np.array([[0.0, 0.0], [0.5, 0.1], [1.5, 0.8]])
    assert tails.nuisances == 0
    assert s1.nuisances == alone.nuisances
    assert np.allclose(s1.chi2(points), alone.chi2(points) + tails.chi2(points), rtol=1e-6)
    fast = s1.switched("fast").chi2(points)
    assert np.allclose(fast, alone.switched("fast").chi2(points) + tails.chi2(points), rtol=1e-6)


def test_the_tails_bound_what_low_energies_leave_open(s1, alone):
    """Alone, a coupling of S1 to charm and tau reaches no decay of b: low energies let it grow to any size."""
    far, none = np.array([[0.0, 2.8]]), np.zeros((1, 2))
    assert abs(alone.chi2(far) - alone.chi2(none))[0] < 1
    assert (s1.chi2(far) - s1.chi2(none))[0] > 25


def test_a_fit_of_the_weak_theory_leaves_the_tails_out():
    weak = parametrisation(["CVL_bctaunutau"])
    assert {"ATLAS-2020-tautau", "ATLAS-2021-taunu"} <= set(
        likelihood("2026-tails", weak, draws=0).unaffected
    )
    with pytest.raises(nutau.InputError, match="needs coefficients of the SMEFT"):
        likelihood("highpt-tails", weak, draws=0)


def test_coefficients_of_the_smeft_are_contact_terms():
    """One lq3 of 1 TeV⁻² for b b̄: more events than any leptoquark that gives it."""
    contact = likelihood("highpt-tails", parametrisation(["lq3_3333", "lq1_3333"]), draws=0)
    space = parametrisation(["x1LL_33"], model="U1", mass=1500.0, running="none")
    pole = likelihood("highpt-tails", space, draws=0)
    size = 2.0
    c = -0.5 * size**2 / 1.5**2
    at = contact.predictions(np.array([c, c]))
    assert np.abs(at[contact.experiment.observables.index(pole.experiment.observables[-1])]) > np.abs(
        pole.predictions(np.array([size]))[-1]
    )
    assert contact.chi2([[c, c]])[0] > pole.chi2([[size]])[0]


def test_a_forecast_scales_counted_events_with_luminosity():
    """As the root of the luminosity, all errors; what is continued is no longer data of today."""
    from nutau.inference.forecast.future import future
    from nutau.inference.forecast.notes import contents
    from nutau.inference.forecast.reach import scaled
    from nutau.measurements import load_dataset

    data = load_dataset("highpt-tails")
    found, _ = future(data, continued=["ATLAS-2020-tautau"], experiment="ATLAS")
    events = data["ATLAS-2020-tautau"].distribution
    last = found.projections[-1]
    assert last.observable.label == "N(pp->tautau)[1150, 15000]"
    assert last.value[0] ** 2 == pytest.approx(events.background[-1] + events.error[-1] ** 2)
    assert "N(pp->tautau) in 14 bins (ATLAS-2020-tautau)" in contents(found)[0]
    assert scaled(last, 139.0 * 9) == pytest.approx(last.value[0] / 3)
