"""``nutau run``: what an analysis file says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from nutau.cli import analysis, plot
from nutau.cli.fit import fit
from nutau.cli.forecast import forecast
from nutau.cli.invisible import invisible
from nutau.cli.options import Json
from nutau.cli.scan import scan
from nutau.errors import InputError

VERBS: dict[str, analysis.Verb] = {
    "fit": fit,
    "forecast": forecast,
    "invisible": invisible,
    "scan": scan,
    **{f"plot {name}": verb for name, verb in plot.VERBS.items()},
}
"""The verbs that analysis files run; :func:`nutau.cli.analysis.savable` makes each of them write one."""

File = Annotated[Path, typer.Argument(metavar="FILE", help="An analysis file (YAML).", show_default=False)]


def run(file: File, as_json: Json = False) -> None:
    """Run an analysis file: the options of a verb, written by its --save-analysis or by hand.

    Files that it names are looked for in its own folder. A run prints what the command printed that saved it.

    Example: nutau run analysis.yaml --json
    """
    verb, given = analysis.read(file, VERBS)
    if as_json:
        given = {**given, **_json(verb, file)}
    verb(**given)


def _json(verb: analysis.Verb, file: Path) -> dict[str, Any]:
    for field in analysis.fields(verb):
        if field.key == "json":
            return {field.argument: True}
    raise InputError(f"--json: what {file} runs writes a file and prints no JSON; leave --json out.")
