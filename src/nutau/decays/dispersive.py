r"""Charm loops in :math:`B\to K^{(*)}\ell\ell`, :math:`B_s\to\phi\ell\ell` by analyticity, :cite:`Gubernari:2022hxn`.

The matrix element of a pair of charm quarks that becomes a virtual photon is a function
:math:`\mathcal H_\lambda(q^2)` for each polarisation, which adds :math:`-32\pi^2\frac{m_B^2}{q^2}\mathcal H_\lambda` to
:math:`C_9\mathcal F_\lambda` (:cite:`Gubernari:2020eft`). Below the threshold :math:`4m_D^2` it is analytic but for the
poles of J/ψ and ψ(2S):

.. math::
    \hat{\mathcal H}_\lambda(z) = \phi_\lambda(z)\,\frac{z-z_{J/\psi}}{1-zz_{J/\psi}}\,
        \frac{z-z_{\psi(2S)}}{1-zz_{\psi(2S)}}\,\mathcal H_\lambda
    = \sum_{k=1}^6\hat{\mathcal H}_\lambda(z_k)\prod_{j\neq k}\frac{z-z_j}{z_k-z_j},

with :math:`z` of :math:`t_+=4m_D^2`, :math:`t_0=4` GeV², outer functions :math:`\phi_\lambda` of
:cite:`Gubernari:2020eft` (App. C; of which only the dependence on :math:`z` matters here) and six nodes:

* :math:`q^2=-7,-5,-3,-1` GeV², where the loops are computed (:mod:`nutau.eft.wet.charm_parts`):
  :math:`\mathcal H_\lambda=-\frac1{16\pi^2}\big[\frac{q^2}{2m_B^2}\Delta C_9\mathcal F_\lambda
  +\frac{m_b}{m_B}\Delta C_7\mathcal F_\lambda^T\big]`, with the form factors of the input set;
* both charmonia, where the residues are those of the measured :math:`B\to K^{(*)}\psi` and :math:`B_s\to\phi\psi`.
  Their common phase is not measured: the residues are parameters with a mean of zero and the measured moduli and
  relative phases as second moments, which are those of a phase without preference.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from nutau.common.arrays import Array, cartesian, namespace
from nutau.common.kinematics import ParametersAtNodes, kallen
from nutau.decays.semileptonic import Semileptonic
from nutau.eft.qcd import AtScaleB
from nutau.eft.wet.charm_parts import lagrange, spacelike
from nutau.eft.wet.standard_model import BToS
from nutau.inputs import Inputs
from nutau.inputs.form_factors import zexpansion
from nutau.inputs.form_factors.conformal import conformal

OUTER = {"perp": (3, 1, 3, 0), "para": (3, 1, 3, 0), "long": (3, 1, 2, 2), "plus": (3, 3, 2, 2)}
"""The exponents a, b, c, d of the outer functions."""
POLARISATIONS = {
    "B->K": ("plus",),
    "B->K*": ("perp", "para", "long"),
    "Bs->phi": ("perp", "para", "long"),
}
SPACELIKE = (-7.0, -5.0, -3.0, -1.0)
CHARMONIA = ("Jpsi", "psi2S")
T_ZERO = 4.0
T_SUBTRACTION = -17.4724
"""GeV², of the dispersion relation: minus the square of a b mass of 4.18 GeV."""
CHI = 1.81e-4
"""1/GeV², the value of the correlator there; it cancels in the matrix elements and is that of the bound."""


def applies(inputs: Inputs, process: Semileptonic) -> bool:
    """Whether a decay to light leptons of equal flavour has its charm loops by analyticity in an input set."""
    leptons = getattr(process, "leptons", ())
    return inputs.long_distance == "dispersive" and process.channel in POLARISATIONS and "tau" not in leptons


def matrix_elements(
    inputs: Inputs, par: ParametersAtNodes, process: Semileptonic, at: AtScaleB, sm: BToS, q2: Array
) -> Mapping[str, Array]:
    r""":math:`\mathcal H_\lambda` by polarisation at ``q2`` ``(..., nodes)`` between 0 and the J/ψ; complex."""
    values = nodal(inputs, par, process, at, sm)
    heavy, light = par[process.parent], par[process.meson]
    return {kind: interpolated(par, heavy, light, q2, kind, values[kind]) for kind in values}


def interpolated(
    par: Mapping[str, Array], heavy: Array, light: Array, q2: Array, kind: str, values: Array
) -> Array:
    r""":math:`\mathcal H_\lambda` at ``q2`` ``(..., nodes)`` from :math:`\hat{\mathcal H}` at nodes ``(..., 6)``."""
    xp = namespace(q2, heavy, values)
    weights = lagrange(xp, _nodes(par), _z(par, q2))
    total = xp.sum(weights.astype(complex) * values[..., None, :], axis=-1)
    front = 1.0 / (outer(par, heavy, light, q2, kind) * blaschke(par, q2))
    return total * front.astype(complex)


def nodal(
    inputs: Inputs, par: ParametersAtNodes, process: Semileptonic, at: AtScaleB, sm: BToS
) -> dict[str, Array]:
    r""":math:`\hat{\mathcal H}_\lambda` at the six nodes by polarisation, complex ``(..., 6)``."""
    heavy, light = par[process.parent], par[process.meson]
    q2 = par.row(np.array(SPACELIKE))
    xp = par.xp
    seven, nine = spacelike(at, sm, par["m_c BVgamma"], q2)
    seven = seven + cartesian(par["charm loops deltaC7"], 0.0)
    nine = nine + cartesian(par["charm loops deltaC9"], 0.0)
    ff = zexpansion.evaluate(inputs.form_factor(process.channel), par, q2)
    found = {}
    for kind in POLARISATIONS[process.channel]:
        vector, tensor = local(kind, heavy, light, q2, ff)
        summed = (0.5 * q2 / heavy**2 * vector).astype(complex) * nine
        summed = summed + (at.m_b / heavy * tensor).astype(complex) * seven
        front = outer(par, heavy, light, q2, kind) * blaschke(par, q2)
        below = -1.0 / (16.0 * math.pi**2) * front.astype(complex) * summed
        poles = [_at_pole(par, process.channel, heavy, light, kind, one) for one in range(2)]
        columns = [below[..., k] for k in range(len(SPACELIKE))] + poles
        found[kind] = xp.stack(xp.broadcast_arrays(*columns), axis=-1)
    return found


def local(kind: str, heavy: Array, light: Array, q2: Array, ff: Mapping[str, Array]) -> tuple[Array, Array]:
    r""":math:`\mathcal F_\lambda` and :math:`\mathcal F_\lambda^T`, Eqs. (A.5), (A.11) of :cite:`Gubernari:2020eft`."""
    xp = namespace(q2, heavy)
    total, squares = heavy + light, heavy**2 - light**2
    if kind == "plus":
        return ff["f+"], q2 / (heavy * total) * ff["fT"]
    if kind == "long":
        return 8.0 * light / heavy * ff["A12"], 4.0 * q2 * light / (heavy**2 * total) * ff["T23"]
    if kind == "para":
        return 2.0**0.5 * total / heavy * ff["A1"], 2.0**0.5 * squares / heavy**2 * ff["T2"]
    root = xp.sqrt(2.0 * kallen(heavy**2, light**2, q2))
    return root / (heavy * total) * ff["V"], root / heavy**2 * ff["T1"]


def blaschke(par: Mapping[str, Array], q2: Array) -> Array:
    """The factor with the zeros of both charmonia."""
    z, product = _z(par, q2), 1.0
    for pole in _poles(par):
        product = product * (z - pole) / (1.0 - z * pole)
    return product


def outer(par: Mapping[str, Array], heavy: Array, light: Array, q2: Array, kind: str) -> Array:
    r""":math:`\phi_\lambda`, Eqs. (C.5)-(C.10) of :cite:`Gubernari:2020eft`, real below :math:`4m_D^2`."""
    a, b, c, d = OUTER[kind]
    xp = namespace(q2, heavy)
    z, threshold = _z(par, q2), _threshold(par)
    depth = 2.0 * xp.sqrt((threshold - T_SUBTRACTION) * (threshold - T_ZERO))
    first = -xp.sqrt(depth + 2.0 * threshold - T_SUBTRACTION - T_ZERO) / (
        depth + 2.0 * threshold + T_SUBTRACTION * (z - 1.0) - T_ZERO * (z + 1.0)
    )
    minus, plus = (z - 1.0) ** 2, (z + 1.0) ** 2
    second = (
        heavy**4 * minus**2
        - 2.0 * heavy**2 * minus * (-4.0 * threshold * z + light**2 * minus + T_ZERO * plus)
        + (4.0 * threshold * z + light**2 * minus - T_ZERO * plus) ** 2
    )
    base = 2.0 * threshold + 2.0 * xp.sqrt(threshold * (threshold - T_ZERO))
    third = xp.sqrt(base - T_ZERO) / (-base + T_ZERO * (z + 1.0))
    fourth = T_ZERO * plus - 4.0 * threshold * z
    norm = 4.0 * math.pi * heavy ** (a - b + c + d - 2.0) * xp.sqrt(2.0 * (threshold - T_ZERO) / (3.0 * CHI))
    size = norm * xp.sqrt(1.0 + z) * (1.0 - z) ** (a - b + c + d - 1.5)
    return size * first**a * second ** (0.25 * b) * third**c / fourth ** (0.5 * d)


def _at_pole(par: ParametersAtNodes, channel: str, heavy: Array, light: Array, kind: str, one: int) -> Array:
    r""":math:`\hat{\mathcal H}` at a charmonium from the residue of :math:`\mathcal H` in :math:`q^2` (GeV²)."""
    xp = par.xp
    mass, pole, other = par[f"m_{CHARMONIA[one]}"], *(_poles(par)[k] for k in (one, 1 - one))
    edge, origin = xp.sqrt(_threshold(par) - mass * mass), xp.sqrt(_threshold(par) - T_ZERO)
    slope = -origin / (edge * (edge + origin) ** 2)
    slope = slope * (pole - other) / ((1.0 - pole * other) * (1.0 - pole * pole))
    factor = outer(par, heavy, light, mass * mass, kind) * slope
    name = f"{channel} {CHARMONIA[one]} residue {kind}"
    real, imaginary = (par[f"{name} {part}"] * factor for part in ("Re", "Im"))
    return cartesian(real, imaginary)[..., 0] if np.ndim(real) else cartesian(real, imaginary)


def _threshold(par: Mapping[str, Array]) -> Array:
    return 4.0 * par["m_D0"] ** 2


def _z(par: Mapping[str, Array], q2: Array) -> Array:
    return conformal(q2, _threshold(par), T_ZERO)


def _poles(par: Mapping[str, Array]) -> tuple[Array, Array]:
    first, second = (_z(par, par[f"m_{name}"] ** 2) for name in CHARMONIA)
    return first, second


def _nodes(par: Mapping[str, Array]) -> tuple[Array, ...]:
    """z of the six nodes."""
    return (*(_z(par, q2) for q2 in SPACELIKE), *_poles(par))
