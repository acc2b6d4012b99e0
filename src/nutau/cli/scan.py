"""``nutau scan``: observables with theory errors at points of parameters."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from nutau.cli import fitted, invisible_state
from nutau.cli import work as working
from nutau.cli.options import Bin, Convention
from nutau.cli.predict import read_q2
from nutau.cli.words import warn

Grid = Annotated[
    str,
    typer.Option(
        "--parameters",
        metavar="NAME=LOW:HIGH:POINTS,…",
        help="The grid; names as for nutau fit. For a --sample NAME=LOW:HIGH,….",
    ),
]
Out = Annotated[
    Path,
    typer.Option(
        "--out",
        metavar="FILE",
        help="Ending in .parquet (a folder, which goes on where it was stopped), .npz, .csv, .root or .zarr.",
        show_default=False,
    ),
]
Sample = Annotated[
    str,
    typer.Option(
        "--sample", metavar="KIND", help="grid, random, sobol or adaptive (where -2 log L changes)."
    ),
]
Points = Annotated[int | None, typer.Option("--points", metavar="N", min=1, help="Points of a --sample.")]
Seed = Annotated[
    int | None, typer.Option("--seed", metavar="N", min=0, help="Seed of a --sample (default 1).")
]
Below = Annotated[
    float | None,
    typer.Option(
        "--below", metavar="X", help="Keep points with -2 log L less than X above its minimum in the ranges."
    ),
]
Chunk = Annotated[
    int | None,
    typer.Option("--chunk", metavar="N", min=1, help="Points of a part of a .parquet (default 65536)."),
]
Names = Annotated[list[str] | None, typer.Argument(metavar="[OBSERVABLE]…", show_default=False)]
Data = Annotated[
    str | None, typer.Option("--data", metavar="NAME", help="Add -2 log L of a data set at every point.")
]
Mode = Annotated[str, typer.Option("--mode", metavar="MODE", help="fast or full theory errors in -2 log L.")]


@invisible_state.with_state
def scan(
    parameters: Grid,
    out: Out,
    observables: Names = None,
    data: Data = None,
    bins: Bin = None,
    model: fitted.Model = None,
    mass: fitted.Mass = None,
    inputs: fitted.Inputs = "default",
    running: fitted.Running = None,
    convention: Convention = "physical",
    fix: fitted.Fix = None,
    scale: fitted.Scale = None,
    mode: Mode = "fast",
    draws: fitted.Draws = 1000,
    sample: Sample = "grid",
    points: Points = None,
    seed: Seed = None,
    below: Below = None,
    chunk: Chunk = None,
    cluster: working.Cluster = None,
    *,
    invisible: invisible_state.State,
) -> None:
    """Evaluate observables, their theory errors and -2 log L at points of parameters, as many as the disk holds.

    Example: nutau scan --parameters C1=-0.1:0.1:201,C3=-0.1:0.1:201 "Rnunu(K)" "R(D)" --out grid.npz

    Example: nutau scan --parameters C1=-0.1:0.1,C3=-0.1:0.1 --sample sobol --points 4096 "R(D)" --out points.csv

    Example: nutau scan --parameters C1=-0.1:0.1:41,C3=-0.1:0.1:41 --data 2026-core --cluster 2 --out scan.parquet
    """
    from nutau.inference.scan.save import check_place

    check_place(out, chunk=chunk)
    from nutau.cli.progress import progress
    from nutau.inference.likelihood import use_double_precision
    from nutau.inference.scan import scan as run

    use_double_precision()
    theory: dict[str, Any] = {"mass": mass, "running": running, "convention": convention, "scale": scale}
    how: dict[str, Any] = {
        "mode": mode,
        "fixed": fitted.numbers("--fix", fix),
        "q2": read_q2(bins, None),
        "draws": draws,
    }
    how |= {"sample": sample, "points": points, "seed": seed, "below": below, "invisible": invisible}
    names = tuple(observables or ())
    with working.working(cluster, None) as opened, progress("points") as report:
        how |= {"cluster": opened.client, "progress": report}
        made = run(parameters, names, data=data, model=model, inputs=inputs, **theory, **how)
        kept = made.save(out, chunk=chunk, command=working.command(), tell=working.tell)
    warn(made.warnings)
    for note in made.notes:
        typer.echo(f"nutau: {note}", err=True)
    of = "" if kept == len(made) else f" of {len(made)}"
    typer.echo(f"{kept}{of} points written to {out}")
