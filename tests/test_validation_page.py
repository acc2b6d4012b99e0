"""The page that make validate writes: all of the catalogue is on it, and nutau is as close to flavio as it claims."""

import re
from pathlib import Path

import pytest

from nutau.observables import catalogue

PAGE = Path(__file__).parents[1] / "docs" / "validation.md"
TOLERANCE = 1e-5  # the accuracy of flavio's own integrals
# R_K* leaves spectator effects out, which the page explains: they cancel where leptons are universal, and to 1 or 2 %
# at low q² with new physics as large as the SM in one lepton
ACCEPTED = {"<Rmue>(B0->K*ll)": 5e-2, "<Rmue>(B+->K*ll)": 5e-2, "DeltaM_s": 2e-4}
ACCEPTED_AT_SM = {"<Rmue>(B0->K*ll)": 3e-4, "<Rmue>(B+->K*ll)": 3e-4, "DeltaM_s": 2e-4}


@pytest.fixture(scope="module")
def text():
    return PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def rows(text):
    """Name, deviation at the SM, the largest, and the largest with converged integrals."""
    table = text.split("## Against flavio: every rate")[1].split("\n## ")[0]
    found = re.findall(r"^\| `([^` ]+)[^`]*` \| (\S+) \| (\S+) \| (\S+) \| (.+) \|$", table, re.MULTILINE)
    return [(name, *map(float, numbers), reason) for name, *numbers, reason in found]


def test_every_observable_is_on_the_page(text, rows):
    absent = re.search(r"In nutau's catalogue but not in flavio: (.*)\.\n", text)[1]
    compared = {name for name, *_ in rows}
    elsewhere = re.search(r"\n(Not yet in this run .*|In both, and compared with stored numbers[^#]*)", text)[
        1
    ]
    tested = set(re.findall(r"`([^`]+)`", elsewhere))
    not_in_flavio = set(re.findall(r"`([^`]+)`", absent))
    assert not compared & not_in_flavio
    assert compared | not_in_flavio | tested == {observable.name for observable in catalogue()}


def test_deviations_from_flavio(rows):
    assert len(rows) > 60
    for name, at_sm, largest, converged, _ in rows:
        assert at_sm <= largest
        assert at_sm < ACCEPTED_AT_SM.get(name, TOLERANCE), name
        assert max(largest, converged) < ACCEPTED.get(name, TOLERANCE), name


def test_every_deviation_has_its_reason(rows):
    assert all(reason.strip() and "not understood" not in reason for *_, reason in rows)


def test_what_and_how_much_was_compared(text):
    points = int(re.search(r"The Standard Model and (\d+) random complex points", text)[1])
    assert points >= 30
    assert re.search(r"nutau \S+, flavio 2\.7\.1, wilson \S+, EOS \S+", text)


def test_standard_model_values_stand_beside_others(text):
    table = text.split("## Standard-Model values")[1].split("\n## ")[0]
    for name in ("BR(B+->Knunu)", "BR(B0->K*nunu)", "BR(Bs->tautau)", "Rtaul(B->D*lnu)"):
        row = next(line for line in table.splitlines() if line.startswith(f"| `{name}`"))
        assert all(cell.strip() for cell in row.split("|")[2:5]), name
    assert table.count("{cite:p}") >= 10


def test_the_peers_are_those_of_their_python(text):
    """The page says which Python and which EOS; the constraints give the newest EOS that each Python has."""
    python = re.search(r"Python 3\.(\d+)", text)[1]
    eos = re.search(r"EOS ([\d.]+\d)", text)[1]
    pins = (PAGE.parents[1] / "constraints-validation.txt").read_text()
    found = dict(re.findall(r'(?m)^eoshep==(\S+); python_version (<|>=) "3\.12"$', pins))
    assert found[eos] == ("<" if int(python) < 12 else ">=")
