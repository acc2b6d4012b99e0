"""The gallery: every figure of these pages with the command that draws it."""

from __future__ import annotations

import re
import shlex
from itertools import pairwise
from pathlib import Path

from run_blocks import blocks, commands, shown_pictures

HEAD = """# Gallery

Every figure with the command that drew it when this site was built; a click leads to the page that explains it. All take `--width`, `--font-size`,
`--latex` and `--data-out` ({doc}`../howto/figures`). Three more are pictures of results: the letter's Figure 1 (`nutau reproduce`), the planes of today's data
(`nutau judge --letter --out today.md --figure today.svg`, `nutau today --out lines.md --figure lines.svg`), and <a href="../plane.html">the page to move</a> (`nutau explore`).

::::{container} gallery
"""
ITEM = """
```{{figure}} images/{picture}
:alt: {alt}
:target: {target}

{alt}. `{line}`
```
"""


def pages(docs: Path) -> dict[str, str]:
    """The pages by hand that show pictures of their own commands, by name."""
    texts = {
        str(path.relative_to(docs).with_suffix("")): path.read_text(encoding="utf-8")
        for path in sorted(docs.rglob("*.md"))
        if not {"generated", "_build"} & set(path.relative_to(docs).parts)
    }
    return {name: text for name, text in texts.items() if shown_pictures(text)}


def drawn(text: str) -> dict[str, str]:
    """The command that writes each picture of a page, by its file; without what a reader need not read."""
    lines = [
        line for block in blocks(text) if block["language"] == "console" for line in commands(block["body"])
    ]
    found = {}
    for line in lines:
        words = shlex.split(line, comments=True)
        for option, name in pairwise(words):
            if option in ("--out", "--figure") and name.endswith(".png"):
                found[name] = line
    return found


def page(docs: Path) -> str:
    """The page, as Markdown."""
    parts = [HEAD]
    for name, text in pages(docs).items():
        lines = drawn(text)
        for alt, picture in re.findall(r"!\[([^\]]+)\]\(\.\./generated/images/([\w-]+\.png)\)", text):
            parts.append(ITEM.format(picture=picture, alt=alt, target=f"../{name}.html", line=lines[picture]))
    return "".join([*parts, "\n::::\n"])
