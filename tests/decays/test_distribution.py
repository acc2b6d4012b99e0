"""Angular distributions: against explicit spinors, between decays, and integrated against the rates."""

import dataclasses

import numpy as np
import pytest
from test_tensor_spinors import amplitude, hadrons, setup  # noqa: F401

from nutau.decays import b_to_pll, b_to_plnu, b_to_pnunu, b_to_vll, b_to_vlnu, b_to_vnunu, charged
from nutau.decays.distribution import Flavour
from nutau.eft import qcd
from nutau.inputs import load_inputs
from spinors import POINTS, leptons

B, BBAR = Flavour(1.0, 0.0), Flavour(0.0, 1.0)
B0_DTAUNU, B0_DSTTAUNU = b_to_plnu.PROCESSES[0], b_to_vlnu.PROCESSES[0]
DECAYS = [
    (b_to_plnu, B0_DTAUNU),
    (b_to_plnu, b_to_plnu.PROCESSES[-2]),  # B0->pimunu, without coefficients
    (b_to_vlnu, B0_DSTTAUNU),
    (b_to_vlnu, b_to_vlnu.PROCESSES[4]),
    (b_to_pll, b_to_pll.PROCESSES[0]),
    (b_to_vll, b_to_vll.PROCESSES[0]),
    (b_to_vll, b_to_vll.PROCESSES[1]),
    (b_to_pnunu, b_to_pnunu.PROCESSES[0]),
    (b_to_vnunu, b_to_vnunu.PROCESSES[0]),
]
WITH_ALL_ANGLES = [row for row in DECAYS if row[0] in (b_to_vlnu, b_to_vll)]


@pytest.fixture(scope="module")
def inputs():
    return load_inputs("default")


def density(module, process, inputs, q2, point, flavour=B, par=None, **angles):
    par = inputs.parameters.mapping() if par is None else par
    found = module.distribution(inputs, par, process, np.atleast_1d(q2), flavour)
    return found.at({k: np.atleast_1d(v) for k, v in angles.items()})(np.append(1.0, point))


def some_point(process, size=1.0):
    rng = np.random.default_rng(3)
    return size * (rng.normal(size=len(process.basis)) + 1j * rng.normal(size=len(process.basis)))


@pytest.mark.parametrize(("module", "process"), DECAYS, ids=lambda x: getattr(x, "name", ""))
def test_over_all_angles_it_is_the_rate(inputs, module, process):
    low, high = process.central_edges(inputs)
    q2 = low + (high - low) * np.array([0.1, 0.5, 0.9])
    for point in (some_point(process, 0.0), some_point(process)):
        expected = module.densities(inputs, inputs.parameters.mapping(), process, q2)["rate"](point)
        found = density(module, process, inputs, q2, point, Flavour())
        np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize(("module", "process"), WITH_ALL_ANGLES, ids=lambda x: getattr(x, "name", ""))
