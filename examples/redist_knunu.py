"""nutau's B+ -> K+ nu nu spectrum as the theory of a reinterpreted analysis, with gradients.

redistpy 2.0 reweights a published pyhf model by the ratio of an alternative to the null distribution of q2,
through the joint number density of the fitting variable and q2. Its JAX backend differentiates the likelihood
if the theory can be traced: nutau's can. The analysis here is a toy of ours, in the shape of Belle II's
(arXiv:2311.14647).

    pip install 'nutau[validation]' 'pyhf[jax]'
    python examples/redist_knunu.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
import pyhf
from redist import modifier

import nutau

Q2_BINS = np.linspace(0.0, 22.9, 24)  # GeV², true; the end of phase space is at 22.904
FIT_BINS = np.linspace(-1.0, 25.0, 9)  # GeV², reconstructed
RESOLUTION = 1.5  # GeV²
SIGNAL, BACKGROUND = 160.0, 900.0  # events in the SM; the background falls with q²
COEFFICIENTS = ("CL_bsnutaunutau",)  # the rate to K depends on C_L + C_R of each pair of flavours


@dataclass(frozen=True)
class Analysis:
    """A pyhf model with nutau as its theory."""

    spectrum: nutau.observables.spectra.Spectrum
    modifier: modifier.Modifier
    model: pyhf.Model
    data: Any
    names: tuple[str, ...]


def efficiency(q2: np.ndarray) -> np.ndarray:
    """The toy's efficiency: it falls with q² as Belle II's inclusive tag does."""
    return np.exp(-q2 / 6.0)


def joint_density(spectrum: nutau.observables.spectra.Spectrum) -> np.ndarray:
    """Expected SM signal in (fit bin, q² bin): spectrum times efficiency, smeared."""
    from scipy.stats import norm

    middle = 0.5 * (Q2_BINS[1:] + Q2_BINS[:-1])
    true = spectrum(middle) * efficiency(middle)
    shares = np.diff(norm.cdf((FIT_BINS[:, None] - middle) / RESOLUTION), axis=0)
    density = shares * true
    return SIGNAL * density / density.sum()


def form_factors(
    spectrum: nutau.observables.spectra.Spectrum,
) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """Names, means and covariance of the coefficients of f+, the nuisances of the theory."""
    parameters = spectrum.inputs.parameters
    names = tuple(spectrum.inputs.form_factor("B->K").coefficients["f+"])
    places = [parameters.index(name) for name in names]
    return names, parameters.central[places], parameters.covariance[np.ix_(places, places)]


def build() -> Analysis:
    """The toy analysis with one Wilson coefficient free and the form factor f+ constrained by its covariance."""
    pyhf.set_backend("jax")  # before the modifier is made
    spectrum = nutau.spectrum("B+->Knunu")
    names, means, covariance = form_factors(spectrum)
    free = {"inits": (0.0,), "bounds": ((-20.0, 20.0),), "paramset_type": "unconstrained"}
    constrained = {
        "inits": tuple(means.tolist()),
        "bounds": ((-10.0, 10.0),) * len(names),
        "paramset_type": "constrained_by_normal",
        "cov": covariance.tolist(),
    }
    parameters = {**dict.fromkeys(COEFFICIENTS, free), "f+": constrained}
    theory = modifier.Modifier(
        parameters,
        spectrum.function(*COEFFICIENTS, *names),
        spectrum.function(),
        joint_density(spectrum),
        [Q2_BINS],
        name="theory",
    )
    model = modifier.add_to_model(
        published_model(theory.nominal),
        ["belle"],
        ["signal"],
        theory.expanded_pyhf,
        {"name": "wilson", "type": "theory", "data": {"expr": "theory_weight_fn"}},
        poi_name=None,
    )
    expected = model.expected_data(jax.numpy.asarray(model.config.suggested_init()))
    return Analysis(spectrum, theory, model, np.round(np.asarray(expected)), names)


def published_model(signal: np.ndarray) -> pyhf.Model:
    """What a paper would publish: the SM signal and a background with its error."""
    shape = np.exp(-np.arange(len(signal)) / 4.0)
    background = BACKGROUND * shape / shape.sum()
    samples = [
        {"name": "signal", "data": signal.tolist(), "modifiers": []},
        {
            "name": "background",
            "data": background.tolist(),
            "modifiers": [
                {"name": "scale", "type": "normsys", "data": {"hi": 1.05, "lo": 0.95}},
            ],
        },
    ]
    return pyhf.Model({"channels": [{"name": "belle", "samples": samples}]}, poi_name=None)


def main() -> None:
    """The likelihood at two points, its gradient, and a fit that uses it."""
    from scipy.optimize import minimize

    analysis = build()
    model, data = analysis.model, jax.numpy.asarray(analysis.data)

    def loss(parameters: Any) -> Any:
        return -2.0 * model.logpdf(parameters, data)[0]

    compiled = jax.jit(jax.value_and_grad(loss))
    names = [
        name for name in model.config.par_order for _ in range(model.config.param_set(name).n_parameters)
    ]
    start = np.array(model.config.suggested_init())
    start[names.index("CL_bsnutaunutau")] = 3.0
    value, gradient = compiled(start)
    print(f"-2 log L at C_L = 3: {value:.4f}, gradient:")
    for name, slope in zip(names, gradient, strict=True):
        print(f"  {name:24s} {slope:+.5f}")
    fit = minimize(
        lambda x: compiled(x), start, jac=True, method="L-BFGS-B", bounds=model.config.suggested_bounds()
    )
    print(f"minimum {fit.fun:.4f} after {fit.nfev} evaluations:")
    for name, best in zip(names, fit.x, strict=True):
        print(f"  {name:24s} {best:+.4f}")


if __name__ == "__main__":
    main()
