"""Looks of models and the paper of figures: one look a model whatever is drawn, letters of one size on any width."""

from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.markers import MarkerStyle

from nutau.errors import InputError
from nutau.explorer.payload import models
from nutau.letter.claims import benchmarks
from nutau.models.catalogue import MEDIATORS
from nutau.report.figures import paper as papers
from nutau.report.figures.looks import LOOKS, SPARE, known, looks
from nutau.report.figures.paper import Paper, tex
from nutau.report.figures.style import house_style


def test_every_model_has_a_look_of_its_own_in_colour_and_in_grey():
    names = {field.name for field in MEDIATORS} | set(benchmarks())
    assert names <= set(LOOKS)
    every = [*LOOKS.values(), *SPARE]
    shapes = {str(look.marker) for look in every}
    assert len(shapes) == len(every)  # markers alone tell them apart, as in grey
    for look in every:
        MarkerStyle(look.marker)
    for (one, a), (other, b) in combinations(LOOKS.items(), 2):
        if "SM" not in (one, other):
            assert np.abs(np.subtract(to_rgb(a.colour), to_rgb(b.colour))).max() > 0.1, (one, other)


def test_a_look_does_not_depend_on_what_else_is_drawn():
    alone = looks(["U1"])["U1"]
    assert looks(["VB", "κ = 2", "S3", "U1"])["U1"] == alone == known("U1")
    assert known("W'") == known("VB")
    assert known("R2t") == known("R2~")
    twice = looks(["one", "two"], ["U1", "U1"])
    assert (twice["one"].colour, twice["two"].colour) == (alone.colour, alone.colour)
    assert twice["one"].filled
    assert not twice["two"].filled
    assert looks(["κ = 1", "κ = 2"])["κ = 1"] != looks(["κ = 1", "κ = 2"])["κ = 2"]


def test_the_page_has_the_looks_of_the_figures():
    for item in models():
        assert (item["colour"], item["marker"]) == (LOOKS[item["id"]].colour, LOOKS[item["id"]].marker)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"width": "wide"}, "column, page, or a number"),
        ({"width": "0"}, "2 to 40 inches"),
        ({"width": -3.4}, "2 to 40 inches"),
        ({"width": "nan"}, "2 to 40 inches"),
        ({"font_size": 0.0}, "3 to 40 points"),
        ({"latex": True}, "which are not installed"),
    ],
)
def test_papers_that_are_none(given, message, monkeypatch):
    monkeypatch.setattr(papers.shutil, "which", lambda name: None)
    with pytest.raises(InputError, match=message):
        Paper(**given)


def test_letters_keep_their_size():
    assert Paper("column").size(10.5, 4.7)[0] == 3.4
    assert Paper("page").size(10.5, 4.7)[0] == 7.0
    assert Paper().size(10.5, 4.7) == (10.5, 4.7)
    for width, points in (("column", 8.0), ("page", 10.2), (12, 11.0)):
        with house_style(Paper(width)):
            assert mpl.rcParams["font.size"] == pytest.approx(points, abs=0.05)
    with house_style(Paper("column", font_size=9)):
        assert mpl.rcParams["font.size"] == 9.0


def test_text_for_latex(monkeypatch):
    assert tex("95 % & x_1 of $x_1 \\%$, 5#") == r"95 \% \& x\_1 of $x_1 \%$, 5\#"
    assert tex(r"a\b~^{}") == r"a\textbackslash{}b\textasciitilde{}\textasciicircum{}\{\}"
    monkeypatch.setattr(papers.shutil, "which", lambda name: f"/usr/bin/{name}")
    with house_style(Paper("column", latex=True)):
        assert mpl.rcParams["text.usetex"]
        assert r"\DeclareUnicodeCharacter{03BA}{\ensuremath{\kappa}}" in mpl.rcParams["text.latex.preamble"]
