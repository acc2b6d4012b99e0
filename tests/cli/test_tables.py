"""Tables at the widths of terminals: one style, no word cut, columns left out where there is no room."""

import os
import pty
import re
import subprocess
import sys
from io import StringIO

import pytest
from rich.console import Console
from typer.testing import CliRunner

from nutau.cli import app
from nutau.cli.console import print_lines, print_table
from nutau.cli.fit import HEAD
from nutau.errors import InputError
from nutau.inference.fit.quality import Pull
from nutau.measurements import measurements
from nutau.measurements.wording import labels, totals

HEADINGS = ("name", "value", "remark", "source")
ROWS = [
    ("BaBar-2013-Kstarnunu-hadronic", "(3.8 ± 5.4)e-05", "of two tags", "BaBar:2013npw"),
    ("A", "1", "", "B:1"),
]


def printed(width, **options):
    shown = Console(file=StringIO(), width=width, highlight=False)
    print_table("", HEADINGS, ROWS, on=shown, **options)
    return [line.rstrip() for line in shown.file.getvalue().splitlines()]


@pytest.mark.parametrize("width", [200, 80, 60, 48, 34, 20])
def test_no_line_is_wider_than_the_terminal_and_no_word_is_cut(width):
    lines = printed(width, optional=(3, 2), lines=1)
    words = " ".join(lines).split()
    assert all(len(line) <= width for line in lines)
    if width > len("BaBar-2013-Kstarnunu-hadronic"):  # a word longer than the terminal is folded by it
        assert {"BaBar-2013-Kstarnunu-hadronic", "(3.8"} <= set(words)


def test_what_is_set_in_stays_so_where_lines_are_folded():
    stream = StringIO()
    lines = [
        "head of a line that is folded",
        "  notes: words that do not fit beside one another",
        "    1.0  -0.3",
    ]
    print_lines(lines, Console(file=stream, width=24))
    assert [line.rstrip() for line in stream.getvalue().splitlines()] == [
        "head of a line that is",
        "folded",
        "  notes: words that do",
        "    not fit beside one",
        "    another",
        "    1.0  -0.3",
    ]


def test_columns_are_left_out_in_their_order_and_named():
    assert printed(200, optional=(3, 2))[0].split() == list(HEADINGS)
    assert printed(60, optional=(3, 2), lines=1)[0].split() == ["name", "value", "remark"]
    narrow = printed(50, optional=(3, 2), lines=1)
    assert narrow[0].split() == ["name", "value"]
    assert " ".join(narrow[-2:]) == "for lack of room without source, remark: --wide shows all"


def test_a_row_of_one_line_stays_one_line():
    assert len(printed(60, optional=(3, 2), lines=1)) == 2 + len(ROWS) + 1


def pull(name, observable, value, error, limit=None, counted=True):
    known = None if limit is None else 0.9
    return Pull(
        name, observable, value, error, 1e-5, 1e-5, 1e-6, 1e-5, 1e-6, 0.5, -0.4, limit, known, counted=counted
    )


def test_the_pulls_of_a_fit_have_a_line_each_at_80_columns():
    rows = [
        pull("BaBar-2013-Kstarnunu-hadronic", "BR(B+->K*nunu)", 3.8e-5, 5.4e-5, 1.16e-4),
        pull("LHCb-2025-phitautau", "BR(Bs->phitautau)", 1.4e-4, 0.86e-4, 2.8e-4),
        pull("BelleII-2025-Xsnunu", "BR(B->Xsnunu)", 0.0, 1.9e-4, 3.2e-4, counted=False),
    ]
    shown = Console(file=StringIO(), width=80, highlight=False)
    cells = [(p.measurement, p.observable, *p.cells, "1e-05", "+0.5", p.sm_shown, "-0.4") for p in rows]
    print_table("", HEAD, cells, right=(5, 7), optional=(6, 4, 3), on=shown)
    lines = shown.file.getvalue().splitlines()
    assert len(lines) == 2 + 1 + len(rows) + 1  # two lines of headings
    assert "< 3.2e-04, 90 %" in lines[5]
    assert rows[2].cells == ("< 3.2e-04, 90 %", "as (0.0 ± 1.9)e-04")


def test_asymmetric_errors_are_shown_as_measured():
    both = Pull("A", "B", 2.3, 0.67, 2.0, 2.0, 0.0, 2.0, 0.0, 0.4, 0.4, minus=0.64, plus=0.71)
    assert both.shown == "2.30 +0.71 −0.64"
    for entry in measurements().values():
        if entry.kind == "gaussian":
            for text, up, down in zip(
                totals(entry), entry.distribution.plus, entry.distribution.minus, strict=True
            ):
                if abs(up - down) > 0.06 * (up + down):
                    assert "−" in text, entry.name


def listed(*arguments):
    done = CliRunner().invoke(app, ["data", "list", *arguments])
    return done.stdout.splitlines() if done.exception is None else done.exception


def test_the_list_of_data_has_one_line_an_entry():
    rows = sum(len(labels(entry)) for entry in measurements().values())
    lines = listed()
    first = next(i for i, line in enumerate(lines) if line.startswith("measurements"))
    assert lines[first + 3 + rows].strip() == ""


def test_the_list_is_filtered():
    found = [line for line in listed("Knunu", "--set", "2026") if line[:1].isupper()]
    assert found
    assert all("Knunu" in line or "K0nunu" in line for line in found)
    assert [line.split()[0] for line in listed("R(D)", "--set", "2026") if "Rtaul(B->Dlnu)" in line] == [
        "HFLAV-2025-RD",
        "HFLAV-2025-RD-SM",
    ]
    refused = listed("nothing-like-it", "--set", "2026")
    assert isinstance(refused, InputError)
    assert "No entry of 2026 has 'nothing-like-it'" in str(refused)


@pytest.mark.parametrize(
    ("columns", "arguments", "once"),
    [
        (80, ("data", "show", "2026-core"), "BelleII-2026-Ktautau"),
        (120, ("data", "show", "2026-core"), "BelleII-2026-Ktautau"),
        (80, ("list", "observables", "tautau"), "<dBR/dq2>(B+->Ktautau)"),
        (80, ("predict", "R(D)", "--model", "U1,S3", "--delta", "0.05,0.06", "--draws", "9"), "model S3"),
    ],
)
def test_a_terminal_gets_lines_that_fit(columns, arguments, once):
    """In a real terminal of that width."""
    leader, follower = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(columns), "TERM": "dumb"}
    command = [sys.executable, "-c", "from nutau.cli import main; main()", *arguments]
    with subprocess.Popen(command, stdout=follower, stderr=subprocess.PIPE, env=environment) as process:
        os.close(follower)
        text = b""
        while True:
            try:
                part = os.read(leader, 65536)
            except OSError:
                break
            if not part:
                break
            text += part
    os.close(leader)
    assert process.returncode == 0
    lines = re.sub(r"\x1b\[[0-9;]*m", "", text.decode()).splitlines()
    assert max(map(len, lines)) <= columns
    assert sum(once in line for line in lines) == 1
