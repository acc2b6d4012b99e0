"""``nutau today``: what the data of a data set say of each model of the letter."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nutau.common.files import check_file, write_text


def today(
    data: Annotated[str, typer.Option("--data", metavar="NAME", help="Data set or file.")] = "2026",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the page here instead of printing it.")
    ] = None,
) -> None:
    """Fit every model of the letter to today's data, with and without running, and say how its conclusions stand.

    Takes a minute or two. Needs the extra 'fit'.

    Example: nutau today --data 2026 --out today.md
    """
    if out is not None:
        check_file(out)
    from nutau.cli.progress import progress
    from nutau.inference.likelihood import use_double_precision
    from nutau.report.today import page

    use_double_precision()
    with progress("fits", at_once=True) as report:
        text = page(data, progress=report)
    if out is None:
        typer.echo(text)
        return
    write_text(out, text)
    typer.echo(f"Written to {out}", err=True)
