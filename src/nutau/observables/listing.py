"""Every observable that nutau predicts, under flavio's name where flavio has one."""

from __future__ import annotations

from functools import cache
from types import ModuleType

from nutau.common.aliases import ALIASES
from nutau.decays import (
    b_to_ll,
    b_to_lnu,
    b_to_pll,
    b_to_plnu,
    b_to_pnunu,
    b_to_vgamma,
    b_to_vll,
    b_to_vlnu,
    b_to_vnunu,
    bs_to_nunu,
    lb_to_lclnu,
    lb_to_lll,
    lb_to_lnunu,
    pp_to_leptons,
    tau_and_meson,
    tau_decays,
)
from nutau.errors import unknown
from nutau.observables.combined import (
    inclusive,
    inclusive_leptons,
    inclusive_photon,
    kaon_to_neutrinos,
    lifetimes,
    meson_mixing,
    w_universality,
    width_difference,
    z_universality,
)
from nutau.observables.light_leptons import K_STARS, light_leptons
from nutau.observables.makers import (
    branching,
    events,
    flavours,
    lifetime,
    mean,
    mixed,
    polarisation,
    share,
    tau_over_light,
    tau_over_mu,
    total_binned_differential,
)
from nutau.observables.record import Observable

NEUTRINOS, TAUS = ("nunu", r"\nu\bar\nu", "νν̄"), ("tautau", r"\tau\tau", "ττ")


def _of_both_k_stars(
    symbol: str, module: ModuleType, leptons: tuple[str, str, str], key: str, latex: str, text: str
) -> tuple[Observable, ...]:
    """A share of the rates to K*⁰ and to K*⁺; the decay stands for {} in ``text``."""
    name, tex, said = leptons
    return tuple(
        share(
            f"{symbol}({k}{name})",
            module,
            k + name,
            key,
            f"{latex}({k_tex}{tex})",
            text.format(k_said + said),
        )
        for k, k_tex, k_said in K_STARS
    )


def _neutrinos() -> tuple[Observable, ...]:
    return (
        *inclusive(),
        *total_binned_differential(b_to_pnunu, "B+->Knunu", r"B^+\to K^+\nu\bar\nu", "B⁺ → K⁺νν̄"),
        *total_binned_differential(b_to_pnunu, "B0->Knunu", r"B^0\to K^0\nu\bar\nu", "B⁰ → K⁰νν̄"),
        *total_binned_differential(b_to_vnunu, "B0->K*nunu", r"B^0\to K^{*0}\nu\bar\nu", "B⁰ → K*⁰νν̄"),
        *total_binned_differential(b_to_vnunu, "B+->K*nunu", r"B^+\to K^{*+}\nu\bar\nu", "B⁺ → K*⁺νν̄"),
        mean("BR(B->Knunu)", b_to_pnunu, ("B+->Knunu", "B0->Knunu"), r"B\to K\nu\bar\nu", "B → Kνν̄"),
        mean("BR(B->K*nunu)", b_to_vnunu, ("B+->K*nunu", "B0->K*nunu"), r"B\to K^*\nu\bar\nu", "B → K*νν̄"),
        *total_binned_differential(b_to_vnunu, "Bs->phinunu", r"B_s\to \phi\nu\bar\nu", "B_s → φνν̄"),
        *total_binned_differential(lb_to_lnunu, "Lambdab->Lambdanunu", r"\Lambda_b\to \Lambda\nu\bar\nu", "Λ_b → Λνν̄"),
        *_of_both_k_stars("<FL>", b_to_vnunu, NEUTRINOS, "longitudinal", "F_L", "longitudinal fraction of {}"),
        branching(bs_to_nunu, "Bs->invisible", r"B_s\to\mathrm{invisible}", "B_s → nothing seen (prompt)"),
    )  # fmt: skip


