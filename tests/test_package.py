"""The package as a whole: a reviewed public API, a light import, references that resolve, bad names refused."""

import doctest
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import nutau
from nutau.common.yaml_files import folder, parse_yaml, read_yaml, references
from nutau.errors import InputError, unknown

ROOT = Path(__file__).parent.parent


def test_public_names_exist():
    for name in nutau.__all__:
        assert getattr(nutau, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'flavio'"):
        _ = nutau.flavio


EXAMPLES = [
    name
    for name in nutau.__all__
    if (inspect.isfunction(getattr(nutau, name)) or inspect.isclass(getattr(nutau, name)))
    and not name.endswith("Error")
]


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_public_name_has_an_example_that_runs(name):
    item = inspect.unwrap(getattr(nutau, name))
    assert ">>> import nutau" in (item.__doc__ or ""), f"{name} has no example"
    (example,) = doctest.DocTestFinder(recurse=False).find(item, name, globs={})
    failures = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example, out=failures.append)
    assert not failures, "".join(failures)


def test_a_name_that_moved_works_and_warns(monkeypatch):
    monkeypatch.setitem(nutau._MOVED, "predictions", ("predict", "3.0"))
    with pytest.warns(
        nutau.NutauDeprecationWarning, match=r"nutau.predictions is now nutau.predict; .* nutau 3\.0"
    ) as seen:
        assert nutau.predictions is nutau.predict
    assert seen[0].filename == __file__
    for new, gone in nutau._MOVED.values():
        assert new in nutau.__all__
        assert re.fullmatch(r"\d+\.0", gone), "names leave with a major version"


def test_import_is_light():
    """Importing reads no data file and imports neither NumPy nor JAX nor matplotlib."""
    code = (
        "import sys, builtins; before = set(sys.modules); opened = []; real = builtins.open\n"
        "builtins.open = lambda file, *a, **k: (opened.append(file), real(file, *a, **k))[1]\n"
        "import nutau\n"
        "heavy = {'numpy', 'jax', 'matplotlib', 'pydantic', 'scipy', 'yaml', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "assert not opened, opened\n"
    )
    subprocess.run([sys.executable, "-S", "-c", "import site; site.main()\n" + code], check=True)


def test_help_imports_nothing_heavy():
    code = (
        "import sys\nfrom nutau.cli import app\n"
        "heavy = {'numpy', 'jax', 'matplotlib', 'pydantic', 'scipy', 'yaml'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def sources(document, path=""):
    if isinstance(document, dict):
        for key, value in document.items():
            if key in {"source", "sources"}:
                yield from ((path, item) for item in ([value] if isinstance(value, str) else value or []))
            else:
                yield from sources(value, f"{path}.{key}")
    elif isinstance(document, list):
        for i, value in enumerate(document):
            yield from sources(value, f"{path}[{i}]")


DATA = sorted(Path(str(folder())).rglob("*.yaml"))


@pytest.mark.parametrize("path", DATA, ids=lambda path: path.name)
def test_every_reference_key_resolves(path):
    for place, key in sources(read_yaml(path)):
        assert key in references(), f"{path}{place}: {key}"


def test_cite_roles_resolve():
    for path in sorted((ROOT / "src").rglob("*.py")):
        for keys in re.findall(r":cite:`([^`]+)`", path.read_text()):
            for key in keys.split(","):
                assert key.strip() in references(), f"{path}: {key}"


def test_references_are_unique():
    text = folder().joinpath("references.bib").read_text()
    keys = re.findall(r"(?m)^@\w+\{([^,\s]+),", text)
    assert sorted(keys) == sorted(set(keys))


def test_yaml_numbers_and_duplicates():
    assert parse_yaml("a: 1e-5\nb: -2\nc: 3.0E+2\nd: 1.5e3\ne: .5", "x") == {
        "a": 1e-5, "b": -2, "c": 300.0, "d": 1500.0, "e": 0.5,
    }  # fmt: skip
    assert isinstance(parse_yaml("b: 2", "x")["b"], int)
    with pytest.raises(InputError, match=r"x, line 2.*stands twice"):
        parse_yaml("a: 1\na: 2", "x")
    assert yaml.safe_load("a: 1e-5")["a"] == "1e-5"  # why the loader is ours


def test_unknown_names_offer_the_nearest():
    assert "Did you mean 'C9_bstautau'" in str(unknown("coefficient", "c9_bstautu", ["C9_bstautau", "CL"]))
    assert "Known: a, b" in str(unknown("model", "zzz", ["a", "b"], "file x"))
