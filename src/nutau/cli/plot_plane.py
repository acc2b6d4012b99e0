"""``nutau plot plane``: two observables against each other, for any models, couplings, masses, fits and scans."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from nutau.cli import figure, fitted, sampled
from nutau.cli.cases import names as names_of
from nutau.cli.figure import Drawn
from nutau.cli.lists import read
from nutau.cli.options import Convention, refuse_unused
from nutau.cli.plane_options import Given, is_mediator, masses, one_mass, tracks
from nutau.cli.point import NEEDED
from nutau.errors import InputError, unknown
from nutau.report.figures.paper import Paper

Models = Annotated[
    list[str] | None,
    typer.Option("--model", metavar="NAME,…", help="With κ a line along δ, with --coupling points; repeat."),
]
Kappas = Annotated[
    list[str] | None, typer.Option("--kappa", metavar="VALUE,…", help="Lines C1 = κ C3; repeat for more.")
]
Couplings = Annotated[
    list[str] | None,
    typer.Option(
        "--coupling",
        metavar="NAME=VALUE,…",
        help="x1LL_33=1; 0.1,0.2 or 0.1:0.3:5 for points; -0.5:0.5 for a line; repeat for more.",
    ),
]
Mass = Annotated[
    str | None,
    typer.Option(
        "--mass", metavar="GEV,…", help="Of the models; 1000,2000 for points, 1000:9000 for a line."
    ),
]
Fit = Annotated[
    str | None,
    typer.Option(
        "--fit", metavar="NAME,…", help="Fit; draw what is allowed, of more than two the --posterior."
    ),
]
Posterior = Annotated[bool, typer.Option("--posterior", help="Of --fit draw the posterior.")]
FIT = "fit"
"""The name of the region of --fit."""
Regions = Annotated[
    list[Path] | None,
    typer.Option("--region", metavar="FILE", help="What nutau scan wrote (.npz, .csv, .parquet); repeat."),
]
Axes = Annotated[
    str | None,
    typer.Option("--axes", metavar="X,Y", help='Two observables, as "R(D),Rnunu(K)" (R_ττ and R_νν).'),
]
Data = Annotated[
    str, typer.Option("--data", metavar="NAME", help="Data set: 2026, letter-2022, or a YAML file.")
]
Inputs = Annotated[
    str | None, typer.Option("--inputs", metavar="NAME", help="letter for letter-2022, else default.")
]
Mode = Annotated[str, typer.Option("--mode", metavar="MODE", help="full or fast theory errors of --fit.")]
Branches = Annotated[bool, typer.Option("--branches", help="Draw the branch with δ < 0 too.")]


@figure.drawn("plane.pdf")
def plane(
    models: Models = None,
    kappas: Kappas = None,
    couplings: Couplings = None,
    mass: Mass = None,
    fit: Fit = None,
    regions: Regions = None,
    axes: Axes = None,
    data: Data = "2026",
    inputs: Inputs = None,
    running: fitted.Running = None,
    convention: Convention = "physical",
    branches: Branches = False,
    mode: Mode = "full",
    sm: fitted.Standard = "inputs",
    fix: fitted.Fix = None,
    limits: fitted.Limits = None,
    posterior: Posterior = False,
    prior: sampled.Prior = None,
    samples: sampled.Effective = None,
    sampler: sampled.Sampler = None,
    seed: sampled.Seed = None,
    draws: fitted.Draws = 1000,
    *,
    paper: Paper,
) -> Drawn:
    """Draw R_νν against R_ττ, or any two observables: models, couplings, masses, fits and scans, over the data.

    Example: nutau plot plane --model U1 --model VB --kappa 1.2 --out plane.pdf

    Example: nutau plot plane --model U1 --mass 4000 --coupling x1LL_33=1 --coupling x1LL_23=0.1,0.2,0.3 --width column

    Example: nutau plot plane --data letter-2022 --out figure1.pdf
    """
    from nutau.letter.claims import benchmarks
    from nutau.report.figures import numbers
    from nutau.report.figures.plane import draw
    from nutau.report.plane import panels, usual_inputs

    given = masses(mass)
    names = [name for text in models or () for name in names_of(text, "--model")]
    marked = tracks(names, couplings or (), given)
    only_fit = {"--fix": fix, "--range": limits, "--sm": sm != "inputs", "--posterior": posterior}
    areas = _regions(regions or (), fit, posterior, only_fit)
    chains = sampled.options(posterior, prior, samples, sampler, seed)
    along = _lines(names, kappas or (), [item.model for item in marked])
    if fit is not None:
        how: dict[str, Any] = {"mode": mode, "sm": sm, "ranges": fitted.ranges(limits), "draws": draws}
        how |= {"mass": one_mass(given, "--fit"), "running": running, "convention": convention}
        of = _of_fit(fit, names)
        found = fitted.fit(fit, data, fix, model=of, inputs=inputs or "default", **how)
        areas[FIT] = found if chains is None else sampled.sampled(found, chains)
    if not (along or marked or areas):
        along = benchmarks()
    used = inputs or usual_inputs(data, alone=not (marked or areas or axes))
    made = {
        convention: panels(
            along,
            points={item.label: item.thing for item in marked if not item.is_line},
            lines={item.label: item.thing for item in marked if item.is_line},
            texts={item.label: item.texts for item in marked},
            regions=areas,
            axes=None if axes is None else _axes(axes),
            data=data,
            inputs=used,
            running=running,
            convention=convention,
            mass=one_mass(given, "a line along δ") if along else None,
            branches=branches,
            draws=draws,
        )
    }
    title = _title(data, used, running, given, bool(along))
    return draw(made, title=title, paper=paper), numbers.plane(made, title)


def _lines(models: Sequence[str], kappas: Sequence[str], marked: Sequence[str]) -> dict[str, float]:
    """κ by label: of the models without couplings, and those that are given."""
    from nutau.letter.claims import benchmarks
    from nutau.letter.claims import kappas as kappa_of
    from nutau.models import mediator

    known = {**kappa_of(), **benchmarks()}
    lines: dict[str, float] = {}
    for name in models:
        own = name if name in known or not is_mediator(name) else mediator(name).name
        if own in marked:
            continue
        kappa = known.get(own)
        if not is_mediator(name) and own not in known:
            raise unknown("model", name, known)
        if kappa is None:
            raise InputError(
                f"{own} has no κ, so no line along δ: give --mass and --coupling for points or lines of it, or --kappa."
            )
        lines[own] = kappa
    for text in kappas:
        lines |= {f"κ = {value:g}": value for value in read(text, "--kappa", NEEDED["--kappa"])}
    return lines


def _regions(
    files: Sequence[Path], fit: str | None, posterior: bool, only_fit: dict[str, Any]
) -> dict[str, Any]:
    if fit is None:
        refuse_unused(only_fit, "--fit")
    names = [path.stem for path in files] + ([FIT] if fit is not None else [])
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(
            f"--region: two regions would be called {twice[0]} in the legend, as files are by their names; rename one."
        )
    if fit is not None and not posterior and fit.count(",") > 1:
        raise InputError(
            f"--fit {fit}: of more than two parameters the posterior is drawn; add --posterior, or hold some by --fix."
        )
    return {path.stem: str(path) for path in files}


def _of_fit(fit: str, models: Sequence[str]) -> str | None:
    """The first model that has a coupling which is fitted."""
    from nutau.inference.likelihood.parameters import split
    from nutau.models import mediator

    bases = {split(name.strip())[1].rpartition("_")[0] for name in fit.split(",")}
    for name in models:
        if is_mediator(name) and bases & {coupling.name for coupling in mediator(name).couplings}:
            return name
    return None


def _axes(text: str) -> tuple[str, ...]:
    from nutau.inference.fit.questions.asked import split

    names = tuple(split(text))
    if len(names) != 2:
        raise InputError(f"--axes '{text}': two observables X,Y are needed, as \"R(D),Rnunu(K)\".")
    return names


def _title(data: str, inputs: str, running: str | None, given: Given, along: bool) -> str:
    from nutau.models.two_field import LAMBDA

    said = f"data {data}, inputs {inputs}"
    if inputs == "letter":
        return said
    if running == "none":
        return f"{said}, no SMEFT running"
    start = given.values[0].real if len(given.values) == 1 else LAMBDA
    return (
        f"{said}, running from {start / 1e3:g} TeV"
        if along or len(given.values) == 1
        else f"{said}, with running"
    )
