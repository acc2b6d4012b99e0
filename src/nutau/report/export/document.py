"""Formulas as the JSON document ``nutau/formulas/1``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nutau.observables.polynomials import Polynomial, correlation

SCHEMA = "nutau/formulas/1"


def formulas_document(
    polynomials: Sequence[Polynomial],
    *,
    scale: float,
    inputs: str,
    variables: Mapping[str, Mapping[str, float]] | None = None,
    expanded: Sequence[str] = (),
    about: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Polynomials with their errors and the correlation of all their coefficients.

    ``variables`` says what the variables are made of; ``expanded`` names the observables that are expansions;
    ``about`` holds bins and notes of the observables, in their order.
    Rows and columns of ``correlation`` are the terms of all formulas in their order.
    """
    return {
        "schema": SCHEMA,
        "inputs": inputs,
        "scale": float(scale),
        **({"variables": {name: dict(row) for name, row in variables.items()}} if variables else {}),
        "formulas": [
            {
                "observable": made.observable,
                **more,
                "expanded": made.observable in expanded,
                "terms": [
                    {"monomial": list(monomial), "value": float(value), "uncertainty": float(error)}
                    for monomial, value, error in zip(made.monomials, made.central, made.errors, strict=True)
                ],
            }
            for made, more in zip(polynomials, about or ({},) * len(polynomials), strict=True)
        ],
        "correlation": (np.round(correlation(polynomials), 9) + 0.0).tolist(),
    }
