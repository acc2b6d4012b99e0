r"""Form factors in the expansion of Boyd, Grinstein and Lebed, :cite:`Boyd:1997kz`, with dispersive bounds.

.. math::
    F(q^2)=\frac{c_F}{P(q^2)\,\phi(q^2)}\sum_k a_k\,z(q^2)^k,\qquad\sum_k a_k^2\leq1,\qquad t_0=t_-,

where the sum of squares runs over all form factors of one current :math:`J^P`. The Blaschke factor

.. math:: P(q^2)=\prod_R\frac{z(q^2)-z(m_R^2)}{1-z(q^2)\,z(m_R^2)}

takes out the bound states below :math:`t_+`, and the outer function is Eq. (4.14) of :cite:`Boyd:1997kz` at
:math:`Q^2=0`,

.. math::
    \phi=\sqrt{\frac{n_I}{K\pi\chi}}\,\Big(\frac{s}{s_0}\Big)^{\!1/2}(s+s_0)\;s^{a/2}\,(s+\sqrt{t_+-t_-})^{b/2}
    \,(s+\sqrt{t_+})^{-c-3},\qquad s=\sqrt{t_+-q^2},\ s_0=\sqrt{t_+-t_0}.

:math:`\chi` is the derivative of the current's correlator at :math:`q^2=0`, in GeV^-2 for spin 1, and :math:`n_I` the
number of isospin and SU(3) partners that share the bound. :math:`c_F` turns BGL's form factors into the traditional
ones: :math:`g=2V/(M+m)`, :math:`f=(M+m)A_1`, :math:`F_1=8MmA_{12}`, :math:`F_2=2A_0`. Relations at :math:`q^2=0` and
:math:`t_-` are not built into the coefficients: they hold in the covariance of those who fitted them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nutau.common.arrays import Array, namespace
from nutau.inputs.form_factors import FormFactors
from nutau.inputs.form_factors.conformal import conformal


@dataclass(frozen=True)
class Outer:
    """The outer function of a form factor: K, a = b (``power``), c of Eq. (4.14), and the c_F of its definition.

    ``current`` names χ among the constants of a determination and its bound; ``scale`` is K as a function of the masses
    (M, m), ``factor`` c_F.
    """

    current: str
    scale: Callable[[Array, Array], Array]
    power: int
    c: int
    factor: Callable[[Array, Array], Array]


def _constant(value: float) -> Callable[[Array, Array], Array]:
    return lambda heavy, light: value


OUTER = {
    "f+": Outer("1-", _constant(48.0), 3, 2, _constant(1.0)),
    "f0": Outer("0+", lambda M, m: 16.0 / (M * M - m * m) ** 2, 1, 1, _constant(1.0)),
    "fT": Outer("1-T", lambda M, m: 48.0 * (M + m) ** 2, 3, 1, _constant(1.0)),
    "V": Outer("1-", _constant(96.0), 3, 1, lambda M, m: (M + m) / 2.0),
    "A0": Outer("0-", _constant(64.0), 3, 1, _constant(0.5)),
    "A1": Outer("1+", _constant(24.0), 1, 1, lambda M, m: 1.0 / (M + m)),
    "A12": Outer("1+", _constant(48.0), 1, 2, lambda M, m: 1.0 / (8.0 * M * m)),
    "T1": Outer("1-T", _constant(24.0), 3, 2, _constant(1.0)),
    "T2": Outer("1+T", lambda M, m: 24.0 / (M * M - m * m) ** 2, 1, 2, _constant(1.0)),
    "T23": Outer("1+T", lambda M, m: 3.0 * (M + m) ** 2 / (M * m) ** 2, 1, 1, _constant(1.0)),
}
"""By form factor; V, A0, A1, A12 are Eqs. (4.14) and Table 1, the tensors from their dispersion relations."""
CURRENTS = {"B->D": ("1-", "0+", "1-T"), "B->D*": ("1-", "0-", "1+", "1-T", "1+T")}
"""The currents of a channel, whose χ a determination must give as the constant ``chi 1-`` and so on."""


def fronts(record: FormFactors, par: Mapping[str, Array], q2: Array) -> dict[str, Array]:
    r""":math:`c_F/(P\phi)` of every form factor at ``q2``.

    As a = b throughout, :math:`\phi\propto s\,(s+s_0)^{3/2}\,[s(s+s_0)]^{(a-1)/2}(s+\sqrt{t_+})^{-c-3}`, whose parts
    all form factors share.
    """
    xp = namespace(q2, *(par[mass] for mass in record.masses))
    heavy, light = (par[mass] for mass in record.masses)
    first, second = (par[mass] for mass in record.threshold)
    t_minus, t_plus = (heavy - light) ** 2, (first + second) ** 2
    s, s_zero = xp.sqrt(t_plus - q2), xp.sqrt(t_plus - t_minus)
    both = s + s_zero
    product, far = s * both, s + xp.sqrt(t_plus)
    shape = {1: product * xp.sqrt(both)}
    shape[3] = shape[1] * product
    fall = {1: far * far * far * far}
    fall[2] = fall[1] * far
    here = conformal(q2, t_plus, t_minus)
    states = {masses: _blaschke(here, t_plus, t_minus, masses) for masses in set(record.poles.values())}
    found = {}
    for name in record.coefficients:
        outer = OUTER[name]
        bound = record.constants["n_I"] / record.constants[f"chi {outer.current}"]
        norm = xp.sqrt(bound / (xp.pi * outer.scale(heavy, light) * s_zero))
        factor = outer.factor(heavy, light) / norm
        found[name] = factor * fall[outer.c] / (shape[outer.power] * states[record.poles[name]])
    return found


def _blaschke(here: Array, t_plus: Array, t_minus: Array, masses: tuple[float, ...]) -> Array:
    """P at z = ``here``."""
    found: Array = 1.0
    for mass in masses:
        there = conformal(mass * mass, t_plus, t_minus)
        found = found * ((here - there) / (1.0 - here * there))
    return found
