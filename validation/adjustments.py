"""What is made equal before nutau is compared with flavio, observable by observable, and what is compared elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import lru_cache

import flavio
import numpy as np
from flavio.physics.bdecays import bvgamma
from flavio.physics.bdecays.bvll import qcdf

from nutau.decays.mixing import HBAR

LIGHT = r"(mumu|ee|ll)\)"
FORM_FACTORS = ("fV0", "fVperp", "fVt", "fA0", "fAperp", "fAt", "fT0", "fTperp", "fT50", "fT5perp")


@dataclass(frozen=True)
class Adjustment:
    """What must be made equal first: parameters set to the same value in both codes, flavio's number times a factor."""

    why: str = ""
    parameters: Mapping[str, float] = field(default_factory=dict)
    factor: float = 1.0
    without: str = "nothing"  # a pattern: coefficients that are zero, in both codes
    within: Callable[[], AbstractContextManager[None]] = nullcontext  # what is changed in flavio
    scale: float = 4.8  # GeV, where coefficients are given
    average: str = ""  # the rate with which flavio's number and that of the conjugate decay are averaged


@contextmanager
def phase_conjugated() -> Iterator[None]:
    """Within it, flavio's q/p of mixing is complex conjugated."""
    module = flavio.physics.mesonmixing.observables
    own = module.q_over_p
    module.q_over_p = lambda *arguments: own(*arguments).conjugate()
    try:
        yield
    finally:
        module.q_over_p = own


@contextmanager
def scale_of_inclusive_rates() -> Iterator[None]:
    """Within it, flavio takes B -> X_s l l at nutau's scale."""
    scales = flavio.config["renormalization scale"]
    own, scales["bxll"] = scales["bxll"], 4.8
    try:
        yield
    finally:
        scales["bxll"] = own


_X, _W = np.polynomial.legendre.leggauss(32)
_X, _W = 0.5 * (_X + 1.0), 0.5 * _W
_AMPLITUDES, _PHOTONS = qcdf.helicity_amps_qcdf, bvgamma.get_a_abar
_NOW: dict[str, tuple] = {}


def complex_gauss(function, low, high, points=None):
    """Nodes that crowd at the threshold, as the loops have a root there; the integrand is smooth elsewhere."""
    edge = points[0] if points else high
    below = [(edge - (edge - low) * t * t, 2.0 * (edge - low) * t * v) for t, v in zip(_X, _W, strict=True)]
    above = [(edge + (high - edge) * t * t, 2.0 * (high - edge) * t * v) for t, v in zip(_X, _W, strict=True)]
    return sum(weight * function(u) for u, weight in below + (above if points else []))


@lru_cache(maxsize=200_000)
def _amplitudes(q2, decay, octet, conjugate, mass):
    par, wc = _NOW["point"]
    return _AMPLITUDES(q2, wc, par, *decay)


def _kept(q2, wc, par, b, v, **_):
    """Amplitudes of spectator scattering know C8 alone of new physics."""
    _NOW["point"] = (par, wc)
    return _amplitudes(float(q2), (b, v), complex(wc["C8eff_bs"]), par["gamma"] < 0, par["m_b"])


@lru_cache(maxsize=10_000)
def _photons(wilson, gamma, b, v):
    return _PHOTONS(wilson, _NOW["photons"][0], b, v)


def _kept_photons(wilson, par, b, v):
    _NOW["photons"] = (par,)
    return _photons(wilson, par["gamma"], b, v)


@contextmanager
def photons_computed() -> Iterator[None]:
    """Within it, flavio computes spectator scattering of b -> s gamma, once a point."""
    chosen = flavio.config["implementation"]
    names = [f"{decay} spectator scattering" for decay in ("B0->K*0ll", "B+->K*+ll", "Bs->phill")]
    before = {name: chosen[name] for name in names}
    chosen.update({name: name.replace("spectator scattering", "QCDF") for name in names})
    bvgamma.get_a_abar = _kept_photons
    try:
        yield
    finally:
        chosen.update(before)
        bvgamma.get_a_abar = _PHOTONS


@contextmanager
def scattering_computed() -> Iterator[None]:
    """Within it, flavio computes spectator scattering instead of interpolating a table of its Standard Model."""
    own = flavio.math.integrate.nintegrate_complex
    with photons_computed():
        flavio.math.integrate.nintegrate_complex = complex_gauss
        qcdf.helicity_amps_qcdf = _kept
        try:
            yield
        finally:
            flavio.math.integrate.nintegrate_complex = own
            qcdf.helicity_amps_qcdf = _AMPLITUDES


@contextmanager
def _scattering_and_phase() -> Iterator[None]:
    with ExitStack() as stack:
        stack.enter_context(scattering_computed())
        stack.enter_context(phase_conjugated())
        yield


