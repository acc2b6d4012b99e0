"""WCxf files: read, written, refused with one message that names every problem."""

import json

import numpy as np
import pytest

from nutau.eft.wilson import Basis, Wilson, read_wcxf
from nutau.errors import InputError

WET = Basis("WET", "flavio", ("C9_bstautau", "C10_bstautau", "CL_bsnutaunutau"))
GOOD = {
    "eft": "WET",
    "basis": "flavio",
    "scale": 4.8,
    "values": {"C9_bstautau": -1.5, "CL_bsnutaunutau": {"Re": 2, "Im": -1e-3}},
}
YAML = """
eft: WET
basis: flavio
scale: 4.8
values:
  C9_bstautau: -1.5
  CL_bsnutaunutau: {Re: 2, Im: -1e-3}
"""


def test_round_trip_is_exact():
    point = read_wcxf(GOOD, (WET,))
    assert point["CL_bsnutaunutau"] == 2 - 1e-3j
    again = read_wcxf(json.loads(json.dumps(point.to_wcxf())), (WET,))
    np.testing.assert_array_equal(point.values, again.values)
    assert again.scale == 4.8


@pytest.mark.parametrize("text", [json.dumps(GOOD), YAML], ids=["json", "yaml"])
def test_files(tmp_path, text):
    path = tmp_path / "point.wcxf"
    path.write_text(text)
    np.testing.assert_array_equal(read_wcxf(path, (WET,)).values, [-1.5, 0, 2 - 1e-3j])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"eft": "SMEFT"}, "nutau reads WET/flavio"),
        ({"basis": "JMS"}, "is in WET/JMS"),
        ({"scale": None}, "positive number of GeV"),
        ({"scale": -3}, "positive number of GeV"),
        ({"scale": float("nan")}, "positive number of GeV"),
        ({"values": [1]}, "must map"),
        ({"values": {"C9_bstautau": "many"}}, "'many'; a finite number"),
        ({"values": {"C9_bstautau": float("inf")}}, "finite number"),
        ({"values": {"C9_bstautau": {"Re": 1, "Imag": 2}}}, "finite number or"),
        ({"values": {"C9_bstautau": True}}, "finite number"),
        ({"values": {"C9_bstautu": 1}}, "Did you mean 'C9_bstautau'"),
    ],
)
def test_bad_documents(change, message):
    with pytest.raises(InputError, match=message):
        read_wcxf(GOOD | change, (WET,))


def test_all_problems_at_once():
    with pytest.raises(InputError, match=r"(?s)C9_bstautu.*CL_bsnutaunutau is 'x'"):
        read_wcxf(GOOD | {"values": {"C9_bstautu": 1, "CL_bsnutaunutau": "x"}}, (WET,))


def test_missing_parts_and_files(tmp_path):
    with pytest.raises(InputError, match="lacks scale"):
        read_wcxf({key: value for key, value in GOOD.items() if key != "scale"}, (WET,))
    with pytest.raises(InputError, match="Cannot read .*absent"):
        read_wcxf(tmp_path / "absent.json", (WET,))
    broken = tmp_path / "broken.json"
    broken.write_text('{"eft": "WET", ')
    with pytest.raises(InputError, match="neither JSON nor YAML"):
        read_wcxf(broken, (WET,))
    broken.write_text("just words")
    with pytest.raises(InputError, match="no WCxf document"):
        read_wcxf(broken, (WET,))
    broken.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="Cannot read"):
        read_wcxf(broken, (WET,))


def test_arrays_of_points_and_names():
    points = Wilson.from_mapping(WET, 4.8, {"C9_bstautau": np.linspace(-1, 1, 5)})
    assert points.values.shape == (5, 3)
    with pytest.raises(InputError, match="holds one point"):
        points.to_wcxf()
    with pytest.raises(InputError, match="a finite number is needed"):
        Wilson.from_mapping(WET, 4.8, {"C9_bstautau": np.nan})
    with pytest.raises(InputError, match="No place for C9_bstautau"):
        points.on(Basis("WET", "flavio", ("C10_bstautau",)))
    assert "C9_bstautau=-1.5" in repr(read_wcxf(GOOD, (WET,)))


def test_a_part_of_a_point():
    """Coefficients by name on a smaller and on a larger basis, for many points; those absent are zero or left out."""
    basis = Basis("WET", "flavio", ("C9_bsmumu", "C10_bsmumu", "C9_bsee"))
    point = Wilson.from_mapping(basis, 4.8, {"C9_bsee": np.array([1.0, 2.0]), "C9_bsmumu": 3.0})
    other = point.part(Basis("WET", "flavio", ("C9_bsee", "C7_bs")))
    assert other.values.tolist() == [[1.0, 0.0], [2.0, 0.0]]
    assert point.part(basis).values.tolist() == point.values.tolist() == [[3.0, 0.0, 1.0], [3.0, 0.0, 2.0]]
