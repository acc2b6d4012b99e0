"""The stored comparison with flavio 2.7.1 (validation/compare_neutral.py) as test cases."""

import json
from pathlib import Path

import numpy as np

DOCUMENT = json.loads((Path(__file__).parent / "reference" / "flavio_2.7.1_neutral.json").read_text())


def cases(modules):
    """The observables of these decay modules."""
    names = {row.name for module in modules for row in module.PROCESSES}
    return [entry for entry in DOCUMENT["observables"] if entry["process"] in names]


def label(entry):
    return f"{entry['name']}{entry['arguments'] or ''}-{entry['form']}"


def check(ours, entry, accuracy):
    """Within ``accuracy`` of flavio with its integrals converged; within 1e-5 of flavio as it comes.

    As it comes, flavio integrates over the step that δC9 makes at 14 GeV²: those points are left out.
    """
    zero = 1e-40  # what vanishes in the SM (unequal leptons, A_FB of B -> K) does so exactly
    theirs = np.array(entry["converged"])
    cancels = accuracy * np.median(np.abs(theirs)) if theirs.min() < 0 < theirs.max() else zero
    np.testing.assert_allclose(ours, theirs, rtol=accuracy, atol=cancels)
    smooth = [not any("deltaC9" in name for name in point["parameters"]) for point in DOCUMENT["points"]]
    np.testing.assert_allclose(ours[smooth], np.array(entry["as_it_comes"])[smooth], rtol=1e-5, atol=zero)


def predictions(inputs, modules, entry):
    """nutau's numbers for an entry, one per stored point."""
    rows = {row.name: (module, row) for module in modules for row in module.PROCESSES}
    return np.array([_at(inputs, rows, entry, point) for point in DOCUMENT["points"]])


def _at(inputs, rows, entry, point):
    par = {**inputs.parameters.mapping(), **point["parameters"]}
    top = _form(inputs, par, rows[entry["process"]], entry["form"], entry["arguments"], point)
    lifetime = par[rows[entry["process"]][1].lifetime]
    match entry["over"]:
        case "lifetime":
            return top * lifetime
        case "width":
            return top * lifetime / (entry["arguments"][1] - entry["arguments"][0])
        case other if other in rows:
            return top / _form(inputs, par, rows[other], "rate", entry["arguments"], point)
        case other:
            return top / _form(inputs, par, rows[entry["process"]], other, entry["arguments"], point)


def _form(inputs, par, row, key, arguments, point):
    module, process = row
    if len(arguments) == 1:
        form = module.densities(inputs, par, process, np.array(arguments))[key]
    else:
        form = module.forms(inputs, par, process, *([tuple(arguments)] if arguments else []))[key]
    values = [complex(*point["coefficients"].get(name, (0.0, 0.0))) for name in form.basis.coefficients]
    return float(np.squeeze(form(np.array(values))))
