r"""Running of the SMEFT from a high scale to the weak theory: tables of wilson's evolution, interpolated.

:math:`C(\mu) = L(\Lambda)\,C(\Lambda) + K(\Lambda)\,\bar C(\Lambda)` with wilson's (:cite:`Aebischer:2018bkb`)
one-loop SMEFT anomalous dimension (QCD, electroweak, Yukawa), its tree-level match at 91.1876 GeV and its QCD and
QED running below. Each entry is a Chebyshev polynomial in :math:`\ln\Lambda`, from :math:`m_Z` (where it is the match
alone) to 100 TeV. The files are made by ``tools/make_smeft_running.py``, which also makes them for other CKM elements
and parameters.

**One alpha.** wilson normalises its weak theory with :math:`\alpha = 1/127.9` at every scale, nutau's rates with
:math:`\alpha(4.8\,\mathrm{GeV})`. What is physical is the product of prefactor and coefficient. So with
``constants``, those of the rates (:func:`nutau.eft.smeft.matching.constants` at the low scale), each coefficient is
multiplied by the ratio of the prefactors: :math:`v^2/(\alpha\lambda_t)` for b -> s l l and b -> s nu nu
(:math:`V_{td}` for :math:`V_{ts}` in b -> d l l), with :math:`1/m_b` for CS and CP, :math:`v^2/V_{qb}` for
b -> q l nu. Without, the numbers and their normalisation are wilson's.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from nutau.common.arrays import Array, lock, namespace
from nutau.common.reading import npz_arrays, read_bytes
from nutau.common.yaml_files import folder
from nutau.eft.algebra import Affine
from nutau.eft.smeft.basis import warsaw
from nutau.eft.smeft.matching import Constants
from nutau.eft.wet.basis import MIXING, MU_B, TWO_NEUTRINOS, WET
from nutau.eft.wilson import Basis
from nutau.errors import InputError, unknown

SCHEMA = "nutau/running/2"
M_Z = 91.1876
"""GeV, where the tables match the SMEFT to the weak theory and where Z decays take their couplings."""
SAME = 1e-3
"""A scale so little below the table, relatively, is taken for its lower end: :math:`m_Z` has other digits elsewhere."""
TEV = 30.0
"""Up to this number a scale outside the table is taken for one in TeV, in messages; 80.4 and 91.2 are in GeV."""
TABLES = (("WET", MU_B), ("WET", 80.4), ("WET", M_Z), ("SMEFT", M_Z))
"""The tables shipped with nutau, by theory and scale (GeV) of the target."""

NORMALISED = {"alpha", "alpha_s", "lambda_t", "lambda_td", "lambda_sd", "m_b", "v2"} | {
    *("v_ud", "v_us", "v_ub", "v_cd", "v_cs", "v_cb")
}
"""The numbers in the prefactors of the weak theory that its tables give."""


def file_name(eft: str, scale: float) -> str:
    """The name of a table's file, as ``tools/make_smeft_running.py`` writes it."""
    return f"smeft_{eft.lower()}_{scale:g}.npz"


@dataclass(frozen=True, eq=False)
class Table:
    """The entries of a map that matter, as Chebyshev series in the logarithm of the high scale."""

    where: str
    target: tuple[str, str, float]  # eft, basis, scale in GeV
    scales: tuple[float, float]  # GeV, range of the high scale
    normalisation: Mapping[str, complex]  # the numbers in the prefactors of the target's operators
    targets: tuple[str, ...]
    sources: tuple[str, ...]
    negligible: tuple[str, ...]  # sources without an entry above the cut
    rows: Array  # (entries,)
    columns: Array  # (entries,): source, or source + len(sources) for its complex conjugate
    coefficients: Array  # (order, entries) complex

    def __post_init__(self) -> None:
        """Tables are shared: their arrays are read-only."""
        lock(self, "rows", "columns", "coefficients")

    @property
    def basis(self) -> Basis:
        """All targets of the table."""
        return Basis(self.target[0], self.target[1], self.targets)


