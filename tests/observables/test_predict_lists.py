"""Lists are normal: bins and points by observable, arrays of masses and couplings, and their tables."""

import csv
import io
import json

import numpy as np
import pytest

import nutau
from nutau.common import columns
from nutau.errors import InputError, MissingExtraError
from nutau.observables.requests import requested

BINNED = "<dBR/dq2>(B+->Knunu)"
OTHER = "<dBR/dq2>(B0->K*nunu)"


def test_bins_of_one_call_are_those_of_many():
    bins = [(0.0, 4.0), (4.0, 8.0)]
    together = nutau.predict([BINNED, "R(D)", OTHER], q2=bins, draws=50)
    assert [(row.observable, row.q2) for row in together] == [
        *((BINNED, one) for one in bins),
        ("R(D)", None),
        *((OTHER, one) for one in bins),
    ]
    for one in bins:
        (alone,) = nutau.predict(BINNED, q2=one, draws=50)
        row = together[f"{BINNED}[{one[0]:g},{one[1]:g}]"]
        assert (row.value, row.uncertainty) == pytest.approx((alone.value, alone.uncertainty), rel=1e-12)


def test_the_bins_of_a_range_add_up_to_it():
    whole, *parts = nutau.predict([f"{BINNED}[0, 12]", BINNED], q2=[(0, 4), (4, 9), (9, 12)], draws=0)
    widths = [row.q2[1] - row.q2[0] for row in parts]
    assert sum(w * row.value for w, row in zip(widths, parts, strict=True)) == pytest.approx(
        12 * whole.value, rel=1e-6
    )


def test_the_covariance_is_that_of_a_sum_of_bins():
    """The error of a wide bin follows from the covariance of the narrow ones, whose draws are Gaussian enough."""
    found = nutau.predict([f"{BINNED}[0,8]", f"{BINNED}[0,4]", f"{BINNED}[4,8]"], draws=2000)
    weights = np.array([0.0, 0.5, 0.5])
    assert np.sqrt(weights @ found.covariance @ weights) == pytest.approx(found[0].uncertainty, rel=0.03)
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx([row.uncertainty for row in found], rel=1e-12)


def test_q2_by_the_name_of_the_observable():
    q2 = {BINNED: [(0, 4), (4, 8)], "dBR/dq2(B+->Knunu)": [1.0, 2.0], OTHER: "all"}
    found = nutau.predict(["R(D)", *q2], q2=q2, draws=0)
    assert [row.q2 for row in found][:5] == [None, (0, 4), (4, 8), 1.0, 2.0]
    assert found[5].q2[1] > 19


@pytest.mark.parametrize(
    ("names", "q2", "message"),
    [
        ([BINNED], [(0, 4), 5], "has 5 among bins"),
        ([BINNED], [(0, 4), (4,)], "two edges"),
        ([BINNED], {BINNED: (0, 4), "R(D)": (0, 4)}, "'R"),
        ([BINNED], {BINNED: (0, 4), OTHER: (0, 4)}, "Unknown observable"),
        ([BINNED, "R(D)"], {BINNED: (0, 4), "R(D)": (0, 4)}, "takes no q²"),
        ([BINNED], {BINNED: (0, 4), "B": (0, 4)}, "Unknown observable 'B'"),
        ([BINNED], {1: (0, 4)}, "key 1"),
        (["R(D)"], [(0, 4), (4, 8)], "would not be used"),
        ([f"{BINNED}[0,4]"], (0, 8), "would not be used"),
        ([f"{BINNED}[0,x]"], None, "a bin is"),
        (["BR(B+->Knunu)[0,4]"], None, "takes no bin"),
        (["dBR/dq2(B+->Knunu)[0,4]"], None, "takes points"),
        ([BINNED], [], "one row of numbers"),
        ([BINNED], [(4, 0)], "lower edge"),
    ],
)
def test_what_no_bin_is_is_refused(names, q2, message):
    with pytest.raises(InputError) as error:
        requested(names, q2, inputs=nutau.load_inputs())
    assert message in str(error.value)


def test_a_name_with_several_bins_is_ambiguous():
    found = nutau.predict(BINNED, q2=[(0, 4), (4, 8)], draws=0)
    with pytest.raises(InputError, match="has 2 bins; add one, as in"):
        found[BINNED]


def test_arrays_are_lines_of_a_table():
    u1 = nutau.U1(np.array([1500.0, 3000.0]), x1LL={"33": 0.8, "23": np.array([0.1, 0.1j])})
    found = nutau.predict(["R(D)", "Rnunu(K)"], u1, draws=20)
    assert found.headings[:4] == ("mass", "Re x1LL_23", "Im x1LL_23", "observable")
    frame = found.to_dataframe()
    assert list(frame["mass"]) == [1500.0, 3000.0] * 2
    assert list(frame["value"]) == [*found[0].value, *found[1].value]
    one = nutau.predict("R(D)", nutau.U1(3000.0, x1LL={"33": 0.8, "23": 0.1j}), draws=20)[0]
    assert frame["uncertainty"][1] == pytest.approx(one.uncertainty, rel=1e-9)
    assert len(found.table()) == 4
    rows = list(csv.DictReader(io.StringIO(found.to_csv())))
    assert [float(row["value"]) for row in rows] == list(frame["value"])
    assert json.loads(columns.to_json(found.to_dict()))["points"]["mass"] == [1500.0, 3000.0]


def test_what_varies_has_its_name():
    line = nutau.predict("R(D)", nutau.X(1, delta=np.array([0.05, 0.06])), draws=0)
    weak = nutau.predict("R(D)", {"CVL_bctaunutau": np.array([0.0, 0.1]), "CVR_bctaunutau": 0.1}, draws=0)
    both = nutau.predict(
        "R(D)", [nutau.S1(np.array([2e3, 3e3]), y1LL_33=1), nutau.U1(np.array([3e3, 4e3]), x1LL_33=1)]
    )
    assert (set(line.points), set(weak.points)) == ({"delta"}, {"CVL_bctaunutau"})
    assert set(both.points) == {"mass", "U1 mass"}
    assert not nutau.predict("R(D)", draws=0).points


def test_a_long_table_of_python_is_cut_and_says_so():
    found = nutau.predict("R(D)", {"CVL_bctaunutau": np.linspace(0, 0.1, 200)}, draws=0)
    assert len(str(found).splitlines()) < 70
    assert "140 more rows" in str(found)
    assert len(found.to_dataframe()) == 200


def test_the_standard_model_has_its_error():
    (row,) = nutau.predict("R(D)", draws=200)
    assert (row.sm_uncertainty, row.sm_interval) == (row.uncertainty, row.interval)
    (moved,) = nutau.predict("R(D)", {"CVL_bctaunutau": 0.1}, draws=200)
    assert moved.sm_uncertainty == row.sm_uncertainty < moved.uncertainty


def test_a_missing_package_names_its_extra(monkeypatch, tmp_path):
    import sys

    found = nutau.predict("R(D)", draws=0)
    monkeypatch.setitem(sys.modules, "pandas", None)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match="pandas.*nutau.tables."):
        found.to_dataframe()
    with pytest.raises(MissingExtraError, match="pyarrow.*nutau.tables."):
        found.to_parquet(tmp_path / "a.parquet")
    assert not list(tmp_path.iterdir())


def test_parquet_holds_the_columns(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    found = nutau.predict([BINNED, "R(D)"], q2=[(0, 4), (4, 8)], draws=20)
    table = parquet.read_table(found.to_parquet(tmp_path / "a.parquet"))
    assert table.to_pydict() == found.columns()
