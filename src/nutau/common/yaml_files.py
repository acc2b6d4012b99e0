"""Reading nutau's data: YAML files with sources, validated, with all problems of a file reported at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from nutau.common.files import is_file, is_folder, read_text
from nutau.errors import MOST_PROBLEMS, InputError, short, unknown, unreadable

if TYPE_CHECKING:
    from pydantic import BaseModel

    Model = TypeVar("Model", bound=BaseModel)


def folder(name: str = "") -> Traversable:
    """A folder of the package's data, for instance ``folder("measurements")``."""
    root = files("nutau.data")
    return root.joinpath(name) if name else root


def entries(name: str) -> tuple[str, ...]:
    """The names (without ``.yaml``) of the files of a data folder, sorted."""
    return tuple(sorted(item.name[:-5] for item in folder(name).iterdir() if item.name.endswith(".yaml")))


def find(
    kind: str, name: str, given: str | Path, also: tuple[str, ...] = ()
) -> tuple[Traversable | Path, str]:
    """The file that ``given`` means: an entry of the data folder ``name``, or a path to the user's own YAML file.

    Returns the file and how to call it in messages. ``kind`` says what was asked for, for instance "data set";
    ``also`` are names without a file that the caller understands, to be offered too.
    """
    text = str(given)
    if text in entries(name):
        return folder(name).joinpath(f"{text}.yaml"), text
    if not text:
        raise InputError(f"The name of the {kind} is empty.")
    path = Path(text)
    if is_file(path):
        return path, text
    if is_folder(path):
        raise InputError(f"'{text}' is a folder; the {kind} is one YAML file.")
    if path.suffix in {".yaml", ".yml", ".json"} or "/" in text:
        raise InputError(f"There is no file '{text}', which was to be the {kind}.")
    raise unknown(kind, text, (*entries(name), *also))


def read_yaml(path: Traversable | Path) -> Any:
    """The content of a YAML file; :class:`InputError` naming line and column if it is no YAML."""
    return parse_yaml(read_text(path), str(path))


def parse_yaml(text: str, where: str, aliases: bool = False) -> Any:
    """YAML text as Python objects, as :mod:`nutau.common.yaml_loader` reads it.

    Numbers like ``1e-5`` are floats; keys that stand twice, control characters and, unless allowed, aliases are an
    error.
    """
    import yaml

    from nutau.common.yaml_loader import LONGEST, loader, too_deep

    if len(text) > LONGEST:
        raise InputError(f"{where} has {len(text)} characters; nutau reads YAML of up to {LONGEST}.")
    if too_deep(text):  # libyaml would overflow the stack of the process
        raise unreadable(where, RecursionError())
    try:
        return yaml.load(text, Loader=loader(aliases))
    except (ValueError, OverflowError, RecursionError) as error:
        raise unreadable(where, error) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "not readable"
        if isinstance(error, yaml.constructor.ConstructorError):
            raise InputError(f"{where}{line}: {problem}.") from None
        raise InputError(f"{where}{line}: neither JSON nor YAML ({problem}).") from None


def validate(model: type[Model], document: Any, where: str) -> Model:
    """``document`` as a pydantic model; all its problems, each with its path in the file, in one InputError."""
    from pydantic import ValidationError

    try:
        return model.model_validate(document)
    except ValidationError as error:
        count = error.error_count()
        first = error.errors(include_url=False)[:MOST_PROBLEMS]
        problems = [f"  {_place(e, document)}: {_reason(e, model)}" for e in first]
        rest = [f"  and {count - len(first)} more"] if count > len(first) else []
        head = f"{where} has {'one problem' if count == 1 else f'{count} problems'}:"
        raise InputError("\n".join((head, *problems, *rest, *_examples(first, model)))) from None


def _examples(errors: Sequence[Any], model: type[BaseModel]) -> list[str]:
    """How the parts look in which keys are missing or unknown, where their models say it."""
    from nutau.common.shapes import path_of_models

    wrong = [e["loc"][:-1] for e in errors if e["type"] in {"missing", "extra_forbidden"}]
    met = [getattr(part, "EXAMPLE", "") for place in wrong for part in path_of_models(model, place)]
    return [f"Such an entry looks like this:\n{text}" for text in dict.fromkeys(met) if text]


def _place(error: Any, document: Any) -> str:
    """The path of a problem in the file, without the steps that pydantic adds for the members of a union."""
    node, path = document, ""
    for number, step in enumerate(error["loc"]):
        missing = error["type"] == "missing" and number == len(error["loc"]) - 1
        if isinstance(step, int) and isinstance(node, list | tuple):
            path += f"[{step}]"
            node = node[step] if step < len(node) else None
        elif isinstance(node, dict) and (missing or step in node):
            path += f".{step}"
            node = node.get(step)
    return path.lstrip(".") or "(file)"


def _reason(error: Any, model: type[BaseModel]) -> str:
    from nutau.common.shapes import keys, path_of_models

    if error["type"] == "missing":
        return "is missing"
    if error["type"] == "extra_forbidden":
        found = path_of_models(model, error["loc"][:-1])[-1]
        near = get_close_matches(str(error["loc"][-1]), list(found.model_fields), n=1)
        meant = f" (did you mean {near[0]}?)" if near else ""
        return f"is not taken here{meant}; the keys here are {keys(found)}"
    message = str(error["msg"]).removeprefix("Value error, ")
    given, context = error.get("input"), error.get("ctx", {})
    key = str(context.get("discriminator", "")).strip("'")
    if error["type"] in {"model_type", "dict_type", "model_attributes_type"}:
        what = "nothing" if given is None else "a list" if isinstance(given, list) else short(given)
        return f"keys with values are needed here; there is {what}"
    if error["type"] == "union_tag_not_found":
        return f"{key} is missing; it says what the rest means"
    if error["type"] == "union_tag_invalid":
        known = str(context["expected_tags"]).replace("'", "")
        return f"unknown {key} '{context['tag']}'; use one of {known}"
    shown = f" (given: {short(given)})" if isinstance(given, str | int | float | bool) else ""
    return message + shown


@cache
def references() -> Mapping[str, str]:
    """BibTeX entries of ``references.bib`` by key."""
    return MappingProxyType(dict(_bibtex(read_text(folder().joinpath("references.bib")))))


def _bibtex(text: str) -> Iterator[tuple[str, str]]:
    for chunk in re.split(r"(?m)^(?=@)", text):
        head = re.match(r"@\w+\{([^,\s]+),", chunk)
        if head:
            yield head.group(1), chunk.strip()
