"""Progress where there is no terminal: lines now and then, until the work is done or interrupted."""

import time

import pytest

from nutau.cli import progress as module
from nutau.cli.progress import progress, working


@pytest.fixture(autouse=True)
def fast(monkeypatch):
    monkeypatch.setattr(module, "RARELY", 0.02)
    monkeypatch.setattr(module, "PATIENCE", 0.0)


def wait(condition):
    for _ in range(500):
        if condition():
            return True
        time.sleep(0.01)
    return False


def lines(capfd, into):
    into.extend(capfd.readouterr().err.splitlines())
    return into


def test_work_that_counts_nothing_says_what_it_does_and_how_long(capfd):
    seen = []
    with working("comparing inputs"):
        assert wait(lambda: len(lines(capfd, seen)) > 1)
    assert all(line.startswith("nutau: comparing inputs: ") and line.endswith(" s") for line in seen)


def test_long_work_goes_on_being_told_between_two_reports(capfd):
    seen = []
    with progress("toys") as report:
        assert capfd.readouterr().err == ""  # nothing is said of work that has not begun
        report(1, 4)
        assert wait(lambda: len(lines(capfd, seen)) > 1)
        report(4, 4)
    assert all(line.startswith("nutau: toys: 25 %, ") for line in seen)


def test_an_interrupt_ends_the_lines(capfd):
    with pytest.raises(KeyboardInterrupt), working("formulas"):
        raise KeyboardInterrupt
    capfd.readouterr()
    time.sleep(0.1)
    assert capfd.readouterr().err == ""
