"""Values that have broken programs before: numbers at the edge, text of other alphabets, things of the wrong kind."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

NUMBERS = (
    *(
        "0",
        "-0",
        "1",
        "-1",
        "2",
        "0.1",
        "1e-8",
        "1e-300",
        "1e300",
        "1e308",
        "1e400",
        "-1e400",
        "nan",
        "inf",
        "-inf",
    ),
    *(
        "2000",
        "4700",
        "91.1876",
        "160",
        "200000",
        "4.8",
        "0.069",
        "1_000",
        "1,5",
        "1,6",
        "15:19:1",
        "0:22:0.5",
        "²",
        "٣",
    ),
    *(
        "1+1j",
        "1e999j",
        "0x10",
        "1e",
        "--1",
        "",
        " ",
        "1 2",
        "9" * 400,
        "1" + "0" * 30,
        "NaN+NaNj",
        "true",
        "None",
    ),
)
WORDS = (
    *(
        "",
        " ",
        "a",
        "é",
        "日本語",
        "\u202e",
        "\x1b[31m",
        "\x00",
        "x" * 10_000,
        "../..",
        "/",
        "/dev/zero",
        "/dev/null",
        ".",
    ),
    *(
        "a=b",
        "a=b=c",
        "=",
        "=1",
        "a=",
        "*",
        "{}",
        "[]",
        "&a",
        "*a",
        "!!python/object:os.system",
        "{{ scale }}",
        "<b>",
        "'",
    ),
    *(
        "%s",
        "%n",
        "\n",
        "a\nb",
        "${HOME}",
        "`id`",
        "-",
        "--",
        "-1",
        "@file",
        "=cmd()",
        "\ufeff",
        "R(D",
        "BR(",
        "/SM",
        "R(D)/SM/SM",
    ),
)


def word(rng: random.Random, known: tuple[str, ...] = ()) -> str:
    """A word: mostly one that is known, often with something done to it, sometimes of the list."""
    if not known or rng.random() < 0.25:
        return rng.choice(WORDS + NUMBERS)
    text = rng.choice(known)
    return damaged(rng, text) if rng.random() < 0.3 else text


def damaged(rng: random.Random, text: str) -> str:
    """The text with a letter or a piece lost, doubled or replaced."""
    if not text:
        return rng.choice(WORDS)
    at, upto = sorted(rng.randrange(len(text) + 1) for _ in range(2))
    return rng.choice(
        [
            text[:at] + text[upto:],
            text[:at] + text[at:upto] * 2 + text[upto:],
            text[:at] + rng.choice(WORDS)[:50] + text[upto:],
            text.swapcase(),
            text + text,
        ]
    )


def thing(rng: random.Random, depth: int = 0) -> Any:
    """A Python object of any kind."""
    simple: list[Any] = [
        None, True, False, 0, 1, -1, 3.5, 1e308, float("nan"), float("inf"), 1j, complex("nan"), 10**400, b"abc",
        Decimal("1.5"), Fraction(1, 3), object(), int, len, ..., Path("/dev/null"), Path("nowhere.yaml"), range(3),
        np.float64(2.0), np.complex64(1 + 1j), np.array([1.0, 2.0]), np.array([]), np.array([np.nan, 1.0]),
        np.ma.masked_array([1.0, 2.0], [True, False]), np.array(["a"]), np.array([None]), np.zeros((3, 3)),
        np.array([1 + 2j]), np.datetime64("2026-01-01"), np.array([1, 2], dtype="int8"), np.array(5.0), slice(1, 2),
    ]  # fmt: skip
    if depth < 2 and rng.random() < 0.3:
        inner = [thing(rng, depth + 1) for _ in range(rng.randrange(4))]
        return rng.choice([inner, tuple(inner), {word(rng): value for value in inner}, iter(inner)])
    return rng.choice([*simple, word(rng), rng.choice(NUMBERS)])
