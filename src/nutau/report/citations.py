"""What a result rests on, as BibTeX: inputs, form factors, measurements and methods, and nothing else.

Nothing is registered while a result is computed. The parameters of an observable are those that its formula reads when
it is built once more (:class:`Recorder`); their ``source`` fields say where they are from. Form factors, measurements,
mediators and the letter's formulas name their sources too. Methods stand in ``data/methods.yaml``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, ValuesView
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from nutau import __version__
from nutau.common.arrays import Array
from nutau.common.checked import checked
from nutau.common.given import several
from nutau.common.tables import html_table
from nutau.common.yaml_files import folder, read_yaml, references, validate
from nutau.eft.smeft.matching import constants
from nutau.eft.smeft.matching_and_running import runs
from nutau.eft.wet.basis import MU_B
from nutau.errors import InputError, short
from nutau.inputs import Inputs, InputSet, load_inputs
from nutau.inputs.letter_polynomials import letter_file
from nutau.measurements import DataSet, Measurement, load_dataset
from nutau.models import Mediator
from nutau.models.model import Exchange, how_it_runs
from nutau.models.two_field import Direction
from nutau.observables import Observable, Rates, catalogue, check_tree, find
from nutau.observables.point import Coefficients, Given, Heavy, Part, as_point, flat
from nutau.observables.requests import bare

NUTAU = "nutau"


class _Method(BaseModel):
    model_config = ConfigDict(extra="forbid")
    what: str
    sources: list[str]
    modules: list[str] = []
    reads: str | None = None


class _Methods(BaseModel):
    model_config = ConfigDict(extra="forbid")
    decays: list[_Method]
    form_factors: dict[str, list[str]]
    match: list[_Method]
    running: list[_Method]
    coefficients: list[_Method]


@cache
def _methods() -> _Methods:
    path = folder().joinpath("methods.yaml")
    return validate(_Methods, read_yaml(path), str(path))


class Recorder(Mapping[str, Array]):
    """Parameters that remember which of them were read."""

    def __init__(self, par: Mapping[str, Array]) -> None:
        self._par = par
        self.read: dict[str, None] = {}

    def __getitem__(self, name: str) -> Array:
        value = self._par[name]
        self.read[name] = None
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._par)

    def __len__(self) -> int:
        """The number of parameters, read or not."""
        return len(self._par)

    def values(self) -> ValuesView[Array]:
        """All values; to look at all of them (for their shapes) is not to use one."""
        return self._par.values()


@dataclass(frozen=True)
class Citation:
    """A reference with what was taken from it; ``bibtex`` is its entry."""

    key: str
    reasons: tuple[str, ...]
    bibtex: str


@dataclass(frozen=True)
class Citations(Sequence[Citation]):
    """The references of a result, in the order in which they came up."""

    rows: tuple[Citation, ...]

    def __getitem__(self, position: Any) -> Any:
        """By position."""
        return self.rows[position]

    def __len__(self) -> int:
        """How many references."""
        return len(self.rows)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys, for ``\\cite{...}``."""
        return tuple(row.key for row in self.rows)

    def bibtex(self) -> str:
        """A BibTeX file; a comment before each entry says what was taken from it."""
        return "\n\n".join(f"% {row.key}: {'; '.join(row.reasons)}\n{row.bibtex}" for row in self.rows) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """The JSON document that ``nutau cite`` prints."""
        entries = [{"key": r.key, "reasons": list(r.reasons), "bibtex": r.bibtex} for r in self.rows]
        return {"schema": "nutau/citations/1", "citations": entries}

    __str__ = bibtex
    __repr__ = bibtex

    def _repr_html_(self) -> str:
        return html_table(
            ("reference", "taken from it"), [(row.key, "; ".join(row.reasons)) for row in self.rows]
        )


Found = dict[str, list[str]]


@checked
def cite(
    observables: str | Sequence[str] = (),
    point: Given = None,
    *,
    inputs: InputSet = "default",
    data: str | Path | DataSet | Iterable[Measurement] | None = None,
    tree: bool = False,
) -> Citations:
    """The references of predictions of ``observables`` at a ``point`` of new physics, and of ``data``.

    ``data`` alone stands for all its observables; beside ``observables``, only what it measured of them counts.
    ``point`` is what :func:`nutau.predict` takes, or a mediator without couplings (``nutau.U1``); models and
    coefficients of the SMEFT add matching and, where they run, running. ``inputs="letter"`` are the letter's own
    formulas. Raises :class:`InputError` for unknown names.

    >>> import nutau
    >>> "Aebischer:2018bkb" in nutau.cite("R(D)", nutau.U1).keys
    True
    """
    return collected(observables, matched_by(point), inputs=inputs, data=data, tree=tree)


def collected(
    observables: str | Sequence[str],
    matched: Found,
    *,
    inputs: InputSet = "default",
    data: Any = None,
    tree: bool = False,
) -> Citations:
    """The references of predictions, ``data``, and of what was ``matched`` (:func:`matching`)."""
    names = several("observables", observables)
    chosen = [find(bare(name)[0]) for name in names]
    measured = _measured(data, {item.name for item in chosen})
    if data is not None and not chosen:
        chosen = _predicted(measured)
    if tree:
        check_tree(chosen)
    found: Found = {NUTAU: ["the program"]}
    if inputs == "letter":
        _add(found, letter_file().source, "formulas and inputs of the letter")
    elif chosen or matched:
        _engine(found, chosen, load_inputs(inputs, also=("letter",)), tree, matched)
    for entry in measured:
        _add(found, entry.source, f"measurement {entry.name}")
    known = {**references(), NUTAU: _own_entry()}
    return Citations(tuple(Citation(key, tuple(reasons), known[key]) for key, reasons in found.items()))


