"""The shape of a data-set file."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from nutau.measurements.schema import AnyEntry, Name, Number, Strict


def _form(item: Any) -> str:
    """Whether an item of a data set is the name of an entry or an entry written out."""
    return "name" if isinstance(item, str) else "entry"


def _several(given: Any) -> Any:
    """One name as a list."""
    return [given] if isinstance(given, str) else given


Item = Annotated[
    Annotated[Name, Tag("name")] | Annotated[AnyEntry, Tag("entry")],
    Discriminator(_form),
]


class Row(Strict):
    """One measured number: the entry, and the observable where the entry has several."""

    entry: Name
    observable: str = ""


class Correlation(Strict):
    """The correlation of two numbers of different entries."""

    between: Annotated[list[Row], Field(min_length=2, max_length=2)]
    value: Annotated[Number, Field(ge=-1, le=1)]


class Range(Strict):
    """Bins that a data set leaves free: those with a part between two q²."""

    q2: Annotated[list[Number], Field(min_length=2, max_length=2)]
    why: str = ""

    @model_validator(mode="after")
    def _ordered(self) -> Range:
        if not self.q2[0] < self.q2[1]:
            raise ValueError("q2 is [lower, upper] in GeV², with the lower one first")
        return self


class DataSetFile(Strict):
    """A data set: names of shipped measurements, or entries written out, or both.

    ``extends`` starts from another data set or from several, without the entries that ``drop`` names. ``without_bins``
    leaves out bins of the measurements that stand here, not of those that it extends. ``version`` is the year and month
    of its numbers, ``2026.11``; a second one of the same month is ``2026.11.1``.
    """

    title: Annotated[str, Field(min_length=1)]
    description: str = ""
    version: Annotated[str, Field(pattern=r"^\d{4}\.(0[1-9]|1[0-2])(\.\d+)?$")] | None = None
    extends: Annotated[list[str], BeforeValidator(_several)] = Field(default_factory=list)
    drop: list[Name] = Field(default_factory=list)
    without_bins: list[Range] = Field(default_factory=list)
    measurements: list[Item] = Field(default_factory=list)
    references: list[Item] = Field(default_factory=list)
    projections: list[Name] = Field(default_factory=list)
    correlations: list[Correlation] = Field(default_factory=list)
    allow_unverified: bool = False
