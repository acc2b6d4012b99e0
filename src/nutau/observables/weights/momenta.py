r"""Four-momenta of a decay as its kinematic variables.

With B the parent, M the lighter meson, P the pseudoscalar to which M decays and ℓ the charged lepton that has the sign
of the heavy quark (ℓ⁻ of a b, ℓ⁺ of a b̄), in LHCb's convention (App. C of :cite:`Gratrex:2015hna`):

* :math:`q^2=(p_B-p_M)^2`;
* :math:`\theta_\ell` is the angle, in the rest frame of the lepton pair, between ℓ and the direction opposite to the B;
* :math:`\theta_V` is the angle, in the rest frame of M, between P and the direction opposite to the B;
* :math:`\phi` is, in the rest frame of the B, the angle between the planes of the leptons and of the products of M:
  with unit normals :math:`n_\ell\propto p_\ell\times p_{\bar\ell}`, :math:`n_M\propto p_P\times p_M`,

  .. math:: \cos\phi=n_\ell\cdot n_M,\qquad \sin\phi=\mp(n_\ell\times n_M)\cdot\hat p_M,

  the upper sign for a b, the lower for a b̄: a decay and its conjugate have the same variables.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nutau.common.arrays import Array

COMPONENTS = ("E", "px", "py", "pz")
PARTICLES = {"B": "the parent", "M": "the lighter meson", "P": "what the meson decays to", "l": "the lepton"}
PRODUCTS = {"m_D*+": "m_D0", "m_D*0": "m_D0", "m_K*+": "m_K+", "m_K*0": "m_K+"}
"""The mass of the particle P that a meson decays to; of either charge."""
NEEDED = {
    "q2": ("B", "M"),
    "cos_theta_l": ("B", "M", "l"),
    "cos_theta_V": ("B", "M", "P"),
    "phi": ("B", "M", "P", "l"),
}
"""The particles that each variable needs."""


def variables(momenta: Mapping[str, Array], sign: Array) -> dict[str, Array]:
    """The variables that can be had, ``(events,)``, from momenta ``(events, 4)`` of :data:`PARTICLES` in GeV.

    ``sign`` is 1 for the decay of a b, -1 for that of a b̄.
    """
    b, m = momenta["B"], momenta["M"]
    pair = b - m
    found = {"q2": _square(pair)}
    if "l" in momenta:
        lepton = boosted(momenta["l"], pair)
        found["cos_theta_l"] = -_cosine(lepton, boosted(b, pair))
    if "P" in momenta:
        found["cos_theta_V"] = -_cosine(boosted(momenta["P"], m), boosted(b, m))
    if "l" in momenta and "P" in momenta:
        ours, meson, product = (boosted(p, b)[:, 1:] for p in (momenta["l"], m, momenta["P"]))
        leptons = np.cross(ours, -meson)  # with the pair, which recoils against the meson
        products = np.cross(product, meson)
        crossed = np.sum(np.cross(leptons, products) * meson, axis=-1)
        size = np.sqrt(np.sum(meson * meson, axis=-1))
        found["phi"] = np.arctan2(-sign * crossed, size * np.sum(leptons * products, axis=-1))
    return found


def boosted(momentum: Array, frame: Array) -> Array:
    """A momentum ``(events, 4)`` in the rest frame of another one."""
    mass = np.sqrt(_square(frame))[:, None]
    dot = np.sum(momentum[:, 1:] * frame[:, 1:], axis=-1, keepdims=True)
    energy = (momentum[:, :1] * frame[:, :1] - dot) / mass
    shift = (dot / (frame[:, :1] + mass) - momentum[:, :1]) / mass
    return np.concatenate([energy, momentum[:, 1:] + shift * frame[:, 1:]], axis=-1)


def _square(momentum: Array) -> Array:
    return momentum[:, 0] ** 2 - np.sum(momentum[:, 1:] ** 2, axis=-1)


def _cosine(one: Array, other: Array) -> Array:
    """Of the angle between the three-momenta, between -1 and 1 whatever the rounding."""
    lengths = np.sum(one[:, 1:] ** 2, axis=-1) * np.sum(other[:, 1:] ** 2, axis=-1)
    return np.clip(np.sum(one[:, 1:] * other[:, 1:], axis=-1) / np.sqrt(lengths), -1.0, 1.0)
