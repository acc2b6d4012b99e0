"""``nutau plot relations``: a rate against what others say of it."""

from __future__ import annotations

from nutau.cli import figure, fitted
from nutau.cli import relations_options as given
from nutau.cli.figure import Drawn
from nutau.cli.options import Bin
from nutau.report.figures.paper import Paper


@figure.drawn("relations.pdf")
def relations(
    observables: given.Names,
    target: given.Target = None,
    data: given.Data = "2026",
    values: given.Values = None,
    coefficients: given.Coefficients = None,
    bins: Bin = None,
    inputs: fitted.Inputs = "default",
    *,
    paper: Paper,
) -> Drawn:
    """Draw a rate against what others say of it: exact relations, how far others are broken, what data allow.

    Example: nutau plot relations "R(D)" "R(D*)" "R(Lambdac)" --out lambdac.pdf

    Example: nutau plot relations "BR(B+->Knunu)" "BR(B0->K*nunu)" "BR(Bs->phinunu)" --out phi.png
    """
    from nutau.report.figures import numbers
    from nutau.report.figures.relations import relations as draw
    from nutau.report.relations.draw import drawing

    made = given.found(observables, target, data, values, coefficients, bins, inputs=inputs, draws=0)
    shown = drawing(made)
    title = f"inputs {made.inputs}" + (f", data {made.data}" if made.data else "")
    title += f", {', '.join(made.only)} alone" if made.only else ""
    return draw(shown, title=title, paper=paper), numbers.relations(shown, title)
