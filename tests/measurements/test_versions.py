"""Versions of data sets, and how old what a result rests on is."""

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from nutau import InputError, load_dataset
from nutau.common import yaml_files
from nutau.inference.likelihood.named import likelihood
from nutau.measurements import dataset_names, dataset_versions
from nutau.measurements.ages import ages

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import freeze_data  # noqa: E402


@pytest.mark.parametrize("name", dataset_names())
def test_every_data_set_has_a_version_that_is_a_name_of_it(name):
    newest = dataset_versions(name)[-1]
    found = load_dataset(f"{name}@{newest}")
    assert found.version == newest
    assert freeze_data.digest(name) == freeze_data.digest(f"{name}@{newest}")


def test_what_was_released_stays_as_it_was():
    for name, digest in json.loads(freeze_data.FROZEN.read_text()).items():
        assert freeze_data.digest(name) == digest, f"{name} was released with other numbers"


def test_the_sum_sees_a_changed_number(tmp_path):
    text = (
        "title: x\nmeasurements:\n  - {name: A, kind: gaussian, source: s, unit: 1, "
        "values: [{observable: R(D), value: VALUE, errors: {total: 0.1}}]}\n"
    )
    digests = []
    for number in ("0.35", "0.36", "0.35"):
        (tmp_path / "x.yaml").write_text(text.replace("VALUE", number))
        digests.append(freeze_data.digest(str(tmp_path / "x.yaml")))
    assert digests[0] == digests[2] != digests[1]


def test_an_old_version_stays_when_a_new_one_begins(tmp_path, monkeypatch):
    """The present numbers keep their name with a version, what extends them too, and the bare name is the new one."""
    shutil.copytree(freeze_data.FOLDER, tmp_path / "datasets")
    before = {name: freeze_data.digest(name) for name in ("2026", "2026-core", "2026-all")}
    for path, text in freeze_data.kept(tmp_path / "datasets", "2031.05").items():
        path.write_text(text)
    changed = tmp_path / "datasets" / "2026.yaml"
    changed.write_text(changed.read_text().replace("  - LHCb-2023-FL\n", ""))
    package = yaml_files.folder
    monkeypatch.setattr(
        yaml_files, "folder", lambda name="": tmp_path / name if name == "datasets" else package(name)
    )
    assert dataset_versions("2026") == ("2026.11", "2031.05")
    assert set(dataset_names()) == {path.stem for path in freeze_data.FOLDER.glob("*.yaml")}
    for name, digest in before.items():
        assert freeze_data.digest(f"{name}@2026.11") == digest
        assert load_dataset(f"{name}@2026.11").name == f"{name}@2026.11"
    assert freeze_data.digest("2026-all") != before["2026-all"]
    assert load_dataset("2026").version == "2031.05"
    with pytest.raises(SystemExit, match="is not later"):
        freeze_data.kept(tmp_path / "datasets", "2026.12")


def test_a_version_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(InputError, match=r"Unknown version '2025.01' in data set 2026.*2026\.11"):
        load_dataset("2026@2025.01")
    with pytest.raises(InputError, match="Unknown data set 'nothing@2026.11'"):
        load_dataset("nothing@2026.11")


def test_shipped_measurements_have_dates():
    for name in dataset_names():
        assert ages(name, "", load_dataset(name).measurements).undated == 0


def test_ages_are_those_of_what_was_used(tmp_path):
    found = likelihood("delta,kappa", "2026", draws=0)
    dates = {load_dataset("2026")[pull].date for pull in _used(found)}
    assert (found.ages.newest[0], found.ages.oldest[0]) == (max(dates), min(dates))
    assert str(found.ages).startswith("data set 2026 (version 2026.11); newest measurement ")
    entries = load_dataset("2026").measurements
    undated = ages("mine", "", [replace(entry, date="") for entry in entries[:2]])
    assert str(undated) == "data set mine; 2 without a date"
    assert undated.to_dict() == {
        "name": "mine", "version": None, "newest": None, "oldest": None, "undated": 2,
    }  # fmt: skip


def _used(found):
    left_out = {*found.unaffected, *found.unpredicted, *found.untested}
    return [entry.name for entry in load_dataset("2026").measurements if entry.name not in left_out]
