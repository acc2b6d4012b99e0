"""Which Warsaw coefficients reach which WET coefficients at tree level, term by term.

The equations are those at the head of :mod:`nutau.eft.smeft.matching`, where the factors get their values.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import NamedTuple

from nutau.eft.smeft.basis import Indices

LEPTONS = {1: "e", 2: "mu", 3: "tau"}
DOWN = {"s": 2, "d": 1}


class Term(NamedTuple):
    """``target`` receives ``weight`` x factor x (the full-sum coefficient, or its complex conjugate)."""

    target: str
    factor: str
    weight: float
    operator: str
    indices: Indices
    conjugate: bool = False


def _rare_leptonic() -> Iterator[Term]:
    """b -> q l l', q = s, d: the lepton current is (c̄ a), a annihilated, c created; names read a then c."""
    for (q, k), a, c in product(DOWN.items(), LEPTONS, LEPTONS):
        tail = f"_b{q}{LEPTONS[a]}{LEPTONS[c]}"
        n, over_mass, z = f"N {q}", f"N/mb {q}", f"N z {q}"
        for operator in ("lq1", "lq3"):
            yield Term("C9" + tail, n, 1.0, operator, (c, a, k, 3))
            yield Term("C10" + tail, n, -1.0, operator, (c, a, k, 3))
        yield Term("C9" + tail, n, 1.0, "qe", (k, 3, c, a))
        yield Term("C10" + tail, n, 1.0, "qe", (k, 3, c, a))
        for operator, sign in (("ld", -1.0), ("ed", 1.0)):
            yield Term("C9p" + tail, n, 1.0, operator, (c, a, k, 3))
            yield Term("C10p" + tail, n, sign, operator, (c, a, k, 3))
        yield Term("CS" + tail, over_mass, 1.0, "ledq", (a, c, 3, k), conjugate=True)
        yield Term("CP" + tail, over_mass, -1.0, "ledq", (a, c, 3, k), conjugate=True)
        yield Term("CSp" + tail, over_mass, 1.0, "ledq", (c, a, k, 3))
        yield Term("CPp" + tail, over_mass, 1.0, "ledq", (c, a, k, 3))
        if a == c:
            for operator, prime in (("phiq1", ""), ("phiq3", ""), ("phid", "p")):
                yield Term(f"C9{prime}{tail}", z, 1.0, operator, (k, 3))
                yield Term(f"C10{prime}{tail}", n, 1.0, operator, (k, 3))


def _rare_neutrinos() -> Iterator[Term]:
    """b -> s and s -> d with two neutrinos; the quarks are (created, annihilated)."""
    transitions = (("bs", "N s", (2, 3)), ("sd", "N sd", (1, 2)))
    for (name, n, quarks), a, c in product(transitions, LEPTONS, LEPTONS):
        tail = f"_{name}nu{LEPTONS[a]}nu{LEPTONS[c]}"
        yield Term("CL" + tail, n, 1.0, "lq1", (c, a, *quarks))
        yield Term("CL" + tail, n, -1.0, "lq3", (c, a, *quarks))
        yield Term("CR" + tail, n, 1.0, "ld", (c, a, *quarks))
        if a == c:
            yield Term("CL" + tail, n, 1.0, "phiq1", quarks)
            yield Term("CL" + tail, n, 1.0, "phiq3", quarks)
            yield Term("CR" + tail, n, 1.0, "phid", quarks)


UP, DOWN_TYPE = {"u": 1, "c": 2}, {"d": 1, "s": 2, "b": 3}


def _charged() -> Iterator[Term]:
    """d -> u l nu_j, d = b, s, d and u = c, u: the doublets of all generations hold a piece of the up quark."""
    for (down, d), (up, u) in product(DOWN_TYPE.items(), UP.items()):
        for charged, neutrino in product(LEPTONS, LEPTONS):
            tail = f"_{down}{up}{LEPTONS[charged]}nu{LEPTONS[neutrino]}"
            for k in (1, 2, 3):
                weight = f"v2 {down}{up}{k}"
                yield Term("CVL" + tail, weight, -1.0, "lq3", (charged, neutrino, k, d))
                yield Term("CSR" + tail, weight, -0.5, "ledq", (neutrino, charged, d, k), conjugate=True)
            over = f"v2/{down}{up}"
            yield Term("CSL" + tail, over, -0.5, "lequ1", (neutrino, charged, d, u), conjugate=True)
            yield Term("CT" + tail, over, -0.5, "lequ3", (neutrino, charged, d, u), conjugate=True)
            yield Term("CVL" + tail, "v2", 1.0, "phil3", (charged, neutrino))
            if charged == neutrino:
                yield from _w_exchange(tail, down, up)


def _w_exchange(tail: str, down: str, up: str) -> Iterator[Term]:
    """Shifts of the W's quark couplings, and of the Fermi constant taken from muon decay."""
    for k in (1, 2, 3):
        yield Term("CVL" + tail, f"v2 {down}{up}{k}", 1.0, "phiq3", (k, DOWN_TYPE[down]))
    yield Term("CVR" + tail, f"v2/{down}{up}", 0.5, "phiud", (UP[up], DOWN_TYPE[down]))
    yield Term("CVL" + tail, "v2", 1.0, "ll", (1, 2, 2, 1))
    yield Term("CVL" + tail, "v2", -1.0, "phil3", (1, 1))
    yield Term("CVL" + tail, "v2", -1.0, "phil3", (2, 2))


