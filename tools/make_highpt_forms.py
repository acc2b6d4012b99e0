r"""Make the tails of pp → ττ, τν, μτ from the text files of HighPT.

They are the yields, ``colliders/tails.npz``, and the events seen and expected, a file of measurements for each search.

    python tools/make_highpt_forms.py SEARCHES LUMINOSITIES [--data FOLDER]

SEARCHES holds the folders of the searches (``di-tau_ATLAS_2002_12223``, ...; ``HighPT/LHC_searches`` of
https://github.com/HighPT/HighPT), LUMINOSITIES the parton luminosities (``HighPT/PartonLuminosities/PDF4LHC15``).

The yield of a measured bin j for one contact term of 1 TeV⁻² between two partons is, in events for each fb⁻¹,

    n_j = sum_i XSEC_i K_ij,

with the cross section XSEC_i (fb) and the efficiencies K_ij of true bin i in the file of the vector current. That of a
charged current is for lq3 of 1 TeV⁻², an amplitude of 2, so a quarter of it is taken. Everything
else is a ratio to that cross section, an average over the true bin with d sigma/ds ~ L(s)/s · s · w(z), z = t/s, which
needs no more of the luminosity L than its shape (arXiv:2207.10756, eqs. 2.6 to 2.12):

    V=  (1 + z)²    equal chiralities of lepton and quark        S   1/4
    Vx  z²          opposite ones                                T   4 (1 + 2z)²      ST  -(1 + 2z), S* T + c.c.

    exchange in the t or u channel   1/(1 - z s/M²), 1/(1 + (1 + z) s/M²), squared but in interference
    photon and Z                     2 g g'/(s - m²), real part
    W                                2 (g²/2)/(s - m_W²), without the CKM element

The efficiencies are those of the contact term (of the interference with photon, Z, W where it is one) in every case, of
ST the geometric mean of both.
HighPT's own efficiencies for poles are not used: those of ττ lack the b veto, but for the t channel at 2 TeV, and the
true bins of those of τν are of the invariant mass where HighPT integrates over bins of p_T.
"""

from __future__ import annotations

import argparse
import csv
import itertools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.interpolate import CubicSpline

ALPHA, GF, M_Z, WIDTH_Z = 1 / 127.9, 1.16637e-5, 91.1876, 2.4952
"""The inputs of HighPT (HighPT/Parameters.m)."""
M_W = np.sqrt(M_Z**2 / 2 + np.sqrt(M_Z**4 / 4 - ALPHA * np.pi * M_Z**2 / (GF * np.sqrt(2))))
S2W = 1.0 - M_W**2 / M_Z**2
E2 = 4 * np.pi * ALPHA
CHARGE = {"e": -1.0, "d": -1 / 3, "u": 2 / 3}
ISOSPIN = {"e": -0.5, "d": -0.5, "u": 0.5}

MASSES = np.array([1.0, 1.2, 1.5, 2.0, 3.0, 5.0])
"""TeV."""
CHANNELS = ("t", "u")
HIGHEST = 12.9e3
"""GeV: where the tables of luminosities end."""
TYPE = {"d": "d", "s": "d", "b": "d", "u": "u", "c": "u"}


@dataclass(frozen=True)
class Search:
    """A folder of HighPT: how its files are named, which reconstructed bins are used, and what its true bins are."""

    process: str
    folder: str
    leptons: str
    first: int  # reconstructed bins before this one are left out
    last: int | None
    in_pt: bool
    unit: float  # the amplitudes squared of its cross sections of vector currents, one over them
    rows: int  # true bins that are used
    file: str  # of its measurements
    name: str
    source: str
    date: str
    location: str
    merged: tuple[
        tuple[int, int], ...
    ]  # first and last bin, from 1, of those that HighPT adds up (ChiSquare.m)


SEARCHES = (
    Search("pp->tautau", "di-tau_ATLAS_2002_12223", "tata", 0, None, False, 1.0, 14, "atlas_2020_2002.12223",
           "ATLAS-2020-tautau", "ATLAS:2020zms", "2020-02", "HEPData 10.17182/hepdata.93071.v4/t3", ()),
    Search("pp->taunu", "mono-tau_ATLAS-CONF-2021-025", "tavt", 2, None, True, 0.25, 16, "atlas_2021_conf_025",
           "ATLAS-2021-taunu", "web:ATLAS-CONF-2021-025", "2021-06", "Figure 5", ((10, 14),)),
    Search("pp->mutau", "muon-tau_CMS_2205_06709", "muta", 0, 25, False, 1.0, 17, "cms_2022_2205.06709",
           "CMS-2022-mutau", "CMS:2022fsw", "2022-05", "Figure 2c", ((16, 17), (18, 25))),
)  # fmt: skip


