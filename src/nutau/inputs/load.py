"""From YAML files to an :class:`Inputs`: chains of ``extends``, changes, form-factor choices, covariance."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.resources.abc import Traversable
from os import PathLike
from pathlib import Path
from typing import TypeVar

import numpy as np

from nutau.common.checked import checked
from nutau.common.files import is_file
from nutau.common.yaml_files import entries, find, folder, read_yaml, validate
from nutau.errors import InputError, short, told, unknown
from nutau.inputs.assemble import Block, Given, Recipe, assemble
from nutau.inputs.files import FORM_FACTORS, CoefficientFile, InputFile, check_positive
from nutau.inputs.form_factors import FormFactors
from nutau.inputs.record import Compat, Inputs

Result = TypeVar("Result")
OF_LONG_DISTANCE = {"dispersive": ("charmonium_amplitudes",)}
PREFIX = {"bsz": "BSZ", "sse": "SSE", "dlm": "DLM", "bgl": "BGL", "hqet": "HQET"}


@dataclass(frozen=True)
class _Choice:
    """The determination of one channel; ``file`` has its coefficients and is called ``holder``, often its ``own``."""

    channel: str
    stem: str
    own: CoefficientFile
    holder: str
    file: CoefficientFile


@checked
def load_inputs(
    given: Given | Inputs = "default",
    *,
    form_factors: Mapping[str, Given] | None = None,
    also: tuple[str, ...] = (),
) -> Inputs:
    """An input set by name (``default``, ``flavio-2.7``) or from a YAML file of one's own.

    ``form_factors`` chooses other determinations by channel, for instance ``{"B->K*": "bsz15-lcsr-lattice"}``
    (:func:`form_factor_choices` lists them) or a file of one's own. ``also`` are names that the caller understands
    itself, offered where ``given`` is unknown.
    An :class:`Inputs` is returned as it is. Raises :class:`InputError` with all problems of a file.

    >>> import nutau
    >>> inputs = nutau.load_inputs("default")
    >>> 5.27 < inputs.parameters["m_B+"] < 5.29
    True
    """
    if isinstance(given, Inputs) and not form_factors:
        return given
    if not isinstance(given, str | PathLike | Traversable):
        raise InputError(
            f"`inputs={short(given)}`: an input set is needed: its name, a YAML file, or what "
            "nutau.load_inputs gives. Changed parameters go into a file, see the page on inputs."
        )
    if given == "letter" and "letter" not in also:
        raise InputError(
            "The letter's formulas (`inputs='letter'`) have no parameters to vary and are not known here. "
            "Use default, flavio-2.7 or a YAML file of your own."
        )
    name, recipe = _follow(given, (), also)
    problems: list[str] = []
    choices = _chosen({**recipe.form_factors, **(form_factors or {})}, problems)
    missing = tuple({*recipe.form_factors, *(form_factors or {})} - {choice.channel for choice in choices})
    blocks = {choice.holder: _block(choice.file) for choice in choices}
    problems += _twice(blocks)
    compat = _collect(problems, lambda: Compat.of(recipe.compat, recipe.compat_from))
    parameters = _collect(problems, lambda: assemble(recipe, list(blocks.values()), missing))
    if problems or compat is None or parameters is None:
        raise InputError(f"input set {name}:\n" + "\n".join(problems))
    records = {choice.channel: _record(choice) for choice in choices}
    for record in records.values():
        for mass in (*record.masses, *record.threshold):
            parameters.index(mass)
    chosen = recipe.own | set(form_factors or ())
    doubts = _doubts(record for channel, record in records.items() if channel in chosen)
    return Inputs(name, recipe.description, parameters, records, compat, doubts, recipe.long_distance)


def _twice(blocks: Mapping[str, Block]) -> list[str]:
    """Two files that give the same coefficients: those of hqet are shared by B → D and B → D*."""
    held: dict[str, str] = {}
    for holder, block in blocks.items():
        if other := held.get(block.names[0]):
            return [
                f"{other} and {holder} both give {block.names[0]}: change single coefficients under 'parameters', or "
                "take one channel's form factors from elsewhere."
            ]
        held[block.names[0]] = holder
    return []


def _doubts(chosen: Iterable[FormFactors]) -> dict[str, str]:
    """By channel, what is against a determination that comes with nutau and was chosen by itself.

    Input sets that come with nutau may hold old ones on purpose; a file of one's own says what it is.
    """
    shipped = form_factor_choices()
    found = [record for record in chosen if record.doubt and record.name in shipped[record.channel]]
    usual = _follow("default", ())[1].form_factors if found else {}
    return {
        record.channel: f"form factors {record.channel}: {record.name} is {record.doubt}"
        + ("." if record.superseded_by else f"; the input set default takes {usual[record.channel]}.")
        for record in found
    }


def shipped_form_factors(channel: str, name: str) -> tuple[FormFactors, Block]:
    """A determination that comes with nutau, and its parameters; :class:`InputError` for a name that does not exist."""
    choice = _choose(channel, name, form_factor_choices())
    return _record(choice), _block(choice.file)


def _collect(problems: list[str], step: Callable[[], Result]) -> Result | None:
    """The result of a step, or None and its error among the problems."""
    try:
        return step()
    except InputError as error:
        problems.append(str(error))
        return None


def form_factor_choices() -> dict[str, tuple[str, ...]]:
    """The determinations that come with nutau, by channel."""
    stems = entries("form_factors")
    return {
        channel: tuple(stem.removeprefix(slug) for stem in stems if stem.startswith(slug))
        for channel, slug in ((channel, _slug(channel)) for channel in FORM_FACTORS)
    }


def _slug(channel: str) -> str:
    return channel.replace("*", "star").replace("->", "-") + "_"


def _follow(given: Given, seen: tuple[str, ...], also: tuple[str, ...] = ()) -> tuple[str, Recipe]:
    """The recipe of an input set, its chain of ``extends`` followed."""
    path, where = find("input set", "inputs", given, also)
    if where in seen:
        raise InputError(f"The input set {where} extends itself: {' -> '.join((*seen, where))}.")
    file = validate(InputFile, read_yaml(path), f"input set {where}")
    base = Recipe()
    if file.extends is not None:
        with told(where):
            base = _follow(_beside(path, file.extends), (*seen, where))[1]
    elif file.parameter_files is None:
        raise InputError(f"input set {where}: say what it 'extends', for instance default.")
    chosen = {channel: _beside(path, choice) for channel, choice in file.form_factors.items()}
    recipe = Recipe(
        description=file.description or base.description,
        parameter_files=_files(file, base),
        form_factors={**base.form_factors, **chosen},
        changes=(*base.changes, *((where, name, change) for name, change in file.parameters.items())),
        correlations=(*base.correlations, *((where, correlation) for correlation in file.correlations)),
        compat=base.compat if file.compat is None else file.compat,
        compat_from=base.compat_from if file.compat is None else f"input set {where}",
        own=frozenset() if where in entries("inputs") else base.own | set(chosen),
        long_distance=file.long_distance or base.long_distance,
    )
    return where if where in entries("inputs") else Path(where).stem, recipe


def _files(file: InputFile, base: Recipe) -> tuple[str, ...]:
    """The parameter files of a set, with those that its description of long distances needs."""
    names = tuple(file.parameter_files or base.parameter_files)
    more = OF_LONG_DISTANCE.get(file.long_distance or base.long_distance, ())
    return (*names, *(name for name in more if name not in names))


def _beside(path: Traversable | Path, given: str) -> Given:
    """A file named in a user's file is looked for beside it."""
    return path.parent / given if isinstance(path, Path) and given.endswith((".yaml", ".yml")) else given


