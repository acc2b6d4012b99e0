"""``nutau plot contour|pulls|corner|reach|expected``: figures of fits and forecasts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from nutau.cli import figure, fitted, invisible_state, lists, sampled
from nutau.cli import forecast_options as given
from nutau.cli import method as methods
from nutau.cli import work as working
from nutau.cli.figure import Drawn, Points
from nutau.cli.forecast_options import LUMINOSITIES
from nutau.cli.lists import read_or_interval
from nutau.cli.options import Convention
from nutau.cli.words import as_options
from nutau.common.ranges import Interval
from nutau.errors import InputError, unknown
from nutau.report.figures.paper import Paper

if TYPE_CHECKING:
    from nutau.inference.fit import FitResult

Mode = Annotated[str, typer.Option("--mode", metavar="MODE", help="full or fast treatment of theory errors.")]
WINDOW = (-4.0, 6.0)
"""What is drawn of κ unless a range is given: as δ goes to zero every κ is allowed."""


@figure.drawn("contour.pdf")
@invisible_state.with_state
def contour(
    parameters: fitted.Parameters = "delta,kappa",
    axes: Annotated[
        str | None, typer.Option("--axes", metavar="X,Y", help="Which two parameters (the first two).")
    ] = None,
    lines: Annotated[
        list[str] | None,
        typer.Option("--line", metavar="NAME", help="A model's line of constant κ; repeat (default: all)."),
    ] = None,
    data: fitted.Data = "2026",
    model: fitted.Model = None,
    mass: fitted.Mass = None,
    inputs: fitted.Inputs = "default",
    convention: Convention = "physical",
    running: fitted.Running = None,
    mode: Mode = "full",
    sm: fitted.Standard = "inputs",
    fix: fitted.Fix = None,
    limits: fitted.Limits = None,
    scale: fitted.Scale = None,
    points: Points = 180,
    method: methods.Method = "wilks",
    toys: methods.Toys = None,
    seed: methods.Seed = None,
    cluster: working.Cluster = None,
    work: working.Folder = None,
    draws: fitted.Draws = 1000,
    *,
    invisible: invisible_state.State,
    paper: Paper,
) -> Drawn:
    """Draw confidence regions of two fit parameters, with all minima and the models' lines.

    Example: nutau plot contour --parameters delta,kappa --data 2026 --running full --mass 4700 --out contour.png
    """
    from nutau.cli.progress import progress
    from nutau.report.figures import numbers
    from nutau.report.figures.contours import contours as draw

    methods.check_contour(method, toys, seed)
    methods.check_work(cluster, work, method, toys)
    x, y = _pair(parameters, axes)
    kappas = _lines(lines, (x, y))
    bounds = ({"kappa": WINDOW} if "kappa" in (x, y) else {}) | fitted.ranges(limits)
    theory: dict[str, Any] = {"mass": mass, "running": running, "convention": convention, "scale": scale}
    how: dict[str, Any] = {"invisible": invisible}
    how |= {"mode": mode, "sm": sm, "ranges": bounds, "draws": draws}
    found = fitted.fit(parameters, data, fix, model=model, inputs=inputs, **theory, **how)
    with progress("contour") as report:
        grid = found.contour(x, y, points=points, progress=report)
    with working.working(cluster, work) as opened:
        grid = methods.contour(found, grid, method, toys, seed, opened)
    if grid.undefined:
        typer.echo(
            f"nutau: -2 log L is no number at {grid.undefined} of {grid.delta_chi2.size} points, drawn as excluded",
            err=True,
        )
    title = described(found)
    made = draw(grid, found.names, found.minima, kappas, title=title, paper=paper)
    return made, numbers.contours(grid, found.names, found.minima, title)


@figure.drawn("pulls.pdf")
@invisible_state.with_state
def pulls(
    parameters: fitted.Parameters = "delta,kappa",
    data: fitted.Data = "2026",
    model: fitted.Model = None,
    mass: fitted.Mass = None,
    inputs: fitted.Inputs = "default",
    convention: Convention = "physical",
    running: fitted.Running = None,
    mode: Mode = "full",
    sm: fitted.Standard = "inputs",
    fix: fitted.Fix = None,
    limits: fitted.Limits = None,
    scale: fitted.Scale = None,
    all_data: fitted.AllData = False,
    draws: fitted.Draws = 1000,
    *,
    invisible: invisible_state.State,
    paper: Paper,
) -> Drawn:
    """Draw the pull of every measured number at the best fit and in the SM.

    Example: nutau plot pulls --parameters C1,C3 --data 2026 --all-data --out pulls.png
    """
    from nutau.report.figures import numbers
    from nutau.report.figures.pulls import pulls as draw

    theory: dict[str, Any] = {"mass": mass, "running": running, "convention": convention, "scale": scale}
    how: dict[str, Any] = {"invisible": invisible}
    how |= {
        "mode": mode,
        "sm": sm,
        "ranges": fitted.ranges(limits),
        "all_data": all_data,
        "draws": draws,
    }
    found = fitted.fit(parameters, data, fix, model=model, inputs=inputs, **theory, **how)
    title = f"{', '.join(found.names)}; {described(found)}"
    return draw(found.pulls, title=title, paper=paper), numbers.pulls(found.pulls, title)


@figure.drawn("corner.pdf")
@invisible_state.with_state
def corner(
    parameters: fitted.Parameters = "C1,C3",
    data: fitted.Data = "2026",
    model: fitted.Model = None,
    mass: fitted.Mass = None,
    inputs: fitted.Inputs = "default",
    convention: Convention = "physical",
    running: fitted.Running = None,
    mode: Mode = "full",
    sm: fitted.Standard = "inputs",
    fix: fitted.Fix = None,
    limits: fitted.Limits = None,
    scale: fitted.Scale = None,
    prior: sampled.Prior = None,
    samples: sampled.Effective = None,
    sampler: sampled.Sampler = None,
    seed: sampled.Seed = None,
    draws: fitted.Draws = 1000,
    *,
    invisible: invisible_state.State,
    paper: Paper,
) -> Drawn:
    """Draw the posterior of all pairs of parameters, flat within --range unless --prior says otherwise.

    Example: nutau plot corner --parameters C1,C3 --data 2026 --out corner.png
    """
    from nutau.report.figures import numbers
    from nutau.report.figures.corner import corner as draw

    _pair(parameters, None)  # refuses a single parameter
    chains = sampled.options(True, prior, samples, sampler, seed) or {}
    theory: dict[str, Any] = {"mass": mass, "running": running, "convention": convention, "scale": scale}
    how: dict[str, Any] = {"invisible": invisible}
    how |= {"mode": mode, "sm": sm, "ranges": fitted.ranges(limits), "draws": draws}
    found = fitted.fit(parameters, data, fix, model=model, inputs=inputs, **theory, **how)
    found = sampled.sampled(found, chains)
    assert found.posterior is not None
    title = described(found)
    return draw(found.posterior, title=title, paper=paper), numbers.corner(found.posterior, title)


@figure.drawn("reach.pdf")
def reach(
    luminosity: Annotated[
        str,
        typer.Option(
            "--luminosity",
            metavar="L,…",
            help="Luminosities of --experiment (Belle II: ab⁻¹); 1:50 for --points of them, 1:50:8.",
        ),
    ] = "1:50",
    truth: given.ModelTruth = None,
    models: given.Tested = None,
    data: fitted.Data = "2026",
    projections: given.Projections = None,
    continued: given.Continued = None,
    experiment: given.Experiment = "Belle II",
    at: given.At = None,
    lhcb: given.Lhcb = None,
    correlation: given.Correlated = 0.0,
    theory: given.Theory = "today",
    hold: given.Hold = False,
    sm: fitted.Standard = "inputs",
    inputs: fitted.Inputs = "default",
    mass: fitted.Mass = None,
    running: fitted.Running = None,
    convention: Convention = "physical",
    toys: given.ReachToys = None,
    points: Points = 13,
    draws: fitted.Draws = 1000,
    *,
    paper: Paper,
) -> Drawn:
    """Draw the expected exclusion and discovery of models against luminosity.

    Example: nutau plot reach --luminosity 1:50 --truth U1 --mass 4700 --out reach.png
    """
    from nutau.report.figures import numbers
    from nutau.report.figures.reach import reach as draw

    steps = _luminosities(luminosity, points)
    theory_of: dict[str, Any] = {"inputs": inputs, "mass": mass, "running": running, "convention": convention}
    what: dict[str, Any] = {
        "projections": projections,
        "continued": continued,
        "experiment": experiment,
        "at": at,
    }
    how: dict[str, Any] = {"lhcb": lhcb, "correlation": correlation, "theory": theory, "hold": hold, "sm": sm}
    found = given.expected(
        steps, truth, models, data=data, toys=toys, draws=draws, **theory_of, **what, **how
    )
    names = ", ".join(item.name for item in found.projections)
    title = f"data {data}, inputs {inputs}; {names}"
    return draw(found, title=title, paper=paper), numbers.reach(found, title)


@figure.drawn("expected.pdf")
def expected(
    parameters: fitted.Parameters = "delta,kappa",
    axes: Annotated[
        str | None, typer.Option("--axes", metavar="X,Y", help="Which two parameters (the first two).")
    ] = None,
    luminosity: given.Luminosity = "5,50",
    truth: given.ParameterTruth = None,
    data: fitted.Data = "2026",
    model: fitted.Model = None,
    mass: fitted.Mass = None,
    projections: given.Projections = None,
    continued: given.Continued = None,
    experiment: given.Experiment = "Belle II",
    at: given.At = None,
    lhcb: given.Lhcb = None,
    correlation: given.Correlated = 0.0,
    theory: given.Theory = "today",
    sm: fitted.Standard = "inputs",
    inputs: fitted.Inputs = "default",
    convention: Convention = "physical",
    running: fitted.Running = None,
    fix: fitted.Fix = None,
    limits: fitted.Limits = None,
    scale: fitted.Scale = None,
    points: Points = 160,
    draws: fitted.Draws = 1000,
    *,
    paper: Paper,
) -> Drawn:
    """Draw the expected confidence regions of two parameters today and at several luminosities.

    Example: nutau plot expected --parameters delta,kappa --luminosity 5,50 --out expected.png
    """
    from nutau.cli.forecast import numbers as luminosities
    from nutau.cli.progress import progress
    from nutau.report.figures import numbers
    from nutau.report.figures.expected import expected as draw

    x, y = _pair(parameters, axes)
    window = [f"kappa={WINDOW[0]:g}:{WINDOW[1]:g}"] if "kappa" in (x, y) else []
    named = [text.partition("=")[0] for text in limits or ()]
    bounds = [*(limits or ()), *(text for text in window if "kappa" not in named)]
    theory_of: dict[str, Any] = {"inputs": inputs, "mass": mass, "running": running, "convention": convention}
    what: dict[str, Any] = {
        "projections": projections,
        "continued": continued,
        "experiment": experiment,
        "at": at,
    }
    how: dict[str, Any] = {
        "lhcb": lhcb,
        "correlation": correlation,
        "theory": theory,
        "sm": sm,
        "scale": scale,
    }
    models = None if model is None else [model]
    found = given.expected(
        luminosities(luminosity), truth, models, parameters=parameters, data=data, fix=fix, limits=bounds, draws=draws,
        **theory_of, **what, **how,
    )  # fmt: skip
    for note in found.notes:
        typer.echo(f"nutau: {as_options(note)}", err=True)
    with progress("contours") as report:
        made = found.contours(x, y, points=points, progress=report)
    for line in found.fits[0].outside(made[0]):
        typer.echo(f"nutau: {line}", err=True)
    names = found.truth.parametrisation.names
    place = [float(found.truth.values[names.index(name)]) for name in (x, y)]
    title = f"if {found.truth.name} is true; data {data}, inputs {inputs}"
    drawn = draw(found.fits, made, found.unit, place, title=title, paper=paper)
    return drawn, numbers.expected(found.fits, made, found.unit, title)


def _pair(parameters: str, axes: str | None) -> tuple[str, str]:
    """The two parameters to draw."""
    names = lists.parts(parameters)
    chosen = names[:2] if axes is None else lists.parts(axes)
    for name in chosen:
        if name not in names:
            raise unknown("parameter of this fit", name, names, "--axes")
    if len(chosen) != 2 or chosen[0] == chosen[1]:
        raise InputError(
            f"--parameters {parameters}{'' if axes is None else f' --axes {axes}'}: two different parameters are "
            "needed for a plane, for instance delta,kappa."
        )
    return chosen[0], chosen[1]


def _lines(names: list[str] | None, pair: tuple[str, str]) -> dict[str, float]:
    """κ by label; infinite for a model with C1 alone."""
    from nutau.letter.claims import benchmarks, kappas

    if set(pair) not in ({"delta", "kappa"}, {"C1", "C3"}):
        if names:
            raise InputError(f"--line: in the plane ({pair[0]}, {pair[1]}) κ is no line; leave it out.")
        return {}
    known = {
        name: float("inf") if kappa is None else kappa for name, kappa in kappas().items()
    } | benchmarks()
    for name in names or ():
        if name not in known:
            raise unknown("model", name, known, "--line")
    return {name: known[name] for name in names or known}


def described(found: FitResult) -> str:
    """Data, inputs and running of a fit, for the title of a figure."""
    made = found.likelihood
    theory = made.parametrisation.theory
    run = (
        f"running from {(theory.scale or 0.0) / 1e3:g} TeV"
        if theory.running != "none"
        else "no SMEFT running"
    )
    state = made.parametrisation.invisible
    with_it = "" if state is None else f", with {state}"
    if state is not None and state.hypothesis.unit and state.coupling is None:
        with_it += f", coupling in {invisible_state.unit(state)}"
    return f"data {made.data}, inputs {made.inputs}, {run}{with_it}"


def _luminosities(text: str, points: int) -> Any:
    """``1:50`` as ``points`` luminosities at equal ratios, lists and ranges as they are."""
    import numpy as np

    found = read_or_interval(text, "--luminosity", LUMINOSITIES)
    ends = (found.low, found.high) if isinstance(found, Interval) else found
    if len(ends) < 2 or not min(ends) > 0:
        raise InputError(
            f"--luminosity '{text}': two or more above zero are needed, as 1,5,10,50, 1:50 or 1:50:8."
        )
    return np.geomspace(ends[0], ends[-1], points) if isinstance(found, Interval) else np.array(found)
