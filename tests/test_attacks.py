"""What attacks nutau (tools/fuzz, tools/soak.py) finds what is wrong, finds it again, and keeps to what it says."""

import ast
import importlib
import importlib.util
import inspect
import random
import sys
import time
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

import nutau
from nutau.common.checked import Real, _kinds, checked, kind_of
from nutau.errors import InputError
from nutau.inference import likelihood
from nutau.report.export import formulas as written
from nutau.report.neutrino_plane import nunu_plane
from nutau.report.plane import panels

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "tools"))
fuzz, arguments, commands, dice, readers, signals, verdict = (
    importlib.import_module(f"fuzz.{name}")
    for name in ("__main__", "arguments", "commands", "dice", "readers", "signals", "verdict")
)
soak = importlib.import_module("soak")

PUBLIC = {
    name: getattr(nutau, name)
    for name in nutau.__all__
    if callable(getattr(nutau, name)) and not isinstance(getattr(nutau, name), type)
}
FUNCTIONS = {
    **{name: function for name, function in PUBLIC.items() if inspect.isfunction(function)},
    "a mediator": type(nutau.U1).__call__,
    "likelihood": likelihood.likelihood,
    "parametrisation": likelihood.parametrisation,
    "write_formulas": written.write_formulas,
    "panels": panels,
    "nunu_plane": nunu_plane,
}
ODD = (
    *(
        None,
        True,
        5,
        2.5,
        1j,
        np.nan,
        10**400,
        "5",
        "x",
        b"x",
        object(),
        ...,
        int,
        len,
        range(3),
        slice(1, 2),
    ),
    *(np.complex64(1), np.array([1 + 2j]), np.ma.masked_array([1.0], [True]), np.datetime64("2026-01-01")),
    *(np.array(["a"]), np.array([None]), np.zeros((2, 2)), [], [[1], [1, 2]], {}, {1: 2}, {"a": object()}),
    *(Path("x"), (1, 2, 3), {"a": (1, 2)}, {"a": (0, 1, 1j)}),
)


def test_every_public_function_is_checked():
    left = {name for name, function in PUBLIC.items() if not hasattr(function, "__wrapped__")}
    mediators = {name for name in left if isinstance(PUBLIC[name], type(nutau.U1))}
    assert left - mediators == set()
    assert all(hasattr(function, "__wrapped__") for function in FUNCTIONS.values())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_annotation_takes_or_refuses_anything(name):
    if not inspect.signature(FUNCTIONS[name]).parameters:
        return
    for argument, kind in _kinds(FUNCTIONS[name].__wrapped__)[1].items():
        for value in (*ODD, iter([object()])):
            refused = said(kind, argument, value)
            assert refused is None or (f"`{argument}=" in refused and len(refused) < 600)
            assert refused or kind.words == "something" or type(value) is not object


def said(kind, argument, value):
    """What is said of a value that is refused."""
    try:
        kind(argument, value)
    except InputError as error:
        return str(error)
    return None


@checked
def example(
    first: str,
    numbers: "list[float]",
    *,
    size: Real = 1.0,
    count: int = 1,
    wide: bool = False,
    ends: "dict[str, tuple[float, float]] | None" = None,
):
    return first, numbers, size, count, wide, ends


def test_what_fits_is_given_on():
    assert example("a", [1, "2.5", np.float32(3)]) == ("a", (1.0, 2.5, 3.0), 1.0, 1, False, None)
    assert example("a", (x for x in (1, 2)), count=np.int64(3), wide=np.True_)[1:5] == ((1, 2), 1.0, 3, True)
    assert example("a", [], ends={"x": [0, np.inf]})[-1] == {"x": (0.0, np.inf)}
    assert example("a", [], size=np.array([1, 2]))[2].tolist() == [1.0, 2.0]
    assert example("a", [], size=jnp.array([1.0, 2.0]))[2].shape == (2,)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"first": 5}, "`first=5`: text is needed."),
        ({"numbers": 5}, "`numbers=5`: a list of real numbers is needed."),
        ({"numbers": [1, 1j]}, "`numbers=[1, 1j]`: a list of real numbers is needed, not 1j."),
        (
            {"size": np.complex64(2)},
            f"`size={np.complex64(2)!r}`: a real number or an array of them is needed.",
        ),
        ({"count": True}, "`count=True`: a whole number is needed."),
        ({"count": 2.5}, "`count=2.5`: a whole number is needed."),
        ({"wide": "no"}, "`wide='no'`: True or False is needed."),
        (
            {"ends": {"x": (0, None)}},
            "`ends={'x': (0, None)}`: a dictionary of (a real number, a real number) by name is needed, not None.",
        ),
    ],
)
def test_what_does_not_fit_is_named(given, said):
    with pytest.raises(InputError) as caught:
        example(**{"first": "a", "numbers": [], **given})
    assert str(caught.value) == said


