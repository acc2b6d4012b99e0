r"""Form factors as a power series in the conformal variable z, with a pole.

* ``bsz``: :math:`F(q^2)=\frac{1}{1-q^2/m_R^2}\sum_k a_k\,[z(q^2)-z(0)]^k`, Eqs. (14)-(15) of
  :cite:`Bharucha:2015bzk`;
* ``sse``: :math:`F(q^2)=\frac{1}{1-q^2/m_R^2}\sum_k a_k\,z(q^2)^k` with :math:`t_0=t_-`, Eqs. (33)-(34) of
  :cite:`Detmold:2016pkz`;
* ``dlm``: the same with :math:`t_+=m_R^2`, Eqs. (3.3)-(3.5) of :cite:`Datta:2017aue`, first in
  :cite:`Detmold:2015aqa`.
* ``bgl``: :math:`F(q^2)=\frac{c_F}{P(q^2)\phi(q^2)}\sum_k a_k\,z(q^2)^k` with :math:`t_0=t_-`, where
  :math:`\sum a_k^2\leq1`; see :mod:`nutau.inputs.form_factors.bgl`.

They are linear in the coefficients, so every rate is a quadratic form of them too (:func:`basis`).
"""

from __future__ import annotations

from collections.abc import Mapping

from nutau.common.arrays import Array, namespace
from nutau.errors import InputError
from nutau.inputs.form_factors import ENDPOINT_PARTNER, FormFactors, bgl
from nutau.inputs.form_factors.conformal import conformal


def variables(record: FormFactors, par: Mapping[str, Array], q2: Array) -> dict[str, Array]:
    r"""The variable of the series by form factor: :math:`z(q^2)-z(0)` (``bsz``) or :math:`z(q^2)` (others).

    ``bsz`` has :math:`t_0=t_+(1-\sqrt{1-t_-/t_+})`, the others :math:`t_0=t_-`.
    """
    heavy, light = (par[name] for name in record.masses)
    first, second = (par[name] for name in record.threshold)
    t_minus, t_plus = (heavy - light) ** 2, (first + second) ** 2
    if record.parametrisation == "dlm":
        at = {
            mass: conformal(q2, mass * mass, t_minus)
            for mass in {record.poles[name][0] for name in record.coefficients}
        }
        return {name: at[record.poles[name][0]] for name in record.coefficients}
    if record.parametrisation != "bsz":
        return dict.fromkeys(record.coefficients, conformal(q2, t_plus, t_minus))
    xp = namespace(heavy, light)
    t_zero = t_plus * (1.0 - xp.sqrt(1.0 - t_minus / t_plus))
    x = conformal(q2, t_plus, t_zero) - conformal(0.0, t_plus, t_zero)
    return dict.fromkeys(record.coefficients, x)


def _terms(record: FormFactors, par: Mapping[str, Array], name: str) -> list[tuple[str, Array]]:
    """``(parameter, factor)`` per power of a form factor; the first is the partner's where it is constrained.

    The factor is 1, but :math:`(M^2-m^2)/(8Mm)` in :math:`A_{12}(0)=A_0(0)(M^2-m^2)/(8Mm)`.
    """
    free: list[tuple[str, Array]] = [(parameter, 1.0) for parameter in record.coefficients[name]]
    partner = ENDPOINT_PARTNER.get(name)
    if partner is None or record.parametrisation == "bgl":  # whose relations lie in the covariance
        return free
    if partner not in record.coefficients:
        raise InputError(
            f"Form factors {record.name}: {name} starts with the lowest coefficient of {partner}: add it."
        )
    heavy, light = (par[mass] for mass in record.masses)
    factor = (heavy * heavy - light * light) / (8.0 * heavy * light) if name == "A12" else 1.0
    return [(record.coefficients[partner][0], factor), *free]


def _fronts(record: FormFactors, par: Mapping[str, Array], q2: Array) -> dict[str, Array]:
    """What stands before each series: 1/(1 - q²/m_R²), or 1 without a resonance; c_F/(P phi) of ``bgl``."""
    if record.parametrisation == "bgl":
        return bgl.fronts(record, par, q2)
    masses = {name: record.poles.get(name) for name in record.coefficients}
    return {
        name: 1.0 if mass is None else 1.0 / (1.0 - q2 / (mass[0] * mass[0])) for name, mass in masses.items()
    }


def evaluate(record: FormFactors, par: Mapping[str, Array], q2: Array) -> dict[str, Array]:
    """All form factors of ``record`` at ``q2`` ``(..., nodes)``, by name.

    ``par`` holds numbers, or for draws arrays ``(draws, 1)`` (:class:`nutau.common.kinematics.ParametersAtNodes`).
    """
    values, fronts = {}, _fronts(record, par, q2)
    for name, x in variables(record, par, q2).items():
        total: Array = 0.0 * x
        for parameter, factor in reversed(_terms(record, par, name)):
            total = total * x + par[parameter] * factor
        values[name] = fronts[name] * total
    return values


def basis(record: FormFactors, par: Mapping[str, Array], q2: Array) -> dict[str, Array]:
    """What multiplies every free coefficient: :func:`evaluate` is ``basis[name] @ coefficients``.

    ``(..., nodes, n)`` per form factor, in the order of ``record.names``. Only masses are read from ``par``.
    """
    columns = {name: position for position, name in enumerate(record.names)}
    functions, fronts = {}, _fronts(record, par, q2)
    for name, x in variables(record, par, q2).items():
        xp = namespace(x)
        zero = xp.zeros_like(x)
        row = [zero] * len(columns)
        power = fronts[name] + zero
        for parameter, factor in _terms(record, par, name):
            row[columns[parameter]] = power * factor
            power = power * x
        functions[name] = xp.stack(row, axis=-1)
    return functions
