"""Whatever file is handed in, it is read, or refused by one InputError that names it; never a traceback or a hang."""

import csv
import io
import json
import os
import subprocess
import sys
import threading
import warnings
from importlib.resources import files
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest
import yaml

import nutau
from damage import damaged_bytes, damaged_document
from nutau.cli.console import as_text, print_lines, print_table
from nutau.common.files import cell, read_text
from nutau.common.reading import LARGEST, read_npz
from nutau.common.yaml_files import parse_yaml, read_yaml
from nutau.eft.smeft import running
from nutau.errors import HARMFUL, SCREEN, InputError, harmless
from nutau.inference.likelihood import check_catalogued
from nutau.inference.scan import write
from nutau.observables.point import point
from nutau.report.export import write_table

SEEDS = range(100)
DATA = files("nutau.data")
DEFAULT = nutau.load_inputs()
RD = {"name": "Mine", "kind": "gaussian", "source": "s", "unit": 1}
ENTRY = RD | {"values": [{"observable": "R(D)", "value": 0.3, "errors": {"total": 0.1}}]}
DATASET = {
    "title": "t",
    "description": "d",
    "extends": "2026",
    "drop": ["HFLAV-2025-RD"],
    "measurements": [
        RD
        | {
            "samples": ["a"],
            "values": [
                {"observable": "R(D)", "value": 0.35, "errors": {"stat": 0.02, "syst": {"plus": 0.02, "minus": 0.01}}},
                {"observable": "R(D*)", "value": 0.28, "errors": {"total": 0.01}},
            ],
            "correlation": [[1.0, -0.4], [-0.4, 1.0]],
        },
        RD | {"name": "Other", "values": [{"observable": "BR(B+->taunu)", "value": 1e-4, "errors": {"total": 1e-5}}]},
        RD
        | {
            "name": "Limit",
            "kind": "upper_limit",
            "unit": 1e-5,
            "limits": [{"observable": "BR(B0->K*nunu)", "limit": 1.8, "confidence_level": 0.9}],
        },
        RD
        | {
            "name": "Table",
            "kind": "table",
            "unit": 1e-4,
            "axes": [{"observable": "BR(B0->K*tautau)", "grid": [0, 1, 2, 3, 4]}],
            "minus_two_log_likelihood": [0.1, 0.0, 0.9, 2.8, 5.7],
        },
    ],
    "correlations": [{"between": [{"entry": "Mine", "observable": "R(D)"}, {"entry": "Other"}], "value": 0.1}],
}  # fmt: skip
INPUTS = {
    "description": "mine",
    "extends": "default",
    "form_factors": {"B->K": "hpqcd22"},
    "parameters": {"Vcb": {"value": 0.04, "uncertainty": 0.001}, "m_b": 4.2},
    "correlations": [{"parameters": ["Vcb", "Vub"], "matrix": [[1.0], [0.1, 1.0]]}],
    "compat": "none",
}
WCXF = {
    "eft": "WET",
    "basis": "flavio",
    "scale": 4.8,
    "values": {"C9_bstautau": -10, "CVL_bctaunutau": {"Re": 0.1, "Im": 0.02}},
    "metadata": {"generator": "x"},
}
POPXF = {
    "$schema": "https://json.schemastore.org/popxf-1.0.json",
    "metadata": {
        "observable_names": ["a", "b"],
        "parameters": ["C9_bstautau"],
        "basis": {"wcxf": {"eft": "WET", "basis": "flavio", "sectors": ["sb"]}},
        "scale": 4.8,
    },
    "data": {
        "observable_central": {"('', '')": [1.0, 2.0], "('', 'C9_bstautau')": [0.1, 0.2]},
        "observable_uncertainties": {"total": [0.1, 0.2]},
    },
}
CORRELATIONS = {
    "$schema": "https://json.schemastore.org/popxf-corr-1.0.json",
    "ab": {"row_names": ["a", "b"], "col_names": ["a", "b"], "correlations": {"total": [[1.0, 0.5], [0.5, 1.0]]}},
}  # fmt: skip


def refused_or_read(read, path):
    """Call ``read(path)``; whether it was read. A refusal is an InputError of at most a screen that names the file."""
    text = ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            read(path)
        except InputError as error:
            text = str(error)
    assert len(text) <= SCREEN[0] * (SCREEN[1] + 1) + 60, len(text)
    assert not text or path.stem in text, text
    assert not HARMFUL.search(text)
    return not text


