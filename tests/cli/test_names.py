"""Names that are listed, synonyms that are accepted, and the page that shows them."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from nutau.cli import app
from nutau.common.aliases import ALIASES
from nutau.models import MEDIATORS, mediator
from nutau.observables import find
from nutau.observables.requests import Request

PAGE = Path(__file__).parents[2] / "docs" / "names.md"


@pytest.mark.parametrize("name", ALIASES)
def test_every_short_name_is_on_the_page_and_means_an_observable(name):
    text = PAGE.read_text()
    assert f"`{name}`" in text
    assert f"`{ALIASES[name]}`" in text
    full = ALIASES[name].removesuffix("/SM")
    q2 = (1.1, 6.0) if find(full).kind == "bin" else None
    assert Request.parse(name, q2).name == full


def test_every_model_is_found_by_its_other_names():
    for field in MEDIATORS:
        assert all(mediator(alias) is field for alias in field.aliases)
    for alias in ("S1t", "R2t", "U1t", "V2t", "Zp"):
        assert f"`{alias}`" in PAGE.read_text()
        assert f"`{mediator(alias).name}`" in PAGE.read_text()


def test_the_page_says_where_what_is_left_out_stands():
    assert "{doc}`limits`" in PAGE.read_text()
    assert "## Not in nutau" in PAGE.with_name("limits.md").read_text()


@pytest.mark.parametrize(
    ("kind", "pattern", "name"),
    [
        ("coefficients", "nunu", "CL_bsnutaunutau"),
        ("coefficients", "bsnu", "CL_bsnutaunutau"),
        ("observables", "R(K", "R(K)"),
    ],
)
def test_a_pattern_finds_names(kind, pattern, name):
    done = CliRunner().invoke(app, ["list", kind, pattern])
    assert name in done.stdout.split()
