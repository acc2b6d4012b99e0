r"""Lines of constant κ tested by toys: against the best κ, and for what they win over the Standard Model.

*Against the best κ*: :math:`q = \min_\delta\chi^2(\delta,\kappa_0) - \min_{\delta,\kappa}\chi^2`; p is the part of the
toys at the line's own best fit in which q is at least what was observed.

*Over the Standard Model*: :math:`q_0 = \chi^2(0) - \min_\delta\chi^2(\delta,\kappa_0)`. At δ = 0 there is no κ, so one
parameter counts and Wilks' theorem holds if the rates are linear in δ over its error. Toys of the Standard Model reach
p-values of one over their number; the significance is Wilks', and its uncertainty how far σ moves if p is changed by
the ratio of what toys and what Wilks' theorem find beyond :data:`CHECKED`. The largest q_0 of all lines of the same
toys says how many independent lines they are worth.

-2 log L is that of the fast mode for data and toys alike, tables as the Gaussians that toys need.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.progress import Progress
from nutau.common.tails import two_sided
from nutau.inference.fit.quality import significance
from nutau.inference.likelihood import Likelihood
from nutau.inference.toys import Refit, for_toys, identity, refit, throw
from nutau.inference.toys.tail import Tail
from nutau.inference.work import HERE, Arrays, Work

CHECKED = 3.84
"""q_0 beyond which toys of the SM are compared with Wilks' theorem: 5 % of them, so some hundred of a few thousand."""
AT_ONCE = 250
"""Toys of each hypothesis in one round; a round that is interrupted is lost, the others are kept."""
TINY = 1e-6
"""What rounding may take from a difference of two minima."""


@dataclass(frozen=True, eq=False)
class LineTest:
    """What is to be tested: a likelihood in (δ, κ), and lines by name with κ and their best δ."""

    likelihood: Likelihood
    size: Array
    kappa: Mapping[str, float]
    delta: Mapping[str, float]


@dataclass(frozen=True)
class Verdict:
    """One line: ``q`` and ``q0`` of the data, p against the best κ from toys, and the toys of the SM beyond q0.

    ``checked`` are the toys of the SM beyond :data:`CHECKED`; without toys (``None``) Wilks' theorem is all there is.
    """

    q: float
    q0: float
    against: Tail | None
    beyond: Tail | None
    checked: Tail | None

    @property
    def p_wilks(self) -> float:
        """p against the best κ by Wilks' theorem, for one parameter."""
        return significance(self.q, 1)[0]

    @property
    def against_sigmas(self) -> tuple[float, float]:
        """How far from the best κ, in σ, with the Monte-Carlo error."""
        sigmas = significance(self.q, 1)[1]
        return (sigmas, sigmas) if self.against is None else self.against.sigmas

    @property
    def sigmas(self) -> float:
        """The significance over the SM by Wilks' theorem, for one parameter."""
        return significance(self.q0, 1)[1]

    @property
    def error(self) -> float | None:
        """How far the significance moves if p changes as toys say at 5 %; ``None`` without toys."""
        if self.checked is None:
            return None
        p_value, sigmas = significance(self.q0, 1)
        expected = significance(CHECKED, 1)[0]
        parts = np.clip(self.checked.interval, 0.5 / self.checked.toys, 1.0)  # half a toy where there is none
        ends = [two_sided(min(p_value * float(part) / expected, 1.0)) for part in parts]
        return max(abs(end - sigmas) for end in ends)

    @property
    def over_sigmas(self) -> tuple[float, float]:
        """The significance over the SM with its uncertainty."""
        error = self.error or 0.0
        return self.sigmas - error, self.sigmas + error

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "against_best_kappa": {
                "q": self.q,
                "p_wilks": self.p_wilks,
                "toys": None if self.against is None else self.against.to_dict(),
            },
            "over_sm": {
                "q": self.q0,
                "p_wilks": significance(self.q0, 1)[0],
                "sigmas": self.sigmas,
                "sigmas_error": self.error,
                "toys": None if self.beyond is None else self.beyond.to_dict(),
                "toys_beyond_3.84": None if self.checked is None else self.checked.to_dict(),
            },
        }


