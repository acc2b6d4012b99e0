r"""The Warsaw basis of :cite:`Grzadkowski:2010es` in WCxf's non-redundant form (:cite:`Aebischer:2017ugx`).

A Lagrangian is first written as a *full sum*, :math:`L = \sum_{ijkl} C_{ijkl} O_{ijkl}` over all flavour
indices. Many :math:`O_{ijkl}` are the same operator: exchanging the currents of ``ll`` or ``qq1``, Fierzing
``ee``, or the Hermitian conjugate of a Hermitian operator. WCxf keeps one index string of each set, the
smallest, and

    C[key] = sum of the full-sum entries over the distinct index strings equal to ``key`` by symmetry,

Hermitian conjugates *not* added: ``ll_2332`` = 2 C_2332, ``qq3_2333`` = 2 C_2333, ``lq3_3323`` = C_3323. A
string whose conjugate was kept is read as such: ``lq1_3223`` is the complex conjugate of ``lq1_2332``.

Two alignments of the quark doublet are named: *down* (basis ``Warsaw``), :math:`Q_i = (V^\dagger_{ij} u_j,
d_i)`, used throughout nutau, and *up* (basis ``Warsaw up``), :math:`Q_i = (u_i, V_{ij} d_j)`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.eft.wilson import Basis, Wilson, read_wcxf
from nutau.errors import InputError, unknown

EFT = "SMEFT"
ROUNDING = 1e-9
"""An imaginary part this small, relative to the real one, of a real coefficient is dropped when read."""

ALIGNMENTS = {"down": "Warsaw", "up": "Warsaw up"}

FIELDS: dict[str, str] = {
    **dict.fromkeys(("phil1", "phil3"), "ll"),
    **dict.fromkeys(("phiq1", "phiq3"), "qq"),
    **{"phie": "ee", "phiu": "uu", "phid": "dd", "phiud": "ud"},
    **dict.fromkeys(("ephi", "eW", "eB"), "le"),
    **dict.fromkeys(("uphi", "uG", "uW", "uB"), "qu"),
    **dict.fromkeys(("dphi", "dG", "dW", "dB"), "qd"),
    **{"ll": "llll", "qq1": "qqqq", "qq3": "qqqq", "ee": "eeee", "uu": "uuuu", "dd": "dddd"},
    **{"lq1": "llqq", "lq3": "llqq", "eu": "eeuu", "ed": "eedd", "le": "llee", "lu": "lluu", "ld": "lldd"},
    **{
        "qe": "qqee",
        "qu1": "qquu",
        "qu8": "qquu",
        "qd1": "qqdd",
        "qd8": "qqdd",
        "ud1": "uudd",
        "ud8": "uudd",
    },
    **{"ledq": "ledq", "lequ1": "lequ", "lequ3": "lequ", "quqd1": "quqd", "quqd8": "quqd"},
}
"""The fermion of each flavour index; first and third are barred, second and fourth not."""

FLAVOURLESS = (
    *("G", "Gtilde", "W", "Wtilde", "phi", "phiBox", "phiD", "phiG", "phiGtilde"),
    *("phiW", "phiWtilde", "phiB", "phiBtilde", "phiWB", "phiWtildeB"),
)
HERMITIAN = frozenset(name for name, f in FIELDS.items() if f[0::2] == f[1::2])
"""Operators whose conjugates are in the full sum: :math:`C_{jilk} = C_{ijkl}^*`."""

Indices = tuple[int, ...]


class Entry(NamedTuple):
    """A full-sum entry by a WCxf coefficient: ``weight`` times it, or times its complex conjugate."""

    key: str
    conjugate: bool
    weight: float


def symmetric(operator: str, indices: Indices) -> frozenset[Indices]:
    """The distinct index strings (flavours 1 to 3) that name the same operator, without conjugation."""
    fields = FIELDS[operator]
    if len(fields) == 4 and len(set(fields)) == 1:
        i, j, k, m = indices
        fierzed = {(k, j, i, m), (i, m, k, j)} if operator == "ee" else set()
        return frozenset({(i, j, k, m), (k, m, i, j)} | fierzed)
    return frozenset({indices})


def conjugated(indices: Indices) -> Indices:
    """The index string of the Hermitian conjugate: ``ijkl`` becomes ``jilk``."""
    return tuple(indices[position ^ 1] for position in range(len(indices)))


@cache
def entry(operator: str, indices: Indices) -> Entry:
    """Where the full-sum coefficient ``C_ijkl`` of ``operator`` stands among the WCxf coefficients."""
    orbit = symmetric(operator, indices)
    mirror = symmetric(operator, conjugated(indices)) if operator in HERMITIAN else orbit
    key = min(orbit | mirror)
    return Entry(f"{operator}_{''.join(map(str, key))}", key not in orbit, 1.0 / len(orbit))


@cache
def is_real(key: str) -> bool:
    """Whether an operator is its own Hermitian conjugate, so that its coefficient is real."""
    operator, _, digits = key.partition("_")
    if not digits:
        return True
    indices = tuple(map(int, digits))
    return operator in HERMITIAN and conjugated(indices) in symmetric(operator, indices)


def strings(operator: str) -> Iterable[Indices]:
    """All index strings of an operator."""
    return product((1, 2, 3), repeat=len(FIELDS[operator]))


@cache
def keys(operator: str) -> tuple[str, ...]:
    """The WCxf coefficients of an operator, in the order of their indices."""
    if operator in FLAVOURLESS:
        return (operator,)
    if operator not in FIELDS:
        raise unknown("SMEFT operator", operator, (*FIELDS, *FLAVOURLESS))
    return tuple(sorted({entry(operator, indices).key for indices in strings(operator)}))


@cache
def warsaw(*operators: str, alignment: str = "down") -> Basis:
    """The Warsaw basis (baryon and lepton number conserved), or the part of it with the given operators."""
    chosen = operators or (*FLAVOURLESS, *FIELDS)
    return Basis(EFT, _basis_name(alignment), tuple(key for operator in chosen for key in keys(operator)))


def _basis_name(alignment: str) -> str:
    if alignment not in ALIGNMENTS:
        raise unknown("alignment", alignment, ALIGNMENTS)
    return ALIGNMENTS[alignment]


def canonical(name: str) -> tuple[str, bool]:
    """The WCxf coefficient that ``name`` means, and whether ``name`` is its complex conjugate.

    Raises :class:`InputError` with the nearest names for an operator or an index that does not exist.
    """
    found = _meant(name)
    if found is None:
        raise unknown("coefficient of SMEFT/Warsaw", name, warsaw().coefficients)
    return found


def _meant(name: str) -> tuple[str, bool] | None:
    """As :func:`canonical`; nothing for what is no coefficient of nutau's."""
    operator, _, digits = name.partition("_")
    fields = FIELDS.get(operator)
    if fields is None or len(digits) != len(fields) or not set(digits) <= set("123"):
        return (name, False) if name in FLAVOURLESS else None
    found = entry(operator, tuple(map(int, digits)))
    return found.key, found.conjugate


