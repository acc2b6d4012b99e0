"""The options that say where in new physics, and the point that they mean: the same for every verb that has them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from nutau.cli.options import coefficients
from nutau.errors import InputError

WcFile = Annotated[
    str | None, typer.Option("--wc", metavar="FILE", help="WCxf file, WET or SMEFT; - is stdin.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A WET coefficient; repeat for more."),
]
Scale = Annotated[
    float | None, typer.Option("--scale", metavar="GEV", help="Scale of the --set coefficients (4.8).")
]
ModelName = Annotated[str | None, typer.Option("--model", metavar="NAME", help="A mediator: U1, S3, VB, ...")]
Mass = Annotated[float | None, typer.Option("--mass", metavar="GEV", help="Mass of the mediator.")]
Couplings = Annotated[
    list[str] | None,
    typer.Option("--coupling", metavar="NAME=VALUE", help="x1LL_33=1.0; repeat for more."),
]
Kappa = Annotated[
    float | None, typer.Option("--kappa", metavar="VALUE", help="C1 = κ C3, the letter's two-field model.")
]
Delta = Annotated[
    float | None, typer.Option("--delta", metavar="VALUE", help="δ(C_V − C_A) of b → cτν that fixes C3.")
]
Lq3 = Annotated[float | None, typer.Option("--lq3", metavar="TEV^-2", help="C3 itself, lq3_3323 in TeV⁻².")]
Running = Annotated[
    str | None,
    typer.Option("--running", metavar="full|none|FOLDER", help="SMEFT running (full; none without a mass)."),
]


def point(
    settings: list[str] | None,
    scale: float | None,
    wc: str | None,
    model: str | None,
    mass: float | None,
    couplings: list[str] | None,
    kappa: float | None,
    delta: float | None,
    lq3: float | None,
    running: str | None,
    convention: str,
) -> Any:
    """What the options mean, as :func:`nutau.point`; what they give is added up. Raises :class:`InputError`."""
    import nutau

    size = {"delta": delta, "lq3": lq3}
    weak = coefficients(settings)
    made = _model(model, mass, couplings, kappa, size)
    from_above = nutau.point(wc, made, running=running, convention=convention)
    return nutau.point(nutau.point(weak, scale=scale), from_above, convention=convention)


def _model(
    model: str | None,
    mass: float | None,
    couplings: list[str] | None,
    kappa: float | None,
    size: dict[str, float | None],
) -> Any:
    """The model that the options mean, or none."""
    import nutau
    from nutau.models.catalogue import mediator, parse_couplings

    given = {name: value for name, value in size.items() if value is not None}
    if couplings and (model is None or given):
        raise InputError("--coupling would not be used: it needs --model and --mass, without --delta.")
    if model is None and kappa is None:
        if mass is not None:
            raise InputError("--mass would not be used: it is the mass of a --model.")
        if given:
            raise InputError(
                "--delta and --lq3 give the size of C3; say which C1 goes with it by --model or --kappa."
            )
        return None
    if model is not None and kappa is not None:
        raise InputError("--kappa would not be used: --model fixes κ; give one of the two.")
    if given:
        return nutau.X(
            kappa if model is None else mediator(model), c3=size["lq3"], delta=size["delta"], mass=mass
        )
    if model is None:
        raise InputError("--kappa needs the size of C3: give --delta (of b → cτν) or --lq3 (TeV⁻²).")
    field = mediator(model)
    if mass is None:
        raise InputError(f"{field.name} needs --mass in GeV, for instance --mass 2000.")
    by_name: dict[str, Any] = parse_couplings(couplings or ())
    return field(mass=mass, **by_name)
