r"""What :math:`B\to P\ell\ell` and :math:`B\to V\ell\ell` share: coefficients, CP average, quadrature.

:math:`H=-\frac{4G_F}{\sqrt2}\xi_t\frac{\alpha_e}{4\pi}\sum_iC_iO_i` at 4.8 GeV. The rates are averages over
a decay and its CP conjugate, :math:`\frac12(\Gamma+\bar\Gamma)`. The conjugate amplitude has :math:`\xi^*`
and :math:`C^*` with unchanged strong phases; its complex conjugate is linear in C again, so that the
average is one form.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Protocol

import numpy as np

from nutau.common.arrays import Array, cartesian, namespace
from nutau.common.kinematics import (
    Nodes,
    ParametersAtNodes,
    Range,
    root_kallen,
    sine_map,
    threshold_map,
)
from nutau.decays import assembly, dispersive
from nutau.decays.assembly import OnDemand, Term
from nutau.decays.distribution import Flavour
from nutau.decays.semileptonic import Semileptonic
from nutau.eft.algebra import Quadratic
from nutau.eft.ckm import tree_ckm
from nutau.eft.qcd import AtScaleB, at_scale_b
from nutau.eft.wet.basis import WET
from nutau.eft.wet.charm_loops import effective
from nutau.eft.wet.standard_model import BToS, b_to_s
from nutau.eft.wilson import Basis
from nutau.errors import InputError
from nutau.inputs import Compat, Inputs
from nutau.inputs.form_factors import zexpansion

SHIFT_FROM = 14.0
"""GeV², above which the δC9 nuisances of light leptons act (:cite:`Altmannshofer:2014rta`); for taus, whose range
begins just below open charm, they act in all of it."""

SHIFT_TO = 9.0
"""GeV², up to which the polynomial nuisances of light leptons act."""

LIGHT_SPLIT = 9.0
"""GeV²: light leptons are integrated in the rapidity of the lepton below and as taus above."""

DIPOLES = ("C7", "C7p", "C8", "C8p")
OPERATORS = ("C9", "C9p", "C10", "C10p", "CS", "CSp", "CP", "CPp")


@dataclass(frozen=True)
class Process(Semileptonic):
    """A decay to two charged leptons, and to a meson or to nothing else.

    Of unequal leptons the first is the one that the coefficients name first. ``quarks`` are those of the transition in
    the names of the coefficients, ``bs`` or ``bd``.
    """

    leptons: tuple[str, str]
    quarks: str = "bs"

    @property
    def violates_flavour(self) -> bool:
        """Whether the leptons differ; then there is no Standard Model amplitude."""
        return self.leptons[0] != self.leptons[1]

    @property
    def basis(self) -> Basis:
        """The eight coefficients of this lepton pair, after the dipoles (equal leptons and a meson)."""
        pair = tuple(f"{operator}_{self.quarks}{''.join(self.leptons)}" for operator in OPERATORS)
        photon = self.meson and not self.violates_flavour
        dipole = tuple(f"{operator}_{self.quarks}" for operator in DIPOLES) if photon else ()
        return Basis(WET.eft, WET.name, (*dipole, *pair))

    def combination(self, operator: str, sign: float) -> dict[str, float]:
        """``C + sign C'`` of an operator."""
        pair = self.quarks if operator in DIPOLES else self.quarks + "".join(self.leptons)
        return {f"{operator}_{pair}": 1.0, f"{operator}p_{pair}": sign}

    def lepton_masses(self, par: Mapping[str, Array]) -> tuple[Array, Array]:
        """The masses of both leptons, GeV."""
        return par[f"m_{self.leptons[0]}"], par[f"m_{self.leptons[1]}"]

    def threshold(self, par: Mapping[str, Array]) -> Array:
        """The sum of the lepton masses, squared."""
        first, second = self.lepton_masses(par)
        return (first + second) ** 2

    @property
    def label(self) -> str:
        """As in the names of the δC9 parameters, ``B0->K*0``."""
        return f"{self.parent.removeprefix('m_')}->{self.meson.removeprefix('m_')}"


