"""``nutau plot``: the figures."""

from __future__ import annotations

import typer

from nutau.cli.analysis import Verb, savable
from nutau.cli.arguments import Verbs
from nutau.cli.plot_asked import impacts, leave_one_out
from nutau.cli.plot_bins import bins
from nutau.cli.plot_c9u import c9u
from nutau.cli.plot_fits import contour, corner, expected, pulls, reach
from nutau.cli.plot_heights import heights
from nutau.cli.plot_invisible import bins as events
from nutau.cli.plot_invisible import explanations
from nutau.cli.plot_next import next_measurement
from nutau.cli.plot_plane import plane
from nutau.cli.plot_points import nunu, spectrum
from nutau.cli.plot_relations import relations

app = typer.Typer(
    name="plot", cls=Verbs, help="Draw a figure to a PDF, PNG or SVG file.", no_args_is_help=True
)


VERBS: dict[str, Verb] = {
    "plane": plane,
    "nunu": nunu,
    "spectrum": spectrum,
    "relations": relations,
    "bins": bins,
    "c9u": c9u,
    "contour": contour,
    "pulls": pulls,
    "heights": heights,
    "corner": corner,
    "reach": reach,
    "expected": expected,
    "next": next_measurement,
    "impacts": impacts,
    "leave-one-out": leave_one_out,
    "invisible": explanations,
    "invisible-bins": events,
}
for _name, _verb in VERBS.items():
    app.command(_name)(savable(f"plot {_name}", _verb))
