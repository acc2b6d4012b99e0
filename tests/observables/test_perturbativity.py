"""Coefficients that no theory gives, and rates above 1, are said once, with the unit."""

import math

import numpy as np
import pytest
from typer.testing import CliRunner

import nutau
from nutau.cli import app
from nutau.eft.smeft.basis import warsaw
from nutau.eft.smeft.matching import constants, tree_level
from nutau.eft.wet.full import FULL
from nutau.eft.wilson import Basis, Wilson
from nutau.inputs import load_inputs
from nutau.observables.perturbativity import above_one, too_large

PAR = load_inputs().parameters.mapping()
BOUND = 4 * math.pi * math.sqrt(2) * PAR["GF"]
TEV = {
    "eft": "SMEFT",
    "basis": "Warsaw",
    "scale": 1e3,
    "values": {"lq1_3323": 0.05, "lq3_3323": {"Re": 0.05, "Im": 0}},
}


def point(basis, **values):
    return Wilson.from_mapping(basis, 4.8, values)


def test_a_file_in_tev_says_the_unit_once():
    warnings = nutau.predict(["BR(B+->Knunu)", "BR(B+->taunu)"], TEV, draws=0).warnings
    assert len([text for text in warnings if "4π/v²" in text]) == 1
    assert "lq1_3323 = 0.05 GeV⁻², lq3_3323 = 0.05 GeV⁻²" in warnings[0]
    assert "1 TeV⁻² is 1e-6 GeV⁻²" in warnings[0]
    assert len([text for text in warnings if "no branching ratio is above 1" in text]) == 1
    small = TEV | {"values": {"lq1_3323": 5e-8}}
    assert nutau.predict("BR(B+->Knunu)", small, draws=0).warnings == ()


@pytest.mark.parametrize("key", ["lq1_3323", "lq3_3333", "ledq_3332", "lequ3_3332"])
def test_bound_of_the_smeft(key):
    basis = warsaw()
    assert too_large(point(basis, **{key: 0.99 * BOUND}), PAR) == ()
    assert key in too_large(point(basis, **{key: -1.01j * BOUND}), PAR)[0]


@pytest.mark.parametrize(
    ("key", "reached"),
    [
        ("lq1_3323", "CL_bsnutaunutau"),
        ("lq1_3323", "C9_bstautau"),
        ("ledq_3332", "CS_bstautau"),
        ("ledq_3332", "CP_bstautau"),
        ("lq3_3323", "CVL_bctaunutau"),
        ("lequ3_3332", "CT_bctaunutau"),
        ("lq1_3313", "C9_bdtautau"),
        ("ledq_3331", "CS_bdtautau"),
    ],
)
def test_bound_of_the_wet_is_that_of_the_smeft_behind_it(key, reached):
    """A WET coefficient alone is judged like the Warsaw coefficient that gives it, to the factors of the match.

    The match at 4.8 GeV of one coefficient at the bound; factors 1/2 (chirality), 2 (flavour, isospin) and the CKM rows
    that it mixes are not the bound's business.
    """
    c = constants(PAR, 4.8)
    target = Basis(FULL.eft, FULL.name, (reached,))
    step = tree_level(c, Basis(warsaw().eft, warsaw().name, (key,)), target)
    value = abs(complex(step(np.array([BOUND], dtype=complex))[0]))
    assert value > 0
    assert too_large(point(FULL, **{reached: 4.5 * value}), PAR)
    assert too_large(point(FULL, **{reached: value / 4.5}), PAR) == ()


def test_the_bound_of_a_charged_current_is_exact():
    """4 G_F/√2 V_cb = 2 V_cb/v² multiplies the operator: 4π/v² is reached at 2π/V_cb."""
    edge = 2 * np.pi / abs(complex(constants(PAR, 4.8).v_cb))
    assert too_large(point(FULL, CVL_bctaunutau=1.001 * edge), PAR)
    assert too_large(point(FULL, CVL_bctaunutau=0.999 * edge), PAR) == ()


def test_dimension_five_and_dipoles_have_other_units():
    assert too_large(point(FULL, C7_bs=1e6), PAR) == ()


def test_many_points_are_judged_by_the_largest():
    values = np.array([0.0, 1.0, 1e3])
    assert "CVL_bctaunutau = 1e+03" in too_large(point(FULL, CVL_bctaunutau=values), PAR)[0]
    assert "BR(x) = 2" in above_one([("BR(x)", np.array([0.1, 2.0])), ("BR(x)/SM", 3.0), ("R(D)", 5.0)])[0]
    assert above_one([("BR(x)", 0.1)]) == ()


def test_a_scan_is_judged_at_its_corners():
    assert nutau.scan("C1=-0.1:0.1:3", ["BR(B+->Knunu)"], draws=0).warnings == ()
    wide = nutau.scan("C1=-1e6:0:3", ["BR(B+->Knunu)"], draws=0).warnings
    assert len(wide) == 2


def test_a_match_is_judged():
    arguments = ["match", "U1", "--mass", "200", "--coupling", "x1LL_23=20", "--coupling", "x1LL_33=1"]
    error = CliRunner().invoke(app, arguments).stderr
    assert "4π/v²" in error
    assert "x1LL_23" in error  # a coupling above √(4π) is said apart
