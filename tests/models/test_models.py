"""Mediators: quantum numbers, kappa, signs, arguments, sums, two-field models, JAX."""

import json
import math
from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from typer.testing import CliRunner

import nutau
from nutau.cli import app
from nutau.eft.ckm import matrix, tree_ckm
from nutau.eft.smeft import matching
from nutau.eft.smeft.basis import read_smeft
from nutau.errors import InputError
from nutau.models import MEDIATORS, S1, S3, U1, U3, VB, X, Zp, mediator, phi2, two_field_couplings
from nutau.models.catalogue import parse_couplings
from nutau.models.formulas import parse
from nutau.models.two_field import c3_from_delta

PAR = {"GF": 1.1663787e-5, "alpha_e": 1 / 127.9, "alpha_s": 0.1185, "m_b": 4.18, "s2w": 0.2312}
PAR |= {"Vus": 0.2243, "Vub": 3.62e-3, "Vcb": 4.221e-2, "gamma": 1.27}  # CKM: wilson's defaults
HYPERCHARGE = {
    "Q": Fraction(1, 6),
    "u": Fraction(2, 3),
    "d": Fraction(-1, 3),
    "L": Fraction(-1, 2),
    "e": Fraction(-1),
}
IDS = [m.name for m in MEDIATORS]


def generic(field, seed=0):
    rng = np.random.default_rng(seed)
    matrices = {c.name: rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3)) for c in field.couplings}
    return {c.name: matrices[c.name] + c.hermitian * matrices[c.name].conj().T for c in field.couplings}


# --- what the letter and Dorsner et al. say of each ---

KAPPA = {"VB": 0.0, "U1": 1.0, "U3": -3.0, "S3": 3.0, "S1": -1.0, "Z'": math.inf}  # Table I


@pytest.mark.parametrize("field", MEDIATORS, ids=IDS)
def test_kappa_of_table_1(field):
    assert field.kappa == KAPPA.get(field.name)
    model = field(1e3, **generic(field))
    if field.kappa is not None and field.kappa < math.inf:
        for flavours in ("3323", "2323", "1222", "3313"):
            c1, c3 = (model.coefficient(f"{operator}_{flavours}") for operator in ("lq1", "lq3"))
            assert c1 == pytest.approx(complex(field.kappa * c3))


@pytest.mark.parametrize("field", MEDIATORS, ids=IDS)
def test_hypercharge_is_conserved(field):
    for coupling in field.couplings:
        first, second = HYPERCHARGE[coupling.rows], HYPERCHARGE[coupling.columns]
        if field.name == "phi2":
            expected = (
                first - second if coupling.name != "Yu" else second - first
            )  # Yu couples to the conjugate
        elif coupling.rows == "e":
            expected = second - first  # ē R2* Q
        else:
            expected = -(first + second) if field.colour == "3̄" else first - second
        assert field.hypercharge == expected, coupling.name


@pytest.mark.parametrize("field", MEDIATORS, ids=IDS)
def test_description_is_complete_and_json(field):
    text = json.loads(json.dumps(field.describe(), allow_nan=False))
    assert text["quantum_numbers"]["SU3"] in ("1", "3", "3̄")
    assert len(text["match"]) == len(text["match_latex"]) == len(field.match)
    for coupling in field.couplings:
        assert coupling.name in " ".join(text["match"])
        assert coupling.latex in " ".join(text["match_latex"])
    assert text["references"]


# --- R_D ---


@pytest.mark.parametrize(
    ("name", "condition"),
    [
        ("S1", "Re(y1LL*_23 y1LL_33) > 0"),
        ("S3", "Re(y3LL*_23 y3LL_33) < 0"),
        ("U1", "Re(x1LL_23 x1LL*_33) > 0"),
        ("U3", "Re(x3LL_23 x3LL*_33) < 0"),
        ("VB", "Re(gl_33 gq_23) > 0"),
        *((name, None) for name in ("Z'", "R2~", "S1~", "V2")),
    ],
)
def test_condition_for_r_d(name, condition):
    assert mediator(name).rd_condition == condition


