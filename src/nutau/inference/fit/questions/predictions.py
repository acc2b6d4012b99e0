r"""Predictions of any observable from a fit: its value, errors of three kinds, and correlations.

The 68 and 95 % intervals are those of the observable as a parameter: every value that parameters and theory nuisances
reach within a rise of 1.00 or 3.84 of -2 log L, from every minimum, with the data that bind both
(:mod:`nutau.inference.fit.questions.reaching`). Two shares of it: *parameters*, with the nuisances held where the fit
has them, and *theory*, with the parameters held at the best fit. Neither is wider than the whole; they add in
quadrature only where parameters and nuisances are not correlated. Correlations between observables are those of the
linearised likelihood at the best fit; over a posterior they are those of the draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.given import several
from nutau.common.numbers import number
from nutau.common.progress import Progress
from nutau.common.rounding import fixed
from nutau.common.tables import html_table, text_table
from nutau.errors import InputError
from nutau.inference.expansion import TheoryModel
from nutau.inference.extension import extended
from nutau.inference.fit.pieces import pieces
from nutau.inference.fit.questions.asked import Asked, asked, drawn
from nutau.inference.fit.questions.linear import Linear
from nutau.inference.fit.questions.reaching import WIDTH, Piece, end, joined
from nutau.inference.fit.questions.varied import Varied, VariedObjective
from nutau.inference.fit.search import Minimum, conditional, minuit
from nutau.inference.likelihood import double_precision
from nutau.measurements import Observable

if TYPE_CHECKING:
    from nutau.inference.fit.result import FitResult

LEVELS = {"0.6827": 1.0, "0.95": 3.841458820694124}
"""Confidence levels and the rises of -2 log L of one number."""
NONE = 1e-4
"""A share below this part of the error is none: what the minimiser leaves."""
HEAD = ("prediction", "best fit, 68 %", "95 %", "parameters", "theory", "SM")


@dataclass(frozen=True, eq=False)
class FittedPrediction:
    """An observable at the best fit; ``pieces`` by level, 68 % errors ``(minus, plus)`` of parameters and theory.

    ``draws`` are its values over the posterior, ``(chains, samples)``, worth ``effective`` independent ones.
    """

    name: str
    q2: tuple[float, float] | None
    value: float
    pieces: dict[str, tuple[Piece, ...]]
    parameters: tuple[float | None, float | None]
    theory: tuple[float | None, float | None]
    sm: float
    sm_uncertainty: float
    unit: str = "1"
    note: str = ""
    draws: Array | None = None
    effective: float = 0.0

    @property
    def errors(self) -> tuple[float | None, float | None]:
        """The distances to the ends of the 68 % piece that holds the value: below and above."""
        for low, high in self.pieces["0.6827"]:
            if (low is None or low <= self.value) and (high is None or self.value <= high):
                return (
                    None if low is None else self.value - low,
                    None if high is None else high - self.value,
                )
        return 0.0, 0.0

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        minus, plus = self.errors
        found = {
            "observable": self.name,
            "q2": None if self.q2 is None else list(self.q2),
            "unit": self.unit,
            "value": self.value,
            "minus": minus,
            "plus": plus,
            "intervals": {level: [list(piece) for piece in parts] for level, parts in self.pieces.items()},
            "parameters": dict(zip(("minus", "plus"), self.parameters, strict=True)),
            "theory": dict(zip(("minus", "plus"), self.theory, strict=True)),
            "sm": {"value": self.sm, "uncertainty": self.sm_uncertainty},
            "note": self.note,
        }
        return found | ({} if self.draws is None else {"posterior": summary(self.draws, self.effective)})

    def over_posterior(self) -> str:
        """The pieces of highest density in words; empty without a posterior."""
        if self.draws is None:
            return ""
        shown = (
            f"{' or '.join(map(str, _densest(self.draws, level, self.effective)))} at {100 * float(level):g} %"
            for level in LEVELS
        )
        return ", ".join(shown)

    def row(self) -> tuple[str, ...]:
        """Cells of a table."""
        around = [piece for piece in self.pieces["0.6827"] if not _holds(piece, self.value)]
        first = " or ".join([_shown(self.value, self.errors), *map(_piece, around)])
        parts = (_error(self.parameters), _error(self.theory))
        spread = (self.sm - self.sm_uncertainty, self.sm + self.sm_uncertainty)
        sm = number(self.sm, self.sm_uncertainty, spread)
        return (self.name, first, " or ".join(map(_piece, self.pieces["0.95"])), *parts, sm)


def _holds(piece: Piece, value: float) -> bool:
    return (piece[0] is None or piece[0] <= value) and (piece[1] is None or value <= piece[1])


def _shown(value: float, errors: tuple[float | None, float | None]) -> str:
    minus, plus = errors
    if minus is None or plus is None:
        sides = ("open" if side is None else f"{side:.2g}" for side in (plus, minus))
        return "{:.4g} +{} −{}".format(value, *sides)
    return number(value, 0.5 * (minus + plus), (value - minus, value + plus))


def _error(errors: tuple[float | None, float | None]) -> str:
    minus, plus = ("open" if side is None else f"{side:.2g}" for side in errors)
    return f"±{plus}" if minus == plus else f"+{plus} −{minus}"


def _piece(piece: Piece) -> str:
    low, high = piece
    return f"[{'…' if low is None else f'{low:.4g}'}, {'…' if high is None else f'{high:.4g}'}]"


def summary(draws: Array, effective: float) -> dict[str, Any]:
    """Mean, standard deviation and pieces of highest density of draws that are worth ``effective`` independent ones."""
    return {
        "mean": float(draws.mean()),
        "sd": float(draws.std(ddof=1)),
        "pieces": {
            level: [piece.to_dict() for piece in _densest(draws, level, effective)] for level in LEVELS
        },
    }


def _densest(draws: Array, level: str, effective: float) -> tuple[Any, ...]:
    return pieces(draws, float(level), (-np.inf, np.inf), effective)


@dataclass(frozen=True, eq=False)
class FittedPredictions(Sequence[FittedPrediction]):
    """Predictions of one fit with the correlations of their errors at the best fit, ``(n, n)``."""

    rows: tuple[FittedPrediction, ...]
    correlation: Array

    key = "predictions"
    head = HEAD

    def __getitem__(self, key: Any) -> Any:
        """By position or name."""
        if not isinstance(key, str):
            return self.rows[key]
        for row in self.rows:
            if row.name == key:
                return row
        raise InputError(
            f"'{key}' is not among these predictions: {', '.join(row.name for row in self.rows)}."
        )

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def posterior_correlation(self) -> Array | None:
        """Over the draws of the posterior, if there is one."""
        draws = [row.draws.ravel() for row in self.rows if row.draws is not None]
        return np.atleast_2d(np.corrcoef(np.stack(draws))) if draws else None

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        found: dict[str, Any] = {
            "rows": [row.to_dict() for row in self.rows],
            "correlation": _listed(self.correlation),
        }
        over = self.posterior_correlation
        return found | ({} if over is None else {"posterior_correlation": _listed(over)})

    def table(self) -> list[tuple[str, ...]]:
        """A row an observable, as text."""
        return [row.row() for row in self.rows]

    def lines(self) -> list[str]:
        """The correlations, and what predictions leave out, in words."""
        names = [row.name for row in self.rows]
        pairs = [
            f"{names[i]}, {names[j]}: {fixed(float(self.correlation[i, j]), 2, signed=True)}"
            for i in range(len(names))
            for j in range(i)
        ]
        notes = [
            f"{row.name} over the posterior: {row.over_posterior()}"
            for row in self.rows
            if row.draws is not None
        ]
        notes += [f"{row.name}: {row.note}" for row in self.rows if row.note]
        return [*([f"correlations at the best fit: {'; '.join(pairs)}"] if pairs else []), *notes]

    def __str__(self) -> str:
        return "\n".join((text_table(HEAD, self.table()), *self.lines()))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return html_table(HEAD, self.table())


def _listed(matrix: Array) -> list[list[float | None]]:
    return [[float(value) if np.isfinite(value) else None for value in row] for row in matrix]


@double_precision
def predict(
    found: FitResult, observables: Sequence[str], *, q2: Any = None, progress: Progress | None = None
) -> FittedPredictions:
    """Predictions of ``observables`` from a fit; ``q2`` is the bin of those that take one.

    Raises :class:`InputError` for names that do not exist.
    """
    names = several("observables", observables)
    if not names:
        raise InputError("Name at least one observable to predict, for instance 'Rnunu(K)'.")
    items = asked(found.likelihood, names, q2)
    return _Predictor(found, items).predictions(progress)


def over_posterior(found: FitResult, observables: Sequence[Observable]) -> Array:
    """Observables over the draws of the posterior of a fit, theory errors included, ``(chains, samples, n)``."""
    return _drawn(found, *_extended(found, observables))


def _extended(found: FitResult, observables: Sequence[Observable]) -> tuple[TheoryModel, int]:
    """The theory of a fit with these observables behind the measured ones, and how many are measured."""
    likelihood = found.likelihood
    chosen, origin = likelihood.parametrisation, likelihood.origin
    assert origin is not None  # asked() refuses a likelihood without
    own = origin.formulas(likelihood.experiment.observables, chosen)
    return extended(likelihood.theory_model, own, origin.formulas(list(observables), chosen)), len(own)


def _drawn(found: FitResult, model: TheoryModel, measured: int) -> Array:
    """What stands behind the ``measured`` in a model, over the draws of the posterior."""
    posterior = found.posterior
    assert posterior is not None
    p = np.stack([posterior.draws[name] for name in posterior.names], axis=-1)
    inner = found.likelihood.parametrisation.to_linear(p.reshape(-1, p.shape[-1]))
    nuisances = posterior.nuisances.reshape(p.shape[0] * p.shape[1], -1)
    return drawn(model, inner, nuisances, measured).reshape(*p.shape[:2], -1)


class _Predictor:
    """A fit, the likelihood with the observables behind the measured ones, and what is compiled of it."""

    def __init__(self, found: FitResult, items: Sequence[Asked]) -> None:
        self.found, self.items = found, items
        model, self.measured = _extended(found, [item.observable for item in items])
        self.varied = Varied(found.likelihood, model)
        near = max(LEVELS.values())
        self.minima = [minimum for minimum in found.minima if minimum.chi2 - found.chi2 < near]
        self.nuisances = [self._nuisances(minimum) for minimum in self.minima]

    def _nuisances(self, minimum: Minimum) -> Array:
        likelihood = self.found.likelihood
        own = np.asarray(likelihood.best_nuisances(minimum.values))
        more = len(self.varied.model.numerator_modes) - len(own)
        return np.concatenate([own, np.zeros(more)])

    def predictions(self, progress: Progress | None) -> FittedPredictions:
        """All rows."""
        report = progress or (lambda done, total: None)
        values = [
            self._values(minimum, eps) for minimum, eps in zip(self.minima, self.nuisances, strict=True)
        ]
        by_parameters, by_theory = self._sizes()
        sigma = np.hypot(by_parameters, by_theory)
        sm, sm_error = self._sm()
        over = None if self.found.posterior is None else _drawn(self.found, self.varied.model, self.measured)
        rows = []
        for place, item in enumerate(self.items):
            report(place, len(self.items))
            rows.append(
                FittedPrediction(
                    item.name,
                    item.observable.q2,
                    float(values[0][place]),
                    self._pieces(place, values, sigma[place]),
                    self._distances(
                        self._parameters(place), values[0][place], by_parameters[place], sigma[place]
                    ),
                    self._distances(self._theory(place), values[0][place], by_theory[place], sigma[place]),
                    float(sm[place]),
                    float(sm_error[place]),
                    item.unit,
                    item.note,
                    None if over is None else over[..., place],
                    0.0 if self.found.posterior is None else self.found.posterior.poorest(),
                )
            )
        likelihood, best = self.found.likelihood, self.minima[0]
        linear = Linear.at(likelihood, self.varied.model, best.values, self.nuisances[0])
        return FittedPredictions(tuple(rows), linear.correlation)

    def _expanded(self, p: Array) -> Any:
        return self.varied.model.expanded(self.found.likelihood.parametrisation.to_linear(p))

    def _values(self, minimum: Minimum, eps: Array) -> Array:
        """The observables at a minimum, with the nuisances there."""
        if self.found.likelihood.mode == "fast":
            (_, extra), _ = self.varied.profiled(minimum.values, self.varied.still)
            return np.asarray(extra)
        return np.asarray(self._expanded(minimum.values)(eps))[self.measured :]

    def _sizes(self) -> tuple[Array, Array]:
        """Errors of the observables, for steps only: the scatter over the Hesse covariance, and the theory error."""
        best = self.minima[0]
        covariance = np.nan_to_num(best.covariance, posinf=0.0, neginf=0.0)
        sigma, vectors = np.linalg.eigh(covariance)
        root = vectors * np.sqrt(np.clip(sigma, 0.0, None))
        axes = np.concatenate([side * reach * root.T for side in (1.0, -1.0) for reach in (0.5, 1.0)])
        bounds = self.found.likelihood.parametrisation.bounds
        points = np.clip(best.values + np.concatenate([np.zeros((1, len(root))), axes]), *bounds.T)
        inner = self.found.likelihood.parametrisation.to_linear(points)
        value, error = self.varied.model.uncertainty(inner)
        moved = np.nan_to_num(value[:, self.measured :] - value[0, self.measured :])
        return np.sqrt((moved**2).sum(axis=0) / 2.0), np.nan_to_num(error[0, self.measured :])

    def _sm(self) -> tuple[Array, Array]:
        none = self.found.likelihood.without_new_physics.parametrisation
        value, error = self.varied.model.uncertainty(none.to_linear(none.sm))
        return np.asarray(value)[self.measured :], np.asarray(error)[self.measured :]

    def _pull(self, place: int, target: float, sigma: float) -> Any:
        """The variation that pulls one observable to a target."""
        targets, pulls = np.zeros(len(self.items)), np.zeros(len(self.items))
        targets[place], pulls[place] = target, 1.0 / (WIDTH * sigma) ** 2
        return self.varied.still._replace(targets=targets, pulls=pulls)

    def _pieces(self, place: int, values: Sequence[Array], sigma: float) -> dict[str, tuple[Piece, ...]]:
        """The intervals with everything free, the branches of all minima joined."""
        found = {}
        for level, height in LEVELS.items():
            parts: list[Piece] = []
            for minimum, value in zip(self.minima, values, strict=True):
                rise = minimum.chi2 - self.found.chi2
                if rise >= height:
                    continue
                ends = (
                    self._end(self._free(place, minimum, sigma), value[place], rise, sigma, side, height)
                    for side in (-1.0, 1.0)
                )
                low, high = ends
                parts.append((low, high))
            found[level] = joined(parts)
        return found

    def _end(
        self, reach: Any, value: float, rise: float, sigma: float, side: float, height: float
    ) -> float | None:
        still = 1e-12 * max(abs(value), 1e-300)
        return float(value) if sigma <= still else end(reach, float(value), rise, sigma, side, height)

    def _free(self, place: int, minimum: Minimum, sigma: float) -> Any:
        """Parameters and nuisances free: a target to what is reached from a minimum, each from where the last ended."""
        return self._minimised(place, minimum, sigma, self.varied.profiled, 0.0)

    def _parameters(self, place: int) -> Any:
        """The parameters free, the nuisances held at the best fit."""
        eps, best = self.nuisances[0], self.minima[0]
        (level, _), _ = self.varied.held(best.values, self.varied.still, eps)
        shift = best.chi2 - float(level)

        def held(p: Array, variation: Any) -> Any:
            return self.varied.held(p, variation, eps)

        return lambda sigma: self._minimised(place, best, sigma, held, shift)

    def _minimised(self, place: int, minimum: Minimum, sigma: float, function: Any, shift: float) -> Any:
        likelihood, start = self.found.likelihood, minimum.values

        def reach(target: float) -> tuple[float, float]:
            nonlocal start
            variation = self._pull(place, target, sigma)
            objective = VariedObjective(lambda p: function(p, variation), len(start))
            fit = minuit(likelihood, objective, start, self.found.size)
            fit.strategy = 0
            lowest, start = conditional(fit, start, minimum.errors, (), np.zeros(0))
            (_, extra), _ = function(start, variation)
            value = float(extra[place])
            pull = float(variation.pulls[place]) * (value - target) ** 2
            return value, lowest - pull + shift - self.found.chi2

        return reach

    def _theory(self, place: int) -> Any:
        """The nuisances free, the parameters held at the best fit."""
        best = self.minima[0]

        def with_width(sigma: float) -> Any:
            def reach(target: float) -> tuple[float, float]:
                variation = self._pull(place, target, sigma)
                (level, extra), _ = self.varied.profiled(best.values, variation)
                value = float(extra[place])
                pull = float(variation.pulls[place]) * (value - target) ** 2
                return value, float(level) - pull - self.found.chi2

            return reach

        return with_width

    def _distances(
        self, reach: Any, value: float, sigma: float, whole: float
    ) -> tuple[float | None, float | None]:
        """How far below and above the best fit 68 % of a share reach, of error ``sigma`` in ``whole``."""
        if sigma <= max(NONE * whole, 1e-12 * abs(value)):
            return 0.0, 0.0
        ends = (self._end(reach(sigma), value, 0.0, sigma, side, 1.0) for side in (-1.0, 1.0))
        low, high = (None if end is None else abs(float(end - value)) for end in ends)
        none = NONE * whole
        return (
            0.0 if low is not None and low < none else low,
            0.0 if high is not None and high < none else high,
        )