def data_set(path):
    check_catalogued(nutau.load_dataset(path))


READERS = {
    "data": (data_set, DATASET),
    "inputs": (nutau.load_inputs, INPUTS),
    "wcxf": (lambda path: point(path).wet(DEFAULT), WCXF),
    "popxf": (nutau.read_popxf, POPXF),
}


@pytest.mark.parametrize("kind", READERS)
def test_a_file_with_damaged_values_is_read_or_refused(kind, tmp_path):
    read, document = READERS[kind]
    path = tmp_path / "damaged-file.json"
    path.write_text(json.dumps(document))
    assert refused_or_read(read, path)
    refused = 0
    for seed in SEEDS:
        path.write_text(json.dumps(damaged_document(document, seed)))
        refused += not refused_or_read(read, path)
    assert refused > len(SEEDS) / 3


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("form", ["json", "yaml"])
def test_a_file_with_damaged_bytes_is_read_or_refused(kind, form, tmp_path):
    read, document = READERS[kind]
    path = tmp_path / "damaged-file.yaml"
    whole = (json.dumps(document) if form == "json" else yaml.safe_dump(document)).encode()
    refused = 0
    for seed in SEEDS:
        path.write_bytes(damaged_bytes(whole, seed))
        refused += not refused_or_read(read, path)
    assert refused > len(SEEDS) / 3


def test_damaged_correlations_of_popxf_are_read_or_refused(tmp_path):
    def read(path):
        nutau.read_popxf(POPXF, correlations=path)

    path = tmp_path / "damaged-file.json"
    path.write_text(json.dumps(CORRELATIONS))
    assert refused_or_read(read, path)
    for seed in SEEDS:
        path.write_text(json.dumps(damaged_document(CORRELATIONS, seed)))
        refused_or_read(read, path)
    huge = json.dumps(CORRELATIONS).replace("0.5", "1" + "0" * 400)
    path.write_text(huge)
    assert not refused_or_read(read, path)


def test_damaged_running_tables_are_read_whole_or_refused(tmp_path):
    whole = DATA.joinpath("running", "smeft_wet_4.8.npz").read_bytes()
    given = running.load()
    path = tmp_path / "smeft_wet_4.8.npz"
    refused = 0
    for seed in SEEDS:
        path.write_bytes(damaged_bytes(whole, seed))
        if refused_or_read(lambda _: running.load(tables=tmp_path), path):
            found = running.load(tables=tmp_path)
            assert np.array_equal(found.coefficients, given.coefficients)
            assert np.array_equal(found.rows, given.rows)
            assert (found.targets, found.sources) == (given.targets, given.sources)
        else:
            refused += 1
    assert refused > 0.8 * len(SEEDS)


def members(content):
    with ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def archive(parts):
    made = io.BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(name, content)
    return made.getvalue()


def array(values):
    stream = io.BytesIO()
    np.save(stream, np.asarray(values))
    return stream.getvalue()


TABLE = members(DATA.joinpath("running", "smeft_wet_4.8.npz").read_bytes())
HEADER = json.loads(str(np.load(io.BytesIO(TABLE["header.npy"]))))


def header(**changes):
    return {"header.npy": array(json.dumps(HEADER | changes))}


