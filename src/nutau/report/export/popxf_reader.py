"""POPxf 1.0 files read back: formulas that nutau can evaluate, uncertainties and their correlations."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.checked import checked
from nutau.common.files import read_text
from nutau.common.given import stream
from nutau.common.yaml_files import validate
from nutau.eft.algebra import Quadratic
from nutau.eft.wilson import Basis
from nutau.errors import InputError, listed, unreadable
from nutau.observables.formula import Forms, Formula, Readout
from nutau.report.export.popxf_keys import CONSTANT, Key, parse
from nutau.report.export.popxf_schema import (
    CorrelationBlock,
    Metadata,
    Monomials,
    PopxfDocument,
    correlation_blocks,
)

_SHAPES: tuple[tuple[str, Readout], ...] = (
    (r"(?P<num>\w+)(?:/(?P<den>\w+))?", "ratio"),
    (r"(?:np\.)?sqrt\((?P<num>\w+)(?:/(?P<den>\w+))?\)", "sqrt"),
    (r"(?:np\.)?arctan2\((?P<num>\w+),(?P<den>\w+)\)", "angle"),
    (r"(?P<num>\w+)/(?:np\.)?sqrt\((?P<den>\w+)\*(?P<den2>\w+)\)", "geometric"),
)


@dataclass(frozen=True)
class Popxf:
    """The content of a POPxf file.

    ``formulas`` hold central values. ``coefficients`` ``(observables, monomials)`` are those of the
    observables (their expansions, if they are functions of polynomials) over ``monomials``, sorted;
    ``uncertainties`` of the same shape and ``correlations`` ``(observables, monomials, observables,
    monomials)`` are by source, mostly ``"total"``. ``scales`` (GeV) are those of the coefficients of ``basis`` that
    each formula takes, one an observable; mostly they are one (:attr:`scale`).
    """

    observables: tuple[str, ...]
    basis: Basis
    scales: tuple[float, ...]
    formulas: tuple[Formula, ...]
    monomials: tuple[Key, ...]
    coefficients: Array
    uncertainties: Mapping[str, Array]
    correlations: Mapping[str, Array]

    @property
    def scale(self) -> float:
        """The scale (GeV) of all coefficients; :class:`InputError` if observables have scales of their own."""
        if len(set(self.scales)) > 1:
            raise InputError(
                f"The observables of this file have {len(set(self.scales))} different scales; take those of 'scales', "
                "and give each formula the coefficients at its own."
            )
        return self.scales[0]

    def covariance(self, source: str = "total") -> Array:
        """Covariance ``(observables, monomials, observables, monomials)`` of the coefficients of observables.

        Without a correlation file, coefficients count as uncorrelated.
        """
        if source not in self.uncertainties:
            raise InputError(f"The file has no uncertainties '{source}'; it has {list(self.uncertainties)}.")
        errors = self.uncertainties[source]
        if source in self.correlations:
            matrix = self.correlations[source]
        else:
            matrix = np.eye(errors.size).reshape(*errors.shape, *errors.shape)
        return errors[:, :, None, None] * matrix * errors

    def with_draws(self, draws: int, seed: int = 0, source: str = "total") -> tuple[Formula, ...]:
        """Formulas with Gaussian theory draws from the covariance.

        Raises :class:`InputError` where an observable is a ratio of polynomials: POPxf lacks their errors.
        """
        if any(formula.central.denominator is not None for formula in self.formulas):
            raise InputError(
                "POPxf has no uncertainties of polynomials, so ratios cannot be drawn; use covariance()."
            )
        shape = self.coefficients.shape
        covariance = self.covariance(source).reshape(self.coefficients.size, -1)
        values, vectors = np.linalg.eigh(covariance)
        normal = stream(seed).standard_normal((draws, len(values)))
        shifts = (normal * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T
        drawn = self.coefficients + shifts.reshape(draws, *shape)
        return tuple(
            replace(
                formula,
                draws=replace(formula.central, numerator=_form(self.basis, self.monomials, drawn[:, i])),
            )
            for i, formula in enumerate(self.formulas)
        )


@checked
def read_popxf(
    source: str | Path | Mapping[str, Any], correlations: str | Path | Mapping[str, Any] | None = None
) -> Popxf:
    """A POPxf 1.0 file or document, and its correlation file.

    Raises :class:`InputError` with all problems of a file, for an observable made of polynomials at different
    scales, a basis without WCxf name, a degree above 2, and expressions other than ``num``, ``num / den``,
    ``sqrt(...)``, ``arctan2(num, den)``.

    >>> import nutau
    >>> rates = nutau.formulas(["BR(B+->Knunu)"], draws=10)
    >>> document = nutau.to_popxf(rates, scale=4.8, only=["CL_bsnutaunutau"]).document
    >>> nutau.read_popxf(document).observables
    ('BR(B+->Knunu)',)
    """
    where, content = _load(source)
    document = validate(PopxfDocument, content, where)
    meta, data = document.metadata, document.data
    if meta.basis.wcxf is None or meta.polynomial_degree > 2:
        raise InputError(f"{where}: nutau reads files in a WCxf basis and of degree 1 or 2.")
    basis = Basis(meta.basis.wcxf.eft, meta.basis.wcxf.basis, tuple(meta.parameters))
    degree = meta.polynomial_degree
    formulas = _formulas(document, basis, where)
    monomials, coefficients = _table(data.observable_central or {}, len(formulas), degree)
    uncertainties = {
        name: _aligned(entry, monomials, degree)
        for name, entry in (data.observable_uncertainties or {}).items()
    }
    blocks = (
        {} if correlations is None else _correlations(correlations, meta.observable_names, len(monomials))
    )
    return Popxf(
        tuple(meta.observable_names),
        basis,
        _scales(meta, where),
        formulas,
        monomials,
        coefficients,
        uncertainties,
        blocks,
    )


def _scales(meta: Metadata, where: str) -> tuple[float, ...]:
    """The scale of every observable; in the file they may be those of the polynomials that it is made of."""
    if not isinstance(meta.scale, list):
        return (float(meta.scale),) * len(meta.observable_names)
    if meta.polynomial_names is None:
        return tuple(map(float, meta.scale))
    of = dict(zip(meta.polynomial_names, map(float, meta.scale), strict=True))
    found = []
    for name, expression in zip(meta.observable_names, meta.observable_expressions or (), strict=True):
        used = sorted({of[polynomial] for polynomial in expression.variables.values()})
        if len(used) > 1:
            raise InputError(
                f"{where}: {name} is made of polynomials at {listed([f'{scale:g} GeV' for scale in used])}; nutau "
                "reads observables with one scale each."
            )
        found += used
    return tuple(found)


def _load(source: str | Path | Mapping[str, Any]) -> tuple[str, Any]:
    if isinstance(source, Mapping):
        return "the POPxf document", dict(source)
    try:
        return str(source), json.loads(read_text(Path(source)))
    except json.JSONDecodeError as error:
        raise InputError(f"{source}, line {error.lineno}: no JSON ({error.msg}).") from None
    except InputError:
        raise
    except (ValueError, RecursionError) as error:
        raise unreadable(str(source), error) from None


def _table(entries: Monomials, count: int, degree: int) -> tuple[tuple[Key, ...], Array]:
    """Sorted keys and coefficients ``(columns, monomials)``."""
    parsed = {parse(text, degree): numbers for text, numbers in entries.items()}
    keys = tuple(sorted({CONSTANT, *parsed}))
    return keys, np.array([parsed.get(key, [0.0] * count) for key in keys]).T


def _aligned(entry: Monomials | list[float], keys: tuple[Key, ...], degree: int) -> Array:
    """Uncertainties over given keys; a list belongs to the constant."""
    if isinstance(entry, list):
        return np.array([[error if key == CONSTANT else 0.0 for key in keys] for error in entry])
    own, values = _table(entry, len(next(iter(entry.values()))), degree)
    place = {key: position for position, key in enumerate(own)}
    return np.array([[row[place[key]] if key in place else 0.0 for key in keys] for row in values])


def _formulas(document: PopxfDocument, basis: Basis, where: str) -> tuple[Formula, ...]:
    meta, data = document.metadata, document.data
    names = meta.polynomial_names or meta.observable_names
    central = data.polynomial_central or data.observable_central or {}
    keys, table = _table(central, len(names), meta.polynomial_degree)
    forms = {name: _form(basis, keys, row) for name, row in zip(names, table, strict=True)}
    if meta.observable_expressions is None:
        return tuple(Formula(name, Forms(forms[name])) for name in meta.observable_names)
    read = []
    for name, entry in zip(meta.observable_names, meta.observable_expressions, strict=True):
        above, below, second, readout = _expression(entry.expression, name, where)
        parts = [forms[entry.variables[v]] if v in entry.variables else None for v in (above, below, second)]
        if parts[0] is None or (parts[1] is None and below not in ("", "1")) or (parts[2] is None and second):
            raise InputError(f"{where}: the expression of {name} uses a variable that it does not define.")
        read.append(Formula(name, Forms(parts[0], parts[1], readout, parts[2])))
    return tuple(read)


def _expression(text: str, name: str, where: str) -> tuple[str, str, str, Readout]:
    """Numerator, denominator, its second factor (or ``""``) and readout of an expression."""
    compact = re.sub(r"\s", "", text)
    for pattern, readout in _SHAPES:
        if match := re.fullmatch(pattern, compact):
            found = match.groupdict()
            return found["num"], found["den"] or "", found.get("den2") or "", readout
    raise InputError(
        f"{where}: the expression of {name} is '{text}'; nutau reads num, num / den, sqrt(num / den), "
        "num / sqrt(den * den2) and arctan2(num, den) with names of polynomials."
    )


def _form(basis: Basis, keys: tuple[Key, ...], table: Array) -> Quadratic:
    r"""Real monomials ``(..., M)`` as a form of :math:`(1, C, \bar C)`, with :math:`x=(C+\bar C)/2`."""
    size = len(basis)
    real = np.zeros((*table.shape[:-1], 1 + 2 * size, 1 + 2 * size))
    for position, (first, second, parts) in enumerate(keys):
        i, j = (_row(basis, name, part) for name, part in zip((first, second), parts, strict=True))
        real[..., i, j] += 0.5 * table[..., position]
        real[..., j, i] += 0.5 * table[..., position]
    unit = np.eye(size)
    parts_of = np.zeros((1 + 2 * size, 1 + 2 * size), dtype=complex)  # (1, x, y) from (1, C, conj C)
    parts_of[0, 0] = 1.0
    parts_of[1 : 1 + size, 1:] = np.hstack([0.5 * unit, 0.5 * unit])
    parts_of[1 + size :, 1:] = np.hstack([-0.5j * unit, 0.5j * unit])
    return Quadratic(parts_of.conj().T @ real @ parts_of, basis)


def _row(basis: Basis, name: str, part: str) -> int:
    return 0 if not name else 1 + basis.index(name) + (len(basis) if part == "I" else 0)


def _correlations(
    source: str | Path | Mapping[str, Any], observables: list[str], count: int
) -> dict[str, Array]:
    where, content = _load(source)
    blocks, problem = correlation_blocks(content)
    if problem:
        raise InputError(f"{where}: {problem}.")
    place = {name: position for position, name in enumerate(observables)}
    found: dict[str, np.ndarray] = {}
    for block in (validate(CorrelationBlock, block, where) for block in blocks.values()):
        rows = [name for name in block.row_names if name in place]
        columns = [name for name in block.col_names if name in place]
        for name, values in block.correlations.items():
            full = np.asarray(values, dtype=float)
            if full.ndim == 4 and full.shape[2:] != (count, count):
                raise InputError(f"{where}: {full.shape[2]} monomials where the POPxf file has {count}.")
            wanted = found.setdefault(name, _identity(len(observables), count))
            for row in rows:
                for column in columns:
                    entry = full[block.row_names.index(row), block.col_names.index(column)]
                    i, j = place[row], place[column]
                    if full.ndim == 2:
                        wanted[i, 0, j, 0] = wanted[j, 0, i, 0] = entry
                    else:
                        wanted[i, :, j, :] = entry
                        wanted[j, :, i, :] = entry.T
    return found


def _identity(observables: int, count: int) -> Array:
    return np.eye(observables * count).reshape(observables, count, observables, count)
