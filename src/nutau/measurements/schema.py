"""The shape of a measurement file; explained in ``data/measurements/README.md``."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from nutau.common import triangles
from nutau.measurements import checks
from nutau.measurements.units import known

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Positive = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]
Level = Annotated[float, Field(strict=True, gt=0, lt=1)]
Unit = Annotated[Any, AfterValidator(known)]
Name = Annotated[str, Field(pattern=r"^\S+$")]
Inspire = Annotated[int, Field(strict=True, gt=0)]
"""The number of a paper at INSPIRE."""
MOST_AXES = 3
"""Observables of a joint entry of workspaces: a fit at every point of their grid."""
PartName = Literal["total", "stat", "syst", "theory", "external"]


class Strict(BaseModel):
    """No unknown keys."""

    model_config = ConfigDict(extra="forbid")


class TwoSided(Strict):
    """An uncertainty: one number, or ``{plus: 0.5, minus: 0.4}`` (both positive)."""

    plus: Positive
    minus: Positive

    @model_validator(mode="before")
    @classmethod
    def _symmetric(cls, given: Any) -> Any:
        if isinstance(given, int | float) and not isinstance(given, bool):
            if not given > 0:
                raise ValueError("an uncertainty is a positive number")
            return {"plus": given, "minus": given}
        return given


class Listed(Strict):
    """What the PDG lists of a number: its identifier, ``S041B51``.

    Where the PDG does not print the number that stands here, ``prints`` is what it does print, without spaces, and
    ``why`` says how the two go together.
    """

    id: Annotated[str, Field(pattern=r"^[A-Z]\d{3}\w+$")]
    prints: str = ""
    why: str = ""

    @model_validator(mode="before")
    @classmethod
    def _alone(cls, given: Any) -> Any:
        return {"id": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _explained(self) -> Listed:
        if bool(self.prints) != bool(self.why):
            raise ValueError("prints (what the PDG prints instead) and why go together")
        return self


class Observed(Strict):
    """What is measured, in which unit (here or once for the whole entry), and the PDG's identifier of it."""

    observable: Annotated[str, Field(min_length=1)]
    q2: Annotated[list[Number], Field(min_length=2, max_length=2)] | None = None
    unit: Unit | None = None
    pdg: Listed | None = None

    @field_validator("q2")
    @classmethod
    def _ordered(cls, q2: list[float] | None) -> list[float] | None:
        if q2 is not None and not q2[0] < q2[1]:
            raise ValueError("a bin is [lower edge, upper edge] in GeV², with the lower one first")
        return q2

    @property
    def title(self) -> str:
        """The observable with its bin, as in :class:`nutau.measurements.distributions.Observable`."""
        return self.observable if self.q2 is None else f"{self.observable}[{self.q2[0]:g}, {self.q2[1]:g}]"


class Errors(Strict):
    """The parts of an uncertainty, added in quadrature; or their ``total``."""

    total: TwoSided | None = None
    stat: TwoSided | None = None
    syst: TwoSided | None = None
    theory: TwoSided | None = None
    external: TwoSided | None = None

    @model_validator(mode="after")
    def _parts(self) -> Errors:
        if not self.parts:
            raise ValueError("no uncertainty given; use total, or stat and syst")
        if self.total and len(self.parts) > 1:
            raise ValueError("give either the total or its parts, not both")
        return self

    @property
    def parts(self) -> dict[str, TwoSided]:
        """The parts that are given."""
        return {name: part for name in type(self).model_fields if (part := getattr(self, name)) is not None}


class Value(Observed):
    """One measured number. ``label`` tells rows of the same observable apart."""

    value: Number
    errors: Errors | None = None
    label: str = ""


class Measured(Strict):
    """A central value with its uncertainty, in the unit of the limit."""

    value: Number
    errors: Errors


class Yield(Strict):
    """A fitted number of signal events and its uncertainty."""

    value: Number
    error: Positive


