"""What programs read of the site: ``llms.txt``, a list of all pages with what each says first, and the JSON Schemas."""

from __future__ import annotations

import json
import re
from pathlib import Path

from nutau.cli.schema import verbs

HEAD = """# nutau

> nutau (ν and τ) predicts, fits and draws how b → sνν, b → sττ and b → cτν move together under new physics: from Wilson
> coefficients (flavio's basis of the WET, Warsaw basis of the SMEFT) or mediators to observables with theory errors,
> data and figures. A Python package and a command.

Options of every verb as JSON Schema: [schemas](schemas/all.json), or `nutau schema VERB`. Tools that compute, for
assistants: `nutau mcp` (Model Context Protocol, extra `mcp`). Names: `nutau list`, `nutau models`, `nutau data list`.
"""


def listed(docs: Path) -> list[str]:
    """The pages in the order of the table of contents."""
    fences = re.findall(r"```\{toctree\}\n(.*?)```", (docs / "index.md").read_text(encoding="utf-8"), re.S)
    lines = (line.strip() for fence in fences for line in fence.splitlines())
    return [line for line in lines if line and not line.startswith(":")]


def first_words(path: Path) -> tuple[str, str]:
    """The title of a page and the first sentence of its text."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    text = re.sub(r"(?ms)^(`{3,}).*?^\1\s*$", "", text)
    titles = (line.removeprefix("# ") for line in text.splitlines() if line.startswith("# "))
    title = next(titles, path.stem.capitalize())
    plain = (part.strip() for part in text.split("\n\n") if part.strip())
    body = next((part for part in plain if part[0] not in "#|<(:{*-$"), "")
    body = re.sub(r"\{\w+\}`([^`]*)`", r"`\1`", " ".join(body.split()))
    return title, re.split(r"(?<=[.:])\s", body)[0]


def page(docs: Path) -> str:
    """The text of ``llms.txt``; pages that are not written yet are left out."""
    lines = []
    for name in listed(docs):
        found = next((path for end in (".md", ".ipynb") if (path := docs / f"{name}{end}").exists()), None)
        if found is not None:
            title, said = first_words(found)
            lines.append(f"- [{title}]({name}.html){f': {said}' if said else ''}")
    return f"{HEAD}\n## Pages\n\n" + "\n".join(lines) + "\n"


def write(docs: Path, site: Path) -> None:
    """Write ``llms.txt`` and ``schemas/VERB.json`` into the folder of the site."""
    (site / "llms.txt").write_text(page(docs), encoding="utf-8")
    (site / "schemas").mkdir(exist_ok=True)
    known = {name: verb.schema() for name, verb in verbs().items()}
    for name, schema in {**known, "all": known}.items():
        text = json.dumps(schema, indent=1, ensure_ascii=False)
        (site / "schemas" / f"{name.replace(' ', '-')}.json").write_text(text, encoding="utf-8")
