"""The options of one invisible state beside the neutrinos, and the state that they mean."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from nutau.cli.arguments import with_options
from nutau.cli.options import refuse_unused
from nutau.errors import InputError

if TYPE_CHECKING:
    from nutau.observables.invisible import InvisibleState

PANEL = "An invisible state beside the neutrinos"
Mediator = Annotated[
    str | None,
    typer.Option(
        "--mediator",
        metavar="NAME",
        rich_help_panel=PANEL,
        help="As of nutau invisible: vector, scalar, two-body, ...",
    ),
]
ParticleMass = Annotated[
    float | None,
    typer.Option("--particle-mass", metavar="GEV", rich_help_panel=PANEL, help="Of its particles."),
]
Rate = Annotated[
    float | None,
    typer.Option("--rate", metavar="BR", rich_help_panel=PANEL, help="Of B⁺ → K⁺ and the new state."),
]
Coupling = Annotated[
    float | None,
    typer.Option("--particle-coupling", metavar="VALUE", rich_help_panel=PANEL, help="In place of --rate."),
]
ParticleWidth = Annotated[
    float | None,
    typer.Option("--particle-width", metavar="GEV", rich_help_panel=PANEL, help="Of one particle."),
]
Even = Annotated[
    bool,
    typer.Option("--even", rich_help_panel=PANEL, help="Quark currents of even parity, not chiral ones."),
]
DecayLength = Annotated[
    float | None,
    typer.Option("--decay-length", metavar="M", rich_help_panel=PANEL, help="cτ; with --radius."),
]
Radius = Annotated[
    float | None, typer.Option("--radius", metavar="M", rich_help_panel=PANEL, help="Of the detector.")
]


State: TypeAlias = Any
"""What a verb is given: an :class:`~nutau.observables.invisible.InvisibleState` or none."""
OPTIONS: dict[str, tuple[Any, Any]] = {
    "mediator": (Mediator, None),
    "particle_mass": (ParticleMass, None),
    "rate": (Rate, None),
    "particle_coupling": (Coupling, None),
    "particle_width": (ParticleWidth, None),
    "even": (Even, False),
    "decay_length": (DecayLength, None),
    "radius": (Radius, None),
}


def with_state(verb: Callable[..., Any]) -> Callable[..., Any]:
    """A verb that takes a state as ``invisible``, with the options that say which."""

    def run(**given: Any) -> Any:
        found = state(*(given.pop(name) for name in OPTIONS))
        return verb(**given, invisible=found)

    return with_options(run, verb, OPTIONS, without="invisible")


def unit(found: State) -> str:
    """The unit of the coupling, for a title."""
    return re.sub(r"\^(-\d)", r"$^{\\mathrm{\1}}$", found.hypothesis.unit)


def state(
    mediator: str | None,
    mass: float | None,
    rate: float | None,
    coupling: float | None,
    width: float | None,
    even: bool,
    length: float | None,
    radius: float | None,
) -> InvisibleState | None:
    """The state that the options mean; :class:`InputError` for options without one, and one without a mass."""
    if mediator is None:
        rest: dict[str, Any] = {"--particle-mass": mass, "--rate": rate, "--particle-coupling": coupling}
        rest |= {
            "--particle-width": width,
            "--even": even or None,
            "--decay-length": length,
            "--radius": radius,
        }
        refuse_unused(rest, "--mediator")
        return None
    if mass is None:
        raise InputError(f"--mediator {mediator} needs --particle-mass in GeV, 0 for what is massless.")
    from nutau.observables.invisible import InvisibleState

    return InvisibleState(
        mediator,
        mass,
        rate,
        coupling,
        particle_width=width or 0.0,
        chiral=not even,
        decay_length=length,
        radius=radius,
    )
