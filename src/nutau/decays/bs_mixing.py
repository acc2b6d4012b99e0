r"""Time-integrated rates of :math:`B_s` decays to final states that both :math:`B_s` and :math:`\bar B_s` reach.

Experiments count decays at all times, without knowing the flavour at t = 0:

.. math:: \langle\Gamma\rangle = \frac{1}{1-y^2}\Big[\tfrac12(\Gamma+\bar\Gamma)-y\,\mathrm{Re}\sum_h\eta_h
    \bar A_h^*\tilde A_h\Big],\qquad y=\frac{\Delta\Gamma}{2\Gamma},

Eqs. (42) and (48) of :cite:`Descotes-Genon:2015hea`, with the amplitude :math:`\tilde A` of the conjugate
decay and the CP parity :math:`\eta_h` of an amplitude, -1 for the perpendicular and the scalar one. Mixing
is that of the SM, whose phase cancels that of :math:`\xi_t`. :math:`\tilde A` depends on :math:`C^*`, so
these are forms of :math:`(1, C, C^*)`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nutau.common.arrays import Array
from nutau.decays.assembly import Amplitude, Term


def time_integrated(prompt: Sequence[Term], crossed: Sequence[Term], y: Array) -> list[Term]:
    """The terms of the time-integrated rate, on (1, C, C*).

    ``prompt`` is the average of a decay and its conjugate. ``crossed`` holds the products of the
    amplitude of the decay with that of the conjugate, the latter complex conjugated (then it is linear in
    C).
    """
    factor = 1.0 / (1.0 - y * y)
    return [
        *(
            Term(
                factor * term.weight,
                _widened(term.left),
                None if term.right is None else _widened(term.right),
            )
            for term in prompt
        ),
        *(Term(y * factor * term.weight, term.left, term.right) for term in interference(crossed)),
    ]


def first_moment(prompt: Sequence[Term], crossed: Sequence[Term], y: Array) -> list[Term]:
    r"""The terms of :math:`\int t\,\Gamma(t)\,dt/\tau^2=\frac{(1+y^2)\Gamma+2yX}{(1-y^2)^2}` on (1, C, C*).

    Over :func:`time_integrated` it is the effective lifetime in units of :math:`\tau`; X is the
    :func:`interference` of ``crossed``.
    """
    factor = 1.0 / (1.0 - y * y) ** 2
    return [
        *(Term((1.0 + y * y) * factor * term.weight, _widened(term.left)) for term in prompt),
        *(Term(2.0 * y * factor * term.weight, term.left, term.right) for term in interference(crossed)),
    ]


def interference(crossed: Sequence[Term], phase: complex = 1.0) -> list[Term]:
    r"""The terms of :math:`-\mathrm{Re}\,\varphi^*\sum_h\eta_h\bar A_h^*\tilde A_h` on (1, C, C*), φ = ``phase``.

    ``crossed`` as in :func:`time_integrated`. With φ = 1, over the average of the rates, it is
    :math:`A_{\Delta\Gamma}`; with φ = -i it is the S of tagged decays.
    """
    return [
        Term(-term.weight, _widened(term.left, phase), _conjugated(term.right or term.left))
        for term in crossed
    ]


def _widened(amplitude: Amplitude, phase: complex = 1.0) -> Amplitude:
    """An amplitude on (1, C) as one on (1, C, C*), times a number."""
    zeros = np.zeros((len(amplitude.spread), amplitude.spread.shape[1] - 1))
    return Amplitude(amplitude.values, np.concatenate([phase * amplitude.spread, zeros], axis=1))


def _conjugated(amplitude: Amplitude) -> Amplitude:
    """The complex conjugate of an amplitude, which is linear in C*."""
    spread = np.conj(amplitude.spread)
    zeros = np.zeros((len(spread), spread.shape[1] - 1))
    return Amplitude(amplitude.values, np.concatenate([spread[:, :1], zeros, spread[:, 1:]], axis=1))
