"""b → sℓℓ with electrons and muons: rates, angular observables and lepton universality, under flavio's names."""

from __future__ import annotations

from nutau.decays import b_to_pll, b_to_vll
from nutau.observables.makers import angular, binned, differential, e_over_mu, mu_over_e
from nutau.observables.record import Observable

PAIRS = (("mumu", r"\mu^+\mu^-", "μμ"), ("ee", "e^+e^-", "ee"))
KAONS = (("B+->K", r"B^+\to K^+", "B⁺ → K⁺"), ("B0->K", r"B^0\to K^0", "B⁰ → K⁰"))
K_STARS = (("B0->K*", r"B^0\to K^{*0}", "B⁰ → K*⁰"), ("B+->K*", r"B^+\to K^{*+}", "B⁺ → K*⁺"))
PHI = ("Bs->phi", r"B_s\to\phi\,", "B_s → φ")

FL = ("FL", "F_L", ("flavio_fl", 1.0, ("rate",)), "longitudinal fraction of {}")
AVERAGES = tuple(
    (f"S{i}", rf"S_{{{i}}}", (f"S{i}", 1.0, ("rate",)), "angular observable S" + i + " of {} (CP average)")
    for i in ("3", "4", "5", "6c", "7", "8", "9")
)
ASYMMETRIES = tuple(
    (f"A{i}", rf"A_{{{i}}}", (f"A{i}", 1.0, ("rate",)), "angular CP asymmetry A" + i + " of {}")
    for i in ("3", "4", "5", "6s", "7", "8", "9")
)
_BOTH = ("transverse", "flavio_fl")
OPTIMISED = (
    ("P1", "P_1", ("S3", 0.5, ("transverse",)), "optimised observable P1 of {}"),
    ("P2", "P_2", ("S6s", 0.125, ("transverse",)), "optimised observable P2 of {} (LHCb's sign)"),
    ("P3", "P_3", ("S9", -0.25, ("transverse",)), "optimised observable P3 of {} (LHCb's sign)"),
    ("ATIm", r"A_T^{\mathrm{Im}}", ("A9", 0.5, ("transverse",)), "transverse CP asymmetry of {}"),
    ("P4p", "P'_4", ("S4", 0.5, _BOTH), "optimised observable P4' of {} (S4/2 over √(J2s J2c), flavio's)"),
    ("P5p", "P'_5", ("S5", 0.5, _BOTH), "optimised observable P5' of {}"),
    ("P6p", "P'_6", ("S7", 0.5, _BOTH), "optimised observable P6' of {} (it holds S7)"),
    ("P8p", "P'_8", ("S8", 0.5, _BOTH), "optimised observable P8' of {} (S8/2 over √(J2s J2c), flavio's)"),
)
OF_K_STAR = (
    FL,
    ("AFB", "A_{FB}", ("afb", 1.0, ("rate",)), "forward-backward asymmetry of {} (LHCb's sign)"),
    *AVERAGES,
    *OPTIMISED,
    ("ACP", "A_{CP}", ("rate_cp", 1.0, ("rate",)), "direct CP asymmetry of {}"),
    ("AFBCP", "A_{FB}^{CP}", ("afb_cp", 1.0, ("rate",)), "CP asymmetry of the forward-backward asymmetry of {}"),
    *ASYMMETRIES,
)  # fmt: skip
_UNTAGGED = ("FL", "S3", "S4", "S7", "AFBCP", "A5", "A8", "A9")
OF_PHI = tuple(item for item in OF_K_STAR if item[0] in _UNTAGGED)
OF_K = (
    ("AFB", "A_{FB}", ("afb", 1.0, ("rate",)), "forward-backward asymmetry of {}"),
    ("FH", "F_H", ("flat", 1.0, ("rate",)), "flat term of {}"),
    ("ACP", "A_{CP}", ("rate_cp", 1.0, ("rate",)), "direct CP asymmetry of {}"),
)


def light_leptons() -> tuple[Observable, ...]:
    """All of them, decay by decay."""
    decays = (
        *((b_to_pll, row, OF_K) for row in KAONS),
        *((b_to_vll, row, OF_K_STAR) for row in K_STARS),
        (b_to_vll, PHI, OF_PHI),
    )
    made: list[Observable] = []
    for module, (name, tex, text), angles in decays:
        for pair, pair_tex, pair_text in PAIRS:
            decay, latex, said = name + pair, tex + pair_tex, text + pair_text
            made += [make(module, decay, latex, said) for make in (binned, differential)]
            for symbol, sign, keys, what in angles:
                made += angular(symbol, module, decay, keys, rf"{sign}({latex})", what.format(said))
    return (*made, *_universality())


def _universality() -> tuple[Observable, ...]:
    return (
        mu_over_e("<Rmue>(B+->Kll)", b_to_pll, "B+->K", "R_K", "R_K in a bin of q²: B⁺ → K⁺μμ over K⁺ee"),
        mu_over_e("<Rmue>(B0->Kll)", b_to_pll, "B0->K", "R_{K^0}", "R_K of B⁰ → K⁰ in a bin of q²"),
        mu_over_e("<Rmue>(B0->K*ll)", b_to_vll, "B0->K*", "R_{K^*}",
                  "R_K* in a bin of q²: B⁰ → K*⁰μμ over K*⁰ee"),
        mu_over_e("<Rmue>(B+->K*ll)", b_to_vll, "B+->K*", "R_{K^{*+}}", "R_K* of B⁺ → K*⁺ in a bin of q²"),
        mu_over_e("<Rmue>(Bs->phill)", b_to_vll, "Bs->phi", r"R_{\phi}", "R_φ in a bin of q²: B_s → φμμ over φee"),
        e_over_mu("<Remu>(Bs->phill)", b_to_vll, "Bs->phi", r"R_{\phi}^{-1}",
                  "1/R_φ in a bin of q²: B_s → φee over φμμ"),
    )  # fmt: skip
