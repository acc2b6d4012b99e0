"""Which words numbers allow: none between 1.5 and 3 σ, and beyond only if the uncertainties lie there too."""

from __future__ import annotations

NONE_FROM, NONE_TO = 1.5, 3.0
"""Between so many σ there are numbers and no words."""

Range = tuple[float, float]


def against_best(sigmas: Range) -> str:
    """The word on a hypothesis that is so many σ (a range) from the best of those that contain it; or none."""
    return _word(sigmas, "fits as well as the best κ", "disfavoured")


def over_standard_model(sigmas: Range) -> str:
    """The word on a hypothesis from which the Standard Model is so many σ (a range) away; or none."""
    return _word(sigmas, "no better than the SM", "preferred over the SM")


def with_light_leptons(sigmas: Range) -> str:
    """The word on a C9 of all leptons that is so many σ (a range) from the one that b → sℓℓ wants; or none."""
    return _word(sigmas, "makes what b → sℓℓ wants", "does not make it")


def shared(words: tuple[str, ...]) -> str:
    """The word on which all Standard Models agree; or none."""
    return words[0] if len(set(words)) == 1 else ""


def _word(sigmas: Range, near: str, far: str) -> str:
    low, high = sigmas
    if low > NONE_TO:
        return far
    return near if high < NONE_FROM else ""


RULES = (
    f"Words follow rules: below {NONE_FROM:g} σ from the best κ a model *fits as well as the best κ*, beyond "
    f"{NONE_TO:g} σ it is *disfavoured*; below {NONE_FROM:g} σ over the SM it is *no better than the SM*, beyond "
    f"{NONE_TO:g} σ *preferred over the SM*, each model for itself (local). From {NONE_FROM:g} to {NONE_TO:g} σ "
    "there is no word, nor where the uncertainty of the number reaches into that range or the two "
    "Standard Models disagree."
)
