"""SMEFT running: wilson between the nodes of the tables, the golden numbers, composition, one alpha, gradients."""

import dataclasses
import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nutau.common.yaml_files import folder
from nutau.eft.smeft import matching
from nutau.eft.smeft.basis import warsaw
from nutau.eft.smeft.running import TABLES, file_name, load, running
from nutau.eft.wet import running as wet_running
from nutau.eft.wet.basis import CB_MUNU, CB_TAUNU, MU_B, SB_NUNU, WET, part
from nutau.eft.wet.full import IN_WCXF
from nutau.eft.wet.leptons import LEPTONS
from nutau.eft.wilson import Basis, Wilson
from nutau.errors import InputError
from nutau.inputs import load_inputs
from nutau.observables.point import from_smeft

REFERENCE = json.loads((Path(__file__).parent.parent / "reference" / "wilson_running.json").read_text())
LIGHT = json.loads((Path(__file__).parent.parent / "reference" / "wilson_running_light.json").read_text())
PAIRS = json.loads((Path(__file__).parent.parent / "reference" / "wilson_running_pairs.json").read_text())
OTHERS = LIGHT["values"].keys() | PAIRS["values"].keys()
LOW = json.loads((Path(__file__).parent.parent / "reference" / "wilson_running_low.json").read_text())
POINTS = [(point, key) for point in REFERENCE["points"] for key in point["converged"]]
PAIR = Basis("SMEFT", "Warsaw", ("lq1_3323", "lq3_3323"))
FEW = Basis(
    "WET", "flavio", ("C9_bstautau", "C10_bstautau", "CL_bsnutaunutau", "C9_bsmumu", "CVL_bctaunutau")
)
TEV2 = 1e-6
TREE = {"GF": 1.1663787e-5, "alpha_e": 1 / 127.9, "alpha_s": 0.1185, "m_b": 4.18, "s2w": 0.2312}
CKM = {"Vus": 0.2243, "Vub": 3.62e-3, "Vcb": 4.221e-2, "gamma": 1.27}


def numbers(pairs):
    return {name: complex(*value) for name, value in pairs.items()}


def mapped(point, eft, scale, high):
    """Our numbers for a reference point, by target, and the size of each row times the largest coefficient."""
    values = numbers(point)
    basis = load(eft=eft, scale=scale).basis
    step = running(high, scale, source=Basis("SMEFT", "Warsaw", tuple(values)), target=basis)
    largest = np.abs(running(high, scale, target=basis).matrix[1:, 1:]).max(axis=1)
    return step(np.array(list(values.values()))), largest * max(map(abs, values.values())), basis.coefficients


def worst(mine, theirs, size, names):
    other = np.array([theirs.get(name, 0.0) for name in names])
    assert np.all(other[size == 0] == 0)
    return (np.abs(mine - other)[size > 0] / size[size > 0]).max()


@pytest.mark.parametrize(
    ("point", "key"), POINTS, ids=lambda v: v if isinstance(v, str) else f"{v['scale_high']:.0f}"
)
def test_between_nodes_equal_to_wilson(point, key):
    eft, scale = key.split()
    mine, size, names = mapped(point["source"], eft, float(scale), point["scale_high"])
    # those of light quarks and pairs are in other files, below; the dipoles of the tau came later
    keep = np.array([name not in OTHERS and not name.startswith("Cgamma") for name in names])
    mine, size, names = mine[keep], size[keep], list(np.array(names)[keep])
    # wilson's equations solved to 1e-8 with C_ee symmetric; what remains is wilson's own non-linearity (lepton mixing)
    assert worst(mine, numbers(point["converged"][key]), size, names) < 3e-6
    if key in point["wilson"]:  # as it comes, wilson solves the equation to a relative 1e-3
        assert worst(mine, numbers(point["wilson"][key]), size, names) < 1e-3
        other = np.array([numbers(point["wilson"][key]).get(name, 0.0) for name in names])
        assert np.abs(mine - other).max() < 1e-4 * size.max()


@pytest.mark.parametrize("reference", [LIGHT, PAIRS], ids=["light quarks", "pairs of leptons"])
def test_mesons_taus_of_light_quarks_and_pairs_of_leptons_are_wilsons(reference):
    """Mixing of B0, K and D, s -> d nu nu, currents of light quarks; b -> s e mu, b -> d with e and mu: to its 1e-3."""
    mine, size, names = mapped(reference["source"], "WET", 4.8, reference["scale_high"])
    keep = np.array([name in reference["values"] for name in names])
    kept = [name for name in names if name in reference["values"]]
    assert len(kept) == len(reference["values"])
    theirs = numbers(reference["values"])
    assert worst(mine[keep], theirs, size[keep], kept) < 1e-3
    assert sum(value != 0 for value in theirs.values()) > 40


