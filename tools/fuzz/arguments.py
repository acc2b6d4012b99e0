"""Arguments of Python: every public function with values of any kind, by the names of its own signature."""

from __future__ import annotations

import inspect
import random
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nutau
from fuzz.dice import Dice
from fuzz.values import thing
from fuzz.verdict import Case, message, patience
from nutau.errors import NutauError

GOOD: dict[str, tuple[Any, ...]] = {
    "observables": ("R(D)", ["R(D)", "Rnunu(K)"], "<dBR/dq2>(B+->Knunu)", "dBR/dq2(B+->Knunu)"),
    "coefficients": ({"C9_bstautau": 1.0}, {"CVL_bctaunutau": 0.1j}),
    "model": ("U1", "S3"),
    "mass": (2000, 4700.0),
    "couplings": ({"x1LL": {"33": 1.0}}, ["x1LL_33=1.0"]),
    "inputs": ("default",),
    "q2": ((1, 6), [15.0], None),
    "draws": (0, 2),
    "data": ("2026",),
    "parameters": ("delta", ["delta", "kappa"]),
}
SLOW = {"fit", "forecast", "likelihood", "scan", "reproduce", "plane"}
"""Functions that take seconds where nothing is wrong with their arguments: one in ten of theirs is tried."""
PATIENT = {"compare_models", "invisible"}
"""Functions that take minutes then, and are not tried: their arguments are those of ``fit`` and of its posterior."""


def attack(dice: Dice, folder: Path) -> Iterator[Case]:
    """Calls for some seconds."""
    del folder
    names = [
        name
        for name in nutau.__all__
        if name not in PATIENT and callable(getattr(nutau, name)) and not _is_error(getattr(nutau, name))
    ]
    for rng in dice:
        name = rng.choice(names)
        if name in SLOW and rng.random() < 0.9:
            continue
        keywords = _keywords(rng, name)
        yield Case("argument", f"nutau.{name}({_shown(keywords)})", _answer(getattr(nutau, name), keywords))


def _is_error(thing: Any) -> bool:
    return isinstance(thing, type) and issubclass(thing, Exception)


def _keywords(rng: random.Random, name: str) -> dict[str, Any]:
    """Values for all arguments that must be given and for some of the others."""
    found = {}
    for parameter in inspect.signature(getattr(nutau, name)).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if parameter.default is parameter.empty or rng.random() < 0.25:
            good = GOOD.get(parameter.name, ())
            found[parameter.name] = rng.choice(good) if good and rng.random() < 0.5 else thing(rng)
        elif parameter.name == "draws":
            found["draws"] = 2
    return found


def _shown(keywords: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}"[:200] for name, value in keywords.items())


def _answer(function: Any, keywords: dict[str, Any]) -> str:
    try:
        with patience(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            function(**keywords)
    except NutauError as error:
        return message(str(error))
    except BaseException as error:
        return f"{type(error).__name__}: {error}"[:500]
    return ""
