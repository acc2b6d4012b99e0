"""For which coefficients a relation holds: sets of coefficients, from all of them to few."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from nutau.common.arrays import Array

PARTS = re.compile(
    r"^(?P<operator>[A-Za-z0-9]+)_(?P<quarks>[a-z]{2})(?P<one>nu(?:e|mu|tau)|e|mu|tau)(?P<two>nu(?:e|mu|tau)|e|mu|tau)$"
)
VECTOR = re.compile(r"^(?:C9|C10|C9p|C10p|CL|CR|CVL|CVR)$")
LEFT = re.compile(r"^(?:C9|C10|CL|CVL)$")
TENSOR = re.compile(r"^CT")


def _any(name: str) -> bool:
    return True


def _itself(name: str) -> str:
    return name


def _none(name: str) -> str | None:
    return None


@dataclass(frozen=True)
class Domain:
    """A set of coefficients by name and in words; ``wider`` are those that hold it.

    ``keep`` says whether a coefficient may be other than zero, ``same`` names the coefficient that it equals and
    ``conjugate`` the one whose conjugate it is (its own: it is real); with ``real`` all are real.
    """

    name: str
    said: str
    keep: Callable[[str], bool] = field(default=_any, repr=False)
    same: Callable[[str], str] = field(default=_itself, repr=False)
    conjugate: Callable[[str], str | None] = field(default=_none, repr=False)
    real: bool = False
    wider: tuple[str, ...] = ()

    def places(self, coefficients: tuple[str, ...]) -> tuple[Array, Array]:
        """Where each of the coordinates (1, Re C, Im C) is among those of this set (-1: it is zero), and its sign."""
        known = set(coefficients)
        shown = [self.same(name) if self.same(name) in known else name for name in coefficients]
        partner = [self.conjugate(name) for name in shown]
        first = [
            min(name, other) if other in known else name for name, other in zip(shown, partner, strict=True)
        ]
        free = {name: place for place, name in enumerate(dict.fromkeys(filter(self.keep, first)))}
        real = np.array([1 + free[name] if name in free else -1 for name in first], dtype=int)
        none = [self.real or name == other for name, other in zip(shown, partner, strict=True)]
        imaginary = np.where((real < 0) | none, -1, real + len(free))
        turned = [one != name for one, name in zip(first, shown, strict=True)]
        sign = np.concatenate([np.ones(1 + len(real)), np.where(turned, -1.0, 1.0)])
        return np.concatenate([[0], real, imaginary]), sign


def _operator(name: str, pattern: re.Pattern[str]) -> bool:
    return pattern.match(name.partition("_")[0]) is not None


def _vector(name: str) -> bool:
    return _operator(name, VECTOR)


def _left(name: str) -> bool:
    return _operator(name, LEFT)


def _no_tensor(name: str) -> bool:
    return not _operator(name, TENSOR)


def _pair(name: str) -> re.Match[str] | None:
    """The parts of a coefficient with two neutrinos or two charged leptons."""
    found = PARTS.match(name)
    return found if found and found["one"].startswith("nu") == found["two"].startswith("nu") else None


def _swapped(name: str) -> str:
    """The coefficient with its leptons exchanged; one of a lepton and its neutrino is its own."""
    found = _pair(name)
    return name if found is None else f"{found['operator']}_{found['quarks']}{found['two']}{found['one']}"


def _universal(name: str) -> str:
    """One name for equal leptons of any flavour."""
    found = _pair(name)
    if found is None or found["one"] != found["two"]:
        return name
    nu = "nu" if found["one"].startswith("nu") else ""
    return f"{found['operator']}_{found['quarks']}{nu}e{nu}e"


def _vector_of_equal(name: str) -> bool:
    found = _pair(name)
    return _vector(name) and (found is None or found["one"] == found["two"])


DOMAINS = (
    Domain("all", "all coefficients, complex"),
    Domain("all-real", "all coefficients, real", real=True, wider=("all",)),
    Domain("no-tensor", "vector and scalar operators, complex", _no_tensor, wider=("all",)),
    Domain("vector", "vector operators, complex", _vector, wider=("all", "no-tensor")),
    Domain(
        "hermitian",
        "vector operators, Hermitian in the leptons",
        _vector,
        conjugate=_swapped,
        wider=("all", "no-tensor", "vector"),
    ),
    Domain(
        "universal",
        "vector operators, one coefficient for all flavours, complex",
        _vector_of_equal,
        _universal,
        wider=("all", "no-tensor", "vector"),
    ),
    Domain(
        "left",
        "vector operators with left-handed quarks, complex",
        _left,
        wider=("all", "no-tensor", "vector"),
    ),
)
