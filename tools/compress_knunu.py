r"""Belle II's likelihood of B⁺ → K⁺νν̄ in a compact form: writes ``src/nutau/data`` from the published one.

    nutau data fetch belle2-knunu
    python tools/compress_knunu.py [--check]

The 232 parameters of the release become some thirty, and its 100 bins of q² are 90. At the best fit of the
Standard Model's shape all parameters are linearised but those that scale a background by 30 to 50 % and that the data
move; samples that only the others act on are merged. With :math:`J=\partial t/\partial\theta` for cells of the merged
samples in units of the Poisson error of their bin, and parameters in units of their priors, the singular vectors of J
are directions that move cells together, each one nuisance parameter, 0 ± 1. Statistical errors of the simulation stay,
one a cell. The result is a pyhf workspace like the published one, with Poisson counts, and asymmetric like it.

``--check`` compares the two: best strengths and their errors for shapes of vectors,
scalars, tensors and of particles of one mass, in units of the error.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from scipy.optimize import brentq, minimize_scalar

from nutau.common.kinematics import root_kallen
from nutau.inputs import load_inputs
from nutau.inputs.form_factors import zexpansion
from nutau.measurements import find_measurement
from nutau.measurements.likelihoods import spectrum_likelihood
from nutau.measurements.reinterpretation.template import _inner
from nutau.measurements.releases import fetch, find_release

ROOT = Path(__file__).parent.parent
DATA = ROOT / "src" / "nutau" / "data"
WORKSPACE = "belle2_knunu.json"
FULL, COMPACT = "BelleII-2025-Knunu-likelihood", "BelleII-2025-Knunu-shape"
LEAST = 0.02
"""A direction that moves no bin by more than this part of its Poisson error is left out."""
GROUPS = [1] * 40 + [2] * 10 + [1] * 40
"""Bins of q² of the release that become one, from q² = 0: two where the response is flat."""
CHANNELS = {
    "A__": "inclusive_signal_region",
    "B__": "inclusive_control_region",
    "C__": "inclusive_signal_region_off_resonance",
    "D__": "inclusive_control_region_off_resonance",
    "sgn": "hadronic",
}
"""By the first letters of the channels of the release."""
SIGNALS = ("signal", "sgn_1_had")
MERGED = dict.fromkeys(("ddbar", "uubar", "ssbar", "ccbar", "taupair"), "continuum")
SCALED = ("mu_bkg_charged", "mu_bkg_mixed", "norm_bbbar_1_had", "norm_qqbar_1_had", "norm_ccbar_1_had")
"""Normalisations that data move by a good part of their 30 to 50 %: not linear."""


def constants() -> dict[str, Any]:
    """What the spectrum of the simulation is made of."""
    found = yaml.safe_load((ROOT / "tools" / "knunu_reference.yaml").read_text())
    return {key: float(value) if isinstance(value, str) else value for key, value in found.items()}


def simulated(q2: np.ndarray) -> np.ndarray:
    """dB/dq² in GeV⁻² of the simulation."""
    k = constants()
    top = (k["m_B"] + k["m_K"]) ** 2
    z = (np.sqrt(top - q2) - np.sqrt(top)) / (np.sqrt(top - q2) + np.sqrt(top))
    terms = len(k["f_plus"])
    series = sum(a * (z**n - n / terms * (-1) ** (n - terms) * z**terms) for n, a in enumerate(k["f_plus"]))
    f_plus = series * k["chiral_logarithms"] / (1.0 - q2 / k["m_Bs_star"] ** 2)
    size = (k["GF"] * k["X_t"] * k["V_ts_V_tb"] / k["inverse_alpha"] / k["sin2_theta"]) ** 2
    momentum = root_kallen(k["m_B"], k["m_K"], q2) / (2.0 * k["m_B"])
    return size * k["tau_B"] / k["hbar"] / (32.0 * np.pi**5) * momentum**3 * f_plus**2


def edges() -> np.ndarray:
    """Of the bins of the release."""
    q2 = constants()["q2"]
    return np.linspace(q2["first"], q2["last"], q2["count"] + 1)


def means(density: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Of a density in the bins of the release."""
    x, weights = np.polynomial.legendre.leggauss(12)
    low, high = edges()[:-1], edges()[1:]
    points = 0.5 * (high + low)[:, None] + 0.5 * (high - low)[:, None] * x
    return density(points) @ weights / 2.0


