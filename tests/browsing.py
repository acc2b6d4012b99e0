"""A headless Chromium for tests of pages, and what they do in it."""

import shutil
from pathlib import Path

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))),
    None,
)
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


def drawn(tab):
    """Wait for the next redraw."""
    tab.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def until(tab, condition):
    """Wait for a condition (the page's policy forbids Playwright's own way, which evaluates text)."""
    for _ in range(200):
        if tab.evaluate(condition):
            return
        tab.wait_for_timeout(20)
    raise AssertionError(f"still not: {condition}")


def visit(tab, address):
    """Read an address as if it was typed into the page that is open."""
    tab.evaluate("(hash) => { history.replaceState(null, '', '#'); location.hash = hash; }", address)
    drawn(tab)


def figure(tab):
    """What is drawn in the first plane."""
    return tab.evaluate("document.querySelector('#panel-K svg').outerHTML")


def overlap(one, two):
    """Whether two boxes have a point in common."""
    return all(
        one[at] < two[at] + two[size] and two[at] < one[at] + one[size]
        for at, size in (("x", "width"), ("y", "height"))
    )


def saved(tab, button):
    with tab.expect_download() as download:
        tab.click(button)
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()