def _chosen(wanted: Mapping[str, Given], problems: list[str]) -> list[_Choice]:
    """The determination of every channel; unknown channels and names are added to the problems."""
    known = form_factor_choices()
    found = (_collect(problems, partial(_choose, channel, given, known)) for channel, given in wanted.items())
    return [choice for choice in found if choice is not None]


def _choose(channel: str, given: Given, known: Mapping[str, tuple[str, ...]]) -> _Choice:
    if channel not in known:
        raise unknown("form-factor channel", channel, known)
    if given in known[channel]:
        stem = where = f"{_slug(channel)}{given}"
        file = _read(stem)
    else:
        path = Path(given)
        if not is_file(path):
            raise unknown(f"form factors of {channel}", str(given), known[channel])
        stem, where = path.stem, str(path)
        file = validate(CoefficientFile, read_yaml(path), where)
    if file.channel != channel:
        raise InputError(f"{given} holds form factors of {file.channel}, not of {channel}.")
    shared = file.same_coefficients_as
    return _Choice(channel, stem, file, shared or where, _shared(file, shared, where) if shared else file)


def _shared(file: CoefficientFile, name: str, where: str) -> CoefficientFile:
    """The file whose coefficients another one takes: the Isgur-Wise functions are those of B → D and B → D*."""
    if name not in entries("form_factors"):
        raise unknown(f"form factors whose coefficients {where} shares", name, entries("form_factors"))
    found = _read(name)
    if file.parametrisation != "hqet" or found.parametrisation != "hqet" or found.same_coefficients_as:
        raise InputError(
            f"{where}: only hqet shares coefficients, with a file that has its own; 'same_coefficients_as' is {name}, "
            "possible is B-D_hqet."
        )
    return found


def _read(stem: str) -> CoefficientFile:
    return validate(CoefficientFile, read_yaml(folder("form_factors").joinpath(f"{stem}.yaml")), stem)


def _keys(file: CoefficientFile) -> tuple[str, ...]:
    return (file.source,) if isinstance(file.source, str) else tuple(file.source)


def _parameter_names(file: CoefficientFile) -> tuple[str, ...]:
    return tuple(f"{file.channel} {PREFIX[file.parametrisation]} {name}" for name in file.coefficients)


def _block(file: CoefficientFile) -> Block:
    names = _parameter_names(file)
    check_positive(list(names), file.matrix, f"form factors of {file.channel}")
    central = np.array(list(file.coefficients.values()))
    return Block(names, central, file.matrix, f"form factors {file.channel}", ", ".join(_keys(file)))


def _record(choice: _Choice) -> FormFactors:
    file = choice.file
    names = _parameter_names(file)
    if file.parametrisation == "hqet":
        rows = {"hqet": list(names)}
    else:
        rows = {form_factor: [] for form_factor in FORM_FACTORS[choice.channel]}
        for key, name in zip(file.coefficients, names, strict=True):
            rows[key.split()[0]].append(name)
    return FormFactors(
        channel=choice.channel,
        name=choice.stem.removeprefix(_slug(choice.channel)),
        parametrisation=file.parametrisation,
        sources=_keys(file),
        masses=choice.own.masses,
        threshold=file.threshold or choice.own.masses,
        poles={name: tuple(mass) for name, mass in file.poles.items()},
        order=file.order,
        coefficients={key: tuple(row) for key, row in rows.items()},
        constants=dict(file.constants),
        verified=choice.own.verified,
        superseded_by=choice.own.superseded_by,
    )
