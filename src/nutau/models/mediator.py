"""A mediator as data: quantum numbers, couplings, Lagrangian, and its tree-level match as formulas."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from html import escape
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.checked import checked
from nutau.common.given import complex_value
from nutau.eft.ckm import matrix, tree_ckm
from nutau.eft.smeft.basis import ALIGNMENTS
from nutau.errors import InputError, short, unknown
from nutau.models import boxes, dipoles
from nutau.models.arguments import Coupling, by_coupling, checked_mass, elements
from nutau.models.formulas import Slot, Term, latex, layout, parse
from nutau.models.model import Exchange, Model, named_parameters

CHARGED = {"lq3": "vector", "ledq": "scalar", "lequ1": "scalar", "lequ3": "tensor"}
"""The operators that reach b -> c tau nu, and the Lorentz structure they give there."""


@dataclass(frozen=True)
class Mediator:
    r"""A heavy field, integrated out at tree level, and at one loop where loops lead: mixing of mesons, dipoles.

    ``lagrangian`` is its interaction; the mass term is canonical, :math:`M^2|S|^2`, :math:`M^2 V^\dagger V`,
    or :math:`M^2V^2/2` for a real vector. ``match`` holds the full-sum coefficients times :math:`M^2`
    (:mod:`nutau.models.formulas`), ``boxes`` those of its one-loop boxes (:mod:`nutau.models.boxes`), ``dipoles`` those
    of its one-loop dipoles (:mod:`nutau.models.dipoles`).
    """

    name: str
    aliases: tuple[str, ...]
    latex: str
    spin: int
    colour: str
    weak: str
    hypercharge: Fraction
    couplings: tuple[Coupling, ...]
    lagrangian: str
    lagrangian_latex: str
    match: tuple[str, ...]
    references: tuple[str, ...]
    note: str = ""
    boxes: tuple[str, ...] = ()
    dipoles: tuple[str, ...] = ()

    @checked
    def __call__(
        self, mass: Array, *unnamed: Any, alignment: str = "down", ckm: Array | None = None, **couplings: Any
    ) -> Model:
        """A model with this mediator: ``mass`` in GeV, couplings as 3x3 arrays or ``{"33": 1, "23": 0.3j}``.

        One element may be given by its full name, ``x1LL_33=1``.

        ``alignment="up"`` takes the index of a quark doublet for that of its up quark (with the CKM matrix
        ``ckm``, by default that of the default inputs), instead of the down quark.
        Masses and couplings may be arrays (one point each), also JAX arrays. Raises :class:`InputError` for
        an unknown coupling or index, a mass that is not positive, a non-Hermitian coupling of a real vector.
        """
        if alignment not in ALIGNMENTS:
            raise unknown("alignment", alignment, ALIGNMENTS)
        mass = checked_mass(mass)
        by_name = {coupling.name: coupling for coupling in self.couplings}
        if unnamed:
            first = next(iter(by_name))
            raise InputError(
                f"{self.name} takes its mass alone without a name; give couplings by name, as {first}=... "
                f"(it has {', '.join(by_name)})."
            )
        found: dict[Slot, Array] = {}
        for name, given in by_coupling(self.name, couplings).items():
            coupling = by_name.get(name.replace("~", "t"))
            if coupling is None:
                raise unknown(f"coupling of {self.name}", name, by_name)
            found |= elements(self.name, coupling, given)
        if not found:
            names = ", ".join(by_name)
            raise InputError(
                f"{self.name} has no couplings; give some of {names}, as {names.split(',')[0]}_33=1.0."
            )
        turn = _turn(alignment, ckm)
        return Model((Exchange(self, mass, tuple(found), tuple(found.values()), turn),))

    def __repr__(self) -> str:
        """What it is and which couplings it takes, in one line."""
        couplings = ", ".join(f"{c.name} ({c.rows}, {c.columns})" for c in self.couplings)
        return f"<{self.name}: {self.quantum_numbers}, spin {self.spin}; couplings {couplings}>"

    @property
    def quantum_numbers(self) -> str:
        """(SU(3), SU(2), Y), with Q = T3 + Y."""
        return f"({self.colour}, {self.weak}, {self.hypercharge})"

    @property
    def operators(self) -> tuple[str, ...]:
        """The Warsaw operators it gives."""
        return tuple(dict.fromkeys(parse(line)[0].operator for line in self.match))

    @property
    def terms(self) -> tuple[Term, ...]:
        """All addends of its match."""
        return tuple(term for line in self.match for term in parse(line))

    @cached_property
    def kappa(self) -> float | None:
        r""":math:`\kappa = C_{lq}^{(1)}/C_{lq}^{(3)}` at flavours 3323, from its match at generic couplings.

        Infinite without ``lq3``, None without ``lq1`` and ``lq3``.
        """
        c1, c3 = (self._generic(f"{operator}_3323") for operator in ("lq1", "lq3"))
        if c3 == 0:
            return math.inf if c1 != 0 else None
        return float(np.round((c1 / c3).real, 12))

    def _generic(self, key: str) -> complex:
        """A coefficient (times M²) at couplings without special relations."""
        present = tuple((c.name, i, j) for c in self.couplings for i in (1, 2, 3) for j in (1, 2, 3))
        where = layout(self.match, present)
        if key not in where.keys:
            return 0j
        phases = np.exp(1j * np.arange(1, len(present) + 1)) * np.linspace(0.5, 1.5, len(present))
        both, column = np.concatenate([phases, phases.conj()]), where.keys.index(key)
        products = where.numbers[:, column] * both[where.first[:, column]] * both[where.second[:, column]]
        return complex(products.sum())

    @property
    def charged_current(self) -> tuple[str, ...]:
        """How it reaches b -> c tau nu: vector, scalar, tensor; empty if it does not."""
        return tuple(dict.fromkeys(CHARGED[op] for op in self.operators if op in CHARGED))

    @property
    def rd_condition(self) -> str | None:
        r"""What raises R_D, in its couplings: :math:`\mathrm{Re}(C^{(3)}_{3323} V_{cs}/V_{cb}) < 0`.

        PDG phases (V_cs/V_cb > 0). None if it gives no ``lq3``.
        """
        term = next((term for term in self.terms if term.operator == "lq3"), None)
        if term is None:
            return None
        flavour = {"i": "3", "j": "3", "k": "2", "l": "3"}
        product = " ".join(
            f"{f.coupling}{'*' if f.conjugate else ''}_{''.join(flavour[i] for i in f.indices)}"
            for f in term[2:]
        )
        return f"Re({product}) {'>' if term.number < 0 else '<'} 0"

    def text_match(self) -> tuple[str, ...]:
        """The match as lines of text, ``lq1_ijkl = (1/4 y1LL*_ki y1LL_lj) / M²``; a factor 1 is not written."""
        sides = (re.sub(r"(?<![\d/])1 (?=[A-Za-z])", "", line).split(" = ", 1) for line in self.match)
        return tuple(f"{operator}_ijkl = ({right}) / M²" for operator, right in sides)

    def text_boxes(self) -> tuple[str, ...]:
        """Its boxes as lines of text."""
        return tuple(boxes.text(line) for line in self.boxes)

    def latex_boxes(self) -> tuple[str, ...]:
        """Its boxes in LaTeX, a formula each."""
        symbols = {coupling.name: coupling.latex for coupling in self.couplings}
        return tuple(boxes.latex(line, symbols) for line in self.boxes)

    def text_dipoles(self) -> tuple[str, ...]:
        """Its dipoles as lines of text."""
        return tuple(dipoles.text(line) for line in self.dipoles)

    def latex_dipoles(self) -> tuple[str, ...]:
        """Its dipoles in LaTeX, a formula each."""
        symbols = {coupling.name: coupling.latex for coupling in self.couplings}
        return tuple(dipoles.latex(line, symbols) for line in self.dipoles)

    def latex_match(self) -> tuple[str, ...]:
        """The match in LaTeX, a formula each."""
        symbols = {coupling.name: coupling.latex for coupling in self.couplings}
        return tuple(latex(line, symbols) for line in self.match)

    def _repr_html_(self) -> str:
        """Quantum numbers, Lagrangian and match; formulas are typeset where the notebook can."""
        rows = [
            ("quantum numbers", f"{self.quantum_numbers}, spin {self.spin}"),
            ("Lagrangian", f"$\\mathcal{{L}} = {self.lagrangian_latex}$"),
            ("couplings", ", ".join(f"{c.name} ({c.rows}, {c.columns})" for c in self.couplings)),
            *(("match", f"${line}$") for line in self.latex_match()),
            *(("box", f"${line}$") for line in self.latex_boxes()),
            *(("dipole", f"${line}$") for line in self.latex_dipoles()),
            ("κ", "–" if self.kappa is None else f"{self.kappa:g}"),
        ]
        body = "".join(f"<tr><th>{name}</th><td>{escape(text, quote=False)}</td></tr>" for name, text in rows)
        return f"<table><caption>{escape(self.name)}</caption><tbody>{body}</tbody></table>"

    def describe(self) -> dict[str, Any]:
        """Everything about it, ready for JSON (an infinite kappa is the text "infinite")."""
        return {
            "name": self.name,
            "aliases": list(self.aliases),
            "latex": self.latex,
            "quantum_numbers": {"SU3": self.colour, "SU2": self.weak, "Y": str(self.hypercharge)},
            "spin": self.spin,
            "kappa": "infinite" if self.kappa == math.inf else self.kappa,
            "couplings": [
                {
                    "name": c.name,
                    "latex": c.latex,
                    "rows": c.rows,
                    "columns": c.columns,
                    "hermitian": c.hermitian,
                }
                for c in self.couplings
            ],
            "lagrangian": self.lagrangian,
            "lagrangian_latex": self.lagrangian_latex,
            "operators": list(self.operators),
            "match": list(self.text_match()),
            "match_latex": list(self.latex_match()),
            "boxes": list(self.text_boxes()),
            "boxes_latex": list(self.latex_boxes()),
            "dipoles": list(self.text_dipoles()),
            "dipoles_latex": list(self.latex_dipoles()),
            "dipoles_threshold": dipoles.threshold(self.dipoles),
            "b_to_c_tau_nu": list(self.charged_current),
            "raises_RD_if": self.rd_condition,
            "references": list(self.references),
            "note": self.note,
        }


def _turn(alignment: str, ckm: Any) -> Array | None:
    """The CKM matrix that turns up-aligned couplings, ``None`` for down-aligned ones."""
    if alignment == "down":
        if ckm is not None:
            raise InputError("ckm would not be used: it goes with alignment='up'.")
        return None
    if ckm is None:
        return matrix(tree_ckm(named_parameters("default").mapping()))
    found = complex_value("ckm", ckm)
    if np.shape(found)[-2:] != (3, 3):
        raise InputError(f"ckm is {short(ckm)}; a matrix (..., 3, 3) is needed.")
    return found
