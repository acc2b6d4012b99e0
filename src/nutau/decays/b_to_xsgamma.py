r"""Inclusive :math:`\bar B\to X_s\gamma`, photons above 1.6 GeV, CP averaged, from the measured :math:`B\to X_ce\nu`.

.. math::
    \mathcal B = \mathcal B(X_ce\nu)\,\frac{|\xi_t|^2}{|V_{cb}|^2}\frac{6\alpha_e}{\pi C}\big[P(E_0)+N(E_0)\big], \qquad
    P = \mathrm{Re}\sum_{ij}C_iK_{ij}C_j^*+P_u,

Eqs. (2.1) and (2.9) of :cite:`Misiak:2006ab`: C the parameter ``C_BXlnu``, :math:`\alpha_e` that of a real photon,
:math:`C_i` the effective coefficients at 2 GeV. K at next-to-next-to-leading order, :math:`P_u` (loops of up quarks)
and N (not perturbative) are those of :cite:`Misiak:2015xwa` for :math:`E_0=1.6` GeV. Operators of the other chirality
add incoherently with the same K (:math:`m_s` is neglected but for :math:`C_7'/C_7=m_s/m_b` of the Standard Model). New
physics in :math:`C_7` and :math:`C_8` runs from 4.8 to 2 GeV by QCD at leading order,

.. math:: C_8(2)=\eta^{\frac{14}{23}}C_8,\qquad
          C_7(2)=\eta^{\frac{16}{23}}C_7+\tfrac83\big(\eta^{\frac{14}{23}}-\eta^{\frac{16}{23}}\big)C_8,\qquad
          \eta=\frac{\alpha_s(4.8)}{\alpha_s(2)},

five flavours (:cite:`arXiv:hep-ph/9501281`). ``delta_BXsgamma`` is what perturbation theory, the interpolation in
:math:`m_c` and N leave open, a fraction of P at next-to-leading order.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.common.kinematics import Range
from nutau.common.yaml_files import folder, read_yaml
from nutau.decays.assembly import matrixwise
from nutau.eft import qcd
from nutau.eft.algebra import Quadratic
from nutau.eft.ckm import tree_ckm
from nutau.eft.qcd import at_scale_b
from nutau.eft.wet.basis import SB_DIPOLE, part
from nutau.eft.wet.standard_model import table
from nutau.eft.wilson import Basis
from nutau.errors import InputError
from nutau.inputs import Inputs


@dataclass(frozen=True)
class Process:
    """An inclusive decay to a photon; ``lifetime`` is the parameter that makes a width of its branching ratio."""

    name: str
    lifetime: str

    @property
    def basis(self) -> Basis:
        """C7, C7p, C8, C8p."""
        return part(SB_DIPOLE)


PROCESSES = (Process("B->Xsgamma", "tau_B0"),)


@dataclass(frozen=True, eq=False)
class Matrices:
    """The numbers of P(E0) and N(E0)."""

    scale: float  # GeV
    first: Array  # (8, 8), times alpha_s/4pi
    second: Array  # (8, 8), times its square
    up_real: float
    up_square: float
    nonperturbative: float
    at_nlo: float


@cache
def matrices() -> Matrices:
    """Those of the table."""
    data = read_yaml(folder("standard_model").joinpath("b_to_xsgamma.yaml"))
    first, second = (_symmetric(data[key]) for key in ("K1", "K2"))
    up = data["up_quark"]
    return Matrices(
        data["scale"], first, second, up["real"], up["square"], data["nonperturbative"], data["NLO"]
    )


def _symmetric(rows: list[list[float]]) -> Array:
    """A matrix from its lower triangle."""
    lower = np.array([[*row, *[0.0] * (len(rows) - len(row))] for row in rows])
    return lower + lower.T - np.diag(np.diag(lower))


def forms(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2_range: Range = None
) -> dict[str, Quadratic]:
    """``branching``: the branching ratio, a form of C7, C7p, C8 and C8p at 4.8 GeV, matrix ``(..., 5, 5)``.

    Raises :class:`InputError` if a bin is asked for: the photon is real.
    """
    if q2_range is not None:
        raise InputError(f"{process.name} has a real photon and no q² bins; {q2_range} was asked for.")
    at, ckm, numbers = (
        at_scale_b(par, pole_threshold=inputs.compat.mc_pole_threshold),
        tree_ckm(par),
        matrices(),
    )
    xp = namespace(at.alpha_s, ckm.cb)
    norm = par["BR(B->Xcenu)_exp"] * (xp.abs(ckm.lambda_t()) / xp.abs(ckm.cb)) ** 2
    norm = norm * 6.0 * par["alpha_e0"] / (math.pi * par["C_BXlnu"])
    strong = qcd.alpha_s(par["alpha_s"], numbers.scale, 5)
    small = strong / (4.0 * math.pi)
    constant = _up_quark(ckm.lambda_u() / ckm.lambda_t()) + numbers.nonperturbative
    constant = constant + numbers.at_nlo * par["delta_BXsgamma"]

    def lifted(matrix: Array) -> Array:
        return xp.reshape(xp.asarray(matrix), (1,) * np.ndim(small) + matrix.shape)

    first, second = lifted(numbers.first), lifted(numbers.second)
    kernel = lifted(np.diag(np.eye(8)[6])) + matrixwise(small) * first + matrixwise(small * small) * second
    form = matrixwise(constant) * lifted(np.diag(np.eye(5)[0]))
    for amplitudes in _amplitudes(at.m_s / at.m_b, at.alpha_s / strong):
        form = form + xp.matmul(xp.swapaxes(amplitudes, -1, -2), xp.matmul(kernel, amplitudes))
    return {"branching": Quadratic((matrixwise(norm) * form).astype(complex), process.basis)}


def _up_quark(ratio: Array) -> Array:
    xp, numbers = namespace(ratio), matrices()
    return numbers.up_real * xp.real(ratio) + numbers.up_square * xp.abs(ratio) ** 2


def _amplitudes(mass_ratio: Array, eta: Array) -> tuple[Array, Array]:
    """What multiplies (1, C7, C7p, C8, C8p) in C1..C6, C7eff, C8eff at 2 GeV and in the primed ones; real."""
    xp = namespace(mass_ratio, eta)
    sm = table(matrices().scale)
    zero, one = 0.0 * (mass_ratio + eta), 1.0 + 0.0 * (mass_ratio + eta)
    diagonal, eight = eta ** (16.0 / 23.0), eta ** (14.0 / 23.0)
    mixed = 8.0 / 3.0 * (eight - diagonal)
    of_7, of_8 = one * sm.c7eff, one * sm.c8eff
    primed_7 = mass_ratio * (sm.c7eff - sm.c7_mixing)
    primed_8 = mass_ratio * (sm.c8eff - sm.c8_mixing)
    empty = [zero] * 4
    rows = [[one * c, *empty] for c in sm.current]
    left = [*rows, [of_7, diagonal, zero, mixed, zero], [of_8, zero, zero, eight, zero]]
    right = [[zero] * 5] * 6 + [[primed_7, zero, diagonal, zero, mixed], [primed_8, zero, zero, zero, eight]]
    first, second = (
        xp.stack([xp.stack(xp.broadcast_arrays(*row), axis=-1) for row in matrix], axis=-2)
        for matrix in (left, right)
    )
    return first, second
