r"""What moves the parameters most: impacts of inputs and measurements, ranked, and the pulls of the inputs.

The *impact* of a source (:mod:`nutau.inference.fit.questions.sources`) on a parameter is how far the best fit moves
when the source's central value moves by :math:`\pm1\sigma` and everything is fitted again, its own error included.
Moved so, inputs and measurements are independent of each other, and the squares of all impacts add up to the square of
the parameter's error (Pinto et al., arXiv:2307.04007), exactly where the likelihood is Gaussian. A block of correlated
numbers moves along the one direction :math:`u` in which it moves the parameter; those at right angles to it do not.

Ranking and directions are those of the likelihood linearised at the best fit
(:mod:`nutau.inference.fit.questions.linear`), for every source; the first of the ranking are then fitted again on both
sides, nothing linearised. The theory nuisances are principal modes of all inputs together. A move of an input by
:math:`1\sigma` has coordinates :math:`b_k` among them (half the difference of both sides, projected), so that the
*pull* of the input is :math:`b\cdot\hat\epsilon` in units of its error, and :math:`1-b^T(1-C_\epsilon)b` the part of
its variance that the data leave.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.progress import Progress
from nutau.common.rounding import fixed
from nutau.common.tables import text_table
from nutau.eft.algebra import Affine
from nutau.errors import InputError
from nutau.inference.expansion import read
from nutau.inference.fit.questions.linear import Linear
from nutau.inference.fit.questions.sources import Source, inputs, measurements, references
from nutau.inference.fit.questions.varied import Variation, Varied, VariedData, refit
from nutau.inference.likelihood import double_precision
from nutau.inference.theory_model import monomials, sampled

if TYPE_CHECKING:
    from nutau.inference.fit.result import FitResult

MOST = 15
"""So many sources are fitted again on both sides."""
SLIGHT = 1e-3
"""Sources whose impact on every parameter is below this part of its error are left out."""

REST = 0.3
"""A part of an error that no source accounts for is said from this fraction of it on: shares hold to a few per cent."""
SHOWN = 0.01
"""The table holds what moves a parameter by more than this part of its error."""


@dataclass(frozen=True)
class Impact:
    """The impact of one source on one parameter.

    ``up`` and ``down`` are the shifts of the best fit for moves by ±1σ, ``None`` where it was not fitted again, and
    ``linear`` the shift of the linearised likelihood. ``pull`` and ``constraint`` (the error that the data leave over
    the one before) are those of the input, or of its direction; measurements have none.
    """

    linear: float
    up: float | None = None
    down: float | None = None
    pull: float | None = None
    constraint: float | None = None

    @property
    def size(self) -> float:
        """The larger of both shifts."""
        return abs(self.linear) if self.up is None or self.down is None else max(abs(self.up), abs(self.down))


@dataclass(frozen=True)
class Ranked:
    """A source with its impacts by parameter; ``members`` are the numbers that it is made of."""

    kind: str
    name: str
    members: tuple[str, ...]
    impacts: Mapping[str, Impact]

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        made = {name: asdict(impact) for name, impact in self.impacts.items()}
        return {"kind": self.kind, "name": self.name, "members": list(self.members), "parameters": made}


@dataclass(frozen=True)
class Impacts:
    """Sources by their largest impact in units of a parameter's error, and the errors they add up to.

    ``errors`` are those of the linearised likelihood, ``shares`` the quadratic sums of all impacts by kind.
    """

    parameters: tuple[str, ...]
    sources: tuple[Ranked, ...]
    errors: dict[str, float]
    shares: dict[str, dict[str, float]]

    key = "impacts"

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "sources": [source.to_dict() for source in self.sources],
            "errors": self.errors,
            "shares": self.shares,
        }

    @property
    def head(self) -> tuple[str, ...]:
        """The headings of the table."""
        return ("source", *(f"{name} (+1σ, −1σ)" for name in self.parameters), "pull")

    @property
    def moved(self) -> tuple[Ranked, ...]:
        """The sources that were fitted again and move a parameter by more than :data:`SHOWN` of its error."""
        return tuple(
            source
            for source in self.sources
            if any(
                one.up is not None and _part(one.size, self.errors[name]) > SHOWN
                for name, one in source.impacts.items()
            )
        )

    def table(self) -> list[tuple[str, ...]]:
        """A row for each of :attr:`moved`, as text."""
        rows = []
        for source in self.moved:
            found = source.impacts
            cells = [_both(found[name], self.errors[name]) for name in self.parameters]
            most = max(self.parameters, key=lambda name: _part(found[name].size, self.errors[name]))
            rows.append((source.name, *cells, _pulled(found[most])))
        return rows

    def lines(self) -> list[str]:
        """The shares of the errors, in words."""
        words = {"input": "theory inputs", "reference": "quoted SM values", "measurement": "measurements"}
        return [
            f"error of {name}: {self.errors[name]:.3g} (linear), of which "
            + ", ".join(f"{words[kind]} {share[name]:.3g}" for kind, share in self.shares.items())
            + self._rest(name)
            for name in self.parameters
        ]

    def _rest(self, name: str) -> str:
        """What no source accounts for: tables of several observables are not moved."""
        left = self.errors[name] ** 2 - sum(share[name] ** 2 for share in self.shares.values())
        if left < (REST * self.errors[name]) ** 2:
            return ""
        return f", the rest {sqrt(left):.3g} (tables of several observables are not moved)"

    def __str__(self) -> str:
        return "\n".join((text_table(self.head, self.table()), *self.lines()))

    __repr__ = __str__


def _part(size: float, error: float) -> float:
    """An impact in units of the error; none of a parameter that has none, as a flat direction leaves it open."""
    return size / error if error > 0 else 0.0


def _both(impact: Impact, error: float) -> str:
    if not error > 0:
        return "–"
    if impact.up is None or impact.down is None:
        return f"±{abs(impact.linear) / error:.2f} σ"
    return f"{impact.up:+.3g}, {impact.down:+.3g} ({impact.size / error:.2f} σ)"


def _pulled(impact: Impact) -> str:
    if impact.pull is None or impact.constraint is None:
        return "–"
    return f"{fixed(impact.pull, 2, signed=True)} ± {impact.constraint:.2f}"


@double_precision
def impacts(found: FitResult, *, most: int = MOST, progress: Progress | None = None) -> Impacts:
    """The sources of the errors of a fit, ranked; the first ``most`` are fitted again on both sides."""
    if found.likelihood.origin is None:
        raise InputError("This likelihood does not know its inputs, so nothing can be moved; use nutau.fit.")
    return _Moving(found).ranked(most, progress or (lambda done, total: None))


class _Moving:
    """A fit with all its sources, and what they do to it."""

    def __init__(self, found: FitResult) -> None:
        self.found, self.likelihood = found, found.likelihood
        likelihood, best = self.likelihood, found.best
        self.varied = Varied.of(likelihood)
        self.eps = np.asarray(likelihood.best_nuisances(best.values))
        self.linear = Linear.at(likelihood, likelihood.theory_model, best.values, self.eps)
        fitted = likelihood.predictions(best.values, fitted=True)
        origin = likelihood.origin
        assert origin is not None
        theory = (*inputs(origin.inputs.parameters), *references(origin)) if origin.draws else ()
        self.sources = (*theory, *measurements(likelihood.experiment, fitted))
        self.fitted = fitted

    def ranked(self, most: int, report: Progress) -> Impacts:
        """Sources by their largest impact."""
        names = self.found.names
        moved = self._moved([(source, source.axes) for source in self.sources])
        forces = [self._force(source, part) for source, part in zip(self.sources, moved, strict=True)]
        linear = [force @ self.linear.responses.T for force in forces]  # (axes, n)
        errors = np.where(
            self.linear.errors > 0, self.linear.errors, np.inf
        )  # nothing moves what nothing measures
        sizes = [np.linalg.norm(part, axis=0) for part in linear]
        order = [
            place
            for place in sorted(range(len(sizes)), key=lambda i: -float(np.max(sizes[i] / errors)))
            if np.max(sizes[place] / errors) > SLIGHT
        ]
        rows = []
        for number, place in enumerate(order):
            report(number, len(order))
            coordinates = self._coordinates(self.sources[place], moved[place])
            rows.append(self._row(place, linear[place], coordinates, again=number < most))
        kinds = dict.fromkeys(source.kind for source in self.sources)
        shares = {
            kind: np.sqrt(
                sum(size**2 for size, source in zip(sizes, self.sources, strict=True) if source.kind == kind)
            )
            for kind in kinds
        }
        return Impacts(
            names,
            tuple(rows),
            dict(zip(names, errors.tolist(), strict=True)),
            {kind: dict(zip(names, share.tolist(), strict=True)) for kind, share in shares.items()},
        )

    def _row(self, place: int, linear: Array, coordinates: Array | None, *, again: bool) -> Ranked:
        """A source along the direction in which it moves each parameter; that of a single number is its own."""
        source = self.sources[place]
        found = {}
        done: dict[bytes, tuple[Array | None, Array | None]] = {}
        for position, name in enumerate(self.found.names):
            slope = linear[:, position]
            size = float(np.linalg.norm(slope))
            alone = source.count == 1
            u = np.ones(1) if alone else slope / size if size > 0 else np.eye(source.count)[0]
            if again and u.tobytes() not in done:
                done[u.tobytes()] = self._again(source, source.axes @ u)
            up, down = done.get(u.tobytes(), (None, None))
            pull, constraint = (None, None) if coordinates is None else self._pull(u @ coordinates)
            found[name] = Impact(
                float(u @ slope),
                None if up is None else float(up[position]),
                None if down is None else float(down[position]),
                pull,
                constraint,
            )
        return Ranked(source.kind, source.name, source.members, found)

    def _again(self, source: Source, step: Array) -> tuple[Array | None, Array | None]:
        """The shifts of all parameters for a move by ``step`` and by its opposite."""
        ends = self._moved([(source, step[:, None])])[0]
        sides = []
        for side in (0, 1):
            best = refit(
                self.varied, self._variation(source, ends[side, 0]), (self.found.best,), self.found.size
            )
            sides.append(None if best is None else best.values - self.found.best.values)
        return sides[0], sides[1]

    def _variation(self, source: Source, moved: Array) -> Variation:
        still = self.varied.still
        if source.kind == "measurement":
            return still._replace(shifts=moved)
        return still._replace(parts=tuple(moved[..., place] for place in range(moved.shape[-1])))

    def _moved(self, steps: Sequence[tuple[Source, Array]]) -> list[Array]:
        """What each source is moved to along each step ``(numbers, steps)``, up and down, ``(2, steps, ...)``.

        Of measurements these are shifts of all measured numbers; of the rest coefficients ``(obs, M, 2)``, of all
        steps together in one evaluation of the rates.
        """
        theory = [(source, step) for source, step in steps if source.kind != "measurement"]
        found: Iterator[Array] = iter(self._coefficients(theory) if theory else ())
        parts: list[Array] = []
        for source, step in steps:
            if source.kind != "measurement":
                parts.append(next(found))
                continue
            shifts = np.zeros((step.shape[1], len(self.varied.places.owner)))
            if step.size:
                shifts[:, source.where] = step.T
            parts.append(np.stack([shifts, -shifts]))
        return parts

    def _coefficients(self, steps: Sequence[tuple[Source, Array]]) -> list[Array]:
        origin, chosen = self.likelihood.origin, self.likelihood.parametrisation
        assert origin is not None
        parameters = origin.inputs.parameters
        counts = [step.shape[1] for _, step in steps]
        total = sum(counts)
        values = np.repeat(np.asarray(parameters.central)[None, :], 2 * total, axis=0)
        quotes = {
            entry.name: np.repeat(np.asarray(entry.gaussian.central)[None, :], 2 * total, axis=0)
            for entry in origin.references
            if entry.gaussian is not None
        }
        start = 0
        for (source, step), count in zip(steps, counts, strict=True):
            into = values if source.kind == "input" else quotes[source.name.removeprefix("SM of ")]
            for side, offset in ((1.0, 0), (-1.0, total)):
                rows = np.arange(start + offset, start + offset + count)
                into[np.ix_(rows, source.where)] += side * step.T
            start += count
        par = dict(zip(parameters.names, np.ascontiguousarray(values.T), strict=True))
        made = origin.formulas(self.likelihood.experiment.observables, chosen, par, quotes)
        drawn = sampled(made, Affine.identity(made[0].central.basis))
        both = drawn.reshape(2, total, *drawn.shape[1:])
        return np.split(both, np.cumsum(counts)[:-1], axis=1)

    def _force(self, source: Source, moved: Array) -> Array:
        """The force on the observables of a move along each axis, ``(axes, obs)``."""
        if source.kind == "measurement":
            return self._pushed(moved[0])
        ends = [self._values(part) for part in moved]
        return -0.5 * (ends[0] - ends[1]) @ self.linear.curvature

    def _values(self, coefficients: Array) -> Array:
        """The observables at the best fit with nuisances there, of other coefficients ``(axes, obs, M, parts)``."""
        model = self.likelihood.theory_model
        m = monomials(self.likelihood.parametrisation.to_linear(self.found.best.values))
        modes = [self.eps @ (np.asarray(part) @ m) for part in model.part_modes]
        parts = [coefficients[..., place] @ m + moved for place, moved in enumerate(modes)]
        return np.asarray(read(parts, model.readouts))

    def _pushed(self, shifts: Array) -> Array:
        """Forces of shifts ``(axes, numbers)`` of measured numbers: half the change of the data's gradient."""
        size = 1e-3
        zero = np.zeros(len(self.varied.places.owner))
        return np.array(
            [0.5 * (self._gradient(zero) - self._gradient(size * s)) / size for s in shifts]
        ).reshape(len(shifts), len(self.fitted))

    def _gradient(self, shifts: Array) -> Array:
        variation = self.varied.still._replace(shifts=shifts)
        gradient, _ = VariedData(self.likelihood.experiment, self.varied.places, variation).curved(
            self.fitted
        )
        return np.asarray(gradient)

    def _coordinates(self, source: Source, moved: Array) -> Array | None:
        """The coordinates of a move along each axis among the theory modes, ``(axes, k)``; none of a measurement."""
        if source.kind == "measurement":
            return None
        model = self.likelihood.theory_model
        modes = np.stack(model.part_modes, axis=-1)
        flat = modes.reshape(len(modes), -1)
        spread = np.sqrt((flat**2).sum(axis=0))
        scale = np.where(spread > 0, spread, np.inf)
        directions = flat / scale
        half = 0.5 * (moved[0] - moved[1]).reshape(moved.shape[1], -1) / scale
        return np.asarray(half @ directions.T / (directions**2).sum(axis=1))

    def _pull(self, along: Array) -> tuple[float, float]:
        """The pull of a direction with these coordinates, and its error after the fit over the one before."""
        count = self.linear.parameters
        after = self.linear.covariance[count:, count:]
        left = 1.0 - along @ (np.eye(len(along)) - after) @ along
        return float(along @ self.eps), float(np.sqrt(max(left, 0.0)))
