"""What every decay to a lighter hadron and two leptons has: its names, its range of q², and bins and points inside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nutau.common.arrays import Array
from nutau.common.kinematics import Range, bin_edges, check_points, check_range, zero_recoil
from nutau.inputs import Inputs


@dataclass(frozen=True)
class Semileptonic:
    """A decay; masses and lifetime by parameter name."""

    name: str
    parent: str
    meson: str
    lifetime: str
    channel: str

    def threshold(self, par: Mapping[str, Array]) -> Array:
        """The lowest q² in GeV², that of massless leptons unless a decay says otherwise."""
        return 0.0 * par[self.parent]

    def edges(self, par: Mapping[str, Array]) -> tuple[Array, Array]:
        """The range of q² in GeV²: from the masses of the leptons to zero recoil."""
        return self.threshold(par), zero_recoil(par[self.parent], par[self.meson])

    def central_edges(self, inputs: Inputs) -> tuple[float, float]:
        """The same at the central masses."""
        return self.edges(inputs.parameters.mapping())

    def check_points(self, inputs: Inputs, q2: Array) -> None:
        """Raise :class:`InputError` unless all ``q2`` lie in phase space (at the central masses)."""
        check_points(q2, self.central_edges(inputs), self.name)

    def bin(self, inputs: Inputs, par: Mapping[str, Array], q2_range: Range) -> tuple[Array, Array]:
        """The edges of the bin for ``par``; :class:`InputError` if it is empty or leaves the central phase space."""
        check_range(q2_range, self.central_edges(inputs), self.name)
        return bin_edges(q2_range, self.edges(par))
