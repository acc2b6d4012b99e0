"""One new particle: narrow and broad, derivative couplings, resolution, escape, refusals."""

import math

import numpy as np
import pytest

from nutau.decays.invisible import fermions, particle
from nutau.decays.invisible.hadrons import TRANSITIONS
from nutau.decays.invisible.particle import Particle
from nutau.decays.invisible.states import transition
from nutau.eft.qcd import at_scale_b
from nutau.errors import InputError


@pytest.mark.parametrize("spin", [0, 1])
@pytest.mark.parametrize("row", TRANSITIONS, ids=lambda row: row.name)
def test_a_narrow_width_and_a_sharp_resolution_are_none(inputs, par, row, spin):
    sharp = particle.forms(inputs, par, row, Particle(spin, 2.0))["rate"].matrix
    broad = particle.forms(inputs, par, row, Particle(spin, 2.0, width=1e-6))["rate"].matrix
    blurred = particle.forms(inputs, par, row, Particle(spin, 2.0, resolution=0.1))["rate"].matrix
    size = np.abs(sharp).max()
    np.testing.assert_allclose(broad, sharp, atol=2e-5 * size)  # the tails of the peak: Γ/m
    np.testing.assert_allclose(blurred, sharp, atol=1e-9 * size)
    assert np.linalg.eigvalsh(sharp).min() > -1e-12 * size


def test_bins_share_the_peak_and_densities_add_up(inputs, par):
    row, state = transition("B+->K"), Particle(0, 2.0, width=0.2)
    whole, low, high = (
        particle.forms(inputs, par, row, state, bin_)["rate"].matrix
        for bin_ in (None, (None, 4.0), (4.0, None))
    )
    np.testing.assert_allclose(low + high, whole, rtol=1e-5, atol=1e-30)
    x, w = np.polynomial.legendre.leggauss(160)
    density = particle.densities(inputs, par, row, state, 4.0 + 3.5 * x)["rate"].matrix
    inside = particle.forms(inputs, par, row, state, (0.5, 7.5))["rate"].matrix
    np.testing.assert_allclose(np.einsum("q,qij->ij", 3.5 * w, density), inside, rtol=1e-6, atol=1e-30)
    sharp = Particle(0, 2.0)
    assert particle.forms(inputs, par, row, sharp, (3.0, 5.0))["rate"]([1, 0, 0, 0]) > 0
    assert particle.forms(inputs, par, row, sharp, (5.0, 6.0))["rate"]([1, 0, 0, 0]) == 0


def test_a_derivative_coupling_is_the_divergence_of_the_current(inputs, par):
    at = at_scale_b(par)
    for name in ("B0->K", "B0->K*", "Lambdab->Lambda"):
        form = particle.forms(inputs, par, transition(name), Particle(0, 1.3))["rate"]
        cancels = [1j * (at.m_b - at.m_s), -1j * (at.m_b + at.m_s), -1.0, -1.0]
        assert form(np.array(cancels)) == pytest.approx(0.0, abs=1e-12 * form(np.array([0, 0, 1.0, 1.0])))


def test_a_light_vector_is_the_scalar_that_it_has_eaten(inputs, par):
    """Goldstone's theorem: s γ^μ b X_μ for m → 0 is ∂_μ φ/m."""
    for name in ("B+->K", "B0->K*"):
        row, mass = transition(name), 1e-3
        vector = particle.forms(inputs, par, row, Particle(1, mass))["rate"]([1.0, 1.0, 0, 0])
        scalar = particle.forms(inputs, par, row, Particle(0, mass))["rate"]([0, 0, 1.0, 1.0])
        assert vector == pytest.approx(scalar / mass**2, rel=1e-3), name


def test_a_dipole_of_a_massless_vector_is_transverse(inputs, par):
    """B → Kγ' vanishes, K* is transverse with T1(0) = T2(0): both currents alike."""
    for mass in (1e-3, 1e-4):
        kaon = particle.forms(inputs, par, transition("B+->K"), Particle(1, mass))["rate"]([0, 0, 1, 1])
        star = particle.forms(inputs, par, transition("B+->K*"), Particle(1, mass))
        assert kaon < mass**2 * star["rate"]([0, 0, 1, 1])
        assert star["longitudinal"]([0, 0, 1, 1]) < mass**2 * star["rate"]([0, 0, 1, 1])
        assert star["rate"]([0, 0, 1, 0]) == pytest.approx(star["rate"]([0, 0, 0, 1]), rel=1e-5)


