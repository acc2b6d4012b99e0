"""The (R_ττ, R_νν) plane for any data set and input set: each model's line with theory errors, and what is known.

With the letter's inputs the lines are its polynomials (:mod:`nutau.letter.plane`); with any other input set they are
our own rates, with the full CKM matrix, one α_em and running, and a theory error at every point.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import numpy as np

from nutau.common.arrays import Array
from nutau.common.checked import checked
from nutau.eft.algebra import Affine
from nutau.eft.wilson import Basis
from nutau.errors import InputError
from nutau.inference.likelihood import parametrisation
from nutau.inference.likelihood.compiled import compiled
from nutau.inference.theory_model import TheoryModel, theory_model
from nutau.inputs import Inputs, InputSet, load_inputs
from nutau.inputs.letter import Number, quoted
from nutau.letter.claims import K_NUNU, K_TAUTAU, KST_NUNU, KST_TAUTAU
from nutau.letter.plane import PANELS, PlaneLine, plane_line
from nutau.letter.plane import bands as letter_bands
from nutau.measurements import DataSet, Gaussian, Observable, UpperLimits, load_dataset
from nutau.models.two_field import LAMBDA
from nutau.observables.formula import Formula
from nutau.observables.predict import predict
from nutau.observables.predictions import DRAWS

DELTA = Basis("real", "parameters", ("delta",))
CHARGED = ("Rtaul(B->Dlnu)", "Rtaul(B->D*lnu)")
RATES = {
    K_TAUTAU: "BR(B+->Ktautau)",
    KST_TAUTAU: "BR(B0->K*tautau)",
    K_NUNU: "BR(B+->Knunu)",
    KST_NUNU: "BR(B0->K*nunu)",
}


@dataclass(frozen=True)
class Panel:
    """One panel: lines and what is known, all relative to the SM.

    ``bound`` and ``tautau_bound`` are upper limits with their confidence level, ``measured`` a value with its error,
    ``sensitivity`` the foreseen error around 1 by luminosity in 1/ab.
    """

    name: str
    lines: tuple[PlaneLine, ...]
    bound: tuple[float, float] | None
    measured: Number | None
    tautau_bound: tuple[float, float] | None
    sensitivity: Mapping[float, float]


@checked
def panels(
    models: Mapping[str, float],
    *,
    dataset: str = "letter-2022",
    inputs: InputSet | None = None,
    convention: str = "physical",
    running: str | Path | None = None,
    mass: float | None = None,
    branches: bool = False,
    muons: bool = False,
) -> tuple[Panel, ...]:
    """The panels K and K* for models given by name and κ.

    ``inputs`` is ``"letter"`` by default for the data set ``letter-2022``, else ``"default"``; ``mass`` (GeV) is where
    running starts (4700 if not given), with the letter's inputs there is none.
    """
    chosen = inputs or ("letter" if dataset == "letter-2022" else "default")
    if chosen != "letter":
        options = (running or "full", LAMBDA if mass is None else mass)
        return _engine_panels(
            models,
            load_dataset(dataset),
            load_inputs(chosen, also=("letter",)),
            convention,
            options,
            branches,
        )
    if running not in (None, "none") or mass is not None:
        raise InputError(
            "`inputs='letter'` knows no running; leave `running` and `mass` out, or use `inputs='default'`."
        )
    made = []
    for name in PANELS:
        lines = tuple(
            plane_line(model, kappa, name, convention, dataset=dataset, branches=branches, muons=muons)
            for model, kappa in models.items()
        )
        band = letter_bands(name, dataset)
        made.append(Panel(name, lines, (band.bound, band.level), None, None, band.sensitivity))
    return tuple(made)


def _engine_panels(
    models: Mapping[str, float],
    data: DataSet,
    inputs: Inputs,
    convention: str,
    options: tuple[str | Path, float],
    branches: bool,
) -> tuple[Panel, ...]:
    delta = measured_delta(data)
    grid = delta_grid(delta, branches)
    sigmas = (grid - delta.value) / delta.uncertainty
    made = []
    for name, (tautau, nunu) in PANELS.items():
        ratios = along_delta((tautau, nunu), inputs, convention, options)
        found = {model: on_line(ratios, kappa).uncertainty(grid[:, None]) for model, kappa in models.items()}
        lines = tuple(
            PlaneLine(model, grid, sigmas, *values.T, *errors.T) for model, (values, errors) in found.items()
        )
        tautau_sm, nunu_sm = (float(formula.central.sm) for formula in ratios)
        made.append(
            Panel(
                name,
                lines,
                limit(data, RATES[nunu], nunu_sm),
                measured(data, RATES[nunu], nunu_sm),
                limit(data, RATES[tautau], tautau_sm),
                sensitivity(data, RATES[nunu]),
            )
        )
    return tuple(made)


def along_delta(
    observables: Sequence[str],
    inputs: Inputs,
    convention: str,
    options: tuple[str | Path, float],
    draws: int = DRAWS,
) -> tuple[Formula, ...]:
    """Observables as functions of δ and κδ, with C1 = κ C3 and δ fixing C3 at tree level.

    ``options`` are the running and the mass (GeV) where it starts. Theory draws move the matching (V_cb, λ_t, α: what
    C3 belongs to a δ, and what C9 to a C3) along with the rates.
    """
    running, mass = options
    line = parametrisation(("delta", "kappa"), mass=mass, running=running, convention=convention)
    return compiled([Observable(name) for name in observables], line, inputs, draws=draws)


def on_line(ratios: Sequence[Formula], kappa: float) -> TheoryModel:
    """Formulas of :func:`along_delta` as functions of δ alone."""
    line = Affine.from_parts(DELTA, ratios[0].central.basis, linear=np.array([[1.0], [kappa]], dtype=complex))
    return theory_model(ratios, line)


def delta_grid(delta: Number, branches: bool) -> Array:
    """δ from 0 to 4σ above its mean, dense at small δ, with the ends of the 1σ and 2σ parts as nodes."""
    top = delta.value + 4 * delta.uncertainty
    half = top * np.linspace(0.0, 1.0, 300) ** 2
    ends = [delta.value + n * delta.uncertainty for n in (-2, -1, 0, 1, 2)]
    return np.unique(np.concatenate([half, ends, -half if branches else half]))


def measured_delta(data: DataSet, sm: Mapping[str, Number] | None = None) -> Number:
    """δ(C_V - C_A) from R_D and R_D* over the SM values of the data set, or over others (``sm``).

    δ = sqrt(R/R_SM) - 1 for each, errors propagated linearly, combined by generalised least squares with the
    correlation of the measurements; the errors of the two SM values are taken as independent.
    """
    values = np.array([quoted(data, name).value for name in CHARGED])
    expected = {name: quoted(data, name, "prediction") for name in CHARGED} if sm is None else sm
    below = np.array([expected[name].value for name in CHARGED])
    covariance = _charged_covariance(data)
    error = np.array([expected[name].uncertainty for name in CHARGED])
    relative = covariance / np.outer(values, values) + np.diag((error / below) ** 2)
    root = np.sqrt(values / below)
    total = np.outer(root, root) * relative / 4
    weights = np.linalg.solve(total, np.ones(2))
    return Number(float(weights @ (root - 1) / weights.sum()), float(1 / sqrt(weights.sum())))


def quoting(data: DataSet) -> str:
    """The entries whose SM values a data set quotes."""
    return ", ".join(entry.name for entry in data.references if entry.role == "prediction")


def own_sm(inputs: InputSet = "default", draws: int = DRAWS) -> dict[str, Number]:
    """R_D and R_D* of the SM as nutau predicts them, with their theory errors."""
    found = predict(CHARGED, inputs=inputs, draws=draws)
    return {
        name: Number(float(row.value), float(row.uncertainty or 0.0))
        for name, row in zip(CHARGED, found, strict=True)
    }


def _charged_covariance(data: DataSet) -> Array:
    for entry in data.measurements:
        names = [item.name for item in entry.observables]
        if isinstance(entry.distribution, Gaussian) and all(name in names for name in CHARGED):
            rows = [int(np.flatnonzero(entry.distribution.index == names.index(name))[0]) for name in CHARGED]
            return entry.distribution.covariance[np.ix_(rows, rows)]
    raise InputError(
        f"Data set {data.name} has no joint measurement of R_D and R_D*, which fixes δ. Add one, as HFLAV-2025-RD."
    )


def limit(data: DataSet, observable: str, sm: float) -> tuple[float, float] | None:
    """The upper limit over the SM value, with its confidence level; a limit published over the SM as it is."""
    for entry in data.measurements:
        for name, unit in ((observable, sm), (f"{observable}/SM", 1.0)):
            names = [item.name for item in entry.observables]
            found = entry.distribution
            if isinstance(found, UpperLimits) and name in names:
                row = names.index(name)
                return float(found.limit[row]) / unit, float(found.confidence_level[row])
    return None


def measured(data: DataSet, observable: str, sm: float) -> Number | None:
    """The measured value and its uncertainty over the SM value; a value published over the SM as it is."""
    for entry in data.measurements:
        for name, unit in ((observable, sm), (f"{observable}/SM", 1.0)):
            if isinstance(entry.distribution, Gaussian) and name in [item.name for item in entry.observables]:
                found = quoted(data, name)
                return Number(found.value / unit, found.uncertainty / unit)
    return None


def sensitivity(data: DataSet, observable: str) -> dict[float, float]:
    """Uncertainties over the SM value that the data set's projections foresee, by luminosity in 1/ab."""
    return {
        float(luminosity): float(value)
        for projection in data.projections
        if projection.observable.name == observable and projection.quantity == "relative_to_sm"
        for luminosity, value in zip(projection.luminosity, projection.value, strict=True)
    }