@pytest.mark.parametrize("dropped", ["cos_theta_l", "cos_theta_V", "phi"])
def test_what_is_not_given_is_integrated_over(inputs, module, process, dropped):
    x, w = np.polynomial.legendre.leggauss(60)
    angles = {"cos_theta_l": 0.3, "cos_theta_V": -0.6, "phi": 1.1}
    scale = np.pi if dropped == "phi" else 1.0
    nodes = {**{name: np.full_like(x, value) for name, value in angles.items()}, dropped: scale * x}
    point, q2 = some_point(process), 0.5 * sum(process.central_edges(inputs))
    whole = density(module, process, inputs, np.full_like(x, q2), point, **nodes)
    rest = density(module, process, inputs, q2, point, **{k: v for k, v in angles.items() if k != dropped})
    assert np.sum(scale * w * whole) == pytest.approx(rest[0], rel=1e-5)
    assert np.all(whole > 0)


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("process", [B0_DTAUNU, B0_DSTTAUNU], ids=lambda x: x.name)
def test_all_angles_against_spinors(setup, process, point):  # noqa: F811
    inputs, par = setup
    module = b_to_plnu if process is B0_DTAUNU else b_to_vlnu
    total = np.array(POINTS[point], dtype=complex)
    c = np.zeros(15, dtype=complex)
    c[10:] = total
    c[10] -= charged.sm_coefficient(par)
    m_b = qcd.bottom_mass(par["m_b"], par["alpha_s"], 4.8)
    m_c = qcd.charm_mass(par["m_c"], par["alpha_s"])
    rng = np.random.default_rng(1)
    q2, ratios = 7.3, []
    for _ in range(5):
        cos_l, cos_v, phi = *rng.uniform(-1, 1, 2), rng.uniform(-np.pi, np.pi)
        u_bars, v = leptons(q2, par["m_tau"], cos_l)
        # the pair moves along z in the frame of the B and its lepton has positive x; the D* moves along -z, and the D,
        # from which the amplitude is its momentum times the polarisation, has this direction in its frame
        sin_v = np.sqrt(1 - cos_v**2)
        direction = {"L": cos_v, "x": -sin_v * np.cos(phi), "y": -sin_v * np.sin(phi)}
        waves = {0: 1.0} if module is b_to_plnu else direction
        square = 0.0
        for u_bar in u_bars:
            one = sum(
                size
                * amplitude(
                    hadrons(par[process.parent], par[process.meson], q2, wave), u_bar, v, total, q2, m_b, m_c
                )
                for wave, size in waves.items()
            )
            square += abs(one) ** 2
        found = density(
            module, process, inputs, q2, c, par=par, cos_theta_l=cos_l, cos_theta_V=cos_v, phi=phi
        )
        ratios.append(found[0] / square)
    np.testing.assert_allclose(ratios, ratios[0], rtol=1e-9)


def test_a_left_handed_current_makes_the_same_angles_of_both(inputs):
    """B → K* e e by V - A alone, and B → X e ν with the masses and form factors of the K*: massless leptons."""
    pair = next(row for row in b_to_vll.PROCESSES if row.name == "B0->K*ee")
    single = dataclasses.replace(b_to_vlnu.PROCESSES[2], meson="m_K*0", channel="B->K*")
    rng = np.random.default_rng(2)
    angles = {
        "cos_theta_l": rng.uniform(-1, 1, 9),
        "cos_theta_V": rng.uniform(-1, 1, 9),
        "phi": rng.uniform(0, 6, 9),
    }
    q2 = np.full(9, 16.0)
    for right in (0.0, 0.4 + 0.7j):  # of a right-handed quark current, over the left-handed one
        ours, theirs = np.zeros(len(pair.basis), dtype=complex), np.zeros(len(single.basis), dtype=complex)
        for name, value in {"C9": 1.0, "C10": -1.0, "C9p": right, "C10p": -right}.items():
            ours[pair.basis.index(f"{name}_bsee")] = 1e9 * value
        theirs[single.basis.index("CVL_bcenue")] = 1e9
        theirs[single.basis.index("CVR_bcenue")] = 1e9 * right
        for flavour in (B, BBAR):
            ratio = density(b_to_vll, pair, inputs, q2, ours, flavour, **angles)
            ratio /= density(b_to_vlnu, single, inputs, q2, theirs, flavour, **angles)
            np.testing.assert_allclose(ratio, ratio[0], rtol=2e-6)


@pytest.mark.parametrize("process", [B0_DSTTAUNU, b_to_vll.PROCESSES[0]], ids=lambda x: x.name)
def test_the_conjugate_decay_has_conjugate_coefficients(inputs, process):
    """Exactly without strong phases; b → sℓℓ has some, in the Standard Model alone."""
    module = b_to_vlnu if process is B0_DSTTAUNU else b_to_vll
    angles = {"cos_theta_l": 0.2, "cos_theta_V": 0.5, "phi": 0.8}
    point, q2 = (
        some_point(process, 1.0 if module is b_to_vlnu else 1e7),
        0.5 * sum(process.central_edges(inputs)),
    )
    ours = density(module, process, inputs, q2, point, B, **angles)
    theirs = density(module, process, inputs, q2, point.conj(), BBAR, **angles)
    other = density(module, process, inputs, q2, point, BBAR, **angles)
    mean = density(module, process, inputs, q2, point, Flavour(), **angles)
    assert theirs == pytest.approx(ours, rel=1e-5)
    assert abs(other - ours) > 1e-3 * ours
    assert mean == pytest.approx(0.5 * (ours + other), rel=1e-9)
