"""(A.1)-(A.3) from our own engine: the same polynomials in the same variables, with theory errors."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from nutau.algebra import Affine
from nutau.arrays import Array
from nutau.formula import Formula
from nutau.predictions import formulas
from nutau.published import Polynomial, letter_file
from nutau.theory import coefficients, narrow
from nutau.wilson import Basis

DRAWS = 400


def appendix_claim(identifier: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A printed formula and ours, as ``{"values": {monomial: number}}``; ours with ``"uncertainties"``."""
    printed = next(entry for entry in letter_file().formulas if entry.id == identifier)
    formula = _ours()[printed.observable]
    values = {**printed.linear, **printed.quadratic}
    names = list(values)
    central = _in_variables(formula, printed, draws=False)
    draws = _in_variables(formula, printed, draws=True)
    return {"values": values}, {
        "values": dict(zip(names, central.tolist(), strict=True)),
        "uncertainties": dict(zip(names, draws.std(axis=0, ddof=1).tolist(), strict=True)),
    }


@cache
def _ours() -> dict[str, Formula]:
    """Our formulas for the observables of the appendix at the letter's scale, m_W."""
    names = [entry.observable for entry in letter_file().formulas if entry.id.startswith("app-")]
    made = formulas(names, "default", draws=DRAWS, scale=letter_file().scale)
    return dict(zip(names, made, strict=True))


def _in_variables(formula: Formula, printed: Polynomial, *, draws: bool) -> Array:
    """Coefficients of the printed monomials, ``(..., monomials)``, along the printed variables, all else zero."""
    variables = tuple(printed.variables)
    names = list(dict.fromkeys(name for row in printed.variables.values() for name in row))
    rows = np.array([[row.get(name, 0.0) for name in names] for row in printed.variables.values()])
    source = Basis("real", "letter", variables)
    forms = formula.draws if draws and formula.draws is not None else formula.central
    linear = np.zeros((len(forms.basis), len(variables)))
    linear[[forms.basis.index(name) for name in names]] = np.linalg.inv(rows)
    step = Affine.from_parts(source, forms.basis, linear=linear)
    polynomial = coefficients(forms.numerator.over_sm().after(narrow(step, forms.basis)), len(variables))
    places = _places(variables)
    return polynomial[..., [places[key] for key in (*printed.linear, *printed.quadratic)]]


def _places(variables: tuple[str, ...]) -> dict[str, int]:
    """Position of each monomial in the order of :func:`nutau.theory.monomials`."""
    full = ("", *variables)
    rows, columns = np.triu_indices(len(full))
    return {
        f"{full[i]} {full[j]}".strip(): place for place, (i, j) in enumerate(zip(rows, columns, strict=True))
    }