def test_a_missing_argument_is_as_python_says():
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        example("a")
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        example("a", [], colour=1)
    with pytest.raises(TypeError, match="unexpected keyword argument 'number'. Did you mean 'numbers'?"):
        example("a", number=[])
    for function in (nutau.plane, nutau.reproduce, nunu_plane):
        with pytest.raises(TypeError, match="'dataset'. Did you mean 'data'?"):
            function(dataset="2026")


def test_an_annotation_that_is_not_understood_is_a_mistake_of_ours():
    with pytest.raises(TypeError, match="does not know"):
        kind_of("text")


@pytest.mark.parametrize(
    "call",
    [
        lambda: nutau.U1(2000, alignment=1j, x1LL_33=1),
        lambda: nutau.U1(10**400, x1LL_33=1),
        lambda: nutau.U1(2000, alignment="up", ckm=3.5, x1LL_33=1),
        lambda: nutau.U1(2000, ckm=np.eye(3), x1LL_33=1),
        lambda: nutau.polynomial(formula=False),
        lambda: nutau.load_inputs(np.array([1.0, 2.0])),
        lambda: nutau.load_inputs(form_factors=iter([])),
        lambda: nutau.theory_model(formulas=iter([1]), step=None),
        lambda: nutau.cite(inputs=5),
        lambda: nutau.cite(tree=np.array([1.0, 2.0])),
        lambda: nutau.two_field_couplings(None, 0.1, 2000),
        lambda: nutau.two_field_couplings(slice(1, 2), 0.1, 2000),
        lambda: nutau.read_popxf(5),
        lambda: nutau.plane(5),
        lambda: nutau.to_popxf(1, scale=4.8),
        lambda: nutau.fit(len),
    ],
)
def test_what_was_found(call):
    with pytest.raises(InputError):
        call()


def test_results_may_be_gone_through_once():
    made = nutau.formulas(iter(["R(D)", "Rnunu(K)"]), draws=0)
    assert [formula.observable for formula in made] == ["Rtaul(B->Dlnu)", "BR(B+->Knunu)/SM"] or len(
        made
    ) == 2


# The generator


def raw(**keywords):
    raise AttributeError("'int' object has no attribute 'central'")


def silent():
    raise InputError("")


def chatty():
    error = InputError("x")
    error.args = ("x" * 5000,)
    raise error


def coloured():
    error = InputError("x")
    error.args = ("\x1b[31mred",)
    raise error


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (raw, "AttributeError"),
        (silent, "without a word"),
        (chatty, "a message of 5000 characters"),
        (coloured, "control characters"),
        (lambda: sys.exit(3), "SystemExit"),
        (lambda: 1, ""),
    ],
)
def test_the_generator_sees_what_is_wrong(function, said):
    found = arguments._answer(function, {})
    assert said in found
    assert bool(found) == bool(said)
    assert readers._answer(lambda path: function(), Path("x")) == found


@pytest.mark.parametrize("wait", [lambda: time.sleep(60), lambda: [0 for _ in iter(int, 1)]])
def test_what_does_not_end_is_ended(wait):
    start = time.monotonic()
    with pytest.raises(verdict.TooLongError), verdict.patience(0.1):
        wait()
    assert time.monotonic() - start < 30


def test_a_draft_left_behind_is_seen(tmp_path):
    assert verdict.leftovers(tmp_path) == ""
    (tmp_path / ".scan.npz.draft").write_text("half")
    assert "left behind: .scan.npz.draft" in verdict.leftovers(tmp_path)


def test_what_is_no_json_is_seen():
    assert verdict.document('{"a": [1, 2.5, null]}') == ""
    assert "NaN" in verdict.document('{"a": [1, NaN]}')
    assert "no JSON" in verdict.document("{} and more")


def test_only_our_tracebacks_are_ours():
    python = 'Traceback (most recent call last):\n  File "<frozen codecs>", line 186\nKeyboardInterrupt'
    ours = 'Traceback (most recent call last):\n  File "src/nutau/cli/__init__.py", line 1\nKeyboardInterrupt'
    assert signals._wrong(python, 1, 2) == ""
    assert signals._wrong(ours, 1, 2) == ours
    assert signals._wrong("", 3, 15).startswith("exit code 3")
    assert signals._wrong("", 130, 2) == signals._wrong("", -15, 15) == ""


def test_a_seed_makes_the_same_cases_and_a_case_can_be_made_alone():
    known = commands._words()
    verbs = dict(commands._verbs(commands.typer.main.get_command(commands.app), ()))

    def lines(seed, case=None):
        """A command line, a damaged file and the types of arguments of each case."""
        throws = dice.Dice(seed, "commands", 1e9, case)
        for rng, _ in zip(throws, range(40), strict=False):
            path = rng.choice(list(verbs))
            line = commands._line(rng, path, verbs[path], known)
            damaged = readers._damaged(rng, b"a: [1, {b: 2}]\n", ".yaml")
            yield (
                line,
                damaged,
                {name: type(value) for name, value in arguments._keywords(rng, "predict").items()},
            )

    first = list(lines(7))
    assert first == list(lines(7))
    assert first != list(lines(8))
    assert list(lines(7, case=23)) == [first[22]]
    assert len({repr(case) for case in first}) > 30


