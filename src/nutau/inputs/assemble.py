"""All parameters of an input set in one covariance: files, form-factor blocks, a user's changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from nutau.common.arrays import Array
from nutau.common.yaml_files import find, read_yaml, validate
from nutau.errors import InputError, first_problems, unknown
from nutau.inputs.files import Change, Correlation, Number, ParameterFile, check_positive, symmetric
from nutau.inputs.parameters import Parameters

Given = str | Path


@dataclass(frozen=True)
class Recipe:
    """An input set with its chain of ``extends`` followed: what to read and what to change.

    ``changes`` are (file, parameter, change), ``correlations`` (file, correlation). ``own`` are the channels whose form
    factors a user's file chose.
    """

    description: str = ""
    parameter_files: tuple[str, ...] = ()
    form_factors: Mapping[str, Given] = field(default_factory=dict)
    changes: tuple[tuple[str, str, Change], ...] = ()
    correlations: tuple[tuple[str, Correlation], ...] = ()
    compat: str | list[str] | dict[str, bool] = "none"
    compat_from: str = ""
    own: frozenset[str] = frozenset()
    long_distance: str = "polynomial"


@dataclass(frozen=True)
class Block:
    """Parameters that are correlated among themselves only."""

    names: tuple[str, ...]
    central: Array
    covariance: Array
    group: str
    source: str


def assemble(recipe: Recipe, blocks: list[Block], skip: tuple[str, ...] = ()) -> Parameters:
    """All parameters in one covariance, the recipe's changes applied; all unknown names in one error.

    Unknown parameters of the channels ``skip``, whose form factors were not found, are no further error.
    """
    numbers, correlations = read_numbers(recipe)
    names = [*numbers, *(name for block in blocks for name in block.names)]
    position = {name: i for i, name in enumerate(names)}
    central = np.concatenate([[number.value for number in numbers.values()], *(b.central for b in blocks)])
    groups = [*(n.group for n in numbers.values()), *(b.group for b in blocks for _ in b.names)]
    sources = [*(n.source for n in numbers.values()), *(b.source for b in blocks for _ in b.names)]
    error = np.concatenate(
        [[n.uncertainty for n in numbers.values()], *(np.sqrt(np.diag(b.covariance)) for b in blocks)]
    )
    correlation = np.eye(len(names))
    for block in blocks:
        at = [position[name] for name in block.names]
        scale = np.where(error[at] > 0.0, error[at], 1.0)
        correlation[np.ix_(at, at)] = block.covariance / np.outer(scale, scale)
    problems = _apply_changes(recipe, position, central, error, groups, sources)
    for where, entry in (*correlations, *recipe.correlations):
        problems += _correlate(where, entry, position, correlation)
    problems = [text for text in problems if not any(f"'{channel} " in text for channel in skip)]
    if problems:
        raise InputError("\n".join(first_problems(problems)))
    covariance = correlation * np.outer(error, error)
    touched = names if recipe.correlations else list(numbers)
    check_positive(touched, covariance[: len(touched), : len(touched)], "the parameters")
    return Parameters(tuple(names), central, covariance, tuple(groups), tuple(sources))


def _apply_changes(
    recipe: Recipe,
    position: Mapping[str, int],
    central: Array,
    error: Array,
    groups: list[str],
    sources: list[str],
) -> list[str]:
    """Change values, errors, groups and sources in place; correlations stay. Returns the problems."""
    strangers = ((where, name) for where, name, _ in recipe.changes if name not in position)
    problems = first_problems(
        str(unknown("parameter", name, position, f"input set {where}")) for where, name in strangers
    )
    for where, name, change in recipe.changes:
        if name not in position:
            continue
        i = position[name]
        if change.value is not None and not _physical(name, change.value):
            rule = "between 0 and 1" if name in CKM_MODULI else "positive"
            problems.append(f"input set {where}: parameters.{name} is {change.value:g}; it must be {rule}.")
            continue
        central[i] = central[i] if change.value is None else change.value
        error[i] = error[i] if change.uncertainty is None else change.uncertainty
        groups[i] = change.group or groups[i]
        sources[i] = change.source or sources[i]
    return problems


CKM_MODULI = ("Vus", "Vub", "Vcb")
POSITIVE = ("m_", "tau_", "f_", "GF", "alpha_")


def _physical(name: str, value: float) -> bool:
    """Masses, lifetimes, decay constants and couplings are positive; moduli of CKM elements below 1."""
    if name in CKM_MODULI:
        return 0.0 < value < 1.0
    return value > 0.0 or not name.startswith(POSITIVE)


def _correlate(where: str, entry: Correlation, position: Mapping[str, int], correlation: Array) -> list[str]:
    """Write the correlations of ``entry`` in place. Returns the problems."""
    strangers = [name for name in entry.parameters if name not in position]
    if strangers:
        place = f"the correlations of {where}"
        return first_problems(str(unknown("parameter", name, position, place)) for name in strangers)
    at = [position[name] for name in entry.parameters]
    correlation[np.ix_(at, at)] = symmetric(entry.matrix)
    return []


def read_numbers(recipe: Recipe) -> tuple[dict[str, Number], list[tuple[str, Correlation]]]:
    """The scalar parameters of the recipe's files and their correlations."""
    numbers: dict[str, Number] = {}
    correlations = []
    for stem in recipe.parameter_files:
        path, where = find("parameter file", "parameters", stem)
        file = validate(ParameterFile, read_yaml(path), f"parameters {where}")
        twice = [name for name in file.parameters if name in numbers]
        if twice:
            raise InputError(f"parameters {where}: {', '.join(twice)} stand in another file too.")
        numbers |= file.parameters
        correlations += [(f"parameters {where}", correlation) for correlation in file.correlations]
    return numbers, correlations