def stored(name):
    return np.load(io.BytesIO(TABLE[f"{name}.npy"]))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"row.npy": array(stored("row")[:-1])}, "other lengths"),
        ({"column.npy": array(stored("column")[1:])}, "other lengths"),
        ({"real.npy": array(stored("real")[:1])}, ""),
        ({"row.npy": array(stored("row") + 10_000)}, "a row is none of its targets"),
        ({"row.npy": array(-1 - stored("row").astype(int))}, "a row is none of its targets"),
        ({"column.npy": array(stored("column").astype(int) + 10**6)}, "a column is none of its sources"),
        ({"real.npy": array(stored("real") * np.nan)}, "not finite"),
        ({"imaginary.npy": array(stored("imaginary")[:, :-1])}, ""),
        ({"targets.npy": array(stored("targets")[[0] * len(stored("targets"))])}, "a target stands twice"),
        ({"sources.npy": array(np.arange(len(stored("sources"))))}, "no words"),
        ({"row.npy": array(stored("row")) + b"0"}, "longer than its shape"),
        ({"row.npy": array(np.array([{}], dtype=object))}, "damaged"),
        (header(range=[1e5, 200]), "scales are not in order"),
        (header(range=[200, float("inf")]), "not finite"),
        (header(range=200), ""),
        (header(target={"eft": "WET"}), "it has no 'basis'"),
        (header(target=7), ""),
        (header(normalisation={}), "normalisation lacks"),
        (header(schema="other/1"), "its schema is not"),
        ({"header.npy": array("[" * 100_000)}, ""),
        ({"header.npy": b""}, "damaged"),
    ],
)
def test_running_tables_whose_parts_do_not_go_together_are_refused(changes, problem, tmp_path):
    (tmp_path / "smeft_wet_4.8.npz").write_bytes(archive(TABLE | changes))
    with pytest.raises(InputError, match=rf"smeft_wet_4\.8\.npz is no running table.*{problem}"):
        running.load(tables=tmp_path)


def test_an_archive_that_unpacks_to_more_than_the_bound_is_refused(tmp_path):
    path = tmp_path / "bomb.npz"
    path.write_bytes(archive({"a.npy": bytes(LARGEST), "b.npy": b"\0"}))
    assert path.stat().st_size < LARGEST / 100
    with pytest.raises(InputError, match=r"bomb\.npz.*unpacked, it is larger than 64 MiB"):
        read_npz(path)


def test_what_has_no_end_is_not_read_to_it(tmp_path):
    with pytest.raises(InputError, match="/dev/zero is larger than 64 MiB"):
        read_text("/dev/zero")
    with pytest.raises(InputError, match="/dev/zero is larger than 64 MiB"):
        nutau.load_dataset("/dev/zero")
    with pytest.raises(InputError, match="/dev/zero is larger than 64 MiB"):
        nutau.load_inputs("/dev/zero")
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    threading.Thread(
        target=pipe.write_text, args=(json.dumps({"title": "t", "measurements": [ENTRY]}),)
    ).start()
    assert len(nutau.load_dataset(pipe).measurements) == 1


def test_standard_input_may_be_closed():
    call = (
        "import sys; sys.argv = ['nutau', 'predict', 'R(D)', '--wc', '-']; from nutau.cli import main; main()"
    )
    done = subprocess.run(
        ["sh", "-c", f'exec "{sys.executable}" -c "{call}" <&-'], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 2
    assert done.stderr == (
        "nutau: Standard input is closed, so nothing can be read from it; give the name of a file.\n"
    )


BOMB = 'a0: &a0 ["lol"]\n' + "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 10))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOMB + "scale: *a9\n", r"x, line 10, column 5: an alias \(\*name\) repeats what stands here"),
        ("a: &a 1\nb: *a\n", "line 1, column 4: an alias"),
        ("&a a: 1\nb: {*a : 2}\n", "line 1, column 1: an alias"),
        ("a: &a [*a]\n", "an alias"),
        ("base: &b {x: 1}\nc: {<<: *b}\n", "'<<' is not read"),
        ("scale: {{ scale }}\n", "line 1, column 9: a list or mapping stands where a key is needed"),
        ("? [a, b]\n: 1\n", "line 1, column 3: a list or mapping stands where a key is needed"),
        ('title: "\\e]0;pwn\\a"\n', r"line 1, column 8: text with the control character '\\x1b'"),
        ('"\\x9b31m": 1\n', r"control character '\\x9b'"),
        ('title: "a\\u202Eb"\n', r"control character '\\u202e'"),
        ("a: 1\na: 2\n", "the key 'a' stands twice"),
        ("a: !!python/object:os.system x\n", "could not determine a constructor"),
        ("a:\n" + "".join(" " * i + "a:\n" for i in range(1, 3000)), "nested too deeply"),
        ("x: '" + "y" * 2**24 + "'\n", "characters; nutau reads YAML of up to"),
        ("a: " + "9" * 5000, "too many digits"),
    ],
)
def test_yaml_is_plain(text, message):
    with pytest.raises(InputError, match=message):
        parse_yaml(text, "x")


