"""``nutau plot bins``: measured bins of q² beside predictions."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from nutau.cli import figure, fitted, point
from nutau.cli.figure import Drawn, Points
from nutau.cli.options import Convention
from nutau.cli.plot_points import as_typed, labels, model_of
from nutau.cli.words import warn
from nutau.report.figures.paper import Paper


@figure.drawn("bins.pdf")
def bins(
    observable: Annotated[
        str, typer.Argument(metavar="OBSERVABLE", help='"P5p(B0->K*mumu)", "dBR/dq2(B+->Kmumu)", ...')
    ],
    entry: Annotated[
        list[str] | None,
        typer.Option(
            "--entry", metavar="NAME", help="A measurement (nutau data list); repeat (default: all)."
        ),
    ] = None,
    settings: point.Settings = None,
    scale: point.Scale = None,
    wc: point.WcFile = None,
    model: point.ModelName = None,
    mass: point.Mass = None,
    couplings: point.Couplings = None,
    kappa: point.Kappa = None,
    delta: point.Delta = None,
    lq3: point.Lq3 = None,
    running: point.Running = None,
    inputs: fitted.Inputs = "default",
    convention: Convention = "physical",
    label: Annotated[
        list[str] | None,
        typer.Option("--label", metavar="TEXT", help="Name of the point; of several, repeat."),
    ] = None,
    points: Points = 60,
    draws: fitted.Draws = 500,
    *,
    paper: Paper,
) -> Drawn:
    """Draw measured bins of q² beside the prediction with its theory band: the SM and, if given, points of new physics.

    Level pieces are predictions in a bin. Of light leptons there are none between 8 and 14 GeV², where charmonia are.

    Example: nutau plot bins "P5p(B0->K*mumu)" --set C9_bsmumu=-0.76 --out bins.png

    Example: nutau plot bins "dBR/dq2(B+->Kmumu)" --entry LHCb-2014-Kplusmumu --draws 100 --out bins.png
    """
    from nutau.inputs import load_inputs
    from nutau.observables.predict import predict
    from nutau.report.figures import numbers
    from nutau.report.figures.bins import bins as draw
    from nutau.report.measured_bins import binned, measured_bins, spectrum, windows
    from nutau.report.measured_bins import points as over

    given = point.points(settings, scale, wc, model, mass, couplings, kappa, delta, lq3, running, convention)
    measured = measured_bins(observable, entry)
    typed = as_typed(model, mass, kappa, delta, lq3, settings, couplings)
    texts = labels(label, [case for case, _ in given], typed, wc)
    chosen = load_inputs(inputs)
    found = spectrum(observable)
    name = found.name
    ranges = windows(name, measured, found.edges(chosen))
    asked: dict[str, Any] = {"inputs": chosen, "q2": over(ranges, points), "draws": draws}
    inside = {
        (one.low, one.high) for one in measured for low, high in ranges if low <= one.low and one.high <= high
    }
    mean: dict[str, Any] = {"inputs": chosen, "q2": sorted(inside), "draws": 0}
    curves, of = {"SM": predict(name, **asked)}, {"SM": "SM"}
    averages = {"SM": predict(binned(name), **mean)} if inside else {}
    for text, (case, where) in zip(texts, given, strict=True):
        if where.parts:
            curves[text], of[text] = predict(name, where, **asked), model_of(case) or text
            averages |= {text: predict(binned(name), where, **mean)} if inside else {}
    warn(dict.fromkeys(warning for rows in curves.values() for warning in rows.warnings))
    title = f"inputs {chosen.name}, 68 % theory bands; level pieces: predictions in a bin"
    made = draw(measured, curves, averages, models=of, title=title, paper=paper)
    return made, numbers.bins(measured, curves, averages, title)
