"""The posterior of arXiv:2507.12393 in the coefficients of the WET, with the published likelihood and nutau's rates.

As in the authors' companion repository (github.com/lorenzennio/knunu-reinterpretation-mini): |C_VL + C_VR|,
|C_SL + C_SR| and |C_TL| the same for all flavours and flat from 0 to 20, form factors of FLAG 2021 and HPQCD 2022 with
their errors.
"""

import numpy as np
import pytest
from scipy.optimize import minimize

import nutau
from nutau.decays import b_to_pnunu, b_to_snunu
from nutau.measurements import find_measurement
from nutau.measurements.likelihoods import spectrum_likelihood

TOP = 20.0
KNOTS = TOP * np.array([0.0, 0.35, 0.6, 0.85, 1.0])
NODES = np.array([-(0.6**0.5), 0.0, 0.6**0.5]), np.array([5.0, 8.0, 5.0]) / 18.0
FINE = TOP * (np.arange(100) + 0.5) / 100.0
COMPONENTS = 6


def spectra(inputs, par, edges):
    """Means of dBR/dq2 in bins for a coefficient of one of vectors, scalars, tensors, ``(..., 3, bins)``."""
    process = b_to_pnunu.PROCESSES[0]
    q2 = 0.5 * (edges[1:] + edges[:-1])[:, None] + 0.5 * np.diff(edges)[:, None] * NODES[0]
    rate = b_to_pnunu.densities(inputs, par, process, q2.ravel())["rate"]
    scalar, tensor = np.zeros((2, len(b_to_snunu.BASIS)))
    flavours = ("nue", "numu", "nutau")
    for number, first in enumerate(flavours):
        scalar[b_to_snunu.BASIS.index(f"CSL_bs{first}{first}")] = 1.0
        for second in flavours[number + 1 :]:  # of EOS's C_TL: docs/physics/invisible.md
            tensor[b_to_snunu.BASIS.index(f"CT_bs{first}{second}")] = np.sqrt(2.0)
    _, c_sm = b_to_snunu.normalisation(par)
    parts = [rate.sm / np.asarray(c_sm)[..., None] ** 2, rate(scalar) - rate.sm, rate(tensor) - rate.sm]
    made = np.stack(
        [np.asarray(part) * np.asarray(par[process.lifetime])[..., None] for part in parts], axis=-2
    )
    return made.reshape(*made.shape[:-1], *q2.shape) @ NODES[1]


@pytest.fixture
def heights(release):
    """-2 log L of three coefficients with the form factors at their best after one Newton step."""
    entry = find_measurement("BelleII-2025-Knunu-likelihood")
    found = spectrum_likelihood(entry)
    edges = np.array([entry.observables[0].q2[0], *(item.q2[1] for item in entry.observables)])
    inputs = nutau.load_inputs("default", form_factors={"B->K": "flag21-hpqcd22"})
    central = spectra(inputs, inputs.parameters.mapping(), edges)
    drawn = spectra(inputs, inputs.parameters.sample(60, seed=3), edges) / central
    scatter = (drawn - drawn.mean(axis=0)).reshape(len(drawn), -1) / np.sqrt(len(drawn) - 1)
    _, size, ways = np.linalg.svd(scatter, full_matrices=False)
    modes = (size[:COMPONENTS, None] * ways[:COMPONENTS]).reshape(-1, *central.shape)

    def height(c, eta):
        squares = np.square(c)
        x, slopes = squares @ central, np.einsum("k,kb,ikb->bi", squares, central, modes)
        gradient, curvature = found.curved(x + slopes @ eta)
        matrix = slopes.T @ curvature @ slopes + 2.0 * np.eye(len(eta))
        eta = eta - np.linalg.solve(matrix, slopes.T @ gradient + 2.0 * eta)
        return float(found(x + slopes @ eta) + eta @ eta), eta

    return height


def interpolation(points):
    """Polynomials in C² that are 1 at one of the knots, ``(knots, points)``."""
    u, x = KNOTS**2, points**2
    others = [np.delete(u, place) for place in range(len(u))]
    return np.stack(
        [np.prod([(x - b) / (a - b) for b in rest], axis=0) for a, rest in zip(u, others, strict=True)]
    )


def shortest(density):
    """The shortest interval with 95 % of a density on ``FINE``."""
    edges = np.linspace(0.0, TOP, len(FINE) + 1)
    share = np.append(0.0, np.cumsum(density)) / np.sum(density)
    low = np.linspace(0.0, 0.05, 501)
    ends = np.interp(low, share, edges), np.interp(low + 0.95, share, edges)
    place = np.argmin(ends[1] - ends[0])
    return ends[0][place], ends[1][place]


def scatter_of_low_end(density, draws, sets=200):
    """Standard deviation of the lower end of the shortest 95 % interval of so many independent draws of a density."""
    share = np.append(0.0, np.cumsum(density)) / np.sum(density)
    uniform = np.random.default_rng(1).random((sets, draws))
    drawn = np.sort(np.interp(uniform, share, np.linspace(0.0, TOP, len(share))), axis=1)
    held = int(0.95 * draws)
    first = np.argmin(drawn[:, held:] - drawn[:, :-held], axis=1)
    return np.std(drawn[np.arange(sets), first])


def test_the_posterior_of_the_paper(heights):
    """Mode (11.3, 0.00, 8.21); 95 % [1.86, 16.2], [0.00, 15.4], [0.00, 11.2]. How near, and why: docs/howto."""
    none = np.zeros(COMPONENTS)
    found = minimize(
        lambda squares: heights(10.0 * np.sqrt(squares), none)[0],
        [1.2, 0.1, 0.6],
        bounds=[(0.0, 4.0)] * 3,
        options={"eps": 1e-3},
    )
    assert 10.0 * np.sqrt(found.x) == pytest.approx([11.3, 0.0, 8.21], abs=0.2)
    values = np.empty((len(KNOTS),) * 3)
    for i, j in np.ndindex(len(KNOTS), len(KNOTS)):
        eta = none
        for k, tensor in enumerate(KNOTS):
            values[i, j, k], eta = heights([KNOTS[i], KNOTS[j], tensor], eta)
    parts = interpolation(FINE)
    rise = np.einsum("ijk,ia,jb,kc->abc", values, parts, parts, parts, optimize=True) - found.fun
    posterior = np.exp(-0.5 * rise)
    vector, scalar, tensor = (
        shortest(posterior.sum(axis=tuple(other for other in range(3) if other != axis))) for axis in range(3)
    )
    assert vector == pytest.approx((1.86, 16.2), abs=0.4)
    assert (
        scatter_of_low_end(posterior.sum(axis=(1, 2)), draws=2000) > 0.25
    )  # so 0.33 is within that of chains
    assert scalar == pytest.approx((0.0, 15.4), abs=0.5)
    assert tensor == pytest.approx((0.0, 11.2), abs=0.6)
