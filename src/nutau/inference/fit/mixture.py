r"""A density around weighted points from which independent draws can be had: what an independence sampler proposes.

One Student distribution (:data:`FREEDOM` degrees of freedom, for its tails) at each of some points, as wide as the
points around it scatter, so that it follows separate modes, ridges and hyperbolas; and the unit cube itself with a
small share, which bounds the ratio of any posterior to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array

FREEDOM = 5.0
CENTRES = 1200
"""Points at which the mixture has components."""
WIDTH = 0.8
"""The width of a component in that of the points around it."""
OVERALL = 0.03
"""The share of the cube."""
CHUNK = 2000


@dataclass(frozen=True, eq=False)
class Mixture:
    """Centres ``(m, n)``, roots of their covariances ``(m, n, n)``, and shares ``(m,)``."""

    centres: Array
    roots: Array
    shares: Array

    def draw(self, count: int, random: np.random.Generator) -> Array:
        """Independent points ``(count, n)``; some of them lie outside the cube."""
        dimension = self.centres.shape[1]
        which = random.choice(len(self.shares), count, p=self.shares)
        normal = random.standard_normal((count, dimension))
        stretch = np.sqrt(FREEDOM / random.chisquare(FREEDOM, count))
        local = self.centres[which] + np.einsum("cij,cj->ci", self.roots[which], normal) * stretch[:, None]
        return np.where(random.random(count)[:, None] < OVERALL, random.random((count, dimension)), local)

    def log_density(self, u: Array) -> Array:
        """Its logarithm at points ``(points, n)``, normalised."""
        parts = [self._chunk(u[start : start + CHUNK]) for start in range(0, len(u), CHUNK)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _chunk(self, u: Array) -> Array:
        from scipy.special import gammaln, logsumexp

        dimension = u.shape[1]
        inverse = np.linalg.inv(self.roots)
        # (u - c) turned and scaled by each component, as one product: (m n, n) with (n, points)
        flat = inverse.reshape(-1, dimension)
        offset = np.einsum("cij,cj->ci", inverse, self.centres).reshape(-1, 1)
        turned = (flat @ u.T - offset).reshape(len(self.shares), dimension, len(u))
        distance = np.einsum("cip,cip->cp", turned, turned)
        norm = (
            gammaln(0.5 * (FREEDOM + dimension))
            - gammaln(0.5 * FREEDOM)
            - 0.5 * dimension * np.log(FREEDOM * np.pi)
            - np.log(np.abs(np.linalg.det(self.roots)))
            + np.log(self.shares)
        )
        tails = -0.5 * (FREEDOM + dimension) * np.log1p(distance / FREEDOM)
        local = logsumexp(norm[:, None] + tails, axis=0) + np.log1p(-OVERALL)
        inside = np.all((u >= 0.0) & (u <= 1.0), axis=1)
        return np.logaddexp(local, np.where(inside, np.log(OVERALL), -np.inf))


def around(points: Array, weights: Array, random: np.random.Generator) -> Mixture:
    """A mixture around points ``(m, n)`` of the cube with normalised weights."""
    from scipy.spatial import cKDTree

    chosen = systematic(weights, CENTRES, random)
    places, counts = np.unique(chosen, return_counts=True)
    centres, dimension = points[places], points.shape[1]
    near = min(len(centres), max(10 * dimension, len(centres) // 30))
    scale = np.maximum(centres.std(axis=0), 1e-12)
    _, neighbours = cKDTree(centres / scale).query(centres / scale, k=near)
    patches = centres[np.atleast_2d(neighbours)] if near > 1 else centres[:, None, :]
    offsets = patches - patches.mean(axis=1, keepdims=True)
    covariance = WIDTH**2 * np.einsum("cki,ckj->cij", offsets, offsets) / max(near - 1, 1)
    floor = np.eye(dimension) * (1e-3 * scale) ** 2
    return Mixture(centres, np.linalg.cholesky(covariance + floor), counts / counts.sum())


def systematic(weights: Array, count: int, random: np.random.Generator) -> Array:
    """Positions of ``count`` points drawn by normalised weights, in order, each as often as it should be ± 1."""
    at = (np.arange(count) + random.random()) / count
    return np.minimum(np.searchsorted(np.cumsum(weights), at), len(weights) - 1)