@dataclass(frozen=True)
class Search:
    """All lines; toys of the SM in which some line wins as much as the best does in the data, or :data:`CHECKED`."""

    lines: Mapping[str, Verdict]
    best: Tail | None = None
    any_line: Tail | None = None

    @property
    def count(self) -> int:
        """How many lines were tried."""
        return len(self.lines)

    @property
    def largest(self) -> str:
        """The line with the largest significance over the SM."""
        return max(self.lines, key=lambda name: self.lines[name].q0)

    @property
    def farthest(self) -> str:
        """The line that fits worst beside the best κ."""
        return max(self.lines, key=lambda name: self.lines[name].q)

    @property
    def worth(self) -> tuple[float, float]:
        """How many lines the search is worth, from one to all of them.

        Of N independent ones a part :math:`f = 1 - 0.95^N` of the toys has one beyond :data:`CHECKED`; N of the
        68 % interval of f. Lines that are alike at 5 % differ more at higher significance.
        """
        if self.any_line is None:
            return 1.0, float(self.count)
        expected = significance(CHECKED, 1)[0]
        parts = (np.log1p(-min(end, 1.0 - 1e-12)) / np.log1p(-expected) for end in self.any_line.interval)
        low, high = (float(np.clip(part, 1.0, self.count)) for part in parts)
        return low, high

    @property
    def p_global(self) -> tuple[float, float]:
        """The chance, if the SM holds, that some line wins as much as the best does in the data: a range.

        From the lines that :attr:`worth` counts at least to all of them (Bonferroni), as they are less alike the
        higher the significance.
        """
        p_value = significance(self.lines[self.largest].q0, 1)[0]
        low = -float(np.expm1(self.worth[0] * np.log1p(-min(p_value, 1.0 - 1e-12))))
        return low, min(self.count * p_value, 1.0)

    @property
    def sigmas_global(self) -> tuple[float, float]:
        """The same in σ, the lower end first."""
        low, high = self.p_global
        return two_sided(high), two_sided(low)

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "lines_tried": self.count,
            "lines_worth": list(self.worth),
            "largest_over_sm": self.largest,
            "p_global": list(self.p_global),
            "sigmas_global": list(self.sigmas_global),
            "toys_of_the_sm": None if self.best is None else self.best.to_dict(),
            "farthest_from_best_kappa": self.farthest,
        }


Counted = dict[str, dict[int, Array]]


def judge(
    tests: Sequence[LineTest],
    toys: int,
    *,
    seed: int,
    work: Work = HERE,
    progress: Progress | None = None,
) -> list[Search]:
    """Test lines by ``toys`` toys of each line and of the SM; an interrupt keeps the rounds that are finished.

    A round of one hypothesis is a task of ``work``. With no toys all is by Wilks' theorem.
    """
    ready = [_Ready.of(test, toys, seed + place) for place, test in enumerate(tests)]
    counted: list[Counted] = [{} for _ in tests]
    rounds = list(_rounds(ready, toys))
    if not rounds:
        return [one.judged({}) for one in ready]
    made = work.done(
        _statistics,
        ready,
        rounds,
        request={"what": "lines", "tests": [_request(test, toys, seed) for test in tests]},
        numbers=_numbers(tests),
        progress=progress,
    )
    try:
        for number, arrays in made:
            place, name, start = rounds[number]
            counted[place].setdefault(name, {})[start] = arrays["q"]
    except KeyboardInterrupt:
        pass
    return [one.judged(found) for one, found in zip(ready, counted, strict=True)]


def _statistics(ready: Sequence[_Ready], task: tuple[int, str, int]) -> Arrays:
    """The statistics of one round of toys of one hypothesis."""
    place, name, start = task
    return {"q": ready[place].statistics(name, slice(start, start + AT_ONCE))}


