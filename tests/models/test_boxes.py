"""Boxes of scalar leptoquarks: published closed forms, alignments, pairs, formulas as text.

That the formulas are what integrating out gives is tested in tests/eft/test_matching_independent.py.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nutau
from nutau.decays import mixing
from nutau.eft.ckm import matrix, tree_ckm
from nutau.errors import InputError
from nutau.inputs import load_inputs
from nutau.models import MEDIATORS, mediator
from nutau.models.boxes import latex, loop_function, parse

INPUTS = load_inputs("default")
PAR = INPUTS.parameters.mapping()
UNIT = 1.0 / (128.0 * np.pi**2)
SCALARS = [field for field in MEDIATORS if field.boxes]
MASS = 2000.0


def tree(model):
    """WET coefficients at 4.8 GeV without running."""
    return model.wet(running="none")


@pytest.mark.parametrize(
    ("name", "coupling", "number", "operator"),
    [
        ("S1", "y1LL", 1.0, "CVLL"),
        ("S3", "y3LL", 5.0, "CVLL"),
        ("S1~", "y1tRR", 1.0, "CVRR"),
        ("R2~", "y2tRL", 2.0, "CVRR"),
    ],
)
def test_closed_forms_of_down_quarks(name, coupling, number, operator):
    """-n (Σ_l y_bl y_sl*)²/128π²M², arXiv:2109.13600; R2~ and R2 with the complex conjugate."""
    y = {"23": 0.3 - 0.2j, "33": 0.9, "22": 0.4, "32": 0.1j}
    product = y["33"] * np.conj(y["23"]) + y["32"] * np.conj(y["22"])
    if name == "R2~":
        product = np.conj(product)
    expected = -number * UNIT * product**2 / MASS**2
    found = tree(mediator(name)(MASS, **{coupling: y}))
    assert found[f"{operator}_bsbs"] == pytest.approx(expected, rel=1e-12)


def test_r2_mixes_down_quarks_by_its_left_handed_coupling():
    found = tree(nutau.R2(MASS, y2LR={"32": 0.3 - 0.2j, "33": 0.9}, y2RL={"23": 1.0}))
    assert found["CVLL_bsbs"] == pytest.approx(-UNIT * (0.9 * (0.3 + 0.2j)) ** 2 / MASS**2, rel=1e-12)


def test_size_against_the_standard_model():
    """Leading order of today's inputs: S3 at 2 TeV, 1 and -0.2, adds two fifths; S1 with 1.2 and 0.6 as much again."""
    s3, s1 = nutau.S3(MASS, y3LL={"33": 1.0, "23": -0.2}), nutau.S1(MASS, y1LL={"33": 1.2, "23": 0.6})
    size = {m.name: tree(m)["CVLL_bsbs"] / mixing.equivalent_cvll(PAR) for m in (s3, s1)}
    ratio = {m.name: float(np.ravel(nutau.values("DeltaM_s/SM", m))[0]) for m in (s3, s1)}
    # running from 2 TeV, at leading order: α_s to the power 2/7 and 6/23, and the Yukawa coupling of the top
    running = (0.083 / 0.108) ** (2 / 7) * (0.108 / 0.215) ** (6 / 23)
    for name, found in ratio.items():
        assert (found - 1.0) / (abs(1 + size[name]) - 1.0) == pytest.approx(running, rel=0.07)
    assert ratio["S3"] == pytest.approx(1.41, abs=0.04)
    assert ratio["S1"] == pytest.approx(2.07, abs=0.1)


@pytest.mark.parametrize("field", SCALARS, ids=lambda field: field.name)
def test_alignment_is_a_choice_of_basis(field):
    """Couplings to up-aligned doublets are those to down-aligned ones turned by the CKM matrix."""
    stream = np.random.default_rng(4)
    ckm = matrix(tree_ckm(PAR))
    couplings = {
        c.name: stream.normal(size=(3, 3)) + 1j * stream.normal(size=(3, 3)) for c in field.couplings
    }
    turned = dict(couplings)
    for c in field.couplings:
        if c.rows == "Q":
            turned[c.name] = ckm.T @ couplings[c.name]
        if c.columns == "Q":
            turned[c.name] = couplings[c.name] @ ckm
    one = field(MASS, **couplings, alignment="up", ckm=ckm).smeft()
    two = field(MASS, **turned).smeft()
    for name in two.basis.coefficients:
        assert one[name] == pytest.approx(complex(two[name]), rel=1e-9, abs=1e-18), name


def test_d_mixing_by_one_down_quark():
    """A coupling to one down quark joins u and c through the CKM matrix; to two it is the square of the sum."""
    ckm = matrix(tree_ckm(PAR))
    y = np.zeros((3, 3), dtype=complex)
    y[1, 2], y[2, 2] = 0.3, 0.8 + 0.1j
    joined = (ckm[1] @ y.conj()) @ (ckm[0].conj() @ y)
    found = tree(nutau.S3(MASS, y3LL=y))
    # the components of up quarks of S3 are those of down quarks
    assert found["CVLL_ucuc"] == pytest.approx(-5.0 * UNIT * joined**2 / MASS**2, rel=1e-12)


