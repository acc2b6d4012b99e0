"""What a measurement is: frozen records, in natural units (GeV), as the likelihood uses them."""

from __future__ import annotations

from dataclasses import dataclass, field

from nutau.common.arrays import Array, lock
from nutau.common.tables import html_table
from nutau.measurements.distributions import (
    Counts,
    Distribution,
    Gaussian,
    JointWorkspace,
    LikelihoodGrid,
    Observable,
    Reinterpretation,
    UpperLimits,
    Workspace,
)
from nutau.measurements.wording import lines, sentence


@dataclass(frozen=True)
class Measurement:
    """A published result: its observables, their distribution, and where all of it comes from.

    ``contained_in`` names the averages this result is already part of, ``supersedes`` the results it
    replaces, ``instead_of`` those it must not be used with; ``samples`` are the data it was made from.
    ``units`` and ``factors`` (unit in natural units) are those of the source, one a row. ``role`` is
    ``measurement``, ``prediction`` (of the Standard Model) or ``input``. ``inspire`` is the number of the paper at
    INSPIRE, ``pdg`` the identifier in the PDG's listings of each row, empty where it has none, and ``pdg_prints`` what
    the PDG has there if that is another number. ``provenance`` says where the numbers were seen: ``primary``, ``pdg``,
    ``secondary``, ``computed``.
    """

    name: str
    observables: tuple[Observable, ...]
    distribution: Distribution
    source: str
    units: tuple[str, ...]
    factors: Array
    location: str = ""
    inspire: int | None = None
    pdg: tuple[str, ...] = ()
    pdg_prints: tuple[str, ...] = ()
    collaboration: str = ""
    date: str = ""
    luminosity: str = ""
    samples: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    contained_in: tuple[str, ...] = ()
    instead_of: tuple[str, ...] = ()
    provenance: str = "own"
    verified: bool = True
    signal_model: str = ""
    role: str = "measurement"
    notes: str = ""
    file: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        """Records are shared: their arrays are read-only."""
        lock(self, "factors")

    @property
    def kind(self) -> str:
        """``gaussian``, ``upper_limit``, ``table``, ``pyhf``, ``pyhf_joint``, ``reinterpretation`` or ``counts``."""
        kinds: dict[type, str] = {Gaussian: "gaussian", UpperLimits: "upper_limit", LikelihoodGrid: "table"}
        kinds |= {Workspace: "pyhf", JointWorkspace: "pyhf_joint", Reinterpretation: "reinterpretation"}
        kinds[Counts] = "counts"
        return kinds[type(self.distribution)]

    @property
    def gaussian(self) -> Gaussian | None:
        """The Gaussian of a ``gaussian`` or ``upper_limit`` entry, ``None`` for a table or workspace."""
        if isinstance(self.distribution, UpperLimits):
            return self.distribution.gaussian
        return self.distribution if isinstance(self.distribution, Gaussian) else None

    def __str__(self) -> str:
        """Name and values, one line a row."""
        return "\n".join(f"{name}: {sentence(label, text)}" for name, label, text, _ in lines([self]))

    def _repr_html_(self) -> str:
        return html_table(("name", "observable", "value", "source"), lines([self]))


@dataclass(frozen=True)
class Projection:
    """What an experiment expects to reach, at increasing luminosities (``luminosity_unit``).

    ``quantity`` says what ``value`` is: ``relative_to_sm`` (uncertainty of a rate divided by its SM value),
    ``reach_over_sm`` (the size that starts to be seen, divided by the SM value), ``relative`` (uncertainty
    divided by the value), ``absolute`` (uncertainty) or ``upper_limit`` (natural units). ``stat`` and
    ``syst`` are its parts where published. Shapes ``(points,)``. ``theory`` ``(points,)`` is a further part that
    shrinks with theory alone. ``correlated`` names other projections with the correlation of the systematic parts,
    ``replaces`` the results of today that are its data. ``theories`` are named scenarios: what all theory errors are
    multiplied with.
    """

    name: str
    observable: Observable
    quantity: str
    luminosity: Array
    value: Array
    luminosity_unit: str
    scenario: str
    source: str
    stat: Array | None = None
    syst: Array | None = None
    confidence_level: float | None = None
    unit: str = "1"
    location: str = ""
    collaboration: str = ""
    provenance: str = "own"
    verified: bool = True
    notes: str = ""
    theory: Array | None = None
    correlated: tuple[tuple[str, float], ...] = ()
    replaces: tuple[str, ...] = ()
    theories: tuple[tuple[str, float], ...] = ()
    file: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        """Records are shared: their arrays are read-only."""
        lock(self, "luminosity", "value", "stat", "syst", "theory")

    @property
    def experiment(self) -> str:
        """Whose luminosity it is."""
        return self.collaboration or self.source
