"""SMEFT to WET at tree level: equal to wilson; the letter's equations, the sign theorem, both conventions."""

import dataclasses
import json
import math
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nutau.eft.ckm import tree_ckm
from nutau.eft.smeft import matching
from nutau.eft.smeft.basis import Basis, is_real, warsaw
from nutau.eft.wet.basis import WET
from nutau.eft.wet.full import IN_WCXF
from nutau.eft.wet.leptons import LEPTONS
from nutau.eft.wilson import Wilson
from nutau.errors import InputError

REFERENCE = json.loads((Path(__file__).parent.parent / "reference" / "wilson_matching.json").read_text())
WILSON = REFERENCE["parameters"]
M_Z = REFERENCE["scale"]
FERMI = ("ll_1221", "phil3_11", "phil3_22")
INPUTS = ("GF", "alpha_e", "alpha_s", "Vus", "Vub", "Vcb", "gamma")
PAR = {**{name: WILSON[name] for name in INPUTS}, "m_b": 4.18}
TEV2 = 1e-6
PAIR = Basis("SMEFT", "Warsaw", ("lq1_3323", "lq3_3323"))


def constants(convention="physical", **par):
    """Those of wilson at m_Z: alpha_e is fixed, s_w² follows from alpha_e, G_F and m_W."""
    full = {**PAR, "s2w": 0.23, **par}
    c = matching.constants(full, M_Z, convention)
    s2w = math.pi * WILSON["alpha_e"] * c.v2 / WILSON["m_W"] ** 2
    fixed = {"alpha": WILSON["alpha_e"], "alpha_s": WILSON["alpha_s(m_Z)"], "m_b": WILSON["m_b(m_Z)"]}
    return dataclasses.replace(c, s2w=s2w, **fixed)


def sequence(size, *, fermi):
    """The input of tools/make_wilson_matching_reference.py."""
    known = sorted(warsaw().coefficients)
    values = {
        name: size * complex(np.cos(1.7 * (n + 1)), 0.0 if is_real(name) else np.sin(2.3 * (n + 1)))
        for n, name in enumerate(known)
        if "_" in name and (name in FERMI) == fermi
    }
    return Wilson.from_mapping(warsaw(), M_Z, values)


def pair(c1, c3):
    return Wilson(np.array([c1, c3], dtype=complex) * TEV2, PAIR, M_Z)


@pytest.mark.parametrize("target", [WET, LEPTONS], ids=["WET", "leptons"])
@pytest.mark.parametrize(("part", "size", "accuracy"), [("linear", 1e-9, 1e-10), ("fermi", 1e-12, 1e-6)])
def test_every_coefficient_is_wilsons(target, part, size, accuracy):
    ours = matching.match(sequence(size, fermi=part == "fermi"), constants(), target)
    for name in target.coefficients:
        if name not in IN_WCXF:  # lepton number is violated
            assert ours[name] == 0
            continue
        # wilson subtracts the SM from SM + NP, which costs digits relative to the SM's 1/v² = 1.6e-5 GeV⁻²
        theirs = complex(*REFERENCE[f"matched_{part}"][name])
        assert ours[name] == pytest.approx(theirs, rel=accuracy, abs=1e-17), name


def test_letter_point():
    # wilson at m_Z with C3 = -0.045 TeV⁻²: C9 = 26.51 (kappa + 1), CL = 26.51 (kappa - 1), CVL = 0.06293
    for kappa in (0.0, 1.0, -3.0, 0.5):
        ours = matching.match(pair(-0.045 * kappa, -0.045), constants())
        # the imaginary part is that of 1/lambda_t
        assert ours["C9_bstautau"].real == pytest.approx(26.51 * (kappa + 1), abs=0.005 * abs(kappa + 1))
        assert ours["C10_bstautau"] == -ours["C9_bstautau"]
        assert ours["CL_bsnutaunutau"].real == pytest.approx(26.51 * (kappa - 1), abs=0.005 * abs(kappa - 1))
        assert ours["CVL_bctaunutau"].real == pytest.approx(0.06293, abs=5e-6)
        assert ours["C9p_bstautau"] == ours["C9_bsmumu"] == ours["CR_bsnutaunutau"] == 0


def test_up_quark_of_the_same_coefficient():
    # lq3_3323 = -0.045 TeV⁻² also gives B -> tau nu: +0.050 + 0.161i, up to the last digit
    ours = matching.match(pair(0, -0.045), constants())["CVL_butaunutau"]
    assert (ours.real, ours.imag) == pytest.approx((0.050, 0.161), abs=6e-4)


