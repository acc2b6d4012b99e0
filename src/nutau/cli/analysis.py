"""Analysis files: a verb with its options as YAML, written by ``--save-analysis`` and run by ``nutau run``.

The keys of a file are the options of the verb's function, read off its signature (:func:`fields`), and called as the
arguments of Python are (``ranges`` for ``--range``). An option that a verb gets later is a key of its files at once.
"""

from __future__ import annotations

import inspect
import os
import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin, get_type_hints

from nutau import __version__
from nutau.cli.arguments import with_options
from nutau.cli.lists import parts
from nutau.cli.words import OPTIONS
from nutau.errors import InputError, short

if TYPE_CHECKING:
    from pydantic import BaseModel

Verb = Callable[..., None]
ENDINGS = (".yaml", ".yml")
FILES = (*ENDINGS, ".json", ".npz", ".csv")
"""A text with such an ending is the name of a file wherever it stands, and is looked for beside the analysis file."""
FOLDERS = ("running",)
"""Options that may name a folder."""
SAVE = "save_analysis"
"""The argument of the option that every verb has which analysis files run."""
ARGUMENTS = {option: argument for argument, option in OPTIONS.items()}


@dataclass(frozen=True)
class Field:
    """An option of a verb as a key of its analysis files.

    ``argument`` is that of the verb's function, ``kind`` its type (``list`` where the option may be repeated),
    ``metavar`` the placeholder of the help, ``least`` the smallest number that is allowed, ``option`` as the command
    line has it (empty for what stands there without one).
    """

    key: str
    argument: str
    kind: type
    default: Any
    metavar: str = ""
    least: float | None = None
    option: str = ""
    help: str = ""

    def read(self, given: Any) -> Any:
        """What the verb is given for what stands in the file; :class:`ValueError` with words for what cannot be."""
        if given is None:
            return self.default
        if self.kind is list:
            return _texts(given)
        if self.kind is str:
            texts = _texts(given)
            return ",".join(texts)
        if self.kind is Path:
            return Path(_text(given))
        if issubclass(self.kind, Enum):
            if given not in [item.value for item in self.kind]:
                raise ValueError(f"one of {', '.join(str(item.value) for item in self.kind)} is needed")
            return self.kind(given)
        return _number(given, self.kind, self.least)

    def written(self, value: Any) -> Any:
        """What stands in the file for what the verb was given: mappings and lists for texts that mean them."""
        if self.kind is list:
            pairs = [text.partition("=") for text in map(str, value)]
            named = "=" in self.metavar and all(equals for _, equals, _ in pairs)
            if named and len({name for name, _, _ in pairs}) == len(pairs):
                return {name.strip(): _plain(text) for name, _, text in pairs}
            return list(map(str, value))
        if self.kind is str and "," in self.metavar and "," in value and "=" not in value:
            return parts(value)
        return str(value) if isinstance(value, Path) else value


def fields(verb: Verb) -> tuple[Field, ...]:
    """The keys of analysis files of a verb, in the order of its options; no two are the same."""
    hints = get_type_hints(verb, include_extras=True)
    found = [_field(name, hints[name], item.default) for name, item in _parameters(verb).items()]
    times = Counter(field.key for field in found)
    return tuple(
        replace(field, key=_plain_key(field.option or field.argument)) if times[field.key] > 1 else field
        for field in found
    )


def _plain_key(option: str) -> str:
    return option.removeprefix("--").replace("-", "_")


def _parameters(verb: Verb) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(verb).parameters


def _field(name: str, hint: Any, default: Any) -> Field:
    annotation, info = get_args(hint)[:2]
    several = get_origin(annotation) in (Union, UnionType)
    first = next(part for part in get_args(annotation) if part is not NoneType) if several else annotation
    kind = get_origin(first) or first
    # what stands first in ``typer.Option("--range", ...)`` is called its default there, until Typer sorts it out
    texts = (info.default, *(info.param_decls or ()))
    option = next((text for text in texts if isinstance(text, str) and text.startswith("--")), "")
    key = ARGUMENTS.get(option or f"--{name}", _plain_key(option or name))
    least = getattr(info, "min", None)
    needed = default is inspect.Parameter.empty
    default = ... if needed else default
    return Field(key, name, kind, default, info.metavar or "", least, option, info.help or "")


def _text(given: Any) -> str:
    if isinstance(given, bool) or not isinstance(given, str | int | float | os.PathLike):
        raise ValueError(f"a name or a number is needed, not {short(given)}")
    return str(given)


def _texts(given: Any) -> list[str]:
    """``{kappa: [-5, 5]}`` as ``["kappa=-5:5"]``, ``[[kappa, delta]]`` as ``["kappa,delta"]``."""
    if isinstance(given, Mapping):
        return [f"{_text(name)}={_joined(value, ':')}" for name, value in given.items()]
    if isinstance(given, list):
        return [_joined(item, ",") for item in given]
    return [_text(given)]


def _joined(given: Any, between: str) -> str:
    return between.join(map(_text, given)) if isinstance(given, list) else _text(given)


