"""``nutau plot nunu|spectrum``: figures of predictions."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from nutau.cli import figure, fitted, point
from nutau.cli.figure import Drawn, Points
from nutau.cli.options import Convention
from nutau.cli.predict import Tree
from nutau.cli.words import warn
from nutau.report.figures.paper import Paper


@figure.drawn("nunu.pdf")
def nunu(
    data: fitted.Data = "2026",
    inputs: fitted.Inputs = "default",
    draws: fitted.Draws = 300,
    *,
    paper: Paper,
) -> Drawn:
    """Draw R_νν^K against R_νν^K*: left-handed currents are a line, right-handed ones reach a region.

    Example: nutau plot nunu --data 2026 --out nunu.pdf
    """
    from nutau.report.figures import numbers
    from nutau.report.figures.nunu import nunu as draw
    from nutau.report.neutrino_plane import nunu_plane

    made = nunu_plane(data, inputs=inputs, draws=draws)
    title = f"data {made.dataset}, inputs {made.inputs}, tree-level matching"
    return draw(made, title=title, paper=paper), numbers.nunu(made, title)


@figure.drawn("spectrum.pdf")
def spectrum(
    process: Annotated[
        str, typer.Argument(metavar="PROCESS", help="B0->K*tautau, B+->Knunu, B0->D*taunu, ...")
    ],
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
    tree: Tree = False,
    label: Annotated[str | None, typer.Option("--label", metavar="TEXT", help="Name of the point.")] = None,
    points: Points = 101,
    draws: fitted.Draws = 500,
    *,
    paper: Paper,
) -> Drawn:
    """Draw dBR/dq² of a decay with its theory band: the SM and, if one is given, a point of new physics.

    Example: nutau plot spectrum "B0->K*tautau" --model U1 --delta 0.06 --out spectrum.pdf
    """
    from nutau.inputs import load_inputs
    from nutau.observables.predict import predict
    from nutau.report.figures import numbers
    from nutau.report.figures.spectrum import spectrum as draw

    _check_label(label)
    chosen = load_inputs(inputs)
    where = point.point(settings, scale, wc, model, mass, couplings, kappa, delta, lq3, running, convention)
    name = _differential(process)
    asked: dict[str, Any] = {"inputs": chosen, "q2": _q2(name, chosen, points), "draws": draws, "tree": tree}
    curves, of = {"SM": predict(name, **asked)}, {"SM": "SM"}
    if where.parts:
        said = {"model": model, "mass": mass, "kappa": kappa, "delta": delta, "lq3": lq3, "wc": wc}
        text = label or _said(said, settings, couplings)
        curves[text], of[text] = predict(name, where, **asked), _model(model, kappa) or text
    warn(dict.fromkeys(warning for rows in curves.values() for warning in rows.warnings))
    title = f"inputs {chosen.name}, 68 % theory bands"
    return draw(curves, models=of, title=title, paper=paper), numbers.spectrum(curves, title)


def _model(model: str | None, kappa: str | None) -> str | None:
    """The model whose colour a curve has: a mediator, or one of the letter's two-field models."""
    from nutau.letter.claims import TWO_FIELD

    value = None if kappa is None else float(kappa)
    return model or next((name for name, known in TWO_FIELD.items() if known == value), None)


def _check_label(label: str | None) -> None:
    """Refuse a label that is the Standard Model's, and mathematics that Matplotlib cannot read."""
    from matplotlib.mathtext import MathTextParser

    from nutau.errors import InputError, short

    if label is None:
        return
    if label.strip() in ("", "SM"):
        raise InputError(
            f"--label {short(label)}: a name other than that of the Standard Model's curve is needed."
        )
    try:
        MathTextParser("path").parse(label)
    except ValueError:
        raise InputError(
            f"--label {short(label)}: what stands between dollar signs is no mathematics; write \\$ for a dollar."
        ) from None


def _differential(process: str) -> str:
    """The name of a decay's differential branching ratio."""
    from nutau.errors import unknown
    from nutau.observables import catalogue
    from nutau.observables.spectra.make import decay

    known = [observable.name for observable in catalogue() if observable.kind == "point"]
    decays = [decay(name) for name in known]
    wanted = decay(process)
    if wanted not in decays:
        raise unknown("process", process, decays)
    return f"dBR/dq2({wanted})"


def _q2(name: str, inputs: Any, points: int) -> Any:
    """Points over all of phase space, dense at its ends, where the spectrum bends."""
    import numpy as np

    from nutau.observables import find

    low, high = find(name).edges(inputs)
    inner = low + (high - low) * 0.5 * (1.0 - np.cos(np.linspace(0.0, np.pi, points)))
    return np.clip(inner, low, high)


def _said(given: dict[str, Any], settings: list[str] | None, couplings: list[str] | None) -> str:
    """A label from the options that give a point."""
    symbols = {
        "model": "{}",
        "mass": "{} GeV",
        "kappa": "κ = {}",
        "delta": "δ = {}",
        "lq3": "C3 = {} TeV⁻²",
    }
    parts = [text.format(given[key]) for key, text in symbols.items() if given[key] is not None]
    parts += [text.replace("=", " = ") for text in (*(settings or ()), *(couplings or ()))]
    shown = parts[:4] + (["…"] if len(parts) > 4 else [])
    return ", ".join([*shown, *(["WCxf file"] if given["wc"] is not None else [])]).replace("-", "−")
