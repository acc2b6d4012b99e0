r"""What a hypothesis predicts, next to the Standard Model: the spectrum of B⁺ → K⁺ in bins, and the other modes.

All predictions are :math:`y=y_{SM}(1+\delta_{SM}\eta)+s\,y_{NP}(1+\delta_{NP}\eta)`, with s the branching ratio of the
new decay of B⁺ → K⁺ and nuisances :math:`\eta` of unit width: the principal components of theory draws of everything.
No interference: the new states are no Standard Model neutrinos. A B_s makes no two massless neutrinos by vectors: the
Standard Model's :math:`B_s\to` invisible is 0.

:math:`X_s` has the tree level of free quarks for the ratio to the neutrinos of the Standard Model, whose rate is that
of :mod:`nutau.decays.b_to_xsnunu`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.kinematics import ParametersAtNodes, gauss_legendre
from nutau.decays import b_to_pnunu, b_to_vnunu, b_to_xsnunu
from nutau.decays.invisible import inclusive, particle, states
from nutau.decays.invisible.hadrons import ANNIHILATION, FREE_QUARK, Transition, currents
from nutau.decays.invisible.hypotheses import Hypothesis
from nutau.decays.invisible.states import transition
from nutau.inputs import Inputs

SPECTRUM = "<dBR/dq2>(B+->Knunu)"
XS = "BR(B->Xsnunu)"
BS = "BR(Bs->invisible)"
MODES: dict[str, tuple[Transition, Any, str]] = {
    "BR(B+->Knunu)": (transition("B+->K"), b_to_pnunu, "B+->Knunu"),
    "BR(B0->Knunu)": (transition("B0->K"), b_to_pnunu, "B0->Knunu"),
    "BR(B+->K*nunu)": (transition("B+->K*"), b_to_vnunu, "B+->K*nunu"),
    "BR(B0->K*nunu)": (transition("B0->K*"), b_to_vnunu, "B0->K*nunu"),
    XS: (FREE_QUARK, b_to_xsnunu, "B+->Xsnunu"),
    BS: (ANNIHILATION, None, ""),
}
"""Of each observable the hadrons, the module of the Standard Model's rate and its process (none: it is 0)."""
KAON = MODES["BR(B+->Knunu)"][0]
NODES, POINTS, DRAWS, COMPONENTS, SEED = 4, 24, 60, 8, 1


@dataclass(frozen=True, eq=False)
class Standard:
    """The Standard Model: values ``(obs,)`` and relative draws ``(draws, obs)`` of bins of the spectrum, then modes.

    ``edges`` ``(bins + 1,)`` are in GeV²; ``shapes`` the relative draws ``(draws, bins)`` of the squares of each form
    factor of B → K; ``scale`` turns a rate of free quarks into that of X_s.
    """

    inputs: Inputs
    edges: Array
    modes: tuple[str, ...]
    draws: Mapping[str, Array]
    values: Array
    relative: Array
    shapes: Mapping[str, Array]
    scale: float

    @property
    def bins(self) -> int:
        """How many bins the spectrum has."""
        return len(self.edges) - 1


@dataclass(frozen=True, eq=False)
class Signal:
    """A hypothesis per branching ratio of B⁺ → K⁺: ``values`` ``(obs,)``, and what the nuisances change.

    ``of_sm`` and ``of_new`` ``(components, obs)`` are the relative changes of the Standard Model and of the signal by
    nuisances of unit width; ``longitudinal`` is the longitudinal fraction of K*⁰; ``per_coupling`` the branching ratio
    for a coupling of 1; ``unknown`` the modes without a prediction.
    """

    values: Array
    of_sm: Array
    of_new: Array
    longitudinal: float | None
    per_coupling: float
    unknown: tuple[str, ...] = ()


