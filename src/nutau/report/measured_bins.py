"""What was measured of an observable in bins of q², each bin with its source: the data beside a spectrum."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nutau.common.aliases import full_name
from nutau.common.arrays import Array
from nutau.common.checked import checked
from nutau.errors import InputError, listed
from nutau.measurements import Gaussian, Measurement, find_measurement
from nutau.measurements.catalogue import naming
from nutau.observables import Observable, catalogue, find

CHARMONIA = (8.0, 14.0)
"""GeV²: between them J/ψ and ψ(2S) decide a rate to light leptons, and no prediction is drawn."""
IN_A_BIN = "<BR>"
"""Of rates that are integrated over a bin, and not the mean in it."""


@dataclass(frozen=True)
class Bin:
    """One measured number: the entry, collaboration and paper, the bin (GeV²), value and errors in natural units.

    A rate that was measured integrated over the bin is given as the mean of dBR/dq² in it.
    """

    entry: str
    collaboration: str
    source: str
    low: float
    high: float
    value: float
    plus: float
    minus: float


def spectrum(name: str) -> Observable:
    """The observable at points of q² that is meant by its name at points or in bins.

    Raises :class:`InputError` for names that do not exist, and for what is no function of q².
    """
    typed = find(full_name(name))
    at_points = typed.name.replace(f"{IN_A_BIN}(", "dBR/dq2(").replace("<", "").replace(">(", "(", 1)
    found = next((one for one in catalogue() if one.name == at_points), typed)
    if found.kind != "point":
        known = [one.name for one in catalogue() if one.kind == "point"]
        raise InputError(
            f"'{name}' is no function of q², so that no bins can be drawn. {len(known)} observables are, as "
            f"{listed(known[:3])} (nutau list observables)."
        )
    return found


def binned(name: str) -> str:
    """The name of an observable in bins, ``<P5p>(B0->K*mumu)``, from that at points or in bins.

    Of inclusive rates it is ``<BR>(B->Xsmumu)``, which is integrated over the bin.
    """
    what, _, decay = spectrum(name).name.partition("(")
    mean, whole = f"<{what}>({decay}", f"{IN_A_BIN}({decay}"
    return whole if whole in {one.name for one in catalogue()} else mean


def width(name: str, low: float, high: float) -> float:
    """What a number in a bin (GeV²) is divided by to stand beside a spectrum: its width, if integrated over it."""
    return high - low if name.startswith(IN_A_BIN) else 1.0


@checked
def measured_bins(name: str, entries: Sequence[str] | None = None) -> tuple[Bin, ...]:
    """The bins that ``entries`` measured, of every shipped measurement that no other one here replaces if not given.

    Of two entries that are made of the same data the bins of one are taken then, where both have some.
    Of one paper only the narrowest of bins that lie in each other are kept. Raises :class:`InputError` for unknown
    names, entries without this observable, and where nothing was measured.

    >>> from nutau.report.measured_bins import measured_bins
    >>> sorted({one.collaboration for one in measured_bins("P5p(B0->K*mumu)")})
    ['CMS', 'LHCb']
    """
    wanted = binned(name)
    chosen = [find_measurement(one) for one in (naming(wanted) if entries is None else entries)]
    found = {one.name: _bins(one, wanted) for one in chosen if one.role == "measurement"}
    for one, bins in found.items():
        if entries is not None and not bins:
            raise InputError(
                f"{one} has no {wanted} in bins; these have: {listed(naming(wanted)) or 'none'}."
            )
    if entries is None:
        replaced = {old for one in chosen if found.get(one.name) for old in one.supersedes}
        found = _once({one: bins for one, bins in found.items() if one not in replaced})
    made = tuple(_narrowest(one for bins in found.values() for one in bins))
    if not made:
        raise InputError(f"No measurement of {wanted} in bins of q² comes with nutau.")
    return made


def _bins(entry: Measurement, wanted: str) -> list[Bin]:
    made = entry.distribution
    if not isinstance(made, Gaussian):
        return []
    rows = [(row, entry.observables[int(place)]) for row, place in enumerate(made.index)]
    made_of = made.central, made.plus, made.minus
    of = entry.name, entry.collaboration, entry.source
    return [
        Bin(*of, *item.q2, *(float(part[row]) / width(wanted, *item.q2) for part in made_of))
        for row, item in rows
        if item.name == wanted and item.q2 is not None
    ]


def _once(found: Mapping[str, list[Bin]]) -> dict[str, list[Bin]]:
    """Without bins that another entry has from the same data, and that must not be used beside its own."""
    made = dict(found)
    for name in found:
        for other in find_measurement(name).instead_of:
            made[other] = [
                one
                for one in made.get(other, ())
                if not any(one.low < own.high and own.low < one.high for own in made[name])
            ]
    return made


def _narrowest(found: Iterable[Bin]) -> Iterable[Bin]:
    """Of one paper every bin once, without those that hold another one."""
    seen: dict[tuple[str, float, float], Bin] = {}
    for one in found:
        seen.setdefault((one.source, one.low, one.high), one)
    for one in seen.values():
        inside = [
            other
            for other in seen.values()
            if other is not one
            and other.source == one.source
            and one.low <= other.low
            and other.high <= one.high
        ]
        if not inside:
            yield one


def windows(name: str, bins: Sequence[Bin], edges: tuple[float, float]) -> tuple[tuple[float, float], ...]:
    """The ranges of q² (GeV²) in which predictions are drawn: that of the bins, within phase space, without charmonia.

    Of neutrinos and taus there is no gap.
    """
    low = max(min(one.low for one in bins), edges[0])
    high = min(max(one.high for one in bins), edges[1])
    if not any(lepton in name.partition("->")[2] for lepton in ("mumu", "ee", "ll")):
        return ((low, high),)
    parts = (low, min(CHARMONIA[0], high)), (max(CHARMONIA[1], low), high)
    return tuple((a, b) for a, b in parts if b > a)


def points(ranges: Sequence[tuple[float, float]], count: int) -> Array:
    """About ``count`` points of q² over the ranges, denser where a spectrum begins."""
    total = sum(b - a for a, b in ranges)
    made = []
    for a, b in ranges:
        part = max(round(count * (b - a) / total), 8)
        made.append(a + (b - a) * np.linspace(0.0, 1.0, part) ** (1.6 if a < 1.0 else 1.0))
    return np.concatenate(made)
