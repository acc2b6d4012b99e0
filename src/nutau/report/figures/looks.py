"""One map from model to colour, marker and line for every figure: it does not depend on what else is drawn.

Colours are those of Okabe and Ito, and of Tol's muted scheme, which colour-blind readers tell apart; every model has a
marker of its own, so that figures are read in grey too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from nutau.errors import InputError
from nutau.models import mediator

DASHED, DASHDOT, DOTTED = (0, (6, 2)), "-.", (0, (1, 1.2))
SM_NAME = "SM"


@dataclass(frozen=True)
class Look:
    """Colour, marker and line of a model; ``filled`` is false for a second one of the same model."""

    colour: str
    marker: Any
    line: Any = "-"
    filled: bool = True

    @property
    def face(self) -> str:
        """The colour inside the marker."""
        return self.colour if self.filled else "white"

    @property
    def edge(self) -> str:
        """The colour of its border: white around what is filled, so that markers on lines are seen."""
        return "white" if self.filled else self.colour


LOOKS = {
    "VB": Look("#000000", "o"),
    "U1": Look("#0072B2", "s", DASHED),
    "S3": Look("#D55E00", "^", DASHDOT),
    "U3": Look("#009E73", "D"),
    "X_-1/2": Look("#CC79A7", "v", DASHED),
    "X_1/2": Look("#56B4E9", "<", DASHDOT),
    "X_3/2": Look("#E69F00", ">"),
    "S1": Look("#7A7A7A", "h", DASHED),
    "R2": Look("#882255", "P", DASHDOT),
    "R2~": Look("#332288", "X"),
    "S1~": Look("#AA4499", "p", DASHED),
    "U1~": Look("#44AA99", "d", DASHDOT),
    "V2": Look("#117733", (4, 1, 0)),
    "V2~": Look("#999933", (6, 1, 0), DASHED),
    "Z'": Look("#661100", (5, 1, 180), DASHDOT),
    "phi2": Look("#B8A13C", (8, 1, 0)),
    SM_NAME: Look("#000000", "+", DOTTED),
}
"""Of every mediator, of the letter's two-field models and of the Standard Model."""

SPARE = (
    Look("#B22222", (3, 1, 0)),
    Look("#4B6A88", (7, 0, 0), DASHED),
    Look("#7B5B2E", (4, 0, 0), DASHDOT),
    Look("#5B7F00", (3, 1, 180)),
    Look("#9467BD", (5, 0, 0), DASHED),
    Look("#C05A8C", (7, 1, 0), DASHDOT),
)
"""Of what is no model with a name, as κ = 1.2 or a point of the user's own, in the order in which they come."""


def known(name: str) -> Look | None:
    """The look of a model by its name or an alias of it; ``None`` for what has no name of its own."""
    if name in LOOKS:
        return LOOKS[name]
    try:
        return LOOKS.get(mediator(name).name)
    except InputError:
        return None


def looks(names: Sequence[str], models: Sequence[str] | None = None) -> dict[str, Look]:
    """The look of each name; ``models`` says which model each is of, where the names are labels.

    A second label of the same model has its colour and marker, open; a third one has a spare look.
    """
    found: dict[str, Look] = {}
    taken: dict[str, int] = {}
    spare = 0
    for name, model in zip(names, models or names, strict=True):
        look = known(model)
        times = taken.get(model, 0)
        if look is None or times > 1:
            look, spare = SPARE[spare % len(SPARE)], spare + 1
        found[name] = replace(look, filled=False) if times == 1 else look
        taken[model] = times + 1
    return found
