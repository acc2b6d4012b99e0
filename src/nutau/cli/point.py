"""The options that say where in new physics, and the point that they mean: the same for every verb that has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from nutau.cli.cases import Case, cases, names
from nutau.cli.lists import complexes, product
from nutau.cli.lists import read as numbers
from nutau.cli.options import pairs
from nutau.errors import InputError

WcFile = Annotated[
    str | None, typer.Option("--wc", metavar="FILE", help="WCxf file, WET or SMEFT; - is stdin.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE,…", help="A WET coefficient or a list; repeat for more."),
]
Scale = Annotated[
    float | None, typer.Option("--scale", metavar="GEV", help="Scale of the --set coefficients (4.8).")
]
ModelName = Annotated[
    str | None, typer.Option("--model", metavar="NAME,…", help="A mediator: U1, S3, VB, ...; or several.")
]
Mass = Annotated[
    str | None,
    typer.Option("--mass", metavar="GEV,…", help="Mass of the mediator: 2000; 1000,2000; 1000:5000:9."),
]
Couplings = Annotated[
    list[str] | None,
    typer.Option("--coupling", metavar="NAME=VALUE,…", help="x1LL_33=1.0 or a list; repeat for more."),
]
Kappa = Annotated[
    str | None, typer.Option("--kappa", metavar="VALUE,…", help="C1 = κ C3, the letter's two-field model.")
]
Delta = Annotated[
    str | None, typer.Option("--delta", metavar="VALUE,…", help="δ(C_V − C_A) of b → cτν that fixes C3.")
]
Lq3 = Annotated[str | None, typer.Option("--lq3", metavar="TEV^-2,…", help="C3 itself, lq3_3323 in TeV⁻².")]
Running = Annotated[
    str | None,
    typer.Option("--running", metavar="full|none|FOLDER", help="SMEFT running (full; none without a mass)."),
]


MODEL = "--model"
NEEDED = {
    "--mass": "a number of GeV is needed, without a unit: 2 TeV is 2000",
    "--kappa": "a number is needed, for instance 1.2",
    "--delta": "a number is needed, for instance 0.06",
    "--lq3": "a number of TeV⁻² is needed, for instance -0.05",
}


def points(*options: Any) -> list[tuple[Case, Any]]:
    """What the options mean, as a :func:`nutau.point` for each combination of the values of lists.

    They are settings, scale, wc, model, mass, couplings, kappa, delta, lq3, running and convention, as they are typed;
    what those of one point give is added up. Raises :class:`InputError`.
    """
    settings, scale, wc, model, mass, couplings, kappa, delta, lq3, running, convention = options
    read = _read(settings, model, mass, couplings, kappa, delta, lq3)
    return [(case, _made(case.values, scale, wc, running, convention)) for case in cases(read)]


def by_model(*options: Any) -> list[tuple[Case, Any]]:
    """As :func:`points`, but a case for each model alone: other lists are arrays in its point."""
    settings, scale, wc, model, mass, couplings, kappa, delta, lq3, running, convention = options
    read = _read(settings, model, mass, couplings, kappa, delta, lq3)
    arrays = product({option: values for option, values in read.items() if option != MODEL})
    models = cases({MODEL: read.get(MODEL, [None])})
    return [(case, _made({**arrays, **case.values}, scale, wc, running, convention)) for case in models]


def _read(
    settings: list[str] | None,
    model: str | None,
    mass: str | None,
    couplings: list[str] | None,
    kappa: str | None,
    delta: str | None,
    lq3: str | None,
) -> dict[str, Sequence[Any]]:
    """All values of each option that is given; those of --set and --coupling by name."""
    given = {"--mass": mass, "--kappa": kappa, "--delta": delta, "--lq3": lq3}
    read: dict[str, Sequence[Any]] = {} if model is None else {MODEL: names(model, MODEL)}
    read |= {
        option: numbers(text, option, NEEDED[option]) for option, text in given.items() if text is not None
    }
    return {**read, **_coefficients(settings), **_couplings(couplings)}


def _made(
    made: Mapping[str, Any], scale: float | None, wc: str | None, running: str | None, convention: str
) -> Any:
    """The point of one value, or one array, an option."""
    import nutau

    weak, strong = (
        {name.removeprefix(option): value for name, value in made.items() if name.startswith(option)}
        for option in ("--set ", "--coupling ")
    )
    size = {"delta": made.get("--delta"), "lq3": made.get("--lq3")}
    model = _model(made.get(MODEL), made.get("--mass"), strong, made.get("--kappa"), size)
    from_above = nutau.point(wc, model, running=running, convention=convention)
    return nutau.point(nutau.point(weak, scale=scale), from_above, convention=convention)


def _coefficients(settings: list[str] | None) -> dict[str, list[complex]]:
    """The values of ``--set NAME=VALUE,…``, by option and name."""
    read = complexes("--set")
    return {f"--set {name}": read(name, text) for name, text in pairs("--set", settings or ()).items()}


def _couplings(given: list[str] | None) -> dict[str, list[complex]]:
    """The values of ``--coupling NAME_ij=VALUE,…``, by option and name."""
    from nutau.models.catalogue import parse_couplings

    found = parse_couplings(given or (), complexes("--coupling"))
    return {f"--coupling {name}_{ij}": values for name, row in found.items() for ij, values in row.items()}


def _model(
    model: str | None,
    mass: Any,
    couplings: dict[str, Any],
    kappa: Any,
    size: dict[str, Any],
) -> Any:
    """The model that the options mean, or none."""
    import nutau
    from nutau.models.catalogue import mediator

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
    return field(mass=mass, **couplings)
