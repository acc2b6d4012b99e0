"""The figure of the page of invisible final states: the shapes of their spectra in B → K and B → K*."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import nutau
from nutau.decays.invisible import fermions, particle, scalars, vectors
from nutau.decays.invisible.states import edges, transition
from nutau.inputs import Inputs
from nutau.report.figures.style import fix_layout, house_style, save

COLOURS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
"""Okabe and Ito's."""
STYLES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1)), (0, (3, 1, 1, 1)))
MASS = 0.6
"""GeV, of the pairs of new particles."""
PANELS = (("B+->K", r"$\mathrm{B^+\to K^+}$", 0), ("B0->K*", r"$\mathrm{B^0\to K^{*0}}$", 1))
STATES: tuple[tuple[str, ModuleType, Any, tuple[str, str]], ...] = (
    (r"$\nu\bar\nu$, vector", fermions, fermions.Dirac(0.0), ("CVV_bschichi", "CAV_bschichi")),
    (r"$\nu\nu$, scalar", fermions, fermions.Dirac(0.0), ("CSS_bschichi", "CPS_bschichi")),
    (r"$\nu\nu$, tensor", fermions, fermions.Dirac(0.0), ("CTT_bschichi", "CTT_bschichi")),
    (rf"fermions of {MASS} GeV, vector", fermions, fermions.Dirac(MASS), ("CVV_bschichi", "CAV_bschichi")),
    (rf"scalars of {MASS} GeV, density", scalars, scalars.Scalars(MASS), ("CS_bsphiphi", "CP_bsphiphi")),
    (rf"vectors of {MASS} GeV, density", vectors, vectors.Vectors(MASS), ("CS_bsXX", "CP_bsXX")),
    (
        "one scalar of 2 GeV, width 0.1 GeV",
        particle,
        particle.Particle(0, 2.0, width=0.1),
        ("gS_bsphi", "gP_bsphi"),
    ),
)


def shape(
    inputs: Inputs, name: str, module: ModuleType, state: Any, coefficient: str
) -> tuple[np.ndarray, np.ndarray]:
    """q² and the spectrum of one coefficient, over its integral."""
    par, row = inputs.parameters.mapping(), transition(name)
    low, high = edges(par, row, state) if module is not particle else particle.ends(par, row)
    q2 = low + (high - low) * np.sin(np.linspace(0.0, np.pi / 2, 400)[1:-1]) ** 2
    point = np.zeros(len(state.basis))
    point[state.basis.index(coefficient)] = 1.0
    value = module.densities(inputs, par, row, state, q2)["rate"](point)
    return q2, value / np.trapezoid(value, q2)


def draw(path: Path) -> None:
    """Write the figure."""
    inputs = nutau.load_inputs("default")
    with house_style():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(9.6, 4.6), layout="constrained")
        axes = figure.subplots(1, 2, sharey=True)
        for axis, (name, title, kind) in zip(axes, PANELS, strict=True):
            for (label, module, state, names), colour, style in zip(STATES, COLOURS, STYLES, strict=True):
                axis.plot(
                    *shape(inputs, name, module, state, names[kind]), color=colour, ls=style, label=label
                )
            axis.set_title(title, loc="left")
            axis.set_xlabel(r"$q^2$ [GeV$^2$]")
            axis.set_xlim(0.0, 23.0)
            axis.set_ylim(0.0, 0.16)
        axes[0].set_ylabel(r"$(1/\Gamma)\,d\Gamma/dq^2$ [GeV$^{-2}$]")
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
        fix_layout(figure)
    save(figure, path)
