"""Several fits of one command: checked before the first, one row each, and those that are finished are kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

from nutau.cli import cases, fitted
from nutau.cli.console import console, print_lines, print_table
from nutau.common.rounding import fixed

if TYPE_CHECKING:
    from nutau.inference.fit import FitResult


def of(case: cases.Case) -> dict[str, Any]:
    """The arguments of a fit that a case gives."""
    return {cases.plain(option): case.values[option] for option in ("--data", "--model", "--mass")}


def check(
    several: Sequence[cases.Case],
    parameters: str,
    inputs: str,
    fix: list[str] | None,
    how: Mapping[str, Any],
    theory: Mapping[str, Any],
) -> None:
    """Refuse, before the first of several fits, what the last would refuse: its parameters, and data without them."""
    if len(several) == 1:
        return
    from nutau.inference.likelihood import parametrisation
    from nutau.inference.likelihood.build import select
    from nutau.inputs import load_inputs
    from nutau.measurements import load_dataset

    chosen, held = load_inputs(inputs), fitted.numbers("--fix", fix)
    state = None if how["invisible"] is None else how["invisible"].coupled(chosen)

    def one(case: cases.Case) -> None:
        given = of(case)
        data = load_dataset(given.pop("data"))
        found = parametrisation(
            parameters.split(","), fixed=held, ranges=how["ranges"], invisible=state, **given, **theory
        )
        select(data, found, chosen, all_data=how["all_data"])

    cases.run(several, one)


def run(
    several: Sequence[cases.Case], one: Callable[[cases.Case], tuple[FitResult, bool]]
) -> tuple[list[FitResult], bool]:
    """The fits, and whether Ctrl-C ended them; then those before it are kept, if there are any."""
    results: list[FitResult] = []

    def kept(case: cases.Case) -> bool:
        found, ended = one(case)
        results.append(found)
        return ended

    for case in several:
        try:
            (ended,) = cases.run([case], kept)
        except KeyboardInterrupt:
            if not results:
                raise
            ended = True
        if ended:
            if len(several) > 1:
                typer.echo(f"nutau: stopped; {len(results)} of {len(several)} fits are kept.", err=True)
            return results, True
    return results, False


def show(several: Sequence[cases.Case], found: Sequence[FitResult], wide: bool) -> None:
    """A row for each fit: what tells it apart, its parameters, χ² and p; below, what was asked of each."""
    made = found[0].likelihood
    head = (*several[0].differ, *found[0].names, "χ²", "dof", "p", "σ over SM")
    rows = [_row(case, result) for case, result in zip(several, found, strict=False)]
    title = f"inputs {made.inputs}, {made.mode} mode; best values with 68 %"
    print_table(title, head, rows, right=range(len(head) - 4, len(head)), on=console(wide))
    print_lines(["intervals at 95 %, pulls and all else: --json, or one fit at a time"])
    ages = dict.fromkeys(str(result.likelihood.ages) for result in found if result.likelihood.ages)
    print_lines(list(ages))
    for case, result in zip(several, found, strict=False):
        for answer in result.answers:
            print_lines([""])
            print_table(case.told(answer.key), answer.head, answer.table(), on=console(wide))


def _row(case: cases.Case, found: FitResult) -> tuple[str, ...]:
    p_value = "—" if found.p_value is None else f"{found.p_value:.3g}"
    told = (cases.said(value, name) for name, value in case.differ.items())
    values = (shown for _, shown, _ in found.table())
    return (*told, *values, fixed(found.chi2, 2), str(found.dof), p_value, f"{found.comparison.sigmas:.1f}")
