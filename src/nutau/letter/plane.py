"""Figure 1 as numbers: each model's line in the (R_ττ, R_νν) plane, with the letter's polynomials."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array
from nutau.inputs.letter import bound, chain, line
from nutau.letter.claims import K_NUNU, K_TAUTAU, KST_NUNU, KST_TAUTAU
from nutau.measurements import load_dataset
from nutau.observables.letter import letter_formulas

PANELS = {"K": (K_TAUTAU, K_NUNU), "K*": (KST_TAUTAU, KST_NUNU)}


@dataclass(frozen=True)
class PlaneLine:
    """A model's line in one panel, along δ; ``sigmas`` is the distance from the mean of R_D(*) in σ.

    The errors are theory standard deviations, ``None`` where the inputs have none.
    """

    model: str
    delta: Array
    sigmas: Array
    x: Array
    y: Array
    x_error: Array | None = None
    y_error: Array | None = None


@dataclass(frozen=True)
class Bands:
    """What is known and foreseen of R_νν in one panel: the 90 % bound and Belle II's errors by luminosity in 1/ab."""

    bound: float
    level: float
    sensitivity: dict[float, float]


def plane_line(
    model: str,
    kappa: float,
    panel: str,
    convention: str,
    *,
    dataset: str = "letter-2022",
    branches: bool = False,
    muons: bool = False,
) -> PlaneLine:
    """The line of a model with C1 = κ C3 for δ from 0 to 4σ above its mean; both signs of δ with ``branches``."""
    steps = chain(dataset)
    top = steps.at(4.0)
    # dense near δ = 0, where a logarithmic axis shows most; 1σ and 2σ ends are nodes, so the drawn parts end exactly
    grid = top * np.linspace(0.0, 1.0, 400) ** 2
    ends = np.array([steps.at(n) for n in (-2, -1, 0, 1, 2)])
    delta = np.unique(np.concatenate([grid, ends, -grid if branches else grid]))
    observables = PANELS[panel]
    to_coefficients = line(kappa, convention, dataset=dataset, muons=muons)
    x, y = (letter_formulas()[name].after(to_coefficients)(delta[:, None]) for name in observables)
    return PlaneLine(model, delta, (delta - steps.delta.value) / steps.delta.uncertainty, x, y)


def bands(panel: str, dataset: str = "letter-2022") -> Bands:
    """Bound and foreseen sensitivity on R_νν of a panel."""
    name = PANELS[panel][1]
    data = load_dataset(dataset)
    sensitivity = {
        float(luminosity): float(value)
        for projection in data.projections
        if projection.observable.name == name.removesuffix("/SM") and projection.quantity == "relative_to_sm"
        for luminosity, value in zip(projection.luminosity, projection.value, strict=True)
    }
    return Bands(*bound(data, name), sensitivity)
