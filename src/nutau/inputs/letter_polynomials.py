"""Formulas published as polynomials: the letter's Appendix A as the input set ``letter``.

The file ``data/letter/formulas.yaml`` holds the printed coefficients; here they become Hermitian forms.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from pydantic import BaseModel, ConfigDict, model_validator

from nutau.common.yaml_files import folder, read_yaml, validate
from nutau.eft.algebra import Quadratic
from nutau.eft.wilson import Basis


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Polynomial(_Strict):
    """One printed formula: 1 + linear + quadratic in real combinations ("variables") of coefficients."""

    id: str
    observable: str
    equation: str
    variables: dict[str, dict[str, float]]
    linear: dict[str, float]
    quadratic: dict[str, float]

    @model_validator(mode="after")
    def _known_variables(self) -> Polynomial:
        used = {*self.linear, *(name for pair in self.quadratic for name in pair.split())}
        missing = sorted(used - set(self.variables))
        if missing:
            raise ValueError(f"uses {', '.join(missing)}, which 'variables' does not define")
        if any(len(pair.split()) != 2 for pair in self.quadratic):
            raise ValueError("a key of 'quadratic' names two variables, for instance 'm p'")
        return self

    def form(self) -> Quadratic:
        """The polynomial as a Hermitian form on its own coefficients."""
        names = tuple(dict.fromkeys(name for combination in self.variables.values() for name in combination))
        basis = Basis("WET", "flavio", names)
        rows = {
            variable: np.array([0.0, *(combination.get(name, 0.0) for name in names)])
            for variable, combination in self.variables.items()
        }
        one = np.eye(1 + len(names))[0]
        matrix = np.outer(one, one)
        for variable, factor in self.linear.items():
            matrix += 0.5 * factor * (np.outer(one, rows[variable]) + np.outer(rows[variable], one))
        for pair, factor in self.quadratic.items():
            first, second = (rows[variable] for variable in pair.split())
            matrix += 0.5 * factor * (np.outer(first, second) + np.outer(second, first))
        return Quadratic(matrix.astype(complex), basis)


class PolynomialFile(_Strict):
    """The content of ``formulas.yaml``."""

    name: str
    source: str
    scale: float
    accuracy: float
    formulas: list[Polynomial]


@cache
def letter_file() -> PolynomialFile:
    """The letter's printed formulas with their equation numbers."""
    path = folder("letter").joinpath("formulas.yaml")
    return validate(PolynomialFile, read_yaml(path), path.name)
