"""Printing in any encoding and at any width, and options refused before a verb runs."""

import json
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from nutau.cli import app
from nutau.cli.console import widths
from nutau.errors import InputError

NUTAU = [sys.executable, "-c", "from nutau.cli import main; main()"]


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "cp1252"])
@pytest.mark.parametrize("arguments", [("predict", "R(D)", "--draws", "10"), ("models",), ("--help",)])
def test_any_encoding(encoding, arguments):
    done = subprocess.run(
        [*NUTAU, *arguments],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": encoding},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode(encoding)
    assert "lambda_t" in text or "tau" in text
    if arguments[0] != "--help":
        lines = text.splitlines()
        rule = next(place for place, line in enumerate(lines) if line and set(line) == {"-"})
        assert len({len(line) for line in lines[rule - 1 : rule + 3]}) == 1  # columns stay aligned


def test_json_is_escaped_where_the_encoding_is_not_utf8():
    done = subprocess.run(
        [*NUTAU, "models", "VB", "--json"],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert json.loads(done.stdout)["models"][0]["raises_RD_if"]


@pytest.mark.parametrize("arguments", [("models",), ("models", "VB", "--json")])
def test_closed_standard_output(arguments):
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *NUTAU, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("nutau: Standard output is closed")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("predict", "--wc", "a.json", "--wc", "b.json"), "--wc is given twice; it takes one value"),
        (("fit", "--data", "2026", "--data", "letter-2022"), "--data is given twice"),
        (("data", "list", "--data", "2026", "--data", "2026"), "--data is given twice"),
        (("plot", "plane", "--out", "a.pdf", "--out", "b.pdf", "--out", "c.pdf"), "--out is given 3 times"),
        (("predict", "--mass", "2TeV"), "--mass '2TeV': a number of GeV is needed"),
        (("predict", "--draws", "1e3"), "--draws '1e3': a whole number is needed"),
        (("plot", "plane", "--kappa", "1", "--kappa", "one"), "--kappa 'one': a number is needed"),
    ],
)
def test_options_are_checked_before_a_verb_runs(arguments, message):
    result = CliRunner().invoke(app, list(arguments))
    assert isinstance(result.exception, InputError)
    assert message in str(result.exception)
    assert result.stdout == ""


def test_options_that_may_be_repeated_are_not_refused():
    given = ("predict", "R(D)", "--draws", "0", "--set", "CVL_bctaunutau=1", "--set", "CVR_bctaunutau=1")
    assert CliRunner().invoke(app, given).exit_code == 0


@pytest.mark.parametrize("room", [10_000, 30, 22, 21])
def test_no_word_of_a_table_is_cut(room):
    lines = [("observable", "value"), ("BR(B+->Knunu)", "(4.71 ± 0.20)e-06"), ("R(D)", "0.3")]
    found = widths(lines, room)
    if room == 21:  # the longest words, 13 and 9, do not fit: rows are printed as lines
        assert found is None
        return
    assert sum(found) <= room
    assert found[0] >= len("BR(B+->Knunu)")
    assert found[1] >= len("0.20)e-06")


def test_headings_are_folded_before_cells():
    lines = [("best fit, 68 %", "prediction of it"), ("0.3377 ± 0.0092", "R(D)")]
    assert widths(lines, 26) == [15, 11]
    assert widths(lines, 24) == [14, 10]


def verbs():
    """All verbs, with their groups."""
    from typer.main import get_command

    for name, command in get_command(app).commands.items():
        yield from ([name, verb] for verb in command.commands) if hasattr(command, "commands") else [[name]]


@pytest.mark.parametrize("verb", [[], *verbs()], ids=" ".join)
@pytest.mark.parametrize(
    "words", [["x" * 10000] * 2, ["--" + "x" * 10000], ["word"] * 1000], ids=["argument", "option", "many"]
)
def test_what_the_parser_repeats_of_the_command_line_is_short(verb, words):
    result = CliRunner().invoke(app, [*verb, *words])
    assert result.exit_code == 2 or isinstance(result.exception, InputError)
    assert len(result.output) < 24 * 80
    assert len(str(result.exception)) < 24 * 80
