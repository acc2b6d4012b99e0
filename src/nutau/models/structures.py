r"""Which couplings of a field take part: flavour structures by name.

``minimal``
    the quarks of the second and third generation with the lepton of the third, of the couplings of doublets (of all
    couplings, where the field has none of doublets); a real vector has :math:`g_{33}` and :math:`g_{23}` of its quark
    current and :math:`g_{33}` of its lepton current
``u2``
    :math:`U(2)^5` with its leading spurion, :math:`V_q\propto(V_{td}^*,V_{ts}^*)` in the basis of down quarks
    (:cite:`Barbieri:2011ci`): :math:`x_{i3}=c\,V_{ti}^*\,x_{33}` for :math:`i=1,2` with a real :math:`c` of order
    one, its complex conjugate where the quark is not the barred one; quark currents of real vectors are
    :math:`g_{ij}=g_{33}\,v_iv_j^*` with :math:`v=(cV_{td}^*,cV_{ts}^*,1)`; quark singlets and leptons have the third
    generation alone
``free``
    every coupling of the second and third generation, of quarks and of leptons
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nutau.errors import InputError, unknown
from nutau.models.arguments import Coupling
from nutau.models.components import LEPTONS
from nutau.models.mediator import Mediator

STRUCTURES = ("minimal", "u2", "free")
DOUBLETS = frozenset({"Q", "L"})


@dataclass(frozen=True)
class Term:
    r"""An element of a coupling: a number of :math:`V_{ti}` or their conjugates, of :math:`c`, times the element 33.

    ``towards`` holds (generation, whether conjugated) of each :math:`V_{ti}`; there are as many factors of c, which is
    the parameter ``order`` (``c_NAME``). ``scale`` is the element 33.
    """

    name: str
    scale: str
    order: str = ""
    towards: tuple[tuple[int, bool], ...] = ()


def elements_of(field: Mediator, structure: str, *, right_handed: bool = False) -> tuple[str, ...]:
    """The couplings ``NAME_ij`` of a structure that are parameters themselves (``u2``: those of the third generation).

    With ``right_handed`` those of singlets are taken too. Raises :class:`InputError` for a structure that does not
    exist and for right-handed couplings of a field that has none, or none but them.

    >>> from nutau.models import U1
    >>> from nutau.models.structures import elements_of
    >>> elements_of(U1, "minimal")
    ('x1LL_33', 'x1LL_23')
    """
    if structure not in STRUCTURES:
        raise unknown("flavour structure", structure, STRUCTURES)
    left = tuple(c for c in field.couplings if {c.rows, c.columns} <= DOUBLETS)
    if right_handed and len(left) in (0, len(field.couplings)):
        what = "no couplings to singlets" if left else "none but couplings to singlets"
        raise InputError(f"{field.name} has {what}: leave out `right_handed`.")
    chosen = field.couplings if right_handed or structure == "free" or not left else left
    return tuple(f"{coupling.name}_{ij}" for coupling in chosen for ij in _flavours(coupling, structure))


def _flavours(coupling: Coupling, structure: str) -> tuple[str, ...]:
    """The elements, the third generation first."""
    quarks = [side not in LEPTONS for side in (coupling.rows, coupling.columns)]
    if structure == "u2" or not any(quarks):
        return ("33",) if structure != "free" else ("33", "23", "22")
    if structure == "free" or all(quarks):
        pairs = [(3, 3), (2, 3), (3, 2), (2, 2)][: None if structure == "free" else 3]
        return tuple(f"{i}{j}" for i, j in pairs if not (coupling.hermitian and i > j))
    return ("33", "23") if quarks[0] else ("33", "32")


def terms(field: Mediator, couplings: Sequence[str]) -> tuple[Term, ...]:
    r"""Every element that :math:`U(2)^5` gives to the ``couplings`` ``NAME_33``, each with its spurions."""
    known = {coupling.name: coupling for coupling in field.couplings}
    found: list[Term] = []
    for name in couplings:
        found += [Term(name, name), *_spurions(field, known[name.removesuffix("_33")], name)]
    return tuple(found)


def _spurions(field: Mediator, coupling: Coupling, scale: str) -> list[Term]:
    def term(ij: str, *towards: tuple[int, bool]) -> Term:
        return Term(f"{coupling.name}_{ij}", scale, f"c_{coupling.name}", towards)

    if coupling.hermitian:
        pairs = {"23": ((2, True),), "13": ((1, True),), "12": ((1, True), (2, False))}
        pairs |= {"22": ((2, True), (2, False)), "11": ((1, True), (1, False))}
        return [term(ij, *towards) for ij, towards in pairs.items()] if coupling.rows == "Q" else []
    barred = field.colour != "3̄"
    rows = [term(f"{i}3", (i, barred)) for i in (2, 1)] if coupling.rows == "Q" else []
    columns = [term(f"3{i}", (i, False)) for i in (2, 1)] if coupling.columns == "Q" else []
    return rows + columns
