"""The page of today's data: its rules, and a place that cannot be written to refused before the fits."""

from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from nutau.cli import app
from nutau.errors import InputError
from nutau.report.today import DISFAVOURED, Row, _verdict


def fitted(chi2, sigmas=0.0, beside=None):
    return SimpleNamespace(chi2=chi2, comparison=SimpleNamespace(sigmas=sigmas), beside=beside)


def beside(chi2, sigmas=0.0):
    return SimpleNamespace(
        chi2=chi2,
        comparison=SimpleNamespace(sigmas=sigmas),
        standard=SimpleNamespace(name="HFLAV-2025-RD-SM"),
    )


@pytest.mark.parametrize(
    ("excess", "sigmas", "words"),
    [
        (DISFAVOURED + 0.1, 3.0, "disfavoured (Δχ² = 4.1)"),
        (1.0, 3.0, "preferred over the SM by 3.0 σ, with R_ττ^K ≈ 150, R_νν^K ≈ 2"),
        (1.0, 1.0, "allowed, δ within 2 σ of zero (R_ττ^K ≈ 150)"),
    ],
)
def test_the_sentence_about_a_model_follows_its_numbers(excess, sigmas, words):
    row = Row("U1", 1.0, "full", fitted(10.0 + excess, sigmas), (150.0, 140.0, 2.0, 2.0), ())
    assert _verdict(row, fitted(10.0)) == words


@pytest.mark.parametrize(
    ("excess", "sigmas", "words"),
    [
        (
            DISFAVOURED + 0.1,
            3.0,
            "allowed, δ within 2 σ of zero (R_ττ^K ≈ 150) – with the SM of HFLAV-2025-RD-SM disfavoured (Δχ² = 4.1)",
        ),
        (
            1.0,
            2.5,
            "allowed, δ within 2 σ of zero (R_ττ^K ≈ 150) – with the SM of HFLAV-2025-RD-SM preferred over the SM by "
            "2.5 σ, with R_ττ^K ≈ 250, R_νν^K ≈ 3",
        ),
        (1.0, 1.5, "allowed, δ within 2 σ of zero (R_ττ^K ≈ 150)"),
    ],
)
def test_a_verdict_that_the_other_standard_model_changes_says_so(excess, sigmas, words):
    found = fitted(11.0, 1.0, beside(20.0 + excess, sigmas))
    row = Row("U1", 1.0, "full", found, (150.0, 140.0, 2.0, 2.0), (250.0, 240.0, 3.0, 3.0))
    assert _verdict(row, fitted(10.0, 4.0, beside(20.0))) == words


@pytest.mark.parametrize(
    ("out", "message"), [("nowhere/today.md", "there is no folder"), ("", "it is a folder")]
)
def test_a_place_that_cannot_be_written_to_is_refused_before_the_fits(out, message, monkeypatch):
    monkeypatch.setattr("nutau.report.today.page", lambda *_, **__: pytest.fail("the fits were done"))
    result = CliRunner().invoke(app, ["today", "--out", out])
    assert isinstance(result.exception, InputError)
    assert message in str(result.exception)
