r"""Half of -2 log L where the parameters of single cells are at their best, with its derivatives in closed form.

Statistical errors of a simulation multiply the cells of one bin: with events :math:`A_p` and relative widths
:math:`\sigma_p` they spread the expectation :math:`\mu_b=\sum t_c` by :math:`v_b = \sum_{p\in b}\sigma_p^2A_p^2`. Their
minimum is that of :math:`\nu-n\log\nu + (\nu-\mu)^2/2v`,

.. math:: \nu = \tfrac12\Big[\mu - v + \sqrt{(\mu-v)^2 + 4nv}\Big],

so that they need no search. With :math:`r = 1-n/\nu`, :math:`W = n/(\nu^2+nv)` and
:math:`q_c = r - r^2\sigma_p^2A_p` the first derivatives are :math:`\sum_c q_c\,\partial t_c` and the second

.. math:: \sum_b W\,j_bj_b^T - \sum_p r^2\sigma_p^2\,\partial A_p\,\partial A_p^T + \sum_c q_c\,\partial\partial t_c,
          \qquad j_b = \sum_{c\in b}(1-2r\sigma_p^2A_p)\,\partial t_c .
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.measurements.reinterpretation.constraints import Constraints
from nutau.measurements.reinterpretation.template import Cells, Template


class Local(NamedTuple):
    """Parameters of single bins: ``groups`` ``(P, C)`` has a 1 for each cell of one, ``sigma`` ``(P,)`` its width.

    ``owner`` ``(B, P)`` has a 1 for the bin of each.
    """

    groups: Array
    sigma: Array
    owner: Array


def collapse(template: Template, constraints: Constraints) -> tuple[Template, Constraints, Local]:
    """The model without the parameters of single cells or bins that can be found in closed form, and these."""
    kept: list[int] = []
    groups: list[Array] = []
    sigmas: list[float] = []
    elsewhere = {*template.additive.tolist(), *template.scaling.tolist()}
    taken = np.zeros(len(template.cells), dtype=bool)
    gone = set()
    for row, place in enumerate(template.factors.tolist()):
        cells = np.asarray(template.touched[row])
        usual = constraints.auxiliary[place] == 1.0 and constraints.start[place] == 1.0
        alone = len(set(np.asarray(template.bin_of)[cells])) == 1 and not np.any(taken & cells)
        if constraints.fixed[place] and constraints.start[place] == 1.0 and place not in elsewhere:
            gone.add(place)
        elif constraints.sigma[place] > 0 and usual and alone and place not in elsewhere:
            taken |= cells
            groups.append(cells.astype(float))
            sigmas.append(float(constraints.sigma[place]))
            gone.add(place)
        else:
            kept.append(row)
    left = [place for place in range(len(constraints.names)) if place not in gone]
    new = {place: number for number, place in enumerate(left)}
    smaller = replace(
        template,
        additive=np.array([new[place] for place in template.additive.tolist()], dtype=int),
        scaling=np.array([new[place] for place in template.scaling.tolist()], dtype=int),
        factors=np.array([new[place] for place in template.factors[kept].tolist()], dtype=int),
        touched=template.touched[kept],
        parameters=len(left),
    )
    grouped = np.array(groups).reshape(len(groups), len(template.cells))
    owner = (template.lift @ grouped.T > 0).astype(float)
    return smaller, constraints.take(left), Local(grouped, np.array(sigmas), owner)


class State(NamedTuple):
    """What all derivatives are made of, at one point."""

    height: Array
    expected: Array
    cells: Cells
    residual: Array
    weight: Array
    first: Array
    tilt: Array
    spread: Array


def state(template: Template, local: Local, observed: Array, theta: Array, weights: Array) -> State:
    """Half of -2 log L ``height`` without the constraints of ``theta`` ``(n,)``, and the parts of its derivatives.

    Infinite where a bin with events expects none.
    """
    xp = namespace(theta, weights)
    cells = template.at(theta, weights)
    lift, seen = xp.asarray(template.lift), xp.asarray(observed)
    groups, square = xp.asarray(local.groups), xp.asarray(local.sigma**2)
    mean, grouped = lift @ cells.events, groups @ cells.events
    owner = xp.asarray(local.owner)
    variance = owner @ (square * grouped * grouped)
    expected = _root(xp, mean - variance, seen * variance)
    positive = xp.where(expected > 0, expected, 1.0)
    logs = xp.where(seen > 0, seen * xp.log(xp.where(seen > 0, seen, 1.0) / positive), 0.0)
    known = variance > 0
    cost = xp.where(known, (expected - mean) ** 2 / xp.where(known, 2.0 * variance, 1.0), 0.0)
    fine = (expected > 0) | ((expected == 0) & (seen == 0))
    height = xp.sum(xp.where(fine, expected - seen + logs + cost, xp.inf))
    residual = 1.0 - seen / positive
    weight = seen / (positive * positive + seen * variance)
    of_bin = residual @ lift
    price = (square * grouped) @ groups
    first = of_bin - of_bin * of_bin * price
    spread = (residual * residual) @ owner * square
    return State(height, expected, cells, residual, weight, first, 1.0 - 2.0 * of_bin * price, spread)


def _root(xp: Array, lean: Array, product: Array) -> Array:
    """The larger root of ν² - lean ν - product = 0, without cancellation."""
    size = xp.sqrt(lean * lean + 4.0 * product)
    other = xp.where(size - lean > 0, size - lean, 1.0)
    return xp.where(lean > 0, 0.5 * (lean + size), 2.0 * product / other)


def gradient(template: Template, found: State) -> Array:
    """By the parameters ``(n,)``."""
    return namespace(found.first).asarray(template.picked).T @ (found.cells.slopes @ found.first)


def hessian(template: Template, local: Local, found: State) -> tuple[Array, Array]:
    """By the parameters, ``(n, n)``: the part of least squares, positive semi-definite, and the rest."""
    cells = found.cells
    xp = namespace(cells.events)
    picked = xp.asarray(template.picked)
    slopes = picked.T @ cells.slopes  # (n, C)
    lean = (slopes * found.tilt[None, :]) @ xp.asarray(template.lift).T
    squares = (lean * found.weight[None, :]) @ lean.T
    grouped = slopes @ xp.asarray(local.groups).T
    shares = (cells.slopes * found.first[None, :]) @ cells.logs.T
    crossed = xp.where(xp.asarray(template.transposed), shares.T, shares)
    own = xp.diagonal(crossed)
    crossed = crossed - xp.diag(own) + xp.diag(cells.bends @ found.first)
    rest = picked.T @ crossed @ picked - (grouped * found.spread[None, :]) @ grouped.T
    return squares, rest


def by_weights(template: Template, local: Local, found: State, response: Array) -> tuple[Array, Array, Array]:
    """By predictions, ``weights = response @ x``: gradient ``(obs,)``, least squares and the rest ``(obs, obs)``."""
    xp = namespace(found.cells.events)
    moved = found.cells.by_weight[:, None] * response
    lean = xp.asarray(template.lift) @ (found.tilt[:, None] * moved)
    grouped = xp.asarray(local.groups) @ moved
    squares = lean.T @ (found.weight[:, None] * lean)
    return found.first @ moved, squares, -grouped.T @ (found.spread[:, None] * grouped)


def mixed(template: Template, local: Local, found: State, response: Array) -> tuple[Array, Array]:
    """By parameters and predictions, ``(n, obs)``: the part of least squares, and the rest."""
    cells = found.cells
    xp = namespace(cells.events)
    picked = xp.asarray(template.picked)
    slopes = picked.T @ cells.slopes
    lift, groups = xp.asarray(template.lift), xp.asarray(local.groups)
    moved = cells.by_weight[:, None] * response
    lean, other = (slopes * found.tilt[None, :]) @ lift.T, lift @ (found.tilt[:, None] * moved)
    squares = lean @ (found.weight[:, None] * other)
    rest = picked.T @ ((cells.mixed * found.first[None, :]) @ response)
    return squares, rest - (slopes @ groups.T) @ (found.spread[:, None] * (groups @ moved))