def standard(inputs: Inputs, edges: Array) -> Standard:
    """The Standard Model's predictions with their theory errors."""
    par, draws = inputs.parameters.mapping(), inputs.parameters.sample(DRAWS, seed=SEED)
    process = b_to_pnunu.PROCESSES[0]
    q2, weights = _nodes(edges, 0.0)

    def density(which: Mapping[str, Array], at: Array) -> Array:
        rate = b_to_pnunu.densities(inputs, which, process, at)["rate"].sm
        return rate * np.asarray(which[process.lifetime])[..., None]

    spectrum = np.sum(weights * density(par, q2.ravel()).reshape(q2.shape), axis=-1) / np.diff(edges)
    grid, centres = _grid(edges), 0.5 * (edges[1:] + edges[:-1])
    bent = density(draws, grid) / density(par, grid) - 1.0
    values, relative = [spectrum], [_between(centres, grid, bent)]
    for name in MODES:
        central, drawn = (_total(inputs, which, name) for which in (par, draws))
        values.append(np.atleast_1d(central))
        relative.append((drawn / central - 1.0 if central else np.zeros_like(drawn))[:, None])
    shapes = _shapes(inputs, par, draws, grid, centres)
    return Standard(
        inputs,
        edges,
        tuple(MODES),
        draws,
        np.concatenate(values),
        np.concatenate(relative, axis=1),
        shapes,
        inclusive.scale(inputs, par),
    )


def signal(sm: Standard, found: Hypothesis, mass: float, width: float = 0.0, chiral: bool = True) -> Signal:
    """What a hypothesis predicts; :class:`InputError` for a mass above the threshold of B⁺ → K⁺."""
    state = found.state(mass, width)
    states.check_open(sm.inputs, KAON, state)
    par, point = sm.inputs.parameters.mapping(), found.point(state, chiral)
    spectrum = _peak(sm, found, state, point) if found.peaked else _pair(sm, found, state, point)
    total = float(np.sum(spectrum * np.diff(sm.edges)))
    values, relative = [spectrum / total], [sm.shapes[found.form_factor]]
    fraction, missing = None, []
    for name in sm.modes:
        row, _, _ = MODES[name]
        central, drawn = 0.0, np.zeros(len(sm.relative))
        if row is ANNIHILATION and found.peaked:
            missing.append(name)
        elif not _open(par, row, state):
            missing += [name] if name == XS else []
        elif name == XS:
            rate = float(found.module.forms(sm.inputs, par, row, state)["rate"](point))
            central = rate * float(0.5 * (par["tau_B+"] + par["tau_B0"])) * sm.scale
        else:
            made = found.module.forms(sm.inputs, par, row, state)
            central = float(made["rate"](point) * par[row.lifetime])
            if name == "BR(B0->K*nunu)" and central:
                fraction = float(made["longitudinal"](point) / made["rate"](point))
            if row.channel != KAON.channel and central:
                form = found.module.forms(sm.inputs, sm.draws, row, state)["rate"]
                drawn = np.asarray(form(point)) * sm.draws[row.lifetime] / central - 1.0
        if row.channel == KAON.channel:
            drawn = sm.shapes[found.form_factor] @ (spectrum * np.diff(sm.edges)) / total
        values.append(np.array([central / total]))
        relative.append(drawn[:, None])
    errors = _components(sm, np.concatenate(relative, axis=1))
    return Signal(np.concatenate(values), *errors, fraction, total, tuple(missing))


def _components(sm: Standard, drawn: Array) -> tuple[Array, Array]:
    """How Standard Model and signal depend on nuisances of unit width, relative ``(components, obs)`` each."""
    weight = np.concatenate([np.full(sm.bins, sm.bins**-0.5), np.ones(len(sm.modes))])
    both = np.concatenate([sm.relative * weight, drawn * weight], axis=1)
    both = (both - both.mean(axis=0)) / np.sqrt(len(both) - 1)
    _, size, directions = np.linalg.svd(both, full_matrices=False)
    rows = size[:COMPONENTS, None] * directions[:COMPONENTS] / np.tile(weight, 2)
    return rows[:, : len(weight)], rows[:, len(weight) :]


