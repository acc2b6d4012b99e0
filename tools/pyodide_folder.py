"""A folder with Pyodide and all that nutau needs in a browser, for pages and tests without a network.

    python tools/pyodide_folder.py SOURCE FOLDER

SOURCE is a release of Pyodide, unpacked or as a zip archive (a wheel is one): whatever holds `pyodide-lock.json` and
beside it the wheels of numpy, scipy, matplotlib and pydantic. Packages without compiled code come as wheels from the
package index. Where FOLDER is served, a site built with NUTAU_PYODIDE_URL=its address needs no other network;
NUTAU_PYODIDE=FOLDER lets tests/test_live.py use it.
"""

import argparse
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

CORE = (
    "pyodide.mjs",
    "pyodide.js",
    "pyodide.asm.mjs",
    "pyodide.asm.js",
    "pyodide.asm.wasm",
    "python_stdlib.zip",
)
COMPILED = ("numpy", "scipy", "matplotlib", "pydantic", "micropip")
PURE = {
    "rich": ("markdown-it-py", "pygments"),
    "markdown-it-py": ("mdurl",),
    "mdurl": (),
    "pygments": (),
    "typer": ("rich", "shellingham", "annotated-doc"),
    "shellingham": (),
    "annotated-doc": (),
    "ipython": (
        *("decorator", "ipython-pygments-lexers", "jedi", "matplotlib-inline", "prompt-toolkit"),
        *("pygments", "stack-data", "traitlets"),
    ),
    "comm": (),
    "decorator": (),
    "ipython-pygments-lexers": ("pygments",),
    "jedi": ("parso",),
    "parso": (),
    "matplotlib-inline": ("traitlets",),
    "traitlets": (),
    "prompt-toolkit": ("wcwidth",),
    "wcwidth": (),
    "stack-data": ("executing", "asttokens", "pure-eval"),
    "executing": (),
    "asttokens": (),
    "pure-eval": (),
}
"""Wheels without compiled code, with what each needs: of the command, and of notebooks (IPython)."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", type=Path)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        source = unpacked(given.source, Path(scratch))
        lock = json.loads((source / "pyodide-lock.json").read_text())
        for name in CORE:
            if (source / name).exists():
                shutil.copy(source / name, given.folder)
        kept = {name: lock["packages"][name] for name in needed(lock["packages"], COMPILED)}
        for entry in kept.values():
            shutil.copy(source / entry["file_name"], given.folder)
        if (source / lock["packages"]["pyyaml"]["file_name"]).exists():
            kept["pyyaml"] = lock["packages"]["pyyaml"]
            shutil.copy(source / kept["pyyaml"]["file_name"], given.folder)
        else:
            kept["pyyaml"] = added(pure_yaml(given.folder, Path(scratch)), "pyyaml", (), "yaml")
        wheels = downloaded(PURE, given.folder)
        kept |= {name: added(wheels[name], name, needs) for name, needs in PURE.items()}
    (given.folder / "pyodide-lock.json").write_text(json.dumps(lock | {"packages": kept}))
    print(f"{given.folder}: Pyodide for Python {lock['info']['python']}, {len(kept)} packages")


def unpacked(source: Path, scratch: Path) -> Path:
    """The folder that holds the lock file."""
    if source.is_file():
        with zipfile.ZipFile(source) as archive:
            archive.extractall(scratch / "source", [name for name in archive.namelist() if "pyodide" in name])
        source = scratch / "source"
    found = sorted(source.rglob("pyodide-lock.json"))
    if not found:
        sys.exit(f"{source}: no pyodide-lock.json in it; give a release of Pyodide.")
    return found[0].parent


def needed(packages: dict, names: tuple[str, ...]) -> set[str]:
    """The names and all that they depend on, as the lock file spells them."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        key = waiting.pop().replace("_", "-")
        if key not in found:
            found.add(key)
            waiting += packages[key]["depends"]
    return found


def downloaded(names, folder: Path) -> dict[str, Path]:
    """The newest wheels without compiled code of packages, by name."""
    with tempfile.TemporaryDirectory() as scratch:
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:"]
        pip += ["--platform", "any", "--python-version", "3.14", "-d", scratch, *names]
        subprocess.run(pip, check=True)
        found = {}
        for name in names:
            (wheel,) = Path(scratch).glob(f"{name.replace('-', '_')}-*.whl")
            found[name] = Path(shutil.copy(wheel, folder))
    return found


def pure_yaml(folder: Path, scratch: Path) -> Path:
    """PyYAML without its extension, made from the source archive."""
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", "pyyaml", "-d", scratch]
    subprocess.run([*map(str, pip), "pyyaml"], check=True)
    (archive,) = scratch.glob("*yaml-*.tar.gz")
    version = archive.name.removesuffix(".tar.gz").rsplit("-", 1)[1]
    wheel = folder / f"pyyaml-{version}-py3-none-any.whl"
    about = f"pyyaml-{version}.dist-info"
    with tarfile.open(archive) as source, zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as made:
        for member in source.getmembers():
            place = member.name.partition("/lib/yaml/")[2]
            if place.endswith(".py"):
                made.writestr(f"yaml/{place}", io.BytesIO(source.extractfile(member).read()).getvalue())
        made.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: PyYAML\nVersion: {version}\n")
        made.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        made.writestr(f"{about}/RECORD", "")
    return wheel


def added(wheel: Path, name: str, needs: tuple[str, ...], module: str | None = None) -> dict:
    """What the lock file says of a wheel."""
    return {
        "name": name,
        "version": wheel.name.split("-")[1],
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "package_type": "package",
        "imports": [module or name.replace("-", "_")],
        "depends": list(needs),
        "unvendored_tests": False,
    }


if __name__ == "__main__":
    main()
