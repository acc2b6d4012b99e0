"""``nutau data``: what experiments measured, the data sets made of it, and where every number comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nutau.cli import cases
from nutau.cli.arguments import Verbs
from nutau.cli.console import console, output, print_apart, print_lines, print_table
from nutau.cli.options import Json, Wide, print_json
from nutau.common.aliases import ALIASES
from nutau.common.numbers import number
from nutau.common.rounding import fixed
from nutau.errors import InputError, harmless

if TYPE_CHECKING:
    from nutau.measurements import DataSet, Measurement, Projection
    from nutau.report.conversion import Conversion

app = typer.Typer(
    name="data",
    cls=Verbs,
    help="List, show, compare, convert and fetch measurements, data sets and projections.",
    invoke_without_command=True,
)


@app.callback()
def _data(context: typer.Context) -> None:
    """List and show measurements, data sets and projections, each with its source."""
    if context.invoked_subcommand is None:
        list_data()


@app.command("list")
def list_data(
    pattern: Annotated[
        str, typer.Argument(metavar="[PATTERN]", help="Only names or observables that contain it.")
    ] = "",
    dataset: Annotated[
        str | None,
        typer.Option("--data", "--set", metavar="NAME", help="Only what this data set holds: 2026, a file."),
    ] = None,
    observable: Annotated[
        str | None,
        typer.Option("--observable", metavar="TEXT", help="Only observables whose name contains this."),
    ] = None,
    wide: Wide = False,
    as_json: Json = False,
) -> None:
    """List data sets, measurements and projections, one line an entry; nutau data show has all of one.

    Example: nutau data list Knunu

    Example: nutau data list tautau --set 2026
    """
    from nutau import measurements as m

    chosen = _loaded(dataset) if dataset else None
    entries = (*chosen.measurements, *chosen.references) if chosen else tuple(m.measurements().values())
    foreseen = chosen.projections if chosen else tuple(m.projections().values())
    sets = [] if chosen else [m.load_dataset(name) for name in m.dataset_names()]
    filtered = bool(pattern or observable)
    entries = tuple(e for e in entries if _wanted(e.name, e.observables, pattern, observable))
    foreseen = tuple(p for p in foreseen if _wanted(p.name, (p.observable,), pattern, observable))
    sets = [item for item in sets if not filtered or (pattern and pattern.casefold() in item.name.casefold())]
    if not (entries or foreseen or sets):
        raise InputError(
            f"No entry{f' of {dataset}' if dataset else ''} has '{pattern or observable}' in its name or observables; "
            "nutau data list shows all, nutau list observables the names."
        )
    if as_json:
        from nutau.measurements.describe import as_dict, projection_dict

        print_json(
            {
                "schema": "nutau/data/1",
                "datasets": [
                    {"name": item.name, "version": item.version, "title": item.title} for item in sets
                ],
                "measurements": [as_dict(entry) for entry in entries],
                "projections": [projection_dict(item) for item in foreseen],
            }
        )
        return
    _print_list(sets, entries, foreseen, wide)


def _wanted(name: str, observables: Iterable[Any], pattern: str, observable: str | None) -> bool:
    """Whether an entry has the pattern in its name or an observable, and the text in an observable."""
    labels = [item.label.casefold() for item in observables]
    short = [known for known, full in ALIASES.items() if full.casefold() in labels]
    text, wanted = pattern.casefold(), (observable or "").casefold()
    names = [name.casefold(), *labels, *(known.casefold() for known in short)]
    return any(text in known for known in names) and any(wanted in label for label in labels)


@app.command("show")
def show(
    names: Annotated[list[str], typer.Argument(metavar="NAME ...", help="Entries, data sets, or files.")],
    wide: Wide = False,
    as_json: Json = False,
) -> None:
    """Show entries or data sets: values, uncertainties, correlation, source and place, what they replace.

    Example: nutau data show HFLAV-2025-RD
    """
    several = cases.cases({"name": tuple(dict.fromkeys(names))})
    shown = [_found(case.values["name"], wide) for case in several]
    if as_json:
        print_json(cases.document(several, [document() for document, _ in shown]))
        return
    print_apart(display for _, display in shown)


def _found(name: str, wide: bool) -> tuple[Callable[[], dict[str, Any]], Callable[[], None]]:
    """What has a name: its JSON document, and how it is printed."""
    from nutau import measurements as m
    from nutau.errors import unknown
    from nutau.measurements.describe import as_dict, dataset_dict, projection_dict

    if name in m.measurements():
        entry = m.find_measurement(name)
        return (
            lambda: {"schema": "nutau/measurement/1", **as_dict(entry, profiled=True)},
            lambda: _print_entry(entry),
        )
    if name in m.projections():
        item = m.find_projection(name)
        return (
            lambda: {"schema": "nutau/projection/1", **projection_dict(item)},
            lambda: _print_projection(item),
        )
    if (
        name.partition("@")[0] in m.dataset_names()
        or "/" in name
        or name.endswith((".yaml", ".yml", ".json"))
    ):
        dataset = _loaded(name)
        return (
            lambda: {"schema": "nutau/dataset/1", **dataset_dict(dataset, profiled=True)},
            lambda: _print_dataset(dataset, wide),
        )
    raise unknown("entry or data set", name, [*m.dataset_names(), *m.measurements(), *m.projections()])


def _loaded(name: str) -> DataSet:
    """A data set whose observables and units the catalogue knows."""
    from nutau.inference.likelihood import check_catalogued
    from nutau.measurements import load_dataset

    dataset = load_dataset(name)
    check_catalogued(dataset)
    return dataset


@app.command("combine")
def combine(
    names: Annotated[
        list[str], typer.Argument(metavar="NAME ...", help="Measurements with Gaussian uncertainties.")
    ],
    as_json: Json = False,
) -> None:
    """Average measurements of the same observables (generalised least squares).

    Example: nutau data combine BelleII-2023-Knunu Belle-2017-Knunu BaBar-2010-Knunu
    """
    from nutau import measurements as m
    from nutau.common.tables import degrees_of_freedom
    from nutau.measurements.headlines import headlines
    from nutau.measurements.overlaps import refuse_overlaps

    entries = [m.find_measurement(name) for name in names]
    refuse_overlaps(entries, headlines(), "These measurements cannot be averaged")
    average = m.combine(entries)
    if as_json:
        print_json(
            {
                "schema": "nutau/average/1",
                "inputs": list(average.inputs),
                "observables": [item.label for item in average.observables],
                "value": average.central.tolist(),
                "uncertainty": average.uncertainty.tolist(),
                "correlation": average.correlation.tolist(),
                "chi2": average.chi2,
                "dof": average.dof,
            }
        )
        return
    for item, value, error in zip(average.observables, average.central, average.uncertainty, strict=True):
        typer.echo(f"{item.label} = {number(value, error, (value - error, value + error))}")
    if len(average.observables) == 2:
        typer.echo(f"correlation {fixed(average.correlation[0, 1], 3)}")
    typer.echo(f"χ² = {fixed(average.chi2, 2)} for {degrees_of_freedom(average.dof)}")


@app.command("convert")
def convert(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="Measurements of flavio or constraints of EOS; - is stdin.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the data file here (.yaml).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Convert measurements of flavio or constraints of EOS to a data file, for --data.

    What nutau has no observable or entry for is listed on stderr with the reason.

    Example: nutau data convert measurements.yml --out mine.yaml
    """
    from nutau.common.files import check_file, write_text
    from nutau.report.conversion import convert as converted

    if out is not None:
        check_file(out, (".yaml", ".yml"))
    found = converted(file)
    if out is not None:
        write_text(out, found.to_yaml())
    if as_json:
        print_json(
            {
                "schema": "nutau/conversion/1",
                "format": found.format,
                "data": found.document(),
                "left": [asdict(item) for item in found.left],
            }
        )
    elif out is None:
        output().write(found.to_yaml())
    _print_left(found, out)


