"""``nutau cite``: BibTeX of what a result rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from nutau.cli.cases import names
from nutau.cli.options import Inputs, Json, Observables, print_json
from nutau.errors import InputError

if TYPE_CHECKING:
    from nutau.report.citations import Citations

LINE = "kappa"
"""Among models: the letter's lines C1 = κ C3."""
Cite = Annotated[
    bool, typer.Option("--cite", help="Print BibTeX of what the result rests on, instead of the result.")
]


def cite(
    observables: Observables = None,
    inputs: Inputs = "default",
    data: Annotated[
        str | None,
        typer.Option("--data", metavar="NAME,…", help="Data sets: 2026, letter-2022, or files."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="NAME,…", help="Mediators, or 'kappa' for the letter's lines."),
    ] = None,
    running: Annotated[
        str | None,
        typer.Option(
            "--running", metavar="full|none|FOLDER", help="Whether the model's coefficients are run (full)."
        ),
    ] = None,
    tree: Annotated[bool, typer.Option("--tree", help="With the tree-level τ contribution.")] = False,
    as_json: Json = False,
) -> None:
    """Print BibTeX of exactly the inputs, form factors, measurements and methods that a result rests on.

    Example: nutau cite "R(D)" "BR(B+->Knunu)" --model U1 > nutau.bib

    Example: nutau cite --data 2026 --inputs flavio-2.7
    """
    from nutau.report.citations import collected, matching

    if not observables and data is None and model is None:
        raise InputError(
            'Nothing to cite: give observables ("R(D)"), a data set (--data 2026) or a model (--model U1).'
        )
    if running is not None and model is None:
        raise InputError("--running would not be used: only coefficients of a --model run from above.")
    from nutau.eft.smeft.matching_and_running import runs
    from nutau.measurements import load_dataset
    from nutau.models import mediator

    models = [] if model is None else names(model, "--model")
    sets = [] if data is None else [load_dataset(name) for name in names(data, "--data")]
    fields = [mediator(name) for name in models if name != LINE]
    matched = matching(fields, line=LINE in models, smeft=False, run=runs(running or "full"))
    entries = [entry for one in sets for entry in one.measurements] if sets else None
    show(collected(tuple(observables or ()), matched, inputs=inputs, data=entries, tree=tree), as_json)


def show(result: Citations, as_json: bool) -> None:
    """Print references as BibTeX or JSON."""
    if as_json:
        print_json(result.to_dict())
    else:
        typer.echo(result.bibtex(), nl=False)


def cite_prediction(observables: tuple[str, ...], point: Any, inputs: str, tree: bool) -> Citations:
    """What ``nutau predict`` with these arguments rests on."""
    from nutau.observables.predictions import DEFAULT_OBSERVABLES
    from nutau.report.citations import cite as ask

    return ask(observables or DEFAULT_OBSERVABLES, point, inputs=inputs, tree=tree)


def cite_fit(
    parameters: str,
    data: str,
    model: str | None,
    inputs: str,
    all_data: bool,
    invisible: Any = None,
    **theory: Any,
) -> Citations:
    """What ``nutau fit`` with these arguments rests on: the measurements it uses, and their predictions."""
    from nutau.eft.smeft.matching_and_running import runs
    from nutau.inference.likelihood import parametrisation
    from nutau.inference.likelihood.build import select
    from nutau.inference.likelihood.parameters import Invisible, Weak
    from nutau.inputs import load_inputs
    from nutau.measurements import load_dataset
    from nutau.models import mediator
    from nutau.report.citations import collected, matching

    chosen = load_inputs(inputs)
    state = None if invisible is None else invisible.coupled(chosen)
    found = parametrisation(parameters.split(","), model=model, invisible=state, **theory)
    used = select(load_dataset(data), found, chosen, all_data=all_data).used
    matched = not all(isinstance(space, Weak | Invisible) for space in found.spaces)
    fields = [] if model is None else [mediator(model)]
    by = matching(fields, line=False, smeft=matched, run=runs(found.theory.running))
    return collected((), by, data=used, inputs=chosen)
