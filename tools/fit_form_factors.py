r"""Fit the z series to published values of form factors: writes ``src/nutau/data/form_factors/*.yaml``.

    python tools/fit_form_factors.py [NAME ...]

Generalised least squares, linear: with values y, covariance V and design matrix X,
:math:`a=(X^TV^{-1}X)^{-1}X^TV^{-1}y`. Relations of B → K at :math:`q^2=0` are built into its series
(`ENDPOINT_PARTNER`), and those of B → K* and B_c → J/ψ. B → D(*) are expanded as Boyd, Grinstein and Lebed do.
Relations that are not built in, of B → K* and B_c → J/ψ those at maximal q², hold exactly in the fit, so that the
covariance is singular along them: at :math:`q^2_{max}`, where one helicity amplitude remains, and at 0

    A12 = A1 (M² - m²)/(8Mm),   T23 = T2 (M + m)²/(4Mm);   f0 = f+,   A12 = A0 (M² - m²)/(8Mm),   T2 = T1.

The dispersive bound, a sum of squares of coefficients below 1, is a Gaussian prior 0 ± 1 of each coefficient, as
Fermilab/MILC (2105.14019) use it. The values of Fermilab/MILC alone are fitted as their paper does, without the
relation of A12 and A0 at 0, which they do not impose.

The sum rules of Biswas et al. (2506.12478) for B → K(*) and B_s → K(*) are correlated; only the values of B → K(*) are
fitted, with their own covariance.

Results of different papers are independent, but for B → D of Fermilab/MILC and HPQCD, which share ensembles of MILC.
How much of their errors is statistical is not published with the values; all of it is taken as correlated: the
weights are those without correlation, and the covariance of the coefficients has twice the geometric mean of the two
contributions in addition, the law of FLAG (Schmelling, Phys. Scripta 51 (1995) 676) for matrices.
With ``spectra`` the shapes of B → D(*)ℓν measured with electrons and muons are fitted as well, on the assumption that
no new physics is in them: fractions of the rate of massless leptons in bins of w = (M² + m² - q²)/(2Mm), quadratic in
the coefficients, linearised at the solution until that stays.

The published values are read from ``form_factors/points``, masses from the input set ``flavio-2.7``.

B → D has no published lattice fT. It is f+ times fT/f+ of the heavy-quark expansion (``B-D_hqet``), scaled
from where that is matched to 4.8 GeV, with 5 % for missing :math:`O(\alpha_s\varepsilon_c)` (0.26 · 0.18).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.linalg

from nutau.common.yaml_files import folder, read_yaml
from nutau.eft.qcd import alpha_s
from nutau.inputs import load_inputs
from nutau.inputs.files import FORM_FACTORS, symmetric
from nutau.inputs.form_factors import ENDPOINT_PARTNER, FormFactors, bgl, heavyquark, zexpansion

ORDER = 3
MASSES = {
    "B->K": ("m_B0", "m_K0"),
    "B->K*": ("m_B0", "m_K*0"),
    "B->D": ("m_B0", "m_D+"),
    "B->D*": ("m_B0", "m_D*+"),
    "Bc->Jpsi": ("m_Bc", "m_J/psi"),
}
THRESHOLD = {"Bc->Jpsi": ("m_B0", "m_D*+")}  # the pair at t_+, where it is not that of the decay
POLES = {  # lowest resonances with the quantum numbers of the current, GeV; as in EOS (BSZ2015)
    "B->K": {"f+": 5.415, "f0": 5.63, "fT": 5.415},
    "B->K*": {"V": 5.415, "A0": 5.366, "T1": 5.415} | dict.fromkeys(("A1", "A12", "T2", "T23"), 5.829),
    "Bc->Jpsi": {"V": 6.3311, "A0": 6.2751, "T1": 6.3311} | dict.fromkeys(("A1", "A12", "T2", "T23"), 6.7671),
}
BOUND_STATES = {  # of B_c below threshold by J^P, GeV; 1707.09509 and, 0+, 1606.08030, as are CHI; tensors as in EOS
    "1-": (6.329, 6.920, 7.020),
    "1+": (6.739, 6.750, 7.145, 7.150),
    "0-": (6.275, 6.842, 7.250),
    "0+": (6.716, 7.121),
}
CHI = {"1-": 5.131e-4, "1+": 3.894e-4, "0-": 1.9421e-2, "0+": 6.204e-3, "1-T": 4.898e-4, "1+T": 2.715e-4}
BGL_SOURCES = ["Bigi:2016mdz", "Bigi:2017jbd"]
N_ISOSPIN = 2.6  # 1707.09509: two isospin partners, and the strange one at 0.6
TENSOR_Q2 = (0.0, 6.0, 11.6)  # GeV^2, where fT/f+ is taken from the heavy-quark expansion
TENSOR_ERROR = 0.05
STEPS = 12  # Gauss-Newton with spectra; the last changes nothing
LEADING_LOG = 4.0 / 25.0  # of the tensor current between m_c and m_b: f_T ~ alpha_s^(4/25)


@dataclass(frozen=True)
class Points:
    """Values of form factors with their covariance."""

    name: str
    source: str
    verified: bool
    form_factors: tuple[str, ...]
    q2: np.ndarray
    mean: np.ndarray
    covariance: np.ndarray

    def only(self, form_factors: tuple[str, ...]) -> Points:
        """The values of some form factors."""
        at = np.array([name in form_factors for name in self.form_factors])
        kept = tuple(name for name in self.form_factors if name in form_factors)
        covariance = self.covariance[np.ix_(at, at)]
        return Points(self.name, self.source, self.verified, kept, self.q2[at], self.mean[at], covariance)


@dataclass(frozen=True)
class Spectrum:
    """Fractions of a rate in neighbouring bins of w (``edges``), or per unit of w (``density``)."""

    name: str
    source: str
    verified: bool
    edges: np.ndarray
    mean: np.ndarray
    covariance: np.ndarray
    density: bool


@dataclass(frozen=True)
class Plan:
    """What to fit to what; ``borrowed`` are further values of some form factors.

    ``bounded``: with the dispersive bounds. ``axial``: with the relation of A12 and A0 at q² = 0. ``shared``: the two
    results share ensembles. ``superseded_by`` is the fit of the same channel that replaces this one.
    """

    name: str
    channel: str
    points: tuple[str, ...]
    borrowed: tuple[tuple[str, tuple[str, ...]], ...] = ()
    note: str = ""
    bounded: bool = True
    axial: bool = True
    shared: bool = False
    spectra: tuple[str, ...] = ()
    superseded_by: str = ""


@dataclass(frozen=True)
class Result:
    """Coefficients with covariance, and how well they fit."""

    names: tuple[str, ...]
    solution: np.ndarray
    covariance: np.ndarray
    chi2: float
    dof: int


TENSORS = (("B-Dstar_hpqcd23", ("T1", "T2", "T23")),)
BORROWED = "T1, T2 and T23 from B-Dstar_hpqcd23, without its correlations with the other form factors"
RATIO = "f+ and f0 fitted; fT = f+ times fT/f+ of B-D_hqet, scaled to 4.8 GeV, with 5 % error"
BOUNDS = "dispersive bounds as 0 +- 1 of each coefficient"
ENDPOINT = f"relations at q2_max and 0, {BOUNDS}"
EDGE = "A12 and A1, T23 and T2 related at q2_max"
PAPER = f"relations at q2_max and T1(0) = T2(0), {BOUNDS}; as in the paper without that of A12(0) and A0(0)"
SHARED = (
    f"{BOUNDS}; shared ensembles: errors of the two results fully correlated, weights without correlation"
)
SHAPE = "with the spectrum in w of decays to e and mu, taken as free of new physics"
THREE = ("B-Dstar_fnalmilc21", "B-Dstar_hpqcd23", "B-Dstar_jlqcd23")
PLANS = (
    Plan("B-K_lattice", "B->K", ("B-K_fnalmilc15", "B-K_hpqcd13", "B-K_hpqcd22")),
    Plan("B-K_fnalmilc15", "B->K", ("B-K_fnalmilc15",)),
    Plan("B-K_hpqcd22", "B->K", ("B-K_hpqcd22",)),
    # ``lattice`` fits the two results that FLAG averages, which are verified, themselves
    Plan("B-K_flag21", "B->K", ("B-K_flag21",), superseded_by="lattice"),
    Plan("B-K_flag21-hpqcd22", "B->K", ("B-K_flag21", "B-K_hpqcd22"), superseded_by="lattice"),
    Plan("B-K_bgmt25", "B->K", ("B-K_bgmt25", "B-K_fnalmilc15", "B-K_hpqcd13", "B-K_hpqcd22")),
    Plan("B-Kstar_bgmt25", "B->K*", ("B-Kstar_bgmt25", "B-Kstar_hlmw15-va", "B-Kstar_hlmw15-t"), note=EDGE),
    Plan("B-D_lattice", "B->D", ("B-D_fnalmilc15", "B-D_hpqcd15"), (), f"{RATIO}; {SHARED}", shared=True),
    Plan(
        "B-D_lattice-belle15",
        "B->D",
        ("B-D_fnalmilc15", "B-D_hpqcd15"),
        (),
        f"{RATIO}; {SHARED}; {SHAPE}",
        shared=True,
        spectra=("B-D_belle15",),
    ),
    Plan("B-D_fnalmilc15", "B->D", ("B-D_fnalmilc15",), (), f"{RATIO}; {BOUNDS}"),
    Plan("B-D_hpqcd15", "B->D", ("B-D_hpqcd15",), (), f"{RATIO}; {BOUNDS}"),
    Plan("B-Dstar_lattice", "B->D*", THREE, (), ENDPOINT),
    Plan(
        "B-Dstar_lattice-belle2-23",
        "B->D*",
        THREE,
        (),
        f"{ENDPOINT}; {SHAPE}",
        spectra=("B-Dstar_belle2-23",),
    ),
    Plan("B-Dstar_hpqcd23", "B->D*", ("B-Dstar_hpqcd23",), (), ENDPOINT),
    Plan(
        "B-Dstar_fnalmilc21", "B->D*", ("B-Dstar_fnalmilc21",), TENSORS, f"{PAPER}; {BORROWED}", axial=False
    ),
    Plan("B-Dstar_jlqcd23", "B->D*", ("B-Dstar_jlqcd23",), TENSORS, f"{ENDPOINT}; {BORROWED}"),
    Plan("Bc-Jpsi_hpqcd25", "Bc->Jpsi", ("Bc-Jpsi_hpqcd25",), note=EDGE),
)


def read_points(name: str) -> Points:
    """A file of ``form_factors/points``."""
    document = read_yaml(folder("form_factors").joinpath("points", f"{name}.yaml"))
    q2, mean = (np.array(document[key], dtype=float) for key in ("q2", "mean"))
    names = tuple(document["form_factors"])
    covariance = symmetric(document["covariance"])
    return Points(name, document["source"], document["verified"], names, q2, mean, covariance)


def read_spectrum(name: str) -> Spectrum:
    """A file of ``form_factors/spectra``."""
    document = read_yaml(folder("form_factors").joinpath("spectra", f"{name}.yaml"))
    edges, mean = (np.array(document[key], dtype=float) for key in ("w", "mean"))
    covariance = symmetric(document["covariance"])
    density = document["measured"] == "density"
    return Spectrum(name, document["source"], document["verified"], edges, mean, covariance, density)


def record(channel: str, form_factors: tuple[str, ...]) -> FormFactors:
    """The series of some form factors of a channel; coefficients are named ``"f+ a0"``."""
    kind = "bgl" if channel in bgl.CURRENTS else "bsz"
    rows = {
        name: tuple(
            f"{name} a{k}" for k in range(1 if kind == "bsz" and name in ENDPOINT_PARTNER else 0, ORDER)
        )
        for name in form_factors
    }
    masses = MASSES[channel]
    threshold = THRESHOLD.get(channel, masses)
    return FormFactors(
        channel, "fit", kind, (), masses, threshold, poles(channel), ORDER, rows, constants(channel)
    )


def poles(channel: str) -> dict[str, tuple[float, ...]]:
    """Masses of bound states or resonances by form factor, GeV."""
    if channel in POLES:
        return {name: (mass,) for name, mass in POLES[channel].items()}
    return {name: BOUND_STATES[bgl.OUTER[name].current.rstrip("T")] for name in FORM_FACTORS[channel]}


def constants(channel: str) -> dict[str, float]:
    """What the outer functions of a channel need."""
    if channel in POLES:
        return {}
    return {"n_I": N_ISOSPIN} | {f"chi {current}": CHI[current] for current in bgl.CURRENTS[channel]}


def design(series: FormFactors, par: dict[str, float], names: tuple[str, ...], q2: np.ndarray) -> np.ndarray:
    """X: row i is the value of form factor ``names[i]`` at ``q2[i]`` per coefficient."""
    functions = zexpansion.basis(series, par, q2)
    return np.array([functions[name][i] for i, name in enumerate(names)])


def relations(series: FormFactors, par: dict[str, float], axial: bool) -> np.ndarray:
    """G with G a = 0: the relations that are not built into the series, at maximal q² and, of ``bgl``, at 0."""
    if series.channel == "B->K":
        return np.zeros((0, len(series.names)))
    heavy, light = (par[name] for name in series.masses)
    rows = zexpansion.basis(series, par, np.array([0.0, (heavy - light) ** 2]))
    start, edge = ({name: values[end] for name, values in rows.items()} for end in (0, 1))
    if series.channel == "B->D":
        return np.array([start["f0"] - start["f+"]])
    ratio = (heavy**2 - light**2) / (8.0 * heavy * light)
    at_edge = [
        edge["A12"] - edge["A1"] * ratio,
        edge["T23"] - edge["T2"] * (heavy + light) ** 2 / (4.0 * heavy * light),
    ]
    if series.parametrisation != "bgl":
        return np.array(at_edge)
    at_zero = [start["T2"] - start["T1"], *([start["A12"] - start["A0"] * ratio] if axial else [])]
    return np.array(at_edge + at_zero)


Block = tuple[np.ndarray, Points]
Blocks = list[Block]


def least_squares(
    series: FormFactors, blocks: Blocks, fixed: np.ndarray, *, bounded: bool = False, shared: bool = False
) -> Result:
    """The fit, with G a = 0 exactly: a = N t, where N spans the null space of G; ``bounded`` has a prior 0 ± 1.

    With V = L L^T the rows L^-1 X have unit errors, and t follows from their QR decomposition: nothing is squared, so
    that the digits do not hang on how a machine rounds.
    """
    _, _, vectors = np.linalg.svd(fixed, full_matrices=True)
    free = vectors[len(fixed) :].T
    roots = [np.linalg.cholesky(points.covariance) for _, points in blocks]
    rows = [np.linalg.solve(root, x @ free) for root, (x, _) in zip(roots, blocks, strict=True)]
    aims = [np.linalg.solve(root, p.mean) for root, (_, p) in zip(roots, blocks, strict=True)]
    prior = [free] if bounded else []
    orthogonal, triangle = np.linalg.qr(np.vstack([*rows, *prior]))
    inverse = np.linalg.inv(triangle)
    estimate = inverse @ (orthogonal.T @ np.concatenate([*aims, np.zeros(len(free) if bounded else 0)]))
    spread = free @ inverse
    covariance = spread @ spread.T
    if shared:
        first, second = (free @ inverse @ inverse.T @ row.T for row in rows[:2])
        both = _geometric_mean(free.T @ first @ first.T @ free, free.T @ second @ second.T @ free)
        covariance = covariance + 2.0 * free @ both @ free.T
    chi2 = sum(np.sum((aim - row @ estimate) ** 2) for aim, row in zip(aims, rows, strict=True))
    dof = sum(map(len, aims)) - len(estimate)
    return Result(series.names, free @ estimate, covariance, float(chi2), dof)


def _geometric_mean(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Of two covariances: the mean of errors of the same shape, in the directions in which both are diagonal."""
    values, vectors = scipy.linalg.eigh(second, first)
    back = np.linalg.inv(vectors)
    return back.T @ (np.sqrt(np.clip(values, 0.0, None))[:, None] * back)