@app.command("stale")
def stale(
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="pdg.sqlite, a record of HEPData (JSON), data of flavio or EOS. [default: the package pdg]",
        ),
    ] = None,
    whole: Annotated[
        bool, typer.Option("--all", help="Also what is not newer and nutau has no entry of.")
    ] = False,
    wide: Wide = False,
    as_json: Json = False,
) -> None:
    """Compare with what the PDG, HEPData or a file lists, and show what is newer than nutau's data.

    Example: nutau data stale --from measurements.yml
    """
    from nutau.report.stale import HEAD
    from nutau.report.stale import stale as compared

    found = compared(source)
    if as_json:
        print_json(found.to_dict())
        return
    newer = sum(row.newer for row in found.found)
    print_lines(
        [
            f"{found.source}: {found.compared} quantities of nutau's data compared, {newer} newer results, "
            f"{len(found.found) - newer} others that nutau has no entry of{'' if whole else ' (--all)'}"
        ]
    )
    rows = [cells for cells, row in zip(found.table(), found.found, strict=True) if row.newer or whole]
    if rows:
        print_table("", HEAD, rows, optional=(3, 1), on=console(wide))


@app.command("fetch")
def fetch(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A release: belle2-knunu.")],
    source: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="PATH", help="A folder, an archive or an address with the files instead."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Fetch a likelihood that a collaboration published, once, into the user's cache; checked by SHA-256.

    Example: nutau data fetch belle2-knunu
    """
    from nutau.measurements.releases import fetch as fetched

    found = fetched(name, source)
    if as_json:
        print_json({"schema": "nutau/release/1", **asdict(found), "folder": str(found.folder)})
        return
    typer.echo(f"{found.title}: {len(found.files)} files in {found.folder}")
    typer.echo(f"  record: https://doi.org/{found.doi}")
    typer.echo(f"  licence: {found.licence}")
    typer.echo(f"  cite: {', '.join(found.cite)}")


LISTED = 20
"""So many numbers that were left behind are listed each for itself; more, by reason."""


def _print_left(found: Conversion, out: Path | None) -> None:
    """What was converted and what was not, on standard error."""
    place = f" to {out}" if out is not None else ""
    entries = "one entry" if len(found.entries) == 1 else f"{len(found.entries)} entries"
    typer.echo(
        f"Converted{place}: {found.numbers}, in {entries}. Not converted: {len(found.left)}.", err=True
    )
    for line in found.reasons(LISTED):
        typer.echo(harmless(f"  {line}"), err=True)


def _print_list(
    sets: list[DataSet],
    entries: tuple[Measurement, ...],
    foreseen: tuple[Projection, ...],
    wide: bool = False,
) -> None:
    from nutau.measurements.describe import projection_text
    from nutau.measurements.wording import checked, labels, seen, totals

    on = console(wide)
    if sets:
        print_table(
            "data sets",
            ("name", "version", "what it is"),
            [(item.name, item.version, item.title) for item in sets],
            on=on,
        )
    rows = [
        (entry.name, label, text, entry.date[:7], check, entry.source)
        for entry in entries
        for label, text, check in zip(labels(entry), totals(entry), checked(entry), strict=True)
    ]
    if rows:
        head = ("name", "observable", "value", "date", "check", "source")
        print_lines([""] if sets else [], on)
        print_table("measurements", head, rows, optional=(4, 5, 3), lines=1, on=on)
    planned = [
        (item.name, item.observable.label, projection_text(item), seen(item), item.source)
        for item in foreseen
    ]
    if planned:
        titles = ("name", "observable", "expectation", "check", "source")
        print_lines([""] if rows else [], on)
        print_table("projections", titles, planned, optional=(3, 4), on=on)


def _print_entry(entry: Measurement) -> None:
    from nutau.measurements.wording import labels, sentence, values

    print_lines([f"{entry.name} ({entry.kind.replace('_', ' ')}, {entry.role})"])
    for label, text in zip(labels(entry), values(entry), strict=True):
        print_lines([f"  {sentence(label, text)}"])
    gaussian = entry.gaussian
    if gaussian is not None and len(gaussian.central) > 1 and entry.kind == "gaussian":
        print_lines(["  correlation"])
        for row in gaussian.correlation:
            print_lines(["    " + " ".join(f"{element:7.3f}" for element in row)])
    _print_facts(entry)


def _compared(entry: Measurement) -> str:
    """The published limit beside that of the likelihood; why not, where a workspace cannot be profiled."""
    from nutau.errors import MissingExtraError
    from nutau.measurements.table_limits import compared

    try:
        return str(compared(entry) or "")
    except MissingExtraError as error:
        return str(error)


def _print_facts(entry: Measurement) -> None:
    from nutau.common.yaml_files import references
    from nutau.measurements.wording import constructions, listed, seen

    facts = {
        "likelihood": constructions(entry),
        "limit": _compared(entry),
        "source": entry.source,
        "where": entry.location,
        "collaboration": entry.collaboration,
        "date": entry.date,
        "luminosity": entry.luminosity,
        "data": ", ".join(entry.samples),
        "provenance": seen(entry),
        "PDG": listed(entry),
        "INSPIRE": str(entry.inspire or ""),
        "supersedes": ", ".join(entry.supersedes),
        "contained in": ", ".join(entry.contained_in),
        "instead of": ", ".join(entry.instead_of),
        "signal": entry.signal_model,
        "notes": entry.notes,
    }
    for key, text in facts.items():
        if text:
            print_lines([f"  {key}: {text}"])
    if entry.source in references():
        print_lines(["\n" + references()[entry.source]])


def _print_projection(item: Projection) -> None:
    from nutau.measurements.describe import projection_text
    from nutau.measurements.wording import seen

    print_lines([f"{item.name} (projection, {item.scenario})"])
    print_lines([f"  {item.observable.label}: {projection_text(item)}"])
    for key, text in (
        ("source", item.source),
        ("where", item.location),
        ("provenance", seen(item)),
        ("notes", item.notes),
    ):
        if text:
            print_lines([f"  {key}: {text}"])


def _print_dataset(dataset: DataSet, wide: bool = False) -> None:
    version = f", version {dataset.version}" if dataset.version else ""
    print_lines([f"{dataset.name}{version}: {dataset.title}"])
    if dataset.description:
        print_lines([dataset.description])
    print_lines([""])
    _print_list([], (*dataset.measurements, *dataset.references), dataset.projections, wide)
    for entry in dataset.measurements:
        if text := _compared(entry):
            print_lines([f"{entry.name}: {text}"])
