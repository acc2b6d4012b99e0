"""Dirac matrices, and the spinors of a lepton and a massless antineutrino; nothing here is shared with the package."""

import numpy as np

SIGMA = [np.array(m, dtype=complex) for m in ([[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]])]
ONE, ZERO, UNIT = np.eye(2), np.zeros((2, 2)), np.eye(4)
GAMMA = [np.block([[ONE, ZERO], [ZERO, -ONE]]).astype(complex)]
GAMMA += [np.block([[ZERO, s], [-s, ZERO]]) for s in SIGMA]
GAMMA5 = 1j * GAMMA[0] @ GAMMA[1] @ GAMMA[2] @ GAMMA[3]
METRIC = np.array([1.0, -1.0, -1.0, -1.0])
LEFT, RIGHT = (UNIT - GAMMA5) / 2, (UNIT + GAMMA5) / 2
TENSOR = [[0.5j * (GAMMA[m] @ GAMMA[n] - GAMMA[n] @ GAMMA[m]) for n in range(4)] for m in range(4)]


def slash(p):
    return sum(METRIC[m] * p[m] * GAMMA[m] for m in range(4))


def leptons(q2, mass, cos):
    """ū of the lepton with helicity -1/2 and +1/2, and v of the antineutrino, in the rest frame of the
    pair."""
    energy, momentum = (q2 + mass**2) / (2 * np.sqrt(q2)), (q2 - mass**2) / (2 * np.sqrt(q2))
    half = 0.5 * np.arccos(cos)
    along, against = np.array([np.cos(half), np.sin(half)]), np.array([-np.sin(half), np.cos(half)])
    big, small = np.sqrt(energy + mass), np.sqrt(energy - mass)
    spinors = [
        np.concatenate([big * against, -small * against]),
        np.concatenate([big * along, small * along]),
    ]
    neutrino = np.sqrt(momentum) * np.concatenate(
        [along, -along]
    )  # spin against its momentum in v, so P_L v = v

    direction = np.array([np.sqrt(1 - cos**2), 0.0, cos])
    p_lepton, p_neutrino = (
        np.array([energy, *(momentum * direction)]),
        np.array([momentum, *(-momentum * direction)]),
    )
    for spinor in spinors:
        np.testing.assert_allclose(slash(p_lepton) @ spinor, mass * spinor, atol=1e-12)
    np.testing.assert_allclose(slash(p_neutrino) @ neutrino, 0.0, atol=1e-12)
    np.testing.assert_allclose(LEFT @ neutrino, neutrino, atol=1e-12)
    return [spinor.conj() @ GAMMA[0] for spinor in spinors], neutrino


POINTS = {
    "SM": (1, 0, 0, 0, 0),
    "VR": (0, 1, 0, 0, 0),
    "SL": (0, 0, 1, 0, 0),
    "SR": (0, 0, 0, 1, 0),
    "T": (0, 0, 0, 0, 1),
    "V and T": (1, 0, 0, 0, 0.3),
    "all, complex": (0.9 + 0.1j, -0.3 + 0.2j, 0.4 - 0.3j, 0.2 + 0.5j, 0.15 - 0.25j),
}
"""Total coefficients of b -> c l nu, (VL, VR, SL, SR, T), at which rates are compared with spin sums."""
