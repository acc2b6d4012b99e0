r"""b → cτN with a sterile neutrino N of any mass: D, D*, J/ψ, Λ_c and B_c → τN; R and the τ polarisation.

.. math:: H=\frac{4G_F}{\sqrt2}V_{cb}\,[C_{VLR}O_{VLR}+C_{VRR}O_{VRR}+C_{SLR}O_{SLR}+C_{SRR}O_{SRR}+C_{TRR}O_{TRR}],

.. math::
    O_{VXR}=(\bar c\gamma_\mu P_Xb)(\bar\tau\gamma^\mu P_RN),\quad O_{SXR}=(\bar cP_Xb)(\bar\tau P_RN),\quad
    O_{TRR}=(\bar c\sigma_{\mu\nu}P_Rb)(\bar\tau\sigma^{\mu\nu}P_RN)

at 4.8 GeV: the operators of :cite:`Robinson:2018gza`. The rates are those of a pair of unequal fermions
(:mod:`~nutau.decays.invisible.fermions`) and add to the Standard Model's, since N is no light neutrino.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.common.kinematics import (
    Nodes,
    ParametersAtNodes,
    Range,
    bin_edges,
    check_points,
    check_range,
    sine_map,
    zero_recoil,
)
from nutau.decays import assembly, b_to_plnu, b_to_vlnu, charged, lb_to_lclnu
from nutau.decays.assembly import Combination, Term
from nutau.decays.charged import Process
from nutau.decays.invisible import states
from nutau.decays.invisible.fermions import pair_terms
from nutau.decays.invisible.hadrons import Currents, Transition, currents, rate_factor
from nutau.eft.algebra import Quadratic
from nutau.eft.wet.sterile import STERILE as BASIS
from nutau.eft.wilson import Basis
from nutau.errors import InputError, unknown
from nutau.inputs import Inputs


def _combinations() -> dict[str, Combination]:
    """The operators of a pair of fermions: projectors multiplied out."""
    vl, vr, sl, sr, t = BASIS.coefficients
    quarter = {
        "VV": {vl: 0.25, vr: 0.25},
        "VA": {vl: 0.25, vr: 0.25},
        "AV": {vl: -0.25, vr: 0.25},
        "AA": {vl: -0.25, vr: 0.25},
        "SS": {sl: 0.25, sr: 0.25},
        "SP": {sl: 0.25, sr: 0.25},
        "PS": {sl: -0.25, sr: 0.25},
        "PP": {sl: -0.25, sr: 0.25},
    }
    return {**quarter, "TT": {t: 0.5}, "TT5": {t: 0.5}}


COMBINATIONS = _combinations()
KINDS: Mapping[str, tuple[str, Callable[..., dict[str, Quadratic]]]] = {
    "B->D": ("P", b_to_plnu.forms),
    "B->D*": ("V", b_to_vlnu.forms),
    "Bc->Jpsi": ("V", b_to_vlnu.forms),
    "Lambdab->Lambdac": ("baryon", lb_to_lclnu.forms),
}
PROCESSES: tuple[Process, ...] = tuple(
    row for module in (b_to_plnu, b_to_vlnu, lb_to_lclnu) for row in module.PROCESSES if row.lepton == "tau"
)


def process(name: str) -> Process:
    """The decay to a τ of that name, for instance ``"B0->D*taunu"``; :class:`InputError` with the nearest names.

    >>> process("B0->D*taunu").channel
    'B->D*'
    """
    for row in PROCESSES:
        if row.name == name:
            return row
    raise unknown("decay to a τ", name, [row.name for row in PROCESSES])


@dataclass(frozen=True, eq=False)
class Sterile:
    """A τ and a sterile neutrino of ``mass`` GeV."""

    mass: Array

    def __post_init__(self) -> None:
        """Refuse what is no mass."""
        states.mass("of the sterile neutrino", self.mass)


@dataclass(frozen=True, eq=False)
class _Pair:
    masses: tuple[Array, Array]
    basis: Basis = BASIS


def densities(
    inputs: Inputs, par: Mapping[str, Array], row: Process, state: Sterile, q2: Array
) -> dict[str, Quadratic]:
    """dΓ/dq² to τN in 1/GeV at ``q2`` ``(nodes,)`` in GeV²; matrices ``(..., nodes, 6, 6)``, without the τν of the SM.

    Keys: ``rate``, ``longitudinal`` (the hadron), ``plus`` and ``minus``, the helicity of the τ in the rest frame of
    τN. :class:`InputError` for a mass above threshold and q² outside phase space.

    >>> import nutau
    >>> inputs = nutau.load_inputs()
    >>> form = densities(inputs, inputs.parameters.mapping(), process("B0->Dtaunu"), Sterile(0.5), [8.0])["rate"]
    >>> float(form([0.0, 0.1, 0.0, 0.0, 0.0])[0]) > 0
    True
    """
    low, high = _check_open(inputs, row, state)
    if namespace(state.mass) is np:
        check_points(q2, (low, high), row.name)
    at_nodes = ParametersAtNodes(par)
    made = _terms(inputs, at_nodes, row, state, at_nodes.row(q2))
    return assembly.density(made, BASIS)


def forms(
    inputs: Inputs, par: Mapping[str, Array], row: Process, state: Sterile, q2_range: Range = None
) -> dict[str, Quadratic]:
    """The :func:`densities` integrated over a bin (all of phase space if None), in GeV."""
    low, high = _check_open(inputs, row, state)
    if namespace(state.mass) is np:
        check_range(q2_range, (low, high), row.name)
    at_nodes = ParametersAtNodes(par)
    ends = _edges(at_nodes, row, state)
    nodes = sine_map(*bin_edges(q2_range, ends), ends, states.NODES, at_nodes.rank)
    return assembly.integrate(_terms(inputs, at_nodes, row, state, nodes.q2), nodes, BASIS)


def with_sm(inputs: Inputs, par: Mapping[str, Array], row: Process, state: Sterile) -> dict[str, Quadratic]:
    """The forms of τN with the Standard Model's τν added as the constant: ``rate``, ``plus``, ``minus`` (and, where the
    hadron is a vector, ``longitudinal``), matrices ``(..., 6, 6)``.

    R(D*) is ``rate`` over the mean of the rates to e and μ (:func:`ratio`), P_τ is ``plus - minus`` over their sum.
    """
    _, standard = KINDS[row.channel]
    own, other = forms(inputs, par, row, state), standard(inputs, par, row)
    corner = np.zeros((1 + len(BASIS),) * 2)
    corner[0, 0] = 1.0
    return {
        key: Quadratic(form.matrix + assembly.matrixwise(other[key].sm) * corner, BASIS)
        for key, form in own.items()
        if key in other
    }


def ratio(inputs: Inputs, par: Mapping[str, Array], row: Process, state: Sterile) -> Quadratic:
    """R(D), R(D*), R(J/ψ) or R(Λ_c) as a form of the coefficients: the rate to τν and τN over that to ℓν.

    Over the mean of e and μ for B → D and D*, over μ for the others, as measured.

    >>> import nutau
    >>> inputs = nutau.load_inputs()
    >>> r = ratio(inputs, inputs.parameters.mapping(), process("B0->D*taunu"), Sterile(0.0))
    >>> round(float(r([0, 0, 0, 0, 0])), 2), round(float(r([0, 0.4, 0, 0, 0])), 2)
    (0.26, 0.3)
    """
    _, standard = KINDS[row.channel]
    module = {"P": b_to_plnu, "baryon": lb_to_lclnu}.get(KINDS[row.channel][0], b_to_vlnu)
    light = ("e", "mu") if row.parent in ("m_B0", "m_B+") else ("mu",)
    rows = [one for one in module.PROCESSES if one.name in {row.name.replace("tau", x) for x in light}]
    rates = [standard(inputs, par, one)["rate"].sm for one in rows]
    return with_sm(inputs, par, row, state)["rate"] * (len(rates) / sum(rates))


def leptonic(inputs: Inputs, par: Mapping[str, Array], state: Sterile) -> Quadratic:
    r"""The width of B_c → τN in GeV, from the axial current and the pseudoscalar density; without the SM's τν."""
    at_nodes = ParametersAtNodes(par)
    most = inputs.parameters["m_Bc"] - inputs.parameters["m_tau"]
    if namespace(state.mass) is np and not state.mass < most:
        raise InputError(
            f"Bc->tauN is open for masses of N below {most:.5g} GeV; {state.mass:g} GeV was given."
        )
    heavy, constant = at_nodes["m_Bc"], at_nodes["f_Bc"]
    q2 = at_nodes.row(np.ones(1)) * heavy**2
    hadron = Currents({"A": constant * q2}, ())
    made = pair_terms(
        hadron,
        states.kinematics(_Pair((at_nodes["m_tau"], state.mass)), q2),
        charged.quark_masses(at_nodes),
        _coupling(at_nodes) / (2.0 * heavy),
        COMBINATIONS,
        BASIS,
    )
    once = Nodes(q2, 0.0 * q2 + 1.0)
    return assembly.integrate({"rate": made["rate"]}, once, BASIS)["rate"]


