"""``nutau predict``: observables with theory errors for any Wilson coefficients or model."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer

from nutau.cli import cases, invisible_state, point
from nutau.cli.cite import Cite, cite_prediction, show
from nutau.cli.console import print_apart, print_lines, print_table
from nutau.cli.lists import read
from nutau.cli.options import Bin, Convention, Draws, Inputs, Json, Observables, print_json
from nutau.cli.progress import working
from nutau.cli.words import warn
from nutau.common.ranges import spaced
from nutau.errors import InputError

Muons = Annotated[
    bool, typer.Option("--muons", help="With --inputs letter: add the letter's δC9^μμ through (3.2).")
]
Clip = Annotated[bool, typer.Option("--clip", help="Clip the bin to phase space instead of refusing it.")]
Points = Annotated[
    str | None, typer.Option("--q2", metavar="Q2,…", help="q² in GeV² for dBR/dq2; a list, or 0:22.9:230.")
]
Tree = Annotated[bool, typer.Option("--tree", help="Add the tree-level τ contribution to B⁺ → K⁽*⁾⁺νν̄.")]
ShowBudget = Annotated[bool, typer.Option("--budget", help="Where the theory errors come from.")]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Write to a .csv, .json or .parquet file.")
]


@invisible_state.with_state
def predict(
    observables: Observables = None,
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
    muons: Muons = False,
    inputs: Inputs = "default",
    convention: Convention = "physical",
    bins: Bin = None,
    clip: Clip = False,
    q2: Points = None,
    tree: Tree = False,
    draws: Draws = 1000,
    budget: ShowBudget = False,
    out: Out = None,
    cite: Cite = False,
    as_json: Json = False,
    *,
    invisible: invisible_state.State,
) -> None:
    """Predict observables: value ± theory error, SM value and ratio.

    What --wc, --set and --model (or --kappa) give is added up.

    Example: nutau predict "BR(B+->Knunu)" "BR(B0->K*nunu)" --set CL_bsnutaunutau=2

    Example: nutau predict --model U1 --mass 2000 --coupling x1LL_23=0.3 --coupling x1LL_33=1.0 "Rnunu(K)" "R(D)"

    Lists make the points of their product, a table for each model; bins are repeated, or stand behind a name.

    Example: nutau predict "dBR/dq2(B+->Knunu)" --q2 0:22.9:230 --out spectrum.csv

    Example: nutau predict "<dBR/dq2>(B+->Knunu)" "<dBR/dq2>(B0->K*nunu)[0,19]" --bin 0,4 --bin 4,8 --out bins.csv

    Example: nutau predict "R(D)" --model U1 --mass 1000:5000:5 --coupling x1LL_23=0.1,0.2 --coupling x1LL_33=1

    A state of nutau invisible adds to all decays b → s with nothing seen.

    Example: nutau predict "BR(B+->Knunu)" "BR(B0->K*nunu)" --mediator two-body --particle-mass 2 --rate 1e-5
    """
    names = tuple(observables or ())
    several, where = zip(
        *point.by_model(settings, scale, wc, model, mass, couplings, kappa, delta, lq3, running, convention),
        strict=True,
    )
    if cite:
        _only_cite(
            {
                "--out": out,
                "--budget": budget,
                "--muons": muons,
                "--bin": bins,
                "--q2": q2,
                "--clip": clip,
                "--mediator": invisible,
            }
        )
        show(cite_prediction(names, list(where), inputs, tree), as_json)
        return
    if budget and invisible is not None:
        raise InputError("--budget knows no invisible state; leave out one of --budget and --mediator.")
    if budget and muons:
        raise InputError(
            "--muons goes with --inputs letter, whose formulas have no errors; leave --budget out."
        )
    if out is not None:
        from nutau.common.columns import check_table

        check_table(out)
        if out.suffix.lower() != ".json":
            cases.refuse(several, {f"--out {out}": out}, "name a .json file, which holds all")
    asked: dict[str, Any] = {"inputs": inputs, "clip": clip, "draws": draws, "tree": tree}
    asked |= {} if invisible is None else {"invisible": invisible}
    asked["q2"] = read_q2(bins, q2, names)
    results = cases.run(several, lambda _, place: _result(names, place, budget, muons, **asked), where)
    _show(several, results, out, as_json)


def _result(names: tuple[str, ...], where: Any, budget: bool, muons: bool, **asked: Any) -> Any:
    """The error budget if it is wanted, else the predictions."""
    import nutau

    with working("error budget" if budget else "predictions"):
        if budget:
            return nutau.error_budget(names, where, **asked)
        return nutau.predict(names, where, **asked, muons=muons)


def _only_cite(options: dict[str, Any]) -> None:
    for option, value in options.items():
        if value:
            raise InputError(
                f"{option} would not be used with --cite, which prints references; leave one out."
            )


def _show(several: Sequence[cases.Case], results: Sequence[Any], out: Path | None, as_json: bool) -> None:
    warn(dict.fromkeys(warning for result in results for warning in result.warnings))
    if out is not None:
        _write(several, results, out)
    if as_json:
        print_json(cases.document(several, [result.to_dict() for result in results]))
    elif out is None:
        print_apart(partial(_print, case, result) for case, result in zip(several, results, strict=True))


def _print(case: cases.Case, result: Any) -> None:
    sign = f"inputs {result.inputs}, {result.convention} sign of λ_t"
    budget = _is_budget(result)
    title = f"theory error by source (one standard deviation), {sign}" if budget else sign
    right = range(1, len(result.headings)) if budget else ()
    print_table(case.told(title), result.headings, result.table(), right=right)
    print_lines(result.notes)


def _is_budget(result: Any) -> bool:
    from nutau.observables.error_budget import Budget

    return isinstance(result, Budget)


def _write(several: Sequence[cases.Case], results: Sequence[Any], out: Path) -> None:
    from nutau.report.export import write_json, write_table

    if out.suffix.lower() == ".json":
        write_json(out, cases.document(several, [result.to_dict() for result in results]))
    else:
        write_table(out, results[0].columns())
    typer.echo(f"Written to {out}", err=True)


def read_q2(bins: list[str] | None, points: str | None, names: Sequence[str] = ()) -> Any:
    """``--bin 15,19.2`` as a pair, more bins as a list, ``--q2 0:22.9:230``, ``--q2 1,2`` or ``--q2 15`` as an array.

    Both of them, for ``names`` of which some take bins and some take points, by name.
    """
    import numpy as np

    given = [one for text in bins or () for one in _bins(text)]
    edges: Any = given[0] if len(given) == 1 else given or None
    grid = None if points is None else np.array(read(points, "--q2", "numbers in GeV² are needed"))
    if edges is None or grid is None:
        return grid if edges is None else edges
    from nutau.observables import find
    from nutau.observables.requests import bare, own_bin

    kinds = {name: find(bare(own_bin(name)[0])[0]).kind for name in names}
    if {"bin", "point"} <= set(kinds.values()):
        return {
            own_bin(name)[0]: {"bin": edges, "point": grid}[kind]
            for name, kind in kinds.items()
            if kind != "total"
        }
    raise InputError(
        "Give --bin (for <...> observables) or --q2 (for differential ones); both need one of each kind."
    )


def _bins(text: str) -> list[Any]:
    """One bin, or so many of equal width in a range LOW:HIGH:BINS."""
    given = f"--bin '{text}'"
    if text.strip() == "all":
        return ["all"]
    if ":" in text:
        whole, count = spaced(text, given)
        return list(pairwise(whole.points(count + 1)))
    numbers = read(text, "--bin", "numbers in GeV² are needed")
    if len(numbers) != 2:
        raise InputError(
            f"{given}: two numbers LOW,HIGH in GeV² are needed, for instance 15,19.2, or LOW:HIGH:BINS, or all."
        )
    if numbers[0] >= numbers[1]:
        raise InputError(f"{given}: the lower edge {numbers[0]:g} is not below the upper {numbers[1]:g}.")
    return [(numbers[0], numbers[1])]
