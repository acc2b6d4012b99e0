"""The paper and the note on the letter say what the program's output says."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "docs")]

import gen_front  # noqa: E402
import paper  # noqa: E402


def test_texts_are_those_that_the_output_makes():
    for name, text in paper.texts().items():
        written = (ROOT / "paper" / name).read_text(encoding="utf-8")
        assert gen_front.same(written.splitlines(), text), f"paper/{name}: run python tools/paper.py"
        assert len(written.splitlines()) == len(text.splitlines())


def test_a_page_that_says_it_otherwise_is_an_error():
    with pytest.raises(SystemExit, match="its words have changed"):
        paper.once("nothing like this", "text", "docs/lines.md")
    assert paper.cell("|λ_t|") == r"\|λ_t\|"
