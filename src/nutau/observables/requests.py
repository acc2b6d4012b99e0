"""Which observables are asked for, at which q²: names, bins, points, and lists of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nutau.common.aliases import ALIASES
from nutau.common.given import array_of
from nutau.common.kinematics import check_range, shown_range
from nutau.errors import InputError, short, unknown
from nutau.inputs import Inputs
from nutau.observables import Observable, find, note
from nutau.observables.resonances import check_bin

ALL = "all"
"""The bin that is all of phase space."""
BINNED = re.compile(r"^(?P<name>.*\)(/SM)?)\s*\[(?P<low>[^,\]]+),(?P<high>[^,\]]+)\]$")
"""A name with its bin, ``<dBR/dq2>(B+->Knunu)[0, 4]``."""
USAGE = (
    "a bin is a pair `q2=(15, 19)` or `q2='all'`, bins a list of pairs, points a list `q2=[15, 16]`, in GeV²"
)


@dataclass(frozen=True)
class Request:
    """An observable as asked for: its name, whether over its SM value, its bin (pair) or points (array) in q²."""

    name: str
    relative: bool = False
    q2: Any = None
    label: str = ""

    @classmethod
    def parse(
        cls, text: str, q2: Any = None, *, clip: bool | None = None, inputs: Inputs | None = None
    ) -> Request:
        """A name, an alias (``R(D)``, ``Rnunu(K)``) or either with ``/SM``, with the bin or points it takes.

        ``q2`` is used by observables that take one: a pair for a bin (``"all"`` for all of phase space), numbers for
        points. Raises :class:`InputError` for an unknown name, for q² that is missing or of the wrong kind, and (with
        ``inputs``) for q² outside phase space unless ``clip`` (``None`` where the user cannot ask for it).
        """
        name, relative = bare(text)
        observable = find(name)
        chosen = _fitting(observable, read_q2(q2))
        if inputs is not None and chosen is not None:
            chosen = _inside(observable, chosen, observable.edges(inputs), clip)
            if isinstance(chosen, tuple):
                check_bin(observable, chosen)
        elif isinstance(chosen, str):
            chosen = None  # where phase space ends is not known without masses
        return cls(name, relative, chosen, text.strip())

    @property
    def note(self) -> str:
        """What the number leaves out (:func:`nutau.observables.note`); empty for most."""
        return note(find(self.name), self.q2 if isinstance(self.q2, tuple) else None)


def bare(text: Any) -> tuple[str, bool]:
    """The name without alias and ``/SM``, and whether it is over its SM value."""
    if not isinstance(text, str):
        raise InputError(f"{text!r} is no name of an observable; give text, for instance 'R(D)'.")
    name, relative = text.strip(), False
    name = ALIASES.get(name, name)
    while name.endswith("/SM"):  # an alias may hold one already, and a ratio over its SM value is itself
        name, relative = ALIASES.get(name.removesuffix("/SM"), name.removesuffix("/SM")), True
    return name, relative


def read_q2(q2: Any) -> Any:
    """A bin as a pair of numbers or ``"all"``, points as an array, ``None`` as it is.

    Raises :class:`InputError` for anything else.
    """
    if q2 is None or (isinstance(q2, str) and q2 == ALL):
        return q2
    what = f"`q2={q2!r}`" if len(repr(q2)) < 60 else "`q2`"
    values = array_of(q2, float)
    if values is None or not np.all(np.isfinite(values)):
        raise InputError(f"{what}: finite real numbers are needed; {USAGE}.")
    if isinstance(q2, tuple):
        if values.shape != (2,):
            raise InputError(f"{what}: a bin has two edges; {USAGE}.")
        return float(values[0]), float(values[1])
    if values.size == 0 or values.ndim > 1:
        raise InputError(f"{what}: one row of numbers is needed; {USAGE}.")
    return np.atleast_1d(values)


def _fitting(observable: Observable, q2: Any) -> Any:
    """The part of ``q2`` that is for this observable; an error where it is missing or of the wrong kind."""
    is_bin = isinstance(q2, tuple | str)
    if observable.kind == "total":
        return None
    if observable.kind == "bin" and not is_bin:
        raise InputError(
            f"{observable.name} takes a bin: give `q2={observable.example}`, edges in {observable.axis}, or `q2='all'` "
            "for all of phase space."
        )
    if observable.kind == "point" and (q2 is None or is_bin):
        raise InputError(f"{observable.name} takes points in GeV²: give `q2=[15]`, one or more.")
    return q2


def _inside(observable: Observable, q2: Any, edges: tuple[float, float], clip: bool | None) -> Any:
    low, high = edges
    if observable.is_tail and not clip:  # its own table says which edges there are
        return edges if isinstance(q2, str) else q2
    if isinstance(q2, str):
        check_range(edges, edges, observable.name)
        return edges
    if isinstance(q2, tuple):
        if clip and low < high and q2[0] < q2[1]:
            clipped = (max(q2[0], low), min(q2[1], high))
            if clipped[0] >= clipped[1]:
                raise InputError(
                    f"The q² bin {q2[0]:g} to {q2[1]:g} lies outside phase space, so clipping leaves nothing; the "
                    f"range of {observable.name} is {shown_range(edges)} GeV². Choose a bin that overlaps it."
                )
            return clipped
        check_range(q2, edges, observable.name, "" if clip is None else "; `clip=True` cuts this one")
        return q2
    points = np.atleast_1d(np.asarray(q2, dtype=float))
    outside = points[(points < low) | (points > high) | ~np.isfinite(points)]
    if clip and outside.size < points.size:
        return points[(points >= low) & (points <= high)]
    if outside.size:
        advice = {True: " (none of the points is)", False: " (`clip=True` drops those outside)", None: ""}[
            clip
        ]
        raise InputError(
            f"q² = {outside[0]:g} GeV² is outside the phase space of {observable.name}, {shown_range(edges)} GeV². "
            f"Choose points inside{advice}."
        )
    return points


def requested(
    names: Sequence[Any], q2: Any = None, *, clip: bool | None = None, inputs: Inputs | None = None
) -> tuple[Request, ...]:
    """The requests of ``names``, one for each bin of those that take bins.

    A name may have its own bin behind it, ``"<dBR/dq2>(B+->Knunu)[0, 4]"``. ``q2`` is a bin, a list of bins or points
    for all others, or any of these by the name of the observable. Raises :class:`InputError` as
    :meth:`Request.parse`, and for what of ``q2`` no observable takes.
    """
    by_name = _by_name(q2)
    found: list[Request] = []
    used: set[str] = set()
    rest: list[Request] = []
    for text in names:
        if isinstance(text, Request):
            found.append(text)
            continue
        name, own = own_bin(text)
        full = bare(name)[0] if isinstance(name, str) else name
        key = next((key for key in (name, full) if key in by_name), "")
        if own is not None and (kind := find(full).kind) != "bin":
            takes = "points in q², not a bin" if kind == "point" else "no bin"
            raise InputError(f"{text}: {full} takes {takes}. Ask for <dBR/dq2>(...)[LOW, HIGH].")
        chosen = own or by_name.get(key, by_name.get(""))
        found += (made := _each(name, chosen, clip, inputs))
        if own is None:
            used |= {key} if any(request.q2 is not None for request in made) else set()
            rest += made
    _check_names(by_name, used, names)
    if "" in by_name:
        check_used(by_name[""], rest)
    return tuple(found)


def _by_name(q2: Any) -> dict[str, Any]:
    """``q2`` by the name of the observable; under the empty name what is for all."""
    if not isinstance(q2, Mapping):
        return {} if q2 is None else {"": q2}
    for name in q2:
        if not isinstance(name, str) or not name.strip():
            raise InputError(f"`q2` has the key {short(name)}; names of observables are needed.")
        find(bare(name)[0])
    return {name.strip(): value for name, value in q2.items()}


def _each(name: str, q2: Any, clip: bool | None, inputs: Inputs | None) -> list[Request]:
    """One request, or one a bin where ``q2`` is a list of bins and the observable takes one."""
    bins = several_bins(q2)
    if bins is None or find(bare(name)[0]).kind != "bin":
        return [Request.parse(name, q2 if bins is None else bins[0], clip=clip, inputs=inputs)]
    return [Request.parse(name, one, clip=clip, inputs=inputs) for one in bins]


def several_bins(q2: Any) -> list[Any] | None:
    """The bins of a list of bins; ``None`` for one bin, for points and for nothing."""
    if not isinstance(q2, list | tuple) or not any(isinstance(item, tuple | str) for item in q2):
        return None
    if len(q2) == 2 and all(isinstance(item, str) and item != ALL for item in q2):
        return None  # the edges of a bin as text
    wrong = [
        item for item in q2 if not isinstance(item, tuple) and not (isinstance(item, str) and item == ALL)
    ]
    if wrong:
        raise InputError(f"`q2` has {short(wrong[0])} among bins; {USAGE}.")
    return [read_q2(item) for item in q2]


def own_bin(text: Any) -> tuple[Any, tuple[float, float] | None]:
    """A name without the bin behind it, and that bin, ``None`` for a name alone."""
    found = BINNED.match(text.strip()) if isinstance(text, str) else None
    if found is None:
        return text, None
    try:
        return found["name"], (float(found["low"]), float(found["high"]))
    except ValueError:
        raise InputError(f"{text}: a bin is [LOW, HIGH] in GeV², as [0, 4].") from None


def _check_names(by_name: Mapping[str, Any], used: set[str], names: Sequence[str]) -> None:
    for name in by_name:
        if name and name not in used:
            takes = [own_bin(text)[0] for text in names]
            if name in takes:
                raise InputError(f"`q2` for {name} would not be used: it takes no q². Leave it out.")
            raise unknown("observable", name, takes, "`q2`")


def check_used(q2: Any, requests: Sequence[Request]) -> None:
    """Raise :class:`InputError` for a bin or points in q² that none of the observables takes."""
    if q2 is not None and all(request.q2 is None for request in requests):
        points = several_bins(q2) is None and isinstance(read_q2(q2), np.ndarray)
        option = f"`q2={'[]' if points else '()'}`"
        names = (
            ", ".join(request.label or request.name for request in requests)
            or "the observables without a bin"
        )
        raise InputError(f"{option} would not be used: none of {names} takes it. Ask for <dBR/dq2>(...).")


def label(request: Request, point: int = 0) -> str:
    """The name that was asked for, with its bin or its ``point``-th q², as tables show it."""
    name = request.label or request.name
    return name if request.q2 is None else f"{name} {shown_q2(where(request, point))}"


def where(request: Request, point: int) -> Any:
    """The bin, or the ``point``-th q²."""
    return float(request.q2[point]) if isinstance(request.q2, np.ndarray) else request.q2


def shown_q2(q2: Any) -> str:
    """A bin or a point as text."""
    return f"[{q2[0]:g}, {q2[1]:g}]" if isinstance(q2, tuple) else f"at {q2:g}"
