r"""Inclusive :math:`B\to X_s\ell\ell` of equal leptons, normalised to the measured :math:`B\to X_ce\nu`.

With :math:`s=q^2/m_b^2` and :math:`r=m_\ell/m_b` (pole masses), :cite:`Huber:2015sra`:

.. math::
    \frac{dB}{dq^2} = \frac{\alpha_e^2}{4\pi^2m_b^2}\frac{B(X_ce\nu)}{C}\frac{|\xi_t|^2}{|V_{cb}|^2}
        \frac{\Phi_{\ell\ell}+\Phi'_{\ell\ell}}{\Phi_u}(1+\delta), \qquad
    \Phi_{\ell\ell} = (1-s)^2\beta\Big\{
        4\big(1+\tfrac2s\big)\big(1+\tfrac{2r^2}s\big)|c_7|^2k_{77}
        +12\big(1+\tfrac{2r^2}s\big)\mathrm{Re}\,c_7c_9^*\,k_{79}
        +\big(1+2s+\tfrac{2r^2(1-s)}s\big)\big(|c_9|^2+|c_{10}|^2\big)k_{99}
        +6r^2\big(|c_9|^2-|c_{10}|^2\big)+\tfrac32s\big(\beta^2|c_S|^2+|c_P|^2\big)+6r\,\mathrm{Re}\,c_Pc_{10}^*\Big\}
        +\Phi_{QED}+\Phi_{1/m_b^2},

:math:`k_{ij}=1+\frac{\alpha_s}\pi\tau_{ij}(s)`, :math:`c_i=C_i(1+\frac{\alpha_s}\pi\sigma_i)` with the loops of
four-quark operators added (:mod:`nutau.eft.wet.charm_loops`), :math:`c_{S,P}=m_bC_{S,P}`. :math:`\Phi'` is the same of
the primed operators, which a massless strange quark does not let interfere. The QED corrections are those enhanced by
:math:`\ln m_b^2/m_\ell^2`; power corrections are of :math:`\lambda_1` and :math:`\lambda_2`. What is missing stands in
:math:`\delta`, 10 % below and above the charmonia each (``delta_BXsmumu low``). Averaged over both charges of the b.

Leptons without mass cannot tell a vector from an axial vector, so that the corrections of :math:`C_{10}` are those of
:math:`C_9`. flavio 2.7.1 lacks that part of the power corrections and both corrections for primed operators, takes a
real part as an imaginary one in :math:`\omega_{29}`, loses :math:`C_1` in :math:`\omega_{27}` (which it reads before it
is there), and does not average: the quirk ``xsll_corrections``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from nutau.common.arrays import Array, cartesian, namespace
from nutau.common.kinematics import (
    Nodes,
    ParametersAtNodes,
    Range,
    bin_edges,
    check_points,
    check_range,
    safe_sqrt,
)
from nutau.common.yaml_files import folder, read_yaml
from nutau.decays import assembly, b_to_sll
from nutau.decays.assembly import Amplitude, Term, amplitude
from nutau.decays.b_to_sll import DIPOLES, OPERATORS, ShortDistance
from nutau.eft.algebra import Quadratic
from nutau.eft.ckm import tree_ckm
from nutau.eft.qcd import at_scale_b
from nutau.eft.wet.basis import WET
from nutau.eft.wet.charm_loops import effective
from nutau.eft.wet.standard_model import b_to_s
from nutau.eft.wet.up_quark_loops import dilogarithm
from nutau.eft.wilson import Basis
from nutau.inputs import Inputs

BETWEEN = 12.0
"""GeV², inside the charmonia: where the error of the low range ends and that of the high one begins."""


@dataclass(frozen=True)
class Process:
    """An inclusive decay to a pair of equal leptons; ``lifetime`` makes a width of its branching ratio."""

    name: str
    leptons: tuple[str, str]
    lifetime: str = "tau_B0"
    violates_flavour: bool = False
    label: str = "B->Xs"
    quarks: str = "bs"

    @property
    def basis(self) -> Basis:
        """C7, C7p, C8, C8p, and the eight coefficients of the lepton pair."""
        pair = "".join(self.leptons)
        names = (*(f"{name}_bs" for name in DIPOLES), *(f"{name}_bs{pair}" for name in OPERATORS))
        return Basis(WET.eft, WET.name, names)

    def edges(self, par: Mapping[str, Array]) -> tuple[Array, Array]:
        """From twice the mass of the lepton to that of the B, squared; the b quark's ends before."""
        return (2.0 * par[f"m_{self.leptons[0]}"]) ** 2, par["m_B0"] ** 2

    def central_edges(self, inputs: Inputs) -> tuple[float, float]:
        """The same at the central masses."""
        low, high = self.edges(inputs.parameters.mapping())
        return float(low), float(high)

    def bin(self, inputs: Inputs, par: Mapping[str, Array], q2_range: Range) -> tuple[Array, Array]:
        """The part of a bin below the mass of the b quark squared; :class:`InputError` for an impossible bin."""
        check_range(q2_range, self.central_edges(inputs), self.name)
        end = at_scale_b(par, pole_threshold=inputs.compat.mc_pole_threshold).m_b_pole ** 2
        return bin_edges(q2_range, (self.edges(par)[0], end))


