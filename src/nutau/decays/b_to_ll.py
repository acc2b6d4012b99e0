r""":math:`B_s\to\ell_1\bar\ell_2`, :math:`B^0\to\ell_1\bar\ell_2`: time-integrated and prompt rate.

.. math::
    \Gamma = \frac{|N|^2m_{B_s}^3f_{B_s}^2\beta}{32\pi}\big(|P|^2+|S|^2\big),\quad
    P &= \beta_-\Big[\tfrac{m_2+m_1}{m_{B_s}}C_{10}^-+m_{B_s}rC_P^-\Big], \\
    S &= \beta_+\Big[\tfrac{m_2-m_1}{m_{B_s}}C_9^-+m_{B_s}rC_S^-\Big],

:math:`C^-=C-C'`, :math:`r=m_b/(m_b+m_s)`, :math:`\beta_\mp^2=1-(m_1\mp m_2)^2/m_{B_s}^2`, Eq. (5) of
:cite:`Becirevic:2016zri`; for B⁰ with :math:`V_{td}`, :math:`m_d` and :math:`f_{B^0}`. For equal leptons B_s mixing
turns the time-integrated rate into :math:`\Gamma(1+yA_{\Delta\Gamma})/(1-y^2)`,
:math:`A_{\Delta\Gamma}=\frac{\mathrm{Re}P^2-\mathrm{Re}S^2}{|P|^2+|S|^2}`, :math:`y=\Delta\Gamma/2\Gamma`
(:cite:`DeBruyn:2012wk`). For unequal leptons the prompt rate is given, as in flavio: mixing changes it by
about y at most, and only if both orders of the leptons occur. The width difference of the B⁰ is neglected (y below
1 %). The effective lifetime of what B_s decays to is

.. math:: \tau_{\ell\ell} = \frac{\tau_{B_s}}{1-y^2}\,\frac{1+2yA_{\Delta\Gamma}+y^2}{1+yA_{\Delta\Gamma}},

Eq. (26) there, and :math:`S=\frac{\mathrm{Im}P^2-\mathrm{Im}S^2}{|P|^2+|S|^2}` the asymmetry of tagged
decays in :math:`\sin\Delta M_st`; both assume a mixing phase that cancels that of :math:`\xi_t`, as in the SM.

Rates are those without photons of measurable energy, as experiments correct them to. Not included, as in flavio: the
exchange of a photon between a muon and the spectator quark, which is enhanced by :math:`m_B/\Lambda` and moves
:math:`B_s\to\mu\mu` by about 1 % (:cite:`arXiv:1708.09152`), less than half of the error of
:math:`|V_{cb}|^2f_{B_s}^2`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from nutau.common.arrays import Array
from nutau.common.kinematics import Nodes, ParametersAtNodes, Range, root_kallen
from nutau.decays.assembly import Term, amplitude, integrate
from nutau.decays.b_to_sll import Process, density, normalisation
from nutau.decays.bs_mixing import first_moment, interference, time_integrated
from nutau.decays.pairs import EQUAL, UNEQUAL
from nutau.eft.algebra import Quadratic
from nutau.eft.ckm import tree_ckm
from nutau.eft.qcd import at_scale_b
from nutau.eft.wet.standard_model import b_to_s
from nutau.errors import InputError
from nutau.inputs import Inputs

PROCESSES = tuple(
    Process(f"{meson}->{pair.name}", f"m_{meson}", "", f"tau_{meson}", "", pair.leptons, quarks)
    for meson, quarks in (("Bs", "bs"), ("B0", "bd"))
    for pair in (*EQUAL, *UNEQUAL)
)


def forms(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2_range: Range = None
) -> dict[str, Quadratic]:
    r"""The rates in GeV; branching ratios are these times the lifetime ``tau_Bs`` or ``tau_B0``.

    Keys: ``prompt``, without mixing; ``rate``, time-integrated, as experiments count. For equal leptons of
    a B_s also ``moment``, which is the mean time over :math:`\tau` with ``rate`` below it, ``cosine``, which is
    :math:`A_{\Delta\Gamma}` with ``prompt`` below it, and ``sine``, the same of S. These and ``rate`` have matrices
    ``(..., 1 + 2n, 1 + 2n)``, on :math:`(1, C, C^*)`, since :math:`P^2` is no form of C alone. Else ``rate``
    is ``prompt``. Raises :class:`InputError` if a bin is asked for: there is no q² to choose.
    """
    if q2_range is not None:
        raise InputError(f"{process.name} is a two-body decay and has no q² bins; {q2_range} was asked for.")
    at_nodes = ParametersAtNodes(par)
    once = Nodes(at_nodes.row(np.ones(1)), at_nodes.row(np.ones(1)))
    squares = _terms(inputs, at_nodes, process, once.weights)
    prompt = integrate({"prompt": squares}, once, process.basis)
    if process.violates_flavour or process.parent != "m_Bs":
        return prompt | {"rate": prompt["prompt"]}
    pseudoscalar, scalar = squares
    crossed = [
        Term(-pseudoscalar.weight, pseudoscalar.left, pseudoscalar.left),
        Term(scalar.weight, scalar.left, scalar.left),
    ]
    y = 0.5 * at_nodes["DeltaGamma/Gamma_Bs"]
    forms = {
        "rate": time_integrated(squares, crossed, y),
        "moment": first_moment(squares, crossed, y),
        "cosine": interference(crossed),
        "sine": interference(crossed, -1j),
    }
    return prompt | integrate(forms, once, process.basis)


def _terms(inputs: Inputs, par: ParametersAtNodes, process: Process, one: Array) -> list[Term]:
    """|P|² and |S|² with the prefactor; ``one`` has the shape of the single node."""
    at = at_scale_b(par, pole_threshold=inputs.compat.mc_pole_threshold)
    heavy, (first, second) = par[process.parent], process.lepton_masses(par)
    less, more = ((1.0 - ((first + sign * second) / heavy) ** 2) ** 0.5 * one for sign in (-1.0, 1.0))
    light = at.m_s if process.quarks == "bs" else at.m_s * par["m_d"] / par["m_s"]  # both run alike
    scalar_density = heavy * density(at.m_b, light, 1.0)
    minus = {c: process.combination(c, -1.0) for c in ("C9", "C10", "CS", "CP")}
    helicity = less * (first + second) / heavy
    parts = [(minus["C10"], helicity), (minus["CP"], less * scalar_density)]
    if not process.violates_flavour:
        parts.append(({"1": 1.0}, helicity * b_to_s(par, at).c10))
    pseudoscalar = amplitude(process.basis, *parts)
    parts = [(minus["CS"], more * scalar_density)]
    if process.violates_flavour:
        parts.append((minus["C9"], more * (second - first) / heavy))
    scalar = amplitude(process.basis, *parts)
    norm = normalisation(par, at, tree_ckm(par).lambda_t(process.quarks[1]))
    momentum = root_kallen(first, second, heavy * heavy)
    factor = one * norm * heavy * par[process.parent.replace("m_", "f_")] ** 2 * momentum / (32.0 * math.pi)
    return [Term(factor, pseudoscalar), Term(factor, scalar)]
