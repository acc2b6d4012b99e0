r"""The Standard Model's coefficients at 4.8 GeV, in the normalisations of :mod:`nutau.eft.wet.basis`.

b → s: the table in ``data/standard_model/b_to_s.yaml`` (:cite:`Huber:2005ig`), :math:`C_{10}` scaled with the
top mass (:cite:`Bobeth:2013uxa`). b → s ν ν: the loop function :math:`X_t`, an input.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from nutau.common.arrays import Array
from nutau.common.yaml_files import folder, read_yaml
from nutau.eft.qcd import AtScaleB


@dataclass(frozen=True)
class Table:
    """Coefficients of b → s at a scale for the reference top mass, and how C10 goes with it."""

    current: tuple[float, ...]  # C1..C6
    c7eff: float
    c8eff: float
    c9: float
    c10: float
    c7_mixing: float  # y.(C1..C6), the part of C7eff that is not C7
    c8_mixing: float  # the same of C8
    m_top: float  # GeV, pole
    top_power: float


@lru_cache(maxsize=16)
def table(scale: float) -> Table:
    """The table at ``scale`` (GeV, 2 to 5.5), linear between its own scales."""
    data = read_yaml(folder("standard_model").joinpath("b_to_s.yaml"))
    at = {
        name: float(np.interp(scale, data["scales"], values)) for name, values in data["coefficients"].items()
    }
    current = tuple(at[f"C{k}"] for k in range(1, 7))
    return Table(
        current=current,
        c7eff=at["C7eff"],
        c8eff=at["C8eff"],
        c9=at["C9"],
        c10=at["C10"],
        c7_mixing=sum(y * c for y, c in zip(data["C7_mixing"], current, strict=True)),
        c8_mixing=sum(z * c for z, c in zip(data["C8_mixing"], current, strict=True)),
        m_top=data["C10_top"]["m_ref"],
        top_power=data["C10_top"]["power"],
    )


@dataclass(frozen=True)
class BToS:
    """SM coefficients of b → s ℓ ℓ without loops of four-quark operators; C9p and C10p vanish."""

    current: tuple[float, ...]  # C1..C6
    c7eff: float
    c7p: Array
    c8eff: float
    c9: float
    c10: Array


def b_to_s(par: Mapping[str, Array], at: AtScaleB) -> BToS:
    r"""The coefficients for a draw of ``m_t``, :math:`m_b` and :math:`m_s`.

    :math:`C_{10}\propto m_t^{1.53}`, Eq. (4) of :cite:`Bobeth:2013uxa`; :math:`C_7'=C_7\,m_s/m_b` with both
    masses at the scale and the non-effective :math:`C_7=C_7^{eff}-y\cdot C_{3..6}`.
    """
    sm = table(at.scale)
    return BToS(
        current=sm.current,
        c7eff=sm.c7eff,
        c7p=(sm.c7eff - sm.c7_mixing) * at.m_s / at.m_b,
        c8eff=sm.c8eff,
        c9=sm.c9,
        c10=sm.c10 * (par["m_t"] / sm.m_top) ** sm.top_power,
    )


def b_to_s_nunu(par: Mapping[str, Array], at: AtScaleB) -> Array:
    r""":math:`C_L=-\frac{X_t}{s_W^2}\frac{\alpha_e(M_Z)}{\alpha_e(\mu)}`; :math:`\alpha_eC_L` does not run."""
    return -par["Xt_di->djnunu"] / par["s2w"] * par["alpha_e"] / at.alpha_e