def load(eft: str = "WET", scale: float = MU_B, *, tables: str | Path | None = None) -> Table:
    """A table by theory and scale (GeV) of the target: nutau's, or the one in a folder ``tables`` of the user.

    :class:`InputError` if there is none, or if the file is no such table.
    """
    if tables is not None:
        path = Path(tables) / file_name(eft, scale)
        if not path.is_file():
            raise InputError(
                f"There is no running table {path}. Make it with tools/make_smeft_running.py --out {tables}."
            )
        return _read(str(path))
    for name, low in TABLES:
        if name == eft and math.isclose(low, scale, rel_tol=1e-6):
            return _packaged(file_name(name, low))
    known = ", ".join(f"{name} at {low:g} GeV" for name, low in TABLES)
    raise InputError(
        f"There is no running table to {eft} at {scale:g} GeV. nutau has {known}; "
        "make others with tools/make_smeft_running.py --scales."
    )


@cache
def _packaged(file: str) -> Table:
    return _table_of(file, folder("running").joinpath(file).read_bytes())


def _read(file: str) -> Table:
    """A table of the user: read again at every call, as the file may be another one under the same name."""
    try:
        content = read_bytes(file)
    except OSError as error:
        raise InputError(f"Cannot read the running table {file}: {error.strerror or error}.") from None
    return _table_of(file, content)


@lru_cache(maxsize=16)
def _table_of(file: str, content: bytes) -> Table:
    """The table that a file of this content holds."""
    try:
        arrays = npz_arrays(content, file)
        header = json.loads(str(arrays["header"]))
        if header["schema"] != SCHEMA:
            raise ValueError(f"its schema is not {SCHEMA}")
        table = _table(file, header, arrays)
        _check(table)
        return table
    except InputError as error:
        reason = str(error)
    except KeyError as error:
        reason = f"it has no {error}"
    except (AttributeError, TypeError, ValueError, ArithmeticError, RecursionError) as error:  # other content
        reason = " ".join(str(error).split())[:200]
    raise InputError(
        f"{file} is no running table of nutau ({reason}); make one with tools/make_smeft_running.py."
    )


def _table(file: str, header: Mapping[str, Any], data: Mapping[str, Array]) -> Table:
    target, (low, high) = header["target"], header["range"]
    parts = data["real"].astype(float), data["imaginary"].astype(float)
    if parts[0].shape != parts[1].shape:
        raise ValueError("its real and imaginary parts have other lengths")
    return Table(
        where=file,
        target=(target["eft"], target["basis"], float(target["scale"])),
        scales=(float(low), float(high)),
        normalisation={name: complex(*value) for name, value in header["normalisation"].items()},
        targets=tuple(data["targets"].tolist()),
        sources=tuple(data["sources"].tolist()),
        negligible=tuple(data["negligible"].tolist()),
        rows=data["row"].astype(np.intp),
        columns=data["column"].astype(np.intp),
        coefficients=parts[0] + 1j * parts[1],
    )


def _check(table: Table) -> None:
    """Raise ``ValueError`` for the first thing by which the parts of a table do not go together."""
    low, high = table.scales
    entries = table.coefficients.shape[-1:]
    names = (*table.targets, *table.sources, *table.negligible)
    sizes = [*table.normalisation.values(), *(complex(scale) for scale in (low, high, table.target[2]))]
    rules = {
        "its names are no words": all(isinstance(name, str) for name in (*names, *table.target[:2])),
        "a target stands twice": len(set(table.targets)) == len(table.targets),
        "a source stands twice": len({*table.sources, *table.negligible})
        == len(table.sources) + len(table.negligible),
        "its scales are not in order": 0 < low < high and table.target[2] > 0,
        "its scales or normalisation are not finite": all(np.isfinite(size) and size != 0 for size in sizes),
        "its normalisation lacks a number": table.target[0] != "WET"
        or set(table.normalisation) >= NORMALISED,
        "its arrays have other lengths than its entries": table.coefficients.ndim == 2
        and len(table.coefficients) >= 2
        and table.rows.shape == table.columns.shape == entries,
        "a row is none of its targets": _within(table.rows, len(table.targets)),
        "a column is none of its sources": _within(table.columns, 2 * len(table.sources)),
        "its coefficients are not finite": bool(np.all(np.isfinite(table.coefficients))),
    }
    for problem, holds in rules.items():
        if not holds:
            raise ValueError(problem)


def _within(positions: Array, count: int) -> bool:
    return bool(np.all((positions >= 0) & (positions < count)))


