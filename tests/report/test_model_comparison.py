"""nutau.compare_models: rows against fits, a Bayes factor against quadrature, and what is refused."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import nutau
from nutau.cli import app
from nutau.errors import InputError


@pytest.fixture(scope="module")
def compared():
    return nutau.compare_models(
        ["U1", "delta,kappa"], "2026-core", draws=0, priors={"delta": "flat:-0.5:0.5"}
    )


def test_a_bayes_factor_is_the_integral(compared):
    """One parameter, no theory errors: the mean of exp(-Δχ²/2) over the prior by quadrature, against the SM."""
    row = compared.rows[0]
    delta = np.linspace(-0.5, 0.5, 4001)
    chi2 = row.found.likelihood.switched("fast").chi2(delta[:, None])
    sm = row.found.comparison.sm_chi2
    exact = np.log(np.mean(np.exp(-0.5 * (chi2 - sm))))
    assert row.evidence.log_bayes_factor == pytest.approx(exact, abs=4 * row.evidence.error + 0.01)
    assert row.evidence.error < 0.05
    assert row.prior == "delta flat, -0.5 to 0.5"


def test_rows_are_fits_to_all_data(compared):
    for row in compared.rows:
        found, document = row.found, row.to_dict()
        assert found.likelihood.unaffected == ()
        assert document["delta_chi2"] == found.comparison.delta_chi2
        assert document["delta_aic"] == pytest.approx(2 * row.count - row.delta_chi2)
        numbers = found.likelihood.experiment.numbers
        assert document["delta_bic"] == pytest.approx(row.count * np.log(numbers) - row.delta_chi2)
    first, second = compared.rows
    assert first.found.comparison.sm_chi2 == pytest.approx(second.found.comparison.sm_chi2)
    assert second.delta_chi2 >= first.delta_chi2  # δ with κ = 1 is a part of it
    assert [cells[0] for cells in compared.table()] == ["SM", "U1", "delta,kappa"]
    assert "2 models were tried" in str(compared)
    assert "<table>" in compared._repr_html_()


def test_a_wider_prior_costs_its_width(compared):
    """Twice the range of δ, where the likelihood is nothing: ln 2 of the Bayes factor."""
    wide = nutau.compare_models("U1", "2026-core", draws=0)
    errors = np.hypot(wide.rows[0].evidence.error, compared.rows[0].evidence.error)
    difference = compared.rows[0].evidence.log_bayes_factor - wide.rows[0].evidence.log_bayes_factor
    assert difference == pytest.approx(np.log(2.0), abs=4 * errors)


@pytest.mark.parametrize(
    ("models", "options", "message"),
    [
        (["U1", "U1"], {}, "U1: given twice"),
        ([], {}, "Name a model"),
        (["U9:x_33"], {}, "U9"),
        (["S7"], {}, "Unknown fit parameter 'S7'"),
        (["U1:x1LL_33,x1LL_23"], {}, "couplings need `mass`"),
        (["U1"], {"priors": {"kappa": "flat"}}, "Unknown parameter of these models 'kappa'"),
        (["U1"], {"ranges": {"C1": (0.0, 1.0)}}, "Unknown parameter of these models 'C1'"),
    ],
)
def test_what_cannot_be_compared(models, options, message):
    with pytest.raises(InputError, match=message):
        nutau.compare_models(models, "2026-core", draws=0, **options)


def test_the_command(tmp_path, monkeypatch, compared):
    """Text, JSON and file are one result; options reach the library."""
    given = {}

    def run(models, data, **options):
        given.update(options, models=models, data=data)
        return compared

    monkeypatch.setattr("nutau.report.model_comparison.compare_models", run)
    out = tmp_path / "table.json"
    arguments = [
        "compare-models",
        "U1",
        "delta,kappa",
        "--data",
        "2026-core",
        "--prior",
        "delta=flat:-0.5:0.5",
    ]
    result = CliRunner().invoke(app, [*arguments, "--seed", "4", "--out", str(out), "--json"])
    assert result.exit_code == 0, result.output
    assert given["models"] == ["U1", "delta,kappa"]
    assert given["priors"] == {"delta": "flat:-0.5:0.5"}
    assert given["seed"] == 4
    assert json.loads(result.stdout) == json.loads(out.read_text())
    text = CliRunner().invoke(app, arguments).stdout
    assert "ln Bayes factor" in text
    assert "delta flat, -0.5 to 0.5" in text
    refused = CliRunner().invoke(app, ["compare-models", "U1", "--prior", "coefficients"])
    assert refused.exit_code != 0
    assert "is for one fit" in str(refused.exception)
