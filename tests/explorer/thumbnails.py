"""Small pictures of the explorer as it opens, by which its look is compared: ``python tests/explorer/thumbnails.py``.

Writes ``tests/cases/explorer_thumbnails.json`` anew, which is right when somebody has looked at the page: it shows what
it should in both themes, on a phone and in a window.
"""

import io
import json
import tempfile
from pathlib import Path

import numpy as np

from browsing import CHROMIUM, FLAGS, drawn

STORED = Path(__file__).parents[1] / "cases" / "explorer_thumbnails.json"
WINDOWS = {"phone": (390, 844), "window": (1280, 900)}
THEMES = ("light", "dark")
CELLS = (32, 48)
"""Columns and rows: letters are far smaller than a cell, so that fonts do not matter, and planes are larger."""


def thumbnail(tab, window, theme):
    """The brightness of the whole page, 0 to 1, and how much it varies within each cell, ``(2, 48, 32)``."""
    from PIL import Image

    width, height = WINDOWS[window]
    tab.set_viewport_size({"width": width, "height": height})
    tab.emulate_media(color_scheme=theme)
    drawn(tab)
    picture = Image.open(io.BytesIO(tab.screenshot(full_page=True))).convert("L")
    light = np.asarray(picture, dtype=np.float32) / 255.0
    mean, square = (
        np.asarray(Image.fromarray(values).resize(CELLS, Image.Resampling.BOX))
        for values in (light, light**2)
    )
    return np.stack([mean, np.sqrt(np.maximum(square - mean**2, 0.0))])


def main():
    """Make the page of the tests and store its pictures."""
    from playwright.sync_api import sync_playwright

    from conftest import DRAWS
    from nutau.explorer.page import page
    from nutau.explorer.payload import payload

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        path = Path(folder) / "plane.html"
        path.write_text(page(payload(draws=DRAWS)), encoding="utf-8")
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        tab = browser.new_page()
        tab.goto(path.as_uri())
        made = {
            f"{window}, {theme}": (100 * thumbnail(tab, window, theme)).round().astype(int).tolist()
            for window in WINDOWS
            for theme in THEMES
        }
        browser.close()
    STORED.write_text(json.dumps(made, separators=(",", ":")).replace("]],", "]],\n") + "\n")


if __name__ == "__main__":
    main()
