r"""What the best fits of today make of b → sℓℓ: the :math:`C_9^U` that running induces, beside the one data want."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from nutau.common.rounding import fixed
from nutau.inference.fit import FitResult
from nutau.inference.verdicts.words import NONE_FROM, NONE_TO, with_light_leptons
from nutau.inputs import load_inputs
from nutau.report.c9_plane import slopes
from nutau.report.light_leptons import Wanted, wanted
from nutau.report.today.fits import Run

FREE = "κ free"


@dataclass(frozen=True)
class Induced:
    """C9U at 4.8 GeV at the best fit of a model, with the 68 % uncertainties that δ leaves of it."""

    model: str
    kappa: float
    value: float
    minus: float
    plus: float

    @property
    def sigmas(self) -> tuple[float, ...]:
        """How far it is from what b → sℓℓ wants, for each stored fit."""
        return tuple(one.sigmas(self.value, self.minus, self.plus) for one in wanted())

    @property
    def gains(self) -> tuple[float | None, ...]:
        """By how much -2 log L of b → sℓℓ is below that of the Standard Model, for each stored fit."""
        return tuple(one.gain(self.value) for one in wanted())

    @property
    def word(self) -> str:
        """What the rule says; empty where there is no word."""
        return with_light_leptons((min(self.sigmas), max(self.sigmas)))

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        stored = zip(wanted(), self.sigmas, self.gains, strict=True)
        return {
            "model": self.model,
            "kappa": self.kappa,
            "c9u": {"value": self.value, "minus": self.minus, "plus": self.plus},
            "beside": [{"charm": one.charm, "sigmas": s, "delta_chi2_over_sm": g} for one, s, g in stored],
            "words": self.word,
        }


def induced(run: Run) -> tuple[Induced, ...]:
    """One for each model and one for κ free; none without running, which alone reaches light leptons."""
    if run.mass is None:
        return ()
    a, b = (float(slope) for slope in slopes(run.free.likelihood, load_inputs("default")))
    rows = []
    for row in run.rows:
        part, slope = row.found["delta"], a + b * row.kappa
        hesse = float(row.found.best.errors[0])  # where an interval is open
        sides = [abs(slope) * (hesse if side is None else side) for side in (part.minus, part.plus)]
        minus, plus = sides if slope > 0 else sides[::-1]
        rows.append(Induced(row.model, row.kappa, slope * part.value, minus, plus))
    return (*rows, _free(run.free, a, b))


def _free(found: FitResult, a: float, b: float) -> Induced:
    delta, kappa = (float(value) for value in found.best.values)
    direction = np.array([a + b * kappa, b * delta])
    error = sqrt(float(direction @ found.best.covariance @ direction))
    return Induced(FREE, kappa, (a + b * kappa) * delta, error, error)


def section(run: Run) -> Iterator[str]:
    """The part of the page on a run with running."""
    rows = induced(run)
    if not rows:
        return
    first = wanted()[0]
    yield f"### What it makes of b → sℓℓ, {run.title}"
    yield ""
    yield (
        "Running turns C₁ and C₃ into a C9 of all leptons. The data on b → sℓℓ of light leptons are not in the fits "
        f"above; by themselves (`nutau fit --data {first.data} --parameters C9U`, version {first.version}, stored) "
        f"they want {'; '.join(map(_said, wanted()))}. σ is the distance of the two, uncertainties in quadrature; Δχ² "
        "is what −2 log L of b → sℓℓ at the best fit lies below the SM's. Words: within "
        f"{NONE_FROM:g} σ a model *{with_light_leptons((0, 0))}*, beyond {NONE_TO:g} σ it "
        f"*{with_light_leptons((9, 9))}*, with every description of charm loops."
    )
    yield ""
    heads = "".join(f" σ, {one.charm} | Δχ² |" for one in wanted())
    yield f"| model | κ | C9^U at 4.8 GeV |{heads} in words |"
    yield "|---|---|---|" + "---|---|" * len(wanted()) + "---|"
    for row in rows:
        cells = "".join(
            f" {sigmas:.1f} | {'–' if gain is None else _minus(fixed(gain, 1, signed=True))} |"
            for sigmas, gain in zip(row.sigmas, row.gains, strict=True)
        )
        value = f"{_minus(fixed(row.value, 2))} +{row.plus:.2f} −{row.minus:.2f}"
        yield f"| {row.model} | {row.kappa:.3g} | {value} |{cells} {row.word or '–'} |"
    yield ""


def _minus(text: str) -> str:
    return text.replace("-", "−")


def _said(one: Wanted) -> str:
    gain = one.gain(one.value)
    assert gain is not None
    return (
        f"C9^U = {_minus(fixed(one.value, 2))} +{one.plus:.2f} −{one.minus:.2f} with {one.charm} charm loops (inputs "
        f"{one.inputs}; χ² = {one.lowest:.1f} for {one.numbers - 1} degrees of freedom), {sqrt(gain):.1f} σ over the SM"
    )
