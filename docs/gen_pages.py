"""The pages that are made from the data and the code at every build: catalogue, models, inputs, measurements, commands, API."""

from __future__ import annotations

import pkgutil
from pathlib import Path

import gen_commands
import gen_inputs
import gen_measurements
import gen_models
import gen_observables
import nutau


def pages(draws: int = 300) -> dict[str, str]:
    """Every generated page by its path below ``docs/generated``; ``draws`` for the theory errors of the SM values."""
    return {
        "observables.md": gen_observables.page(draws),
        "models.md": gen_models.page(),
        "inputs.md": gen_inputs.page(),
        "measurements.md": gen_measurements.page(),
        "commands.md": gen_commands.page(),
        **api(),
    }


def write(docs: Path) -> None:
    """Write the pages below ``docs/generated``; pages that are no longer made disappear."""
    folder = docs / "generated"
    made = pages()
    for old in sorted(folder.rglob("*.md")) if folder.exists() else ():
        if str(old.relative_to(folder)) not in made:
            old.unlink()
    for name, text in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)


def modules() -> tuple[str, ...]:
    """Every module of the package but the command line's."""
    found = pkgutil.walk_packages(nutau.__path__, "nutau.")
    return tuple(m.name for m in found if not m.name.startswith("nutau.cli"))


def api() -> dict[str, str]:
    """A page for each module with everything public in it."""
    made = {}
    for name in modules():
        made[f"api/{name}.md"] = f"# {name}\n\n```{{eval-rst}}\n.. automodule:: {name}\n```\n"
    listed = "\n".join(f"{name}" for name in modules())
    made["api/index.md"] = f"# API\n\n```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```\n"
    return made
