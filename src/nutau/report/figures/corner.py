"""The posterior of a fit: densities of all pairs of parameters and of each alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nutau.common.density import density, levels
from nutau.errors import InputError
from nutau.inference.fit import Posterior
from nutau.report.figures.contours import EDGE, FILLS
from nutau.report.figures.labels import parameter
from nutau.report.figures.paper import SCREEN, Paper
from nutau.report.figures.style import fix_layout, house_style, legend

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEVELS = (0.6827, 0.95)


def corner(posterior: Posterior, *, title: str = "", paper: Paper = SCREEN) -> Figure:
    """Regions of highest density at 68.3 and 95 % for each pair, and the marginal densities with their 68.3 %.

    Raises :class:`InputError` for a posterior of a single parameter.
    """
    if len(posterior.names) < 2:
        given = ", ".join(posterior.names)
        raise InputError(f"A corner plot needs at least two parameters; this posterior has {given}.")
    count = len(posterior.names)
    with house_style(paper):
        from matplotlib.figure import Figure

        figure = Figure(figsize=paper.size(1.6 + 2.3 * count, 1.4 + 2.3 * count), layout="constrained")
        axes = figure.subplots(count, count, squeeze=False)
        for row, first in enumerate(posterior.names):
            for column, second in enumerate(posterior.names):
                axis = axes[row, column]
                if column > row:
                    axis.remove()
                elif column == row:
                    _alone(axis, posterior, first)
                else:
                    _pair(axis, posterior, second, first)
                axis.set_xlabel(parameter(second) if row == count - 1 else "")
                axis.set_ylabel(parameter(first) if column == 0 and row else "")
                axis.tick_params(
                    labelbottom=row == count - 1, labelleft=column == 0 and row > 0, labelsize=paper.pt(9.5)
                )
                axis.locator_params(nbins=3 if paper.narrow else 4)
        axes[0, 0].set_ylabel("density")
        figure.align_labels()
        _legend(figure, count)
        figure.suptitle(paper.wrapped(title), x=0.01, ha="left", fontsize=paper.pt(10))
        fix_layout(figure, paper)
        return figure


def _pair(axis: Any, posterior: Posterior, x: str, y: str) -> None:
    """The smallest regions that hold the fractions of the legend."""
    worth = min(posterior.effective[x], posterior.effective[y])
    draws = [posterior.draws[x], posterior.draws[y]]
    nodes, found = density(draws, [_support(posterior, x), _support(posterior, y)], worth)
    inner, outer = levels(found, LEVELS)
    axis.contourf(*nodes, found.T, levels=[outer, inner, np.inf], colors=[FILLS[1], FILLS[0]])
    axis.contour(*nodes, found.T, levels=[outer, inner], colors=EDGE, linewidths=1.0)
    axis.set_xlim(_limits(posterior, x))
    axis.set_ylim(_limits(posterior, y))


def _alone(axis: Any, posterior: Posterior, name: str) -> None:
    """The marginal density with its pieces of highest density at 68.3 %: one with two maxima has two."""
    (nodes,), found = density([posterior.draws[name]], [_support(posterior, name)], posterior.effective[name])
    axis.plot(nodes, found, color=EDGE)
    for piece in posterior.pieces(name, LEVELS[0]):
        axis.axvspan(piece.low, piece.high, color=FILLS[2], lw=0, zorder=0)
    axis.set_xlim(_limits(posterior, name))
    axis.set_ylim(bottom=0.0)
    axis.set_yticks([])


def _legend(figure: Any, count: int) -> None:
    """In the empty corner, which is small for two parameters."""
    from matplotlib.patches import Patch

    entries = [
        Patch(fc=fill, ec=EDGE, label=f"{100 * level:.3g} % of the posterior")
        for level, fill in zip(LEVELS, (FILLS[0], FILLS[1]), strict=True)
    ]
    alone = Patch(fc=FILLS[2], label="68.3 % of one parameter")
    if count > 2:
        figure.legend(handles=[*entries, alone], loc="upper right")
    else:
        legend(figure, [*entries, alone], columns=2)


def _limits(posterior: Posterior, name: str) -> tuple[float, float]:
    """The range of all but a few draws in ten thousand, with a margin."""
    low, high = np.quantile(posterior.draws[name], (2e-4, 1.0 - 2e-4))
    margin = 0.06 * (high - low)
    return float(low - margin), float(high + margin)


def _support(posterior: Posterior, name: str) -> tuple[float, float]:
    """Where there can be draws: what is shown and a little more, within the prior."""
    low, high = _limits(posterior, name)
    margin = 0.5 * (high - low)
    below, above = posterior.priors[name]
    return max(low - margin, below), min(high + margin, above)
