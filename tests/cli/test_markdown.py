"""Pages in Markdown on a terminal."""

import re
from io import StringIO
from pathlib import Path

from rich.console import Console

from nutau.cli.markdown import print_markdown

PAGE = Path(__file__).parents[2] / "docs" / "lines.md"


def shown(text, width):
    on = Console(file=StringIO(), width=width)
    print_markdown(text, on)
    return on.file.getvalue()


def test_the_page_of_today_is_eighty_columns_wide_and_loses_no_word():
    text = PAGE.read_text()
    made = shown(text, 80)
    assert max(map(len, made.splitlines())) <= 80
    prose = " ".join(line for line in text.splitlines() if not line.startswith(("|", "!", "#")))
    words = re.sub(r"[*\\]", "", prose).split()
    found = set(made.replace("*", "").split())
    assert len(words) > 500
    assert not [word for word in words if word not in found]


def test_columns_for_which_there_is_no_room_are_named():
    text = PAGE.read_text()
    (head,) = {line for line in text.splitlines() if line.startswith("| model | κ | δ")}
    made = shown(text, 80)
    missing = re.findall(r"for lack of room without ([^:]*)", " ".join(made.split()))
    assert missing
    assert set(missing[0].split(", ")) < {
        cell.strip().replace("\\*", "*") for cell in head.strip("|").split("|")
    }
    assert "for lack of room" not in shown(text, 400)


def test_marks_of_type_go_and_stars_of_particles_stay():
    assert shown("**U1**: R_D\\* is *low*, 2 * 3 * 4", 80) == "U1: R_D* is low, 2 * 3 * 4\n"
    assert shown("![a](b.svg)", 80) == "a: b.svg\n"
