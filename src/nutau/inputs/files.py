"""What stands in the YAML files of parameters, form factors and input sets, and its validation.

Symmetric matrices are stored as their lower triangle, one row a line; read they are in full as well.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from nutau.common import triangles
from nutau.common.arrays import Array
from nutau.errors import InputError
from nutau.inputs.form_factors import ENDPOINT_PARTNER, bgl
from nutau.inputs.form_factors.heavyquark import CONSTANTS, PARAMETERS

FORM_FACTORS = {
    "B->K": ("f+", "f0", "fT"),
    "B->D": ("f+", "f0", "fT"),
    "B->pi": ("f+", "f0", "fT"),
    "B->K*": ("V", "A0", "A1", "A12", "T1", "T2", "T23"),
    "B->D*": ("V", "A0", "A1", "A12", "T1", "T2", "T23"),
    "Bs->phi": ("V", "A0", "A1", "A12", "T1", "T2", "T23"),
    "Bc->Jpsi": ("V", "A0", "A1", "A12", "T1", "T2", "T23"),
    "Lambdab->Lambda": ("fV0", "fVperp", "fVt", "fA0", "fAperp", "fAt", "fT0", "fTperp", "fT50", "fT5perp"),
}
FORM_FACTORS["Lambdab->Lambdac"] = FORM_FACTORS["Lambdab->Lambda"]
"""The channels and their form factors."""

Channel = Literal[
    "B->K",
    "B->D",
    "B->pi",
    "B->K*",
    "B->D*",
    "Bs->phi",
    "Bc->Jpsi",
    "Lambdab->Lambda",
    "Lambdab->Lambdac",
]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Error = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Triangle = Annotated[list[list[Finite]], AfterValidator(triangles.lower)]
Mass = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Masses = Annotated[list[Mass], BeforeValidator(lambda given: given if isinstance(given, list) else [given])]
Keys = str | list[str]


class Strict(BaseModel):
    """No unknown keys."""

    model_config = ConfigDict(extra="forbid")


class Number(Strict):
    """A parameter with its provenance; ``group`` is its row of the error budget.

    ``pdg`` is the identifier of the quantity in the PDG's listings, with which ``make check-data`` compares; ``via`` is
    who transcribed the number where that was not us and its source was not seen.
    """

    value: Finite
    uncertainty: Error
    unit: str = "1"
    pdg: str = ""
    source: str
    location: str
    via: str = ""
    description: str
    group: str


class Correlation(Strict):
    """Correlations among some parameters, lower triangle."""

    parameters: list[str]
    matrix: Triangle
    note: str = ""

    @model_validator(mode="after")
    def _square(self) -> Self:
        _check_triangle(self.matrix, len(self.parameters), "matrix", diagonal=1.0)
        return self


class ParameterFile(Strict):
    """``data/parameters/*.yaml``."""

    description: str
    parameters: dict[str, Number]
    correlations: list[Correlation] = []


class Fit(Strict):
    """How our own fit went; ``points`` are files of ``form_factors/points``."""

    points: list[str]
    chi2: float
    dof: int
    note: str = ""


class CoefficientFile(Strict):
    """``data/form_factors/*.yaml``: one determination of the form factors of one channel.

    ``superseded_by`` is the determination of the same channel that replaces it.
    """

    channel: Channel
    source: Keys
    location: str
    via: str = ""
    verified: bool
    verification: str
    superseded_by: str | None = None
    parametrisation: Literal["bsz", "sse", "dlm", "bgl", "hqet"]
    order: int = Field(ge=1)
    masses: tuple[str, str]
    threshold: tuple[str, str] | None = None
    poles: dict[str, Masses] = {}
    constants: dict[str, Finite] = {}
    coefficients: dict[str, Finite] = {}
    covariance: Triangle | None = None
    uncertainties: list[Error] | None = None
    correlation: Triangle | None = None
    same_coefficients_as: str | None = None
    fit: Fit | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.same_coefficients_as:
            return self
        size = len(self.coefficients)
        if size == 0:
            raise ValueError("there are no coefficients")
        if self.covariance is not None:
            _check_triangle(self.covariance, size, "covariance")
        elif self.uncertainties is not None and self.correlation is not None:
            _check_triangle(self.correlation, size, "correlation", diagonal=1.0)
            if len(self.uncertainties) != size:
                raise ValueError(f"{len(self.uncertainties)} uncertainties for {size} coefficients")
        else:
            raise ValueError("the covariance is missing: give it, or 'uncertainties' and 'correlation'")
        if self.parametrisation == "hqet":
            _check_names("coefficients", self.coefficients, PARAMETERS)
            _check_names("constants", self.constants, CONSTANTS)
        else:
            _check_series(self)
        return self

    @property
    def matrix(self) -> Array:
        """The covariance of the coefficients, ``(n, n)``."""
        if self.covariance is not None:
            return symmetric(self.covariance)
        error = np.array(self.uncertainties)
        return symmetric(self.correlation or []) * np.outer(error, error)


class Change(Strict):
    """A parameter as a user's input set changes it; what is not given stays."""

    value: Finite | None = None
    uncertainty: Error | None = None
    unit: str | None = None
    source: str | None = None
    location: str | None = None
    description: str | None = None
    group: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, given: Any) -> Any:
        return {"value": given} if isinstance(given, int | float) else given


class InputFile(Strict):
    """``data/inputs/*.yaml`` and a user's own input set."""

    description: str = ""
    extends: str | None = None
    parameter_files: list[str] | None = None
    form_factors: dict[str, str] = {}
    parameters: dict[str, Change] = {}
    correlations: list[Correlation] = []
    compat: str | list[str] | dict[str, bool] | None = None
    long_distance: Literal["polynomial", "dispersive"] | None = None


def symmetric(triangle: Triangle) -> Array:
    """The full matrix of a lower triangle."""
    full = np.zeros((len(triangle), len(triangle)))
    for i, row in enumerate(triangle):
        full[i, : i + 1] = row
    return full + np.tril(full, -1).T


def check_positive(names: list[str], covariance: Array, where: str) -> None:
    """Raise :class:`InputError` naming the entries unless the covariance is positive semi-definite."""
    error = np.sqrt(np.clip(np.diag(covariance), 0.0, None))
    scale = np.where(error > 0.0, error, 1.0)
    correlation = covariance / np.outer(scale, scale)
    try:  # much faster than eigenvalues; exact relations leave zeros, rounding far less than 1e-8
        np.linalg.cholesky(correlation + 1e-8 * np.eye(len(names)))
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(correlation)
        worst = [names[i] for i in np.argsort(-np.abs(vectors[:, 0]))[:4]]
        raise InputError(
            f"{where}: the covariance is not positive; its correlation matrix has the eigenvalue "
            f"{values[0]:.3g}. Check the entries of {', '.join(worst)}."
        ) from None


def _check_triangle(rows: Triangle, size: int, name: str, diagonal: float | None = None) -> None:
    if len(rows) != size or not triangles.is_triangle(rows):
        raise ValueError(f"'{name}' of {size} entries is {triangles.shape(rows, size)}")
    for i, row in enumerate(rows):
        if row[i] < 0.0 or (diagonal is not None and row[i] != diagonal):
            raise ValueError(f"'{name}': the diagonal of row {i + 1} is {row[i]:g}")


def _check_names(what: str, given: dict[str, float], expected: tuple[str, ...]) -> None:
    if tuple(given) != expected:
        raise ValueError(f"the {what} of hqet are {', '.join(expected)}, in this order")


def _check_series(file: CoefficientFile) -> None:
    """All form factors of the channel are there, with consecutive coefficients; poles belong to them."""
    expected = []
    for name in FORM_FACTORS[file.channel]:
        first = 1 if name in ENDPOINT_PARTNER and file.parametrisation != "bgl" else 0
        expected += [f"{name} a{k}" for k in range(first, file.order)]
    missing = [name for name in expected if name not in file.coefficients]
    extra = [name for name in file.coefficients if name not in expected]
    if missing:
        raise ValueError(f"order {file.order} of {file.channel} needs the coefficients {', '.join(missing)}")
    if extra:
        raise ValueError(f"{', '.join(extra)}: not free coefficients of {file.channel} at order {file.order}")
    stray = [name for name in file.poles if name not in FORM_FACTORS[file.channel]]
    if stray:
        raise ValueError(f"poles for {', '.join(stray)}, which {file.channel} does not have")
    lost = [name for name in FORM_FACTORS[file.channel] if name not in file.poles]
    if file.parametrisation == "dlm" and lost:
        raise ValueError(f"dlm needs a pole of every form factor; {', '.join(lost)} lack it")
    if file.parametrisation == "bgl":
        _check_bounds(file)
    elif more := [name for name, masses in file.poles.items() if len(masses) != 1]:
        raise ValueError(
            f"{more[0]} has one pole in {file.parametrisation}, given are {len(file.poles[more[0]])}"
        )


def _check_bounds(file: CoefficientFile) -> None:
    """A BGL expansion has bound states and outer functions of all its currents."""
    if file.channel not in bgl.CURRENTS:
        raise ValueError(f"'bgl' is there for {' and '.join(bgl.CURRENTS)}, not for {file.channel}")
    needed = ["n_I", *(f"chi {current}" for current in bgl.CURRENTS[file.channel])]
    if sorted(file.constants) != sorted(needed) or min(file.constants.values()) <= 0.0:
        raise ValueError(f"the constants of 'bgl' are {', '.join(needed)}, all positive")
    without = [name for name in FORM_FACTORS[file.channel] if name not in file.poles]
    if without:
        raise ValueError(f"poles for {', '.join(without)} are missing; an empty list means none")
