"""From the name of a decay to its spectrum."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from nutau.common.checked import checked
from nutau.decays import b_to_pll, b_to_plnu, b_to_pnunu, b_to_vll, b_to_vlnu, b_to_vnunu, lb_to_lclnu
from nutau.eft.algebra import Affine
from nutau.eft.wet.basis import MU_B, WET
from nutau.eft.wet.running import running
from nutau.eft.wilson import Basis
from nutau.errors import InputError, unknown
from nutau.inputs import InputSet, load_inputs
from nutau.observables.predictions import scale_of
from nutau.observables.spectra.record import Spectrum

MODULES = (b_to_pnunu, b_to_vnunu, b_to_pll, b_to_vll, b_to_plnu, b_to_vlnu, lb_to_lclnu)
BEFORE = "dBR/dq2("
RATIOS_ONLY = frozenset({("e", "e"), ("mu", "mu")})
"""Leptons of b → sℓℓ whose rates leave out what cancels in ratios: they have no spectra."""


@checked
def spectrum(
    process: str,
    inputs: InputSet = "default",
    *,
    part: str = "rate",
    scale: float = MU_B,
    tree: bool = False,
) -> Spectrum:
    """The differential branching ratio of ``process``, for instance ``"B+->Knunu"``, as a function.

    ``part`` is ``"rate"`` or another density of the decay (``"longitudinal"``, ``"plus"``, ``"afb"``, ...);
    ``scale`` (GeV) is where coefficients are given; ``tree`` adds the tree-level τ to charged B → Kνν̄.
    Raises :class:`InputError` for an unknown process or part, and a scale outside the running.

    >>> import nutau
    >>> float(nutau.spectrum("B+->Knunu")(10.0)) > 0
    True
    """
    chosen, at = load_inputs(inputs), scale_of(scale)
    name = decay(process)
    rows = _rows()
    if name not in rows:
        raise unknown("process", name, rows)
    module, row = rows[name]
    options: dict[str, Any] = {}
    if tree:
        if module not in (b_to_pnunu, b_to_vnunu):
            raise InputError(f"{name} has no tree-level τ contribution; it is for B+->Knunu and B+->K*nunu.")
        options["tree"] = True
    par = chosen.parameters.mapping()
    middle = np.array([0.5 * sum(row.edges(par))])
    parts = module.densities(chosen, par, row, middle, **options)
    if not isinstance(part, str) or part not in parts:
        raise unknown("part", part, parts, f"the spectrum of {name}")
    step = _running(at, parts[part].basis)
    return Spectrum(name, chosen, part, at, module, row, step, options)


def decay(text: str) -> str:
    """The decay in ``text``, which may be ``dBR/dq2(...)`` around it."""
    text = str(text).strip()
    wrapped = text.startswith(BEFORE) and text.endswith(")")
    return text[len(BEFORE) : -1] if wrapped else text


def processes() -> tuple[str, ...]:
    """The decays that :func:`spectrum` knows."""
    return tuple(_rows())


def _rows() -> dict[str, tuple[ModuleType, Any]]:
    return {
        row.name: (module, row)
        for module in MODULES
        for row in module.PROCESSES
        if getattr(row, "leptons", None) not in RATIOS_ONLY
    }


def _running(scale: float, basis: Basis) -> Affine:
    """From the coefficients at ``scale`` that run into those of ``basis`` at 4.8 GeV."""
    if scale == MU_B:
        return Affine.identity(basis)
    step = running(scale, basis)
    return step.narrowed(
        name for i, name in enumerate(WET.coefficients) if np.any(step.matrix[1:, 1 + i] != 0)
    )
