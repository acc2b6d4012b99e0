r"""Mixing of neutral mesons: mass differences and phases of :math:`B_s` and :math:`B^0`, :math:`\epsilon_K`, D mixing.

.. math::
    M_{12} = M_{12}^{SM} - \sum_i C_i(\mu)\langle O_i\rangle,\qquad
    M_{12}^{SM}(B_q) = \frac{G_F^2m_W^2}{4\pi^2}\,\eta_B S_0(x_t)\lambda_t^2\,b_B(\mu)\langle O_{VLL}\rangle

for the transition of the antimeson (of b, s or u with an antiquark) to the meson, with matrix elements at
:math:`\mu=4.2` GeV for B and 2 GeV for K and D as in :cite:`Becirevic:2001xt`;
:math:`\Delta M=2|M_{12}|`, :math:`\phi_q=\arg\frac{M_{12}}{(V_{cb}V_{cq}^*)^2}`. Without new physics
:math:`\phi_s=-2\beta_s` and :math:`\phi_d=2\beta`; with it :math:`\Delta M` changes by :math:`|1+C/C_{SM}|` and
:math:`\phi` by :math:`\arg(1+C/C_{SM})`. Box function of :cite:`Inami:1980fz`, :math:`\eta_B` of :cite:`Buras:1990fn`
with the RGI factor :math:`b_B`. The width differences change the mass differences by less than 1e-4.

Kaons: :math:`\epsilon_K=\kappa_\epsilon\,\mathrm{Im}\,M_{12}/\sqrt2\Delta M_K` with the measured
:math:`\Delta M_K` and the SM of :cite:`Brod:2019rzc`,

.. math::
    M_{12}^{SM}(K)=\frac{G_F^2m_W^2}{4\pi^2}\,b_K\langle O_{VLL}\rangle\big[\lambda_t^2\eta_{tt}S(x_t,x_t)
    +2\lambda_u\lambda_t\eta_{ut}S(0,x_t)\big],\quad S(x,y)=F(x,y)+F(x_c,x_c)-F(x,x_c)-F(y,x_c),

F the box of W bosons; what :math:`\lambda_u^2` multiplies is real. D mesons: :math:`x_{12}=2|M_{12}|\tau_D`, and
:math:`x_{12}^{Im}=x_{12}\sin\phi_{12}` with the phase against the SM's width, that of :math:`\xi_s^2`,
:math:`\xi_q=V_{uq}V_{cq}^*`. The SM's :math:`M_{12}=a_{ss}\xi_s^2+a_{bs}\xi_b\xi_s` is of long distance and not known:
numbers as large as what is measured, with errors as large as themselves (:cite:`Straub:2018kue`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.eft.algebra import Quadratic
from nutau.eft.ckm import tree_ckm
from nutau.eft.qcd import (
    B_MATCHING,
    alpha_s,
    bottom_mass,
    charm_mass_at,
    run_mass,
    strange_mass,
    top_mass,
)
from nutau.eft.wet.basis import CUCU, DBDB, SBSB, SDSD, WET, part
from nutau.eft.wet.mixing import OPERATORS
from nutau.eft.wet.mixing import evolution as evolution_below
from nutau.eft.wet.running import evolution
from nutau.eft.wilson import Basis
from nutau.inputs import Inputs

BAG_SCALE, LIGHT_SCALE = 4.2, 2.0
"""GeV, where the bag parameters of B mesons, and of K and D mesons are given."""

HBAR = 6.582119569e-13
"""GeV ps; exact in the SI."""


@dataclass(frozen=True)
class Process:
    """A neutral meson that mixes; mass, decay constant and bag parameters by parameter name."""

    name: str
    parent: str
    constant: str
    bag: str
    quarks: str
    sector: tuple[str, ...]

    @property
    def basis(self) -> Basis:
        """The coefficients of mixing at 4.8 GeV, in GeV⁻²."""
        return part(self.sector)

    @property
    def scale(self) -> float:
        """GeV, where the bag parameters are given."""
        return BAG_SCALE if self.quarks.startswith("b") else LIGHT_SCALE


PROCESSES = (
    Process("Bs-Bsbar", "m_Bs", "f_Bs", "bag_Bs", "bs", SBSB),
    Process("B0-B0bar", "m_B0", "f_B0", "bag_B0", "bd", DBDB),
    Process("K0-K0bar", "m_K0", "f_K0", "bag_K0", "sd", SDSD),
    Process("D0-D0bar", "m_D0", "f_D0", "bag_D0", "uc", CUCU),
)


def forms(inputs: Inputs, par: Mapping[str, Array], process: Process) -> dict[str, Quadratic]:
    r"""Forms of the coefficients at 4.8 GeV, matrices ``(..., 9, 9)``.

    ``squared`` is :math:`\Delta M^2` in ps⁻², whose root is the mass difference; for D mesons :math:`x_{12}^2`.
    ``sine`` and ``cosine`` are imaginary and real part of :math:`M_{12}` over the square of :math:`V_{cb}V_{cq}^*`,
    :math:`V_{us}V_{ud}^*` or :math:`\xi_s`: of B mesons up to a positive factor, whose angle is :math:`\phi_q`; of
    kaons ``sine`` is :math:`\epsilon_K`, of D mesons :math:`x_{12}^{Im}`.
    """
    del inputs
    row = mixing_amplitude(par, process)
    xp = namespace(row)
    reference = _reference(par, process)
    turned = row * (xp.conj(reference) / xp.abs(reference).astype(complex))[..., None] ** 2
    unit, size = _units(par, process, row)
    squared = unit[..., None, None] ** 2 * xp.conj(row)[..., :, None] * row[..., None, :]
    return {
        "squared": Quadratic(squared, process.basis),
        "sine": Quadratic(_real_part(turned * size[..., None] * (-1j)), process.basis),
        "cosine": Quadratic(_real_part(turned * size[..., None]), process.basis),
    }


def _reference(par: Mapping[str, Array], process: Process) -> Array:
    """What the phase of the amplitude is measured against."""
    ckm = tree_ckm(par)
    xp = namespace(ckm.cb)
    return {
        "bs": ckm.cb * xp.conj(ckm.cs),
        "bd": ckm.cb * xp.conj(ckm.cd),
        "sd": ckm.us * xp.conj(ckm.ud),
        "uc": ckm.us * xp.conj(ckm.cs),
    }[process.quarks]


def _units(par: Mapping[str, Array], process: Process, row: Array) -> tuple[Array, Array]:
    """What multiplies the amplitude in the mass difference, and in its imaginary and real part."""
    xp = namespace(row)
    if process.quarks == "sd":
        inverse = par["kappa_epsilon"] / (math.sqrt(2.0) * par["DeltaM_K0"] * HBAR)
        size = xp.asarray(inverse).astype(complex)
    elif process.quarks == "uc":
        lifetime = xp.asarray(2.0 * par["tau_D0"]).astype(complex)
        return lifetime, -lifetime  # the SM's width is -0.35/ps of xi_s squared
    else:
        size = 1.0 / xp.abs(row[..., 0]).astype(complex)
    return xp.asarray(2.0 / HBAR, dtype=complex), size


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
    elements = matrix_elements(par, process)
    xp = namespace(elements)
    ordered = [process.basis.index(f"{name}_{_tail(process)}") for name in OPERATORS]
    if process.scale == BAG_SCALE:
        down = xp.asarray(_to_bag_scale(process.basis)[ordered])  # C(4.2) = down C(4.8)
    else:
        down = evolution_below(process.scale, par["alpha_s"])[..., :, np.argsort(ordered)]
    new = -xp.sum(elements[..., :, None] * down, axis=-2)
    sm = {"sd": _kaon, "uc": _charm}.get(process.quarks, _bottom)(par, process, elements[..., 0])
    return xp.concatenate([sm[..., None], new.astype(complex)], axis=-1)


def _tail(process: Process) -> str:
    return 2 * process.quarks


def matrix_elements(par: Mapping[str, Array], process: Process) -> Array:
    r""":math:`\langle O_i\rangle/2M` in GeV³ where the bag parameters are given, in the order of ``OPERATORS``."""
    mass = par[process.parent]
    b1, b2, b3, b4, b5 = (par[f"{process.bag}_{i}"] for i in range(1, 6))
    enhancement = (mass / _quark_masses(par, process)) ** 2
    scalar = -5.0 / 24.0 * b2 * enhancement
    tensor = (5.0 / 6.0 * b2 - b3 / 3.0) * enhancement
    elements = {
        **dict.fromkeys(("CVLL", "CVRR"), b1 / 3.0),
        "CVLR": -b5 / 6.0 * enhancement,
        "CSLR": b4 / 4.0 * enhancement,
        **dict.fromkeys(("CSLL", "CSRR"), scalar),
        **dict.fromkeys(("CTLL", "CTRR"), tensor),
    }
    size = mass * par[process.constant] ** 2
    xp = namespace(size, *elements.values())
    ordered = (xp.asarray(size * elements[name]) for name in OPERATORS)
    return xp.stack(xp.broadcast_arrays(*ordered), axis=-1)


def _quark_masses(par: Mapping[str, Array], process: Process) -> Array:
    """The sum of the masses of the two quarks (GeV) at the scale of the bag parameters."""
    strong = par["alpha_s"]
    if process.quarks == "sd":
        return par["m_s"] + par["m_d"]
    if process.quarks == "uc":
        return charm_mass_at(par["m_c"], strong, LIGHT_SCALE) + par["m_u"]
    light = strange_mass(par["m_s" if process.quarks == "bs" else "m_d"], strong)  # all run alike
    light = run_mass(light, alpha_s(strong, B_MATCHING, 5), alpha_s(strong, BAG_SCALE, 5), 5)
    return bottom_mass(par["m_b"], strong, BAG_SCALE) + light


def _to_bag_scale(basis: Basis) -> Array:
    """The running of mixing's coefficients from 4.8 to 4.2 GeV, ``(8, 8)``."""
    rows = [WET.index(name) for name in basis.coefficients]
    up = evolution(BAG_SCALE)[np.ix_(rows, rows)]
    return np.linalg.inv(up)