class Bound(Strict):
    """A limit with its level, beside another number."""

    limit: Positive
    confidence_level: Level


class Curve(Strict):
    """CLs at increasing values of the observable, in the unit of the limit."""

    values: Annotated[list[Positive], Field(min_length=4)]
    cls: list[Annotated[float, Field(strict=True, gt=0, le=1)]]

    @model_validator(mode="after")
    def _falls(self) -> Curve:
        if len(self.values) != len(self.cls):
            raise ValueError(
                f"{len(self.values)} values and {len(self.cls)} numbers of cls; as many are needed"
            )
        if any(low >= high for low, high in pairwise(self.values)):
            raise ValueError("the values must increase")
        if any(first < second for first, second in pairwise(self.cls)):
            raise ValueError("CLs must not increase with the value")
        return self


class Limit(Observed):
    """One upper limit; how a likelihood is made of it is explained in :mod:`nutau.measurements.limits`.

    ``expected`` is the median without signal at the same level, ``also`` the limit at another level. ``rounding`` is
    the largest error of both printed limits, half a unit of the last digit where it is not given.
    """

    limit: Positive
    confidence_level: Level
    measured: Measured | None = None
    signal_yield: Yield | None = None
    expected: Positive | None = None
    also: Bound | None = None
    rounding: Positive | None = None
    cls_curve: Curve | None = None

    @model_validator(mode="after")
    def _two_levels(self) -> Limit:
        if self.also is None:
            if self.rounding is not None:
                raise ValueError(
                    "rounding is for a limit at two levels; also, {limit, confidence_level}, is missing"
                )
            return self
        if self.also.confidence_level == self.confidence_level:
            raise ValueError("also is the limit at another confidence level; this one is the same")
        if (self.also.limit > self.limit) != (self.also.confidence_level > self.confidence_level):
            raise ValueError(
                f"the limit at {max(self.also.confidence_level, self.confidence_level):.4g} must be above that at "
                f"{min(self.also.confidence_level, self.confidence_level):.4g}"
            )
        return self


class Axis(Observed):
    """One axis of a likelihood table; ``published`` is the limit of the source, shown beside that of the table."""

    published: Bound | None = None
    grid: Annotated[list[Number], Field(min_length=4)]

    @field_validator("grid")
    @classmethod
    def _increasing(cls, grid: list[float]) -> list[float]:
        if any(low >= high for low, high in pairwise(grid)):
            raise ValueError("the values of a grid must increase")
        return grid


class Entry(Strict):
    """What every kind of entry says about itself."""

    name: Name
    source: str = ""
    inspire: Inspire | None = None
    location: str = ""
    collaboration: str = ""
    date: str = ""
    luminosity: str = ""
    samples: list[str] = []
    supersedes: list[Name] = []
    contained_in: list[Name] = []
    instead_of: list[Name] = []
    provenance: Literal["primary", "pdg", "secondary", "computed", "unverified", "own"] = "own"
    verified: bool = True
    signal_model: str = ""
    role: Literal["measurement", "prediction", "input"] = "measurement"
    unit: Unit | None = None
    notes: str = ""

    @model_validator(mode="after")
    def _verified_needs_a_source(self) -> Entry:
        if self.verified and self.provenance == "unverified":
            raise ValueError(f"{self.name}: provenance 'unverified' goes with verified: false")
        return self

    def unlisted(self, rows: list[Any]) -> list[str]:
        """A problem if the numbers are said to be the PDG's, and one has no identifier or differs."""
        if self.provenance != "pdg" or all(row.pdg is not None and not row.pdg.prints for row in rows):
            return []
        return ["provenance 'pdg' needs an identifier, pdg: S041B51, for every number, and the PDG's number"]

    def missing_units(self, rows: list[Any], where: str) -> list[str]:
        """One problem for every row that has no unit of its own when the entry has none."""
        if self.unit is not None:
            return []
        return [
            f"{where}[{number}] ({row.title}): the unit is missing, for instance unit: 1e-5 or unit: ps^-1"
            for number, row in enumerate(rows)
            if row.unit is None
        ]


