r"""A likelihood as HS3, the HEP Statistics Serialization Standard: one JSON file, read back by pyhs3.

Everything is written out: Wilson coefficients as polynomials of the parameters, predictions as ratios of quadratic
forms that theory nuisances move, and every measurement as a distribution of its prediction,

.. math:: L(p, \epsilon) = \prod_m f_m\big(O(x(p), \epsilon)\big)\prod_k\mathcal N(\epsilon_k; 0, 1).

Measured values are constant parameters, so all distributions are ``aux_distributions``, of which HS3 normalises none
over a domain: a prediction beyond a domain changes nothing. Correlated measurements are independent Gaussians of
combinations of their predictions. Reference: https://hep-statistics-serialization-standard.github.io (version 0.2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nutau import __version__
from nutau.common.arrays import Array
from nutau.common.checked import checked
from nutau.errors import InputError
from nutau.inference.likelihood import Likelihood
from nutau.inference.likelihood.precision import double_precision
from nutau.measurements import LikelihoodGrid, Measurement, Observable
from nutau.measurements.counts import CountsLikelihood
from nutau.measurements.distributions import Gaussian
from nutau.report.export.expressions import added, identifiers, moved, polynomials, spline

VERSION = "0.2"
NAME = "nutau"
READOUTS = {"ratio": "{}", "sqrt": "sqrt({})"}


@dataclass
class Parts:
    """What a document is made of, while it is made."""

    functions: list[dict[str, Any]] = field(default_factory=list)
    distributions: list[dict[str, Any]] = field(default_factory=list)
    constants: dict[str, float] = field(default_factory=dict)
    nuisances: list[str] = field(default_factory=list)

    def function(self, name: str, expression: str) -> str:
        """A function of parameters; its name."""
        self.functions.append({"name": name, "type": "generic_function", "expression": expression})
        return name

    def distribution(self, name: str, kind: str, **entries: Any) -> None:
        """A distribution."""
        self.distributions.append({"name": name, "type": kind, **entries})

    def measured(self, name: str, value: float, mean: str, kind: str = "gaussian_dist", **more: Any) -> None:
        """The distribution of a measured number, which is a constant."""
        self.constants[f"measured_{name}"] = float(value)
        self.distribution(name, kind, x=f"measured_{name}", mean=mean, **more)

    def nuisance(self, name: str) -> str:
        """A parameter with a unit Gaussian; its name."""
        self.nuisances.append(name)
        self.distribution(f"constraint_{name}", "gaussian_dist", x=name, mean=0.0, sigma=1.0)
        return name


@checked
@double_precision
def to_hs3(likelihood: Likelihood, best: Mapping[str, float] | None = None) -> dict[str, Any]:
    r"""A likelihood as an HS3 document, its theory nuisances written out.

    ``best`` are parameters by name, kept with the nuisances that fit best there as the point ``best_fit`` to start
    from; without it that is the Standard Model, which is always there as ``standard_model``. :math:`-2\log L` is that
    of :meth:`nutau.inference.likelihood.Likelihood.joint` up to a constant. Raises :class:`InputError` in the fast
    mode, which has no nuisances, and for measurements that HS3 has no terms for: likelihoods of spectra and tables of
    several observables.

    >>> import nutau
    >>> document = nutau.to_hs3(nutau.likelihood(["delta"], fixed={"kappa": 1.0}, draws=50))
    >>> document["analyses"][0]["parameters_of_interest"]
    ['delta']
    >>> [one["name"] for one in document["distributions"]][-1]
    'HFLAV_2025_Btaunu'
    """
    _check(likelihood)
    parts, free = Parts(), identifiers(likelihood.names)
    internal = _coefficients(parts, likelihood, free)
    predictions = _predictions(parts, likelihood, internal)
    _measurements(parts, likelihood, predictions)
    theory = parts.nuisances[: likelihood.nuisances]
    points = {"standard_model": dict.fromkeys((*free.values(), *parts.nuisances), 0.0)}
    if best is not None:
        at = likelihood.parametrisation.point(best)
        epsilon = np.asarray(likelihood.best_nuisances(at)) if likelihood.nuisances else np.zeros(0)
        points["best_fit"] = (
            points["standard_model"]
            | dict(zip(free.values(), at.tolist(), strict=True))
            | dict(zip(theory, epsilon.tolist(), strict=True))
        )
    return _document(parts, likelihood, free, predictions, points)


def _check(likelihood: Likelihood) -> None:
    """Refuse what HS3 cannot hold."""
    if likelihood.mode != "full":
        raise InputError("HS3 holds theory nuisances, and the fast mode has none: take the full mode.")
    without = [
        (entry.name, reason)
        for entry in likelihood.experiment.measurements
        if (reason := _beyond(likelihood, entry))
    ]
    if without:
        listed = "; ".join(f"{name} is {reason}" for name, reason in without)
        names = ", ".join(name for name, _ in without)
        raise InputError(
            f"HS3 cannot hold everything in {likelihood.data}: {listed}. Leave it out with a data set of your own: a "
            f"file with 'extends: {likelihood.data}' and 'drop: [{names}]'."
        )


def _beyond(likelihood: Likelihood, entry: Measurement) -> str:
    """Why HS3 cannot hold a measurement; empty if it can."""
    found = dict(_tables(likelihood)).get(entry.name)
    if isinstance(found, LikelihoodGrid) and len(found.axes) > 1:
        return f"a table of {len(found.axes)} observables"
    if found is not None and not isinstance(found, LikelihoodGrid | CountsLikelihood):
        return "a likelihood of a spectrum"
    kinds = dict(zip(likelihood.experiment.observables, likelihood.theory_model.readouts, strict=True))
    return "a phase" if any(kinds[item] not in READOUTS for item in entry.observables) else ""


def _tables(likelihood: Likelihood) -> list[tuple[str, Any]]:
    """What is no Gaussian, by measurement."""
    experiment = likelihood.experiment
    names = [entry.name for entry in experiment.measurements if entry.gaussian is None]
    return [(name, found) for name, (found, _) in zip(names, experiment.tables, strict=True)]


def _coefficients(parts: Parts, likelihood: Likelihood, free: Mapping[str, str]) -> list[str]:
    """The internal parameters: names of free ones, or of functions of them; what is held is a constant."""
    chosen = likelihood.parametrisation
    names = {**free, **identifiers(chosen.fixed, "fixed_")}
    parts.constants |= {names[name]: float(value) for name, value in chosen.fixed.items()}
    labels = identifiers(chosen.internal, "coefficient_")
    found: list[str] = []
    for space in chosen.spaces:
        texts = polynomials(space.to_linear, [names[parameter.name] for parameter in space.parameters])
        for name, text in zip(space.internal, texts, strict=True):
            found.append(text if text in names.values() else parts.function(labels[name], text))
    return found


def _predictions(parts: Parts, likelihood: Likelihood, internal: Sequence[str]) -> dict[Observable, str]:
    """The functions of all observables."""
    theory, experiment = likelihood.theory_model, likelihood.experiment
    rows, columns = np.triu_indices(1 + len(internal))
    factors = ["", *internal]
    products = ["*".join(filter(None, (factors[i], factors[j]))) for i, j in zip(rows, columns, strict=True)]
    epsilon = [parts.nuisance(f"theory_{k + 1}") for k in range(likelihood.nuisances)]
    labels = identifiers([item.label for item in experiment.observables], "prediction_")
    found = {}
    for row, item in enumerate(experiment.observables):
        above, below = (
            moved(central[row], modes[:, row], epsilon, products)
            for central, modes in (
                (theory.numerator, theory.numerator_modes),
                (theory.denominator, theory.denominator_modes),
            )
        )
        text = above if below == "1.0" else f"({above})/({below})"
        found[item] = parts.function(labels[item.label], READOUTS[theory.readouts[row]].format(text))
    return found


def _measurements(parts: Parts, likelihood: Likelihood, predictions: Mapping[Observable, str]) -> None:
    tables = dict(_tables(likelihood))
    names = identifiers([entry.name for entry in likelihood.experiment.measurements])
    for entry in likelihood.experiment.measurements:
        name, means = names[entry.name], [predictions[item] for item in entry.observables]
        if entry.gaussian is not None:
            _gaussian(parts, name, entry.gaussian, [means[int(row)] for row in entry.gaussian.index])
        elif isinstance(tables[entry.name], CountsLikelihood):
            _counts(parts, name, tables[entry.name], means)
        else:
            rise = parts.function(f"rise_{name}", spline(tables[entry.name], means[0]))
            parts.distribution(name, "generic_dist", expression=f"exp(-0.5*{rise})")


def _gaussian(parts: Parts, name: str, found: Gaussian, means: Sequence[str]) -> None:
    """Gaussians of predictions; of correlated rows, unit Gaussians of their combinations."""
    central, plus, minus = (
        np.asarray(part, dtype=float) for part in (found.central, found.plus, found.minus)
    )
    if len(means) == 1 and found.symmetric:
        parts.measured(name, central[0], means[0], sigma=float(plus[0]))
        return
    pulls = []  # each row in units of its width: a function, and its value where it is as measured
    for row, mean in enumerate(means):
        if plus[row] == minus[row]:
            pulls.append((1.0 / plus[row], mean, central[row] / plus[row]))
        else:
            text = _asymmetric(mean, float(central[row]), float(plus[row]), float(minus[row]))
            pulls.append((1.0, parts.function(f"pull_{name}_{row + 1}", text), 0.0))
    upper = np.linalg.cholesky(np.asarray(found.precision)).T
    for number, weights in enumerate(upper, start=1):
        terms = [(weight * scale, text) for weight, (scale, text, _) in zip(weights, pulls, strict=True)]
        where = float(sum(weight * at for weight, (_, _, at) in zip(weights, pulls, strict=True)))
        own = name if len(means) == 1 else f"{name}_{number}"
        parts.measured(own, where, parts.function(f"combination_{own}", added(terms)), sigma=1.0)


def _asymmetric(mean: str, central: float, plus: float, minus: float) -> str:
    """A prediction minus what was measured, over the PDG's width there: linear between the two ends."""
    off = f"({mean} - {central!r})"
    span = plus + minus
    inside = f"(0.5*(abs({off} + {minus!r}) - abs({off} - {plus!r}) + {span!r}))"
    return f"{off}/({minus!r} + {(plus - minus) / span!r}*{inside})"


