"""Files are written whole or not at all, and nothing else is left behind."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from nutau.common.files import check_file, write_bytes, write_text, writing
from nutau.errors import InputError


def names(folder):
    return sorted(item.name for item in folder.iterdir())


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt, OSError(28, "No space left on device")])
def test_a_failure_keeps_the_old_file_and_leaves_nothing(tmp_path, failure):
    path = write_text(tmp_path / "a.json", "old")
    expected = InputError if isinstance(failure, OSError) else failure
    with pytest.raises(expected), writing(path) as draft:  # noqa: PT012
        draft.write_text("half")
        raise failure
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.json"]


def test_text_and_bytes_are_written_with_the_users_permissions(tmp_path):
    mask = os.umask(0o027)
    try:
        assert write_text(tmp_path / "a.txt", "λ").read_bytes() == "λ".encode()
        assert write_bytes(tmp_path / "b.bin", b"\0\1").read_bytes() == b"\0\1"
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o640
    assert names(tmp_path) == ["a.txt", "b.bin"]


def test_a_file_written_again_keeps_its_permissions_and_a_link_stays_a_link(tmp_path):
    path = write_text(tmp_path / "a.txt", "old")
    path.chmod(0o600)
    (tmp_path / "link").symlink_to(path)
    write_text(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_draft_has_the_ending_of_the_file(tmp_path):
    with writing(tmp_path / "figure.pdf") as draft:
        assert (draft.parent, draft.suffix) == (tmp_path, ".pdf")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("", "empty"),
        (Path(""), "empty"),
        (".", "is a folder"),
        ("no/such/a.txt", "there is no folder 'no/such'"),
        ("/proc/x", "no such file can be made in '/proc'"),
        ("/dev/null", "device or a pipe"),
        ("x" * 300, "File name too long"),
    ],
)
def test_places_that_cannot_be_written_are_refused_in_words(tmp_path, monkeypatch, path, message):
    monkeypatch.chdir(tmp_path)
    for refuse in (check_file, lambda name: write_text(name, "text")):
        with pytest.raises(InputError, match=message):
            refuse(path)
    assert not names(tmp_path)


def test_other_endings_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"ending in \.csv or \.json"):
        check_file(tmp_path / "a.txt", (".csv", ".json"))
    assert check_file(str(tmp_path / "a.CSV"), (".csv",)) == Path(tmp_path / "a.CSV")


def test_devices_are_refused_by_any_name(tmp_path):
    """Links are followed when a file is replaced: /dev/stdout would be the log that a shell appends to."""
    log = write_text(tmp_path / "log", "kept\n")
    (tmp_path / "out").symlink_to("/dev/stdout")
    (tmp_path / "twice").symlink_to("out")
    script = "import sys\nfrom nutau.common.files import write_text\nwrite_text(sys.argv[1], 'lost')"
    for name in (
        "/dev/stdout",
        "/dev/fd/1",
        "/proc/self/fd/1",
        str(tmp_path / "out"),
        str(tmp_path / "twice"),
    ):
        with log.open("a") as stream:
            done = subprocess.run(
                [sys.executable, "-c", script, name],
                stdout=stream,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        assert "it is a device or a pipe" in done.stderr, name
    assert log.read_text() == "kept\n"


@pytest.mark.parametrize(("stream", "name"), [(1, "standard output"), (2, "standard error")])
def test_the_file_of_our_own_output_is_refused(tmp_path, stream, name):
    log = write_text(tmp_path / "log", "kept\n")
    script = (
        "import os, sys\nfrom nutau.common.files import check_file\n"
        "try: check_file(sys.argv[1])\nexcept ValueError as error: os.write(int(sys.argv[2]), str(error).encode())"
    )
    command = f'exec "$0" -c "$1" "$2" {3 - stream} {stream}>>"$2"'
    done = subprocess.run(["sh", "-c", command, sys.executable, script, log], check=True, capture_output=True)
    assert f"{name} goes to that file" in (done.stdout + done.stderr).decode()
    assert log.read_text() == "kept\n"


def test_read_only_files_are_kept(tmp_path):
    path = write_text(tmp_path / "a.json", "old")
    path.chmod(0o444)
    with pytest.raises(InputError, match="read-only"):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.json"]


NOTICED = (
    "import signal\n"  # whatever started the tests may have ignored them (nohup, a shell's &)
    "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    "for number in (signal.SIGTERM, signal.SIGHUP): signal.signal(number, signal.SIG_DFL)\n"
)


@pytest.mark.parametrize("number", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_signals_leave_no_draft(tmp_path, number):
    """A batch system ends a job with SIGTERM while a file is being written."""
    script = (
        f"{NOTICED}import sys, time\nfrom pathlib import Path\nimport nutau.__main__ as command\nimport nutau.cli\n"
        "from nutau.common.files import writing\n"
        "def slow():\n"
        "    with writing(sys.argv[1]) as draft:\n"
        "        draft.write_text('half')\n"
        "        print('ready', flush=True)\n"
        "        for _ in range(6000): time.sleep(0.01)\n"  # one long sleep can miss a signal
        "nutau.cli.main = slow\ncommand.main()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, tmp_path / "a.csv"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout.readline() == "ready\n"
        assert len(names(tmp_path)) == 1
        running.send_signal(getattr(signal, number))
        _, error = running.communicate(timeout=30)
    assert (running.returncode, error) == (128 + getattr(signal, number), "")
    assert names(tmp_path) == []


@pytest.mark.parametrize("number", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_signals_where_python_drops_exceptions(tmp_path, number):
    """In a ``__del__`` Python prints an exception and goes on: the signal is neither shown nor lost."""
    script = (
        f"{NOTICED}import os, sys, time\nimport nutau.__main__ as command\nimport nutau.cli\n"
        "from nutau.common.files import writing\n"
        "class Dying:\n"
        "    def __del__(self):\n"
        "        os.kill(os.getpid(), int(sys.argv[2]))\n"
        "        for _ in range(10): time.sleep(0.001)\n"
        "def slow():\n"
        "    with writing(sys.argv[1]) as draft:\n"
        "        draft.write_text('half')\n"
        "        Dying()\n"
        "        for _ in range(6000): time.sleep(0.01)\n"
        "nutau.cli.main = slow\ncommand.main()"
    )
    signum = getattr(signal, number)
    command = [sys.executable, "-c", script, tmp_path / "a.csv", str(int(signum))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (128 + signum, "", "")
    assert names(tmp_path) == []


@pytest.mark.parametrize("number", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_signals_wait_for_an_extension_module(number):
    """One of jaxlib crashes if an exception comes while it is being made: exit code -11 or -6 in one of fifty."""
    script = (
        f"{NOTICED}import os, sys, time\nimport nutau.__main__ as command\nimport nutau.cli\n"
        "class ExtensionFileLoader:\n"  # the name of the frame, in importlib
        "    def create_module(self):\n"
        "        os.kill(os.getpid(), int(sys.argv[1]))\n"
        "        for _ in range(100): time.sleep(0.001)\n"
        "        print('made', flush=True)\n"
        "def slow():\n"
        "    ExtensionFileLoader().create_module()\n"
        "    for _ in range(6000): time.sleep(0.01)\n"
        "nutau.cli.main = slow\ncommand.main()"
    )
    signum = getattr(signal, number)
    command = [sys.executable, "-c", script, str(int(signum))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (128 + signum, "made\n", "")


@pytest.mark.parametrize("number", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_signals_while_python_shuts_down(number):
    script = (
        f"{NOTICED}import atexit, os, sys, time\nimport nutau.__main__ as command\nimport nutau.cli\n"
        "def kill():\n"
        "    os.kill(os.getpid(), int(sys.argv[1]))\n"
        "    for _ in range(6000): time.sleep(0.01)\n"
        "atexit.register(kill)\nnutau.cli.main = lambda: None\ncommand.main()"
    )
    signum = getattr(signal, number)
    command = [sys.executable, "-c", script, str(int(signum))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (-signum, "", "")


@pytest.mark.parametrize(
    ("interrupt", "code"),
    [("raise KeyboardInterrupt", 130), ("sys.exit(130)", 130), ("os.kill(os.getpid(), signal.SIGTERM)", 143)],
)
def test_an_interrupt_skips_the_shutdown_of_libraries(interrupt, code):
    """XLA, interrupted while it compiles, crashes there (exit code -11 in one of eight fits)."""
    script = (
        f"{NOTICED}import atexit, os, sys, time\nimport nutau.__main__ as command\nimport nutau.cli\n"
        f"def run():\n    print('kept')\n    {interrupt}\n    time.sleep(0.1)\n"
        "atexit.register(os.abort)\nnutau.cli.main = run\ncommand.main()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (code, "kept\n", "")


def test_an_interrupt_during_imports_gives_no_traceback():
    script = (
        "import sys\n"
        "class Interrupted:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.startswith('nutau.cli'): raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupted())\n"
        "from nutau.__main__ import main\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


@pytest.mark.parametrize(
    "arguments",
    [("list", "observables"), ("models", "--json"), ("--help",), ("data", "--help"), ("data", "list")],
)
def test_a_reader_that_goes_away_is_no_failure(arguments):
    """``nutau list observables | head -1`` under ``set -o pipefail``; also one that reads nothing at all."""
    for reader in ("head -1 >/dev/null", "true", "sleep 0.5"):
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", f'"$0" -m nutau "$@" | {reader}', sys.executable, *arguments],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), reader


def test_an_interrupt_while_the_draft_is_made_leaves_none(tmp_path, monkeypatch):
    """Under load the system may take milliseconds to make a file, and Ctrl-C comes within them."""
    made = os.open

    def interrupted(*given, **named):
        os.close(made(*given, **named))
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", interrupted)
        for make in (check_file, lambda path: writing(path).__enter__()):
            with pytest.raises(KeyboardInterrupt):
                make(tmp_path / "out.csv")
    assert list(tmp_path.iterdir()) == []