def _taus() -> tuple[Observable, ...]:
    return (
        *total_binned_differential(b_to_pll, "B+->Ktautau", r"B^+\to K^+\tau^+\tau^-", "B⁺ → K⁺ττ"),
        *total_binned_differential(b_to_pll, "B0->Ktautau", r"B^0\to K^0\tau^+\tau^-", "B⁰ → K⁰ττ"),
        *total_binned_differential(b_to_vll, "B0->K*tautau", r"B^0\to K^{*0}\tau^+\tau^-", "B⁰ → K*⁰ττ"),
        *total_binned_differential(b_to_vll, "B+->K*tautau", r"B^+\to K^{*+}\tau^+\tau^-", "B⁺ → K*⁺ττ"),
        *total_binned_differential(b_to_vll, "Bs->phitautau", r"B_s\to \phi\tau^+\tau^-", "B_s → φττ"),
        *_of_both_k_stars("<FL>", b_to_vll, TAUS, "flavio_fl", r"F_L^{\mathrm{flavio}}",
                          "flavio's F_L of {}, suppressed by β²"),
        *_of_both_k_stars("<FLtrue>", b_to_vll, TAUS, "longitudinal", "F_L",
                          "longitudinal fraction of the rate of {}"),
        *_of_both_k_stars("<AFB>", b_to_vll, TAUS, "afb", "A_{FB}",
                          "forward-backward asymmetry of {} (LHCb's sign)"),
        share("<AFB>(B+->Ktautau)", b_to_pll, "B+->Ktautau", "afb",
               r"A_{FB}(B^+\to K^+\tau\tau)", "forward-backward asymmetry of B⁺ → K⁺ττ"),
        *_leptonic("tautau", r"\tau^+\tau^-", "ττ"),
        *_baryon("tautau", r"\tau^+\tau^-", "ττ"),
    )  # fmt: skip


def _leptonic(pair: str, tex: str, said: str) -> tuple[Observable, ...]:
    """B_s and B⁰ to two equal leptons."""
    name, latex, text = f"Bs->{pair}", rf"B_s\to {tex}", f"B_s → {said}"
    return (
        branching(b_to_ll, name, latex, f"{text} (time-integrated)"),
        branching(b_to_ll, f"B0->{pair}", rf"B^0\to {tex}", f"B⁰ → {said}"),
        mixed(f"ADeltaGamma({name})", b_to_ll, name, "cosine", rf"A_{{\Delta\Gamma}}({latex})",
              f"rate asymmetry of the heavy and the light B_s in {text}"),
        mixed(f"S_{pair}", b_to_ll, name, "sine", f"S({latex})", f"mixing-induced CP asymmetry of {text}"),
        lifetime(f"tau_{pair}", b_to_ll, name, rf"\tau({latex})", f"effective lifetime of {text}"),
    )  # fmt: skip


def _baryon(pair: str, tex: str, said: str) -> tuple[Observable, ...]:
    """Λ_b → Λ and two equal leptons."""
    name, latex, text = f"Lambdab->Lambda{pair}", rf"\Lambda_b\to \Lambda {tex}", f"Λ_b → Λ{said}"
    asymmetries = (("l", r"\ell", "leptonic"), ("h", "h", "hadronic"), ("lh", r"\ell h", "lepton-hadron"))
    return (
        *total_binned_differential(lb_to_lll, name, latex, text),
        share(f"<FL>({name})", lb_to_lll, name, "longitudinal", f"F_L({latex})", f"longitudinal fraction of {text}"),
        *(
            share(f"<AFB{key}>({name})", lb_to_lll, name, f"afb_{key}", rf"A_{{FB}}^{{{symbol}}}({latex})",
                  f"{word} forward-backward asymmetry of {text}")
            for key, symbol, word in asymmetries
        ),
    )  # fmt: skip


