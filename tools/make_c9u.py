"""Write src/nutau/data/fits/c9u.yaml: -2 log L of bsll-2026 over C9U, for each description of charm loops.

.venv/bin/python tools/make_c9u.py

Some minutes: the full mode of ``nutau fit --data bsll-2026 --parameters C9U`` at every point of a grid. ``without``
is -2 log L without theory errors at a few points, by which tests see that data or predictions have moved since.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from nutau.common.files import write_text
from nutau.inference.likelihood import likelihood, parametrisation, use_double_precision
from nutau.measurements import load_dataset
from nutau.observables.predictions import DRAWS

OUT = Path(__file__).parent.parent / "src" / "nutau" / "data" / "fits" / "c9u.yaml"
DATA = "bsll-2026"
CHARM = {"default": "polynomial", "dispersive": "analytic"}
"""The description of charm loops of an input set, as the tutorial calls them."""
LOW, HIGH, POINTS = -2.0, 1.0, 61
PROBES = (0.0, -0.7)


def stored(inputs: str) -> dict[str, Any]:
    """One curve."""
    line = parametrisation(["C9U"])
    made = likelihood(DATA, line, inputs=inputs)
    heights = made.chi2(np.linspace(LOW, HIGH, POINTS)[:, None])
    bare = likelihood(DATA, line, inputs=inputs, mode="fast", draws=0)
    return {
        "inputs": inputs,
        "charm": CHARM[inputs],
        "numbers": made.dof + 1,
        "chi2": [round(float(value), 3) for value in heights],
        "without": [round(float(value), 3) for value in bare.chi2(np.array(PROBES)[:, None])],
    }


def text(curves: list[dict[str, Any]]) -> str:
    """The file."""
    lines = [
        "# Written by tools/make_c9u.py: what b -> s l l of light leptons says of a C9 of all leptons at 4.8 GeV.",
        f"command: nutau fit --data {DATA} --parameters C9U --inputs INPUTS",
        f"data: {DATA}",
        f"version: '{load_dataset(DATA).version}'",
        "mode: full",
        f"draws: {DRAWS}",
        f"c9u: {{low: {LOW}, high: {HIGH}, points: {POINTS}}}",
        f"probes: {list(PROBES)}",
        "curves:",
    ]
    for curve in curves:
        lines += [f"  {'- ' if key == 'inputs' else '  '}{key}: {value}" for key, value in curve.items()]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    use_double_precision()
    write_text(OUT, text([stored(inputs) for inputs in CHARM]))
    print(f"Wrote {OUT}")
