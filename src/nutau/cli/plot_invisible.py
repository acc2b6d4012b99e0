"""``nutau plot invisible|invisible-bins``: which explanation, and its bins."""

from __future__ import annotations

from nutau.cli import figure
from nutau.cli import invisible_options as invisible
from nutau.cli.figure import Drawn
from nutau.cli.options import Inputs
from nutau.errors import InputError
from nutau.report.figures.paper import Paper


@figure.drawn("invisible.pdf")
def explanations(
    mediator: invisible.Mediator = None,
    mass: invisible.Mass = None,
    points: invisible.Points = 21,
    particle_width: invisible.ParticleWidth = 0.0,
    even: invisible.Even = False,
    data: invisible.Data = "2026-belle2-shape",
    inputs: Inputs = "default",
    *,
    paper: Paper,
) -> Drawn:
    """Draw which explanation of B⁺ → K⁺ and nothing seen fits better than the SM, and by how much, against mass.

    Example: nutau plot invisible --mediator scalar --mediator two-body --points 11 --out invisible.png
    """
    from nutau.report.figures import invisible as drawing

    found = invisible.run(mediator, mass, points, particle_width, even, data, inputs)
    title = f"data {found.data}, inputs {found.inputs}, {'chiral' if found.chiral else 'even'} quark currents"
    return drawing.explanations(found, title=title, paper=paper), drawing.explanation_numbers(found, title)


@figure.drawn("invisible-bins.pdf")
def bins(
    mediator: invisible.Mediator = None,
    mass: invisible.Mass = None,
    points: invisible.Points = 21,
    particle_width: invisible.ParticleWidth = 0.0,
    even: invisible.Even = False,
    data: invisible.Data = "2026-belle2-shape",
    inputs: Inputs = "default",
    *,
    paper: Paper,
) -> Drawn:
    """Draw the bins of the measured spectrum at the best fit of one explanation, its signal on top, with pulls.

    Example: nutau plot invisible-bins --mediator two-body --mass 2.05 --out bins.png
    """
    from nutau.inference.invisible.bins import channels
    from nutau.report.figures import invisible as drawing

    if mediator is None or len(mediator) != 1:
        raise InputError("The bins are those of one explanation; give one --mediator, as two-body.")
    found = invisible.run(mediator, mass, points, particle_width, even, data, inputs)
    (row,) = found.rows
    made = channels(found, row)
    title = f"data {found.data}, inputs {found.inputs}, at the fit to all data"
    return drawing.bins(made, row, title=title, paper=paper), drawing.bin_numbers(made, title)