@lru_cache(maxsize=256)
def _expansion(basis: Basis, operator: str) -> tuple[Array, Array, Array]:
    """For each index string: its position in ``basis`` (its length where absent), conjugation, weight."""
    found = [entry(operator, indices) for indices in strings(operator)]
    at = [basis.index(each.key) if each.key in basis else len(basis) for each in found]
    return (
        np.array(at),
        np.array([each.conjugate for each in found]),
        np.array([each.weight for each in found]),
    )


def full_sum(wilson: Wilson, operator: str) -> Array:
    """The full-sum array of an operator, ``(..., 3, 3[, 3, 3])``, with all its symmetries."""
    at, conjugate, weight = _expansion(wilson.basis, operator)
    xp = namespace(wilson.values)
    padded = xp.concatenate([wilson.values, xp.zeros_like(wilson.values[..., :1])], axis=-1)
    values = padded[..., at] * xp.asarray(weight, dtype=complex)
    values = xp.where(conjugate, xp.conj(values), values)
    return values.reshape(*values.shape[:-1], *(3,) * len(FIELDS[operator]))


@cache
def _contraction(operator: str) -> tuple[Array, Array]:
    """For each key: the positions of its strings in a flat array, and which count; both (strings, keys)."""
    orbits = [sorted(symmetric(operator, tuple(map(int, key.partition("_")[2])))) for key in keys(operator)]
    longest = max(map(len, orbits))
    place = {indices: position for position, indices in enumerate(strings(operator))}
    at = [[place[orbit[min(slot, len(orbit) - 1)]] for orbit in orbits] for slot in range(longest)]
    counts = [[slot < len(orbit) for orbit in orbits] for slot in range(longest)]
    return np.array(at), np.array(counts)


def from_full_sum(arrays: Mapping[str, Array], scale: float, *, alignment: str = "down") -> Wilson:
    """WCxf coefficients of a full sum; ``arrays[operator]`` ``(..., 3, 3[, 3, 3])`` may lack the symmetries.

    The array of a Hermitian operator must be Hermitian, :math:`C_{jilk} = C_{ijkl}^*`.
    """
    xp = namespace(*arrays.values())
    batches = [array.shape[: array.ndim - len(FIELDS[operator])] for operator, array in arrays.items()]
    batch = np.broadcast_shapes(*batches)
    blocks = []
    for operator, array in arrays.items():
        at, counts = _contraction(operator)
        rank = len(FIELDS[operator])
        flat = xp.broadcast_to(xp.asarray(array), (*batch, *(3,) * rank)).reshape(*batch, 3**rank)
        blocks.append(xp.sum(xp.where(counts, flat[..., at], 0.0), axis=-2))
    return Wilson(xp.concatenate(blocks, axis=-1), warsaw(*arrays, alignment=alignment), scale)


