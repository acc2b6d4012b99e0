"""The numbers of the page of today as text, each with its uncertainty, and the sentence on a model."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from nutau.inference.toys.tail import rounded_up
from nutau.inference.verdicts import Search, Verdict
from nutau.inference.verdicts.lines import CHECKED
from nutau.inference.verdicts.words import against_best, over_standard_model, shared


def against(line: Verdict) -> str:
    """p against the best κ with its Monte-Carlo error, and in σ; by Wilks' theorem where there are no toys."""
    if line.against is None:
        return f"{line.p_wilks:.2g} ({line.against_sigmas[0]:.1f} σ)"
    return f"{line.against} ({ends(line.against.sigmas)})"


def over(line: Verdict) -> str:
    """The significance over the SM, with what toys leave of its uncertainty."""
    if line.error is None:
        return f"{line.sigmas:.2f} σ"
    return f"{line.sigmas:.2f} ± {max(line.error, 0.01):.2f} σ"


def ends(sigmas: tuple[float, float]) -> str:
    """A range of σ; only its lower end where there is no upper one."""
    low, high = (f"{value:.1f}" for value in sigmas)
    if sigmas[1] == inf:
        return f"> {low} σ"
    return f"{low} σ" if low == high else f"{low}–{high} σ"


def verdict(lines: Sequence[Verdict]) -> str:
    """The words on a model on which all Standard Models agree, beside its two numbers on the first of them."""
    words = [
        shared(tuple(against_best(line.against_sigmas) for line in lines)),
        shared(tuple(over_standard_model(line.over_sigmas) for line in lines)),
    ]
    numbers = f"p = {against(lines[0])} against the best κ, {over(lines[0])} over the SM"
    said = " and ".join(word for word in words if word)
    return f"{numbers.replace('p = <', 'p <')}" + (f": *{said}*" if said else "")


def tried(search: Search) -> str:
    """What it means that many models were tried."""
    best, worst, count = search.lines[search.largest], search.lines[search.farthest], search.count
    low, high = search.worth
    why = (
        "no toys say how alike they are"
        if search.any_line is None
        else "in toys of the SM at 5 %; more further out"
    )
    p_value = worst.p_wilks if worst.against is None else worst.against.upper
    least = (
        f"p = {worst.p_wilks:.2g}"
        if worst.against is None
        else f"p < {rounded_up(worst.against.upper)} (95 % CL)"
    )
    return (
        f"{count} models were tried, worth {low:.1f} to {high:.1f} independent ones ({why}). {search.largest} wins "
        f"most over the SM, {best.sigmas:.2f} σ; as the best of {count} that is {ends(search.sigmas_global)}. "
        f"{search.farthest} lies farthest from the best κ, {least}; as the smallest of {count} values that counts as "
        f"{rounded_up(min(count * p_value, 1.0))} at most."
    )


def checked(search: Search) -> str:
    """How toys of the SM compare with Wilks' theorem; nothing without toys."""
    tails = [line.checked for line in search.lines.values() if line.checked is not None]
    if not tails:
        return ""
    parts = sorted(100 * tail.p_value for tail in tails)
    error = max(100 * tail.error for tail in tails)
    return (
        f"Beyond Δχ² = {CHECKED:g} over the SM lie {parts[0]:.1f} to {parts[-1]:.1f} (± {error:.1f}) % of "
        f"{tails[0].toys} toys of it, depending on the model, and 5 % by Wilks' theorem."
    )