def _request(test: LineTest, toys: int, seed: int) -> dict[str, Any]:
    """The names behind a test."""
    return {**identity.request(test.likelihood, toys, seed), "lines": dict(test.kappa)}


def _numbers(tests: Sequence[LineTest]) -> dict[str, Array]:
    """The numbers behind all tests: data and predictions at the best fit of each line."""
    return {
        f"{name} of test {place + 1}": array
        for place, test in enumerate(tests)
        for name, array in identity.numbers(test.likelihood, list(_truths(test).values())).items()
    }


SM = ""
"""The name of the Standard Model among lines."""


def _truths(test: LineTest) -> dict[str, Array]:
    """Of the SM and of every line where toys of it are thrown, ``(2,)``."""
    names = test.likelihood.parametrisation.names
    lines = {
        name: np.array([{"delta": test.delta[name], "kappa": kappa}[part] for part in names])
        for name, kappa in test.kappa.items()
    }
    return {SM: np.zeros(2), **lines}


def _rounds(ready: Sequence[_Ready], toys: int) -> Iterator[tuple[int, str, int]]:
    """Every hypothesis in turn, and where a part of its toys starts."""
    for start in range(0, toys, AT_ONCE):
        for place, one in enumerate(ready):
            for name in (*one.test.kappa, SM):
                yield place, name, start


@dataclass(frozen=True, eq=False)
class _Ready:
    """A test with its fits of toys; positions of δ and κ; q and q_0 of the data."""

    test: LineTest
    refit: Refit
    kappa: int
    thrown: Mapping[str, Array]

    @classmethod
    def of(cls, test: LineTest, toys: int, seed: int) -> _Ready:
        names, truths = test.likelihood.parametrisation.names, _truths(test)
        made = refit(for_toys(test.likelihood), test.size, list(truths.values()))
        thrown = {
            name: throw(made.likelihood, truth, toys, seed=seed) if toys else np.zeros((0, 0))
            for name, truth in truths.items()
        }
        return cls(test, made, names.index("kappa"), thrown)

    def held(self, name: str, data: Array) -> Array:
        """The lowest -2 log L on a line, ``(toys,)``."""
        return self.refit.lowest(data, {self.kappa: self.test.kappa[name]}).chi2

    def statistics(self, name: str, part: slice) -> Array:
        """q of toys on a line, ``(toys,)``; of toys of the SM q_0 of every line, ``(toys, lines)``."""
        data = self.thrown[name][part]
        if name == SM:
            sm = self.refit.at(np.zeros(2), data)
            return np.stack([sm - self.held(line, data) for line in self.test.kappa], axis=1)
        return self.held(name, data) - self.refit.lowest(data).chi2

    def judged(self, found: Counted) -> Search:
        """The data beside the toys."""
        data = np.asarray(self.refit.likelihood.experiment.central)[None, :]
        best, sm = float(self.refit.lowest(data).chi2[0]), float(self.refit.at(np.zeros(2), data)[0])
        toys = {
            name: np.concatenate([parts[start] for start in sorted(parts)]) for name, parts in found.items()
        }
        background = toys.get(SM)
        lines = {}
        for place, name in enumerate(self.test.kappa):
            lowest = float(self.held(name, data)[0])
            q, q0 = max(lowest - best, 0.0), max(sm - lowest, 0.0)
            of_line = None if background is None else background[:, place]
            lines[name] = Verdict(
                q,
                q0,
                against=_tail(toys.get(name), q),
                beyond=_tail(of_line, q0),
                checked=_tail(of_line, CHECKED),
            )
        if background is None:
            return Search(lines)
        most = background.max(axis=1)
        return Search(lines, _tail(most, max(line.q0 for line in lines.values())), _tail(most, CHECKED))


def _tail(values: Array | None, observed: float) -> Tail | None:
    if values is None:
        return None
    return Tail(int(np.count_nonzero(values >= observed - TINY)), len(values))
