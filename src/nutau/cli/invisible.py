"""``nutau invisible``: what an excess of K and nothing else could be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nutau.cli.console import print_lines, print_table
from nutau.cli.options import Inputs, Json, print_json
from nutau.cli.words import as_options
from nutau.common.files import check_file

if TYPE_CHECKING:
    from nutau.inference.invisible.result import Explanations

Mediator = Annotated[
    list[str] | None,
    typer.Option(
        "--mediator",
        metavar="NAME",
        help="vector, scalar, tensor, sterile, dark-scalars, dark-vectors, two-body, two-body-vector; repeat (all).",
    ),
]
Mass = Annotated[
    str | None,
    typer.Option("--mass", metavar="GEV[:GEV]", help="Of the new particles, or LOW:HIGH (to the threshold)."),
]
Points = Annotated[int, typer.Option("--points", metavar="N", help="Masses between the two.")]
ParticleWidth = Annotated[
    float, typer.Option("--particle-width", metavar="GEV", help="Width of one new particle (0: a line).")
]
Even = Annotated[
    bool, typer.Option("--even", help="Quark currents of even parity instead of chiral ones: less K*.")
]
Data = Annotated[
    str, typer.Option("--data", metavar="NAME", help="Data set with the likelihood of a spectrum, or a file.")
]
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

    Of Belle II's spectrum alone, and with the limits of K* and X_s. About 0.3 s a mass.

    Example: nutau invisible --mediator two-body --mass 1.8:2.3 --points 3

    Example: nutau invisible --mass 0:2.3 --toys 300 --out excess.json
    """
    if out is not None:
        check_file(out, (".json",))
    found = run(mediator, mass, points, particle_width, even, data, inputs, toys, seed)
    if out is not None:
        from nutau.report.export import write_json

        write_json(out, found.to_dict())
    print_json(found.to_dict()) if as_json else show(found)


def run(
    mediator: list[str] | None,
    mass: str | None,
    points: int,
    width: float,
    even: bool,
    data: str,
    inputs: str,
    toys: int = 0,
    seed: int = 1,
) -> Explanations:
    """What the options mean, with a bar on stderr."""
    from nutau.cli.progress import progress
    from nutau.inference.invisible.compare import invisible as fitted

    with progress("masses") as report:
        return fitted(
            mediator or None, mass, data=data, inputs=inputs, points=points, particle_width=width, chiral=not even,
            toys=toys, seed=seed, progress=report,
        )  # fmt: skip


def show(found: Explanations) -> None:
    """The tables and what must be read with them."""
    from nutau.inference.invisible.result import HEAD

    print_table(f"invisible states on {found.data}, inputs {found.inputs}", HEAD, found.table())
    head, rows = found.predictions()
    print_table("branching ratios of each at its best, with the Standard Model's part", head, rows)
    print_lines(map(as_options, found.notes()))