def running(
    scale_high: Array,
    scale_low: float = MU_B,
    *,
    source: Basis | None = None,
    target: Basis = WET,
    constants: Constants | None = None,
    tables: str | Path | None = None,
) -> Affine:
    r"""The map from Warsaw coefficients (GeV\ :sup:`-2`) at ``scale_high`` to ``target`` at ``scale_low`` (GeV).

    ``scale_high`` may be an array ``(...)`` or traced by JAX (the map is differentiable in it); the matrix has
    shape ``(..., 1 + m, 1 + 2n)`` on :math:`(1, C, \bar C)`. ``source`` (default: all of Warsaw) and ``target``
    select names, the fewer the faster; a target basis of the SMEFT, with ``scale_low=91.1876``, stays in the SMEFT.
    ``constants`` puts the result into the normalisation of nutau's rates (see above); its axes broadcast
    with those of ``scale_high``. ``tables`` is a folder of tables made for other parameters.

    Raises :class:`InputError` for a scale outside the table or names that it does not hold. A traced scale cannot be
    looked at: outside the table it gives NaN.
    """
    stored = load(target.eft, scale_low, tables=tables)
    if not math.isclose(stored.target[2], scale_low, rel_tol=1e-6):
        raise InputError(
            f"The table {stored.where} runs to {stored.target[2]:g} GeV, not to {scale_low:g} GeV. "
            "Make one for that scale with tools/make_smeft_running.py --scales."
        )
    source = warsaw() if source is None else source
    rows, coefficients, place = _layout(stored, source, target)
    values = _evaluate(stored, coefficients, scale_high)
    if constants is not None and stored.target[0] == "WET":
        factor = _renormalisation(stored, constants)[..., rows]
        rank = max(values.ndim, factor.ndim)
        values, factor = (x.reshape((1,) * (rank - x.ndim) + x.shape) for x in (values, factor))
        values = values * factor
    xp = namespace(values)
    zero_one = xp.broadcast_to(xp.asarray([0.0, 1.0], dtype=complex), (*values.shape[:-1], 2))
    return Affine(xp.concatenate([values, zero_one], axis=-1)[..., place], source, target)


@lru_cache(maxsize=64)
def _layout(stored: Table, source: Basis, target: Basis) -> tuple[Array, Array, Array]:
    """Of the entries between two bases the row in the table and the series; and, for each element of the matrix,
    its position among the entries followed by 0 and 1.
    """
    if (target.eft, target.name) != stored.target[:2]:
        raise InputError(f"The table {stored.where} runs to {'/'.join(stored.target[:2])}, not to {target}.")
    if not source.same_theory(warsaw()):
        raise InputError(
            f"Running starts from {warsaw()}, not from {source}. Translate the coefficients first."
        )
    row_of = {name: i for i, name in enumerate(target.coefficients)}
    for name in row_of:
        if name not in stored.targets and name not in TWO_NEUTRINOS:
            raise unknown("target of the running", name, stored.targets, f"table {stored.where}")
    column_of = {name: i for i, name in enumerate(source.coefficients)}
    known = {*stored.sources, *stored.negligible}
    for name in column_of:
        if name not in known:
            raise unknown("source of the running", name, sorted(known), f"table {stored.where}")
    n = len(stored.sources)
    new_row = np.array([row_of.get(name, -1) for name in stored.targets])
    new_column = np.array([column_of.get(name, -1) for name in stored.sources])
    rows, columns = new_row[stored.rows], new_column[stored.columns % n]
    entries = np.flatnonzero((rows >= 0) & (columns >= 0))
    place = np.full((1 + len(row_of), 1 + 2 * len(column_of)), len(entries))
    conjugate = (stored.columns[entries] >= n) * len(column_of)
    place[1 + rows[entries], 1 + columns[entries] + conjugate] = np.arange(len(entries))
    place[0, 0] = len(entries) + 1
    return stored.rows[entries], stored.coefficients[:, entries], place


def _evaluate(stored: Table, coefficients: Array, scale: Array) -> Array:
    """The series ``(order, entries)`` at ``scale`` ``(...)``, shape ``(..., entries)``."""
    xp = namespace(scale)
    low, high = stored.scales
    scale = xp.asarray(scale, dtype=float)
    inside = (scale >= low * (1 - SAME)) & (scale <= high * (1 + 1e-12))
    _check_range(stored, scale, inside)
    log_scale = xp.log(xp.where(inside, scale, low))
    x = xp.where(inside, (2.0 * log_scale - math.log(low * high)) / math.log(high / low), math.nan)
    terms = [xp.ones_like(x), x]
    for _ in range(len(coefficients) - 2):
        terms.append(2.0 * x * terms[-1] - terms[-2])
    return xp.stack(terms, axis=-1).astype(complex) @ xp.asarray(coefficients)


