"""The list of mutants stays true: each still applies, is another program, and names tests that exist."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
mutant = pytest.importorskip("mutants.mutant", reason="the list is in the repository only")
MUTANTS = mutant.mutants()


@pytest.mark.parametrize("item", MUTANTS, ids=lambda item: item.about)
def test_every_mutant_applies_and_names_its_tests(item):
    """Its text is in the file exactly once, and what comes out is another program that Python can read."""
    source = (ROOT / item.file).read_text(encoding="utf-8")
    changed = item.applied(source)
    if item.file.endswith(".py"):
        assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(source))
    else:
        assert changed != source
    assert item.tests
    for test in item.tests:
        file, _, name = test.partition("::")
        text = (ROOT / file).read_text(encoding="utf-8")
        assert not name or f"def {name}(" in text


def test_the_list_covers_the_kinds():
    """At least sixty, all different, of rates, matching, measurements, fits, labels and the page."""
    assert len({(item.file, item.text, item.becomes) for item in MUTANTS}) == len(MUTANTS) >= 60
    assert len({item.about for item in MUTANTS}) == len(MUTANTS)
    for part in ("decays", "smeft", "measurements", "figures", "static"):
        assert any(f"/{part}/" in item.file for item in MUTANTS), part


def test_a_text_that_is_not_there_once_is_refused():
    item = mutant.Mutant("twice", "x.py", "a", "b", ("tests/test_x.py",))
    for source, count in (("c", 0), ("a a", 2)):
        with pytest.raises(ValueError, match=f"the text is {count} times in x.py, not once"):
            item.applied(source)
