"""B -> K nu nu and K* nu nu: flavio's numbers, flavour structure, the relations of left-handed physics, the τ at
tree level."""

import math
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import flavio_neutral
import nutau
from nutau.common.kinematics import root_kallen, root_map
from nutau.common.yaml_files import folder, read_yaml
from nutau.decays import (
    b_to_lnu,
    b_to_pnunu,
    b_to_snunu,
    b_to_vnunu,
    b_to_xsnunu,
    charged,
    lb_to_lnunu,
    tree_level_tau,
)
from nutau.eft.ckm import tree_ckm
from nutau.eft.qcd import at_scale_b
from nutau.eft.wet.standard_model import b_to_s_nunu
from nutau.errors import InputError
from nutau.inputs import load_inputs
from nutau.inputs.form_factors import zexpansion

MODULES = [b_to_pnunu, b_to_vnunu]
ROWS = {row.name: (module, row) for module in MODULES for row in module.PROCESSES}


@pytest.fixture(scope="module")
def flavio():
    return load_inputs("flavio-2.7")


def rates(inputs, name, par=None, **options):
    module, row = ROWS[name]
    return module.forms(inputs, inputs.parameters.mapping() if par is None else par, row, **options)


SIZE = len(b_to_snunu.BASIS)
VECTORS = slice(0, b_to_snunu.VECTORS)


def random_points(count=50, seed=1, *, vectors=False):
    """Any coefficients, or those of a neutrino and an antineutrino alone."""
    rng = np.random.default_rng(seed)
    points = 5 * (rng.normal(size=(count, SIZE)) + 1j * rng.normal(size=(count, SIZE)))
    points[:, b_to_snunu.VECTORS if vectors else SIZE :] = 0
    return points


@pytest.mark.parametrize("entry", flavio_neutral.cases(MODULES), ids=flavio_neutral.label)
def test_flavio(flavio, entry):
    flavio_neutral.check(flavio_neutral.predictions(flavio, MODULES, entry), entry, 1e-8)


def test_left_handed_physics_moves_k_and_k_star_alike(inputs):
    points = random_points()
    points[:, 9:] = 0  # C_R and two neutrinos
    ratio = rates(inputs, "B+->Knunu")["rate"].over_sm()(points)
    star = rates(inputs, "B0->K*nunu")
    np.testing.assert_allclose(star["rate"].over_sm()(points), ratio, rtol=1e-13)
    np.testing.assert_allclose(star["longitudinal"].over_sm()(points), ratio, rtol=1e-13)


def test_closed_form_of_the_pseudoscalar(inputs, par):
    # R_K = 1 + 2/3 Σ Re(l + r)_ii + 1/3 Σ_ij |l + r|², l and r over the SM coefficient: no form factors
    points = random_points(5, vectors=True)
    _, c_sm = b_to_snunu.normalisation(par)
    total = ((points[:, :9] + points[:, 9:18]) / c_sm).reshape(-1, 3, 3)
    expected = (
        1 + 2 / 3 * np.trace(total, axis1=1, axis2=2).real + np.sum(np.abs(total) ** 2, axis=(1, 2)) / 3
    )
    np.testing.assert_allclose(rates(inputs, "B0->Knunu")["rate"].over_sm()(points), expected, rtol=1e-13)


def test_off_diagonal_pairs_do_not_interfere(inputs, par):
    _, c_sm = b_to_snunu.normalisation(par)
    form = rates(inputs, "B+->Knunu")["rate"].over_sm()
    point = np.zeros(SIZE, dtype=complex)
    point[form.basis.index("CL_bsnumunutau")] = 2.0 - 1.0j
    assert form(point) == form(-point) == pytest.approx(1 + abs((2 - 1j) / c_sm) ** 2 / 3, rel=1e-13)


def test_fraction_lies_between_0_and_1_and_rates_are_positive(inputs):
    points = random_points()
    forms = rates(inputs, "B0->K*nunu")
    fraction = forms["longitudinal"](points) / forms["rate"](points)
    assert np.all((fraction > 0) & (fraction < 1))
    for form in (*forms.values(), rates(inputs, "B+->Knunu")["rate"]):
        assert np.linalg.eigvalsh(form.matrix).min() > -1e-14 * form.sm