def realigned(wilson: Wilson, alignment: str, ckm: Array) -> Wilson:
    r"""The same physics with the doublets aligned to the down or to the up quarks.

    With :math:`Q^{up}_i = V_{ij} Q^{down}_j`, every barred doublet index turns a coefficient of the up basis
    into one of the down basis by :math:`V^*_{ai}`, every unbarred one by :math:`V_{ai}` (``ckm`` is
    :math:`V`, ``(..., 3, 3)``).
    """
    target = _basis_name(alignment)
    if wilson.basis.name == target:
        return wilson
    present = {name.partition("_")[0] for name in wilson.basis.coefficients}
    rotation = ckm if alignment == "down" else namespace(ckm).conj(ckm).swapaxes(-1, -2)
    arrays = {
        name: _rotated(full_sum(wilson, name), FIELDS[name], rotation) for name in FIELDS if name in present
    }
    if not arrays:  # nothing with flavour: only the name of the basis changes
        return Wilson(wilson.values, Basis(EFT, target, wilson.basis.coefficients), wilson.scale)
    turned = from_full_sum(arrays, wilson.scale, alignment=alignment)
    flavourless = tuple(name for name in FLAVOURLESS if name in wilson.basis)
    xp = namespace(turned.values)
    shape = (*turned.values.shape[:-1], 1)  # flavour turns with the CKM matrix, of which there may be many
    columns = [xp.broadcast_to(wilson[name][..., None], shape) for name in flavourless]
    values = xp.concatenate([*columns, turned.values], axis=-1)
    return Wilson(values, Basis(EFT, target, (*flavourless, *turned.basis.coefficients)), wilson.scale)


def _rotated(array: Array, fields: str, rotation: Array) -> Array:
    xp = namespace(array, rotation)
    rotation = rotation[..., *(None,) * (len(fields) - 1), :, :]
    for position, field in enumerate(fields):
        if field == "q":
            matrix = xp.conj(rotation) if position % 2 == 0 else rotation
            axis = position - len(fields)
            array = xp.moveaxis(xp.einsum("...a,...ai->...i", xp.moveaxis(array, axis, -1), matrix), -1, axis)
    return array


def read_smeft(source: str | Path | Mapping[str, Any], ckm: Array | None = None) -> Wilson:
    """A WCxf file of the Warsaw basis (either alignment), down-aligned; ``ckm`` is needed for ``Warsaw up``.

    Redundant names are understood (``lq1_3223`` is the conjugate of ``lq1_2332``). Raises :class:`InputError`
    if two names of one operator are given, if the coefficient of a Hermitian operator is complex, and as
    :func:`nutau.eft.wilson.read_wcxf` does.
    """
    bases = tuple(warsaw(alignment=alignment) for alignment in ALIGNMENTS)
    wilson = read_wcxf(source, bases, rename=canonical_document)
    if wilson.basis.name == ALIGNMENTS["down"]:
        return wilson
    if ckm is None:
        raise InputError(f"{wilson.basis} is turned to {warsaw()} with the CKM matrix; give ckm.")
    return realigned(wilson, "down", np.asarray(ckm))


def canonical_document(document: Mapping[str, Any], where: str = "the WCxf document") -> Mapping[str, Any]:
    """A WCxf document of the SMEFT with its coefficients under WCxf's names; others unchanged."""
    values = document.get("values")
    if document.get("eft") != EFT or not isinstance(values, Mapping):
        return document
    return {**document, "values": _canonical_values(values, where)}


def _canonical_values(values: Mapping[Any, Any], where: str) -> dict[str, Any]:
    renamed: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for name, value in values.items():
        found = _meant(str(name))
        if found is None:
            renamed[str(name)] = value  # WCxf may know it; if not, it is reported with all other problems
            continue
        key, conjugate = found
        if key in origin:
            raise InputError(
                f"{where}: {origin[key]} and {name} are one operator; give one of them (WCxf: {key})."
            )
        if is_real(key) and _has_phase(value):
            if abs(value["Im"]) > ROUNDING * abs(value.get("Re", 0.0)):
                raise InputError(f"{where}: {name} is of a Hermitian operator and must be real, not {value}.")
            value = value.get("Re", 0.0)
        origin[key] = str(name)
        renamed[key] = {**value, "Im": -value["Im"]} if conjugate and _has_phase(value) else value
    return renamed


def _has_phase(value: Any) -> bool:
    parts = (value.get("Re", 0.0), value.get("Im")) if isinstance(value, Mapping) else (None,)
    return all(isinstance(part, int | float) for part in parts)