@pytest.mark.parametrize("key", LOW["targets"])
@pytest.mark.parametrize("point", LOW["points"], ids=lambda point: f"{point['scale_high']:g}")
def test_from_m_z_to_200_gev_equal_to_wilson(point, key):
    eft, scale = key.split()
    mine, size, names = mapped(point["source"], eft, float(scale), point["scale_high"])
    keep = np.array([name in LOW["targets"][key] for name in names])
    assert keep.sum() == len(LOW["targets"][key])
    kept = [name for name, is_kept in zip(names, keep, strict=True) if is_kept]
    # as between the nodes above: the equations to 1e-8, wilson's own non-linearity
    assert worst(mine[keep], numbers(point["converged"][key]), size[keep], kept) < 3e-6


def test_at_m_z_it_is_the_match_alone():
    names = ("lq1_3323", "lq3_3323", "qe_2333", "ld_3323", "ed_3323", "lq3_3333", "lq1_2332")
    source = Basis("SMEFT", "Warsaw", names)
    target = Basis(
        "WET", "flavio", (*part(SB_NUNU).coefficients, "C9_bstautau", "C10_bstautau", "C9p_bstautau")
    )
    c = at_m_z(alpha=1 / 127.9)
    tree = matching.tree_level(c, source, target).matrix
    run = running(91.1876, 91.1876, source=source, target=target, constants=c).matrix
    # rounding of the table: 1e-8 of the largest entry of a row, which other operators than these may have
    np.testing.assert_allclose(run[..., : tree.shape[-1]], tree, atol=1e-6 * np.abs(tree).max())
    within = running(
        91.1876, 91.1876, source=source, target=Basis("SMEFT", "Warsaw", ("phil1_33", "phil3_33"))
    )
    np.testing.assert_allclose(within.matrix[1:, 1:], 0, atol=1e-8)


def test_other_digits_of_m_z_are_m_z():
    here, there = (running(scale, source=PAIR, target=FEW).matrix for scale in (91.1876, 91.1875))
    np.testing.assert_allclose(there, here, rtol=1e-5, atol=1e-3 * np.abs(here).max() * 1e-3)


# physics as in wilson 2.5.2, C3 = -0.045 TeV^-2 and C1 = kappa C3: a + b kappa, digits as printed there
GOLDEN = {
    1000.0: ((25.47, 25.46), (-0.229, -0.235), (-28.95, 26.92), (0.0656, -0.0012)),
    2000.0: ((25.28, 25.27), (-0.253, -0.262), (-29.66, 27.04), (0.0663, -0.0016)),
    4700.0: ((25.06, 25.04), (-0.281, -0.296), (-30.55, 27.21), (0.0671, -0.0020)),
    10000.0: ((24.87, 24.85), (-0.305, -0.325), (-31.33, 27.36), (0.0679, -0.0024)),
}
GOLDEN_NAMES = ("C9_bstautau", "C9_bsmumu", "CL_bsnutaunutau", "CVL_bctaunutau")


@pytest.mark.parametrize("scale", GOLDEN)
def test_golden_running(scale):
    step = running(scale, source=PAIR, target=Basis("WET", "flavio", GOLDEN_NAMES))
    matrix = step.matrix[1:, 1:3].real * -0.045 * TEV2
    for (c1, c3), (a, b) in zip(matrix, GOLDEN[scale], strict=True):
        assert c3 == pytest.approx(a, rel=0.01)
        assert c1 == pytest.approx(b, rel=0.01, abs=5e-5)  # CVL is printed to 1e-4


def test_u1_at_4_7_tev():
    values = running(4700.0, source=PAIR, target=FEW)(np.array([-0.045, -0.045]) * TEV2)
    np.testing.assert_allclose(values.real, [50.1, -50.7, -3.34, -0.577, 0.065], rtol=0.01)


def test_composition():
    # wilson's C(1.5 TeV) from C(20 TeV), then our table: the same as our table from 20 TeV
    saved = REFERENCE["composition"]
    for eft, scale in TABLES:
        direct, size, names = mapped(saved["source"], eft, scale, saved["scale_high"])
        composed, _, _ = mapped(saved["middle"], eft, scale, saved["scale_middle"])
        assert worst(direct, dict(zip(names, composed, strict=True)), size, names) < 1e-6


def test_composition_below_the_match():
    # the charged currents and neutrinos mix with nothing else below m_Z
    target = part(CB_TAUNU, CB_MUNU, SB_NUNU)
    high, low = running(3000.0, 91.1876, target=target), running(3000.0, 4.8, target=target)
    step = wet_running.running(91.1876).matrix
    rows = [0, *(1 + WET.index(name) for name in target.coefficients)]
    composed = step[np.ix_(rows, rows)] @ high.matrix
    scale = np.abs(low.matrix).max(axis=1, keepdims=True)
    scale[scale == 0] = 1.0
    np.testing.assert_allclose(composed / scale, low.matrix / scale, atol=1e-7)


