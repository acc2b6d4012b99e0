r"""The catalogue: every observable nutau predicts, under flavio's name where flavio has one.

An :class:`Observable` says how to read it off the forms of one or two decays. Names with ``<...>`` take a bin in
q² (all of phase space if none is given); ``dBR/dq2(...)`` takes a point.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any, Literal

from nutau.algebra import Quadratic
from nutau.arrays import Array
from nutau.decays import (
    b_to_ll,
    b_to_lnu,
    b_to_pll,
    b_to_plnu,
    b_to_pnunu,
    b_to_vll,
    b_to_vlnu,
    b_to_vnunu,
    b_to_xsnunu,
    lb_to_lnunu,
    mixing,
    tau_decays,
    z_to_ll,
)
from nutau.errors import unknown
from nutau.formula import Forms, Readout
from nutau.inputs import Inputs
from nutau.kinematics import Range
from nutau.wilson import Basis

Kind = Literal["total", "bin", "point"]


class Rates:
    """The forms of decays for one set of parameter values, each computed once."""

    def __init__(self, inputs: Inputs, par: Mapping[str, Array], *, tree: bool = False) -> None:
        """``par`` holds central values, or theory draws with a leading axis.

        ``tree`` adds the tree-level τ contribution to B⁺ → K⁽*⁾⁺νν̄.
        """
        self.inputs = inputs
        self.par = par
        self.tree = tree
        self._done: dict[tuple[Any, ...], dict[str, Quadratic]] = {}

    def forms(self, module: ModuleType, process: Any, q2: Range = None) -> dict[str, Quadratic]:
        """Forms integrated over a bin."""
        key = (module.__name__, process.name, q2)
        if key not in self._done:
            bins = () if q2 is None else (q2,)  # two-body decays take none
            self._done[key] = module.forms(
                self.inputs, self.par, process, *bins, **self._options(module, process)
            )
        return self._done[key]

    def densities(self, module: ModuleType, process: Any, q2: Array) -> dict[str, Quadratic]:
        """Forms per GeV² at points of q²; matrices ``(..., q2, 1 + n, 1 + n)``."""
        return dict(module.densities(self.inputs, self.par, process, q2, **self._options(module, process)))

    def _options(self, module: ModuleType, process: Any) -> dict[str, bool]:
        charged = module in (b_to_pnunu, b_to_vnunu) and process.name.startswith("B+")
        return {"tree": True} if self.tree and charged else {}


Build = Callable[[Rates, Any], Forms]


@dataclass(frozen=True)
class Observable:
    """One observable: its name, how it is written and read, and how its forms are made.

    ``build(rates, q2)`` gives the forms for a bin (``kind == "bin"``), at points (``"point"``) or in all
    (``"total"``, q2 ignored). ``processes`` are the decays it is made of.
    """

    name: str
    latex: str
    description: str
    build: Build
    kind: Kind = "total"
    unit: str = "1"
    processes: tuple[tuple[ModuleType, Any], ...] = ()

    def edges(self, inputs: Inputs) -> tuple[float, float]:
        """The range of q² in GeV² that a bin or point may take."""
        par = inputs.parameters.mapping()
        edges = [process.edges(par) for _, process in self.processes]
        return max(float(low) for low, _ in edges), min(float(high) for _, high in edges)


def process(module: ModuleType, name: str) -> Any:
    """The row of a decay module called ``name``."""
    return next(row for row in module.PROCESSES if row.name == name)


def common(*forms: Quadratic) -> tuple[Quadratic, ...]:
    """The same forms on the union of their coefficients."""
    names = dict.fromkeys(name for form in forms for name in form.basis.coefficients)
    basis = Basis(forms[0].basis.eft, forms[0].basis.name, tuple(names))
    return tuple(form.on(basis) for form in forms)


def _ratio(above: Quadratic, below: Quadratic, readout: Readout = "ratio") -> Forms:
    first, second = common(above, below)
    return Forms(first, second, readout)


def _branching(module: ModuleType, name: str, latex: str, text: str) -> Observable:
    row = process(module, name)

    def build(rates: Rates, q2: Range) -> Forms:
        return Forms(rates.forms(module, row)["rate"] * rates.par[row.lifetime])

    return Observable(f"BR({name})", rf"\mathcal{{B}}({latex})", f"branching ratio of {text}", build,
                      processes=((module, row),))  # fmt: skip


def _binned(module: ModuleType, name: str, latex: str, text: str) -> Observable:
    row = process(module, name)

    def build(rates: Rates, q2: Range) -> Forms:
        low, high = (None, None) if q2 is None else q2
        edges = row.edges(rates.par)
        width = (edges[1] if high is None else high) - (edges[0] if low is None else low)
        return Forms(rates.forms(module, row, q2)["rate"] * (rates.par[row.lifetime] / width))

    return Observable(f"<dBR/dq2>({name})", rf"\langle d\mathcal{{B}}/dq^2\rangle({latex})",
                      f"branching ratio of {text} in a bin of q², divided by its width", build, "bin", "GeV^-2",
                      ((module, row),))  # fmt: skip


def _differential(module: ModuleType, name: str, latex: str, text: str) -> Observable:
    row = process(module, name)

    def build(rates: Rates, q2: Array) -> Forms:
        lifetime = rates.par[row.lifetime]
        factor = lifetime[..., None] if getattr(lifetime, "ndim", 0) else lifetime
        return Forms(rates.densities(module, row, q2)["rate"] * factor)

    return Observable(f"dBR/dq2({name})", rf"d\mathcal{{B}}/dq^2({latex})",
                      f"differential branching ratio of {text}", build, "point", "GeV^-2",
                      ((module, row),))  # fmt: skip


def _rate(module: ModuleType, name: str, latex: str, text: str) -> tuple[Observable, ...]:
    """Total, binned and differential branching ratio."""
    return tuple(make(module, name, latex, text) for make in (_branching, _binned, _differential))


def _share(
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
        return _ratio(forms[key] * sign, forms["rate"])

    return Observable(name, latex, text, build, kind, processes=((module, row),))


def _polarisation(name: str, module: ModuleType, decay: str, latex: str, text: str) -> Observable:
    row = process(module, decay)

    def build(rates: Rates, q2: Range) -> Forms:
        forms = rates.forms(module, row)
        return _ratio(forms["plus"] - forms["minus"], forms["plus"] + forms["minus"])

    return Observable(name, latex, text, build, processes=((module, row),))


def _rtaul(name: str, module: ModuleType, meson: str, latex: str, text: str) -> Observable:
    """Γ(τ) over the mean of Γ(e) and Γ(μ), each over its own phase space."""
    tau, mu, e = (process(module, f"B0->{meson}{lepton}nu") for lepton in ("tau", "mu", "e"))

    def build(rates: Rates, q2: Range) -> Forms:
        above, muon, electron = (rates.forms(module, row)["rate"] for row in (tau, mu, e))
        above, muon, electron = common(above, muon * 0.5, electron * 0.5)
        return Forms(above, muon + electron)

    return Observable(name, latex, text, build, processes=tuple((module, row) for row in (tau, mu, e)))


def _rmue(name: str, module: ModuleType, decay: str, latex: str, text: str) -> Observable:
    mu, e = (process(module, decay + pair) for pair in ("mumu", "ee"))

    def build(rates: Rates, q2: Range) -> Forms:
        return _ratio(rates.forms(module, mu, q2)["rate"], rates.forms(module, e, q2)["rate"])

    return Observable(name, latex, text, build, "bin", processes=((module, mu), (module, e)))


def _flavours(module: ModuleType, decay: str, latex: str, text: str) -> tuple[Observable, ...]:
    """The branching ratios with τ⁺μ⁻-like pairs in both orders (flavio's names: first the ℓ⁺, then the ℓ⁻)."""
    return tuple(
        _branching(module, f"{decay}{pair}", latex + tex, f"{text}{pair_text}")
        for pair, tex, pair_text in (("taumu", r"\tau^+\mu^-", "τ⁺μ⁻"), ("mutau", r"\mu^+\tau^-", "μ⁺τ⁻"))
    )


def _inclusive() -> Observable:
    """The mean of B⁺ and B⁰, as experiments at the Υ(4S) quote it."""
    rows = tuple(process(b_to_xsnunu, f"{parent}->Xsnunu") for parent in ("B+", "B0"))

    def build(rates: Rates, q2: Range) -> Forms:
        plus, neutral = (rates.forms(b_to_xsnunu, row)["rate"] * rates.par[row.lifetime] for row in rows)
        return Forms((plus + neutral) * 0.5)

    return Observable(
        "BR(B->Xsnunu)",
        r"\mathcal{B}(B\to X_s\nu\bar\nu)",
        "branching ratio of B → X_sνν̄, mean of B⁺ and B⁰",
        build,
        processes=tuple((b_to_xsnunu, row) for row in rows),
    )


def _neutrinos() -> tuple[Observable, ...]:
    return (
        _inclusive(),
        *_rate(b_to_pnunu, "B+->Knunu", r"B^+\to K^+\nu\bar\nu", "B⁺ → K⁺νν̄"),
        *_rate(b_to_pnunu, "B0->Knunu", r"B^0\to K^0\nu\bar\nu", "B⁰ → K⁰νν̄"),
        *_rate(b_to_vnunu, "B0->K*nunu", r"B^0\to K^{*0}\nu\bar\nu", "B⁰ → K*⁰νν̄"),
        *_rate(b_to_vnunu, "B+->K*nunu", r"B^+\to K^{*+}\nu\bar\nu", "B⁺ → K*⁺νν̄"),
        *_rate(b_to_vnunu, "Bs->phinunu", r"B_s\to \phi\nu\bar\nu", "B_s → φνν̄"),
        *_rate(lb_to_lnunu, "Lambdab->Lambdanunu", r"\Lambda_b\to \Lambda\nu\bar\nu", "Λ_b → Λνν̄"),
        _share("<FL>(B0->K*nunu)", b_to_vnunu, "B0->K*nunu", "longitudinal",
               r"F_L(B^0\to K^{*0}\nu\bar\nu)", "longitudinal fraction of B⁰ → K*⁰νν̄"),
        _share("<FL>(B+->K*nunu)", b_to_vnunu, "B+->K*nunu", "longitudinal",
               r"F_L(B^+\to K^{*+}\nu\bar\nu)", "longitudinal fraction of B⁺ → K*⁺νν̄"),
    )  # fmt: skip


def _taus() -> tuple[Observable, ...]:
    return (
        *_rate(b_to_pll, "B+->Ktautau", r"B^+\to K^+\tau^+\tau^-", "B⁺ → K⁺ττ"),
        *_rate(b_to_pll, "B0->Ktautau", r"B^0\to K^0\tau^+\tau^-", "B⁰ → K⁰ττ"),
        *_rate(b_to_vll, "B0->K*tautau", r"B^0\to K^{*0}\tau^+\tau^-", "B⁰ → K*⁰ττ"),
        *_rate(b_to_vll, "B+->K*tautau", r"B^+\to K^{*+}\tau^+\tau^-", "B⁺ → K*⁺ττ"),
        *_rate(b_to_vll, "Bs->phitautau", r"B_s\to \phi\tau^+\tau^-", "B_s → φττ"),
        _share("<FL>(B0->K*tautau)", b_to_vll, "B0->K*tautau", "flavio_fl",
               r"F_L^{\mathrm{flavio}}(B^0\to K^{*0}\tau\tau)", "flavio's F_L of B⁰ → K*⁰ττ, suppressed by β²"),
        _share("<FL>(B+->K*tautau)", b_to_vll, "B+->K*tautau", "flavio_fl",
               r"F_L^{\mathrm{flavio}}(B^+\to K^{*+}\tau\tau)", "flavio's F_L of B⁺ → K*⁺ττ, suppressed by β²"),
        _share("<FLtrue>(B0->K*tautau)", b_to_vll, "B0->K*tautau", "longitudinal",
               r"F_L(B^0\to K^{*0}\tau\tau)", "longitudinal fraction of the rate of B⁰ → K*⁰ττ"),
        _share("<FLtrue>(B+->K*tautau)", b_to_vll, "B+->K*tautau", "longitudinal",
               r"F_L(B^+\to K^{*+}\tau\tau)", "longitudinal fraction of the rate of B⁺ → K*⁺ττ"),
        _share("<AFB>(B0->K*tautau)", b_to_vll, "B0->K*tautau", "afb",
               r"A_{FB}(B^0\to K^{*0}\tau\tau)", "forward-backward asymmetry of B⁰ → K*⁰ττ (LHCb's sign)"),
        _share("<AFB>(B+->K*tautau)", b_to_vll, "B+->K*tautau", "afb",
               r"A_{FB}(B^+\to K^{*+}\tau\tau)", "forward-backward asymmetry of B⁺ → K*⁺ττ (LHCb's sign)"),
        _share("<AFB>(B+->Ktautau)", b_to_pll, "B+->Ktautau", "afb",
               r"A_{FB}(B^+\to K^+\tau\tau)", "forward-backward asymmetry of B⁺ → K⁺ττ"),
        _branching(b_to_ll, "Bs->tautau", r"B_s\to\tau^+\tau^-", "B_s → ττ (time-integrated)"),
    )  # fmt: skip


def _charged() -> tuple[Observable, ...]:
    return (
        _rtaul("Rtaul(B->Dlnu)", b_to_plnu, "D", "R_D", "R_D: B → Dτν over the mean of e and μ"),
        _rtaul("Rtaul(B->D*lnu)", b_to_vlnu, "D*", "R_{D^*}", "R_D*: B → D*τν over the mean of e and μ"),
        *_rate(b_to_plnu, "B0->Dtaunu", r"B^0\to D^-\tau^+\nu", "B⁰ → Dτν"),
        *_rate(b_to_plnu, "B+->Dtaunu", r"B^+\to \bar D^0\tau^+\nu", "B⁺ → Dτν"),
        *_rate(b_to_vlnu, "B0->D*taunu", r"B^0\to D^{*-}\tau^+\nu", "B⁰ → D*τν"),
        *_rate(b_to_vlnu, "B+->D*taunu", r"B^+\to \bar D^{*0}\tau^+\nu", "B⁺ → D*τν"),
        _polarisation("Ptau(B0->Dtaunu)", b_to_plnu, "B0->Dtaunu", r"P_\tau(D)", "τ polarisation in B → Dτν"),
        _polarisation("Ptau(B0->D*taunu)", b_to_vlnu, "B0->D*taunu", r"P_\tau(D^*)", "τ polarisation in B → D*τν"),
        _share("FLtot(B0->D*taunu)", b_to_vlnu, "B0->D*taunu", "longitudinal", "F_L(D^*)",
               "longitudinal fraction of B → D*τν", "total"),
        _share("<FL>(B0->D*taunu)", b_to_vlnu, "B0->D*taunu", "longitudinal", "F_L(D^*)",
               "longitudinal fraction of B → D*τν in a bin"),
        _share("AFBtot(B0->Dtaunu)", b_to_plnu, "B0->Dtaunu", "afb", "A_{FB}(D)",
               "forward-backward asymmetry of B → Dτν", "total"),
        _share("AFBtot(B0->D*taunu)", b_to_vlnu, "B0->D*taunu", "afb", "A_{FB}(D^*)",
               "forward-backward asymmetry of B → D*τν", "total"),
        _branching(b_to_lnu, "B+->taunu", r"B^+\to\tau^+\nu", "B⁺ → τν"),
        _branching(b_to_lnu, "Bc->taunu", r"B_c\to\tau\nu", "B_c → τν"),
    )  # fmt: skip


def _light() -> tuple[Observable, ...]:
    return (
        _rmue("<Rmue>(B+->Kll)", b_to_pll, "B+->K", "R_K", "R_K in a bin of q²: B⁺ → K⁺μμ over K⁺ee"),
        _rmue("<Rmue>(B0->Kll)", b_to_pll, "B0->K", "R_{K^0}", "R_K of B⁰ → K⁰ in a bin of q²"),
        _rmue(
            "<Rmue>(B0->K*ll)", b_to_vll, "B0->K*", "R_{K^*}", "R_K* in a bin of q²: B⁰ → K*⁰μμ over K*⁰ee"
        ),
        _rmue("<Rmue>(B+->K*ll)", b_to_vll, "B+->K*", "R_{K^{*+}}", "R_K* of B⁺ → K*⁺ in a bin of q²"),
    )


def _violating() -> tuple[Observable, ...]:
    return (
        *_flavours(b_to_pll, "B+->K", r"B^+\to K^+", "B⁺ → K⁺"),
        *_flavours(b_to_pll, "B0->K", r"B^0\to K^0", "B⁰ → K⁰"),
        *_flavours(b_to_vll, "B0->K*", r"B^0\to K^{*0}", "B⁰ → K*⁰"),
        *_flavours(b_to_vll, "B+->K*", r"B^+\to K^{*+}", "B⁺ → K*⁺"),
        *_flavours(b_to_ll, "Bs->", r"B_s\to ", "B_s → "),
    )


def _mixing(
    name: str, keys: tuple[str, str | None], readout: Readout, latex: str, text: str, unit: str
) -> Observable:
    row = process(mixing, "Bs-Bsbar")

    def build(rates: Rates, q2: Range) -> Forms:
        forms = rates.forms(mixing, row)
        above, below = (None if key is None else forms[key] for key in keys)
        assert above is not None
        return Forms(above, below, readout)

    return Observable(name, latex, text, build, unit=unit, processes=((mixing, row),))


def _baryon() -> Observable:
    """Γ(Λ_b → Λ_cτν)/SM = ¼ Γ(B → Dτν)/SM + ¾ Γ(B → D*τν)/SM, :cite:`arXiv:2508.06322`.

    Exact for heavy quarks at zero recoil, whatever the operators; its corrections are small beside today's errors.
    """
    rows = (
        (b_to_plnu, process(b_to_plnu, "B0->Dtaunu"), 0.25),
        (b_to_vlnu, process(b_to_vlnu, "B0->D*taunu"), 0.75),
    )

    def build(rates: Rates, q2: Range) -> Forms:
        first, second = common(
            *(rates.forms(module, row)["rate"].over_sm() * weight for module, row, weight in rows)
        )
        return Forms(first + second)

    return Observable(
        "RelRtaul(Lambdab->Lambdaclnu)",
        r"R_{\Lambda_c}/R_{\Lambda_c}^{SM}",
        "R(Λ_c) over its SM value, by the heavy-quark sum rule of R_D and R_D* (light leptons as in the SM)",
        build,
        processes=tuple((module, row) for module, row, _ in rows),
    )


def _z_universality(lepton: str, latex: str, text: str) -> Observable:
    """Γ(Z → ℓℓ) over Γ(Z → ee)."""
    rows = tuple(process(z_to_ll, f"Z->{pair}") for pair in (2 * lepton, "ee"))

    def build(rates: Rates, q2: Range) -> Forms:
        above, below = (rates.forms(z_to_ll, row)["rate"] for row in rows)
        return _ratio(above, below)

    return Observable(
        f"R{lepton}e(Z->ll)",
        rf"\Gamma(Z\to {latex})/\Gamma(Z\to ee)",
        f"Γ(Z → {text}) over Γ(Z → ee)",
        build,
        processes=tuple((z_to_ll, row) for row in rows),
    )


def _w_universality() -> tuple[Observable, ...]:
    """Ratios of the couplings to the W, as HFLAV takes them from leptonic decays: τ → ℓνν̄ and μ → eνν̄, which is G_F."""
    muon, electron = (process(tau_decays, name) for name in ("tau->mununu", "tau->enunu"))

    def made(name: str, above: Any, below: Any, latex: str, text: str) -> Observable:
        def build(rates: Rates, q2: Range) -> Forms:
            first = rates.forms(tau_decays, above)["rate"].over_sm()
            if below is None:
                return Forms(first, None, "sqrt")
            return _ratio(first, rates.forms(tau_decays, below)["rate"].over_sm(), "sqrt")

        used = tuple((tau_decays, row) for row in (above, below) if row is not None)
        return Observable(name, latex, text, build, processes=used)

    return (
        made(
            "g_tau/g_mu", electron, None, r"g_\tau/g_\mu", "W couplings of τ and μ, from τ → eνν̄ over μ → eνν̄"
        ),
        made("g_tau/g_e", muon, None, r"g_\tau/g_e", "W couplings of τ and e, from τ → μνν̄ over μ → eνν̄"),
        made("g_mu/g_e", muon, electron, r"g_\mu/g_e", "W couplings of μ and e, from τ → μνν̄ over τ → eνν̄"),
    )


def _others() -> tuple[Observable, ...]:
    """What the mediators cannot escape."""
    return (
        _mixing(
            "DeltaM_s", ("squared", None), "sqrt", r"\Delta M_s", "mass difference of the B_s mesons", "ps^-1"
        ),
        _mixing(
            "phi_s",
            ("sine", "cosine"),
            "angle",
            r"\phi_s",
            "phase of B_s mixing in b → cc̄s (SM: −2β_s)",
            "rad",
        ),
        _baryon(),
        _branching(tau_decays, "tau->mumumu", r"\tau^-\to\mu^-\mu^+\mu^-", "τ → 3μ"),
        _branching(tau_decays, "tau->mununu", r"\tau\to\mu\nu\bar\nu", "τ → μνν̄"),
        _branching(tau_decays, "tau->enunu", r"\tau\to e\nu\bar\nu", "τ → eνν̄"),
        *_w_universality(),
        _z_universality("tau", r"\tau\tau", "ττ"),
        _z_universality("mu", r"\mu\mu", "μμ"),
    )


@cache
def catalogue() -> tuple[Observable, ...]:
    """All observables, in the order in which they are listed."""
    return (*_neutrinos(), *_taus(), *_charged(), *_light(), *_violating(), *_others())


def find(name: str) -> Observable:
    """The observable of that name; :class:`InputError` with the nearest names."""
    for observable in catalogue():
        if observable.name == name:
            return observable
    raise unknown("observable", name, [*ALIASES, *(observable.name for observable in catalogue())])


ALIASES: Mapping[str, str] = {
    "R(D)": "Rtaul(B->Dlnu)",
    "R(D*)": "Rtaul(B->D*lnu)",
    "Rtautau(K)": "BR(B+->Ktautau)/SM",
    "Rtautau(K*)": "BR(B0->K*tautau)/SM",
    "Rnunu(K)": "BR(B+->Knunu)/SM",
    "Rnunu(K*)": "BR(B0->K*nunu)/SM",
}
