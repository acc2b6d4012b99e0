"""What every verb refuses in the same way before it runs, as an option given twice; and options added to a verb."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, get_type_hints

from typer.core import TyperGroup

from nutau.cli.helping import prepare
from nutau.cli.words import as_options
from nutau.errors import InputError, NutauError, harmless, screenful

NUMBERS = {
    "GEV": (float, "a number of GeV is needed, without a unit: 2 TeV is 2000"),
    "TEV^-2": (float, "a number of TeV⁻² is needed, for instance -0.05"),
    "FB": (float, "a number of fb⁻¹ is needed, for instance 300"),
    "VALUE": (float, "a number is needed, for instance 1.2"),
    "N": (int, "a whole number is needed, for instance 1000"),
}
"""The placeholders of options that take one number, how it is read, and what to say where that fails."""


FRAMED = 14
"""Rows of a message of the parser, which Typer puts into a frame below the usage."""


@contextmanager
def _screenful() -> Iterator[None]:
    """Messages of the parser, which repeat the command line, are as short and harmless as those of nutau."""
    try:
        yield
    except Exception as error:
        found: Any = error
        if hasattr(
            found, "format_message"
        ):  # Click's own errors, or those of the copy that newer Typers carry
            found.message = screenful(harmless(found.message), FRAMED)
        raise


class Verbs(TyperGroup):
    """A group of verbs that checks their options and speaks in their words; for ``typer.Typer(cls=Verbs)``."""

    def invoke(self, ctx: Any) -> Any:
        """Run the verb; what the library refuses names options instead of arguments of Python."""
        try:
            with _screenful():
                return super().invoke(ctx)
        except NutauError as error:
            error.args = (as_options(str(error)),)
            raise

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        """The options of the group itself, before a verb."""
        with _screenful():
            return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The verb and its arguments; :class:`InputError` for options that :func:`check` refuses."""
        if set(ctx.help_option_names) & set(args):
            prepare()
        name, verb, rest = super().resolve_command(ctx, args)
        if verb is not None and not isinstance(verb, TyperGroup) and not ctx.resilient_parsing:
            check(verb, verb.context_class(verb, info_name=name, parent=ctx), list(rest))
        return name, verb, rest


def check(verb: Any, ctx: Any, args: list[str]) -> None:
    """Refuse an option with one value that is given twice (the last would win), and one that is no number."""
    values, _, order = verb.make_parser(ctx).parse_args(args)
    for option, times in Counter(order).items():
        takes_values = not getattr(option, "is_flag", True) or option.secondary_opts
        if times > 1 and takes_values and not option.multiple:
            raise InputError(f"{option.opts[0]} is given {_times(times)}; it takes one value.")
    for option in verb.params:
        given = values.get(option.name)
        read, needed = NUMBERS.get(option.metavar or "", (None, ""))
        if read is None or not option.opts[0].startswith("-"):
            continue
        for text in given if isinstance(given, list | tuple) else [given]:
            _check_number(option.opts[0], text, read, needed)


def _check_number(option: str, text: Any, read: Any, needed: str) -> None:
    if not isinstance(text, str):
        return
    try:
        read(text)
    except ValueError:
        if _is_list(text):
            needed = (
                "this command takes one value, no list; run it for each, or see nutau predict, fit and scan"
            )
        raise InputError(f"{option} '{text}': {needed}.") from None


def _is_list(text: str) -> bool:
    """Whether a text is several numbers with commas between them, or a range."""
    parts = re.split("[,:]", text)
    try:
        return len([float(part) for part in parts]) > 1
    except ValueError:
        return False


def _times(count: int) -> str:
    return "twice" if count == 2 else f"{count} times"


def with_options(
    run: Callable[..., None],
    verb: Callable[..., object],
    added: Mapping[str, tuple[Any, Any]],
    without: str | None = None,
) -> Callable[..., None]:
    """``run`` as the parser sees it: with the name, help and arguments of ``verb``, but one, and the options ``added``.

    These are hints and defaults by name.
    """
    run.__name__, run.__doc__, run.__module__ = verb.__name__, verb.__doc__, verb.__module__
    hints = get_type_hints(verb, include_extras=True)
    run.__annotations__ = {name: hint for name, hint in hints.items() if name not in (without, "return")}
    run.__annotations__ |= {name: hint for name, (hint, _) in added.items()}
    own = [item for name, item in inspect.signature(verb).parameters.items() if name != without]
    listed = [item.replace(annotation=run.__annotations__[item.name]) for item in own]
    listed += [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=value, annotation=hint)
        for name, (hint, value) in added.items()
    ]
    run.__signature__ = inspect.Signature(listed)  # type: ignore[attr-defined]
    return run
