"""``nutau reproduce``: every number and the figure of the letter, beside ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nutau.cli.options import Json, print_json

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
    from nutau.reproduction import write_report

    report = write_report(out, data)
    if as_json:
        print_json(report.to_dict())
        return
    _print(report)
    typer.echo(f"Written to {out}: report.json, report.md, figure1.pdf, figure1.png, figure1.svg")


def _print(report: Report) -> None:
    from rich.console import Console
    from rich.table import Table

    from nutau.letter.report import show

    table = Table(title="A lesson from R_ττ and R_νν at Belle II, claim by claim", row_styles=["", "dim"])
    for heading in ("claim", "published", "as published", "physical", "full"):
        table.add_column(heading, no_wrap=heading == "claim")
    table.add_column("verdict")
    colours = {"holds": "green", "holds only as published": "yellow", "does not hold": "red"}
    for claim in report.claims:
        one, other = claim.computed["published"], claim.computed["physical"]
        table.add_row(
            claim.id,
            show(claim.published, "\n"),
            show(one, "\n"),
            "the same" if one == other else show(other, "\n"),
            show(claim.computed["full"], "\n") if "full" in claim.computed else "",
            f"[{colours[claim.verdict]}]{claim.verdict}[/]",
        )
    console = Console()
    console.print(table)
    console.print(
        "as published: |λ_t|; physical: signed λ_t < 0; full: full CKM, one α_em and running besides."
    )
