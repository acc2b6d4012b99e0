"""What rounding leaves of zero is printed as zero, everywhere numbers are shown."""

import re
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

import nutau
from nutau.cli import app
from nutau.common.numbers import number
from nutau.common.rounding import cleaned, fixed
from nutau.errors import InputError
from nutau.inference.fit.search import Minimum

NEGATIVE_ZERO = re.compile(r"-0(\.0*)?(?![\d.e])")


def test_zero_has_no_sign():
    stream = np.random.default_rng(3)
    for value in (*stream.normal(size=200) * 10.0 ** stream.uniform(-6, 3, 200), 0.0, -0.0, -1e-300):
        for digits in range(4):
            text = fixed(value, digits)
            assert not NEGATIVE_ZERO.fullmatch(text)
            assert float(text) == float(f"{value:.{digits}f}")
            signed = fixed(value, digits, signed=True)
            assert signed.lstrip("+-") == text.lstrip("-")
            assert (signed[0] in "+-") == (float(text) != 0)


@pytest.mark.parametrize(("value", "error"), [(-1e-12, 0.3), (-0.004, 0.3), (-1e-20, 3e-6)])
def test_a_value_far_below_its_error_has_no_sign(value, error):
    assert not NEGATIVE_ZERO.search(number(value, error, (value - error, value + error)))


def test_only_rounding_is_cleaned():
    assert cleaned(-1e-27, 1e-5) == 0.0
    assert cleaned(1e-10, 1e-5) == 1e-10


@pytest.fixture(scope="module")
def forbidden():
    """Lepton-flavour violation, zero in the SM: its predictions are what rounding leaves of zero."""
    return nutau.fit(["CS_bstaumu"], "2026", draws=20)


def test_a_fit_of_what_the_sm_forbids(forbidden, capsys):
    from nutau.cli.fit import show

    for pull in forbidden.pulls:
        if pull.confidence_level is None:
            continue
        for value in (pull.fitted, pull.predicted, pull.sm, pull.theory_uncertainty, pull.sm_uncertainty):
            assert value == 0 or value > 1e-9 * pull.uncertainty
    show(forbidden)
    shown = capsys.readouterr().out
    assert not re.search(r"\d\)?e-(1[6-9]|[2-9]\d|\d{3})", shown)
    assert not NEGATIVE_ZERO.search(re.sub(r"-0\.\d*[1-9]", "", shown))


def test_a_summary_has_no_negative_zero(forbidden):
    """A minimum that MINUIT leaves a hair below the SM's, or above, and a fit to asymmetric numbers alike."""
    best = forbidden.best
    moved = [Minimum(best.values, best.errors, best.covariance, size) for size in (-1e-12, -2e-12)]
    comparison = replace(forbidden.comparison, sm_chi2=-1e-13, delta_chi2=-1e-12, sm_aic=-1e-13)
    text = str(replace(forbidden, minima=tuple(moved), comparison=comparison))
    assert "χ² = 0.00 for" in text
    assert "Δχ² = 0.00 for" in text
    assert not NEGATIVE_ZERO.search("\n".join(text.splitlines()[2:]))


LFV = [item.name for item in nutau.catalogue() if re.search(r"\(B.*(taumu|mutau)\)", item.name)]


@pytest.mark.parametrize("name", LFV)
def test_a_rate_that_is_zero_in_the_sm_has_no_ratio_and_says_why(name):
    with pytest.raises(InputError, match="is zero in the SM, so it has no ratio to the SM") as caught:
        nutau.predict(f"{name}/SM", draws=0)
    assert "parameter" not in str(caught.value)


def test_every_verb_says_so(tmp_path):
    arguments = ("--parameters", "C9_bstaumu=0:1:2", "BR(B+->Ktaumu)/SM", "--out", str(tmp_path / "x.csv"))
    for given in (("predict", "BR(B+->Ktaumu)/SM"), ("scan", *arguments)):
        result = CliRunner().invoke(app, given)
        assert "is zero in the SM" in str(result.exception)
