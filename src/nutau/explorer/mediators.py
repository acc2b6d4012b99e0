"""The mediators whose couplings a person sets: which couplings, and their tree-level match as terms of two of them."""

from __future__ import annotations

from functools import cache
from typing import Any

from nutau.models import MEDIATORS, Mediator
from nutau.models.arguments import Coupling
from nutau.models.formulas import Slot, layout
from nutau.models.missing import boxes_of, is_leptoquark

QUARKS = "Qud"
START, SMALL = 1.0, 0.05
"""Couplings with which a mediator starts; b → s of a colourless one is small because of B_s mixing."""


def slots(item: Mediator) -> tuple[Slot, ...]:
    """The couplings of second- and third-generation quarks and of the tau that can be set; 33 first.

    Those of two quarks of the second generation, which no decay of a b has, are left out.
    """
    found = []
    for coupling in item.couplings:
        rows, columns = ((3, 2) if kind in QUARKS else (3,) for kind in (coupling.rows, coupling.columns))
        pairs = [(i, j) for i in rows for j in columns if (i, j) != (2, 2)]
        if coupling.hermitian:
            pairs = [(i, j) for i, j in pairs if i <= j]
        found += [(coupling.name, i, j) for i, j in pairs]
    return tuple(found)


def described(item: Mediator) -> dict[str, Any]:
    """A mediator as the page takes it: each term is (Warsaw coefficient, number, coupling, coupling), real couplings.

    A coefficient is the sum of number · coupling · coupling, over the mass squared.
    """
    given = slots(item)
    place = {slot: position for position, slot in enumerate(given)}
    hermitian = {coupling.name for coupling in item.couplings if coupling.hermitian}
    mirrored = [(name, j, i) for name, i, j in given if name in hermitian and i != j]
    place |= {(name, i, j): place[name, j, i] for name, i, j in mirrored}
    every = (*given, *mirrored)
    where = layout(item.match, every)
    terms: dict[tuple[str, int, int], float] = {}
    for column, key in enumerate(where.keys):
        for number, *ends in zip(*(table[:, column] for table in _tables(where)), strict=True):
            if number:
                a, b = sorted(place[every[end % len(every)]] for end in ends)
                terms[key, a, b] = terms.get((key, a, b), 0.0) + float(number)
    return {
        "id": item.name,
        "python": next(name for name in (item.name, *item.aliases) if name.isidentifier()),
        "couplings": [{"id": _name(slot), "start": _start(item, slot)} for slot in given],
        "terms": [[key, number, a, b] for (key, a, b), number in terms.items()],
        "boxes": boxes_of(item) if is_leptoquark(item) else "",
    }


def _tables(where: Any) -> tuple[Any, Any, Any]:
    return where.numbers, where.first, where.second


def _name(slot: Slot) -> str:
    name, i, j = slot
    return f"{name}_{i}{j}"


def _start(item: Mediator, slot: Slot) -> float:
    """Left-handed couplings that raise R_D where there are such, else those of its first term."""
    coupling = {known.name: known for known in item.couplings}[slot[0]]
    first = item.terms[0]
    used = {first.first.coupling, first.second.coupling}
    if slot[0] not in used:
        return 0.0
    if coupling.rows in QUARKS and coupling.columns in QUARKS:
        return SMALL * (slot[1:] == (2, 3))
    lowers = (item.rd_condition or "").endswith("< 0")
    return -START if lowers and _is_second(coupling, slot) else START


def _is_second(coupling: Coupling, slot: Slot) -> bool:
    """Whether the quark of a coupling is of the second generation."""
    return (slot[1] if coupling.rows in QUARKS else slot[2]) == 2


@cache
def warsaw_names() -> tuple[str, ...]:
    """Every Warsaw coefficient that the mediators of the page match to."""
    return tuple(sorted({term[0] for item in MEDIATORS for term in described(item)["terms"]}))
