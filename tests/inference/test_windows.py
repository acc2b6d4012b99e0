"""Coefficients of a window in q²: they move what lies inside as the coefficient does, and nothing else."""

import numpy as np
import pytest

import nutau
from nutau.errors import InputError
from nutau.inference.likelihood import parametrisation
from nutau.inference.likelihood.compiled import compiled
from nutau.inputs import load_inputs
from nutau.measurements import Observable

RATES = [
    Observable("<dBR/dq2>(B0->K*mumu)", (1.1, 2.5)),
    Observable("<dBR/dq2>(B+->Kmumu)", (1.1, 2.0)),
    Observable("<dBR/dq2>(B+->Kmumu)", (4.0, 6.0)),
    Observable("BR(Bs->mumu)"),
]


def values(names, x):
    found = compiled(RATES, parametrisation(names), load_inputs("default"), draws=0)
    return np.array([float(formula.central(np.asarray(x, dtype=complex))) for formula in found])


def test_what_lies_inside_moves_as_with_the_coefficient():
    everywhere, sm = values(["C9U"], [-0.7]), values(["C9U"], [0.0])
    window, one_decay = values(["C9U@1.1-2.5"], [-0.7]), values(["C9U@K*:1.1-2.5"], [-0.7])
    np.testing.assert_allclose(window[:2], everywhere[:2], rtol=1e-12)
    np.testing.assert_allclose(window[2:], sm[2:], rtol=1e-12)
    assert one_decay[0] == pytest.approx(everywhere[0], rel=1e-12)
    np.testing.assert_allclose(one_decay[1:], sm[1:], rtol=1e-12)
    both = values(["C9U", "C9U@4-6"], [-0.3, -0.4])
    np.testing.assert_allclose(
        both, values(["C9U"], [-0.3])[[0, 1, 2, 3]] * [1, 1, 0, 1] + everywhere * [0, 0, 1, 0]
    )


def test_it_is_no_coefficient_of_the_weak_theory():
    """A shift that holds in a window alone is no number of the theory, so no file of coefficients has it."""
    par = load_inputs("default").parameters.mapping()
    found = parametrisation(["C9U@1.1-6", "C10_bsmumu", "Im C9_bsee@K:1.1-6"]).wilson(np.ones(3), par)
    assert set(found.nonzero()) == {"C10_bsmumu"}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("C9U@", "no window"),
        ("C9U@6-1.1", "not above its start"),
        ("C9U@rho:1-6", "none of the decays K, K*, phi, Lambda"),
        ("C7_bs@1-6", "is for C9 and C10"),
        ("C9U@1.1.1-6", "no q² in GeV²"),
        ("C9W@1-6", "is for C9 and C10"),
    ],
)
def test_what_is_no_window(name, said):
    with pytest.raises(InputError, match=said.replace("*", r"\*")):
        parametrisation([name])


def test_a_window_without_data_is_refused():
    with pytest.raises(InputError, match="Nothing in data set bsll-2026 constrains"):
        nutau.likelihood(["C9U@23.5-24"], "bsll-2026", draws=0, mode="fast")
