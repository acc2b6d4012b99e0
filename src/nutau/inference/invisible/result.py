"""What was found: a row a hypothesis, its curve against the mass, and the words that belong to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nutau.common.arrays import Array, lock
from nutau.common.rounding import fixed
from nutau.common.tables import text_table
from nutau.decays.invisible.hypotheses import Hypothesis
from nutau.inference.invisible.profile import Problem
from nutau.inference.invisible.toys import Global

SCHEMA = "nutau/invisible/1"
HEAD = (
    "mediator",
    "mass [GeV]",
    "BR(K⁺ new) [10⁻⁶]",
    "coupling",
    "χ² better by",
    "local",
    "spectrum alone",
    "local",
)


@dataclass(frozen=True, eq=False)
class Curve:
    """Against the masses: by how much -2 log L is below the Standard Model's, the strength and its error."""

    better: Array
    strength: Array
    error: Array

    def __post_init__(self) -> None:
        """Records are shared: their arrays are read-only."""
        lock(self, "better", "strength", "error")


@dataclass(frozen=True, eq=False)
class Explanation:
    """A hypothesis: its curves of the spectrum alone and with all data, and its best mass (index ``best``).

    ``interval`` is the 68 % interval of the strength there, ``coupling`` in ``hypothesis.unit``; ``modes`` the
    branching ratios of the Standard Model and the new state together, and ``unpredicted`` those without one.
    """

    hypothesis: Hypothesis
    masses: Array
    alone: Curve
    together: Curve
    best: int
    interval: tuple[float, float]
    coupling: float
    modes: Mapping[str, float]
    longitudinal: float | None
    unpredicted: tuple[str, ...]
    problem: Problem
    z: Array

    @property
    def mass(self) -> float:
        """The best mass in GeV."""
        return float(self.masses[self.best])

    def row(self) -> tuple[str, ...]:
        """Cells of a table."""
        strength, low, high = (
            1e6 * value for value in (float(self.together.strength[self.best]), *self.interval)
        )
        return (
            self.hypothesis.name,
            f"{self.mass:.3g}",
            f"{fixed(strength, 1)} ({fixed(low, 1)} to {fixed(high, 1)})",
            f"{self.coupling:.2g} {self.hypothesis.unit}".strip(),
            *(
                text
                for curve in (self.together, self.alone)
                for text in (
                    fixed(float(curve.better[self.best]), 2),
                    f"{fixed(local(curve.better[self.best]), 2)} σ",
                )
            ),
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "mediator": self.hypothesis.name,
            "state": self.hypothesis.text,
            "operator": self.hypothesis.operator,
            "best": {
                "mass": self.mass,
                "strength": float(self.together.strength[self.best]),
                "interval_68": list(self.interval),
                "coupling": self.coupling,
                "coupling_unit": self.hypothesis.unit or "1",
                "branching_ratios": dict(self.modes),
                "FL(B0->K*)_new": self.longitudinal,
                "not_predicted": list(self.unpredicted),
            },
            "masses": self.masses.tolist(),
            **{
                name: {
                    "delta_chi2": curve.better.tolist(),
                    "local_significance": [local(value) for value in curve.better],
                    "strength": curve.strength.tolist(),
                    "error": curve.error.tolist(),
                }
                for name, curve in (("spectrum_alone", self.alone), ("together", self.together))
            },
        }


def local(better: float) -> float:
    """Standard deviations by Wilks' theorem at one mass: the strength is 0 or more, so half of χ² of one number."""
    return float(np.sqrt(max(better, 0.0)))