def test_longitudinal_fraction_at_the_edges(inputs, par):
    module, row = ROWS["B0->K*nunu"]
    heavy, light = par["m_B0"], par["m_K*0"]
    ends = np.array([0.0, row.edges(par)[1]])
    forms = module.densities(inputs, par, row, ends - [0, 1e-7])
    fraction = forms["longitudinal"].sm / forms["rate"].sm
    assert fraction[0] == pytest.approx(1, abs=1e-12)
    # 1/3 at zero recoil if A12 = (M² - m²)/(8 M m) A1 there, which the fit has to 10 % only
    ff = zexpansion.evaluate(inputs.form_factor("B->K*"), par, ends)
    excess = ff["A12"][1] / ff["A1"][1] * 8 * heavy * light / (heavy**2 - light**2)
    assert fraction[1] == pytest.approx(excess**2 / (2 + excess**2), rel=1e-3)


def test_theory_errors_of_the_k_star(flavio):
    # flavio 2.7.1 with form factors varied: a = 0.1672(131), kappa = 2(1 - 2a) = 1.331(53), F_L = 0.488(37);
    # correlation of kappa and F_L 0.77
    ffs = {"B->K* BSZ"}
    central = flavio.parameters.mapping()
    draws = flavio.parameters.sample(1000, seed=2)
    par = {name: draws[name] if any(ff in name for ff in ffs) else value for name, value in central.items()}
    forms = rates(flavio, "B0->K*nunu", par)
    rate, longitudinal = forms["rate"], forms["longitudinal"]
    point = np.zeros((2, SIZE), dtype=complex)
    _, c_sm = b_to_snunu.normalisation(central)
    point[:, [9, 13, 17]] = np.array([c_sm, -c_sm])[:, None]  # C_R = ± C_L^SM for all flavours
    plus = rate.over_sm().matrix
    values = np.real(np.einsum("pi,dij,pj->dp", np.conj(_with_one(point)), plus, _with_one(point)))
    weight = values[:, 0] / 4  # C_L + C_R = 2, C_L - C_R = 0: four times the weight of |C_L + C_R|²
    kappa, fraction = 2 * (1 - 2 * weight), longitudinal.sm / rate.sm
    assert (kappa.mean(), kappa.std()) == (pytest.approx(1.331, abs=0.007), pytest.approx(0.053, rel=0.1))
    assert (fraction.mean(), fraction.std()) == (
        pytest.approx(0.488, abs=0.005),
        pytest.approx(0.037, rel=0.1),
    )
    assert np.corrcoef(kappa, fraction)[0, 1] == pytest.approx(0.77, abs=0.04)


def _with_one(points):
    return np.concatenate([np.ones((len(points), 1)), points], axis=1)


def test_bs_mixing(inputs, par):
    module, row = ROWS["Bs->phinunu"]
    y = 0.5 * par["DeltaGamma/Gamma_Bs"]
    forms = module.forms(inputs, par, row)
    prompt = module.forms(inputs, {**par, "DeltaGamma/Gamma_Bs": 0.0}, row)
    # the longitudinal amplitude has parity +1: (1 - y)/(1 - y²) in the SM
    assert forms["longitudinal"].sm / prompt["longitudinal"].sm == pytest.approx(1 / (1 + y), rel=1e-12)
    points = random_points()
    ratio = forms["rate"](points) / prompt["rate"](points)
    assert np.all((ratio < 1 / (1 - y)) & (ratio > 1 / (1 + y)))


def test_flavours_that_the_conjugate_does_not_have_do_not_interfere(inputs, par):
    """C^12 gives ν_1 ν̄_2 of the B_s alone; that of its conjugate comes from C^21."""
    module, row = ROWS["Bs->phinunu"]
    y = 0.5 * par["DeltaGamma/Gamma_Bs"]
    forms, prompt = (
        module.forms(inputs, {**par, "DeltaGamma/Gamma_Bs": width}, row)["rate"] for width in (2 * y, 0.0)
    )
    one, both = np.zeros((2, SIZE), dtype=complex)
    one[1] = both[1] = 3.0
    both[3] = 3.0
    assert forms(one) - forms.sm == pytest.approx((prompt(one) - prompt.sm) / (1 - y * y), rel=1e-9)
    assert abs((forms(both) - forms.sm) / (prompt(both) - prompt.sm) - 1 / (1 - y * y)) > 0.01