def compress() -> tuple[dict[str, Any], list[dict[str, Any]], np.ndarray]:
    """The workspace, the densities of its channels, and the reference of the coarse bins (GeV⁻²)."""
    full = spectrum_likelihood(find_measurement(FULL))
    model = simplified(full)
    return _workspace(full, model), _densities(full, model), _grouped(full.reference)


@dataclass(frozen=True)
class Simplified:
    """Cells ``(C,)`` of merged samples: names, events at the best fit, statistical errors, and shifts ``(k, C)``.

    ``scaled`` are the parameters that keep scaling each cell (a name or nothing), with their places at the best fit;
    ``auxiliary`` ``(k,)`` is where the priors of the directions are, seen from there. Events of signal are those of the
    simulation's spectrum.
    """

    cells: list[tuple[str, str, int]]
    events: np.ndarray
    errors: np.ndarray
    shifts: np.ndarray
    auxiliary: np.ndarray
    scaled: list[str]
    places: dict[str, tuple[float, float, float]]


def simplified(full: Any) -> Simplified:
    """Samples are merged, and parameters become principal directions, but those that scale what is kept apart."""
    template, local, point = full.template, full.local, full.strength * np.asarray(full.reference)
    theta, names = full.best(point), full.constraints.names
    weights = full.constant + full.response @ point
    cells = template.at(theta, weights)
    slopes = np.zeros((len(theta), len(weights)))
    np.add.at(slopes, template.rows, cells.slopes)
    merged = [(channel, MERGED.get(sample, sample), place) for channel, sample, place in template.cells]
    own = list(dict.fromkeys(merged))
    lift = np.array([[cell == other for other in merged] for cell in own], dtype=float)
    of_signal = np.array([cell[1] in SIGNALS for cell in own])
    over = np.where(of_signal, lift @ (weights * (template.nominal > 0)) / lift.sum(axis=1), 1.0)
    events = lift @ cells.events
    errors = np.sqrt((lift @ local.groups.T > 0) @ (local.sigma * (local.groups @ cells.events)) ** 2)
    kept = {names.index(name) for name in SCALED}
    rest = [place for place in range(len(theta)) if place not in kept]
    bins = np.array(
        [[cell[0] == c and cell[2] == p for c, n in template.channels for p in range(n)] for cell in own]
    )
    unit = np.sqrt(bins @ template.lift @ cells.events)
    shifts = slopes[rest] @ lift.T
    _, _, right = np.linalg.svd((shifts / unit).T, full_matrices=False)
    ways = right[np.abs(right @ (shifts / unit)).max(axis=1) > LEAST]
    pull = full.constraints.auxiliary[rest] - theta[rest]
    scaled = ["" for _ in own]
    places = {}
    for name in SCALED:
        row = template.scaling.tolist().index(names.index(name))
        touched = lift @ (template.high[row] != 1.0) > 0
        scaled = [name if yes else other for yes, other in zip(touched, scaled, strict=True)]
        cell = int(np.flatnonzero(template.high[row] != 1.0)[0])
        places[name] = (
            float(theta[names.index(name)]),
            float(template.high[row, cell]),
            float(template.low[row, cell]),
        )
    return Simplified(own, events / over, errors / over, (ways @ shifts) / over, ways @ pull, scaled, places)


def _grouped(fine: np.ndarray) -> np.ndarray:
    starts = np.cumsum([0, *GROUPS[:-1]])
    return np.add.reduceat(fine, starts, axis=-1) / np.array(GROUPS)


