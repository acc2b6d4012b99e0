"""``nutau plot c9u``: R_D(*) against the universal C9 of b → sℓℓ."""

from __future__ import annotations

from typing import Annotated

import typer

from nutau.cli import figure, fitted
from nutau.cli.figure import Drawn
from nutau.report.figures.paper import Paper


@figure.drawn("c9u.pdf")
def c9u(
    data: fitted.Data = "2026-bsll",
    mass: Annotated[
        float, typer.Option("--mass", metavar="GEV", help="Λ, from which the operators of ττ run.")
    ] = 4700.0,
    inputs: fitted.Inputs = "default",
    draws: fitted.Draws = 1000,
    *,
    paper: Paper,
) -> Drawn:
    """Draw δ of R_D(*) against the C9 that ττ operators induce for all leptons: models, each kind of data, all data.

    Takes a minute. Each kind of data (b → cτν, b → sℓℓ, b → sνν̄) alone is shaded, all together outlined.

    Example: nutau plot c9u --data 2026-bsll --mass 4700 --draws 200 --out c9u.png
    """
    from nutau.cli.progress import progress
    from nutau.observables.predictions import check_draws
    from nutau.report.c9_plane import c9_plane
    from nutau.report.figures import numbers
    from nutau.report.figures.c9u import c9u as draw

    check_draws(draws)
    with progress("kinds of data", at_once=True) as report:
        found = c9_plane(data, mass=mass, inputs=inputs, draws=draws, progress=report)
    title = f"data {found.data}, inputs {found.inputs}"
    return draw(found, title=title, paper=paper), numbers.c9u(found, title)
