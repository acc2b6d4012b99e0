"""The tool that compares numbers with the PDG's listings: what it reads, and that it sees what differs."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

import nutau

TOOLS = Path(__file__).parents[2] / "tools"


@pytest.fixture(scope="module")
def tool():
    sys.path.insert(0, str(TOOLS))
    import check_pdg

    yield check_pdg
    sys.path.remove(str(TOOLS))


def test_every_mass_and_lifetime_of_a_particle_is_checked(tool):
    names = {row.place for row in tool.rows()}
    parameters = nutau.load_inputs().parameters
    measured = [name for name in parameters.names if name.startswith(("m_", "tau_"))]
    quarks = {"m_b", "m_c", "m_s", "m_d", "m_c BVgamma"}
    assert {name for name in measured if name not in quarks} <= names
    assert all(row.source == "PDG:2026" for row in tool.rows())


@pytest.mark.parametrize(
    ("shown", "power", "expected"),
    [
        ("5279.41+-0.07", 0, (5279.41, 0.07)),
        ("(1637+-4)E-3", -12, (1.637e-12, 4e-15)),
        ("0.118+-0.006", 0, (0.118, 0.006)),
        ("33.0+-1.5", -2, (0.33, 0.015)),
        ("66.4+2.7-2.8", 0, (66.4, 2.75)),
        (">1.2", 0, None),
    ],
)
def test_printed_numbers_are_read(tool, shown, power, expected):
    assert tool.printed(shown, power) == (
        expected if expected is None else pytest.approx(expected, rel=1e-12)
    )


@pytest.mark.parametrize(
    ("value", "error", "said"),
    [
        (5.27941, 7e-5, ""),
        (5.27942, 7e-5, "m_B+ (S041M): 5.27942 ± 7e-05 GeV, the PDG has 5279.41+-0.07 MeV"),
        (5.27941, 8e-5, "m_B+ (S041M): 5.27941 ± 8e-05 GeV, the PDG has 5279.41+-0.07 MeV"),
    ],
)
def test_what_differs_is_said(tool, value, error, said):
    row = tool.Row("m_B+", "S041M", value, error, "GeV", "PDG:2026")
    assert tool.differs(row, [(5279.41, 0.07, "MeV", "5279.41+-0.07")]) == said
    assert "has no S041M" in tool.differs(row, [])


# --- measurements


LISTINGS = """
create table pdgid (id, pdgid);
create table pdgreference (id, document_id, publication_name, inspire_id, doi);
create table pdgmeasurement (id, pdgid_id, pdgreference_id, confidence_level, comment);
create table pdgmeasurement_values (pdgmeasurement_id, value_text, unit_text, display_value_text, display_power_of_ten,
  limit_type, value, error_positive, error_negative, stat_error_positive, stat_error_negative, syst_error_positive,
  syst_error_negative);
create table pdgdata (pdgid, edition, value_type, display_value_text, display_power_of_ten, display_in_percent,
  limit_type, confidence_level, unit_text);
insert into pdgid values (1, 'S001B01');
insert into pdgreference values (1, 'ADAM 2024A ', 'PR D109 112006', '200', '10.1/ABC'),
  (2, 'BEDA 2013 ', 'PRL 1 2', '100', ''), (3, 'CORA 2026 ', 'JHEP 2601 003', '300', ''),
  (4, 'DORA 2001 ', 'PRL 9 9', '50', '');
insert into pdgmeasurement values (1, 1, 1, null, 'e+ e-'), (2, 1, 2, 90.0, 'e+ e-'), (3, 1, 3, null, 'p p'),
  (4, 1, 4, 90.0, 'Repl. by BEDA 2013');
insert into pdgmeasurement_values values
  (1, '(2.3 +-0.5+0.5-0.4) E-5', '', '2.3 +-0.5 +0.5-0.4', -5, null, 2.3e-5, 7e-6, 6e-6, 5e-6, 5e-6, 5e-6, 4e-6),
  (2, '< 1.6E-5', '', '<1.6', -5, 'U', 1.6e-5, null, null, null, null, null, null),
  (3, '(1.0 +-0.3) E-5', '', '1.0 +-0.3', -5, null, 1e-5, 3e-6, 3e-6, null, null, null, null),
  (4, '< 9E-5', '', '<9', -5, 'U', 9e-5, null, null, null, null, null, null);
insert into pdgdata values ('S001B01', '2026', 'AC', '1.3+-0.3', -5, 0, null, null, ''),
  ('S001B01', '2025', 'AC', '9.9+-0.3', -5, 0, null, null, '');
