"""The validation page, docs/validation.md, from the comparisons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from engine import NODES, Comparison
from nutau.common.numbers import number
from standard_model import Values

TOLERANCE = 1e-5
CONVERGED = 1e-7
INTEGRAL = "flavio's integral"
OWN_INTEGRAL = 5e-6
"""Of nutau's rule in bins of light leptons, for asymmetries that are small."""
ALPHA = "α below m_b"
REASONS = {
    "DeltaM_s": "running m_t",
    "DeltaM_d": "running m_t",
    "S_phigamma": "phase of mixing",
    "S_K*gamma": "phase of mixing",
    "ADeltaGamma(Bs->phigamma)": "phase of mixing",
    "BR(tau->mununu)": ALPHA,
    "BR(tau->enunu)": ALPHA,
    "<dBR/dq2>(Bs->phitautau)": "flavio's integral; small weak phase",
    "dBR/dq2(Bs->phitautau)": "small weak phase",
}
"""What is not rounding or the accuracy of flavio's integrals, explained on the page."""
ACCEPTED = frozenset({"DeltaM_s", "DeltaM_d", "S_phigamma", "S_K*gamma", "ADeltaGamma(Bs->phigamma)"})
"""What may deviate by more than the tolerance."""


@dataclass(frozen=True)
class Run:
    """How the comparison was made."""

    date: str
    machine: str
    load: float
    versions: Mapping[str, str]
    points: int
    converged_points: int
    running: str  # what validation/compare_running.py printed


def reason(comparison: Comparison) -> str:
    """Why the deviation is what it is."""
    task, found, exact = comparison.task, comparison.deviation, comparison.converged_deviation
    if task.name in REASONS:
        return REASONS[task.name]
    if found < 1e-9:
        return "rounding"
    if exact < max(CONVERGED, 0.1 * found):
        return INTEGRAL
    if len(task.arguments) == 2 and exact < OWN_INTEGRAL:
        return "nutau's integral"
    return "not understood"


def unexplained(comparisons: Iterable[Comparison]) -> list[Comparison]:
    """Deviations above the tolerance that are not accepted."""
    apart = [c for c in comparisons if c.deviation > TOLERANCE and c.task.name not in ACCEPTED]
    return [c for c in apart if reason(c) != INTEGRAL or c.converged_deviation > TOLERANCE]


def page(
    comparisons: Sequence[Comparison],
    absent: Sequence[str],
    left: Mapping[str, Sequence[str]],
    values: Sequence[Values],
    run: Run,
) -> str:
    """The whole page in Markdown."""
    template = Template(Path(__file__).with_name("page.md").read_text(encoding="utf-8"))
    return template.substitute(
        date=run.date,
        versions=", ".join(f"{name} {version}" for name, version in run.versions.items()),
        machine=run.machine,
        load=f"{run.load:.1f}",
        points=run.points,
        converged=run.converged_points,
        nodes=NODES,
        absent=", ".join(_code(name) for name in absent),
        left="\n".join(f"* {', '.join(map(_code, names))}: {why}." for why, names in left.items()),
        running=run.running.rstrip(),
        **_rates(comparisons),
        **_times(comparisons, values),
        **_values(values),
    )


def _rates(comparisons: Sequence[Comparison]) -> dict[str, object]:
    rows = [
        (
            _code(c.task.label),
            _size(c.sm_deviation),
            _size(c.deviation),
            _size(c.converged_deviation),
            reason(c),
        )
        for c in comparisons
    ]
    plain = [c for c in comparisons if c.task.name not in ACCEPTED]
    rest = [c for c in plain if c.task.name not in REASONS]
    adjusted = {c.task.name: c.task.adjustment.why for c in comparisons if c.task.adjustment.why}
    return {
        "rates": _table(("observable", "SM", "largest", "converged", "reason"), rows),
        "count": len(plain),
        "native": _size(max(c.deviation for c in plain)),
        "exact": _size(max(c.converged_deviation for c in rest)),
        "adjustments": "\n".join(f"* {_code(name)}: {why}." for name, why in adjusted.items()),
    }


def _times(comparisons: Sequence[Comparison], values: Sequence[Values]) -> dict[str, object]:
    slow = sorted(comparisons, key=lambda c: -c.their_seconds)[:12]
    head = ("observable", "flavio, ms a point", "nutau, formula, ms", "nutau, µs a point")
    rows = [
        (
            _code(c.task.label),
            *(f"{x:.3g}" for x in (1e3 * c.their_seconds, 1e3 * c.compile_seconds, 1e6 * c.our_seconds)),
        )
        for c in slow
    ]
    eos = [v.seconds["EOS"] for v in values if v.eos is not None]
    return {
        "times": _table(head, rows),
        "count_all": len(comparisons),
        "flavio_time": f"{sum(c.their_seconds for c in comparisons):.3g}",
        "nutau_time": f"{1e3 * sum(c.our_seconds for c in comparisons):.3g}",
        "formula_time": f"{sum(c.compile_seconds for c in comparisons):.3g}",
        "eos_time": f"{sum(eos):.3g}",
        "eos_count": len(eos),
        "value_time": f"{sum(v.seconds['nutau'] for v in values):.3g}",
        "value_count": len(values),
    }


def _values(values: Sequence[Values]) -> dict[str, object]:
    rows = [
        (
            _code(v.row.name) + v.row.label.removeprefix(v.row.name),
            number(v.nutau.value, v.nutau.uncertainty, v.nutau.interval),
            _plain(v.flavio),
            _plain(v.eos),
            "; ".join(_published(entry.source, x, error) for entry, x, error in v.published),
        )
        for v in values
    ]
    notes = {entry.name: entry.notes for v in values for entry, _, _ in v.published if entry.notes}
    return {
        "values": _table(("observable", "nutau", "flavio", "EOS", "published"), rows),
        "notes": "\n".join(f"* {name}: {text}" for name, text in notes.items()),
    }


def _published(source: str, value: float, error: float) -> str:
    return f"{number(value, error, (value - error, value + error))} {{cite:p}}`{source}`"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def _code(text: str) -> str:
    return f"`{text}`"


def _size(value: float) -> str:
    return "0" if value == 0 else f"{value:.1e}"


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