def tensor_ratio(par: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """fT/f+ of B → D at 4.8 GeV and ``TENSOR_Q2`` with its covariance, from the heavy-quark expansion."""
    inputs = load_inputs("flavio-2.7", form_factors={"B->D": "hqet"})
    series, parameters = inputs.form_factor("B->D"), inputs.parameters
    scale = (alpha_s(par["alpha_s"], 4.8, 5) / series.constants["alpha_s"]) ** LEADING_LOG

    def ratio(values: dict[str, float]) -> np.ndarray:
        forms = heavyquark.evaluate(series, {**par, **values}, np.array(TENSOR_Q2))
        return scale * forms["fT"] / forms["f+"]

    centre = {name: parameters[name] for name in series.names}
    at = [parameters.index(name) for name in series.names]
    covariance = np.asarray(parameters.covariance)[np.ix_(at, at)]
    slopes = []
    for name, value in centre.items():
        step = 1e-3 * parameters.uncertainty(name)
        change = ratio({**centre, name: value + step}) - ratio({**centre, name: value - step})
        slopes.append(change / (2.0 * step))
    jacobian = np.array(slopes).T
    return ratio(centre), jacobian @ covariance @ jacobian.T


def add_tensor(series: FormFactors, par: dict[str, float], fit: Result) -> Result:
    """Append the coefficients of fT = r f+ to a fit of f+, f0 of B → D, with all correlations.

    fT at three q² determines its three coefficients: a_T = B^-1 (r f+).
    """
    q2 = np.array(TENSOR_Q2)
    plus = design(series, par, ("f+",) * len(q2), q2)
    tensor = record("B->D", ("fT",))
    inverse = np.linalg.inv(design(tensor, par, ("fT",) * len(q2), q2))
    ratio, ratio_covariance = tensor_ratio(par)
    f_plus = plus @ fit.solution
    f_tensor = ratio * f_plus
    own = np.outer(f_plus, f_plus) * ratio_covariance + TENSOR_ERROR**2 * np.outer(f_tensor, f_tensor)
    joint = np.vstack([np.eye(len(fit.solution)), inverse @ (ratio[:, None] * plus)])  # d (a, a_T) / d a
    covariance = joint @ fit.covariance @ joint.T
    covariance[len(fit.solution) :, len(fit.solution) :] += inverse @ own @ inverse.T
    solution = np.concatenate([fit.solution, inverse @ f_tensor])
    return Result((*fit.names, *tensor.names), solution, covariance, fit.chi2, fit.dof)


def values(plan: Plan) -> list[Points]:
    """All published values that a fit takes."""
    whole = [read_points(name) for name in plan.points]
    return whole + [read_points(name).only(kept) for name, kept in plan.borrowed]


def rates(series: FormFactors, par: dict[str, float], edges: np.ndarray) -> np.ndarray:
    """Q with the rate of massless leptons in each bin of w as a^T Q a, up to a common factor, ``(bins, n, n)``.

    B → D: p³ f+²; B → D*: p q² (H+² + H-² + H0²), H± = (M+m) A1 ± 2Mp V/(M+m), H0 = 8Mm A12/√q². With w = cosh η, p is
    m sinh η, and the integrand smooth at w = 1.
    """
    heavy, light = (par[name] for name in series.masses)
    node, weight = np.polynomial.legendre.leggauss(24)
    ends = np.arccosh(edges)
    half = np.diff(ends) / 2.0
    eta = ends[:-1, None] + half[:, None] * (node + 1.0)
    measure = half[:, None] * weight * np.sinh(eta)
    q2 = heavy**2 + light**2 - 2.0 * heavy * light * np.cosh(eta)
    momentum = light * np.sinh(eta)
    rows = zexpansion.basis(series, par, q2)
    if series.channel == "B->D":
        parts = [(momentum**3, rows["f+"])]
    else:
        parts = [
            (2.0 * momentum * q2 * (heavy + light) ** 2, rows["A1"]),
            (8.0 * momentum**3 * q2 * (heavy / (heavy + light)) ** 2, rows["V"]),
            (momentum * (8.0 * heavy * light) ** 2, rows["A12"]),
        ]
    return sum(np.einsum("bk,bki,bkj->bij", measure * factor, row, row) for factor, row in parts)


def linearised(series: FormFactors, par: dict[str, float], spectrum: Spectrum, at: np.ndarray) -> Block:
    """A spectrum as values linear in the coefficients near ``at``: P + J (a - at)."""
    heavy, light = (par[name] for name in series.masses)
    last = (heavy**2 + light**2) / (2.0 * heavy * light)
    every = rates(series, par, np.append(spectrum.edges, last))
    whole = every.sum(axis=0)
    width = np.diff(spectrum.edges) if spectrum.density else np.ones(len(spectrum.mean))
    total = at @ whole @ at
    fractions = np.einsum("i,bij,j->b", at, every[:-1], at) / total
    slopes = 2.0 * (every[:-1] @ at - fractions[:, None] * (whole @ at)) / total / width[:, None]
    aim = spectrum.mean - fractions / width + slopes @ at
    return slopes, Points(
        spectrum.name, spectrum.source, spectrum.verified, (), aim, aim, spectrum.covariance
    )


def run(plan: Plan, par: dict[str, float]) -> Result:
    """One fit."""
    data = values(plan)
    present = {name for points in data for name in points.form_factors}
    series = record(plan.channel, tuple(name for name in FORM_FACTORS[plan.channel] if name in present))
    blocks = [(design(series, par, points.form_factors, points.q2), points) for points in data]
    fixed = relations(series, par, plan.axial)
    bounded = plan.bounded and series.parametrisation == "bgl"
    fit = least_squares(series, blocks, fixed, bounded=bounded, shared=plan.shared)
    spectra = [read_spectrum(name) for name in plan.spectra]
    for _ in range(STEPS if spectra else 0):
        more = [linearised(series, par, spectrum, fit.solution) for spectrum in spectra]
        fit = least_squares(series, blocks + more, fixed, bounded=bounded, shared=plan.shared)
    return add_tensor(series, par, fit) if plan.channel == "B->D" else fit


def _masses(given: tuple[float, ...]) -> str:
    return f"{given[0]:g}" if len(given) == 1 else f"[{', '.join(f'{mass:g}' for mass in given)}]"


def document(plan: Plan, fit: Result) -> str:
    """The YAML text of a fit."""
    data = [*values(plan), *map(read_spectrum, plan.spectra)]
    sources = list(dict.fromkeys(points.source for points in data))
    sources += ["Bordone:2019vic"] if plan.channel == "B->D" else []
    sources += BGL_SOURCES if plan.channel in bgl.CURRENTS else []
    series = record(plan.channel, FORM_FACTORS[plan.channel])
    masses = ", ".join(f"{name}: {_masses(values)}" for name, values in series.poles.items())
    numbers = ", ".join(f"{name}: {value:g}" for name, value in series.constants.items())
    files = ", ".join(dict.fromkeys(points.name for points in data))
    lines = [
        "# Written by tools/fit_form_factors.py; do not edit.",
        f"channel: {plan.channel}",
        f"source: [{', '.join(sources)}]",
        f"location: our fit of z series to the values in points/{' and spectra/' if plan.spectra else ''} ({files})",
        f"verified: {str(all(points.verified for points in data)).lower()}",
        f"verification: see the files of points{' and spectra' if plan.spectra else ''}",
        *([f"superseded_by: {plan.superseded_by}"] if plan.superseded_by else []),
        f"parametrisation: {series.parametrisation}",
        f"order: {ORDER}",
        f"masses: [{', '.join(MASSES[plan.channel])}]",
        *([f"threshold: [{', '.join(THRESHOLD[plan.channel])}]"] if plan.channel in THRESHOLD else []),
        f"poles: {{{masses}}}  # GeV",
        *([f"constants: {{{numbers}}}  # chi in GeV^-2 for spin 1"] if numbers else []),
        "fit:",
        f"  points: [{files}]",
        f"  chi2: {fit.chi2:.4f}",
        f"  dof: {fit.dof}",
        *([f'  note: "{plan.note}"'] if plan.note else []),
        "coefficients:",
        *(f"  {name}: {value:.12g}" for name, value in zip(fit.names, fit.solution, strict=True)),
        "covariance:  # lower triangle",
        *(f"  - [{', '.join(f'{x:.12g}' for x in row[: i + 1])}]" for i, row in enumerate(fit.covariance)),
    ]
    return "\n".join(lines) + "\n"


def main(wanted: list[str]) -> None:
    """Run the fits of the given names, or all."""
    par = load_inputs("flavio-2.7").parameters.mapping()
    target = Path(str(folder("form_factors")))
    for plan in PLANS:
        if wanted and plan.name not in wanted:
            continue
        fit = run(plan, par)
        (target / f"{plan.name}.yaml").write_text(document(plan, fit), encoding="utf-8")
        print(f"{plan.name:22} chi2 {fit.chi2:8.4f} / {fit.dof} dof")


if __name__ == "__main__":
    main(sys.argv[1:])
