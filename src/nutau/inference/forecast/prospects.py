"""Today's likelihood together with projections: what a forecast asks, for one set of parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from nutau.common.arrays import Array
from nutau.errors import InputError
from nutau.inference.forecast.hypotheses import Hypothesis
from nutau.inference.forecast.lowest import Lowest, lowest
from nutau.inference.forecast.projected import NAME, Compiled, Projected, placeholder, projected
from nutau.inference.forecast.reach import covariance
from nutau.inference.forecast.replaced import Left
from nutau.inference.likelihood import Likelihood, Parametrisation, likelihood
from nutau.inference.likelihood.experiment import Experiment, experiment
from nutau.inference.likelihood.scales import sizes
from nutau.inputs import Inputs
from nutau.measurements import DataSet, Measurement, Observable, Projection, restrict


@dataclass(frozen=True)
class Future:
    """What is projected, and how: one thing for all hypotheses of a forecast.

    Luminosities are of ``experiment``; those of the others are ``at``. ``correlation`` is what the systematic parts of
    two projections of one experiment have in common, ``theory`` multiplies all theory errors.
    """

    projections: tuple[Projection, ...]
    experiment: str = "Belle II"
    at: Mapping[str, float] = field(default_factory=dict)
    correlation: float = 0.0
    theory: float = 1.0

    @property
    def unit(self) -> str:
        """The unit of the luminosity of ``experiment``."""
        return next(
            (item.luminosity_unit for item in self.projections if item.experiment == self.experiment), ""
        )

    def luminosities(self, luminosity: float) -> list[float]:
        """The luminosity of each projection in its unit."""
        return [self.at.get(item.experiment, luminosity) for item in self.projections]


@dataclass(frozen=True, eq=False)
class How:
    """How likelihoods are made: inputs, theory draws and their seed, and the Standard Model of R(D) and R(D*)."""

    inputs: Inputs
    draws: int
    seed: int
    sm: str = "inputs"


@dataclass(frozen=True, eq=False)
class Prospects:
    """Likelihoods over one list of observables: ``today`` of all of today's data, ``joint`` with what is projected.

    ``kept`` is what stays of today's data beside the projections.
    The projected numbers are the last rows of ``joint``; ``where`` are their observables, ``standard`` ``(k,)`` their
    values in the Standard Model, ``size`` ``(n,)`` the sizes of the parameters.
    """

    future: Future
    today: Likelihood
    kept: Likelihood
    joint: Likelihood
    where: Array
    standard: Array
    size: Array

    @cached_property
    def _compiled(self) -> Compiled:
        return Compiled(self.joint)

    def values(self, predictions: Array) -> Array:
        """The projected numbers ``(..., k)`` of predictions ``(..., obs)``."""
        return np.asarray(predictions)[..., self.where]

    def centre(self, truth: Hypothesis) -> Array:
        """What the projections would find if ``truth`` holds, with the nuisances where today's data pull them."""
        return self.values(self.today.predictions(truth.values, fitted=True))

    def central(self, truth: Hypothesis) -> Array:
        """What the central inputs predict for the projections if ``truth`` holds, ``(k,)``."""
        return self.values(self.today.predictions(truth.values))

    def covariance(self, centre: Array, luminosity: float) -> Array:
        """The covariance ``(k, k)`` of the projected numbers if they are ``centre``."""
        future = self.future
        at = future.luminosities(luminosity)
        return covariance(
            future.projections,
            at,
            centre,
            self.standard,
            correlation=future.correlation,
            theory=future.theory,
        )

    def expected(self, centre: Array, luminosity: float) -> Projected:
        """The joint likelihood at a luminosity if the projected numbers are ``centre`` ``(k,)``."""
        return projected(self.joint, self._compiled, centre, self.covariance(centre, luminosity))

    def lowest(
        self, hypothesis: Hypothesis, centre: Array, luminosity: float, starts: Sequence[Array] = ()
    ) -> Lowest:
        """The lowest -2 log L of a hypothesis if the projected numbers are ``centre``."""
        return lowest(self.expected(centre, luminosity), hypothesis, self.size, starts)


