"""``nutau reproduce``: every number and the figure of the letter beside ours, or the numbers of another paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nutau.cli.console import print_lines, print_table
from nutau.cli.options import Json, print_json
from nutau.cli.progress import working
from nutau.errors import InputError

if TYPE_CHECKING:
    from nutau.letter.report import Report
    from nutau.report.papers.result import PaperReport

OUT, DATA = "reproduction", "letter-2022"
COLOURS = {"agrees": "green", "differs": "yellow", "not computed": ""}


def reproduce(
    paper: Annotated[
        str | None,
        typer.Argument(metavar="[PAPER]", help="An arXiv number, or a YAML file; without one, the letter."),
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the papers that there are.")] = False,
    out: Annotated[
        str | None,
        typer.Option("--out", metavar="DIR", help=f"Folder for the letter's report and figure ({OUT})."),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option("--data", metavar="NAME", help=f"Data set for the letter's inputs ({DATA})."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Regenerate the letter, or compute the numbers of a paper: each beside nutau's, with a verdict that follows.

    Of the letter each claim as published and with either sign of λ_t; writes report.json, report.md and figure1.pdf,
    .png and .svg to the output folder. Of another paper each claim with its place, its accuracy and the command.

    Example: nutau reproduce --out reproduction

    Example: nutau reproduce --list

    Example: nutau reproduce 2604.20340
    """
    if paper is not None or listed:
        _check_alone(paper, listed, out, data)
        _papers(paper, as_json)
        return
    from nutau.report.reproduce import write_report

    folder = OUT if out is None else out
    with working("the letter's claims"):
        report = write_report(folder, DATA if data is None else data)
    if as_json:
        print_json(report.to_dict())
        return
    _print(report)
    typer.echo(f"Written to {folder}: report.json, report.md, figure1.pdf, figure1.png, figure1.svg")


def _check_alone(paper: str | None, listed: bool, out: str | None, data: str | None) -> None:
    """Raise :class:`InputError` for options of the letter beside a paper, and for a paper beside the list."""
    if paper is not None and listed:
        raise InputError(f"--list lists all papers; leave out {paper}, or --list for that one.")
    given = [name for name, value in (("--out", out), ("--data", data)) if value is not None]
    if given:
        raise InputError(
            f"{' and '.join(given)} would not be used: only the letter, `nutau reproduce` without a paper, has files "
            "and data. For a paper's numbers as a document use --json."
        )


def _papers(number: str | None, as_json: bool) -> None:
    if number is None:
        from nutau.report.papers.record import listing

        rows = listing()
        if as_json:
            keys = ("arxiv", "authors", "title", "claims", "computed")
            print_json({"papers": [dict(zip(keys, row, strict=True)) for row in rows]})
            return
        print_table("papers", ("arXiv", "authors", "title", "computed"), _text(rows))
        print_lines(["Without a number: the letter."])
        return
    from nutau.report.papers.result import reproduce_paper

    with working("the paper's claims"):
        made = reproduce_paper(number)
    if as_json:
        print_json(made.to_dict())
        return
    _print_paper(made)


def _text(rows: list[tuple[str, str, str, int, int]]) -> list[tuple[str, ...]]:
    """A list that eighty columns hold: the first author of more than two, claims in one column."""
    return [
        (number, _first(authors), title, f"{computed} of {claims}")
        for number, authors, title, claims, computed in rows
    ]


def _first(authors: str) -> str:
    names = authors.split(", ")
    return authors if len(names) <= 2 else f"{names[0]} et al."


def _print_paper(made: PaperReport) -> None:
    from nutau.report.papers.result import HEADINGS

    styles = [COLOURS[row.verdict] for row in made.rows]
    title = f"arXiv:{made.paper.arxiv}, {made.paper.authors}: {made.paper.title}"
    print_table(title, HEADINGS, made.table(), styles=styles)
    print_lines(["", *made.notes(), "", "The numbers by themselves:"])
    for line in made.commands():
        typer.echo(line)
    if made.readings():
        print_lines(["", "Of what these lines print, the number is", *made.readings()])


def _print(report: Report) -> None:
    from nutau.letter.claims import BAND

    colours = {"holds": "green", "holds only as published": "yellow", "does not hold": "red"}
    headings = ("claim", "", "published", "as published", "physical", "full", "verdict")
    rows = report.numbers()
    styles = [colours.get(row[-1].split(";")[0], "") for row in rows]
    print_table("A lesson from R_ττ and R_νν at Belle II, claim by claim", headings, rows, styles=styles)
    print_lines(
        [
            "as published: |λ_t|; physical: signed λ_t < 0; full: full CKM, one α_em and running besides. "
            f"What depends on R_D(*) is judged over {BAND:g} σ of it; another verdict over 1 σ is said."
        ]
    )
