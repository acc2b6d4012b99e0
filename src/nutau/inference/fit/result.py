"""What a fit found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.columns import Columns
from nutau.common.progress import Progress
from nutau.common.rounding import fixed
from nutau.common.tables import html_table, text_table
from nutau.errors import InputError, unknown
from nutau.inference.fit import beyond, ends
from nutau.inference.fit.beside import Beside, Standard
from nutau.inference.fit.calibration import TOYS
from nutau.inference.fit.curves import windows
from nutau.inference.fit.flat import Flat, alike, flat_directions
from nutau.inference.fit.goodness import Goodness, goodness_of_fit
from nutau.inference.fit.goodness_toys import ToyGoodness, by_toys
from nutau.inference.fit.intervals import Interval
from nutau.inference.fit.methods import Method, with_method
from nutau.inference.fit.posterior import Posterior
from nutau.inference.fit.profiles import Contour, Profile, box, contour, profile
from nutau.inference.fit.quality import Comparison, Pull, by_wilks, warnings
from nutau.inference.fit.questions.asking import Answer, Asking
from nutau.inference.fit.sampling import sampled
from nutau.inference.fit.search import Minimum, at_edge
from nutau.inference.likelihood import Likelihood, ModeDifference
from nutau.inference.work import Cluster, working
from nutau.inputs import load_inputs
from nutau.observables.invisible import NAME as INVISIBLE
from nutau.observables.perturbativity import too_large

SCHEMA = "nutau/fit/1"
HEAD = ("parameter", "68 %", "95 %")
SHOWN = 9.0
"""Height of a profile without given values: 3 σ."""


@dataclass(frozen=True, eq=False)
class FitResult(Columns, Asking):
    """The best fit, its intervals and every other minimum; profiles, contours, toys and a posterior on request.

    ``standard`` is the Standard Model that the fit rests on, where the data set quotes another one; ``beside`` what the
    fit says with that. ``answers`` are what was asked of it, for the JSON document.
    """

    likelihood: Likelihood
    size: Array
    minima: tuple[Minimum, ...]
    intervals: tuple[Interval, ...]
    p_value: float | None
    comparison: Comparison
    pulls: tuple[Pull, ...]
    modes: ModeDifference
    contours: tuple[Contour, ...] = ()
    posterior: Posterior | None = None
    standard: Standard | None = None
    beside: Beside | None = None
    method: Method | None = None
    toys: ToyGoodness | None = None
    answers: tuple[Answer, ...] = ()

    def columns(self) -> dict[str, list[Any]]:
        """One line a measured number, as :attr:`pulls` has them; for DataFrames and files."""
        rows = [pull.to_dict() for pull in self.pulls]
        made: dict[str, list[Any]] = {name: [row[name] for row in rows] for name in rows[0] if name != "q2"}
        for end, side in enumerate(("low", "high")):
            made[f"q2_{side}"] = [None if row["q2"] is None else row["q2"][end] for row in rows]
        return made

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters."""
        return self.likelihood.parametrisation.names

    @property
    def best(self) -> Minimum:
        """The lowest minimum."""
        return self.minima[0]

    @property
    def at_edge(self) -> tuple[str, ...]:
        """The parameters whose best value is at an end of their range."""
        return at_edge(self.likelihood, self.best.values, self.size)

    def _edge(self, name: str) -> str:
        low, high = self.likelihood.parametrisation.bounds[self._position(name)]
        if name == INVISIBLE and low == 0.0 and self[name].value < high:
            return f"the best {name} is 0: the data ask for none of the new state"
        wider = "a wider one (`ranges`) may fit better"
        return f"the best {name} is at the edge of its range, {low:g} to {high:g}; {wider}"

    @property
    def chi2(self) -> float:
        """-2 log L at the best fit."""
        return self.best.chi2

    @property
    def dof(self) -> int:
        """Measured numbers minus parameters; limits are no measured numbers."""
        return self.likelihood.dof

    @cached_property
    def goodness(self) -> Goodness:
        """How well the best fit and the SM describe the data, together and sector by sector."""
        return goodness_of_fit(self.likelihood, self.best.values, self.chi2, self.comparison.sm_chi2)

    @property
    def correlation(self) -> Array:
        """Hesse correlation at the best fit, ``(n, n)``."""
        width = np.sqrt(np.diag(self.best.covariance))
        return self.best.covariance / np.outer(width, width)

    def __getitem__(self, name: str) -> Interval:
        """The interval of a parameter."""
        return self.intervals[self._position(name)]

    def _position(self, name: str) -> int:
        if name not in self.names:
            raise unknown("parameter of this fit", name, self.names)
        return self.names.index(name)

    def profile(
        self, name: str, values: Array | None = None, *, points: int = 60, progress: Progress | None = None
    ) -> Profile:
        """The profile of a parameter, at ``values`` or over its 3 σ range, which may have several parts.

        Over that range only minima within it are followed: the profile is exact up to its 9, and may lie higher above.
        """
        position, followed = self._position(name), self.minima
        if values is None:
            followed = tuple(minimum for minimum in self.minima if minimum.chi2 - self.chi2 < SHOWN)
            parts = windows(self.likelihood, followed, self.size, position, SHOWN)
            share, rest = divmod(points, len(parts))
            values = np.concatenate(
                [np.linspace(*ends, share + (part < rest)) for part, ends in enumerate(parts)]
            )
        return profile(self.likelihood, followed, self.size, position, values, progress)

    def contour(
        self,
        x: str,
        y: str,
        *,
        points: int = 100,
        ranges: tuple[tuple[float, float], tuple[float, float]] | None = None,
        level: float = 0.9973,
        progress: Progress | None = None,
    ) -> Contour:
        """Δ(-2 log L) over two parameters, the others profiled, on a grid or on ``ranges``.

        The grid holds the region of ``level`` around the best fit with the minima near it. Minima further away than
        that region is wide are left out, as it would be too small to see beside them; the summary names them.
        """
        if x == y:
            raise InputError(f"A contour needs two different parameters; {x} is given twice.")
        pair, followed = (self._position(x), self._position(y)), self.minima
        if ranges is None:
            followed, ranges = self._near(pair, Contour.height(level))
        axes = [np.linspace(low, high, points) for low, high in ranges]
        return contour(self.likelihood, followed, self.size, pair, axes[0], axes[1], progress)

    def _near(
        self, pair: tuple[int, int], height: float
    ) -> tuple[tuple[Minimum, ...], tuple[tuple[float, float], tuple[float, float]]]:
        """The minima in and beside the region around the best fit, and a box that holds it."""
        followed = self.minima[:1]
        while True:
            first, second = box(self.likelihood, followed, self.size, pair, height)
            reach = [(2 * low - high, 2 * high - low) for low, high in (first, second)]
            wider = tuple(minimum for minimum in self.minima if _within(minimum, pair, reach))
            if len(wider) <= len(followed):
                return followed, (first, second)
            followed = wider

    def with_contours(
        self, pairs: Sequence[tuple[str, str]], *, points: int = 100, progress: Progress | None = None
    ) -> FitResult:
        """The same with the contours of some pairs of parameters."""
        made = tuple(self.contour(x, y, points=points, progress=progress) for x, y in pairs)
        return replace(self, contours=(*self.contours, *made))

    def sampled(self, **options: Any) -> FitResult:
        """The same with a posterior; ``options`` as :func:`nutau.inference.fit.sampling.sampled` takes them."""
        return replace(self, posterior=sampled(self.likelihood, self.minima, self.size, **options))

    def by_method(
        self,
        method: str,
        *,
        toys: int = TOYS,
        seed: int = 1,
        cluster: Cluster = None,
        folder: str | Path | None = None,
        progress: Progress | None = None,
    ) -> FitResult:
        """The same by ``wilks``, ``fc``, ``cls`` or ``bayes``: :func:`nutau.inference.fit.methods.with_method`.

        Toys are thrown by the workers of a ``cluster`` and kept in a ``folder``, if there are such
        (:func:`nutau.inference.work.working`).
        """
        with working(cluster, folder) as work:
            return with_method(self, method, toys=toys, seed=seed, work=work, progress=progress)

    def with_toys(
        self,
        toys: int = 1000,
        *,
        seed: int = 1,
        cluster: Cluster = None,
        folder: str | Path | None = None,
        progress: Progress | None = None,
    ) -> FitResult:
        """The same with p by toys, see :func:`nutau.inference.fit.goodness_toys.by_toys`.

        ``cluster`` and ``folder`` as for :meth:`by_method`.
        """
        best = self.best.values
        with working(cluster, folder) as work:
            made = by_toys(
                self.likelihood, self.size, best, toys=toys, seed=seed, work=work, progress=progress
            )
        return replace(self, toys=made)

    def to_dict(self) -> dict[str, Any]:
        """The JSON document that ``nutau fit`` prints."""
        document: dict[str, Any] = {
            "schema": SCHEMA,
            "data": self.likelihood.data,
            "data_set": None if self.likelihood.ages is None else self.likelihood.ages.to_dict(),
            "inputs": self.likelihood.inputs,
            "mode": self.likelihood.mode,
            "best_fit": {
                name: part.to_dict() | ends.document(part)
                for name, part in zip(self.names, self.intervals, strict=True)
            },
            "effective_parameters": self.likelihood.effective_parameters,
            "flat_directions": [found.to_dict() for found in self.flat],
            "fixed": dict(self.likelihood.parametrisation.fixed),
            **beyond.document(self.likelihood, self._coupling),
            "correlation": self.correlation.tolist(),
            "chi2": self.chi2,
            "dof": self.dof,
            "p_value": self.p_value,
            "goodness": {
                **self.goodness.to_dict(),
                "toys": None if self.toys is None else self.toys.to_dict(),
            },
            "sm": self.comparison.to_dict(),
            "standard_model": None if self.standard is None else asdict(self.standard),
            "beside": None if self.beside is None else self.beside.to_dict(),
            "at_edge": list(self.at_edge),
            "minima": [self._minimum(minimum) for minimum in self.minima],
            "pulls": [pull.to_dict() for pull in self.pulls],
            "chi2_by_measurement": self.by_measurement(),
            "fast_minus_full": self.modes.to_dict(),
            "theory_nuisances": self.likelihood.nuisances,
            "unaffected": list(self.likelihood.unaffected),
            "unpredicted": list(self.likelihood.unpredicted),
            "untested": list(self.likelihood.untested),
            "doubts": list(self.likelihood.doubts),
            "warnings": list(self.warnings),
        }
        if self.method is not None:
            document["method"] = self.method.to_dict(self.names)
        if self.contours:
            document["contours"] = [found.to_dict() for found in self.contours]
        if self.posterior is not None:
            document["posterior"] = self.posterior.to_dict()
        return document | {answer.key: answer.to_dict() for answer in self.answers}

    def by_measurement(self) -> dict[str, float]:
        """The experimental part of -2 log L of each measurement at the best fit."""
        return self.likelihood.experiment.by_measurement(
            self.likelihood.predictions(self.best.values, fitted=True)
        )

    def _minimum(self, minimum: Minimum) -> dict[str, Any]:
        return {
            "values": dict(zip(self.names, minimum.values.tolist(), strict=True)),
            "errors": dict(zip(self.names, minimum.errors.tolist(), strict=True)),
            "chi2": minimum.chi2,
            "delta_chi2": self.above(minimum),
            "at_bound": minimum.at_bound,
            "mirrors": self.mirrors(minimum),
        }

    def above(self, minimum: Minimum) -> float:
        """Δ(-2 log L) of a minimum from the best; zero where it is lower by no more than a tie allows."""
        return max(minimum.chi2 - self.chi2, 0.0)

    def mirrors(self, minimum: Minimum) -> list[str]:
        """Parameters whose signs alone tell a minimum from the best one: an ambiguity, not another solution."""
        same = np.abs(np.abs(minimum.values) - np.abs(self.best.values)) < 0.5 * self.best.errors
        flipped = minimum.values * self.best.values < 0
        if minimum is self.best or not same.all() or minimum.chi2 - self.chi2 > 0.01:
            return []
        return [name for name, turned in zip(self.names, flipped, strict=True) if turned]

    def _joined(self, minimum: Minimum) -> bool:
        """Whether a minimum lies in the valley of the best one: the data do not tell their predictions apart."""
        return bool(self.flat) and alike(self.likelihood, self.best.values, minimum.values)

    @cached_property
    def flat(self) -> tuple[Flat, ...]:
        """Directions at the best fit in which the data see nothing."""
        return flat_directions(self.likelihood, self.best.values)

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What makes the best fit meaningless: data that nothing describes, coefficients beyond 4π/v², such rates."""
        par = load_inputs().parameters.mapping()
        found = self.likelihood.parametrisation.wilson(self.best.values, par)
        return (
            *warnings(self.likelihood, self.best.values, self.chi2, self.p_value),
            *too_large(found, par),
            *map(str, self.flat),
            *ends.notes(self.names, self.intervals),
        )

    def table(self) -> list[tuple[str, str, str]]:
        """(parameter, 68 %: the best value with its errors and other pieces, 95 % pieces) as text."""
        parts = zip(self.names, self.intervals, strict=True)
        return [ends.row(name, part, at_bound=name in self.at_edge) for name, part in parts]

    def summary(self) -> list[str]:
        """Lines on quality, comparison and minima."""
        c, lines = self.comparison, beyond.lines(self.likelihood, self._coupling)
        lines += [*self.goodness.lines(), *(self.toys.lines() if self.toys else ())]
        lines.append(
            f"SM: χ² = {fixed(c.sm_chi2, 2)}; Δχ² = {fixed(c.delta_chi2, 2)} for {self._counted()}, {c.sigmas:.1f} σ "
            f"{by_wilks(self.names)}; AIC {fixed(c.aic, 1)} against {fixed(c.sm_aic, 1)}"
        )
        lines += self._standards()
        lines += [] if self.method is None else self.method.lines(self.names)
        if not self.likelihood.nuisances:
            lines.append(
                "no theory errors (`draws=0`): χ², p and the intervals know experimental errors alone"
            )
        lines += [*self.warnings, *(self._edge(name) for name in self.at_edge)]
        for minimum in self.minima[1:]:
            where = ", ".join(f"{n} = {v:.4g}" for n, v in zip(self.names, minimum.values, strict=True))
            signs = self.mirrors(minimum)
            why = f" (the same with {', '.join(signs)} reversed)" if signs else ""
            why += " (at the edge of its range)" if minimum.at_bound else ""
            why += " (on the flat direction)" if not why and self._joined(minimum) else ""
            lines.append(f"another minimum at {where}: Δχ² = {fixed(self.above(minimum), 2)}{why}")
        lines.append(
            f"fast minus full mode: {fixed(self.modes.at_best, 3, signed=True)} at the best fit, at most "
            f"{self.modes.largest:.3f} in Δχ² around it"
        )
        lines += [
            f"contour of {', '.join(found.parameters)}: -2 log L is no number at {found.undefined} of "
            f"{found.delta_chi2.size} points, which count as excluded"
            for found in self.contours
            if found.undefined
        ]
        for note in dict.fromkeys(pull.note for pull in self.pulls if pull.note):
            about = dict.fromkeys(pull.observable for pull in self.pulls if pull.note == note)
            lines.append(f"{', '.join(about)}: {note}")
        lines += [
            f"contour of {', '.join(found.parameters)}: {found.calibration}"
            for found in self.contours
            if found.calibration is not None
        ]
        lines += [self._outside(found) for found in self.contours if self._outside(found)]
        for names, why in (
            (self.likelihood.unaffected, "does not depend on the parameters"),
            (self.likelihood.unpredicted, "no prediction"),
            (
                self.likelihood.untested,
                "; ".join(f"{part.what}, not computed" for part in self.likelihood.parametrisation.missing),
            ),
        ):
            if names:
                lines.append(f"left out ({why}): {', '.join(names)}")
        return lines + ([] if self.likelihood.ages is None else [str(self.likelihood.ages)])

    @property
    def _coupling(self) -> Interval | None:
        """The interval of the coupling of an invisible state, if that is fitted."""
        return self[INVISIBLE] if INVISIBLE in self.names else None

    def _counted(self) -> str:
        """How many parameters count, and of how many."""
        free, seen = len(self.names), self.likelihood.effective_parameters
        return f"{seen}" if seen == free else f"{free} parameters, {seen} that the data see"

    def _standards(self) -> list[str]:
        """Which Standard Model the numbers rest on, and what they are with the other one."""
        if self.standard is None or self.beside is None:
            return []
        other = self.beside.standard
        return [
            f"these numbers rest on {self.standard.whose}: {self.standard}",
            f"with {other.whose}, {other}: {self.beside}",
        ]

    def _outside(self, found: Contour) -> str:
        """Which minima of the outermost region a contour does not show."""
        pair = [self._position(name) for name in found.parameters]
        frame = [(axis[0], axis[-1]) for axis in (found.x, found.y)]
        left = [
            ", ".join(f"{n} = {minimum.values[p]:.4g}" for n, p in zip(found.parameters, pair, strict=True))
            for minimum in self.minima
            if self.above(minimum) < Contour.height(0.9973) and not _within(minimum, pair, frame)
        ]
        if not left:
            return ""
        return (
            f"contour of {', '.join(found.parameters)}: outside it lie the minima at {'; '.join(left)}; a fit with "
            "`ranges` around one shows it"
        )

    def __str__(self) -> str:
        return "\n".join((text_table(HEAD, self.table()), *self.summary(), *self.likelihood.doubts))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        notes = "<br>".join(escape(line) for line in (*self.summary(), *self.likelihood.doubts))
        return f"{html_table(HEAD, self.table())}<p>{notes}</p>"


def _within(minimum: Minimum, pair: Sequence[int], frame: Sequence[tuple[float, float]]) -> bool:
    return all(low <= minimum.values[p] <= high for p, (low, high) in zip(pair, frame, strict=True))
