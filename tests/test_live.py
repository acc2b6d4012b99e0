"""nutau where there is no JAX, no compiled sampler, no thread and no process: in a browser, and as if in one."""

import functools
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import nutau
from browsing import CHROMIUM, FLAGS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
sys.path.insert(0, str(ROOT / "tools"))

import lite  # noqa: E402

sys.path.remove(str(ROOT / "tools"))
NUMBERS = """
import json
import nutau

u1 = nutau.U1(2000.0, x1LL={"33": 1.0, "23": 0.2})
rows = nutau.predict(["BR(B+->Knunu)", "R(D)", "Rtautau(K)"], u1, draws=20)
(formula,) = nutau.formulas(["BR(B0->K*nunu)"], draws=20)
found = {
    "predict": [[row.value, row.uncertainty, row.sm] for row in rows.rows],
    "formulas": formula.central.numerator.matrix.real.tolist(),
}
"""
FIGURES = """
figure = nutau.plane({"U1": 1.0}, data="letter-2022", draws=20)
found["plane"] = [line.get_xydata().tolist() for line in figure.axes[0].lines]
"""
LETTER = """
found["letter"] = [[claim.id, claim.verdict, claim.computed] for claim in nutau.reproduce().claims]
"""
WITHOUT = """
import sys, _thread

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())

def refused(*arguments, **options):
    raise RuntimeError("can't start new thread")

_thread.start_new_thread = refused
if hasattr(_thread, "start_joinable_thread"):
    _thread.start_joinable_thread = refused
"""
ABSENT = {
    *("jax", "jaxlib", "numpyro", "iminuit", "dynesty", "pyhf", "xarray", "h5py", "pyarrow"),
    *("mmap", "multiprocessing"),
}


def without(code, absent, folder=None):
    """What a program prints in a process that lacks modules, threads and processes."""
    made = subprocess.run(
        [sys.executable, "-c", WITHOUT.format(absent=absent) + code],
        capture_output=True,
        text=True,
        cwd=folder,
    )
    assert made.returncode == 0, made.stderr[-2000:]
    return made.stdout


def here(code):
    names = {}
    exec(code, names)
    return json.loads(json.dumps(names["found"], default=str))


def agree(found, wanted, rtol=1e-12):
    assert type(found) is type(wanted)
    if isinstance(wanted, dict):
        assert found.keys() == wanted.keys()
        for name, value in wanted.items():
            agree(found[name], value, rtol)
    elif isinstance(wanted, list):
        assert len(found) == len(wanted)
        for one, other in zip(found, wanted, strict=True):
            agree(one, other, rtol)
    elif isinstance(wanted, float):
        np.testing.assert_allclose(found, wanted, rtol=rtol, atol=1e-300)
    else:
        assert found == wanted


def test_predictions_need_neither_jax_nor_scipy():
    printed = without(NUMBERS + "print(json.dumps(found))", ABSENT | {"scipy", "matplotlib", "rich", "typer"})
    agree(json.loads(printed), here(NUMBERS))


def test_figures_and_the_letter_need_no_jax_and_no_threads():
    """With SciPy, which browsers have. What the claims are is tested where the letter is."""
    code = NUMBERS + FIGURES
    found = json.loads(without(code + LETTER + "print(json.dumps(found))", ABSENT))
    assert {verdict for _, verdict, _ in found.pop("letter")} == {
        "holds",
        "holds only as published",
        "does not hold",
    }
    agree(found, here(code))


def test_a_fit_without_jax_says_what_it_needs():
    code = "import sys\nfrom nutau.cli import main\nsys.argv = ['nutau', 'fit']\nmain()\n"
    made = subprocess.run(
        [sys.executable, "-c", WITHOUT.format(absent=ABSENT) + code], capture_output=True, text=True
    )
    assert made.returncode == 2
    assert made.stderr.startswith("nutau: This needs the package 'jax'")
    assert made.stderr.count("\n") == 1, made.stderr


PYODIDE = Path(os.environ.get("NUTAU_PYODIDE", "nowhere"))
PAGE = """<!doctype html><meta charset="utf-8"><title>live</title><link rel="stylesheet" href="_static/nutau.css">
<body><div class="content">{cells}</div>
<script defer src="_static/live.js" data-pyodide="{pyodide}" data-wheel="../live/{wheel}"></script></body>"""
CELL = '<div class="highlight-python"><div class="highlight"><pre>{}</pre></div></div>'


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder like the site's, served at an address of this machine."""
    sys.path.insert(0, str(DOCS))
    import gen_live

    sys.path.remove(str(DOCS))
    folder = tmp_path_factory.mktemp("site")
    gen_live.write(folder / "live")
    (folder / "_static").symlink_to(DOCS / "_static")
    if PYODIDE.is_dir():
        (folder / "pyodide").symlink_to(PYODIDE.absolute())

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *given):
            pass

    Quiet.extensions_map = {**Quiet.extensions_map, ".wasm": "application/wasm", ".mjs": "text/javascript"}
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}", gen_live.NAME
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("there is no Chromium")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield opened
        opened.close()


