"""Files are written whole or not at all, and nothing else is left behind."""

import os
import stat
from pathlib import Path

import pytest

from nutau.errors import InputError
from nutau.files import check_file, write_bytes, write_text, writing


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