def _densities(full: Any, model: Simplified) -> list[dict[str, Any]]:
    template = full.template
    found = []
    for old, new in CHANNELS.items():
        own = [i for i, cell in enumerate(template.cells) if cell[0].startswith(old) and cell[1] in SIGNALS]
        if own:
            mine = [i for i, cell in enumerate(model.cells) if cell[0].startswith(old) and cell[1] in SIGNALS]
            events = model.events[mine][:, None]
            share = (full.response * full.reference)[own] * events
            coarse = np.add.reduceat(share, np.cumsum([0, *GROUPS[:-1]]), axis=-1)
            found.append(
                {"channel": new, "density": np.hstack([full.constant[own][:, None] * events, coarse])}
            )
    return found


def _workspace(full: Any, model: Simplified) -> dict[str, Any]:
    channels, observations, start = [], [], 0
    for old, count in full.template.channels:
        new = next(name for begin, name in CHANNELS.items() if old.startswith(begin))
        samples = dict.fromkeys(cell[1] for cell in model.cells if cell[0] == old)
        channels.append({"name": new, "samples": [_sample(model, old, new, sample) for sample in samples]})
        observations.append({"name": new, "data": full.observed[start : start + count].tolist()})
        start += count
    settings = [
        {"name": f"direction_{number}", "auxdata": [float(f"{value:.6g}")], "inits": [0.0]}
        for number, value in enumerate(model.auxiliary, 1)
    ] + [{"name": name, "inits": [float(f"{at:.6g}")]} for name, (at, _, _) in model.places.items()]
    return {
        "version": "1.0.0",
        "channels": channels,
        "observations": observations,
        "measurements": [{"name": "compact", "config": {"poi": "mu", "parameters": settings}}],
    }


def _sample(model: Simplified, channel: str, new: str, sample: str) -> dict[str, Any]:
    rows = [i for i, cell in enumerate(model.cells) if cell[:2] == (channel, sample)]
    name = "signal" if sample in SIGNALS else sample
    scale = model.scaled[rows[0]]
    factor = 1.0
    modifiers: list[dict[str, Any]] = []
    if scale:
        at, high, low = model.places[scale]
        factor = float(1.0 + np.polyval([*_inner(np.array([high]), np.array([low]))[::-1, 0], 0.0], at))
        modifiers.append({"name": scale, "type": "normsys", "data": {"hi": high, "lo": low}})
    data = model.events[rows] / factor
    for number, shift in enumerate(model.shifts[:, rows] / factor, 1):
        if np.any(np.abs(shift) > 1e-6 * data):
            ends = {"hi_data": _rounded(data + shift), "lo_data": _rounded(data - shift)}
            modifiers.append({"name": f"direction_{number}", "type": "histosys", "data": ends})
    errors = _rounded(model.errors[rows] / factor)
    modifiers.append({"name": f"statistics_{new}_{name}", "type": "staterror", "data": errors})
    if name == "signal":
        modifiers.append({"name": "mu", "type": "normfactor", "data": None})
    return {"name": name, "data": _rounded(data), "modifiers": modifiers}


def _rounded(values: np.ndarray, digits: int = 6) -> list[float]:
    return [float(f"{value:.{digits}g}") for value in values]


def write() -> None:
    """The workspace and the file of measurements."""
    release = find_release("belle2-knunu")
    workspace, densities, coarse = compress()
    (DATA / "likelihoods" / WORKSPACE).write_text(json.dumps(workspace, separators=(",", ":")) + "\n")
    text = (ROOT / "tools" / "knunu_measurements.yaml").read_text()
    fine = means(simulated)
    bounds = edges()[np.cumsum([0, *GROUPS])]
    blocks = {
        "FINE": _wrapped(_rounded(fine / 1e-7, 6)),
        "EDGES": _wrapped([float(f"{edge:.6g}") for edge in bounds]),
        "COARSE": _wrapped(_rounded(coarse / 1e-7, 6)),
        "CHECKSUM": release.files["combined_likelihood.json"],
        "OWN": hashlib.sha256((DATA / "likelihoods" / WORKSPACE).read_bytes()).hexdigest(),
    }
    blocks |= {
        found["channel"].upper(): "\n".join(
            f"              - {_wrapped(_rounded(row, 6), 16)}" for row in found["density"]
        )
        for found in densities
    }
    for key, value in blocks.items():
        text = text.replace(f"<{key}>", value)
    target = DATA / "measurements" / "belle2_2025_2507.12393.yaml"
    target.write_text(
        "# Written by tools/compress_knunu.py from tools/knunu_measurements.yaml; do not edit.\n" + text
    )


