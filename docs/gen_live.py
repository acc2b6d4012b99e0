"""The wheel that the site's pages run in a browser (``_static/live.js``), made of the package that the site is built from."""

from __future__ import annotations

import zipfile
from importlib.metadata import metadata
from pathlib import Path

import nutau

PYODIDE = "https://cdn.jsdelivr.net/pyodide/v314.0.7/full/"
"""Where pages load Python from; another place by the environment variable NUTAU_PYODIDE_URL of the build."""
NAME = f"nutau-{nutau.__version__}-py3-none-any.whl"


def write(folder: Path) -> Path:
    """Write the wheel into a folder; its path."""
    source = Path(nutau.__file__).parent
    about = f"nutau-{nutau.__version__}.dist-info"
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / NAME, "w", zipfile.ZIP_DEFLATED) as wheel:
        for path in sorted(source.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                wheel.write(path, Path("nutau") / path.relative_to(source))
        wheel.writestr(f"{about}/METADATA", str(metadata("nutau")))
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        lines = [f"{name},," for name in (*wheel.namelist(), f"{about}/RECORD")]
        wheel.writestr(f"{about}/RECORD", "\n".join(lines) + "\n")
    return folder / NAME
