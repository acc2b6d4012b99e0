"""Options of ``nutau weights``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Events = Annotated[
    Path,
    typer.Argument(
        metavar="EVENTS", help="Events: a .parquet, .csv, .npz or .root file.", show_default=False
    ),
]
Process = Annotated[
    str,
    typer.Option(
        "--process",
        metavar="NAME",
        help="The decay: B0->D*taunu, B+->Knunu, B0->K*tautau, ...",
        show_default=False,
    ),
]
Out = Annotated[
    Path,
    typer.Option(
        "--out",
        metavar="FILE",
        help="Where the weights go: .parquet, .csv, .npz or .root.",
        show_default=False,
    ),
]
Generator = Annotated[
    str | None,
    typer.Option(
        "--generator",
        metavar="sm|phase-space",
        help="What made the events: the Standard Model (sm), or even phase space.",
    ),
]
FromSettings = Annotated[
    list[str] | None,
    typer.Option(
        "--from-set", metavar="NAME=VALUE", help="A WET coefficient that the events were made with."
    ),
]
FromFile = Annotated[
    str | None, typer.Option("--from-wc", metavar="FILE", help="WCxf file that the events were made with.")
]
FromInputs = Annotated[
    str | None,
    typer.Option(
        "--from-inputs", metavar="NAME", help="Input set of the generator, if another than --inputs."
    ),
]
FormFactors = Annotated[
    str | None,
    typer.Option("--form-factors", metavar="NAME", help="Determination of the decay's form factors."),
]
FromFormFactors = Annotated[
    str | None,
    typer.Option("--from-form-factors", metavar="NAME", help="The same of the generator, if another."),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="NAME=COLUMN",
        help="Your name of a column: q2=Q2, 'B_*=B0_TRUEP_*'; repeat for more.",
    ),
]
Variables = Annotated[
    str | None,
    typer.Option("--variables", metavar="NAME,…", help="Use these alone: q2,cos_theta_l,cos_theta_V,phi."),
]
Flavour = Annotated[
    str,
    typer.Option(
        "--flavour",
        metavar="b|bbar|average",
        help="Of all events, unless a column B_id has the PDG code of the B.",
    ),
]
Outside = Annotated[
    str,
    typer.Option(
        "--outside", metavar="refuse|zero", help="Events beyond phase space: an error, or the weight 0."
    ),
]
Terms = Annotated[
    bool,
    typer.Option(
        "--terms", help="Add what multiplies each product of coefficients: weights for all of them."
    ),
]
Coefficients = Annotated[
    str | None,
    typer.Option("--coefficients", metavar="NAME,…", help="Those of --terms (all of the decay)."),
]
Draws = Annotated[int, typer.Option("--draws", metavar="N", min=0, help="Draws of form factors, as columns.")]
Seed = Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Seed of --draws.")]
TreeName = Annotated[
    str | None, typer.Option("--tree-name", metavar="NAME", help="Tree of a .root file that has several.")
]
Picture = Annotated[
    Path | None,
    typer.Option("--figure", metavar="FILE", help="Draw histograms of the weighted events beside the rates."),
]
