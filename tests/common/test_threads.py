"""Work in threads: the order and the values of a loop, its first error, and as many threads as the session allows."""

import threading

import pytest

from nutau.common.threads import at_once, threads


@pytest.mark.parametrize(("setting", "most"), [("1", 1), ("3,2", 3)])
def test_no_more_threads_than_the_session_allows(monkeypatch, setting, most):
    monkeypatch.setenv("OMP_NUM_THREADS", setting)
    assert 1 <= threads() <= most


@pytest.mark.parametrize("setting", ["", "0", "many"])
def test_without_a_setting_all_processors_are_used(monkeypatch, setting):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    everything = threads()
    monkeypatch.setenv("OMP_NUM_THREADS", setting)
    assert threads() == everything >= 1


@pytest.mark.parametrize("count", [1, 2])
def test_results_are_those_of_a_loop(monkeypatch, count):
    monkeypatch.setattr("nutau.common.threads.threads", lambda: count)
    names = set()

    def square(number):
        names.add(threading.current_thread().name)
        return number**2

    assert at_once(square, range(100)) == [number**2 for number in range(100)]
    assert (threading.current_thread().name in names) == (count == 1)
    assert at_once(square, []) == []
    with pytest.raises(ZeroDivisionError):
        at_once(lambda number: 1 / number, [1, 0, 2])
