"""Parameters of a flavour symmetry in fits: the Warsaw coefficients that they stand for."""

import jax
import numpy as np
import pytest

import nutau
from nutau.eft.smeft.basis import from_full_sum
from nutau.eft.smeft.flavour import structure
from nutau.errors import InputError
from nutau.inference.likelihood import parametrisation
from nutau.inputs import load_inputs
from nutau.models.two_field import TEV2

NAMES = ("U2:lq1:3:V", "U2:lq3:3:V", "Im U2:lq3:3:V", "U2:ld:3:1", "MFV:lq1:Y:Y")
AT = (0.03, -0.05, 0.02, 0.1, 0.02)


@pytest.mark.parametrize("mass", [None, 2000.0])
def test_a_point_is_that_of_its_many_coefficients(mass):
    par = load_inputs("default").parameters.mapping()
    arrays = {}
    for name, value in zip(NAMES, AT, strict=True):
        unit, key = (1j, name[3:]) if name.startswith("Im ") else (1.0, name)
        found = structure(key)
        arrays[found.operator] = arrays.get(found.operator, 0) + found.array(par, value * unit * TEV2)
    many = {
        f"{part} {name}": number
        for name, value in from_full_sum(arrays, 4.8).nonzero().items()
        for part, number in (("Re", value.real / TEV2), ("Im", value.imag / TEV2))
        if abs(number) > 1e-15
    }
    assert len(many) > 12
    few = parametrisation(NAMES, mass=mass).wilson(np.array(AT), par)
    explicit = parametrisation(list(many), mass=mass).wilson(np.array(list(many.values())), par)
    np.testing.assert_allclose(few.values, explicit.values, rtol=1e-10, atol=1e-14)
    assert abs(few["CVL_bctaunutau"]) > 1e-3


def test_a_likelihood_is_that_of_the_many_coefficients_and_its_gradient_that_of_differences():
    few = nutau.likelihood(["U2:lq1:3:V", "U2:lq3:3:V"], "2026-core", mass=2000.0, draws=0, mode="fast")
    par = load_inputs("default").parameters.mapping()
    names, columns = [], []
    for operator in ("lq1", "lq3"):
        made = from_full_sum({operator: structure(f"U2:{operator}:3:V").array(par)}, 4.8).nonzero()
        parts = [(f"{p} {name}", x) for name, z in made.items() for p, x in (("Re", z.real), ("Im", z.imag))]
        parts = [(name, x) for name, x in parts if abs(x) > 1e-12]
        names += [name for name, _ in parts]
        columns.append([x for _, x in parts])
    many = nutau.likelihood(names, "2026-core", mass=2000.0, draws=0, mode="fast")
    at = np.array([0.5, -0.8])
    explicit = np.concatenate([value * np.array(column) for value, column in zip(at, columns, strict=True)])
    assert few.chi2(at) == pytest.approx(many.chi2(explicit), rel=1e-10)
    assert few.chi2(at) > few.chi2(0 * at) + 10  # the parameters move the data
    step = 1e-4 * np.eye(2)
    numeric = [(few.predictions(at + shift) - few.predictions(at - shift)) / 2e-4 for shift in step]
    slopes = few.slopes(jax.numpy.asarray(at[None]))[0]
    np.testing.assert_allclose(slopes, np.array(numeric).T, rtol=1e-6, atol=1e-7 * np.abs(slopes).max())


def test_what_is_refused():
    for names, said in (
        (["Im MFV:lq1:1:Y"], "real by Hermiticity"),
        (["U2:lq1:3:V", "Re U2:lq1:3:V"], "the same number"),
        (["MFV:lq1:1:X"], "lq1 needs one of"),
    ):
        with pytest.raises(InputError, match=said):
            parametrisation(names)