class GaussianEntry(Entry):
    """Numbers with Gaussian uncertainties, and their correlation if there is more than one."""

    EXAMPLE: ClassVar[str] = """\
  - {name: Mine, kind: gaussian, source: "a paper", unit: 1e-5,
     values: [{observable: "BR(B+->Knunu)", value: 2.3, errors: {stat: 0.5, syst: {plus: 0.5, minus: 0.4}}}]}"""

    kind: Literal["gaussian"]
    values: Annotated[list[Value], Field(min_length=1)]
    correlation: Number | list[list[Number]] | None = None
    covariance: list[list[Number]] | None = None

    @field_validator("correlation", "covariance", mode="before")
    @classmethod
    def _text(cls, given: Any) -> Any:
        return triangles.read(given) if isinstance(given, str) else given

    @model_validator(mode="after")
    def _consistent(self) -> GaussianEntry:
        names = checks.apart(
            [f"{row.title} ({row.label})" if row.label else row.title for row in self.values]
        )
        problems = self.missing_units(self.values, "values") + self.unlisted(self.values)
        self._fill()
        given = [row.errors is not None for row in self.values]
        problems += checks.uncertainties(given, names, self.covariance)
        problems += checks.matrix(self.correlation, self.covariance, names)
        return checks.passed(self, problems)

    def _fill(self) -> None:
        """Write a matrix given as its lower triangle in full."""
        for kind in ("correlation", "covariance"):
            rows = getattr(self, kind)
            if isinstance(rows, list) and len(rows) == len(self.values):
                setattr(self, kind, triangles.filled(rows))


class LimitEntry(Entry):
    """Upper limits, independent of each other."""

    EXAMPLE: ClassVar[str] = """\
  - {name: Mine, kind: upper_limit, source: "a paper", unit: 1e-5,
     limits: [{observable: "BR(B0->K*nunu)", limit: 1.8, confidence_level: 0.9}]}"""

    kind: Literal["upper_limit"]
    limits: Annotated[list[Limit], Field(min_length=1)]

    @model_validator(mode="after")
    def _consistent(self) -> LimitEntry:
        return checks.passed(self, self.missing_units(self.limits, "limits") + self.unlisted(self.limits))


class TableEntry(Entry):
    """-2 log L on a grid of one or more observables (up to a constant)."""

    EXAMPLE: ClassVar[str] = """\
  - {name: Mine, kind: table, source: "a paper", unit: 1e-5, minus_two_log_likelihood: [4, 1, 0, 1, 4],
     axes: [{observable: "BR(B+->Knunu)", grid: [1, 2, 3, 4, 5]}]}"""

    kind: Literal["table"]
    axes: Annotated[list[Axis], Field(min_length=1)]
    minus_two_log_likelihood: list[Any]

    @model_validator(mode="after")
    def _consistent(self) -> TableEntry:
        problems = self.missing_units(self.axes, "axes") + self.unlisted(self.axes)
        problems += checks.grid(self.minus_two_log_likelihood, [len(axis.grid) for axis in self.axes])
        if len(self.axes) > 1 and any(axis.published for axis in self.axes):
            problems.append("published, a limit, is for a table of one observable")
        return checks.passed(self, problems)


