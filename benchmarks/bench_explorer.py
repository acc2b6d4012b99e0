"""The explorer's page: time to make it, size, first figure, redraw by slider, and its largest deviation from Python.

    .venv/bin/python benchmarks/bench_explorer.py [--page plane.html]

Redraws are timed inside headless Chromium by the page itself, layout included, one for each step of a slider; 16 ms is
one frame. The first paint, with the complete figure, counts from the start of the navigation, medians of fresh tabs.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright

from machine import describe
from nutau.ask import predict
from nutau.explorer.page import page, write_page
from nutau.explorer.payload import payload

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
VIEWS = {
    "the letter": {},
    "today, running, theory bands": {"inputs": "default", "data": "2026", "running": True},
    "the same, both signs of δ, all models": {
        **{"inputs": "default", "data": "2026", "running": True, "branches": True, "right": 0.3},
        "models": ["VB", "U1", "S3", "U3", "X_-1/2", "X_1/2", "X_3/2", "S1"],
    },
}
SLIDERS = {"kappa": (-2.0, 4.0), "delta": (0.02, 0.12), "scale": (0.5, 50.0), "luminosity": (1.0, 50.0)}
STEPS = 60
TABS = 7
RATIOS = {
    "Rtautau(K)": "BR(B+->Ktautau)/SM",
    "Rtautau(K*)": "BR(B0->K*tautau)/SM",
    "Rnunu(K)": "BR(B+->Knunu)/SM",
}

SWEEP = """([first, name, low, high, steps]) => {
  nutau.set(first);
  for (let i = 0; i < 10; i++) nutau.redraw();
  const times = [];
  for (let i = 0; i < steps; i++) {
    nutau.set({ [name]: low + ((high - low) * i) / (steps - 1) });
    times.push(nutau.redraw());
  }
  return times;
}"""


def first_paint(context: BrowserContext, address: str) -> float:
    """Median in ms until the complete figure has been handed to the screen."""
    times = []
    for _ in range(TABS + 1):
        tab = context.new_page()
        tab.goto(address)
        tab.wait_for_timeout(300)
        times.append(tab.evaluate("nutau.painted"))
        tab.close()
    return statistics.median(times[1:])


def redraws(tab: Page) -> None:
    print(f"{'redraw, ms':40s} {'slider':>12s} {'median':>8s} {'90 %':>8s} {'largest':>8s}")
    for view, state in VIEWS.items():
        for name, (low, high) in SLIDERS.items():
            times = sorted(tab.evaluate(SWEEP, [state, name, low, high, STEPS]))
            middle, late = statistics.median(times), times[int(0.9 * len(times))]
            print(f"{view:40s} {name:>12s} {middle:8.1f} {late:8.1f} {times[-1]:8.1f}")


def deviation(tab: Page) -> float:
    """Largest relative difference from nutau.predict over some points."""
    worst = 0.0
    for inputs in ("default", "flavio-2.7"):
        for kappa, delta, scale in (
            (0.0, 0.07, 1.0),
            (1.0, 0.1, 4.7),
            (-3.0, -0.05, 100.0),
            (1.3, 0.02, 12.0),
        ):
            state = {"inputs": inputs, "running": True, "scale": scale, "kappa": kappa}
            state["pin"] = {"model": "mine", "delta": delta}
            ours = tab.evaluate("(state) => nutau.evaluate(state).observables", state)
            given = {"kappa": kappa, "delta": delta, "mass": 1000 * scale, "running": "full", "draws": 0}
            for row in predict(tuple(RATIOS), inputs=inputs, **given):
                worst = max(worst, abs(ours[RATIOS[row.observable]]["value"] / row.value - 1))
    return worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--page", type=Path, help="a page made before by 'nutau explore --out'")
    path = parser.parse_args().page
    print(describe())
    with tempfile.TemporaryDirectory() as folder:
        if path is None:
            start, processor = time.perf_counter(), time.process_time()
            path = Path(folder) / "plane.html"
            write_page(page(payload()), path)
            wall = time.perf_counter() - start
            print(f"made in {wall:.1f} s ({time.process_time() - processor:.1f} s of processor time)")
        print(f"size {path.stat().st_size / 1e6:.2f} MB")
        with sync_playwright() as driver:
            context = driver.chromium.launch_persistent_context(
                Path(folder) / "profile",
                executable_path=shutil.which("chromium"),
                args=list(FLAGS),
                viewport={"width": 1400, "height": 900},
            )
            print(f"first paint {first_paint(context, path.resolve().as_uri()):.0f} ms")
            tab = context.new_page()
            tab.goto(path.resolve().as_uri())
            redraws(tab)
            print(f"largest relative deviation from nutau.predict: {deviation(tab):.1e}")
            context.close()


if __name__ == "__main__":
    main()
