"""What the page looks like, by pixels: small pictures in both themes, phone and window, beside stored ones."""

import json

import numpy as np
import pytest
from thumbnails import STORED, THEMES, WINDOWS, thumbnail

MEAN, MOST, EMPTIED = 0.03, 0.02, 0.02
"""Most that brightness may differ on the mean; parts of all cells that may differ by a quarter, and be emptied."""
SOMETHING, NOTHING = 0.06, 0.015
"""Brightness varies so much in a cell with letters or lines, and so little in an empty one."""


def distance(made, stored):
    """The mean difference of brightness, the part of the cells that differ much, and that of those that are emptied."""
    apart = np.abs(made[0] - stored[0])
    emptied = (stored[1] > SOMETHING) & (made[1] < NOTHING)
    return float(np.mean(apart)), float(np.mean(apart > 0.25)), float(np.mean(emptied))


def alike(made, stored):
    return all(
        found < most for found, most in zip(distance(made, stored), (MEAN, MOST, EMPTIED), strict=True)
    )


@pytest.fixture(scope="module")
def stored():
    return {name: np.array(rows) / 100.0 for name, rows in json.loads(STORED.read_text()).items()}


@pytest.fixture
def fresh(context, file):
    tab = context.new_page()
    tab.goto(file.as_uri())
    yield tab
    tab.close()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("window", WINDOWS)
def test_the_page_looks_as_when_somebody_looked(fresh, stored, window, theme):
    """Fails after a change of the look: look at the page, then run ``python tests/explorer/thumbnails.py``."""
    made = thumbnail(fresh, window, theme)
    assert alike(made, stored[f"{window}, {theme}"]), distance(made, stored[f"{window}, {theme}"])


@pytest.mark.parametrize(
    "harm",
    [
        "document.querySelectorAll('style').forEach((sheet) => sheet.remove())",
        "document.querySelector('#panel-K').style.visibility = 'hidden'",
        "document.body.style.width = '60%'",
    ],
)
def test_harm_is_seen(fresh, stored, harm):
    """The page without its style, with an empty plane, narrower than its window."""
    fresh.evaluate(f"() => {{ {harm} }}")
    assert not alike(thumbnail(fresh, "window", "light"), stored["window, light"])


def test_themes_differ(stored):
    assert not alike(stored["window, light"], stored["window, dark"])
