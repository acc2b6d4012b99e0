"""The (R_ττ, R_νν) plane for any data set and input set: each model's line with theory errors, and what is known.

With the letter's inputs the lines are its polynomials (:mod:`nutau.letter.plane`); with any other input set they are
our own rates, with the full CKM matrix, one α_em and running, and a theory error at every point.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.checked import checked
from nutau.eft.algebra import Affine
from nutau.eft.wilson import Basis
from nutau.errors import InputError, short
from nutau.inference.fit import FitResult
from nutau.inference.likelihood import parametrisation
from nutau.inference.likelihood.compiled import compiled
from nutau.inference.theory_model import TheoryModel, theory_model
from nutau.inputs import Inputs, InputSet, load_inputs
from nutau.inputs.letter import Number, quoted
from nutau.letter.plane import PANELS, PlaneLine, plane_line
from nutau.letter.plane import bands as letter_bands
from nutau.measurements import DataSet, Gaussian, Measurement, Observable, load_dataset
from nutau.models.two_field import LAMBDA
from nutau.observables.formula import Formula
from nutau.observables.predict import predict
from nutau.observables.predictions import DRAWS
from nutau.observables.requests import bare
from nutau.report.areas import Area, area, profiled
from nutau.report.bands import Axis, Band, Known, apart, axes_of, known
from nutau.report.tracks import Track, track

DELTA = Basis("real", "parameters", ("delta",))
CHARGED = ("Rtaul(B->Dlnu)", "Rtaul(B->D*lnu)")


@dataclass(frozen=True, eq=False)
class Panel:
    """One panel: lines along δ, points and lines at given couplings, regions, and what is known of either axis.

    ``undrawn`` says in sentences what of the data set is not drawn, and why.
    """

    name: str
    axes: tuple[Axis, Axis]
    lines: tuple[PlaneLine, ...]
    known: tuple[Known, Known]
    tracks: tuple[Track, ...] = ()
    areas: tuple[Area, ...] = ()
    undrawn: tuple[str, ...] = ()


@dataclass(frozen=True)
class Theory:
    """With what lines and points are computed."""

    inputs: Inputs
    convention: str
    running: str | Path
    mass: float
    draws: int


@checked
def panels(
    models: Mapping[str, float] | None = None,
    *,
    points: Mapping[str, Any] | None = None,
    lines: Mapping[str, Any] | None = None,
    regions: Mapping[str, Any] | None = None,
    texts: Mapping[str, Sequence[str]] | None = None,
    axes: Sequence[str] | None = None,
    data: str = "2026",
    inputs: InputSet | None = None,
    convention: str = "physical",
    running: str | Path | None = None,
    mass: float | None = None,
    branches: bool = False,
    muons: bool = False,
    draws: int = DRAWS,
) -> tuple[Panel, ...]:
    """The panels K and K* of R_νν against R_ττ, or with ``axes`` one of any two observables.

    ``models`` maps a name to κ: lines along δ that start at the SM. ``points`` and ``lines`` map a label to anything
    that :func:`nutau.point` takes, with numbers or arrays of couplings and masses, ``texts`` to what each point is (of
    a line the two ends), ``regions`` to a fit of one or two parameters, a scan or the name of its file.

    ``inputs`` is ``"letter"`` by default for the data set ``letter-2022`` and ``models`` alone, else ``"default"``;
    ``mass`` (GeV) is where running of the ``models`` starts (4700 if not given), with the letter's inputs there is
    none. Raises :class:`InputError` for bad names, and for axes along which nothing changes.
    """
    chosen = inputs or usual_inputs(data, alone=not (points or lines or regions or axes))
    if chosen == "letter":
        _check_letter(running, mass, points, lines, regions, axes)
        return _letter_panels(models or {}, data, convention, branches, muons)
    if muons:
        raise InputError("`muons` would not be used: it goes with `inputs='letter'`.")
    theory = Theory(
        load_inputs(chosen, also=("letter",)),
        convention,
        running or "full",
        LAMBDA if mass is None else mass,
        draws,
    )
    measured = load_dataset(data)
    named_axes = PANELS if axes is None else {"": _two(axes)}
    found = {name: axes_of(pair, theory.inputs) for name, pair in named_axes.items()}
    allowed = {
        label: profiled(one) if isinstance(one, FitResult) else one for label, one in (regions or {}).items()
    }
    made = tuple(
        _panel(
            name,
            (pair[0], pair[1]),
            theory,
            measured,
            models or {},
            branches,
            (points, lines, allowed, texts),
        )
        for name, pair in found.items()
    )
    if axes is not None:
        _check_moving(made[0])
    used = [entry.name for entry in measured.measurements if models and _gives_delta(entry)]
    rest = apart(measured, [axis for pair in found.values() for axis in pair], used)
    return (replace(made[0], undrawn=(*made[0].undrawn, *rest)), *made[1:])


def usual_inputs(data: str, *, alone: bool) -> str:
    """The input set where none is given: the letter's for its own data and its models ``alone``."""
    return "letter" if alone and data == "letter-2022" else "default"


