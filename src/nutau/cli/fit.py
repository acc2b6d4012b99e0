"""``nutau fit``: parameters, intervals, contours, quality and posterior from data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from nutau.cli import asked, cases, fits, fitted, invisible_state, lists, sampled
from nutau.cli import method as methods
from nutau.cli import work as working
from nutau.cli.cite import Cite, cite_fit
from nutau.cli.cite import show as show_references
from nutau.cli.console import console, print_lines, print_table
from nutau.cli.options import Convention, Json, Wide, print_json, refuse_unused
from nutau.cli.words import as_options
from nutau.common.files import check_file
from nutau.common.numbers import small
from nutau.common.rounding import fixed
from nutau.errors import InputError, unknown

if TYPE_CHECKING:
    from nutau.inference.fit import FitResult

Step: TypeAlias = "Callable[[FitResult], FitResult]"
Mode = Annotated[
    str,
    typer.Option("--mode", metavar="MODE", help="full: theory nuisances; fast: theory covariance per point."),
]
Start = Annotated[
    list[str] | None,
    typer.Option("--start", metavar="NAME=VALUE", help="One more starting point: all parameters."),
]
Contours = Annotated[
    list[str] | None,
    typer.Option("--contour", metavar="A,B", help="Profiled contour, in --json and --out."),
]
Points = Annotated[
    int | None,
    typer.Option("--points", metavar="N", min=2, help="Points along each side of a --contour (default 100)."),
]
Sample = Annotated[bool, typer.Option("--posterior", help="Sample the posterior.")]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="Posterior as .nc (NetCDF), else the result as .json."),
]
Hs3 = Annotated[
    Path | None,
    typer.Option("--hs3", metavar="FILE", help="The likelihood itself as HS3 (.json), for pyhs3."),
]


@invisible_state.with_state
def fit(
    parameters: fitted.Parameters = "delta,kappa",
    data: cases.Data = "2026",
    model: cases.Models = None,
    mass: cases.Masses = None,
    inputs: fitted.Inputs = "default",
    convention: Convention = "physical",
    running: fitted.Running = None,
    mode: Mode = "full",
    sm: fitted.Standard = "inputs",
    fix: fitted.Fix = None,
    limits: fitted.Limits = None,
    start: Start = None,
    scale: fitted.Scale = None,
    all_data: fitted.AllData = False,
    keep_nuisance_data: fitted.KeepNuisanceData = False,
    contour: Contours = None,
    points: Points = None,
    posterior: Sample = False,
    prior: sampled.Prior = None,
    samples: sampled.Effective = None,
    sampler: sampled.Sampler = None,
    method: methods.Method = "wilks",
    toys: methods.Toys = None,
    seed: methods.Seed = None,
    cluster: working.Cluster = None,
    work: working.Folder = None,
    predict: asked.Predict = None,
    leave_one_out: asked.LeaveOneOut = False,
    impacts: asked.Impacts = False,
    draws: fitted.Draws = 1000,
    out: Out = None,
    hs3: Hs3 = None,
    cite: Cite = False,
    wide: Wide = False,
    as_json: Json = False,
    *,
    invisible: invisible_state.State,
) -> None:
    """Fit parameters to data: best fit, intervals, all minima, goodness of fit, pulls.

    Takes ten seconds or so; each contour, the posterior, a thousand toys and --method fc up to a minute more.

    Example: nutau fit --data 2026 --parameters delta,kappa

    Example: nutau fit --model S3 --mass 2000 --parameters y3LL_33,y3LL_23

    Lists of data sets, models and masses make a fit each, in one table.

    Example: nutau fit --data 2026,2026-core --model U1,S3 --parameters delta --draws 200

    Example: nutau fit --parameters delta,kappa --posterior --ess 2000 --out posterior.nc

    Example: nutau fit --parameters delta,kappa --posterior --prior coefficients --ess 2000

    Example: nutau fit --fix delta=0.06 --parameters kappa --method fc --toys 200 --seed 1

    Example: nutau fit --fix delta=0.06 --parameters kappa --method fc --toys 200 --cluster 2 --work toys

    Example: nutau fit --data 2026-core --parameters delta --fix kappa=0.7 --draws 100 --toys 200 --seed 3

    Example: nutau fit --parameters delta,kappa --hs3 likelihood.json

    The parameter invisible is the coupling of a state beside the neutrinos of b → sνν̄, with its own q² spectrum.

    Example: nutau fit --data 2026-belle2-shape --parameters invisible --mediator two-body --particle-mass 2 --draws 100

    Example: nutau fit --predict "R(D),Rnunu(K),BR(Bs->tautau),<dBR/dq2>(B+->Knunu)[0,4]" --json
    """
    theory: dict[str, Any] = {"running": running, "convention": convention, "scale": scale}
    several = cases.of_data(data, mass, model)
    alone: dict[str, Any] = {"--contour": contour, "--posterior": posterior, "--leave-one-out": leave_one_out}
    alone |= {"--impacts": impacts, "--work": work, "--cite": cite, "--hs3": hs3}
    cases.refuse(several, alone, "run one at a time, or leave it out")
    if cite:
        only = fits.of(several[0])
        made = cite_fit(
            parameters, inputs=inputs, all_data=all_data, fixed=fitted.numbers("--fix", fix), invisible=invisible,
            **only, **theory,
        )  # fmt: skip
        show_references(made, as_json)
        return
    if not contour:
        refuse_unused({"--points": points}, "--contour")
    chains = sampled.options(posterior, prior, samples, sampler, seed)
    methods.check(method, toys, seed, posterior=posterior)
    methods.check_work(cluster, work, method, toys)
    _check_out(out, posterior)
    _check_hs3(hs3, mode)
    drawn = [_pair(text, parameters) for text in contour or ()]
    wanted = asked.observables(predict, inputs)
    how: dict[str, Any] = {"mode": mode, "sm": sm, "all_data": all_data, "draws": draws}
    how["keep_nuisance_data"] = keep_nuisance_data
    how["invisible"] = invisible
    how |= {"ranges": fitted.ranges(limits), "start": fitted.numbers("--start", start) or None}
    fits.check(several, parameters, inputs, fix, how, theory)
    with working.working(cluster, work) as opened:
        by: dict[str, Any] = {"method": method, "toys": toys, "seed": seed, "work": opened}
        steps: dict[str, Step] = {"toys": partial(methods.with_toys, **by)}
        steps["contours"] = partial(_with_contours, contours=drawn, points=points or 100)
        if chains is not None:
            steps["posterior"] = partial(sampled.sampled, how=chains)
        steps["intervals"] = partial(methods.by_method, **by)
        steps |= asked.steps(wanted, leave_one_out, impacts)

        def one(case: cases.Case) -> tuple[FitResult, bool]:
            found = fitted.fit(
                parameters, fix=fix, case=case, inputs=inputs, **fits.of(case), **theory, **how
            )
            _write_hs3(found, hs3)
            return _carried(found, steps)

        found, ended = fits.run(several, one)
    document = cases.document(several, [result.to_dict() for result in found])
    if out is not None:
        _write(found[0], document, out)
    if as_json:
        print_json(document)
    elif len(several) == 1:
        show(found[0], wide)
    else:
        fits.show(several, found, wide)
    if ended:
        raise typer.Exit(130)


def _carried(found: FitResult, steps: dict[str, Step]) -> tuple[FitResult, bool]:
    """The fit after all steps; Ctrl-C in one ends them, keeps what was there before it, and is told on stderr."""
    for name, step in steps.items():
        try:
            found = step(found)
        except KeyboardInterrupt:
            typer.echo(
                f"nutau: stopped before the {name} were there; what was found before is kept.", err=True
            )
            return found, True
    return found, False


def _pair(text: str, parameters: str) -> tuple[str, str]:
    """The parameters of a contour, refused before the fit rather than after."""
    known = lists.parts(parameters)
    names = lists.parts(text)
    if len(names) != 2 or not all(names) or names[0] == names[1]:
        raise InputError(f"--contour '{text}': two parameters A,B are needed, as kappa,delta.")
    for name in names:
        if name not in known:
            raise unknown("parameter of this fit", name, known, f"--contour '{text}'")
    return names[0], names[1]


def _check_out(out: Path | None, posterior: bool) -> None:
    """Refuse a file that could not be written before an hour's work, not after."""
    if out is None:
        return
    if out.suffix.lower() == ".nc" and not posterior:
        raise InputError(f"--out {out}: a .nc file holds a posterior: add --posterior, or name a .json file.")
    check_file(out, (".nc", ".json") if posterior else (".json",))