@dataclass(frozen=True, eq=False)
class Explanations:
    """All hypotheses on the same data.

    ``spectrum`` and ``others`` are the measurements used; ``sm`` -2 log L of the Standard Model alone and together;
    ``numbers`` how many numbers each of the two has; ``toys`` the search in toys, of the spectrum alone.
    """

    data: str
    inputs: str
    chiral: bool
    spectrum: str
    others: tuple[str, ...]
    sm: tuple[float, float]
    rows: tuple[Explanation, ...]
    toys: Global | None

    def table(self) -> list[tuple[str, ...]]:
        """A row a hypothesis, as text."""
        return [row.row() for row in self.rows]

    def predictions(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Headings and rows of the branching ratios of each hypothesis at its best, 10⁻⁶, with the Standard Model's."""
        names = list(self.rows[0].modes)
        first = self.rows[0].problem.sm
        standard = first.values[first.bins :]
        rows = [("SM", *(fixed(1e6 * float(value), 1) for value in standard), "–")]
        for row in self.rows:
            cells = [
                "–" if name in row.unpredicted else fixed(1e6 * value, 1) for name, value in row.modes.items()
            ]
            rows.append(
                (row.hypothesis.name, *cells, "–" if row.longitudinal is None else fixed(row.longitudinal, 2))
            )
        decays = (name.removeprefix("BR(").removesuffix(")") for name in names)
        return ("mediator", *decays, "F_L of the new K*⁰"), rows

    def notes(self) -> list[str]:
        """What has to be read with the tables."""
        quarks = "chiral, (1 ± γ5)/2 of both parities alike" if self.chiral else "of even parity"
        lines = [
            f"spectrum: {self.spectrum}; together with {', '.join(self.others) or 'nothing else'}",
            f"quark currents {quarks}; new states do not interfere with the neutrinos of the Standard Model",
            "local significance at one mass by Wilks' theorem, for a strength of 0 or more; that of the best of many "
            "masses is smaller",
            "the other measurements are rates, with the efficiency of the Standard Model's spectrum: they say little "
            "of a peak or of a high threshold",
            "– in X_s: the state is too heavy for free quarks, so nothing is predicted and held against it",
            "B_s -> invisible: 0 in the Standard Model, prompt; one particle alone is no decay (–)",
        ]
        if self.toys is not None:
            lines.append(self._global(self.toys))
        return [*lines, *self._tells_apart()]

    def _global(self, found: Global) -> str:
        from scipy.special import ndtri

        share, count, error = found.p_value, len(found.largest), found.error
        said = f"p < {1.0 / count:.2g}" if share == 0.0 else f"p = {share:.2g} ± {error:.1g}"

        def sigmas(probability: float) -> str:
            return fixed(-float(ndtri(np.clip(probability, 1.0 / count, 1.0 - 1.0 / count))), 2)

        size = f"more than {sigmas(share)} σ"
        if share > 0.0:
            size = (
                f"{sigmas(share)} σ, {sigmas(share + error)} to {sigmas(share - error)} by the number of toys"
            )
        return (
            f"global, of the spectrum alone, over all rows and masses: {said}, {size} ({count} toys; "
            f"largest score {fixed(found.observed, 2)})"
        )

    def _tells_apart(self) -> list[str]:
        """The mode in which hypotheses that fit about equally well differ most."""
        most = max(row.together.better[row.best] for row in self.rows)
        near = [row for row in self.rows if most - row.together.better[row.best] < 4.0]
        if len(near) < 2:
            return []
        sm, spread = near[0].problem.sm, {}
        for number, name in enumerate(sm.modes):
            values = [row.modes[name] for row in near if name not in row.unpredicted]
            standard = float(sm.values[sm.bins + number])
            if len(values) > 1 and standard > 0.0:
                spread[name] = (max(values) - min(values)) / standard
        if not spread:
            return []
        name = max(spread, key=lambda key: spread[key])
        return [
            f"hypotheses within 4 of the best differ most in {name}: by {fixed(spread[name], 1)} times the Standard "
            "Model's value"
        ]

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        search = None
        if self.toys is not None:
            search = {
                "toys": len(self.toys.largest),
                "p_value": self.toys.p_value,
                "error": self.toys.error,
                "largest_score": self.toys.observed,
            }
        return {
            "schema": SCHEMA,
            "data": self.data,
            "inputs": self.inputs,
            "chiral": self.chiral,
            "spectrum": self.spectrum,
            "others": list(self.others),
            "sm_chi2": {"spectrum_alone": self.sm[0], "together": self.sm[1]},
            "hypotheses": [row.to_dict() for row in self.rows],
            "global": search,
            "notes": self.notes(),
        }

    def __str__(self) -> str:
        """The tables and the notes."""
        head, rows = self.predictions()
        return "\n".join([text_table(HEAD, self.table()), "", text_table(head, rows), "", *self.notes()])
