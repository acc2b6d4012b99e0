"""The page ``docs/lines.md`` as Markdown: every number and every sentence of it from :class:`Today`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nutau.common.rounding import fixed
from nutau.common.tables import degrees_of_freedom
from nutau.inference.fit import FitResult
from nutau.inference.verdicts.lines import CHECKED
from nutau.inference.verdicts.words import RULES
from nutau.inputs.letter import Number, chain
from nutau.letter.report import reproduce
from nutau.report.plane import measured_delta, own_sm, quoting
from nutau.report.today.fits import Row, Run, Today
from nutau.report.today.light import section
from nutau.report.today.words import against, checked, over, tried, verdict

CLAIMS = ("running", "eq-4.6", "kappa-window", "vb", "excluded", "low-corner")
"""Claims of the letter whose reasons are given."""


def page(found: Today, figure: str | None = None) -> str:
    """The page as Markdown; ``figure`` is the address of the picture of :func:`nutau.report.figures.today.today`."""
    parts = [
        _head(found),
        _picture(figure),
        *(_section(run) for run in found.runs),
        _answers(found),
        _letter(),
    ]
    return "\n".join([*(line for part in parts for line in part), ""]) + "\n"


def _head(found: Today) -> Iterator[str]:
    chosen = found.data
    delta = measured_delta(chosen)
    yield "# What today's data say of lines"
    yield ""
    made = f"nutau today --data {chosen.name} --toys {found.toys} --seed {found.seed}"
    yield f"Made by `{made}`; nothing on this page is typed in. Data set: *{chosen.title}*."
    yield ""
    sm = own_sm()
    ours = measured_delta(chosen, sm)
    own = " and ".join(f"{n.value:.4f} ± {n.uncertainty:.4f}" for n in sm.values())
    others = quoting(chosen)
    before = chain().delta
    yield (
        f"R_D and R_D\\* over the SM values of {others} give δ(C_V − C_A) = {_sigmas(delta)} from zero; over "
        f"nutau's own, {own}, they give {_sigmas(ours)} (the letter's data: {before.value} ± {before.uncertainty}). "
        f"The fits below rest on nutau's own SM with its theory errors; what they say on the SM of {others} stands "
        "beside them, in the columns with ′. They use the signed λ_t, the full CKM "
        "matrix and one α_em. Only lq1_3323 and lq3_3323 are there: what a mediator must bring besides (B_s mixing for "
        "VB, other flavours) is not held against it here: for that, nutau judge. A measurement that does not depend on "
        "them is left out, so χ² without and with running count different measurements; compare within a table."
    )
    yield ""
    yield from _numbers(found)


def _numbers(found: Today) -> Iterator[str]:
    """What the two numbers of a model are, and what their uncertainties hold."""
    yield (
        "Two numbers judge a model. *p against the best κ* is the chance, if the model holds at its best δ, that κ "
        "free fits better by as much as it does. *Over the SM* is the significance of δ ≠ 0 by Wilks' theorem: at "
        "δ = 0 there is no κ, so one parameter counts."
    )
    if found.finished:
        cut = f" ({found.toys} were asked for)" if found.finished < found.toys else ""
        yield (
            f"p comes from {found.finished} toys of each model{cut}, in which data and theory fluctuate and limits "
            "stay as observed, with the binomial error of their number; in brackets in σ of a Gaussian, two-sided. "
            "The uncertainty of the significance is how far it moves if p is changed by what toys of the SM find "
            f"beyond Δχ² = {CHECKED:g} over the 5 % of Wilks' theorem."
        )
    else:
        yield "No toys were made, so p is by Wilks' theorem, too."
    yield (
        f"The theory has {found.draws} balanced draws: another seed of theirs moves χ² by less than the last digit "
        "that is printed."
    )
    yield ""


def _picture(figure: str | None) -> Iterator[str]:
    if figure is not None:
        yield f"![The models in the plane of R_ττ and R_νν, with what the data allow]({figure})"
        yield ""


def _section(run: Run) -> Iterator[str]:
    yield f"## {run.title[0].upper()}{run.title[1:]}"
    yield ""
    yield from _fits(run)
    yield from _tests(run)
    best = run.free
    yield (
        f"κ free: {_free(best)}; χ² = {fixed(best.chi2, 1)} for {degrees_of_freedom(best.dof)}"
        + _p(best.p_value)
        + f", the SM has {best.comparison.sm_chi2:.1f} for {best.goodness.numbers}{_p(best.goodness.sm_p_value)}: "
        f"{best.comparison.sigmas:.1f} σ for {best.comparison.dof} parameters. {_not_counted(best.goodness.limits)}"
        + _inferred(best.goodness.inferred)
    )
    if best.beside is not None:
        yield f"With the SM of {best.beside.standard.name} ({best.beside.standard}): {best.beside}."
    for minimum in best.minima[1:]:
        where = ", ".join(f"{n} = {v:.3g}" for n, v in zip(best.names, minimum.values, strict=True))
        edge = ", at the edge of its range" if minimum.at_bound else ""
        yield f"Another minimum: {where}{edge}, Δχ² = {fixed(minimum.chi2 - best.chi2, 2)}."
    yield ""
    yield from section(run)


def _fits(run: Run) -> Iterator[str]:
    yield (
        "| model | κ | δ (68 %) | χ² | Δχ² to free κ | R_ττ^K | R_ττ^K\\* | R_νν^K | R_νν^K\\* | "
        "δ′ | R_ττ^K′ | R_νν^K′ |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|---|---|"
    for row in run.rows:
        ratios = " | ".join(f"{value:.3g}" for value in row.ratios)
        yield (
            f"| {row.model} | {row.kappa:g} | {_delta(row)} | {fixed(row.found.chi2, 1)} | "
            f"{fixed(row.found.chi2 - run.free.chi2, 1)} | {ratios} | {_beside(row)} |"
        )
    yield ""


def _tests(run: Run) -> Iterator[str]:
    """The two numbers of each model, on each Standard Model."""
    two = run.other is not None
    yield "| model | p against the best κ | over the SM |" + (" p′ | over the SM′ |" if two else "")
    yield "|---|---|---|" + ("---|---|" if two else "")
    for row in run.rows:
        cells = [
            text for s in run.searches for text in (against(s.lines[row.model]), over(s.lines[row.model]))
        ]
        yield f"| {row.model} | {' | '.join(cells)} |"
    yield ""
    yield tried(run.own)
    if run.other is not None and run.free.beside is not None:
        yield f"With the SM of {run.free.beside.standard.name}: {tried(run.other)}"
    if text := checked(run.own):
        yield text
    yield ""


def _delta(row: Row) -> str:
    """δ with its 68 % interval."""
    part = row.found["delta"]
    minus, plus = (("open" if side is None else f"{side:.3f}") for side in (part.minus, part.plus))
    return f"{part.value:.3f} +{plus} −{minus}"


def _beside(row: Row) -> str:
    """δ, R_ττ^K and R_νν^K with the other SM."""
    other = row.found.beside
    if other is None:
        return "– | – | –"
    delta = f"{other.values['delta']:.3f} ± {other.errors['delta']:.3f}"
    return f"{delta} | {row.beside[0]:.3g} | {row.beside[2]:.3g}"


def _p(p_value: float | None) -> str:
    return "" if p_value is None else f" (p = {p_value:.2g})"


def _not_counted(limits: int) -> str:
    if not limits:
        return "Every number counts: none is nothing but a limit."
    return f"{limits} {'limit is' if limits == 1 else 'limits are'} in χ² but not counted, as no centre was measured."


def _inferred(names: Sequence[str]) -> str:
    if not names:
        return ""
    return f" The centres of {', '.join(names)} were published by nobody: they follow from limits, as of Gaussians."


def _sigmas(delta: Number) -> str:
    return f"{delta.value:.4f} ± {delta.uncertainty:.4f}, {delta.value / delta.uncertainty:.1f} σ"


def _free(found: FitResult) -> str:
    return ", ".join(f"{name} = {text} (68 %)" for name, text, _ in found.table())


def _answers(found: Today) -> Iterator[str]:
    yield "## Model by model"
    yield ""
    yield RULES
    yield ""
    for place, row in enumerate(found.runs[0].rows):
        said = [
            f"{run.title}, {verdict([search.lines[row.model] for search in run.searches])}, with "
            f"R_ττ^K ≈ {run.rows[place].ratios[0]:.3g} and R_νν^K ≈ {run.rows[place].ratios[2]:.3g}"
            for run in found.runs
        ]
        yield f"* **{row.model}**: {'; '.join(said)}."
    yield ""


def _letter() -> Iterator[str]:
    report = reproduce()
    groups: dict[str, list[str]] = {}
    for claim in report.claims:
        groups.setdefault(claim.verdict, []).append(f"`{claim.id}`")
    yield "## The letter's conclusions"
    yield ""
    yield "Claim by claim on the letter's own data (`nutau reproduce`):"
    yield ""
    for said, names in groups.items():
        yield f"* {said}: {', '.join(names)}"
    spoiled = [f"`{c.id}`" for c in report.claims if c.full_verdict == "does not survive running"]
    yield f"* does not survive running: {', '.join(spoiled) or 'none'}"
    for identifier in CLAIMS:
        claim = report[identifier]
        yield f"* {claim.statement} (`{claim.id}`): {claim.why}".replace("(*", "(\\*").replace("^K*", "^K\\*")
