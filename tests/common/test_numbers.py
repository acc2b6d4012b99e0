"""Numbers of the wrong kind are refused in words, whatever their type; results that cannot be carry a warning."""

import warnings

import jax
import numpy as np
import pytest
from typer.testing import CliRunner

import nutau
from nutau.cli import app
from nutau.errors import InputError, NutauError
from nutau.inference.fit import fitted
from nutau.inference.likelihood.profiling import fast
from nutau.measurements import limits
from synthetic import likelihood as made
from synthetic import measured, theory_model

COMPLEX = [1 + 1j, np.complex128(1 + 1j), np.complex64(2 + 0j), np.array(1 + 1j), np.array([1 + 1j, 2.0])]
MASKED = [np.ma.masked_array([5.0, 6.0], mask=[False, True]), np.ma.masked_array(5.0, mask=True)]
RD, KNUNU = ["R(D)"], ["dBR/dq2(B+->Knunu)"]
FIT = {"parameters": ("delta",), "draws": 0}
REAL = {
    "kappa": lambda v: nutau.predict(RD, nutau.X(v, delta=0.05), draws=0),
    "delta": lambda v: nutau.predict(RD, nutau.X(1.0, delta=v), draws=0),
    "mass": lambda v: nutau.predict(RD, nutau.X(1.0, c3=0.05, mass=2000 * v), draws=0),
    "q2": lambda v: nutau.predict(KNUNU, q2=v, draws=0),
    "bin": lambda v: nutau.predict(["<dBR/dq2>(B+->Knunu)"], q2=(v, 5.0), draws=0),
    "scale": lambda v: nutau.predict(RD, nutau.point({"CVL_bctaunutau": 0.1}, scale=5 * v), draws=0),
    "mass of a field": lambda v: nutau.S3(mass=2000 * v, y3LL={"33": 1.0}),
    "scale of a model": lambda v: nutau.S3(mass=2000.0, y3LL={"33": 1.0}).wet(5 * v),
    "held fixed": lambda v: nutau.fit(fixed={"kappa": v}, **FIT),
    "start": lambda v: nutau.fit(fixed={"kappa": 1.0}, start={"delta": v}, **FIT),
    "range": lambda v: nutau.fit(fixed={"kappa": 1.0}, ranges={"delta": (-1.0, v)}, **FIT),
    "scan": lambda v: nutau.scan({"C1": (0.0, v, 3)}, RD, draws=0),
    "spectrum": lambda v: nutau.spectrum("B+->Knunu")(v),
    "parameter": lambda v: nutau.load_inputs().parameters.replace({"m_B+": v}),
    "letter's kappa": lambda v: nutau.predict(RD, nutau.X(v, delta=0.05), inputs="letter"),
    "letter's delta": lambda v: nutau.predict(RD, nutau.X(1.0, delta=v), inputs="letter"),
    "luminosity": lambda v: nutau.forecast((1.0, v), draws=0, toys=0),
}
ANY = {
    "coefficient": lambda v: nutau.predict(RD, {"CVL_bctaunutau": v}, draws=0),
    "coupling": lambda v: nutau.S3(mass=2000.0, y3LL={"33": v}),
    "X": lambda v: nutau.X(1.0, c3=v),
}


