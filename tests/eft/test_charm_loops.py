"""Loops of four-quark operators: flavio's effective coefficients, special functions, smoothness, edges."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import spence

from nutau.eft.qcd import at_scale_b
from nutau.eft.wet import charm_loops, standard_model, up_quark_loops
from nutau.inputs import load_inputs


@pytest.fixture(scope="module")
def par():
    return load_inputs("flavio-2.7").parameters.mapping()


@pytest.fixture(scope="module")
def at(par):
    return at_scale_b(par, pole_threshold=True)


@pytest.fixture(scope="module")
def sm(par, at):
    return standard_model.b_to_s(par, at)


def test_sm_coefficients_are_flavios(par, at, sm):
    # flavio 2.7.1 at 4.8 GeV; m_b(4.8) there is RunDec's, good to 1e-9
    assert sm.current == pytest.approx(
        (-0.26417263, 1.01477639, -0.00506932, -0.07979189, 0.000351758, 0.000922188), abs=5e-9
    )
    assert (sm.c7eff, sm.c8eff, sm.c9) == pytest.approx(
        (-0.29149505435, -0.16067314953, 4.05315176368), rel=1e-10
    )
    assert (sm.c10, sm.c7p) == pytest.approx((-4.166497379346698, -0.00589795725260408), rel=1e-8)
    assert standard_model.b_to_s_nunu(par, at) == pytest.approx(-6.529104118477608, rel=1e-13)


# flavio 2.7.1, central parameters: the coefficients of B (not its conjugate)
@pytest.mark.parametrize(
    ("q2", "c7", "c9"),
    [
        (12.7, -0.3941 - 0.0225j, 4.6490 + 0.5676j),
        (16.0, -0.3959 - 0.0344j, 4.4874 + 0.5937j),
        (22.0, -0.3947 - 0.0493j, 4.3781 + 0.6203j),
    ],
)
def test_effective_coefficients_are_flavios(par, at, sm, q2, c7, c9):
    loops = charm_loops.effective(par, at, sm, np.array([q2]), linear=True)
    ratio = -0.0084290 + 0.0179838j  # xi_u / xi_t
    assert loops.c7[0] + ratio * loops.c7_up[0] == pytest.approx(c7, abs=1e-4)
    assert loops.c9[0] + ratio * loops.c9_up[0] == pytest.approx(c9, abs=1e-4)


def test_splines_go_through_the_table_and_change_little(par, at, sm):
    knots = at.m_b_pole**2 * 0.03 * np.arange(20, 33)
    between = at.m_b_pole**2 * 0.03 * (np.arange(20, 32) + 0.5)

    def difference(q2):
        cubic = charm_loops.effective(par, at, sm, q2).c9
        return np.abs(cubic / charm_loops.effective(par, at, sm, q2, linear=True).c9 - 1).max()

    assert difference(knots) < 1e-13
    assert 1e-5 < difference(between) < 3e-4


def test_the_jump_of_the_table_does_not_ring(par, at, sm):
    # the table changes from one expansion to another between s = 0.39 and 0.42 (q² 9.0 and 9.7); one spline through
    # both would swing by per cents on either side
    q2 = np.linspace(6.0, 8.9, 19)
    cubic = charm_loops.two_loop(at, sm, par["m_c BVgamma"], q2)[1]
    linear = charm_loops.two_loop(at, sm, par["m_c BVgamma"], q2, linear=True)[1]
    assert np.abs(cubic / linear - 1).max() < 2e-3


def test_one_loop_function_at_its_threshold_and_for_no_mass():
    mass, scale = 1.68, 4.8
    below, above = (charm_loops.fermion_loop(4 * mass**2 * x, mass, scale) for x in (1 - 1e-9, 1 + 1e-9))
    assert below == pytest.approx(above, abs=1e-3)
    assert below.imag == 0.0
    assert above.imag > 0
    massless = charm_loops.massless_loop(15.0, scale)
    assert charm_loops.fermion_loop(15.0, 1e-4, scale) == pytest.approx(massless, abs=1e-6)


def test_dilogarithm_and_clausen_function():
    x = np.linspace(0.01, 0.99, 23)
    np.testing.assert_allclose(up_quark_loops.dilogarithm(x), spence(1 - x), rtol=1e-14)
    phi = np.linspace(0.01, 1.5, 23)
    np.testing.assert_allclose(up_quark_loops.clausen(phi), spence(1 - np.exp(1j * phi)).imag, rtol=1e-13)


def test_up_quark_functions_are_flavios(at):
    # flavio 2.7.1, Fu_17 and Fu_19 at q² = 15
    a, _, b, _ = up_quark_loops.up_quark(at, np.array([15.0]))
    assert a[0] == pytest.approx(-0.8367749718350805 - 0.7786087573454907j, rel=1e-8)
    assert b[0] == pytest.approx(4.740640454782352 - 6.209557726146084j, rel=1e-8)


def test_finite_value_and_gradient_at_the_edges(par, sm):
    # at the lowest q² of electrons, at the end of B -> K and (a light b quark) beyond s = 1
    def real_c9(q2, m_b):
        at = at_scale_b({**par, "m_b": m_b})
        loops = charm_loops.effective(par, at, sm, q2[None])
        return jnp.real(loops.c9[0]) + jnp.imag(loops.c9_up[0]) + jnp.real(loops.c7_up[0])

    value_and_slopes = jax.jit(jax.vmap(jax.value_and_grad(real_c9, argnums=(0, 1)), in_axes=(0, None)))
    value, slopes = value_and_slopes(jnp.array([1.05e-6, 22.9, 24.0]), 4.195)
    assert np.all(np.isfinite(value))
    assert np.all(np.isfinite(slopes))