@dataclass(frozen=True)
class ShortDistance:
    """Running quantities, the SM's coefficients, and :math:`\\xi_u/\\xi_t` of the decay and of its conjugate."""

    at: AtScaleB
    sm: BToS
    ratios: tuple[Array, Array]

    def both(self, top: Array, up: Array) -> tuple[Array, Array]:
        """``top + r up`` of the decay, and of the conjugate complex conjugated."""
        xp = namespace(top, up, *self.ratios)
        r, conjugate = self.ratios
        return top + r * up, xp.conj(top + conjugate * up)


@dataclass(frozen=True)
class AmplitudeInputs:
    r"""A decay at some q²: kinematics, form factors, and SM coefficients of the decay and of its conjugate.

    Arrays ``(..., nodes)`` or ``(..., 1)``. ``c7``, ``c9`` and ``half`` have two entries, the decay's and the
    conjugate's: effective coefficients (the second one complex conjugated) and
    :math:`\frac12|N|^2\sqrt\lambda\sqrt{\lambda_\gamma}/(512\pi^3M^3q^2)`.
    """

    process: Process
    heavy: Array
    light: Array
    q2: Array
    root: Array  # sqrt(lambda(M², m², q²))
    root_leptons: Array  # sqrt(lambda(q², m1², m2²))
    masses: tuple[Array, Array]
    m_b: Array
    m_s: Array  # of the scalar operators: zero with the quirk massless_strange
    ff: Mapping[str, Array]
    c7: tuple[Array, Array]
    c7p: Array
    c9: tuple[Array, Array]
    c10: Array
    gluon: tuple[Array, Array]  # what new physics in C8 adds to c7 and c9
    short: ShortDistance | None  # of equal leptons
    half: tuple[Array, Array]
    turn: Array  # phase of a δC9 in the conjugate amplitude
    shift_from: float  # GeV², above which a δC9 acts
    compat: Compat
    charm: (
        Mapping[str, Array] | None
    )  # charm loops by analyticity up to SHIFT_TO, and none of them in c7 and c9 there

    @property
    def gluons(self) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
        """``gluon`` of the decay and of its conjugate (complex conjugated)."""
        xp = namespace(*self.gluon)
        seven, nine = self.gluon
        return (seven, nine), (xp.conj(seven), xp.conj(nine))

    @property
    def both(self) -> Array:
        """The weight of what is the same in both amplitudes."""
        return self.half[0] + self.half[1]

    def density(self, sign: float) -> Array:
        """:func:`density` at these masses."""
        return density(self.m_b, self.m_s, sign)

    def shift(self, par: Mapping[str, Array], name: str) -> tuple[Array, Array]:
        """A δC9 (parameters ``name`` Re and Im) where it acts, for the decay and its conjugate."""
        xp = namespace(self.q2, *(par[f"{name} {part}"] for part in ("Re", "Im")))
        above = xp.where(self.q2 > self.shift_from, 1.0, 0.0)
        value = cartesian(par[f"{name} Re"] * above, par[f"{name} Im"] * above)
        return value, xp.conj(value * self.turn)

    def polynomial(self, par: Mapping[str, Array], name: str, end: str, x: Array) -> tuple[Array, Array]:
        """Nuisances ``name a`` + ``name b`` x below charmonium, as :meth:`shift`; ``end`` stands behind a and b.

        None where charm loops are analytic.
        """
        xp = namespace(x, *(par[f"{name} {k}{end} {part}"] for k in "ab" for part in ("Re", "Im")))
        light = "tau" not in self.process.leptons and self.charm is None
        below = xp.where(self.q2 <= SHIFT_TO, 1.0, 0.0) if light else 0.0 * self.q2
        real, imaginary = (
            below * (par[f"{name} a{end} {part}"] + par[f"{name} b{end} {part}"] * x) for part in ("Re", "Im")
        )
        value = cartesian(real, imaginary)
        return value, xp.conj(value * self.turn)


