"""POPxf 1.0 (:cite:`arXiv:2511.17348`) as pydantic models: what a file must hold, and what must agree within it."""

from __future__ import annotations

from itertools import chain
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from nutau.report.export.popxf_keys import CONSTANT, parse

SCHEMA: Literal["https://json.schemastore.org/popxf-1.0.json"] = "https://json.schemastore.org/popxf-1.0.json"
CORRELATION_SCHEMA: Literal["https://json.schemastore.org/popxf-corr-1.0.json"] = (
    "https://json.schemastore.org/popxf-corr-1.0.json"
)

HOSTS = ("json.schemastore.org", "www.schemastore.org")
"""The store answers under both names, and files give the one or the other."""

Monomials = dict[str, list[float]]


def same_schema(given: Any, schema: str) -> bool:
    """Whether ``$schema`` names ``schema``, under either host of the store."""
    name = schema.rpartition("/")[2]
    return isinstance(given, str) and given in {
        f"{protocol}://{host}/{name}" for protocol in ("https", "http") for host in HOSTS
    }


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)


class Wcxf(_Strict):
    """A basis that WCxf defines."""

    eft: str
    basis: str
    sectors: list[str] | None = None


class BasisField(_Strict):
    """The basis of the parameters."""

    wcxf: Wcxf | None = None
    custom: Any = None

    @model_validator(mode="after")
    def _one(self) -> BasisField:
        if self.wcxf is None and self.custom is None:
            raise ValueError("needs 'wcxf' or 'custom'")
        return self


class Expression(_Strict):
    """An observable as an expression of polynomials."""

    variables: dict[str, str] = Field(min_length=1)
    expression: str = Field(min_length=1)


class Metadata(_Strict):
    """What the numbers are about."""

    observable_names: list[str] = Field(min_length=1)
    parameters: list[str] = Field(min_length=1)
    basis: BasisField
    scale: float | list[float]
    polynomial_names: list[str] | None = None
    observable_expressions: list[Expression] | None = None
    polynomial_degree: int = Field(default=2, ge=1, le=5)
    reproducibility: list[dict[str, Any]] | None = None
    misc: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _agree(self) -> Metadata:
        for field in ("observable_names", "parameters", "polynomial_names"):
            names = getattr(self, field) or []
            if len(set(names)) < len(names) or "" in names:
                raise ValueError(f"{field} has an empty name or one twice")
        if (self.polynomial_names is None) != (self.observable_expressions is None):
            raise ValueError("polynomial_names and observable_expressions go together")
        expressions = self.observable_expressions
        if expressions is not None and len(expressions) != len(self.observable_names):
            raise ValueError(f"{len(expressions)} expressions for {len(self.observable_names)} observables")
        known = self.polynomial_names or []
        for name in chain.from_iterable(expression.variables.values() for expression in expressions or ()):
            if name not in known:
                raise ValueError(f"an expression uses the polynomial '{name}', which polynomial_names lacks")
        return self


class Data(_Strict):
    """The coefficients of every monomial: one number per observable (or polynomial), in the order of names."""

    observable_central: Monomials | None = Field(default=None, min_length=1)
    polynomial_central: Monomials | None = Field(default=None, min_length=1)
    observable_uncertainties: dict[str, Monomials | list[float]] | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _some(self) -> Data:
        if self.observable_central is None and self.polynomial_central is None:
            raise ValueError("needs observable_central or polynomial_central")
        return self