def _charged() -> tuple[Observable, ...]:
    return (
        tau_over_light("Rtaul(B->Dlnu)", b_to_plnu, "D", "R_D", "R_D: B → Dτν over the mean of e and μ"),
        tau_over_light("Rtaul(B->D*lnu)", b_to_vlnu, "D*", "R_{D^*}", "R_D*: B → D*τν over the mean of e and μ"),
        *total_binned_differential(b_to_plnu, "B0->Dtaunu", r"B^0\to D^-\tau^+\nu", "B⁰ → Dτν"),
        *total_binned_differential(b_to_plnu, "B+->Dtaunu", r"B^+\to \bar D^0\tau^+\nu", "B⁺ → Dτν"),
        *total_binned_differential(b_to_vlnu, "B0->D*taunu", r"B^0\to D^{*-}\tau^+\nu", "B⁰ → D*τν"),
        *total_binned_differential(b_to_vlnu, "B+->D*taunu", r"B^+\to \bar D^{*0}\tau^+\nu", "B⁺ → D*τν"),
        polarisation("Ptau(B0->Dtaunu)", b_to_plnu, "B0->Dtaunu", r"P_\tau(D)", "τ polarisation in B → Dτν"),
        polarisation("Ptau(B0->D*taunu)", b_to_vlnu, "B0->D*taunu", r"P_\tau(D^*)", "τ polarisation in B → D*τν"),
        share("FLtot(B0->D*taunu)", b_to_vlnu, "B0->D*taunu", "longitudinal", "F_L(D^*)",
               "longitudinal fraction of B → D*τν", "total"),
        share("<FL>(B0->D*taunu)", b_to_vlnu, "B0->D*taunu", "longitudinal", "F_L(D^*)",
               "longitudinal fraction of B → D*τν in a bin"),
        share("AFBtot(B0->Dtaunu)", b_to_plnu, "B0->Dtaunu", "afb", "A_{FB}(D)",
               "forward-backward asymmetry of B → Dτν", "total"),
        share("AFBtot(B0->D*taunu)", b_to_vlnu, "B0->D*taunu", "afb", "A_{FB}(D^*)",
               "forward-backward asymmetry of B → D*τν", "total"),
        tau_over_mu("Rtaumu(Bc->J/psilnu)", b_to_vlnu, "Bc->J/psi", r"R_{J/\psi}", "R(J/ψ): B_c → J/ψτν over J/ψμν"),
        *total_binned_differential(b_to_vlnu, "Bc->J/psitaunu", r"B_c\to J/\psi\,\tau\nu", "B_c → J/ψτν"),
        polarisation("Ptau(Bc->J/psitaunu)", b_to_vlnu, "Bc->J/psitaunu", r"P_\tau(J/\psi)",
                     "τ polarisation in B_c → J/ψτν"),
        share("FLtot(Bc->J/psitaunu)", b_to_vlnu, "Bc->J/psitaunu", "longitudinal", r"F_L(J/\psi)",
               "longitudinal fraction of B_c → J/ψτν", "total"),
        share("AFBtot(Bc->J/psitaunu)", b_to_vlnu, "Bc->J/psitaunu", "afb", r"A_{FB}(J/\psi)",
               "forward-backward asymmetry of B_c → J/ψτν", "total"),
        tau_over_mu("Rtaumu(Lambdab->Lambdaclnu)", lb_to_lclnu, "Lambdab->Lambdac", r"R_{\Lambda_c}",
                    "R(Λ_c): Λ_b → Λ_cτν over Λ_cμν"),
        *total_binned_differential(lb_to_lclnu, "Lambdab->Lambdactaunu", r"\Lambda_b\to\Lambda_c\tau\nu",
                                   "Λ_b → Λ_cτν"),
        polarisation("Ptau(Lambdab->Lambdactaunu)", lb_to_lclnu, "Lambdab->Lambdactaunu", r"P_\tau(\Lambda_c)",
                     "τ polarisation in Λ_b → Λ_cτν"),
        share("AFBtot(Lambdab->Lambdactaunu)", lb_to_lclnu, "Lambdab->Lambdactaunu", "afb", r"A_{FB}(\Lambda_c)",
               "forward-backward asymmetry of Λ_b → Λ_cτν", "total"),
        *total_binned_differential(b_to_plnu, "B0->pitaunu", r"B^0\to \pi^-\tau^+\nu", "B⁰ → πτν"),
        tau_over_light("Rtaul(B->pilnu)", b_to_plnu, "pi", r"R_\pi", "R_π: B → πτν over the mean of e and μ"),
        branching(b_to_lnu, "B+->taunu", r"B^+\to\tau^+\nu", "B⁺ → τν"),
        branching(b_to_lnu, "Bc->taunu", r"B_c\to\tau\nu", "B_c → τν"),
    )  # fmt: skip


