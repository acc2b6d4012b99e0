r"""δ of R_D(*) against the lepton-universal :math:`C_9^U` that operators of ττ induce, with what the data allow.

C1 and C3 run from Λ to :math:`C_9^U(4.8\,{\rm GeV}) = a\,\delta + b\,\kappa\delta` (arXiv:1807.02068): at
one Λ a point of the plane is a pair (δ, κ), and a model, whose κ is fixed, a line from the Standard Model. All data are
computed at that pair: R_D(*) along δ, K(*)νν̄ along the distance from the line of κ = 1, light leptons along
:math:`C_9^U`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from nutau.common.arrays import Array
from nutau.common.checked import checked
from nutau.common.progress import Progress
from nutau.errors import InputError
from nutau.inference.fit import Contour
from nutau.inference.likelihood import Likelihood, double_precision, likelihood, parametrisation
from nutau.inputs import Inputs, InputSet, load_inputs
from nutau.letter.claims import benchmarks, kappas
from nutau.measurements import DataSet
from nutau.models.two_field import LAMBDA
from nutau.observables.predictions import DRAWS
from nutau.observables.sectors import CHARGED, TEXT
from nutau.report.areas import LEVELS
from nutau.report.heights import alone, between, by_family, finer, heights

DATA = "2026-bsll"
LIGHT = "b → sℓℓ"
"""The family of light leptons, which together with R_D(*) says what is drawn."""
LEPTONS = ("C9_bsmumu", "C9_bsee")
LONG, POINTS, MORE, FINE = 401, 41, 161, 201
"""Points along an axis where the frame is looked for, of the grid of -2 log L, of that of families with few numbers,
and where splines draw them."""
FEW = 40
"""Predictions; what has no more of them is narrow in the plane, and cheap."""
REACH = {"delta": 0.5, "C9U": 5.0}
"""How far from the Standard Model the frame is looked for."""
MARGIN = 0.35
"""Of the width of what is allowed, on each side of it."""
TINY = 1e-9
"""δ in the place of 0, where κ = κδ/δ means nothing."""
Axes: TypeAlias = tuple[Array, Array]
"""Of δ and of C9U."""


@dataclass(frozen=True)
class ModelLine:
    """A model: κ, and :math:`C_9^U/\\delta` along its line."""

    name: str
    kappa: float
    slope: float


@dataclass(frozen=True, eq=False)
class C9Plane:
    """Over δ and C9U: -2 log L above its minimum of all data and of each family alone, ``(x, y)``; the models' lines.

    ``best`` is (δ, C9U) of all data and ``kappa`` the κ there; ``gain`` is what -2 log L is below the Standard Model.
    ``mass`` is Λ in GeV.
    """

    data: str
    inputs: str
    mass: float
    x: Array
    y: Array
    joint: Array
    families: Mapping[str, Array]
    lines: tuple[ModelLine, ...]
    best: tuple[float, float]
    kappa: float
    gain: float


@checked
@double_precision
def c9_plane(
    data: DataSet | str | Path = DATA,
    *,
    mass: float = LAMBDA,
    inputs: InputSet = "default",
    draws: int = DRAWS,
    progress: Progress | None = None,
) -> C9Plane:
    """The plane of δ and C9U for a data set, with running from ``mass`` (GeV).

    The theory error is that of every point (the fast mode of :func:`nutau.inference.likelihood.likelihood`). Families
    whose -2 log L reaches the 95 % level nowhere in the frame are left out. Raises :class:`InputError` for a data set
    without R_D(*) or without light leptons, between which the plane lies.
    """
    chosen = load_inputs(inputs)
    made = likelihood(
        data, parametrisation(("delta", "kappa"), mass=mass), inputs=chosen, mode="fast", draws=draws
    )
    induced = slopes(made, chosen)
    parts = alone(made)
    coarse = _frame(made, parts, induced)
    axes = _as_fine(coarse, FINE)
    if progress is not None:
        progress(0, 1 + len(parts))
    values = made.chi2(_grid(coarse, induced))
    seen = dict(by_family(parts, _grid(coarse, induced), progress))
    families = {name: _finer(parts[name], coarse, found, axes, induced) for name, found in seen.items()}
    # smooth: theory errors that families share, and families that say little
    rest = values - sum(seen.values())
    joint = sum(families.values()) + between(*coarse, np.where(np.isfinite(rest), rest, 0.0), axes)
    best = _lowest(made, induced, axes, joint)
    lowest, standard = made.chi2(np.array([_points(*best, induced), made.parametrisation.sm]))
    lines = tuple(ModelLine(name, kappa, float(induced @ (1.0, kappa))) for name, kappa in _models().items())
    return C9Plane(
        made.data, made.inputs, mass, *axes, joint - float(joint.min()), families, lines,
        best, float(_points(*best, induced)[1]), float(standard - lowest),
    )  # fmt: skip


def _finer(part: Likelihood, coarse: Axes, found: Array, axes: Axes, induced: Array) -> Array:
    """Heights of one family on fine axes; from more points than the coarse ones where there are few predictions."""
    if len(part.experiment.observables) > FEW:
        return finer(*coarse, found, axes)
    more = _as_fine(coarse, MORE)
    return finer(*more, heights(part, _grid(more, induced)), axes)


def _as_fine(axes: Axes, count: int) -> Axes:
    x, y = axes
    return np.linspace(x[0], x[-1], count), np.linspace(y[0], y[-1], count)


def _grid(axes: Axes, induced: Array) -> Array:
    """(δ, κ) of all points of a grid, ``(x, y, 2)``."""
    return _points(axes[0][:, None], axes[1][None, :], induced)


def _models() -> dict[str, float]:
    """The models of the letter that have a κ."""
    return {name: kappa for name, kappa in kappas().items() if kappa is not None} | benchmarks()


def slopes(made: Likelihood, inputs: Inputs) -> Array:
    """The a and b of C9U = a δ + b κδ at 4.8 GeV, the mean of e and μ, which differ by their masses alone."""
    own = made.parametrisation
    found = own.wilson(np.array([[1.0, 0.0], [1.0, 1.0]]), inputs.parameters.mapping())
    at = [found.basis.index(name) for name in LEPTONS]
    first, both = np.asarray(found.values)[:, at].real.mean(axis=1)
    return np.array([first, both - first])


def _points(delta: Array | float, universal: Array | float, induced: Array) -> Array:
    """(δ, κ) ``(..., 2)`` of points of the plane."""
    delta = np.where(np.abs(delta) < TINY, TINY, delta)
    kappa = (universal / delta - induced[0]) / induced[1]
    return np.stack(np.broadcast_arrays(delta, kappa), axis=-1)


def _frame(made: Likelihood, parts: Mapping[str, Likelihood], induced: Array) -> Axes:
    """Axes about the Standard Model, the δ that R_D(*) allows and the C9U that light leptons allow."""
    axes = []
    for family, name in ((TEXT[CHARGED], "delta"), (LIGHT, "C9U")):
        if family not in parts:
            raise InputError(
                f"Data set {made.data} has no {family}: this plane needs R_D(*) and light leptons, as 2026-bsll has."
            )
        line = np.linspace(-REACH[name], REACH[name], LONG)
        # light leptons feel δ through C9U alone, R_D(*) the ττ operators not at all
        delta, universal = (line, induced[0] * line) if name == "delta" else (np.zeros(LONG), line)
        seen = heights(parts[family], _points(delta, universal, induced)) < Contour.height(LEVELS[-1])
        low, high = min(float(line[seen].min()), 0.0), max(float(line[seen].max()), 0.0)
        margin = MARGIN * (high - low)
        axes.append(np.linspace(low - margin, high + margin, POINTS))
    return axes[0], axes[1]


def _lowest(made: Likelihood, induced: Array, axes: Axes, joint: Array) -> tuple[float, float]:
    """The best point, from the lowest one of the grid."""
    from scipy.optimize import minimize

    place = np.unravel_index(int(np.argmin(joint)), joint.shape)
    start = np.array([axis[at] for axis, at in zip(axes, place, strict=True)])
    size = np.array([axis[1] - axis[0] for axis in axes])

    def height(step: Array) -> float:
        delta, universal = start + step * size
        return float(made.chi2(_points(delta, universal, induced)))

    first = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0]])
    options = {"xatol": 0.02, "fatol": 1e-4, "initial_simplex": first}
    found = start + size * minimize(height, np.zeros(2), method="Nelder-Mead", options=options).x
    return float(found[0]), float(found[1])
