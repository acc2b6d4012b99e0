r"""Running of WET coefficients given between 4.2 and 175 GeV to 4.8 GeV, the scale of the decays.

Leading order in QCD and QED with five flavours, also above :math:`m_Z` (the top quark is out of the theory at every
scale), :math:`C(4.8) = U(\mu_0)\,C(\mu_0)`: the anomalous dimensions and the solution
are those of wilson :cite:`Aebischer:2018bkb`, tabulated by ``tools/make_wet_running.py`` as Chebyshev
polynomials in :math:`\ln\mu_0`. The evolution is linear, so it is an :class:`Affine` without offset.

wilson has no b -> s with two neutrinos. Their quark densities run with QCD alone (QED is 1e-3), at the same order,

.. math:: C_S(4.8)=C_S(\mu_0)\Big(\frac{\alpha_s(4.8)}{\alpha_s(\mu_0)}\Big)^{12/23},\qquad
          C_T(4.8)=C_T(\mu_0)\Big(\frac{\alpha_s(4.8)}{\alpha_s(\mu_0)}\Big)^{-4/23}.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from nutau.common.arrays import Array, lock
from nutau.common.given import real_number
from nutau.common.yaml_files import folder
from nutau.eft import qcd
from nutau.eft.algebra import Affine
from nutau.eft.wet.basis import MU_B, SB_NUNU_SCALAR, SB_NUNU_TENSOR, WET
from nutau.eft.wilson import Basis, Wilson
from nutau.errors import InputError

TABLE = "wet_wilson_2.5.2.npz"

MASS_POWER, TENSOR_POWER = 12.0 / 23.0, -4.0 / 23.0
r"""Powers of :math:`\alpha_s`, :math:`\gamma/2\beta_0` of five flavours, of scalar and of tensor coefficients."""


@dataclass(frozen=True)
class Table:
    r"""Non-zero entries of :math:`(U(\mu_0)-1)/\ln(\mu_0/4.8)` as Chebyshev series on the range of scales."""

    scales: tuple[float, float]  # GeV
    rows: Array  # (entries,) positions in WET
    columns: Array  # (entries,)
    coefficients: Array  # (order, entries)
    alpha_s: float  # at m_Z

    def __post_init__(self) -> None:
        """The table is shared: its arrays are read-only."""
        lock(self, "rows", "columns", "coefficients")


@cache
def table() -> Table:
    """The table shipped with nutau."""
    with folder("running").joinpath(TABLE).open("rb") as file, np.load(file) as data:
        names = data["names"].tolist()
        position = np.array([WET.index(name) for name in names])
        low, high = data["scales"].tolist()
        alpha_s = json.loads(str(data["about"]))["parameters"]["alpha_s"]
        rows, columns = position[data["rows"]], position[data["columns"]]
        return Table((low, high), rows, columns, data["coefficients"], float(alpha_s))


def evolution(scale: float) -> Array:
    r""":math:`U(\mu_0)` on (C_1 ... C_n), shape ``(n, n)``, real; the identity at 4.8 GeV.

    ``scale`` in GeV; :class:`InputError` outside the range of the table.
    """
    stored = table()
    scale = real_number("The scale", scale, "a number of GeV is needed")
    low, high = stored.scales
    if not low <= scale <= high:
        raise InputError(
            f"The scale {scale:.10g} GeV is outside the WET running of nutau, {low:g} to {high:g} GeV. "
            f"Above it, give SMEFT coefficients; below it, run them to {low:g} GeV first."
        )
    x = (2.0 * math.log(scale) - math.log(low * high)) / math.log(high / low)
    slopes = np.polynomial.chebyshev.chebval(x, stored.coefficients)
    matrix = np.eye(len(WET))
    matrix[stored.rows, stored.columns] += math.log(scale / MU_B) * slopes
    for names, factor in zip(
        (SB_NUNU_SCALAR, SB_NUNU_TENSOR), density_factors(scale, stored.alpha_s), strict=True
    ):
        rows = [WET.index(name) for name in names]
        matrix[rows, rows] = factor
    return matrix


def density_factors(scale: Array, alpha_s: Array) -> tuple[Array, Array]:
    """What a scalar and a tensor coefficient at ``scale`` (GeV) grow by down to 4.8 GeV, with QCD at leading order.

    ``alpha_s`` is the coupling at 91.1876 GeV. Five flavours at every scale: from 2 TeV the sixth would change 1 %.
    """
    ratio = qcd.alpha_s(alpha_s, MU_B, 5) / qcd.alpha_s(alpha_s, scale, 5)
    return ratio**MASS_POWER, ratio**TENSOR_POWER


def running(scale: float, target: Basis = WET) -> Affine:
    """The map from :data:`WET` at ``scale`` (GeV) to ``target``, a part of it, at 4.8 GeV.

    A form of coefficients at 4.8 GeV becomes one at ``scale`` by ``form.after(running(scale, form.basis))``.
    Raises :class:`InputError` for a scale outside the range of the table.
    """
    rows = [WET.index(name) for name in target.coefficients]
    return Affine.from_parts(WET, target, linear=evolution(scale)[rows])


def to_mu_b(wilson: Wilson) -> Wilson:
    """The point on :data:`WET` at 4.8 GeV; ``wilson`` may be on any part of it."""
    full = wilson.on(WET)
    return full if full.scale == MU_B else running(full.scale)(full, scale=MU_B)