def _check_hs3(hs3: Path | None, mode: str) -> None:
    """Refuse before the fit what could not be written after it."""
    if hs3 is None:
        return
    if mode == "fast":
        raise InputError(
            f"--hs3 {hs3}: HS3 holds theory nuisances, and --mode fast has none; leave --mode out."
        )
    check_file(hs3, (".json",))


def _write_hs3(found: FitResult, hs3: Path | None) -> None:
    """The likelihood of a fit, with the best fit to start from."""
    if hs3 is None:
        return
    from nutau.report.export import to_hs3, write_json

    write_json(hs3, to_hs3(found.likelihood, dict(zip(found.names, found.best.values.tolist(), strict=True))))
    typer.echo(f"Written to {hs3}", err=True)


def _with_contours(found: FitResult, contours: list[tuple[str, str]], points: int) -> FitResult:
    from nutau.cli.progress import progress

    with progress("contours") as report:
        return found.with_contours(contours, points=points, progress=report)


def _write(found: FitResult, document: Mapping[str, Any], out: Path) -> None:
    if out.suffix.lower() == ".nc":
        if found.posterior is None:  # stopped before it
            typer.echo(f"nutau: {out} is not written: it holds a posterior.", err=True)
        else:
            found.posterior.save(out)
        return
    from nutau.report.export import write_json

    write_json(out, document)


HEAD = ("measurement", "observable", "measured", "limit", "fit", "pull", "SM", "SM\npull")
PULLS = "pull: measured − fit in σ of the experiment; SM pull: measured − SM in σ of experiment and theory"
"""Below the table of pulls."""


def show(found: FitResult, wide: bool = False) -> None:
    """Tables of parameters, pulls and posterior, and the summary."""
    made = found.likelihood
    title = f"{made.data}, inputs {made.inputs}, {made.mode} mode, {made.nuisances} theory nuisances"
    print_table(title, ("parameter", "best fit, 68 %", "95 %"), found.table())
    rows = [
        (
            p.measurement,
            p.observable,
            *p.cells,
            small(p.fitted, 4),
            _pull(p.pull),
            p.sm_shown,
            _pull(p.sm_pull),
        )
        for p in found.pulls
    ]
    print_lines([""])
    print_table("", HEAD, rows, right=(5, 7), optional=(6, 4, 3), on=console(wide))
    print_lines([PULLS, ""])
    if found.posterior is not None:
        sampled.show(found.posterior)
    print_lines(map(as_options, found.summary()))
    asked.show(found)


def _pull(value: float) -> str:
    return fixed(value, 1, signed=True)