def _coupling(par: ParametersAtNodes) -> Array:
    return 8.0 * par["GF"] ** 2 * par["Vcb"] ** 2


def _edges(par: Mapping[str, Array], row: Process, state: Sterile) -> tuple[Array, Array]:
    return (par["m_tau"] + state.mass) ** 2, zero_recoil(par[row.parent], par[row.meson])


def _check_open(inputs: Inputs, row: Process, state: Sterile) -> tuple[float, float]:
    par = inputs.parameters.mapping()
    most = par[row.parent] - par[row.meson] - par["m_tau"]
    if namespace(state.mass) is not np:
        return math.nan, math.nan
    if not state.mass < most:
        raise InputError(
            f"{row.name} with a sterile neutrino needs a mass below {most:.5g} GeV; {state.mass:g} GeV was given. "
            "Choose a lighter one."
        )
    low, high = _edges(par, row, state)
    return float(low), float(high)


def _terms(
    inputs: Inputs, par: ParametersAtNodes, row: Process, state: Sterile, q2: Array
) -> dict[str, list[Term]]:
    kind = KINDS[row.channel][0]
    hop = Transition(row.name, row.parent, row.meson, row.lifetime, row.channel, kind, "c")  # type: ignore[arg-type]
    return pair_terms(
        currents(inputs, par, hop, q2),
        states.kinematics(_Pair((par["m_tau"], state.mass)), q2),
        charged.quark_masses(par),
        _coupling(par) * rate_factor(par, hop, q2),
        COMBINATIONS,
        BASIS,
    )