def page(site, browser, *cells, pyodide="pyodide/"):
    folder, address, wheel = site
    code = "".join(CELL.format(cell.replace("<", "&lt;")) for cell in cells)
    text = PAGE.format(cells=code, pyodide=f"{address}/{pyodide}", wheel=wheel)
    (folder / "index.html").write_text(text)
    tab = browser.new_page(viewport={"width": 900, "height": 900})
    tab.goto(f"{address}/index.html")
    return tab


def run(tab, cell, timeout=240):
    """Press a cell's button and wait; the texts of its output."""
    tab.locator(".live-run").nth(cell).click()
    tab.wait_for_function(
        "(cell) => document.querySelectorAll('.live-output')[cell].childElementCount && "
        "[...document.querySelectorAll('.live-run')].every((button) => button.textContent === 'Run')",
        arg=cell,
        timeout=1000 * timeout,
    )
    return tab.locator(".live-output").nth(cell)


def test_without_pyodide_a_page_says_so(site, browser):
    tab = page(site, browser, "print(1)", pyodide="missing/")
    assert "could not be loaded" in run(tab, 0, 30).inner_text()
    tab.close()


def test_the_wheel_is_small_and_whole(site):
    import zipfile

    folder, _, name = site
    assert (folder / "live" / name).stat().st_size < 6e6
    with zipfile.ZipFile(folder / "live" / name) as wheel:
        names = wheel.namelist()
    about = f"nutau-{nutau.__version__}.dist-info"
    assert {"nutau/__init__.py", "nutau/data/references.bib", f"{about}/METADATA", f"{about}/RECORD"} <= set(
        names
    )
    assert not [name for name in names if "__pycache__" in name]


@pytest.mark.parametrize("name", lite.NOTEBOOKS)
def test_the_notebooks_of_jupyterlite_need_no_jax(name, tmp_path):
    """With the draws of a test: each request for more is cut, as where the site's notebooks are tested."""
    cells = [cell for cell in lite.notebook(name)["cells"] if cell["cell_type"] == "code"]
    assert cells.pop(0)["source"] == lite.INSTALL
    code = "\n".join("".join(cell["source"]) for cell in cells)
    without(
        re.sub(r"draws=\d+", "draws=20", "import matplotlib; matplotlib.use('agg')\n" + code),
        ABSENT,
        tmp_path,
    )


@pytest.mark.parametrize("name", lite.NOTEBOOKS)
def test_the_notebooks_of_jupyterlite_hold_no_roles(name):
    texts = [
        "".join(cell["source"]) for cell in lite.notebook(name)["cells"] if cell["cell_type"] == "markdown"
    ]
    assert "{doc}" not in "".join(texts)
    assert "`~" not in "".join(texts)


NO_PYODIDE = "no Pyodide: tools/pyodide_folder.py makes a folder, and NUTAU_PYODIDE names it"


@pytest.mark.skipif(not PYODIDE.is_dir(), reason=NO_PYODIDE)
def test_pyodide_gives_the_numbers_of_the_package(site, browser):
    """The second cell runs the first, then loads SciPy and Matplotlib when they are imported; libm is another one."""
    tab = page(site, browser, NUMBERS, FIGURES + LETTER + "print(json.dumps(found))", "nutau.fit()")
    shown = run(tab, 1)
    assert shown.locator("img").count() == 1
    agree(json.loads(shown.locator("pre").last.inner_text()), here(NUMBERS + FIGURES + LETTER), rtol=1e-9)
    assert run(tab, 2).inner_text().startswith("This needs the package 'jax'")
    tab.close()


LITE = Path(os.environ.get("NUTAU_LITE", "nowhere"))


@pytest.mark.skipif(not PYODIDE.is_dir(), reason=NO_PYODIDE)
@pytest.mark.skipif(not LITE.is_dir(), reason="NUTAU_LITE names a folder that `make lite` made")
def test_a_notebook_runs_in_jupyterlite(site, browser):
    """Every cell of the tutorial on the sign, with Pyodide and packages from this machine."""
    folder, address, _ = site
    shutil.copytree(LITE, folder / "lite")
    settings = folder / "lite" / "jupyter-lite.json"
    text = re.sub(r'("pyodideUrl": )"[^"]*"', rf'\1"{address}/pyodide/pyodide.mjs"', settings.read_text())
    settings.write_text(text)
    tab = browser.new_page(viewport={"width": 1280, "height": 1000})
    tab.goto(f"{address}/lite/notebooks/index.html?path=sign.ipynb")
    tab.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
    tab.get_by_text("Run", exact=True).first.click()
    tab.get_by_text("Run All Cells", exact=True).first.click()
    waits = (
        "[...document.querySelectorAll('.jp-InputPrompt')].some((one) => /\\*|\\[ \\]/.test(one.textContent))"
    )
    tab.wait_for_function(f"() => !{waits}", timeout=400_000)
    assert tab.locator("[data-mime-type='application/vnd.jupyter.error']").count() == 0
    assert "C9_bstautau" in tab.locator(".jp-OutputArea-output").last.inner_text()
    tab.close()
