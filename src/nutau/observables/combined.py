"""Observables of their own kind: the mean of B⁺ and B⁰, mixing, lifetimes, kaons, universality."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.kinematics import Range
from nutau.decays import (
    b_to_ll,
    b_to_xsgamma,
    b_to_xsll,
    b_to_xsnunu,
    bs_width,
    k_to_pinunu,
    mixing,
    tau_decays,
    z_to_ll,
)
from nutau.decays.mixing import HBAR
from nutau.eft.algebra import Quadratic
from nutau.observables.formula import Forms, Readout
from nutau.observables.makers import branching, ratio
from nutau.observables.record import Kind, Observable, Rates, common, process


def inclusive() -> tuple[Observable, ...]:
    """The mean of B⁺ and B⁰, as experiments at the Υ(4S) quote it, and each alone."""
    rows = tuple(process(b_to_xsnunu, f"{parent}->Xsnunu") for parent in ("B+", "B0"))

    def build(rates: Rates, q2: Range) -> Forms:
        plus, neutral = (rates.forms(b_to_xsnunu, row)["rate"] * rates.par[row.lifetime] for row in rows)
        return Forms((plus + neutral) * 0.5)

    mean = Observable(
        "BR(B->Xsnunu)",
        r"\mathcal{B}(B\to X_s\nu\bar\nu)",
        "branching ratio of B → X_sνν̄, mean of B⁺ and B⁰",
        build,
        processes=tuple((b_to_xsnunu, row) for row in rows),
    )
    return (
        mean,
        branching(b_to_xsnunu, "B+->Xsnunu", r"B^+\to X_s\nu\bar\nu", "B⁺ → X_sνν̄"),
        branching(b_to_xsnunu, "B0->Xsnunu", r"B^0\to X_s\nu\bar\nu", "B⁰ → X_sνν̄"),
    )


def inclusive_photon() -> Observable:
    """The rate to a photon of more than 1.6 GeV."""
    row = process(b_to_xsgamma, "B->Xsgamma")

    def build(rates: Rates, q2: Range) -> Forms:
        return Forms(rates.forms(b_to_xsgamma, row)["branching"])

    return Observable(
        "BR(B->Xsgamma)",
        r"\mathcal{B}(B\to X_s\gamma)",
        "branching ratio of B → X_sγ, photons above 1.6 GeV, CP averaged",
        build,
        processes=((b_to_xsgamma, row),),
    )


def inclusive_leptons() -> tuple[Observable, ...]:
    """Branching ratios of B → X_sℓℓ in bins and at points, the mean of electrons and muons, and their ratio."""
    made: list[Observable] = []
    for pair, latex, text in (
        ("ee", "e^+e^-", "ee"),
        ("mumu", r"\mu^+\mu^-", "μμ"),
        ("tautau", r"\tau^+\tau^-", "ττ"),
    ):
        name, tex = f"B->Xs{pair}", rf"B\to X_s{latex}"
        rows = (process(b_to_xsll, name),)
        made.append(
            _inclusive(f"<BR>({name})", rows, tex, f"branching ratio of B → X_s{text} in a bin of q²")
        )
        made.append(_inclusive(f"dBR/dq2({name})", rows, tex, f"branching ratio of B → X_s{text} per GeV²"))
    rows = tuple(process(b_to_xsll, f"B->Xs{pair}") for pair in ("ee", "mumu"))
    tex = r"B\to X_s\ell^+\ell^-"
    mean = "branching ratio of B → X_sℓℓ"
    made.append(_inclusive("<BR>(B->Xsll)", rows, tex, f"{mean} in a bin of q², mean of e and μ"))
    made.append(_inclusive("dBR/dq2(B->Xsll)", rows, tex, f"{mean} per GeV², mean of e and μ"))

    def over(rates: Rates, q2: Range) -> Forms:
        electrons, muons = (rates.forms(b_to_xsll, row, q2)["branching"] for row in rows)
        return ratio(muons, electrons)

    made.append(
        Observable("<Rmue>(B->Xsll)", r"\langle R_{X_s}\rangle", "R of B → X_s in a bin of q²: μμ over ee", over,
                   "bin", processes=tuple((b_to_xsll, row) for row in rows))
    )  # fmt: skip
    return tuple(made)


def _inclusive(name: str, rows: Sequence[Any], latex: str, text: str) -> Observable:
    """The mean of branching ratios, in a bin or, if the name says so, at points."""
    at_points = name.startswith("d")

    def build(rates: Rates, q2: Any) -> Forms:
        found = rates.densities if at_points else rates.forms
        parts = common(*(found(b_to_xsll, row, q2)["branching"] for row in rows))
        return Forms(reduce(operator.add, parts) * (1.0 / len(rows)))

    shown = rf"d\mathcal{{B}}/dq^2({latex})" if at_points else rf"\langle\mathcal{{B}}\rangle({latex})"
    kind: Kind = "point" if at_points else "bin"
    unit = "GeV^-2" if at_points else "1"
    return Observable(name, shown, text, build, kind, unit, tuple((b_to_xsll, row) for row in rows))


def meson_mixing(
    name: str, meson: str, keys: tuple[str, str | None], readout: Readout, latex: str, text: str, unit: str
) -> Observable:
    """A readout of the forms of a meson's mixing: its numerator and denominator by name."""
    row = process(mixing, meson)

    def build(rates: Rates, q2: Range) -> Forms:
        forms = rates.forms(mixing, row)
        above, below = (None if key is None else forms[key] for key in keys)
        assert above is not None
        return Forms(above, below, readout)

    return Observable(name, latex, text, build, unit=unit, processes=((mixing, row),))