def at_m_z(**changes):
    return dataclasses.replace(matching.constants({**TREE, **CKM}, 91.1876), **changes)


def test_close_to_tree_level_just_above_the_match():
    # 0.2 TeV to m_Z is a loop factor times ln 2: within 4 % of the tree level of nutau's own matching
    names = ("lq1_3323", "lq3_3323", "qe_2333", "ld_3323", "ed_3323", "phiq1_23", "lq3_3333", "lq1_2332")
    source = Basis("SMEFT", "Warsaw", names)
    c = at_m_z(alpha=1 / 127.9)
    target = part(SB_NUNU, CB_TAUNU)
    target = Basis(
        "WET", "flavio", (*target.coefficients, "C9_bstautau", "C10_bstautau", "C9p_bstautau", "C9_bsmutau")
    )
    tree = matching.tree_level(c, source, target).matrix
    run = running(200.0, 91.1876, source=source, target=target, constants=c).matrix
    size = np.abs(tree).max(axis=1, keepdims=True)
    active = size[:, 0] > 0
    np.testing.assert_allclose(run[active] / size[active], tree[active] / size[active], atol=0.04)


def test_one_alpha():
    # the amplitude, prefactor times coefficient, does not depend on the normalisation of the weak theory
    target = Basis(
        "WET", "flavio", ("C9_bstautau", "CS_bstautau", "CL_bsnutaunutau", "CVL_bctaunutau", "CVLL_bsbs")
    )
    source = Basis("SMEFT", "Warsaw", ("lq3_3323", "ledq_3332", "qq1_2323"))
    c = at_m_z()
    other = dataclasses.replace(
        c, alpha=1 / 132.0, lambda_t=0.039 - 0.002j, m_b=3.0, v2=c.v2 * 1.01, v_cb=0.040
    )
    first, second = (
        running(2000.0, source=source, target=target, constants=k).matrix[1:] for k in (c, other)
    )
    for k, matrix in ((c, first), (other, second)):
        penguin = k.alpha * k.lambda_t / k.v2
        matrix *= np.array([penguin, penguin * k.m_b, penguin, k.v_cb / k.v2, 1.0])[:, None]
    np.testing.assert_allclose(first, second, rtol=1e-12)


def test_own_normalisation_changes_nothing():
    table = load()
    t = table.normalisation
    ckm = np.zeros((3, 3), dtype=complex)
    ckm[0], ckm[1] = ([t[f"v_{up}{down}"] for down in "dsb"] for up in "uc")
    ckm[2] = 1.0, t["lambda_sd"], 0.0
    names = ("lambda_t", "lambda_td", "v_cb", "v_ub")
    numbers = {name: t[name].real for name in ("v2", "alpha", "alpha_s", "m_b")}
    c = at_m_z(ckm=ckm, **{name: t[name] for name in names}, **numbers)
    wilson, same = (running(5000.0, target=WET, constants=k).matrix for k in (None, c))
    np.testing.assert_allclose(same, wilson, rtol=1e-14)
    assert t["alpha"].real == pytest.approx(1 / 127.9)


def test_draws_of_the_constants_and_arrays_of_scales():
    scales = np.array([500.0, 4000.0, 3e4])
    together = running(scales, source=PAIR, target=FEW)
    assert together.matrix.shape == (3, 6, 5)
    for k, scale in enumerate(scales):
        np.testing.assert_allclose(
            together.matrix[k], running(scale, source=PAIR, target=FEW).matrix, rtol=1e-13
        )
    draws = at_m_z(alpha=np.array([1 / 127.9, 1 / 132.0]))
    many = running(1000.0, source=PAIR, target=FEW, constants=draws).matrix
    assert many[1, 1, 1] / many[0, 1, 1] == pytest.approx(132.0 / 127.9)
    on_jax = running(
        jnp.asarray(scales), source=PAIR, target=FEW, constants=at_m_z(alpha=jnp.asarray(1 / 127.9))
    )
    np.testing.assert_allclose(on_jax.matrix[:, 5], together.matrix[:, 5], rtol=1e-3)


@pytest.mark.parametrize("scale", [91.1876, 200.0, 4700.0, 1e5])
def test_gradient_in_the_scale(scale):
    def entry(mass):
        return jnp.real(running(mass, source=PAIR, target=FEW).matrix[3, 2]) * TEV2

    inside = scale * (1 + 1e-5) if scale < 1e5 else scale * (1 - 1e-5)
    slope = (entry(jnp.asarray(inside)) - entry(jnp.asarray(scale))) / (inside - scale)
    assert float(jax.grad(entry)(scale)) == pytest.approx(float(slope), rel=1e-3)
    assert float(jax.jit(entry)(scale)) == pytest.approx(float(entry(scale)), rel=1e-12)