def _counts(parts: Parts, name: str, found: CountsLikelihood, means: Sequence[str]) -> None:
    """Poisson in every bin, with a nuisance for its background."""
    columns: tuple[Array, ...] = (found.observed, found.background, found.error)
    for number, (mean, n, b, error) in enumerate(zip(means, *columns, strict=True), start=1):
        own = f"{name}_{number}"
        text = added([(float(b), ""), (float(error), parts.nuisance(f"background_{own}")), (1.0, mean)])
        parts.measured(own, n, parts.function(f"events_{own}", text), "poisson_dist")


def _document(
    parts: Parts,
    likelihood: Likelihood,
    free: Mapping[str, str],
    predictions: Mapping[Observable, str],
    points: Mapping[str, Mapping[str, float]],
) -> dict[str, Any]:
    axes = [
        {"name": free[parameter.name]}
        | {
            key: float(end)
            for key, end in (("min", parameter.low), ("max", parameter.high))
            if np.isfinite(end)
        }
        for parameter in likelihood.parametrisation.free
    ]
    constants = [{"name": name, "value": value, "const": True} for name, value in parts.constants.items()]
    labels = {name: text for text, name in free.items()}
    labels |= {name: item.label for item, name in predictions.items()}
    return {
        "metadata": {"hs3_version": VERSION, "packages": [{"name": NAME, "version": __version__}]},
        "distributions": parts.distributions,
        "functions": parts.functions,
        "domains": [
            {"name": NAME, "type": "product_domain", "axes": [*axes, *({"name": n} for n in parts.nuisances)]}
        ],
        "parameter_points": [
            {
                "name": name,
                "parameters": [*({"name": key, "value": value} for key, value in values.items()), *constants],
            }
            for name, values in points.items()
        ],
        "data": [],
        "likelihoods": [
            {
                "name": NAME,
                "distributions": [],
                "data": [],
                "aux_distributions": [entry["name"] for entry in parts.distributions],
            }
        ],
        "analyses": [
            {
                "name": NAME,
                "likelihood": NAME,
                "parameters_of_interest": list(free.values()),
                "domains": [NAME],
                "init": list(points)[-1],
            }
        ],
        "misc": {
            NAME: {
                "data": likelihood.data,
                "inputs": likelihood.inputs,
                "standard_model": likelihood.sm,
                "labels": labels,
                "left_out": [*likelihood.unaffected, *likelihood.unpredicted, *likelihood.untested],
            }
        },
    }
