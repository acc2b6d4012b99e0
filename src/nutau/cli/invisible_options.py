"""The options of what an excess could be, and the fits that they mean: the same for the verb and its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

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
    typer.Option(
        "--mass", metavar="GEV,…", help="Of the new particles; 0:2.3 for --points of them (to the threshold)."
    ),
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
