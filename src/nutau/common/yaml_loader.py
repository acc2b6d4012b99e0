"""YAML as nutau reads it: plain words, numbers, lists and mappings; nothing that stands for something else."""

from __future__ import annotations

import re
from functools import cache
from itertools import accumulate
from math import inf
from typing import TYPE_CHECKING, Any

from nutau.errors import HARMFUL

if TYPE_CHECKING:
    import yaml

DEEPEST = 1000
"""YAML nested deeper than this is refused: a file of ours has ten levels, and libyaml would crash at some thousands."""

LONGEST = 16 * 2**20
"""Characters; reading takes a second each million."""

MOST_NODES = 2_000_000
"""Values in a file of another program, its aliases written out."""

_BRACKETS = re.compile(r"[\[\]{}]")
_DASHES = re.compile(r"(?:[-?] ){50,}")
_INDENT = re.compile(r"(?m)^ {100,}")
_NUMBER = re.compile(
    r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$|^[-+]?\.(inf|Inf)$|^\.(nan|NaN)$"
)


def too_deep(text: str) -> bool:
    """Whether brackets, dashes and indentation may be nested deeper than :data:`DEEPEST`."""
    dashes = max((len(run[0]) // 2 for run in _DASHES.finditer(text)), default=0)
    indent = max((len(run[0]) for run in _INDENT.finditer(text)), default=0)
    steps = (1 if bracket[0] in "[{" else -1 for bracket in _BRACKETS.finditer(text))
    return any(depth > DEEPEST for depth in accumulate(steps, initial=dashes + indent))


def written_out(node: yaml.Node, sizes: dict[yaml.Node, float]) -> float:
    """How many nodes there would be without aliases; infinite for one that repeats itself."""
    if node not in sizes:
        sizes[node] = inf  # as long as we are inside it
        inner = node.value if isinstance(node.value, list) else ()
        parts = (part for item in inner for part in (item if isinstance(item, tuple) else (item,)))
        sizes[node] = 1 + sum(written_out(part, sizes) for part in parts)
    return sizes[node]


@cache
def loader(aliases: bool = False) -> type[yaml.SafeLoader]:
    """PyYAML's safe loader with YAML 1.2 floats (``1e-5`` is text to YAML 1.1).

    An alias, by which 500 bytes can stand for a thousand million, is refused, or with ``aliases`` what would be longer
    than :data:`MOST_NODES` without them; so are keys that stand twice or are no word or number, and text with control
    characters, which would act on a terminal when it is shown.
    """
    import yaml

    base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    def refused(problem: str, node: yaml.Node) -> yaml.constructor.ConstructorError:
        return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)

    class Loader(base):  # type: ignore[misc, valid-type]
        def construct_document(self, node: yaml.Node) -> Any:
            if aliases and written_out(node, {}) > MOST_NODES:
                raise refused("the aliases (*name) in it stand for too much", node)
            return super().construct_document(node)

        def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
            if not aliases and (node in self.constructed_objects or node in self.recursive_objects):
                raise refused(
                    "an alias (*name) repeats what stands here; write it out where it is meant", node
                )
            return super().construct_object(node, deep=deep)

        def construct_scalar(self, node: yaml.ScalarNode) -> Any:
            found = super().construct_scalar(node)
            if isinstance(found, str) and (character := HARMFUL.search(found)):
                raise refused(f"text with the control character {character[0]!a}; leave it out", node)
            return found

        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
            found: dict[Any, Any] = {}
            for key_node, value_node in node.value:
                if not isinstance(key_node, yaml.ScalarNode):
                    raise refused(
                        "a list or mapping stands where a key is needed (a template that was not filled in?)",
                        key_node,
                    )
                if key_node.tag == "tag:yaml.org,2002:merge":
                    raise refused("'<<' is not read; write out the keys that are meant", key_node)
                key = self.construct_object(key_node, deep=deep)
                if key in found:
                    raise refused(f"the key '{key}' stands twice", key_node)
                found[key] = self.construct_object(value_node, deep=deep)
            return found

    Loader.yaml_implicit_resolvers = {
        first: [(tag, regexp) for tag, regexp in resolvers if not tag.endswith(("float", "timestamp"))]
        for first, resolvers in base.yaml_implicit_resolvers.items()
    }
    for first in "-+0123456789.":
        Loader.yaml_implicit_resolvers.setdefault(first, []).append(("tag:yaml.org,2002:float", _NUMBER))
    return Loader
