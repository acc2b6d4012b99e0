"""b → sℓℓ of electrons and muons: flavio's numbers, the laws of angular coefficients, spectator scattering."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import eval_gegenbauer, expi

from nutau.decays import b_to_pll, b_to_vll, loop_averages, spectator_scattering
from nutau.decays.loop_averages import BOTTOM, CHARM
from nutau.errors import InputError
from nutau.inputs import load_inputs
from nutau.observables import Rates, find

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "flavio_2.7.1_light.json").read_text())
ROWS = {row.name: row for module in (b_to_pll, b_to_vll) for row in module.PROCESSES}
MUONS = ROWS["B0->K*mumu"]
PLACES = np.array([1.5, 5.0, 16.0])


@pytest.fixture(scope="module")
def flavio():
    return load_inputs("flavio-2.7")


@pytest.mark.parametrize("number", range(len(REFERENCE["points"])))
def test_flavio(flavio, number):
    """Every observable at random complex points; bins to the accuracy of their integrals there."""
    point = REFERENCE["points"][number]
    rates = Rates(flavio, {**flavio.parameters.mapping(), **point["parameters"]})
    coefficients = {name: complex(*value) for name, value in point["coefficients"].items()}
    for entry in REFERENCE["observables"]:
        where, theirs = entry["where"], [value for value in entry["values"] if value is not None]
        if number >= len(theirs):  # bins at the first points only
            continue
        forms = find(entry["name"]).build(rates, tuple(where) if len(where) == 2 else np.array(where))
        values = [coefficients.get(name, 0.0) for name in forms.basis.coefficients]
        ours = float(np.squeeze(forms(np.array(values, dtype=complex))))
        size = max(abs(theirs[number]), float(np.median(np.abs(theirs))))
        assert abs(ours - theirs[number]) < (1e-5 if len(where) == 1 else 4e-4) * size, entry["name"]


def at_points(inputs, par, process=MUONS, count=40, seed=3):
    """Every form per GeV² at random complex points, ``(points, q²)`` by key."""
    module = b_to_vll if process in b_to_vll.PROCESSES else b_to_pll
    found = module.densities(inputs, par, process, PLACES)
    rng = np.random.default_rng(seed)
    basis = found["rate"].basis
    points = 2.0 * rng.normal(size=(count, 1, len(basis), 2)) @ [1.0, 1j]
    points[..., [i for i, name in enumerate(basis.coefficients) if name.startswith(("CS", "CP"))]] *= 0.05
    return {key: found[key](points) for key in found}


def massless(par):
    return {**par, "m_mu": 1e-4, "m_e": 1e-5}


def test_the_rate_is_that_of_its_angular_coefficients(inputs, par):
    """Without lepton masses: a transverse rate of 4 J_2s, and flavio's F_L is the true one."""
    made = at_points(inputs, massless(par))
    forms = b_to_vll.densities(inputs, massless(par), MUONS, PLACES)
    sm = {key: forms[key].sm for key in forms}
    np.testing.assert_allclose(sm["rate"] - sm["longitudinal"], 4.0 * sm["transverse"], rtol=1e-6)
    np.testing.assert_allclose(sm["longitudinal"], sm["flavio_fl"], rtol=1e-6)
    np.testing.assert_allclose(made["afb"], 0.75 * made["S6s"] + 0.375 * made["S6c"], rtol=1e-10)


def test_bounds_of_the_optimised_observables(inputs, par):
    """Cauchy and Schwarz: |P_1| < 1, |P_2| < 1/2, |P_3| < 1/2, |P'_i| < √2 (4 and 8: half of it)."""
    made = at_points(inputs, massless(par))
    mean = np.sqrt(made["transverse"] * made["flavio_fl"])
    assert np.all(made["transverse"] > 0)
    assert np.all(np.abs(made["S3"]) < 2.0 * made["transverse"])
    assert np.all(np.abs(made["S9"]) < 2.0 * made["transverse"])
    assert np.all(np.abs(made["S6s"]) < 4.0 * made["transverse"])
    for key in ("S4", "S8"):
        assert np.all(np.abs(made[key]) < math.sqrt(2.0) * mean)
    for key in ("S5", "S7"):
        assert np.all(np.abs(made[key]) < 2.0 * math.sqrt(2.0) * mean)


