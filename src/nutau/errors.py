"""The exceptions of nutau. A message says what was given, what is allowed, where, and what to do.

No message is longer than a screen: :class:`NutauError` shortens what it is given (:func:`screenful`), and lists of
names go through :func:`listed`.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from itertools import accumulate

MOST_NAMES = 5
"""So many names of a list that the user gave are in a message; the rest are counted."""

HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters (but tab and line feed) and marks of the direction of writing."""

SCREEN = (22, 80)
"""The most rows and columns of a message: a terminal of 24 rows of 80 characters holds it."""


class NutauError(Exception):
    """Any failure that nutau reports on purpose; the command line prints its message and no traceback.

    A message longer than a screen is shortened in its middle, and is :func:`harmless` to a terminal.
    """

    exit_code = 1

    def __init__(self, message: object = "") -> None:
        super().__init__(screenful(harmless(str(message))))


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
            f"Install it with: pip install 'nutau[{extra}]', in a clone of nutau: pip install '.[{extra}]'"
        )
        self._given = (package, extra)

    def __reduce__(self) -> tuple[type[MissingExtraError], tuple[str, str]]:
        return MissingExtraError, self._given


class NutauDeprecationWarning(FutureWarning):
    """A name that was used leaves with a later version; the message says what to write instead.

    It is shown wherever it arises, once for each place. ``python -W error::nutau.NutauDeprecationWarning`` makes it an
    error.

    >>> import nutau
    >>> issubclass(nutau.NutauDeprecationWarning, FutureWarning)
    True
    """


def deprecated(old: str, new: str, gone: str, stacklevel: int = 3) -> None:
    """Warn that ``old`` is now ``new`` and leaves with version ``gone``, at the line that called our caller."""
    message = f"{old} is now {new}; the old name leaves with nutau {gone}."
    warnings.warn(message, NutauDeprecationWarning, stacklevel=stacklevel)


def listed(names: Iterable[object], most: int = MOST_NAMES) -> str:
    """Names with commas between them, at most ``most``, then how many more there are."""
    shown = [str(name) for name in names]
    rest = len(shown) - most
    return ", ".join(shown) if rest <= 0 else f"{', '.join(shown[:most])} and {rest} more"


def harmless(text: str) -> str:
    r"""``text`` with what acts on a terminal or reverses what is read there written out, as ``\\x1b``."""
    return HARMFUL.sub(lambda found: ascii(found[0])[1:-1], text)


def screenful(text: str, high: int = SCREEN[0]) -> str:
    """``text``, cut in the middle to ``high`` rows of :data:`SCREEN`; the end of a message says what to do."""
    wide = SCREEN[1]
    lines = text.splitlines()
    if len(lines) <= 1:
        return _cut(text, high * wide)
    if sum(map(_rows, lines)) <= high:
        return text
    lines = [_cut(line, 4 * wide) for line in lines]
    first = _filling(lines, high - 8)
    last = _filling(lines[first:][::-1], 7)
    return "\n".join([*lines[:first], f"  … {len(lines) - first - last} more lines …", *lines[-last:]])


def _rows(line: str) -> int:
    """So many rows of the screen a line takes."""
    return max(1, -(-len(line) // SCREEN[1]))


def _filling(lines: list[str], rows: int) -> int:
    """How many lines from the front fill so many rows."""
    taken = list(accumulate(map(_rows, lines)))
    return sum(rows_so_far <= rows for rows_so_far in taken)


def _cut(text: str, most: int) -> str:
    """``text`` without its middle, at most so many characters."""
    if len(text) <= most:
        return text
    tail = most // 3
    head = most - tail - 50
    return f"{text[:head]} … {len(text) - head - tail} characters left out … {text[-tail:]}"


def short(value: object, most: int = 60) -> str:
    """A value in a message; not all digits or letters of a long one."""
    text = repr(value)
    return text if len(text) <= most else f"{text[: most - 10]}…"


@contextmanager
def told(where: str) -> Iterator[None]:
    """An :class:`InputError` of the block is raised again with ``where`` before it, if it does not say so itself."""
    try:
        yield
    except InputError as error:
        if where in str(error):
            raise
        raise InputError(f"{where}: {error}") from None


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


MOST_PROBLEMS = 10
"""So many problems of one file are in a message: a screen holds them, and who mends them asks again."""


def first_problems(problems: Iterable[str], rest: str = "There are more; mend these first.") -> list[str]:
    """The first ten of ``problems``, each once, and the line ``rest`` if there are more.

    A generator is not asked further, so that what takes time to say (names like an unknown one) is said ten times.
    """
    found: dict[str, None] = {}
    for problem in problems:
        if problem not in found and len(found) == MOST_PROBLEMS:
            return [*found, rest]
        found[problem] = None
    return list(found)
