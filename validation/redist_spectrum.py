"""nutau's likelihood of a spectrum against redistpy 2.0 on pyhf, with nutau's spectrum as the theory of both.

Run with the Python of an environment that has redistpy >= 2.0, pytest and nutau's dependencies:

    nutau data fetch belle2-knunu        # or the compact form alone is compared
    python -m pytest validation/redist_spectrum.py

redistpy 2.0 multiplies the events of the signal, with their shifts, as nutau does by default; events outside the bins
of q² keep their weight in both.
"""

import copy
import json
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("redist")
sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

import pyhf
from redist import modifier

import nutau
from nutau.common.files import read_text
from nutau.measurements import find_measurement
from nutau.measurements.likelihoods import spectrum_likelihood
from nutau.measurements.reinterpretation.assembly import _density
from nutau.measurements.reinterpretation.parsing import parse
from nutau.measurements.releases import find_release, located

NAME = "CL_bsnutaunutau"
POINTS = 10
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # pyhf's own use of jsonschema


def entries():
    """What is compared: the published likelihood where it was fetched, and the compact form."""
    full = ["BelleII-2025-Knunu-likelihood"] if find_release("belle2-knunu").fetched else []
    return [*full, "BelleII-2025-Knunu-shape"]


def theirs(part, edges, spectrum, null):
    """The workspace with redistpy's weights of each channel with signal, as redistpy's examples make it."""
    (row,) = part.spectra
    content = json.loads(read_text(located(part.path)))
    space = pyhf.Workspace(content).prune(modifiers=list(part.removed))
    inside = spectrum.function(NAME)

    def theory(q2, c):
        return inside(np.clip(q2, edges[0], None), c)  # below, redistpy cuts off

    outer = np.concatenate([[edges[0] - 1.0], edges])
    model, sets, made = space.model(poi_name=None), {}, []
    free = {NAME: {"inits": (0.0,), "bounds": ((-30.0, 30.0),), "paramset_type": "unconstrained"}}
    for number, shape in enumerate(row.shapes):
        density = np.asarray(_density(shape, "validation"))
        found = modifier.Modifier(
            free,
            theory,
            null,
            density,
            [outer],
            name=f"w{number}",
            cutoff=((edges[0], edges[-1]),),
        )
        sets |= found.expanded_pyhf
        made.append(
            (
                shape,
                {"name": f"w{number}_theory", "type": f"w{number}", "data": {"expr": f"w{number}_weight_fn"}},
            )
        )
    for shape, what in made:
        model = modifier.add_to_model(
            model, [shape.channel], [shape.sample], copy.copy(sets), what, poi_name=None
        )
    return content, model, space.data(model)


@pytest.mark.parametrize("name", entries())
def test_log_likelihoods_agree_at_random_points(name):
    """Coefficients and all nuisance parameters at random: the same differences of log L."""
    entry = find_measurement(name)
    part = entry.distribution.parts[0]
    edges = np.array([entry.observables[0].q2[0], *(item.q2[1] for item in entry.observables)])
    spectrum = nutau.spectrum("B+->Knunu")
    found = spectrum_likelihood(entry)
    reference = np.asarray(part.spectra[0].reference)
    widths = np.diff(edges)

    def null(q2):
        """The simulation's spectrum as steps: its means are all that both sides use."""
        place = np.clip(np.searchsorted(edges, np.asarray(q2), side="right") - 1, 0, len(widths) - 1)
        return reference[place]

    content, model, data = theirs(part, edges, spectrum, null)
    template, constraints, observed = parse(content, _measurement(content), part.removed, (), name)
    names = [
        label
        for key in model.config.par_order
        for label in (
            [key]
            if model.config.param_set(key).is_scalar
            else [f"{key}[{i}]" for i in range(model.config.param_set(key).n_parameters)]
        )
    ]
    places = [names.index(label) for label in constraints.names]
    random = np.random.default_rng(5)
    formulas = [
        nutau.formulas(["<dBR/dq2>(B+->Knunu)"], draws=0, q2=item.q2)[0].central for item in entry.observables
    ]
    ours, others = [], []
    for coefficient in random.uniform(-25.0, 25.0, POINTS):
        c = np.zeros(len(formulas[0].basis), dtype=complex)
        c[formulas[0].basis.index(NAME)] = coefficient
        x = np.array([float(np.real(form(c))) for form in formulas])
        theta = np.array(model.config.suggested_init())
        moved = np.where(theta == 1.0, 0.02, 0.5) * random.normal(size=len(theta))
        theta = np.where(model.config.suggested_fixed(), theta, theta + moved)
        theta[names.index(NAME)] = coefficient
        others.append(-2.0 * float(model.logpdf(theta, data)[0]))
        events = template.expected(theta[places], found.constant + found.response @ x)
        height = 2.0 * np.sum(events - observed + observed * np.log(observed / events))
        ours.append(height + float(constraints(theta[places])))
    assert np.ptp(others) > 10.0
    assert np.array(ours) - ours[0] == pytest.approx(np.array(others) - others[0], rel=1e-9, abs=1e-7)


def _measurement(content):
    return content["measurements"][0]["name"]