def table(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """XSEC ``(true,)``, edges of the true bins ``(true, 2)``, K ``(true, bins)`` and the edges of the bins."""
    lines = path.read_text().splitlines()
    comments = [line for line in lines if line.startswith("#")]
    edges = np.array([float(word) for word in comments[-1][1:].split()])
    numbers = np.array([[float(word) for word in line.split()] for line in lines if line and line[0] != "#"])
    return numbers[:, 0], numbers[:, 1:3], numbers[:, 3:], edges


@dataclass(frozen=True)
class Nodes:
    """Points of the integral over a true bin: s (GeV²), z = t/s, and weights with the luminosity."""

    s: np.ndarray
    z: np.ndarray
    weight: np.ndarray

    def average(self, function: np.ndarray) -> float:
        """Relative to the vector current of equal chiralities."""
        return float((self.weight * function).sum() / (self.weight * (1 + self.z) ** 2).sum())


def gauss(low, high, count):
    """Gauss-Legendre points and weights between arrays of ends, on a new last axis."""
    x, w = np.polynomial.legendre.leggauss(count)
    low, high = np.asarray(low)[..., None], np.asarray(high)[..., None]
    return low + (high - low) * (x + 1) / 2, w * (high - low) / 2


def in_mass(luminosity, low: float, high: float) -> Nodes:
    """A true bin of the invariant mass."""
    logarithm, weight = gauss(np.log(low), np.log(min(high, HIGHEST)), 48)
    mass = np.exp(logarithm)
    z, weight_z = gauss(-1.0, 0.0, 32)
    density = weight * mass * 2 * mass * luminosity(mass)  # dm 2m L(m)/s · s
    return Nodes(mass[:, None] ** 2, z[None, :], density[:, None] * weight_z[None, :])


def in_pt(luminosity, low: float, high: float) -> Nodes:
    """A true bin of the transverse momentum, p_T² = s (-z)(1 + z)."""
    pieces = []
    ends = [2 * low, min(2 * high, HIGHEST), HIGHEST] if 2 * high < HIGHEST else [2 * low, HIGHEST]
    for start, end in itertools.pairwise(ends):
        u, weight = gauss(0.0, 1.0, 96)  # m = start (end/start)^(u²): the root at threshold is smooth in u
        mass = start * (end / start) ** (u * u)
        weight = weight * 2 * u * np.log(end / start) * mass
        outer, inner = (np.sqrt(np.clip(1 - (2 * edge / mass) ** 2, 0, None)) for edge in (low, high))
        r, weight_r = gauss(inner, outer, 24)
        density = (weight * 2 * mass * luminosity(mass))[:, None] * weight_r / 2
        for side in (1.0, -1.0):
            pieces.append((np.broadcast_to(mass[:, None] ** 2, r.shape), -(1 + side * r) / 2, density))
    return Nodes(*(np.concatenate([piece[k].ravel() for piece in pieces]) for k in range(3)))


WEIGHTS = {
    "V=": lambda z: (1 + z) ** 2,
    "Vx": lambda z: z**2,
    "S": lambda z: 0.25 + 0 * z,
    "T": lambda z: 4 * (1 + 2 * z) ** 2,
    "ST": lambda z: -(1 + 2 * z),
}


def propagators(nodes: Nodes) -> dict[tuple[str, int], np.ndarray]:
    """The factor of an amplitude by channel and mass, and of the contact term."""
    found = {("contact", 0): np.ones(1)}
    for k, mass in enumerate(MASSES * 1e3):
        x = nodes.s / mass**2
        found["t", k] = 1 / (1 - nodes.z * x)
        found["u", k] = 1 / (1 + (1 + nodes.z) * x)
    return found


def boson_couplings(quark: str, chirality: str) -> tuple[float, float]:
    """The products g g' of photon and Z for ``chirality`` of lepton and quark, as ``"LR"``."""
    root = np.sqrt(E2 / (S2W * (1 - S2W)))
    z = [
        root * (ISOSPIN[f] * (side == "L") - S2W * CHARGE[f])
        for f, side in zip(("e", quark), chirality, strict=True)
    ]
    return E2 * CHARGE["e"] * CHARGE[quark], z[0] * z[1]


class Maker:
    """The terms of one search, as ``(kind, pair of partons)`` to arrays by channel and mass."""

    def __init__(self, search: Search, searches: Path, luminosities: Path) -> None:
        self.search = search
        self.folder = searches / search.folder / "SMEFT"
        self.luminosities = luminosities
        self.terms: dict[str, dict[tuple[str, int], np.ndarray]] = {}
        self.edges = np.zeros(0)

    def file(self, stem: str, pair: str, kind: str) -> Path:
        return self.folder / f"{stem}_00_{pair}_{self.search.leptons}_{kind}.dat"

    def kernel(self, stem: str, pair: str, kind: str = "Reg_Reg") -> np.ndarray:
        found = table(self.file(stem, pair, kind))[2]
        return found[: self.search.rows, self.search.first : self.search.last]

    def make(self) -> None:
        """All pairs of partons that there are."""
        for path in sorted(self.folder.glob(f"FVLL_00_??_{self.search.leptons}_Reg_Reg.dat")):
            self.pair(path.name.split("_")[2])
        self.silence()

    def silence(self) -> None:
        """No interference in bins where the simulation of the contact term has no event: the form stays positive."""
        for name, made in self.terms.items():
            kind, pair = name.split()
            if kind == "W" or len(set("LR") | set(kind)) == 2:
                same = kind == "W" or kind[0] == kind[1]
                empty = self.terms[f"{'V=' if same else 'Vx'} {pair}"]["contact", 0] == 0
                for values in made.values():
                    values[empty] = 0.0

    def pair(self, pair: str) -> None:
        """All terms of a quark and an antiquark."""
        xsec, true, _, edges = table(self.file("FVLL", pair, "Reg_Reg"))
        self.edges = edges[self.search.first : None if self.search.last is None else self.search.last + 1]
        values = np.loadtxt(self.luminosities / f"{pair[0]}_{pair[1]}bar.dat")
        luminosity = CubicSpline(values[:, 0], values[:, 1])
        at = in_pt if self.search.in_pt else in_mass
        nodes = [at(luminosity, *edge) for edge in true[: self.search.rows]]
        factors = [propagators(one) for one in nodes]
        xsec = xsec[: self.search.rows] * self.search.unit
        self.check(pair, nodes, luminosity, xsec)
        kernels = {
            "V=": self.kernel("FVLL", pair),
            "S": self.kernel("FS", pair),
            **({"Vx": self.kernel("FVLR", pair)} if not self.search.in_pt else {}),
        }
        if self.file("FT", pair, "Reg_Reg").exists():
            kernels["T"] = self.kernel("FT", pair)
            kernels["ST"] = np.sqrt(kernels["S"] * kernels["T"])  # so that the form of both is positive
        for kind, kernel in kernels.items():
            weights = [WEIGHTS[kind](one.z) for one in nodes]
            self.add(f"{kind} {pair}", xsec, kernel, nodes, factors, weights, 2)
        self.interference(pair, xsec, nodes, factors)

    def check(self, pair: str, nodes, luminosity, xsec) -> None:
        """That the cross sections of the files are those of the luminosities for amplitudes of 1 TeV⁻²."""
        picobarn = 1e9 / 2.56819 * 1e3 / (48 * np.pi) / 1e12  # fb for 1/GeV² times 1/TeV⁴
        made = [picobarn * (one.weight * (1 + one.z) ** 2).sum() for one in nodes]
        worst = np.abs(np.array(made) / xsec - 1).max()
        if worst > 0.01:
            raise SystemExit(f"{self.search.process} {pair}: cross sections differ by {worst:.1%}")

    def add(self, name, xsec, kernel, nodes, factors, weights, power) -> None:
        """One term for every propagator: sum over true bins of XSEC, the ratio and K; terms of one name add up."""
        made = self.terms.setdefault(name, {})
        for key in factors[0]:
            ratio = np.array(
                [one.average(w * f[key] ** power) for one, w, f in zip(nodes, weights, factors, strict=True)]
            )
            made[key] = made.get(key, 0.0) + (xsec * ratio) @ kernel

    def interference(self, pair: str, xsec, nodes, factors) -> None:
        """With photon and Z of equal quarks, or with the W."""
        if self.search.in_pt:
            weights = [2 * E2 / (2 * S2W) * WEIGHTS["V="](one.z) / (one.s - M_W**2) * 1e6 for one in nodes]
            self.add(f"W {pair}", xsec, self.kernel("FVLL", pair, "W_Reg"), nodes, factors, weights, 1)
            return
        if pair[0] != pair[1] or self.search.leptons != "tata":
            return
        for chirality in ("LL", "LR", "RL", "RR"):
            same = chirality[0] == chirality[1]
            photon, z = boson_couplings(TYPE[pair[0]], chirality)
            stem, weight = ("FVLL", "V=") if same else ("FVLR", "Vx")
            for kind, coupling, mass, width in (("A_Reg", photon, 0.0, 0.0), ("Z_Reg", z, M_Z, WIDTH_Z)):
                kernel = self.kernel(stem, pair, kind)
                weights = [
                    2 * coupling * WEIGHTS[weight](one.z)
                    * (one.s - mass**2) / ((one.s - mass**2) ** 2 + (mass * width) ** 2) * 1e6
                    for one in nodes
                ]  # fmt: skip
                self.add(f"{chirality} {pair}", xsec, kernel, nodes, factors, weights, 1)


def counts(search: Search, folder: Path) -> tuple[str, np.ndarray]:
    """Luminosity as written, and lower edge, upper edge, seen, expected and its error of every bin ``(bins, 5)``."""
    text = (folder / search.folder / f"{search.folder}.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.reader(text.splitlines()))
    first = next(k for k, row in enumerate(rows) if "NUM EVENTS" in row) + 1
    luminosity = next(row[1] for row in rows if row[0] == "LUMINOSITY")
    numbers = [[float(row[k]) for k in (0, 1, 2, 4, 5)] for row in rows[first:] if row and row[0]]
    return luminosity, np.array(numbers)


def listed(values: np.ndarray, digits: int = 10) -> str:
    return "[" + ", ".join(f"{value:.{digits}g}" for value in values) + "]"


def entries(search: Search, folder: Path, edges: np.ndarray) -> str:
    """The file of measurements: the counts, and what HighPT makes of them, Gaussian with some bins added up."""
    luminosity, table = counts(search, folder)
    seen, expected, error = table.T[2:]
    assert len(table) == len(edges) - 1
    assert np.array_equal(table[:, 0], edges[:-1])
    groups = sorted(
        [(k, k) for k in range(1, len(table) + 1) if not any(a <= k <= b for a, b in search.merged)]
        + list(search.merged)
    )
    rows = []
    for first, last in groups:
        part = slice(first - 1, last)
        excess, events = seen[part].sum() - expected[part].sum(), seen[part].sum()
        width = np.sqrt((error[part] ** 2).sum() + max(events, 1.0))
        rows.append(
            f'      - {{observable: "N({search.process})", q2: [{edges[first - 1]:g}, {edges[last]:g}], '
            f"value: {excess:.10g}, errors: {{total: {width:.10g}}}}}"
        )
    return f"""\
# Written by tools/make_highpt_forms.py from {search.folder}.csv of HighPT (MIT licence); do not edit.
source: {search.source}
collaboration: {search.name.split("-")[0]}
date: {search.date}
luminosity: {luminosity} fb^-1
measurements:
  - name: {search.name}
    kind: counts
    location: {search.location}
    provenance: secondary
    verified: true
    unit: 1
    notes: >-
      A copy of HighPT's (arXiv:2207.10756, {search.folder}.csv); the paper was not seen for it. The
      correlation of the backgrounds of bins is not there, and none is used.
    observable: "N({search.process})"
    edges: {listed(edges)}
    observed: {listed(seen)}
    background: {listed(expected)}
    errors: {listed(error)}
    samples: [{search.name.split("-")[0]} {search.process.removeprefix("pp->")} {luminosity}/fb]
    instead_of: [{search.name}-HighPT]
  - name: {search.name}-HighPT
    kind: gaussian
    location: {search.location}
    provenance: computed
    verified: true
    unit: 1
    notes: >-
      What HighPT makes of the counts: seen less expected, the errors of background and counts added in quadrature, some
      bins added up so that 10 events are seen in each; 1 for a bin without events.
    values:
{chr(10).join(rows)}
    correlation: {[[int(k == j) for k in range(j + 1)] for j in range(len(rows))]}
    samples: [{search.name.split("-")[0]} {search.process.removeprefix("pp->")} {luminosity}/fb]
    instead_of: [{search.name}]
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("searches", type=Path)
    parser.add_argument("luminosities", type=Path)
    parser.add_argument("--data", type=Path, default=Path("src/nutau/data"))
    options = parser.parse_args()
    arrays = {"masses": MASSES}
    for search in SEARCHES:
        maker = Maker(search, options.searches, options.luminosities)
        maker.make()
        names = sorted(maker.terms)
        poles = [[[maker.terms[n][c, k] for k in range(len(MASSES))] for c in CHANNELS] for n in names]
        arrays |= {
            f"{search.process} terms": np.array(names),
            f"{search.process} edges": maker.edges,
            f"{search.process} contact": np.array([maker.terms[name]["contact", 0] for name in names]),
            f"{search.process} poles": np.array(poles, dtype=np.float32),  # (terms, channels, masses, bins)
        }
        text = entries(search, options.searches, maker.edges)
        (options.data / "measurements" / f"{search.file}.yaml").write_text(text)
        print(search.process, len(names), "terms,", len(maker.edges) - 1, "bins")
    target = options.data / "colliders" / "tails.npz"
    np.savez_compressed(target, **arrays)
    print(f"{target}: {target.stat().st_size / 1024:.0f} kB")


if __name__ == "__main__":
    main()