"""


@pytest.fixture(scope="module")
def listings():
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(LISTINGS)
        yield database


def row(tool, inspire, prints="", **row):
    entry = {"name": "Mine", "unit": "1e-5"}
    listed = {"id": "S001B01", "prints": prints}
    row = {"observable": "BR", "pdg": listed} | row
    return tool.pdg_measurements._row(entry, row, {"inspire": inspire}, "key")


GOOD = {"value": 2.3, "errors": {"stat": 0.5, "syst": {"plus": 0.5, "minus": 0.4}}}
LIMIT = {"limit": 1.6, "confidence_level": 0.9}


@pytest.mark.parametrize(
    ("inspire", "numbers", "said"),
    [
        (200, GOOD, ""),
        (100, LIMIT, ""),
        (
            200,
            GOOD | {"value": 2.4},
            "2.4e-05 +5e-06-5e-06 stat +5e-06-4e-06 syst, the PDG has (2.3+-0.5+0.5-0.4)E-5",
        ),
        (200, GOOD | {"errors": {"stat": 0.5, "syst": 0.5}}, "the PDG has (2.3+-0.5+0.5-0.4)E-5"),
        (200, GOOD | {"errors": {"total": 0.7}}, "2.3e-05 +7e-06-7e-06, the PDG has"),
        (100, LIMIT | {"confidence_level": 0.95}, "< 1.6e-05 at 95% CL, the PDG has <1.6E-5 at 90% CL"),
        (100, LIMIT | {"limit": 1.7}, "< 1.7e-05 at 90% CL, the PDG has <1.6E-5 at 90% CL"),
        (300, {"value": 1.0, "errors": {"total": 0.3}}, ""),
        (400, GOOD, "the PDG has no number of the paper 400, but ADAM 2024A (200)"),
        (100, LIMIT | {"prints": "<1.6E-5 at 90% CL"}, "prints and why are out of date"),
        (100, GOOD | {"prints": "<1.6E-5 at 90% CL"}, ""),
        (
            100,
            GOOD | {"prints": "<1.7E-5 at 90% CL"},
            "the PDG does not print <1.7E-5 at 90% CL, but <1.6E-5",
        ),
        (100, {"grid": [1, 2], "prints": "<1.6E-5 at 90% CL"}, ""),
        (100, {"grid": [1, 2]}, "a likelihood, the PDG has <1.6E-5 at 90% CL"),
    ],
)
def test_measurements_are_looked_up_by_their_paper(tool, listings, inspire, numbers, said):
    mine = row(tool, inspire, **numbers)
    problem = tool.pdg_measurements.differs(mine, tool.pdg_measurements.measured(listings, "S001B01"))
    assert said in problem
    assert bool(said) == bool(problem)


def test_parts_of_an_uncertainty_are_added_to_the_digits_of_the_pdg(tool, listings):
    found = tool.pdg_measurements.measured(listings, "S001B01")
    parts = {"stat": 0.5, "syst": {"plus": 0.4, "minus": 0.3}, "external": {"plus": 0.27, "minus": 0.27}}
    assert tool.pdg_measurements.differs(row(tool, 200, value=2.3, errors=parts), found) == ""  # 0.48, 0.40
    parts["external"] = 0.4  # 0.57
    assert "the PDG has" in tool.pdg_measurements.differs(row(tool, 200, value=2.3, errors=parts), found)


def test_an_average_is_compared_with_the_averages_of_the_newest_edition(tool, listings):
    found = tool.pdg_measurements.averaged(listings, "S001B01", "2026")
    assert tool.pdg_measurements.differs(row(tool, "", value=1.3, errors={"total": 0.3}), found) == ""
    assert "the PDG has 1.3+-0.3" in tool.pdg_measurements.differs(
        row(tool, "", value=9.9, errors={"total": 0.3}), found
    )


def test_what_is_newer_is_listed_and_what_is_replaced_is_not(tool, listings):
    found = {"S001B01": tool.pdg_measurements.measured(listings, "S001B01")}
    assert tool.pdg_measurements.elsewhere([row(tool, 200, **GOOD)], found) == [
        "NEWER S001B01: CORA 2026 (1.0+-0.3)E-5",
        "not here S001B01: BEDA 2013 <1.6E-5 at 90% CL",
    ]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, ""),
        ({"doi": "10.1/abc", "journal": "Phys. Rev. D", "volume": "109", "pages": "112006"}, ""),
        ({"doi": "10.1/abd"}, "DOI 10.1/abd, the PDG has 10.1/ABC"),
        ({"journal": "Phys. Rev.", "volume": "D109", "pages": "112006--112030"}, ""),
        ({"journal": "Phys. Rev. D", "volume": "109", "pages": "112007"}, "the PDG has PR D109 112006"),
    ],
)
def test_the_journal_of_a_paper_is_compared(tool, listings, fields, said):
    found = tool.pdg_measurements.measured(listings, "S001B01")
    problem = tool.pdg_measurements.cited("key", fields, found[0])
    assert said in problem
    assert bool(said) == bool(problem)
    jhep = {"journal": "JHEP", "volume": "01", "year": "2026", "pages": "003"}
    assert tool.pdg_measurements.cited("key", jhep, found[2]) == ""
    assert tool.pdg_measurements.cited("key", jhep | {"year": "2025"}, found[2])


def test_the_bibliography_is_read(tool):
    article = '@article{A:2020abc,\n  title = "{A $B^{\\pm}$}",\n  doi = {10.1/abc},\n  volume = "5"\n}\n'
    text = article + "@misc{B,\n year = {2020}\n}"
    found = tool.pdg_measurements.bibliography(text)
    assert (found["A:2020abc"]["doi"], found["A:2020abc"]["volume"], found["B"]["year"]) == (
        "10.1/abc",
        "5",
        "2020",
    )


def test_every_listed_measurement_names_its_paper(tool):
    every = list(tool.pdg_measurements.rows())
    averages = {row.place.split()[0] for row in every if not row.inspire}
    averages = {name for name in averages if not name.startswith("PDG-2026-")}
    assert averages == {"HFLAV-2024-DeltaMs", "HFLAV-2025-Btaunu", "HFLAV-2025-RD-Spring"}
    assert len(every) > 100
