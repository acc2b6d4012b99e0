r"""Flavour symmetries of the SMEFT: coefficients of Hermitian operators by a few numbers and spurions.

The matrix of each current :math:`\bar\psi_i\gamma_\mu\psi_j` is one of a few *structures*, and a coefficient is a
product of two of them, plus its Hermitian conjugate where the product has a phase: :math:`C_{ijkl} = c\,A_{ij} B_{kl}
+ (c^* A^*_{ji} B^*_{lk})`, down-aligned, with :math:`V` the CKM matrix.

``MFV``, minimal flavour violation :cite:`DAmbrosio:2002vsn`: flavour is broken by the Yukawa couplings alone. The
structures of q are ``1``, :math:`\delta_{ij}`, and ``Y``, :math:`(Y_u Y_u^\dagger)_{ij}/y_t^2 = V^*_{ti} V_{tj}`; those
of u, l and e are ``1`` and ``Y``, :math:`\delta_{i3}\delta_{j3}`: the Yukawa couplings of t and τ, others neglected; d
has ``1``.

``U2``, :math:`U(2)^5` :cite:`Barbieri:2011ci,Faroughy:2020ina`: the first two generations are doublets, and the
doublet :math:`V_q` breaks the symmetry of q, :math:`V_\ell` that of l. Each fermion has ``1``,
:math:`\mathrm{diag}(1,1,0)`, and ``3``, :math:`\mathrm{diag}(0,0,1)`; q and l have ``V``, with :math:`V_i` in the
elements (i, 3), ``Vdag``, its adjoint, and ``VV``, :math:`V_i V_j^*`. Here :math:`V_q = (V_{td}^*, V_{ts}^*)\,V_{tb}`
and :math:`V_\ell = (0, 1)`: what else belongs to a spurion is in the coefficient.

Scalar and tensor operators, which need a spurion for each chirality, and dipoles have none; neither have contractions
of flavour across the two currents of one operator (:math:`\delta_{il}\delta_{kj}` of ll, qq1, qq3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from nutau.common.arrays import Array
from nutau.eft.ckm import matrix, tree_ckm
from nutau.eft.smeft.basis import FIELDS, HERMITIAN
from nutau.errors import InputError, unknown

SYMMETRIES: dict[str, dict[str, tuple[str, ...]]] = {
    "MFV": {"q": ("1", "Y"), "u": ("1", "Y"), "d": ("1",), "l": ("1", "Y"), "e": ("1", "Y")},
    "U2": {
        **dict.fromkeys("ql", ("1", "3", "V", "Vdag", "VV")),
        **dict.fromkeys("ude", ("1", "3")),
    },
}
"""The structures of each fermion, by symmetry."""
PHASES = ("V", "Vdag")
"""Structures that are not Hermitian: their coefficients are complex."""


@dataclass(frozen=True)
class Structure:
    """One number of a symmetry: an operator, and a structure for each of its currents.

    >>> structure("U2:lq3:3:V").real
    False
    """

    symmetry: str
    operator: str
    currents: tuple[str, ...]

    @property
    def name(self) -> str:
        """``SYMMETRY:OPERATOR:CURRENT[:CURRENT]``."""
        return ":".join((self.symmetry, self.operator, *self.currents))

    @property
    def real(self) -> bool:
        """Whether the coefficient is real by Hermiticity."""
        phases = [current for current in self.currents if current in PHASES]
        return not phases or (_alike(self.operator) and phases == list(PHASES))

    def array(self, par: Mapping[str, Array], unit: complex = 1.0) -> Array:
        """The full sum ``(..., 3, 3[, 3, 3])`` for a coefficient ``unit``; axes of ``par`` (theory draws) lead."""
        fields = FIELDS[self.operator][::2]
        parts = [_current(self.symmetry, f, c, par) for f, c in zip(fields, self.currents, strict=True)]
        made = unit * (parts[0] if len(parts) == 1 else np.einsum("...ij,...kl->...ijkl", *parts))
        if not set(self.currents) & set(PHASES):
            return made
        conjugate = np.conj(np.swapaxes(made, -1, -2))
        return made + (conjugate if len(parts) == 1 else np.swapaxes(conjugate, -3, -4))


def is_symmetric(name: str) -> bool:
    """Whether a name is meant as a number of a flavour symmetry."""
    return name.partition(":")[0] in SYMMETRIES


def structure(name: str) -> Structure:
    """The number of a name ``SYMMETRY:OPERATOR:CURRENT[:CURRENT]``.

    Raises :class:`InputError` for a symmetry, an operator or a structure that does not exist, with those that do.

    >>> structure("MFV:lq1:1:Y").currents
    ('1', 'Y')
    """
    symmetry, *rest = name.split(":")
    if symmetry not in SYMMETRIES:
        raise unknown("flavour symmetry", symmetry, SYMMETRIES)
    operator, currents = (rest[0], tuple(rest[1:])) if rest else ("", ())
    if operator not in HERMITIAN:
        raise unknown(f"operator with currents (of {name})", operator, sorted(HERMITIAN))
    fields = FIELDS[operator][::2]
    known = [SYMMETRIES[symmetry][field] for field in fields]
    if len(currents) != len(fields) or not all(c in k for c, k in zip(currents, known, strict=True)):
        wanted = " and ".join(
            f"one of {', '.join(some)} for {field}" for field, some in zip(fields, known, strict=True)
        )
        example = ":".join((symmetry, operator, *(some[0] for some in known)))
        raise InputError(f"{name}: {operator} needs {wanted}, as {example}.")
    meant = _representative(symmetry, operator, currents)
    if meant != currents:
        raise InputError(f"{name} is {':'.join((symmetry, operator, *meant))} or its conjugate; give that.")
    return Structure(symmetry, operator, currents)


def structures(symmetry: str, operator: str) -> tuple[Structure, ...]:
    """All structures of an operator: how many numbers a symmetry leaves of it.

    >>> [item.name for item in structures("MFV", "ld")]
    ['MFV:ld:1:1', 'MFV:ld:Y:1']
    """
    fields = FIELDS[operator][::2] if operator in HERMITIAN else ""
    named = product(*(SYMMETRIES[symmetry][field] for field in fields)) if fields else ()
    chosen = [item for item in named if _representative(symmetry, operator, item) == item]
    return tuple(Structure(symmetry, operator, currents) for currents in chosen)


def _alike(operator: str) -> bool:
    """Whether the two currents of an operator are the same, and may change places."""
    return len(FIELDS[operator]) == 4 and len(set(FIELDS[operator])) == 1


def _representative(symmetry: str, operator: str, currents: tuple[str, ...]) -> tuple[str, ...]:
    """The first of the names of one number: its conjugate, and where the currents are alike they in the other order."""
    known = SYMMETRIES[symmetry][FIELDS[operator][0]]
    orders = [currents, currents[::-1]] if _alike(operator) else [currents]
    other = {"V": "Vdag", "Vdag": "V"}
    orders += [tuple(other.get(current, current) for current in order) for order in orders]
    if not _alike(operator):
        return min(orders, key=lambda order: [current == "Vdag" for current in order])
    return min(orders, key=lambda order: [known.index(current) for current in order])


def _current(symmetry: str, field: str, name: str, par: Mapping[str, Array]) -> Array:
    """The matrix ``(..., 3, 3)`` of a structure."""
    third = np.diag([0.0, 0.0, 1.0]).astype(complex)
    if name == "1":
        return np.eye(3, dtype=complex) - (third if symmetry == "U2" else 0.0)
    if name == "3" or (name == "Y" and field != "q"):
        return third
    top = (
        np.conj(matrix(tree_ckm(par))[..., 2, :])
        if field == "q"
        else np.array([0.0, 1.0, 0.0], dtype=complex)
    )
    if name == "Y":
        return top[..., :, None] * top[..., None, :].conj()
    doublet = top * np.array([1.0, 1.0, 0.0])
    if field == "q":
        doublet = doublet * top[..., 2:].conj()
    if name == "VV":
        return doublet[..., :, None] * doublet[..., None, :].conj()
    raised = doublet[..., :, None] * np.array([0.0, 0.0, 1.0], dtype=complex)
    return raised if name == "V" else np.conj(np.swapaxes(raised, -1, -2))
