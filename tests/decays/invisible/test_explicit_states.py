"""Every invisible state from explicit spinors, polarisation vectors and momenta, summed and integrated by hand.

Hadronic matrix elements are traces of heavy-meson fields (Isgur-Wise function 1), as in test_tensor_spinors; nothing
else is shared with the package.
"""

import dataclasses
import itertools

import numpy as np
import pytest

from nutau.decays.invisible import fermions, particle, scalars, vectors
from nutau.decays.invisible.hadrons import Transition
from nutau.eft.qcd import at_scale_b
from nutau.inputs import load_inputs
from nutau.inputs.form_factors import FormFactors, heavyquark
from spinors import GAMMA, GAMMA5, METRIC, SIGMA, TENSOR, UNIT, slash

ROWS = {
    "P": Transition("limit", "m_B0", "m_D+", "tau_B0", "B->D", "P"),
    "V": Transition("limit", "m_B0", "m_D*+", "tau_B0", "B->D*", "V"),
}
POLARISATIONS = {"P": (0,), "V": ("L", "x", "y")}
VECTOR, SIGMAS = np.array(GAMMA), np.array(TENSOR)
AXIAL, SIGMAS_5 = VECTOR @ GAMMA5, SIGMAS @ GAMMA5
LEVI_CIVITA = np.zeros((4, 4, 4, 4))
for order in itertools.permutations(range(4)):
    LEVI_CIVITA[order] = np.linalg.det(np.eye(4)[list(order)])


@pytest.fixture(scope="module")
def setup():
    inputs = load_inputs("default")
    names = tuple(f"limit {name}" for name in heavyquark.PARAMETERS)
    constants = {"alpha_s": 0.0, "m_b_1S": 4.7, "m_b-m_c": 3.4, "m_B_average": 4.7, "lambda_1": 0.0}
    records = {
        row.channel: FormFactors(
            row.channel, "limit", "hqet", (), (row.parent, row.meson), (row.parent, row.meson), {}, 0,
            {"hqet": names}, constants,
        )
        for row in ROWS.values()
    }  # fmt: skip
    par = inputs.parameters.mapping() | dict.fromkeys(names, 0.0)
    return dataclasses.replace(inputs, form_factors={**inputs.form_factors, **records}), par


class Hadrons:
    """<D(*)| s Γ b |B> where q is at rest and the mesons move against the z axis."""

    def __init__(self, par, kind, q2, polarisation):
        row, at = ROWS[kind], at_scale_b(par)
        heavy, light, root = par[row.parent], par[row.meson], np.sqrt(q2)
        self.momentum = (
            np.sqrt((heavy**2 - (light + root) ** 2) * (heavy**2 - (light - root) ** 2)) / 2 / root
        )
        e_heavy, e_light = np.hypot(heavy, self.momentum), np.hypot(light, self.momentum)
        v = np.array([e_heavy, 0, 0, -self.momentum]) / heavy
        v_prime = np.array([e_light, 0, 0, -self.momentum]) / light
        pol = {"L": np.array([self.momentum, 0, 0, -e_light]) / light, "x": np.eye(4)[1], "y": np.eye(4)[2]}
        outgoing = GAMMA5 if polarisation == 0 else slash(pol[polarisation])
        left = np.sqrt(heavy * light) * outgoing @ (UNIT + slash(v_prime)) / 2
        right = (UNIT + slash(v)) / 2 @ GAMMA5

        def elements(structures):
            return np.einsum("ij,...ji", right @ left, structures)

        self.vector, self.axial = elements(VECTOR), elements(AXIAL)
        self.tensor, self.tensor_5 = elements(SIGMAS), elements(SIGMAS_5)
        self.scalar = root * self.vector[0] / (at.m_b - at.m_s)
        self.pseudoscalar = -root * self.axial[0] / (at.m_b + at.m_s)
        self.flux = 2 * root * self.momentum / (32 * np.pi**2 * heavy**3)


def lower(tensor):
    for axis in range(tensor.ndim):
        tensor = tensor * METRIC.reshape([-1 if a == axis else 1 for a in range(tensor.ndim)])
    return tensor