def test_pairs_of_fields_have_their_boxes():
    """S1 and S3: the isospin of down quarks gives 1, 5 and 2 for two of one kind and one of each."""
    one, two = np.array([0.3, 0.9]), np.array([-0.2, 0.7])
    s1 = nutau.S1(MASS, y1LL={"23": one[0], "33": one[1]})
    s3 = nutau.S3(MASS, y3LL={"23": two[0], "33": two[1]})
    both = tree(s1 + s3)["CVLL_bsbs"]
    mixed = 2.0 * (one[0] * two[1]) * (two[0] * one[1])
    expected = -UNIT * (one.prod() ** 2 + 5.0 * two.prod() ** 2 + mixed) / MASS**2
    assert both == pytest.approx(expected, rel=1e-9)


def test_two_of_one_kind_are_one_where_their_couplings_are_parallel():
    """Two S1 of one mass with couplings y cos and y sin are one with y."""
    y, angle = {"23": 0.4 + 0.1j, "33": 0.8}, 0.6
    first = nutau.S1(MASS, y1LL={k: v * np.cos(angle) for k, v in y.items()})
    second = nutau.S1(MASS, y1LL={k: v * np.sin(angle) for k, v in y.items()})
    pair, whole = tree(first + second), tree(nutau.S1(MASS, y1LL=y))
    np.testing.assert_allclose(pair.values, whole.values, rtol=1e-9, atol=1e-20)


def test_loop_function():
    assert loop_function(1000.0, 1000.0) == pytest.approx(1e-6)
    assert loop_function(1000.0, 3000.0) == pytest.approx(np.log(9.0) / 8e6)
    for ratio in (1 - 6e-4, 1 + 4e-4, 1 + 6e-4):  # on both sides of the series
        assert loop_function(1000.0, 1000.0 * ratio) == pytest.approx(
            np.log(ratio**2) / (ratio**2 - 1) * 1e-6
        )
    slope = jax.grad(lambda m: loop_function(m, 1000.0))(1000.0)
    assert slope == pytest.approx(-1e-9)


def test_arrays_and_gradients():
    masses, couplings = np.array([1500.0, 2500.0]), np.array([0.2, 0.4])
    found = nutau.S3(masses, y3LL={"33": 1.0, "23": couplings}).smeft()
    single = nutau.S3(2500.0, y3LL={"33": 1.0, "23": 0.4}).smeft()
    assert found["qq1_2323"][1] == pytest.approx(complex(single["qq1_2323"]))

    def size(y):
        return jnp.real(nutau.S3(2000.0, y3LL={"33": 1.0 + 0j, "23": y.astype(complex)}).smeft()["qq1_2323"])

    assert jax.grad(size)(jnp.asarray(0.2)) == pytest.approx(2 * float(size(jnp.asarray(0.2))) / 0.2)


@pytest.mark.parametrize("field", SCALARS, ids=lambda field: field.name)
def test_formulas_are_printed(field):
    assert (
        len(field.text_boxes())
        == len(field.latex_boxes())
        == len(field.boxes)
        == len(field.describe()["boxes"])
    )
    for line, text, tex in zip(field.boxes, field.text_boxes(), field.latex_boxes(), strict=True):
        assert parse(line).operator in text
        assert r"128\pi^2" in tex
        assert latex(line, {c.name: c.latex for c in field.couplings}) == tex


@pytest.mark.parametrize(
    "line", ["qq1 = y_im y_lm y_kn y_jn", "qq1 = 1 y_im y_lm y_kn", "qq1 = 1 y_im y_lm y_kn y_jm"]
)
def test_wrong_formulas_are_refused(line):
    with pytest.raises(InputError, match="The formula"):
        parse(line)


def test_no_box_reaches_other_observables():
    """What boxes change besides mixing, by running into currents of quarks, is below 1 % of the new physics."""
    names = ["R(D)", "Rnunu(K)", "g_tau/g_mu", "Rtaue(Z->ll)"]
    for model in (nutau.S1(MASS, y1LL={"33": 1.2, "23": 0.6}), nutau.S3(MASS, y3LL={"33": 1.0, "23": -0.2})):
        bare = nutau.Model(model.parts).smeft()
        kept = tuple(
            n for n in bare.basis.coefficients if n.partition("_")[0] in model.parts[0].mediator.operators
        )
        without = nutau.Wilson(
            np.array([bare[n] for n in kept]), nutau.Basis(bare.basis.eft, bare.basis.name, kept), bare.scale
        )
        found = [np.ravel(nutau.values(names, what)) for what in (model, without, {})]
        for one, two, standard in zip(*found, strict=True):
            assert abs(one - two) < 1e-2 * abs(two - standard) + 1e-7
