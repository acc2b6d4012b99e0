"""``nutau cite``: BibTeX of what a result rests on."""

from __future__ import annotations

from typing import Annotated

import typer

from nutau.cli.options import Inputs, Json, print_json
from nutau.errors import InputError

OBSERVABLES = typer.Argument(
    metavar="[OBSERVABLE ...]", help='Names like "BR(B+->Knunu)", "R(D)", "Rnunu(K*)".'
)


def cite(
    observables: Annotated[list[str] | None, OBSERVABLES] = None,
    inputs: Inputs = "default",
    data: Annotated[
        str | None, typer.Option("--data", metavar="NAME", help="A data set: 2026, letter-2022, or a file.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="NAME", help="A mediator, or 'kappa' for the letter's lines."),
    ] = None,
    running: Annotated[
        str, typer.Option("--running", metavar="full|none", help="Whether the model's coefficients are run.")
    ] = "full",
    tree: Annotated[bool, typer.Option("--tree", help="With the tree-level τ contribution.")] = False,
    as_json: Json = False,
) -> None:
    """Print BibTeX of exactly the inputs, form factors, measurements and methods that a result rests on.

    Example: nutau cite "R(D)" "BR(B+->Knunu)" --model U1 > nutau.bib

    Example: nutau cite --data 2026 --inputs flavio-2.7
    """
    from nutau.citations import cite as ask

    if not observables and data is None and model is None:
        raise InputError(
            'Nothing to cite: give observables ("R(D)"), a data set (--data 2026) or a model (--model U1).'
        )
    result = ask(tuple(observables or ()), inputs=inputs, data=data, model=model, running=running, tree=tree)
    if as_json:
        print_json(result.to_dict())
    else:
        typer.echo(result.bibtex(), nl=False)
