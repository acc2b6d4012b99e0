"""K → πνν̄: equal to flavio where it is right, CP, published Standard Model."""

import jax
import numpy as np
import pytest

from nutau.decays import k_to_pinunu as decay
from nutau.inputs import load_inputs

INPUTS = load_inputs("flavio-2.7")
PAR = INPUTS.parameters.mapping()
CHARGED, NEUTRAL = decay.PROCESSES


def branching(process, par=PAR, **coefficients):
    form = decay.forms(INPUTS, par, process)["branching"]
    c = np.zeros(len(process.basis), dtype=complex)
    for name, value in coefficients.items():
        c[process.basis.index(name)] = value
    return float(form(c))


# flavio 2.7.1 for the complex conjugate of these coefficients at 4.8 GeV: K+, K_L. It multiplies charm with
# α(2 GeV)/α(m_Z) = 0.95, 2.4 % of the K+, and coefficients with α(2 GeV)/α(4.8 GeV), 1 %.
FLAVIO = [
    ({}, 8.139443178805175e-11, 2.7790131843543066e-11),
    ({"CL_sdnutaunutau": 5 + 3j}, 6.506817004982401e-11, 2.488867795034122e-11),
    ({"CL_sdnutaunutau": 5 - 3j}, 6.090166201796687e-11, 3.4416915937984136e-11),
    ({"CL_sdnutaunumu": 5 + 3j}, 9.235598538134796e-11, 5.876898540144149e-11),
    ({"CR_sdnumunumu": 4}, 6.305595447164089e-11, 1.995310802501258e-11),
]


@pytest.mark.parametrize(("coefficients", "charged", "neutral"), FLAVIO)
def test_equal_to_flavio(coefficients, charged, neutral):
    assert branching(CHARGED, **coefficients) / 1.0242 == pytest.approx(charged, rel=3e-3)
    assert branching(NEUTRAL, **coefficients) == pytest.approx(neutral, rel=1.1e-2 if coefficients else 1e-4)


def test_sm_is_the_published_one():
    # 8.4(1.0)e-11 and 3.4(6)e-11 of 1503.02693 (abstract), at other CKM elements
    assert branching(CHARGED) == pytest.approx(8.4e-11, abs=1.0e-11)
    assert branching(NEUTRAL) == pytest.approx(3.4e-11, abs=0.7e-11)


def test_the_neutral_kaon_sees_cp_violation_alone():
    """A coefficient that makes λ_t C real leaves K_L; without a phase in the CKM matrix there is no rate."""
    from nutau.eft.ckm import tree_ckm

    ckm = tree_ckm(PAR)
    real = complex(1.0 / (ckm.ts * np.conj(ckm.td))) * 1e-3
    assert branching(NEUTRAL, CL_sdnutaunutau=real) == pytest.approx(branching(NEUTRAL), rel=1e-9)
    assert branching(CHARGED, CL_sdnutaunutau=real) != pytest.approx(branching(CHARGED), rel=1e-2)
    assert branching(NEUTRAL, {**PAR, "gamma": 0.0}) == pytest.approx(0.0, abs=1e-20)


def test_grossman_nir():
    """B(K_L) < 4.3 B(K+) whatever the coefficients, of left- or right-handed quarks."""
    stream = np.random.default_rng(1)
    for _ in range(50):
        c = dict(
            zip(
                CHARGED.basis.coefficients,
                30 * (stream.normal(size=18) + 1j * stream.normal(size=18)),
                strict=True,
            )
        )
        assert branching(NEUTRAL, **c) < 4.32 * branching(CHARGED, **c)


def test_draws_and_gradient():
    draws = INPUTS.parameters.sample(20, seed=1)
    assert decay.forms(INPUTS, draws, NEUTRAL)["branching"].matrix.shape == (20, 37, 37)

    def rate(vcb):
        return decay.forms(INPUTS, {**PAR, "Vcb": vcb}, CHARGED)["branching"].sm

    assert np.isfinite(jax.grad(rate)(0.042))