def test_the_tau_of_a_vector_meson_is_polarised(inputs, par):
    """dΓ/dq² ∝ 1 + α (1 - 2q²/e): (1 + α)/(1 - α) = m_τ²/2m_M² between its ends for K*, 0 for K."""
    ends = {}
    for name in ("B+->Knunu", "B+->K*nunu"):
        row = ROWS[name][1]
        tau, heavy, light = par["m_tau"], par[row.parent], par[row.meson]
        end = (heavy**2 - tau**2) * (tau**2 - light**2) / tau**2
        first, last = tree_level_tau.tree_level_density(inputs, par, row, end * np.array([1e-9, 1 - 1e-9])).sm
        ends[name] = last / first
        beyond = tree_level_tau.tree_level(inputs, par, row, (3.0, 1.01 * end)).sm
        assert beyond == pytest.approx(tree_level_tau.tree_level(inputs, par, row, (3.0, None)).sm, rel=1e-13)
    assert ends["B+->Knunu"] < 1e-8
    assert ends["B+->K*nunu"] == pytest.approx(2 * par["m_K*+"] ** 2 / par["m_tau"] ** 2, rel=1e-6)


def test_tree_level_tau(inputs, par):
    # Becirevic:2023aov, Eqs. (20) and (22), with its inputs: 6.5e-7 and 1.1e-6, without electroweak correction
    theirs = {**par, "Vub": 3.82e-3, "f_B+": 0.190, "f_K*+": 0.204}
    for name, expected, accuracy in (("B+->Knunu", 6.5e-7, 0.05e-7), ("B+->K*nunu", 1.1e-6, 0.05e-6)):
        with_tree, without = (rates(inputs, name, theirs, tree=tree)["rate"] for tree in (True, False))
        added = (with_tree.sm - without.sm) * par["tau_B+"] / charged.sm_coefficient(theirs) ** 2
        assert added == pytest.approx(expected, abs=accuracy)
        np.testing.assert_array_equal(with_tree.matrix[1 : 1 + SIZE, 1 : 1 + SIZE], without.matrix[1:, 1:])


@pytest.mark.parametrize("name", ["B+->Knunu", "B+->K*nunu"])
def test_tree_level_tau_is_the_leptonic_decay_times_that_of_the_tau(inputs, par, name):
    """With any new physics in b → uτν the background moves as BR(B⁺ → τν); b → sνν does not touch it."""
    leptonic = b_to_lnu.forms(inputs, par, b_to_lnu.PROCESSES[0])["rate"]
    background = tree_level_tau.tree_level(inputs, par, ROWS[name][1])
    rng = np.random.default_rng(3)
    points = rng.normal(size=(20, 15)) + 1j * rng.normal(size=(20, 15))
    np.testing.assert_allclose(background.over_sm()(points), leptonic.over_sm()(points), rtol=1e-13)
    scalar = {"CSR_butaunutau": 0.3}
    both, alone = (nutau.predict(f"BR({name})", scalar, tree=tree, draws=0)[0] for tree in (True, False))
    tau = nutau.predict("BR(B+->taunu)", scalar, draws=0)[0]
    assert tau.ratio == pytest.approx(4.59, abs=0.005)
    assert (both.value - alone.value) / (both.sm - alone.sm) == pytest.approx(tau.ratio, rel=1e-12)


def test_the_tau_decay_of_the_background(inputs, par):
    # BR(τ⁻ → K⁻ν) of PDG 2024: (6.96 ± 0.10)e-3
    leptonic = b_to_lnu.forms(inputs, par, b_to_lnu.PROCESSES[0])["rate"]
    background = tree_level_tau.tree_level(inputs, par, ROWS["B+->Knunu"][1])
    assert background.sm / leptonic.sm == pytest.approx(6.96e-3, abs=0.10e-3)


@pytest.mark.parametrize("name", ["B+->Knunu", "B+->K*nunu"])
def test_tree_level_tau_in_bins(inputs, par, name):
    row = ROWS[name][1]

    def rate(q2=None):
        return tree_level_tau.tree_level(inputs, par, row, q2).sm

    bins = ((None, 3.0), (3.0, 11.0), (11.0, None))
    assert sum(rate(q2) for q2 in bins) == pytest.approx(rate(), rel=1e-13)
    x, w = np.polynomial.legendre.leggauss(4)
    density = tree_level_tau.tree_level_density(inputs, par, row, 7 + 4 * x).sm
    assert np.sum(4 * w * density) == pytest.approx(rate((3.0, 11.0)), rel=1e-13)
    assert np.all(density > 0)