_SCATTERING = (
    "flavio computes spectator scattering, instead of taking it from a table of its Standard Model; without new "
    "physics in C8, with which it would have to be computed at every point (`validation/compare_light.py` does)"
)
_PHOTONS_COMPUTED = (
    "flavio computes spectator scattering, instead of taking it from a table; without new physics in mixing"
)
_OCTET = "^C8_bs$"
_PHASE = (
    "flavio's phase of B_s mixing enters with the wrong sign (1·10⁻⁴ of the Standard Model's rate) and follows new "
    "physics in mixing; compared with its conjugate, and without new physics in mixing"
)
TABLE: tuple[tuple[str, Adjustment], ...] = (
    (r"\(Bs->phitautau\)", Adjustment(_PHASE, without="_bsbs$", within=phase_conjugated)),
    (
        r"\(Bs->phi" + LIGHT,
        Adjustment(f"{_SCATTERING}; {_PHASE}", without=f"_bsbs$|{_OCTET}", within=_scattering_and_phase),
    ),
    (
        r"^<?ACP>?\(B[0+]->K\*" + LIGHT,
        Adjustment(
            f"{_SCATTERING}; it divides the difference of the rates by twice their sum",
            factor=2.0,
            without=_OCTET,
            within=scattering_computed,
        ),
    ),
    (r"\(B[0+]->K\*" + LIGHT, Adjustment(_SCATTERING, without=_OCTET, within=scattering_computed)),
    (
        r"^S_|^(?!BR\(tau).*gamma\)$",
        Adjustment(
            _PHOTONS_COMPUTED,
            without="_(bsbs|bdbd)$",
            within=photons_computed,
        ),
    ),
    (
        r"AFBtot\(B0->D\*taunu\)",
        Adjustment("the angle is counted from the other side, so the sign is opposite", factor=-1.0),
    ),
    (r"^DeltaM_", Adjustment("flavio's is in GeV", factor=1.0 / HBAR)),
    (r"^tau_", Adjustment("flavio's is in 1/GeV", factor=HBAR, without="_bsbs$")),
    (
        r"^BR\(tau->mumumu\)",
        Adjustment(
            "flavio neglects the muon mass; compared with a light muon, and without dipoles, of whose rate a light "
            "muon makes a large logarithm",
            {"m_mu": 1e-9},
            without="^Cgamma",
            scale=1.8,
        ),
    ),
    (r"^BR\(tau->", Adjustment(scale=1.8)),
    (
        r"\(B->Xs(ee|mumu|tautau|ll)\)",
        Adjustment("flavio's scale is nutau's, 4.8 GeV, instead of 5 GeV", within=scale_of_inclusive_rates),
    ),
    (
        r"\(Lambdab->Lambdaee\)",
        Adjustment(
            "flavio's three-parameter form factors leave out the third (its 'SSE3' is called with n = 2), so it is "
            "zero in both; flavio has no scalar operators here and does not average over the conjugate decay, so the "
            "mean of both is taken",
            {f"Lambdab->Lambda SSE {name} a2": 0.0 for name in FORM_FACTORS},
            without="^C[SP]p?_",
            average="<dBR/dq2>(Lambdab->Lambdaee)",
        ),
    ),
)
"""By pattern; the first that matches."""

ELSEWHERE: tuple[tuple[str, str], ...] = (
    (
        r"Lambdab->Lambda(mumu|tautau)",
        "flavio has no lepton masses in Λ_b → Λℓℓ; compared with electrons here",
    ),
    (
        r"pinunu",
        "flavio's charm and new physics have each other's phase; the tests compare what is right of it",
    ),
    (
        r"^BR\(D(s|\+)->|^BR\(tau->(K|pi)nu\)|pitaunu|pilnu",
        "flavio's scalars have quark masses of another order and, in part, of other quarks; the tests compare operator "
        "by operator",
    ),
    (
        r"^(eps_K|x12)",
        "flavio runs from the scale of B decays to 2 GeV with QED; the tests compare operator by operator",
    ),
    (
        r"^BR\(B->Xsgamma\)",
        "flavio takes coefficients at 2 GeV, nutau at 4.8 GeV; the tests compare with both at 2 GeV",
    ),
)
"""What flavio has and this page does not compare, by pattern, with the reason."""


def adjustment(name: str) -> Adjustment:
    """What is made equal for an observable."""
    return next((found for pattern, found in TABLE if re.search(pattern, name)), Adjustment())


def elsewhere(name: str) -> str:
    """Why an observable is compared in the tests of decays instead; empty if it is here."""
    return next((why for pattern, why in ELSEWHERE if re.search(pattern, name)), "")
