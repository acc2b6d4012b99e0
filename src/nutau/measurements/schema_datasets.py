"""The shape of a data-set file."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from nutau.measurements.schema import AnyEntry, Name, Number, Strict


def _form(item: Any) -> str:
    """Whether an item of a data set is the name of an entry or an entry written out."""
    return "name" if isinstance(item, str) else "entry"


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


class DataSetFile(Strict):
    """A data set: names of shipped measurements, or entries written out, or both.

    ``extends`` starts from another data set, without the entries that ``drop`` names. ``version`` is the year and month
    of its numbers, ``2026.11``; a second one of the same month is ``2026.11.1``.
    """

    title: Annotated[str, Field(min_length=1)]
    description: str = ""
    version: Annotated[str, Field(pattern=r"^\d{4}\.(0[1-9]|1[0-2])(\.\d+)?$")] | None = None
    extends: str = ""
    drop: list[Name] = Field(default_factory=list)
    measurements: list[Item] = Field(default_factory=list)
    references: list[Item] = Field(default_factory=list)
    projections: list[Name] = Field(default_factory=list)
    correlations: list[Correlation] = Field(default_factory=list)
    allow_unverified: bool = False
