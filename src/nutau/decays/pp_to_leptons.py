r"""Events far above the weak scale in :math:`pp\to\tau\tau`, :math:`\tau\nu`, :math:`\mu\tau`, bin by bin of a search.

With the amplitudes :math:`C_a` of :mod:`nutau.eft.tails` the events of a measured bin j beyond those of the Standard
Model are, at the luminosity of the search,

.. math:: N_j = \mathcal L\Big[\sum_a n_{ja}|C_a|^2 + \sum_{S,T} 2 n_{j,ST}\,\mathrm{Re}\,C_S^*C_T
   + \sum_a m_{ja}\,\mathrm{Re}\,C_a^*V_a\Big],

the last for what interferes with photon and Z (:math:`V_a = 1`) or W (the CKM element). Cross sections and efficiencies
are those of HighPT (:cite:`Allwicher:2022gkm,Allwicher:2022mcg`; PDF4LHC15, tree level, detector of the search), made
into the numbers n and m by ``tools/make_highpt_forms.py``. They hold for contact terms, and for leptoquarks from 1 TeV,
:math:`C/M^2\to C/(M^2-t)` or :math:`C/(M^2-u)`, averaged over the true bin; between tabulated masses they are
interpolated in :math:`1/M^2` up to the contact term, and the efficiencies are those of the contact term. No
error of scales, parton densities or efficiencies is included.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from nutau.common.arrays import Array
from nutau.common.kinematics import Range
from nutau.common.reading import read_npz
from nutau.common.yaml_files import folder, read_yaml
from nutau.eft.algebra import Quadratic
from nutau.eft.ckm import matrix, tree_ckm
from nutau.eft.tails import Amplitude, Propagator, amplitudes
from nutau.eft.wilson import Basis
from nutau.errors import InputError
from nutau.inputs import Inputs

TEV2 = 1e6
"""GeV²: amplitudes are in GeV⁻², tabulated yields are for 1 TeV⁻²."""


@dataclass(frozen=True)
class Process:
    """A final state of two leptons, and the search whose bins it has."""

    name: str

    @cached_property
    def amplitudes(self) -> tuple[Amplitude, ...]:
        """Those that reach it."""
        return amplitudes(self.name)

    @property
    def basis(self) -> Basis:
        """Their names."""
        return Basis("WET", "flavio", tuple(one.name for one in self.amplitudes))

    @property
    def luminosity(self) -> float:
        """Of the search, in fb⁻¹."""
        return _luminosities()[self.name]

    @property
    def bins(self) -> Array:
        """The edges of its bins in GeV; the last one holds all that is above."""
        return np.asarray(_tables()[f"{self.name} edges"])

    def edges(self, par: Mapping[str, Array]) -> tuple[float, float]:
        """The first and the last edge in GeV."""
        del par
        return float(self.bins[0]), float(self.bins[-1])

    def inside(self, q2: Range) -> slice:
        """The measured bins between two edges; :class:`InputError` for numbers that are no edges."""
        if q2 is None:
            return slice(0, len(self.bins) - 1)
        first, last = self.edges({})
        low, high = (first if q2[0] is None else q2[0]), (last if q2[1] is None else q2[1])
        places = [np.flatnonzero(self.bins == edge) for edge in (low, high)]
        if any(not len(place) for place in places) or not low < high:
            known = ", ".join(f"{edge:g}" for edge in self.bins)
            raise InputError(
                f"N({self.name}) has no bin from {low:g} to {high:g} GeV: its edges are those of the search, {known} "
                "GeV. Take two of them, the smaller one first."
            )
        return slice(int(places[0][0]), int(places[1][0]))

    def yields(self, propagator: Propagator | None) -> dict[str, Array]:
        """Events for each fb⁻¹ of every term at 1 TeV⁻², ``(bins,)``, by its name in the table."""
        tables = _tables()
        names, contact = tables[f"{self.name} terms"], tables[f"{self.name} contact"]
        values = contact if propagator is None else _resolved(tables, self.name, propagator)
        return dict(zip(map(str, names), values, strict=True))


PROCESSES = tuple(Process(name) for name in ("pp->tautau", "pp->taunu", "pp->mutau"))


def forms(
    inputs: Inputs,
    par: Mapping[str, Array],
    process: Process,
    q2: Range = None,
    *,
    propagator: Propagator | None = None,
) -> dict[str, Quadratic]:
    """``events``: those beyond the Standard Model between two edges in GeV, of all bins if there are none.

    ``propagator`` is that of a leptoquark; without one the amplitudes are contact terms. Raises :class:`InputError` for
    numbers that are no edges of bins.
    """
    del inputs
    chosen, table = process.inside(q2), process.yields(propagator)
    summed = {name: float(values[chosen].sum()) * process.luminosity for name, values in table.items()}
    size = 1 + len(process.amplitudes)
    form = np.zeros((size, size), dtype=complex)
    place = {one: k for k, one in enumerate(process.amplitudes, start=1)}
    ckm = matrix(tree_ckm(par))
    for one, k in place.items():
        kind = {"LR": "x", "RL": "x"}.get(one.chirality, "=") if one.lorentz == "V" else ""
        form[k, k] = sum(summed[f"{one.lorentz}{kind} {pair}"] for pair in one.pairs) * TEV2**2
        if one.lorentz == "V":
            form[k, 0] = 0.5 * _interference(one, summed, ckm) * TEV2
            form[0, k] = np.conj(form[k, 0])
        elif one.lorentz == "T":
            scalar = place[Amplitude("S", one.chirality, one.types, one.leptons, one.quarks)]
            form[k, scalar] = form[scalar, k] = sum(summed[f"ST {pair}"] for pair in one.pairs) * TEV2**2
    return {"events": Quadratic(form, process.basis)}


def _interference(one: Amplitude, summed: Mapping[str, float], ckm: Array) -> complex:
    """With the Standard Model, of one TeV⁻²."""
    if one.charged:
        if one.leptons[0] != one.leptons[1]:
            return 0.0
        up, down = one.quarks
        element = complex(np.asarray(ckm)[..., up - 1, down - 1])
        return sum(summed[f"W {pair}"] for pair in one.pairs) * element
    return sum(summed.get(f"{one.chirality} {pair}", 0.0) for pair in one.pairs)


def _resolved(tables: Mapping[str, Array], name: str, propagator: Propagator) -> Array:
    """The yields ``(terms, bins)`` of an exchange, interpolated monotonically in 1/M²."""
    from scipy.interpolate import PchipInterpolator

    masses, poles = tables["masses"], tables[f"{name} poles"]
    channel = poles[:, ("t", "u").index(propagator.channel)]
    order = np.argsort(1.0 / masses**2)
    x = np.concatenate([[0.0], (1.0 / masses**2)[order]])
    y = np.concatenate([tables[f"{name} contact"][:, None], channel[:, order]], axis=1)
    return np.asarray(PchipInterpolator(x, y, axis=1)((1e3 / propagator.mass) ** 2))


@cache
def _tables() -> Mapping[str, Array]:
    return read_npz(folder("colliders").joinpath("tails.npz"))


@cache
def _luminosities() -> Mapping[str, float]:
    """Of each search in fb⁻¹, by the process."""
    found = read_yaml(folder("colliders").joinpath("tails.yaml"))["searches"]
    return {row["process"]: float(row["luminosity"]) for row in found}
