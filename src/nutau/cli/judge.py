"""``nutau judge``: fields with a mass and couplings, by every constraint."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nutau.cli import cases, figure, fitted, lists
from nutau.cli.console import print_apart, print_lines, print_table
from nutau.cli.figure import DataOut, FontSize, Latex, Width
from nutau.cli.options import Json, Wide, print_json
from nutau.cli.words import as_options
from nutau.common.files import check_file, write_text
from nutau.errors import InputError
from nutau.report.figures.paper import Paper

if TYPE_CHECKING:
    from nutau.report.judging import Judged, Judgement

Models = Annotated[
    list[str] | None,
    typer.Argument(metavar="[MODEL …]", help="U1, S3, Z', … (nutau models); S1+S3 is a pair of one mass."),
]
Letter = Annotated[
    bool,
    typer.Option("--letter", help="The fields of the letter's Table I and what it leaves out, as a page."),
]
Structure = Annotated[
    str,
    typer.Option(
        "--structure",
        metavar="NAME",
        help="Couplings: minimal (33 and 23 of doublets, with τ), u2 (spurions of V_ts size) or free.",
    ),
]
RightHanded = Annotated[bool, typer.Option("--right-handed", help="Couplings to singlets too.")]
Couplings = Annotated[
    str | None, typer.Option("--couplings", metavar="NAME,…", help="These instead: x1LL_33,x1LL_23,x1RR_33.")
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Write a page (.md) or all numbers (.json).")
]
Picture = Annotated[
    Path | None,
    typer.Option(
        "--figure",
        metavar="FILE",
        help="Draw the constraints on two couplings of a field; several in R_ττ, R_νν.",
    ),
]
Axes = Annotated[
    str | None,
    typer.Option("--axes", metavar="X,Y", help="Two couplings for --figure (default: the first two)."),
]


def judge(
    models: Models = None,
    letter: Letter = False,
    mass: cases.Masses = "4000",
    data: cases.Data = "2026-models",
    structure: Structure = "minimal",
    right_handed: RightHanded = False,
    couplings: Couplings = None,
    fix: fitted.Fix = None,
    limits: fitted.Limits = None,
    sm: fitted.Standard = "inputs",
    running: fitted.Running = None,
    inputs: fitted.Inputs = "default",
    draws: fitted.Draws = 1000,
    out: Out = None,
    picture: Picture = None,
    axes: Axes = None,
    width: Width = None,
    font_size: FontSize = None,
    latex: Latex = False,
    data_out: DataOut = None,
    wide: Wide = False,
    as_json: Json = False,
) -> None:
    """Judge fields by every constraint: best couplings, what prefers, bounds or excludes each, what will decide.

    The couplings are fitted to all of the data; every family of measurements is held against all others. Lists of
    masses and data sets make a table each. A field of two couplings takes half a minute to a minute, one of four two,
    all those of the letter (--letter) a quarter of an hour.

    Example: nutau judge U1 --mass 4000

    Example: nutau judge S1+S3 U1 --mass 2000 --structure u2 --out judged.md

    Example: nutau judge U1 --mass 4000 --figure u1.pdf --width page
    """
    of_couplings = {"--couplings": couplings, "--fix": fix, "--range": limits, "--axes": axes}
    if letter:
        chosen = of_couplings | {"--right-handed": right_handed, "--structure": structure != "minimal"}
        _refuse(chosen, "--letter has couplings of its own")
    if bool(models) == letter:
        raise InputError("Name a field or more, as U1 or S1+S3, or ask for --letter; not both.")
    if out is not None:
        check_file(out, (".md", ".json"))
    paper = figure.beside(picture, width, font_size, latex, data_out, {"--axes": axes})
    from nutau.cli.progress import progress
    from nutau.inference.likelihood import use_double_precision
    from nutau.report.judging import judge as run
    from nutau.report.judging import judge_letter
    from nutau.report.judging.letter import document as letters
    from nutau.report.judging.letter import with_sentences

    use_double_precision()
    several = cases.of_data(data, mass)
    if picture is not None and len(several) > 1:
        raise InputError("--figure draws one mass on one data set; leave it out for lists.")
    if len(models or ()) > 1:
        _refuse({"--axes": axes}, "the figure of several fields has R_ττ and R_νν as axes")
    names = None if couplings is None else lists.parts(couplings)
    how: dict[str, Any] = {"inputs": inputs, "draws": draws, "sm": sm, "running": running}
    if not letter:
        how |= {"structure": structure, "right_handed": right_handed, "couplings": names}
        how |= {"fixed": fitted.numbers("--fix", fix), "ranges": fitted.ranges(limits)}

    def judged(case: cases.Case) -> Judgement:
        at = case.values["--mass"], case.values["--data"]
        with progress(case.told("fields"), at_once=True) as report:
            if letter:
                return judge_letter(*at, progress=report, **how)
            return run(models or [], *at, progress=report, **how)

    found = cases.run(several, judged)
    if picture is not None and (letter or len(found[0].fields) > 1):
        _draw_plane(found[0], picture, several[0].values["--data"], letter, inputs, paper, data_out)
    elif picture is not None:
        _draw(found[0].fields[0], picture, axes, several[0].values["--data"], inputs, paper, data_out)
    made = [with_sentences(letters(one)) if letter else one.to_dict() for one in found]
    document = cases.document(several, made)
    if out is not None and out.suffix == ".json":
        from nutau.report.export import write_json

        write_json(out, document)
    elif out is not None:
        from nutau.report.judging.letter_page import page as letter_page
        from nutau.report.judging.page import page

        shown = None if picture is None else Path(os.path.relpath(picture, out.parent)).as_posix()
        pages = (
            [letter_page(one, shown) for one in made]
            if letter
            else [page(one, case.told("Fields judged")) for case, one in zip(several, found, strict=True)]
        )
        write_text(out, "\n".join(pages))
        typer.echo(f"Written to {out}", err=True)
    if as_json:
        print_json(document)
    elif out is None:
        print_apart(partial(show, one, case, wide) for case, one in zip(several, found, strict=True))


def _refuse(given: dict[str, Any], why: str) -> None:
    """Raise for the first option that is given."""
    for name, value in given.items():
        if value:
            raise InputError(f"{name} cannot be used here: {why}. Leave it out.")


def _draw_plane(
    found: Judgement, out: Path, data: str, letter: bool, inputs: str, paper: Paper, data_out: Path | None
) -> None:
    from dataclasses import replace

    from nutau.measurements import load_dataset
    from nutau.report.figures import fields_plane, numbers
    from nutau.report.judging.letter import document, with_plane

    if not letter:
        found = replace(found, fields=tuple(with_plane(field, inputs) for field in found.fields))
    dataset = load_dataset(data)
    made = (
        fields_plane.fields_plane(document(found), dataset, paper=paper)
        if letter
        else fields_plane.of_fields(found, dataset, paper=paper)
    )
    figure.write(made, numbers.planes(found), out, data_out, err=True)


def _draw(
    field: Judged, out: Path, axes: str | None, data: str, inputs: str, paper: Paper, data_out: Path | None
) -> None:
    from nutau.inputs import load_inputs
    from nutau.measurements import load_dataset
    from nutau.report.figures import numbers
    from nutau.report.figures.judged import judged
    from nutau.report.judging.regions import region

    pair = None if axes is None else lists.parts(axes)
    made = region(field, load_inputs(inputs), pair, load_dataset(data))
    figure.write(judged(made, paper=paper), numbers.judged(made), out, data_out, err=True)


def show(found: Judgement, case: cases.Case, wide: bool = False) -> None:
    """The tables of every field, and what must be read with them."""
    from nutau.cli.console import console
    from nutau.report.judging import result, searches

    on = console(wide)
    if len(found.fields) > 1:
        print_table(case.told(f"fields on {found.data}"), result.SUMMARY, found.table(), on=on)
    for field in found.fields:
        print_lines(["", as_options(field.verdict()), ""], on)
        print_table(case.told(f"{field.label}: constraints"), result.FAMILIES, field.families(), on=on)
        if field.measured():
            print_table(
                f"{field.label}: measurements that it moves", result.MEASURED, field.measured(), on=on
            )
        if field.decided():
            print_table(f"{field.label}: what will decide", result.DECIDING, field.decided(), on=on)
        if field.searches:
            rows = [row.cells(field.mass) for row in field.searches]
            print_table(f"{field.label}: direct searches, as published", searches.HEAD, rows, on=on)
        print_lines(map(as_options, field.notes), on)
    print_lines(["", *map(as_options, found.notes())], on)
