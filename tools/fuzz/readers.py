"""Files: valid ones of every kind, damaged in their bytes or in their structure, given to the reader of their kind."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

import nutau
from fuzz.dice import Dice
from fuzz.values import NUMBERS, WORDS, thing
from fuzz.verdict import Case, message, patience
from nutau.common.yaml_files import folder as data_folder
from nutau.errors import NutauError

WCXF = {
    "eft": "WET",
    "basis": "flavio",
    "scale": 4.8,
    "values": {"C9_bstautau": {"Re": -1.0, "Im": 0.5}, "CL_bsnutaunutau": 1.0},
}
SMEFT = {
    "eft": "SMEFT",
    "basis": "Warsaw",
    "scale": 1000.0,
    "values": {"lq1_3323": 1e-8, "lq3_3323": {"Re": 1e-8, "Im": 0.0}},
}


def attack(dice: Dice, folder: Path) -> Iterator[Case]:
    """Damaged files for some seconds."""
    kinds = _kinds(folder)
    for rng in dice:
        name = rng.choice(list(kinds))
        content, suffix, read = kinds[name]
        path = folder / f"case{suffix}"
        damaged = content if rng.random() < 0.02 else _damaged(rng, content, suffix)
        path.write_bytes(damaged)
        yield Case("file", f"{name}, {len(damaged)} bytes: {damaged[:200]!r}", _answer(read, path))


def _kinds(folder: Path) -> dict[str, tuple[bytes, str, Callable[[Path], Any]]]:
    """Valid content, ending and reader of every kind of file."""
    popxf = nutau.to_popxf(nutau.formulas(["R(D)"], draws=3), scale=4.8)
    document = getattr(popxf, "document", popxf)
    dataset = data_folder("datasets").joinpath("2026.yaml").read_bytes()
    entry = next(item for item in data_folder("measurements").iterdir() if item.name.startswith("hflav"))
    inputs = data_folder("inputs").joinpath("default.yaml").read_bytes()
    workspace = _workspace(folder)
    return {
        "WCxf (WET)": (yaml.safe_dump(WCXF).encode(), ".yaml", lambda path: nutau.predict("R(D)", path, draws=0)),
        "WCxf (SMEFT)": (json.dumps(SMEFT).encode(), ".json", lambda path: nutau.predict("R(D)", path, draws=0)),
        "POPxf": (json.dumps(document, default=str).encode(), ".json", nutau.read_popxf),
        "data set": (dataset, ".yaml", nutau.load_dataset),
        "measurements": (entry.read_bytes(), ".yaml", nutau.load_dataset),
        "pyhf": (workspace, ".json", lambda path: _with_workspace(path)),
        "input set": (inputs, ".yaml", nutau.load_inputs),
        "running table": (*_running(), lambda path: _with_table(path, folder)),
    }  # fmt: skip


def _workspace(folder: Path) -> bytes:
    strength = {"name": "mu", "type": "normfactor", "data": None}
    signal = {"name": "signal", "data": [5.0, 3.0], "modifiers": [strength]}
    shape = {"name": "u", "type": "shapesys", "data": [5.0, 4.0]}
    background = {"name": "background", "data": [50.0, 30.0], "modifiers": [shape]}
    channel = {"name": "a", "samples": [signal, background]}
    config = {"poi": "mu", "parameters": [{"name": "mu", "bounds": [[-5, 10]], "inits": [1.0]}]}
    return json.dumps({
        "channels": [channel], "observations": [{"name": "a", "data": [57.0, 33.0]}],
        "measurements": [{"name": "m", "config": config}], "version": "1.0.0",
    }).encode()  # fmt: skip


def _with_workspace(path: Path) -> Any:
    entry = {"name": "W", "kind": "pyhf", "source": "x", "unit": 1e-5, "observable": "BR(B+->Knunu)",
             "workspace": path.name, "poi": "mu", "reference": 1.5, "highest": 9}  # fmt: skip
    data = path.with_name("pyhf.yaml")
    data.write_text(yaml.safe_dump({"title": "t", "measurements": [entry]}))
    from nutau.inference.likelihood import experiment

    return experiment(nutau.load_dataset(data).measurements)


def _running() -> tuple[bytes, str]:
    table = next(
        item
        for item in data_folder("running").iterdir()
        if item.name.endswith(".npz") and "smeft" in item.name
    )
    return table.read_bytes(), ".npz"


def _with_table(path: Path, folder: Path) -> Any:
    tables = folder / "tables"
    tables.mkdir(exist_ok=True)
    for item in data_folder("running").iterdir():
        if item.name.endswith(".npz") and not (tables / item.name).exists():
            (tables / item.name).write_bytes(item.read_bytes())
    name = next(
        item.name
        for item in data_folder("running").iterdir()
        if item.name.endswith(".npz") and "smeft" in item.name
    )
    shutil.copy(path, tables / name)
    return nutau.predict("R(D)", nutau.point(SMEFT, running=str(tables)), draws=0)


def _damaged(rng: random.Random, content: bytes, suffix: str) -> bytes:
    if suffix != ".npz" and rng.random() < 0.6:
        loaded = yaml.safe_load(content)
        for _ in range(rng.randrange(1, 3)):
            loaded = _changed(rng, loaded)
        try:
            text = json.dumps(loaded, default=str) if suffix == ".json" else yaml.safe_dump(loaded)
        except (TypeError, ValueError, yaml.YAMLError):
            return repr(loaded).encode(errors="replace")
        return text.encode(errors="replace")
    found = bytearray(content)
    for _ in range(rng.randrange(1, 6)):
        at = rng.randrange(len(found) + 1)
        piece = rng.choice([*WORDS, *NUMBERS]).encode(errors="replace")[:200]
        match rng.randrange(5):
            case 0:
                del found[at : at + rng.randrange(1, 40)]
            case 1:
                found[at:at] = piece
            case 2:
                found[at : at + 1] = bytes([rng.randrange(256)])
            case 3:
                del found[at:]
            case _:
                found[at:at] = found[at : at + rng.randrange(200)]
    return bytes(found)


def _changed(rng: random.Random, node: Any) -> Any:
    """The document with one thing in it lost, doubled or replaced, at any depth."""
    if isinstance(node, dict) and node and rng.random() < 0.85:
        key = rng.choice(list(node))
        if rng.random() < 0.1:
            return {name: value for name, value in node.items() if name != key}
        if rng.random() < 0.1:
            return {rng.choice(WORDS) if name == key else name: value for name, value in node.items()}
        return {name: _changed(rng, value) if name == key else value for name, value in node.items()}
    if isinstance(node, list) and node and rng.random() < 0.85:
        at = rng.randrange(len(node))
        if rng.random() < 0.2:
            return node[:at] + node[at + 1 :] if rng.random() < 0.5 else node[: at + 1] + node[at:]
        return [*node[:at], _changed(rng, node[at]), *node[at + 1 :]]
    return rng.choice([thing(rng), rng.choice(NUMBERS), rng.choice(WORDS), -1, 0, 1e400, [], {}, None])


def _answer(read: Callable[[Path], Any], path: Path) -> str:
    try:
        with patience():
            read(path)
    except NutauError as error:
        return message(str(error))
    except BaseException as error:
        return f"{type(error).__name__}: {error}"[:500]
    return ""
