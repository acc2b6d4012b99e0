r"""b → s with one new particle X: a scalar or pseudoscalar, an axion-like particle, a vector; its width and its escape.

.. math::
    \mathcal L_0=(g_S\,\bar sb+g_P\,\bar s\gamma_5b)\,\phi+(d_V\,\bar s\gamma^\mu b+d_A\,\bar s\gamma^\mu\gamma_5b)\,
    \partial_\mu\phi+\mathrm{h.c.},\\
    \mathcal L_1=(g_V\,\bar s\gamma^\mu b+g_A\,\bar s\gamma^\mu\gamma_5b)\,X_\mu
    +(h_T\,\bar s\sigma^{\mu\nu}b+h_{T5}\,\bar s\sigma^{\mu\nu}\gamma_5b)\,X_{\mu\nu}+\mathrm{h.c.},

g without dimension, d and h in 1/GeV. At :math:`q^2=m^2`, with :mod:`~nutau.decays.invisible.hadrons`,

.. math::
    \Gamma_0=\frac{\sqrt\lambda}{16\pi M^3}\Big[V_t^2\Big|\frac{g_S}{m_b-m_s}+i\,d_V\Big|^2+
    A_t^2\Big|\frac{g_P}{m_b+m_s}-i\,d_A\Big|^2\Big],\\
    \Gamma_1=\frac{\sqrt\lambda}{16\pi M^3m^2}\Big[
    \sum_{w\in V}|V_wg_V+2mT_wh_T|^2+\sum_{w\in A}|A_wg_A+2mT_wh_{T5}|^2\Big].

Couplings d are those of the divergence of the current, :math:`g_S=i(m_b-m_s)d_V`, :math:`g_P=-i(m_b+m_s)d_A`. A width
makes the spectrum :math:`\Gamma(m^2\to q^2)\frac{m\Gamma_X/\pi}{(q^2-m^2)^2+m^2\Gamma_X^2}`, a resolution
:math:`\Gamma` times a Gaussian of q². Derived here; checked
with explicit polarisation vectors.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.common.given import real_number
from nutau.common.kinematics import (
    Nodes,
    ParametersAtNodes,
    Range,
    bin_edges,
    check_points,
    check_range,
    gauss_legendre,
    root_kallen,
    safe_sqrt,
    zero_recoil,
)
from nutau.decays import assembly
from nutau.decays.assembly import Term, amplitude
from nutau.decays.invisible import states
from nutau.decays.invisible.hadrons import (
    Transition,
    currents,
    densities_over_currents,
    quark_masses,
    rate_factor,
)
from nutau.eft.algebra import Quadratic
from nutau.eft.wilson import Basis
from nutau.errors import InputError
from nutau.inputs import Inputs

SCALAR = Basis("invisible", "one scalar", ("gS_bsphi", "gP_bsphi", "dV_bsphi", "dA_bsphi"))
VECTOR = Basis("invisible", "one vector", ("gV_bsX", "gA_bsX", "hT_bsX", "hT5_bsX"))
PEAK_NODES = 96


@dataclass(frozen=True, eq=False)
class Particle:
    """One particle of spin 0 or 1: its mass and width in GeV, and the resolution of q² (one σ, GeV²) of its peak.

    At most one of ``width`` and ``resolution`` is not zero; a spectrum needs one.
    """

    spin: int
    mass: Array
    width: Array = 0.0
    resolution: Array = 0.0

    def __post_init__(self) -> None:
        """Refuse another spin, what is no mass, a massless vector, and what is no width."""
        if self.spin not in (0, 1):
            raise InputError(f"The spin of the new particle is {self.spin!r}; give 0 or 1.")
        if namespace(states.mass("of the new particle", self.mass)) is np and self.mass == 0 and self.spin:
            raise InputError(
                "The mass of a new vector is 0 GeV; give a positive one: its current is not conserved."
            )
        for name, unit in (("width", "GeV"), ("resolution", "GeV²")):
            value = getattr(self, name)
            if namespace(value) is np and real_number(f"The {name}", value) < 0.0:
                raise InputError(
                    f"The {name} of the new particle is {value:g} {unit}; give 0 or a positive number."
                )
        if self.broad and self._given(self.resolution):
            raise InputError(
                "A width and a resolution were given; give the width alone where it is the larger, else the resolution."
            )

    @staticmethod
    def _given(value: Array) -> bool:
        return namespace(value) is not np or value > 0.0

    @property
    def broad(self) -> bool:
        """Whether it has a width."""
        return self._given(self.width)

    @property
    def masses(self) -> tuple[Array, Array]:
        """Its mass, and nothing."""
        return self.mass, 0.0 * self.mass

    @property
    def basis(self) -> Basis:
        """The four couplings of its spin."""
        return VECTOR if self.spin else SCALAR


def forms(
    inputs: Inputs, par: Mapping[str, Array], row: Transition, state: Particle, q2_range: Range = None
) -> dict[str, Quadratic]:
    """The width of the decay in GeV; matrices ``(..., 5, 5)``; keys ``rate`` and ``longitudinal`` (of the meson).

    A particle without width and resolution is at :math:`q^2=m^2`; otherwise its peak is integrated over the bin (all of
    phase space if None). :class:`InputError` for a mass above threshold, and a bin that leaves phase space.

    >>> import nutau
    >>> inputs, row = nutau.load_inputs(), states.transition("B+->K")
    >>> form = forms(inputs, inputs.parameters.mapping(), row, Particle(0, 2.0))["rate"]
    >>> float(form([1e-8, 0, 0, 0])) > 0
    True
    """
    _check_hadron(row)
    states.check_open(inputs, row, state)
    at_nodes = ParametersAtNodes(par)
    low, high = ends(inputs.parameters.mapping(), row)
    check_range(q2_range, (float(low), float(high)), row.name)
    if not (state.broad or state._given(state.resolution)):
        return _on_shell(inputs, at_nodes, row, state, q2_range)
    nodes = _peak(state, *bin_edges(q2_range, ends(at_nodes, row)), at_nodes.rank)
    return assembly.integrate(_spectrum(inputs, at_nodes, row, state, nodes.q2), nodes, state.basis)


def densities(
    inputs: Inputs, par: Mapping[str, Array], row: Transition, state: Particle, q2: Array
) -> dict[str, Quadratic]:
    """dΓ/dq² in 1/GeV at ``q2`` ``(nodes,)`` in GeV²; matrices ``(..., nodes, 5, 5)``.

    :class:`InputError` for a particle without width and resolution, whose spectrum is one point.
    """
    _check_hadron(row)
    states.check_open(inputs, row, state)
    if not (state.broad or state._given(state.resolution)):
        raise InputError(
            f"The spectrum of {row.name} with a particle without width is one point, q² = {state.mass**2:g} GeV²; "
            "give it a width or a resolution of q²."
        )
    low, high = ends(inputs.parameters.mapping(), row)
    check_points(q2, (float(low), float(high)), row.name)
    at_nodes = ParametersAtNodes(par)
    made = _spectrum(inputs, at_nodes, row, state, at_nodes.row(q2))
    return assembly.density(made, state.basis)


def escaping(momentum: Array, mass: Array, decay_length: Array, radius: float) -> Array:
    r"""The fraction of particles that leave a long cylinder of this ``radius`` (m) before they decay.

    They start isotropically on the axis of the cylinder with ``momentum`` p and ``mass`` m in GeV; ``decay_length`` is
    cτ in m, infinite for a stable one: :math:`\int_0^{\pi/2}d\theta\,\sin\theta\,\exp(-\frac{Rm}{p\,c\tau\sin\theta})`.
    Only the momentum across the axis counts, so a boost along it changes nothing. That of the B in the Υ(4S) frame
    (0.3 GeV) and the ends of the cylinder are neglected. Raises :class:`InputError` unless all are positive.

    >>> round(float(escaping(2.0, 1.0, 1.0, 1.0)), 3)
    0.506
    """
    for name, value in (
        ("momentum", momentum),
        ("mass", mass),
        ("decay length", decay_length),
        ("radius", radius),
    ):
        if namespace(value) is np and not np.all(np.asarray(value) > 0.0):
            raise InputError(
                f"The {name} is {value!r}; give a positive number (the decay length may be infinite)."
            )
    xp = namespace(momentum, mass, decay_length)
    x, w = gauss_legendre(48)
    sine = np.sin(0.5 * math.pi * x)
    depth = xp.asarray(radius * mass / (momentum * decay_length))[..., None]
    return xp.sum(0.5 * math.pi * w * sine * xp.exp(-depth / sine), axis=-1)


def decay_length(width: Array) -> Array:
    """cτ = ħc/Γ in m, for a width in GeV; infinite for 0."""
    from scipy import constants

    hbar_c = constants.hbar * constants.c / (constants.e * constants.giga)
    return math.inf if namespace(width) is np and np.ndim(width) == 0 and width == 0 else hbar_c / width


def unseen(
    par: Mapping[str, Array], row: Transition, state: Particle, decay_length: Array, radius: float,
    invisible: float = 0.0,
) -> Array:  # fmt: skip
    """The fraction of the particles of a decay that is not seen: those that escape (:func:`escaping`), at the momentum
    of the decay in the rest frame of the parent, and of the others the share ``invisible`` of their decays."""
    if not 0.0 <= invisible <= 1.0:
        raise InputError(
            f"The invisible share of the decays of the new particle is {invisible:g}; give 0 to 1."
        )
    heavy, light = par[row.parent], par[row.meson]
    momentum = root_kallen(heavy, light, state.mass**2) / (2.0 * heavy)
    return invisible + (1.0 - invisible) * escaping(momentum, state.mass, decay_length, radius)


def ends(par: Mapping[str, Array], row: Transition) -> tuple[Array, Array]:
    """All q² that a broad particle may have."""
    high = zero_recoil(par[row.parent], par[row.meson])
    return 0.0 * high, high


def _check_hadron(row: Transition) -> None:
    if row.currents == "vacuum":
        raise InputError(
            f"{row.name} one particle alone is no decay: their masses differ. Take a pair, or a hadron beside it."
        )


def _on_shell(
    inputs: Inputs, par: ParametersAtNodes, row: Transition, state: Particle, q2_range: Range
) -> dict[str, Quadratic]:
    point = namespace(state.mass).reshape(namespace(state.mass).asarray(state.mass) ** 2, (1,))
    low, high = (None, None) if q2_range is None else q2_range
    inside = ((low is None) | (point >= (low or 0.0))) & ((high is None) | (point < (high or math.inf)))
    q2 = par.row(point)
    once = Nodes(q2, par.row(1.0 * inside))
    return assembly.integrate(_terms(inputs, par, row, state, q2), once, state.basis)


def _spectrum(
    inputs: Inputs, par: ParametersAtNodes, row: Transition, state: Particle, q2: Array
) -> dict[str, list[Term]]:
    """Those of the decay to a particle with q² in place of its mass, times the peak."""
    xp = namespace(q2, state.mass, state.width, state.resolution)
    distance = q2 - state.mass**2
    if state.broad:
        scale = state.mass * state.width
        peak, where = scale / math.pi / (distance**2 + scale**2), q2
    else:
        size = state.resolution
        peak = xp.exp(-0.5 * (distance / size) ** 2) / (math.sqrt(2.0 * math.pi) * size)
        where = state.mass**2 + 0.0 * q2
    made = _terms(inputs, par, row, state, where)
    return {
        key: [Term(peak * term.weight, term.left, term.right) for term in terms]
        for key, terms in made.items()
    }


def _terms(
    inputs: Inputs, par: ParametersAtNodes, row: Transition, state: Particle, q2: Array
) -> dict[str, list[Term]]:
    """Terms at the mass that q² is the square of."""
    hadron = currents(inputs, par, row, q2)
    weight = 2.0 * math.pi * rate_factor(par, row, q2)
    if state.spin == 0:
        inverse, phase = densities_over_currents(quark_masses(par, row)), 1j
        every = [
            Term(
                weight,
                amplitude(
                    SCALAR,
                    ({("gS_bsphi" if parity == "V" else "gP_bsphi"): 1.0}, inverse[parity] * timelike),
                    ({("dV_bsphi" if parity == "V" else "dA_bsphi"): 1.0}, phase * timelike.astype(complex)),
                ),
            )
            for parity, timelike in hadron.timelike.items()
        ]
        return {"rate": every, "longitudinal": every}
    xp = namespace(q2)
    weight = weight / xp.where(q2 > states.SMALLEST, q2, states.SMALLEST)
    root = safe_sqrt(q2)
    rate, longitudinal = [], []
    for wave in hadron.waves:
        current, dipole = ("gV_bsX", "hT_bsX") if wave.parity == "V" else ("gA_bsX", "hT5_bsX")
        parts = (({current: 1.0}, wave.vector), ({dipole: 1.0}, 2.0 * root * wave.tensor))
        rate.append(Term(weight, amplitude(VECTOR, *parts)))
        longitudinal += rate[-1:] if wave.longitudinal else []
    return {"rate": rate, "longitudinal": longitudinal}


def _peak(state: Particle, low: Array, high: Array, rank: int) -> Nodes:
    r"""Nodes that are dense at the peak: in θ, :math:`q^2=m^2+s\tan\theta`, s the width or the resolution of q²."""
    xp = namespace(low, high, state.mass)
    scale = state.mass * state.width if state.broad else state.resolution
    centre = state.mass**2
    first, last = xp.arctan((low - centre) / scale), xp.arctan((high - centre) / scale)
    x, w = (xp.reshape(xp.asarray(part), (1,) * rank + (PEAK_NODES,)) for part in gauss_legendre(PEAK_NODES))
    theta = first + (last - first) * x
    return Nodes(centre + scale * xp.tan(theta), (last - first) * w * scale / xp.cos(theta) ** 2)
