"""The figures of relations and of measurements to make: what is drawn, in both widths, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from nutau.errors import InputError
from nutau.inference.forecast.ranked import Ranked, Ranking
from nutau.report.figures import numbers
from nutau.report.figures.paper import Paper
from nutau.report.figures.ranked import ranked
from nutau.report.figures.relations import relations
from nutau.report.relations.draw import Drawing, Wedge

SETS = ("all coefficients, complex", "vector and scalar operators, complex", "vector operators, complex")
SHOWN = Drawing(
    target="R(Lambdac)",
    terms=((0.3, "R(D)"), (0.7, "R(D*)")),
    exact=SETS[2],
    wedges=(Wedge(SETS[0], (0.8, 1.1)), Wedge(SETS[1], (0.9, np.inf))),
    predicted=(1.1, 1.2),
    measured=(0.5, 0.9),
    intervals=((SETS[0], (0.8, 1.3), False), (SETS[2], (1.0, 1.2), True)),
    top=2.0,
    beside=True,
    sets=SETS,
)
ROWS = tuple(
    Ranked(name, name.rpartition(", ")[0], 1.0, "run", 0.3, 0.3, 0.01, 0.01, np.array(errors), bits, apart)
    for name, errors, bits, apart in (
        ("Rtaul(B->Dlnu), 5%", [0.5, 0.9], 1.1, 3.0),
        ("<dBR/dq2>(B0->D*taunu)[4, 7], 5%", [0.9, 0.9], 0.3, 0.0),
    )
)
RANKING = Ranking(
    ("C1", "C3"), "2026", 50.0, "ab^-1", np.zeros(2), np.ones(2), np.zeros(2), ROWS, by="information"
)


def within(figure):
    ink = figure.get_tightbbox(FigureCanvasAgg(figure).get_renderer())
    wide, high = figure.get_size_inches()
    return ink.x0 >= -0.02 and ink.y0 >= -0.02 and ink.x1 <= wide + 0.02 and ink.y1 <= high + 0.02


@pytest.mark.parametrize("width", [None, "column"])
def test_a_relation_is_the_diagonal_between_wedges(width):
    figure = relations(SHOWN, title="T", paper=Paper(width))
    assert within(figure)
    left, right = figure.axes
    (diagonal,) = [line for line in left.lines if line.get_label().startswith("exact")]
    assert np.array_equal(*diagonal.get_data())
    slopes = [
        line.get_data()[1][-1] / line.get_data()[0][-1] for line in left.lines if len(line.get_xdata()) > 100
    ]
    assert slopes[:3] == pytest.approx([0.8, 1.1, 0.9])
    bars = [line.get_xdata().tolist() for line in right.lines if len(set(line.get_xdata())) == 2]
    assert bars == [[0.8, 1.3], [1.0, 1.2]]
    assert "R_D" in left.get_xlabel()


@pytest.mark.parametrize("width", [None, "column"])
def test_without_data_there_is_the_relation_alone(width):
    bare = replace(SHOWN, intervals=(), predicted=None, measured=None)
    assert len(relations(bare, paper=Paper(width)).axes) == 1
    (axis,) = relations(replace(bare, wedges=()), paper=Paper(width)).axes
    assert any(line.get_label().startswith("exact") for line in axis.lines)


def test_one_set_of_coefficients_has_one_colour():
    left, right = relations(SHOWN).axes
    border = next(line.get_color() for line in left.lines if len(line.get_xdata()) > 100)
    assert right.lines[0].get_color() == border


@pytest.mark.parametrize("width", [None, "column"])
def test_measurements_are_rows_with_their_errors_over_those_of_today(width):
    figure = ranked(RANKING, title="T", paper=Paper(width))
    assert within(figure)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels[0] == "$R_D$, 5%"
    assert labels[1].endswith("4–7 GeV$^2$, 5%")
    points = [line.get_xdata() for line in figure.axes[1].lines[:2]]
    assert np.allclose(points, np.transpose([row.errors for row in ROWS]))
    assert len(ranked(replace(RANKING, against=None)).axes) == 2


def test_numbers_are_those_of_the_figures():
    made = numbers.relations(SHOWN, "T").columns()
    assert {"lowest_slope", "low", "high", "value"} <= made.keys()
    assert len({len(column) for column in made.values()}) == 1
    silent = replace(ROWS[0], name="silent", information=0.0, apart=0.0)
    found = numbers.ranked(replace(RANKING, rows=(*ROWS, silent)), "T")
    assert found.notes == ("not drawn, as they say nothing: silent",)
    assert found.columns()["error_C1"] == [0.5, 0.9, 0.5]


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(InputError, match="nothing to draw"):
        relations(replace(SHOWN, wedges=(), intervals=(), exact=""))
    with pytest.raises(InputError, match="No measurement says anything"):
        ranked(replace(RANKING, rows=()))
    with pytest.raises(InputError, match="draw at most"):
        ranked(replace(RANKING, parameters=tuple("abcdefg")))
