"""Pictures of the explorer at five widths in both themes, for its page; without a browser the page says so.

python docs/gen_screens.py [--page plane.html] [--out FOLDER]
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDTHS = {390: 844, 820: 1180, 1024: 768, 1280: 900, 1920: 1080}
"""Width and height in pixels: a phone, a tablet, and three windows."""
THEMES = ("light", "dark")
FLAGS = ("--no-sandbox", "--disable-gpu")


def browser() -> str | None:
    """The browser that takes the pictures; ``None`` without one, or without Playwright."""
    if find_spec("playwright") is None:
        return None
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def name(width: int, theme: str) -> str:
    """The file of a picture."""
    return f"page-{width}-{theme}.png"


def take(page: Path, folder: Path) -> list[Path]:
    """Take the pictures of ``page`` into ``folder``; the empty list where there is no browser."""
    found = browser()
    if found is None:
        return []
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    made = []
    with sync_playwright() as driver:
        window = driver.chromium.launch(executable_path=found, args=list(FLAGS))
        for theme in THEMES:
            for width, height in WIDTHS.items():
                tab = window.new_page(viewport={"width": width, "height": height}, color_scheme=theme)
                tab.goto(page.resolve().as_uri())
                tab.evaluate(
                    "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
                )
                if width == min(WIDTHS):
                    tab.locator("#panel-K").scroll_into_view_if_needed()
                made.append(folder / name(width, theme))
                tab.screenshot(path=str(made[-1]))
                tab.close()
        window.close()
    return made


def text(images: Path, relative: str) -> str:
    """The gallery in Markdown, of the pictures that are in the folder ``images``."""
    taken = [(width, theme) for theme in THEMES for width in WIDTHS if (images / name(width, theme)).exists()]
    if not taken:
        return "This site was built without a browser, so there are no pictures of the page here.\n"
    lines = [
        f"![The page in a window of {width} pixels, {theme}]({relative}/{name(width, theme)})"
        for width, theme in taken
    ]
    return "\n\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Make a page unless one is given, and take its pictures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--page", type=Path, help="a page made before by 'nutau explore --out'")
    parser.add_argument("--out", type=Path, default=Path("screens"), help="folder of the pictures (screens)")
    given = parser.parse_args(arguments)
    if browser() is None:
        print("Pictures need Playwright (pip install playwright) and Chromium.", file=sys.stderr)
        return 2
    if given.page is not None and not given.page.is_file():
        print(f"There is no page '{given.page}': make it with 'nutau explore --out FILE'.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as place:
        page = given.page or made(Path(place) / "plane.html")
        for path in take(page, given.out):
            print(path)
    return 0


def made(path: Path) -> Path:
    """The page as ``nutau explore`` writes it."""
    from nutau.explorer.page import page
    from nutau.explorer.payload import payload

    path.write_text(page(payload()), encoding="utf-8")
    return path


if __name__ == "__main__":
    sys.exit(main())