PROCESSES = tuple(Process(f"B->Xs{lepton}{lepton}", (lepton, lepton)) for lepton in ("e", "mu", "tau"))


def forms(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2_range: Range = None
) -> Mapping[str, Quadratic]:
    """``branching``: the branching ratio of a bin (all of phase space if None), matrix ``(..., 13, 13)``.

    Raises :class:`InputError` for an impossible bin.
    """
    at_nodes = ParametersAtNodes(par)
    nodes = b_to_sll.quadrature(inputs, at_nodes, process, q2_range, ())
    return assembly.integrate({"branching": _terms(inputs, at_nodes, process, nodes)}, nodes, process.basis)


def densities(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2: Array
) -> Mapping[str, Quadratic]:
    """The same per GeV² at ``q2`` ``(nodes,)``; matrices ``(..., nodes, 13, 13)``."""
    check_points(q2, process.central_edges(inputs), process.name)
    at_nodes = ParametersAtNodes(par)
    row = at_nodes.row(q2)
    made = _terms(inputs, at_nodes, process, Nodes(row, row))
    return assembly.density({"branching": made}, process.basis)


@dataclass(frozen=True)
class _Amplitudes:
    """The coefficients of one chirality: with all corrections, and bare, for QED and power corrections."""

    seven: Amplitude
    nine: Amplitude
    ten: Amplitude
    scalar: Amplitude
    pseudoscalar: Amplitude
    bare: tuple[Amplitude, Amplitude, Amplitude]


def _terms(inputs: Inputs, par: ParametersAtNodes, process: Process, nodes: Nodes) -> list[Term]:
    compat = inputs.compat
    at = at_scale_b(par, pole_threshold=compat.mc_pole_threshold)
    xp = namespace(nodes.q2, at.m_b_pole)
    mass = par[f"m_{process.leptons[0]}"]
    s, r2 = nodes.q2 / at.m_b_pole**2, (mass / at.m_b_pole) ** 2
    inside = s < 1.0
    s = xp.where(inside, s, 0.5)
    ckm = [tree_ckm(par, conjugate=bar, even_phase=compat.ckm_conjugate) for bar in (False, True)]
    ratios = [matrix.lambda_u() / matrix.lambda_t() for matrix in ckm]
    short = ShortDistance(at, b_to_s(par, at), (ratios[0], ratios[1]))
    shares = (1.0, 0.0) if compat.xsll_corrections else (0.5, 0.5)
    terms: list[Term] = []
    size = par["BR(B->Xcenu)_exp"] / par["C_BXlnu"] * at.alpha_e**2 / (4.0 * math.pi**2 * at.m_b_pole**2)
    size = size * _missing(par, process, nodes.q2) * xp.where(inside, 1.0, 0.0) / _semileptonic(par, at)
    for k, share in enumerate(shares):
        if share == 0.0:
            continue
        weight = share * size * (xp.abs(ckm[k].lambda_t()) / xp.abs(ckm[k].cb)) ** 2
        for sign in (1.0, -1.0):
            made = _amplitudes(inputs, par, process, short, nodes.q2, s, k, primed=sign < 0)
            terms += _tree(made, weight, s, r2, at)
            corrected = sign > 0 or not compat.xsll_corrections
            if corrected:
                terms += _power(made, weight, s, par, at, axial=not compat.xsll_corrections)
                current = short.sm.current[:2] if sign > 0 else None
                terms += _qed(process, made, weight, s, r2, at, current, flavio=compat.xsll_corrections)
    return terms


