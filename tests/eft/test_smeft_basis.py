"""The Warsaw basis: names and symmetry factors as wilson has them, conjugate names, alignments, files."""

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nutau.eft.ckm import tree_ckm
from nutau.eft.smeft import basis
from nutau.eft.wilson import Wilson
from nutau.errors import InputError

REFERENCE = json.loads((Path(__file__).parent.parent / "reference" / "wilson_matching.json").read_text())
PAR = {name: REFERENCE["parameters"][name] for name in ("Vus", "Vub", "Vcb", "gamma")}


def matrix():
    ckm = tree_ckm(PAR)
    return np.array([[ckm.ud, ckm.us, ckm.ub], [ckm.cd, ckm.cs, ckm.cb], [ckm.td, ckm.ts, ckm.tb]])


def point(size=1e-9, alignment="down"):
    """The sequence of tools/make_wilson_matching_reference.py."""
    known = basis.warsaw(alignment=alignment)
    values = {
        name: size * complex(np.cos(1.7 * (n + 1)), 0.0 if basis.is_real(name) else np.sin(2.3 * (n + 1)))
        for n, name in enumerate(sorted(known.coefficients))
        if "_" in name
    }
    return Wilson.from_mapping(known, REFERENCE["scale"], values)


def weighted(array):
    flat = array.ravel()
    n = np.arange(flat.size)
    return np.sum((np.cos(0.3 * n) + 1j * np.sin(0.7 * n)) * flat)


def test_names_and_real_ones_are_wcxfs():
    ours = {name + " real" * basis.is_real(name) for name in basis.warsaw().coefficients}
    assert ours == set(REFERENCE["names"])


@pytest.mark.parametrize("operator", basis.FIELDS)
def test_full_sum_is_wilsons_symmetrised_array(operator):
    ours = weighted(basis.full_sum(point(), operator))
    assert ours == pytest.approx(complex(*REFERENCE["sums"][operator]), rel=1e-12)


@pytest.mark.parametrize("operator", basis.FIELDS)
def test_up_alignment_is_wilsons(operator):
    turned = basis.realigned(point(), "up", matrix())
    ours = weighted(basis.full_sum(turned, operator))
    # wilson passes through arrays normalised to one, so small operators carry rounding of 1e-9 times 1e-13
    assert ours == pytest.approx(complex(*REFERENCE["sums_up"][operator]), rel=1e-11, abs=1e-22)


def test_full_sum_and_back_is_exact():
    start = point()
    arrays = {operator: basis.full_sum(start, operator) for operator in basis.FIELDS}
    back = basis.from_full_sum(arrays, start.scale)
    np.testing.assert_allclose(back.values, start.on(back.basis).values, rtol=1e-15)


def test_alignment_of_flavourless_operators_changes_only_the_name():
    start = Wilson.from_mapping(basis.Basis("SMEFT", "Warsaw", ("phiWB",)), 1e3, {"phiWB": 1e-8})
    turned = basis.realigned(start, "up", matrix())
    assert (turned.basis.name, turned["phiWB"]) == ("Warsaw up", 1e-8)


def test_there_and_back_between_alignments():
    start = point()
    back = basis.realigned(basis.realigned(start, "up", matrix()), "down", matrix())
    for name in back.basis.coefficients:
        assert back[name] == pytest.approx(complex(start[name]), abs=1e-23)


@pytest.mark.parametrize(
    ("key", "factor"), [("ll_2233", 2), ("ll_2332", 2), ("qq3_2323", 1), ("qq3_2333", 2), ("lq3_3323", 1)]
)
def test_symmetry_factors(key, factor):
    operator, _, digits = key.partition("_")
    array = np.zeros((3, 3, 3, 3), dtype=complex)
    for indices in basis.symmetric(operator, tuple(map(int, digits))):
        array[tuple(i - 1 for i in indices)] = 0.5
        array[tuple(i - 1 for i in basis.conjugated(indices))] = 0.5
    assert basis.from_full_sum({operator: array}, 1e3)[key] == factor * 0.5


def test_ee_counts_its_fierzed_strings():
    array = np.ones((3, 3, 3, 3), dtype=complex)
    assert basis.from_full_sum({"ee": array}, 1e3)["ee_1122"] == 4.0


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("lq1_3223", ("lq1_2332", True)),
        ("lq3_3332", ("lq3_3323", True)),
        ("ll_3322", ("ll_2233", False)),
        ("ledq_3323", ("ledq_3323", False)),
        ("phiq1_32", ("phiq1_23", True)),
        ("qe_3223", ("qe_2332", True)),
        ("phiWB", ("phiWB", False)),
    ],
)
def test_canonical(given, expected):
    assert basis.canonical(given) == expected


def wcxf(values, name="Warsaw"):
    return {"eft": "SMEFT", "basis": name, "scale": 2000.0, "values": values}


def test_conjugate_name_is_read():
    wilson = basis.read_smeft(wcxf({"lq1_3223": {"Re": 1e-8, "Im": 2e-8}, "lq3_3323": -4.5e-8}))
    assert wilson["lq1_2332"] == 1e-8 - 2e-8j
    assert wilson["lq3_3323"] == -4.5e-8


def test_rounding_of_a_real_coefficient_is_dropped():
    wilson = basis.read_smeft(wcxf({"phiD": {"Re": 1e-10, "Im": 1e-30}, "lq1_3333": {"Re": -1e-8, "Im": 0}}))
    assert (wilson["phiD"], wilson["lq1_3333"]) == (1e-10, -1e-8)


def test_up_aligned_file_is_turned():
    wilson = basis.read_smeft(wcxf({"lq3_3333": -1e-8}, "Warsaw up"), matrix())
    assert wilson["lq3_3323"] == pytest.approx(-1e-8 * complex(np.conj(matrix()[2, 1]) * matrix()[2, 2]))
    with pytest.raises(InputError, match="CKM"):
        basis.read_smeft(wcxf({"lq3_3333": -1e-8}, "Warsaw up"))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"lq1_3323": 1e-8, "lq1_3332": 1e-8}, "one operator"),
        ({"lq1_3333": {"Re": 1e-8, "Im": 1e-9}}, "must be real"),
        ({"lq1_3324": 1e-8}, "lq1_33"),
        ({"lq1_332": 1e-8}, "lq1_33"),
        ({"lp1_3323": 1e-8}, "lq1_3323"),
        ({"lq1_3332": {"Re": 1e-8, "Im": "x"}}, "finite number"),
    ],
)
def test_bad_files_are_refused(values, message):
    with pytest.raises(InputError, match=message):
        basis.read_smeft(wcxf(values))


def test_unknown_alignment_and_operator():
    with pytest.raises(InputError, match="down"):
        basis.warsaw(alignment="dwn")
    with pytest.raises(InputError, match="lq1"):
        basis.keys("lq2")


def test_full_sum_and_alignment_under_jax():
    names = ("lq3_3323", "lq3_3333")
    some = basis.Basis("SMEFT", "Warsaw", names)
    ckm = jnp.asarray(matrix())

    def top(values):
        turned = basis.realigned(Wilson(values.astype(complex), some, 1e3), "up", ckm)
        return jnp.real(turned["lq3_3333"])

    at = jnp.array([1.0, 2.0])
    numeric = basis.realigned(Wilson(np.array([1.0 + 0j, 2.0]), some, 1e3), "up", matrix())["lq3_3333"].real
    assert top(at) == pytest.approx(numeric)
    assert np.all(np.isfinite(jax.grad(top)(at)))
