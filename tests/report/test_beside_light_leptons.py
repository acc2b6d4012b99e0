"""The stored fits of C9U: that they are those of today's data, of the tutorial, and what is read off them."""

import re
from pathlib import Path

import numpy as np
import pytest

from nutau.inference.likelihood import likelihood, parametrisation
from nutau.inference.verdicts.words import NONE_FROM, NONE_TO, with_light_leptons
from nutau.measurements import load_dataset
from nutau.report.light_leptons import Wanted, wanted

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorials" / "bsll-fits.txt"
AGAIN = "data or predictions have moved since: run tools/make_c9u.py"


def parabola(best=-0.7, error=0.2):
    axis = np.linspace(-2.0, 1.0, 61)
    return Wanted("polynomial", "default", "any", "1", 5, axis, ((axis - best) / error) ** 2, axis, axis)


@pytest.mark.parametrize("own", wanted(), ids=lambda one: one.inputs)
def test_the_fits_are_of_the_data_and_predictions_of_today(own):
    """Without theory errors, where -2 log L takes seconds: central predictions and every measured number count."""
    assert own.version == load_dataset(own.data).version, AGAIN
    made = likelihood(own.data, parametrisation(["C9U"]), inputs=own.inputs, mode="fast", draws=0)
    assert made.experiment.numbers == own.numbers, AGAIN
    assert made.chi2(own.probes[:, None]) == pytest.approx(own.without, abs=2e-3), AGAIN


def test_the_tutorial_says_the_same():
    """Its table is written from the document of nutau fit, whose minimum and interval are found in another way."""
    row = next(line for line in TUTORIAL.read_text().splitlines() if line.startswith("| C9U |"))
    best, plus, minus, chi2, dof, _, gain, *_ = (
        float(text) for text in re.findall(r"-?\d+\.?\d*", row.replace("−", "-").partition("C9U")[2])
    )
    own = wanted()[0]
    assert (own.value, own.plus, own.minus) == pytest.approx((best, plus, -minus), abs=6e-3)
    assert (own.lowest, own.gain(own.value)) == pytest.approx((chi2, gain), abs=0.06)
    assert own.numbers - 1 == dof


def test_what_is_read_off_a_parabola():
    one = parabola()
    assert (one.value, one.minus, one.plus) == pytest.approx((-0.7, 0.2, 0.2))
    assert one.gain(one.value) == pytest.approx(0.7**2 / 0.2**2)
    assert one.gain(0.3) < 0.0
    assert one.gain(-2.5) is None
    assert one.sigmas(-0.45, minus=0.15, plus=9.0) == pytest.approx(0.25 / np.hypot(0.15, 0.2))
    assert one.sigmas(-0.95, minus=9.0, plus=0.15) == pytest.approx(0.25 / np.hypot(0.15, 0.2))


def test_words_need_every_description_of_charm():
    near, far = 0.9 * NONE_FROM, 1.1 * NONE_TO
    assert with_light_leptons((0.1, near)) == "makes what b → sℓℓ wants"
    assert with_light_leptons((far, 9.0)) == "does not make it"
    assert with_light_leptons((near, far)) == ""