def _amplitudes(
    inputs: Inputs,
    par: ParametersAtNodes,
    process: Process,
    short: ShortDistance,
    q2: Array,
    s: Array,
    k: int,
    *,
    primed: bool,
) -> _Amplitudes:
    """Of the decay (k = 0) or its conjugate (1, complex conjugated)."""
    basis, end, pair = process.basis, "p" if primed else "", "".join(process.leptons)
    at, sm = short.at, short.sm
    xp = namespace(s, at.alpha_s)
    strength = at.alpha_s / math.pi
    seven = 1.0 + strength * (_sigma(s) + 1.0 / 6.0 - 8.0 / 3.0 * xp.log(at.scale / at.m_b_pole))
    nine = 1.0 + strength * (_sigma(s) + 1.5)
    one, ones = {"1": 1.0}, xp.ones_like(s)
    of7, of9, of10 = (
        {f"{name}{end}_bs{rest}": 1.0} for name, rest in (("C7", ""), ("C9", pair), ("C10", pair))
    )
    parts7, parts9 = [(of7, seven)], [(of9, nine)]
    parts10 = [(of10, nine)]
    bare7, bare9, bare10 = [(of7, ones)], [(of9, ones)], [(of10, ones)]
    if primed:
        parts7.append((one, seven * sm.c7p))
        if not inputs.compat.xsll_corrections:
            gluons = effective(par, at, sm, q2, linear=inputs.compat.linear_loop_tables)
            gluon7, gluon9 = (xp.conj(part) if k else part for part in (gluons.c7_gluon, gluons.c9_gluon))
            parts7, parts9 = [*parts7, ({"C8p_bs": 1.0}, gluon7)], [*parts9, ({"C8p_bs": 1.0}, gluon9)]
        bare7.append((one, ones * sm.c7p))
    else:
        loops = effective(par, at, sm, q2, linear=inputs.compat.linear_loop_tables)
        c7, c9 = short.both(loops.c7, loops.c7_up)[k], short.both(loops.c9, loops.c9_up)[k]
        gluon7, gluon9 = (xp.conj(part) if k else part for part in (loops.c7_gluon, loops.c9_gluon))
        parts7 += [
            (one, c7 + ((seven - 1.0) * sm.c7eff).astype(complex)),
            ({"C8_bs": 1.0}, gluon7),
        ]
        parts9 += [(one, c9 + ((nine - 1.0) * sm.c9).astype(complex)), ({"C8_bs": 1.0}, gluon9)]
        parts10.append((one, nine * sm.c10))
        bare7.append((one, ones * sm.c7eff))
        bare9.append((one, ones * sm.c9))
        bare10.append((one, ones * sm.c10))
    made = [amplitude(basis, *parts) for parts in (parts7, parts9, parts10)]
    bare = [amplitude(basis, *parts) for parts in (bare7, bare9, bare10)]
    scalar, pseudoscalar = (
        amplitude(basis, ({f"{name}{end}_bs{pair}": 1.0}, at.m_b * ones)) for name in ("CS", "CP")
    )
    return _Amplitudes(made[0], made[1], made[2], scalar, pseudoscalar, (bare[0], bare[1], bare[2]))


