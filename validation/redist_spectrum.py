"""nutau's spectrum as the alt_dist and null_dist of redistpy 2.0 on pyhf's JAX backend.

Run with the Python of an environment that has redistpy >= 2.0, pyhf[jax], pytest and nutau's dependencies:

    python -m pytest validation/redist_spectrum.py

The analysis is the toy of examples/redist_knunu.py.
"""

import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("redist")
sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))

import jax
import pyhf
import redist_knunu as toy
from redist.modifier import Modifier

import nutau

NAME = "CL_bsnutaunutau"
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # pyhf's own use of jsonschema


@pytest.fixture(scope="module")
def analysis():
    made = toy.build()
    yield made
    pyhf.set_backend("numpy")


@pytest.fixture(scope="module")
def loss(analysis):
    data = jax.numpy.asarray(analysis.data)
    return lambda parameters: -2.0 * analysis.model.logpdf(parameters, data)[0]


def starting_point(analysis, value):
    """Parameters of the model with the Wilson coefficient at a value and everything else a little off its centre."""
    start = np.array(analysis.model.config.suggested_init())
    start = start + 0.1
    start[analysis.model.config.par_slice(NAME)] = value
    return start


def test_quadrature_is_fixed_not_adaptive(analysis):
    assert analysis.modifier.quad == "gauss"


@pytest.mark.parametrize("value", [-4.0, 1.5, 6.0])
def test_weights_are_ratios_of_binned_branching_ratios(analysis, value):
    """redist's weights from the spectrum against nutau's own forms, integrated over the same bins."""
    pars = {NAME: value} | {
        f"f+_decorrelated[{i}]": jax.numpy.asarray(0.0) for i in range(len(analysis.names))
    }
    weights = np.asarray(analysis.modifier.get_weights(pars))
    edges = toy.Q2_BINS
    for k in (0, 7, 15, 22):
        q2 = (float(edges[k]), float(edges[k + 1]))
        formula = nutau.formulas(["<dBR/dq2>(B+->Knunu)/SM"], draws=0, q2=q2)[0]
        place = formula.central.basis.index(NAME)
        c = np.zeros(len(formula.central.basis), dtype=complex)
        c[place] = value
        assert weights[k] == pytest.approx(float(formula(c)), rel=1e-6)


def test_gradient_of_the_likelihood_is_finite_and_right(analysis, loss):
    start = starting_point(analysis, 3.0)
    value, gradient = jax.jit(jax.value_and_grad(loss))(start)
    assert float(value) == pytest.approx(float(loss(start)), rel=1e-12)
    assert np.all(np.isfinite(gradient))
    assert np.all(np.abs(gradient) > 1e-6)
    for k in range(len(start)):
        step = 1e-5 * np.eye(len(start))[k]
        slope = (loss(start + step) - loss(start - step)) / 2e-5
        assert float(gradient[k]) == pytest.approx(float(slope), rel=1e-6, abs=1e-6)


def test_hessian_exists(analysis, loss):
    hessian = np.asarray(jax.jit(jax.hessian(loss))(starting_point(analysis, 3.0)))
    assert np.all(np.isfinite(hessian))
    assert np.allclose(hessian, hessian.T, rtol=1e-8, atol=1e-8)


def test_points_are_mapped(analysis, loss):
    points = np.stack([starting_point(analysis, value) for value in (-2.0, 0.0, 2.0)])
    values = jax.jit(jax.vmap(loss))(points)
    assert np.allclose(values, [float(loss(point)) for point in points], rtol=1e-10)


def test_numpy_backend_gives_the_same_weights(analysis):
    spectrum = analysis.spectrum
    free = {"inits": (0.0,), "bounds": ((-20.0, 20.0),), "paramset_type": "unconstrained"}
    on_jax = np.asarray(
        analysis.modifier.get_weights(
            {NAME: 3.0}
            | {f"f+_decorrelated[{i}]": jax.numpy.asarray(0.0) for i in range(len(analysis.names))}
        )
    )
    pyhf.set_backend("numpy")
    try:
        plain = Modifier(
            {NAME: free},
            spectrum.function(NAME),
            spectrum.function(),
            toy.joint_density(spectrum),
            [toy.Q2_BINS],
        )
        assert plain.quad == "gauss"
        assert np.allclose(plain.get_weights({NAME: 3.0}), on_jax, rtol=1e-10)
    finally:
        pyhf.set_backend("jax")
