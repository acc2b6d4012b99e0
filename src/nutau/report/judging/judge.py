"""``nutau.judge``: fields with a mass and couplings, by every constraint that nutau predicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nutau.common.checked import checked
from nutau.common.given import real
from nutau.common.progress import Progress, portion
from nutau.errors import InputError
from nutau.inference.fit.flat import flat_directions
from nutau.inference.fit.quality import compare, goodness, pulls, warnings
from nutau.inference.fit.scales import check_constrained
from nutau.inference.fit.search import at_edge, minima
from nutau.inference.likelihood import Likelihood, Parametrisation
from nutau.inference.likelihood.build import likelihood as build
from nutau.inference.likelihood.fields import fields
from nutau.inference.likelihood.parameters import split
from nutau.inference.likelihood.scales import sizes
from nutau.inputs import InputSet, load_inputs
from nutau.measurements import DataSet, load_dataset
from nutau.measurements.ages import ages
from nutau.models import mediator
from nutau.observables.perturbativity import too_large
from nutau.observables.predictions import DRAWS, SEED
from nutau.report.judging.constraints import constraints
from nutau.report.judging.deciding import deciding
from nutau.report.judging.doubts import beyond, unconstrained
from nutau.report.judging.result import Judged, Judgement
from nutau.report.judging.searches import searches

DATA = "2026-models"
MINIMAL = "minimal"


@checked
def judge(
    models: str | Sequence[str],
    mass: float = 4000.0,
    data: DataSet | str | Path = DATA,
    *,
    structure: str = MINIMAL,
    right_handed: bool = False,
    couplings: Sequence[str] | None = None,
    fixed: Mapping[str, float] | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    running: str | Path | None = None,
    inputs: InputSet = "default",
    sm: str = "inputs",
    draws: int = DRAWS,
    seed: int = SEED,
    progress: Progress | None = None,
) -> Judgement:
    r"""Judge fields (``"U1"``, or several at one mass as ``"S1+S3"``) by all of a data set.

    The couplings of a flavour ``structure`` (:mod:`nutau.models.structures`), or those named, are fitted to all
    measurements, with theory errors; ``mass`` is in GeV. Of every family of measurements the result says what it gains
    over the Standard Model, and whether it agrees with all others (:mod:`nutau.report.judging.constraints`); of every
    observable with which error it would tell the field at its best fit from the Standard Model; of published searches
    for leptoquarks whether the mass lies above them.

    Raises :class:`InputError` for names that do not exist, and for a field that nothing in the data depends on.

    >>> import nutau
    >>> found = nutau.judge("U1", 4000.0, draws=0, couplings=["x1LL_33", "x1LL_23"], fixed={"x1LL_33": 1.0})
    >>> found.fields[0].constraints[0].name, found.fields[0].constraints[0].word
    ('b → cτν', 'prefers it')
    """
    names = (models,) if isinstance(models, str) else tuple(models)
    if not names or len(set(names)) < len(names):
        raise InputError("Name one field or more, each once, for instance 'U1' or 'S1+S3'.")
    dataset = data if isinstance(data, DataSet) else load_dataset(data)
    chosen = load_inputs(inputs)
    at = float(real("mass", mass, "GeV"))
    spaces = [
        fields(
            name,
            at,
            structure=structure,
            right_handed=right_handed,
            couplings=couplings,
            running=running,
            fixed=fixed,
            ranges=ranges,
            inputs=chosen,
        )
        for name in names
    ]  # every name is looked up before anything is fitted
    how: dict[str, Any] = {"inputs": chosen, "draws": draws, "seed": seed, "sm": sm, "all_data": True}
    found = []
    for place, (name, space) in enumerate(zip(names, spaces, strict=True)):
        made = build(dataset, space, alternative=False, **how)
        part = portion(progress, 100 * place, 100 * (place + 1), 100 * len(names))
        said = structure if couplings is None else "chosen"
        field = _judged(name, float(mass), said, made, dataset, part)
        found.append(replace(field, called=f"{name} (L+R)") if right_handed else field)
    return Judgement(dataset.name, tuple(found), ages(dataset.name, dataset.version, dataset.measurements))


def _judged(
    name: str, mass: float, structure: str, made: Likelihood, dataset: DataSet, progress: Progress | None
) -> Judged:
    size = sizes(made)
    check_constrained(made, size)
    found = minima(made, size, progress=portion(progress, 0, 60))
    best = found[0]
    p_value = goodness(best.chi2, made.dof)
    numbers = pulls(made, best.values)
    return Judged(
        name,
        mass,
        structure,
        made,
        size,
        found,
        compare(made, best.chi2),
        p_value,
        numbers,
        constraints(made, found, size, progress=portion(progress, 60, 100)),
        deciding(numbers, dataset),
        tuple(
            row
            for part in name.split("+")
            for row in searches(mediator(part.strip()), _used(made.parametrisation))
        ),
        (*warnings(made, best.values, best.chi2, p_value), *_notes(made, best.values, size)),
    )


def _used(space: Parametrisation) -> frozenset[str]:
    """The names of the couplings that are fitted or held: ``x1LL``."""
    names = [*space.names, *space.fixed]
    keys = [split(name)[1].rpartition(".")[2] for name in names]
    return frozenset(key.rpartition("_")[0].removeprefix("c_") for key in keys)


def _notes(made: Likelihood, best: Any, size: Any) -> tuple[str, ...]:
    """Edges, flat directions, what is not computed and what is left out."""
    par = load_inputs().parameters.mapping()
    bounds = dict(zip(made.names, made.parametrisation.bounds.tolist(), strict=True))
    edges = at_edge(made, best, size)
    lines = [
        f"the best {name} is at the edge of its range, {bounds[name][0]:.3g} to {bounds[name][1]:.3g}"
        for name in edges
    ]
    lines += [str(flat) for flat in flat_directions(made, best)]
    lines += unconstrained(made, best)
    lines += beyond({**dict(zip(made.names, best.tolist(), strict=True)), **made.parametrisation.fixed})
    lines += too_large(made.parametrisation.wilson(best, par), par)
    left = f"; left out: {', '.join(made.untested)}" if made.untested else ""
    lines += [f"not computed: {part.what}{left}" for part in made.parametrisation.missing]
    if made.unpredicted:
        lines.append(f"left out (no prediction): {', '.join(made.unpredicted)}")
    return tuple(lines)
