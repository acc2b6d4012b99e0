"""The numbers behind a figure, as one tidy table (.csv) or by series (.json): what is drawn, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.files import check_file
from nutau.errors import listed
from nutau.inference.fit import Contour, Minimum, Posterior, Pull
from nutau.inference.fit.calibration import Heights
from nutau.inference.fit.intervals import Interval
from nutau.inference.fit.profiles import Profile
from nutau.inference.fit.questions.impacts import Impacts
from nutau.inference.fit.questions.leave_one_out import LeaveOneOut
from nutau.inference.forecast import ExpectedFit, Forecast
from nutau.inference.forecast.ranked import Ranking
from nutau.observables.results import Predictions
from nutau.report.areas import Area
from nutau.report.bands import Known
from nutau.report.c9_plane import C9Plane
from nutau.report.export import write_json, write_table
from nutau.report.judging import Judgement
from nutau.report.judging.regions import Region
from nutau.report.measured_bins import Bin
from nutau.report.neutrino_plane import NunuPlane
from nutau.report.plane import Panel
from nutau.report.relations.draw import Drawing
from nutau.report.today.fits import Today
from nutau.report.weighted import Histogram

SCHEMA = "nutau/figure/1"
SUFFIXES = (".csv", ".json")


@dataclass(frozen=True, eq=False)
class Series:
    """Something that is drawn: columns of one length by name, numbers or text; a single value is that of all rows."""

    name: str
    columns: Mapping[str, Any]

    def filled(self) -> dict[str, list[Any]]:
        """The columns as lists of one length, without NaN and infinity."""
        length = max((len(value) for value in self.columns.values() if _listed(value)), default=1)
        return {
            name: [_plain(item) for item in (value if _listed(value) else [value] * length)]
            for name, value in self.columns.items()
        }


@dataclass(frozen=True, eq=False)
class Numbers:
    """A figure by name and title, its series, and sentences on what it leaves out."""

    figure: str
    title: str
    series: tuple[Series, ...]
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain data: every series with its columns."""
        series = [{"name": item.name, **item.filled()} for item in self.series]
        head = {"schema": SCHEMA, "figure": self.figure, "title": self.title}
        return head | ({"notes": list(self.notes)} if self.notes else {}) | {"series": series}

    def columns(self) -> dict[str, list[Any]]:
        """One table: a column ``series``, then those of all series, empty where one does not have it."""
        parts = [(item.name, item.filled()) for item in self.series]
        names = dict.fromkeys(name for _, part in parts for name in part)
        made: dict[str, list[Any]] = {"series": []} | {name: [] for name in names}
        for label, part in parts:
            length = max(map(len, part.values()), default=0)
            made["series"] += [label] * length
            for name in names:
                made[name] += ["" if item is None else item for item in part.get(name, [""] * length)]
        return {name: _as_text(column) for name, column in made.items()}

    def save(self, path: str | Path) -> Path:
        """Write .csv or .json, whole or not at all; :class:`InputError` for another ending."""
        target = check_file(path, SUFFIXES)
        if target.suffix.lower() == ".json":
            return write_json(target, self.to_dict())
        return write_table(target, self.columns())


def _listed(value: Any) -> bool:
    return isinstance(value, list | tuple | np.ndarray)


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _as_text(column: list[Any]) -> list[Any]:
    """Numbers in full as text, where a column has empty cells or text beside them."""
    if all(isinstance(item, int | float) and not isinstance(item, bool) for item in column):
        return column
    return [item if isinstance(item, str) else repr(item) for item in column]


def plane(rows: Mapping[str, Sequence[Panel]], title: str = "") -> Numbers:
    """Of :func:`nutau.report.figures.plane.draw`: lines, points, regions, bands and projections of every panel."""
    series: list[Series] = []
    notes: list[str] = []
    for convention, row in rows.items():
        for panel in row:
            where = {"panel": panel.name or "plane", "convention": convention}
            where |= {"x_axis": panel.axes[0].label, "y_axis": panel.axes[1].label}
            series += [Series(name, {**where, **columns}) for name, columns in _panel(panel)]
            notes += [*panel.undrawn, *(area.told for area in panel.areas if area.told)]
    return Numbers("plane", title, tuple(series), tuple(dict.fromkeys(notes)))