def _wrapped(values: list[float], indent: int = 10) -> str:
    lines, line = [], ""
    for value in values:
        item = f"{value:g}" if float(f"{value:g}") == value else repr(value)
        if len(line) + len(item) > 100:
            lines.append(line.rstrip())
            line = ""
        line += f"{item}, "
    lines.append(line.rstrip(", "))
    return "[" + ("\n" + " " * (indent + 1)).join(lines) + "]"


def shapes() -> Mapping[str, np.ndarray]:
    """Spectra (means in the bins of the release) of unit branching ratio 1e-5, by what makes them."""
    inputs = load_inputs("default")
    par = inputs.parameters.mapping()
    heavy, light = par["m_B+"], par["m_K+"]

    def form(power: int, name: str, q2_power: int) -> Callable[[np.ndarray], np.ndarray]:
        def density(q2: np.ndarray) -> np.ndarray:
            shape = zexpansion.evaluate(inputs.form_factor("B->K"), par, q2)[name]
            return root_kallen(heavy, light, q2) ** power * q2**q2_power * shape**2

        return density

    found = {
        "vector": means(form(3, "f+", 0)),
        "scalar": means(form(1, "f0", 1)),
        "tensor": means(form(3, "fT", 1)),
    }
    found["half vector, half scalar"] = sum(found[key] / found[key].sum() for key in ("vector", "scalar"))
    for mass in (0.3, 0.8, 1.2, 1.6, 2.0, 2.1, 2.4, 2.8, 3.2, 3.6, 4.0, 4.4):
        found[f"one particle of {mass:g} GeV"] = np.histogram([mass**2], edges())[0].astype(float)
    width = edges()[1] - edges()[0]
    return {key: 1e-5 * value / (value.sum() * width) for key, value in found.items()}


def interval(found: Any, shape: np.ndarray) -> tuple[float, float, float]:
    """Best strength of a shape and the errors below and above it."""

    def height(strength: float) -> float:
        return float(found(strength * shape))

    best = minimize_scalar(height, bracket=(0.5, 2.0), tol=1e-5)
    rise = lambda x: height(x) - best.fun - 1.0  # noqa: E731
    step = 0.5
    while rise(best.x + step) < 0:
        step *= 2.0
    up = brentq(rise, best.x, best.x + step, xtol=1e-4)
    down = best.x - (up - best.x)
    while rise(down) < 0:
        down -= up - best.x
    low = brentq(rise, down, best.x, xtol=1e-4)
    return float(best.x), float(best.x - low), float(up - best.x)


def check() -> None:
    """Both likelihoods for every shape: strengths in 1e-5, differences in units of the error."""
    full = spectrum_likelihood(find_measurement(FULL))
    compact = spectrum_likelihood(find_measurement(COMPACT))
    print("| spectrum | published | compact | best | lower error | upper error |\n|---|---|---|---|---|---|")
    for name, shape in shapes().items():
        first, second = interval(full, shape), interval(compact, _grouped(shape))
        mean = 0.5 * (first[1] + first[2])
        apart = [(b - a) / mean for a, b in zip(first, second, strict=True)]
        texts = [f"{found[0]:.2f} +{found[2]:.2f} −{found[1]:.2f}" for found in (first, second)]
        print(
            f"| {name} | {texts[0]} | {texts[1]} | {apart[0]:+.3f} | {apart[1]:+.3f} | {apart[2]:+.3f} |".replace(
                "-", "−"
            )
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare the two instead of writing")
    parser.add_argument("--from", dest="source", help="a folder or archive with the release")
    given = parser.parse_args()
    if given.source:
        fetch("belle2-knunu", given.source)
    check() if given.check else write()