def pairs(q2, masses):
    """Momenta of two particles back to back, with the weight of their phase space."""
    first, second = masses
    e1 = (q2 + first**2 - second**2) / 2 / np.sqrt(q2)
    momentum = np.sqrt(e1**2 - first**2)
    x, w = np.polynomial.legendre.leggauss(4)
    for cos, weight in zip(x, w / 2, strict=True):
        direction = np.array([np.sqrt(1 - cos**2), 0.0, cos])
        k1 = np.array([e1, *(momentum * direction)])
        k2 = np.array([np.sqrt(q2) - e1, *(-momentum * direction)])
        yield k1, k2, direction, weight * momentum / (4 * np.pi * np.sqrt(q2))


def spinor(k, m, spin, anti=False):
    along = np.tensordot(k[1:], np.array(SIGMA), 1) @ spin
    big, small = np.sqrt(k[0] + m) * spin, along / np.sqrt(k[0] + m)
    return np.concatenate([small, big] if anti else [big, small])


def helicities(direction):
    matrix = np.tensordot(direction, np.array(SIGMA), 1)
    values, states = np.linalg.eigh(matrix)
    return {"minus": states[:, 0], "plus": states[:, 1]} if values[0] < 0 else {}


def total(par, kind, q2, masses, square):
    """dΓ/dq² by key, from ``square(hadrons, k1, k2, direction)``."""
    out = {}
    for polarisation in POLARISATIONS[kind]:
        hadrons = Hadrons(par, kind, q2, polarisation)
        for k1, k2, direction, space in pairs(q2, masses):
            for key, value in square(hadrons, k1, k2, direction).items():
                keys = ["rate", *([key] if key != "rate" else [])]
                keys += ["longitudinal"] if polarisation in (0, "L") else []
                for one in keys:
                    out[one] = out.get(one, 0.0) + hadrons.flux * space * value
    return out


def fermion_square(c, masses):
    def square(h, k1, k2, direction):
        found = {}
        for key, spin in helicities(direction).items():
            bar = spinor(k1, masses[0], spin).conj() @ GAMMA[0]
            found[key] = 0.0
            for other in np.eye(2):
                v = spinor(k2, masses[1], other, anti=True)
                vector, axial, tensor, tensor_5 = (
                    lower((bar @ structures) @ v) for structures in (VECTOR, AXIAL, SIGMAS, SIGMAS_5)
                )
                amplitude = (
                    h.vector @ (c["VV"] * vector + c["VA"] * axial)
                    + h.axial @ (c["AV"] * vector + c["AA"] * axial)
                    + (c["SS"] * h.scalar + c["PS"] * h.pseudoscalar) * (bar @ v)
                    + (c["SP"] * h.scalar + c["PP"] * h.pseudoscalar) * (bar @ GAMMA5 @ v)
                    + np.sum(h.tensor * (c["TT"] * tensor + c["TT5"] * tensor_5))
                )
                found[key] += abs(amplitude) ** 2
        return found

    return square


def random(names, seed=1, sizes=None):
    rng = np.random.default_rng(seed)
    found = dict(zip(names, rng.normal(size=len(names)) + 1j * rng.normal(size=len(names)), strict=True))
    return {name: value * (sizes or {}).get(name, 1.0) for name, value in found.items()}


def assert_rates(setup, module, kind, state, q2, point, expected, keys):
    inputs, par = setup
    made = module.densities(inputs, par, ROWS[kind], state, np.array([q2]))
    values = np.array(list(point.values()))
    for key in keys:
        assert made[key](values)[0] == pytest.approx(expected[key], rel=1e-9), (key, q2)


@pytest.mark.parametrize("masses", [(0.0, 0.0), (0.7, 0.7), (1.2, 0.3), (0.0, 0.9)])
@pytest.mark.parametrize("kind", ROWS)
def test_fermions(setup, kind, masses):
    point = random(fermions.OPERATORS)
    for q2 in (2.6, 7.9):
        expected = total(setup[1], kind, q2, masses, fermion_square(point, masses))
        state = fermions.Dirac(*masses)
        assert_rates(
            setup, fermions, kind, state, q2, point, expected, ("rate", "plus", "minus", "longitudinal")
        )


@pytest.mark.parametrize("kind", ROWS)
def test_majorana_fermions_are_twice_those_of_the_six_operators(setup, kind):
    names = [name.split("_")[0][1:] for name in fermions.MAJORANA.coefficients]
    point = random(names)
    every = dict.fromkeys(fermions.OPERATORS, 0.0) | point
    expected = total(setup[1], kind, 6.0, (0.8, 0.8), fermion_square(every, (0.8, 0.8)))
    expected = {key: 2 * value for key, value in expected.items()}
    assert_rates(
        setup, fermions, kind, fermions.Majorana(0.8), 6.0, point, expected, ("rate", "longitudinal")
    )


