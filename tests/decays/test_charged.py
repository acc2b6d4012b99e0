"""Laws of B → D(*) ℓ ν, B → π τ ν and B → τ ν: positivity, universality, helicity sums, edges, draws, JAX, refusals."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nutau.decays import b_to_lnu, b_to_plnu, b_to_vlnu, charged
from nutau.errors import InputError
from nutau.inputs import load_inputs

ROWS = [
    (module, process)
    for module in (b_to_plnu, b_to_vlnu)
    for process in module.PROCESSES
    if len(process.basis)  # b → u of light leptons is the Standard Model's
]
NEUTRAL = [(module, process) for module, process in ROWS if process.parent == "m_B0"]
TAU = [(module, process) for module, process in NEUTRAL if process.lepton == "tau"]
SETS = ("default", "flavio-2.7")

rows = pytest.mark.parametrize(("module", "process"), ROWS, ids=lambda x: getattr(x, "name", ""))
neutral = pytest.mark.parametrize(("module", "process"), NEUTRAL, ids=lambda x: getattr(x, "name", ""))
tau = pytest.mark.parametrize(("module", "process"), TAU, ids=lambda x: getattr(x, "name", ""))


@pytest.fixture(scope="module", params=SETS)
def inputs(request):
    return load_inputs(request.param)


@pytest.fixture(scope="module")
def default():
    return load_inputs("default")


def points(count, seed=0):
    return np.random.default_rng(seed).normal(size=(count, 15, 2)) @ np.array([1, 1j])


@rows
def test_rates_are_positive_for_every_coefficient(inputs, module, process):
    forms = module.forms(inputs, inputs.parameters.mapping(), process)
    for name in set(forms) - {"afb"}:
        eigenvalues = np.linalg.eigvalsh(forms[name].matrix)
        assert eigenvalues.min() > -1e-12 * eigenvalues.max(), name


@rows
def test_helicities_add_up_and_fractions_are_fractions(default, module, process):
    forms = module.forms(default, default.parameters.mapping(), process)
    c = points(20)
    rate = forms["rate"](c)
    np.testing.assert_allclose(forms["plus"](c) + forms["minus"](c), rate, rtol=1e-13)
    assert (np.abs(forms["afb"](c)) < rate).all()
    if "longitudinal" in forms:
        share = forms["longitudinal"](c) / rate
        assert ((share > 0) & (share < 1)).all()


@tau
def test_leptons_of_equal_mass_have_equal_rates(default, module, process):
    par = default.parameters.mapping()
    par["m_mu"] = par["m_tau"]
    muon = next(
        row
        for row in module.PROCESSES
        if (row.lepton, row.channel, row.parent) == ("mu", process.channel, "m_B0")
    )
    if not len(muon.basis):
        both = [module.forms(default, par, row)["rate"].sm for row in (process, muon)]
        assert both[0] == pytest.approx(both[1], rel=1e-4)
        return
    tau_form, mu_form = (module.forms(default, par, row)["rate"] for row in (process, muon))
    # the coefficients of the other lepton, with its own neutrino where the SM is
    swapped = np.r_[0, 1:6, 11:16, 6:11]
    np.testing.assert_allclose(
        tau_form.matrix, mu_form.matrix[np.ix_(swapped, swapped)], rtol=1e-6, atol=1e-30
    )


@neutral
def test_without_new_physics_the_ratio_is_one(default, module, process):
    form = module.forms(default, default.parameters.mapping(), process)["rate"]
    assert form.over_sm()(np.zeros(15)) == pytest.approx(1.0, rel=1e-15)
    assert form.sm > 0


@neutral
def test_neutrino_flavours_differ_only_by_the_standard_model(default, module, process):
    matrix = module.forms(default, default.parameters.mapping(), process)["rate"].matrix
    own = charged.NEUTRINOS.index(process.lepton)
    blocks = [matrix[1 + 5 * j : 6 + 5 * j, 1 + 5 * j : 6 + 5 * j] for j in range(3)]
    np.testing.assert_allclose(blocks[0], blocks[1])
    np.testing.assert_allclose(blocks[0], blocks[2])
    for other in {0, 1, 2} - {own}:
        assert not matrix[0, 1 + 5 * other : 6 + 5 * other].any()
    c_sm = charged.sm_coefficient(default.parameters.mapping())
    np.testing.assert_allclose(matrix[0, 1 + 5 * own], c_sm * blocks[0][0, 0])
    np.testing.assert_allclose(matrix[0, 0], c_sm**2 * blocks[0][0, 0])


@neutral
def test_bins_add_up_to_the_total(default, module, process):
    par = default.parameters.mapping()
    low, high = process.edges(par)
    total = module.forms(default, par, process)
    parts = [module.forms(default, par, process, (a, b)) for a, b in ((None, 5.0), (5.0, 8.3), (8.3, high))]
    for name, form in total.items():
        scale = 1e-6 * np.abs(total["rate"].matrix).max()  # quadrature
        np.testing.assert_allclose(sum(p[name].matrix for p in parts), form.matrix, atol=scale)
    assert low < 5.0


@neutral
def test_densities_integrate_to_the_forms(default, module, process):
    par = default.parameters.mapping()
    x, w = np.polynomial.legendre.leggauss(12)
    q2 = 6.0 + 1.5 * x
    densities = module.densities(default, par, process, q2)
    for name, form in module.forms(default, par, process, (4.5, 7.5)).items():
        integral = np.einsum("k,kij->ij", 1.5 * w, densities[name].matrix)
        np.testing.assert_allclose(form.matrix, integral, atol=1e-9 * np.abs(integral).max())


@tau
def test_draws_are_single_evaluations(inputs, module, process):
    draws = inputs.parameters.sample(3, seed=4)
    many = module.forms(inputs, draws, process)
    one = module.forms(inputs, {name: values[1] for name, values in draws.items()}, process)
    spectra = module.densities(inputs, draws, process, np.array([5.0, 9.0]))
    for name, form in one.items():
        assert many[name].matrix.shape == (3, 16, 16)
        assert spectra[name].matrix.shape == (3, 2, 16, 16)
        np.testing.assert_allclose(many[name].matrix[1], form.matrix, rtol=1e-12, atol=1e-30)


@neutral
def test_rates_vanish_at_the_edges(inputs, module, process):
    par = inputs.parameters.mapping()
    form = module.densities(inputs, par, process, np.array(process.edges(par)))["rate"]
    np.testing.assert_array_equal(form.matrix, 0.0)


def test_gradients_at_the_edges_are_finite(default):
    module, process = TAU[1]
    par = default.parameters.mapping()
    edges = jnp.asarray(process.edges(par))

    def total(mass, q2):
        return jnp.sum(module.densities(default, {**par, process.meson: mass}, process, q2)["rate"].sm)

    point = (jnp.asarray(par[process.meson]), edges)
    for direction in ((1.0, jnp.zeros(2)), (0.0, jnp.array([1.0, -1.0]))):
        assert np.isfinite(jax.jvp(total, point, (jnp.asarray(direction[0]), direction[1]))[1])


@pytest.mark.parametrize(
    ("name", "module", "process"),
    [("default", *TAU[0]), ("flavio-2.7", *TAU[1])],  # one z expansion, one heavy-quark expansion
    ids=["z expansion", "heavy quarks"],
)
def test_jit_and_vmap(name, module, process):
    inputs = load_inputs(name)
    draws = inputs.parameters.sample(2, seed=1)
    c = points(1)[0]

    def rate(par):
        return module.forms(inputs, par, process)["rate"](c)

    traced = {name: jnp.asarray(values) for name, values in draws.items()}
    one_by_one = [rate({name: values[i] for name, values in draws.items()}) for i in (0, 1)]
    np.testing.assert_allclose(jax.jit(jax.vmap(rate))(traced), one_by_one, rtol=1e-11)


def test_derivatives_are_right(default):
    module, process = TAU[1]
    par = default.parameters.mapping()
    names = (
        *default.form_factor(process.channel).names,
        "m_tau",
        "m_b",
        "m_c",
        "alpha_s",
        "Vcb",
        "m_B0",
        "m_D*+",
    )
    signs = np.random.default_rng(5).choice([-1.0, 1.0], size=len(names))
    directions = {name: sign * (abs(par[name]) or 1.0) for name, sign in zip(names, signs, strict=True)}
    c = points(1)[0]

    def rate(step):
        moved = {name: par[name] + step * direction for name, direction in directions.items()}
        return module.forms(default, {**par, **moved}, process)["rate"](c)

    derivative = jax.jvp(rate, (jnp.asarray(0.0),), (jnp.asarray(1.0),))[1]
    step = 1e-5
    assert float(derivative) == pytest.approx((rate(step) - rate(-step)) / (2 * step), rel=1e-6)


@tau
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((8.0, 5.0), "empty"),
        ((5.0, 5.0), "empty"),
        ((1.0, 5.0), "leaves phase space"),
        ((5.0, 30.0), "leaves phase space"),
        ((5.0, float("nan")), "not finite"),
    ],
)
def test_bad_bins_are_refused(default, module, process, given, message):
    with pytest.raises(InputError, match=message):
        module.forms(default, default.parameters.mapping(), process, given)


@tau
@pytest.mark.parametrize("q2", [0.0, -1.0, 3.0, 50.0, float("nan"), float("inf")])
def test_points_outside_phase_space_are_refused(default, module, process, q2):
    with pytest.raises(InputError, match="outside phase space"):
        module.densities(default, default.parameters.mapping(), process, np.array([5.0, q2]))


def test_leptonic_decays_have_no_bins(default):
    with pytest.raises(InputError, match=r"no q² bins"):
        b_to_lnu.forms(default, default.parameters.mapping(), b_to_lnu.PROCESSES[0], (1.0, 2.0))
