"""Compiled programs are kept between commands, and nothing that is wrong with their folder stops one."""

import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from nutau.cli import programs

linux = pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="the folders of Linux")
FOLDER = programs.FOLDER


@pytest.fixture(autouse=True)
def same_warnings():
    with warnings.catch_warnings():
        yield


@linux
def test_the_folder_is_that_of_the_users_caches(tmp_path):
    home = {"HOME": str(tmp_path)}
    usual = tmp_path / ".cache" / "nutau" / "programs"
    assert programs.chosen(home) == usual
    assert programs.chosen({**home, "XDG_CACHE_HOME": "relative"}) == usual
    assert programs.chosen({**home, "XDG_CACHE_HOME": "/var/mine"}) == Path("/var/mine/nutau/programs")
    assert programs.chosen({**home, "NUTAU_CACHE": "/elsewhere"}) == Path("/elsewhere/programs")


@pytest.mark.parametrize("environment", [{}, {"HOME": "/no/such/home"}, {"HOME": "", "XDG_CACHE_HOME": ""}])
def test_nothing_is_kept_without_a_home(environment):
    assert programs.keep(dict(environment)) is None


@pytest.mark.parametrize("word", ["off", "OFF", "0", "no", "false"])
def test_nothing_is_kept_when_that_is_wanted(word, tmp_path):
    environment = {"HOME": str(tmp_path), "NUTAU_CACHE": word}
    assert programs.keep(environment) is None
    assert FOLDER not in environment
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_the_users_own_for_jax_stays(tmp_path):
    environment = {"HOME": str(tmp_path), FOLDER: "/mine"}
    assert programs.keep(environment) is None
    assert environment[FOLDER] == "/mine"


@linux
def test_a_folder_that_others_can_write_to_is_not_used(tmp_path):
    """Who can write there could run programs in the user's name."""
    folder = tmp_path / "programs"
    folder.mkdir()
    folder.chmod(0o777)
    assert programs.keep({"NUTAU_CACHE": str(tmp_path)}) is None
    folder.chmod(0o700)
    assert programs.keep({"NUTAU_CACHE": str(tmp_path)}) is not None


def test_a_file_in_the_place_of_the_folder_is_left_alone(tmp_path):
    file = tmp_path / "file"
    file.write_text("mine")
    for place in (file, file / "below"):
        assert programs.keep({"NUTAU_CACHE": str(place)}) is None
    assert file.read_text() == "mine"


def test_the_oldest_programs_go_first_and_nothing_else(tmp_path):
    folder = tmp_path / "xla-kind"
    folder.mkdir()
    for age, name in enumerate(["new", "middle", "old"]):
        (folder / name).write_bytes(b"x" * 100)
        os.utime(folder / name, (1e9 - age, 1e9 - age))
    (tmp_path / "other").write_bytes(b"x" * 1000)
    programs.shorten(tmp_path, 300)
    assert {path.name for path in folder.iterdir()} == {"new", "middle", "old"}
    programs.shorten(tmp_path, 250)
    assert {path.name for path in folder.iterdir()} == {"new", "middle"}
    programs.shorten(tmp_path, 0)
    assert list(folder.iterdir()) == []
    assert (tmp_path / "other").exists()


SESSION = """
import os, sys
from nutau.cli import programs
os.environ[programs.LEAST] = "0"
programs.keep(os.environ)
import jax
from jax import monitoring
events = []
monitoring.register_event_listener(lambda name, **_: events.append(name))
print(float(jax.jit(lambda x: jax.numpy.sin(x) * 3)(2.0)))
print(sum("cache_hits" in name for name in events))
"""


def test_the_second_command_reads_what_the_first_one_compiled(tmp_path):
    """The same number, and a damaged program is compiled again without a word."""
    environment = {**os.environ, "NUTAU_CACHE": str(tmp_path / "mine"), "PYTHONWARNINGS": ""}
    environment.pop(FOLDER, None)
    answers = []
    for damaged in (False, False, True):
        if damaged:
            for file in (tmp_path / "mine").glob("programs/xla-*/*"):
                file.write_bytes(b"no program")
        done = subprocess.run(
            [sys.executable, "-c", SESSION], capture_output=True, text=True, check=True, env=environment
        )
        assert done.stderr == ""
        answers.append(done.stdout.split())
    assert len({value for value, _ in answers}) == 1
    assert [int(hits) > 0 for _, hits in answers] == [False, True, False]
