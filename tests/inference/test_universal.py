"""Coefficients that are equal for all leptons, under one name."""

import numpy as np
import pytest

import nutau
from nutau.errors import InputError
from nutau.inference.likelihood import parametrisation
from nutau.inputs import load_inputs

LEPTONS = ("e", "mu", "tau")


@pytest.mark.parametrize("scale", [None, 160.0])
def test_one_number_for_all_leptons(scale):
    par = load_inputs("default").parameters.mapping()
    for name in ("C9", "C10p"):
        few = parametrisation([f"{name}U"], scale=scale).wilson(np.array([-0.7]), par)
        names = [f"{name}_bs{lepton}{lepton}" for lepton in LEPTONS]
        each = parametrisation(names, scale=scale).wilson(np.full(3, -0.7), par)
        np.testing.assert_allclose(few.values, each.values, rtol=1e-12)
    imaginary = parametrisation(["Im C9U"]).wilson(np.array([0.3]), par)
    assert imaginary["C9_bstautau"] == pytest.approx(0.3j)


def test_ratios_of_light_leptons_do_not_see_it_and_rates_do():
    data = nutau.likelihood(["C9U", "C10_bsmumu"], "bsll-2026", draws=0, mode="fast")
    sm, moved = (
        dict(zip(data.experiment.observables, data.predictions([c9, 0.0]), strict=True)) for c9 in (0.0, -0.8)
    )
    names = {item.label: item for item in sm}
    ratio, rate = names["<Rmue>(B+->Kll)[1.1, 6]"], names["<dBR/dq2>(B+->Kmumu)[1.1, 2]"]
    assert moved[ratio] == pytest.approx(sm[ratio], rel=2e-3)
    assert moved[rate] < 0.9 * sm[rate]


def test_it_is_none_of_the_files():
    with pytest.raises(InputError):
        nutau.predict("R(K)", {"C9U": -1.0})
