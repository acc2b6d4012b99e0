"""Messages of the library in the words of the command line: arguments of Python as options.

The library marks an argument with backticks in Python's spelling, alone or with a value, as in "needs `mass` in GeV,
for instance `mass=2000`". Here, and nowhere else, that becomes ``--mass`` and ``--mass 2000``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import Any

import typer

OPTIONS = {
    "against": "--against",
    "at": "--at",
    "axes": "--axes",
    "below": "--below",
    "by": "--by",
    "candidates": "--candidate",
    "chunk": "--chunk",
    "c3": "--lq3",
    "clip": "--clip",
    "cluster": "--cluster",
    "coefficients": "--coefficients",
    "continued": "--continue",
    "convention": "--convention",
    "correlation": "--correlation",
    "coupling": "--particle-coupling",
    "data": "--data",
    "decay_length": "--decay-length",
    "delta": "--delta",
    "draws": "--draws",
    "experiment": "--experiment",
    "fixed": "--fix",
    "font_size": "--font-size",
    "hold": "--hold",
    "inputs": "--inputs",
    "invisible": "--mediator",
    "kappa": "--kappa",
    "keep_nuisance_data": "--keep-nuisance-data",
    "latex": "--latex",
    "lhcb": "--lhcb",
    "luminosity": "--luminosity",
    "masses": "--mass",
    "mass": "--mass",
    "mediators": "--mediator",
    "models": "--model",
    "model": "--model",  # the last of an option is the key of analysis files
    "muons": "--muons",
    "observables": "--observable",
    "only": "--coefficient",
    "out": "--out",
    "outside": "--outside",
    "parameters": "--parameters",
    "particle_coupling": "--particle-coupling",
    "particle_width": "--particle-width",
    "points": "--points",
    "posterior": "--posterior",
    "priors": "--prior",
    "projections": "--projection",
    "q2": "--bin or --q2",
    "radius": "--radius",
    "method": "--method",
    "ranges": "--range",
    "rate": "--rate",
    "right_handed": "--right-handed",
    "running": "--running",
    "sample": "--sample",
    "sampler": "--sampler",
    "scale": "--scale",
    "seed": "--seed",
    "sm": "--sm",
    "start": "--start",
    "terms": "--terms",
    "theory": "--theory-scale",
    "target": "--target",
    "toys": "--toys",
    "tree": "--tree",
    "tree_name": "--tree-name",
    "truth": "--truth",
    "values": "--value",
    "variables": "--variables",
    "width": "--width",
}
"""The option of each argument that a message may name; ``q2`` is ``--bin`` for a pair and ``--q2`` for points."""

MARKED = re.compile(r"`(\w+)(?:=([^`]*))?`")


def as_options(message: str) -> str:
    """The message with every marked argument as the option that gives it."""
    return MARKED.sub(lambda found: _option(found[0], found[1], found[2]), message)


def warn(messages: Iterable[str]) -> None:
    """Say on stderr what makes a result doubtful."""
    for message in messages:
        typer.echo(f"nutau: warning: {as_options(message)}", err=True)


def _option(text: str, name: str, value: str | None) -> str:
    if name not in OPTIONS:
        return text
    if value is None:
        return OPTIONS[name]
    try:
        given = ast.literal_eval(value)
    except (SyntaxError, ValueError):
        given = value
    option = OPTIONS[name]
    if name == "q2":
        option = "--q2" if isinstance(given, list | int | float) else "--bin"
    if isinstance(given, dict):
        return " ".join(f"{option} {key}={_said(item, ':')}" for key, item in given.items())
    return option if given is True else f"{option} {_said(given, ',')}".rstrip()


def _said(value: Any, between: str) -> str:
    """A value as it is typed: a list with commas, the two ends of a range with a colon."""
    return between.join(map(str, value)) if isinstance(value, list | tuple) else str(value)