def setting(
    inputs: Inputs, par: ParametersAtNodes, process: Process, q2: Array, ff: Mapping[str, Array] | None = None
) -> AmplitudeInputs:
    """All that the amplitudes need at ``q2``; form factors from ``inputs`` unless ``ff`` gives them."""
    compat = inputs.compat
    at = at_scale_b(par, pole_threshold=compat.mc_pole_threshold)
    heavy, light = par[process.parent], par[process.meson]
    masses = process.lepton_masses(par)
    root, root_leptons = root_kallen(heavy, light, q2), _root_leptons(masses, q2)
    # without strong phases there is nothing to average, and flavio does not
    conjugates = (False, not process.violates_flavour)
    ckm = [tree_ckm(par, conjugate=bar, even_phase=compat.ckm_conjugate) for bar in conjugates]
    top = [matrix.lambda_t() for matrix in ckm]
    xp = namespace(q2, root, at.alpha_e, *top)
    phase_space = root * root_leptons / (512.0 * math.pi**3 * heavy**3 * q2)
    half = [0.5 * normalisation(par, at, xi) * phase_space for xi in top]
    ratios = [matrix.lambda_u() / matrix.lambda_t() for matrix in ckm]
    short = None if process.violates_flavour else ShortDistance(at, b_to_s(par, at), (ratios[0], ratios[1]))
    analytic = process.meson != "" and short is not None and dispersive.applies(inputs, process)
    c7, c7p, c9, c10, gluon = _standard_model(inputs, par, short, q2, analytic=analytic)
    if ff is None:
        ff = zexpansion.evaluate(inputs.form_factor(process.channel), par, q2)
    return AmplitudeInputs(
        *(process, heavy, light, q2, root, root_leptons, masses),
        m_b=at.m_b,
        m_s=0.0 * at.m_s if compat.massless_strange else at.m_s,
        ff=ff,
        c7=c7,
        c7p=c7p,
        c9=c9,
        c10=c10,
        gluon=gluon,
        short=short,
        half=(half[0], half[1]),
        turn=top[0] / top[1] if compat.delta_c9_phase else xp.ones_like(top[0]),
        shift_from=shift_from(inputs, process),
        compat=compat,
        charm=_analytic(inputs, par, process, short, q2) if analytic else None,
    )


def density(m_b: Array, m_s: Array, sign: float) -> Array:
    r""":math:`m_b/(m_b\pm m_s)`, of a scalar (sign -1) or pseudoscalar density (+1) over the current.

    The equations of motion :math:`\partial_\mu(\bar s\gamma^\mu b)=-i(m_b-m_s)\bar sb` and
    :math:`\partial_\mu(\bar s\gamma^\mu\gamma_5b)=i(m_b+m_s)\bar s\gamma_5b` give its matrix element from the timelike
    form factor, :math:`\langle K|\bar sb|B\rangle=\frac{m_B^2-m_K^2}{m_b-m_s}f_0`; the operators
    :math:`O_{S,P}` carry an :math:`m_b` (:cite:`Becirevic:2016zri`). Free of scale and scheme.
    """
    return m_b / (m_b + sign * m_s)


def normalisation(par: Mapping[str, Array], at: AtScaleB, xi_t: Array) -> Array:
    r""":math:`|N|^2`, :math:`N=\frac{4G_F}{\sqrt2}\xi_t\frac{\alpha_e}{4\pi}`, in GeV⁻⁴."""
    return 8.0 * (par["GF"] * at.alpha_e / (4.0 * math.pi)) ** 2 * namespace(xi_t).abs(xi_t) ** 2


def _root_leptons(masses: tuple[Array, Array], q2: Array) -> Array:
    root = root_kallen(masses[0], masses[1], q2)
    return namespace(root).where(q2 > (masses[0] + masses[1]) ** 2, root, 0.0)


def _analytic(
    inputs: Inputs, par: ParametersAtNodes, process: Process, short: ShortDistance | None, q2: Array
) -> Mapping[str, Array]:
    """Matrix elements of charm loops up to ``SHIFT_TO``, zero above."""
    assert short is not None
    xp = namespace(q2)
    inside = q2 <= SHIFT_TO
    low = xp.where(inside, q2, SHIFT_TO)
    found = dispersive.matrix_elements(inputs, par, process, short.at, short.sm, low)
    xp = namespace(*found.values())
    return {kind: xp.where(inside, value, xp.zeros_like(value)) for kind, value in found.items()}


