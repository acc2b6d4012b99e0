"""What a file of ``data/papers`` says: a paper, its claims, and how nutau computes each."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from nutau.common.yaml_files import entries, find, read_yaml, validate
from nutau.errors import unknown
from nutau.letter.report import Tolerance

FOLDER = "papers"
Range = tuple[float, float]
Positive = Annotated[float, Field(gt=0)]


class Part(BaseModel):
    """A part of a file of ``data/papers``."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Setting(Part):
    """The inputs of a computation: an input set, form factors by channel and parameters other than its own."""

    inputs: str = "default"
    form_factors: dict[str, str] = {}
    parameters: dict[str, float] = {}

    @property
    def changed(self) -> bool:
        """Whether it takes a file of one's own."""
        return bool(self.form_factors or self.parameters)


class TwoField(Part):
    """The letter's two-field model: κ = C1/C3, and the δ of b → cτν that fixes C3."""

    kappa: float
    delta: float


class Prediction(Setting):
    """``factor`` times an observable: at ``coefficients`` of the WET or at a ``two_field`` model (κ and δ).

    ``integrated``: times the width of the bin; ``over``: divided by another observable.
    """

    kind: Literal["prediction"]
    observable: str
    q2: Range | None = None
    integrated: bool = False
    over: str | None = None
    coefficients: dict[str, float] = {}
    two_field: TwoField | None = None
    tree: bool = False
    factor: float = 1.0

    @model_validator(mode="after")
    def _whole(self) -> Prediction:
        if self.integrated and self.q2 is None:
            raise ValueError("'integrated' needs a bin (the key q2), whose width it means")
        if self.two_field is not None and self.coefficients:
            raise ValueError("give 'coefficients' or 'two_field'")
        return self


class Coefficient(Setting):
    """A coefficient of the quadratic polynomial of a product of observables over its value in the Standard Model.

    Of one Wilson coefficient to the ``power`` 1 or 2; of two, of their product.
    """

    kind: Literal["coefficient"]
    observables: list[str] = Field(min_length=1)
    of: list[str] = Field(min_length=1, max_length=2)
    power: Literal[1, 2] = 1
    scale: float = 4.8
    factor: float = 1.0


class Related(Setting):
    """A relation among rates: a ``weight``, its ``remainder``, or the target from ``values`` of the others."""

    kind: Literal["relation"]
    rates: list[str] = Field(min_length=2)
    domain: str = "vector"
    result: Literal["weight", "remainder", "expected", "expected over SM"]
    of: str | None = None
    values: dict[str, Range] = {}
    minus: Related | None = None

    @model_validator(mode="after")
    def _whole(self) -> Related:
        if (self.result == "weight") != (self.of is not None):
            raise ValueError("'of' names the rate whose weight is meant, and goes with 'result: weight'")
        if self.of is not None and self.of not in self.rates[:-1]:
            raise ValueError(
                f"'of': {self.of} is not among the rates before the last, {', '.join(self.rates[:-1])}"
            )
        if self.result.startswith("expected") and not self.values:
            raise ValueError(f"'{self.result}' needs the other rates (the key values)")
        return self


class Running(Setting):
    """A coefficient at 4.8 GeV of SMEFT coefficients (GeV⁻²) at ``scale``, over one that is matched without running."""

    kind: Literal["running"]
    smeft: dict[str, float]
    scale: float
    coefficient: str
    over: str

    @property
    def document(self) -> dict[str, Any]:
        """The SMEFT coefficients as a WCxf document."""
        return {"eft": "SMEFT", "basis": "Warsaw", "scale": self.scale, "values": self.smeft}


class Fitted(Setting):
    """One parameter fitted to measurements by name: its best value, or χ² of the Standard Model."""

    kind: Literal["fit"]
    measurements: list[str] = Field(min_length=1)
    references: list[str] = []
    parameter: str
    sm: str = "inputs"
    draws: int = 0
    result: Literal["best", "chi2 of the SM"]


class Unseen(Setting):
    """A state beside neutrinos fitted to the spectrum of B⁺ → K⁺ and nothing seen: its best mass, or rate there."""

    kind: Literal["invisible"]
    mediator: str
    masses: list[float] = Field(min_length=2)
    result: Literal["mass", "rate"]


Compute = Annotated[
    Prediction | Coefficient | Related | Running | Fitted | Unseen, Field(discriminator="kind")
]


class Difference(Part):
    """Why a number differs; ``compute`` is what agrees instead, if that is known."""

    reason: str
    compute: Compute | None = None


class Claim(Part):
    """One number of a paper: where it stands, how accurate it is, and how nutau computes it, or why it cannot."""

    id: str
    statement: str
    place: str
    value: float | None = None
    error: Positive | tuple[Positive, Positive] | None = None
    tolerance: Tolerance | None = None
    compute: Compute | None = None
    cannot: str = ""
    difference: Difference | None = None
    note: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Claim:
        if (self.compute is None) == (not self.cannot):
            raise ValueError("give 'compute', or in 'cannot' why there is none")
        if self.cannot and self.difference is not None:
            raise ValueError("'difference' goes with 'compute': there is no number that could differ")
        if self.compute is not None and self.value is None:
            raise ValueError("'value' is missing: what the paper says")
        if self.compute is not None and (self.error is None) == (self.tolerance is None):
            raise ValueError("give the 'error' that the paper prints, or a 'tolerance' if it prints none")
        if self.tolerance is not None and self.tolerance.decades is not None and not (self.value or 0) > 0:
            raise ValueError("a tolerance in decades goes with a positive 'value'")
        return self


class Paper(Part):
    """One file of ``data/papers``; ``seen`` is what of the paper was read, ``at`` where."""

    arxiv: str
    title: str
    authors: str
    seen: Literal["abstract", "text", "quoted elsewhere"]
    at: str
    claims: list[Claim] = Field(min_length=1)

    @model_validator(mode="after")
    def _once(self) -> Paper:
        names = [claim.id for claim in self.claims]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"claim {twice} stands twice")
        return self


def papers() -> tuple[str, ...]:
    """The arXiv numbers of all papers, newest first."""
    return tuple(sorted(map(_number, entries(FOLDER)), key=_age, reverse=True))


def paper(number: str) -> Paper:
    """The paper of an arXiv number, also as ``arXiv:2604.20340``, or of a file of one's own (``.yaml``).

    Raises :class:`InputError`.
    """
    bare = number.strip().removeprefix("https://").removeprefix("arxiv.org/abs/")
    bare = bare[6:] if bare.casefold().startswith("arxiv:") else bare
    if bare in papers():
        bare = bare.replace("/", "-")
    elif not bare.endswith((".yaml", ".yml")):
        raise unknown("paper", number, papers(), see="nutau reproduce --list")
    path, where = find("paper", FOLDER, bare)
    return validate(Paper, read_yaml(path), where)


def listing() -> list[tuple[str, str, str, int, int]]:
    """Number, authors, title, claims and how many of these are computed, of every paper."""
    found = map(paper, papers())
    return [
        (
            one.arxiv,
            one.authors,
            one.title,
            len(one.claims),
            sum(claim.compute is not None for claim in one.claims),
        )
        for one in found
    ]


def _number(name: str) -> str:
    return name if name[:4].isdigit() else "/".join(name.rsplit("-", 1))


def _age(number: str) -> str:
    digits = number.rpartition("/")[2]
    return ("19" if digits[0] == "9" else "20") + digits
