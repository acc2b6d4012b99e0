"""Every mediator of nutau, by name, and couplings as they are typed on a command line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from nutau.errors import InputError, short, unknown
from nutau.models.colourless import VB, Zp, phi2
from nutau.models.leptoquarks import R2, S1, S3, U1, U3, V2, R2t, S1t, U1t, V2t
from nutau.models.mediator import Mediator

MEDIATORS: tuple[Mediator, ...] = (S1, S3, S1t, R2, R2t, U1, U3, U1t, V2, V2t, VB, Zp, phi2)


def mediator(name: str) -> Mediator:
    """The mediator of this name or alias, in any case; :class:`InputError` with the nearest names."""
    wanted = str(name).casefold()
    for known in MEDIATORS:
        if wanted in (known.name.casefold(), *(alias.casefold() for alias in known.aliases)):
            return known
    raise unknown(
        "model", name if isinstance(name, str) else short(name), (known.name for known in MEDIATORS)
    )


def parse_couplings(
    assignments: Iterable[str], read: Callable[[str, str], Any] | None = None
) -> dict[str, dict[str, Any]]:
    """``["x1LL_33=1.0", "x1LL_23=0.3+0.1j"]`` as ``{"x1LL": {"33": 1, "23": 0.3+0.1j}}``.

    ``read(target, text)`` reads a value, by default as one number.
    Raises :class:`InputError` for text that is no NAME_ij=VALUE, a value that is no finite number, and a
    coupling given twice; the names themselves are checked by the mediator.
    """
    found: dict[str, dict[str, Any]] = {}
    for assignment in assignments:
        target, equals, text = (part.strip() for part in assignment.partition("="))
        name, underscore, flavours = target.rpartition("_")
        if not (equals and underscore and name and flavours):
            raise InputError(
                f"The coupling '{assignment}' is not of the form NAME_ij=VALUE, as x1LL_23=0.3+0.1j."
            )
        value = (read or _number)(target, text)
        elements = found.setdefault(name, {})
        if flavours in elements:
            raise InputError(f"The coupling {target} is given twice.")
        elements[flavours] = value
    return found


def _number(target: str, text: str) -> complex:
    compact = text.replace(" ", "")
    try:
        value = complex(compact[:-1] + "j" if compact.endswith("i") else compact)
    except ValueError:
        raise InputError(
            f"The coupling {target} is '{text}'; a number is needed, as 1.0 or 0.3+0.1j."
        ) from None
    if not abs(value) < float("inf"):
        raise InputError(f"The coupling {target} is {text}; a finite number is needed.")
    return value
