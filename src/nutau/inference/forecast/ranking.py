r"""Which measurement next: what each would add to a fit, linearised at the best fit to today's data.

With the slopes :math:`A` of all observables by parameters and theory nuisances, and gradient g and half the curvature W
of the data's :math:`-2\log L` by observables, today's information is

.. math:: F=A^TWA+\tfrac12\sum_og_o\,\partial_p\partial_pO_o+\mathrm{diag}(0_p,1_\epsilon),

where the second term is what keeps parameters from where a limit alone holds a rate that is bent. A measurement of the
observable with slopes a and error σ that finds what the best fit predicts adds :math:`aa^T/\sigma^2`; today's results
that are part of it are taken out of W. They stay in g: only there the parameters are at their best, and a second
derivative means the same whatever they are called.
From the covariance of the parameters before, :math:`V_0`, and after, V, follow the expected errors, and what is learned
of all parameters together, :math:`\tfrac12\log_2\det V_0/\det V` bits.

Between the best fit and other values of the parameters the measurement is expected to add

.. math:: \Delta\chi^2 = (O - O')^2/(\sigma^2 + a_\epsilon^TC_\epsilon a_\epsilon)

to :math:`-2\log L` of the others, if the best fit is true: with the nuisances where today's data pull them in each
case, and their covariance C that is left there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nutau.common.arrays import Array
from nutau.common.progress import Progress
from nutau.errors import InputError
from nutau.inference.fit.search import minima
from nutau.inference.forecast.prospects import Future, How, Prospects, prospects, within
from nutau.inference.forecast.ranked import Ranked, Ranking
from nutau.inference.forecast.reach import uncertainty
from nutau.inference.forecast.replaced import Left, left
from nutau.inference.likelihood import Parametrisation, double_precision
from nutau.inference.likelihood.experiment import experiment
from nutau.measurements import DataSet, Measurement, Projection

FLAT = 1e-12
"""The smallest eigenvalue of an information, with ones on its diagonal, that is no rounding of zero."""


@dataclass(frozen=True, eq=False)
class Setting:
    """A fit at one point: slopes ``(obs, n + k)``, bends ``(obs, n, n)`` and values ``(obs,)``, nuisances pulled."""

    room: Prospects
    slopes: Array
    bends: Array
    predictions: Array

    @property
    def parameters(self) -> int:
        """How many."""
        return int(self.bends.shape[-1])

    def information(self, entries: Sequence[Measurement], more: Sequence[tuple[int, float]] = ()) -> Array:
        """Of parameters and nuisances, with some measurements and more numbers: positions of observables, errors."""
        count = self.parameters
        found = np.diag(np.r_[np.zeros(count), np.ones(self.slopes.shape[1] - count)])
        if entries:
            made = experiment(entries, self.room.today.experiment.observables)
            _, curvature = made.curved(self.predictions)
            found += 0.5 * self.slopes.T @ np.asarray(curvature) @ self.slopes
        gradient, _ = self.room.today.experiment.curved(self.predictions)
        found[:count, :count] += 0.5 * np.einsum("o,oab->ab", np.asarray(gradient), self.bends)
        for place, error in more:
            found += np.outer(self.slopes[place], self.slopes[place]) / error**2
        return found

    def theory(self, information: Array, place: int) -> float:
        """The theory variance of an observable that data leave, the parameters held."""
        own = self.slopes[place, self.parameters :]
        return float(own @ np.linalg.solve(information[self.parameters :, self.parameters :], own))


@double_precision
def ranked(
    dataset: DataSet,
    space: Parametrisation,
    future: Future,
    against: Array | None,
    how: How,
    luminosity: float,
    notes: Sequence[str] = (),
    progress: Progress | None = None,
) -> Ranking:
    """What every projection of ``future`` would add alone."""
    report = progress or (lambda done, total: None)
    stays = [left(dataset.measurements, (item,)).measurements for item in future.projections]
    parts = {entry.name: entry for each in stays for entry in each}
    room = prospects(dataset, space, future, Left(tuple(parts.values())), how, scale=luminosity)
    report(1, 3)
    if room.today.effective_parameters < len(space):
        raise InputError(
            f"Today's data determine {', '.join(space.names)} only in combination, so there are no errors to "
            "reduce: hold some of them (`fixed`), or take more data (`data`)."
        )
    best = minima(room.today, room.size)[0].values
    report(2, 3)
    made = rank(room, dataset, stays, best, against, luminosity)
    report(3, 3)
    return replace(made, notes=tuple(notes))


def rank(
    room: Prospects,
    dataset: DataSet,
    stays: Sequence[Sequence[Measurement]],
    best: Array,
    against: Array | None,
    luminosity: float,
) -> Ranking:
    """The same in a room, at the best fit ``(n,)``; ``stays`` is what each projection leaves of today's data."""
    names = room.today.parametrisation.names
    at = pulled(room)
    here = at(best)
    other = None if against is None else at(against)
    today = _covariance(here.information(_known(room, dataset.measurements)), here.parameters)
    if today is None:
        raise InputError(
            f"At the best fit to today's data {', '.join(names)} have no finite errors to reduce: a best value is at "
            "an edge or on a flat line. Hold some of them (`fixed`), or bound them (`ranges`)."
        )
    rows = [
        _row(here, other, today, item, kept, place, luminosity)
        for item, kept, place in zip(room.future.projections, stays, range(len(stays)), strict=True)
    ]
    return Ranking(
        parameters=names,
        data=dataset.name,
        luminosity=luminosity,
        unit=room.future.unit,
        values=best,
        errors=np.sqrt(np.diag(today)),
        against=against,
        rows=tuple(rows),
    )


