"""Charm loops by analyticity: EOS's numbers, poles with the measured residues, and what they are made of."""

from dataclasses import replace

import numpy as np
import pytest

import nutau
from nutau.common.kinematics import ParametersAtNodes
from nutau.decays import assembly, b_to_pll, b_to_vll, dispersive
from nutau.decays.b_to_sll import SHIFT_TO, setting
from nutau.eft.qcd import at_scale_b
from nutau.eft.wet import charm_loops, charm_parts
from nutau.eft.wet.standard_model import b_to_s
from nutau.errors import InputError
from nutau.inputs import load_inputs

ROWS = {row.name: row for module in (b_to_pll, b_to_vll) for row in module.PROCESSES}
VALUES = 1e-4 * np.array([1 + 6j, 2 + 5j, 3 + 4j, 4 + 3j, 5 + 2j, 6 + 1j])
MASSES = {"m_D0": 1.865, "m_Jpsi": 3.097, "m_psi2S": 3.686}


@pytest.fixture(scope="module")
def analytic():
    return load_inputs("dispersive")


@pytest.mark.parametrize(
    ("heavy", "light", "q2", "theirs"),
    [
        (5.28, 0.9, 1.0, 0.00038139212559432794 + 0.0001537656941467924j),
        (5.28, 0.9, 6.0, 0.0008100922221331695 + 8.624352478728289e-06j),
        (5.37, 1.02, 1.0, 0.0003576687356386094 + 0.0001442011455385283j),
        (5.37, 1.02, 6.0, 0.0007588138595459319 + 8.078436024525286e-06j),
    ],
)
def test_eos(heavy, light, q2, theirs):
    """``B->K^*::H_perp`` and ``B_s->phi::H_perp`` of EOS 1.0.21, GRvDV2022order5 at t_0 = 4 GeV²."""
    found = dispersive.interpolated(MASSES, heavy, light, np.array([q2]), "perp", VALUES)
    assert found[0] == pytest.approx(theirs, rel=1e-12)


def test_eos_longitudinal():
    """``B->K^*::Hhat_long`` of EOS 1.0.21, without the outer function."""
    q2 = np.array([1.0, 6.0])
    found = dispersive.interpolated(MASSES, 5.28, 0.9, q2, "long", VALUES)
    found = found * dispersive.outer(MASSES, 5.28, 0.9, q2, "long") * dispersive.blaschke(MASSES, q2)
    theirs = [0.0004988705725073337 + 0.00020112942749266532j, 0.0006926262067700653 + 7.373793229936257e-06j]
    np.testing.assert_allclose(found, theirs, rtol=1e-12)


@pytest.mark.parametrize("name", ["B+->Kmumu", "B0->K*mumu", "Bs->phimumu"])
def test_poles_have_the_residues_of_the_parameters(analytic, name):
    row = ROWS[name]
    for charmonium in dispersive.CHARMONIA:
        for kind in dispersive.POLARISATIONS[row.channel]:
            residue = f"{row.channel} {charmonium} residue {kind}"
            par = analytic.parameters.mapping() | {f"{residue} Re": 2e-3, f"{residue} Im": -1e-3}
            near, step = par[f"m_{charmonium}"] ** 2, 1e-6
            at_nodes = ParametersAtNodes(par)
            at = at_scale_b(at_nodes)
            q2 = np.array([near - step, near + step])
            found = dispersive.matrix_elements(analytic, at_nodes, row, at, b_to_s(at_nodes, at), q2)[kind]
            assert np.mean(found * (q2 - near)) == pytest.approx(2e-3 - 1e-3j, rel=1e-4)


@pytest.mark.parametrize("name", ["B+->Kmumu", "B0->K*mumu", "Bs->phimumu"])
@pytest.mark.parametrize("operator", ["c7", "c9"])
def test_what_is_proportional_to_form_factors_acts_as_the_coefficient(analytic, name, operator):
    r""":math:`\mathcal H=-\frac1{16\pi^2}\frac{q^2}{2m_B^2}\delta C_9\mathcal F`, with tensor form factors C7."""
    row, shift = ROWS[name], 0.3 - 0.2j
    par = ParametersAtNodes(analytic.parameters.mapping())
    q2 = np.array([1.0, 3.0, 6.0])
    at = setting(analytic, par, row, q2)
    empty = {kind: np.zeros(3, dtype=complex) for kind in dispersive.POLARISATIONS[row.channel]}
    made = {}
    for kind in empty:
        vector, tensor = dispersive.local(kind, at.heavy, at.light, q2, at.ff)
        part = at.m_b / at.heavy * tensor if operator == "c7" else 0.5 * q2 / at.heavy**2 * vector
        made[kind] = -part * shift / (16.0 * np.pi**2)
    before = getattr(at, operator)
    moved = tuple(c + x for c, x in zip(before, at.short.both(shift, shift), strict=True))
    module = b_to_pll if name == "B+->Kmumu" else b_to_vll
    for key in ("rate", "afb" if row.parent != "m_Bs" else "longitudinal"):
        one = module._terms(replace(at, charm=made), par)[key]
        other = module._terms(replace(at, charm=empty, **{operator: moved}), par)[key]
        left, right = (density(terms, row.basis, key) for terms in (one, other))
        np.testing.assert_allclose(left, right, rtol=1e-10)