def _mixing() -> Iterator[Term]:
    """Mixing of down quarks, and of u and c, whose doublets hold a piece of every generation."""
    for name, pair in (("bsbs", (2, 3)), ("bdbd", (1, 3)), ("sdsd", (1, 2))):
        indices = (*pair, *pair)
        yield Term(f"CVLL_{name}", "1", 1.0, "qq1", indices)
        yield Term(f"CVLL_{name}", "1", 1.0, "qq3", indices)
        yield Term(f"CVRR_{name}", "1", 1.0, "dd", indices)
        yield from _mixed_chiralities(name, "1", indices, "d")
    right = (2, 1)
    for i, j in product((1, 2, 3), repeat=2):
        for k, m in product((1, 2, 3), repeat=2):
            yield Term("CVLL_ucuc", f"cu {i}{j} {k}{m}", 1.0, "qq1", (i, j, k, m))
            yield Term("CVLL_ucuc", f"cu {i}{j} {k}{m}", 1.0, "qq3", (i, j, k, m))
        yield from _mixed_chiralities("ucuc", f"cu {i}{j}", (i, j, *right), "u")
    yield Term("CVRR_ucuc", "1", 1.0, "uu", (*right, *right))


def _mixed_chiralities(name: str, factor: str, indices: Indices, quark: str) -> Iterator[Term]:
    yield Term(f"CVLR_{name}", factor, 1.0, f"q{quark}1", indices)
    yield Term(f"CVLR_{name}", factor, -1.0 / 6.0, f"q{quark}8", indices)
    # Fierz of the colour-crossed (V-A)(V+A)
    yield Term(f"CSLR_{name}", factor, -1.0, f"q{quark}8", indices)


def _dipoles() -> Iterator[Term]:
    for prime, indices, conjugate in (("", (2, 3), False), ("p", (3, 2), True)):
        yield Term(f"C7{prime}_bs", "C7 B", 1.0, "dB", indices, conjugate)
        yield Term(f"C7{prime}_bs", "C7 W", 1.0, "dW", indices, conjugate)
        yield Term(f"C8{prime}_bs", "C8 G", 1.0, "dG", indices, conjugate)


def _leptonic() -> Iterator[Term]:
    """tau -> 3 mu, l gamma and l -> l' nu nu, in the names of :mod:`nutau.eft.wet.leptons`."""
    yield Term("CVLL_mumutaumu", "1", 2.0, "ll", (2, 2, 2, 3))
    yield Term("CVRR_mumutaumu", "1", 2.0, "ee", (2, 2, 2, 3))
    yield Term("CVLR_mumutaumu", "1", 1.0, "le", (2, 2, 2, 3))
    yield Term("CVLR_taumumumu", "1", 1.0, "le", (2, 3, 2, 2))
    for operator in ("phil1", "phil3"):
        yield Term("CVLL_mumutaumu", "z_left", 1.0, operator, (2, 3))
        yield Term("CVLR_taumumumu", "z_right", 1.0, operator, (2, 3))
    yield Term("CVRR_mumutaumu", "z_right", 1.0, "phie", (2, 3))
    yield Term("CVLR_mumutaumu", "z_left", 1.0, "phie", (2, 3))
    for created, annihilated in ((2, 3), (3, 2), (1, 3), (3, 1)):
        dipole = f"Cgamma_{LEPTONS[annihilated]}{LEPTONS[created]}"
        yield Term(dipole, "gamma B", 1.0, "eB", (created, annihilated))
        yield Term(dipole, "gamma W", 1.0, "eW", (created, annihilated))
        for p, r in ((p, r) for p in LEPTONS for r in LEPTONS):
            yield from _neutrino_lepton((p, r, created, annihilated))


def _neutrino_lepton(indices: Indices) -> Iterator[Term]:
    """(ν̄_p ν_r)(l̄_s l_t), s different from t; the name lists r p t s."""
    p, r, s, t = indices
    target = f"CVLL_nu{LEPTONS[r]}nu{LEPTONS[p]}{LEPTONS[t]}{LEPTONS[s]}"
    yield Term(target, "1", 2.0, "ll", (p, r, s, t))
    if p == r:
        yield Term(target, "1", 1.0, "phil1", (s, t))
        yield Term(target, "1", 1.0, "phil3", (s, t))
    if s == r:
        yield Term(target, "1", -2.0, "phil3", (p, t))
    if p == t:
        yield Term(target, "1", -2.0, "phil3", (s, r))
    if p == t and s == r:
        yield Term(target, "1", -2.0, "ll", (1, 2, 2, 1))
        yield Term(target, "1", 2.0, "phil3", (1, 1))
        yield Term(target, "1", 2.0, "phil3", (2, 2))


def _z_couplings() -> Iterator[Term]:
    """The Z couplings of charged leptons, in the names of :mod:`nutau.eft.wet.z_couplings`."""
    for number, lepton in LEPTONS.items():
        for operator, side in (("phil1", "L"), ("phil3", "L"), ("phie", "R")):
            yield Term(f"dg{side}_Z{lepton}{lepton}", "v2", -0.5, operator, (number, number))


@cache
def terms() -> tuple[Term, ...]:
    """Every term of the matching, on full-sum SMEFT coefficients."""
    return (
        *(*_rare_leptonic(), *_rare_neutrinos(), *_charged()),
        *(*_mixing(), *_dipoles(), *_leptonic(), *_z_couplings()),
    )
