"""Readers of published tables for ``make_bsll_measurements.py``: HEPData records, flavio's and EOS's files, the PDG.

Each gives a :class:`Table`: rows with observables named as here, in the units of the recipe, and their correlation.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import yaml

import pdg_measurements

Array = np.ndarray[Any, Any]
PARTS = ("stat", "syst", "external")
"""What the uncertainties of a table are, in the order of its columns."""

EOS_NAMES = {
    "B->Kll::BR": "<dBR/dq2>({B}->K{l})",
    "B->Kll::F_H": "<FH>({B}->K{l})",
    "B->Kll::A_FB": "<AFB>({B}->K{l})",
    "B->K^*ll::F_L": "<FL>({B}->K*{l})",
    "B->K^*ll::A_FB@LHCb": "<AFB>({B}->K*{l})",
    "B->K^*ll::BR": "<dBR/dq2>({B}->K*{l})",
    "B->K^*ll::NormalizedBR": "<dBR/dq2>({B}->K*{l})",
    "B_s->phill::F_L": "<FL>(Bs->phi{l})",
    **{f"B->K^*ll::S_{i}@LHCb": f"<S{i}>({{B}}->K*{{l}})" for i in (3, 4, 5, 7, 8, 9)},
    **{f"B_s->phill::S_{i}@LHCb": f"<S{i}>(Bs->phi{{l}})" for i in (3, 4, 7)},
    "B->X_sll::BR@HLMW2005": "<BR>(B->Xsll)",
    "Lambda_b->Lambdall::BR@LowRecoil": "<dBR/dq2>(Lambdab->Lambda{l})",
}
"""Observables of EOS under flavio's names; where a rate is per q², EOS has the rate in the bin."""


@dataclass(frozen=True)
class Number:
    """A row: an observable in a bin, its value, and its uncertainties ``name: (plus, minus)``."""

    observable: str
    q2: tuple[float, float] | None
    value: float
    errors: dict[str, tuple[float, float]]
    pdg: str = ""

    @property
    def key(self) -> tuple[str, tuple[float, float] | None]:
        """What tells rows apart."""
        return self.observable, self.q2

    @property
    def total(self) -> tuple[float, float]:
        """The uncertainties in quadrature."""
        plus, minus = zip(*self.errors.values(), strict=True)
        return math.hypot(*plus), math.hypot(*minus)

    def times(self, factor: float, observable: str = "") -> Number:
        """The row in another unit or convention; a negative factor turns the sides."""
        sides = {name: (a, b) if factor > 0 else (b, a) for name, (a, b) in self.errors.items()}
        size = abs(factor)
        errors = {name: (tidy(a * size), tidy(b * size)) for name, (a, b) in sides.items()}
        return replace(
            self, observable=observable or self.observable, value=tidy(self.value * factor), errors=errors
        )


@dataclass(frozen=True)
class Table:
    """Rows, and the correlation of ``part`` of their uncertainties (of the totals where it is empty)."""

    rows: tuple[Number, ...]
    correlation: Array | None = None
    part: str = ""


def tidy(value: float) -> float:
    """Without what binary arithmetic adds."""
    return float(f"{value:.9g}") + 0.0


def joined(tables: Sequence[Table]) -> Table:
    """Tables that are not correlated with each other, as one."""
    rows = tuple(row for table in tables for row in table.rows)
    if all(table.correlation is None for table in tables):
        return Table(rows)
    found = np.eye(len(rows))
    start = 0
    for table in tables:
        end = start + len(table.rows)
        if table.correlation is not None:
            found[start:end, start:end] = table.correlation
        start = end
    return Table(rows, found, tables[0].part)


# --- flavio ---------------------------------------------------------------------------------------------------------


@cache
def _flavio() -> dict[str, Any]:
    spec = find_spec("flavio")
    if spec is None or spec.origin is None:
        raise SystemExit("the package flavio is needed")
    path = Path(spec.origin).parent / "data" / "measurements.yml"
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def flavio(names: Iterable[str]) -> Table:
    """Entries of flavio's ``measurements.yml``."""
    tables = []
    for name in names:
        entry = _flavio()[name]
        values = entry["values"]
        if isinstance(values, dict):
            values = [{"name": key, "value": value} for key, value in values.items()]
        rows = tuple(_of_flavio(item) for item in values)
        given = entry.get("correlation")
        tables.append(Table(rows, None if given is None else _square(given, len(rows))))
    return joined(tables)


