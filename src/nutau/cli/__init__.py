"""The command ``nutau``: one module a verb. Nothing heavy is imported before a verb runs.

May import every room; none imports it. Start at :mod:`nutau.cli.predict`.
"""

from __future__ import annotations

import os
import sys
import warnings

import typer

from nutau import __version__
from nutau.cli import programs
from nutau.cli.console import Closed, discard_output, flush, prepare_output
from nutau.cli.lazy import MODE, Verb, group
from nutau.errors import InputError, NutauError

VERBS = (
    Verb(
        "reproduce",
        "nutau.cli.reproduce:reproduce",
        "Regenerate the letter, or compute the numbers of a paper: each beside nutau's, with a verdict that follows.",
    ),
    Verb(
        "list",
        "nutau.cli.names:names",
        "List the names of observables, Wilson coefficients or input parameters.",
    ),
    Verb(
        "models",
        "nutau.cli.models:models",
        "List the mediators, or show some with their Lagrangian and their match to the Warsaw basis.",
    ),
    Verb(
        "match",
        "nutau.cli.match:match",
        "Integrate out a mediator at tree level; prints a WCxf file (JSON, GeV⁻²), with --out on request only.",
    ),
    Verb(
        "predict",
        "nutau.cli.predict:predict",
        "Predict observables: value ± theory error, SM value and ratio.",
    ),
    Verb(
        "compare-inputs",
        "nutau.cli.compare_inputs:compare_inputs",
        "Compare observables over all determinations of their form factors and all input sets.",
    ),
    Verb(
        "formulas",
        "nutau.cli.formulas:formulas",
        "Print observables as polynomials of Wilson coefficients, with theory errors and correlations.",
    ),
    Verb(
        "relations",
        "nutau.cli.relations:relations",
        "Find the linear relations among rates, for which coefficients they hold, and what they predict.",
    ),
    Verb(
        "fit",
        "nutau.cli.fit:fit",
        "Fit parameters to data: best fit, intervals, all minima, goodness of fit, pulls.",
        saved=True,
    ),
    Verb(
        "compare-models",
        "nutau.cli.compare_models:compare_models",
        "Compare models: Δχ², parameters that count, p-value, AIC, BIC and Bayes factor against the SM.",
    ),
    Verb(
        "judge",
        "nutau.cli.judge:judge",
        "Judge fields by every constraint: best couplings, what prefers, bounds or excludes each, what will decide.",
    ),
    Verb(
        "invisible",
        "nutau.cli.invisible:invisible",
        "Fit what B⁺ → K⁺ and nothing seen could be: pairs of neutrinos or new particles, or one, at each mass.",
        saved=True,
    ),
    Verb(
        "forecast",
        "nutau.cli.forecast:forecast",
        "Expected exclusion and discovery of models against luminosity, or expected intervals of parameters.",
        saved=True,
    ),
    Verb(
        "next",
        "nutau.cli.next:next_measurement",
        "Rank possible measurements by what each would add to a fit: errors of parameters, information, Δχ².",
    ),
    Verb(
        "scan",
        "nutau.cli.scan:scan",
        "Evaluate observables, their theory errors and -2 log L at points of parameters, as many as the disk holds.",
        saved=True,
    ),
    Verb(
        "weights",
        "nutau.cli.weights:weights",
        "Weigh events of a decay: what coefficients, form factors and models make of a generator's sample.",
    ),
    Verb(
        "run",
        "nutau.cli.run:run",
        "Run an analysis file: the options of a verb, written by its --save-analysis or by hand.",
    ),
    Verb(
        "cite",
        "nutau.cli.cite:cite",
        "Print BibTeX of exactly the inputs, form factors, measurements and methods that a result rests on.",
    ),
    Verb(
        "today",
        "nutau.cli.today:today",
        "Fit every model of the letter to today's data, test each by toys, and say how the letter's conclusions stand.",
    ),
    Verb("explore", "nutau.cli.explore:explore", "Write the moving figure as one HTML file, and open it."),
    Verb(
        "data",
        "nutau.cli.data:app",
        "List, show, compare, convert and fetch measurements, data sets and projections.",
    ),
    Verb("plot", "nutau.cli.plot:app", "Draw a figure to a PDF, PNG or SVG file."),
    Verb(
        "schema",
        "nutau.cli.schema:schema",
        "Print the options of a verb, or of all verbs, as JSON Schema.",
    ),
    Verb(
        "mcp",
        "nutau.cli.mcp:mcp",
        "Serve predictions, fits, figures and look-ups to assistants that speak the Model Context Protocol (MCP).",
    ),
)
"""The verbs in the order of the help. A line is the first one of the verb's own help; a test compares them."""

app = typer.Typer(
    name="nutau",
    cls=group(VERBS),
    help="Predict, fit and draw how b→sνν, b→sττ and b→cτν move together under new physics.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=MODE,
)


@app.callback(invoke_without_command=True)
def _nutau(
    version: bool = typer.Option(False, "--version", help="Print the version."),
    verbose: bool = typer.Option(
        False,
        "--verbose",
        help="With --version: Python, platform, dependencies, devices, data sets and cache, for a report.",
    ),
) -> None:
    """Predict, fit and draw how b→sνν, b→sττ and b→cτν move together under new physics."""
    if verbose and not version:
        raise InputError("--verbose goes with --version; alone it means nothing.")
    if version and verbose:
        from nutau.cli.about import about

        rows = about()
        width = max(len(name) for name, _ in rows)
        typer.echo("\n".join(f"{name:<{width}}  {value}" for name, value in rows))
    elif version:
        typer.echo(f"nutau {__version__}")
    if version:
        raise typer.Exit


def main() -> None:
    """Run a verb: exit 2 with one message for bad input, 1 for a failure of ours, 0 otherwise.

    A reader of our output that goes away, as ``| head -1`` does, is no failure.
    """
    # what is not finite is reported in words; NumPy's warnings name files of ours and help nobody
    warnings.simplefilter("ignore", RuntimeWarning)
    prepare_output()
    programs.keep(os.environ)
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
