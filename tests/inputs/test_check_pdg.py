"""The tool that compares numbers with the PDG's listings: what it reads, and that it sees what differs."""

import sys
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