def pulled(room: Prospects) -> Callable[[Array], Setting]:
    """The fit at parameters ``(n,)``, the nuisances where today's data pull them; compiled once for all points."""
    import jax
    import jax.numpy as jnp

    likelihood, count = room.today, len(room.today.parametrisation)

    def values(q: Array) -> Array:
        return likelihood.theory_model.expanded(likelihood.parametrisation.to_linear(q[:count]))(q[count:])

    def everything(p: Array) -> tuple[Array, Array, Array]:
        eps = likelihood.best_nuisances(p)
        both = jnp.concatenate([p, eps])
        bends = jax.jacfwd(jax.jacfwd(lambda p: values(jnp.concatenate([p, eps]))))(p)
        return jax.jacfwd(values)(both), bends, values(both)

    compiled = jax.jit(everything)
    return lambda p: Setting(room, *(np.asarray(part) for part in compiled(np.asarray(p, dtype=float))))


def _covariance(information: Array, parameters: int) -> Array | None:
    """Of the parameters; ``None`` where the information is not positive."""
    size = 1.0 / np.sqrt(np.maximum(np.diag(information), 1e-300))
    scaled = information * np.outer(size, size)
    if np.linalg.eigvalsh(scaled)[0] <= FLAT:
        return None
    inverse: Array = (np.linalg.inv(scaled) * np.outer(size, size))[:parameters, :parameters]
    return inverse


def _known(room: Prospects, entries: Sequence[Measurement]) -> list[Measurement]:
    """The measurements of which there are predictions, without their other rows."""
    items = room.today.experiment.observables
    used = {entry.name for entry in (*room.today.experiment.measurements, *room.kept.experiment.measurements)}
    return [within(entry, items) for entry in entries if entry.name in used]


def _row(
    here: Setting,
    other: Setting | None,
    today: Array,
    item: Projection,
    kept: Sequence[Measurement],
    number: int,
    luminosity: float,
) -> Ranked:
    room = here.room
    place, at = int(room.where[number]), room.future.luminosities(luminosity)[number]
    value, standard = float(here.predictions[place]), float(room.standard[number])
    error = float(uncertainty(item, np.asarray(at), value, standard))
    entries = _known(room, kept)
    after = _covariance(here.information(entries, [(place, error)]), here.parameters)
    apart = None
    if other is not None:
        variance = error**2 + other.theory(other.information(entries), place)
        apart = (value - float(other.predictions[place])) ** 2 / variance
    return Ranked(
        name=item.name,
        observable=item.observable.label,
        luminosity=at,
        unit=item.luminosity_unit,
        value=value,
        sm=standard,
        error=error,
        theory=float(np.sqrt(here.theory(here.information(entries), place))),
        errors=None if after is None else np.sqrt(np.diag(after)),
        information=None if after is None else bits(today, after),
        apart=apart,
        verified=item.verified,
    )


def bits(before: Array, after: Array) -> float:
    """What is learned of all parameters together; negative where today's results that it replaces knew more."""
    one, two = (float(np.linalg.slogdet(covariance)[1]) for covariance in (before, after))
    return 0.5 * (one - two) / float(np.log(2.0))


def check_order(by: str, parameters: Sequence[str], against: object) -> None:
    """Raise :class:`InputError` for an order that there is not."""
    if by == "apart" and against is None:
        raise InputError("`by=apart` ranks what tells two points apart: give the other one (`against`).")
    if by not in ("information", "apart", *parameters):
        raise InputError(f"`by={by}`: information, apart or a parameter is needed: {', '.join(parameters)}.")


def ordered(made: Ranking, by: str) -> Ranking:
    """By the information, by what tells the two points apart, or by the error of a parameter."""

    def key(row: Ranked) -> float:
        if by == "apart":
            return -(row.apart or 0.0)
        if by == "information":
            return np.inf if row.information is None else -row.information
        return np.inf if row.errors is None else float(row.errors[made.parameters.index(by)])

    return replace(made, rows=tuple(sorted(made.rows, key=key)), by=by)
