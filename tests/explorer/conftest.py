"""The page, open in a browser."""

import pytest

from browsing import CHROMIUM, FLAGS, drawn
from nutau.explorer.page import page
from nutau.explorer.payload import payload

DRAWS = 40
LETTER = {"inputs": "letter", "data": "letter-2022", "running": False}


@pytest.fixture(scope="session")
def file(tmp_path_factory):
    """The page with all sets, few theory draws."""
    path = tmp_path_factory.mktemp("explorer") / "plane.html"
    path.write_text(page(payload(draws=DRAWS)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    """A browser with a new profile and no network."""
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="needs playwright: pip install 'nutau[test]'"
    )
    if CHROMIUM is None:
        pytest.skip("needs a browser: apt-get install chromium")
    profile = tmp_path_factory.mktemp("profile")
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch_persistent_context(
            profile,
            executable_path=CHROMIUM,
            args=list(FLAGS),
            viewport={"width": 1280, "height": 900},
            accept_downloads=True,
            offline=True,
        )
        browser.set_default_timeout(10_000)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def opened(context, file):
    """One tab for all tests, the state in which it opened, and all that must not happen in it."""
    tab = context.new_page()
    wrong = []
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda message: wrong.append(message.text))
    tab.on(
        "request",
        lambda request: request.url.startswith(("file:", "blob:", "data:")) or wrong.append(request.url),
    )
    tab.goto(file.as_uri())
    return tab, tab.evaluate("nutau.state()"), wrong


@pytest.fixture
def tab(opened):
    """The page with the letter's view; a script error, a message or a request to anywhere fails the test."""
    tab, first, wrong = opened
    tab.set_viewport_size({"width": 1280, "height": 900})
    tab.evaluate("(state) => nutau.set(state)", {**first, **LETTER})
    drawn(tab)
    yield tab
    assert not wrong