def _standard_model(
    inputs: Inputs, par: ParametersAtNodes, short: ShortDistance | None, q2: Array, *, analytic: bool
) -> tuple[Any, ...]:
    """c7, c7', c9, c10 and what C8 adds to c7 and c9; c7 and c9 of the decay and, conjugated, of its conjugate.

    ``analytic`` leaves out the loops up to ``SHIFT_TO`` in which the photon comes from the charm quark.
    """
    if short is None:
        zero = namespace(q2).zeros_like(q2)
        return (zero, zero), zero, (zero, zero), zero, (zero, zero)
    loops = effective(par, short.at, short.sm, q2, linear=inputs.compat.linear_loop_tables)
    seven, nine = (loops.c7, loops.c7_up), (loops.c9, loops.c9_up)
    if analytic:
        xp = namespace(q2)
        inside, low = q2 <= SHIFT_TO, xp.where(q2 <= SHIFT_TO, q2, SHIFT_TO)
        without = effective(par, short.at, short.sm, low, charm=False)
        seven, nine = (
            (xp.where(inside, a, c), xp.where(inside, b, d))
            for (c, d), a, b in (
                (seven, without.c7, without.c7_up),
                (nine, without.c9, without.c9_up),
            )
        )
    c7, c9 = short.both(*seven), short.both(*nine)
    return c7, cartesian(short.sm.c7p, 0.0), c9, short.sm.c10, (loops.c7_gluon, loops.c9_gluon)


def lepton_weights(at: AmplitudeInputs) -> tuple[Array, Array, Array]:
    r""":math:`E_1E_2`, :math:`m_1m_2` and :math:`x=\lambda_\gamma/4q^2`, the lepton momentum squared."""
    xp = namespace(at.root_leptons)
    first, second = at.masses
    x = at.root_leptons**2 / (4.0 * at.q2)
    return xp.sqrt((first * first + x) * (second * second + x)), first * second, x


def shift_from(inputs: Inputs, process: Pair) -> float:
    """The q² in GeV² above which the δC9 nuisances act on a decay."""
    everywhere = "tau" in process.leptons and not inputs.compat.delta_c9_from_14
    return 0.0 if everywhere else SHIFT_FROM


def shifted(par: Mapping[str, Array], names: tuple[str, ...]) -> bool:
    """Whether any δC9 nuisance is not plainly zero."""
    values = [par[f"{name} {part}"] for name in names for part in ("Re", "Im") if f"{name} {part}" in par]
    return any(np.ndim(value) > 0 or namespace(value) is not np or value != 0 for value in values)


class Pair(Protocol):
    """A decay to two leptons with a range of q², with a meson or without."""

    @property
    def leptons(self) -> tuple[str, str]:
        """Both."""

    @property
    def violates_flavour(self) -> bool:
        """Whether they differ."""

    def bin(self, inputs: Inputs, par: Mapping[str, Array], q2_range: Range) -> tuple[Array, Array]:
        """The edges of a bin for ``par``."""

    def edges(self, par: Mapping[str, Array]) -> tuple[Array, Array]:
        """The range of q²."""

    def central_edges(self, inputs: Inputs) -> tuple[float, float]:
        """The same at the central masses."""


def quadrature(
    inputs: Inputs, par: ParametersAtNodes, process: Pair, q2_range: Range, names: tuple[str, ...]
) -> Nodes:
    """Nodes over the bin; :class:`InputError` if it is empty or leaves phase space at the central masses.

    Breaks where δC9 nuisances ``names`` set in, and at the kinks of linear loop tables.
    """
    low, high = process.bin(inputs, par, q2_range)
    central, edges = process.central_edges(inputs), process.edges(par)
    span = tuple(e if q is None else q for q, e in zip(q2_range or (None, None), central, strict=True))
    start = shift_from(inputs, process)
    breaks: list[Array] = [start] if span[0] < start < span[1] and shifted(par, names) else []
    count = 16 if process.violates_flavour else 8 if breaks else 12  # to 1e-7, measured against 200
    if inputs.compat.linear_loop_tables and not process.violates_flavour:
        breaks, count = breaks + _kinks(par, span), 6
    if "tau" in process.leptons or span[0] >= LIGHT_SPLIT:
        return _panels(low, high, breaks, lambda a, b: sine_map(a, b, edges, count, par.rank))
    middle = namespace(low, high).clip(LIGHT_SPLIT, low, high)
    below = _panels(low, middle, breaks, lambda a, b: threshold_map(a, b, edges[0], count, par.rank))
    if span[1] <= LIGHT_SPLIT:
        return below
    return below + _panels(middle, high, breaks, lambda a, b: sine_map(a, b, edges, count, par.rank))