class Planted:
    """An entrance with one fault."""

    @staticmethod
    def attack(throws, folder):
        for rng in throws:
            value = rng.random()
            yield verdict.Case("planted", f"{value}", "a fault" if throws.number == 3 else "")
            if throws.number == 5:
                return


def test_a_finding_is_printed_with_what_makes_it_again(monkeypatch, capsys):
    monkeypatch.setattr(fuzz, "ENTRANCES", {"planted": (Planted, 1.0)})
    assert fuzz.main(["--seed", "7", "--seconds", "100"]) == 1
    shown = capsys.readouterr().out
    assert "planted 5 cases; 1 findings" in shown
    again = shown.split("python -m fuzz ")[1].splitlines()[0].split()
    assert fuzz.main(again) == 1
    assert shown.split("given: ")[1].splitlines()[0] in capsys.readouterr().out
    assert fuzz.main(["--seed", "7", "--only", "planted", "--case", "4"]) == 0


def test_cases_of_a_fixed_seed(tmp_path):
    """Some hundreds of calls with wrong arguments: what make fuzz does longer."""
    long = arguments.SLOW | arguments.PATIENT
    quick = [name for name in FUNCTIONS if name in PUBLIC and name not in long]
    wrong = []
    for rng, _ in zip(dice.Dice(1, "arguments", 1e9), range(300), strict=False):
        name = rng.choice([name for name in quick if name not in ("predict", "error_budget")])
        keywords = arguments._keywords(rng, name)
        keywords |= {key: arguments.thing(rng) for key in keywords if rng.random() < 0.5 and key != "draws"}
        found = arguments._answer(PUBLIC[name], keywords)
        if found:
            wrong.append(f"{name}({arguments._shown(keywords)}): {found}")
    assert wrong == []


@pytest.mark.parametrize("line", signals.LINES, ids=" ".join)
def test_the_commands_that_signals_end_exist(line):
    """Options that are none would end them before any signal."""
    command, rest = commands.typer.main.get_command(commands.app), list(line)
    context = command.make_context("nutau", rest[:], resilient_parsing=True)
    while hasattr(command, "commands"):
        command = command.commands[rest.pop(0)]
    assert command.make_context("nutau", rest, parent=context).params


# What a long life of a process may not do


FINITE = {
    "_edges": "decays that are known",
    "_packaged": "tables that come with nutau",
    "entry": "operators and flavours",
    "is_real": "names of coefficients",
    "keys": "operators",
    "warsaw": "operators",
    "_contraction": "operators",
    "parse": "the mediators' own lines",
    "loader": "two loaders",
    "amplitudes": "processes at the LHC",
    "_own_chain": "data sets that come with nutau",
    "gauss_legendre": "orders in the source",
    "_series": "the two domains of loop functions",
    "_of_file": "files that come with nutau",
}
"""Caches without a bound whose arguments come from a finite list."""


def test_no_cache_grows_without_bound():
    found = set()
    for path in sorted((ROOT / "src" / "nutau").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and (node.args.args or node.args.vararg):
                marks = {ast.unparse(mark) for mark in node.decorator_list}
                if marks & {"cache", "functools.cache", "lru_cache(maxsize=None)"}:
                    found.add(node.name)
    assert found == set(FINITE)


def sampled(slope, jump=0.0):
    """Samples of a process whose memory grows by ``slope`` MiB a round, and descriptors by ``jump`` at the end."""
    return [
        {"MiB": 300.0 + min(i, 8) * 20 + slope * i, "descriptors": 6.0 + jump * (i > 24), "threads": 20.0}
        for i in range(30)
    ]


def test_the_soak_sees_what_grows(capsys):
    assert soak.verdict(sampled(0.0)) == 0
    assert "nothing grew" in capsys.readouterr().out
    assert soak.verdict(sampled(4.0)) == 1
    assert "MiB: " in capsys.readouterr().out
    assert soak.verdict(sampled(0.0, jump=1.0)) == 1


def test_the_soak_counts_what_is_held():
    before = soak.held()
    with open(ROOT / "pyproject.toml", encoding="utf-8"):
        during = soak.held()
    assert during["descriptors"] == before["descriptors"] + 1
    assert before["MiB"] > 10
    assert before["threads"] >= 1


@pytest.mark.parametrize("work", soak.WORK, ids=lambda work: work.__name__)
def test_the_soak_works(work, tmp_path):
    work(random.Random(1), tmp_path)  # what is imported and compiled once stays open
    before = soak.held()
    work(random.Random(2), tmp_path)
    assert soak.held()["descriptors"] <= before["descriptors"]
