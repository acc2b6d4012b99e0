"""What a likelihood was made from, so that more can be asked of it later with the same theory draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nutau.common.arrays import Array
from nutau.inference.likelihood.compiled import compiled
from nutau.inference.likelihood.parametrisation import Parametrisation
from nutau.inference.likelihood.references import quoted, rescaled
from nutau.inputs import Inputs
from nutau.measurements import Measurement, Observable
from nutau.observables.formula import Formula


@dataclass(frozen=True, eq=False)
class Origin:
    """Inputs and theory draws of a likelihood, and the references whose Standard Model it takes, if any."""

    inputs: Inputs
    draws: int
    seed: int
    references: tuple[Measurement, ...] = ()

    def formulas(
        self,
        items: Sequence[Observable],
        parametrisation: Parametrisation,
        values: Mapping[str, Array] | None = None,
        quotes: Mapping[str, Array] | None = None,
    ) -> tuple[Formula, ...]:
        """Formulas of observables over the internal parameters, with the draws of the likelihood.

        ``values``, each ``(points,)``, of the input parameters and ``quotes``, ``(points, rows)`` by the name of a
        reference, stand in the place of the draws.
        """
        shared = {"draws": self.draws, "seed": self.seed}
        made = compiled(items, parametrisation, self.inputs, **shared, values=values)
        chosen = quoted(items, self.references)
        if not chosen:
            return made
        balanced = self.inputs.parameters.balanced
        return rescaled(made, items, chosen, seed=self.seed, balanced=balanced, drawn=quotes)