def _panels(low: Array, high: Array, breaks: list[Array], rule: Callable[[Array, Array], Nodes]) -> Nodes:
    """A rule over [low, high] that breaks where told; breaks outside give panels of no width."""
    xp = namespace(low, high, *breaks)
    stops = xp.stack(xp.broadcast_arrays(low, *(xp.clip(stop, low, high) for stop in breaks), high), axis=-1)
    stops = xp.sort(stops, axis=-1)
    parts = [rule(stops[..., k], stops[..., k + 1]) for k in range(stops.shape[-1] - 1)]
    return reduce(operator.add, parts)


def _kinks(par: ParametersAtNodes, span: tuple[float, ...]) -> list[Array]:
    """q² at the knots of the linear loop tables, s = 0.03 n, for any b mass between 4.5 and 5.1 GeV."""
    mass = at_scale_b(par, pole_threshold=True).m_b_pole
    step = 0.03 * mass * mass
    first, last = math.ceil(span[0] / (0.03 * 5.1**2)), math.floor(span[1] / (0.03 * 4.5**2))
    return [n * step for n in range(max(first, 1), last + 1)]


Terms = Callable[[AmplitudeInputs, ParametersAtNodes], Mapping[str, list[Term]]]
"""Every form of a decay as a sum of squares and products of amplitudes at nodes in q²."""


def integrated(
    inputs: Inputs,
    par: Mapping[str, Array],
    process: Process,
    q2_range: Range,
    shifts: tuple[str, ...],
    terms: Terms,
) -> Mapping[str, Quadratic]:
    """The forms of a decay over a bin, with the δC9 nuisances ``shifts``; :class:`InputError` for an impossible bin."""
    at_nodes = ParametersAtNodes(par)
    nodes = quadrature(inputs, at_nodes, process, q2_range, shifts)
    made = terms(setting(inputs, at_nodes, process, nodes.q2), at_nodes)
    return OnDemand(made, lambda key: assembly.integrate({key: made[key]}, nodes, process.basis)[key])


def at_points(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2: Array, terms: Terms
) -> Mapping[str, Quadratic]:
    """The forms of a decay per GeV² at ``q2`` ``(nodes,)``; :class:`InputError` for q² outside phase space."""
    process.check_points(inputs, q2)
    at_nodes = ParametersAtNodes(par)
    made = terms(setting(inputs, at_nodes, process, at_nodes.row(q2)), at_nodes)
    return OnDemand(made, lambda key: assembly.density({key: made[key]}, process.basis)[key])


def at_events(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2: Array, flavour: Flavour
) -> tuple[AmplitudeInputs, ParametersAtNodes]:
    """The :func:`setting` at the q² of events ``(events,)``, weighted with how much of each is the decay of a b."""
    at_nodes = ParametersAtNodes(par)
    at = setting(inputs, at_nodes, process, at_nodes.row(q2))
    half = (2.0 * flavour.b * at.half[0], 2.0 * flavour.bbar * at.half[1])
    return replace(at, half=half), at_nodes


def form_factor_tensor(
    inputs: Inputs,
    par: Mapping[str, Array],
    process: Process,
    q2_range: Range,
    shifts: tuple[str, ...],
    terms: Terms,
) -> Mapping[str, Array]:
    """The forms of a decay over a bin as forms of its form-factor coefficients, too."""
    if dispersive.applies(inputs, process):
        raise InputError(
            f"{process.name} with long_distance: dispersive is no form of its form factors: they are in the charm "
            "loops too. Use the input set default, or long_distance: polynomial."
        )
    at_nodes = ParametersAtNodes(par, rank=1)
    nodes = quadrature(inputs, at_nodes, process, q2_range, shifts)
    functions = zexpansion.basis(inputs.form_factor(process.channel), at_nodes, nodes.q2)

    def of(key: str) -> Array:
        def one(q2: Array, ff: Mapping[str, Array]) -> Mapping[str, list[Term]]:
            return {key: terms(setting(inputs, at_nodes, process, q2, ff), at_nodes)[key]}

        return assembly.form_factor_tensor(one, nodes, functions)[key]

    return OnDemand(terms(setting(inputs, at_nodes, process, nodes.q2), at_nodes), of)
