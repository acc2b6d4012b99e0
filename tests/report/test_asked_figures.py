"""Figures of impacts and of leave-one-out draw the numbers that they are given."""

import numpy as np
import pytest

from nutau.errors import InputError
from nutau.inference.fit.questions.impacts import Impact, Impacts, Ranked
from nutau.inference.fit.questions.leave_one_out import LeaveOneOut, Left
from nutau.report.figures.impacts import impacts, leave_one_out

NAMES = ("delta", "kappa")
ERRORS = {"delta": 0.02, "kappa": 0.2}


def ranked(kind, name, shift, pull=None):
    made = {
        key: Impact(shift * error, shift * error, -1.1 * shift * error, pull, 0.9)
        for key, error in ERRORS.items()
    }
    return Ranked(kind, name, (name,), made)


@pytest.fixture
def found():
    rows = (
        ranked("measurement", "A", 0.6),
        ranked("input", "form factors B->D*", -0.4, 1.7),
        ranked("input", "Vub", 1e-4, 0.0),
    )
    return Impacts(NAMES, rows, ERRORS, {"measurement": ERRORS, "input": ERRORS})


def test_impacts_are_bars_in_units_of_errors(found):
    figure = impacts(found, title="data")
    panels = [axis for axis in figure.axes if axis.patches]
    assert len(panels) == 2
    widths = [patch.get_width() for patch in panels[0].patches]
    assert widths == pytest.approx([0.6, -0.4, -0.66, 0.44], rel=1e-9)  # the third row moves nothing
    labels = [text.get_text() for text in panels[0].get_yticklabels()]
    assert labels == ["A", "form factors B → D*"]
    points = [line for axis in figure.axes for line in axis.lines if list(line.get_xdata()) == [1.7]]
    assert len(points) == 2
    assert "+1.7" in str(found) or "+1.70" in str(found)
    assert "of which measurements 0.02" in str(found)


def test_nothing_that_moves_is_refused():
    none = Impacts(NAMES, (ranked("input", "Vub", 1e-4, 0.0),), ERRORS, {})
    with pytest.raises(InputError, match="no source moves"):
        impacts(none)


def left(name, values, why=""):
    numbers = None if why else dict(zip(NAMES, values, strict=True))
    errors = None if why else ERRORS
    return Left(
        (name,), 1, numbers, errors, errors, None if why else 1.0, None if why else 2.0, undetermined=why
    )


def test_leave_one_out_is_drawn_beside_the_whole():
    whole = {"delta": (0.06, 0.04, 0.08), "kappa": (0.7, 0.5, 0.9)}
    rows = (left("A", (0.07, 0.8)), left("B", (0.0, 40.0)), left("C", (), "nothing left depends on kappa"))
    made = LeaveOneOut(NAMES, rows, (), whole)
    figure = leave_one_out(made, title="data")
    first, second = figure.axes
    assert [text.get_text() for text in first.get_yticklabels()] == ["without A", "without B"]
    low, high = second.get_xlim()
    assert low < 0.5
    assert high < 2.0  # what is far away is said, not drawn
    assert any("40" in text.get_text() for text in second.texts)
    assert np.isfinite([low, high]).all()
    assert "nothing left depends on kappa" in str(made)
    with pytest.raises(InputError, match="nothing to draw"):
        leave_one_out(LeaveOneOut(NAMES, rows[2:], (), whole))
