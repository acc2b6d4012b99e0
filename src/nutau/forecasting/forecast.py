"""``nutau.forecast``: what a luminosity will exclude, discover and tell apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from nutau.arrays import Array
from nutau.errors import InputError
from nutau.fitting.scales import sizes
from nutau.forecasting.apart import GRID, Apart, told_apart
from nutau.forecasting.expected import Test
from nutau.forecasting.hypotheses import ANCHOR, TABLE_ONE, Hypothesis, line_model
from nutau.forecasting.reach import UNUSABLE, scaled, uncertainty
from nutau.inputs import Inputs, load_inputs
from nutau.likelihood import likelihood, parametrisation
from nutau.likelihood.build import compiled, on_internal
from nutau.measurements import DataSet, Projection, find_projection, load_dataset
from nutau.predictions import DRAWS

SCHEMA = "nutau/forecast/1"


@dataclass(frozen=True)
class Row:
    """One model at one luminosity.

    ``exclusion``: σ by which it is disfavoured if the truth holds; ``discovery``: σ by which the Standard Model is
    disfavoured if this model holds.
    """

    model: str
    luminosity: float
    exclusion: float
    discovery: float

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return dict(self.__dict__)


@dataclass(frozen=True)
class Forecast:
    """Expected significances by luminosity, and the luminosities at which models are told apart from the truth."""

    truth: Hypothesis
    models: tuple[Hypothesis, ...]
    rows: tuple[Row, ...]
    apart: tuple[Apart, ...]
    projections: tuple[Projection, ...]
    uncertainties: tuple[dict[str, Any], ...]
    unit: str
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The document that ``nutau forecast --json`` prints."""
        return {
            "schema": SCHEMA,
            "truth": self.truth.to_dict(),
            "luminosity_unit": self.unit,
            "models": [model.to_dict() for model in self.models],
            "expected": [row.to_dict() for row in self.rows],
            "apart": [entry.to_dict() for entry in self.apart],
            "projections": list(self.uncertainties),
            "notes": list(self.notes),
        }

    def tables(self) -> list[tuple[str, list[tuple[str, ...]]]]:
        """Exclusion and discovery: a title, a header and a row a model, as text."""
        steps = sorted({row.luminosity for row in self.rows})
        at = {(row.model, row.luminosity): row for row in self.rows}
        head = ("model", *(f"{step:g} {self.unit}" for step in steps))

        def rows(what: str, names: Sequence[str]) -> list[tuple[str, ...]]:
            return [
                head,
                *((name, *(f"{getattr(at[name, step], what):.1f} σ" for step in steps)) for name in names),
            ]

        names = [model.name for model in self.models]
        return [
            (f"expected exclusion if {self.truth.name} is true", rows("exclusion", names)),
            (
                "expected exclusion of the SM if the model is true",
                rows("discovery", [n for n in names if n != "SM"]),
            ),
        ]

    def summary(self) -> list[str]:
        """Lines on when models are told apart from the truth, and notes."""
        lines = []
        for entry in self.apart:
            where = _when(entry.luminosity) + ("" if entry.luminosity is None else f" {self.unit}")
            ends = [_when(end) for end in (entry.low, entry.high)]
            spread = f" (68 % of {entry.toys} toys: {ends[0]} to {ends[1]})" if entry.toys else ""
            lines.append(
                f"{entry.other} told apart from {entry.truth} at {entry.sigmas:g} σ: {where}{spread}"
            )
        return [*lines, *self.notes]

    def __str__(self) -> str:
        lines = []
        for title, rows in self.tables():
            widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
            lines += [
                title,
                *("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in rows),
                "",
            ]
        return "\n".join((*lines, *self.summary()))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        parts = []
        for title, (head, *body) in self.tables():
            cells = "".join(f"<th>{escape(cell)}</th>" for cell in head)
            rows = "".join(
                "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in body
            )
            caption = f"<caption>{escape(title)}</caption>"
            parts.append(f"<table>{caption}<thead><tr>{cells}</tr></thead><tbody>{rows}</tbody></table>")
        notes = "<br>".join(escape(line) for line in self.summary())
        return f"{''.join(parts)}<p>{notes}</p>"


def forecast(
    luminosity: Sequence[float] = (1.0, 5.0, 10.0, 50.0),
    truth: str | Hypothesis = "sm",
    models: Sequence[str | Hypothesis] = TABLE_ONE,
    *,
    data: DataSet | str | Path = "2026",
    projections: Sequence[str] | None = None,
    inputs: Inputs | str = "default",
    mass: float | None = None,
    running: str | None = None,
    convention: str = "physical",
    lhcb: float | None = None,
    hold: bool = False,
    toys: int = 200,
    draws: int = DRAWS,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Forecast:
    r"""Expected exclusion and discovery, Asimov, for models of the letter or any :class:`Hypothesis`.

    ``luminosity`` in ab⁻¹ of Belle II; ``projections`` by name (default: those of the data set); those of LHCb are
    used at ``lhcb`` (fb⁻¹) if given. ``truth`` and ``models``: ``"sm"``, a mediator, ``kappa=1.2``, ``X_1/2``, each
    with ``,delta=0.05`` to hold δ; else δ is where R_D and R_D* of ``data`` put it, within its error. As δ = 0 is then
    a fluctuation of today's data, no exclusion by agreement with the SM exceeds their own significance; ``hold`` holds
    all δ at their best values. Raises :class:`InputError`.
    """
    steps = _luminosities(luminosity)
    if toys < 0:
        raise InputError(f"--toys {toys}: a number of toys is needed, 0 for none.")
    if lhcb is not None and not 0 < lhcb < float("inf"):
        raise InputError(f"--lhcb {lhcb}: a positive luminosity in fb⁻¹ is needed.")
    dataset = data if isinstance(data, DataSet) else load_dataset(data)
    chosen, notes = _chosen(dataset, projections, lhcb)
    setting = load_inputs(inputs) if isinstance(inputs, str) else inputs
    line = parametrisation(("delta", "kappa"), mass=mass, running=running, convention=convention)
    anchor = likelihood(_anchor(dataset), line, inputs=setting, draws=draws)
    size = sizes(anchor)
    made = [
        item if isinstance(item, Hypothesis) else line_model(item, anchor, size, hold=hold)
        for item in (truth, "sm", *dict.fromkeys(models))
    ]
    tests = _tests(made, chosen, setting, draws)
    true, sm, rivals = made[0], made[1], [item for item in made[2:] if item.name != made[0].name]
    if true.name != sm.name:
        rivals = [sm, *(item for item in rivals if item.name != sm.name)]
    standard = tests[id(sm.parametrisation)].predicted(sm)

    def sigma(hypothesis: Hypothesis, at: Array) -> Array:
        values = tests[id(hypothesis.parametrisation)].predicted(hypothesis)
        columns = [
            uncertainty(p, np.full_like(at, lhcb) if p.luminosity_unit == "fb^-1" else at, value, reference)
            for p, value, reference in zip(chosen, values, standard, strict=True)
        ]
        return np.stack(columns, axis=-1)

    def significance(hypothesis: Hypothesis, truth_is: Hypothesis) -> Array:
        central = tests[id(truth_is.parametrisation)].predicted(truth_is)
        q = tests[id(hypothesis.parametrisation)].q(hypothesis, central, sigma(truth_is, steps))
        return np.sqrt(np.clip(q, 0.0, None))

    rows = []
    for model in rivals:
        exclusion, discovery = significance(model, true), significance(sm, model)
        rows += [Row(model.name, *map(float, each)) for each in zip(steps, exclusion, discovery, strict=True)]
    apart: list[Apart] = []
    for done, model in enumerate(rivals, start=1):
        pair = [(item, tests[id(item.parametrisation)]) for item in (true, model)]
        apart += told_apart(pair[0], pair[1], lambda at: sigma(true, at), toys=toys, seed=seed)
        if progress is not None:
            progress(done, len(rivals))
    described = tuple(_described(p, steps) for p in chosen)
    return Forecast(true, tuple(rivals), tuple(rows), tuple(apart), chosen, described, "ab^-1", notes)


def _when(luminosity: float | None) -> str:
    if luminosity is None:
        return f"not below {GRID[-1]:g}"
    return f"below {GRID[0]:g}" if luminosity <= GRID[0] else f"{luminosity:.3g}"


def _luminosities(given: Sequence[float]) -> Array:
    steps = np.asarray(list(given), dtype=float)
    if not len(steps) or np.any(~((steps > 0) & np.isfinite(steps))):
        raise InputError("--luminosity needs positive numbers in ab⁻¹, for instance --luminosity 1,5,10,50.")
    return np.unique(steps)


def _chosen(
    dataset: DataSet, names: Sequence[str] | None, lhcb: float | None
) -> tuple[tuple[Projection, ...], tuple[str, ...]]:
    """The projections to use, one an observable, and notes on those that are not."""
    given = dataset.projections if names is None else tuple(find_projection(name) for name in names)
    notes, used = [], []
    for item in given:
        if item.quantity == UNUSABLE:
            notes.append(f"{item.name} is left out: a reach without a confidence level.")
        elif item.luminosity_unit == "fb^-1" and lhcb is None:
            notes.append(f"{item.name} is left out: give the luminosity of LHCb in fb⁻¹ (--lhcb) to use it.")
        else:
            used.append(item)
            if not item.verified:
                notes.append(f"{item.name} was not confirmed in its source.")
    if not used:
        raise InputError(
            f"Data set {dataset.name} has no projections to forecast with; name some with --projection."
        )
    labels = [item.observable.label for item in used]
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        double = [item.name for item in used if item.observable.label in twice]
        raise InputError(f"{', '.join(double)} project the same observable ({', '.join(twice)}): keep one.")
    return tuple(used), tuple(notes)


def _anchor(dataset: DataSet) -> DataSet:
    """Today's measurements of R_D and R_D* alone."""
    entries = tuple(
        entry for entry in dataset.measurements if {item.name for item in entry.observables} <= set(ANCHOR)
    )
    if not entries:
        raise InputError(f"Data set {dataset.name} does not measure R(D) or R(D*), which place the models.")
    return replace(dataset, measurements=entries)


def _tests(
    made: Sequence[Hypothesis], chosen: Sequence[Projection], inputs: Inputs, draws: int
) -> dict[int, Test]:
    """One test a parametrisation, by its identity."""
    items = [projection.observable for projection in chosen]
    found: dict[int, Test] = {}
    for hypothesis in made:
        used = hypothesis.parametrisation
        if id(used) not in found:
            found[id(used)] = Test(on_internal(compiled(items, used, inputs, draws=draws)), used.outer)
    return found


def _described(projection: Projection, steps: Array) -> dict[str, Any]:
    return {
        "name": projection.name,
        "observable": projection.observable.label,
        "quantity": projection.quantity,
        "source": projection.source,
        "verified": projection.verified,
        "published": np.asarray(projection.luminosity).tolist(),
        "at": dict(zip(map(str, steps.tolist()), scaled(projection, steps).tolist(), strict=True))
        if projection.luminosity_unit == "ab^-1"
        else {},
    }