def lifetimes() -> Observable:
    r"""The lifetime of the B_s over that of the B⁰, with what :math:`B_s\to\tau\tau` adds to the width of the B_s.

    .. math::
        \frac{\tau_{B_s}}{\tau_{B^0}} = \Big(\frac{\tau_{B_s}}{\tau_{B^0}}\Big)_{SM}
        \big[1+\tau_{B_s}(\Gamma-\Gamma_{SM})(B_s\to\tau\tau)\big]^{-1}

    :math:`b\to s\tau\tau` of free quarks is the same for both mesons at leading order of the heavy-quark expansion
    and cancels; the annihilation of the B_s, of next order, does not (:cite:`arXiv:2307.07013`). It is taken in the
    vacuum-insertion approximation, in which it is the rate of the decay. Of the two values of :cite:`arXiv:2208.02643`
    for the Standard Model, 1.003(6) and 1.028(11), the first is the parameter ``SM tau_Bs/tau_B0``.
    """
    row = process(b_to_ll, "Bs->tautau")

    def build(rates: Rates, q2: Range) -> Forms:
        fraction = rates.forms(b_to_ll, row)["prompt"] * rates.par[row.lifetime]
        sm = _constant(fraction, rates.par["SM tau_Bs/tau_B0"])
        return ratio(sm, fraction + _constant(fraction, 1.0 - fraction.sm))

    return Observable(
        "tau_Bs/tau_B0",
        r"\tau_{B_s}/\tau_{B^0}",
        "lifetime of the B_s over that of the B⁰, with B_s → ττ",
        build,
        processes=((b_to_ll, row),),
    )


def width_difference() -> Observable:
    r"""The width difference of the B_s mesons over their width, with what b → sττ adds (:mod:`nutau.decays.bs_width`).

    .. math:: \frac{\Delta\Gamma_s}{\Gamma_s}=\tau_{B_s}\big[\Delta\Gamma_s^{SM}+\Delta\Gamma^{\tau\tau}
        -\Delta\Gamma^{\tau\tau}_{SM}\big]

    :math:`\Delta\Gamma_s^{SM}` is the parameter ``SM DeltaGamma_s`` and the lifetime the measured one.
    """
    row = process(bs_width, "Bs-Bsbar->tautau")

    def build(rates: Rates, q2: Range) -> Forms:
        new = rates.forms(bs_width, row)["difference"]
        return Forms(
            (new + _constant(new, rates.par["SM DeltaGamma_s"] * HBAR - new.sm)) * rates.par[row.lifetime]
        )

    return Observable(
        "DeltaGamma_s/Gamma_s",
        r"\Delta\Gamma_s/\Gamma_s",
        "width difference of the B_s mesons over their width, with b → sττ",
        build,
        processes=((bs_width, row),),
    )


def _constant(like: Quadratic, value: Array) -> Quadratic:
    """A number as a form of the shape of another."""
    corner = np.zeros(like.matrix.shape[-2:], dtype=complex)
    corner[0, 0] = 1.0
    return Quadratic(corner, like.basis) * value


def kaon_to_neutrinos(name: str, latex: str, text: str) -> Observable:
    """A branching ratio of kaons, whose lifetime is in the constants of its formula."""
    row = process(k_to_pinunu, name)

    def build(rates: Rates, q2: Range) -> Forms:
        return Forms(rates.forms(k_to_pinunu, row)["branching"])

    return Observable(
        f"BR({name})", rf"\mathcal{{B}}({latex})", f"branching ratio of {text}", build,
        processes=((k_to_pinunu, row),),
    )  # fmt: skip


def z_universality(lepton: str, latex: str, text: str) -> Observable:
    """Γ(Z → ℓℓ) over Γ(Z → ee)."""
    rows = tuple(process(z_to_ll, f"Z->{pair}") for pair in (2 * lepton, "ee"))

    def build(rates: Rates, q2: Range) -> Forms:
        above, below = (rates.forms(z_to_ll, row)["rate"] for row in rows)
        return ratio(above, below)

    return Observable(
        f"R{lepton}e(Z->ll)",
        rf"\Gamma(Z\to {latex})/\Gamma(Z\to ee)",
        f"Γ(Z → {text}) over Γ(Z → ee)",
        build,
        processes=tuple((z_to_ll, row) for row in rows),
    )


def w_universality() -> tuple[Observable, ...]:
    """Ratios of the couplings to the W, as HFLAV takes them from leptonic decays: τ → ℓνν̄ and μ → eνν̄.

    Muon decay is G_F: new physics in it enters by the shift of G_F in the match of the SMEFT to the other decays.
    """
    muon, electron = (process(tau_decays, name) for name in ("tau->mununu", "tau->enunu"))

    def made(name: str, above: Any, below: Any, latex: str, text: str) -> Observable:
        def build(rates: Rates, q2: Range) -> Forms:
            first = rates.forms(tau_decays, above)["rate"].over_sm()
            if below is None:
                return Forms(first, None, "sqrt")
            return ratio(first, rates.forms(tau_decays, below)["rate"].over_sm(), "sqrt")

        used = tuple((tau_decays, row) for row in (above, below) if row is not None)
        return Observable(name, latex, text, build, processes=used)

    return (
        made(
            "g_tau/g_mu", electron, None, r"g_\tau/g_\mu", "W couplings of τ and μ, from τ → eνν̄ over μ → eνν̄"
        ),
        made("g_tau/g_e", muon, None, r"g_\tau/g_e", "W couplings of τ and e, from τ → μνν̄ over μ → eνν̄"),
        made("g_mu/g_e", muon, electron, r"g_\mu/g_e", "W couplings of μ and e, from τ → μνν̄ over τ → eνν̄"),
    )