def test_an_anchor_that_nothing_repeats_is_harmless():
    assert parse_yaml('a: &a [1, 2]\nb: "tab\\tline\\n"\n', "x") == {"a": [1, 2], "b": "tab\tline\n"}


@pytest.mark.parametrize("path", sorted(DATA.rglob("*.yaml")), ids=lambda path: path.name)
def test_our_own_files_are_plain(path):
    assert read_yaml(path)


def many(document, count=20_000):
    text = json.dumps(document)
    return {
        "names": {"title": "t", "measurements": [f"HFLAV-2025-R{i}" for i in range(count)]},
        "kinds": {"title": "t", "measurements": [{"name": f"E{i}", "kind": "gaussian"} for i in range(count)]},
        "observables": {
            "title": "t",
            "measurements": [
                json.loads(text.replace("R(D)", f"R(D{i})")) | {"name": f"E{i}", "source": f"s{i}"} for i in range(2000)
            ],
        },
        "twice": {"title": "t", "measurements": [document | {"name": f"E{i}"} for i in range(2000)]},
        "inputs": {"extends": "default", "parameters": {f"m_B{i}": 1 for i in range(count)}},
        "coefficients": WCXF | {"values": {f"C9_bst{i}": 1 for i in range(count)}},
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["names", "kinds", "observables", "twice", "inputs", "coefficients"])
def test_a_message_has_ten_problems_and_comes_soon(kind, tmp_path):
    path = tmp_path / "many.json"
    path.write_text(json.dumps(many(ENTRY)[kind]))
    read = READERS[{"inputs": "inputs", "coefficients": "wcxf"}.get(kind, "data")][0]
    with pytest.raises(InputError) as caught:
        read(path)
    lines = str(caught.value).splitlines()
    assert len(lines) <= SCREEN[0]
    assert sum(map(len, lines)) <= SCREEN[0] * SCREEN[1]


@pytest.mark.parametrize("kind", READERS)
def test_messages_are_harmless_to_a_terminal(kind, tmp_path):
    """What acts on a terminal is refused, or written out, wherever it stands."""
    read, document = READERS[kind]
    path = tmp_path / "escapes.json"
    for place in ("\x1b[31m", "\x9b2J", "a\x07", "\u202eabc"):
        path.write_text(json.dumps(document | {place: place}))
        refused_or_read(read, path.with_name("escapes.json"))
        path.write_text(json.dumps({place: place}))
        assert not refused_or_read(read, path)
    assert harmless("a\x1b[31m\tb\n\u202e") == "a\\x1b[31m\tb\n\\u202e"
    assert str(InputError("\x1b")) == "\\x1b"


def test_a_title_with_escapes_is_not_shown(tmp_path):
    path = tmp_path / "escapes.yaml"
    path.write_text('title: "\\e]0;pwn\\a\\e[31mred"\nmeasurements: [HFLAV-2025-RD]\n')
    with pytest.raises(
        InputError, match=r"escapes\.yaml, line 1, column 8: text with the control character '\\x1b'"
    ):
        nutau.load_dataset(path)


def test_tables_are_harmless_to_a_terminal():
    text = as_text(lambda on: print_table("\x1b[2J", ("a\x07",), [("\x9b1m",)], on=on))
    text += as_text(lambda on: print_lines(["\x1b]0;x\x07"], on=on))
    assert not HARMFUL.search(text)
    assert "\\x1b[2J" in text
    assert "\\x9b1m" in text


def test_cells_that_a_spreadsheet_would_compute_are_text(tmp_path):
    names = ["=1+1", "+x", "-x", "@SUM", "\tx", "BR(B+->Knunu)", "-2 log L", "a=b"]
    kept = [f"'{name}" if name[0] in "=+-@\t" else name for name in names]
    assert [cell(name) for name in names] == kept
    path = write_table(tmp_path / "t.csv", {"name": np.array(names), "=value": np.full(len(names), -1.5)})
    with path.open(newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == ["name", "'=value"]
    assert [row[0] for row in rows[1:]] == kept
    assert {row[1] for row in rows[1:]} == {"-1.5"}  # numbers stay numbers
    write.csv(tmp_path / "s.csv", ["=1+1", "chi2"], iter([np.array([[-1.0, 2.0]])]))
    assert (tmp_path / "s.csv").read_text() == "'=1+1,chi2\n-1,2\n"