def test_pairs_through_a_narrow_scalar_are_the_scalar_times_its_branching_ratio(inputs, par):
    """b → s φ*, φ → χχ: the spectrum of SS over the propagator, summed over the peak, is Γ(sφ) BR."""
    row, mass, m, coupling = transition("B+->K"), 2.5, 0.4, 0.02
    width = coupling**2 * mass * (1 - 4 * m**2 / mass**2) ** 1.5 / (8 * math.pi)
    made = particle.forms(inputs, par, row, Particle(0, mass))["rate"]([1.0, 0, 0, 0])
    x, w = np.polynomial.legendre.leggauss(400)
    theta = math.atan(200.0) * x
    q2 = mass**2 + mass * width * np.tan(theta)
    weight = math.atan(200.0) * w * mass * width / np.cos(theta) ** 2
    spectrum = fermions.densities(inputs, par, row, fermions.Dirac(m), q2)["rate"]
    scalar = spectrum(np.array([0, 0, 0, 0, coupling, 0, 0, 0, 0, 0]))
    total = np.sum(weight * scalar / ((q2 - mass**2) ** 2 + (mass * width) ** 2))
    assert total == pytest.approx(made * 2 * math.atan(200.0) / math.pi, rel=2e-3)


def test_escape():
    p, m, radius = 2.0, 1.0, 1.2
    rng = np.random.default_rng(2)
    cosine = rng.uniform(-1, 1, 200_000)
    for length in (0.1, 1.0, 30.0):
        flight = rng.exponential(length * p / m, cosine.size)
        outside = np.mean(flight * np.sqrt(1 - cosine**2) > radius)
        error = math.sqrt(outside * (1 - outside) / cosine.size)
        assert particle.escaping(p, m, length, radius) == pytest.approx(outside, abs=4 * error + 1e-6)
    assert particle.escaping(p, m, math.inf, radius) == pytest.approx(1.0, abs=1e-12)
    assert particle.decay_length(0.0) == math.inf
    assert particle.decay_length(1.973269804e-16) == pytest.approx(1.0, rel=1e-9)  # ħc = 0.1973269804 GeV fm


def test_what_is_not_seen(par):
    row, state = transition("B+->K"), Particle(0, 1.0)
    seen = particle.unseen(par, row, state, 0.5, 1.2)
    assert 0 < seen < 1
    assert particle.unseen(par, row, state, 0.5, 1.2, 0.25) == pytest.approx(0.25 + 0.75 * seen)
    assert particle.unseen(par, row, state, math.inf, 1.2) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda i, p: Particle(2, 1.0), "spin of the new particle is 2; give 0 or 1"),
        (lambda i, p: Particle(1, 0.0), "mass of a new vector is 0 GeV"),
        (lambda i, p: Particle(0, 1.0, width=-0.1), "width of the new particle is -0.1 GeV; give 0 or a positive"),
        (lambda i, p: Particle(0, 1.0, width=0.1, resolution=0.1), "A width and a resolution were given"),
        (lambda i, p: particle.forms(i, p, transition("B+->K"), Particle(0, 5.0)), "leaves 4.78.* above"),
        (
            lambda i, p: particle.densities(i, p, transition("B+->K"), Particle(0, 2.0), np.array([4.0])),
            "is one point, q² = 4 GeV²; give it a width or a resolution",
        ),
        (lambda i, p: particle.escaping(1.0, 1.0, -1.0, 1.0), "decay length is -1.0; give a positive"),
        (lambda i, p: particle.unseen(p, transition("B+->K"), Particle(0, 1.0), 1.0, 1.0, 2.0), "is 2; give 0 to 1"),
    ],
)  # fmt: skip
def test_refusals(inputs, par, make, words):
    with pytest.raises(InputError, match=words):
        make(inputs, par)
