"""What was measured and how it is distributed: frozen records in natural units (GeV)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from nutau.common.arrays import Array, lock, locked


@dataclass(frozen=True, order=True)
class Observable:
    """An observable by its name and, for binned ones, its bin in q² (GeV²)."""

    name: str
    q2: tuple[float, float] | None = None

    @property
    def label(self) -> str:
        """The name with its bin, for instance ``<Rmue>(B+->Kll)[1.1, 6]``."""
        return self.name if self.q2 is None else f"{self.name}[{self.q2[0]:g}, {self.q2[1]:g}]"

    def __str__(self) -> str:
        """The label."""
        return self.label


@dataclass(frozen=True)
class Part:
    """One part of the uncertainty (``stat``, ``syst``, ...): ``plus`` and ``minus``, shape ``(rows,)``."""

    name: str
    plus: Array
    minus: Array

    def __post_init__(self) -> None:
        """Records are shared: their arrays are read-only."""
        lock(self, "plus", "minus")


@dataclass(frozen=True)
class Gaussian:
    r"""One or more numbers with Gaussian, possibly asymmetric and correlated, uncertainties.

    Shapes: ``central``, ``plus``, ``minus`` (total uncertainties) ``(rows,)``; ``correlation`` ``(rows,
    rows)``. Row ``i`` measures observable ``index[i]`` of the measurement, so an observable may be measured
    more than once.
    """

    central: Array
    plus: Array
    minus: Array
    correlation: Array
    index: Array
    parts: tuple[Part, ...] = ()
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Records are shared: their arrays are read-only."""
        lock(self, "central", "plus", "minus", "correlation", "index")

    @cached_property
    def precision(self) -> Array:
        """The inverse of the correlation matrix, ``(rows, rows)``."""
        return locked(np.linalg.inv(self.correlation))

    @property
    def symmetric(self) -> bool:
        """Whether every uncertainty is the same on both sides."""
        return bool(np.array_equal(self.plus, self.minus))

    @property
    def covariance(self) -> Array:
        """The covariance matrix with each uncertainty averaged over its two sides, ``(rows, rows)``."""
        width = (self.plus + self.minus) / 2
        return self.correlation * np.outer(width, width)


@dataclass(frozen=True)
class UpperLimits:
    """Upper limits, each with its confidence level, and the Gaussian that stands for them.

    ``gaussian`` has one row a limit; ``construction`` says how each was made
    (:mod:`nutau.measurements.limits`), and ``measured`` (bools) whether its centre is known or only its limit. Where
    published, ``expected`` is the median limit without signal, and ``also`` the limit at another level with that level.
    """

    limit: Array
    confidence_level: Array
    gaussian: Gaussian
    construction: tuple[str, ...]
    measured: Array
    expected: tuple[float | None, ...] = ()
    also: tuple[tuple[float, float] | None, ...] = ()

    def __post_init__(self) -> None:
        """Records are shared: their arrays are read-only."""
        lock(self, "limit", "confidence_level", "measured")


@dataclass(frozen=True)
class LikelihoodGrid:
    """A likelihood on a grid: ``axes[k]`` holds the values of observable ``k``, ``values`` is -2 log L.

    ``values`` has one axis an observable; its smooth continuation (:mod:`nutau.measurements.tables`) has its minimum 0.
    ``published`` is the limit of the source with its level, to compare with; the likelihood does not use it.
    """

    axes: tuple[Array, ...]
    values: Array
    published: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        """Records are shared: their arrays are read-only."""
        lock(self, "axes", "values")

    @cached_property
    def pieces(self) -> tuple[Array, ...]:
        """For each axis the cubics that are 1 at one point, 0 at the others: ``(intervals, 4, points)``."""
        from scipy.interpolate import CubicSpline

        cubics = (CubicSpline(axis, np.eye(len(axis))).c.transpose(1, 0, 2) for axis in self.axes)
        return tuple(locked(pieces) for pieces in cubics)


@dataclass(frozen=True)
class Workspace:
    """A pyhf workspace (JSON, the user's own): ``poi`` is the signal strength relative to ``reference``.

    ``measurement`` is one of the workspace's measurements by name; empty where it has one. ``published`` is the limit
    of the source with its level, to compare with.
    """

    path: str
    poi: str
    reference: float
    grid: Array
    measurement: str = ""
    published: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        """Records are shared: their arrays are read-only."""
        lock(self, "grid")


@dataclass(frozen=True)
class JointWorkspace:
    """Several pyhf workspaces with parameters of one name in common, as one likelihood of their observables.

    ``places`` says which observable each of the ``parts`` measures, ``axes`` the grid of each observable.
    """

    parts: tuple[Workspace, ...]
    places: tuple[int, ...]
    axes: tuple[Array, ...]

    def __post_init__(self) -> None:
        """Records are shared: their arrays are read-only."""
        lock(self, "axes")


@dataclass(frozen=True)
class Shape:
    """The signal of one sample of one channel: ``density`` is a CSV file, or numbers ``(bins, outside + q² bins)``."""

    channel: str
    sample: str
    density: str | Array

    def __post_init__(self) -> None:
        """Records are shared: their arrays are read-only."""
        lock(self, "density")


@dataclass(frozen=True)
class Spectrum:
    """A spectrum that an analysis is reweighted with: ``reference`` ``(q² bins,)`` is that of its simulation.

    ``places`` ``(q² bins,)`` are the positions of its bins among the observables; the first ``outside`` columns of the
    densities are events outside all bins, which keep their weight.
    """

    places: Array
    reference: Array
    outside: int
    shapes: tuple[Shape, ...]

    def __post_init__(self) -> None:
        """Records are shared: their arrays are read-only."""
        lock(self, "places", "reference")


@dataclass(frozen=True)
class Analysis:
    """A pyhf workspace whose signal is reweighted: ``removed`` are the modifiers that the spectrum replaces.

    ``absolute`` says that shifts of the signal (``histosys``) stay as large as they are whatever its spectrum; else
    they are relative to it.
    """

    path: str
    measurement: str
    removed: tuple[str, ...]
    absolute: bool
    spectra: tuple[Spectrum, ...]


@dataclass(frozen=True)
class Reinterpretation:
    """One or more analyses as a likelihood of spectra, with parameters of one name in common.

    ``observed`` are the events of all bins in place of those of the workspaces.
    """

    parts: tuple[Analysis, ...]
    observed: Array | None = None

    def __post_init__(self) -> None:
        """Records are shared: their arrays are read-only."""
        lock(self, "observed")


@dataclass(frozen=True)
class Counts:
    """Events seen in bins, ``(bins,)`` each, and the background expected there with its error.

    What is predicted are the events besides. The errors of bins are not correlated.
    """

    observed: Array
    background: Array
    error: Array

    def __post_init__(self) -> None:
        """Records are shared: their arrays are read-only."""
        lock(self, "observed", "background", "error")


Distribution: TypeAlias = (
    Gaussian | UpperLimits | LikelihoodGrid | Workspace | JointWorkspace | Reinterpretation | Counts
)
