"""Decays to two different leptons: name, words, TeX, operators and the notes of the data say one thing; sums, means."""

import re

import numpy as np
import pytest

import nutau
from nutau.decays import b_to_ll, b_to_pll, b_to_vll
from nutau.eft.ckm import tree_ckm
from nutau.eft.smeft.basis import FIELDS
from nutau.eft.smeft.terms import terms
from nutau.inputs import load_inputs
from nutau.measurements.catalogue import measurements
from nutau.observables import catalogue, find
from nutau.observables.predict import predict
from nutau.observables.predictions import formulas
from nutau.observables.requests import Request

MODULES = (b_to_pll, b_to_vll, b_to_ll)
WORDS = {"e": "e", "mu": "μ", "tau": "τ"}
TEX = {"e": "e", "mu": r"\mu", "tau": r"\tau"}
GENERATION = {"e": 1, "mu": 2, "tau": 3}
LEPTON = "(e|mu|tau)"


def violating():
    """Every observable whose decays have two different leptons."""
    return [
        item
        for item in catalogue()
        if any(module in MODULES and row.violates_flavour for module, row in item.processes)
    ]


SINGLE = [item for item in violating() if len(item.processes) == 1]
SUMS = [item for item in violating() if len(item.processes) > 1]


def formula(name, inputs="default"):
    return formulas([Request(name)], inputs, draws=0)[0]


def influential(made):
    """The coefficients that the compiled formula depends on."""
    weights = np.diag(np.asarray(made.central.numerator.matrix)).real[1:]
    return {name for name, w in zip(made.central.basis.coefficients, weights, strict=True) if w > 0}


def annihilated_and_created(coefficient):
    """From the SMEFT, where the order of the fields is written: of lq1, ld, ed, (l̄_c l_a)(q̄ q), indices c, a, k, l."""
    found = set()
    for term in terms():
        if term.target == coefficient and FIELDS[term.operator] in ("llqq", "lldd", "eedd"):
            found.add((term.indices[1], term.indices[0]))
    return found


@pytest.mark.parametrize("item", SINGLE, ids=lambda item: item.name)
def test_name_words_and_tex_follow_from_the_operators(item):
    used = influential(formula(item.name))
    operators = {name.partition("_")[0] for name in used}
    assert operators == {"C9", "C9p", "C10", "C10p", "CS", "CSp", "CP", "CPp"}
    (tail,) = {name.partition("_")[2] for name in used}
    quark, a, c = re.fullmatch(rf"b([sd]){LEPTON}{LEPTON}", tail).groups()
    assert quark == ("d" if item.name.startswith("BR(B0->") and "K" not in item.name else "s")
    # the operator annihilates a⁻, or creates a⁺, and creates c⁻, in the decay of a b: a⁻c⁺ in that of a b̄
    assert annihilated_and_created(f"C9_{tail}") == {(GENERATION[a], GENERATION[c])}
    assert item.name.endswith(f"{a}{c})")
    assert item.description.endswith(f"{WORDS[a]}⁻{WORDS[c]}⁺")
    assert item.latex.endswith(f"{TEX[a]}^-{TEX[c]}^+)")


@pytest.mark.parametrize("item", SUMS, ids=lambda item: item.name)
def test_a_sum_has_both_orders(item):
    head, *two = re.fullmatch(rf"(BR\(.*?){LEPTON}{LEPTON},{LEPTON}{LEPTON}\)", item.name).groups()
    one, heavy = two[:2]
    assert two[2:] == [heavy, one]
    names = f"{head}{one}{heavy})", f"{head}{heavy}{one})"
    assert item.description.endswith(f"{WORDS[heavy]}±{WORDS[one]}∓, sum of both charges")
    parts, whole = [formula(name) for name in names], formula(item.name)
    assert influential(whole) == influential(parts[0]) | influential(parts[1])
    rng = np.random.default_rng(3)
    names = whole.central.basis.coefficients
    point = dict(zip(names, rng.normal(size=(len(names), 2)) @ np.array([1.0, 1j]), strict=True))
    values = [
        float(made(np.array([point[n] for n in made.central.basis.coefficients]))) for made in (*parts, whole)
    ]
    assert values[0] != pytest.approx(values[1])
    assert values[2] == pytest.approx(values[0] + values[1], rel=1e-12)


def test_every_decay_has_both_orders_and_their_sum():
    assert len(SINGLE) == 2 * len(SUMS)
    decays = {
        item.name.split("->")[0] + "->" + re.sub(rf"{LEPTON}{LEPTON}\)$", "", item.name.split("->")[1])
        for item in SINGLE
    }
    assert decays == {
        f"BR({decay}" for decay in ("B+->K", "B0->K", "B0->K*", "B+->K*", "Bs->phi", "Bs->", "B0->")
    }


