"""Pages of help: the list of verbs, which reads none of them, says what the verbs say of themselves."""

import subprocess
import sys
from inspect import cleandoc

import pytest
from typer.main import get_command

from nutau.cli import VERBS, app
from nutau.cli.arguments import Verbs


@pytest.fixture(scope="module")
def root():
    return get_command(app)


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_the_list_says_what_the_verb_says(root, verb):
    command = root.commands[verb.name]
    assert command.name == verb.name
    assert cleandoc(command.help).split("\n\n")[0].replace("\n", " ") == verb.line
    assert not command.hidden
    assert not command.deprecated
    assert verb.saved == any(option.name == "save_analysis" for option in command.params)


@pytest.mark.parametrize("columns", ["60", "100"])
def test_the_list_is_that_of_verbs_which_are_read(root, columns, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", columns)
    eager = Verbs(
        **{name: getattr(root, name) for name in ("name", "help", "params", "callback", "context_settings")},
        commands={verb.name: verb.load() for verb in VERBS},
        rich_markup_mode=root.rich_markup_mode,
    )
    pages, completions = [], []
    for group in (root, eager):
        group.main(["--help"], prog_name="nutau", standalone_mode=False)
        pages.append(capsys.readouterr().out)
        context = group.make_context("nutau", [], resilient_parsing=True)
        completions += [
            [
                (item.value, item.help)
                for start in ("", "p", "zz", "--v")
                for item in group.shell_complete(context, start)
            ]
        ]
    assert "explore" in pages[1]
    assert pages[0] == pages[1]
    assert ("plot", "Draw a figure to a PDF, PNG or SVG file.") in completions[1]
    assert completions[0] == completions[1]


SESSION = """
import sys
from typer.main import get_command
from nutau.cli import app
get_command(app).main({words}, prog_name="nutau", standalone_mode=False)
read = {{name for name in sys.modules if name.startswith("nutau.cli.")}}
assert len(read) < {most}, read
assert not {{"pygments", "markdown_it", "rich.markdown", "rich.traceback"}} & set(sys.modules)
import typer.rich_utils as pages
from rich.markdown import Markdown
assert isinstance(pages.Markdown("*text*"), Markdown)
"""


@pytest.mark.parametrize(("words", "most"), [(["--help"], 7), (["predict", "--help"], 15)])
def test_help_reads_what_it_shows(words, most):
    """And leaves Rich as it was: what was not read is read by whoever asks for it."""
    done = subprocess.run(
        [sys.executable, "-c", SESSION.format(words=words, most=most)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