@pytest.mark.parametrize(
    ("field", "sign"), [(S1, 1), (S3, -1), (U1, 1), (U3, -1)], ids=["S1", "S3", "U1", "U3"]
)
def test_the_condition_raises_r_d(field, sign):
    name = field.couplings[0].name
    c = matching.constants(PAR, 4.8)
    for product in (1, -1):
        model = field(2e3, **{name: {"33": 1.0, "23": product * sign * 0.9}})
        delta = model.wet(4.8, "none", inputs=PAR)["CVL_bctaunutau"]
        without_33 = delta + c.v2 * model.coefficient("lq3_3333")
        assert model.meets_rd_sign() == model.meets_rd_sign(c.charm[1]) == (product > 0)
        assert np.sign(without_33.real) == product


@pytest.mark.parametrize(
    ("field", "sign"), [(S1, -1), (U1, -1), (S3, 1), (U3, 1)], ids=["S1", "U1", "S3", "U3"]
)
def test_lq3_3333_has_no_freedom(field, sign):
    for seed in range(5):
        assert np.sign(field(1e3, **generic(field, seed)).coefficient("lq3_3333").real) == sign


@pytest.mark.parametrize("kappa", [-3, -1, 0, 1, 3])
def test_sign_theorem_for_mediators(kappa):
    field = next(m for m in MEDIATORS if m.kappa == kappa)
    rng = np.random.default_rng(5)
    for _ in range(10):
        g23, g33 = rng.normal(size=2) + 1j * rng.normal(size=2)
        if field is VB:
            model = field(2e3, gq={"23": g23}, gl={"33": g33.real})
        else:
            model = field(2e3, **{field.couplings[0].name: {"23": g23, "33": g33}})
        c = matching.constants(PAR, 4.8)
        wet = model.wet(4.8, "none", inputs=PAR)
        delta = wet["CVL_bctaunutau"] + c.v2 * model.coefficient("lq3_3333")  # of 3323 alone
        # exactly proportional, with the almost real factor (pi/alpha)(1 + eps_u)/|V_cs|²
        assert (wet["C9_bstautau"] / delta).real * (kappa + 1) >= 0
        assert (wet["CL_bsnutaunutau"] / delta).real * (kappa - 1) >= 0
        assert abs((wet["C9_bstautau"] / delta).imag) < 0.03 * abs(wet["C9_bstautau"] / delta) + 1e-9


# --- numbers ---


def test_u1_of_the_letter():
    model = U1(mass=2000.0, x1LL={"33": 1.0, "23": 0.9})
    wilson = model.smeft()
    assert wilson["lq3_3323"] == wilson["lq1_3323"] == pytest.approx(-0.9 / (2 * 2000.0**2))
    assert wilson.scale == 2000.0
    assert model.kappa == 1.0
    assert np.all(model.wet(4.8, "none", inputs=PAR)["CL_bsnutaunutau"] == 0)


def test_u1_off_diagonal():
    # lq_2323 = -x_23 x*_32/2, lq_3223 = -x_22 x*_33/2 (times 1/M²)
    x = generic(U1, 4)["x1LL"]
    wilson = U1(1.0, x1LL=x).smeft()
    assert wilson["lq3_2323"] == pytest.approx(-x[1, 2] * np.conj(x[2, 1]) / 2)
    assert np.conj(wilson["lq3_2332"]) == pytest.approx(-x[1, 1] * np.conj(x[2, 2]) / 2)


def test_bs_mixing_identities():
    # |lq3_3323| = (gl_33/M) sqrt(|qq3_2323|/2) for VB, |lq1_3323| = (gl_33/M) sqrt(2 |qq1_2323|) for Z'
    mass, gl, gq = 3e3, 1.3, 0.2 - 0.4j
    triplet = VB(mass, gl={"33": gl}, gq={"23": gq}).smeft()
    assert abs(triplet["lq3_3323"]) == pytest.approx(gl / mass * math.sqrt(abs(triplet["qq3_2323"]) / 2))
    assert triplet["qq3_2323"] == pytest.approx(-(gq**2) / (8 * mass**2))
    singlet = Zp(mass, gl={"33": gl}, gq={"23": gq}, gd={"23": 0.1}).smeft()
    assert abs(singlet["lq1_3323"]) == pytest.approx(gl / mass * math.sqrt(2 * abs(singlet["qq1_2323"])))
    assert singlet["qd1_2323"] == pytest.approx(-gq * 0.1 / mass**2)


