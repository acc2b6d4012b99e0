"""The options of ``nutau fit`` that ask more of a fit: predictions, leave-one-out, impacts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

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


def answered(
    found: FitResult, predict: tuple[str, ...], leave_one_out: bool = False, impacts: bool = False
) -> FitResult:
    """The fit with the answers to what was asked, with a bar on stderr for each."""
    from nutau.cli.progress import progress

    answers: list[Answer] = []
    if predict:
        with progress("predictions") as report:
            answers.append(found.predict(predict, progress=report))
    if leave_one_out:
        with progress("leave one out") as report:
            answers.append(found.leave_one_out(progress=report))
    if impacts:
        with progress("impacts") as report:
            answers.append(found.impacts(progress=report))
    return replace(found, answers=(*found.answers, *answers))


def show(found: FitResult) -> None:
    """A table for each answer, and what stands below it."""
    for answer in found.answers:
        print_table(TITLES[answer.key], answer.head, answer.table())
        print_lines(answer.lines())
