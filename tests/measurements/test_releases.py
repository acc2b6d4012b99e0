"""Published data that are fetched: all or nothing, by checksum, from folders, archives and addresses."""

import functools
import hashlib
import http.server
import io
import tarfile
import threading
import zipfile

import pytest
from typer.testing import CliRunner

from nutau.cli import app
from nutau.errors import InputError
from nutau.measurements import releases
from nutau.measurements.releases import Release, fetch, find_release

FILES = {"a.json": b"{}", "b.csv": b"1,2\n"}


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A release of two files, and a cache of its own."""
    monkeypatch.setenv("NUTAU_CACHE", str(tmp_path / "cache"))
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}
    found = Release("mine", "Mine", "a paper", "10.1/x", "https://x", "MIT", ("a",), "https://x/", sums)
    monkeypatch.setattr(releases, "find_release", lambda name: found)
    return found


def folder(path, files=FILES):
    path.mkdir()
    for name, content in files.items():
        (path / name).write_bytes(content)
    return path


def test_a_folder_is_searched_by_checksum(mine, tmp_path):
    named = folder(
        tmp_path / "source", {"other.json": FILES["a.json"], "notes.txt": b"x", "b.csv": FILES["b.csv"]}
    )
    assert not mine.fetched
    assert fetch("mine", named).fetched
    assert (mine.folder / "a.json").read_bytes() == FILES["a.json"]


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_archives_are_searched_too(mine, tmp_path, kind):
    path = tmp_path / f"record.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in FILES.items():
                archive.writestr(f"inside/{name}", content)
    else:
        with tarfile.open(path, "w:gz") as archive:
            for name, content in FILES.items():
                item = tarfile.TarInfo(f"inside/{name}")
                item.size = len(content)
                archive.addfile(item, io.BytesIO(content))
    assert fetch("mine", path).fetched


@pytest.mark.parametrize("content", [{"a.json": b"{}"}, {"a.json": b"{}", "b.csv": b"1,3\n"}])
def test_nothing_is_stored_unless_all_is_as_published(mine, tmp_path, content):
    with pytest.raises(InputError, match=r"does not have b\.csv of mine") as refused:
        fetch("mine", folder(tmp_path / "source", content))
    assert ("not the published one" in str(refused.value)) == (len(content) == 2)
    assert not mine.folder.exists()


def test_what_is_no_folder_is_refused(mine, tmp_path):
    with pytest.raises(InputError, match="no file or folder"):
        fetch("mine", tmp_path / "nowhere")
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04broken")
    with pytest.raises(InputError, match=r"broken\.zip"):
        fetch("mine", tmp_path / "broken.zip")


@pytest.mark.parametrize("same", [True, False])
def test_an_address_is_downloaded_and_checked(mine, tmp_path, same):
    pytest.importorskip("pooch")
    source = folder(tmp_path / "source", FILES if same else FILES | {"b.csv": b"1,3\n"})
    quiet = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(quiet, directory=str(source))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        if same:
            assert fetch("mine", url).fetched
        else:
            with pytest.raises(InputError, match=r"Cannot fetch b\.csv") as refused:
                fetch("mine", url)
            assert "\n" not in str(refused.value)
            assert not mine.folder.exists()
    finally:
        server.shutdown()
        server.server_close()


def test_releases_say_licence_and_citation():
    for name in releases.releases():
        found = find_release(name)
        assert all((found.licence, found.cite, found.doi, found.files))
    with pytest.raises(InputError, match="belle2-knunu"):
        find_release("belle2-knun")


def test_the_command_says_where_and_under_which_licence(mine, tmp_path):
    source = folder(tmp_path / "source")
    result = CliRunner().invoke(app, ["data", "fetch", "mine", "--from", str(source)])
    assert result.exit_code == 0, result.output
    assert "MIT" in result.output
    assert "cache" in result.output
    assert result.output.count("10.1/x") == 1