def _panel(panel: Panel) -> Iterable[tuple[str, dict[str, Any]]]:
    for line in panel.lines:
        errors = {"x_error": line.x_error, "y_error": line.y_error} if line.y_error is not None else {}
        yield (
            line.model,
            {"kind": "line along delta", "delta": line.delta, "x": line.x, "y": line.y, **errors},
        )
    for track in panel.tracks:
        columns: dict[str, Any] = {
            "x": track.x,
            "y": track.y,
            "x_error": track.x_error,
            "y_error": track.y_error,
        }
        texts = {"point": list(track.texts)} if len(track.texts) == len(track.x) else {}
        yield track.name, {"kind": "line" if track.line else "points", **columns, **texts}
    for area in panel.areas:
        yield from _area(area)
    for known, axis in zip(panel.known, "xy", strict=True):
        yield from _known(known, axis)


def _area(area: Area) -> Iterable[tuple[str, dict[str, Any]]]:
    kind = "interval" if area.line else "posterior" if area.posterior else "region"
    parts = [(kind, level, piece) for level, pieces in area.pieces.items() for piece in pieces]
    parts += [("all points", 1.0, piece) for piece in area.whole]
    for number, (kind, level, piece) in enumerate(parts):
        yield area.name, {"kind": kind, "level": level, "piece": number, "x": piece[:, 0], "y": piece[:, 1]}
    if area.best is not None:
        yield area.name, {"kind": "best", "x": float(area.best[0]), "y": float(area.best[1])}


def _known(known: Known, axis: str) -> Iterable[tuple[str, dict[str, Any]]]:
    for band in known.bands:
        ends = {f"{axis}_{n}sigma_{side}": end for n, pair in ((1, band.one), (2, band.two))
                for side, end in zip(("low", "high"), pair, strict=True)}  # fmt: skip
        limit = {f"{axis}_limit": band.limit, "level": band.level}
        yield band.entry, {"kind": band.kind, **(ends if band.measured else limit)}
    for luminosity, error in known.foreseen.items():
        yield "Belle II", {"kind": "foreseen", "luminosity": luminosity, f"{axis}_error": error}


def contours(found: Contour, names: Sequence[str], minima: Sequence[Minimum], title: str = "") -> Numbers:
    """Of :func:`nutau.report.figures.contours.contours`: Δ(-2 log L) on the grid, and the minima."""
    best = minima[0].chi2 if minima else 0.0
    rows = [
        Series(
            "minimum",
            {**dict(zip(names, map(float, one.values), strict=True)), "delta_chi2": one.chi2 - best},
        )
        for one in minima
    ]
    return Numbers("contour", title, (_grid("grid", found), *rows))


def _grid(name: str, found: Contour, **more: Any) -> Series:
    x, y = np.meshgrid(found.x, found.y, indexing="ij")
    pair = dict(zip(found.parameters, (x.ravel(), y.ravel()), strict=True))
    return Series(name, {**more, **pair, "delta_chi2": found.delta_chi2.ravel()})


def expected(fits: Sequence[ExpectedFit], contours: Sequence[Contour], unit: str, title: str = "") -> Numbers:
    """Of :func:`nutau.report.figures.expected.expected`: Δ(-2 log L) on the grid at every luminosity."""
    series = [
        _grid(
            "today" if not fit.luminosity else f"{fit.luminosity:g} {unit}", made, luminosity=fit.luminosity
        )
        for fit, made in zip(fits, contours, strict=True)
    ]
    return Numbers("expected", title, tuple(series))


def pulls(rows: Sequence[Pull], title: str = "") -> Numbers:
    """Of :func:`nutau.report.figures.pulls.pulls`: every field of a pull, in natural units."""
    columns = {name: [row[name] for row in map(asdict, rows)] for name in _names(rows) if name != "q2"}
    return Numbers("pulls", title, (Series("pulls", columns),))


def _names(rows: Sequence[Any]) -> list[str]:
    return [item.name for item in fields(rows[0])] if rows and is_dataclass(rows[0]) else []


def corner(posterior: Posterior, title: str = "") -> Numbers:
    """Of :func:`nutau.report.figures.corner.corner`: the draws of all parameters."""
    draws: dict[str, Array] = {name: np.ravel(posterior.draws[name]) for name in posterior.names}
    return Numbers("corner", title, (Series("posterior", draws),))


def reach(found: Forecast, title: str = "") -> Numbers:
    """Of :func:`nutau.report.figures.reach.reach`: significances by luminosity, and where 2 and 5 σ are reached."""
    names = dict.fromkeys(row.model for row in found.rows)
    series = []
    for name in names:
        rows = [row for row in found.rows if row.model == name]
        columns = {
            key: [getattr(row, key) for row in rows] for key in ("luminosity", "exclusion", "discovery")
        }
        series.append(Series(name, columns))
    for kind, made in (("excluded", found.apart), ("SM excluded", found.discovered)):
        series += [Series(kind, item.to_dict()) for item in made]
    return Numbers("reach", title, tuple(series), tuple(found.notes))