def test_off_diagonal_leptons_and_conjugate_keys():
    # conj(lq3_2332) = lq3_3223 feeds C9_bsmutau, CL_bsnumunutau, CVL_bctaunumu; lq3_2323 the mirror images
    c, z = constants(), (0.3 + 0.4j) * TEV2
    n = matching.normalisation(c)
    some = Basis("SMEFT", "Warsaw", ("lq3_2323", "lq3_2332"))
    ours = matching.match(Wilson(np.array([0.0, np.conj(z)]), some, M_Z), c)
    assert ours["C9_bsmutau"] == pytest.approx(complex(n * z))
    assert ours["CL_bsnumunutau"] == pytest.approx(complex(-n * z))
    assert ours["CVL_bctaunumu"] == pytest.approx(complex(-c.v2 * c.charm[1] * z))
    assert ours["C9_bstaumu"] == ours["CL_bsnutaunumu"] == 0
    ours = matching.match(Wilson(np.array([z, 0.0]), some, M_Z), c)
    assert ours["C9_bstaumu"] == pytest.approx(complex(n * z))
    assert ours["CVL_bcmunutau"] == pytest.approx(complex(-c.v2 * c.charm[1] * z))
    assert ours["C9_bsmutau"] == 0


# --- the sign theorem ---


@pytest.mark.parametrize("kappa", [-3.0, -0.5, 0.0, 0.5, 1.0, 1.5, 3.0])
def test_sign_theorem(kappa):
    # what raises R_D gives C9 the sign of kappa + 1 and CL that of kappa - 1 (C9_SM > 0, CL_SM < 0)
    c = constants()
    ours = matching.match(pair(-0.045 * kappa, -0.045), c)
    delta, c9, cl = (ours[name] for name in ("CVL_bctaunutau", "C9_bstautau", "CL_bsnutaunutau"))
    assert delta.real > 0
    assert np.sign(c9.real) == np.sign(kappa + 1)
    assert np.sign(cl.real) == np.sign(kappa - 1)
    # unitarity: C9 = (kappa + 1) (pi/alpha) delta (1 + eps_u)/|V_cs|²
    v_cs, v_us = c.ckm[..., 1, 1], c.ckm[..., 0, 1]
    eps = c.v_ub * np.conj(v_us) / c.lambda_t
    assert c9 == pytest.approx((kappa + 1) * math.pi / c.alpha * delta * (1 + eps) / abs(v_cs) ** 2)


@pytest.mark.parametrize("phases", [(math.pi, 0, 0, 0), (0, math.pi, 0, 0), (0.3, -1.1, 2.0, 0.7)])
def test_rephasing_s_b_c_u_changes_nothing_physical(phases):
    s, b, c_, u = np.exp(1j * np.array(phases))
    c = constants()
    first = matching.match(pair(0.02 - 0.01j, -0.045 + 0.02j), c)
    # s -> e^{is} s and so on: V_ij -> e^{-i u_i} V_ij e^{i d_j}, C_23 -> e^{-is} C_23 e^{ib}
    turned = dataclasses.replace(
        c,
        lambda_t=c.lambda_t * b * np.conj(s),
        charm=(c.charm[0] * np.conj(b), c.charm[1] * s * np.conj(b), c.charm[2]),
        up=(c.up[0] * np.conj(b), c.up[1] * s * np.conj(b), c.up[2]),
        v_cb=c.v_cb * b * np.conj(c_),
        v_ub=c.v_ub * b * np.conj(u),
    )
    start = pair(0.02 - 0.01j, -0.045 + 0.02j)
    second = matching.match(Wilson(start.values * np.conj(s) * b, PAIR, M_Z), turned)
    for name in ("C9_bstautau", "C10_bstautau", "CL_bsnutaunutau", "CVL_bctaunutau", "CVL_butaunutau"):
        assert second[name] == pytest.approx(complex(first[name])), name


