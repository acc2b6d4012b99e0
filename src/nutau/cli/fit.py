"""``nutau fit``: parameters, intervals, contours, quality and posterior from data."""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nutau.cli.cite import Cite, cite_fit
from nutau.cli.cite import show as show_references
from nutau.cli.console import print_lines, print_table
from nutau.cli.options import Convention, Json, pairs, print_json
from nutau.cli.words import as_options
from nutau.common.files import check_file
from nutau.common.rounding import fixed
from nutau.errors import InputError, unknown

if TYPE_CHECKING:
    from nutau.inference.fit import FitResult

Parameters = Annotated[
    str,
    typer.Option(
        "--parameters",
        metavar="NAME,…",
        help="delta,kappa; C1,C3 or Warsaw names (TeV⁻²); WET names; couplings of --model. Re, Im before a name.",
    ),
]
Data = Annotated[
    str, typer.Option("--data", metavar="NAME", help="Data set (nutau data list) or a YAML file.")
]
Inputs = Annotated[
    str, typer.Option("--inputs", metavar="NAME", help="Input set: default, flavio-2.7, or a YAML file.")
]
Model = Annotated[str | None, typer.Option("--model", metavar="NAME", help="A mediator; needs --mass.")]
Mass = Annotated[
    float | None, typer.Option("--mass", metavar="GEV", help="Mass, and scale from which coefficients run.")
]
Running = Annotated[
    str | None,
    typer.Option(
        "--running", metavar="HOW", help="full, none or a folder of tables (full if there is a mass)."
    ),
]
Fix = Annotated[
    list[str] | None, typer.Option("--fix", metavar="NAME=VALUE", help="Hold a parameter; repeat for more.")
]
Scale = Annotated[
    float | None, typer.Option("--scale", metavar="GEV", help="Scale of WET coefficients (default 4.8).")
]


def numbers(option: str, given: list[str] | None) -> dict[str, float]:
    """``["kappa=1"]`` as numbers by name."""
    found = {}
    for name, text in pairs(option, given or ()).items():
        try:
            found[name] = float(text)
        except ValueError:
            raise InputError(f"{option} {name}={text}: a number is needed.") from None
        if not isfinite(found[name]):
            raise InputError(f"{option} {name}={text}: a finite number is needed.")
    return found


def ranges(given: list[str] | None) -> dict[str, tuple[float, float]]:
    """``["kappa=-5:5"]`` as bounds by name."""
    found = {}
    for name, text in pairs("--range", given or ()).items():
        parts = text.split(":")
        try:
            low, high = (float(part) for part in parts)
        except ValueError:
            raise InputError(f"--range {name}={text}: NAME=LOW:HIGH is needed, as kappa=-5:5.") from None
        found[name] = (low, high)
    return found


Mode = Annotated[
    str,
    typer.Option("--mode", metavar="MODE", help="full: theory nuisances; fast: theory covariance per point."),
]
Standard = Annotated[
    str, typer.Option("--sm", metavar="WHERE", help="SM values from our inputs, or the data's references.")
]
Limits = Annotated[
    list[str] | None,
    typer.Option("--range", metavar="NAME=LOW:HIGH", help="Bound a parameter; repeat for more."),
]
Start = Annotated[
    list[str] | None,
    typer.Option("--start", metavar="NAME=VALUE", help="One more starting point: all parameters."),
]
AllData = Annotated[
    bool, typer.Option("--all-data", help="Keep measurements that no parameter has an influence on.")
]
Contours = Annotated[
    list[str] | None,
    typer.Option("--contour", metavar="A,B", help="Profiled contour, in --json and --out."),
]
Points = Annotated[
    int | None,
    typer.Option("--points", metavar="N", min=2, help="Points along each side of a --contour (default 100)."),
]
Sample = Annotated[bool, typer.Option("--posterior", help="Sample the posterior (NUTS).")]
Effective = Annotated[
    int | None,
    typer.Option(
        "--ess", metavar="N", min=1, help="Effective size of the --posterior to reach (default 1000)."
    ),
]
Draws = Annotated[int, typer.Option("--draws", metavar="N", help="Theory draws; 0 for no theory errors.")]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="Posterior as .nc (NetCDF), else the result as .json."),
]


