"""What a user gives to a function of nutau: a result, or an InputError in Python's words; the command has its own."""

import ast
import inspect
import re
from pathlib import Path

import numpy as np
import pytest
from typer.main import get_command
from typer.testing import CliRunner

import nutau
from nutau.cli import app
from nutau.cli.words import OPTIONS, as_options
from nutau.errors import InputError, NutauError, unknown
from nutau.inference.fit import FitResult
from nutau.inference.fit.sampling import sampled
from nutau.inference.likelihood import parametrisation
from nutau.inference.scan import Scan
from nutau.observables.predict import error_budget
from nutau.report import citations
from nutau.report.export import formulas as written
from nutau.report.figures.paper import Paper
from nutau.report.plane import panels
from nutau.report.reproduce import write_report

SOURCE = Path(__file__).parent.parents[1] / "src" / "nutau"
OPTION = re.compile(r"(?<![\w-])--[a-z]")
MARKED = re.compile(r"(?<!`)`(\w+)(?:=[^`]*)?`(?!`)")
WHOLE_COMMANDS = ("nutau ", "tools/")  # a command spelled out is as good in Python

STRANGE = (
    None,
    5,
    5.0,
    -1,
    0,
    True,
    "abc",
    "",
    "5",
    [],
    [1],
    {},
    {"a": 1},
    object(),
    1j,
    np.nan,
    (1, 2, 3),
    b"x",
)
COMMANDS = ("report/papers/commands.py",)
"""What writes whole commands from parts."""
NAME = "R(D)"


def docstrings(tree):
    """The nodes of docstrings."""
    for owner in ast.walk(tree):
        body = getattr(owner, "body", None)
        for node in body if isinstance(body, list) else ():
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                yield id(node.value)


def texts():
    """Every text outside the command line that may reach a user, docstrings apart, with its place."""
    for path in sorted(SOURCE.rglob("*.py")):
        if path.relative_to(SOURCE).parts[0] == "cli" or path.relative_to(SOURCE).as_posix() in COMMANDS:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        formatted = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
        left_out = {*docstrings(tree), *(id(part) for node in formatted for part in node.values)}
        for node in formatted:
            parts = [part.value if isinstance(part, ast.Constant) else "0" for part in node.values]
            yield f"{path.name}:{node.lineno}", "".join(map(str, parts))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left_out:
                yield f"{path.name}:{node.lineno}", node.value


def names_option(text):
    return bool(OPTION.search(text)) and not any(command in text for command in WHOLE_COMMANDS)


def test_no_text_of_the_library_names_an_option():
    assert [(place, text) for place, text in texts() if names_option(text)] == []


def options(command):
    for sub in getattr(command, "commands", {}).values():
        yield from options(sub)
    for parameter in command.params:
        yield from parameter.opts


def test_every_marked_argument_has_an_option_that_exists():
    marked = {name for _, text in texts() for name in MARKED.findall(text)}
    marked -= {"0", "full", "physical"}  # a name that a variable holds; values in a text of the page
    assert marked >= {"mass", "q2", "inputs", "ranges"}
    known = set(options(get_command(app)))
    for option in OPTIONS.values():
        assert set(option.split(" or ")) <= known
    functions = (
        *(
            nutau.predict,
            nutau.point,
            nutau.X,
            nutau.fit,
            nutau.scan,
            nutau.forecast,
            nutau.invisible,
            nutau.InvisibleState,
            nutau.judge,
            nutau.next_measurements,
            nutau.relations,
            nutau.spectrum,
            nutau.weights,
            error_budget,
            citations.cite,
        ),
        *(
            Paper,
            Scan.save,
            FitResult.by_method,
            sampled,
            written.write_formulas,
            panels,
            parametrisation,
            write_report,
        ),
    )
    taken = {name for function in functions for name in inspect.signature(function).parameters}
    assert marked - {"observables", "path"} <= set(OPTIONS)
    # a posterior is a method of a fit in Python: sampled; a state's `coupling` is one of its options in analysis files
    assert set(OPTIONS) - {"posterior", "particle_coupling"} <= taken


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ("needs `mass` in GeV, for instance `mass=2000`.", "needs --mass in GeV, for instance --mass 2000."),
        ("`q2=(15, 19.2)` or `q2='all'`", "--bin 15,19.2 or --bin all"),
        ("`q2=[15]`, `q2`", "--q2 15, --bin or --q2"),
        ("`q2=()` and `q2=[]`", "--bin and --q2"),
        ("`tree=True` with `inputs='letter'`", "--tree with --inputs letter"),
        ("hold it (`fixed={'kappa': 1}`)", "hold it (--fix kappa=1)"),
        ("`ranges={'kappa': (0, 1)}`", "--range kappa=0:1"),
        ("`luminosity=[1, 5, 10]`", "--luminosity 1,5,10"),
        ("`only` C9, `unheard` of", "--coefficient C9, `unheard` of"),
    ],
)
def test_arguments_as_options(said, typed):
    assert as_options(said) == typed