def density(terms, basis, key):
    return assembly.density({key: terms}, basis)[key].matrix


def test_parts_of_the_loops_are_those_of_the_table(par):
    """F of the charm quark at q² < 0, continued to zero, and of the rest make the table of another paper at q² > 0."""
    at_nodes = ParametersAtNodes(par)
    at = at_scale_b(at_nodes)
    sm = b_to_s(at_nodes, at)
    below, above = np.array([-2.0, -1.5, -1.0]), np.array([0.7])
    charm = charm_parts.spacelike(at, sm, par["m_c BVgamma"], below)
    continued = [np.polyval(np.polyfit(below, part, 2), above)[0] for part in charm]
    whole = charm_loops.effective(par, at, sm, above)
    without = charm_loops.effective(par, at, sm, above, charm=False)
    assert continued[0] == pytest.approx((whole.c7 - without.c7)[0], rel=5e-3)
    assert continued[1] == pytest.approx((whole.c9 - without.c9)[0], rel=5e-3)


def test_both_descriptions_agree_at_low_q2_and_are_one_above(analytic, inputs):
    for name, bins, accuracy in (
        ("<dBR/dq2>(B+->Kmumu)", (1.1, 6.0), 0.03),
        ("<dBR/dq2>(B0->K*mumu)", (1.1, 6.0), 0.03),
        ("<P5p>(B0->K*mumu)", (4.0, 6.0), 0.05),
        ("<dBR/dq2>(Bs->phimumu)", (1.1, 6.0), 0.03),
    ):
        one, other = (
            nutau.predict(name, inputs=one, q2=bins, draws=0)[0].value for one in (analytic, inputs)
        )
        assert one == pytest.approx(other, rel=accuracy)
        assert one != other
    for name in ("<dBR/dq2>(B0->K*mumu)", "<dBR/dq2>(Lambdab->Lambdamumu)", "<dBR/dq2>(B0->K*tautau)"):
        one, other = (
            nutau.predict(name, inputs=one, q2=(15.0, 17.0), draws=0)[0].value for one in (analytic, inputs)
        )
        assert one == other
    assert analytic.parameters["m_Jpsi"] ** 2 > SHIFT_TO


def test_errors_come_from_the_charmonia(analytic):
    """A pole moves an angular coefficient, smoothly; the nuisances of the polynomial do nothing any more."""
    import jax

    row = ROWS["B0->K*mumu"]
    par = analytic.parameters.mapping()
    free = b_to_vll.forms(analytic, par, row, (4.0, 6.0))["S5"].sm
    moved = b_to_vll.forms(analytic, par | {"B->K* Jpsi residue perp Re": 7e-4}, row, (4.0, 6.0))["S5"].sm
    polynomial = b_to_vll.forms(analytic, par | {"B0->K*0 delta_C7 a_0 Re": 0.2}, row, (4.0, 6.0))["S5"].sm
    assert moved != pytest.approx(free, rel=1e-3)
    assert polynomial == free

    def rate(residue):
        return b_to_vll.forms(analytic, par | {"B->K* Jpsi residue perp Re": residue}, row, (4.0, 6.0))[
            "rate"
        ].sm

    slope = float(jax.grad(lambda x: jax.numpy.real(rate(x)))(1e-4))
    step = (rate(2e-4) - rate(0.0)) / 2e-4
    assert slope == pytest.approx(float(np.real(step)), rel=1e-3)


def test_refusals(analytic, tmp_path):
    with pytest.raises(InputError, match="no form of its form factors"):
        b_to_vll.form_factor_tensor(analytic, analytic.parameters.mapping(), ROWS["B0->K*mumu"])
    path = tmp_path / "own.yaml"
    path.write_text("extends: flavio-2.7\nlong_distance: dispersive\n")
    assert load_inputs(path).parameters["m_Jpsi"] > 3.0
    path.write_text("extends: default\nlong_distance: magic\n")
    with pytest.raises(InputError, match="long_distance"):
        load_inputs(path)
