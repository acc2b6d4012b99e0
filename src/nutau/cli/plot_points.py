"""``nutau plot nunu|spectrum``: figures of predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from nutau.cli import figure, fitted, invisible_state, point
from nutau.cli.cases import Case, plain, said
from nutau.cli.figure import Drawn, Points
from nutau.cli.options import Convention, pairs
from nutau.cli.predict import Tree
from nutau.cli.words import warn
from nutau.errors import InputError
from nutau.report.figures.paper import Paper

MOST = 7
"""Curves beside the Standard Model's."""


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
    title = f"data {made.data}, inputs {made.inputs}, tree-level matching"
    return draw(made, title=title, paper=paper), numbers.nunu(made, title)


@figure.drawn("spectrum.pdf")
@invisible_state.with_state
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
    label: Annotated[
        list[str] | None,
        typer.Option("--label", metavar="TEXT", help="Name of the point; of several, repeat."),
    ] = None,
    points: Points = 101,
    draws: fitted.Draws = 500,
    *,
    invisible: invisible_state.State,
    paper: Paper,
) -> Drawn:
    """Draw dBR/dq² of a decay with its theory band: the SM and, if given, points of new physics.

    Example: nutau plot spectrum "B0->K*tautau" --model U1 --delta 0.06 --out spectrum.pdf

    Example: nutau plot spectrum "B0->K*tautau" --model U1 --delta 0.03,0.06 --out spectrum.png

    A state of nutau invisible is drawn beside what is drawn without it; one particle needs a width.

    Example: nutau plot spectrum "B+->Knunu" --mediator scalar --particle-mass 0.6 --rate 1e-5 --out spectrum.png
    """
    from nutau.inputs import load_inputs
    from nutau.observables.predict import predict
    from nutau.report.figures import numbers
    from nutau.report.figures.spectrum import spectrum as draw

    given = point.points(settings, scale, wc, model, mass, couplings, kappa, delta, lq3, running, convention)
    chosen = load_inputs(inputs)
    typed = as_typed(model, mass, kappa, delta, lq3, settings, couplings)
    texts = labels(label, [case for case, _ in given], typed, wc)
    name = _differential(process)
    asked: dict[str, Any] = {
        "inputs": chosen,
        "q2": _q2(name, chosen, points, invisible),
        "draws": draws,
        "tree": tree,
    }
    curves, of = {"SM": predict(name, **asked)}, {"SM": "SM"}
    for text, (case, where) in zip(texts, given, strict=True):
        if where.parts:
            curves[text], of[text] = predict(name, where, **asked), model_of(case) or text
        if invisible is not None:
            both = f"{text} and {invisible}" if where.parts else f"SM and {invisible}"
            curves[both], of[both] = predict(name, where, **asked, invisible=invisible), both
    warn(dict.fromkeys(warning for rows in curves.values() for warning in rows.warnings))
    title = f"inputs {chosen.name}, 68 % theory bands" + ("" if invisible is None else _sized(invisible))
    return draw(curves, models=of, title=title, paper=paper), numbers.spectrum(curves, title)


def as_typed(
    model: str | None,
    mass: str | None,
    kappa: str | None,
    delta: str | None,
    lq3: str | None,
    settings: list[str] | None,
    couplings: list[str] | None,
) -> dict[str, str | None]:
    """A point as it was typed: by option, coefficients and couplings by option and name."""
    typed = {"--model": model, "--mass": mass, "--kappa": kappa, "--delta": delta, "--lq3": lq3}
    given = (("--set", settings), ("--coupling", couplings))
    return typed | {
        f"{option} {name}": value
        for option, values in given
        for name, value in pairs(option, values or ()).items()
    }


def model_of(case: Case) -> str | None:
    """The model whose colour a curve has: a mediator, or one of the letter's two-field models."""
    from nutau.letter.claims import TWO_FIELD

    value = case.values.get("--kappa")
    return case.values.get("--model") or next(
        (name for name, known in TWO_FIELD.items() if known == value), None
    )


def labels(
    given: list[str] | None, several: Sequence[Case], typed: Mapping[str, str | None], wc: str | None
) -> list[str]:
    """The names of the points: those of ``--label``, or what was typed, of several points what tells them apart."""
    if len(several) > MOST:
        raise InputError(
            f"The lists make {len(several)} points; a figure shows at most {MOST} beside the SM."
        )
    if given:
        if len(given) != len(several):
            raise InputError(
                f"--label is given {len(given)} times, but there are {len(several)} points to name."
            )
        for label in given:
            _check_label(label)
        if len(set(given)) < len(given):
            raise InputError("--label gives one name to two points.")
        return given
    return [_said(case, typed, wc) for case in several]


def _check_label(label: str) -> None:
    """Refuse a label that is the Standard Model's, and mathematics that Matplotlib cannot read."""
    from matplotlib.mathtext import MathTextParser

    from nutau.errors import short

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


def _sized(state: invisible_state.State) -> str:
    """The size of an invisible state, for a title."""
    if state.rate is not None:
        return f"; $\\mathrm{{BR}}(B^{{+}}\\to K^{{+}}\\mathrm{{new}})$ = {state.rate:g}"
    return f"; coupling of the new state {state.coupling:g} {invisible_state.unit(state)}".rstrip()


def _q2(name: str, inputs: Any, points: int, state: invisible_state.State = None) -> Any:
    """Points over all of phase space, dense at its ends and where a state sets in or has its peak."""
    import numpy as np

    from nutau.observables import find

    low, high = find(name).edges(inputs)
    inner = low + (high - low) * 0.5 * (1.0 - np.cos(np.linspace(0.0, np.pi, points)))
    if state is not None and state.hypothesis.peaked and state.particle_width:
        half = state.mass * state.particle_width
        inner = np.append(inner, state.mass**2 + half * np.tan(0.45 * np.pi * np.linspace(-1.0, 1.0, points)))
    elif state is not None:
        first = float(np.clip(sum(state.state.masses) ** 2, low, high))
        inner = np.append(inner, first + (high - first) * np.linspace(0.0, 1.0, points) ** 2)
    return np.unique(inner[(inner >= low) & (inner <= high)])


def _said(case: Case, typed: Mapping[str, str | None], wc: str | None) -> str:
    """A label from the options that give a point: as they were typed, or of a list the value that is meant."""
    symbols = {
        "--model": "{}",
        "--mass": "{} GeV",
        "--kappa": "κ = {}",
        "--delta": "δ = {}",
        "--lq3": "C3 = {} TeV⁻²",
    }
    listed = [option for option in case.values if plain(option) in case.differ or not case.differ]
    listed = [option for option in typed if option in listed or (option == "--model" and typed[option])]
    parts = []
    for option in listed:
        value = said(case.values[option]) if plain(option) in case.differ else typed[option]
        parts.append(symbols.get(option, f"{plain(option)} = {{}}").format(value))
    shown = parts[:4] + (["…"] if len(parts) > 4 else [])
    return ", ".join([*shown, *(["WCxf file"] if wc is not None else [])]).replace("-", "−")