def test_the_command_speaks_of_options_and_python_of_arguments():
    with pytest.raises(InputError, match=r"S3 needs `mass` in GeV and couplings, as S3\(2000, y3LL_33=1\)"):
        nutau.predict(NAME, "S3")
    result = CliRunner().invoke(app, ["predict", NAME, "--model", "S3", "--coupling", "y3LL_33=1"])
    assert str(result.exception) == "S3 needs --mass in GeV, for instance --mass 2000."


CALLS = {
    nutau.predict: {"observables": NAME, "draws": 0},
    error_budget: {"observables": NAME, "draws": 2},
    nutau.formulas: {"observables": [NAME], "draws": 0},
    nutau.spectrum: {"process": "B+->Knunu"},
    nutau.scan: {"parameters": "C1=0:1:2", "observables": [NAME], "draws": 0},
    nutau.values: {"observables": NAME, "point": nutau.X(1.0, c3=-0.01, mass=2000.0)},
    written.write_formulas: {"observables": [NAME], "draws": 0, "variables": "real"},
    parametrisation: {"parameters": ["C1"]},
    nutau.cite: {"observables": NAME},
}
LEFT_OUT = {"progress", "groups"}
ARGUMENTS = [
    (function, name)
    for function in CALLS
    if function is not error_budget  # all but its draws are those of predict
    for name, parameter in inspect.signature(function).parameters.items()
    if name not in LEFT_OUT and parameter.kind is not inspect.Parameter.VAR_KEYWORD
] + [(error_budget, "draws")]


@pytest.mark.parametrize(("function", "name"), ARGUMENTS, ids=lambda item: getattr(item, "__name__", item))
def test_strange_arguments_give_a_result_or_an_input_error(function, name):
    refused = {}
    for place, value in enumerate(STRANGE):
        try:
            function(**{**CALLS[function], name: value})
        except NutauError as error:
            refused[place] = str(error)
    assert [text for text in refused.values() if len(text) > 1200 or names_option(text)] == []


COMPLEX = ("0.1+0.2j", "0.1+0.2i", {"Re": 0.1, "Im": 0.2}, {"Re": "0.1", "Im": 0.2}, 0.1 + 0.2j)


@pytest.mark.parametrize("value", COMPLEX)
def test_spellings_of_a_complex_coefficient(value):
    given = nutau.predict(NAME, nutau.point({"CSR_bctaunutau": value}, scale="80.4"), draws=0)[0].value
    assert (
        given
        == nutau.predict(NAME, nutau.point({"CSR_bctaunutau": 0.1 + 0.2j}, scale=80.4), draws=0)[0].value
    )


@pytest.mark.parametrize(
    "value", [None, "x", {"re": 1}, {}, {"Re": 1j}, {"Re": None}, np.inf, [[], [1]], True]
)
def test_what_is_no_coefficient(value):
    with pytest.raises(InputError, match="CSR_bctaunutau is "):
        nutau.predict(NAME, {"CSR_bctaunutau": value}, draws=0)


def test_couplings_have_the_spelling_of_the_command():
    ways = (
        {"x1LL_33": 1, "x1LL_23": "0.9"},
        {"x1LL": {"33": 1, "23": 0.9}},
        {"x1LL_33": 1, "x1LL": {"23": 0.9}},
    )
    values = [nutau.predict(NAME, nutau.U1(2000.0, **way), draws=0)[0].value for way in ways]
    values.append(nutau.predict(NAME, nutau.U1(2000.0, x1LL_33=1, x1LL_23=0.9), draws=0)[0].value)
    assert values == [values[0]] * 4
    with pytest.raises(InputError, match="x1LL_33 of U1 is given twice|x1LL of U1 is given twice"):
        nutau.U1(2000.0, x1LL_33=1, x1LL={"33": 2})
    with pytest.raises(InputError, match="indices are two flavours"):
        nutau.U1(2000.0, x1LL_44=1)


def test_a_name_that_is_no_text_is_unknown():
    assert "Unknown model '5'" in str(unknown("model", 5, ["S3"]))
