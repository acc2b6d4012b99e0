"""Data that collaborations publish and nutau does not ship: where they are, fetched once, checked by SHA-256.

A path ``fetched:belle2-knunu/combined_likelihood.json`` in a measurement's entry is a file of a release in the user's
cache; ``shipped:NAME`` is one of nutau's own, in ``data/likelihoods``.
"""

from __future__ import annotations

import hashlib
import os
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from nutau.common import yaml_files
from nutau.common.cache import CACHE, cache_folder
from nutau.common.files import is_file, is_folder, write_bytes
from nutau.errors import InputError, MissingExtraError, unknown

if TYPE_CHECKING:
    from pydantic import BaseModel

FETCHED = "fetched:"
SHIPPED = "shipped:"
LARGEST = 200_000_000
"""Bytes of a file that is looked at when a folder or an archive is searched."""


@dataclass(frozen=True)
class Release:
    """Published data: ``files`` by name with their SHA-256; ``url`` is the folder that they are fetched from."""

    name: str
    title: str
    source: str
    doi: str
    record: str
    licence: str
    cite: tuple[str, ...]
    url: str
    files: Mapping[str, str]

    @property
    def folder(self) -> Path:
        """Where its files are once they are fetched."""
        return data_folder() / self.name

    @property
    def fetched(self) -> bool:
        """Whether all files are there as they were published."""
        return all(
            is_file(self.folder / name) and _sha256((self.folder / name).read_bytes()) == checksum
            for name, checksum in self.files.items()
        )


def releases() -> tuple[str, ...]:
    """The names of releases that can be fetched."""
    return yaml_files.entries("releases")


def find_release(name: str) -> Release:
    """The release called ``name``; :class:`InputError` with the nearest names if there is none."""
    if name not in releases():
        raise unknown("release", name, releases())
    path = yaml_files.folder("releases").joinpath(f"{name}.yaml")
    found = yaml_files.validate(_schema(), yaml_files.read_yaml(path), str(path))
    return Release(name, **{**found.model_dump(), "cite": tuple(found.model_dump()["cite"])})


def _schema() -> type[BaseModel]:
    from pydantic import BaseModel, ConfigDict, Field

    class ReleaseFile(BaseModel):
        model_config = ConfigDict(extra="forbid")
        title: str
        source: str
        doi: str
        record: str
        licence: str
        cite: list[str]
        url: str
        files: dict[str, Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]]

    return ReleaseFile


def fetch(name: str, source: str | Path | None = None) -> Release:
    """Put the files of a release into the cache, and return it.

    ``source`` is a folder, an archive (zip, tar) or the address of a folder that has the files; by default they are
    downloaded from the authors' repository with pooch. In folders and archives files are known by their checksum,
    whatever their names. Nothing is stored unless all files are as published. Raises :class:`InputError` where one is
    missing or differs, and :class:`MissingExtraError` without pooch.
    """
    release = find_release(name)
    text = release.url if source is None else str(source)
    if "://" in text:
        found = _downloaded(release, text if text.endswith("/") else f"{text}/")
    else:
        found = _local(release, Path(text))
    for file, content in found.items():
        release.folder.mkdir(parents=True, exist_ok=True)
        write_bytes(release.folder / file, content)
    return release


def _downloaded(release: Release, url: str) -> dict[str, bytes]:
    try:
        import pooch
    except ImportError:
        raise MissingExtraError("pooch", "data") from None
    import tempfile

    pooch.get_logger().setLevel("ERROR")
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, checksum in release.files.items():
            try:
                path = pooch.retrieve(
                    f"{url}{name}", known_hash=f"sha256:{checksum}", fname=name, path=folder
                )
            except Exception as error:  # of requests, of urllib3, or pooch's own for another checksum
                reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
                raise InputError(
                    f"Cannot fetch {name} from {url} ({reason[:160]}). Try again, or fetch the files yourself from "
                    f"{release.record} and say 'nutau data fetch {release.name} --from FOLDER'."
                ) from None
            found[name] = Path(path).read_bytes()
    return found


def _local(release: Release, path: Path) -> dict[str, bytes]:
    if not is_folder(path) and not is_file(path):
        raise InputError(f"There is no file or folder '{path}' to take {release.name} from.")
    wanted = {checksum: name for name, checksum in release.files.items()}
    found: dict[str, bytes] = {}
    seen: set[str] = set()
    for name, content in _contents(path):
        seen.add(Path(name).name)
        if (checksum := _sha256(content)) in wanted:
            found[wanted[checksum]] = content
    missing = [name for name in release.files if name not in found]
    if missing:
        other = [name for name in missing if name in seen]
        why = f"; {other[0]} is there, but is not the published one (SHA-256)" if other else ""
        raise InputError(
            f"'{path}' does not have {', '.join(missing)} of {release.name}{why}. Fetch them from {release.record} "
            f"or {release.url}."
        )
    return found


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """The files of a folder or an archive, with their content."""
    try:
        if is_folder(path):
            for file in sorted(path.rglob("*")):
                if is_file(file) and file.stat().st_size <= LARGEST:
                    yield file.name, file.read_bytes()
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for item in archive.infolist():
                    if not item.is_dir() and item.file_size <= LARGEST:
                        yield item.filename, archive.read(item)
        elif tarfile.is_tarfile(path):
            with tarfile.open(path) as archive:
                for member in archive:
                    if member.isfile() and member.size <= LARGEST and (inside := archive.extractfile(member)):
                        yield member.name, inside.read()
        else:
            yield path.name, path.read_bytes()
    except (OSError, zipfile.BadZipFile, tarfile.TarError, EOFError, RuntimeError) as error:
        raise InputError(f"Cannot read '{path}': {error}.") from None


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def data_folder() -> Path:
    """The folder of fetched data; :class:`InputError` where nothing is kept."""
    folder = cache_folder(os.environ)
    if folder is None:
        raise InputError(
            f"There is no place for fetched data: {CACHE} is off, or there is no home. Name a folder in {CACHE}."
        )
    return folder


def beside(path: str, where: str) -> str:
    """A path of a measurement's file, which is beside that file unless it is absolute, fetched or shipped."""
    if path.startswith((FETCHED, SHIPPED)) or Path(path).is_absolute():
        return path
    return str(Path(where).parent / path)


def located(path: str) -> str | Traversable:
    """Where a path of a measurement's record is; :class:`InputError` for a release that was not fetched."""
    if path.startswith(SHIPPED):
        return yaml_files.folder("likelihoods").joinpath(path.removeprefix(SHIPPED))
    if not path.startswith(FETCHED):
        return path
    name, _, file = path.removeprefix(FETCHED).partition("/")
    release = find_release(name)
    if file not in release.files:
        raise unknown("file", file, release.files, f"the release {name}")
    if not is_file(release.folder / file):
        raise InputError(
            f"{file} of {release.source} is not on this machine: say 'nutau data fetch {name}', which stores it in "
            f"{release.folder}."
        )
    return str(release.folder / file)