def test_tau_decays_of_vb():
    # tau -> mu nu nu: the amplitude over the SM's is 1 + v² gl_33 gl_22/4M²
    from nutau.eft.wet.leptons import LEPTONS

    model = VB(1e3, gl={"33": 1.1, "22": 0.7})
    c = matching.constants(PAR, 4.8)
    wet = model.wet(4.8, "none", inputs=PAR, target=LEPTONS)
    assert -wet["CVLL_nutaunumumutau"] * c.v2 / 2 == pytest.approx(c.v2 * 1.1 * 0.7 / (4 * 1e3**2))


def test_phi2_gives_scalars_only():
    model = phi2(1e3, Ye={"33": 0.5}, Yd={"23": 0.3, "33": 0.4}, Yu={"32": 0.2})
    wet = model.wet(4.8, "none", inputs=PAR)
    assert wet["CVL_bctaunutau"] == wet["CT_bctaunutau"] == 0
    assert abs(wet["CSL_bctaunutau"]) > 0
    assert abs(wet["CSR_bctaunutau"]) > 0
    assert model.kappa is None


def test_running_of_u1_makes_neutrinos():
    # SU(2) running turns lq3 into lq1: CL = -3.3 at 4.7 TeV for C3 = -0.045 TeV⁻² in wilson's normalisation
    wet = X(1.0, c3=-0.045, mass=4700.0).wet(4.8, inputs=PAR)
    ratio = wet["CL_bsnutaunutau"] / wet["C9_bstautau"]
    assert ratio.real == pytest.approx(-3.34 / 50.1, rel=0.01)


# --- sums, two-field models ---


def test_sum_of_mediators():
    one, two = U1(2e3, x1LL={"33": 1.0, "23": 0.5}), VB(2e3, gl={"33": 1.0}, gq={"23": 0.1j})
    both = one + two
    for key in ("lq1_3323", "lq3_3323", "qq3_2323", "ll_3333"):
        expected = sum(m.smeft()[key] for m in (one, two) if key in m.smeft().basis)
        assert both.smeft()[key] == pytest.approx(complex(expected))
    assert both.name == "U1 + VB"
    assert both.kappa == pytest.approx(complex(both.coefficient("lq1_3323") / both.coefficient("lq3_3323")))


def test_sum_with_different_masses_matches_each_at_its_own():
    both = U1(2e3, x1LL={"33": 1.0, "23": 0.5}) + S3(3e3, y3LL={"33": 1.0, "23": 0.5})
    with pytest.raises(InputError, match="different masses"):
        both.smeft()
    parts = [part.smeft() for part in both.parts]
    c = matching.constants(PAR, 4.8)
    expected = sum(matching.match(part, c).values for part in parts)
    np.testing.assert_allclose(both.wet(4.8, "none", inputs=PAR).values, expected)


@pytest.mark.parametrize("kappa", [-0.5, 0.0, 0.5, 1.5])
def test_two_field_pair_is_the_letters_x(kappa):
    pair, letter = two_field_couplings(kappa, -0.045, 2000.0), X(kappa, c3=-0.045)
    for key in ("lq1_3323", "lq3_3323"):
        assert pair.coefficient(key) == pytest.approx(complex(letter.coefficient(key)))
    assert pair.kappa == pytest.approx(kappa)
    assert letter.kappa == pytest.approx(kappa)
    assert pair.meets_rd_sign()
    assert abs(pair.coefficient("qq3_2323")) > 0  # a pair mixes B_s, the letter's X does not


@pytest.mark.parametrize(("vcb", "c3"), [(0.0395, -0.0450), (0.0400, -0.0455), (0.041, -0.0467)])
def test_c3_from_delta_is_the_letters(vcb, c3):
    # (4.3) of the letter, C3 = -delta V_cb/v², from the table of V_cb values
    c = matching.constants({**PAR, "Vcb": vcb}, 4.8, "published")
    assert c3_from_delta(0.0691, c).real == pytest.approx(c3, abs=1e-4)


