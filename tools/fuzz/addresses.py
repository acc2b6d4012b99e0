"""Addresses of the page: settings of any kind behind the #. It draws, says what it did not take, and shows no NaN."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from fuzz.dice import Dice
from fuzz.values import NUMBERS, word
from fuzz.verdict import Case

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def attack(dice: Dice, folder: Path) -> Iterator[Case]:
    """Addresses for some seconds; none where there is no browser."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        print("addresses: no browser here, none tried", flush=True)
        return
    from playwright.sync_api import sync_playwright

    from nutau.explorer.page import page
    from nutau.explorer.payload import payload

    file = folder / "plane.html"
    file.write_text(page(payload(draws=20)), encoding="utf-8")
    with sync_playwright() as driver:
        context = driver.chromium.launch_persistent_context(
            folder / "profile", executable_path=browser, args=list(FLAGS), offline=True
        )
        tab = context.new_page()
        wrong: list[str] = []
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        tab.goto(file.as_uri())
        settings = re.findall(
            r"([\w]+)=([^&]*)", tab.evaluate("(document.querySelector('a') && location.hash) || ''")
        )
        names = tuple(name for name, _ in settings) or (
            *(
                "inputs",
                "data",
                "convention",
                "mode",
                "models",
                "kappa",
                "delta",
                "scale",
                "luminosity",
                "log",
                "x",
                "y",
            ),
            *("pin", "branches", "bands", "theory", "toString", "__proto__", "constructor"),
        )
        for rng in dice:
            address = _address(rng, names)
            tab.evaluate("(hash) => { history.replaceState(null, '', '#'); location.hash = hash; }", address)
            tab.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            shown = tab.inner_text("body")
            if not wrong and re.search(r"\b(NaN|undefined|Infinity)\b", re.sub("“[^”]*”", "", shown)):
                wrong.append("NaN, undefined or Infinity on the page")
            yield Case("address", address[:300], "; ".join(wrong))
            wrong.clear()
        context.close()


def _address(rng: random.Random, names: tuple[str, ...]) -> str:
    known = (
        "letter",
        "default",
        "flavio-2.7",
        "U1",
        "S3,U1",
        "U1@0.1",
        "1,2",
        "0,10",
        "0",
        "1",
        "physical",
        "2026",
    )
    pairs = []
    for _ in range(rng.randrange(1, 6)):
        value = rng.choice(NUMBERS) if rng.random() < 0.4 else word(rng, known)
        pairs.append(f"{word(rng, names)}={value if rng.random() < 0.3 else quote(value[:500])}")
    return "&".join(pairs)