def prospects(
    dataset: DataSet,
    parametrisation: Parametrisation,
    future: Future,
    stays: Left,
    how: How,
    *,
    all_data: bool = False,
    also: Sequence[Observable] = (),
    scale: float = 10.0,
) -> Prospects:
    """The prospects of a parametrisation; of ``also`` there are predictions beside what was measured.

    ``scale`` is a luminosity at which projections tell how large parameters are.

    Raises :class:`InputError` for unknown observables and where nothing depends on the parameters.
    """
    known = {entry.name for entry in dataset.measurements}
    further = tuple(entry for entry in stays.measurements if entry.name not in known)
    asked = tuple(replace(placeholder((item,)), name=f"{NAME}, {item.label}") for item in also)
    made = placeholder(tuple(item.observable for item in future.projections))
    every = replace(dataset, measurements=(*dataset.measurements, *further, *asked, made))
    base = _shrunk(
        likelihood(
            every,
            parametrisation,
            inputs=how.inputs,
            draws=how.draws,
            seed=how.seed,
            sm=how.sm,
            all_data=all_data,
        ),
        future.theory,
    )
    used = {entry.name: entry for entry in base.experiment.measurements}
    _check_used(used, (*asked, made), parametrisation)
    today = [used[entry.name] for entry in dataset.measurements if entry.name in used]
    items = base.experiment.observables
    kept = [within(entry, items) for entry in stays.measurements if entry.name in used]
    base = replace(base, doubts=tuple(text for text in base.doubts if NAME not in text))
    joint = replace(base, experiment=experiment([*kept, made], items), alternative=None)
    where = np.array([items.index(item.observable) for item in future.projections])
    found = Prospects(
        future,
        _of(base, today),
        replace(_of(base, kept), alternative=None),
        joint,
        where,
        np.asarray(base.without_new_physics.predictions(parametrisation.sm))[where],
        np.ones(len(parametrisation)),
    )
    return replace(found, size=sizes(found.expected(found.standard, scale)))


def _of(base: Likelihood, entries: Sequence[Measurement]) -> Likelihood:
    """The likelihood of some entries with the predictions of all."""
    items = base.experiment.observables
    found = experiment(entries, items) if entries else _nothing(items)
    other = None if base.alternative is None else _of(base.alternative, entries)
    return replace(base, experiment=found, alternative=other)


def _nothing(items: tuple[Observable, ...]) -> Experiment:
    """No data at all."""
    none = np.zeros(0)
    return Experiment(items, (), np.zeros(0, dtype=int), none, none, none, np.zeros((0, 0)))


def within(entry: Measurement, items: Sequence[Observable]) -> Measurement:
    """The rows of an entry whose observables are predicted."""
    kept = tuple(item for item in entry.observables if item in items)
    return entry if len(kept) == len(entry.observables) else restrict(entry, kept)


def _shrunk(made: Likelihood, scale: float) -> Likelihood:
    """The likelihood with all theory errors multiplied by ``scale``."""
    if scale == 1.0:
        return made
    model = made.theory_model
    smaller = model.with_parts(model.parts, [scale * np.asarray(modes) for modes in model.part_modes])
    other = None if made.alternative is None else _shrunk(made.alternative, scale)
    return replace(made, theory_model=smaller, alternative=other)


def _check_used(
    used: Mapping[str, Measurement], made: Sequence[Measurement], parametrisation: Parametrisation
) -> None:
    """Raise :class:`InputError` where nothing depends on the parameters: no luminosity would change anything."""
    for entry in made:
        if entry.name not in used:
            what = ", ".join(item.label for item in entry.observables)
            raise InputError(
                f"{what}: nothing that is {'projected' if entry.name == NAME else 'asked for'} here depends on "
                f"{', '.join(parametrisation.names)}, so no luminosity changes anything; name other projections "
                "(`projections`)."
            )
