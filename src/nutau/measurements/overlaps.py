"""Which results may not be counted together, and what to drop."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from nutau.errors import InputError, first_problems
from nutau.measurements.records import Measurement
from nutau.measurements.same_rate import both, rate


class Made(Protocol):
    """What a result replaces and which averages it is part of."""

    @property
    def supersedes(self) -> tuple[str, ...]:
        """Names of the results that it replaces."""

    @property
    def contained_in(self) -> tuple[str, ...]:
        """Names of the averages that it is part of."""


def overlaps(chosen: Sequence[Measurement], known: Mapping[str, Made]) -> list[str]:
    """One line for every pair of ``chosen`` that counts a result twice, saying what to drop; ten lines at most.

    ``known`` are all measurements by name, or what is to be known of them (:func:`~nutau.measurements.headlines`): an
    average and one of its inputs' predecessors overlap through a third.
    """
    every: dict[str, Made] = {**known, **{entry.name: entry for entry in chosen}}
    inputs: dict[str, list[str]] = {}
    for name, entry in every.items():
        for average in entry.contained_in:
            inputs.setdefault(average, []).append(name)
    inside = {entry.name: _constituents(entry.name, every, inputs) for entry in chosen}
    keys = [_keys(entry, inside[entry.name]) for entry in chosen]
    pairs = (_pair(chosen[i], chosen[j], inside) for i, j in sharing(keys))
    return first_problems(problem for problem in pairs if problem)


def sharing(keys: Sequence[Iterable[Hashable]]) -> Iterator[tuple[int, int]]:
    """The pairs ``i < j`` of positions that have a key in common, each once; no others are looked at."""
    holders: dict[Hashable, list[int]] = {}
    for position, own in enumerate(keys):
        for key in own:
            holders.setdefault(key, []).append(position)
    for i, own in enumerate(keys):
        met: set[int] = set()
        for key in own:
            for j in reversed(holders[key]):
                if j <= i:
                    break
                met.add(j)
        yield from ((i, j) for j in sorted(met))


def _keys(entry: Measurement, inside: frozenset[str]) -> set[Hashable]:
    """What two entries must have in common for :func:`_pair` to find anything."""
    data = {*inside, *entry.contained_in, *entry.instead_of}
    rates = {rate(item) for item in entry.observables}
    same = {(name, "samples", sample) for name in rates for sample in entry.samples}
    return {*data, *same, *((name, "source", entry.source) for name in rates)}


def refuse_overlaps(chosen: Sequence[Measurement], known: Mapping[str, Made], what: str) -> None:
    """Raise :class:`InputError`, opening with ``what``, if anything would be counted twice."""
    problems = overlaps(chosen, known)
    if problems:
        raise InputError(f"{what}:\n" + "\n".join(f"  {problem}" for problem in problems))


def _constituents(
    name: str, every: Mapping[str, Made], inputs: Mapping[str, Sequence[str]]
) -> frozenset[str]:
    """``name`` and all results whose data it uses: those it supersedes or averages (``inputs``), and theirs."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current in found:
            continue
        found.add(current)
        waiting += inputs.get(current, ())
        waiting += every[current].supersedes if current in every else ()
    return frozenset(found)


def _pair(first: Measurement, second: Measurement, inside: Mapping[str, frozenset[str]]) -> str | None:
    if first.name == second.name:
        return f"{first.name} is listed twice: drop one."
    for old, new in ((first, second), (second, first)):
        if old.name in new.supersedes:
            return f"{old.name} is superseded by {new.name}: drop {old.name}."
        if new.name in old.contained_in:
            return f"{old.name} is already averaged into {new.name}: drop one (the inputs or their average)."
        if old.name in inside[new.name]:
            return f"{new.name} already uses the data of {old.name}: drop {old.name}."
        if old.name in new.instead_of:
            return f"{new.name} stands instead of {old.name}, not with it: drop one of the two."
    common = sorted(inside[first.name] & inside[second.name])
    if common:
        return f"{first.name} and {second.name} both contain {', '.join(common)}: drop one of the two."
    return _same_data(first, second)


def _same_data(first: Measurement, second: Measurement) -> str | None:
    shared = both(first.observables, second.observables)
    if not shared:
        return None
    samples = sorted(set(first.samples) & set(second.samples))
    same_paper = first.source == second.source and not (first.samples and second.samples)
    if not samples and not same_paper:
        return None
    data = f"the same data ({', '.join(samples)})" if samples else f"the same source ({first.source})"
    return (
        f"{first.name} and {second.name} both measure {', '.join(shared)} from {data}: drop one of the two."
    )