def _number(given: Any, kind: type, least: float | None) -> Any:
    words = {bool: "true or false", int: "a whole number"}.get(kind, "a number")
    allowed = (int, float) if kind is float else (kind,)
    if not isinstance(given, allowed) or (kind is not bool and isinstance(given, bool)):
        raise ValueError(f"{words} is needed")
    value: Any = given
    if kind is float and not abs(value) < float("inf"):
        raise ValueError("a finite number is needed")
    if least is not None and value < least:
        raise ValueError(f"at least {least:g} is needed")
    return kind(value)


def _plain(text: str) -> Any:
    """A number, two or more of them with colons between, or the text itself."""
    try:
        numbers = [float(part) for part in text.split(":")]
    except ValueError:
        return text.strip()
    numbers = [int(number) if number.is_integer() and abs(number) < 1e15 else number for number in numbers]
    return numbers if len(numbers) > 1 else numbers[0]


def schema(name: str, known: tuple[Field, ...]) -> type[BaseModel]:
    """The pydantic model of a file: one field an option, beside what the file says of itself; nothing else."""
    from pydantic import BeforeValidator, ConfigDict, create_model

    own: dict[str, Any] = {"verb": (str, "fit"), "title": (str, ""), "nutau": (str, "")}
    for field in known:
        own[field.key] = (Annotated[Any, BeforeValidator(field.read)], field.default)
    config = ConfigDict(extra="forbid", protected_namespaces=())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # json is also the name of an old method of pydantic's
        made: type[BaseModel] = create_model(f"Analysis_{name.replace(' ', '_')}", __config__=config, **own)
    return made


def read(path: Path, verbs: Mapping[str, Verb]) -> tuple[Verb, dict[str, Any]]:
    """The verb that a file runs, and its arguments; files that it names are taken from its folder.

    Raises :class:`InputError` with all problems of the file, each with its place.
    """
    from nutau.common.yaml_files import read_yaml, validate
    from nutau.errors import unknown

    document = read_yaml(path)
    if not isinstance(document, dict):
        raise InputError(
            f"{path}: no analysis file; it holds the options of a verb, as 'parameters: [C1, C3]'."
        )
    name = document.get("verb", "fit")
    if not isinstance(name, str) or name not in verbs:
        raise unknown("verb", str(name), verbs, str(path))
    known = fields(verbs[name])
    found = validate(schema(name, known), document, str(path))
    values = {field: getattr(found, field.key) for field in known}
    return verbs[name], {field.argument: _moved(field, value, path.parent) for field, value in values.items()}


def _moved(field: Field, value: Any, folder: Path) -> Any:
    """A value with the files in it named as from the folder of work."""
    if isinstance(value, list):
        return [_moved(field, item, folder) for item in value]
    if isinstance(value, Path):
        return Path(_seen(str(value), folder))
    if not isinstance(value, str):
        return value
    is_folder = field.key in FOLDERS and os.sep in value
    return _seen(value, folder) if value.lower().endswith(FILES) or is_folder else value


def _seen(text: str, folder: Path) -> str:
    """A path of a file in ``folder`` from the folder of work; one in full stays as it is."""
    return text if Path(text).is_absolute() else os.path.relpath(folder / text)


def save(path: Path, name: str, verb: Verb, given: Mapping[str, Any]) -> None:
    """Write the options of a verb to an analysis file, those that stand at their default too."""
    from nutau.common.files import writing

    content = document(path, name, verb, given)
    with writing(path) as draft:
        draft.write_text(_dumped(content), encoding="utf-8")


def _dumped(content: Mapping[str, Any]) -> str:
    import yaml

    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110)


def document(path: Path, name: str, verb: Verb, given: Mapping[str, Any]) -> dict[str, Any]:
    """The content of the file ``path`` that runs a verb with ``given`` arguments."""
    made: dict[str, Any] = {"verb": name, "nutau": __version__}
    for field in fields(verb):
        value = given.get(field.argument, field.default)
        if value is None or value is False or value == [] or value is ...:
            continue
        made[field.key] = field.written(_beside(field, value, path.parent))
    return made


def _beside(field: Field, value: Any, folder: Path) -> Any:
    """A value with the files in it named as from the folder of the analysis file."""
    if isinstance(value, list | tuple):
        return [_beside(field, item, folder) for item in value]
    if not isinstance(value, str | Path) or Path(value).is_absolute():
        return value
    named = isinstance(value, Path) or str(value).lower().endswith(FILES)
    if field.key in FOLDERS and Path(value).is_dir():
        return os.path.join(os.curdir, os.path.relpath(value, folder))
    return type(value)(os.path.relpath(value, folder)) if named else value


def savable(name: str, verb: Verb) -> Verb:
    """The verb with ``--save-analysis FILE``; what it refuses is not saved."""
    import typer

    from nutau.common.files import check_file

    option = Annotated[
        Path | None,
        typer.Option("--save-analysis", metavar="FILE", help="Write the options to a file for 'nutau run'."),
    ]

    def run(**given: Any) -> None:
        path = given.pop(SAVE)
        if path is not None:
            check_file(path, ENDINGS)
        keep = True
        try:
            verb(**given)
        except InputError:
            keep = False
            raise
        finally:
            if path is not None and keep:
                save(path, name, verb, given)

    return with_options(run, verb, {SAVE: (option, None)})