def meant(scale: float, low: float, high: float) -> str:
    """A hint for a scale that would be inside the range if it were in TeV."""
    inside = not low <= scale <= high and low <= 1e3 * scale <= high and scale <= TEV
    return f" Masses and scales are in GeV; did you mean {1e3 * scale:.10g}?" if inside else ""


def _check_range(stored: Table, scale: Array, inside: Array) -> None:
    try:
        outside = ~np.asarray(inside)
    except TypeError:  # a JAX tracer has no value yet
        return
    if np.any(outside):
        low, high = stored.scales
        try:
            first = float(np.ravel(np.asarray(scale)[outside])[0])
        except TypeError:  # jax.grad: which points are outside is known, but not where they are
            shown, hint = "A scale", ""
        else:
            shown, hint = f"The scale {first:.10g} GeV", meant(first, low, high)
        raise InputError(
            f"{shown} is outside the running table {stored.where}, {low:g} to {high:g} GeV. "
            f"Choose a scale inside, or match at tree level (`running='none'`).{hint}"
        )


def _renormalisation(stored: Table, c: Constants) -> Array:
    """The factor that takes each target from the prefactor of the table to that of ``c``, ``(..., targets)``."""
    t = stored.normalisation
    xp = namespace(c.alpha, c.lambda_t, c.lambda_td, c.v2, c.m_b, c.alpha_s, c.v_cb, c.v_ub, c.ckm)

    def ratio(ours: Array, name: str) -> Array:
        """The table's number over ours."""
        return t[name] / xp.asarray(ours).astype(complex)

    alpha, m_b, alpha_s = ratio(c.alpha, "alpha"), ratio(c.m_b, "m_b"), ratio(c.alpha_s, "alpha_s")
    v2 = 1.0 / ratio(c.v2, "v2")
    penguin = v2 * ratio(c.lambda_t, "lambda_t")
    to_down = v2 * ratio(c.lambda_td, "lambda_td")
    kaon = v2 * ratio(c.ckm[..., 2, 1] * xp.conj(c.ckm[..., 2, 0]), "lambda_sd")
    factors = {
        "C9": penguin * alpha,
        "CS": penguin * alpha * m_b,
        "C9 d": to_down * alpha,
        "CS d": to_down * alpha * m_b,
        "C7": penguin * xp.sqrt(alpha) * m_b,
        "C8": penguin * xp.sqrt(alpha_s) * m_b,
        "bc": v2 * ratio(c.v_cb, "v_cb"),
        "bu": v2 * ratio(c.v_ub, "v_ub"),
        **{
            f"{down}{up}": v2 * ratio(c.ckm[..., i, j], f"v_{up}{down}")
            for i, up in enumerate("uc")
            for j, down in enumerate("ds")
        },
        "C9 sd": kaon * alpha,
        "": xp.ones_like(v2),
    }
    return xp.stack(xp.broadcast_arrays(*factors.values()), axis=-1)[..., _groups(stored, tuple(factors))]


@lru_cache(maxsize=64)
def _groups(stored: Table, groups: tuple[str, ...]) -> Array:
    """For each target of a table, the position of its prefactor among ``groups``."""
    return np.array([groups.index(_normalised_like(name)) for name in stored.targets])


def _normalised_like(name: str) -> str:
    """The group of coefficients that share a prefactor: C9, CS (both for s and d), C7, C8, bc and its like, or none."""
    operator, _, flavours = name.partition("_")
    if flavours in MIXING or not flavours.startswith(("b", "s", "d")):
        return ""
    if flavours[1] in "uc":
        return flavours[:2]
    if flavours.startswith("sd"):
        return "C9 sd"
    for group in ("C7", "C8"):
        if operator in (group, f"{group}p"):
            return group
    group = "CS" if operator in ("CS", "CSp", "CP", "CPp") else "C9"
    return group if flavours.startswith("bs") else f"{group} d"