class WorkspaceEntry(Entry, Observed):
    """A pyhf workspace on the user's disk; ``poi`` is the observable divided by ``reference``.

    ``measurement`` names one of the measurements of the workspace, which is needed where it has several.
    ``published`` is the limit of the source, shown beside that of the workspace.
    """

    EXAMPLE: ClassVar[str] = """\
  - {name: Mine, kind: pyhf, source: "a paper", unit: 1e-5, observable: "BR(B+->Knunu)",
     workspace: workspace.json, poi: mu, reference: 0.5, highest: 4}"""

    kind: Literal["pyhf"]
    workspace: Annotated[str, Field(min_length=1)]
    poi: str = "mu"
    measurement: str = ""
    reference: Positive
    lowest: Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)] = 0.0
    highest: Positive
    points: Annotated[int, Field(strict=True, ge=4, le=400)] = 31
    published: Bound | None = None

    @model_validator(mode="after")
    def _consistent(self) -> WorkspaceEntry:
        problems = [] if self.unit is not None else ["the unit is missing, for instance unit: 1e-5"]
        if not self.lowest < self.highest:
            problems.append("lowest must be below highest (the range of the observable to profile)")
        return checks.passed(self, problems)


class Part(Observed):
    """One of several workspaces that are fitted together; the keys are those of a workspace alone."""

    workspace: Annotated[str, Field(min_length=1)]
    poi: str = "mu"
    measurement: str = ""
    reference: Positive
    lowest: Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)] = 0.0
    highest: Positive

    @model_validator(mode="after")
    def _ordered_range(self) -> Part:
        if not self.lowest < self.highest:
            raise ValueError("lowest must be below highest (the range of the observable to profile)")
        return self


class JointEntry(Entry):
    """Several pyhf workspaces in which parameters of one name are one; ``points`` of a grid along each observable."""

    EXAMPLE: ClassVar[str] = """\
  - {name: Mine, kind: pyhf_joint, source: "a paper", unit: 1e-5, workspaces: [
     {observable: "BR(B+->Knunu)", workspace: k.json, poi: mu, reference: 0.5, highest: 4},
     {observable: "BR(B0->K*nunu)", workspace: kstar.json, poi: mu, reference: 1, highest: 5}]}"""

    kind: Literal["pyhf_joint"]
    workspaces: Annotated[list[Part], Field(min_length=2)]
    points: Annotated[int, Field(strict=True, ge=4, le=100)] = 13

    @model_validator(mode="after")
    def _consistent(self) -> JointEntry:
        problems = self.missing_units(self.workspaces, "workspaces")
        titles = {row.title for row in self.workspaces}
        if len(titles) > MOST_AXES:
            problems.append(
                f"the workspaces measure {len(titles)} observables; a grid of at most {MOST_AXES} is profiled"
            )
        return checks.passed(self, problems)


class Bins(Strict):
    """Equal bins of q² in GeV²."""

    first: Number
    last: Number
    count: Annotated[int, Field(strict=True, ge=1, le=2000)]

    @model_validator(mode="after")
    def _ordered(self) -> Bins:
        if not self.first < self.last:
            raise ValueError("q2 begins at first and ends at last, in GeV², with the lower one first")
        return self


class Density(Strict):
    """Events of a sample of a channel in (fit bin, q² bin): a CSV file beside this one, or the numbers."""

    channel: Annotated[str, Field(min_length=1)]
    sample: Annotated[str, Field(min_length=1)]
    density: Annotated[str, Field(min_length=1)] | Annotated[list[list[Number]], Field(min_length=1)]


class Reweighted(Strict):
    """A spectrum by its bins in q², with that of the simulation and where its events are."""

    observable: Annotated[str, Field(min_length=1)]
    q2: Bins | Annotated[list[Number], Field(min_length=2)]
    outside: Annotated[int, Field(strict=True, ge=0, le=10)] = 0
    reference: Annotated[list[Positive], Field(min_length=1)]
    signals: Annotated[list[Density], Field(min_length=1)]
    unit: Unit | None = None
    pdg: None = None

    @property
    def edges(self) -> list[float]:
        """The edges of the bins in GeV²."""
        if isinstance(self.q2, list):
            return self.q2
        step = (self.q2.last - self.q2.first) / self.q2.count
        return [self.q2.first + step * number for number in range(self.q2.count)] + [self.q2.last]

    @property
    def title(self) -> str:
        """The observable with the range of its bins."""
        return f"{self.observable}, {len(self.edges) - 1} bins"

    @model_validator(mode="after")
    def _as_many(self) -> Reweighted:
        edges = self.edges
        if any(low >= high for low, high in pairwise(edges)):
            raise ValueError("the edges of bins of q2, in GeV², must increase")
        if len(self.reference) != len(edges) - 1:
            raise ValueError(
                f"{len(self.reference)} numbers of reference for {len(edges) - 1} bins of q2; one for each is needed"
            )
        return self


