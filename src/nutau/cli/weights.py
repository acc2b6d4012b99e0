"""``nutau weights``: events of a decay, weighted to any coefficients, form factors and models."""

from __future__ import annotations

from typing import Any

from nutau.cli import figure, lists, point
from nutau.cli import weights_options as given
from nutau.cli.console import print_lines, print_table
from nutau.cli.figure import DataOut, FontSize, Latex, Width
from nutau.cli.options import Convention, Inputs, Json, pairs, print_json
from nutau.cli.words import as_options
from nutau.errors import InputError, unknown

GENERATORS = ("sm", "phase-space")


def weights(
    events: given.Events,
    process: given.Process,
    out: given.Out,
    wc: point.WcFile = None,
    settings: point.Settings = None,
    scale: point.Scale = None,
    model: point.ModelName = None,
    mass: point.Mass = None,
    couplings: point.Couplings = None,
    kappa: point.Kappa = None,
    delta: point.Delta = None,
    lq3: point.Lq3 = None,
    running: point.Running = None,
    inputs: Inputs = "default",
    form_factors: given.FormFactors = None,
    convention: Convention = "physical",
    generator: given.Generator = None,
    from_settings: given.FromSettings = None,
    from_wc: given.FromFile = None,
    from_inputs: given.FromInputs = None,
    from_form_factors: given.FromFormFactors = None,
    columns: given.Columns = None,
    variables: given.Variables = None,
    flavour: given.Flavour = "average",
    outside: given.Outside = "refuse",
    terms: given.Terms = False,
    coefficients: given.Coefficients = None,
    draws: given.Draws = 0,
    seed: given.Seed = 1,
    tree_name: given.TreeName = None,
    picture: given.Picture = None,
    width: Width = None,
    font_size: FontSize = None,
    latex: Latex = False,
    data_out: DataOut = None,
    as_json: Json = False,
) -> None:
    """Weigh events of a decay: what coefficients, form factors and models make of a generator's sample.

    Events have q2 and angles, or four-momenta. Lists make a column of weights for each point of their product.

    Example: nutau weights events.csv --process "B+->Knunu" --set CL_bsnutaunutau=2 --out weights.parquet

    Example: nutau weights events.csv --process "B0->Dtaunu" --generator phase-space --terms --out terms.npz

    Example: nutau weights events.csv --process "B0->D*taunu" --set CSL_bctaunutau=-0.1,0.1 --out weights.csv
    """
    from nutau.cli.progress import progress
    from nutau.inputs import load_inputs
    from nutau.observables.weights.decay import find
    from nutau.observables.weights.density import Model
    from nutau.observables.weights.files import check_apart, check_place
    from nutau.observables.weights.make import Asked, made_with, planned, with_choice, write
    from nutau.observables.weights.record import HEADINGS, rows
    from nutau.report.figures import numbers
    from nutau.report.figures.weighted import MOST, weighted
    from nutau.report.weighted import Histograms

    place = check_place(out, events)
    paper = figure.beside(picture, width, font_size, latex, data_out)
    if data_out is not None:
        for other, what in ((events, "holds the events"), (place, "is where the weights go")):
            check_apart(data_out, other, f"{what}; give another name for the numbers of the figure")
    several = point.points(
        settings, scale, wc, model, mass, couplings, kappa, delta, lq3, running, convention
    )
    target = Model(find(process), with_choice(load_inputs(inputs), process, form_factors))
    plan = planned(
        events,
        target,
        tuple(where for _, where in several),
        None,
        Asked(pairs("--column", columns or ()), _names(variables), flavour, outside, tree_name),
        source=made_with(target, from_inputs, from_form_factors),
        generator=_generator(generator, from_settings, from_wc),
        terms=terms,
        coefficients=_names(coefficients),
        draws=draws,
        seed=seed,
    )
    filled = Histograms(plan)
    labels = {name: str(case) or "weight" for name, (case, _) in zip(plan.points, several, strict=True)}
    if picture is not None and len(labels) > MOST:
        raise InputError(f"A figure of {len(labels)} weights cannot be read; draw {MOST} at most.")
    with progress("events") as report:
        totals, about = write(plan, place, report, filled.add if picture is not None else None)
    if picture is not None:
        made = filled.made()
        title = f"{process}: {len(plan.events)} events of {_said(plan.record)}"
        numbers_of = numbers.weighted(made, labels, title)
        figure.write(
            weighted(made, labels, title=title, paper=paper), numbers_of, picture, data_out, err=True
        )
    if as_json:
        print_json(about)
        return
    print_table(
        f"{process}: {len(plan.events)} events, weights over {_said(plan.record)}", HEADINGS, rows(totals)
    )
    lines = [f"{total.name}: {case}" for total, (case, _) in zip(totals, several, strict=True) if case.differ]
    print_lines([*lines, *map(as_options, plan.notes), f"written to {place}"])


def _generator(kind: str | None, settings: list[str] | None, wc: str | None) -> Any:
    """What made the events, as :func:`nutau.weights` takes it."""
    import nutau

    if kind is not None and kind not in GENERATORS:
        raise unknown("generator", kind, GENERATORS)
    if kind is not None and (settings or wc):
        raise InputError(f"--generator {kind} and --from-set or --from-wc are two generators; leave one out.")
    if kind == "phase-space":
        return kind
    if not settings and wc is None:
        return None
    return nutau.point(pairs("--from-set", settings or ()), wc)


def _names(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(lists.parts(text))


def _said(record: Any) -> str:
    made = record["generator"]
    if made["kind"] == "phase-space":
        return "flat phase space"
    which = (
        "the coefficients " + ", ".join(made["coefficients"])
        if made["coefficients"]
        else "the Standard Model"
    )
    return f"{which}, inputs {made['inputs']}, form factors {made['form_factors']}"
