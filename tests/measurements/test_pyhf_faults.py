"""Workspaces that cannot be used: one message each that names the file, whatever pyhf raises."""

import copy
import json
import random
import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from nutau.cli import app
from nutau.errors import InputError
from nutau.measurements import load_dataset
from nutau.measurements.likelihoods import table
from nutau.measurements.workspace import profile

pytest.importorskip("pyhf")
CASES = Path(__file__).parent.parent / "cases"


def modifier(name, kind, data=None):
    return {"name": name, "type": kind, "data": data}


def workspace(*measurements):
    """Two channels, every kind of modifier, one measurement or those that are named."""
    signal = {
        "name": "signal",
        "data": [4.0, 2.0],
        "modifiers": [
            modifier("mu", "normfactor"),
            modifier("efficiency", "normsys", {"hi": 1.1, "lo": 0.9}),
        ],
    }
    background = {
        "name": "background",
        "data": [20.0, 9.0],
        "modifiers": [
            modifier("shape", "histosys", {"hi_data": [21.0, 8.0], "lo_data": [19.0, 10.0]}),
            modifier("b", "shapesys", [2.0, 1.0]),
            modifier("lumi", "lumi"),
        ],
    }
    control = {
        "name": "background",
        "data": [50.0],
        "modifiers": [modifier("statistics", "staterror", [3.0]), modifier("free", "normfactor")],
    }
    lumi = {"name": "lumi", "auxdata": [1.0], "sigmas": [0.02], "bounds": [[0.8, 1.2]], "inits": [1.0]}
    fits = [
        {
            "name": name,
            "config": {"poi": "mu", "parameters": [lumi, {"name": "mu", "bounds": [[0.0, top]]}]},
        }
        for name, top in (measurements or (("fit", 10.0),))
    ]
    return {
        "version": "1.0.0",
        "channels": [
            {"name": "signal region", "samples": [signal, background]},
            {"name": "control", "samples": [control]},
        ],
        "observations": [
            {"name": "signal region", "data": [25.0, 11.0]},
            {"name": "control", "data": [48.0]},
        ],
        "measurements": fits,
    }


def own(folder, content, extra=""):
    """A data set with a workspace and the keys of its entry."""
    (folder / "w.json").write_text(json.dumps(content))
    (folder / "own.yaml").write_text(
        'title: t\nmeasurements:\n  - {name: W, kind: pyhf, source: x, unit: 1e-5, observable: "BR(B+->Knunu)", '
        f"workspace: w.json, reference: 1.0, highest: 5, points: 5{extra}}}\n"
    )
    return folder / "own.yaml"


def profiled(path):
    (entry,) = load_dataset(path).measurements
    return table(entry)


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("pyhf_no_signal", "nothing in the workspace depends on mu"),
        ("pyhf_no_background", "1 of 1 bins have events but expect none, as there is no background"),
        (
            "pyhf_bounds",
            "highest is 6 times the reference, outside the bounds of mu in the workspace, 0 to 3",
        ),
    ],
)
def test_the_command_says_what_is_wrong(case, message, tmp_path, monkeypatch):
    for path in CASES.glob("*.*"):
        shutil.copy(path, tmp_path)
    monkeypatch.chdir(tmp_path)
    arguments = ["fit", "--data", f"{case}.yaml", "--parameters", "CL_bsnutaunutau", "--draws", "0"]
    error = CliRunner().invoke(app, arguments).exception
    assert isinstance(error, InputError)
    assert error.exit_code == 2
    assert message in str(error)
    assert len(str(error).splitlines()) == 1


def test_lowest_below_the_bounds_is_named(tmp_path):
    content = workspace()
    content["measurements"][0]["config"]["parameters"][1]["bounds"] = [[1.0, 10.0]]
    with pytest.raises(InputError, match="lowest is 0 times the reference.* choose lowest at least 1 times"):
        profiled(own(tmp_path, content))


