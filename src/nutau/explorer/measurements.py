"""What data say, in the form the page needs: δ of R_D and R_D*, bands of the planes, pulls, Belle II's reach."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from nutau.errors import InputError
from nutau.inputs.letter import Number, chain
from nutau.measurements import DataSet, Gaussian, LikelihoodGrid, Measurement, Projection, UpperLimits
from nutau.measurements.likelihoods import table
from nutau.measurements.tables import interval, minimum
from nutau.measurements.units import factor
from nutau.measurements.wording import values as texts
from nutau.observables import ALIASES, find
from nutau.report.plane import measured_delta, quoting

LETTER = "letter-2022"


def canonical(name: str) -> str:
    """One name for an observable however it is called: its full name, with ``/SM`` if over its SM value."""
    bare = ALIASES.get(name, name)
    head = bare.removesuffix("/SM")
    return ALIASES.get(head, head) + ("/SM" if bare.endswith("/SM") else "")


def delta(data: DataSet, own: Mapping[str, Number]) -> tuple[Number, str]:
    """δ(C_V - C_A) that R_D and R_D* ask for, and how it was found: for the letter's data set the printed digits.

    The number rests on the SM values that the data set quotes; the text says what it is on nutau's ``own``.
    """
    letter = chain(LETTER).delta
    if data.name == LETTER:
        return letter, "as printed in the letter, (4.2)"
    try:
        value, ours = measured_delta(data), measured_delta(data, own)
    except InputError:
        return letter, f"the letter's, (4.2): {data.name} has no R_D and R_D* with their SM values"
    return value, (
        f"average of R_D and R_D* over the SM values of {quoting(data)}; over nutau's own, "
        f"{' and '.join(f'{number.value:.3f}' for number in own.values())}, it is "
        f"{ours.value:.3f} ± {ours.uncertainty:.3f}"
    )


def bands(data: DataSet, observables: Sequence[str]) -> list[dict[str, Any]]:
    """Limits and measurements of the observables of the planes (names without ``/SM``), in the measured quantity."""
    found = []
    for entry in data.measurements:
        for position, item in enumerate(entry.observables):
            over_sm = item.name.endswith("/SM")
            name = item.name.removesuffix("/SM")
            if name in observables and item.q2 is None:
                found += [
                    {
                        "observable": f"{name}/SM",
                        "overSM": over_sm,
                        "source": entry.source,
                        "entry": entry.name,
                        **band,
                    }
                    for band in _band(entry, position)
                ]
    return found


def _band(entry: Measurement, position: int) -> list[dict[str, Any]]:
    shape = entry.distribution
    if isinstance(shape, UpperLimits):
        rows = np.flatnonzero(shape.gaussian.index == position)
        return [
            {"kind": "limit", "high": float(shape.limit[row]), "level": float(shape.confidence_level[row])}
            for row in rows
        ]
    if isinstance(shape, Gaussian):
        rows = np.flatnonzero(shape.index == position)
        return [
            {
                "kind": "measured",
                "low": float(shape.central[row] - shape.minus[row]),
                "middle": float(shape.central[row]),
                "high": float(shape.central[row] + shape.plus[row]),
            }
            for row in rows
        ]
    if len(entry.observables) > 1:
        return []
    best, down, up = interval(table(entry))
    return [{"kind": "measured", "low": best - down, "middle": best, "high": best + up}]


def reach(projections: Sequence[Projection], observables: Sequence[str]) -> list[dict[str, Any]]:
    """Belle II's foreseen error on R_νν by luminosity, for each observable the first projection that has it."""
    found: dict[str, dict[str, Any]] = {}
    for item in projections:
        name = item.observable.name
        if item.quantity == "relative_to_sm" and name in observables and item.luminosity_unit == "ab^-1":
            points = {
                "observable": f"{name}/SM",
                "luminosity": item.luminosity.tolist(),
                "error": item.value.tolist(),
                "source": item.source,
            }
            found.setdefault(name, points)
    return list(found.values())


def measured(entries: Sequence[Measurement], known: Collection[str]) -> list[dict[str, Any]]:
    """The measurements whose observables the page predicts (``known``), as numbers for pulls and χ²."""
    found = []
    for entry in entries:
        labels = [item.label if item.q2 else canonical(item.name) for item in entry.observables]
        if all(label in known for label in labels) and _drawable(entry):
            found.append(
                {"name": entry.name, "source": entry.source, "text": texts(entry), **_shape(entry, labels)}
            )
    return found


def _drawable(entry: Measurement) -> bool:
    """Whether the page can evaluate a likelihood: Gaussian, or a table of one observable."""
    return entry.gaussian is not None or len(entry.observables) == 1


def _shape(entry: Measurement, labels: Sequence[str]) -> dict[str, Any]:
    """The numbers of a likelihood in the units of the predictions."""
    names = [canonical(item.name).removesuffix("/SM") for item in entry.observables]
    units = np.array([factor(find(name).unit) for name in names])
    gaussian = entry.gaussian
    if gaussian is None:
        return {"observables": list(labels), "spline": spline(table(entry), units[0])}
    scale = units[gaussian.index]
    return {
        "observables": [labels[int(i)] for i in gaussian.index],
        "central": (gaussian.central / scale).tolist(),
        "plus": (gaussian.plus / scale).tolist(),
        "minus": (gaussian.minus / scale).tolist(),
        "limit": isinstance(entry.distribution, UpperLimits),
    }


def spline(found: LikelihoodGrid, unit: float) -> dict[str, Any]:
    """A likelihood table in one dimension as the cubics of :mod:`nutau.measurements.tables`: knots ``(n,)``,
    factors ``(n - 1, 4)`` of descending powers, and where the likelihood is largest; x in ``unit``.
    """
    cubics = found.pieces[0] @ found.values * unit ** np.array([3, 2, 1, 0])
    knots = found.axes[0] / unit
    return {"knots": knots.tolist(), "cubics": cubics.tolist(), "best": float(minimum(found)[0] / unit)}
