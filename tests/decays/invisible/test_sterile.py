"""b → cτN: the mirror image of b → cτν, masses, R and P_τ, B_c → τN."""

import numpy as np
import pytest

from nutau.decays import b_to_lnu, b_to_plnu, b_to_vlnu, charged, lb_to_lclnu
from nutau.decays.invisible import fermions, sterile
from nutau.decays.invisible.hadrons import Transition
from nutau.decays.invisible.sterile import Sterile, process
from nutau.errors import InputError

MODULES = {"P": b_to_plnu, "V": b_to_vlnu, "baryon": lb_to_lclnu}
NAMES = ("B0->Dtaunu", "B0->D*taunu", "Bc->J/psitaunu", "Lambdab->Lambdactaunu")


def random(seed=3):
    rng = np.random.default_rng(seed)
    return rng.normal(size=5) + 1j * rng.normal(size=5)


def mirrored(par, point):
    """The coefficients of b → cτν_τ whose operators are the parity images of those of b → cτN."""
    vl, vr, sl, sr, t = point
    found = np.zeros(15, dtype=complex)
    found[10:] = vr - charged.sm_coefficient(par), vl, sr, sl, t
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_massless_sterile_neutrino_is_the_mirror_image_of_a_light_one(inputs, par, name):
    """Parity exchanges the chiralities of both currents and the helicities of the τ."""
    row, point = process(name), random()
    module = MODULES[sterile.KINDS[row.channel][0]]
    theirs = module.forms(inputs, par, row)
    ours = sterile.forms(inputs, par, row, Sterile(0.0))
    image = mirrored(par, point)
    for key, other in (("rate", "rate"), ("plus", "minus"), ("minus", "plus"), ("longitudinal",) * 2):
        if other in theirs:
            assert ours[key](point) == pytest.approx(theirs[other](image), rel=1e-8), key


@pytest.mark.parametrize("name", NAMES)
def test_the_general_pair_has_the_left_handed_rates(inputs, par, name):
    """The same formulas with a τ and a left-handed massless fermion are the decays that spinors and flavio check."""
    row = process(name)
    kind = sterile.KINDS[row.channel][0]
    hop = Transition(name, row.parent, row.meson, row.lifetime, row.channel, kind, "c")
    vl, vr, sl, sr, t = random(5)
    strength = 4 * par["GF"] / np.sqrt(2) * par["Vcb"] / 4
    plus, minus = strength * np.array([vl + vr, sl + sr]), strength * np.array([vr - vl, sr - sl])
    general = [plus[0], -plus[0], minus[0], -minus[0], plus[1], -plus[1], minus[1], -minus[1]]
    general += [2 * strength * t, -2 * strength * t]
    point = np.zeros(15, dtype=complex)
    point[10:] = vl - charged.sm_coefficient(par), vr, sl, sr, t
    q2 = np.array([3.6, 6.0])
    ours = fermions.densities(inputs, par, hop, fermions.Dirac(par["m_tau"], 0.0), q2)
    theirs = MODULES[kind].densities(inputs, par, row, q2)
    for key in ours.keys() & theirs.keys():
        np.testing.assert_allclose(ours[key](np.array(general)), theirs[key](point), rtol=1e-10)


def test_bc_to_tau_n(inputs, par):
    point = random(7)
    row = next(row for row in b_to_lnu.PROCESSES if row.name == "Bc->taunu")
    expected = b_to_lnu.forms(inputs, par, row)["rate"](mirrored(par, point))
    assert sterile.leptonic(inputs, par, Sterile(0.0))(point) == pytest.approx(expected, rel=1e-12)
    rates = [sterile.leptonic(inputs, par, Sterile(m))(np.array([0.0, 1, 0, 0, 0])) for m in (0.0, 1.0, 4.4)]
    assert rates[1] > rates[0] > 0  # helicity suppression is lifted by the mass of N
    assert 0 < rates[2] < rates[1]


def test_ratios_fall_with_the_mass_to_those_of_the_sm(inputs, par):
    point = np.array([0.0, 0.4, 0.0, 0.0, 0.0])
    for name in ("B0->Dtaunu", "B0->D*taunu"):
        row = process(name)
        most = par[row.parent] - par[row.meson] - par["m_tau"]
        forms = [sterile.ratio(inputs, par, row, Sterile(m * most)) for m in (0.0, 0.2, 0.5, 0.8, 0.999)]
        values = [float(form(point)) for form in forms]
        assert values == sorted(values, reverse=True)
        assert values[-1] == pytest.approx(forms[0].sm, rel=1e-5)
        assert len({float(form.sm) for form in forms}) == 1
        # C_VRR of a massless N is a right-handed copy of the SM: (c² + C²)/c²
        c = charged.sm_coefficient(par)
        assert values[0] / forms[0].sm == pytest.approx(1 + (0.4 / c) ** 2, rel=1e-7)


def test_the_tau_of_n_has_the_other_polarisation(inputs, par):
    row = process("B0->D*taunu")
    forms = sterile.with_sm(inputs, par, row, Sterile(0.0))

    def polarisation(point):
        plus, minus = (forms[key](np.array(point)) for key in ("plus", "minus"))
        return (plus - minus) / (plus + minus)

    standard = b_to_vlnu.forms(inputs, par, row)
    expected = (standard["plus"].sm - standard["minus"].sm) / standard["rate"].sm
    assert polarisation([0.0] * 5) == pytest.approx(expected, rel=1e-12)
    assert polarisation([0.0, 1e4, 0, 0, 0]) == pytest.approx(-expected, rel=1e-5)


def test_theory_draws(inputs):
    drawn = inputs.parameters.sample(2, seed=4)
    row = process("B0->Dtaunu")
    together = sterile.ratio(inputs, drawn, row, Sterile(0.3)).matrix
    one = {name: float(values[1]) for name, values in drawn.items()}
    np.testing.assert_allclose(
        together[1], sterile.ratio(inputs, one, row, Sterile(0.3)).matrix, rtol=1e-8, atol=1e-12
    )


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda i, p: Sterile(-1.0), "mass of the sterile neutrino is -1 GeV"),
        (lambda i, p: process("B0->Dtau"), "Did you mean 'B0->Dtaunu'"),
        (lambda i, p: sterile.forms(i, p, process("B0->Dtaunu"), Sterile(2.0)), "needs a mass below 1.63.*; 2 GeV"),
        (lambda i, p: sterile.leptonic(i, p, Sterile(5.0)), "masses of N below 4.4.*; 5 GeV was given"),
        (
            lambda i, p: sterile.densities(i, p, process("B0->Dtaunu"), Sterile(1.0), np.array([5.0])),
            "q² = 5 GeV² is outside phase space",
        ),
    ],
)  # fmt: skip
def test_refusals(inputs, par, make, words):
    with pytest.raises(InputError, match=words):
        make(inputs, par)
