"""``nutau invisible``: what an excess of K and nothing else could be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nutau.cli.console import print_lines, print_table
from nutau.cli.invisible_options import Data, Even, Mass, Mediator, ParticleWidth, Points, run
from nutau.cli.options import Inputs, Json, print_json
from nutau.cli.words import as_options
from nutau.common.files import check_file

if TYPE_CHECKING:
    from nutau.inference.invisible.result import Explanations

Toys = Annotated[int, typer.Option("--toys", metavar="N", help="Toys of the global significance.")]
Seed = Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Seed of the toys.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write the result as .json.")]


def invisible(
    mediator: Mediator = None,
    mass: Mass = None,
    points: Points = 21,
    particle_width: ParticleWidth = 0.0,
    even: Even = False,
    data: Data = "2026-belle2-shape",
    inputs: Inputs = "default",
    toys: Toys = 0,
    seed: Seed = 1,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Fit what B⁺ → K⁺ and nothing seen could be: pairs of neutrinos or new particles, or one, at each mass.

    Of Belle II's spectrum alone, and with the rates and limits of K, K* and X_s. About 0.3 s a mass.

    Example: nutau invisible --mediator two-body --mass 1.8:2.3 --points 3

    Example: nutau invisible --points 17 --toys 300
    """
    if out is not None:
        check_file(out, (".json",))
    found = run(mediator, mass, points, particle_width, even, data, inputs, toys, seed)
    if out is not None:
        from nutau.report.export import write_json

        write_json(out, found.to_dict())
    print_json(found.to_dict()) if as_json else show(found)


def show(found: Explanations) -> None:
    """The tables and what must be read with them."""
    from nutau.inference.invisible.result import HEAD

    print_table(f"invisible states on {found.data}, inputs {found.inputs}", HEAD, found.table())
    head, rows = found.predictions()
    print_table("branching ratios of each at its best in 10⁻⁶, with the Standard Model's part", head, rows)
    print_lines(map(as_options, found.notes()))