def _of_flavio(item: dict[str, Any]) -> Number:
    text = str(item["value"]).replace("±", "+-")
    scale = re.search(r"(?:e|1e)\s*([-+]?\d+)\s*$", text)
    text = text[: scale.start()] if scale else text
    factor = 10.0 ** int(scale[1]) if scale else 1.0
    value = re.match(r"\s*\(?\s*([-+]?\s*[\d.]+)", text)
    if value is None:
        raise ValueError(item["value"])
    found = []
    for same, plus, minus in re.findall(
        r"\+\s*-\s*([\d.]+)|\+\s*([\d.]+)\s*-\s*([\d.]+)", text[value.end() :]
    ):
        found.append((float(same), float(same)) if same else (float(plus), float(minus)))
    names = PARTS if len(found) > 1 else ("total",)
    errors = {name: pair for name, pair in zip(names, found, strict=False) if max(pair) > 0}
    q2 = (float(item["q2min"]), float(item["q2max"])) if "q2min" in item else None
    return Number(item["name"], q2, float(value[1].replace(" ", "")), errors).times(factor)


def _square(rows: Sequence[Sequence[float]], size: int) -> Array:
    """A matrix given in full or as its upper triangle."""
    if all(len(row) == size for row in rows):
        return np.array(rows, dtype=float)
    found = np.eye(size)
    for place, row in enumerate(rows):
        found[place, place:] = found[place:, place] = row
    return found


# --- EOS ------------------------------------------------------------------------------------------------------------


@cache
def _eos(name: str) -> dict[str, Any]:
    spec = find_spec("_eos_data") or find_spec("eos")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("the package eoshep is needed")
    folder = Path(next(iter(spec.submodule_search_locations))).parent / "_eos_data" / "constraints"
    path = folder / "experimental" / f"{name}.yaml"
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def eos(file: str, pattern: str) -> Table:
    """Constraints of a file of EOS whose names match a regular expression."""
    found = [entry for name, entry in _eos(file).items() if re.search(pattern, name)]
    if not found:
        raise ValueError(f"EOS has no {pattern} in {file}")
    return joined([_of_eos(entry) for entry in found])


def _of_eos(entry: dict[str, Any]) -> Table:
    if entry["type"] == "Gaussian":
        sides = {
            "stat": (abs(entry["sigma-stat"]["hi"]), abs(entry["sigma-stat"]["lo"])),
            "syst": (abs(entry["sigma-sys"]["hi"]), abs(entry["sigma-sys"]["lo"])),
        }
        return Table(
            (_eos_row(entry["observable"], entry["kinematics"], entry["options"], entry["mean"], sides),)
        )
    rows = []
    columns = ("observables", "kinematics", "options", "means", "sigma-stat-hi", "sigma-stat-lo", "sigma-sys")
    for name, kinematics, options, mean, high, low, syst in zip(
        *(entry[key] for key in columns), strict=True
    ):
        rows.append(_eos_row(name, kinematics, options, mean, {"stat": (high, low), "syst": (syst, syst)}))
    return Table(tuple(rows), np.array(entry["correlations"], dtype=float))


def _eos_row(name: str, kinematics: Any, options: Any, mean: float, errors: Any) -> Number:
    low, high = float(kinematics["q2_min"]), float(kinematics["q2_max"])
    meson = {"u": "B+", "d": "B0"}.get(options.get("q", "d"), "B0")
    title = EOS_NAMES[name].format(B=meson, l=2 * options.get("l", "mu"))
    width = high - low if title.startswith("<dBR/dq2>") else 1.0
    sides = {part: pair for part, pair in errors.items() if max(pair) > 0}
    return Number(title, (low, high), float(mean), sides).times(1.0 / width)


# --- the PDG --------------------------------------------------------------------------------------------------------


def pdg(listings: Any, edition: str, items: Sequence[dict[str, Any]]) -> Table:
    """Numbers of the PDG: of a paper, or its own average where none is named."""
    rows = []
    for item in items:
        paper = str(item.get("inspire", ""))
        if paper:
            found = [
                entry
                for entry in pdg_measurements.measured(listings, item["pdg"])
                if entry.inspire == paper and not entry.replaced
            ]
        else:
            found = pdg_measurements.averaged(listings, item["pdg"], edition)[:1]
        number = found[item.get("place", 0)].number
        sides = {
            name: pair
            for name, pair in (("stat", number.stat), ("syst", number.syst), ("total", number.error))
            if pair
        }
        q2 = tuple(float(edge) for edge in item["q2"]) if "q2" in item else None
        factor = float(item.get("times", 1.0)) * (1.0 / (q2[1] - q2[0]) if item.get("per_q2") and q2 else 1.0)
        mine = item["pdg"] if factor in (1.0, 1e12) else ""
        row = Number(item["observable"], q2, number.value, sides, mine)  # type: ignore[arg-type]
        rows.append(row.times(factor))
    return Table(tuple(rows))


# --- HEPData --------------------------------------------------------------------------------------------------------


