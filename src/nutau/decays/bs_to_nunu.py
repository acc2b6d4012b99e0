r""":math:`B_s` → nothing that is seen: two neutrinos, which only scalar operators make.

Vectors of massless neutrinos need a flip of helicity, and tensors have no matrix element, so that the Standard Model
has none. Two neutrinos (:mod:`nutau.decays.b_to_snunu`) have

.. math::
    \Gamma=\frac{|N|^2M^3f_{B_s}^2}{16\pi}\frac{M^2}{(m_b+m_s)^2}\sum_{i\le j}s_{ij}|C_{SL}^{ij}-C_{SR}^{ij}|^2,

the massless limit of :mod:`nutau.decays.invisible.fermions`; :math:`s_{ii}=2`, :math:`s_{ij}=1`. The rate is prompt.
Masses and operators of other invisible states: :mod:`nutau.decays.invisible`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from nutau.common.arrays import Array
from nutau.common.kinematics import Range
from nutau.decays import b_to_snunu as shared
from nutau.eft.algebra import Affine, Quadratic
from nutau.eft.wet.basis import SB_NUNU_SCALAR, part
from nutau.eft.wilson import Basis
from nutau.errors import InputError
from nutau.inputs import Inputs

BASIS = part(SB_NUNU_SCALAR)


@dataclass(frozen=True)
class Process:
    """A decay to nothing that is seen; mass, decay constant and lifetime by parameter name."""

    name: str
    parent: str
    constant: str
    lifetime: str

    @property
    def basis(self) -> Basis:
        """The scalar operators of two neutrinos."""
        return BASIS


PROCESSES = (Process("Bs->invisible", "m_Bs", "f_Bs", "tau_Bs"),)


def forms(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2_range: Range = None
) -> dict[str, Quadratic]:
    """``rate``: in GeV, matrix ``(..., 13, 13)``; zero in the Standard Model.

    Raises :class:`InputError` if a bin is asked for: q² is that of the meson.
    """
    if q2_range is not None:
        raise InputError(f"{process.name} has no spectrum; the bin {q2_range} of q² was asked for.")
    heavy, (m_b, m_s) = par[process.parent], shared.quark_masses(par)
    norm, _ = shared.normalisation(par)
    density = heavy**2 * par[process.constant] / (m_b + m_s)
    pseudoscalar = norm * heavy * density**2 / (16.0 * math.pi)
    whole = shared.form(0.0 * pseudoscalar, None, None, shared.Beyond(pseudoscalar=pseudoscalar))
    return {"rate": whole.after(Affine.identity(shared.BASIS).narrowed(BASIS.coefficients))}