# --- arrays and JAX ---


def test_arrays_are_loops():
    masses, x23 = np.array([1e3, 2e3, 5e3]), np.array([0.1, 0.2j, 0.3])
    many = U1(masses, x1LL={"33": 1.0, "23": x23}, x1RR={"33": 0.5}).smeft()
    assert "3 scales" in repr(many)
    for i in range(3):
        one = U1(masses[i], x1LL={"33": 1.0, "23": x23[i]}, x1RR={"33": 0.5}).smeft()
        np.testing.assert_allclose(many.values[i], one.values, rtol=1e-14)
    wet = U1(masses, x1LL={"33": 1.0, "23": x23}).wet(4.8, "none", inputs=PAR)
    assert wet.values.shape == (3, len(wet.basis))


def test_jit_and_gradient():
    def c9(mass, x23):
        model = U1(mass, x1LL={"33": 1.0, "23": x23})
        return jnp.real(model.wet(4.8, "none", inputs=PAR)["C9_bstautau"])

    at = jnp.asarray(2000.0), jnp.asarray(0.9)
    value = jax.jit(c9)(*at)
    plain = U1(2000.0, x1LL={"33": 1.0, "23": 0.9}).wet(4.8, "none", inputs=PAR)["C9_bstautau"].real
    assert value == pytest.approx(plain)
    by_mass, by_x = jax.jit(jax.grad(c9, argnums=(0, 1)))(*at)
    assert by_mass == pytest.approx(-2 * plain / 2000.0)
    assert by_x == pytest.approx(plain / 0.9)
    many = jax.vmap(c9)(jnp.full(4, 2000.0), jnp.linspace(0.0, 0.9, 4))
    assert many[0] == 0
    assert np.all(
        np.isfinite(jax.vmap(jax.grad(c9, argnums=1))(jnp.full(4, 2000.0), jnp.linspace(0.0, 0.9, 4)))
    )


@pytest.mark.parametrize("field", MEDIATORS, ids=IDS)
def test_every_field_compiles(field):
    """Without silent promotion of types, alone and for rows: what NumPy gives, loops and all."""
    given = {
        name: {"33": matrix[2, 2], "23": matrix[1, 2], "32": matrix[2, 1]}
        for name, matrix in generic(field).items()
    }

    def coefficients(mass):
        return field(mass, **given).smeft().values

    plain = coefficients(2000.0)
    scale = np.max(np.abs(plain))
    np.testing.assert_allclose(jax.jit(coefficients)(2000.0), plain, rtol=1e-9, atol=1e-12 * scale)
    with jax.numpy_rank_promotion("allow"):
        rows = jax.jit(coefficients)(jnp.full(3, 2000.0))
    np.testing.assert_allclose(rows, np.broadcast_to(plain, rows.shape), rtol=1e-9, atol=1e-12 * scale)


def test_matrix_and_elements_agree():
    x = np.zeros((3, 3), dtype=complex)
    x[1, 2], x[2, 2] = 0.9, 1.0
    full, some = U1(2e3, x1LL=x).smeft(), U1(2e3, x1LL={(2, 3): 0.9, "33": 1.0}).smeft()
    for key in some.basis.coefficients:
        assert full[key] == some[key]
    assert full.nonzero().keys() == some.nonzero().keys()


def test_up_alignment():
    # a coupling to the top's doublet is one to all down quarks, V_ti* of it, and gives no b -> c tau nu
    ckm = matrix(tree_ckm(PAR))
    top = U1(2e3, x1LL={"33": 1.0}, alignment="up", ckm=ckm)
    down = U1(2e3, x1LL={f"{i + 1}3": np.conj(ckm[2, i]) for i in range(3)})
    for key in down.smeft().basis.coefficients:
        assert top.coefficient(key) == pytest.approx(complex(down.coefficient(key))), key
    assert abs(top.wet(4.8, "none", inputs=PAR)["CVL_bctaunutau"]) < 1e-12
    with pytest.raises(InputError, match="alignment"):
        U1(2e3, x1LL={"33": 1.0}, alignment="top")


