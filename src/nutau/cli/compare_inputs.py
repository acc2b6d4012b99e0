"""``nutau compare-inputs``: observables for every determination of their form factors and every input set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nutau.cli import cases
from nutau.cli.console import as_text, output, print_lines, print_table
from nutau.cli.options import Bin, Convention, Draws, Inputs, Json
from nutau.cli.point import (
    Couplings,
    Delta,
    Kappa,
    Lq3,
    Mass,
    ModelName,
    Running,
    Scale,
    Settings,
    WcFile,
    points,
)
from nutau.cli.predict import Points, Tree, read_q2
from nutau.cli.progress import working
from nutau.cli.words import as_options
from nutau.common.files import check_file, write_text
from nutau.errors import InputError, unknown

if TYPE_CHECKING:
    from rich.console import Console

    from nutau.observables.comparison import Comparison

FORMATS = ("table", "csv", "json")

Names = Annotated[
    list[str],
    typer.Argument(metavar="OBSERVABLE ...", help='Names like "BR(B+->Knunu)", "R(D)", "Rnunu(K*)".'),
]
Format = Annotated[str | None, typer.Option("--format", metavar="NAME", help="table, csv or json.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write to a file.")]


def compare_inputs(
    observables: Names,
    wc: WcFile = None,
    settings: Settings = None,
    scale: Scale = None,
    model: ModelName = None,
    mass: Mass = None,
    couplings: Couplings = None,
    kappa: Kappa = None,
    delta: Delta = None,
    lq3: Lq3 = None,
    running: Running = None,
    inputs: Inputs = "default",
    convention: Convention = "physical",
    bins: Bin = None,
    q2: Points = None,
    tree: Tree = False,
    draws: Draws = 1000,
    form: Format = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Compare observables over all determinations of their form factors and all input sets.

    One channel at a time is exchanged in the set of --inputs; then each set that comes with nutau is taken as a whole.
    The shift is from the given set. CSV and JSON have the references too.

    Example: nutau compare-inputs "BR(B0->K*nunu)" "R(D*)"

    Example: nutau compare-inputs "BR(B+->Knunu)" --set CL_bsnutaunutau=2 --format csv --out inputs.csv
    """
    wanted = _format(form, as_json)
    if out is not None:
        check_file(out)
    several, where = zip(
        *points(settings, scale, wc, model, mass, couplings, kappa, delta, lq3, running, convention),
        strict=True,
    )
    import nutau

    asked: dict[str, Any] = {"inputs": inputs, "q2": read_q2(bins, q2, observables)}
    asked |= {"draws": draws, "tree": tree}
    with working("comparing inputs"):
        found = cases.run(
            several, lambda _, place: nutau.compare_inputs(tuple(observables), place, **asked), where
        )
    for warning in dict.fromkeys(warning for one in found for warning in one.warnings):
        typer.echo(f"nutau: warning: {as_options(warning)}", err=True)
    if wanted == "table" and out is None:
        _show(several, found)
        return
    text = _text(several, found, wanted)
    if out is not None:
        write_text(out, text)
        typer.echo(f"Written to {out}", err=True)
    if out is None or as_json:
        output().write(text)


def _format(form: str | None, as_json: bool) -> str:
    if form is not None and form not in FORMATS:
        raise unknown("format", form, FORMATS)
    if as_json and form not in (None, "json"):
        raise InputError(f"--json and --format {form} are two formats; leave one out.")
    return "json" if as_json else form or "table"


def _text(several: Sequence[cases.Case], found: Sequence[Comparison], wanted: str) -> str:
    from nutau.report.export import to_csv, to_json

    if wanted == "json":
        return to_json(cases.document(several, [one.to_dict() for one in found]))
    if wanted == "csv":
        return to_csv(cases.columns(several, [one.columns() for one in found]))
    return as_text(lambda on: _show(several, found, on))


def _show(several: Sequence[cases.Case], found: Sequence[Comparison], on: Console | None = None) -> None:
    """A table for each observable at each point, and below it how far the choice moves it."""
    for case, one in zip(several, found, strict=True):
        sign = f"inputs {one.inputs}, {one.convention} sign of λ_t"
        rows = one.table()
        for name in one.observables:
            cells = [row[1:] for row in rows if row[0] == name]
            print_table(case.told(f"{name}, {sign}"), one.headings[1:], cells, right=(2,), on=on)
            print_lines([one.note(name), ""], on)
