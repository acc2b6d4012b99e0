"""Two Standard Models side by side: each fit says what the other one finds, and which one it rests on."""

from dataclasses import replace

import numpy as np
import pytest

import nutau
from nutau.errors import InputError
from nutau.inference.fit.beside import standard
from nutau.inference.likelihood import likelihood, parametrisation
from nutau.measurements import find_measurement, load_dataset

HFLAV = "HFLAV-2025-RD-SM"


@pytest.fixture(scope="module")
def both():
    return {
        sm: nutau.fit(["delta"], "2026", fixed={"kappa": 1.0}, sm=sm, draws=200) for sm in ("inputs", "hflav")
    }


def test_what_stands_beside_a_fit_is_the_other_fit(both):
    """Within what fast mode and another starting point change."""
    for here, there in (("inputs", "hflav"), ("hflav", "inputs")):
        found, other = both[here].beside, both[there]
        assert found.chi2 == pytest.approx(other.chi2, abs=0.01)
        assert found.comparison.sm_chi2 == pytest.approx(other.comparison.sm_chi2, abs=0.01)
        assert found.comparison.sigmas == pytest.approx(other.comparison.sigmas, abs=0.01)
        for name, width in zip(other.names, other.best.errors, strict=True):
            assert found.values[name] == pytest.approx(
                other.best.values[other.names.index(name)], abs=0.05 * width
            )


def test_the_standard_models_are_those_they_say(both):
    """HFLAV's numbers are the entry's; nutau's those of predict."""
    quoted = find_measurement(HFLAV).gaussian
    theirs = both["hflav"].standard
    assert theirs.name == HFLAV
    assert theirs.values == pytest.approx(tuple(quoted.central), rel=1e-9)
    assert theirs.uncertainties == pytest.approx(
        tuple(np.sqrt(np.diag(quoted.covariance))), rel=1e-3
    )  # to the modes that are kept
    ours = both["inputs"].standard
    assert ours.name == "inputs"
    assert ours == both["hflav"].beside.standard
    predicted = nutau.predict(list(ours.observables), draws=0)
    assert ours.values == pytest.approx([row.value for row in predicted], rel=1e-9)


def test_a_fit_says_which_standard_model_it_rests_on(both):
    for sm, whose in (("inputs", "nutau's SM"), ("hflav", f"the SM of {HFLAV}")):
        lines = both[sm].summary()
        assert any(line.startswith(f"these numbers rest on {whose}: Rtaul(B->Dlnu) = ") for line in lines)
        document = both[sm].to_dict()
        assert document["standard_model"]["name"] == ("inputs" if sm == "inputs" else HFLAV)
        assert document["beside"]["comparison"]["sm_chi2"] == both[sm].beside.comparison.sm_chi2


def test_a_smaller_standard_model_asks_for_more_new_physics(both):
    """HFLAV's R_D and R_D* lie below nutau's, the data above both."""
    assert both["hflav"].best.values[0] > both["inputs"].best.values[0]
    assert both["hflav"].comparison.sm_chi2 > both["inputs"].comparison.sm_chi2


def test_data_without_charged_currents_have_one_standard_model():
    found = nutau.fit(["C9_bstautau"], "2026", draws=50)
    assert found.standard is None
    assert found.beside is None
    assert not any("rest on" in line for line in found.summary())
    with pytest.raises(
        InputError, match="no Standard-Model values of what is fitted: leave out `sm='hflav'`"
    ):
        nutau.fit(["C9_bstautau"], "2026", sm="hflav", draws=50)


def test_data_that_quote_nothing_have_hflavs_beside():
    """A user's own R(D) without references is compared as well."""
    bare = replace(load_dataset("2026"), references=())
    made = likelihood(bare, parametrisation(["delta"], fixed={"kappa": 1.0}), draws=50)
    assert made.sm == "inputs"
    assert standard(made.alternative).name == HFLAV
    with pytest.raises(
        InputError, match="quotes no Standard-Model values of what is fitted .its .references.."
    ):
        likelihood(bare, parametrisation(["delta"], fixed={"kappa": 1.0}), draws=50, sm="references")


def test_forecast_says_where_the_other_one_puts_delta():
    found = nutau.forecast((5.0,), data="2026-core", truth="U1", models=["U1"], draws=40, toys=0)
    note = next(note for note in found.notes if "δ rests on" in note)
    assert "nutau's SM" in note
    assert HFLAV in note
    there = nutau.forecast((5.0,), data="2026-core", truth="U1", models=["U1"], draws=40, toys=0, sm="hflav")
    assert found.truth.values[0] < there.truth.values[0]
    assert f"{found.truth.values[0]:.3f} ± " in note
    assert f"or {there.truth.values[0]:.3f} ± " in note
    assert np.isclose(there.truth.values[1], 1.0)


def test_an_unknown_standard_model_is_refused():
    with pytest.raises(InputError, match="source of the Standard Model 'flag'"):
        nutau.fit(["delta"], "2026", fixed={"kappa": 1.0}, sm="flag", draws=0)
