"""z expansions: flavio's numbers, the relations at q² = 0 and at zero recoil, linearity in the coefficients."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nutau.common.kinematics import ParametersAtNodes
from nutau.errors import InputError
from nutau.inputs import load_inputs
from nutau.inputs.form_factors import zexpansion

# flavio 2.7.1, all digits, at q² = 2 and 15 GeV²
FLAVIO = {
    "B->K": {
        "f+": (0.37187621333144555, 0.9585185471744113),
        "fT": (0.3639511123731926, 0.9568187975162384),
        "f0": (0.34890342074459063, 0.5361589717290316),
    },
    "B->K*": {
        "A0": (0.41640669584408857, 1.129944866451137),
        "A1": (0.31048240558599716, 0.4775739798440561),
        "A12": (0.2732697582310556, 0.3673068885488434),
        "V": (0.4210681211580946, 1.1453391436188827),
        "T1": (0.3496789626672023, 0.9451153816612353),
        "T2": (0.3248087088697153, 0.4925897128536567),
        "T23": (0.6911275224963719, 1.0068224255643972),
    },
    "Bs->phi": {
        "A0": (0.46643701742920685, 1.2017521532968485),
        "A12": (0.27163967241613074, 0.33331842938018363),
        "T2": (0.31300910238074603, 0.47774710743110155),
        "T23": (0.666380427274391, 0.8961225886791394),
    },
}


@pytest.fixture(scope="module")
def inputs():
    return load_inputs("flavio-2.7")


@pytest.mark.parametrize("channel", FLAVIO)
def test_form_factors_are_flavios(inputs, channel):
    par = inputs.parameters.mapping()
    values = zexpansion.evaluate(inputs.form_factor(channel), par, np.array([2.0, 15.0]))
    for name, expected in FLAVIO[channel].items():
        assert values[name] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("channel", ["B->K", "B->K*", "Bs->phi"])
def test_relations_at_zero_hold_for_every_draw(inputs, channel):
    record = inputs.form_factor(channel)
    par = ParametersAtNodes(inputs.parameters.sample(5))
    ff = zexpansion.evaluate(record, par, np.zeros((1, 1)))
    if channel == "B->K":
        np.testing.assert_allclose(ff["f0"], ff["f+"], rtol=1e-14)
        return
    heavy, light = (par[name] for name in record.masses)
    np.testing.assert_allclose(ff["T1"], ff["T2"], rtol=1e-14)
    np.testing.assert_allclose(ff["A12"], ff["A0"] * (heavy**2 - light**2) / (8 * heavy * light), rtol=1e-14)


@pytest.mark.parametrize("channel", ["Lambdab->Lambda", "Lambdab->Lambdac"])
def test_helicity_form_factors_of_a_baryon_meet_at_zero_recoil(inputs, channel):
    record = inputs.form_factor(channel)
    par = inputs.parameters.mapping()
    heavy, light = (par[name] for name in record.masses)
    ff = zexpansion.evaluate(record, par, np.array([(heavy - light) ** 2]))
    np.testing.assert_allclose(ff["fAperp"], ff["fA0"], rtol=1e-14)
    np.testing.assert_allclose(ff["fT5perp"], ff["fT50"], rtol=1e-14)


@pytest.mark.parametrize(
    ("channel", "high"),
    [("B->K", 19.0), ("B->K*", 19.0), ("Lambdab->Lambda", 19.0), ("Lambdab->Lambdac", 11.0)],
)
def test_form_factors_are_linear_in_their_coefficients(inputs, channel, high):
    record, par = inputs.form_factor(channel), inputs.parameters.mapping()
    q2 = np.linspace(0.0, high, 7)
    coefficients = np.array([par[name] for name in record.names])
    functions = zexpansion.basis(record, par, q2)
    for name, value in zexpansion.evaluate(record, par, q2).items():
        np.testing.assert_allclose(functions[name] @ coefficients, value, rtol=1e-13)


def test_every_form_factor_of_the_charmed_baryon_has_the_threshold_at_its_own_pole(inputs):
    """Written out once, Eqs. (3.3)-(3.5) of 1702.02243: t_+ = m_R^2 and t_0 = t_-."""
    record, par = inputs.form_factor("Lambdab->Lambdac"), inputs.parameters.mapping()
    q2, t_minus = 4.0, (par["m_Lambdab"] - par["m_Lambdac"]) ** 2
    values = zexpansion.evaluate(record, par, np.array(q2))
    for name, mass in {"fV0": 6.332, "fVt": 6.725, "fA0": 6.768, "fAt": 6.276}.items():
        here, origin = np.sqrt(mass**2 - q2), np.sqrt(mass**2 - t_minus)
        z = (here - origin) / (here + origin)
        series = sum(par[f"Lambdab->Lambdac DLM {name} a{k}"] * z**k for k in range(3))
        assert values[name] == pytest.approx(series / (1 - q2 / mass**2), rel=1e-14)


def test_z_maps_the_cut_plane_to_the_disc():
    q2 = np.linspace(-50.0, 30.0, 20)
    assert np.all(np.abs(zexpansion.conformal(q2, 33.0, 15.0)) < 1)
    assert zexpansion.conformal(15.0, 33.0, 15.0) == 0.0


def test_gradient_is_finite_at_both_ends(inputs):
    record, par = inputs.form_factor("B->K"), inputs.parameters.mapping()
    end = (par["m_B0"] - par["m_K0"]) ** 2
    for q2 in (0.0, end):
        slope = jax.grad(lambda x: zexpansion.evaluate(record, par, x)["f+"])(jnp.asarray(q2))
        assert np.isfinite(slope)
        assert slope > 0


def test_a_constrained_form_factor_needs_its_partner(inputs):
    record = inputs.form_factor("B->K")
    alone = replace(record, coefficients={"f0": record.coefficients["f0"]})
    with pytest.raises(InputError, match=r"f0 starts with the lowest coefficient of f\+"):
        zexpansion.evaluate(alone, inputs.parameters.mapping(), np.array([1.0]))


def test_pion_form_factors_are_those_of_the_published_series():
    """arXiv:2102.07233: f(0) {1 + Σ b_k [z^k - z₀^k - (-1)^(k-4) k/4 (z⁴ - z₀⁴)]}, f0 without the last term."""
    record = load_inputs("default").form_factors["B->pi"]
    par = {**load_inputs("default").parameters.mapping(), "m_B0": 5.279, "m_pi+": 0.135}  # its masses
    plus = (0.23467601855748074, (-2.450837171898434, -0.15097220515844212, -0.9024595563756068))
    zero = (0.3990885830618598, 0.06973913203456783, 3.667435268564153, 1.4724931330072968)
    tensor = (0.23500763888695003, (-2.44908085160375, -1.0789619798621684, 2.559191861313729))
    q2 = np.array([0.0, 3.2, 12.0, 20.0, 26.0])
    t_plus, t_minus = (5.279 + 0.135) ** 2, (5.279 - 0.135) ** 2
    start = t_plus - t_plus * (1 - np.sqrt(1 - t_minus / t_plus))

    def z(x):
        return (np.sqrt(t_plus - x) - np.sqrt(start)) / (np.sqrt(t_plus - x) + np.sqrt(start))

    def power(k):
        return z(q2) ** k - z(0.0) ** k

    def constrained(at_zero, numbers):
        added = sum(
            b * (power(k) - (-1.0) ** (k - 4) * k / 4 * power(4)) for k, b in enumerate(numbers, start=1)
        )
        return at_zero * (1 + added) / (1 - q2 / 5.325**2)

    found = zexpansion.evaluate(record, par, q2)
    np.testing.assert_allclose(found["f+"], constrained(*plus), rtol=1e-9)
    np.testing.assert_allclose(found["fT"], constrained(*tensor), rtol=1e-9)
    scalar = plus[0] * (1 + sum(b * power(k) for k, b in enumerate(zero, start=1))) / (1 - q2 / 5.54**2)
    np.testing.assert_allclose(found["f0"], scalar, rtol=1e-9)