def hepdata_columns(folder: Path, item: dict[str, Any]) -> Table:
    """A record with one column an observable, one table or one column each, and one matrix a bin."""
    columns: dict[str, list[Any]] = {}
    edges: list[tuple[float, float]] = []
    for file in item["values"]:
        document = yaml.safe_load((folder / file).read_text(encoding="utf-8"))
        edges = [
            (float(bin_["low"]), float(bin_["high"]))
            for bin_ in document["independent_variables"][0]["values"]
        ]
        for column in document["dependent_variables"]:
            columns.setdefault(column["header"]["name"], column["values"])
    tables = []
    order = item["order"]
    for place, file in item["matrices"].items():
        q2 = edges[int(place)]
        rows = tuple(_hepdata_row(name, q2, columns[column][int(place)]) for name, column in order.items())
        document = yaml.safe_load((folder / file).read_text(encoding="utf-8"))
        values = [float(entry["value"]) for entry in document["dependent_variables"][0]["values"]]
        tables.append(Table(rows, np.array(values).reshape(len(rows), len(rows)), item.get("part", "")))
    return joined(tables)


def _hepdata_row(name: str, q2: tuple[float, float], cell: dict[str, Any]) -> Number:
    errors = {}
    for error in cell["errors"]:
        label = "stat" if error["label"] == "stat" else "syst"
        sides = error.get("asymerror") or {"plus": error["symerror"], "minus": error["symerror"]}
        errors[label] = (abs(float(sides["plus"])), abs(float(sides["minus"])))
    return Number(name, q2, float(cell["value"]), errors)


def hepdata_json(folder: Path, item: dict[str, Any]) -> Table:
    """A configuration of the record of arXiv:2512.18053: results and total correlations as JSON.

    A row is a column of the record, or a sum of columns with weights, whose uncertainty follows from their matrix.
    """
    document = json.loads((folder / item["results"]).read_text(encoding="utf-8"))
    matrix = json.loads((folder / item["matrix"]).read_text(encoding="utf-8"))
    bins = [tuple(map(float, edges)) for edges in document["independent_variables"]["values"]]
    rows, weights = [], []
    for place in item["bins_at"]:
        for name, given in item["order"].items():
            columns = given if isinstance(given, dict) else {given: 1.0}
            cells = {
                column: _json_cell(document["dependent_variables"][column], place, name, bins[place])
                for column in columns
            }
            sums = {
                f"{column}_bin{place}": (cells[column], float(factor)) for column, factor in columns.items()
            }
            rows.append(_sum(list(sums.values()), matrix, list(sums)))
            weights.append({key: factor * np.mean(cell.total) for key, (cell, factor) in sums.items()})
    covariance = np.array([[_bilinear(one, other, matrix) for other in weights] for one in weights])
    if not np.allclose(covariance, covariance.T, rtol=1e-9, atol=1e-30):
        raise ValueError("the matrix is not symmetric")
    size = np.sqrt(np.diag(covariance))
    return Table(tuple(rows), covariance / np.outer(size, size))


def _json_cell(column: dict[str, Any], place: int, name: str, q2: tuple[float, ...]) -> Number:
    cell = column["values"][place]
    errors = {part: (abs(cell[f"hi_{part}_err"]), abs(cell[f"lo_{part}_err"])) for part in ("stat", "syst")}
    return Number(name, (q2[0], q2[1]), float(cell["val"]), errors).times(_unit(column["units"]))


def _sum(parts: Sequence[tuple[Number, float]], matrix: dict[str, Any], keys: Sequence[str]) -> Number:
    """A weighted sum of cells: itself where there is one, else with its total uncertainty."""
    if len(parts) == 1:
        return parts[0][0].times(parts[0][1])
    sizes = {
        key: factor * float(np.mean(cell.total)) for key, (cell, factor) in zip(keys, parts, strict=True)
    }
    error = float(f"{math.sqrt(_bilinear(sizes, sizes, matrix)):.3g}")
    value = tidy(sum(cell.value * factor for cell, factor in parts))
    return Number(parts[0][0].observable, parts[0][0].q2, float(f"{value:.4g}"), {"total": (error, error)})


def _bilinear(one: dict[str, float], other: dict[str, float], matrix: dict[str, Any]) -> float:
    """The covariance of two sums, ``{key: weight times uncertainty}``, by the record's correlations."""
    return float(
        sum(
            a * b * (1.0 if first == second else matrix[first].get(second, matrix[second].get(first, 0.0)))
            for first, a in one.items()
            for second, b in other.items()
        )
    )


def _unit(given: Any) -> float:
    base, _, power = str(given).partition("^")
    return float(base) ** float(power) if power else float(base)