@pytest.mark.parametrize("where", REAL)
@pytest.mark.parametrize("value", COMPLEX, ids=lambda v: f"{type(v).__name__}{np.ndim(v)}")
def test_complex_where_real_is_needed_is_refused(where, value):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # NumPy only warns when it drops an imaginary part
        with pytest.raises(InputError) as caught:
            REAL[where](value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("where", [*REAL, *ANY])
@pytest.mark.parametrize("value", MASKED, ids=["one", "alone"])
def test_masks_are_refused(where, value):
    with pytest.raises(InputError):
        (REAL | ANY)[where](value)


@pytest.mark.parametrize(
    "value", [1, np.float32(1), np.int64(1), np.array(1.0)], ids=lambda v: type(v).__name__
)
def test_real_numbers_of_any_type_are_taken(value):
    for where in ("kappa", "letter's kappa", "q2"):
        assert float(REAL[where](value)[0].value) == float(REAL[where](1.0)[0].value), where
    assert REAL["parameter"](value).mapping() == REAL["parameter"](1.0).mapping()
    np.testing.assert_array_equal(REAL["scan"](value).values, REAL["scan"](1.0).values)


def test_a_start_outside_its_range_is_refused():
    with pytest.raises(InputError, match="`start={'delta': 0.5}` is outside its range, -0.1 to 0.1"):
        nutau.fit(fixed={"kappa": 1.0}, start={"delta": 0.5}, ranges={"delta": (-0.1, 0.1)}, **FIT)


@pytest.mark.parametrize("bad", [(np.nan, np.inf), (5.0, 2.0), (1.0, 400.0)])
def test_bins_of_a_scan_are_checked(bad):
    with pytest.raises(InputError, match="bin"):
        nutau.scan({"C1": (0.0, 0.1, 3)}, ["<dBR/dq2>(B+->Knunu)"], q2=bad, draws=0)
    with pytest.raises(InputError, match="`q2=.*(would not be used|finite real numbers)"):
        nutau.scan({"C1": (0.0, 0.1, 3)}, RD, q2=bad, draws=0)


def test_what_is_not_used_of_a_limit_is_refused(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text(
        "title: t\nmeasurements:\n  - {name: L, kind: upper_limit, source: s, unit: 1e-5, limits: "
        '[{observable: "BR(B+->Knunu)", limit: 1.0, confidence_level: 0.9, sensitivity: 2.0}]}\n'
    )
    with pytest.raises(InputError, match="sensitivity"):
        nutau.load_dataset(path)


def test_limits_at_extreme_levels_and_yields():
    """The tail, not the quantile near 1: one ulp below 1 still has a width; the usual ones are as published."""
    assert limits.width(1.0, 0.9) == pytest.approx(1 / 1.6448536269514722, rel=1e-14)
    assert limits.width(1.0, np.nextafter(1.0, 0.0)) == pytest.approx(1 / 8.2923611, rel=1e-6)
    # P(0 < x < L)/P(x > 0) = CL of a Gaussian of mean rho sigma, 10 sigma below zero
    from scipy.stats import norm

    sigma = limits.width(1.0, 0.9, -10.0)
    assert norm.sf(1.0, -10.0 * sigma, sigma) / norm.sf(0.0, -10.0 * sigma, sigma) == pytest.approx(
        0.1, rel=1e-9
    )
    with pytest.raises(InputError, match="-40 standard deviations"):
        limits.width(1.0, 0.9, -40.0)


def test_data_far_from_every_prediction_are_a_warning():
    below = made(theory_model(["a"], [[1, 0, 1]]), [measured("m", ["a"], -4.0, 0.1)])  # 1 + x² is never -4
    found = fitted(below)
    assert any("no value of C9_bstautau describes the data" in text for text in found.warnings)
    assert found.warnings[0] in str(found)
    assert found.to_dict()["warnings"] == list(found.warnings)


def test_a_branching_ratio_that_cannot_be_is_a_warning():
    made_ = made(theory_model(["BR(B+->Knunu)"], [[0, 1, 0]]), [measured("m", ["BR(B+->Knunu)"], 3.0, 0.1)])
    assert (
        "BR(B+->Knunu) = 3: no branching ratio is above 1, the coefficients are too large."
        in fitted(made_).warnings
    )


def test_a_branching_ratio_below_zero_within_its_nuisances_is_a_warning():
    """0.5 + x² with a theory error of 0.4, measured as -1: the nuisance takes it below zero."""
    shape = theory_model(["BR(B+->Knunu)"], [[0.5, 0, 1]], modes=[[[0.4, 0, 0]]])
    (text,) = fitted(made(shape, [measured("m", ["BR(B+->Knunu)"], -1.0, 0.05)])).warnings
    assert text.startswith("BR(B+->Knunu) is -0.977 at the best fit within its theory error, 0.5 without")


def test_an_ordinary_fit_has_no_warning():
    assert fitted(made(theory_model(["a"], [[0, 1, 0]]), [measured("m", ["a"], 1.0, 0.1)])).warnings == ()


@pytest.mark.parametrize("mode", ["fast", "full"])
def test_where_a_rate_vanishes_a_ratio_to_it_has_no_likelihood(mode):
    """(1 + x)/(1 + 2x + x²) at x = -1, which linear algebra elsewhere may hit to the last digit: no warning."""
    ratio = theory_model(["a"], [[1, 1, 0]], [[1, 2, 1]], modes=[[[0.1, 0, 0]]])
    found = made(ratio, [measured("m", ["a"], 1.0, 0.1)]).switched(mode)
    values = found.chi2(np.array([[-1.0], [0.0]]))
    assert values[0] == np.inf
    assert np.isfinite(values[1])


def test_where_rounding_leaves_nothing_there_is_no_likelihood():
    """A theory error 1e12 times the experimental one in a direction: the 1 of 1 + H S is lost, for that point alone."""
    one = made(theory_model(["a", "b"], np.eye(2, 6)), [measured("m", ["a", "b"], [0.0, 0.0], [1.0, 1.0])])
    covariance = np.stack([np.eye(2), np.full((2, 2), 1e40)])
    values = fast(np.ones((2, 2)), covariance, one.experiment)
    assert values[0] == pytest.approx(1.0)  # two residuals of 1 over variances of 2
    assert not np.isfinite(values[1])


def test_a_gradient_at_a_mass_outside_the_table_is_refused_in_words():
    jax.config.update("jax_enable_x64", True)

    def rate(mass):
        return nutau.values(RD, nutau.S3(mass=mass, y3LL={"33": 1.0, "23": 0.1}))[0]

    with pytest.raises(InputError, match="outside the running table"):
        jax.grad(rate)(10.0)
    assert np.isfinite(jax.grad(rate)(2000.0))


@pytest.mark.parametrize(
    "arguments",
    [
        "match S3 --mass 2000 --coupling y3LL_33=1 --to wet --scale 0",
        "match S3 --mass 2000 --coupling y3LL_33=1 --to wet --scale=-3",
        "match S3 --mass 2000 --coupling y3LL_33=1 --to wet --scale nan",
        "fit --parameters CT_bctaunutau --draws 0 --start CT_bctaunutau=5 --range CT_bctaunutau=-1:1",
        "scan --parameters C1=-0.1:0.1:3 R(D) --bin nan,inf --out x.npz",
    ],
)
def test_the_command_line_refuses(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, arguments.split())
    assert isinstance(result.exception, NutauError), result.exception
    assert result.exception.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_fit_far_outside_ends_in_words():
    """δ from 5000: rates 1e8 times too large, theory errors as large as they."""
    from contextlib import suppress

    with suppress(NutauError):
        found = nutau.fit(
            ("delta",),
            model="S3",
            inputs="flavio-2.7",
            running="none",
            ranges={"delta": (5000.0, 1e5)},
            draws=2,
        )
        assert found.warnings


@pytest.mark.parametrize("draws", [2, 5])
def test_the_page_with_few_draws(draws, tmp_path):
    result = CliRunner().invoke(app, ["explore", "--draws", str(draws), "--out", str(tmp_path / "page.html")])
    assert result.exception is None, result.exception


@pytest.mark.parametrize(
    "call",
    [
        lambda: nutau.X(kappa=[1, 2, 3], c3=[1, 2]),
        lambda: nutau.U1([2000, 3000], x1LL={"33": [1, 2, 3]}),
        lambda: nutau.predict("R(D)", nutau.X([1, 2], delta=[0.1, 0.2, 0.3]), draws=0),
        lambda: nutau.predict("R(D)", nutau.X([1, 2], c3=[0.1, 0.2, 0.3]), draws=0),
        lambda: nutau.predict("R(D)", {"CVL_bctaunutau": [1, 2], "CSR_bctaunutau": [1, 2, 3]}),
        lambda: nutau.predict("R(D)", nutau.U1([2000, 3000], x1LL_33=[1, 2, 3])),
        lambda: nutau.two_field_couplings(kappa=range(3), c3=np.array([1, 2]), mass=2000),
    ],
)
def test_arrays_that_do_not_fit_are_named_with_their_shapes(call):
    with pytest.raises(InputError, match=r"has the shape \(2,\).*numbers and arrays of one shape"):
        call()
