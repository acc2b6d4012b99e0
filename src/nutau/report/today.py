"""What today's data say: the page ``docs/today.md``, every number and every sentence of it computed.

For each model of Table I the one free number, δ(C_V - C_A) or equivalently C3, is fitted to the data with the physical
sign of λ_t, once without and once with running; then κ is set free. A sentence about a model is chosen by a rule on
its numbers, stated on the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from nutau.common.rounding import fixed
from nutau.common.tables import degrees_of_freedom
from nutau.inference.fit import FitResult, fit
from nutau.inputs.letter import Number, chain
from nutau.letter.claims import K_NUNU, K_TAUTAU, KST_NUNU, KST_TAUTAU, benchmarks, kappas
from nutau.letter.report import reproduce
from nutau.measurements import load_dataset
from nutau.models.two_field import LAMBDA, X
from nutau.observables.predict import predict
from nutau.report.plane import measured_delta, own_sm, quoting

RATIOS = (K_TAUTAU, KST_TAUTAU, K_NUNU, KST_NUNU)
DISFAVOURED = 4.0
"""A model is called disfavoured if its best χ² exceeds that of free κ by more than this (2σ for one number)."""


@dataclass(frozen=True)
class Row:
    """One model, fitted: κ, running or not, the fit of δ and the ratios at its best point."""

    model: str
    kappa: float
    running: str
    found: FitResult
    ratios: tuple[float, ...]
    beside: tuple[float, ...]  # the ratios at the best δ with the other SM; none where there is none

    @property
    def delta(self) -> str:
        """δ with its 68 % interval."""
        part = self.found["delta"]
        minus, plus = (("open" if side is None else f"{side:.3f}") for side in (part.minus, part.plus))
        return f"{part.value:.3f} +{plus} −{minus}"


def fits(
    data: str = "2026", *, draws: int = 400, progress: Callable[[int, int], None] | None = None
) -> tuple[list[Row], dict[str, FitResult]]:
    """The fits behind the page: one row a model and running, and the fits with κ free by running."""
    rows: list[Row] = []
    free = {}
    models = {name: kappa for name, kappa in kappas().items() if kappa is not None} | benchmarks()
    for running in ("none", "full"):
        mass = LAMBDA if running == "full" else None
        free[running] = fit(("delta", "kappa"), data, running=running, mass=mass, draws=draws)
        for name, kappa in models.items():
            if progress is not None:
                progress(len(rows), 2 * len(models))
            found = fit(("delta",), data, fixed={"kappa": kappa}, running=running, mass=mass, draws=draws)
            best, other = float(found.best.values[0]), found.beside
            ratios = _ratios(kappa, best, mass)
            beside = () if other is None else _ratios(kappa, other.values["delta"], mass)
            rows.append(Row(name, kappa, running, found, ratios, beside))
    return rows, free


def _ratios(kappa: float, delta: float, mass: float | None) -> tuple[float, ...]:
    found = predict(RATIOS, X(kappa, delta=delta, mass=mass), draws=0)
    return tuple(row.value for row in found)


def page(data: str = "2026", *, draws: int = 400, progress: Callable[[int, int], None] | None = None) -> str:
    """The page as Markdown."""
    rows, free = fits(data, draws=draws, progress=progress)
    return "\n".join((*_head(data), *_tables(rows, free), *_answers(rows, free), *_letter(), "")) + "\n"


def _head(data: str) -> Iterator[str]:
    chosen = load_dataset(data)
    delta = measured_delta(chosen)
    yield "# What today's data say"
    yield ""
    yield f"Made by `nutau today --data {data}`; nothing on this page is typed in. Data set: *{chosen.title}*."
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
        "beside them, in the columns with ′, and at a verdict that it changes. They use the signed λ_t, the full CKM "
        "matrix and one α_em. Only lq1_3323 and lq3_3323 are there: what a mediator must bring besides (B_s mixing for "
        "VB, other flavours) is not held against it here. A measurement that does not depend on them is left out, so "
        "χ² without and with running count different measurements; compare within a table."
    )
    yield ""


def _tables(rows: Sequence[Row], free: dict[str, FitResult]) -> Iterator[str]:
    titles = {"none": "Without running", "full": f"With running from {LAMBDA / 1000:g} TeV"}
    for running, title in titles.items():
        best = free[running]
        yield f"## {title}"
        yield ""
        yield (
            "| model | κ | δ (68 %) | χ² | Δχ² to free κ | pull of the SM | R_ττ^K | R_ττ^K\\* | R_νν^K | R_νν^K\\* | "
            "δ′ | pull′ | R_ττ^K′ |"
        )
        yield "|---|---|---|---|---|---|---|---|---|---|---|---|---|"
        for row in rows:
            if row.running == running:
                ratios = " | ".join(f"{value:.3g}" for value in row.ratios)
                yield (
                    f"| {row.model} | {row.kappa:g} | {row.delta} | {fixed(row.found.chi2, 1)} | "
                    f"{fixed(row.found.chi2 - best.chi2, 1)} | {row.found.comparison.sigmas:.1f} σ | {ratios} | "
                    f"{_beside(row)} |"
                )
        yield ""
        yield (
            f"κ free: {_free(best)}; χ² = {fixed(best.chi2, 1)} for {degrees_of_freedom(best.dof)}"
            + _p(best.p_value)
            + f", the SM has {best.comparison.sm_chi2:.1f} for {best.goodness.numbers}{_p(best.goodness.sm_p_value)}, "
            f"a pull of {best.comparison.sigmas:.1f} σ. {_not_counted(best.goodness.limits)}"
        )
        if best.beside is not None:
            yield f"With the SM of {best.beside.standard.name} ({best.beside.standard}): {best.beside}."
        for minimum in best.minima[1:]:
            where = ", ".join(f"{n} = {v:.3g}" for n, v in zip(best.names, minimum.values, strict=True))
            edge = ", at the edge of its range" if minimum.at_bound else ""
            yield f"Another minimum: {where}{edge}, Δχ² = {fixed(minimum.chi2 - best.chi2, 2)}."
        yield ""


def _beside(row: Row) -> str:
    """δ, the pull of the SM and R_ττ^K with the other SM."""
    other = row.found.beside
    if other is None:
        return "– | – | –"
    delta = f"{other.values['delta']:.3f} ± {other.errors['delta']:.3f}"
    return f"{delta} | {other.comparison.sigmas:.1f} σ | {row.beside[0]:.3g}"


def _p(p_value: float | None) -> str:
    return "" if p_value is None else f" (p = {p_value:.2g})"


def _not_counted(limits: int) -> str:
    if not limits:
        return "Every number counts: none is nothing but a limit."
    return f"{limits} {'limit is' if limits == 1 else 'limits are'} in χ² but not counted, as no centre was measured."


def _sigmas(delta: Number) -> str:
    return f"{delta.value:.4f} ± {delta.uncertainty:.4f}, {delta.value / delta.uncertainty:.1f} σ"


def _free(found: FitResult) -> str:
    return ", ".join(f"{name} = {text} (68 %)" for name, text, _ in found.table())


def _answers(rows: Sequence[Row], free: dict[str, FitResult]) -> Iterator[str]:
    yield "## Model by model"
    yield ""
    yield (
        f"A model is *disfavoured* if its best χ² exceeds that of free κ by more than {DISFAVOURED:g}, "
        "*preferred over the SM* if its δ differs from zero by more than 2 σ; both otherwise *allowed*."
    )
    yield ""
    for name in dict.fromkeys(row.model for row in rows):
        parts = [_verdict(row, free[row.running]) for row in rows if row.model == name]
        yield f"* **{name}**: {parts[0]} without running; {parts[1]} with running."
    yield ""


def _verdict(row: Row, best: FitResult) -> str:
    """The verdict on nutau's SM, with that on the other one where the words differ."""
    word, found = _words(row.found.chi2 - best.chi2, row.found.comparison.sigmas, row.ratios)
    if row.found.beside is None or best.beside is None:
        return found
    other = row.found.beside
    beside, text = _words(other.chi2 - best.beside.chi2, other.comparison.sigmas, row.beside)
    same = word == beside
    return found if same else f"{found} – with the SM of {other.standard.name} {text}"


