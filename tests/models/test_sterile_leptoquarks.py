"""Leptoquarks with a sterile neutrino: the parity image of their match without one, and b → sNN̄."""

import numpy as np
import pytest

import nutau
from nutau.decays.invisible import fermions, states, sterile
from nutau.eft.ckm import matrix, tree_ckm
from nutau.eft.wet.running import density_factors
from nutau.errors import InputError
from nutau.models.sterile import match

MASS = 2000.0


def mirrors(v):
    """With a left-handed neutrino: the mediator, its coefficient, and the parity image of its couplings, up to a sign.

    Parity takes y(c_R τ_R) y(b_L ν_L) to y(c_L τ_L) y(b_R N_R) and so on; d̄ᶜν has a minus in S1, R2~ has one in y2tRL.
    """
    charm = {f"{i + 1}": complex(v[1, i]) for i in range(3)}  # Σ_i V_ci* V_ci = 1: c_L alone couples, with 1
    conjugate = {name: value.conjugate() for name, value in charm.items()}
    third = {f"{name}3": value for name, value in charm.items()}
    from_c = {f"{name}3": value for name, value in conjugate.items()}
    return {
        "S1 scalar": (
            nutau.S1(MASS, y1LL={"33": 1.0}, y1RR={"23": 1.0}),
            ("S1", {f"y1LL_{k}": x for k, x in third.items()} | {"y1N_3": 1.0}),
            (("CSL", "CSRR", -1.0), ("CT", "CTRR", -1.0)),
        ),
        "S1 vector": (
            nutau.S1(MASS, y1LL=third),
            ("S1", {"y1RR_23": 1.0, "y1N_3": complex(v[1, 2])}),
            (("CVL", "CVRR", -1.0),),
        ),
        "R2": (
            nutau.R2(MASS, y2RL={"23": 1.0}, y2LR={"33": 1.0}),
            ("R2~", {f"y2tN_{k}": x for k, x in conjugate.items()} | {"y2tRL_33": 1.0}),
            (("CSL", "CSRR", -1.0), ("CT", "CTRR", -1.0)),
        ),
        "U1 vector": (
            nutau.U1(MASS, x1LL={"33": 1.0}),
            ("U1", {"x1N_2": complex(v[1, 2]), "x1RR_33": 1.0}),
            (("CVL", "CVRR", 1.0),),
        ),
        "U1 scalar": (
            nutau.U1(MASS, x1LL=from_c, x1RR={"33": 1.0}),
            ("U1", {"x1N_2": 1.0, "x1LL_33": 1.0}),
            (("CSR", "CSLR", 1.0),),
        ),
    }


@pytest.mark.parametrize("case", ["S1 scalar", "S1 vector", "R2", "U1 vector", "U1 scalar"])
def test_each_match_is_the_parity_image_of_one_without_n(inputs, par, case):
    """The Fierz identities are those of the match to the SMEFT, which wilson and the letter confirm."""
    left, arguments, pairs = mirrors(matrix(tree_ckm(par)))[case]
    theirs = nutau.point(left, running="none").wet(inputs)
    name, couplings = arguments
    ours = match(name, MASS, couplings, inputs).charged
    factors = dict(zip("ST", density_factors(MASS, par["alpha_s"]), strict=True))
    assert factors["S"] > 1.5 > 1.0 > factors["T"] > 0.8
    assert len(ours) == len(pairs)
    for left_name, own_name, sign in pairs:
        at_mass = ours[f"{own_name}_bctauN"] / factors.get(own_name[1], 1.0)
        assert at_mass == pytest.approx(sign * theirs[f"{left_name}_bctaunutau"], rel=1e-9)


@pytest.mark.parametrize(
    ("name", "charged", "strange"),
    [
        ("S1", {"y1RR_23": 1.0, "y1N_3": 1.0}, "y1N_2"),
        ("R2~", {"y2tN_2": 1.0, "y2tRL_33": 1.0}, "y2tN_3"),
    ],
)
def test_the_coupling_that_makes_b_to_c_tau_n_makes_b_to_s_n_n(inputs, par, name, charged, strange):
    """R(D*) fixes one coupling to N; the pair needs the second, and its rate is positive and quadratic in it."""
    alone = match(name, MASS, charged, inputs)
    assert alone.pair == {}
    row = states.transition("B+->K")
    form = fermions.forms(inputs, par, row, fermions.Dirac(0.3))["rate"]
    rates = []
    for size in (0.01, 0.02):
        both = match(name, MASS, {**charged, strange: size}, inputs)
        rates.append(form(np.array([both.pair.get(n, 0.0) for n in fermions.DIRAC.coefficients])))
    assert rates[1] == pytest.approx(4 * rates[0], rel=1e-12)
    assert rates[0] > 0
    for mixed in (alone.mixed, alone.mirror):
        for point in mixed.values():
            assert set(point) <= set(fermions.DIRAC.coefficients)
    ratio = sterile.ratio(inputs, par, sterile.process("B0->D*taunu"), sterile.Sterile(0.3))
    values = np.array([alone.charged.get(n, 0.0) for n in sterile.BASIS.coefficients])
    assert ratio(values) > ratio.sm


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("S3", MASS, {}), "Unknown leptoquark with a coupling to N 'S3'"),
        (("S1", 100.0, {}), "mass of S1 is 100 GeV; a match at tree level needs at least 500"),
        (("S1", MASS, {"y1N_4": 1.0}), "Unknown coupling of S1 'y1N_4'"),
        (("S1", MASS, {"y1N_3": float("nan")}), "Coupling y1N_3"),
        (("S1", MASS, {"y1N_3": [1.0, 2.0]}), "one number is needed"),
    ],
)
def test_refusals(inputs, arguments, words):
    with pytest.raises(InputError, match=words):
        match(*arguments, inputs)
