r"""Models beside each other: how well each fits the same data, with how many parameters, and how its prior fared.

A row is the fit of one model to one data set: :math:`\Delta\chi^2` against the Standard Model, the parameters that
count, the p-value, AIC and BIC against the Standard Model, and the Bayes factor with the prior that it belongs to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import Any

from nutau.common.checked import checked
from nutau.common.columns import Columns
from nutau.common.progress import Progress, portion
from nutau.common.rounding import fixed
from nutau.common.tables import html_table, text_table
from nutau.eft.wet.basis import UNIVERSAL
from nutau.eft.wet.full import FULL
from nutau.errors import InputError, unknown
from nutau.inference.fit import FitResult, fit
from nutau.inference.fit.evidence import Evidence
from nutau.inference.likelihood.parameters import split
from nutau.inputs import InputSet
from nutau.letter.claims import kappas
from nutau.measurements import DataSet
from nutau.models import mediator
from nutau.observables.predictions import DRAWS

SCHEMA = "nutau/models-compared/1"
HEAD = ("model", "Δχ²", "parameters", "p (fit)", "ΔAIC", "ΔBIC", "ln Bayes factor", "prior")
WORTH = 1000
"""The effective size of the posteriors: the log of an evidence is then known to about 0.02."""


@dataclass(frozen=True, eq=False)
class ModelRow:
    """One model: its name as it was given, and its fit with a posterior."""

    name: str
    found: FitResult

    @property
    def count(self) -> int:
        """The parameters that count: as many as the predictions have directions."""
        return self.found.likelihood.effective_parameters

    @property
    def delta_chi2(self) -> float:
        """χ² of the Standard Model minus that of the best fit."""
        return self.found.comparison.delta_chi2

    @property
    def aic(self) -> float:
        """AIC minus that of the Standard Model; negative where the model is better."""
        return 2.0 * self.count - self.delta_chi2

    @property
    def bic(self) -> float | None:
        """BIC minus that of the Standard Model, with as many data as measured numbers; ``None`` without one."""
        numbers = self.found.likelihood.experiment.numbers
        return self.count * log(numbers) - self.delta_chi2 if numbers else None

    @property
    def evidence(self) -> Evidence | None:
        """``None`` for a prior that cannot be normalised."""
        return None if self.found.posterior is None else self.found.posterior.evidence

    @property
    def prior(self) -> str:
        """In words."""
        return "" if self.found.posterior is None else str(self.found.posterior.prior)

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        found = self.found
        return {
            "model": self.name,
            "parameters": list(found.names),
            "fixed": dict(found.likelihood.parametrisation.fixed),
            "effective_parameters": self.count,
            "best_fit": dict(zip(found.names, found.best.values.tolist(), strict=True)),
            "chi2": found.chi2,
            "sm_chi2": found.comparison.sm_chi2,
            "delta_chi2": self.delta_chi2,
            "measured_numbers": found.likelihood.experiment.numbers,
            "p_value": found.p_value,
            "delta_aic": self.aic,
            "delta_bic": self.bic,
            "evidence": None if self.evidence is None else self.evidence.to_dict(),
            "prior": None if found.posterior is None else found.posterior.to_dict()["prior"],
            "problems": [] if found.posterior is None else list(found.posterior.problems),
            "untested": list(found.likelihood.untested),
        }

    def cells(self) -> tuple[str, ...]:
        """As :data:`HEAD` says."""
        found, made = self.found, self.evidence
        bayes = (
            "—"
            if made is None
            else f"{made.log_bayes_factor:+.2f} ± {max(made.log_bayes_factor_error, 0.01):.2f}"
        )
        return (
            self.name,
            fixed(self.delta_chi2, 2),
            str(self.count) if self.count == len(found.names) else f"{self.count} of {len(found.names)}",
            "—" if found.p_value is None else f"{found.p_value:.3g}",
            fixed(self.aic, 1, signed=True),
            "—" if self.bic is None else fixed(self.bic, 1, signed=True),
            bayes,
            self.prior,
        )


@dataclass(frozen=True, eq=False)
class ModelComparison(Columns):
    """The rows, in the order in which they were asked for, and the data set."""

    data: str
    rows: tuple[ModelRow, ...]

    def columns(self) -> dict[str, list[Any]]:
        """Numbers of every model, one line each; for DataFrames and files."""
        rows = [row.to_dict() for row in self.rows]
        nested = {name for row in rows for name, value in row.items() if isinstance(value, dict | list)}
        names = [name for name in rows[0] if name not in {*nested, "evidence", "prior"}]
        made: dict[str, list[Any]] = {name: [row[name] for row in rows] for name in names}
        made["parameters"] = [", ".join(row["parameters"]) for row in rows]
        for name in ("log_bayes_factor", "log_bayes_factor_error"):
            made[name] = [None if row.evidence is None else getattr(row.evidence, name) for row in self.rows]
        return made

    def table(self) -> list[tuple[str, ...]]:
        """As :data:`HEAD` says; the Standard Model first, which all differences are from."""
        return [("SM", "0", "0", self._sm_p_value(), "0", "0", "0", ""), *(row.cells() for row in self.rows)]

    def _sm_p_value(self) -> str:
        """Of the first row's data, with no parameter."""
        from nutau.inference.fit.quality import goodness

        first = self.rows[0].found
        value = goodness(first.comparison.sm_chi2, first.likelihood.experiment.numbers)
        return "—" if value is None else f"{value:.3g}"

    def notes(self) -> list[str]:
        """What must be read with the table."""
        lines = [
            f"{len(self.rows)} model{'s were' if len(self.rows) != 1 else ' was'} tried on {self.data}: the best of "
            "many is better by chance too.",
            "ΔAIC, ΔBIC: from the SM, negative where the model is better. ln of the Bayes factor: positive where the "
            "model is better, under the prior of its row and no other; a range ten times as wide costs 2.3 of it.",
        ]
        lines += [
            f"{row.name} is compared without {', '.join(row.found.likelihood.untested)}, which it does not predict."
            for row in self.rows
            if row.found.likelihood.untested
        ]
        ages = self.rows[0].found.likelihood.ages
        return (
            lines
            + ([] if ages is None else [str(ages)])
            + [
                f"{row.name}: {problem}"
                for row in self.rows
                if row.found.posterior is not None
                for problem in row.found.posterior.problems
            ]
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON document."""
        rows = [row.to_dict() for row in self.rows]
        ages = self.rows[0].found.likelihood.ages
        return {
            "schema": SCHEMA,
            "data": self.data,
            "data_set": None if ages is None else ages.to_dict(),
            "models": rows,
            "notes": self.notes(),
        }

    def __str__(self) -> str:
        return "\n".join((text_table(HEAD, self.table()), *self.notes()))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"{html_table(HEAD, self.table())}<p>{'<br>'.join(self.notes())}</p>"


@checked
def compare_models(
    models: str | Sequence[str] | None = None,
    data: DataSet | str | Path = "2026",
    *,
    mass: float | None = None,
    running: str | Path | None = None,
    inputs: InputSet = "default",
    ranges: Mapping[str, tuple[float, float]] | None = None,
    priors: Mapping[str, str] | None = None,
    draws: int = DRAWS,
    seed: int = 1,
    progress: Progress | None = None,
) -> ModelComparison:
    """Fit models to the same data, all of it, and compare them with the Standard Model.

    A model is a mediator (δ is fitted at its κ = C1/C3), ``"MEDIATOR:COUPLING,COUPLING"`` (needs ``mass`` in GeV), or
    fit parameters such as ``"delta,kappa"`` and ``"C9_bstautau"``; without any, the models of the letter's Table I and
    free δ and κ. ``ranges`` and ``priors`` (:mod:`nutau.inference.fit.priors`) go to every model that has such a
    parameter.

    Raises :class:`InputError` for names that do not exist, and for what :func:`nutau.fit` refuses.

    >>> import nutau
    >>> found = nutau.compare_models("U1", "2026-core", draws=0)
    >>> found.rows[0].found.names
    ('delta',)
    """
    names = _names(models)
    asked = [_asked(name, mass) for name in names]
    _check_used(asked, ranges or {}, "ranges")
    _check_used(asked, priors or {}, "priors")
    rows = []
    for place, (name, (parameters, model)) in enumerate(zip(names, asked, strict=True)):
        own = {key: value for key, value in (ranges or {}).items() if key in parameters}
        weak = all(
            split(parameter)[1] in (*FULL.coefficients, *UNIVERSAL) for parameter in parameters
        )  # given below any mass
        found = fit(
            parameters,
            data,
            model=model,
            mass=None if weak else mass,
            running=None if weak else running,
            inputs=inputs,
            ranges=own,
            all_data=True,
            draws=draws,
            progress=portion(progress, 100 * place, 100 * place + 50, 100 * len(names)),
        )
        given = {key: value for key, value in (priors or {}).items() if key in parameters}
        told = portion(progress, 100 * place + 50, 100 * (place + 1), 100 * len(names))
        rows.append(ModelRow(name, found.sampled(priors=given, effective=WORTH, seed=seed, progress=told)))
    return ModelComparison(rows[0].found.likelihood.data, tuple(rows))


def _names(models: str | Sequence[str] | None) -> tuple[str, ...]:
    """The rows: those asked for, or Table I and the line itself."""
    if models is None:
        return (*(name for name, kappa in kappas().items() if kappa is not None), "delta,kappa")
    names = (models,) if isinstance(models, str) else tuple(str(name) for name in models)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not names:
        raise InputError(
            f"{', '.join(twice)}: given twice; give each model once." if twice else "Name a model."
        )
    return names


def _asked(name: str, mass: float | None) -> tuple[tuple[str, ...], str | None]:
    """The parameters and the mediator that a row means."""
    head, colon, rest = name.partition(":")
    if colon:
        mediator(head)  # refused with the names there are
        if mass is None:
            raise InputError(f"{name}: couplings need `mass` in GeV, for instance `mass=2000`.")
        return tuple(part.strip() for part in rest.split(",")), head
    try:
        mediator(name)
    except InputError:
        return tuple(part.strip() for part in name.split(",")), None
    return ("delta",), name


def _check_used(
    asked: Sequence[tuple[tuple[str, ...], str | None]], given: Mapping[str, Any], what: str
) -> None:
    """Refuse a range or prior of something that no model fits."""
    known = list(dict.fromkeys(parameter for parameters, _ in asked for parameter in parameters))
    for name in given:
        if name not in known:
            raise unknown("parameter of these models", name, known, f"`{what}`")