def nunu(plane: NunuPlane, title: str = "") -> Numbers:
    """Of :func:`nutau.report.figures.nunu.nunu`: lines, cones, bands and what Belle II foresees."""
    series = [
        Series(
            line.name,
            {
                "kind": "line",
                "x": line.kstar,
                "y": line.kaon,
                "x_error": line.kstar_error,
                "y_error": line.kaon_error,
            },
        )
        for line in plane.lines
    ]
    for cone in plane.cones:
        apex = {"kind": "region", "x": cone.apex[0], "y": cone.apex[1]}
        series.append(
            Series(cone.name, apex | {"lowest_slope": cone.slopes[0], "highest_slope": cone.slopes[1]})
        )
    known = [part for found, axis in ((plane.kstar, "x"), (plane.kaon, "y")) for part in _known(found, axis)]
    return Numbers("nunu", title, (*series, *(Series(*part) for part in known)), plane.undrawn)


def ranked(found: Ranking, title: str = "") -> Numbers:
    """Of :func:`nutau.report.figures.ranked.ranked`: the table of measurements, and what is not drawn."""
    silent = [row.name for row in found.rows if not row.tells]
    notes = (f"not drawn, as they say nothing: {listed(silent)}",) if silent else ()
    return Numbers("next", title, (Series("measurements", found.columns()),), notes)


def relations(shown: Drawing, title: str = "") -> Numbers:
    """Of :func:`nutau.report.figures.relations.relations`: weights, slopes of wedges, intervals."""
    weights = {
        "kind": "weight",
        "rate": [name for _, name in shown.terms],
        "value": [w for w, _ in shown.terms],
    }
    series = [Series(shown.target, weights)]
    for wedge in shown.wedges:
        ends = {"lowest_slope": wedge.slopes[0], "highest_slope": wedge.slopes[1]}
        series.append(Series(wedge.said, {"kind": "wedge", **ends}))
    named = (("prediction", shown.predicted), ("measured", shown.measured))
    bands = [(name, "68 %", ends) for name, ends in named if ends is not None]
    bands += [(name, "95 %", ends) for name, ends, _ in shown.intervals]
    for name, level, (low, high) in bands:
        series.append(Series(name, {"kind": f"interval, {level}", "low": low, "high": high}))
    return Numbers("relations", title, tuple(series))


def weighted(histograms: Sequence[Histogram], labels: Mapping[str, str], title: str = "") -> Numbers:
    """Of :func:`nutau.report.figures.weighted.weighted`: events of each bin, as made, weighted and expected."""
    series = []
    for one in histograms:
        bins = {"low": one.edges[:-1].tolist(), "high": one.edges[1:].tolist()}
        series.append(Series(one.variable, {**bins, "kind": "made", "events": one.generated.tolist()}))
        for name, label in labels.items():
            events = {"events": one.weighted[name].tolist(), "error": np.sqrt(one.squared[name]).tolist()}
            more = {"kind": f"weighted, {label}", **events, "rate": one.expected[name].tolist()}
            series.append(Series(one.variable, {**bins, **more}))
    return Numbers("weights", title, tuple(series))


def spectrum(curves: Mapping[str, Predictions], title: str = "") -> Numbers:
    """Of :func:`nutau.report.figures.spectrum.spectrum`: the table of predictions of every curve."""
    return Numbers("spectrum", title, tuple(Series(label, rows.columns()) for label, rows in curves.items()))


def bins(
    measured: Sequence[Bin],
    curves: Mapping[str, Predictions],
    averages: Mapping[str, Predictions],
    title: str = "",
) -> Numbers:
    """Of :func:`nutau.report.figures.bins.bins`: measured bins by entry, the table of every curve and of its bins."""
    entries = dict.fromkeys(one.entry for one in measured)
    rows = {entry: [asdict(one) for one in measured if one.entry == entry] for entry in entries}
    series = [
        Series(entry, {name: [one[name] for one in found] for name in found[0] if name != "entry"})
        for entry, found in rows.items()
    ]
    series += [Series(label, part.columns()) for label, part in curves.items()]
    series += [Series(f"{label} in bins", part.columns()) for label, part in averages.items()]
    return Numbers("bins", title, tuple(series))