def test_without_phases_there_are_no_asymmetries(inputs, par):
    """No weak phase (γ = 0, real coefficients): A = 0. Opposite weak phases turn every A round and keep every S."""
    real = {**par, "gamma": 0.0}
    forms = b_to_vll.densities(inputs, real, MUONS, PLACES)
    point = np.random.default_rng(2).normal(size=len(MUONS.basis)) * 0.3
    rate = forms["rate"](point[None] + 0j)
    for key in ("rate_cp", "afb_cp", "A3", "A4", "A5", "A6s", "A7", "A8", "A9"):
        assert np.all(np.abs(forms[key](point[None] + 0j)) < 1e-12 * rate), key
    turned = b_to_vll.densities(inputs, {**par, "gamma": -par["gamma"]}, MUONS, PLACES)
    forms = b_to_vll.densities(inputs, par, MUONS, PLACES)
    values = np.random.default_rng(4).normal(size=(len(MUONS.basis), 2)) @ [1.0, 1j]
    for key in forms:
        sign = -1.0 if key[0] == "A" or key.endswith("cp") else 1.0
        np.testing.assert_allclose(
            turned[key](values.conj()[None]), sign * forms[key](values[None]), rtol=1e-9, atol=1e-30
        )


def test_narrow_bins_are_points(inputs, par):
    for name, key in (("B0->K*mumu", "S5"), ("Bs->phimumu", "A8"), ("B+->Kmumu", "flat")):
        module, row = (b_to_pll if "K" in name[4:5] and "*" not in name else b_to_vll), ROWS[name]
        bins = module.forms(inputs, par, row, (4.0, 4.001))[key].sm / 0.001
        assert bins == pytest.approx(
            float(module.densities(inputs, par, row, np.array([4.0005]))[key].sm[0]), rel=1e-6
        )


def test_flat_term_is_small_without_scalars_and_half_of_the_rate_with_them(inputs, par):
    row = ROWS["B+->Kmumu"]
    forms = b_to_pll.densities(inputs, massless(par), row, PLACES)
    assert np.all(forms["flat"].sm < 1e-5 * forms["rate"].sm)
    scalar = np.zeros(len(row.basis), dtype=complex)
    scalar[row.basis.index("CS_bsmumu")] = 100.0
    np.testing.assert_allclose(forms["flat"](scalar[None]), forms["rate"](scalar[None]), rtol=1e-2)


def test_parity_of_the_gluonic_dipole(inputs, par):
    """C8' is C8 with left and right exchanged: S_3 and P_1 of it change places of V_+ and V_-, the rate is the same."""
    near = np.array([3.0])
    forms = b_to_vll.densities(inputs, par, MUONS, near)
    place, primed = (1 + MUONS.basis.index(name) for name in ("C8_bs", "C8p_bs"))
    for key in ("rate", "longitudinal", "transverse"):
        matrix = forms[key].matrix[0].real
        assert matrix[place, place] == pytest.approx(matrix[primed, primed], rel=1e-9)
    assert forms["rate"].matrix[0][place, place].real > 0


def test_averages_of_loops_are_those_of_direct_integration():
    """Against adaptive quadrature with the functions of hep-ph/0106067 as printed, dilogarithms included."""
    from scipy.special import spence

    def l1(x):
        return np.log((x - 1) / x) * np.log(1 - x) - math.pi**2 / 6 + spence(1 - x / (x - 1))

    def first(u, s, z):
        z = z - 1e-12j
        roots = [np.sqrt(0.25 - z / y) for y in (1 - u + u * s, s)]
        parts = [l1(0.5 + x) + l1(0.5 - x) for x in roots]
        return 1 + 2 * z / ((1 - u) * (1 - s)) * (parts[0] - parts[1])

    s, z = 0.11, 0.1
    edge = (1 - 4 * z) / (1 - s)
    made = loop_averages.massive(CHARM, np.array([s]), z).first[0]
    for n in range(3):
        value = [
            quad(lambda u, k=k, n=n: getattr(6 * u * eval_gegenbauer(n, 1.5, 2 * u - 1) * first(u, s, z), k),
                 0, 1, points=[edge], limit=300)[0]
            for k in ("real", "imag")
        ]  # fmt: skip
        assert made[n] == pytest.approx(complex(*value), rel=1e-6)


@pytest.mark.parametrize("domain", [CHARM, BOTTOM], ids=lambda item: item.quark)
def test_chebyshev_series_hold_in_their_domain(domain):
    rng = np.random.default_rng(1)
    z, s = rng.uniform(*domain.z, (30, 1)), rng.uniform(1e-7, 0.319, (30, 4))
    made = loop_averages.massive(domain, s, z)
    exact = loop_averages.integrals(s, z + 0.0 * s, nodes=80)
    series = np.concatenate([made.first, made.second, made.third, made.loop], axis=-1)
    np.testing.assert_allclose(series, exact, atol=3e-7)
    with pytest.raises(InputError, match=f"needs a {domain.quark} pole mass between"):
        loop_averages.massive(domain, s, z + 0.5)