def _bottom(par: Mapping[str, Array], process: Process, element: Array) -> Array:
    """The top box of a B meson."""
    xp = namespace(par["m_t"], par["m_W"], par["alpha_s"], element)
    box = top_box((top_mass(par["m_t"], par["alpha_s"]) / par["m_W"]) ** 2)
    eta = par[f"eta_tt_{process.bag.removeprefix('bag_')}"]
    size = par["GF"] ** 2 * par["m_W"] ** 2 / (4.0 * math.pi**2) * eta * box
    coefficient = xp.asarray(size).astype(complex) * tree_ckm(par).lambda_t(process.quarks[1]) ** 2
    return coefficient * (rgi_factor(par, BAG_SCALE, 5) * element).astype(complex)


def _kaon(par: Mapping[str, Array], process: Process, element: Array) -> Array:
    """Top and up boxes of the kaon, unitarity used for charm."""
    ckm = tree_ckm(par)
    xp = namespace(ckm.cb, element, par["m_t"])
    x_t = (top_mass(par["m_t"], par["alpha_s"]) / par["m_W"]) ** 2
    x_c = (par["m_c"] / par["m_W"]) ** 2
    charm = w_box(x_c, x_c)
    top_top = w_box(x_t, x_t) + charm - 2.0 * w_box(x_t, x_c)
    up_top = massless_box(x_t) + charm - massless_box(x_c) - w_box(x_t, x_c)
    lambda_t, lambda_u = ckm.ts * xp.conj(ckm.td), ckm.us * xp.conj(ckm.ud)
    boxes = lambda_t**2 * (par["eta_tt_K0_ut"] * top_top) + 2.0 * lambda_u * lambda_t * (
        par["eta_ut_K0_ut"] * up_top
    )
    size = par["GF"] ** 2 * par["m_W"] ** 2 / (4.0 * math.pi**2) * rgi_factor(par, LIGHT_SCALE, 3)
    return boxes * xp.asarray(size * element).astype(complex)


