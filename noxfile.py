#!/usr/bin/env -S uv run --script
# /// script
# dependencies = ["nox>=2024.10"]
# ///
"""The tests on every Python and version that there is: `nox` (all), `nox -l` (the list), `nox -s tests-3.12`.

Interpreters are those on PATH and those that pyenv has; what is missing is said and skipped. `make` and `.ci/run` need
no nox: this is for trying all combinations at once.
"""

import os
from pathlib import Path

import nox

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
PYENV = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
WITHOUT_PAGES = ("--ignore", "tests/explorer/test_explorer_browser.py", "--ignore", "tests/test_docs.py")

nox.needs_version = ">=2024.10"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_existing_virtualenvs = True
found = sorted(path for version in PYTHONS for path in PYENV.glob(f"{version}.*/bin"))
os.environ["PATH"] = os.pathsep.join([*map(str, found), os.environ.get("PATH", "")])  # before pyenv's shims


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The suite with the versions of constraints.txt."""
    session.install("-c", "constraints.txt", "-e", ".[test]")
    session.run("pytest", "-n", "auto", "--dist", "loadfile", *session.posargs)


@nox.session(python=PYTHONS[0])
def lowest(session: nox.Session) -> None:
    """The suite, pages apart, with the lowest versions that pyproject.toml allows."""
    session.install("-c", "constraints-lowest.txt", "-e", ".[test]")
    quiet = ("-W", "ignore::DeprecationWarning", "-W", "ignore::PendingDeprecationWarning")
    session.run("pytest", "-n", "auto", "--dist", "loadfile", *quiet, *WITHOUT_PAGES, *session.posargs)


@nox.session(python=PYTHONS)
def newest(session: nox.Session) -> None:
    """The suite, pages apart, with the newest versions that there are."""
    session.install("--upgrade", "--upgrade-strategy", "eager", "-e", ".[test]")
    session.run("pytest", "-n", "auto", "--dist", "loadfile", *WITHOUT_PAGES, *session.posargs)


@nox.session(python=PYTHONS[0])
def kernels(session: nox.Session) -> None:
    """The numerical tests as other processors compute."""
    session.install("-c", "constraints.txt", "-e", ".[test]")
    session.run("python", "tools/kernels.py", *session.posargs)


@nox.session(python=PYTHONS[0])
def lint(session: nox.Session) -> None:
    """Style and format."""
    session.install("-c", "constraints.txt", "-e", ".[test]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session(python=PYTHONS[0])
def types(session: nox.Session) -> None:
    """Types of the package."""
    session.install("-c", "constraints.txt", "-e", ".[test]")
    session.run("mypy")


@nox.session(python=PYTHONS[1])
def release(session: nox.Session) -> None:
    """What is published: built, checked and installed into an empty environment."""
    session.install("--group", "release")
    session.run("python", "tools/release.py", *session.posargs)


@nox.session(python=PYTHONS[0])
def docs(session: nox.Session) -> None:
    """The site; a warning is an error."""
    session.install("-c", "constraints.txt", "-e", ".[docs]")
    strict = ("--fresh-env", "--fail-on-warning", "--keep-going", "-q")
    session.run(
        "sphinx-build", *strict, "-b", "html", "-d", "docs/_build/doctrees", "docs", "docs/_build/html"
    )


if __name__ == "__main__":
    nox.main()
