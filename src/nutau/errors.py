"""The exceptions of nutau. A message says what was given, what is allowed, where, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class NutauError(Exception):
    """Any failure that nutau reports on purpose; the command line prints its message and no traceback."""

    exit_code = 1


class InputError(NutauError, ValueError):
    """What the user gave cannot be used (exit code 2)."""

    exit_code = 2


class ComputationError(NutauError, RuntimeError):
    """A computation did not reach its goal: a fit or a chain that did not converge (exit code 1)."""


class MissingExtraError(InputError, ImportError):
    """An optional dependency is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            f"This needs the package '{package}', which is not installed. "
            f"Install it with: pip install 'nutau[{extra}]'"
        )


def unknown(kind: str, name: object, allowed: Iterable[str], where: str = "", see: str = "") -> InputError:
    """An error for a name that does not exist, offering the nearest ones that do.

    ``where`` says where the name was met, for instance ``"file wc.json"``; ``see`` is a command that shows all names.
    """
    name = str(name)
    choices = list(allowed)
    folded = {choice.casefold(): choice for choice in reversed(choices)}
    near = [folded[match] for match in get_close_matches(name.casefold(), list(folded), n=3, cutoff=0.5)]
    place = f" in {where}" if where else ""
    if near:
        hint = f"Did you mean {' or '.join(repr(choice) for choice in near)}?"
    elif len(choices) <= 20:
        hint = f"Known: {', '.join(choices)}."
    else:
        hint = f"There are {len(choices)}, for instance {', '.join(choices[:5])}."
    more = f" '{see}' shows all." if see else ""
    return InputError(f"Unknown {kind} '{name}'{place}. {hint}{more}")


def unreadable(where: str, error: Exception) -> InputError:
    """An error for text that a parser gives up on: brackets nested too deeply, a number of thousands of digits."""
    deep = isinstance(error, RecursionError)
    reason = "it is nested too deeply" if deep else "a number in it has too many digits"
    return InputError(f"Cannot read {where}: {reason}.")