def _light() -> tuple[Observable, ...]:
    return (
        *light_leptons(),
        *_leptonic("mumu", r"\mu^+\mu^-", "μμ"),
        *_leptonic("ee", "e^+e^-", "ee"),
        *_baryon("mumu", r"\mu^+\mu^-", "μμ"),
        *_baryon("ee", "e^+e^-", "ee"),
    )


def _photons() -> tuple[Observable, ...]:
    decays = (
        ("B0->K*gamma", r"B^0\to K^{*0}\gamma", "B⁰ → K*⁰γ"),
        ("B+->K*gamma", r"B^+\to K^{*+}\gamma", "B⁺ → K*⁺γ"),
        ("Bs->phigamma", r"B_s\to \phi\gamma", "B_s → φγ"),
    )
    (neutral, neutral_tex, neutral_text), _, (strange, strange_tex, strange_text) = decays
    return (
        inclusive_photon(),
        *inclusive_leptons(),
        *(
            branching(b_to_vgamma, name, latex, text + " (time-integrated)" * (name == strange))
            for name, latex, text in decays
        ),
        *(
            mixed(f"ACP({name})", b_to_vgamma, name, "direct", f"A_{{CP}}({latex})", f"direct CP asymmetry of {text}")
            for name, latex, text in decays
        ),
        mixed("S_K*gamma", b_to_vgamma, neutral, "sine", f"S({neutral_tex})",
              f"mixing-induced CP asymmetry of {neutral_text}"),
        mixed("S_phigamma", b_to_vgamma, strange, "sine", f"S({strange_tex})",
              f"mixing-induced CP asymmetry of {strange_text}"),
        mixed(f"ADeltaGamma({strange})", b_to_vgamma, strange, "cosine", rf"A_{{\Delta\Gamma}}({strange_tex})",
              f"rate asymmetry of the heavy and the light B_s in {strange_text}"),
    )  # fmt: skip


def _violating() -> tuple[Observable, ...]:
    return (
        *flavours(b_to_pll, "B+->K", r"B^+\to K^+", "B⁺ → K⁺"),
        *flavours(b_to_pll, "B0->K", r"B^0\to K^0", "B⁰ → K⁰"),
        *(observable for decay in K_STARS for observable in flavours(b_to_vll, *decay)),
        *flavours(b_to_vll, "Bs->phi", r"B_s\to \phi\,", "B_s → φ"),
        *flavours(lb_to_lll, "Lambdab->Lambda", r"\Lambda_b\to \Lambda\,", "Λ_b → Λ"),
        *flavours(b_to_ll, "Bs->", r"B_s\to ", "B_s → "),
        *flavours(b_to_ll, "B0->", r"B^0\to ", "B⁰ → "),
    )