# --- arguments ---


def test_hermitian_couplings_are_completed():
    wilson = VB(1e3, gq={"23": 0.1 + 0.2j}, gl={"33": 1.0}).smeft()
    assert wilson["lq3_3323"] == pytest.approx(-(0.1 + 0.2j) / 4e6)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: VB(1e3, gq={"23": 0.1j, "32": 0.1j}), "must be Hermitian"),
        (lambda: VB(1e3, gl={"33": 1j}), "must be Hermitian"),
        (lambda: Zp(1e3, gd=np.triu(np.ones((3, 3)))), "must be Hermitian"),
        (lambda: U1(0.0, x1LL={"33": 1.0}), "positive"),
        (lambda: U1(-2e3, x1LL={"33": 1.0}), "positive"),
        (lambda: U1(math.nan, x1LL={"33": 1.0}), "a finite number of GeV is needed"),
        (lambda: U1("heavy", x1LL={"33": 1.0}), "number of GeV"),
        (lambda: U1(2e3, x1LR={"33": 1.0}), "x1LL"),
        (lambda: U1(2e3, x1LL={"34": 1.0}), "no element '34'"),
        (lambda: U1(2e3, x1LL={"3": 1.0}), "no element '3'"),
        (lambda: U1(2e3, x1LL=np.ones((2, 3))), "shape"),
        (lambda: U1(2e3, x1LL={"33": math.inf}), "finite"),
        (lambda: U1(2e3, x1LL={"33": "one"}), "number is needed"),
        (lambda: U1(2e3), "has no couplings"),
        (lambda: mediator("U4"), "U1"),
        (lambda: U1(2e3, x1LL={"33": 1.0}).wet(4.8, "half", inputs=PAR), "running"),
        (lambda: U1(2e3, x1LL={"33": 1.0}).wet(4.8, inputs=PAR, convention="published"), "no running"),
        (lambda: X(0.5, c3=-0.045, lepton=4), "generation"),
    ],
)
def test_bad_arguments(make, message):
    with pytest.raises(InputError, match=message):
        make()


@pytest.mark.parametrize(
    ("alias", "name"),
    [("S1t", "S1~"), ("s1~", "S1~"), ("W'", "VB"), ("Zp", "Z'"), ("φ2", "phi2"), ("u1", "U1")],
)
def test_aliases(alias, name):
    assert mediator(alias).name == name


def test_large_couplings_warn():
    assert U1(2e3, x1LL={"33": 3.5}).warnings == ()
    (warning,) = U1(2e3, x1LL={"33": 4.0, "23": 0.1}).warnings
    assert "x1LL_33" in warning
    assert "x1LL_23" not in warning


def test_command_line_couplings():
    assert parse_couplings(["x1LL_33=1.0", "x1LL_23=0.3+0.1j", "x1RR_33 = -2i"]) == {
        "x1LL": {"33": 1.0, "23": 0.3 + 0.1j},
        "x1RR": {"33": -2j},
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (["x1LL_33"], "NAME_ij=VALUE"),
        (["x1LL=1"], "NAME_ij=VALUE"),
        (["x1LL_33=one"], "number is needed"),
        (["x1LL_33=inf"], "finite"),
        (["x1LL_33=1", "x1LL_33=2"], "twice"),
    ],
)
def test_bad_command_line_couplings(text, message):
    with pytest.raises(InputError, match=message):
        parse_couplings(text)


@pytest.mark.parametrize(
    "line", ["lq1 -1/2 a_kj b_li", "lp1 = 1 a_kj b_li", "lq1 = 1 a_kj b_ki", "lq1 = 1 a_kj"]
)
def test_bad_formulas_are_refused(line):
    with pytest.raises(InputError, match="matching formula"):
        parse(line)


# --- command line ---


def run(*arguments):
    return CliRunner().invoke(app, arguments)


def test_models_lists_all_and_shows_one():
    table = run("models", "--json")
    assert table.exit_code == 0
    listed = json.loads(table.stdout)["models"]
    assert [entry["name"] for entry in listed] == IDS
    shown = run("models", "U1").stdout
    for line in ("(3, 1, 2/3)", "lq3_ijkl = (-1/2 x1LL_kj x1LL*_li) / M²", "Re(x1LL_23 x1LL*_33) > 0", "κ"):
        assert line in shown


