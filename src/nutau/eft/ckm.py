r"""The CKM matrix from tree-level inputs, with the combinations that b → s and b → c transitions need.

Inputs :math:`|V_{us}|,|V_{ub}|,|V_{cb}|,\gamma`, exact to all orders, standard phase convention of the PDG.
CP conjugation is complex conjugation of the matrix.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nutau.common.arrays import Array, namespace


@dataclass(frozen=True)
class CKM:
    """The nine elements, complex, each of the shape of the inputs."""

    ud: Array
    us: Array
    ub: Array
    cd: Array
    cs: Array
    cb: Array
    td: Array
    ts: Array
    tb: Array

    def lambda_t(self, light: str = "s") -> Array:
        r""":math:`\xi_t=V_{tb}V_{tq}^*`, signed (its real part is negative for q = s)."""
        return self.tb * namespace(self.ts).conj(self.ts if light == "s" else self.td)

    def lambda_u(self) -> Array:
        r""":math:`\xi_u=V_{ub}V_{us}^*`."""
        return self.ub * namespace(self.us).conj(self.us)


def tree_ckm(par: Mapping[str, Array], *, conjugate: bool = False, even_phase: bool = False) -> CKM:
    r"""The CKM matrix from ``Vus``, ``Vub``, ``Vcb``, ``gamma`` (radians).

    :math:`s_{13}=|V_{ub}|`, :math:`s_{12}=|V_{us}|/c_{13}`, :math:`s_{23}=|V_{cb}|/c_{13}` and
    :math:`\delta=\gamma+\arcsin(k\sin\gamma)`, :math:`k=s_{13}t_{23}/t_{12}`, which solves
    :math:`\gamma=\arg(-V_{ud}V_{ub}^*/V_{cd}V_{cb}^*)` exactly.

    ``conjugate`` gives the matrix of the CP-conjugate process. ``even_phase`` then takes
    :math:`-(\gamma-\arcsin(k\sin\gamma))` for its phase, as ckmutil, whose correction is not odd in gamma.
    """
    xp = namespace(*(par[name] for name in ("Vus", "Vub", "Vcb", "gamma")))
    s13 = xp.asarray(par["Vub"])
    c13 = xp.sqrt(1.0 - s13**2)
    s12, s23 = par["Vus"] / c13, par["Vcb"] / c13
    c12, c23 = xp.sqrt(1.0 - s12**2), xp.sqrt(1.0 - s23**2)
    gamma = xp.asarray(par["gamma"])
    shift = xp.arcsin(s13 * (s23 / c23) / (s12 / c12) * xp.sin(gamma))
    sign = -1.0 if conjugate else 1.0
    delta = sign * gamma + (shift if conjugate and even_phase else sign * shift)
    # explicitly complex from here on: JAX in strict mode mixes no real and complex arrays
    phase = xp.exp(1j * delta.astype(complex))
    s12, c12, s13, c13, s23, c23 = (part.astype(complex) for part in (s12, c12, s13, c13, s23, c23))
    return CKM(
        ud=c12 * c13,
        us=s12 * c13,
        ub=s13 * xp.conj(phase),
        cd=-s12 * c23 - c12 * s23 * s13 * phase,
        cs=c12 * c23 - s12 * s23 * s13 * phase,
        cb=s23 * c13,
        td=s12 * s23 - c12 * c23 * s13 * phase,
        ts=-c12 * s23 - s12 * c23 * s13 * phase,
        tb=c23 * c13,
    )


def matrix(ckm: CKM) -> Array:
    """The matrix :math:`V_{ij}`, up quarks by down quarks, shape ``(..., 3, 3)``."""
    elements = (ckm.ud, ckm.us, ckm.ub, ckm.cd, ckm.cs, ckm.cb, ckm.td, ckm.ts, ckm.tb)
    xp = namespace(*elements)
    flat = xp.stack(xp.broadcast_arrays(*elements), axis=-1)
    return flat.reshape(*flat.shape[:-1], 3, 3)
