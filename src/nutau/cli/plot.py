"""``nutau plot``: the figures."""

from __future__ import annotations

import typer

from nutau.cli.analysis import savable
from nutau.cli.arguments import Verbs
from nutau.cli.plot_asked import impacts, leave_one_out
from nutau.cli.plot_fits import contour, corner, expected, pulls, reach
from nutau.cli.plot_heights import heights
from nutau.cli.plot_invisible import bins, explanations
from nutau.cli.plot_plane import plane
from nutau.cli.plot_points import nunu, spectrum

app = typer.Typer(
    name="plot", cls=Verbs, help="Draw a figure to a PDF, PNG or SVG file.", no_args_is_help=True
)


app.command("plane")(savable("plot plane", plane))
app.command("nunu")(savable("plot nunu", nunu))
app.command("spectrum")(savable("plot spectrum", spectrum))
app.command("contour")(savable("plot contour", contour))
app.command("pulls")(savable("plot pulls", pulls))
app.command("heights")(savable("plot heights", heights))
app.command("corner")(savable("plot corner", corner))
app.command("reach")(savable("plot reach", reach))
app.command("expected")(savable("plot expected", expected))
app.command("impacts")(savable("plot impacts", impacts))
app.command("leave-one-out")(savable("plot leave-one-out", leave_one_out))
app.command("invisible")(savable("plot invisible", explanations))
app.command("invisible-bins")(savable("plot invisible-bins", bins))
