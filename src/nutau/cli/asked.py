"""The options of ``nutau fit`` that ask more of a fit: predictions, leave-one-out, impacts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nutau.cli.console import print_lines, print_table
from nutau.errors import InputError

if TYPE_CHECKING:
    from nutau.inference.fit import FitResult
    from nutau.inference.fit.questions.asking import Answer

Predict = Annotated[
    list[str] | None,
    typer.Option(
        "--predict", metavar="OBS,…", help='Observables at the best fit, as "R(D),<dBR/dq2>(B+->Knunu)[0,4]".'
    ),
]
LeaveOneOut = Annotated[
    bool, typer.Option("--leave-one-out", help="Fit again without each measurement, and each sector.")
]
Impacts = Annotated[
    bool, typer.Option("--impacts", help="Inputs and measurements by how far they move the parameters.")
]
TITLES = {
    "predictions": "predictions",
    "leave_one_out": "leave one out",
    "impacts": "impacts: shifts of the best fit for ±1σ",
}


def observables(predict: list[str] | None, inputs: str) -> tuple[str, ...]:
    """The names of ``--predict``, refused before the fit rather than after."""
    if not predict:
        return ()
    from nutau.inference.fit.questions.asked import named, split
    from nutau.inputs import load_inputs

    names = tuple(name for text in predict for name in split(text))
    if not names:
        raise InputError(
            "--predict: names of observables with commas between them are needed, as R(D),Rnunu(K)."
        )
    named(names, load_inputs(inputs))
    return names


def steps(
    predict: tuple[str, ...], leave_one_out: bool = False, impacts: bool = False
) -> dict[str, Callable[[FitResult], FitResult]]:
    """What was asked, by name: each adds its answer to a fit, with a bar on stderr."""
    found: dict[str, Callable[[FitResult], FitResult]] = {}
    if predict:
        found["predictions"] = partial(
            _answered, name="predictions", ask=lambda fit, how: fit.predict(predict, **how)
        )
    if leave_one_out:
        found["fits without each"] = partial(
            _answered, name="leave one out", ask=lambda fit, how: fit.leave_one_out(**how)
        )
    if impacts:
        found["impacts"] = partial(_answered, name="impacts", ask=lambda fit, how: fit.impacts(**how))
    return found


def _answered(found: FitResult, name: str, ask: Callable[[FitResult, dict[str, Any]], Answer]) -> FitResult:
    from nutau.cli.progress import progress

    with progress(name) as report:
        return replace(found, answers=(*found.answers, ask(found, {"progress": report})))


def show(found: FitResult) -> None:
    """A table for each answer, and what stands below it."""
    for answer in found.answers:
        print_table(TITLES[answer.key], answer.head, answer.table())
        print_lines(answer.lines())
