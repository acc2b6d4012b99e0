"""The questions as methods of a fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from nutau.common.progress import Progress
from nutau.inference.fit.questions.impacts import MOST, Impacts, impacts
from nutau.inference.fit.questions.leave_one_out import LeaveOneOut, leave_one_out
from nutau.inference.fit.questions.predictions import FittedPredictions, predict


class Answer(Protocol):
    """What a fit was asked for, beside its result: ``key`` names it in the JSON document."""

    @property
    def key(self) -> str:
        """Its name."""

    @property
    def head(self) -> tuple[str, ...]:
        """Headings of :meth:`table`."""

    def table(self) -> list[tuple[str, ...]]:
        """Rows of text."""

    def lines(self) -> list[str]:
        """What stands below the table."""

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""


class Asking:
    """What can be asked of a :class:`nutau.inference.fit.FitResult`."""

    def predict(
        self, observables: Sequence[str] | str, *, q2: Any = None, progress: Progress | None = None
    ) -> FittedPredictions:
        """Predictions of observables at the best fit, with errors of parameters and theory, and over the posterior.

        Names as for :func:`nutau.predict`, with ``/SM`` for ratios; the bin of ``<...>`` is ``q2``, or stands behind
        the name, as in ``<dBR/dq2>(B+->Knunu)[0, 4]``. See :mod:`nutau.inference.fit.questions.predictions`.
        """
        return predict(self, observables, q2=q2, progress=progress)  # type: ignore[arg-type]

    def leave_one_out(self, *, progress: Progress | None = None) -> LeaveOneOut:
        """The fit without each measurement and each sector (:mod:`nutau.inference.fit.questions.leave_one_out`)."""
        return leave_one_out(self, progress=progress)  # type: ignore[arg-type]

    def impacts(self, *, most: int = MOST, progress: Progress | None = None) -> Impacts:
        """Inputs and measurements by how far they move the fit (:mod:`nutau.inference.fit.questions.impacts`)."""
        return impacts(self, most=most, progress=progress)  # type: ignore[arg-type]