def _tree(made: _Amplitudes, weight: Array, s: Array, r2: Array, at: Any) -> list[Term]:
    """All that has amplitudes with corrections in them."""
    strength = at.alpha_s / math.pi
    beta = safe_sqrt(1.0 - 4.0 * r2 / s)
    front = weight * (1.0 - s) ** 2 * beta
    helicity = 1.0 + 2.0 * r2 / s
    vector = (1.0 + 2.0 * s + 2.0 * r2 * (1.0 - s) / s) * (1.0 + strength * _tau_99(s))
    return [
        Term(front * 4.0 * (1.0 + 2.0 / s) * helicity * (1.0 + strength * _tau_77(s)), made.seven),
        Term(front * 12.0 * helicity * (1.0 + strength * _tau_79(s)), made.seven, made.nine),
        Term(front * (vector + 6.0 * r2), made.nine),
        Term(front * (vector - 6.0 * r2), made.ten),
        Term(front * 1.5 * s * beta**2, made.scalar),
        Term(front * 1.5 * s, made.pseudoscalar),
        Term(front * 6.0 * r2**0.5, made.pseudoscalar, made.ten),
    ]


def _power(
    made: _Amplitudes, weight: Array, s: Array, par: Mapping[str, Array], at: Any, *, axial: bool
) -> list[Term]:
    r""":math:`1/m_b^2`, Eq. (4.11) of :cite:`Huber:2015sra`, longitudinal and transverse."""
    first, second = (par[f"lambda_{k}"] / at.m_b_pole**2 for k in (1, 2))
    seven = first * (4.0 / (3.0 * s) * (1.0 - s) * (5.0 * s + 3.0) + 2.0 / 3.0 * (s - 1.0) * (3.0 * s + 13.0))
    seven = seven + second * (4.0 / s * (3.0 * s**2 + 2.0 * s - 9.0) + 2.0 * (15.0 * s**2 - 6.0 * s - 13.0))
    mixed = first * 6.0 * (1.0 - s) ** 2
    mixed = mixed + second * (4.0 * (9.0 * s**2 - 6.0 * s - 7.0) + 2.0 * (3.0 * s**2 - 6.0 * s - 1.0))
    nine = first * (1.0 - s) * ((13.0 * s + 3.0) / 6.0 - s * (3.0 * s + 5.0) / 3.0)
    nine = nine + second * (s * (15.0 * s**2 - 14.0 * s - 5.0) + 0.5 * (-17.0 * s**2 + 10.0 * s + 3.0))
    a7, a9, a10 = made.bare
    terms = [Term(weight * seven, a7), Term(weight * mixed, a7, a9), Term(weight * nine, a9)]
    return [*terms, Term(weight * nine, a10)] if axial else terms


def _qed(
    process: Process,
    made: _Amplitudes,
    weight: Array,
    s: Array,
    r2: Array,
    at: Any,
    current: tuple[float, ...] | None,
    *,
    flavio: bool,
) -> list[Term]:
    """QED corrections with a logarithm of the lepton's mass, with C1 and C2 (``current``) for one chirality.

    ``flavio`` takes the real part of omega_29 for both parts, and no C1 beside C7.
    """
    front = weight * 8.0 * at.alpha_e / (4.0 * math.pi)
    omega = {name: _omega(name, s, r2) for name in ("77", "79", "99", "22", "27", "29")}
    a7, a9, a10 = made.bare
    nine = front * omega["99"][0]
    terms = [
        Term(front * omega["77"][0], a7),
        Term(front * omega["79"][0], a7, a9),
        Term(nine, a9),
        Term(nine, a10),
    ]
    if current is None:
        return terms
    loops = {"1": current[1] + 4.0 / 3.0 * current[0]}
    of7 = amplitude(process.basis, ({"1": current[1]} if flavio else loops, cartesian(*omega["27"])))
    nines = omega["29"][0], omega["29"][0 if flavio else 1]
    of9 = amplitude(process.basis, (loops, cartesian(*nines)))
    constant = amplitude(process.basis, (loops, namespace(s).ones_like(s)))
    return [*terms, Term(front * omega["22"][0], constant), Term(front, a7, of7), Term(front, a9, of9)]


@cache
def _table() -> Mapping[str, Any]:
    return read_yaml(folder("standard_model").joinpath("b_to_xsll.yaml"))