class PopxfDocument(_Strict):
    """A POPxf file."""

    schema_: str = Field(alias="$schema")
    metadata: Metadata
    data: Data

    @field_validator("schema_")
    @classmethod
    def _known(cls, given: str) -> str:
        if not same_schema(given, SCHEMA):
            raise ValueError(f"a POPxf file has '$schema': '{SCHEMA}'")
        return given

    @model_validator(mode="after")
    def _consistent(self) -> PopxfDocument:
        meta, data = self.metadata, self.data
        if (meta.polynomial_names is None) != (data.polynomial_central is None):
            raise ValueError("polynomial_names and polynomial_central go together")
        observables = len(meta.observable_names)
        self._check("observable_central", data.observable_central, observables)
        self._check("polynomial_central", data.polynomial_central, len(meta.polynomial_names or ()))
        for source, entry in (data.observable_uncertainties or {}).items():
            where = f"observable_uncertainties.{source}"
            if source.strip().startswith("("):
                raise ValueError(f"{where}: a source of uncertainty is not named like a monomial")
            if isinstance(entry, dict):
                self._check(where, entry, observables)
            elif len(entry) != observables:
                raise ValueError(f"{where}: {len(entry)} numbers for {observables} observables")
        self._check_scale()
        return self

    def _check_scale(self) -> None:
        meta = self.metadata
        if isinstance(meta.scale, list):
            expected = len(meta.polynomial_names or meta.observable_names)
            if len(meta.scale) != expected:
                raise ValueError(f"metadata.scale has {len(meta.scale)} entries where {expected} are needed")
            if meta.polynomial_names is not None and self.data.observable_central is not None:
                raise ValueError("observable_central is not allowed where polynomials have their own scales")
            if meta.polynomial_names is not None:
                self._only_constants()
        if any(scale <= 0 for scale in (meta.scale if isinstance(meta.scale, list) else [meta.scale])):
            raise ValueError("metadata.scale must be positive")

    def _only_constants(self) -> None:
        for source, entry in (self.data.observable_uncertainties or {}).items():
            keys = entry if isinstance(entry, dict) else ()
            if any(parse(key, self.metadata.polynomial_degree) != CONSTANT for key in keys):
                raise ValueError(
                    f"observable_uncertainties.{source}: where polynomials have their own scales, only the constant "
                    "has an uncertainty"
                )

    def _check(self, where: str, monomials: Monomials | None, length: int) -> None:
        seen = set()
        for text, numbers in (monomials or {}).items():
            try:
                key = parse(text, self.metadata.polynomial_degree)
            except ValueError as error:
                raise ValueError(f"{where}: {error}") from None
            unknown = [name for name in key[:2] if name and name not in self.metadata.parameters]
            if unknown:
                raise ValueError(f"{where}: {text} uses {unknown[0]}, which metadata.parameters lacks")
            if key in seen:
                raise ValueError(f"{where}: the monomial {text} stands twice")
            seen.add(key)
            if len(numbers) != length:
                raise ValueError(f"{where}: {text} has {len(numbers)} numbers where {length} are needed")


class CorrelationBlock(_Strict):
    """Correlations between the observables of rows and columns, by source of uncertainty.

    A matrix ``[row][column]`` is for the SM values; with monomials it is ``[row][column][monomial][monomial]``,
    monomials in the order of their sorted keys.
    """

    row_names: list[str] = Field(min_length=1)
    col_names: list[str] = Field(min_length=1)
    correlations: dict[str, Any]

    @model_validator(mode="after")
    def _shape(self) -> CorrelationBlock:
        for source, values in self.correlations.items():
            try:
                array = np.asarray(values, dtype=float)
            except (TypeError, ValueError, OverflowError):
                raise ValueError(f"correlations.{source} is no regular array of numbers") from None
            if array.ndim not in (2, 4) or array.shape[:2] != (len(self.row_names), len(self.col_names)):
                expected = f"{len(self.row_names)} by {len(self.col_names)}"
                raise ValueError(f"correlations.{source} has shape {array.shape} where {expected} is needed")
            if not np.all(np.abs(array) <= 1.0 + 1e-6):
                raise ValueError(f"correlations.{source} has entries beyond -1 and 1")
        return self


def correlation_blocks(document: Any) -> tuple[dict[str, Any], str | None]:
    """The blocks of a correlation file and what is wrong with its head, if anything."""
    if not isinstance(document, dict) or not same_schema(document.get("$schema"), CORRELATION_SCHEMA):
        return {}, f"a POPxf correlation file has '$schema': '{CORRELATION_SCHEMA}'"
    return {name: block for name, block in document.items() if name != "$schema"}, None
