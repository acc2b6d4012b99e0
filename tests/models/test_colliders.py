"""Collider limits stand beside a leptoquark only if a component of it has the charge and the decay of the analysis."""

from fractions import Fraction

import numpy as np
import pytest
from typer.testing import CliRunner

from nutau.cli import app
from nutau.models import MEDIATORS, mediator
from nutau.models.colliders import collider_limits, limits_file
from nutau.models.components import charges, decays, strength

LEPTOQUARKS = [field for field in MEDIATORS if field.colour != "1"]
B, TAU, T = Fraction(-1, 3), Fraction(-1), Fraction(2, 3)
# ⟨bτ|bτ⟩ and ⟨tν|tν⟩ in terms of Warsaw operators: the sign of τ^I ⊗ τ^I is + for both
B_TAU = ("lq1_3333", "lq3_3333", "ed_3333", "ld_3333", "qe_3333")
T_NU = ("lq1_3333", "lq3_3333", "lu_3333")


def effect(field, coupling, operators):
    """What one coupling to the third generation gives in the operators that hold the pair twice, times M²."""
    wilson = field(1000.0, **{coupling: {"33": 1.0}}).smeft()
    return sum(complex(wilson[name]).real for name in operators if name in wilson.basis) * 1e6


def conserved(field, quark, lepton):
    """The charge of what couples to a quark and a lepton, from the Lagrangian as it is printed."""
    return -quark - lepton if "ᶜ" in field.lagrangian else quark - lepton


@pytest.mark.parametrize("field", LEPTOQUARKS, ids=lambda field: field.name)
def test_limits_are_of_components_that_exist(field):
    """Attached by charges and decays; expected from effects at low energy and charge conservation."""
    gives = {c.name for c in field.couplings if abs(effect(field, c.name, B_TAU)) > 1e-12}
    alone = {
        name
        for name in gives
        if abs(effect(field, name, T_NU)) < 1e-12 or conserved(field, T, 0) != conserved(field, B, TAU)
    }
    expected = set()
    for limit in limits_file().limits:
        for row in limit.rows:
            by = alone if row.branching_fraction == 1 else gives
            if by and row.spin == field.spin and row.charge == conserved(field, B, TAU):
                expected.add((limit.name, row.excluded_below, str(row.charge), tuple(sorted(by))))
    found = {
        (limit["name"], limit["mass_above_TeV"], limit["charge"], tuple(sorted(n[:-3] for n in limit["by"])))
        for limit in collider_limits(field)
    }
    assert found == expected


@pytest.mark.parametrize("field", LEPTOQUARKS, ids=lambda field: field.name)
def test_every_coupling_has_decays_of_components(field):
    """A component carries the charge of each pair, and a doublet in a coupling gives at least one pair a component."""
    for decay in decays(field):
        quark = T if decay.quark == "t" else B
        lepton = TAU if decay.lepton == "tau" else Fraction(0)
        assert decay.charge == conserved(field, quark, lepton)
    assert {decay.charge for decay in decays(field)} == set(charges(field))
    assert {decay.coupling for decay in decays(field)} == {c.name for c in field.couplings}
    both = [{decay.quark for decay in decays(field) if decay.coupling == c.name} for c in field.couplings]
    for coupling, quarks in zip(field.couplings, both, strict=True):
        if "Q" in (coupling.rows, coupling.columns):
            assert quarks == {"t", "b"}


# arXiv:1603.04993, Section 2: components and their couplings to a down quark and a charged lepton
COUPLES = {
    **dict.fromkeys([("S1", "y1LL"), ("S1", "y1RR"), ("R2", "y2RL"), ("U1~", "x1tRR"), ("V2~", "x2tRL")], 0),
    **dict.fromkeys([("S1~", "y1tRR"), ("R2", "y2LR"), ("R2~", "y2tRL"), ("U1", "x1LL"), ("U1", "x1RR")], 1),
    **dict.fromkeys([("U3", "x3LL"), ("V2", "x2RL"), ("V2", "x2LR")], 1),
    ("S3", "y3LL"): np.sqrt(2),
}


def test_strengths_are_those_of_the_components():
    found = {(field.name, c.name): strength(field, c.name) for field in LEPTOQUARKS for c in field.couplings}
    assert found == pytest.approx(COUPLES)


def test_numbers_of_the_abstracts():
    """Abstracts of JHEP 10 (2023) 001 and EPJC 83 (2023) 1075, all numbers."""
    rows = {
        (limit.name, row.spin, str(row.charge), row.coupling, row.note): row.excluded_below
        for limit in limits_file().limits
        for row in limit.rows
    }
    single, pairs = "ATLAS-2023-btau", "ATLAS-2023-pairs"
    assert rows == {
        (single, 1, "2/3", 1.0, "Yang-Mills coupling"): 1.58,
        (single, 1, "2/3", 1.0, "minimal coupling"): 1.35,
        (single, 1, "2/3", 2.5, "Yang-Mills coupling"): 2.05,
        (single, 1, "2/3", 2.5, "minimal coupling"): 1.99,
        (single, 0, "4/3", 1.0, "scalar"): 1.28,
        (single, 0, "4/3", 2.5, "scalar"): 1.53,
        (pairs, 0, "2/3", None, "scalar"): 1.46,
        (pairs, 1, "2/3", None, "minimal coupling"): 1.65,
        (pairs, 1, "2/3", None, "Yang-Mills coupling"): 1.91,
    }


@pytest.mark.parametrize("name", ["S1", "U1~", "V2", "V2~", "VB", "Z'", "phi2"])
def test_fields_without_such_a_component_show_none(name):
    assert collider_limits(mediator(name)) == []
    assert "collider" not in CliRunner().invoke(app, ["models", name]).stdout


def test_the_command_names_component_and_final_state():
    shown = CliRunner().invoke(app, ["models", "S3"]).stdout
    assert "S3^(4/3) → b tau by 1.41 y3LL_33" in shown
    assert "M > 1.28 TeV" in shown
