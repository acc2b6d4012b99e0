"""The tutorials in JupyterLite: notebooks with Python in the browser and the wheel of this package, a folder to serve.

    python tools/lite.py FOLDER

Needs the dependency group `lite` and nutau itself (`make lite` has both). Python comes from where the site's pages load
it; NUTAU_PYODIDE_URL names another place, as for them.
"""

import argparse
import json
import os
import posixpath
import re
import subprocess
import sys
import tempfile
from importlib.metadata import metadata
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "docs"))

import gen_live  # noqa: E402

TUTORIALS = ROOT / "docs" / "tutorials"
NOTEBOOKS = ("letter", "sign", "model", "spectra", "global-fit")
"""Tutorials that need no JAX, or only in cells with the tag `jax`, which are left out."""
ROLE = re.compile(r"\{([a-z:]+)\}`~?([^`]+)`")
KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
INSTALL = "%pip install -q nutau"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch)
        wheel = gen_live.write(source / "wheels")
        (source / "notebooks").mkdir()
        for name in NOTEBOOKS:
            (source / "notebooks" / f"{name}.ipynb").write_text(json.dumps(notebook(name), indent=1))
        (source / "jupyter-lite.json").write_text(json.dumps(settings()))
        build = [sys.executable, "-m", "jupyterlite_core", "build", "--no-sourcemaps", "--log-level", "WARN"]
        build += [
            "--lite-dir",
            scratch,
            "--contents",
            str(source / "notebooks"),
            "--piplite-wheels",
            str(wheel),
        ]
        build += [word for app in ("lab", "notebooks", "tree", "edit") for word in ("--apps", app)]
        build += ["--output-dir", str(folder.absolute())]
        made = subprocess.run(build, cwd=scratch, capture_output=True, text=True)
        if made.returncode:
            sys.exit(made.stdout + made.stderr)
    print(f"{folder}: {', '.join(NOTEBOOKS)} in JupyterLite")


def notebook(name: str) -> dict:
    """A tutorial as a browser runs it: it installs nutau first and has no cell that needs JAX."""
    document = json.loads((TUTORIALS / f"{name}.ipynb").read_text())
    kept = [cell for cell in document["cells"] if "jax" not in cell["metadata"].get("tags", [])]
    install = {"cell_type": "code", "id": "install", "metadata": {}, "source": INSTALL}
    for cell in kept:
        if cell["cell_type"] == "markdown":
            cell["source"] = ROLE.sub(plain, "".join(cell["source"]))
    return document | {"cells": [kept[0], install | {"outputs": [], "execution_count": None}, *kept[1:]]}


def plain(role: re.Match[str]) -> str:
    """A role of the site's pages as a notebook can show it: a link to a page of the site, or the text."""
    kind, target = role.groups()
    if kind != "doc":
        return f"`{target}`"
    urls = dict(entry.split(", ") for entry in metadata("nutau").get_all("Project-URL"))
    page = posixpath.normpath(posixpath.join("tutorials", target))
    return f"[{page}]({urls['Documentation'].rstrip('/')}/{page}.html)"


def settings() -> dict:
    place = os.environ.get("NUTAU_PYODIDE_URL", gen_live.PYODIDE).rstrip("/")
    kernel = {"pyodideUrl": f"{place}/pyodide.mjs"}
    return {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {"appName": "nutau", "litePluginSettings": {KERNEL: kernel}},
    }


if __name__ == "__main__":
    main()