def _mixing() -> tuple[Observable, ...]:
    mass, phase = ("squared", None), ("sine", "cosine")
    return (
        meson_mixing("DeltaM_s", "Bs-Bsbar", mass, "sqrt", r"\Delta M_s", "mass difference of the B_s mesons", "ps^-1"),
        meson_mixing("phi_s", "Bs-Bsbar", phase, "angle", r"\phi_s",
                     "phase of B_s mixing in b → cc̄s (SM: −2β_s)", "rad"),
        meson_mixing("DeltaM_d", "B0-B0bar", mass, "sqrt", r"\Delta M_d", "mass difference of the B⁰ mesons", "ps^-1"),
        meson_mixing("phi_d", "B0-B0bar", phase, "angle", r"\phi_d", "phase of B⁰ mixing in b → cc̄s (SM: 2β)", "rad"),
        meson_mixing("eps_K", "K0-K0bar", ("sine", None), "ratio", r"|\epsilon_K|", "CP violation in kaon mixing", "1"),
        meson_mixing("x12_D", "D0-D0bar", mass, "sqrt", "x_{12}^D", "D mixing, 2|M₁₂|/Γ (SM: a guess)", "1"),
        meson_mixing("x12Im_D", "D0-D0bar", ("sine", None), "ratio", r"x_{12}^{\mathrm{Im},D}",
                     "D mixing, x₁₂ sin φ₁₂", "1"),
    )  # fmt: skip


def _others() -> tuple[Observable, ...]:
    """What the mediators cannot escape."""
    return (
        *_mixing(),
        lifetimes(),
        width_difference(),
        kaon_to_neutrinos("K+->pinunu", r"K^+\to\pi^+\nu\bar\nu", "K⁺ → π⁺νν̄"),
        kaon_to_neutrinos("KL->pinunu", r"K_L\to\pi^0\nu\bar\nu", "K_L → π⁰νν̄"),
        branching(tau_and_meson, "Ds->taunu", r"D_s^+\to\tau^+\nu", "D_s → τν"),
        branching(tau_and_meson, "D+->taunu", r"D^+\to\tau^+\nu", "D⁺ → τν"),
        branching(tau_and_meson, "tau->Knu", r"\tau\to K\nu", "τ → Kν"),
        branching(tau_and_meson, "tau->pinu", r"\tau\to \pi\nu", "τ → πν"),
        branching(tau_decays, "tau->mumumu", r"\tau^-\to\mu^-\mu^+\mu^-", "τ → 3μ"),
        branching(tau_decays, "tau->mugamma", r"\tau\to \mu\gamma", "τ → μγ"),
        branching(tau_decays, "tau->egamma", r"\tau\to e\gamma", "τ → eγ"),
        branching(tau_decays, "tau->mununu", r"\tau\to\mu\nu\bar\nu", "τ → μνν̄"),
        branching(tau_decays, "tau->enunu", r"\tau\to e\nu\bar\nu", "τ → eνν̄"),
        *w_universality(),
        z_universality("tau", r"\tau\tau", "ττ"),
        z_universality("mu", r"\mu\mu", "μμ"),
    )


def _tails() -> tuple[Observable, ...]:
    """Far above the weak scale."""
    return (
        events(
            pp_to_leptons,
            "pp->tautau",
            r"pp\to\tau\tau",
            "pp → ττ without b jets (ATLAS, bins of the transverse mass)",
        ),
        events(pp_to_leptons, "pp->taunu", r"pp\to\tau\nu", "pp → τν (ATLAS, bins of the transverse mass)"),
        events(pp_to_leptons, "pp->mutau", r"pp\to\mu\tau", "pp → μτ (CMS, bins of the mass)"),
    )


@cache
def catalogue() -> tuple[Observable, ...]:
    """All observables, in the order in which they are listed.

    >>> import nutau
    >>> "BR(B+->Knunu)" in {observable.name for observable in nutau.catalogue()}
    True
    """
    return (
        *_neutrinos(),
        *_taus(),
        *_charged(),
        *_light(),
        *_photons(),
        *_violating(),
        *_others(),
        *_tails(),
    )


def find(name: str) -> Observable:
    """The observable of that name; :class:`InputError` with the nearest names."""
    for observable in catalogue():
        if observable.name == name:
            return observable
    known = [*ALIASES, *(observable.name for observable in catalogue())]
    raise unknown("observable", name, known, see="nutau list observables")
