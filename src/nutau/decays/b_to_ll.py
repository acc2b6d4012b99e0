r""":math:`B_s\to\ell_1\bar\ell_2`: time-integrated and prompt rate.

.. math::
    \Gamma = \frac{|N|^2m_{B_s}^3f_{B_s}^2\beta}{32\pi}\big(|P|^2+|S|^2\big),\quad
    P &= \beta_-\Big[\tfrac{m_2+m_1}{m_{B_s}}C_{10}^-+m_{B_s}rC_P^-\Big], \\
    S &= \beta_+\Big[\tfrac{m_2-m_1}{m_{B_s}}C_9^-+m_{B_s}rC_S^-\Big],

:math:`C^-=C-C'`, :math:`r=m_b/(m_b+m_s)`, :math:`\beta_\mp^2=1-(m_1\mp m_2)^2/m_{B_s}^2`, Eq. (5) of
:cite:`Becirevic:2016zri`. For equal leptons B_s mixing turns the time-integrated rate into
:math:`\Gamma(1+yA_{\Delta\Gamma})/(1-y^2)`,
:math:`A_{\Delta\Gamma}=\frac{\mathrm{Re}P^2-\mathrm{Re}S^2}{|P|^2+|S|^2}`, :math:`y=\Delta\Gamma/2\Gamma`
(:cite:`DeBruyn:2012wk`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from nutau.algebra import Quadratic
from nutau.arrays import Array, namespace
from nutau.ckm import tree_ckm
from nutau.decays.assembly import Combination, amplitude
from nutau.decays.b_to_sll import Process, normalisation
from nutau.errors import InputError
from nutau.inputs import Inputs
from nutau.kinematics import Range, root_kallen
from nutau.qcd import at_scale_b
from nutau.wet.standard_model import b_to_s
from nutau.wilson import Basis

PROCESSES = (
    Process("Bs->tautau", "m_Bs", "", "tau_Bs", ("tau", "tau"), ""),
    Process("Bs->taumu", "m_Bs", "", "tau_Bs", ("tau", "mu"), ""),
    Process("Bs->mutau", "m_Bs", "", "tau_Bs", ("mu", "tau"), ""),
)


def forms(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2_range: Range = None
) -> dict[str, Quadratic]:
    r"""The rates in GeV; branching ratios are these times the lifetime ``tau_Bs``.

    Keys: ``prompt``, without mixing; ``rate``, time-integrated, as experiments count. For equal leptons the
    matrix of ``rate``, ``(..., 1 + 2n, 1 + 2n)``, acts on :math:`(1, C, C^*)`, since :math:`\mathrm{Re}P^2`
    is no form of C alone; for unequal ones ``rate`` is ``prompt``. Raises :class:`InputError` if a bin is
    asked for: there is no q² to choose.
    """
    if q2_range is not None:
        raise InputError(f"{process.name} is a two-body decay and has no q² bins; {q2_range} was asked for.")
    prompt, imbalance = _prompt_and_imbalance(inputs, par, process)
    if process.violates_flavour:
        return {"rate": prompt, "prompt": prompt}
    y = 0.5 * par["DeltaGamma/Gamma_Bs"]
    xp = namespace(prompt.matrix, y)
    y = xp.asarray(y)[..., None, None].astype(complex)
    matrix = (_with_conjugates(prompt.matrix) + y * imbalance) / (1.0 - y * y)
    return {"rate": Quadratic(matrix, process.basis), "prompt": prompt}


def _prompt_and_imbalance(
    inputs: Inputs, par: Mapping[str, Array], process: Process
) -> tuple[Quadratic, Array]:
    """|P|² + |S|² and, on (1, C, C*), Re P² - Re S², both times the prefactor."""
    at = at_scale_b(par, pole_threshold=inputs.compat.mc_pole_threshold)
    heavy, (first, second) = par[process.parent], process.lepton_masses(par)
    less, more = ((1.0 - ((first + sign * second) / heavy) ** 2) ** 0.5 for sign in (-1.0, 1.0))
    scalar = heavy * at.m_b / (at.m_b + at.m_s)
    basis = process.basis
    minus = {c: process.combination(c, -1.0) for c in ("C9", "C10", "CS", "CP")}
    helicity = less * (first + second) / heavy
    p_parts = [(minus["C10"], helicity), (minus["CP"], less * scalar)]
    s_parts = [(minus["C9"], more * (second - first) / heavy), (minus["CS"], more * scalar)]
    if not process.violates_flavour:
        p_parts.append(({"1": 1.0}, helicity * b_to_s(par, at).c10))
    norm = normalisation(par, at, tree_ckm(par).lambda_t())
    momentum = root_kallen(first, second, heavy * heavy)
    factor = norm * heavy * par["f_Bs"] ** 2 * momentum / (32.0 * math.pi)
    p_row, s_row = _row(basis, p_parts), _row(basis, s_parts)
    factor = namespace(factor).asarray(factor)[..., None, None]
    prompt = factor * (_outer(p_row, p_row) + _outer(s_row, s_row))
    imbalance = factor * (_squared(p_row) - _squared(s_row))
    return Quadratic(prompt.astype(complex), basis), imbalance.astype(complex)


def _row(basis: Basis, parts: Sequence[tuple[Combination, Array]]) -> Array:
    """An amplitude as a real row ``(..., 1 + n)``."""
    built = amplitude(basis, *parts)
    return namespace(built.values).matmul(built.values[..., None, :], built.spread.real)[..., 0, :]


def _outer(left: Array, right: Array) -> Array:
    return left[..., :, None] * right[..., None, :]


def _squared(row: Array) -> Array:
    r""":math:`\mathrm{Re}\,(f\cdot c)^2` for a real row f, as a form of :math:`(1, C, C^*)`."""
    xp = namespace(row)
    zero = xp.zeros_like(row[..., 1:])
    plain = xp.concatenate([row, zero], axis=-1)
    conjugate = xp.concatenate([row[..., :1], zero, row[..., 1:]], axis=-1)
    return 0.5 * (_outer(plain, conjugate) + _outer(conjugate, plain))


def _with_conjugates(matrix: Array) -> Array:
    """A form of (1, C) as one of (1, C, C*)."""
    xp = namespace(matrix)
    count = matrix.shape[-1] - 1
    wide = xp.concatenate([matrix, xp.zeros((*matrix.shape[:-1], count), dtype=complex)], axis=-1)
    rows = xp.zeros((*matrix.shape[:-2], count, 1 + 2 * count), dtype=complex)
    return xp.concatenate([wide, rows], axis=-2)
