"""The pages that are made from the data and the code at every build: catalogue, models, inputs, measurements, commands, API."""

from __future__ import annotations

import pkgutil
import shlex
from pathlib import Path

import gen_commands
import gen_gallery
import gen_house
import gen_inputs
import gen_invisible
import gen_measurements
import gen_models
import gen_observables
import gen_papers
import gen_relations
import gen_screens
import nutau

SCREENS = Path(__file__).parent / "generated" / "images" / "screens"


def pages(draws: int = 300) -> dict[str, str]:
    """Every generated page by its path below ``docs/generated``; ``draws`` for the theory errors of the SM values."""
    return {
        "observables.md": gen_observables.page(draws),
        "models.md": gen_models.page(),
        "inputs.md": gen_inputs.page(),
        "measurements.md": gen_measurements.page(),
        "relations.md": gen_relations.page(draws),
        "papers.md": gen_papers.page(),
        "commands.md": gen_commands.page(),
        "public.md": gen_house.public(),
        "house.md": gen_house.table(),
        "screens.md": pages_of_screens(),
        "gallery.md": gen_gallery.page(Path(__file__).parent),
        **api(),
    }


def write(docs: Path) -> None:
    """Write the pages below ``docs/generated``; pages that are no longer made disappear."""
    folder = docs / "generated"
    made = pages()
    (folder / "site").mkdir(parents=True, exist_ok=True)
    for old in sorted(folder.rglob("*.md")) if folder.exists() else ():
        if str(old.relative_to(folder)) not in made:
            old.unlink()
    (folder / "images").mkdir(exist_ok=True)
    (folder / "images" / "house.svg").write_text(gen_house.drawing(), encoding="utf-8")
    gen_invisible.draw(folder / "images" / "invisible.png")
    for name, text in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)


def draw(docs: Path, quick: bool = False) -> dict[str, str]:
    """The pictures of pages, by the commands that stand there, and the explorer, by the command line.

    Returns those pages by name with the outputs of their code, so that nothing is run twice. ``quick``: of long
    commands only the arguments are read, and their pictures are blank.
    """
    from run_blocks import rendered, run_line

    folder = docs / "generated" / "images"
    folder.mkdir(parents=True, exist_ok=True)
    made = {name: rendered(text, folder, quick) for name, text in gen_gallery.pages(docs).items()}
    page = docs / "generated" / "site" / "plane.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    run_line(shlex.join(["nutau", "explore", "--out", str(page)]))
    gen_screens.take(page, SCREENS)
    (docs / "generated" / "screens.md").write_text(pages_of_screens())
    return made


def pages_of_screens() -> str:
    """The pictures of the explorer that there are."""
    return gen_screens.text(SCREENS, "../generated/images/screens")


def modules() -> tuple[str, ...]:
    """Every module of the package but the command line's."""
    found = pkgutil.walk_packages(nutau.__path__, "nutau.")
    return tuple(m.name for m in found if not m.name.startswith("nutau.cli"))


def api() -> dict[str, str]:
    """A page for each module with everything public in it."""
    made = {}
    for name in modules():
        made[f"api/{name}.md"] = f"# {name}\n\n```{{eval-rst}}\n.. automodule:: {name}\n```\n"
    made["api/index.md"] = (
        "# Every module\n\nBy room, from the ground up; {doc}`../public` are the names to use.\n"
    )
    for room in ("errors", *gen_house.ROOMS[:-1], "data", "__main__"):
        listed = "\n".join(name for name in modules() if name.split(".")[1] == room)
        made["api/index.md"] += f"\n## {room}\n\n```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```\n"
    return made
