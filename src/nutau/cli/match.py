"""``nutau match``: a model's couplings as Wilson coefficients, in WCxf."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nutau import __version__
from nutau.cli.options import Convention, Inputs, Json, print_json
from nutau.cli.words import warn
from nutau.common.files import check_file, write_text
from nutau.errors import InputError, unknown

if TYPE_CHECKING:
    from nutau.eft.wilson import Wilson
    from nutau.models import Model

TARGETS = ("smeft", "wet")

ModelName = Annotated[
    str, typer.Argument(metavar="MODEL", help="A mediator: U1, S3, VB, ... ('nutau models').")
]
Mass = Annotated[float, typer.Option("--mass", metavar="GEV", help="Its mass in GeV.")]
Couplings = Annotated[
    list[str],
    typer.Option("--coupling", metavar="NAME=VALUE", help="x1LL_23=0.3+0.1j; repeat for more."),
]
Target = Annotated[str, typer.Option("--to", metavar="smeft|wet", help="Warsaw basis, or WET flavio basis.")]
Scale = Annotated[
    float | None,
    typer.Option("--scale", metavar="GEV", help="Scale of the WET (4.8); the SMEFT is at the mass."),
]
Running = Annotated[
    str | None,
    typer.Option(
        "--running", metavar="full|none|FOLDER", help="To wet: run from the mass (full), or match only."
    ),
]
Alignment = Annotated[
    str, typer.Option("--alignment", metavar="down|up", help="Quark doublets the couplings belong to.")
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Write the file instead of printing.")
]


def match(
    model: ModelName,
    mass: Mass,
    couplings: Couplings,
    to: Target = "smeft",
    scale: Scale = None,
    running: Running = None,
    alignment: Alignment = "down",
    inputs: Inputs = "default",
    convention: Convention = "physical",
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Integrate out a mediator at tree level; prints a WCxf file (JSON, GeV⁻²), with --out on request only.

    Example: nutau match U1 --mass 2000 --coupling x1LL_23=0.3 --coupling x1LL_33=1.0 --to wet --scale 4.8
    """
    from nutau.eft.wet.full import IN_WCXF
    from nutau.inputs import load_inputs
    from nutau.models.catalogue import mediator, parse_couplings
    from nutau.observables.perturbativity import too_large

    if to not in TARGETS:
        raise unknown("target", to, TARGETS)
    if out is not None:
        check_file(out)
    field = mediator(model)
    _check_one(couplings)
    options: dict[str, Any] = {**_turned(alignment, inputs), **parse_couplings(couplings)}
    made = field(mass, **options)
    about: dict[str, Any] = {
        "generator": f"nutau {__version__}",
        "model": field.name,
        "mass": mass,
        "couplings": list(couplings),
    }
    if to == "smeft":
        _unused(running, convention)
        wilson = _smeft(made, scale)
    else:
        how = running or "full"
        low = 4.8 if scale is None else scale
        wilson = made.wet(low, how, inputs=inputs, convention=convention, target=IN_WCXF)
        about |= {"inputs": inputs, "convention": convention, "running": how}
    warnings = (*made.warnings, *too_large(made.smeft(), load_inputs(inputs).parameters.mapping()))
    warn(warnings)
    document = {**wilson.to_wcxf(), "metadata": {**about, "warnings": list(warnings)}}
    if out is not None:
        write_text(out, json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
        typer.echo(f"Written to {out}", err=True)
    if out is None or as_json:
        print_json(document)


def _check_one(couplings: list[str]) -> None:
    """Refuse lists, which are other points."""
    for text in couplings:
        if "," in text or ":" in text:
            raise InputError(
                f"--coupling {text}: a WCxf file holds one point; run nutau match for each value, or give the list to "
                "nutau predict --model."
            )


def _turned(alignment: str, inputs: str) -> dict[str, Any]:
    """The arguments of a mediator for couplings to up-aligned doublets."""
    if alignment == "down":
        return {}
    from nutau.eft.ckm import matrix, tree_ckm
    from nutau.inputs import load_inputs

    return {"alignment": alignment, "ckm": matrix(tree_ckm(load_inputs(inputs).parameters.mapping()))}


def _unused(running: str | None, convention: str) -> None:
    given = [
        name for name, use in (("--running", running), ("--convention", convention != "physical")) if use
    ]
    if given:
        raise InputError(
            f"{' and '.join(given)} would not be used: the match to the SMEFT is at the mass and knows no λ_t. "
            "Use --to wet, or leave it out."
        )


def _smeft(model: Model, scale: float | None) -> Wilson:
    wilson = model.smeft()
    if scale is not None and scale != wilson.scale:
        raise InputError(
            f"The SMEFT coefficients are at the mass, {wilson.scale:g} GeV, not at --scale {scale:g}. nutau's tables "
            "run them to the WET; within the SMEFT they hold only the few that shift Z and W couplings. "
            "Leave --scale out, use --to wet, or run the file with wilson."
        )
    return wilson