def test_tree_level_tau_is_for_charged_mesons_only(inputs):
    with pytest.raises(InputError, match=r"B0->Knunu has no tree-level contribution of a τ"):
        rates(inputs, "B0->Knunu", tree=True)


def test_densities_add_up_to_forms(inputs, par):
    x, w = np.polynomial.legendre.leggauss(30)
    q2, w = 7 + 5 * x, 5 * w
    for name in ("B+->Knunu", "B+->K*nunu"):
        module, row = ROWS[name]
        for tree in (False, True):
            density = module.densities(inputs, par, row, q2, tree=tree)
            form = module.forms(inputs, par, row, (2.0, 12.0), tree=tree)
            for key, value in form.items():
                np.testing.assert_allclose(
                    np.einsum("q,qij->ij", w, density[key].matrix), value.matrix, rtol=1e-9, atol=1e-32
                )


def test_jax_agrees_and_its_gradients_are_finite_at_the_edges(inputs, par):
    for name in ("B+->Knunu", "B0->K*nunu"):
        module, row = ROWS[name]

        def density(q2, scale, module=module, row=row):
            draws = {**par, "Vcb": scale * par["Vcb"]}
            return 1e20 * module.densities(inputs, draws, row, q2[None])["rate"].sm[0]

        edges = jnp.array([0.0, 10.0, row.edges(par)[1]])
        both = jax.jit(jax.vmap(jax.value_and_grad(density, argnums=(0, 1)), in_axes=(0, None)))
        value, slopes = both(edges, 1.0)
        assert np.all(np.isfinite(slopes))
        ours = module.densities(inputs, par, row, np.array([10.0]))["rate"].sm[0]
        assert value[1] == pytest.approx(1e20 * ours, rel=1e-13)


def test_impossible_bins_are_refused(inputs):
    with pytest.raises(InputError, match=r"leaves phase space.*0 to 22\.903"):
        rates(inputs, "B+->Knunu", q2_range=(0.0, 23.0))
    module, row = ROWS["B+->Knunu"]
    with pytest.raises(InputError, match="outside phase space"):
        module.densities(inputs, inputs.parameters.mapping(), row, np.array([-1.0]))


def test_baryon_is_that_of_eos():
    # EOS 1.0.21, Lambda_b->Lambdanunu at 5 and 12 GeV² with its DM2016 form factors (the nominal fit); its own form
    # factors, masses and lifetimes put into our formula give its ratio to B->Knunu to 1e-15
    nominal = load_inputs("flavio-2.7", form_factors={"Lambdab->Lambda": "dm16-nominal"})
    par, row = nominal.parameters.mapping(), lb_to_lnunu.PROCESSES[0]
    forms = lb_to_lnunu.densities(nominal, par, row, np.array([5.0, 12.0]))
    assert forms["longitudinal"].sm / forms["rate"].sm == pytest.approx([0.72700042, 0.51118452], rel=1e-3)
    rate = forms["rate"].sm * par[row.lifetime]
    assert rate[1] / rate[0] == pytest.approx(5.10883673e-7 / 2.14307847e-7, rel=2e-3)


def test_baryon_edges_and_laws(inputs, par):
    row = lb_to_lnunu.PROCESSES[0]
    forms = lb_to_lnunu.forms(inputs, par, row)
    points = random_points()
    assert np.all(
        (forms["longitudinal"](points) > 0) & (forms["longitudinal"](points) < forms["rate"](points))
    )
    points[:, 9:] = 0
    left = rates(inputs, "B+->Knunu")["rate"].over_sm()(points)
    np.testing.assert_allclose(forms["rate"].over_sm()(points), left, rtol=1e-13)
    high = row.edges(par)[1]
    ends = lb_to_lnunu.densities(inputs, par, row, np.array([0.0, high - 1e-7]))
    fraction = ends["longitudinal"].sm / ends["rate"].sm
    # at zero recoil the axial current alone, f_0 = f_perp: one of three polarisations
    assert fraction == pytest.approx([1.0, 1 / 3], rel=1e-5)