def test_a_traced_scale_outside_is_no_number():
    value = jax.jit(lambda mass: running(mass, source=PAIR, target=FEW).matrix)(1e6)
    assert np.all(
        np.isnan(
            np.asarray(value)[1:, 1:3].real[np.abs(running(1e5, source=PAIR, target=FEW).matrix[1:, 1:3]) > 0]
        )
    )


def test_tables_hold_the_whole_warsaw_basis_and_all_targets():
    for eft, scale in TABLES:
        table = load(eft=eft, scale=scale)
        assert {*table.sources, *table.negligible} == set(warsaw().coefficients)
        if eft == "WET":
            assert set(IN_WCXF.coefficients) <= set(table.targets)
    assert running(1000.0, target=LEPTONS).matrix.shape == (1 + len(LEPTONS), 1 + 2 * len(warsaw()))


def test_z_couplings_by_the_top_loop():
    # phil1_33 = -6 yt²/16pi² ln(L/m_Z) lq1_3333, opposite for lq3, effective yt 0.80-0.85 [the estimate's range]
    source = Basis("SMEFT", "Warsaw", ("lq1_3333", "lq3_3333"))
    target = Basis("SMEFT", "Warsaw", ("phil1_33", "phil3_33"))
    matrix = running(4700.0, 91.1876, source=source, target=target).matrix[1:, 1:3].real
    logarithm = 6 / (16 * np.pi**2) * np.log(4700 / 91.1876)
    assert 0.80 < np.sqrt(-matrix[0, 0] / logarithm) < 0.87
    assert 0.75 < np.sqrt(matrix[1, 1] / logarithm) < 0.87


@pytest.mark.parametrize("scale", [80.4, 91.0, 1.2e5, np.array([1e3, 1e6]), float("nan")])
def test_scale_outside(scale):
    with pytest.raises(
        InputError, match=r"outside the running table .* 91.1876 to 100000 GeV.*`running='none'`"
    ):
        running(scale, target=FEW)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"scale_low": 10.0}, "no running table to WET at 10 GeV.*WET at 4.8 GeV.*make_smeft_running"),
        (
            {"target": Basis("WET", "flavio", ("C9_bstata",))},
            "Unknown target of the running 'C9_bstata'.*C9_bstautau",
        ),
        ({"target": Basis("WET", "JMS", ("VedLL_3323",))}, "runs to WET/flavio, not to WET/JMS"),
        ({"source": Basis("SMEFT", "Warsaw", ("lq1_3223",))}, "Unknown source of the running 'lq1_3223'"),
        (
            {"source": Basis("SMEFT", "Warsaw up", ("lq1_3323",))},
            "Running starts from SMEFT/Warsaw .* not from",
        ),
        ({"tables": "no_such_folder"}, "There is no running table no_such_folder/smeft_wet_4.8.npz"),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(InputError, match=message):
        running(1000.0, **arguments)


def test_tables_of_a_user(tmp_path):
    for eft, scale in (("WET", MU_B), ("SMEFT", 91.1876)):
        name = file_name(eft, scale)
        tmp_path.joinpath(name).write_bytes(folder("running").joinpath(name).read_bytes())
    inputs = load_inputs("default")
    point = Wilson.from_mapping(warsaw(), 2000.0, {"lq1_3323": 1e-8, "lq3_3333": 1e-8})
    mine, ours = (from_smeft(point, inputs, running=how) for how in (str(tmp_path), "full"))
    np.testing.assert_array_equal(mine.values, ours.values)
    with pytest.raises(InputError, match=r"There is no running table .*smeft_wet_80.4.npz. Make it with"):
        running(1000.0, 80.4, source=PAIR, target=FEW, tables=tmp_path)
    wrong = tmp_path / file_name("WET", 80.4)
    wrong.write_bytes(tmp_path.joinpath(file_name("WET", MU_B)).read_bytes())
    with pytest.raises(InputError, match=r"runs to 4.8 GeV, not to 80.4 GeV"):
        running(1000.0, 80.4, source=PAIR, target=FEW, tables=tmp_path)
    tmp_path.joinpath(file_name("WET", 91.1876)).write_bytes(b"PK not a table")
    with pytest.raises(InputError, match=r"91.1876.npz is no running table of nutau"):
        load("WET", 91.1876, tables=tmp_path)
    with pytest.raises(InputError, match=r"'nowhere' is neither full, nor none, nor a folder"):
        from_smeft(point, inputs, running="nowhere")