def test_published_convention():
    c = constants("published")
    physical = constants()
    ours = matching.match(pair(0.0, -0.045), c)
    exact = matching.match(pair(0.0, -0.045), physical)
    assert c.lambda_t == pytest.approx(abs(physical.lambda_t))
    assert ours["C9_bstautau"].real == pytest.approx(-abs(exact["C9_bstautau"]))  # (2.8) with |lambda_t|
    assert ours["CVL_bctaunutau"] == pytest.approx(0.045 * TEV2 * c.v2 / c.v_cb)  # (2.15)
    others = Basis("SMEFT", "Warsaw", ("lq3_3313", "lq3_3333"))
    dropped = Wilson(np.array([1.0, 1.0]) * TEV2 + 0j, others, M_Z)
    assert matching.match(dropped, c)["CVL_bctaunutau"] == 0
    assert matching.match(dropped, physical)["CVL_bctaunutau"] != 0


def test_top_aligned_coupling_cancels_in_r_d():
    # sum_k V_ck V_tk* V_tb = 0: a coupling of the top doublet alone gives no b -> c tau nu
    ckm = tree_ckm(PAR)
    values = np.conj([ckm.td, ckm.ts, ckm.tb]) * ckm.tb * TEV2
    some = Basis("SMEFT", "Warsaw", ("lq3_3313", "lq3_3323", "lq3_3333"))
    assert abs(matching.match(Wilson(values, some, M_Z), constants())["CVL_bctaunutau"]) < 1e-15


# --- mixing, draws, JAX, refusals ---


def test_bs_mixing():
    some = Basis("SMEFT", "Warsaw", ("qq1_2323", "qq3_2323", "dd_2323", "qd1_2323", "qd8_2323"))
    ours = matching.match(Wilson(np.array([1, 2, 3, 5, 6], dtype=complex), some, M_Z), constants())
    mixing = [ours[name] for name in ("CVLL_bsbs", "CVRR_bsbs", "CVLR_bsbs", "CSLR_bsbs", "CSLL_bsbs")]
    assert mixing == pytest.approx([3, 3, 4, -6, 0])


def test_one_alpha():
    # the amplitude alpha C9 does not depend on which alpha normalises the operators
    c = constants()
    other = dataclasses.replace(c, alpha=1 / 132.1)
    for name in ("C9_bstautau", "CL_bsnutaunutau"):
        one, two = (k.alpha * matching.match(pair(0.3, -0.045), k)[name] for k in (c, other))
        assert one == pytest.approx(complex(two))


def test_draws_are_a_leading_axis():
    draws = {**PAR, "s2w": 0.231, "Vcb": np.array([0.040, 0.042]), "m_b": np.array([4.18, 4.2])}
    c = matching.constants(draws, 4.8)
    step = matching.tree_level(c, PAIR)
    assert step.matrix.shape == (2, 1 + len(WET), 5)  # s -> c takes the complex conjugate of 3323
    for i in range(2):
        single = matching.constants({**draws, "Vcb": draws["Vcb"][i], "m_b": draws["m_b"][i]}, 4.8)
        np.testing.assert_allclose(step.matrix[i], matching.tree_level(single, PAIR).matrix, rtol=1e-12)


def test_gradient_in_inputs_and_coefficients():
    names = ("Vcb", "gamma", "alpha_e", "GF")
    some = Basis("SMEFT", "Warsaw", ("lq3_3323", "ledq_3332", "dB_23"))
    values = jnp.array([1.0, 0.5, 0.2]) * TEV2

    def size(x, values):
        par = {**PAR, "s2w": jnp.asarray(0.231), **dict(zip(names, x, strict=True))}
        matched = matching.match(Wilson(values.astype(complex), some, M_Z), matching.constants(par, 4.8))
        return jnp.sum(jnp.abs(matched.values) ** 2)

    at = jnp.array([PAR[name] for name in names])
    slope, by_coefficient = jax.jit(jax.grad(size, argnums=(0, 1)))(at, values)
    compiled = jax.jit(size)
    for i, name in enumerate(names):
        step = 1e-6 * at[i]
        numeric = (compiled(at.at[i].add(step), values) - compiled(at.at[i].add(-step), values)) / (2 * step)
        assert slope[i] == pytest.approx(float(numeric), rel=1e-5), name
    assert np.all(np.isfinite(by_coefficient))


def test_source_may_lack_coefficients():
    nothing = Basis("SMEFT", "Warsaw", ("phiWB",))
    ours = matching.match(Wilson(np.array([1e-8 + 0j]), nothing, M_Z), constants())
    assert not np.any(ours.values)


def test_unknown_convention():
    with pytest.raises(InputError, match="physical"):
        matching.constants({**PAR, "s2w": 0.231}, M_Z, "phisical")