class ReinterpretationEntry(Entry):
    """A pyhf workspace whose signal is reweighted bin by bin of q², so that it measures a spectrum of any shape.

    ``remove`` names the modifiers that the spectrum replaces: the strength, the errors of the theory.
    """

    EXAMPLE: ClassVar[str] = """\
  - {name: Mine, kind: reinterpretation, source: "a paper", unit: 1e-7 GeV^-2, workspace: w.json, remove: [mu],
     spectra: [{observable: "<dBR/dq2>(B+->Knunu)", q2: [0, 8, 16], reference: [3, 2],
      signals: [{channel: c, sample: signal, density: [[4, 1]]}]}]}"""

    kind: Literal["reinterpretation"]
    workspace: Annotated[str, Field(min_length=1)]
    measurement: str = ""
    remove: list[str] = []
    shifts_of_signal: Literal["relative", "absolute"] = "relative"
    spectra: Annotated[list[Reweighted], Field(min_length=1)]

    @model_validator(mode="after")
    def _consistent(self) -> ReinterpretationEntry:
        problems = self.missing_units(self.spectra, "spectra")
        where = [(signal.channel, signal.sample) for row in self.spectra for signal in row.signals]
        twice = sorted(
            {f"{sample} of {channel}" for channel, sample in where if where.count((channel, sample)) > 1}
        )
        problems += [f"the density of {name} is given twice" for name in twice]
        return checks.passed(self, problems)


class CountsEntry(Entry):
    """Events seen in bins of an observable that counts events, beside the background expected there.

    ``errors`` are those of the background; those of bins are not correlated.
    """

    EXAMPLE: ClassVar[str] = """\
  - {name: Mine, kind: counts, source: "a paper", unit: 1, observable: "N(pp->tautau)",
     edges: [1000, 1150, 15000], observed: [11, 13], background: [12, 10.7], errors: [1.9, 2.1]}"""

    kind: Literal["counts"]
    observable: Annotated[str, Field(min_length=1)]
    edges: Annotated[list[Number], Field(min_length=2)]
    observed: list[Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]]
    background: list[Positive]
    errors: list[Positive]
    pdg: None = None

    @property
    def title(self) -> str:
        """The observable with the number of its bins."""
        return f"{self.observable}, {len(self.edges) - 1} bins"

    @model_validator(mode="after")
    def _consistent(self) -> CountsEntry:
        problems = [] if self.unit is not None else ["the unit is missing: of counts it is 1"]
        if any(low >= high for low, high in pairwise(self.edges)):
            problems.append("the edges of bins, in GeV, must increase")
        for name in ("observed", "background", "errors"):
            given, wanted = len(getattr(self, name)), len(self.edges) - 1
            if given != wanted:
                problems.append(f"{given} numbers of {name} for {wanted} bins; one for each is needed")
        return checks.passed(self, problems)


AnyEntry = Annotated[
    GaussianEntry
    | LimitEntry
    | TableEntry
    | WorkspaceEntry
    | JointEntry
    | ReinterpretationEntry
    | CountsEntry,
    Field(discriminator="kind"),
]


class File(Strict):
    """One paper: where its numbers come from, said once, and its entries."""

    source: Annotated[str, Field(min_length=1)]
    inspire: Inspire | None = None
    collaboration: str = ""
    date: str = ""
    luminosity: str = ""
    notes: str = ""
    measurements: Annotated[list[AnyEntry], Field(min_length=1)]
