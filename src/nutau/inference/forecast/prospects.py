"""Projections together with what every hypothesis predicts for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array
from nutau.inference.forecast.expected import Test
from nutau.inference.forecast.hypotheses import Hypothesis
from nutau.inference.forecast.reach import uncertainty
from nutau.inference.likelihood.build import compiled, on_internal
from nutau.inputs import Inputs
from nutau.measurements import Projection


@dataclass(frozen=True, eq=False)
class Prospects:
    """Projected measurements: ``tests`` hold the predictions, one test a parametrisation, by its identity.

    ``standard`` ``(obs,)`` are the values of the Standard Model, ``lhcb`` (fb⁻¹) the luminosity of LHCb's projections.
    """

    projections: tuple[Projection, ...]
    tests: Mapping[int, Test]
    sm: Hypothesis
    standard: Array
    lhcb: float | None = None

    def test(self, hypothesis: Hypothesis) -> Test:
        """The predictions of the parametrisation of a hypothesis."""
        return self.tests[id(hypothesis.parametrisation)]

    def sigma(self, truth: Hypothesis, luminosity: Array) -> Array:
        """Expected uncertainties ``(..., obs)`` at luminosities ``(...)`` of Belle II (ab⁻¹) if ``truth`` holds."""
        values = self.test(truth).predicted(truth)
        columns = []
        for projection, value, reference in zip(self.projections, values, self.standard, strict=True):
            at = luminosity if projection.luminosity_unit == "ab^-1" else np.full_like(luminosity, self.lhcb)
            columns.append(uncertainty(projection, at, value, reference))
        return np.stack(columns, axis=-1)

    def significance(self, hypothesis: Hypothesis, truth: Hypothesis, luminosity: Array) -> Array:
        """σ by which ``hypothesis`` is expected to be disfavoured if ``truth`` holds (Asimov), ``(...)``."""
        central = self.test(truth).predicted(truth)
        q = self.test(hypothesis).q(hypothesis, central, self.sigma(truth, luminosity))
        return np.sqrt(np.clip(q, 0.0, None))


def prospects(
    hypotheses: Sequence[Hypothesis],
    sm: Hypothesis,
    chosen: tuple[Projection, ...],
    inputs: Inputs,
    *,
    draws: int,
    lhcb: float | None = None,
) -> Prospects:
    """The prospects of projections for hypotheses, ``sm`` one of them."""
    items = [projection.observable for projection in chosen]
    tests: dict[int, Test] = {}
    for used in (hypothesis.parametrisation for hypothesis in hypotheses):
        if id(used) not in tests:
            tests[id(used)] = Test(on_internal(compiled(items, used, inputs, draws=draws)), used.to_linear)
    return Prospects(chosen, tests, sm, tests[id(sm.parametrisation)].predicted(sm), lhcb)
