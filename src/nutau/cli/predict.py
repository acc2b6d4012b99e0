"""``nutau predict``: observables with theory errors for any Wilson coefficients or model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from nutau.cli.cite import Cite, cite_prediction, show
from nutau.cli.options import Convention, Inputs, Json, complex_number, pairs, print_json
from nutau.errors import InputError

OBSERVABLES = typer.Argument(
    metavar="[OBSERVABLE ...]", help='Names like "BR(B+->Knunu)", "R(D)", "Rnunu(K*)".'
)


def predict(
    observables: Annotated[list[str] | None, OBSERVABLES] = None,
    wc: Annotated[
        str | None, typer.Option("--wc", metavar="FILE", help="WCxf file, WET or SMEFT; - is stdin.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A WET coefficient; repeat for more."),
    ] = None,
    scale: Annotated[
        float | None, typer.Option("--scale", metavar="GEV", help="Scale of the --set coefficients (4.8).")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", metavar="NAME", help="A mediator: U1, S3, VB, ...")
    ] = None,
    mass: Annotated[float | None, typer.Option("--mass", metavar="GEV", help="Mass of the mediator.")] = None,
    couplings: Annotated[
        list[str] | None,
        typer.Option("--coupling", metavar="NAME=VALUE", help="x1LL_33=1.0; repeat for more."),
    ] = None,
    kappa: Annotated[
        float | None,
        typer.Option("--kappa", metavar="VALUE", help="C1 = κ C3, the letter's two-field model."),
    ] = None,
    delta: Annotated[
        float | None, typer.Option("--delta", metavar="VALUE", help="δ(C_V − C_A) of b → cτν that fixes C3.")
    ] = None,
    lq3: Annotated[
        float | None, typer.Option("--lq3", metavar="TEV^-2", help="C3 itself, lq3_3323 in TeV⁻².")
    ] = None,
    running: Annotated[
        str | None,
        typer.Option("--running", metavar="full|none", help="SMEFT running (full; none without a mass)."),
    ] = None,
    muons: Annotated[
        bool, typer.Option("--muons", help="With --inputs letter: add the letter's δC9^μμ through (3.2).")
    ] = False,
    inputs: Inputs = "default",
    convention: Convention = "physical",
    bins: Annotated[
        str | None, typer.Option("--bin", metavar="LOW,HIGH", help="q² bin in GeV² for <...> observables.")
    ] = None,
    clip: Annotated[
        bool, typer.Option("--clip", help="Clip the bin to phase space instead of refusing it.")
    ] = False,
    q2: Annotated[
        str | None, typer.Option("--q2", metavar="Q2|LOW:HIGH:STEP", help="q² in GeV² for dBR/dq2.")
    ] = None,
    tree: Annotated[
        bool, typer.Option("--tree", help="Add the tree-level τ contribution to B⁺ → K⁽*⁾⁺νν̄.")
    ] = False,
    draws: Annotated[int, typer.Option("--draws", metavar="N", help="Theory draws; 0 for no errors.")] = 1000,
    budget: Annotated[bool, typer.Option("--budget", help="Where the theory errors come from.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write to a .csv or .json file.")
    ] = None,
    cite: Cite = False,
    as_json: Json = False,
) -> None:
    """Predict observables: value ± theory error, SM value and ratio.

    What --wc, --set and --model (or --kappa) give is added up.

    Example: nutau predict "BR(B0->K*tautau)" "BR(B+->Knunu)" "R(D*)" --set CL_bsnutaunutau=2

    Example: nutau predict --model U1 --mass 2000 --coupling x1LL_23=0.9 --coupling x1LL_33=1.0 "Rnunu(K)" "R(D)"

    Example: nutau predict "dBR/dq2(B+->Knunu)" --q2 0:22.9:0.1 --out spectrum.csv
    """
    from nutau.ask import predict as ask

    point: dict[str, Any] = {
        "coefficients": {n: complex_number("--set", n, v) for n, v in pairs("--set", settings or ()).items()},
        "scale": scale,
        "wc": wc,
        "model": model,
        "mass": mass,
        "couplings": tuple(couplings or ()),
        "kappa": kappa,
        "delta": delta,
        "lq3": lq3,
        "running": running,
        "inputs": inputs,
        "convention": convention,
    }
    if cite:
        show(cite_prediction(tuple(observables or ()), point, tree), as_json)
        return
    if budget:
        _print_budget(point, tuple(observables or ()), _q2(bins, q2), as_json)
        return
    predictions = ask(
        tuple(observables or ()), **point, q2=_q2(bins, q2), clip=clip, draws=draws, tree=tree, muons=muons
    )
    for warning in predictions.warnings:
        typer.echo(f"nutau: warning: {warning}", err=True)
    if out is not None:
        _write(predictions, out)
    if as_json:
        print_json(predictions.to_dict())
    elif out is None:
        _print(predictions)


def _print(predictions: Any) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"inputs {predictions.inputs}, {predictions.convention} sign of λ_t")
    for heading in ("observable", "value", "SM", "over SM"):
        table.add_column(heading)
    for row in predictions.table():
        table.add_row(*row)
    Console().print(table)


def _print_budget(point: dict[str, Any], observables: tuple[str, ...], q2: Any, as_json: bool) -> None:
    from nutau.ask import budget

    result = budget(observables, **point, q2=q2)
    if as_json:
        print_json({"schema": "nutau/budget/1", "budget": result})
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(title="theory error by source (one standard deviation)")
    table.add_column("source")
    for name in result:
        table.add_column(name, justify="right")
    for source in next(iter(result.values())):
        table.add_row(source, *(f"{errors[source]:.2g}" for errors in result.values()))
    Console().print(table)


def _write(predictions: Any, out: Path) -> None:
    import json

    from nutau.export import write_table, write_text

    rows = predictions.to_dict()["predictions"]
    if out.suffix == ".json":
        write_text(
            out, json.dumps(predictions.to_dict(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        )
    elif out.suffix == ".csv":
        names = [name for name in rows[0] if not name.endswith("interval")]
        columns: dict[str, Any] = {name: [row.get(name) for row in rows] for name in names}
        for name in ("interval", "ratio_interval"):
            columns[f"{name}_low"] = [None if row[name] is None else row[name][0] for row in rows]
            columns[f"{name}_high"] = [None if row[name] is None else row[name][1] for row in rows]
        write_table(out, columns)
    else:
        raise InputError(f"--out '{out}': give a name ending in .csv or .json.")
    typer.echo(f"Written to {out}", err=True)


def _q2(bins: str | None, points: str | None) -> Any:
    """``--bin 15,19.2`` as a pair, ``--q2 0:22.9:0.1`` or ``--q2 15`` as an array."""
    if bins is not None and points is not None:
        raise InputError("Give --bin (for <...> observables) or --q2 (for differential ones), not both.")
    if bins is not None:
        numbers = _numbers("--bin", bins, ",")
        if len(numbers) != 2:
            raise InputError(
                f"--bin '{bins}': two numbers LOW,HIGH in GeV² are needed, for instance 15,19.2."
            )
        if numbers[0] >= numbers[1]:
            raise InputError(
                f"--bin '{bins}': the lower edge {numbers[0]:g} is not below the upper {numbers[1]:g}."
            )
        return (numbers[0], numbers[1])
    if points is None:
        return None
    return _grid(points)


def _numbers(option: str, text: str, separator: str) -> list[float]:
    try:
        numbers = [float(part) for part in text.split(separator)]
    except ValueError:
        raise InputError(f"{option} '{text}': numbers in GeV² are needed.") from None
    if not all(abs(number) < float("inf") for number in numbers):
        raise InputError(f"{option} '{text}': finite numbers in GeV² are needed.")
    return numbers


def _grid(text: str) -> Any:
    import numpy as np

    numbers = _numbers("--q2", text, ":")
    if len(numbers) == 1:
        return np.array(numbers)
    if len(numbers) != 3 or numbers[2] <= 0 or numbers[1] < numbers[0]:
        raise InputError(f"--q2 '{text}': give one value or LOW:HIGH:STEP with HIGH ≥ LOW and STEP > 0.")
    low, high, step = numbers
    if (high - low) / step > 1e5:
        raise InputError(f"--q2 '{text}' asks for more than 100000 points; take a larger step.")
    return low + step * np.arange(int(np.floor((high - low) / step + 1e-9)) + 1)
