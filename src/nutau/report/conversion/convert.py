"""From a file of another program to the entries of a data file, each checked as a data file is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nutau.common.files import read_text
from nutau.common.yaml_files import parse_yaml, validate
from nutau.eft.wilson import LES_HOUCHES
from nutau.errors import InputError, first_problems
from nutau.inference.likelihood import check_catalogued
from nutau.measurements import DataSet
from nutau.report.conversion import eos, flavio
from nutau.report.conversion.record import Conversion, Entries, Left


def convert(path: str | Path) -> Conversion:
    """Measurements of flavio or constraints of EOS, in a YAML file (``"-"`` is standard input), as entries of nutau.

    What nutau has no observable or entry for is left behind, with the reason. Raises :class:`InputError` for a file of
    another kind, saying what to do with it, and if nothing in it can be converted.
    """
    where = "standard input" if str(path) == "-" else str(path)
    text = read_text(str(path), "Give a file with measurements of flavio or constraints of EOS.")
    if LES_HOUCHES.search(text):
        raise InputError(
            f"{where} is in the SUSY or flavour Les Houches format (SLHA, FLHA), which holds a spectrum, coefficients "
            "or predictions, no measurements; for coefficients see howto/wcxf in the docs."
        )
    document = parse_yaml(text, where, aliases=True)  # flavio's own file has some
    program, found = _read(document, where)
    entries, left = _checked(found)
    if not entries:
        reasons = first_problems(f"  {item.observable or item.entry}: {item.reason}" for item in left)
        raise InputError("\n".join([f"Nothing in {where}, a file of {program}, can be converted:", *reasons]))
    return Conversion(program, Path(where).name, tuple(entries), tuple(left))


def _read(document: Any, where: str) -> tuple[str, Iterator[tuple[Entries, list[Left]]]]:
    """The program that a document is of, and its measurements."""
    keys = set(document) if isinstance(document, dict) else set()
    others = {
        "title": f"{where} is a data file of nutau already; give it as `data`.",
        "eft": f"{where} holds Wilson coefficients (WCxf), no measurements; predictions take it.",
        "$schema": f"{where} is no file of measurements; if it is POPxf (predictions), nutau.read_popxf reads it.",
        "channels": f"{where} is a pyhf workspace; name it in an entry of kind pyhf (docs: howto/data).",
    }
    for key, message in others.items():
        if key in keys and {"title": "measurements", "eft": "values"}.get(key, key) in keys:
            raise InputError(message)
    if eos.is_eos(document):
        return "EOS", eos.measurements(document)
    if flavio.is_flavio(document):
        return "flavio", flavio.measurements(document)
    raise InputError(
        f"{where} is neither a file of measurements of flavio (NAME: with values:) nor of constraints of EOS (NAME: "
        "with type: and observable:)."
    )


def _checked(found: Iterator[tuple[Entries, list[Left]]]) -> tuple[list[Mapping[str, Any]], list[Left]]:
    """The entries that a data file may hold, under names of their own."""
    kept: dict[str, Mapping[str, Any]] = {}
    left: list[Left] = []
    for entries, behind in found:
        left += behind
        for entry in entries.made:
            problem = "an entry has this name already" if entry["name"] in kept else _problem(entry)
            if problem:
                left.append(Left(entry["name"], "", problem))
            else:
                kept[entry["name"]] = entry
    return list(kept.values()), left


def _problem(entry: Mapping[str, Any]) -> str:
    """Why a data file may not hold an entry, in a line; empty if it may."""
    from nutau.measurements.build import measurement
    from nutau.measurements.schema_datasets import DataSetFile

    try:
        made = validate(DataSetFile, {"title": "t", "measurements": [entry]}, "it").measurements[0]
        assert not isinstance(made, str)
        check_catalogued(DataSet("it", "", (measurement(made, None, "it"),)))
    except InputError as error:
        return str(error).splitlines()[-1].strip()
    return ""
