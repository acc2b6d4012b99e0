"""What is released: one version, one list of Pythons, a recipe that follows pyproject.toml."""

import re
import shutil
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import nutau

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import recipe  # noqa: E402
import release  # noqa: E402
import set_version  # noqa: E402

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


MOST_LINES = 250
"""Of the changelog: what a user reads; the rest is in docs/develop/history.md."""


def test_the_version_is_the_same_wherever_it_is_written():
    assert set(release.versions().values()) == {nutau.__version__}
    assert PROJECT["dynamic"] == ["version"]
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"(?m)^## (\[.*?\])", text)
    assert headings[:2] == ["[Unreleased]", f"[{nutau.__version__}]"]
    assert all(f"\n{heading}: https://" in text for heading in headings)
    assert len(text.splitlines()) <= MOST_LINES


def test_a_new_version_is_written_everywhere_or_nowhere(tmp_path):
    for name, *_ in set_version.PLACES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## [Unreleased]\n")
    texts = set_version.written("12.3.4", tmp_path, "2031-01-02")
    assert [text.count("12.3.4") for text in texts.values()] == [1, 1, 1]
    cff = yaml.safe_load(texts[tmp_path / "CITATION.cff"])
    assert (cff["version"], str(cff["date-released"])) == ("12.3.4", "2031-01-02")
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n")
    with pytest.raises(SystemExit, match=r"CHANGELOG.md has 0 places"):
        set_version.written("12.3.4", tmp_path, "2031-01-02")


def test_pythons_are_the_same_in_classifiers_workflows_and_sessions():
    said = [found[1] for text in PROJECT["classifiers"] if (found := re.search(r"Python :: (3\.\d+)$", text))]
    ci = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    assert ci["jobs"]["tests"]["strategy"]["matrix"]["python"] == said
    nox = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    assert re.findall(r'"(3\.\d+)"', re.search(r"PYTHONS = \[(.*)\]", nox)[1]) == said
    assert PROJECT["requires-python"] == f">={said[0]}"


def test_hooks_check_with_the_versions_of_the_tests():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    (ruff,) = (repo["rev"] for repo in hooks if "ruff" in repo["repo"])
    assert f"\nruff=={ruff.removeprefix('v')}\n" in (ROOT / "constraints.txt").read_text(encoding="utf-8")


def test_commands_of_workflows_exist():
    """A target of make that a workflow or CONTRIBUTING names is one of the Makefile."""
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8")))
    pages = [*(ROOT / ".github/workflows").glob("*.yml"), ROOT / "CONTRIBUTING.md", ROOT / "README.md"]
    texts = [path.read_text(encoding="utf-8").replace("${{ matrix.versions }}", "lowest") for path in pages]
    named = {name for text in texts for name in re.findall(r"(?:run: |`|    )make ([a-z-]+)", text)}
    assert named
    assert named <= targets


def test_the_recipe_installs_what_the_wheel_needs(tmp_path):
    sdist = tmp_path / "nutau-1.2.3.tar.gz"
    sdist.write_bytes(b"")
    made = yaml.safe_load(recipe.recipe(sdist, "someone"))
    assert made["context"]["version"] == "1.2.3"
    assert made["source"]["sha256"].startswith("e3b0c44298fc1c14")  # SHA-256 of nothing
    found = {row.split()[0] for row in made["requirements"]["run"]}
    names = {re.match(r"[\w-]+", row)[0] for row in PROJECT["dependencies"] if "emscripten" not in row}
    assert {recipe.CONDA.get(name, name) for name in names} <= found
    assert recipe.needed(["jax>=0.4; sys_platform == 'emscripten'", "numpy>=1.26; extra == 'fit'"]) == ""
    assert made["about"]["repository"] == PROJECT["urls"]["Repository"]
