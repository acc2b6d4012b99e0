"""The rooms stand in one order: a module may import from its own room and from rooms above it in the list."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "nutau"
ROOMS = (
    "errors",
    "common",
    "eft",
    "measurements",
    "inputs",
    "models",
    "decays",
    "observables",
    "inference",
    "letter",
    "report",
    "explorer",
    "cli",
)
MOST_NAMES = 13
"""Names under src/nutau, besides data and files with double underscores: what a newcomer has to look at."""


def imports(path: Path):
    """Every module of nutau that a file imports, also within functions, with the line."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            if node.module == "nutau":
                yield from (
                    (f"nutau.{alias.name}", node.lineno) for alias in node.names if alias.name in ROOMS
                )
            elif node.module.startswith("nutau."):
                yield node.module, node.lineno
        elif isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names if alias.name.startswith("nutau."))


def room(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


FILES = [path for path in sorted(SOURCE.rglob("*.py")) if not room(path).startswith("__")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_point_up_the_list(path):
    own = room(path)
    if own == "data":
        assert not list(imports(path)), "data holds nothing but data"
        return
    assert own in ROOMS, f"{own} is no room of the house"
    for module, line in imports(path):
        other = module.split(".")[1]
        assert ROOMS.index(other) <= ROOMS.index(own), f"{path}:{line}: {own} imports {module}, further down"


def test_a_newcomer_looks_at_few_doors():
    names = {path.name for path in SOURCE.iterdir() if not path.name.startswith(("__", "py.typed"))}
    assert names - {"data"} == {f"{name}.py" if name == "errors" else name for name in ROOMS}
    assert len(ROOMS) <= MOST_NAMES


def test_every_room_says_what_it_holds():
    for name in ROOMS[1:]:
        text = ast.get_docstring(ast.parse((SOURCE / name / "__init__.py").read_text()))
        assert "May import" in text or "Imports nothing" in text, name
        assert "Start at" in text, name


@pytest.mark.parametrize("column", [("decays",), ("eft.smeft", "models")])
def test_the_two_columns_do_not_meet(column):
    """Rates know nothing of models or of SMEFT; models and SMEFT nothing of rates."""
    other = {"decays", "eft.smeft", "models"} - set(column)
    for path in FILES:
        place = ".".join(path.relative_to(SOURCE).with_suffix("").parts)
        if place.startswith(column):
            for module, line in imports(path):
                assert not module.removeprefix("nutau.").startswith(tuple(other)), f"{path}:{line}"


def test_predictions_and_measurements_do_not_meet_below_the_likelihood():
    for path in FILES:
        if room(path) in ("eft", "models", "decays"):
            assert not {"measurements"} & {module.split(".")[1] for module, _ in imports(path)}, path


def test_rooms_name_what_they_hand_on_one_way():
    """``import x as x``; with ``__all__`` the API's page of a room would describe again what a module describes."""
    rooms = [path for path in SOURCE.rglob("__init__.py") if path.parent != SOURCE]
    assert len(rooms) > 20
    assert not [str(path) for path in rooms if "__all__" in path.read_text(encoding="utf-8")]
