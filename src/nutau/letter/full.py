"""The third number: the signed λ_t with the full CKM matrix, one α_em and running from Λ, by our own engine.

The published and physical columns of the report differ in the sign of λ_t alone, so that the comparison isolates it.
This is what comes on top, where it matters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any

import numpy as np

from nutau.eft.smeft.matching import constants, match
from nutau.eft.smeft.running import running
from nutau.eft.wet.basis import WET
from nutau.inputs import Inputs, load_inputs
from nutau.inputs.letter import Chain, chain
from nutau.inputs.letter import constants as letter_constants
from nutau.letter.claims import BANDED, K_NUNU, K_TAUTAU, KST_NUNU, KST_TAUTAU, benchmarks, u1_range
from nutau.letter.parabola import Parabola
from nutau.models import X
from nutau.models.two_field import LAMBDA, c3_from_delta
from nutau.observables.formula import Formula
from nutau.observables.point import point
from nutau.observables.predictions import evaluate, formulas


def full_number(
    claim: str, dataset: str = "letter-2022", sigmas: float | None = None
) -> dict[str, Any] | None:
    """The full number of a claim, over a band if it depends on one, or ``None`` where it adds nothing."""
    if claim in BANDED and sigmas is not None:
        return BANDED[claim](chain(dataset), full_curves, sigmas)
    return FULL[claim](chain(dataset)) if claim in FULL else None


@cache
def _inputs() -> Inputs:
    return load_inputs("default")


@cache
def _formulas() -> tuple[Formula, ...]:
    return formulas((K_TAUTAU, KST_TAUTAU, K_NUNU, KST_NUNU), _inputs(), draws=0)


@lru_cache(maxsize=64)
def _ratios(kappa: float, delta: float) -> dict[str, float]:
    """The four ratios of the model κ at a δ that fixes C3 at tree level, run from Λ."""
    wilson = point(X(kappa, delta=delta, mass=LAMBDA)).wet(_inputs())
    return {row.observable: row.value for row in evaluate(_formulas(), wilson, inputs="default")}


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


def _run(steps: Chain, kappa: float, name: str) -> float:
    """A coefficient at m_W, run from Λ."""
    m_w = letter_constants()["m_W"]
    c = constants(_inputs().parameters.mapping(), m_w)
    smeft = X(kappa, c3=c3_from_delta(steps.delta_mean.value, c), mass=LAMBDA).smeft()
    return float(
        running(LAMBDA, m_w, source=smeft.basis, target=WET, constants=c)(smeft, scale=m_w)[name].real
    )


def _universal(steps: Chain) -> dict[str, Any]:
    """δC9^μμ(m_W) from the running tables, for κ = 0."""
    value = _run(steps, 0.0, "C9_bsmumu")
    return {"value": value, "uncertainty": abs(value) * steps.delta_mean.uncertainty / steps.delta_mean.value}


def _running(steps: Chain) -> dict[str, Any]:
    """δC_L of U1 at m_W from the running tables; 0 without running."""
    value = _run(steps, benchmarks()["U1"], "CL_bsnutaunutau")
    return {"value": value, "uncertainty": abs(value) * steps.delta_mean.uncertainty / steps.delta_mean.value}


def full_curves(observable: str, kappa: float) -> Parabola:
    """The ratio along δ. Coefficients are linear in δ and κδ, so it is quadratic in κ, too: three points of each."""
    grid = [_parabola(observable, k) for k in (0.0, 1.0, 2.0)]
    a, b, c = (
        Parabola.through(*(getattr(parabola, name) for parabola in grid))(kappa) for name in ("a", "b", "c")
    )
    return Parabola(a, b, c)


@lru_cache(maxsize=64)
def _parabola(observable: str, kappa: float) -> Parabola:
    return Parabola.through(*(_ratios(kappa, delta)[observable] for delta in (0.0, 1.0, 2.0)))


FULL: Mapping[str, Callable[[Chain], dict[str, Any]]] = {
    "eq-4.3": _c3,
    "eq-4.4": lambda steps: _matched(steps, "C9_bstautau", 0.0),
    "eq-4.5": lambda steps: _matched(steps, "CL_bsnutaunutau", 2.0),
    "c9-universal": _universal,
    "running": _running,
    "eq-4.6": lambda steps: u1_range(steps, full_curves, 2.0),
    "u1-nunu": lambda steps: {"value": full_curves(K_NUNU, benchmarks()["U1"])(steps.at(0))},
}
AT_TREE_LEVEL = ("eq-4.3", "eq-4.4", "eq-4.5")
"""The claims whose full number has no running."""