@pytest.mark.parametrize("masses", [(0.0, 0.0), (0.7, 0.7), (1.2, 0.3)])
@pytest.mark.parametrize("kind", ROWS)
def test_scalars(setup, kind, masses):
    point = random("SPVA")

    def square(h, k1, k2, _):
        current = lower(k1 - k2)
        amplitude = point["S"] * h.scalar + point["P"] * h.pseudoscalar
        return {"rate": abs(amplitude + (point["V"] * h.vector + point["A"] * h.axial) @ current) ** 2}

    for q2 in (2.6, 7.9):
        expected = total(setup[1], kind, q2, masses, square)
        assert_rates(
            setup, scalars, kind, scalars.Scalars(*masses), q2, point, expected, ("rate", "longitudinal")
        )


def polarisations(k, m):
    """Three real vectors orthogonal to k."""
    boost = np.eye(4)
    boost[0, 0], boost[0, 1:], boost[1:, 0] = k[0] / m, k[1:] / m, k[1:] / m
    boost[1:, 1:] += np.outer(k[1:], k[1:]) / (m * (k[0] + m))
    return [boost @ np.eye(4)[axis] for axis in (1, 2, 3)]


def field(k, epsilon):
    return 1j * (np.outer(k, epsilon) - np.outer(epsilon, k))


@pytest.mark.parametrize("mass", [0.5, 1.1])
@pytest.mark.parametrize("kind", ROWS)
def test_vectors(setup, kind, mass):
    names = [name[1:].split("_")[0] for name in vectors.COMPLEX.coefficients]
    c = random(names)

    def square(h, k1, k2, _):
        value = 0.0
        for e1, e2 in itertools.product(polarisations(k1, mass), polarisations(k2, mass)):
            f1, f2 = field(k1, e1), field(k2, e2)
            dual = np.einsum("mnrs,mn,rs", LEVI_CIVITA, lower(f1), lower(f2)) / 2
            both, fields = e1 @ lower(e2), np.sum(f1 * lower(f2))
            pair = 1j * lower(np.outer(e1, e2))
            amplitude = h.scalar * (c["S"] * both + c["F"] * fields + c["G"] * dual)
            amplitude += h.pseudoscalar * (c["P"] * both + c["F5"] * fields + c["G5"] * dual)
            amplitude += (c["V"] * h.vector + c["A"] * h.axial) @ lower(k1 - k2) * both
            amplitude += np.sum((c["T"] * h.tensor + c["T5"] * h.tensor_5) * pair)
            value += abs(amplitude) ** 2
        return {"rate": value}

    for q2 in (5.1, 7.9):
        expected = total(setup[1], kind, q2, (mass, mass), square)
        assert_rates(setup, vectors, kind, vectors.Vectors(mass), q2, c, expected, ("rate", "longitudinal"))


@pytest.mark.parametrize("kind", ROWS)
@pytest.mark.parametrize("spin", [0, 1])
def test_one_particle(setup, kind, spin):
    inputs, par = setup
    mass = 1.7
    basis = particle.VECTOR if spin else particle.SCALAR
    c = random([name.split("_")[0] for name in basis.coefficients])
    k = np.array([mass, 0, 0, 0])
    value = 0.0
    for polarisation in POLARISATIONS[kind]:
        h = Hadrons(par, kind, mass**2, polarisation)
        if spin == 0:
            divergence = 1j * (c["dV"] * h.vector + c["dA"] * h.axial) @ lower(k)
            squares = [abs(c["gS"] * h.scalar + c["gP"] * h.pseudoscalar + divergence) ** 2]
        else:
            squares = [
                abs(
                    (c["gV"] * h.vector + c["gA"] * h.axial) @ lower(e)
                    + np.sum((c["hT"] * h.tensor + c["hT5"] * h.tensor_5) * lower(field(k, e)))
                )
                ** 2
                for e in np.eye(4)[1:]
            ]
        value += h.flux * 2 * np.pi * sum(squares)
    made = particle.forms(inputs, par, ROWS[kind], particle.Particle(spin, mass))
    assert made["rate"](np.array(list(c.values()))) == pytest.approx(value, rel=1e-9)
