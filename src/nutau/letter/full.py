"""The third number: the signed λ_t with the full CKM matrix, one α_em and running from Λ, by our own engine.

The published and physical columns of the report differ in the sign of λ_t alone, so that the comparison isolates it.
This is what comes on top, where it matters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from nutau.formula import Formula
from nutau.inputs import Inputs, load_inputs
from nutau.letter.claims import K_NUNU, K_TAUTAU, KST_NUNU, KST_TAUTAU, benchmarks, union
from nutau.letter.inputs import Chain, chain
from nutau.letter.inputs import constants as letter_constants
from nutau.letter.parabola import Parabola
from nutau.models import X
from nutau.models.two_field import LAMBDA, c3_from_delta
from nutau.points import direction
from nutau.predictions import evaluate, formulas
from nutau.smeft.matching import constants, match
from nutau.smeft.running import running
from nutau.wet.basis import WET


def full_number(claim: str, dataset: str = "letter-2022") -> dict[str, Any] | None:
    """The full number of a claim, or ``None`` where it adds nothing."""
    return FULL[claim](chain(dataset)) if claim in FULL else None


@cache
def _inputs() -> Inputs:
    return load_inputs("default")


@cache
def _formulas() -> tuple[Formula, ...]:
    return formulas((K_TAUTAU, KST_TAUTAU, K_NUNU, KST_NUNU), _inputs(), draws=0)


def _ratios(kappa: float, delta: float) -> dict[str, float]:
    """The four ratios of the model κ at a δ that fixes C3 at tree level, run from Λ."""
    point = direction(kappa, delta, None, LAMBDA, _inputs(), "full", "physical")
    return {row.observable: row.value for row in evaluate(_formulas(), point.wilson, inputs="default")}


def _c3(steps: Chain) -> dict[str, Any]:
    c = constants(_inputs().parameters.mapping(), letter_constants()["m_W"])
    c3 = float(np.real(c3_from_delta(steps.delta_mean.value, c)))
    return {"value": c3, "uncertainty": abs(c3) * steps.delta_mean.uncertainty / steps.delta_mean.value}


def _matched(steps: Chain, name: str, kappa: float) -> dict[str, Any]:
    """A coefficient at tree level, at m_W, over its factor of κ."""
    c = constants(_inputs().parameters.mapping(), letter_constants()["m_W"])
    c3 = c3_from_delta(steps.delta_mean.value, c)
    value = float(match(X(kappa, c3=c3).smeft(), c)[name].real)
    return {"value": value, "uncertainty": abs(value) * steps.delta_mean.uncertainty / steps.delta_mean.value}


def _universal(steps: Chain) -> dict[str, Any]:
    """δC9^μμ(m_W) from the running tables, for κ = 0."""
    m_w = letter_constants()["m_W"]
    c = constants(_inputs().parameters.mapping(), m_w)
    smeft = X(0.0, c3=c3_from_delta(steps.delta_mean.value, c), mass=LAMBDA).smeft()
    run = running(LAMBDA, m_w, source=smeft.basis, target=WET, constants=c)(smeft, scale=m_w)
    value = float(run["C9_bsmumu"].real)
    return {"value": value, "uncertainty": abs(value) * steps.delta_mean.uncertainty / steps.delta_mean.value}


def _u1_range(steps: Chain) -> dict[str, Any]:
    u1 = benchmarks()["U1"]
    grid = [_ratios(u1, delta) for delta in (0.0, 1.0, 2.0)]
    return union(
        Parabola.through(*(ratios[name] for ratios in grid)).extremes(steps.at(-2), steps.at(2))
        for name in (K_TAUTAU, KST_TAUTAU)
    )


def _window(steps: Chain) -> dict[str, Any]:
    """As in the claim, the union of both panels at -1σ; R_νν is a parabola in κ."""
    grid = [_ratios(kappa, float(steps.at(-1))) for kappa in (0.0, 1.0, 2.0)]
    bounds = {K_NUNU: steps.bound_k, KST_NUNU: steps.bound_kstar}
    return union(
        Parabola.through(*(ratios[name] for ratios in grid)).below(bound) for name, bound in bounds.items()
    )


FULL: Mapping[str, Callable[[Chain], dict[str, Any]]] = {
    "eq-4.3": _c3,
    "eq-4.4": lambda steps: _matched(steps, "C9_bstautau", 0.0),
    "eq-4.5": lambda steps: _matched(steps, "CL_bsnutaunutau", 2.0),
    "c9-universal": _universal,
    "eq-4.6": _u1_range,
    "u1-nunu": lambda steps: {"value": _ratios(benchmarks()["U1"], float(steps.at(0)))[K_NUNU]},
    "kappa-window": _window,
}
