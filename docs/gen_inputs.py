"""The page of the inputs: input sets, form factors, parameters, each with its source."""

from __future__ import annotations

from typing import Any

from gen_tables import cite, code, number, prose, table
from nutau.common.yaml_files import entries, folder, read_yaml
from nutau.inputs import load_inputs
from nutau.inputs.load import form_factor_choices

HEAD = """# Inputs

An input set is parameters with one joint covariance, a form-factor determination for each channel, and the quirks of another
program to reproduce, if any. Every number stands in a YAML file with the paper it is from and the place in it; this page is
made from those files. To change some, or use your own: {doc}`../howto/inputs`. The letter's formulas are the input set `letter`
({doc}`../tutorials/letter`); they have no parameters.
"""


def page() -> str:
    """The page, as Markdown."""
    return HEAD + _sets() + _quirks() + _form_factors() + _parameters()


def _sets() -> str:
    text = "\n## Input sets\n"
    for name in entries("inputs"):
        chosen = load_inputs(name)
        text += f"\n### `{name}`\n\n{chosen.description}\n"
        text += table(("channel", "form factors", "source"), (
            (channel, code(record.name), cite(record.sources)) for channel, record in chosen.form_factors.items()
        ))  # fmt: skip
        changed = read_yaml(folder("inputs").joinpath(f"{name}.yaml")).get("parameters", {})
        if changed:
            rows = (
                (code(k), v.get("value"), cite(v.get("source", "")), v.get("location", ""))
                for k, v in changed.items()
            )
            text += "\nParameters that differ from the table below:\n" + table(
                ("name", "value", "source", "where"), rows
            )
    return text


def _quirks() -> str:
    from nutau.inputs import Compat

    lines = [line.strip() for line in (Compat.__doc__ or "").splitlines()]
    rows = [line.split(": ", 1) for line in lines if line.split(":")[0] in Compat.flags()]
    return (
        "\n## Quirks of flavio\n\n`flavio-2.7` has all of these on, `default` none ({py:class}`nutau.inputs.record.Compat`).\n"
        + table(("flag", "what it does"), ((code(flag), text) for flag, text in rows))
    )


def _form_factors() -> str:
    text = "\n## Form factors\n\nAll determinations that come with nutau. `verified` says how the numbers were checked; what is superseded says by what.\n"
    for channel, names in form_factor_choices().items():
        slug = channel.replace("*", "star").replace("->", "-")
        rows = []
        for name in names:
            file = read_yaml(folder("form_factors").joinpath(f"{slug}_{name}.yaml"))
            fit = file.get("fit")
            quality = f" χ² = {fit['chi2']:.1f} for {fit['dof']} degrees of freedom." if fit else ""
            same = file.get("same_coefficients_as")
            kind = file.get("parametrisation", "") + (f", from `{same}`" if same else "")
            rows.append(
                (
                    code(name),
                    kind,
                    cite(file["source"]),
                    prose(file["location"]) + quality,
                    _superseded(file) + prose(file["verification"]),
                )
            )
        text += f"\n### {channel}\n" + table(("name", "form", "source", "where", "verified"), rows)
    return text


def _superseded(file: dict[str, Any]) -> str:
    by = file.get("superseded_by")
    return f"Superseded by {code(by)}. " if by else ""


def _check(entry: dict[str, str]) -> str:
    """How far a number is checked: against the PDG by machine, or whose copy of it this is."""
    if "pdg" in entry:
        return f"PDG {entry['pdg']}"
    return f"via {entry['via']}" if "via" in entry else ""


def _parameters() -> str:
    text = (
        "\n## Parameters\n\nNatural units, GeV. The group is the row of the error budget (`nutau predict --budget`). What carries "
        "an identifier of the PDG is compared with the newest listings by `make check-data`; *via* names who transcribed a "
        "number whose source was not seen.\n"
    )
    for stem in entries("parameters"):
        file = read_yaml(folder("parameters").joinpath(f"{stem}.yaml"))
        rows = (
            (
                code(name),
                prose(entry["description"]),
                number(entry["value"], entry["uncertainty"]),
                "" if entry.get("unit", "1") == "1" else entry["unit"],
                entry["group"],
                cite(entry["source"]),
                prose(entry["location"]),
                _check(entry),
            )
            for name, entry in file["parameters"].items()
        )
        headings = ("name", "what it is", "value", "unit", "group", "source", "where", "check")
        text += f"\n### {stem.replace('_', ' ').capitalize()}\n\n{file['description']}\n" + table(
            headings, rows
        )
    return text