def test_match_prints_wcxf():
    couplings = ("--coupling", "x1LL_23=0.9", "--coupling", "x1LL_33=1.0")
    printed = json.loads(run("match", "U1", "--mass", "2000", *couplings).stdout)
    assert read_smeft(printed)["lq3_3323"] == pytest.approx(-0.9 / 8e6)
    assert printed["metadata"]["warnings"] == []
    low = json.loads(
        run("match", "U1", "--mass", "2000", *couplings, "--to", "wet", "--running", "none").stdout
    )
    assert (low["eft"], low["basis"], low["scale"]) == ("WET", "flavio", 4.8)
    expected = U1(2000.0, x1LL={"23": 0.9, "33": 1.0}).wet(4.8, "none")["C9_bstautau"]
    assert complex(low["values"]["C9_bstautau"]["Re"], low["values"]["C9_bstautau"]["Im"]) == pytest.approx(
        complex(expected)
    )


def test_match_writes_a_file_and_warns(tmp_path):
    out = tmp_path / "wc.json"
    arguments = ("match", "VB", "--mass", "2000", "--coupling", "gl_33=4", "--coupling", "gq_23=0.1j")
    result = run(*arguments, "--out", str(out))
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "not perturbative" in result.stderr
    document = json.loads(out.read_text())
    assert document["metadata"]["warnings"]
    assert read_smeft(document)["lq3_3323"] == pytest.approx(-4 * 0.1j / (4 * 2000.0**2))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("match", "U1", "--mass", "2000", "--coupling", "x1LL_23=1", "--to", "eft"), "smeft"),
        (("match", "U1", "--mass", "50", "--coupling", "x1LL_23=1", "--to", "wet"), "outside"),
        (("match", "U1", "--mass", "2000", "--coupling", "x1LL_23=1", "--to", "wet", "--scale", "10"), "4.8"),
        (("match", "U1", "--mass", "2000", "--coupling", "x1LL_23=1", "--scale", "91"), "at the mass"),
        (
            ("match", "U1", "--mass", "2000", "--coupling", "x1LL_23=1", "--running", "none"),
            "would not be used",
        ),
        (
            ("match", "U1", "--mass", "2000", "--coupling", "x1LL_23=1", "--out", "/proc/x"),
            "can be made in '/proc'",
        ),
        (("match", "U1", "--mass", "50", "--coupling", "x1LL_23=1", "--to", "wet"), "--running none"),
        (
            ("match", "U1", "--mass", "2000", "--coupling", "x1LL_23=1", "--out", "/no/folder/x.json"),
            "Cannot write",
        ),
        (("match", "U1", "--mass", "2000", "--coupling", "x1LL_23=1", "--alignment", "left"), "alignment"),
        (("models", "U7"), "U1"),
    ],
)
def test_bad_command_lines(arguments, message):
    result = run(*arguments)
    assert isinstance(result.exception, InputError)
    assert message in str(result.exception)


def test_neutrinos_of_leptoquarks_are_those_of_the_literature():
    """arXiv:2505.05552, abstract: R(D) takes tenths; S1 + S3 can double B → Kνν̄ where U1 cannot, both K⁺ → π⁺νν̄."""
    names = ["R(D)/SM", "Rnunu(K)", "BR(K+->pinunu)/SM"]
    vector = nutau.values(names, U1(2000.0, x1LL={"33": 1.0, "23": 0.15, "13": 0.05}))
    scalars = S1(2000.0, y1LL={"33": 1.0, "23": 0.12}) + S3(
        2000.0, y3LL={"33": 0.8, "23": -0.06, "13": -0.02}
    )
    pair = nutau.values(names, scalars)
    assert np.all((np.array([vector[0], pair[0]]) > 1.02) & (np.array([vector[0], pair[0]]) < 1.2))
    assert vector[1] < 1.3
    assert pair[1] > 1.9
    assert min(vector[2], pair[2]) > 1.5
