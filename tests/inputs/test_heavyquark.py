"""HQET form factors: endpoint relations, EOS's numbers, the heavy-quark limit, gradients at zero recoil."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nutau.errors import InputError
from nutau.inputs.form_factors import FormFactors, heavyquark
from nutau.inputs.form_factors.heavyquark_loops import NAMES, closed_forms, matching_functions

CONSTANTS = {"alpha_s": 0.26, "m_b_1S": 4.71, "m_b-m_c": 3.4, "m_B_average": 5.313, "lambda_1": -0.3}
Z_CB = 0.2888152

# best fit of 1908.09398 (3/2/1) as in flavio 2.7.1
FIT = dict(
    zip(
        heavyquark.PARAMETERS,
        (
            *(1.068, 0.946, -3.746, -0.06, 0.0, -0.097, 0.04, -0.098, 0.611, -0.003, -0.309),
            *(0.124, -8.205, -1.918, -3.715, -3.527, 5.1, -2.067, 0.147, 3.41, 0.084, 2.091, 0.731),
        ),
        strict=True,
    )
)
MASSES = {"m_B0": 5.27966, "m_D+": 1.86966, "m_D*+": 2.01026}


def record(channel, light):
    names = tuple(f"hqet {name}" for name in heavyquark.PARAMETERS)
    pair = ("m_B0", light)
    return FormFactors(channel, "test", "hqet", (), pair, pair, {}, 0, {"hqet": names}, CONSTANTS)


D, D_STAR = record("B->D", "m_D+"), record("B->D*", "m_D*+")


def parameters(**changed):
    return {**{f"hqet {name}": value for name, value in {**FIT, **changed}.items()}, **MASSES}


def q2_of(w, light):
    return MASSES["m_B0"] ** 2 + light**2 - 2.0 * w * MASSES["m_B0"] * light


def test_conserved_current_at_zero_momentum_transfer():
    at_zero = heavyquark.evaluate(D, parameters(), np.array([0.0]))
    np.testing.assert_allclose(at_zero["f0"], at_zero["f+"], rtol=1e-14)


def test_tensors_agree_at_zero_momentum_transfer():
    at_zero = heavyquark.evaluate(D_STAR, parameters(), np.array([0.0]))
    np.testing.assert_allclose(at_zero["T1"], at_zero["T2"], rtol=1e-13)
    ratio = (MASSES["m_B0"] ** 2 - MASSES["m_D*+"] ** 2) / (8.0 * MASSES["m_B0"] * MASSES["m_D*+"])
    np.testing.assert_allclose(at_zero["A12"], ratio * at_zero["A0"], rtol=1e-13)


def test_all_equal_the_isgur_wise_function_in_the_heavy_quark_limit():
    # no alpha_s and no binding energy: h+ = hT = hV = hA1 = hA3 = hT1 = xi, the others vanish
    limit = heavyquark.Expansion(0.0, 0.0, 0.0, Z_CB)
    w = np.linspace(1.0, 1.5, 4)
    functions = heavyquark.isgur_wise(FIT, w)
    h = heavyquark.pseudoscalar(limit, functions, w) | heavyquark.vector(limit, functions, w)
    for name in ("h+", "hT", "V", "A1", "A3", "T1"):
        np.testing.assert_allclose(h[name], functions["xi"], rtol=1e-15)
    for name in ("h-", "A2", "T2", "T3"):
        np.testing.assert_array_equal(h[name], 0.0)
    assert functions["xi"][0] == 1.0


def test_eos_at_zero_recoil():
    # EOS, eos/form-factors/mesonic-hqet_TEST.cc (BJvD:2019A), w = 1; its couplings differ at 0.002
    values = dict.fromkeys(heavyquark.PARAMETERS, 0.0) | {
        **{"rho2": 1.5, "c": 1.5, "xi3": 6.0, "chi2": 0.5, "chi2'": -1.0, "chi2''": 2.0},
        **{"chi3'": -1.5, "chi3''": 2.5, "eta": 0.25, "eta'": -1.25, "eta''": 1.75, "l1": 0.5, "l2": -2.0},
    }
    expected = {
        **{"A1": 0.899905, "A2": 0.036348, "A3": 0.552732, "V": 1.217624},
        **{"T1": 0.961994, "T2": -0.198494, "T3": -0.665817},
    }
    w = np.array([1.0])
    expansion = heavyquark.Expansion.from_constants(CONSTANTS)
    h = heavyquark.vector(expansion, heavyquark.isgur_wise(values, w), w)
    for name, value in expected.items():
        assert h[name][0] == pytest.approx(value, abs=0.002), name


def test_expansion_parameters():
    expansion = heavyquark.Expansion.from_constants(CONSTANTS)
    assert (expansion.eps_c, expansion.eps_b, expansion.z_cb) == pytest.approx(
        (0.1812046, 0.0523346, 0.2888152), abs=5e-8
    )


def test_polynomials_are_the_closed_forms():
    w = np.linspace(1.003, 1.68, 23)
    series, exact = matching_functions(w, Z_CB, NAMES), closed_forms(w, Z_CB)
    for name in NAMES:
        np.testing.assert_allclose(series[name], exact[name], atol=2e-12, err_msg=name)


@pytest.mark.parametrize(("ff", "light"), [(D, 1.86966), (D_STAR, 2.01026)])
def test_jax_gives_the_same_values_and_finite_gradients_up_to_zero_recoil(ff, light):
    q2 = q2_of(np.array([1.0, 1.0 + 1e-9, 1.3]), light)
    plain = heavyquark.evaluate(ff, parameters(), q2)

    def total(par, q2):
        return sum(jnp.sum(value) for value in heavyquark.evaluate(ff, par, q2).values())

    traced = {name: jnp.asarray(value) for name, value in parameters().items()}
    value, (slopes, slope) = jax.value_and_grad(total, argnums=(0, 1))(traced, jnp.asarray(q2))
    assert value == pytest.approx(sum(v.sum() for v in plain.values()), rel=1e-13)
    assert np.isfinite(slope).all()
    assert all(np.isfinite(s) for s in slopes.values())


def test_draws_broadcast_against_nodes():
    draws = {name: np.full((3, 1), value) for name, value in parameters().items()}
    q2 = np.array([[1.0, 5.0]])
    one = heavyquark.evaluate(D_STAR, parameters(), q2[0])
    many = heavyquark.evaluate(D_STAR, draws, q2)
    for name, values in many.items():
        assert values.shape == (3, 2)
        np.testing.assert_allclose(values[2], one[name], rtol=1e-15)


def test_other_channels_are_refused():
    with pytest.raises(InputError, match=r"B->D and B->D\*, not for B->K"):
        heavyquark.evaluate(dataclasses.replace(D, channel="B->K"), parameters(), np.array([1.0]))


def test_a_missing_constant_is_named():
    incomplete = dataclasses.replace(D, constants={"alpha_s": 0.26})
    with pytest.raises(InputError, match="m_b_1S"):
        heavyquark.evaluate(incomplete, parameters(), np.array([1.0]))