def test_inclusive_rate(inputs, par):
    rows = {row.name: row for row in b_to_xsnunu.PROCESSES}
    rate = b_to_xsnunu.forms(inputs, par, rows["B0->Xsnunu"])["rate"]
    # 1409.4557: 2.9(3)e-5
    assert rate.sm * par["tau_B0"] == pytest.approx(2.9e-5, abs=0.3e-5 + 0.1e-5)
    points = random_points()
    assert np.all(rate(points) > 0)
    # right-handed currents interfere with the strange mass only: (1 - 2 * 4 m_s/m_b / 2) at C_R = C_L
    _, c_sm = b_to_snunu.normalisation(par)
    point = np.zeros(SIZE, dtype=complex)
    point[[9, 13, 17]] = c_sm
    assert rate.over_sm()(point) == pytest.approx(2 - 4 * 0.0185, abs=3e-3)
    with pytest.raises(InputError, match="predicted in total only"):
        b_to_xsnunu.forms(inputs, par, rows["B0->Xsnunu"], (0.0, 5.0))


def test_inclusive_branching_ratios_by_charge():
    names = ["BR(B->Xsnunu)", "BR(B0->Xsnunu)", "BR(B+->Xsnunu)"]
    mean, neutral, charged = nutau.predict(names, inputs="default").rows
    assert mean.sm == pytest.approx(0.5 * (neutral.sm + charged.sm), rel=1e-12)
    par = load_inputs("default").parameters.mapping()
    assert charged.sm / neutral.sm == pytest.approx(par["tau_B+"] / par["tau_B0"], rel=1e-12)
    # Fael et al. 2026, kinetic scheme to O(alpha_s³) and 1/m_b³, other inputs throughout: within 2 σ of both errors
    for row, value, error in ((neutral, 3.35e-5, 0.10e-5), (charged, 3.62e-5, 0.11e-5)):
        assert abs(row.sm - value) < 2 * math.hypot(error, row.uncertainty)
    # its ratio of charges, which knows annihilation, is that of the lifetimes to 1 %
    assert charged.sm / neutral.sm == pytest.approx(3.62 / 3.35, rel=0.01)


def test_inclusive_phase_space_is_the_integral():
    rho = 0.03
    m = np.sqrt(rho)
    rule = root_map(0.0, (1 - m) ** 2, (1 - m) ** 2, 30)
    s, root = rule.q2, root_kallen(1.0, m, rule.q2)
    squares = 2 * np.sum(rule.weights * root * (3 * s * (1 + rho - s) + root**2))
    product = 2 * np.sum(rule.weights * root * 12 * m * s)
    assert b_to_xsnunu.phase_space(rho) == pytest.approx((squares, product), rel=1e-12)


def test_xsnunu_is_the_partonic_rate_to_a_few_percent():
    """m_b⁵ at order α_s and 1/m_b², as data/papers/0902.0160.yaml says; |V_cb| cancels in ours alone."""
    inputs = load_inputs()
    par = dict(zip(inputs.parameters.names, inputs.parameters.central, strict=True))
    at, lambda_t = at_scale_b(par), abs(tree_ckm(par).lambda_t())
    mass = read_yaml(folder("form_factors") / "B-D_hqet.yaml")["constants"]["m_b_1S"]
    kappa = 1 + 2 * at.alpha_s / (3 * math.pi) * (25 / 4 - math.pi**2)
    power = 1 + (par["lambda_1"] - 9 * par["lambda_2"]) / (2 * mass**2)
    free = par["GF"] ** 2 * mass**5 / (192 * math.pi**3) * lambda_t**2 * par["tau_B0"]
    partonic = 3 * free * (at.alpha_e / (2 * math.pi) * abs(b_to_s_nunu(par, at))) ** 2 * kappa * power
    ours = float(nutau.predict("BR(B0->Xsnunu)", draws=0).rows[0].value)
    assert kappa == pytest.approx(0.83, abs=0.01)
    assert partonic == pytest.approx(3.09e-5, rel=0.01)
    assert ours == pytest.approx(partonic, rel=0.04)
    other = replace(inputs, parameters=inputs.parameters.replace({"Vcb": 0.95 * par["Vcb"]}))
    assert float(nutau.predict("BR(B0->Xsnunu)", inputs=other, draws=0).rows[0].value) == pytest.approx(
        ours, rel=5e-3
    )
