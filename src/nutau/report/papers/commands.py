"""The lines with which a user gets the numbers of a computation of :mod:`nutau.report.papers.record`."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nutau.report.papers.record import (
    Coefficient,
    Fitted,
    Prediction,
    Related,
    Running,
    Setting,
    Unseen,
)

OWN = "own.yaml"
"""The file of one's own that a line writes first, where it needs one."""


def command(asked: Setting) -> str:
    """One line for a shell, which writes ``own.yaml`` first if inputs or data are no named ones."""
    return COMMANDS[type(asked)](asked)


def together(lines: Sequence[str]) -> tuple[str, ...]:
    """Lines for one session, each once; a file that is there already is not written again."""
    made: list[str] = []
    there = ""
    for line in dict.fromkeys(lines):
        file, found, rest = line.partition(f" > {OWN} && ")
        made.append(rest if found and file == there else line)
        there = file if found else there
    return tuple(made)


def reading(asked: Setting) -> str:
    """What is to be done with the numbers that the line prints; empty where one of them is the number."""
    made = READINGS.get(type(asked))
    return "" if made is None else made(asked)


def _joined(words: list[str], file: Mapping[str, Any] | None = None) -> str:
    line = " ".join(_quoted(word) for word in words)
    return f"echo {shlex.quote(json.dumps(file, ensure_ascii=False))} > {OWN} && {line}" if file else line


def _quoted(word: str) -> str:
    return f'"{word}"' if set(word) & set("()<>*[] ") else shlex.quote(word)


def _inputs(asked: Setting) -> tuple[list[str], dict[str, Any] | None]:
    if asked.changed:
        file = {"extends": asked.inputs, "form_factors": asked.form_factors, "parameters": asked.parameters}
        return ["--inputs", OWN], {key: value for key, value in file.items() if value}
    return (["--inputs", asked.inputs] if asked.inputs != "default" else []), None


def _bin(asked: Prediction) -> list[str]:
    if asked.q2 is None:
        return []
    low, high = asked.q2
    return ["--bin", f"{low:g},{high:g}"]


def _prediction(asked: Prediction) -> str:
    words = ["nutau", "predict", asked.observable, *([asked.over] if asked.over else []), *_bin(asked)]
    for name, value in asked.coefficients.items():
        words += ["--set", f"{name}={value:g}"]
    if asked.two_field is not None:
        words += ["--kappa", f"{asked.two_field.kappa:g}", "--delta", f"{asked.two_field.delta:g}"]
    words += ["--tree"] if asked.tree else []
    options, file = _inputs(asked)
    return _joined([*words, *options], file)


def _coefficient(asked: Coefficient) -> str:
    words = ["nutau", "predict", *asked.observables]
    for name in asked.of:
        words += ["--set", f"{name}=-1,1"]
    words += ["--scale", f"{asked.scale:g}"]
    options, file = _inputs(asked)
    return _joined([*words, *options], file)


def _related(asked: Related) -> str:
    words = ["nutau", "relations", *asked.rates]
    for name, (value, error) in asked.values.items():
        words += ["--value", f"{name}={value:g},{error:g}"]
    options, file = _inputs(asked)
    line = _joined([*words, "--data", "none", *options], file)
    return line if asked.minus is None else f"{line} && {_related(asked.minus)}"


def _running(asked: Running) -> str:
    points = ", ".join(f'nutau.point(c, running="{how}").wet()["{name}"]' for how, name in _both(asked))
    return f"python -c 'import nutau; c = {json.dumps(asked.document)}; print({points})'"


def _both(asked: Running) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("full", asked.coefficient), ("none", asked.over)


def _fitted(asked: Fitted) -> str:
    file = {"title": "own", "measurements": asked.measurements, "references": asked.references}
    words = ["nutau", "fit", "--parameters", asked.parameter, "--data", OWN]
    words += ["--sm", asked.sm] if asked.sm != "inputs" else []
    return _joined([*words, "--draws", str(asked.draws)], {k: v for k, v in file.items() if v})


def _unseen(asked: Unseen) -> str:
    masses = ",".join(f"{mass:g}" for mass in asked.masses)
    return _joined(["nutau", "invisible", "--mediator", asked.mediator, "--mass", masses])


COMMANDS: Mapping[type[Setting], Callable[[Any], str]] = {
    Prediction: _prediction,
    Coefficient: _coefficient,
    Related: _related,
    Running: _running,
    Fitted: _fitted,
    Unseen: _unseen,
}


def _of_prediction(asked: Prediction) -> str:
    steps = ["the first value over the second"] if asked.over else []
    if asked.integrated and asked.q2 is not None:
        steps.append(f"times {asked.q2[1] - asked.q2[0]:g} GeV², the width of the bin")
    return ", ".join([*steps, *_times(asked.factor)])


def _of_coefficient(asked: Coefficient) -> str:
    over = "'over SM'" if len(asked.observables) == 1 else "the product of 'over SM'"
    if len(asked.of) == 2:
        steps = f"a quarter of {over} where both signs are the same less where they are not"
    elif asked.power == 1:
        steps = f"half the difference of {over} at 1 and −1"
    else:
        steps = f"half the sum of {over} at 1 and −1, less 1"
    return ", ".join([steps, *_times(asked.factor)])


def _times(factor: float) -> list[str]:
    return [] if factor == 1 else [f"times {factor:g}"]


def _of_related(asked: Related) -> str:
    steps = {
        "weight": f"the weight of {asked.of} for {asked.domain} operators",
        "remainder": f"what the exact relation for {asked.domain} operators leaves",
        "expected over SM": "the rate in the last line over its value in the SM",
    }
    text = steps.get(asked.result, "")
    return text if asked.minus is None else f"{text}, less {_of_related(asked.minus)} in the second"


def _of_running(asked: Running) -> str:
    return "the first number over the second"


READINGS: Mapping[type[Setting], Callable[[Any], str]] = {
    Prediction: _of_prediction,
    Coefficient: _of_coefficient,
    Related: _of_related,
    Running: _of_running,
}