def _omega(name: str, s: Array, r2: Array) -> tuple[Array, Array]:
    """Real and imaginary part of a QED function with its kinematic factor."""
    table, xp = _table(), namespace(s, r2)
    logarithm, parts = -xp.log(r2), []
    split = table["ranges"]["low"][1]
    for side in ("real", "imag"):
        total = 0.0 * s * logarithm
        for kind, factor in (("constant", 1.0), ("slope", logarithm)):
            series = table["functions"].get(f"{name} {kind} {side}", {})
            low, high = (
                _chebyshev(xp, series[end], table["ranges"][end], s) if end in series else 0.0 * s
                for end in ("low", "high")
            )
            total = total + factor * xp.where(s < split, low, high)
        parts.append(total / s)
    return parts[0], parts[1]


def _chebyshev(xp: Any, coefficients: list[float], ends: list[float], s: Array) -> Array:
    """A Chebyshev series in log s, by Clenshaw's recursion; at its end beyond its range."""
    low, high = math.log(ends[0]), math.log(ends[1])
    x = (2.0 * xp.clip(xp.log(s), low, high) - low - high) / (high - low)
    one: Array = 0.0 * x
    two: Array = 0.0 * x
    for c in reversed(coefficients[1:]):
        one, two = 2.0 * x * one - two + c, one
    return x * one - two + coefficients[0]


def _semileptonic(par: Mapping[str, Array], at: Any) -> Array:
    r""":math:`\Phi_u`, Eq. (4.8) of :cite:`Huber:2015sra`, to first order in :math:`\alpha_s`."""
    phi = 50.0 / 3.0 - 8.0 * math.pi**2 / 3.0
    mixing = at.alpha_e / at.alpha_s * 12.0 / 23.0 * (1.0 - at.alpha_s / par["alpha_s"])
    power = (par["lambda_1"] - 9.0 * par["lambda_2"]) / (2.0 * at.m_b_pole**2)
    return 1.0 + at.alpha_s / (4.0 * math.pi) * phi + mixing + power


def _missing(par: Mapping[str, Array], process: Process, q2: Array) -> Array:
    """One and the relative error of what is not computed."""
    name = f"delta_BXs{''.join(process.leptons)}"
    low = 0.0 if "tau" in process.leptons else par[f"{name} low"]
    return 1.0 + namespace(q2, low).where(q2 < BETWEEN, low, par[f"{name} high"])


def _sigma(s: Array) -> Array:
    xp = namespace(s)
    end = xp.log(1.0 - s)
    real = -4.0 / 3.0 * dilogarithm(s) - 2.0 / 3.0 * xp.log(s) * end - 2.0 / 9.0 * math.pi**2
    return real - end - 2.0 / 9.0 * (1.0 - s) * end


def _tau_77(s: Array) -> Array:
    xp = namespace(s)
    inner = 6.0 * s * (2.0 - 2.0 * s - s**2) / (1.0 - s) ** 2 * xp.log(s)
    inner = 2.0 * (1.0 - s) ** 2 * xp.log(1.0 - s) + inner + (11.0 - 7.0 * s - 10.0 * s**2) / (1.0 - s)
    return -2.0 / (9.0 * (2.0 + s)) * inner


def _tau_99(s: Array) -> Array:
    xp = namespace(s)
    inner = 3.0 * s * (1.0 + s) * (1.0 - 2.0 * s) / (1.0 - s) ** 2 * xp.log(s)
    inner = 2.0 * (1.0 - s) ** 2 * xp.log(1.0 - s) + inner + 3.0 * (1.0 - 3.0 * s**2) / (1.0 - s)
    return -4.0 / (9.0 * (1.0 + 2.0 * s)) * inner


def _tau_79(s: Array) -> Array:
    xp = namespace(s)
    first = -4.0 * (1.0 - s) ** 2 / (9.0 * s) * xp.log(1.0 - s)
    second = -4.0 * s * (3.0 - 2.0 * s) / (9.0 * (1.0 - s) ** 2) * xp.log(s)
    return first + second - 2.0 * (5.0 - 3.0 * s) / (9.0 * (1.0 - s))
