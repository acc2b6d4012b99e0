"""A verb of the command, run in the process of the test."""

from typer.testing import CliRunner

from nutau.cli import app
from nutau.errors import NutauError


def run(*arguments, stdin=None):
    """Exit code, stdout and stderr of a verb, in this process."""
    result = CliRunner().invoke(app, list(arguments), input=stdin)
    if isinstance(result.exception, NutauError):
        return result.exception.exit_code, result.stdout, str(result.exception)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr
