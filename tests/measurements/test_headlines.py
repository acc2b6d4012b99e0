"""What is seen in the text of the files of measurements, against what YAML says."""

import pytest

from nutau.errors import InputError
from nutau.measurements import find_measurement, load_dataset, measurements
from nutau.measurements import headlines as module
from nutau.measurements.catalogue import _of_file
from nutau.measurements.headlines import headlines


def test_headlines_are_what_the_files_say():
    records = dict(measurements())
    assert list(records) == list(headlines())
    for name, headline in headlines().items():
        entry = records[name]
        assert entry.name == name
        assert entry.file == f"measurements/{headline.file}.yaml"
        assert headline.supersedes == entry.supersedes
        assert headline.contained_in == entry.contained_in
    assert {
        entry.name for file in {h.file for h in headlines().values()} for entry in _of_file(file).values()
    } == set(headlines())


def test_a_data_set_reads_the_files_of_its_own_entries():
    _of_file.cache_clear()
    names = {entry.name for entry in load_dataset("2026-babar").measurements}
    assert _of_file.cache_info().misses <= len(names) + 1 < len({h.file for h in headlines().values()})
    assert "BelleII-2023-Knunu" in measurements()
    assert _of_file.cache_info().misses <= len(names) + 1


def test_a_name_in_two_files_is_refused(monkeypatch, tmp_path):
    for file in "ab":
        (tmp_path / f"{file}.yaml").write_text("measurements:\n  - name: Same\n    supersedes: [Older]\n")
    monkeypatch.setattr(module.yaml_files, "folder", lambda name="": tmp_path)
    with pytest.raises(
        InputError, match=r"Two measurements are called Same, in measurements/a.yaml and measurements/b"
    ):
        headlines.__wrapped__()
    (tmp_path / "b.yaml").unlink()
    assert headlines.__wrapped__()["Same"].supersedes == ("Older",)


def test_unknown_names_are_helped():
    with pytest.raises(InputError, match="LHCb-2025-Kstarmumu"):
        find_measurement("LHCb-2025-Kstarmum")
