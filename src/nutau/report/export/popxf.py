"""Formulas as POPxf 1.0 (:cite:`arXiv:2511.17348`): coefficients, theory uncertainties, and their correlations.

A rate is written as its polynomial in real and imaginary parts of Wilson coefficients (single-polynomial
mode). If any observable is a ratio, all are written as expressions of polynomials, with their Taylor
polynomials around the SM besides, which carry the uncertainties. Every key says which parts it means: RR, RI, II.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from nutau.common.arrays import Array
from nutau.common.checked import checked
from nutau.eft.algebra import Affine
from nutau.errors import InputError
from nutau.inputs import Inputs
from nutau.observables.formula import Formula, Readout
from nutau.observables.polynomials import Polynomial, correlation, pieces, polynomial
from nutau.report.export.popxf_keys import CONSTANT, Key, key, text
from nutau.report.export.popxf_metadata import DECIMALS, provenance, sectors
from nutau.report.export.popxf_schema import CORRELATION_SCHEMA, SCHEMA

SMALLEST = 1e-6
"""Monomials are left out whose coefficient is below this fraction of the largest: traces of running."""


@dataclass(frozen=True)
class Exported:
    """A POPxf document and its correlation document (``None`` without theory errors)."""

    document: dict[str, Any]
    correlations: dict[str, Any] | None


@checked
def to_popxf(
    formulas: Sequence[Formula],
    *,
    scale: float,
    inputs: Inputs | None = None,
    only: Iterable[str] | None = None,
    smallest: float = SMALLEST,
    settings: dict[str, Any] | None = None,
    correlation_file: str | None = None,
) -> Exported:
    """Formulas, with coefficients at ``scale`` GeV and shared theory draws, as POPxf 1.0.

    ``inputs`` are written out with their sources; ``only`` keeps these coefficients and sets the others to
    zero; monomials below ``smallest`` times the largest coefficient are left out; ``settings`` are recorded as
    settings of nutau; ``correlation_file`` is the name that the document gives.
    Raises :class:`InputError` without observables, for one twice, and if no coefficient is left.

    >>> import nutau
    >>> rates = nutau.formulas(["BR(B+->Knunu)"], draws=10)
    >>> exported = nutau.to_popxf(rates, scale=4.8, only=["CL_bsnutaunutau"])
    >>> nutau.read_popxf(exported.document).observables
    ('BR(B+->Knunu)',)
    """
    chosen = [formula if only is None else restricted(formula, tuple(only)) for formula in formulas]
    names = [formula.observable for formula in chosen]
    if not names:
        raise InputError("POPxf needs at least one observable.")
    if len(set(names)) < len(names):
        raise InputError(f"POPxf needs each observable once; given: {', '.join(names)}.")
    parts = [_parts(formula, smallest) for formula in chosen]
    expanded = [polynomial(formula, expand=True).without(smallest) for formula in chosen]
    keys = _keys(expanded)
    aligned = [_aligned(made, keys) for made in expanded]
    everything = _keys([made for pair in parts for made in pair if made is not None])
    metadata = _metadata(chosen, sorted({*keys, *everything}), scale) | provenance(inputs, settings)
    data: dict[str, Any] = {"observable_central": _columns(keys, [made.central for made in aligned])}
    if any(map(_is_function, chosen, parts)):
        described, data["polynomial_central"] = _functions(chosen, parts, everything)
        metadata |= described
    correlations = None
    if all(formula.draws is not None for formula in chosen):
        data["observable_uncertainties"] = {"total": _columns(keys, [made.errors for made in aligned])}
        correlations = _correlations(aligned)
        metadata["misc"]["correlation_order"] = "monomials in the order of their sorted keys"
        if correlation_file is not None:
            metadata["misc"]["correlation_file"] = correlation_file
    return Exported({"$schema": SCHEMA, "metadata": metadata, "data": data}, correlations)


def restricted(formula: Formula, names: tuple[str, ...]) -> Formula:
    """The formula with all but these coefficients zero; :class:`InputError` if it depends on none of them."""
    basis = formula.central.basis
    kept = [name for name in names if name in basis]
    if not kept:
        raise InputError(f"{formula.observable} depends on none of {', '.join(names)}.")
    return formula.after(Affine.identity(basis).narrowed(kept))


Parts: TypeAlias = tuple[Polynomial, Polynomial | None, Polynomial | None]


def _parts(formula: Formula, smallest: float) -> Parts:
    above, *others = pieces(formula)
    below, second = (None if part is None else part.without(smallest) for part in others)
    return above.without(smallest), below, second


def _is_function(formula: Formula, parts: Parts) -> bool:
    """Whether an observable is more than one polynomial."""
    below = parts[1]
    return formula.central.readout != "ratio" or (below is not None and len(below.monomials) > 1)


def _keys(polynomials: Iterable[Polynomial]) -> list[Key]:
    """The keys of all monomials of some polynomials, sorted."""
    return sorted({CONSTANT, *(key(monomial) for made in polynomials for monomial in made.monomials)})


def _aligned(made: Polynomial, keys: list[Key]) -> Polynomial:
    """A polynomial over given keys, in their order."""
    own = {key(monomial): monomial for monomial in made.monomials}
    return made.only([own.get(wanted, ("absent",)) for wanted in keys])


def _columns(keys: list[Key], values: list[Array]) -> dict[str, list[float]]:
    return {text(k): [float(column[i]) for column in values] for i, k in enumerate(keys)}


def _parameters(keys: Iterable[Key]) -> list[str]:
    return sorted({name for k in keys for name in k[:2] if name})


def _metadata(formulas: Sequence[Formula], keys: list[Key], scale: float) -> dict[str, Any]:
    parameters = _parameters(keys)
    if not parameters:
        raise InputError("None of these observables depends on a Wilson coefficient.")
    basis = formulas[0].central.basis
    return {
        "observable_names": [formula.observable for formula in formulas],
        "parameters": parameters,
        "basis": {"wcxf": {"eft": basis.eft, "basis": basis.name, "sectors": sectors(parameters)}},
        "scale": float(scale),
        "polynomial_degree": 2,
    }


_EXPRESSIONS: dict[Readout, tuple[str, str]] = {
    "ratio": ("num", "num / den"),
    "sqrt": ("sqrt(num)", "sqrt(num / den)"),
    "angle": ("arctan2(num, 1)", "arctan2(num, den)"),
    "geometric": ("num", "num / sqrt(den * den2)"),
}


def _functions(
    formulas: Sequence[Formula], parts: Sequence[Parts], keys: list[Key]
) -> tuple[dict[str, Any], dict[str, list[float]]]:
    """Names, expressions and coefficients of the polynomials that observables are made of."""
    names: list[str] = []
    expressions: list[dict[str, Any]] = []
    for formula, (_, below, second) in zip(formulas, parts, strict=True):
        single, pair = _EXPRESSIONS[formula.central.readout]
        variables = {"num": f"{formula.observable} numerator"}
        if below is not None:
            variables["den"] = f"{formula.observable} denominator"
        if second is not None:
            variables["den2"] = f"{formula.observable} second denominator"
        names += variables.values()
        expressions.append({"variables": variables, "expression": single if below is None else pair})
    flat = [_aligned(made, keys).central for pair in parts for made in pair if made is not None]
    return {"polynomial_names": names, "observable_expressions": expressions}, _columns(keys, flat)


def _correlations(aligned: Sequence[Polynomial]) -> dict[str, Any]:
    names = [made.observable for made in aligned]
    size = len(aligned[0].monomials)
    matrix = correlation(aligned).reshape(len(names), size, len(names), size)
    rounded = np.round(matrix.transpose(0, 2, 1, 3), DECIMALS) + 0.0  # + 0.0: no negative zeros
    block = {"row_names": names, "col_names": names, "correlations": {"total": rounded.tolist()}}
    return {"$schema": CORRELATION_SCHEMA, block_name(names, names): block}


def block_name(rows: Iterable[str], columns: Iterable[str]) -> str:
    """A name for a block of correlations that depends on its observables only."""
    groups = ("|".join(name.replace("|", "\\|") for name in sorted(group)) for group in (rows, columns))
    return hashlib.md5("||".join(groups).encode(), usedforsecurity=False).hexdigest()


def for_jelli(document: dict[str, Any]) -> dict[str, Any]:
    """A POPxf 1.0 document as jelli 0.1 reads it, whose format is older.

    Its expressions have ``terms`` where 1.0 has ``variables``, and its uncertainties no source level.
    """
    metadata, data = dict(document["metadata"]), dict(document["data"])
    if "observable_expressions" in metadata:
        metadata["observable_expressions"] = [
            {"terms": entry["variables"], "expression": entry["expression"]}
            for entry in metadata["observable_expressions"]
        ]
    if "observable_uncertainties" in data:
        data["observable_uncertainties"] = data["observable_uncertainties"]["total"]
    return {"$schema": document["$schema"], "metadata": metadata, "data": data}