def _measured(data: Any, wanted: set[str]) -> tuple[Measurement, ...]:
    if data is None:
        return ()
    if isinstance(data, Iterable) and not isinstance(data, str | Path | DataSet):
        entries = tuple(data)
    else:
        entries = (data if isinstance(data, DataSet) else load_dataset(data)).measurements
    if not all(isinstance(entry, Measurement) for entry in entries):
        raise InputError(f"`data={short(data)}`: a data set, its name, or measurements are needed.")
    if not wanted:
        return tuple(entries)
    bare = {name.removesuffix("/SM") for name in wanted}
    return tuple(e for e in entries if any(o.name.removesuffix("/SM") in bare for o in e.observables))


def _predicted(measured: Iterable[Measurement]) -> list[Observable]:
    """What nutau predicts of what was measured."""
    names = {item.name.removesuffix("/SM") for entry in measured for item in entry.observables}
    return [item for item in catalogue() if item.name in names]


def _engine(found: Found, chosen: Sequence[Observable], inputs: Inputs, tree: bool, matched: Found) -> None:
    """What was read and done for observables, and for a match (if ``matched`` has its methods)."""
    recorder = Recorder(inputs.parameters.mapping())
    methods: Found = {}
    for observable in chosen:
        _observe(methods, observable, inputs, recorder, tree)
    if matched:
        constants(recorder, MU_B)
    for method in _methods().coefficients:
        _add(methods, method.sources, method.what)
    _form_factors(found, inputs, recorder)
    taken = {name for record in inputs.form_factors.values() for name in record.names}
    for name in recorder.read:
        if name not in taken:
            _add(found, inputs.parameters.sources[inputs.parameters.index(name)].split(", "), name)
    for key, reasons in (*matched.items(), *methods.items()):
        _add(found, key, *reasons)


def _observe(found: Found, observable: Observable, inputs: Inputs, recorder: Recorder, tree: bool) -> None:
    """Build the formula of an observable to see what it reads; add the methods of its decays."""
    one = Recorder(recorder)
    q2 = np.array([0.5 * sum(observable.edges(inputs))]) if observable.kind == "point" else None
    observable.build(Rates(inputs, one, tree=tree), q2)
    modules = {module.__name__.rpartition(".")[2] for module, _ in observable.processes}
    for method in _methods().decays:
        if modules & set(method.modules) and (method.reads is None or method.reads in one.read):
            _add(found, method.sources, method.what)


def _form_factors(found: Found, inputs: Inputs, recorder: Recorder) -> None:
    for channel, record in inputs.form_factors.items():
        if not recorder.read.keys().isdisjoint(record.names):
            _add(found, record.sources, f"form factors {channel} ({record.name})")
            _add(found, _methods().form_factors[record.parametrisation], f"form of {channel} form factors")


def matched_by(point: Any) -> Found:
    """What a point of new physics rests on before the weak scale; a mediator without couplings may run."""
    things = list(flat((point,)))
    alone = [thing for thing in things if isinstance(thing, Mediator)]
    parts = as_point([thing for thing in things if not isinstance(thing, Mediator)]).parts
    heavy = [item for part in parts if isinstance(part, Heavy) for item in part.model.parts]
    lines = [item for item in heavy if isinstance(item, Direction)]
    fields = [
        item.mediator for item in heavy if isinstance(item, Exchange) and isinstance(item.mediator, Mediator)
    ]
    fields += [item.field for item in lines if item.field is not None]
    return matching(
        [*alone, *fields],
        line=any(item.field is None for item in lines),
        smeft=any(isinstance(part, Coefficients) and part.moves for part in parts),
        run=bool(alone) or any(_runs(part) for part in parts),
    )


def _runs(part: Part) -> bool:
    if isinstance(part, Heavy):
        return any(runs(how_it_runs(item, part.running)) for item in part.model.parts)
    return isinstance(part, Coefficients) and part.moves and runs(part.running)


def matching(fields: Iterable[Mediator], *, line: bool, smeft: bool, run: bool) -> Found:
    """The references of mediators, of the letter's lines, of matching and of running; empty for none of them."""
    found: Found = {}
    if line:
        _add(found, letter_file().source, "models C1 = κ C3")
    for field in fields:
        _add(found, field.references, f"model {field.name}")
    if not found and not smeft:
        return found
    for method in (*_methods().match, *(_methods().running if run else ())):
        _add(found, method.sources, method.what)
    return found


def _add(found: Found, keys: str | Iterable[str], *reasons: str) -> None:
    for key in (keys,) if isinstance(keys, str) else keys:
        known = found.setdefault(key, [])
        known += [reason for reason in reasons if reason not in known]


def _own_entry() -> str:
    return (
        "@software{nutau,\n"
        "  author = {{The nutau developers}},\n"
        "  title = {{nutau: b → sνν, b → sττ and b → cτν under new physics}},\n"
        f"  version = {{{__version__}}}\n"
        "}"
    )