def heights(found: Heights, observed: Profile, interval: Interval, title: str = "") -> Numbers:
    """Of :func:`nutau.report.figures.heights.heights`: heights of each level, the observed profile, the intervals."""
    series = [Series("observed", {found.parameter: observed.values, "delta_chi2": observed.delta_chi2})]
    for level, values in found.heights.items():
        columns = {found.parameter: found.values, "level": float(level), "height": values}
        series.append(Series("height", {**columns, "error": found.errors[level]}))
    for level, pieces in interval.pieces.items():
        series += [
            Series("interval", {"level": float(level), "low": low, "high": high}) for low, high in pieces
        ]
    return Numbers("heights", title, tuple(series))


def impacts(found: Impacts, title: str = "") -> Numbers:
    """Of :func:`nutau.report.figures.impacts.impacts`: shifts, pulls and constraints of every source that is drawn."""
    series = [
        Series(row.name, {"kind": row.kind, "parameter": name, **asdict(one), "error": found.errors[name]})
        for row in found.moved
        for name, one in row.impacts.items()
    ]
    return Numbers("impacts", title, tuple(series))


def leave_one_out(found: LeaveOneOut, title: str = "") -> Numbers:
    """Of :func:`nutau.report.figures.impacts.leave_one_out`: best value and error without each, and of all data."""
    series = [
        Series("all data", {"parameter": name, "value": value, "low": low, "high": high})
        for name, (value, low, high) in found.whole.items()
    ]
    for row in (*found.measurements, *found.sectors):
        for name, value in (row.values or {}).items():
            error = (row.errors or {}).get(name)
            series.append(Series(f"without {row.name}", {"parameter": name, "value": value, "error": error}))
    return Numbers("leave-one-out", title, tuple(series))


def judged(found: Region, title: str = "") -> Numbers:
    """Δ(-2 log L) of all data and of each family over two couplings, and the region in the plane of two rates."""
    x, y = np.meshgrid(found.x, found.y, indexing="ij")
    heights = {"all data": found.joint} | found.families
    series = [
        Series(name, {found.names[0]: x.ravel(), found.names[1]: y.ravel(), "delta_chi2": height.ravel()})
        for name, height in heights.items()
    ]
    series += [Series(name, columns) for name, columns in _area(found.image)]
    return Numbers("judged", title or found.field.label, tuple(series))


def c9u(found: C9Plane, title: str = "") -> Numbers:
    """Of :func:`nutau.report.figures.c9u.c9u`: Δ(-2 log L) of all data and of each family, the lines, the best fit."""
    x, y = np.meshgrid(found.x, found.y, indexing="ij")
    heights = {"all data": found.joint} | dict(found.families)
    grids = [
        Series(name, {"delta": x.ravel(), "C9U": y.ravel(), "delta_chi2": height.ravel()})
        for name, height in heights.items()
    ]
    ends = np.array([0.0, float(found.x[-1])])
    lines = [
        Series(line.name, {"kappa": line.kappa, "delta": ends, "C9U": line.slope * ends})
        for line in found.lines
    ]
    best = {"kappa": found.kappa, "delta": found.best[0], "C9U": found.best[1], "delta_chi2": 0.0}
    return Numbers("c9u", title, (*grids, *lines, Series("best fit", best)))


def planes(found: Judgement) -> Numbers:
    """The regions of fields in the plane of two rates."""
    areas = [field.plane for field in found.fields if field.plane is not None]
    return Numbers(
        "fields", "", tuple(Series(name, columns) for area in areas for name, columns in _area(area))
    )


def today(found: Today, title: str = "") -> Numbers:
    """Of :func:`nutau.report.figures.today.today`: lines, intervals and regions of every run, and what was measured."""
    series: list[Series] = []
    for made in found.maps:
        where = {"panel": made.title}
        for trace in made.traces:
            parts = [("line", 1.0, trace.line), ("best", 0.0, trace.best[None, :])]
            parts += [
                ("interval", level, piece) for level, pieces in trace.pieces.items() for piece in pieces
            ]
            series += [
                Series(trace.model, {**where, "kind": kind, "level": level, "x": part[:, 0], "y": part[:, 1]})
                for kind, level, part in parts
            ]
        free = Area("kappa free", made.regions, made.best)
        series += [Series(name, {**where, **columns}) for name, columns in _area(free)]
        for known, axis in zip(made.known, "xy", strict=True):
            series += [Series(name, {**where, **columns}) for name, columns in _known(known, axis)]
    return Numbers("today", title, tuple(series))