def test_massless_loops_are_the_limit_of_small_masses_of_the_bubble():
    s = np.array([1e-5, 0.02, 0.3])
    made = loop_averages.massless(s)

    def averaged(n, kernel):
        return quad(
            lambda u: 6 * u * (1 - u) * eval_gegenbauer(n, 1.5, 2 * u - 1) * kernel(u), 0, 1, limit=300
        )[0]

    for i, value in enumerate(s):

        def y(u, value=value):
            return 1 - u + u * value

        for n in range(3):
            third = averaged(n, lambda u, y=y, value=value: np.log(value / y(u)) / (1 - u))
            loop = averaged(n, lambda u, y=y: -4 / 9 * np.log(y(u)))
            tilted = averaged(n, lambda u, y=y: 1 / y(u))
            assert made.third[i, n].real == pytest.approx(third, rel=1e-6)
            assert made.loop[i, n].real == pytest.approx(loop, rel=1e-7, abs=1e-9)
            assert loop_averages.moments(s)[i, n] == pytest.approx(tilted, rel=1e-7, abs=1e-9)


def test_exponential_integral():
    x = np.array([1e-6, 0.1, 1.0, 8.0, 14.0])
    np.testing.assert_allclose(spectator_scattering.exponential_integral(x), expi(x), rtol=1e-13)


def test_spectator_scattering_is_a_few_per_cent_and_ends(inputs, par):
    """Of B → K it can be left out, as flavio does: a few per cent below charmonium, nothing above it."""
    row, without = ROWS["B+->Kmumu"], replace(inputs.compat, no_spectator_in_b_to_p=True)
    both = [
        b_to_pll.densities(made, par, row, PLACES)["rate"].sm
        for made in (inputs, replace(inputs, compat=without))
    ]
    apart = np.abs(both[0] / both[1] - 1.0)
    assert np.all((apart[:2] > 1e-3) & (apart[:2] < 0.1))
    assert apart[2] == 0.0


def test_nuisances_below_charmonium_do_not_reach_above_it(inputs, par):
    for name in ("B0->K*0 delta_C7 a_0 Re", "B0->K*0 delta_C7p b_+ Im", "B0->K*0 delta_C7 a_- Re"):
        moved = b_to_vll.densities(inputs, {**par, name: 0.1}, MUONS, PLACES)["rate"].sm
        plain = b_to_vll.densities(inputs, par, MUONS, PLACES)["rate"].sm
        assert np.all(moved[:2] != plain[:2])
        assert moved[2] == plain[2]


def test_gradients_of_the_loops_are_those_of_differences():
    import jax
    import jax.numpy as jnp

    s = np.array([1e-6, 0.05, 0.3])

    def total(z, xp):
        made = loop_averages.massive(CHARM, xp.asarray(s), z)
        minus = spectator_scattering.inverse_minus(xp.asarray(5.0 * s), 10.0 * z)
        return xp.sum(xp.real(made.perpendicular(xp.asarray(0.5 - s), xp.asarray(s)))) + xp.sum(
            xp.real(minus)
        )

    gradient = jax.grad(lambda z: total(z, jnp))(0.1)
    assert float(gradient) == pytest.approx((total(0.10001, np) - total(0.09999, np)) / 2e-5, rel=1e-6)


def test_untagged_asymmetries_need_weak_phases(inputs, par):
    """A5, A8, A9 and A_FB^CP of B_s → φ are CP-odd: nothing without a weak phase, and odd in it."""
    row = ROWS["Bs->phimumu"]
    forms, none, turned = (
        b_to_vll.densities(inputs, {**par, "gamma": gamma}, row, PLACES)
        for gamma in (par["gamma"], 0.0, -par["gamma"])
    )
    for key in ("A5", "A8", "A9", "afb_cp"):
        assert np.all(np.abs(none[key].sm) < 1e-12 * none["rate"].sm), key
        np.testing.assert_allclose(
            turned[key].sm, -forms[key].sm, rtol=1e-8, atol=1e-12 * forms["rate"].sm.max()
        )
    for key in ("S3", "S4", "S7", "flavio_fl"):
        np.testing.assert_allclose(turned[key].sm, forms[key].sm, rtol=1e-8)
