"""Figures of what the excess could be: what is drawn is what was found, on every width."""

import numpy as np
import pytest

import nutau
from nutau.inference.invisible.bins import channels
from nutau.report.figures import invisible as drawing
from nutau.report.figures.paper import Paper


@pytest.fixture(scope="module")
def found():
    return nutau.invisible("two-body", [0.5, 2.1])


@pytest.mark.parametrize("width", [None, "column"])
def test_curves_are_those_of_the_fit(found, width):
    figure = drawing.explanations(found, title="t", paper=Paper(width))
    (row,) = found.rows
    for axis, curve in zip(figure.axes, (row.alone, row.together), strict=True):
        np.testing.assert_array_equal(axis.lines[0].get_ydata(), curve.better)
        assert axis.get_ylim()[1] > np.max(curve.better)


@pytest.mark.parametrize("width", [None, "column"])
def test_stacks_and_pulls_are_those_of_the_channels(found, width):
    made = channels(found, found.rows[0])
    figure = drawing.bins(made, found.rows[0], title="t", paper=Paper(width))
    pulls = figure.axes[len(made) :]
    for axis, channel in zip(pulls, made, strict=True):
        np.testing.assert_array_equal(axis.lines[-1].get_ydata(), channel.pulls)
    numbers = drawing.bin_numbers(made).to_dict()
    assert [series["name"] for series in numbers["series"]] == [channel.name for channel in made]