def _charm(par: Mapping[str, Array], process: Process, element: Array) -> Array:
    """The long-distance guess of the D meson, GeV."""
    ckm = tree_ckm(par)
    xp = namespace(ckm.cb, element)
    xi_s, xi_b = ckm.us * xp.conj(ckm.cs), ckm.ub * xp.conj(ckm.cb)
    both = par["M12_D a_ss"] * xi_s**2 + par["M12_D a_bs"] * xi_b * xi_s
    return HBAR * both + 0.0 * element.astype(complex)


def rgi_factor(par: Mapping[str, Array], scale: float, flavours: int) -> Array:
    r""":math:`b(\mu)`, with :math:`\hat B=bB(\mu)`, five or three flavours, next-to-leading order."""
    power, slope = {5: (6.0 / 23.0, 5165.0 / 3174.0), 3: (2.0 / 9.0, 307.0 / 162.0)}[flavours]
    alpha = alpha_s(par["alpha_s"], scale, flavours)
    return alpha**-power * (1.0 + alpha / (4.0 * math.pi) * slope)


def w_box(x: Array, y: Array) -> Array:
    r""":math:`F(x,y)`, the box of W bosons and two quarks, :math:`x=m^2/m_W^2`, :cite:`Inami:1980fz`; also x = y."""
    xp = namespace(x, y)
    equal = x == y
    z = xp.where(equal, 2.0 * y + 0.5, y)  # where not taken, anything but x and 1
    apart = (
        (4.0 - 7.0 * x * z) / (4.0 * (1.0 - x) * (1.0 - z))
        + x**2 * (4.0 + (x - 8.0) * z) * xp.log(x) / (4.0 * (1.0 - x) ** 2 * (x - z))
        - (4.0 + x * (z - 8.0)) * z**2 * xp.log(z) / (4.0 * (x - z) * (1.0 - z) ** 2)
    )
    together = (4.0 + 4.0 * x - 15.0 * x**2 + x**3) / (4.0 * (1.0 - x) ** 2) - x * (
        -4.0 + 4.0 * x + 3.0 * x**2
    ) * xp.log(x) / (2.0 * (1.0 - x) ** 3)
    return xp.where(equal, together, apart)


def massless_box(x: Array) -> Array:
    r""":math:`F(0,x)=(1-x+x\ln x)/(1-x)^2`."""
    return (1.0 - x + x * namespace(x).log(x)) / (1.0 - x) ** 2


def top_box(x: Array) -> Array:
    r""":math:`S_0(x)=\frac{4x-11x^2+x^3}{4(1-x)^2}-\frac{3x^3\ln x}{2(1-x)^3}`, :cite:`Inami:1980fz`."""
    xp = namespace(x)
    return (4.0 * x - 11.0 * x**2 + x**3) / (4.0 * (1.0 - x) ** 2) - 1.5 * x**3 * xp.log(x) / (1.0 - x) ** 3
