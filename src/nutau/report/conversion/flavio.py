"""flavio's measurement files: those it comes with (a mapping of names) and those it writes (a list)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from nutau.report.conversion.flavio_values import number
from nutau.report.conversion.matrices import chosen, full
from nutau.report.conversion.places import place
from nutau.report.conversion.record import Entries, Left, Limit, Place, Unusable, Value

_BIN = ("q2min", "q2max")
_FACTS = {"inspire": "source", "experiment": "collaboration", "hepdata": "location", "url": "location"}

Row = tuple[str, Mapping[str, float], Any]
"""Observable, arguments, value."""


def is_flavio(document: Any) -> bool:
    """Whether a document looks like measurements of flavio."""
    if isinstance(document, list):
        return bool(document) and all(isinstance(item, dict) and "constraints" in item for item in document)
    return (
        isinstance(document, dict)
        and bool(document)
        and any(isinstance(item, dict) and "values" in item for item in document.values())
    )


def measurements(document: Any) -> Iterator[tuple[Entries, list[Left]]]:
    """Each measurement of a document: its entries, and what could not be converted."""
    for name, facts, parts in _parts(document):
        entries, left = Entries("-".join(name.split()), _facts(name, facts)), list[Left]()
        for part in parts:
            try:
                _add(part, name, entries, left)
            except Unusable as reason:
                left.append(Left(name, "", str(reason)))
            except (AttributeError, KeyError, TypeError, ValueError, IndexError, OverflowError):
                left.append(Left(name, "", "it is not written as flavio reads it"))
        yield entries, left


def _parts(document: Any) -> Iterator[tuple[str, Mapping[str, Any], Sequence[Any]]]:
    """Name, facts and independent parts of each measurement; a part is a mapping with ``values``."""
    if isinstance(document, dict):
        for name, body in document.items():
            yield str(name), body if isinstance(body, dict) else {}, [body]
        return
    for place_, body in enumerate(document):
        facts = body.get("metadata") or {}
        arguments = body.get("arguments") or {}
        yield str(arguments.get("name", f"measurement-{place_ + 1}")), facts, body["constraints"]


def _facts(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    found = {ours: str(given[theirs]) for theirs, ours in _FACTS.items() if given.get(theirs)}
    note = f"from flavio's measurement '{name}'"
    if given.get("description"):
        note = f"{' '.join(str(given['description']).split())} ({note})"
    source = found.pop("source", f"flavio's measurement '{name}'")
    return {"source": source, **found, "provenance": "secondary", "verified": False, "notes": note}


def _add(part: Any, name: str, entries: Entries, left: list[Left]) -> None:
    if "observables" in part:
        _several(part, name, entries, left)
        return
    if "values" not in part:
        part = {"values": part}
    rows = list(_rows(part["values"]))
    placed: list[tuple[int, Place, Any]] = []
    for position, (observable, arguments, given) in enumerate(rows):
        try:
            placed.append((position, place(observable, arguments), number(given)))
        except (Unusable, KeyError, TypeError, ValueError, OverflowError) as problem:
            left.append(Left(name, _title(observable, arguments), _reason(problem)))
    matrix = None
    if "correlation" in part and placed:
        if not all(isinstance(found, Value) for _, _, found in placed):
            raise Unusable("it gives a correlation of what is no number with an uncertainty")
        matrix = chosen(full(part["correlation"], len(rows)), [position for position, _, _ in placed])
    entries.values([(where, found) for _, where, found in placed if isinstance(found, Value)], matrix)
    entries.limits([(where, found) for _, where, found in placed if isinstance(found, Limit)])
    for _, where, found in placed:
        if not isinstance(found, Value | Limit):
            entries.curve(where, found)


def _several(part: Mapping[str, Any], name: str, entries: Entries, left: list[Left]) -> None:
    """A distribution of one or several observables."""
    wanted = [_observable(item) for item in part["observables"]]
    given = part["values"] if isinstance(part["values"], list) else [part["values"]]
    if len(wanted) == 1:
        _add({"values": [_row(*wanted[0], given)]}, name, entries, left)
        return
    places: list[tuple[int, Place]] = []
    for position, (observable, arguments) in enumerate(wanted):
        try:
            places.append((position, place(observable, arguments)))
        except Unusable as reason:
            left.append(Left(name, _title(observable, arguments), str(reason)))
    if not places:
        return
    kinds = {str(item["distribution"]) for item in given}
    if kinds != {"multivariate_normal"}:
        raise Unusable(
            f"its distribution '{', '.join(sorted(kinds))[:60]}' of several observables has no counterpart"
        )
    central, covariance = _normal(given, len(wanted))
    kept = [position for position, _ in places]
    errors = np.sqrt(np.diag(covariance))
    rows = [(where, Value(float(central[i]), ((float(errors[i]),) * 2,))) for i, where in places]
    entries.values(rows, chosen(covariance / np.outer(errors, errors), kept))


def _normal(given: Sequence[Mapping[str, Any]], count: int) -> tuple[np.ndarray, np.ndarray]:
    """Central values and covariance of Gaussians that are convolved: covariances add."""
    central = [np.array(item["central_value"], dtype=float) for item in given]
    if any(item.shape != (count,) or not np.array_equal(item, central[0]) for item in central):
        raise Unusable("it is a convolution around different values, or of other sizes than its observables")
    total = np.zeros((count, count))
    for item in given:
        if "covariance" in item:
            total += full(item["covariance"], count, diagonal=None)
        else:
            error = np.array(item["standard_deviation"], dtype=float)
            total += full(item.get("correlation", 0.0), count) * np.outer(error, error)
    return central[0], total


def _rows(values: Any) -> Iterator[Row]:
    if isinstance(values, Mapping):
        for observable, given in values.items():
            yield str(observable), {}, given
        return
    for row in values:
        arguments = {key: float(item) for key, item in row.items() if key not in ("name", "value")}
        yield str(row["name"]), arguments, row["value"]


def _observable(given: Any) -> tuple[str, dict[str, float]]:
    """The observable of a distribution: a name, a name with its arguments, or a list of them in flavio's order."""
    if isinstance(given, Mapping):
        return str(given["name"]), {key: float(item) for key, item in given.items() if key != "name"}
    if isinstance(given, list | tuple):
        names = _BIN if len(given) == 3 else ("q2",)
        return str(given[0]), dict(zip(names, map(float, given[1:]), strict=False))
    return str(given), {}


def _row(observable: str, arguments: Mapping[str, float], given: Any) -> dict[str, Any]:
    return {"name": observable, "value": given, **arguments}


def _title(observable: str, arguments: Mapping[str, float]) -> str:
    return observable + (f"[{', '.join(f'{item:g}' for item in arguments.values())}]" if arguments else "")


def _reason(problem: Exception) -> str:
    return str(problem) if isinstance(problem, Unusable) else "its value is not written as flavio reads it"
