r""":math:`B_s` mixing: :math:`\Delta M_s=2|M_{12}|` and the phase :math:`\phi_s` of :math:`b\to c\bar cs`.

.. math::
    M_{12} = \frac{G_F^2m_W^2}{4\pi^2}\,\eta_B S_0(x_t)\lambda_t^2\,b_B(\mu)\langle O_{VLL}\rangle
             - \sum_i C_i(\mu)\langle O_i\rangle,\qquad
    \phi_s = \arg\frac{M_{12}}{(V_{cb}V_{cs}^*)^2}

for the transition :math:`\bar B_s\to B_s`, :math:`\mu=4.2` GeV. Without new physics :math:`\phi_s=-2\beta_s`;
with it :math:`\Delta M_s` changes by :math:`|1+C/C_{SM}|` and :math:`\phi_s` by :math:`\arg(1+C/C_{SM})`. Box
function of :cite:`Inami:1980fz`, :math:`\eta_B` of :cite:`Buras:1990fn` with the RGI factor :math:`b_B`,
matrix elements as in :cite:`Becirevic:2001xt`. The width difference changes :math:`\Delta M_s` by less than
1e-4.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.eft.algebra import Quadratic
from nutau.eft.ckm import tree_ckm
from nutau.eft.qcd import B_MATCHING, alpha_s, bottom_mass, run_mass, strange_mass
from nutau.eft.wet.basis import SBSB, WET, part
from nutau.eft.wet.running import evolution
from nutau.eft.wilson import Basis
from nutau.inputs import Inputs

BAG_SCALE = 4.2
"""GeV, where the bag parameters are given."""

HBAR = 6.582119569e-13
"""GeV ps; exact in the SI."""


@dataclass(frozen=True)
class Process:
    """A neutral meson that mixes."""

    name: str
    parent: str
    constant: str
    bag: str

    @property
    def basis(self) -> Basis:
        """The coefficients of mixing at 4.8 GeV, in GeV⁻²."""
        return part(SBSB)


PROCESSES = (Process("Bs-Bsbar", "m_Bs", "f_Bs", "bag_Bs"),)


def forms(inputs: Inputs, par: Mapping[str, Array], process: Process) -> dict[str, Quadratic]:
    r"""Forms of the coefficients at 4.8 GeV, matrices ``(..., 9, 9)``.

    Keys: ``squared``, :math:`\Delta M^2` in ps⁻², whose root is the mass difference; ``sine`` and ``cosine``,
    imaginary and real part of :math:`M_{12}/(V_{cb}V_{cs}^*)^2` up to a positive factor, whose angle is
    :math:`\phi_s`.
    """
    del inputs
    row = mixing_amplitude(par, process)
    xp = namespace(row)
    ckm = tree_ckm(par)
    reference = ckm.cb * xp.conj(ckm.cs)
    turned = row * (xp.conj(reference) / xp.abs(reference).astype(complex))[..., None] ** 2
    size = xp.sum(xp.abs(turned[..., :1]), axis=-1, keepdims=True).astype(complex)
    squared = (2.0 / HBAR) ** 2 * xp.conj(row)[..., :, None] * row[..., None, :]
    return {
        "squared": Quadratic(squared, process.basis),
        "sine": Quadratic(_real_part(turned / size * (-1j)), process.basis),
        "cosine": Quadratic(_real_part(turned / size), process.basis),
    }


def _real_part(row: Array) -> Array:
    """The Hermitian matrix of the real part of ``row · (1, C)``: half the row in first row and column."""
    xp = namespace(row)
    unit = xp.asarray(np.eye(row.shape[-1])[0], dtype=complex)
    upper = 0.5 * unit[:, None] * row[..., None, :]
    return upper + xp.conj(xp.swapaxes(upper, -1, -2))


def equivalent_cvll(par: Mapping[str, Array], process: Process = PROCESSES[0]) -> Array:
    r""":math:`C_{SM}`: the ``CVLL_bsbs`` at 4.8 GeV (GeV⁻²) that has the size of the SM amplitude."""
    row = mixing_amplitude(par, process)
    return row[..., 0] / row[..., 1 + process.basis.index("CVLL_bsbs")]


def mixing_amplitude(par: Mapping[str, Array], process: Process) -> Array:
    """:math:`M_{12}` in GeV as a row of numbers that multiply (1, C(4.8 GeV)), ``(..., 9)``."""
    elements = _matrix_elements(par, process)
    xp = namespace(elements)
    ordered = [process.basis.index(name) for name in _OPERATORS]
    down = _to_bag_scale(process.basis)[ordered]  # C(4.2) = down C(4.8)
    new = -xp.sum(elements[..., :, None] * xp.asarray(down), axis=-2)
    sm = _sm_coefficient(par) * (_rgi_factor(par) * elements[..., 0]).astype(complex)
    return xp.concatenate([sm[..., None], new.astype(complex)], axis=-1)


_OPERATORS = tuple(
    f"{name}_bsbs" for name in ("CVLL", "CVRR", "CVLR", "CSLR", "CSLL", "CSRR", "CTLL", "CTRR")
)


def _matrix_elements(par: Mapping[str, Array], process: Process) -> Array:
    r""":math:`\langle O_i\rangle/2M` in GeV³ at 4.2 GeV, in the order of ``_OPERATORS``, ``(..., 8)``."""
    mass = par[process.parent]
    b1, b2, b3, b4, b5 = (par[f"{process.bag}_{i}"] for i in range(1, 6))
    strong = par["alpha_s"]
    m_s = run_mass(
        strange_mass(par["m_s"], strong), alpha_s(strong, B_MATCHING, 5), alpha_s(strong, BAG_SCALE, 5), 5
    )
    enhancement = (mass / (bottom_mass(par["m_b"], strong, BAG_SCALE) + m_s)) ** 2
    scalar = -5.0 / 24.0 * b2 * enhancement
    tensor = (5.0 / 6.0 * b2 - b3 / 3.0) * enhancement
    elements = (
        b1 / 3.0,
        b1 / 3.0,
        -b5 / 6.0 * enhancement,
        b4 / 4.0 * enhancement,
        scalar,
        scalar,
        tensor,
        tensor,
    )
    size = mass * par[process.constant] ** 2
    xp = namespace(size, *elements)
    return xp.stack(xp.broadcast_arrays(*(xp.asarray(size * each) for each in elements)), axis=-1)


def _to_bag_scale(basis: Basis) -> Array:
    """The running of mixing's coefficients from 4.8 to 4.2 GeV, ``(8, 8)``."""
    rows = [WET.index(name) for name in basis.coefficients]
    up = evolution(BAG_SCALE)[np.ix_(rows, rows)]
    return np.linalg.inv(up)