def noted():
    """Entries on one order of the leptons whose notes give the charges of each row, as experiments write them."""
    pairs = re.compile(rf"\b{LEPTON}([+-]) {LEPTON}([+-])(?![a-z])")
    singles = {item.name for item in SINGLE}
    for entry in measurements().values():
        rows = [item.name for item in entry.observables]
        written = [{a: p, b: q} for a, p, b, q in pairs.findall(entry.notes)]
        if written and set(rows) <= singles:
            yield pytest.param(entry, rows, written, id=entry.name)


@pytest.mark.parametrize(("entry", "rows", "written"), list(noted()))
def test_notes_of_the_data_say_what_the_names_say(entry, rows, written):
    assert len(rows) == len(written)
    for name, charges in zip(rows, written, strict=True):
        described = find(name).description
        for lepton, charge in charges.items():
            assert WORDS[lepton] + {"+": "⁺", "-": "⁻"}[charge] in described, (entry.name, name)


def test_enough_entries_have_such_notes():
    assert len(list(noted())) >= 8
    # every limit on one order of the leptons in a data set is among them, or in a file that says it in its notes
    for entry in measurements().values():
        if any(item.name in {one.name for one in SINGLE} for item in entry.observables):
            assert re.search(rf"{LEPTON}[+-] {LEPTON}[+-]|l1\+ l2-", entry.notes), entry.name


@pytest.mark.parametrize(("with_b", "with_s"), [("tau", "mu"), ("mu", "tau"), ("tau", "e"), ("e", "tau")])
def test_the_lepton_that_a_leptoquark_ties_to_the_b_has_its_charge(with_b, with_s):
    # U1 has charge 2/3: b → ℓ⁻U1, U1 → s ℓ'⁺ and no other order; a b̄, as in B⁺, gives ℓ⁺ℓ'⁻
    couplings = {f"3{GENERATION[with_b]}": 1.0, f"2{GENERATION[with_s]}": 0.1}
    names = [f"BR(B+->K{with_s}{with_b})", f"BR(B+->K{with_b}{with_s})"]
    made = predict(names, nutau.point(nutau.U1(2000.0, x1LL=couplings), running="none"), draws=0)
    allowed, forbidden = (row.value for row in made.rows)
    assert allowed > 1e-12
    assert forbidden < 1e-12 * allowed
    assert find(names[0]).description.endswith(f"{WORDS[with_s]}⁻{WORDS[with_b]}⁺")


# --- B⁰ → ττ and the isospin means ---


def test_b0_to_tau_tau_in_the_standard_model():
    # flavio 2.7.1, its own parameters: 2.1214963475695887e-08
    assert float(formula("BR(B0->tautau)", "flavio-2.7").sm) == pytest.approx(
        2.1214963475695887e-08, rel=1e-10
    )
    # Bobeth et al., arXiv:1311.0903, Eq. (8): (2.22 ± 0.19)e-8
    assert abs(float(formula("BR(B0->tautau)").sm) - 2.22e-8) < 0.19e-8
    older = formulas([Request("BR(B0->tautau)")], "flavio-2.7", draws=300)[
        0
    ]  # its gamma is of about that time
    assert float(np.std(older.draws.sm, ddof=1)) == pytest.approx(0.19e-8, rel=0.4)


def test_b0_over_bs_is_that_of_their_constants():
    # C10 is the same; what is left: |V_td/V_ts|², decay constants, lifetimes, masses, and B_s mixing, 1/(1-y)
    inputs = load_inputs("default")
    par = inputs.parameters.mapping()
    down, strange = (float(formula(f"BR({meson}->tautau)").sm) for meson in ("B0", "Bs"))
    ckm = tree_ckm(par)

    def size(meson):
        mass = par[f"m_{meson}"]
        beta = np.sqrt(1.0 - 4.0 * par["m_tau"] ** 2 / mass**2)
        return par[f"f_{meson}"] ** 2 * par[f"tau_{meson}"] * mass * beta

    y = 0.5 * par["DeltaGamma/Gamma_Bs"]
    expected = abs(ckm.td / ckm.ts) ** 2 * size("B0") / size("Bs") * (1.0 - y)
    assert down / strange == pytest.approx(float(expected), rel=1e-10)


@pytest.mark.parametrize("kaon", ["K", "K*"])
def test_isospin_means(kaon):
    names = [f"BR({parent}->{kaon}nunu)" for parent in ("B+", "B0", "B")]
    made = formulas([Request(name) for name in names], "default", draws=50)
    charged, neutral, mean = (np.asarray(one.draws.sm) for one in made)
    np.testing.assert_allclose(mean, 0.5 * (charged + neutral), rtol=1e-13)
    # isospin: one width, so the two differ by the lifetimes (to 1 %: the masses of the mesons)
    par = load_inputs("default").parameters.mapping()
    ratio = float(made[0].sm / made[1].sm)
    assert ratio == pytest.approx(par["tau_B+"] / par["tau_B0"], rel=0.02)
    point = np.full(len(made[2].central.basis), 0.3 + 0.2j)
    assert float(made[2](point)) == pytest.approx(0.5 * float(made[0](point) + made[1](point)), rel=1e-12)
