"""The stored comparison with flavio 2.7.1 of validation/compare_rare.py as test cases."""

import json
from pathlib import Path

import numpy as np

from nutau.decays import b_to_xsgamma
from nutau.eft import qcd
from nutau.eft.wet.basis import MU_B, WET
from nutau.observables import find
from nutau.observables.record import Rates

FILE = Path(__file__).parent / "reference" / "flavio_2.7.1_rare.json"


def cases(group):
    """The observables of a group."""
    stored = json.loads(FILE.read_text())["groups"][group]
    return [entry | {"group": stored} for entry in stored["observables"]]


def label(entry):
    return entry["name"] + "".join(f"-{x:g}" for x in entry["arguments"])


def check(inputs, entry, accuracy):
    theirs = np.array(entry["values"])
    assert deviation(predictions(inputs, entry["group"], entry), theirs) < accuracy


def predictions(inputs, stored, entry):
    """nutau's numbers at the points, whose coefficients are at the scale of flavio's decay."""
    par = {**inputs.parameters.mapping(), **stored["parameters"]}
    bounds = tuple(entry["arguments"])
    q2 = None if not bounds else np.array(bounds) if len(bounds) == 1 else bounds
    forms = find(entry["name"]).build(Rates(inputs, par), q2)
    points = np.zeros((len(stored["points"]), len(WET)), dtype=complex)
    columns = [WET.index(name) for name in stored["coefficients"]]
    points[:, columns] = np.array(stored["points"]) @ np.array([1.0, 1j])
    if stored["scale"] != MU_B:  # flavio takes coefficients elsewhere; the forms take them at 4.8 GeV
        points[:, columns] = np.linalg.solve(_dipoles(par, stored["scale"]), points[:, columns].T).T
    return np.squeeze(forms(points[:, [WET.index(name) for name in forms.basis.coefficients]][:, None]))


def _dipoles(par, scale):
    """C7, C7p, C8, C8p from 4.8 GeV to ``scale``, as nutau runs them."""
    eta = qcd.alpha_s(par["alpha_s"], MU_B, 5) / qcd.alpha_s(par["alpha_s"], scale, 5)
    left, right = b_to_xsgamma._amplitudes(0.0, eta)
    return np.stack([left[6], right[6], left[7], right[7]])[:, 1:]


def deviation(ours, theirs):
    """The largest, relative to flavio's number, or to the median of it where it changes sign."""
    size = np.median(np.abs(theirs)) if theirs.min() < 0 < theirs.max() else np.abs(theirs)
    return float(np.max(np.abs(ours - theirs) / np.where(size > 0, size, 1.0)))
