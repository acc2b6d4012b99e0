"""nutau.relations and its verb: what data say of the members, what they predict, and what is refused."""

import json

import jax
import numpy as np
import pytest

import nutau
from command import run
from nutau.errors import InputError

CHARGED = ("R(D)", "R(D*)", "R(Lambdac)")
NUNU = ("BR(B+->Knunu)", "BR(B0->K*nunu)", "BR(Bs->phinunu)")


@pytest.fixture(scope="module")
def charged():
    return nutau.relations(CHARGED, draws=50)


def test_what_is_predicted_is_the_prediction_at_the_coefficients_that_fit(charged):
    """Coefficients that give R_D and R_D* as measured give R_Λc as expected, by predict itself."""
    from scipy.optimize import fsolve

    measured = [charged.known.rates[name].value for name in CHARGED[:2]]
    formulas = nutau.formulas(CHARGED, draws=0)
    names = ("CVL_bctaunutau", "CVR_bctaunutau")

    def point(x):
        return nutau.Wilson(np.asarray(x, dtype=complex), nutau.Basis("WET", "flavio", names), 4.8)

    def at(x):
        return [float(formula(point(x).part(formula.central.basis))) for formula in formulas]

    x = fsolve(lambda x: np.subtract(at(x)[:2], measured), [0.1, 0.0])
    (row,) = nutau.predict("R(Lambdac)", dict(zip(names, x.tolist(), strict=True)), draws=0)
    assert charged.expected.value == pytest.approx(row.value, rel=1e-9)
    assert charged.expected.domain.name == "vector"


def test_the_error_of_the_data_has_their_correlation(charged):
    one = charged.relations[0]
    entry = nutau.load_dataset("2026")["HFLAV-2025-RD"]
    sigma = entry.distribution.plus
    covariance = entry.distribution.correlation * np.outer(sigma, sigma)
    assert charged.expected.experiment == pytest.approx(np.sqrt(one.absolute @ covariance @ one.absolute))


def test_sets_are_nested(charged):
    """What fewer coefficients allow, more do; and what the data allow holds the exact relation's interval."""
    allowed = {one.domain.name: one.allowed for one in charged.tested}
    assert list(allowed) == ["all", "no-tensor", "vector"]
    for wide, narrow in (("all", "no-tensor"), ("no-tensor", "vector")):
        assert allowed[wide][0] <= allowed[narrow][0]
        assert allowed[narrow][1] <= allowed[wide][1]
    weights, known = charged.relations[0].weights, charged.known.rates
    both = zip(CHARGED[:2], charged.sm[:2], strict=True)
    ends = [[known[name].low / sm, known[name].high / sm] for name, sm in both]
    assert allowed["vector"] == pytest.approx(tuple(weights @ np.array(ends)), rel=1e-5)


def test_a_limit_bounds_but_does_not_predict():
    found = nutau.relations(NUNU, draws=0)
    assert found.expected is None
    assert found.known.rates[NUNU[1]].value is None
    assert "is not predicted: BR(B0->K*nunu) has no measured value" in str(found)
    assert all(one.allowed is not None for one in found.tested)
    given = nutau.relations(NUNU, data=None, values=dict.fromkeys(NUNU[:2], (1e-05, 1e-06)), draws=0)
    assert given.expected.value > 0
    assert given.data == ""


def test_data_that_no_coefficients_reach_exclude_the_set():
    """R_K* is at least a fifth of R_K with vector operators: with less nothing is left, and that is said."""
    values = {NUNU[0]: (5e-5, 1e-7), NUNU[1]: (1e-7, 1e-8)}
    found = nutau.relations(NUNU, data=None, values=values, draws=0)
    row = next(one for one in found.tested if one.domain.name == "vector")
    assert row.to_dict()["excluded_by_data"]
    assert row.to_dict()["allowed_by_data"] is None
    assert "nothing: excluded" in str(found)


def test_the_document_and_the_columns_hold_all_numbers(charged):
    code, out, error = run("relations", *CHARGED, "--draws", "50", "--json")
    assert code == 0, error
    document = json.loads(out)
    assert document["schema"] == "nutau/relations/1"
    assert document["relations"][0]["weights"] == pytest.approx(charged.relations[0].weights.tolist())
    assert document["expected"]["value"] == pytest.approx(charged.expected.value)
    columns = charged.columns()
    assert len({len(column) for column in columns.values()}) == 1
    assert columns["member"][:2] == list(CHARGED[:2])
    assert "R(Lambdac)  (0.28" in str(charged)
    code, out, error = run("relations", *CHARGED[:2], "--draws", "0", "--coefficient", "CVL_bctaunutau")
    assert code == 0, error
    assert "exact relations, inputs default" in out
    assert "All coefficients but CVL_bctaunutau are zero." in out


def test_it_needs_no_jax(monkeypatch):
    monkeypatch.setattr(jax, "jit", None)
    assert nutau.relations(CHARGED, draws=0).relations


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("R(D)",), "A relation needs two rates or more, and R(D) is given"),
        (("R(D)", "FLtot(B0->D*taunu)"), "FLtot(B0->D*taunu) is no rate"),
        (("R(D)", "DeltaM_s"), "DeltaM_s is no rate"),
        (("BR(Bs->tautau)", "tau_Bs/tau_B0"), "tau_Bs/tau_B0 is no rate"),
        (("R(D)", "P5p(B0->K*mumu)"), "P5p(B0->K*mumu) is a function of q²"),
        (("R(D)", "<P5p>(B0->K*mumu)[1,6]"), "is no rate"),
        (("R(D)", "<dBR/dq2>(B+->Knunu)"), "takes a bin"),
        (("BR(B+->Knunu)", "Rnunu(K)"), "are one rate"),
        (("BR(Bs->mutau)", "<dBR/dq2>(B+->Knunu)[0,4]"), "have different units"),
        (("R(D)", "R(D*)", "--target", "R(E)"), "Unknown observable of this relation 'R(E)'"),
        (("R(D)", "R(D*)", "--value", "R(D)=1,1", "--value", "R( D )=2,1"), "a value of R(D) is given twice"),
        (("R(D)", "R(D*)", "--value", "R(D)=1"), "--value R(D)=1: a value and its error are needed"),
        (("R(D)", "R(D*)", "--value", "R(D)=1,0"), "--value of R(D): 1 with the error 0"),
        (("R(D)", "R(D*)", "--value", "R(D)=nan,1"), "--value R(D)=nan,1: a value and its error are needed"),
        (("R(D)", "R(D*)", "--value", "R(E)=1,1"), "Unknown observable of this relation 'R(E)'"),
        (("R(D)", "R(D*)", "--coefficient", "C1"), "Unknown coefficient of these rates 'C1'"),
        (("R(D)", "R(D*)", "--data", "nope"), "Unknown data set 'nope'"),
        (("R(D)", "R(D*)", "--bin", "0,4"), "would not be used"),
    ],
)
def test_refusals(arguments, said):
    code, out, error = run("relations", *arguments, "--draws", "0")
    assert (code, out) == (2, "")
    assert said in error
    assert "\n" not in error


def test_values_are_pairs():
    with pytest.raises(InputError, match="a real number, a real number"):
        nutau.relations(CHARGED, values={"R(D)": (1.0,)}, draws=0)