def _two(axes: Sequence[str]) -> tuple[str, str]:
    if isinstance(axes, str) or len(axes) != 2:
        raise InputError(f"`axes={short(axes)}`: two observables are needed, as ('R(D)', 'Rnunu(K)').")
    return axes[0], axes[1]


def _check_letter(running: Any, mass: Any, *given: Any) -> None:
    if running not in (None, "none") or mass is not None:
        raise InputError(
            "`inputs='letter'` knows no running; leave `running` and `mass` out, or use `inputs='default'`."
        )
    if any(given):
        raise InputError(
            "`inputs='letter'` has lines of models with κ alone in its own plane; points, regions and other axes need "
            "`inputs='default'`."
        )


def _letter_panels(
    models: Mapping[str, float], dataset: str, convention: str, branches: bool, muons: bool
) -> tuple[Panel, ...]:
    made = []
    for name, pair in PANELS.items():
        lines = tuple(
            plane_line(model, kappa, name, convention, dataset=dataset, branches=branches, muons=muons)
            for model, kappa in models.items()
        )
        band = letter_bands(name, dataset)
        x, y = (Axis(*bare(axis), None, 1.0) for axis in pair)
        bound = Band(dataset, dataset, "limit", limit=band.bound, level=band.level)
        made.append(
            Panel(name, (x, y), lines, (Known(x, (), {}, ()), Known(y, (bound,), band.sensitivity, ())))
        )
    return tuple(made)


def _panel(
    name: str,
    axes: tuple[Axis, Axis],
    theory: Theory,
    data: DataSet,
    models: Mapping[str, float],
    branches: bool,
    given: tuple[Mapping[str, Any] | None, ...],
) -> Panel:
    points, lines, regions, texts = (dict(part or {}) for part in given)
    tracks = [
        track(
            label, thing, axes, theory.inputs, line=is_line, texts=texts.get(label, ()),
            running=None if theory.running == "full" else theory.running, convention=theory.convention,
            draws=theory.draws,
        )
        for part, is_line in ((points, False), (lines, True))
        for label, thing in part.items()
    ]  # fmt: skip
    areas = tuple(area(label, found, axes, theory.inputs) for label, found in regions.items())
    knowns = (known(data, axes[0]), known(data, axes[1]))
    undrawn = tuple(line for part in knowns for line in part.undrawn)
    along = _along(models, axes, theory, data, branches) if models else ()
    return Panel(name, axes, along, knowns, tuple(tracks), areas, undrawn)


def _along(
    models: Mapping[str, float], axes: tuple[Axis, Axis], theory: Theory, data: DataSet, branches: bool
) -> tuple[PlaneLine, ...]:
    delta = measured_delta(data)
    grid = delta_grid(delta, branches)
    sigmas = (grid - delta.value) / delta.uncertainty
    ratios = along_delta(
        [Observable(axis.full, axis.q2) for axis in axes], theory.inputs, theory.convention,
        (theory.running, theory.mass), theory.draws,
    )  # fmt: skip
    found = {model: on_line(ratios, kappa).uncertainty(grid[:, None]) for model, kappa in models.items()}
    return tuple(
        PlaneLine(model, grid, sigmas, *values.T, *errors.T) for model, (values, errors) in found.items()
    )


def _gives_delta(entry: Measurement) -> bool:
    names = [item.name for item in entry.observables]
    return isinstance(entry.distribution, Gaussian) and all(name in names for name in CHARGED)


def _check_moving(panel: Panel) -> None:
    """Refuse an axis along which nothing that is drawn moves."""
    for number, axis in enumerate(panel.axes):
        side = "xy"[number]
        values = [np.asarray(getattr(item, side)) for item in (*panel.lines, *panel.tracks)]
        values += [
            part[:, number]
            for item in panel.areas
            for level in (*item.pieces.values(), item.whole)
            for part in level
        ]
        sm = 1.0 if axis.relative else axis.sm
        if values and all(np.allclose(part, sm, rtol=1e-9, atol=0.0) for part in values):
            raise InputError(
                f"Nothing that is drawn moves {axis.label} from its SM value; name another observable in `axes`."
            )


def along_delta(
    observables: Sequence[str | Observable],
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
    items = [name if isinstance(name, Observable) else Observable(name) for name in observables]
    return compiled(items, line, inputs, draws=draws)


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
    found = {
        name: predict(name, inputs=inputs, draws=draws)[0] for name in CHARGED
    }  # one by one: less memory
    return {name: Number(float(row.value), float(row.uncertainty or 0.0)) for name, row in found.items()}


def _charged_covariance(data: DataSet) -> Array:
    for entry in data.measurements:
        names = [item.name for item in entry.observables]
        if isinstance(entry.distribution, Gaussian) and all(name in names for name in CHARGED):
            rows = [int(np.flatnonzero(entry.distribution.index == names.index(name))[0]) for name in CHARGED]
            return entry.distribution.covariance[np.ix_(rows, rows)]
    raise InputError(
        f"Data set {data.name} has no joint measurement of R_D and R_D*, which fixes δ. Add one, as HFLAV-2025-RD."
    )
