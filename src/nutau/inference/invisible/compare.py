"""``nutau.invisible``: hypotheses for an excess of K and nothing else, fitted mass by mass to the same data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array
from nutau.common.checked import checked
from nutau.common.given import several
from nutau.common.progress import Progress, portion
from nutau.common.ranges import interval, is_interval, numbers
from nutau.decays.invisible.hypotheses import HYPOTHESES, Hypothesis, hypothesis
from nutau.errors import InputError
from nutau.inference.invisible import predictions
from nutau.inference.invisible.predictions import KAON, MODES, SPECTRUM, Signal, Standard
from nutau.inference.invisible.profile import UNIT, Problem, positions
from nutau.inference.invisible.result import Curve, Explanation, Explanations
from nutau.inference.invisible.toys import Global, search
from nutau.inference.likelihood.experiment import Experiment, experiment
from nutau.inputs import Inputs, InputSet, load_inputs
from nutau.measurements import Measurement, load_dataset
from nutau.measurements.distributions import Reinterpretation
from nutau.measurements.likelihoods import spectrum_likelihood

DATA = "2026-belle2-shape"
MOST = 2000
"""Masses of a hypothesis at most."""
CLOSE = 0.97
"""Without masses given a scan ends at this fraction of the threshold: a coupling makes almost nothing beyond it."""


@dataclass(frozen=True, eq=False)
class Setting:
    """The data as two likelihoods, of the spectrum alone and of everything, with the Standard Model for both."""

    sm: Standard
    alone: Experiment
    together: Experiment
    orders: tuple[Array, Array]
    spectrum: Measurement

    @property
    def both(self) -> tuple[Experiment, Experiment]:
        """The spectrum alone, and everything."""
        return self.alone, self.together

    def problem(self, which: Experiment, new: Signal) -> Problem:
        """The strength of a signal with one of :attr:`both`."""
        return Problem(which, self.orders[self.both.index(which)], self.sm, new)


@checked
def invisible(
    mediators: str | Sequence[str] | None = None,
    masses: str | float | Sequence[float] | None = None,
    *,
    data: str = DATA,
    inputs: InputSet = "default",
    points: int = 21,
    particle_width: float = 0.0,
    chiral: bool = True,
    toys: int = 0,
    seed: int = 1,
    progress: Progress | None = None,
) -> Explanations:
    r"""Fit hypotheses for B⁺ → K⁺ and nothing seen to a measured spectrum, and to the other b → sνν̄ modes.

    ``mediators`` are names (vector, scalar, tensor, sterile, dark-scalars, dark-vectors, two-body, two-body-vector; all
    if ``None``). ``masses`` in GeV: one, several, ``"LOW:HIGH"`` with ``points`` of them, or ``"LOW:HIGH:POINTS"``;
    ``None`` is all that are open. ``particle_width`` (GeV) is that of one new particle. With ``chiral`` quarks both
    parities of the current have the same coupling, without only the one that B → K sees. ``toys`` are those of the
    global significance.

    At each mass :math:`-2\log L(s)` has its minimum in :math:`s=\mathcal B(B^+\to K^+\,\text{new})\ge0` with the theory
    errors at their best; Δχ² is the Standard Model's value minus it. Raises :class:`InputError` for a mass above
    threshold, a negative width, and data without the likelihood of a spectrum.

    >>> import nutau
    >>> found = nutau.invisible("two-body", 2.0)
    >>> round(float(found.rows[0].alone.better[0])) in range(8, 18)
    True
    """
    chosen = [hypothesis(name) for name in (several("mediators", mediators) if mediators else _all())]
    if toys < 0:
        raise InputError(f"`toys={toys}`: 0 (none) or a whole number is needed.")
    if not 2 <= points <= MOST:
        raise InputError(f"`points={points}`: 2 to {MOST} are needed.")
    used, width = load_inputs(inputs), particle_width
    plans = [(found, _masses(found, masses, points, width, used)) for found in chosen]
    setting = _setting(data, used)
    count, done = sum(len(grid) for _, grid in plans), 0
    step = portion(progress, 0, 80 if toys else 100)
    rows: list[Explanation] = []
    made: list[Signal] = []
    nulls: list[tuple[Array, float]] = []
    for found, grid in plans:
        news = [predictions.signal(setting.sm, found, float(mass), width, chiral) for mass in grid]
        nulls = nulls or [setting.problem(which, news[0]).best(held=0.0) for which in setting.both]
        rows.append(_row(setting, found, grid, news, nulls, _counted(step, done, count)))
        made += news
        done += len(grid)
    searched = _searched(setting, made, nulls[0][0], toys, seed, portion(progress, 80, 100)) if toys else None
    others = tuple(item.name for item in setting.together.measurements if item is not setting.spectrum)
    return Explanations(
        data,
        used.name,
        chiral,
        setting.spectrum.name,
        others,
        (nulls[0][1], nulls[1][1]),
        tuple(rows),
        searched,
    )


def _counted(step: Progress, before: int, count: int) -> Progress:
    """Progress of one hypothesis as that of all."""
    return lambda done, total: step(before + done, count)


def _all() -> tuple[str, ...]:
    return tuple(found.name for found in HYPOTHESES)


def _masses(found: Hypothesis, given: object, points: int, width: float, inputs: Inputs) -> Array:
    """The masses to try; each is refused here if it is none, or above threshold."""
    par = inputs.parameters.mapping()
    most = float(par[KAON.parent] - par[KAON.meson])
    if given is None:
        grid = np.linspace(0.0, CLOSE * most / found.heavy, points)
    elif isinstance(given, str):
        grid = _typed(given, points)
    else:
        grid = np.atleast_1d(np.asarray(given, dtype=float))
    if not 1 <= len(grid) <= MOST:
        raise InputError(f"{len(grid)} masses were given; 1 to {MOST} are needed.")
    for mass in grid:
        state = found.state(float(mass), width)
        if not sum(state.masses) < most:
            raise InputError(
                f"`masses={mass:.5g}` GeV is above the threshold of {found.name}, {most / found.heavy:.5g} GeV; give a "
                "lighter one."
            )
    return grid


def _typed(text: str, points: int) -> Array:
    given = f"`masses={text}`"
    if is_interval(text):
        return np.array(interval(text, given).points(points))
    return np.array(numbers(text, given, lambda part: _mass(part, given)))


def _mass(part: str, given: str) -> float:
    try:
        mass = float(part)
    except ValueError:
        mass = np.nan
    if not np.isfinite(mass):
        raise InputError(f"{given}: numbers of GeV are needed, as 2, 0.5,1,2 or 0:2.3.")
    return mass


def _setting(data: str, inputs: Inputs) -> Setting:
    dataset = load_dataset(data)
    spectra = [
        entry
        for entry in dataset.measurements
        if isinstance(entry.distribution, Reinterpretation)
        and all(item.name == SPECTRUM for item in entry.observables)
    ]
    if len(spectra) != 1:
        raise InputError(
            f"The data set {data} has {len(spectra) or 'no'} likelihood{'s' * (len(spectra) > 1)} of {SPECTRUM} (kind: "
            f"reinterpretation); one is needed, as in {DATA}."
        )
    (spectrum,) = spectra
    bins = spectrum.observables
    edges = np.array([bins[0].q2[0], *(item.q2[1] for item in bins if item.q2)])  # type: ignore[index]
    kept = [
        entry
        for entry in dataset.measurements
        if entry is spectrum or all(item.q2 is None and item.name in MODES for item in entry.observables)
    ]
    sm = predictions.standard(inputs, edges)
    alone, together = experiment([spectrum]), experiment(kept)
    return Setting(sm, alone, together, (positions(alone, sm, bins), positions(together, sm, bins)), spectrum)


def _row(
    setting: Setting,
    found: Hypothesis,
    grid: Array,
    news: Sequence[Signal],
    nulls: Sequence[tuple[Array, float]],
    step: Progress,
) -> Explanation:
    """All masses of a hypothesis, each fit from where the one before ended."""
    curves: list[Curve] = []
    fits: list[list[Array]] = []
    for which, (_, height) in zip(setting.both, nulls, strict=True):
        z, rows, points = None, [], []
        for number, new in enumerate(news):
            problem = setting.problem(which, new)
            z, value = problem.best(z)
            bend = problem.curved(z)[1]
            rows.append((height - value, UNIT * z[0], UNIT * np.sqrt(2.0 * np.linalg.inv(bend)[0, 0])))
            points.append(z)
            step((len(grid) * (which is setting.together) + number + 1) // 2, 0)
        curves.append(Curve(*np.array(rows).T))
        fits.append(points)
    best = int(np.argmax(curves[1].better))
    new, z = news[best], fits[1][best]
    problem = setting.problem(setting.together, new)
    strength = float(UNIT * z[0])
    values = setting.sm.values + strength * new.values
    return Explanation(
        found,
        grid,
        curves[0],
        curves[1],
        best,
        problem.interval(z, problem.height(z), 1.0),
        float(np.sqrt(strength / new.per_coupling)),
        dict(zip(setting.sm.modes, map(float, values[setting.sm.bins :]), strict=True)),
        new.longitudinal,
        new.unknown,
        problem,
        z,
    )


def _searched(
    setting: Setting, news: Sequence[Signal], null: Array, toys: int, seed: int, progress: Progress
) -> Global:
    problems = [setting.problem(setting.alone, new) for new in news]
    return search(problems, null, spectrum_likelihood(setting.spectrum), toys, seed, progress)
