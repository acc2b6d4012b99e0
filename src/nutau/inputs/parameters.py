"""Input parameters: names, central values, covariance, and draws of all of them at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from nutau.common.arrays import Array, lock, locked
from nutau.common.given import real_number
from nutau.errors import InputError, unknown
from nutau.inputs.deviates import balanced, plain

FEW = 6
"""Groups that are named where all are not."""


@dataclass(frozen=True, eq=False)
class Parameters:
    """Gaussian parameters with their covariance.

    ``central`` has shape ``(n,)``, ``covariance`` ``(n, n)``; ``groups[i]`` names the row of the error budget and
    ``sources[i]`` the reference (a key of ``references.bib``) of parameter ``i``. Draws are ``balanced`` where fewer
    must do (:mod:`nutau.inputs.deviates`).

    >>> import numpy as np
    >>> import nutau
    >>> made = nutau.Parameters(("m_x",), np.array([2.0]), np.array([[0.01]]), ("masses",), ("own",))
    >>> made.uncertainty("m_x")
    0.1
    """

    names: tuple[str, ...]
    central: Array
    covariance: Array
    groups: tuple[str, ...]
    sources: tuple[str, ...]
    balanced: bool = False

    def __post_init__(self) -> None:
        """Input sets are shared: their arrays are read-only."""
        lock(self, "central", "covariance")

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {name: position for position, name in enumerate(self.names)}

    def __len__(self) -> int:
        return len(self.names)

    def __repr__(self) -> str:
        """How many, and of which groups."""
        groups = dict.fromkeys(self.groups)
        few = ", ".join(list(groups)[:FEW])
        return f"Parameters({len(self)} in {len(groups)} groups: {few}{', …' if len(groups) > FEW else ''})"

    def index(self, name: str) -> int:
        """Position of a parameter; :class:`InputError` with the nearest names if there is none."""
        try:
            return self._positions[name]
        except KeyError:
            raise unknown("parameter", name, self.names) from None

    def __getitem__(self, name: str) -> float:
        return float(self.central[self.index(name)])

    def mapping(self) -> dict[str, float]:
        """Central values by name."""
        return dict(zip(self.names, np.asarray(self.central).tolist(), strict=True))

    def uncertainty(self, name: str) -> float:
        """Standard deviation of a parameter."""
        position = self.index(name)
        return float(np.sqrt(self.covariance[position, position]))

    def sample(self, draws: int, seed: int = 0, *, groups: tuple[str, ...] | None = None) -> dict[str, Array]:
        """``draws`` draws of all parameters, each ``(draws,)``, the same for the same seed.

        With ``groups``, only the parameters of these groups vary (for an error budget). The normal deviates of a
        parameter depend on its name, the seed and nothing else: budgets share the noise of the full draw, and sets of
        inputs that of one another.
        """
        noise = balanced if self.balanced else plain
        deviates = noise(self.names, draws, seed) @ self._root.T
        if groups is not None:
            for group in groups:
                if group not in self.groups:
                    raise unknown("parameter group", group, dict.fromkeys(self.groups))
            varied = np.array([group in groups for group in self.groups])
            deviates = np.where(varied[None, :], deviates, 0.0)
        values = np.asarray(self.central)[None, :] + deviates
        return dict(zip(self.names, np.ascontiguousarray(values.T), strict=True))

    @cached_property
    def _root(self) -> Array:
        """A square root of the covariance; parameters that do not vary get zero rows."""
        covariance = np.asarray(self.covariance)
        sigma = np.sqrt(np.diag(covariance))
        varied = np.flatnonzero(sigma > 0)
        correlation = covariance[np.ix_(varied, varied)] / np.outer(sigma[varied], sigma[varied])
        eigenvalues, vectors = np.linalg.eigh(correlation)
        if eigenvalues.min(initial=0.0) < -1e-8:
            raise InputError(
                f"The covariance of the parameters is not positive: its correlation matrix has the eigenvalue "
                f"{eigenvalues.min():.3g}. Check the correlations among {', '.join(self._involved(vectors, varied))}."
            )
        root = np.zeros_like(covariance)
        # symmetric root: unique, so a block's draws do not depend on the order of degenerate eigenvectors
        block = (vectors * np.sqrt(np.clip(eigenvalues, 0.0, None))) @ vectors.T
        root[np.ix_(varied, varied)] = sigma[varied, None] * block
        return locked(root)

    def _involved(self, vectors: Array, varied: Array) -> list[str]:
        return [self.names[varied[i]] for i in np.argsort(-np.abs(vectors[:, 0]))[:4]]

    def replace(self, values: Mapping[str, float]) -> Parameters:
        """The same parameters with some central values changed."""
        central = np.array(self.central, dtype=float)
        for name, value in values.items():
            central[self.index(name)] = real_number(f"Parameter {name}", value)
        return replace(self, central=central)
