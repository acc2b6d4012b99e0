"""The explorer's page: time to make it, size, first figure, redraw by slider, and its largest deviation from Python.

    .venv/bin/python benchmarks/bench_explorer.py [--page plane.html] [--write]

Redraws are timed inside headless Chromium by the page itself, layout included, one for each step of a slider; 16 ms is
one frame. The first paint, with the complete figure, counts from the start of the navigation, medians of fresh tabs.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, Playwright, sync_playwright

import nutau
from nutau.explorer.page import page
from nutau.explorer.payload import payload
from nutau.observables.predict import predict
from report import Report, arguments, verdict

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
VIEWS = {
    "the letter": {"inputs": "letter", "data": "letter-2022", "running": False},
    "today, running, theory bands": {"inputs": "default", "data": "2026", "running": True},
    "the same, both signs of δ, all models": {
        **{"inputs": "default", "data": "2026", "running": True, "branches": True, "right": 0.3},
        "models": ["VB", "U1", "S3", "U3", "X_-1/2", "X_1/2", "X_3/2", "S1"],
    },
    "a mediator of one's own": {
        **{"inputs": "default", "data": "2026", "running": True, "mode": "mediator", "mediator": "U1"},
        **{"pin": {"model": "mine", "delta": None}},
    },
}
SLIDERS = {"kappa": (-2.0, 4.0), "delta": (0.02, 0.12), "scale": (0.5, 50.0), "luminosity": (1.0, 50.0)}
STEPS = 60
FRAME = 16.0  # ms
PAINT = 1000  # ms
SIZE = 2.0  # MB
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


def redraws(tab: Page, report: Report) -> None:
    rows = []
    for view, state in VIEWS.items():
        for name, (low, high) in SLIDERS.items():
            times = sorted(tab.evaluate(SWEEP, [state, name, low, high, STEPS]))
            found = statistics.median(times), times[int(0.9 * len(times))], times[-1]
            rows.append((view, name, *(f"{time:.1f}" for time in found), verdict(found[1] < FRAME)))
    report.say(
        f"Redraw in ms for {STEPS} steps of a slider, computing, drawing and layout. Target: {FRAME:g} ms."
    )
    report.table(("view", "slider", "median", "90 %", "largest", "target at 90 %"), rows)


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
            line = nutau.X(kappa, delta=delta, mass=1000 * scale)
            for row in predict(tuple(RATIOS), nutau.point(line), inputs=inputs, draws=0):
                worst = max(worst, abs(ours[RATIOS[row.observable]]["value"] / row.value - 1))
    return worst


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--page", type=Path, help="a page made before by 'nutau explore --out'")
    given = parser.parse_args()
    report = Report("Explorer")
    report.begin("playwright")
    with tempfile.TemporaryDirectory() as folder:
        path = given.page or made(Path(folder) / "plane.html", report)
        size = path.stat().st_size / 1e6
        report.say(f"Size {size:.2f} MB. Target: under {SIZE:g} MB: {verdict(size < SIZE)}.")
        with sync_playwright() as driver:
            measure(driver, path, Path(folder) / "profile", report)
    report.end(given.write)


def made(path: Path, report: Report) -> Path:
    """The page, with how long it took."""
    start, processor = time.perf_counter(), time.process_time()
    path.write_text(page(payload()), encoding="utf-8")
    wall = time.perf_counter() - start
    report.say(f"Made in {wall:.1f} s ({time.process_time() - processor:.1f} s of processor time).")
    return path


def measure(driver: Playwright, path: Path, profile: Path, report: Report) -> None:
    """First paint, redraws and deviations in headless Chromium."""
    context = driver.chromium.launch_persistent_context(
        profile,
        executable_path=shutil.which("chromium"),
        args=list(FLAGS),
        viewport={"width": 1400, "height": 900},
    )
    address = path.resolve().as_uri()
    first = first_paint(context, address)
    report.say(f"First paint {first:.0f} ms. Target: under {PAINT} ms: {verdict(first < PAINT)}.")
    report.say()
    tab = context.new_page()
    tab.goto(address)
    redraws(tab, report)
    report.say(f"Largest relative deviation from nutau.predict: {deviation(tab):.1e}.")
    context.close()


if __name__ == "__main__":
    main()
