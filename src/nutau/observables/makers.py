"""Observables that many decays have: branching ratios, shares of the rate, ratios of leptons."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from functools import reduce
from types import ModuleType

from nutau.common.arrays import Array
from nutau.common.kinematics import Range
from nutau.decays.mixing import HBAR
from nutau.decays.pairs import DIFFERENT
from nutau.eft.algebra import Quadratic
from nutau.observables.formula import Forms, Readout
from nutau.observables.record import Kind, Observable, Rates, common, process


def ratio(above: Quadratic, below: Quadratic, readout: Readout = "ratio") -> Forms:
    """A ratio of two forms, on the union of their coefficients."""
    first, second = common(above, below)
    return Forms(first, second, readout)


def branching(module: ModuleType, name: str, latex: str, text: str) -> Observable:
    """Γ times the lifetime."""
    row = process(module, name)

    def build(rates: Rates, q2: Range) -> Forms:
        return Forms(rates.forms(module, row)["rate"] * rates.par[row.lifetime])

    return Observable(f"BR({name})", rf"\mathcal{{B}}({latex})", f"branching ratio of {text}", build,
                      processes=((module, row),))  # fmt: skip


def binned(module: ModuleType, name: str, latex: str, text: str) -> Observable:
    """The branching ratio in a bin of q², over the width of the bin."""
    row = process(module, name)

    def build(rates: Rates, q2: Range) -> Forms:
        low, high = (None, None) if q2 is None else q2
        edges = row.edges(rates.par)
        width = (edges[1] if high is None else high) - (edges[0] if low is None else low)
        return Forms(rates.forms(module, row, q2)["rate"] * (rates.par[row.lifetime] / width))

    return Observable(f"<dBR/dq2>({name})", rf"\langle d\mathcal{{B}}/dq^2\rangle({latex})",
                      f"branching ratio of {text} in a bin of q², divided by its width", build, "bin", "GeV^-2",
                      ((module, row),))  # fmt: skip


def differential(module: ModuleType, name: str, latex: str, text: str) -> Observable:
    """The branching ratio per GeV² at points of q²."""
    row = process(module, name)

    def build(rates: Rates, q2: Array) -> Forms:
        lifetime = rates.par[row.lifetime]
        factor = lifetime[..., None] if getattr(lifetime, "ndim", 0) else lifetime
        return Forms(rates.densities(module, row, q2)["rate"] * factor)

    return Observable(f"dBR/dq2({name})", rf"d\mathcal{{B}}/dq^2({latex})",
                      f"differential branching ratio of {text}", build, "point", "GeV^-2",
                      ((module, row),))  # fmt: skip


def total_binned_differential(module: ModuleType, name: str, latex: str, text: str) -> tuple[Observable, ...]:
    """Total, binned and differential branching ratio."""
    return tuple(make(module, name, latex, text) for make in (branching, binned, differential))


def events(module: ModuleType, name: str, latex: str, text: str) -> Observable:
    """The events of a search beyond those of the Standard Model, between two edges of its bins in GeV."""
    row = process(module, name)

    def build(rates: Rates, q2: Range) -> Forms:
        return Forms(rates.forms(module, row, q2)["events"])

    return Observable(f"N({name})", rf"N({latex})", f"events beyond the SM in {text}", build, "bin",
                      processes=((module, row),))  # fmt: skip


def angular(
    symbol: str,
    module: ModuleType,
    decay: str,
    keys: tuple[str, float, tuple[str, ...]],
    latex: str,
    text: str,
) -> tuple[Observable, ...]:
    r"""A form times a factor over another one, or over the geometric mean of two, in a bin and at points of q²."""
    row, (key, factor, below) = process(module, decay), keys

    def read(forms: Mapping[str, Quadratic]) -> Forms:
        above, *others = common(forms[key] * factor, *(forms[name] for name in below))
        return Forms(above, others[0], "geometric" if len(others) == 2 else "ratio", (*others, None)[1])

    def binned(rates: Rates, q2: Range) -> Forms:
        return read(rates.forms(module, row, q2))

    def at(rates: Rates, q2: Array) -> Forms:
        return read(rates.densities(module, row, q2))

    processes = ((module, row),)
    return (
        Observable(f"<{symbol}>({decay})", rf"\langle {latex}\rangle", f"{text}, in a bin of q²", binned, "bin",
                   processes=processes),
        Observable(f"{symbol}({decay})", latex, text, at, "point", processes=processes),
    )  # fmt: skip


def share(
    name: str,
    module: ModuleType,
    decay: str,
    key: str,
    latex: str,
    text: str,
    kind: Kind = "bin",
    sign: float = 1.0,
) -> Observable:
    """One form of a decay over its rate: F_L, A_FB."""
    row = process(module, decay)

    def build(rates: Rates, q2: Range) -> Forms:
        forms = rates.forms(module, row, q2)
        return ratio(forms[key] * sign, forms["rate"])

    return Observable(name, latex, text, build, kind, processes=((module, row),))


def mixed(name: str, module: ModuleType, decay: str, key: str, latex: str, text: str) -> Observable:
    """What mixing makes of a decay, over its prompt rate: A_ΔΓ, S."""
    row = process(module, decay)

    def build(rates: Rates, q2: Range) -> Forms:
        forms = rates.forms(module, row)
        return ratio(forms[key], forms["prompt"])

    return Observable(name, latex, text, build, processes=((module, row),))


def lifetime(name: str, module: ModuleType, decay: str, latex: str, text: str) -> Observable:
    """The mean time at which a B_s decays to a final state, in ps."""
    row = process(module, decay)

    def build(rates: Rates, q2: Range) -> Forms:
        forms = rates.forms(module, row)
        return ratio(forms["moment"] * (HBAR * rates.par[row.lifetime]), forms["rate"])

    return Observable(name, latex, text, build, unit="ps", processes=((module, row),))


def polarisation(name: str, module: ModuleType, decay: str, latex: str, text: str) -> Observable:
    """(Γ₊ - Γ₋)/(Γ₊ + Γ₋) of the helicities of the tau."""
    row = process(module, decay)

    def build(rates: Rates, q2: Range) -> Forms:
        forms = rates.forms(module, row)
        return ratio(forms["plus"] - forms["minus"], forms["plus"] + forms["minus"])

    return Observable(name, latex, text, build, processes=((module, row),))


def tau_over_light(name: str, module: ModuleType, meson: str, latex: str, text: str) -> Observable:
    """Γ(τ) over the mean of Γ(e) and Γ(μ), each over its own phase space."""
    tau, mu, e = (process(module, f"B0->{meson}{lepton}nu") for lepton in ("tau", "mu", "e"))

    def build(rates: Rates, q2: Range) -> Forms:
        above, muon, electron = (rates.forms(module, row)["rate"] for row in (tau, mu, e))
        above, muon, electron = common(above, muon * 0.5, electron * 0.5)
        return Forms(above, muon + electron)

    return Observable(name, latex, text, build, processes=tuple((module, row) for row in (tau, mu, e)))


def tau_over_mu(name: str, module: ModuleType, decay: str, latex: str, text: str) -> Observable:
    """Γ(τ) over Γ(μ), each over its own phase space: what hadron colliders measure."""
    tau, mu = (process(module, f"{decay}{lepton}nu") for lepton in ("tau", "mu"))

    def build(rates: Rates, q2: Range) -> Forms:
        return ratio(rates.forms(module, tau)["rate"], rates.forms(module, mu)["rate"])

    return Observable(name, latex, text, build, processes=((module, tau), (module, mu)))


def mu_over_e(name: str, module: ModuleType, decay: str, latex: str, text: str) -> Observable:
    """Γ(μμ) over Γ(ee) in a bin of q²."""
    mu, e = (process(module, decay + pair) for pair in ("mumu", "ee"))

    def build(rates: Rates, q2: Range) -> Forms:
        return ratio(rates.forms(module, mu, q2)["rate"], rates.forms(module, e, q2)["rate"])

    return Observable(name, latex, text, build, "bin", processes=((module, mu), (module, e)))


def e_over_mu(name: str, module: ModuleType, decay: str, latex: str, text: str) -> Observable:
    """Γ(ee) over Γ(μμ) in a bin of q², as LHCb measures it where electrons are few."""
    e, mu = (process(module, decay + pair) for pair in ("ee", "mumu"))

    def build(rates: Rates, q2: Range) -> Forms:
        return ratio(rates.forms(module, e, q2)["rate"], rates.forms(module, mu, q2)["rate"])

    return Observable(name, latex, text, build, "bin", processes=((module, e), (module, mu)))


def mean(name: str, module: ModuleType, decays: Sequence[str], latex: str, text: str) -> Observable:
    """The mean of branching ratios, as of B⁺ and B⁰ at the Υ(4S), which makes as many of both."""
    return _combination(
        name, module, decays, 1.0 / len(decays), latex, f"branching ratio of {text}, mean of B⁺ and B⁰"
    )


def flavours(module: ModuleType, decay: str, latex: str, text: str) -> tuple[Observable, ...]:
    """The branching ratios with a τ and a μ or e: of both orders (:mod:`nutau.decays.pairs`), and their sum."""
    made = []
    for pair in DIFFERENT:
        for one in (pair.swapped, pair):
            made.append(branching(module, decay + one.name, latex + one.latex(), text + one.text()))
        names = [decay + one.name for one in (pair, pair.swapped)]
        both = f"branching ratio of {text}{pair.swapped.text('±∓')}, sum of both charges"
        name = f"BR({decay}{pair.name},{pair.swapped.name})"
        made.append(_combination(name, module, names, 1.0, latex + pair.swapped.latex("±∓"), both))
    return tuple(made)


def _combination(
    name: str, module: ModuleType, decays: Sequence[str], weight: float, latex: str, text: str
) -> Observable:
    """Branching ratios, added up with one weight."""
    rows = tuple(process(module, decay) for decay in decays)

    def build(rates: Rates, q2: Range) -> Forms:
        terms = (rates.forms(module, row)["rate"] * (weight * rates.par[row.lifetime]) for row in rows)
        return Forms(reduce(operator.add, common(*terms)))

    return Observable(
        name, rf"\mathcal{{B}}({latex})", text, build, processes=tuple((module, row) for row in rows)
    )
