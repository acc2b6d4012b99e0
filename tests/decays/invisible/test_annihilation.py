"""A B_s that ends in what is invisible: charged leptons as an outside check, helicity, formulas, refusals."""

import numpy as np
import pytest

import nutau
from nutau.decays import b_to_ll, b_to_sll
from nutau.decays.invisible import fermions, particle, scalars, states, sterile, vectors
from nutau.decays.invisible.fermions import Dirac, Majorana
from nutau.decays.invisible.hadrons import ANNIHILATION
from nutau.eft.ckm import tree_ckm
from nutau.eft.qcd import at_scale_b
from nutau.eft.wet.standard_model import b_to_s


def rate(module, inputs, par, state, **values):
    form = module.forms(inputs, par, ANNIHILATION, state)["rate"]
    point = np.array([values.get(name.split("_")[0], 0.0) for name in form.basis.coefficients])
    return float(form(point))


def test_two_fermions_are_the_charged_leptons_with_other_masses(inputs, par):
    """The Standard Model's B_s -> tau tau is C_10, an axial current of both: the prompt rate of b_to_ll."""
    at = at_scale_b(par)
    (row,) = (row for row in b_to_ll.PROCESSES if row.name == "Bs->tautau")
    expected = float(b_to_ll.forms(inputs, par, row)["prompt"].sm)
    # |N|^2 |C_10|^2 (s gamma P_L b)(l gamma gamma5 l): half of it has an axial quark current
    norm = float(b_to_sll.normalisation(par, at, tree_ckm(par).lambda_t("s"))) ** 0.5
    c10 = norm * abs(complex(b_to_s(par, at).c10))
    mine = rate(fermions, inputs, par, Dirac(par["m_tau"]), CAA=1.0)
    ratio = expected / (mine * c10**2)
    other = rate(fermions, inputs, par, Dirac(0.3), CAA=1.0) / mine
    lighter = (0.3 / par["m_tau"]) ** 2 * np.sqrt(
        (par["m_Bs"] ** 2 - 4 * 0.3**2) / (par["m_Bs"] ** 2 - 4 * par["m_tau"] ** 2)
    )
    assert other == pytest.approx(lighter)
    assert ratio == pytest.approx(0.25, rel=1e-9)


def test_an_unequal_pair_is_the_b_c_that_decays_to_a_sterile_neutrino(inputs, par):
    """The same amplitudes as B_c -> tau N with other masses, quarks and constants."""
    swapped = dict(par) | {"m_Bs": par["m_Bc"], "f_Bs": par["f_Bc"]}
    point = np.array([0.3, 0.0, 0.0, 0.0, 0.0])
    theirs = float(sterile.leptonic(inputs, par, sterile.Sterile(0.7))(point))
    coupling = 8.0 * par["GF"] ** 2 * par["Vcb"] ** 2
    names = fermions.DIRAC.coefficients
    mine = fermions.forms(inputs, swapped, ANNIHILATION, Dirac(par["m_tau"], 0.7))["rate"]
    c = np.array(
        [{"VV": 1, "VA": 1, "AV": -1, "AA": -1}.get(n[1:].split("_")[0], 0) * 0.25 * 0.3 for n in names]
    )
    assert float(mine(c)) * coupling == pytest.approx(theirs)


@pytest.mark.parametrize("mass", [1e-4, 1e-3])
def test_currents_need_a_flip_of_helicity_and_densities_do_not(inputs, par, mass):
    light, twice = (rate(fermions, inputs, par, Dirac(m), CAA=1.0) for m in (mass, 2.0 * mass))
    assert twice / light == pytest.approx(4.0, rel=1e-3)
    assert rate(fermions, inputs, par, Dirac(mass), CAV=1.0) == pytest.approx(0.0, abs=1e-20)
    scalar, same = (rate(fermions, inputs, par, Dirac(m), CPP=1.0) for m in (mass, 2.0 * mass))
    assert same == pytest.approx(scalar, rel=1e-3)
    assert rate(fermions, inputs, par, Dirac(0.0), CSS=1.0, CVV=1.0, CTT=1.0, CVA=1.0, CTT5=1.0) == 0.0


def test_written_out(inputs, par):
    """Gamma = |A|^2 beta / 16 pi M with <0|s gamma5 b|B_s> = f M^2/(m_b + m_s)."""
    at, mass = at_scale_b(par), 1.1
    density = par["f_Bs"] * par["m_Bs"] ** 2 / (at.m_b + at.m_s)
    beta = np.sqrt(1.0 - 4.0 * mass**2 / par["m_Bs"] ** 2)
    space = beta / (16.0 * np.pi * par["m_Bs"])
    pair = rate(scalars, inputs, par, scalars.Scalars(mass), CP=2e-9)
    assert pair == pytest.approx(space * (2e-9 * density) ** 2)
    spins = rate(fermions, inputs, par, Dirac(mass), CPP=1e-8)  # sum of |u gamma5 v|^2 = 2 M^2
    assert spins == pytest.approx(space * (1e-8 * density) ** 2 * 2.0 * par["m_Bs"] ** 2)
    assert rate(fermions, inputs, par, Majorana(mass), CPP=1e-8) == pytest.approx(2.0 * spins)
    # the sum over polarisations of |X_mn X^mn|^2, which is 4 |k1.k2 e1.e2 - k1.e2 k2.e1|^2
    dot = 0.5 * par["m_Bs"] ** 2 - mass**2
    field = rate(vectors, inputs, par, vectors.Vectors(mass), CF5=1e-9)
    assert field == pytest.approx(space * (1e-9 * density) ** 2 * 4.0 * (2.0 * dot**2 + mass**4))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda *a: fermions.forms(*a, Dirac(2.7)), "above that threshold"),
        (lambda *a: fermions.forms(*a, Dirac(0.5), (1.0, 2.0)), "no spectrum"),
        (lambda *a: fermions.densities(*a, Dirac(0.5), [1.0]), "no spectrum"),
        (lambda *a: particle.forms(*a, particle.Particle(0, 2.0)), "no decay"),
    ],
)
def test_refusals_are_one_line(inputs, par, call, said):
    with pytest.raises(nutau.InputError, match=said) as raised:
        call(inputs, par, states.transition("Bs->"))
    assert "\n" not in str(raised.value)