def _nodes(edges: Array, threshold: float) -> tuple[Array, Array]:
    """Nodes and weights ``(bins, nodes)`` of what lies above the threshold."""
    x, w = gauss_legendre(NODES)
    low, high = np.maximum(edges[:-1], threshold), np.maximum(edges[1:], threshold)
    length = (high - low)[:, None]
    return low[:, None] + length * x, length * w


def _grid(edges: Array) -> Array:
    return np.linspace(edges[0] + 1e-3, edges[-1] - 1e-3, POINTS)


def _between(at: Array, grid: Array, rows: Array) -> Array:
    return np.stack([np.interp(at, grid, row) for row in rows])


def _total(inputs: Inputs, par: Mapping[str, Array], name: str) -> Array:
    row, module, wanted = MODES[name]
    if module is None:
        return np.zeros(np.shape(par[row.lifetime]))
    process = next(item for item in module.PROCESSES if item.name == wanted)
    lifetime = 0.5 * (par["tau_B+"] + par["tau_B0"]) if name == XS else par[row.lifetime]
    return module.forms(inputs, par, process)["rate"].sm * lifetime


def _shapes(
    inputs: Inputs, par: Mapping[str, Array], draws: Mapping[str, Array], grid: Array, centres: Array
) -> dict[str, Array]:
    def squares(which: Mapping[str, Array]) -> dict[str, Array]:
        at = ParametersAtNodes(which)
        found = currents(inputs, at, KAON, at.row(grid))
        (wave,) = found.waves
        return {
            "timelike": found.timelike["V"] ** 2,
            "vector": wave.vector**2,
            "tensor": wave.tensor**2,
        }

    central, drawn = squares(par), squares(draws)
    return {name: _between(centres, grid, drawn[name] / central[name] - 1.0) for name in central}


def _open(par: Mapping[str, Array], row: Transition, state: Any) -> bool:
    return bool(sum(state.masses) < par[row.parent] - row.remaining(par))


def _pair(sm: Standard, found: Hypothesis, state: Any, point: Array) -> Array:
    """The mean of dBR/dq² of B⁺ → K⁺ in each bin, for a coupling of 1."""
    par = sm.inputs.parameters.mapping()
    low, _ = states.edges(par, KAON, state)
    q2, weights = _nodes(sm.edges, float(low))
    inside = weights > 0.0
    rates = np.zeros(q2.shape)
    rates[inside] = found.module.densities(sm.inputs, par, KAON, state, q2[inside])["rate"](point)
    return np.sum(weights * rates, axis=-1) * float(par[KAON.lifetime]) / np.diff(sm.edges)


def _peak(sm: Standard, found: Hypothesis, state: Any, point: Array) -> Array:
    """The same of one particle: the two-body rate in the bin of its mass, or spread by a Breit-Wigner."""
    par = sm.inputs.parameters.mapping()
    lifetime = float(par[KAON.lifetime])
    if not state.broad:
        rate = float(particle.forms(sm.inputs, par, KAON, state)["rate"](point)) * lifetime
        place = np.clip(np.searchsorted(sm.edges, state.mass**2, side="right") - 1, 0, sm.bins - 1)
        spectrum = np.zeros(sm.bins)
        spectrum[place] = rate / np.diff(sm.edges)[place]
        return spectrum
    scale, centre = state.mass * state.width, state.mass**2
    middle = 0.5 * (sm.edges[1:] + sm.edges[:-1])
    height = scale / np.pi / ((middle - centre) ** 2 + scale**2)
    rate = particle.densities(sm.inputs, par, KAON, state, middle)["rate"](point) / height * lifetime
    return np.asarray(rate * np.diff(np.arctan((sm.edges - centre) / scale)) / np.pi / np.diff(sm.edges))
