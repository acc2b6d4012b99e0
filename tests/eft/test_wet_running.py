"""WET running: identity at 4.8 GeV, wilson's numbers, gamma matrices one can compute by hand, refusals."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nutau.eft.algebra import Quadratic
from nutau.eft.wet.basis import CB_TAUNU, MU_B, SB_NUNU, WET, part
from nutau.eft.wet.running import evolution, running, table, to_mu_b
from nutau.eft.wilson import Basis, Wilson
from nutau.errors import InputError

# C(4.8) <- C(mu0), wilson 2.5.2 run directly (7 digits printed)
WILSON = [
    (80.4, "C9_bstautau", "C9_bstautau", 0.9950065),
    (80.4, "C9_bstautau", "C10_bstautau", 0.0074903),
    (80.4, "C9p_bstautau", "C10p_bstautau", -0.0074903),
    (80.4, "C9_bstautau", "C9_bsmumu", -0.0049935),
    (80.4, "CS_bstautau", "CS_bstautau", 0.9743461),
    (80.4, "C7_bs", "C7_bs", 0.6630779),
    (80.4, "C8_bs", "C7_bs", 0.0925571),
    (80.4, "CVL_bctaunutau", "CVL_bctaunutau", 1.0074903),
    (80.4, "CVR_bctaunutau", "CVR_bctaunutau", 1.0037451),
    (80.4, "CSR_bctaunutau", "CSR_bctaunutau", 1.3544989),
    (80.4, "CT_bctaunutau", "CSL_bctaunutau", -0.0170355),
    (80.4, "CSL_bctaunutau", "CT_bctaunutau", -0.0003412),
    (80.4, "CT_bctaunutau", "CT_bctaunutau", 0.9105658),
    (80.4, "CVLL_bsbs", "CVLL_bsbs", 0.8560165),
    (80.4, "CSLL_bsbs", "CTLL_bsbs", 0.0067839),
    (91.1876, "CVL_bctaunutau", "CVL_bctaunutau", 1.0078193),
    (91.1876, "CSL_bctaunutau", "CSL_bctaunutau", 1.3680588),
    (91.1876, "C7_bs", "C7_bs", 0.6541579),
    (120.0, "C9_bstautau", "C9_bstautau", 0.9943094),
    (120.0, "CSR_bctaunutau", "CSR_bctaunutau", 1.3971492),
    (160.0, "C7_bs", "C7_bs", 0.6176915),
    (160.0, "C8_bs", "C7_bs", 0.1015385),
    (160.0, "CVL_bctaunutau", "CVL_bctaunutau", 1.0092852),
    (160.0, "CSR_bctaunutau", "CSR_bctaunutau", 1.4269593),
    (160.0, "CT_bctaunutau", "CSL_bctaunutau", -0.0217038),
    (160.0, "CVLL_bsbs", "CVLL_bsbs", 0.8332490),
    (172.5, "C9_bstautau", "C9_bstautau", 0.9936794),
    (172.5, "CT_bctaunutau", "CT_bctaunutau", 0.8950443),
    (172.5, "CSL_butaunutau", "CSL_butaunutau", 1.4346467),
    (172.5, "CSLL_bsbs", "CTLL_bsbs", 0.0081461),
]


@pytest.mark.parametrize(("scale", "source", "target", "value"), WILSON)
def test_wilson_values(scale, source, target, value):
    entry = evolution(scale)[WET.index(target), WET.index(source)]
    assert entry == pytest.approx(value, abs=6e-8)


def test_identity_at_the_scale_of_the_decays():
    np.testing.assert_array_equal(evolution(MU_B), np.eye(len(WET)))


@pytest.mark.parametrize("scale", [4.2, 5.0, 17.3, 80.379, 91.1876, 175.0])
def test_neutrino_operators_do_not_run_and_flavours_run_alike(scale):
    matrix = evolution(scale)
    nunu = [WET.index(name) for name in SB_NUNU]
    np.testing.assert_array_equal(matrix[np.ix_(nunu, nunu)], np.eye(len(nunu)))
    blocks = [[WET.index(name) for name in CB_TAUNU[5 * j : 5 * j + 5]] for j in range(3)]
    first = matrix[np.ix_(blocks[0], blocks[0])]
    for block in blocks[1:]:
        np.testing.assert_allclose(matrix[np.ix_(block, block)], first, atol=1e-13)


@pytest.mark.parametrize("scale", [4.5, 30.0, 91.1876])
def test_vector_currents_run_by_qed_alone(scale):
    # LO: CVL grows by (alpha_e/pi) ln(mu0/mu), the logarithm of Sirlin's c_SM; alpha_e = 1/127.9 in wilson
    expected = 1.0 + np.log(scale / MU_B) / 127.9 / np.pi
    assert evolution(scale)[WET.index("CVL_bctaunutau"), WET.index("CVL_bctaunutau")] == pytest.approx(
        expected, abs=5e-4
    )


def test_the_polynomials_have_converged():
    coefficients = np.abs(table().coefficients)
    assert (coefficients[-1] < 1e-8 * coefficients.max(axis=0)).all()


@pytest.mark.parametrize("scale", [23.4, 160.0])
def test_every_entry_against_wilson_live(scale):
    wilson = pytest.importorskip("wilson", reason="wilson (extra 'running') is not installed")
    matrix = evolution(scale)
    for column, name in enumerate(WET.coefficients):
        point = wilson.Wilson({name: 1e-2}, scale=scale, eft="WET", basis="flavio")
        end = point.match_run(scale=MU_B, eft="WET", basis="flavio").dict
        expected = [complex(end.get(other, 0.0)) / 1e-2 for other in WET.coefficients]
        np.testing.assert_allclose(matrix[:, column], expected, atol=1e-9)


def test_a_form_seen_from_the_high_scale_is_the_form_of_the_evolved_point():
    basis = part(CB_TAUNU)
    root = np.random.default_rng(1).normal(size=(16, 16, 2)) @ np.array([1, 1j])
    form = Quadratic(root @ root.conj().T, basis)
    high = Wilson.from_mapping(WET, 80.379, {"CSL_bctaunutau": 0.3 - 0.2j, "CT_bctaunumu": 0.1j})
    evolved = to_mu_b(high).values[[WET.index(name) for name in basis.coefficients]]
    assert form.after(running(80.379, basis))(high) == pytest.approx(form(evolved))


def test_points_run_under_jit():
    step = running(80.379)
    point = Wilson.from_mapping(WET, 80.379, {"C9_bstautau": -10.0, "CT_bctaunutau": 0.2j}).values
    np.testing.assert_allclose(jax.jit(lambda c: step(c))(jnp.asarray(point)), step(point), rtol=1e-14)


@pytest.mark.parametrize("scale", [1.0, 4.19, 175.01, 1000.0, float("nan"), float("inf"), -5.0])
def test_scales_outside_the_table_are_refused(scale):
    with pytest.raises(
        InputError, match=r"4\.2 to 175 GeV" if np.isfinite(scale) else "a number of GeV is needed"
    ):
        running(scale)


def test_coefficients_of_another_theory_are_refused():
    with pytest.raises(InputError, match="theories differ"):
        to_mu_b(Wilson(np.zeros(1), Basis("SMEFT", "Warsaw", ("lq1_3323",)), 1000.0))
