"""``nutau --version`` and what it says with ``--verbose``."""

import importlib.metadata
import re
import sys

import numpy as np

import nutau
from command import run
from nutau.cli import about
from nutau.measurements import dataset_names


def said(text):
    return dict(re.split(r"\s{2,}", line, maxsplit=1) for line in text.splitlines())


def test_the_version_alone_is_one_line():
    assert run("--version") == (0, f"nutau {nutau.__version__}\n", "")


def test_verbose_says_what_a_report_needs(monkeypatch):
    monkeypatch.setenv("NUTAU_CACHE", "/nowhere/cache")
    code, out, _ = run("--version", "--verbose")
    found = said(out)
    assert code == 0
    assert found["nutau"] == nutau.__version__
    assert found["Python"].startswith(".".join(map(str, sys.version_info[:3])))
    assert found["numpy"] == np.__version__
    assert found["scipy"] == importlib.metadata.version("scipy")
    assert "cpu" in found["JAX devices"]
    assert found["NUTAU_CACHE"] == "/nowhere/cache"
    for name in dataset_names():
        assert found[f"data set {name}"].endswith(nutau.load_dataset(name).version)
    assert "sphinx" not in found


def test_what_is_broken_is_said_and_fails_nothing(monkeypatch):
    import jax

    def fails(*_):
        raise RuntimeError("no device\nand more")

    def absent(*_):
        raise importlib.metadata.PackageNotFoundError("nutau")

    monkeypatch.setattr(jax, "devices", fails)
    monkeypatch.setattr(about, "requires", absent)
    code, out, _ = run("--version", "--verbose")
    assert code == 0
    assert said(out)["JAX devices"] == "unknown: RuntimeError: no device"
    assert said(out)["dependencies"].startswith("unknown")


def test_verbose_without_version_is_refused():
    for arguments in (["--verbose"], ["--verbose", "list"]):
        code, out, message = run(*arguments)
        assert (code, out) == (2, "")
        assert "--version" in message