def test_several_measurements_need_a_choice(tmp_path):
    """Two measurements that differ in a bound; the chosen one is used."""
    content = workspace(("narrow", 2.0), ("wide", 10.0))
    with pytest.raises(
        InputError, match=r"has 2 measurements \(narrow, wide\); choose one with 'measurement: narrow'"
    ):
        profiled(own(tmp_path, content))
    with pytest.raises(InputError, match="outside the bounds of mu in the workspace, 0 to 2"):
        profiled(own(tmp_path, content, ", measurement: narrow"))
    with pytest.raises(InputError, match=r"Unknown measurement 'wid' in .*w\.json\. Did you mean 'wide'"):
        profiled(own(tmp_path, content, ", measurement: wid"))
    found = profiled(own(tmp_path, content, ", measurement: wide"))
    np.testing.assert_allclose(found.values, profiled(own(tmp_path, workspace())).values, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda w: w["channels"][0]["samples"][0]["modifiers"].pop(0), "Unknown parameter of interest 'mu'"),
        (lambda w: w["observations"].pop(), "not a valid pyhf workspace"),
        (lambda w: w.update(channels=[]), "not a valid pyhf workspace"),
        (lambda w: w["channels"][0]["samples"][1].update(data=[1.0]), "not a valid pyhf workspace"),
        (lambda w: w["channels"][0]["samples"][1]["modifiers"][1].update(data=[1.0]), "not a valid pyhf"),
        (lambda w: w["channels"][0]["samples"][1]["modifiers"][2].update(type="new"), "not a valid pyhf"),
        (lambda w: w["observations"][0].update(data=[float("nan"), 1.0]), "no likelihood at mu = 0"),
    ],
)
def test_other_faults_name_the_file(change, message, tmp_path):
    content = workspace()
    change(content)
    with pytest.raises(InputError, match=message) as caught:
        profiled(own(tmp_path, content))
    assert "w.json" in str(caught.value)


def test_a_strength_is_one_number(tmp_path):
    with pytest.raises(InputError, match="'b' is not one number but 2"):
        profiled(own(tmp_path, workspace(), ", poi: b"))


@pytest.mark.parametrize("text", ["", "[]", "3", '"text"', "{", "[" * 5000, "1" * 5000, "\udcff"])
def test_files_that_are_no_workspace(text, tmp_path):
    path = own(tmp_path, {})
    (tmp_path / "w.json").write_bytes(text.encode("utf-8", errors="surrogateescape"))
    with pytest.raises(InputError, match=r"w\.json"):
        profiled(path)


NUMBERS = (-1, 0, 2.5, 1e-300, 1e308, float("nan"), float("inf"), 10**400)
WORDS = ("mu", "b", "lumi", "control", "normfactor", "shapesys", "histosys", "x", "")
OTHERS = (None, True, "x", 1.0, [], {}, [1.0, 2.0], [[]])


def replacement(stream, old):
    """Mostly of the same type, which passes pyhf's schema and fails behind it."""
    if stream.random() < 0.25:
        return stream.choice(OTHERS)
    if isinstance(old, str):
        return stream.choice(WORDS)
    return stream.choice(NUMBERS) if isinstance(old, int | float) else stream.choice((old, *OTHERS))


def places(node, above=()):
    """The path to every element of a document."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield (*above, key)
        yield from places(child, (*above, key))


def mutated(stream, document):
    """A document with one or two elements dropped, doubled, renamed or replaced."""
    found = copy.deepcopy(document)
    for _ in range(stream.randint(1, 2)):
        place = stream.choice(list(places(found)))
        above = found
        for key in place[:-1]:
            above = above[key]
        key, how = place[-1], stream.choice(("drop", "double", "rename", *["replace"] * 4))
        if how == "drop":
            del above[key]
        elif how == "double" and isinstance(above, list):
            above.insert(key, copy.deepcopy(above[key]))
        elif how == "rename" and isinstance(above, dict):
            above[f"{key}s"] = above.pop(key)
        else:
            above[key] = replacement(stream, above[key])
    return found


def outcome(path):
    """The table of a workspace, or the error that refuses it."""
    try:
        return profile(str(path), "mu", 1.0, (0.0, 5.0))
    except InputError as error:
        return error


def test_no_mutation_of_a_workspace_is_a_traceback(tmp_path, capsys):
    """200 of them: a finite table, or one short line that names the file; nothing is printed or logged."""
    stream, document = random.Random(7), workspace()
    path = tmp_path / "w.json"
    refused = []
    for _ in range(200):
        path.write_text(json.dumps(mutated(stream, document)))
        found = outcome(path)
        if isinstance(found, InputError):
            refused.append(str(found))
        else:
            assert np.isfinite(found.values).all()
    for message in refused:
        assert "w.json" in message
        assert "\n" not in message
        assert len(message) < 400 + len(str(path))
    assert 100 < len(refused) < 200  # some are harmless, such as another number of events
    assert capsys.readouterr() == ("", "")
