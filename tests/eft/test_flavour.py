"""Flavour symmetries: arrays are Hermitian, transform as their spurions say, and hold the numbers of the papers."""

import numpy as np
import pytest

from nutau.eft.ckm import matrix, tree_ckm
from nutau.eft.smeft.basis import FIELDS, HERMITIAN, from_full_sum
from nutau.eft.smeft.flavour import SYMMETRIES, structure, structures
from nutau.errors import InputError
from nutau.inputs import load_inputs

ALL = [
    item
    for symmetry in SYMMETRIES
    for operator in sorted(HERMITIAN)
    for item in structures(symmetry, operator)
]


@pytest.fixture(scope="module")
def par():
    return load_inputs("default").parameters.mapping()


def conjugate(array):
    """The full sum of the Hermitian conjugate."""
    turned = np.conj(np.swapaxes(array, -1, -2))
    return turned if array.ndim == 2 else np.swapaxes(turned, 0, 1)


@pytest.mark.parametrize("symmetry", SYMMETRIES)
def test_arrays_are_hermitian_and_no_number_is_there_twice(symmetry, par):
    """Real and imaginary parts of all numbers of an operator are linearly independent Warsaw coefficients."""
    for operator in sorted(HERMITIAN):
        columns = []
        for item in structures(symmetry, operator):
            for unit in (1.0,) if item.real else (1.0, 1j):
                array = item.array(par, unit)
                made = from_full_sum({operator: array}, 4.8).values
                np.testing.assert_allclose(
                    made, from_full_sum({operator: conjugate(array)}, 4.8).values, atol=1e-15
                )
                columns.append(np.concatenate([made.real, made.imag]))
        columns = np.array(columns)
        columns /= np.linalg.norm(columns, axis=1)[:, None]
        assert np.linalg.matrix_rank(columns, tol=1e-9) == len(columns), operator


def test_numbers_of_u2_are_those_of_the_paper():
    """Bilinears of q and l: two without spurion, a complex one with one, one with two; of u, d, e the first two."""
    counts = {
        operator: len(structures("U2", operator)) for operator in ("phiq1", "phiu", "phil1", "lu", "ed")
    }
    assert counts == {"phiq1": 4, "phiu": 2, "phil1": 4, "lu": 8, "ed": 4}
    assert sum(not item.real for item in structures("U2", "phiq1")) == 1
    unbroken = [item for item in structures("U2", "qq1") if not set(item.currents) & {"V", "Vdag", "VV"}]
    assert len(unbroken) == 3  # the paper has two more, which contract doublets across the currents


def test_mfv_is_the_yukawa_matrix(par):
    """The up-aligned Y_u Y_u† is diag(0, 0, y_t²); the doublet is turned by V."""
    v = matrix(tree_ckm(par))
    up = np.diag([0.0, 0.0, 1.0])
    np.testing.assert_allclose(structure("MFV:phiq3:Y").array(par), v.conj().T @ up @ v, atol=1e-16)
    found = structure("MFV:lq1:1:Y").array(par)
    for lepton in range(3):
        np.testing.assert_allclose(found[lepton, lepton], v.conj().T @ up @ v, atol=1e-16)
        assert not np.any(np.delete(found[lepton], lepton, axis=0))


def test_mfv_is_a_case_of_u2(par):
    """MFV's Y_u Y_u† is |V_tb|² of the third family, a doublet and a square of it: U(2) with one coefficient."""
    tb = tree_ckm(par).tb
    parts = [
        structure(f"U2:phiq1:{name}").array(par) * weight
        for name, weight in (("3", abs(tb) ** 2), ("V", 1.0), ("VV", 1 / abs(tb) ** 2))
    ]
    np.testing.assert_allclose(sum(parts), structure("MFV:phiq1:Y").array(par), atol=1e-15)


def test_rotations_of_the_light_families_change_what_the_spurion_says():
    """With V_q turned as a doublet the structures of q are covariant; those without spurion stay as they are."""
    angle = 0.3
    turn = np.array([[np.cos(angle), np.sin(angle), 0], [-np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    par = load_inputs("default").parameters.mapping()
    for name in ("1", "3"):
        array = structure(f"U2:phiq1:{name}").array(par)
        np.testing.assert_allclose(turn @ array @ turn.T, array, atol=1e-15)
    spurion = structure("U2:phiq1:V").array(par)[:, 2] * np.array([1, 1, 0])
    square = structure("U2:phiq1:VV").array(par)
    np.testing.assert_allclose(square, np.outer(spurion, spurion.conj()), atol=1e-16)


def test_draws_lead(par):
    drawn = load_inputs("default").parameters.sample(3)
    found = structure("U2:lq3:3:V").array(drawn, 1j)
    assert found.shape == (3, 3, 3, 3, 3)
    one = structure("U2:lq3:3:V").array({name: values[1] for name, values in drawn.items()}, 1j)
    np.testing.assert_allclose(found[1], one, rtol=1e-14)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("MFV", "operator with currents"),
        ("MFV:ledq:1:1", "operator with currents"),
        ("MFV:lq1:1", "lq1 needs one of 1, Y for l and one of 1, Y for q, as MFV:lq1:1:1"),
        ("MFV:ld:1:Y", "one of 1 for d"),
        ("U2:lq1:3:Vdag", "is U2:lq1:3:V or its conjugate"),
        ("U2:qq1:3:1", "is U2:qq1:1:3 or its conjugate"),
        ("U9:lq1:1:1", "flavour symmetry 'U9'"),
    ],
)
def test_names_that_mean_nothing(name, said):
    with pytest.raises(InputError, match=said.replace("(", r"\(")):
        structure(name)


def test_names_go_round():
    for item in ALL:
        assert structure(item.name) == item
        assert len(item.currents) == len(FIELDS[item.operator]) // 2