def _words(excess: float, sigmas: float, ratios: tuple[float, ...]) -> tuple[str, str]:
    """The verdict's word, and the verdict."""
    if excess > DISFAVOURED:
        return "disfavoured", f"disfavoured (Δχ² = {excess:.1f})"
    if sigmas > 2:
        reach = f"R_ττ^K ≈ {ratios[0]:.3g}, R_νν^K ≈ {ratios[2]:.3g}"
        return "preferred", f"preferred over the SM by {sigmas:.1f} σ, with {reach}"
    return "allowed", f"allowed, δ within 2 σ of zero (R_ττ^K ≈ {ratios[0]:.3g})"


def _letter() -> Iterator[str]:
    report = reproduce()
    groups: dict[str, list[str]] = {}
    for claim in report.claims:
        groups.setdefault(claim.verdict, []).append(f"`{claim.id}`")
    yield "## The letter's conclusions"
    yield ""
    yield "Claim by claim on the letter's own data (`nutau reproduce`):"
    yield ""
    for verdict, names in groups.items():
        yield f"* {verdict}: {', '.join(names)}"
    spoiled = [f"`{c.id}`" for c in report.claims if c.full_verdict == "does not survive running"]
    yield f"* does not survive running: {', '.join(spoiled) or 'none'}"
    for identifier in ("running", "eq-4.6", "kappa-window", "vb", "excluded", "low-corner"):
        claim = report[identifier]
        yield f"* {claim.statement} (`{claim.id}`): {claim.why}".replace("(*", "(\\*").replace("^K*", "^K\\*")
