"""An input set with the form factors of one channel exchanged."""

import numpy as np
import pytest

from nutau.errors import InputError
from nutau.inputs import load_inputs
from nutau.inputs.alternatives import with_form_factors


@pytest.mark.parametrize(
    ("given", "channel", "name"),
    [
        ("default", "B->K", "hpqcd22"),  # the same names of coefficients
        ("default", "B->D*", "hqet"),  # another expansion
        ("flavio-2.7", "B->D", "lattice"),  # B -> D* keeps the coefficients that both had
        ("flavio-2.7", "B->D", "hqet"),
        ("default", "Lambdab->Lambda", "dm16-nominal"),
    ],
)
def test_an_exchange_is_the_input_set_with_that_determination(given, channel, name):
    one, other = (
        with_form_factors(load_inputs(given), channel, name),
        load_inputs(given, form_factors={channel: name}),
    )
    assert one.form_factors == other.form_factors
    assert set(one.parameters.names) == set(other.parameters.names)
    at = [other.parameters.index(parameter) for parameter in one.parameters.names]
    assert np.array_equal(one.parameters.central, other.parameters.central[at])
    np.testing.assert_allclose(
        one.parameters.covariance, other.parameters.covariance[np.ix_(at, at)], rtol=1e-14
    )
    assert one.parameters.groups == tuple(np.array(other.parameters.groups)[at])
    assert one.parameters.sources == tuple(np.array(other.parameters.sources)[at])


def test_an_exchange_keeps_what_is_no_form_factor_of_the_channel(tmp_path):
    """Also a coefficient that the user's file changed: the published determination has its own."""
    path = tmp_path / "mine.yaml"
    path.write_text("extends: default\nparameters: {Vcb: 0.042, B->K BSZ f+ a0: 0.4}\n")
    mine = load_inputs(path)
    other = with_form_factors(mine, "B->K", "hpqcd22")
    assert other.parameters["Vcb"] == 0.042
    published = load_inputs(form_factors={"B->K": "hpqcd22"}).parameters["B->K BSZ f+ a0"]
    assert other.parameters["B->K BSZ f+ a0"] == published
    assert with_form_factors(mine, "B->K", "lattice") is mine


def test_a_determination_that_does_not_exist_is_refused():
    with pytest.raises(InputError, match=r"Unknown form factors of B->K 'hpqcd23'.*'hpqcd22'"):
        with_form_factors(load_inputs(), "B->K", "hpqcd23")
