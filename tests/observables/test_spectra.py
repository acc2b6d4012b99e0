"""Spectra as functions: integrals are branching ratios, derivatives are right, everything runs on JAX too."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nutau.common.kinematics import sine_map
from nutau.eft.wet.basis import MU_B, WET
from nutau.eft.wet.running import running
from nutau.eft.wilson import Wilson
from nutau.errors import InputError
from nutau.inputs import load_inputs
from nutau.observables.predictions import formulas
from nutau.observables.spectra import processes, spectrum

POINT = {
    "CL_bsnutaunutau": 2 - 1j,
    "CR_bsnuenumu": 1.0,
    "C9_bstautau": 10 + 3j,
    "CSp_bstautau": 0.5,
    "CVL_bctaunutau": 0.1j,
    "CT_bctaunutau": 0.1,
}


def made(process, **options):
    s = spectrum(process, **options)
    return s, {name: value for name, value in POINT.items() if name in s.coefficients}


def interior(s, count=5):
    low, high = s.edges
    return low + (high - low) * np.linspace(0.05, 0.95, count)


# flavio 2.7.1, dBR/dq2 in the SM and at POINT, GeV⁻²; the accuracy of its quadrature-free numbers is 2e-5
# (its CP conjugation of the CKM matrix; compat switches are on)
FLAVIO = {
    ("B+->Knunu", 1): (2.828216554948899e-07, 2.3833447979494536e-07),
    ("B+->Knunu", 20): (8.312670847091338e-08, 7.005107436279463e-08),
    ("B0->K*nunu", 10): (6.081001695849336e-07, 5.124474550141434e-07),
    ("B+->Ktautau", 15): (1.865829961472959e-08, 1.0019995153632806e-07),
    ("B+->Ktautau", 20): (1.6034228165701813e-08, 6.61403340105074e-08),
    ("B0->K*tautau", 15): (2.572386284167303e-08, 2.742057605692514e-07),
    ("B0->K*tautau", 18): (2.196947220248428e-08, 2.3769968624521762e-07),
    ("B0->Dtaunu", 10): (0.0007355013375851714, 0.0008017455167285942),
    ("B0->D*taunu", 9): (0.002711747988698363, 0.001601755761744148),
}


@pytest.mark.parametrize(("process", "q2"), FLAVIO)
def test_flavio_has_the_same_spectra(process, q2):
    s, point = made(process, inputs="flavio-2.7")
    sm, value = FLAVIO[process, q2]
    assert float(s(q2)) == pytest.approx(sm, rel=1e-5)
    assert float(s(q2, point)) == pytest.approx(value, rel=1e-5)


@pytest.mark.parametrize("process", [p for p in processes() if p.endswith(("nunu", "tautau", "taunu"))])
def test_integrals_are_branching_ratios(process):
    s, point = made(process)
    nodes = sine_map(*s.edges, s.edges, 40)
    formula = formulas(
        [f"BR({process})"] if "D" not in process else [f"<dBR/dq2>({process})"],
        draws=0,
        q2=None if "D" not in process else "all",
    )[0]
    width = 1.0 if "D" not in process else s.edges[1] - s.edges[0]
    names = formula.central.basis.coefficients
    values = np.array([point.get(name, 0.0) for name in names], dtype=complex)
    integral = np.sum(nodes.weights * s(nodes.q2, point))
    assert integral == pytest.approx(width * float(formula(values)), rel=2e-6)  # quadrature of the forms


def test_shapes_broadcast():
    s, _ = made("B+->Knunu")
    q2 = interior(s)
    grid = s(q2[:, None], {"CL_bsnutaunutau": np.array([0.0, 1.0, 2.0]), "CR_bsnutaunutau": 1.0})
    assert grid.shape == (5, 3)
    assert grid[2, 1] == pytest.approx(float(s(q2[2], {"CL_bsnutaunutau": 1.0, "CR_bsnutaunutau": 1.0})))
    many = s(q2, {"CL_bsnutaunutau": np.ones((2, 1))}, {"Vcb": np.array([0.040, 0.041, 0.042])})
    assert many.shape == (3, 2, 5)
    assert np.all(np.diff(many, axis=0) > 0)


def test_coefficients_at_another_scale_run_first():
    s, point = made("B0->K*tautau", scale=80.4)
    low = running(80.4)(Wilson.from_mapping(WET, 80.4, point), scale=MU_B)
    at_mu_b, _ = made("B0->K*tautau")
    expected = at_mu_b(15.0, {name: low[name] for name in at_mu_b.coefficients})
    assert float(s(15.0, point)) == pytest.approx(float(expected), rel=1e-12)


def test_draws_have_the_error_of_the_rate():
    s, _ = made("B+->Knunu")
    q2 = interior(s, 12)
    drawn = s.draws(q2, {"CL_bsnutaunutau": 2.0}, draws=200)
    assert drawn.shape == (200, 12)
    error = np.std(drawn.sum(axis=1)) / np.mean(drawn.sum(axis=1))
    rate = formulas(["BR(B+->Knunu)"], draws=200)[0]
    assert error == pytest.approx(float(np.std(rate.draws.sm) / rate.sm), rel=0.15)  # a sum is no integral
    assert np.all(np.std(s.draws(q2, draws=20, groups=()), axis=0) < 1e-20)


def test_tree_level_tau_adds_to_charged_modes_only():
    plain, with_tree = (spectrum("B+->Knunu", tree=tree) for tree in (False, True))
    q2 = interior(plain)
    assert np.all(with_tree(q2) > plain(q2))
    with pytest.raises(InputError, match="no tree-level τ contribution"):
        spectrum("B0->Dtaunu", tree=True)


def test_parts_of_the_rate():
    whole, longitudinal = spectrum("B0->K*nunu"), spectrum("B0->K*nunu", part="longitudinal")
    q2 = interior(whole)
    assert np.all(longitudinal(q2) < whole(q2))
    with pytest.raises(InputError, match="Unknown part 'transverse'"):
        spectrum("B0->K*nunu", part="transverse")


@pytest.mark.parametrize("process", ["B+->Knunu", "B0->D*taunu"])
def test_jax_agrees_with_numpy_and_differentiates(process):
    s, point = made(process)
    q2 = interior(s)
    name = next(iter(point))

    def total(q2, x, vcb):
        return s(q2, {**point, name: x}, {"Vcb": vcb}).sum()

    x, vcb = 1.3, s.inputs.parameters["Vcb"]
    compiled = jax.jit(jax.value_and_grad(total, argnums=(0, 1, 2)))
    value, (by_q2, by_x, by_vcb) = compiled(jnp.asarray(q2), x, vcb)
    assert float(value) == pytest.approx(float(total(q2, x, vcb)), rel=1e-12)
    h = 1e-5
    for k in range(len(q2)):
        step = h * np.eye(len(q2))[k]
        slope = (total(q2 + step, x, vcb) - total(q2 - step, x, vcb)) / (2 * h)
        assert float(by_q2[k]) == pytest.approx(slope, rel=1e-4, abs=1e-6 * float(value))
    slope = (total(q2, x + h, vcb) - total(q2, x - h, vcb)) / (2 * h)
    assert float(by_x) == pytest.approx(slope, rel=1e-6)
    slope = (total(q2, x, vcb * (1 + h)) - total(q2, x, vcb * (1 - h))) / (2 * h * vcb)
    assert float(by_vcb) == pytest.approx(slope, rel=1e-6)


def test_gradient_in_coefficients_of_a_decay_with_charm_loops():
    s, point = made("B0->K*tautau")
    q2 = interior(s)
    slope = jax.jit(jax.grad(lambda x: s(q2, {**point, "C9_bstautau": x}).sum()))(1.3)
    h = 1e-5
    up, down = (s(q2, {**point, "C9_bstautau": 1.3 + d}).sum() for d in (h, -h))
    assert float(slope) == pytest.approx((up - down) / (2 * h), rel=1e-6)


def test_vmap_and_finite_gradients_at_the_edges():
    s, _ = made("B0->K*nunu")
    ends = jnp.asarray(s.edges)
    both = jax.jit(jax.vmap(jax.value_and_grad(lambda q2: s(q2, {"CR_bsnutaunutau": 1.0}))))
    values, slopes = both(ends)
    assert np.all(np.isfinite(values))
    assert np.all(np.isfinite(slopes))


def test_positional_function_takes_coefficients_and_parameters():
    s, _ = made("B+->Knunu")
    alt = s.function("CL_bsnutaunutau", "B->K BSZ f+ a0")
    q2 = interior(s)
    a0 = s.inputs.parameters["B->K BSZ f+ a0"]
    assert np.allclose(alt(q2, 2.0, a0), s(q2, {"CL_bsnutaunutau": 2.0}), rtol=1e-14)
    assert np.all(s.function()(q2) == s(q2))
    assert np.isfinite(jax.jit(jax.grad(lambda a: alt(q2, 2.0, a).sum()))(a0))
    with pytest.raises(InputError, match="1 values for 2 names"):
        alt(q2, 2.0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: s(23.5), r"q² = 23.5 GeV² is outside phase space: B\+->Knunu has 0 to 22.9"),
        (lambda s: s([1.0, -2.0]), "q² = -2 GeV² is outside"),
        (lambda s: s(jnp.array([1.0, 99.0])), "q² = 99 GeV² is outside"),
        (lambda s: s(float("nan")), "q² = nan GeV² is outside"),
        (lambda s: s(1.0, {"CL_bsnutaunuta": 1.0}), "Did you mean 'CL_bsnutaunutau'"),
        (lambda s: s(1.0, {"CL_bsnutaunutau": np.nan}), "CL_bsnutaunutau is nan; finite numbers"),
        (lambda s: s(1.0, None, {"Vbc": 1.0}), "Unknown parameter or coefficient 'Vbc'.*'Vcb'"),
        (lambda s: s.draws(1.0, draws=0), "0 theory draws"),
        (lambda s: s.function("CL_bsnutaunutau", "foo"), "Unknown parameter or coefficient 'foo'"),
        (lambda _: spectrum("B+->Knunuu"), "Unknown process 'B\\+->Knunuu'. Did you mean 'B\\+->Knunu'"),
        (lambda _: spectrum("B+->Knunu", scale=1.0), "The scale 1 GeV is outside"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call(spectrum("B+->Knunu"))


def test_outside_phase_space_a_tracer_is_nan():
    s, _ = made("B+->Knunu")
    assert np.isnan(jax.jit(s)(23.5))
    assert np.isfinite(jax.jit(s)(22.5))


def test_the_process_may_stand_in_its_observable():
    assert spectrum("dBR/dq2(B+->Knunu)", load_inputs("default")).process == "B+->Knunu"
