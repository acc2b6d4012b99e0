"""``nutau formulas``: the letter's Appendix A for any observable, with theory errors."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nutau.cli import cases
from nutau.cli.console import as_text, print_apart, print_lines, print_table
from nutau.cli.lists import read
from nutau.cli.options import Bin, Draws, Inputs, Json
from nutau.cli.predict import read_q2
from nutau.cli.progress import working
from nutau.common.files import check_file, write_text
from nutau.common.rounding import fixed
from nutau.errors import InputError, unknown

if TYPE_CHECKING:
    from rich.console import Console

FORMATS = ("table", "latex", "popxf", "json")
OBSERVABLES = typer.Argument(
    metavar="[OBSERVABLE ...]",
    help='Names like "Rtautau(K)", "BR(B+->Knunu)", "R(D)"; the letter\'s if none.',
)
SHOWN_CORRELATIONS = 6


def formulas(
    observables: Annotated[list[str] | None, OBSERVABLES] = None,
    scale: Annotated[
        str | None,
        typer.Option("--scale", metavar="GEV,…", help="Scale of the Wilson coefficients (4.8), or several."),
    ] = None,
    variables: Annotated[
        str | None,
        typer.Option(
            "--variables", metavar="NAME", help="left-handed (the letter's), real, or raw (Re and Im)."
        ),
    ] = None,
    coefficients: Annotated[
        list[str] | None,
        typer.Option("--coefficient", metavar="NAME", help="Keep only this coefficient; repeat for more."),
    ] = None,
    bins: Bin = None,
    draws: Draws = 1000,
    inputs: Inputs = "default",
    form: Annotated[
        str, typer.Option("--format", metavar="NAME", help="table, latex, popxf or json.")
    ] = "table",
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write to a file.")] = None,
    as_json: Json = False,
) -> None:
    """Print observables as polynomials of Wilson coefficients, with theory errors and correlations.

    Example: nutau formulas "Rtautau(K)" "Rtautau(K*)" "Rnunu(K*)" --scale 80.4

    Example: nutau formulas "R(D)" "R(D*)" --format popxf --out charged.json
    """
    if form not in FORMATS:
        raise unknown("format", form, FORMATS)
    if as_json and form not in ("table", "json"):
        raise InputError(f"--json and --format {form} are two formats; leave one out.")
    wanted = "json" if as_json else form
    if out is not None:
        check_file(out)
    asked: dict[str, Any] = {
        "observables": tuple(observables or ()),
        "inputs": inputs,
        "only": tuple(coefficients or ()),
        "q2": read_q2(bins, None),
        "draws": draws,
    }
    scales = [None] if scale is None else read(scale, "--scale", "a number of GeV is needed")
    several = cases.cases({"--scale": scales})
    if wanted == "popxf":
        cases.refuse(several, {"--format popxf": True}, "write a file for each scale")
        _popxf({**asked, "scale": scales[0]}, variables, out)
        return
    from nutau.report.export.formulas import write_formulas

    named = variables or "left-handed"
    with working("formulas"):
        written = cases.run(
            several, lambda case: write_formulas(**asked, scale=case.values["--scale"], variables=named)
        )
    if wanted == "table" and out is None:
        _show_all(written)
        return
    text = _text(several, written, wanted)
    _emit(text, out)
    if as_json and out is not None:
        typer.echo(text, nl=False)


def _text(several: Sequence[cases.Case], written: Sequence[Any], wanted: str) -> str:
    """All of them as the text of a file."""
    from nutau.report.export import to_json

    if wanted == "json":
        return to_json(cases.document(several, [one.document() for one in written]))
    if wanted == "latex":
        return "\n".join(one.latex() for one in written)
    return as_text(lambda on: _show_all(written, on))


def _show_all(written: Sequence[Any], on: Console | None = None) -> None:
    print_apart((partial(_show, one, on) for one in written), on)


def _popxf(asked: dict[str, Any], variables: str | None, out: Path | None) -> None:
    if variables not in (None, "raw"):
        raise InputError(
            f"POPxf is written in Wilson coefficients themselves; leave --variables {variables} out."
        )
    from nutau.report.export import to_json, write_json
    from nutau.report.export.formulas import popxf_documents

    beside = None if out is None else out.with_name(f"{out.stem}.corr.json")
    with working("formulas"):
        document, correlations = popxf_documents(
            **asked, correlation_file=None if beside is None else beside.name
        )
    if out is None or beside is None:
        typer.echo(to_json(document), nl=False)
        if correlations is not None:
            typer.echo(
                "nutau: the correlations have a file of their own; give --out to write both.", err=True
            )
        return
    write_json(out, document)
    if correlations is None:
        typer.echo(f"Written to {out}", err=True)
        return
    write_json(beside, correlations)
    count = len(document["metadata"]["observable_names"]) * len(document["data"]["observable_central"])
    typer.echo(
        f"Written to {out} ({_size(out)}) and {beside} ({_size(beside)}: correlations of {count} numbers with each "
        "other; fewer with --coefficient)",
        err=True,
    )


def _size(path: Path) -> str:
    size = path.stat().st_size
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3))} kB"


def _emit(text: str, out: Path | None) -> None:
    if out is None:
        typer.echo(text, nl=False)
        return
    write_text(out, text)
    typer.echo(f"Written to {out}", err=True)


def _show(written: Any, on: Console | None = None) -> None:
    for made, where in zip(written.polynomials, written.places, strict=True):
        print_lines([f"{made.observable} {where}, inputs {written.inputs}"], on)
        _table_of(made, on)
    print_lines(_notes(written), on)


def _table_of(made: Any, on: Console | None) -> None:
    """One polynomial; with few terms, their correlations beside them."""
    from nutau.common.numbers import number

    shown = [i for i, error in enumerate(made.errors) if error > 0]
    shown = shown if 1 < len(shown) <= SHOWN_CORRELATIONS else []
    headings = ("term", "coefficient", *(_product(made.monomials[i]) for i in shown))
    rows = []
    for i, (value, error) in enumerate(zip(made.central.tolist(), made.errors.tolist(), strict=True)):
        cells = [fixed(made.correlation[i, j], 2) if i in shown and j <= i else "" for j in shown]
        interval = (value - error, value + error)
        rows.append((_product(made.monomials[i]), number(value, error, interval), *cells))
    print_table("", headings, rows, right=range(2, len(headings)), on=on)


def _product(monomial: tuple[str, ...]) -> str:
    if len(monomial) == 2 and monomial[0] == monomial[1]:
        return f"({monomial[0]})²" if " " in monomial[0] or "_" in monomial[0] else f"{monomial[0]}²"
    return " · ".join(monomial) or "1"


def _notes(written: Any) -> list[str]:
    notes = list(written.notes())
    if any(made.draws is not None and len(made.monomials) > 1 for made in written.polynomials):
        notes.append("± is the theory error; columns are correlations. All of them: --format json or popxf.")
    return notes
