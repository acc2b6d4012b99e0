"""``nutau reproduce``: every number and the figure of the letter, beside ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nutau.cli.console import print_lines, print_table
from nutau.cli.options import Json, print_json
from nutau.cli.progress import working

if TYPE_CHECKING:
    from nutau.letter.report import Report


def reproduce(
    out: Annotated[
        str, typer.Option("--out", metavar="DIR", help="Folder for the report and the figure.")
    ] = ("reproduction"),
    data: Annotated[
        str, typer.Option("--data", metavar="NAME", help="Data set for the inputs.")
    ] = "letter-2022",
    as_json: Json = False,
) -> None:
    """Regenerate the letter: each claim as published, as computed with either sign of λ_t, and the verdict.

    Writes report.json, report.md and figure1.pdf, .png and .svg to the output folder.

    Example: nutau reproduce --out reproduction
    """
    from nutau.report.reproduce import write_report

    with working("the letter's claims"):
        report = write_report(out, data)
    if as_json:
        print_json(report.to_dict())
        return
    _print(report)
    typer.echo(f"Written to {out}: report.json, report.md, figure1.pdf, figure1.png, figure1.svg")


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
