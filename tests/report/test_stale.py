"""What is newer elsewhere: the PDG's listings, a record of HEPData, measurements of flavio."""

import json
import sqlite3

import pytest

from command import run
from nutau import InputError
from nutau.measurements import find_measurement, measurements
from nutau.report.stale import stale

OWN = find_measurement("Belle-2017-K0nunu")
(PDG,) = filter(None, OWN.pdg)


def listing(path, papers):
    """A small SQLite file as the PDG's; papers as (name, year, INSPIRE, value, comment)."""
    with sqlite3.connect(path) as made:
        made.executescript(
            "create table pdginfo (name, value); insert into pdginfo values ('edition', '2031');"
            "create table pdgid (id, pdgid); create table pdgreference (id, document_id, publication_year, inspire_id);"
            "create table pdgmeasurement (id, pdgid_id, pdgreference_id, comment);"
            "create table pdgmeasurement_values (pdgmeasurement_id, value_text, value);"
        )
        made.execute("insert into pdgid values (1, ?)", (PDG,))
        for number, (name, year, inspire, value, comment) in enumerate(papers):
            made.execute("insert into pdgreference values (?, ?, ?, ?)", (number, name, year, inspire))
            made.execute("insert into pdgmeasurement values (?, 1, ?, ?)", (number, number, comment))
            made.execute("insert into pdgmeasurement_values values (?, ?, 1.0)", (number, value))
    made.close()
    return path


def test_papers_of_the_pdg_that_are_not_here_are_newer_or_not(tmp_path):
    path = listing(
        tmp_path / "pdg.sqlite",
        [
            ("OURS 2017", 2017, OWN.inspire, "<2.6E-5", ""),
            ("OLD 2001", 2001, "12", "<9E-5", ""),
            ("REPLACED 2030", 2030, "9999998", "<1E-5", "Repl. by NEW 2031"),
            ("NEW 2031", 2031, "9999999", "<1.0 E-5", ""),
        ],
    )
    found = stale(path)
    assert (found.source, [(row.paper, row.newer) for row in found.found]) == (
        "PDG 2031", [("NEW 2031 (2031)", True), ("OLD 2001 (2001)", False)],
    )  # fmt: skip
    ours = [entry for entry in measurements().values() if PDG in entry.pdg]
    assert found.found[0].date == max(entry.date for entry in ours)
    assert found.found[0].shown == "<1.0E-5"
    code, out, _ = run("data", "stale", "--from", str(path))
    assert (code, "NEW 2031" in out, "OLD 2001" in out) == (0, True, False)
    assert "OLD 2001" in run("data", "stale", "--from", str(path), "--all")[1]
    document = json.loads(run("data", "stale", "--from", str(path), "--json")[1])
    assert [row["newer"] for row in document["found"]] == [True, False]


@pytest.mark.parametrize(
    ("updated", "newer"), [("2031-01-01T00:00:00", True), ("2001-01-01T00:00:00", False)]
)
def test_a_record_that_was_updated_after_an_entry_is_newer(tmp_path, updated, newer):
    record = {"inspire_id": str(OWN.inspire), "hepdata_doi": "10.17182/hepdata.1.v2", "version": 2}
    path = tmp_path / "record.json"
    path.write_text(json.dumps({"record": record | {"last_updated": updated}}))
    found = stale(path)
    assert ("Belle-2017-K0nunu" in [row.entry for row in found.found]) is newer
    path.write_text(
        json.dumps({"record": {"inspire_id": "1", "title": "Something", "last_updated": updated}})
    )
    assert [row.quantity for row in stale(path).found] == ["Something"]


def test_measurements_of_flavio_of_a_later_year_are_newer(tmp_path):
    path = tmp_path / "measurements.yml"
    path.write_text(
        "Belle II Ktautau 2033:\n  experiment: Belle II\n  values:\n    BR(B+->Ktautau): 1.0(5)e-4\n"
        "BaBar Ktautau 2003:\n  experiment: BaBar\n  values:\n    BR(B+->Ktautau): 1.0(5)e-3\n"
    )
    assert sorted(row.newer for row in stale(path).found) == [False, True]


def test_what_is_none_of_them_is_refused(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="There is no file"):
        stale(tmp_path / "none")
    wrong = tmp_path / "other.sqlite"
    with sqlite3.connect(wrong) as made:
        made.execute("create table other (id)")
    made.close()
    with pytest.raises(InputError, match="is no listing of the PDG"):
        stale(wrong)
    monkeypatch.setattr("nutau.report.stale.find_spec", lambda name: None)
    code, out, message = run("data", "stale")
    assert (code, out) == (2, "")
    assert "--from" in message
    (tmp_path / "x.json").write_text("[1]")
    assert run("data", "stale", "--from", str(tmp_path / "x.json"))[0] == 2
