r"""What the semileptonic :math:`b\to q\,\ell\bar\nu_j` decays, q = c, u, share: coefficients, prefactor, quadrature.

.. math:: H=\frac{4G_F}{\sqrt2}V_{qb}\,[(c_{SM}\delta_{\ell j}+C_{VL})O_{VL}+C_{VR}O_{VR}+C_{SL}O_{SL}
          +C_{SR}O_{SR}+C_TO_T]

is summed incoherently over the flavour j of the neutrino. Rates are worked out on :data:`LOCAL`, the five
total coefficients of one neutrino, and are the same for all three; :func:`embed` makes them forms of the
fifteen new-physics coefficients. Of b → u those of the tau are held, and light leptons are the Standard Model's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.common.kinematics import (
    Nodes,
    ParametersAtNodes,
    Range,
    logarithmic,
    root_map,
    sine_map,
)
from nutau.decays.assembly import Term, density, integrate
from nutau.decays.distribution import Distribution, Flavour, Parts
from nutau.decays.semileptonic import Semileptonic
from nutau.eft import qcd
from nutau.eft.algebra import Quadratic
from nutau.eft.wet.basis import CB_ENU, CB_MUNU, CB_TAUNU, UB_TAUNU, part
from nutau.eft.wilson import Basis
from nutau.inputs import Inputs
from nutau.inputs.form_factors import FormFactors, heavyquark, zexpansion

SPLIT = 1.0
"""GeV², below which light leptons are integrated in the logarithm of q² (their mass cuts off a 1/q²)."""

LOCAL = Basis("WET", "one neutrino", ("VR", "SL", "SR", "T"))
"""The total coefficients of one neutrino flavour; that of the left-handed vector takes the place of the SM,
"1"."""

V_PLUS, V_MINUS = {"1": 1.0, "VR": 1.0}, {"1": 1.0, "VR": -1.0}
S_PLUS, S_MINUS = {"SR": 1.0, "SL": 1.0}, {"SR": 1.0, "SL": -1.0}
TENSOR = {"T": 1.0}

NEUTRINOS = ("e", "mu", "tau")


@dataclass(frozen=True)
class Process(Semileptonic):
    """A decay to a charged lepton and its neutrino."""

    lepton: str
    ckm: str = "Vcb"

    @property
    def lepton_mass(self) -> str:
        """Parameter name of the mass of the charged lepton."""
        return f"m_{self.lepton}"

    @property
    def basis(self) -> Basis:
        """The fifteen coefficients of this lepton, for the neutrinos e, mu, tau in this order; none of b → ue, uμ."""
        if self.ckm == "Vub":
            return part(UB_TAUNU if self.lepton == "tau" else ())
        return part({"e": CB_ENU, "mu": CB_MUNU, "tau": CB_TAUNU}[self.lepton])

    def threshold(self, par: Mapping[str, Array]) -> Array:
        """The mass of the lepton, squared."""
        return par[self.lepton_mass] ** 2


class Charged(Protocol):
    """What :func:`embed` needs to know of a decay."""

    @property
    def basis(self) -> Basis:
        """Fifteen coefficients, five for each neutrino, or none: the rate of the Standard Model."""

    @property
    def lepton(self) -> str:
        """The charged lepton, whose own neutrino the SM produces."""


def sm_coefficient(par: Mapping[str, Array]) -> Array:
    r""":math:`c_{SM}=1+\frac{\alpha_e(\mu)}{\pi}\ln\frac{m_Z}{\mu}` at 4.8 GeV, :cite:`Sirlin:1981ie`.

    The short-distance photon correction multiplies the SM amplitude only: coefficients at 4.8 GeV are what
    they are. Those given at :math:`m_Z` get the same logarithm from their running (:mod:`nutau.eft.wet.running`).
    """
    xp = namespace(par["alpha_e"], par["m_Z"])
    scale = qcd.B_MATCHING
    return 1.0 + qcd.alpha_e(par["alpha_e"], scale) / math.pi * xp.log(xp.asarray(par["m_Z"]) / scale)


def form_factors(inputs: Inputs, process: Process, par: ParametersAtNodes, q2: Array) -> dict[str, Array]:
    """The form factors of the channel in the parametrisation that the inputs chose."""
    record: FormFactors = inputs.form_factor(process.channel)
    if record.parametrisation == "hqet":
        return heavyquark.evaluate(record, par, q2)
    return zexpansion.evaluate(record, par, q2)


def mass_difference(process: Process, par: Mapping[str, Array]) -> Array:
    """m_b - m_q at 4.8 GeV, which the scalar operators of a pseudoscalar divide by; the up quark has no mass."""
    m_b, m_c = quark_masses(par)
    return m_b if process.ckm == "Vub" else m_b - m_c


def quark_masses(par: Mapping[str, Array]) -> tuple[Array, Array]:
    """m_b and m_c at 4.8 GeV, which the scalar operators divide by."""
    alpha_s = par["alpha_s"]
    return qcd.bottom_mass(par["m_b"], alpha_s, qcd.B_MATCHING), qcd.charm_mass(par["m_c"], alpha_s)


def rate_factor(process: Process, par: ParametersAtNodes, q2: Array, momentum: Array) -> Array:
    r""":math:`\frac{(4G_F/\sqrt2)^2|V_{qb}|^2}{512\pi^3M^3}\frac{\sqrt\lambda\,(q^2-m_\ell^2)^2}{q^2}`.

    ``momentum`` is :math:`\sqrt{\lambda(M^2,m^2,q^2)}`. One power of :math:`q^2-m_\ell^2` is phase space,
    one the lepton tensor.
    """
    gap = q2 - par[process.lepton_mass] ** 2
    coupling = 8.0 * par["GF"] ** 2 * par[process.ckm] ** 2
    return coupling * momentum * gap * gap / (512.0 * math.pi**3 * par[process.parent] ** 3 * q2)


def quadrature(inputs: Inputs, process: Process, par: ParametersAtNodes, q2_range: Range) -> Nodes:
    """Nodes over the bin; :class:`InputError` if it is empty or leaves phase space at the central masses."""
    low, high = process.bin(inputs, par, q2_range)
    a, b = process.edges(par)
    if process.lepton == "tau":
        return sine_map(low, high, (a, b), 16, par.rank)
    xp = namespace(low, high)
    middle = xp.minimum(xp.maximum(SPLIT, low), high)
    return logarithmic(low, middle, 16, par.rank) + root_map(middle, high, b, 14, par.rank)


def embed(process: Charged, local: Mapping[str, Quadratic], c_sm: Array) -> dict[str, Quadratic]:
    """Forms on :data:`LOCAL` ``(..., 5, 5)`` as forms of the fifteen coefficients; ``c_sm`` broadcasts to
    the batch."""
    own = NEUTRINOS.index(process.lepton)
    table = np.full(
        (16, 16), 36
    )  # of each element the place in the flattened form of (1, C of one neutrino), or zero
    for neutrino in range(3):
        block = 1 + 5 * neutrino + np.arange(5)
        rows, local_rows = ([0, *block], np.arange(6)) if neutrino == own else (block, np.arange(1, 6))
        table[np.ix_(rows, rows)] = 6 * local_rows[:, None] + local_rows[None, :]
    forms = {}
    for name, form in local.items():
        xp = namespace(form.matrix, c_sm)
        h = form.matrix
        factor = xp.broadcast_to(xp.asarray(c_sm), h.shape[:-2]).astype(complex)[..., None]
        if not len(process.basis):
            alone = factor[..., None] ** 2 * h[..., :1, :1]
            forms[name] = Quadratic(alone, process.basis)
            continue
        row = factor * h[..., 0, :]  # c_SM times the row of VL: what 1 has with the five
        corner = factor * row[..., :1]
        top = xp.concatenate([corner, row], axis=-1)[..., None, :]
        whole = xp.concatenate([top, xp.concatenate([xp.conj(row)[..., None], h], axis=-1)], axis=-2)
        flat = xp.pad(xp.reshape(whole, (*h.shape[:-2], 36)), [(0, 0)] * (h.ndim - 2) + [(0, 1)])
        forms[name] = Quadratic(xp.take(flat, table, axis=-1), process.basis)
    return forms


Terms = Callable[[Inputs, ParametersAtNodes, Process, Array], Mapping[str, list[Term]]]
"""Every form of a decay as a sum of squares and products of amplitudes at nodes in q²."""


def densities(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2: Array, terms: Terms
) -> dict[str, Quadratic]:
    """The forms of a decay per GeV² at ``q2`` ``(nodes,)``; :class:`InputError` for q² outside phase space."""
    process.check_points(inputs, q2)
    at_nodes = ParametersAtNodes(par)
    made = terms(inputs, at_nodes, process, at_nodes.row(q2))
    return embed(process, density(made, LOCAL), sm_coefficient(at_nodes))


def forms(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2_range: Range, terms: Terms
) -> dict[str, Quadratic]:
    """The :func:`densities` integrated over a bin; :class:`InputError` for one that leaves phase space."""
    at_nodes = ParametersAtNodes(par)
    nodes = quadrature(inputs, process, at_nodes, q2_range)
    made = terms(inputs, at_nodes, process, nodes.q2)
    return embed(process, integrate(made, nodes, LOCAL), sm_coefficient(par))


PartsOf = Callable[[Inputs, ParametersAtNodes, Process, Array], Parts]
"""The angular distribution of a decay on :data:`LOCAL`."""


def distribution(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2: Array, flavour: Flavour, parts: PartsOf
) -> Distribution:
    """The angular distribution of a decay at the q² of events, on the coefficients of ``process``.

    ``par`` are numbers, or draws of form factors.
    """
    at_nodes = ParametersAtNodes(par)
    local = parts(inputs, at_nodes, process, at_nodes.row(q2))
    return Distribution(flavour.conjugated(local), _neutrinos(process, sm_coefficient(par)))


def _neutrinos(process: Charged, c_sm: float) -> tuple[Array, ...]:
    """For each flavour of the neutrino the matrix ``(5, 1 + n)`` that gives its total coefficients."""
    matrices = []
    for neutrino, flavour in enumerate(NEUTRINOS):
        matrix = np.zeros((1 + len(LOCAL), 1 + len(process.basis)))
        if flavour == process.lepton:
            matrix[0, 0] = c_sm
        if len(process.basis):
            matrix[:, 1 + 5 * neutrino :][:, :5] = np.eye(5)
        matrices.append(matrix)
    return tuple(matrices)
