"""``nutau relations``: exact linear relations among rates, how far the others can be broken, what they predict."""

from __future__ import annotations

from nutau.cli import relations_options as given
from nutau.cli.console import print_lines, print_table
from nutau.cli.options import Bin, Draws, Inputs, Json, print_json
from nutau.cli.words import as_options


def relations(
    observables: given.Names,
    target: given.Target = None,
    data: given.Data = "2026",
    values: given.Values = None,
    coefficients: given.Coefficients = None,
    bins: Bin = None,
    inputs: Inputs = "default",
    draws: Draws = 1000,
    as_json: Json = False,
) -> None:
    """Find the linear relations among rates, for which coefficients they hold, and what they predict.

    Exact relations hold for all coefficients of a kind; of the others, how far any coefficients break them, and those
    that the data allow. Ratios to what new physics leaves alone, as R(D), are rates.

    Example: nutau relations "BR(B+->Knunu)" "BR(B0->K*nunu)" "BR(Lambdab->Lambdanunu)"

    Example: nutau relations "R(D)" "R(D*)" "R(Lambdac)" --value "R(D)=0.34,0.02"

    Example: nutau relations "<dBR/dq2>(B0->K*nunu)" --bin 0,4 --bin 4,8 --bin 8,12 --data none
    """
    from nutau.report.relations.result import HEADINGS, TESTED

    made = given.found(observables, target, data, values, coefficients, bins, inputs=inputs, draws=draws)
    if as_json:
        print_json(made.to_dict())
        return
    if made.relations:
        print_table(f"exact relations, inputs {made.inputs}", HEADINGS, made.table())
    else:
        print_lines([f"no exact relation, inputs {made.inputs}"])
    print_lines([""])
    if made.tested:
        print_table(f"{made.target} from the others", TESTED, made.tested_table())
    print_lines([as_options(line) for line in made.notes()])