def fit(
    parameters: Parameters = "delta,kappa",
    data: Data = "2026",
    model: Model = None,
    mass: Mass = None,
    inputs: Inputs = "default",
    convention: Convention = "physical",
    running: Running = None,
    mode: Mode = "full",
    sm: Standard = "inputs",
    fix: Fix = None,
    limits: Limits = None,
    start: Start = None,
    scale: Scale = None,
    all_data: AllData = False,
    contour: Contours = None,
    points: Points = None,
    posterior: Sample = False,
    samples: Effective = None,
    draws: Draws = 1000,
    out: Out = None,
    cite: Cite = False,
    as_json: Json = False,
) -> None:
    """Fit parameters to data: best fit, intervals, all minima, goodness of fit, pulls.

    Takes ten seconds or so; each contour and the posterior up to a minute more.

    Example: nutau fit --data 2026 --parameters delta,kappa

    Example: nutau fit --model S3 --mass 2000 --parameters y3LL_33,y3LL_23

    Example: nutau fit --parameters C1,C3 --contour C1,C3 --posterior --out posterior.nc
    """
    theory: dict[str, Any] = {"mass": mass, "running": running, "convention": convention, "scale": scale}
    held = {"fixed": numbers("--fix", fix)}
    if cite:
        show_references(cite_fit(parameters, data, model, inputs, all_data, **theory, **held), as_json)
        return
    _check_used("--points", points, "--contour", bool(contour))
    _check_used("--ess", samples, "--posterior", posterior)
    _check_out(out, posterior)
    drawn = [_pair(text, parameters) for text in contour or ()]
    options: dict[str, Any] = {
        "model": model,
        "inputs": inputs,
        "mode": mode,
        "sm": sm,
        "all_data": all_data,
        "draws": draws,
    }
    options |= {"ranges": ranges(limits), "start": numbers("--start", start) or None, **theory, **held}
    found = _fitted(parameters, data, drawn, points or 100, options)
    problem = None
    if posterior:
        found, problem = _sampled(found, samples or 1000)
    if out is not None:
        _write(found, out)
    warn(found)
    print_json(found.to_dict()) if as_json else show(found)
    if problem is not None:
        raise problem


def _fitted(
    parameters: str, data: str, contours: list[tuple[str, str]], points: int, options: dict[str, Any]
) -> FitResult:
    from nutau.cli.progress import progress
    from nutau.inference.fit import fit as run
    from nutau.inference.likelihood import use_double_precision

    use_double_precision()
    with progress("fit", at_once=True) as report:
        found = run(parameters, data, progress=report, **options)
    with progress("contours") as report:
        return found.with_contours(contours, points=points, progress=report)


def _pair(text: str, parameters: str) -> tuple[str, str]:
    """The parameters of a contour, refused before the fit rather than after."""
    known = [name.strip() for name in parameters.split(",")]
    names = [name.strip() for name in text.split(",")]
    if len(names) != 2 or not all(names) or names[0] == names[1]:
        raise InputError(f"--contour '{text}': two parameters A,B are needed, as kappa,delta.")
    for name in names:
        if name not in known:
            raise unknown("parameter of this fit", name, known, f"--contour '{text}'")
    return names[0], names[1]


def _check_used(option: str, value: int | None, needed: str, there: bool) -> None:
    if value is not None and not there:
        raise InputError(f"{option} would not be used: it is for {needed}, which is not given.")


def _check_out(out: Path | None, posterior: bool) -> None:
    """Refuse a file that could not be written before an hour's work, not after."""
    if out is None:
        return
    if out.suffix.lower() == ".nc" and not posterior:
        raise InputError(f"--out {out}: a .nc file holds a posterior: add --posterior, or name a .json file.")
    check_file(out, (".nc", ".json") if posterior else (".json",))


def _sampled(found: FitResult, effective: int) -> tuple[FitResult, Exception | None]:
    """The fit with its posterior; what went wrong with the chains is raised after all is written and printed."""
    from nutau.cli.progress import progress
    from nutau.errors import ComputationError

    with progress("posterior") as report:
        sampled = found.sampled(effective=effective, check=False, progress=report)
    assert sampled.posterior is not None
    try:
        sampled.posterior.require(effective)
    except ComputationError as error:
        return sampled, error
    return sampled, None


def warn(found: FitResult) -> None:
    """Say on stderr what may be counted twice, and what makes the fit meaningless."""
    for doubt in (*found.likelihood.doubts, *found.warnings):
        typer.echo(f"nutau: warning: {doubt}", err=True)


def _write(found: FitResult, out: Path) -> None:
    if out.suffix.lower() == ".nc":
        assert found.posterior is not None
        found.posterior.save(out)
        return
    from nutau.report.export import write_json

    write_json(out, found.to_dict())


def show(found: FitResult) -> None:
    """Tables of parameters, pulls and posterior, and the summary."""
    made = found.likelihood
    title = f"{made.data}, inputs {made.inputs}, {made.mode} mode, {made.nuisances} theory nuisances"
    print_table(title, ("parameter", "best fit, 68 %", "95 %"), found.table())
    rows = [
        (p.measurement, p.observable, p.shown, f"{p.fitted:.4g}", _pull(p.pull), p.sm_shown, _pull(p.sm_pull))
        for p in found.pulls
    ]
    print_table("", ("measurement", "observable", "measured", "fit", "pull", "SM", "pull"), rows)
    if found.posterior is not None:
        head = ("parameter", "median, 68 %", "95 %", "R-hat", "ESS")
        print_table("posterior", head, found.posterior.table())
    print_lines(map(as_options, found.summary()))


def _pull(value: float) -> str:
    return fixed(value, 1, signed=True)