def _sm_coefficient(par: Mapping[str, Array]) -> Array:
    xp = namespace(par["m_t"], par["m_W"], par["alpha_s"])
    box = top_box((top_mass(par["m_t"], par["alpha_s"]) / par["m_W"]) ** 2)
    size = par["GF"] ** 2 * par["m_W"] ** 2 / (4.0 * math.pi**2) * par["eta_tt_Bs"] * box
    return xp.asarray(size).astype(complex) * tree_ckm(par).lambda_t() ** 2


def _rgi_factor(par: Mapping[str, Array]) -> Array:
    r""":math:`b_B(\mu)`, with :math:`\hat B=b_BB(\mu)`, five flavours, next-to-leading order."""
    alpha = alpha_s(par["alpha_s"], BAG_SCALE, 5)
    return alpha ** (-6.0 / 23.0) * (1.0 + alpha / (4.0 * math.pi) * 5165.0 / 3174.0)


def top_box(x: Array) -> Array:
    r""":math:`S_0(x)=\frac{4x-11x^2+x^3}{4(1-x)^2}-\frac{3x^3\ln x}{2(1-x)^3}`, :cite:`Inami:1980fz`."""
    xp = namespace(x)
    return (4.0 * x - 11.0 * x**2 + x**3) / (4.0 * (1.0 - x) ** 2) - 1.5 * x**3 * xp.log(x) / (1.0 - x) ** 3


def top_mass(pole: Array, alpha_s_ref: Array) -> Array:
    r""":math:`m_t(m_t)` (MS-bar, GeV) from the pole mass, three loops, Eq. (18) of :cite:`Melnikov:2000qh`.

    :math:`M=m[1+\frac43a+(13.4434-1.0414\,n_l)a^2+(190.595-26.655\,n_l+0.6527\,n_l^2)a^3]`, :math:`n_l=5`,
    :math:`a=\alpha_s(m)/\pi`.
    """
    mass = pole
    for _ in range(4):  # each step gains two digits
        a = alpha_s(alpha_s_ref, mass, 5) / math.pi
        mass = pole / (1.0 + 4.0 / 3.0 * a + 8.2364 * a**2 + 73.6375 * a**3)
    return mass
