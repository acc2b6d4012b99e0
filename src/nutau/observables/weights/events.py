"""Columns of events, by the names that nutau knows or by those of the user, as checked kinematic variables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array
from nutau.common.given import array_of
from nutau.common.kinematics import in_phase_space, shown_range
from nutau.decays.distribution import VARIABLES, Flavour
from nutau.errors import InputError, listed, unknown
from nutau.inputs import Inputs
from nutau.observables.weights import momenta
from nutau.observables.weights.decay import Decay

ID = "B_id"
"""Column of the PDG code of the parent: negative for one with a b quark (B̄⁰ is -511), positive with a b̄."""
IDS = (511, 521, 541)
FLAVOURS = {"b": 1.0, "bbar": -1.0}
SPELLINGS = (
    momenta.COMPONENTS,
    ("E", "PX", "PY", "PZ"),
    ("PE", "PX", "PY", "PZ"),
    ("e", "px", "py", "pz"),
    ("E", "X", "Y", "Z"),
)
"""How the components of a momentum are called, behind the name of its particle."""
TOLERANCE = 0.02
"""By which the mass of a parent may differ from that of the input set; more is another particle."""
EDGE = 1e-9
"""An event so near the end of phase space counts as one inside, where densities are not 0/0."""


@dataclass(frozen=True)
class Events:
    """The variables of events ``(events,)``, what is known of their flavour, and which lie in phase space."""

    values: Mapping[str, Array]
    sign: Array | None
    inside: Array

    def __len__(self) -> int:
        return len(self.inside)

    def part(self, start: int, stop: int) -> Events:
        """Some of the events."""
        values = {name: column[start:stop] for name, column in self.values.items()}
        return Events(values, None if self.sign is None else self.sign[start:stop], self.inside[start:stop])

    @property
    def angles(self) -> dict[str, Array]:
        """The variables but q²."""
        return {name: column for name, column in self.values.items() if name != "q2"}

    @property
    def share(self) -> float:
        """The fraction of decays of a b."""
        return 0.5 if self.sign is None else float(np.mean(self.sign > 0))

    @property
    def flavour(self) -> Flavour:
        """As the decays take it."""
        return Flavour() if self.sign is None else Flavour.of(self.sign)


def components(particle: str, given: Iterable[str], pattern: str | None) -> tuple[str, ...] | None:
    """The columns of a momentum among those ``given``; ``pattern`` has a ``*`` for the component."""
    known = set(given)
    for spelling in SPELLINGS:
        names = tuple((pattern or f"{particle}_*").replace("*", component) for component in spelling)
        if known.issuperset(names):
            return names
    return None


def wanted(
    decay: Decay, given: Iterable[str], names: Mapping[str, str], use: tuple[str, ...] | None
) -> dict[str, tuple[str, ...]]:
    """The columns to read: by variable, by particle (four each) if there is no q², and the parent's code.

    ``names`` are the user's columns by ours (``B_*`` for a momentum). Raises :class:`InputError`.
    """
    given = list(given)
    _check_names(decay, given, names, use)
    variables = use or decay.variables
    found: dict[str, tuple[str, ...]] = {
        name: (names.get(name, name),) for name in variables if names.get(name, name) in given
    }
    if "q2" not in found:
        found = {}
        for particle in momenta.PARTICLES:
            four = components(particle, given, names.get(f"{particle}_*"))
            if four is not None:
                found[particle] = four
        if not {"B", "M"} <= set(found):
            raise InputError(
                f"No column 'q2' (GeV²), and no four-momenta 'B_E, B_px, B_py, B_pz' and 'M_E, …', among the columns "
                f"{listed(given, 12)}. Name yours: q2=COLUMN, or 'B_*=NAME_*' and 'M_*=NAME_*'."
            )
    if use is not None:
        _check_use(use, found)
    code = names.get(ID, ID)
    return found | ({ID: (code,)} if code in given else {})


def _check_names(
    decay: Decay, given: list[str], names: Mapping[str, str], use: tuple[str, ...] | None
) -> None:
    ours = (*VARIABLES, *(f"{particle}_*" for particle in momenta.PARTICLES), ID)
    for name, column in names.items():
        if name not in ours:
            raise unknown("variable", name, ours, "the names of columns")
        if name.endswith("*") and column.count("*") != 1:
            raise InputError(
                f"'{name}={column}': write one * where E, px, py and pz stand, as 'B_*=B0_TRUEP_*'."
            )
        if name.endswith("*") and components("", given, column) is None:
            raise unknown(
                "columns", column, given, "the events, with E, px, py and pz (or PE, PX, PY, PZ) for *"
            )
        if not name.endswith("*") and column not in given:
            raise unknown("column", column, given, "the events")
    for column in names.values():
        both = [name for name, other in names.items() if other == column]
        if len(both) > 1:
            raise InputError(f"The column '{column}' cannot be {' and '.join(both)}; name one for each.")
    for name in use or ():
        if name not in decay.variables:
            raise unknown("variable", name, decay.variables, f"the weights of {decay.process.name}")
    if use is not None and "q2" not in use:
        raise InputError(f"Weights without q2 among the variables ({listed(use)}) are not computed; add q2.")


def _check_use(use: tuple[str, ...], found: Mapping[str, tuple[str, ...]]) -> None:
    for name in use:
        of_momenta = "B" in found and set(momenta.NEEDED[name]) <= set(found)
        if name not in found and not of_momenta:
            raise InputError(f"The variable {name} is asked for, and the events have no column for it.")


Read = Callable[[str], Array]


def events(
    decay: Decay,
    inputs: Inputs,
    columns: Mapping[str, tuple[str, ...]],
    read: Read,
    *,
    use: tuple[str, ...] | None = None,
    flavour: str = "average",
    outside: str = "refuse",
) -> Events:
    """The events from ``columns`` as :func:`wanted` gives them, ``read`` giving a column by its name.

    Raises :class:`InputError` for no events, NaN, cosines beyond 1, q² outside phase space (unless ``outside`` is
    ``"zero"``), another unit, another particle.
    """
    found = {
        name: np.stack([_column(name, read(name)) for name in of], axis=-1) for name, of in columns.items()
    }
    sizes = {len(value) for value in found.values()}
    if len(sizes) > 1:
        raise InputError(
            f"The columns of the events have different lengths: {', '.join(map(str, sorted(sizes)))}."
        )
    if sizes == {0}:
        raise InputError("There are no events: the columns are empty.")
    sign = _sign(decay, found.pop(ID)[:, 0] if ID in found else None, flavour, next(iter(sizes)))
    if "B" in found:
        values = _from_momenta(decay, inputs, found, sign, use)
    else:
        values = {name: value[:, 0] for name, value in found.items()}
    allowed = use or decay.variables
    values = {name: values[name] for name in VARIABLES if name in values and name in allowed}
    _check_angles(values)
    edges = decay.edges(inputs)
    inside = in_phase_space(values["q2"], edges)
    if not np.all(inside) and (outside == "refuse" or not np.any(inside)):
        raise _outside(decay, values["q2"], inside, edges)
    values["q2"] = np.clip(values["q2"], edges[0] * (1.0 + EDGE), edges[1] * (1.0 - EDGE))
    return Events(values, sign, inside)


def _column(name: str, values: Array) -> Array:
    array = array_of(values, float)
    if array is None or array.ndim != 1:
        raise InputError(f"The column '{name}' is no list of real numbers, one an event.")
    bad = np.flatnonzero(~np.isfinite(array))
    if bad.size:
        raise InputError(
            f"The column '{name}' has {array[bad[0]]} at event {bad[0]} (the first is 0), and {len(bad)} in all that "
            "are not finite. Drop these events."
        )
    return array


def _sign(decay: Decay, codes: Array | None, flavour: str, count: int) -> Array | None:
    """1 for a b, -1 for a b̄, None for the average."""
    if flavour not in (*FLAVOURS, "average"):
        raise unknown("flavour", flavour, (*FLAVOURS, "average"))
    if codes is None:
        return np.full(count, FLAVOURS[flavour]) if flavour in FLAVOURS else None
    expected = {"m_B0": 511, "m_B+": 521, "m_Bc": 541}[decay.process.parent]
    bad = np.flatnonzero(np.abs(codes) != expected)
    if bad.size:
        raise InputError(
            f"{ID} is {codes[bad[0]]:g} at event {bad[0]} (the first is 0); the parent of {decay.process.name} has the "
            f"PDG code {expected} or -{expected}."
        )
    sign = -np.sign(codes)
    bad = np.flatnonzero(sign != FLAVOURS.get(flavour, sign))
    if bad.size:
        raise InputError(
            f"{ID} is {codes[bad[0]]:g} at event {bad[0]} (the first is 0), which is no decay of a {flavour}; leave "
            "the flavour out where the column has it."
        )
    return sign


def _from_momenta(
    decay: Decay, inputs: Inputs, found: Mapping[str, Array], sign: Array | None, use: tuple[str, ...] | None
) -> dict[str, Array]:
    mass, expected = np.sqrt(np.abs(_square(found["B"]))), inputs.parameters[decay.process.parent]
    bad = np.flatnonzero(np.abs(mass / expected - 1.0) > TOLERANCE)
    if bad.size:
        shown = mass[bad[0]]
        mev = (
            " It seems to be in MeV: divide momenta by 1000."
            if abs(shown / expected / 1e3 - 1.0) < TOLERANCE
            else ""
        )
        raise InputError(
            f"The momentum of B at event {bad[0]} (the first is 0) has the mass {shown:.6g}; GeV are needed, and the "
            f"parent of {decay.process.name} has {expected:.5g} GeV.{mev}"
        )
    _check_particles(decay, inputs, found)
    allowed = use or decay.variables
    if sign is None and "phi" in allowed and {"l", "P"} <= set(found):
        raise InputError(
            f"The sign of phi from four-momenta differs for a b and a b̄: add a column {ID} (PDG code of the parent), "
            "say the flavour (b or bbar) of all events, or use q2, cos_theta_l and cos_theta_V alone."
        )
    return momenta.variables(found, np.ones(len(mass)) if sign is None else sign)


def _check_particles(decay: Decay, inputs: Inputs, found: Mapping[str, Array]) -> None:
    """Of the others the typical mass: mesons have widths, and the momenta of single precision a rounding."""
    process = decay.process
    lepton = getattr(process, "lepton", None) or next(iter(getattr(process, "leptons", ())), None)
    product = momenta.PRODUCTS.get(process.meson)
    for particle, parameter in (("M", process.meson), ("P", product), ("l", lepton and f"m_{lepton}")):
        if particle not in found or parameter is None:
            continue
        expected = inputs.parameters[parameter]
        square = float(np.median(_square(found[particle])))
        rounding = 1e-6 * float(np.median(found[particle][:, 0])) ** 2
        if not abs(square - expected**2) <= 0.1 * expected**2 + rounding:
            raise InputError(
                f"The momenta of {particle}, {momenta.PARTICLES[particle]}, have the mass {np.sqrt(abs(square)):.4g} "
                f"GeV (the median), that of another particle: {process.name} needs {expected:.4g} GeV."
            )


def _square(momentum: Array) -> Array:
    return momentum[:, 0] ** 2 - np.sum(momentum[:, 1:] ** 2, axis=-1)


def _check_angles(values: dict[str, Array]) -> None:
    """Cosines within -1 and 1, but for rounding; φ in radians."""
    for name, limit in (("cos_theta_l", 1.0), ("cos_theta_V", 1.0), ("phi", 2.0 * np.pi)):
        if name not in values:
            continue
        bad = np.flatnonzero(~(np.abs(values[name]) <= limit * (1.0 + 1e-6)))
        if bad.size:
            what = "a cosine" if limit == 1.0 else "an angle in radians, between -2π and 2π,"
            raise InputError(
                f"{name} is {values[name][bad[0]]:g} at event {bad[0]} (the first is 0); {what} is needed."
            )
        if limit == 1.0:
            values[name] = np.clip(values[name], -1.0, 1.0)


def _outside(decay: Decay, q2: Array, inside: Array, edges: tuple[float, float]) -> InputError:
    bad = np.flatnonzero(~inside)
    mev = ""
    if np.median(q2) > 1e3 * edges[1]:
        mev = " It seems to be in MeV²: divide by 1e6."
    elif len(bad) < len(q2):
        mev = " Of a meson with a width some lie beyond: `outside='zero'` gives them the weight 0."
    return InputError(
        f"q² is {q2[bad[0]]:g} at event {bad[0]} (the first is 0), outside phase space, as are {len(bad)} of {len(q2)} "
        f"events: {decay.process.name} has {shown_range(edges)} GeV².{mev}"
    )
