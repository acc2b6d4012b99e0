"""Imports point one way: a module may import only from layers to its left (and from its own layer's package)."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "nutau"
LAYERS = (
    {"errors"},
    {"reading"},
    {"aliases", "arrays", "files", "rounding", "tables"},
    {"given"},
    {"checked"},
    {"data"},
    {"wilson"},
    {"algebra", "parameters", "moments"},
    {"kinematics", "qcd", "ckm"},
    {"formfactors", "wet"},
    {"inputs"},
    {"decays", "smeft"},
    {"models"},
    {"formula", "perturbativity"},
    {"observables", "measurements", "published"},
    {"predictions", "points", "surfaces"},
    {"theory", "budgets"},
    {"polynomials", "spectra"},
    {"likelihood"},
    {"fitting", "scanning"},
    {"forecasting"},
    {"letter"},
    {"ask", "planes"},
    {"neutrinos"},
    {"figures", "export", "citations", "conversion"},
    {"reproduction", "explorer", "today"},
    {"cli"},
    {"__main__"},
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}


def unit(module: str) -> str:
    """The name after 'nutau.', '' for the package itself."""
    return module.split(".")[1] if "." in module else ""


def imports(path: Path):
    for node in ast.walk(ast.parse(path.read_text())):
        if (
            isinstance(node, ast.ImportFrom)
            and node.level == 0
            and (node.module or "").split(".")[0] == "nutau"
        ):
            if node.module == "nutau":
                yield from (
                    (f"nutau.{alias.name}", node.lineno) for alias in node.names if alias.name in RANK
                )
            else:
                yield node.module, node.lineno
        elif isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names if alias.name.startswith("nutau."))
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"


FILES = [path for path in sorted(SOURCE.rglob("*.py")) if path != SOURCE / "__init__.py"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_point_left(path):
    own = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    assert own in RANK, f"{own} has no place in LAYERS"
    for module, line in imports(path):
        other = unit(module)
        if other != own:
            assert RANK[other] < RANK[own], f"{path}:{line}: {own} imports {other}, which is not to its left"


@pytest.mark.parametrize("column", [{"decays"}, {"smeft", "models"}])
def test_the_two_columns_do_not_meet(column):
    other = {"decays", "smeft", "models"} - column
    for path in FILES:
        if path.relative_to(SOURCE).parts[0].removesuffix(".py") in column:
            assert not {unit(module) for module, _ in imports(path)} & other, path
