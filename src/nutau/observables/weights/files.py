"""Columns of events in Parquet, CSV, npz and ROOT files, and weights written chunk by chunk."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.files import check_file, is_file, writing
from nutau.errors import InputError, MissingExtraError, listed, unknown
from nutau.observables.weights.events import Read

SUFFIXES = (".parquet", ".csv", ".npz", ".root")
NEEDS = {".parquet": ("pyarrow", "tables"), ".root": ("uproot", "files")}
"""The package of each format, and the extra that installs it."""
TREE = "weights"


def check_place(path: str | Path, events: Any) -> Path:
    """The path, if weights can be written there; :class:`InputError` before long work, not after."""
    place = check_file(path, SUFFIXES)
    _check_installed(place)
    check_apart(place, events, "holds the events; give another name for their weights")
    return place


def check_apart(path: Path, other: Any, why: str) -> None:
    """:class:`InputError` with ``why`` if both are one file, which would be overwritten."""
    if not isinstance(other, str | Path):
        return
    same = (
        path.samefile(other) if path.exists() and is_file(other) else path.resolve() == Path(other).resolve()
    )
    if same:
        raise InputError(f"'{path}' {why}.")


def opened(events: Any, tree: str | None = None) -> tuple[list[str], Read]:
    """The names of the columns, and a function that gives one; from a file, a mapping or a DataFrame.

    ``tree`` is that of a ROOT file with several. Raises :class:`InputError`.
    """
    if isinstance(events, str | Path):
        return _opened(Path(events), tree)
    if tree is not None:
        raise InputError("`tree_name` would not be used: it is for a ROOT file.")
    if isinstance(events, np.ndarray) and events.dtype.names:
        return list(events.dtype.names), events.__getitem__
    if isinstance(events, Mapping):
        return [str(name) for name in events], events.__getitem__
    if hasattr(events, "columns") and hasattr(events, "__getitem__"):  # a DataFrame
        return [str(name) for name in events.columns], lambda name: np.asarray(events[name])
    raise InputError(
        f"Events are a file ending in {', '.join(SUFFIXES)}, columns by name, or a DataFrame; not a "
        f"{type(events).__name__}."
    )


def _opened(path: Path, tree: str | None) -> tuple[list[str], Read]:
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise unknown("ending", suffix, SUFFIXES, f"'{path}'")
    if not is_file(path):
        raise InputError(f"There is no file '{path}' with events.")
    if tree is not None and suffix != ".root":
        raise InputError(f"`tree_name` would not be used: '{path}' is no ROOT file.")
    _check_installed(path)
    readers: dict[str, Callable[[Path], tuple[list[str], Read]]] = {
        ".parquet": _parquet,
        ".csv": _csv,
        ".npz": _npz,
        ".root": partial(_root, tree=tree),
    }
    try:
        return readers[suffix](path)
    except InputError:
        raise
    except Exception as error:  # the readers' own, of any kind, for files that are damaged
        raise _damaged(path, error) from None


def _check_installed(path: Path) -> None:
    suffix = path.suffix.lower()
    if suffix in NEEDS and find_spec(NEEDS[suffix][0]) is None:
        raise MissingExtraError(*NEEDS[suffix])


def _damaged(path: Path, error: Exception) -> InputError:
    reason = (str(error) or type(error).__name__).splitlines()[0]
    return InputError(f"'{path}' cannot be read as {path.suffix.lower()[1:]}: {reason}.")


def _guarded(path: Path, read: Callable[[str], Any]) -> Read:
    def guarded(name: str) -> Array:
        try:
            return np.asarray(read(name))
        except InputError:
            raise
        except Exception as error:
            raise _damaged(path, error) from None

    return guarded


def _parquet(path: Path) -> tuple[list[str], Read]:
    from pyarrow import parquet

    names = list(parquet.read_schema(path).names)
    return names, _guarded(path, lambda name: parquet.read_table(path, columns=[name])[name].to_numpy())


def _csv(path: Path) -> tuple[list[str], Read]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, skipinitialspace=True)
        names = [name.strip() for name in next(rows, ())]
        first = next(rows, names)
    if not any(names):
        raise InputError(
            f"'{path}' is empty; a line with the names of the columns is needed, then one an event."
        )
    if first and len(first) != len(names):  # R leaves out the name of a column of numbers of the rows
        raise InputError(
            f"'{path}' names {len(names)} columns, and its first event has {len(first)}: name each, in order."
        )

    def column(name: str) -> Array:
        if names.count(name) > 1:
            raise InputError(f"'{path}' has {names.count(name)} columns named '{name}'; rename all but one.")
        return np.loadtxt(
            path,
            delimiter=",",
            skiprows=1,
            usecols=names.index(name),
            ndmin=1,
            encoding="utf-8-sig",
            quotechar='"',
        )

    return names, _guarded(path, column)


def _npz(path: Path) -> tuple[list[str], Read]:
    archive = np.load(path, allow_pickle=False)
    if not hasattr(archive, "files"):
        raise InputError(f"'{path}' holds one array and no columns by name; write it with numpy.savez.")
    return list(archive.files), _guarded(path, archive.__getitem__)


def _root(path: Path, tree: str | None) -> tuple[list[str], Read]:
    import uproot

    file = uproot.open(path)
    trees = sorted(
        {key.split(";")[0] for key, kind in file.classnames().items() if kind in ("TTree", "ROOT::RNTuple")}
    )
    if not trees:
        raise InputError(f"'{path}' has no tree (TTree or RNTuple), so no events.")
    if tree is None and len(trees) > 1:
        raise InputError(f"'{path}' has {len(trees)} trees ({listed(trees)}); name one with `tree_name`.")
    if tree is not None and tree not in trees:
        raise unknown("tree", tree, trees, f"'{path}'")
    found = file[tree or trees[0]]
    return list(found.keys()), _guarded(path, lambda name: found[name].array(library="np"))


Columns = Mapping[str, Array]


@contextmanager
def writer(path: Path, names: Sequence[str], about: Mapping[str, Any]) -> Iterator[Callable[[Columns], None]]:
    """A function that adds a chunk of columns to a file, which appears when it is whole."""
    text = json.dumps(about, ensure_ascii=False)
    kinds = {".parquet": _to_parquet, ".csv": _to_csv, ".npz": _to_npz, ".root": _to_root}
    with writing(path) as draft, kinds[path.suffix.lower()](draft, names, text) as add:
        yield add


@contextmanager
def _to_parquet(draft: Path, names: Sequence[str], about: str) -> Iterator[Callable[[Columns], None]]:
    import pyarrow
    from pyarrow import parquet

    schema = pyarrow.schema([(name, pyarrow.float64()) for name in names], metadata={"nutau": about})
    with parquet.ParquetWriter(draft, schema) as file:
        yield lambda columns: file.write_table(pyarrow.table(dict(columns), schema=schema))


@contextmanager
def _to_csv(draft: Path, names: Sequence[str], about: str) -> Iterator[Callable[[Columns], None]]:
    del about  # a CSV file has no place for it
    with draft.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(f'"{name}"' if "," in name else name for name in names) + "\n")
        yield lambda columns: np.savetxt(
            file, np.stack([columns[name] for name in names], axis=-1), fmt="%.17g", delimiter=","
        )


@contextmanager
def _to_npz(draft: Path, names: Sequence[str], about: str) -> Iterator[Callable[[Columns], None]]:
    chunks: list[Columns] = []
    yield chunks.append
    whole = {name: np.concatenate([chunk[name] for chunk in chunks]) for name in names}
    np.savez(draft, nutau=np.array(about), allow_pickle=False, **whole)


@contextmanager
def _to_root(draft: Path, names: Sequence[str], about: str) -> Iterator[Callable[[Columns], None]]:
    import uproot

    with ExitStack() as stack:
        file = stack.enter_context(uproot.recreate(draft))
        tree = file.mktree(TREE, dict.fromkeys(names, "float64"))
        yield lambda columns: tree.extend(dict(columns))
        file["nutau"] = about
