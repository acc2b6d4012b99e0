"""The command ``nutau``: one module a verb. Nothing heavy is imported before a verb runs.

May import every room; none imports it. Start at :mod:`nutau.cli.predict`.
"""

from __future__ import annotations

import sys
import warnings

import typer

from nutau import __version__
from nutau.cli.analysis import savable
from nutau.cli.arguments import Verbs
from nutau.cli.cite import cite
from nutau.cli.compare_inputs import compare_inputs
from nutau.cli.compare_models import compare_models
from nutau.cli.console import Closed, discard_output, flush, prepare_output
from nutau.cli.data import app as data
from nutau.cli.explore import explore
from nutau.cli.fit import fit
from nutau.cli.forecast import forecast
from nutau.cli.formulas import formulas
from nutau.cli.match import match
from nutau.cli.models import models
from nutau.cli.names import names
from nutau.cli.plot import app as plot
from nutau.cli.predict import predict
from nutau.cli.reproduce import reproduce
from nutau.cli.run import run
from nutau.cli.scan import scan
from nutau.cli.today import today
from nutau.errors import NutauError

app = typer.Typer(
    name="nutau",
    cls=Verbs,
    help="Predict, fit and draw how b→sνν, b→sττ and b→cτν move together under new physics.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="rich",
)


def _version(show: bool) -> None:
    if show:
        typer.echo(f"nutau {__version__}")
        raise typer.Exit


@app.callback()
def _nutau(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Predict, fit and draw how b→sνν, b→sττ and b→cτν move together under new physics."""
    del version


app.command()(reproduce)
app.command("list")(names)
app.command()(models)
app.command()(match)
app.command()(predict)
app.command()(compare_inputs)
app.command()(formulas)
app.command()(savable("fit", fit))
app.command()(compare_models)
app.command()(savable("forecast", forecast))
app.command()(savable("scan", scan))
app.command()(run)
app.command()(cite)
app.command()(today)
app.add_typer(data)
app.add_typer(plot)
app.command()(explore)


def main() -> None:
    """Run a verb: exit 2 with one message for bad input, 1 for a failure of ours, 0 otherwise.

    A reader of our output that goes away, as ``| head -1`` does, is no failure.
    """
    # what is not finite is reported in words; NumPy's warnings name files of ours and help nobody
    warnings.simplefilter("ignore", RuntimeWarning)
    prepare_output()
    try:
        code = _run()
        flush()
    except Closed:
        discard_output()
        code = 0
    except OSError as error:  # a full disk, or standard output that cannot be written
        typer.echo(f"nutau: {error.strerror or error}", err=True)
        discard_output()  # Python would try it again at the end
        code = 1
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


def _run() -> int:
    """The exit code of the verb that was asked for."""
    try:
        app()
    except NutauError as error:
        typer.echo(f"nutau: {error}", err=True)
        return error.exit_code
    except MemoryError:
        typer.echo(
            "nutau: This needs more memory than there is; ask for fewer points or smaller files.", err=True
        )
        return 1
    except SystemExit as ended:  # how Typer returns
        return ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
    return 0
