"""``nutau compare-models``: models beside each other and the Standard Model, on the same data."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nutau.cli import cases, fitted, sampled
from nutau.cli.console import print_apart, print_lines, print_table
from nutau.cli.options import Json, print_json
from nutau.cli.words import as_options, warn
from nutau.common.files import check_file
from nutau.errors import InputError

if TYPE_CHECKING:
    from nutau.report.model_comparison import ModelComparison

Models = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[MODEL ...]",
        help="U1, U1:x1LL_33,x1LL_23, delta,kappa, C9_bstautau, ... (those of Table I).",
    ),
]
Mass = Annotated[
    str | None,
    typer.Option("--mass", metavar="GEV,…", help="Mass of all mediators, or several; couplings need it."),
]
Seed = Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Seed of the evidences.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write the table as .json.")]


def compare_models(
    models: Models = None,
    data: cases.Data = "2026",
    mass: Mass = None,
    running: fitted.Running = None,
    inputs: fitted.Inputs = "default",
    limits: fitted.Limits = None,
    prior: sampled.Prior = None,
    draws: fitted.Draws = 1000,
    seed: Seed = 1,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Compare models: Δχ², parameters that count, p-value, AIC, BIC and Bayes factor against the SM.

    Each is fitted to all of the data, so that rows are comparable. Half a minute or so a model. Lists of data sets and
    masses make a table each.

    Example: nutau compare-models U1 S3 delta,kappa

    Example: nutau compare-models U1 U1:x1LL_33,x1LL_23 --mass 4000 --prior delta=flat:-0.2:0.2
    """
    if out is not None:
        check_file(out, (".json",))
    given = sampled.priors(prior)
    if isinstance(given, str):
        raise InputError(f"--prior {given} is for one fit; here give NAME=KIND for a parameter.")
    from nutau.cli.progress import progress
    from nutau.inference.likelihood import use_double_precision
    from nutau.report.model_comparison import compare_models as run

    use_double_precision()
    several = cases.of_data(data, mass)
    how: dict[str, Any] = {"running": running, "inputs": inputs, "draws": draws, "seed": seed}
    how |= {"ranges": fitted.ranges(limits), "priors": given}

    def compared(case: cases.Case) -> ModelComparison:
        with progress(case.told("models"), at_once=True) as report:
            return run(models, case.values["--data"], mass=case.values["--mass"], progress=report, **how)

    found = cases.run(several, compared)
    for case, one in zip(several, found, strict=True):
        warn(case.told(f"{row.name}: {text}") for row in one.rows for text in row.found.warnings)
    document = cases.document(several, [one.to_dict() for one in found])
    if out is not None:
        from nutau.report.export import write_json

        write_json(out, document)
    if as_json:
        print_json(document)
        return
    print_apart(partial(show, one, case) for case, one in zip(several, found, strict=True))


def show(found: ModelComparison, case: cases.Case) -> None:
    """The table and what must be read with it."""
    from nutau.report.model_comparison import HEAD

    print_table(case.told(f"models on {found.data}, against the SM"), HEAD, found.table())
    print_lines(map(as_options, found.notes()))
