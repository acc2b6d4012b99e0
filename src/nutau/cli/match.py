"""``nutau match``: a model's couplings as Wilson coefficients, in WCxf."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nutau import __version__
from nutau.cli.options import Convention, Inputs, print_json
from nutau.errors import InputError, unknown

if TYPE_CHECKING:
    from nutau.models import Model
    from nutau.wilson import Wilson

TARGETS = ("smeft", "wet")


def match(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A mediator: U1, S3, VB, ... ('nutau models').")
    ],
    mass: Annotated[float, typer.Option("--mass", metavar="GEV", help="Its mass in GeV.")],
    couplings: Annotated[
        list[str], typer.Option("--coupling", metavar="NAME=VALUE", help="x1LL_23=0.3+0.1j; repeat for more.")
    ],
    to: Annotated[
        str, typer.Option("--to", metavar="smeft|wet", help="Warsaw basis, or WET flavio basis.")
    ] = "smeft",
    scale: Annotated[
        float | None,
        typer.Option("--scale", metavar="GEV", help="Scale of the WET (4.8); the SMEFT is at the mass."),
    ] = None,
    running: Annotated[
        str,
        typer.Option("--running", metavar="full|none|FOLDER", help="To wet: run from the mass, or match only."),
    ] = "full",
    alignment: Annotated[
        str, typer.Option("--alignment", metavar="down|up", help="Quark doublets the couplings belong to.")
    ] = "down",
    inputs: Inputs = "default",
    convention: Convention = "physical",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the file instead of printing.")
    ] = None,
) -> None:
    """Integrate out a mediator at tree level; prints a WCxf file (JSON, GeV⁻²).

    Example: nutau match U1 --mass 2000 --coupling x1LL_23=0.9 --coupling x1LL_33=1.0 --to wet --scale 4.8
    """
    from nutau.ckm import matrix, tree_ckm
    from nutau.models.catalogue import mediator, parse_couplings

    if to not in TARGETS:
        raise unknown("target", to, TARGETS)
    field = mediator(model)
    turn: dict[str, Any] = {}
    if alignment != "down":
        from nutau.inputs import load_inputs

        turn = {"alignment": alignment, "ckm": matrix(tree_ckm(load_inputs(inputs).parameters.mapping()))}
    options: dict[str, Any] = {**turn, **parse_couplings(couplings)}
    made = field(mass, **options)
    wilson = _smeft(made, scale) if to == "smeft" else _wet(made, scale, running, inputs, convention)
    for warning in made.warnings:
        typer.echo(f"nutau: warning: {warning}", err=True)
    about = {
        "generator": f"nutau {__version__}",
        "model": field.name,
        "mass": mass,
        "couplings": list(couplings),
    }
    if to == "wet":
        about |= {"inputs": inputs, "convention": convention, "running": running}
    document = {**wilson.to_wcxf(), "metadata": {**about, "warnings": list(made.warnings)}}
    if out is None:
        print_json(document)
    else:
        _write(out, document)


def _smeft(model: Model, scale: float | None) -> Wilson:
    wilson = model.smeft()
    if scale is not None and scale != wilson.scale:
        raise InputError(
            f"The SMEFT coefficients are at the mass, {wilson.scale:g} GeV, not at --scale {scale:g}: nutau's tables "
            "run them to the WET only. Use --to wet, or give the file to wilson for another scale."
        )
    return wilson


def _wet(model: Model, scale: float | None, running: str, inputs: str, convention: str) -> Wilson:
    return model.wet(4.8 if scale is None else scale, running, inputs=inputs, convention=convention)


def _write(path: Path, document: Any) -> None:
    try:
        path.write_text(json.dumps(document, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"Cannot write {path}: {error.strerror}. Give --out a file in a folder that exists."
        ) from None
