"""Dipoles of scalar leptoquarks: Feynman integrals, every component with its charges, the logarithm of the running."""

import jax
import numpy as np
import pytest
from scipy.integrate import quad

import nutau
from nutau.eft.qcd import top_mass
from nutau.eft.smeft.running import M_Z, running
from nutau.eft.smeft.unbroken import Unbroken, unbroken
from nutau.eft.wilson import Basis
from nutau.errors import InputError
from nutau.inputs import load_inputs
from nutau.models import MEDIATORS, mediator
from nutau.models.boxes import couplings as as_couplings
from nutau.models.dipoles import LOOP, dipoles, latex, parse

PAR = load_inputs("default").parameters.mapping()
MASS = 2000.0
SCALARS = [field for field in MEDIATORS if field.boxes]
V = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3, 2)) @ [1, 1j])[0]
UP, DOWN, LEPTONS = np.diag([0.2, 0.5, 0.9]), np.diag([0.3, 0.6, 0.7]), np.diag([0.1, 0.4, 0.8])
STANDARD = Unbroken(*map(np.array, (0.36, 0.64, 1.05)), V.conj().T @ UP, DOWN + 0j, LEPTONS + 0j)


def photon(on_fermion, ratio):
    """What multiplies the charge and the mass of the outer fermion, and of the inner one, by Feynman parameters.

    x is the parameter of the line without the photon's vertex, ``ratio`` m²/M²; squares of outer masses are left out.
    """

    def integral(value):
        edges = sorted({min(max(ratio, 1e-9), 0.5), 0.5})
        return quad(value, 0.0, 1.0, epsabs=0, epsrel=1e-10, limit=500, points=edges)[0]

    if on_fermion:  # two propagators of the fermion share 1 - x
        normal = integral(lambda x: 0.5 * x * (1 - x) ** 2 / (x + (1 - x) * ratio))
        return normal, integral(lambda x: (1 - x) ** 2 / (x + (1 - x) * ratio))
    normal = integral(lambda x: -0.5 * x * (1 - x) ** 2 / (1 - x + x * ratio))
    return normal, integral(lambda x: -x * (1 - x) / (1 - x + x * ratio))


def test_the_loop_functions_are_the_literature_and_these_their_limits():
    """hep-ph/0302221 for any m²/M² = t; at t = 0 what the docstring of the module says."""
    for t in (1e-3, 0.05, 0.4):
        log = np.log(t)
        fermion = (t * t - 5 * t - 2) / (12 * (t - 1) ** 3) + t * log / (2 * (t - 1) ** 4)
        flipped = (t - 3) / (2 * (t - 1) ** 2) + log / (t - 1) ** 3
        scalar = (2 * t * t + 5 * t - 1) / (12 * (t - 1) ** 3) - t * t * log / (2 * (t - 1) ** 4)
        flip = (t + 1) / (2 * (t - 1) ** 2) - t * log / (t - 1) ** 3
        assert photon(True, t) == pytest.approx((fermion, flipped), rel=1e-6)
        assert photon(False, t) == pytest.approx((-scalar, -flip), rel=1e-6)
    t = 1e-7
    assert photon(True, t) == pytest.approx((1 / 6, -1.5 - np.log(t)), rel=1e-5)
    assert photon(False, t) == pytest.approx((-1 / 12, -0.5), rel=1e-5)


# charge, isospin and hypercharge of the fields
LEFT = {"u": (2 / 3, 0.5, 1 / 6), "d": (-1 / 3, -0.5, 1 / 6), "n": (0.0, 0.5, -0.5), "e": (-1.0, -0.5, -0.5)}
RIGHT = {"u": (2 / 3, 0.0, 2 / 3), "d": (-1 / 3, 0.0, -1 / 3), "e": (-1.0, 0.0, -1.0)}


def lines(name, y):
    """Loops of the Lagrangian in components: outside, inside, its chirality, C for its conjugate, and F̄ y P f."""
    v, r2 = V.conj(), np.sqrt(2.0)  # the up quark of Q_i is V*_ai u_a
    if name == "S1":
        left, right = y["y1LL"], y["y1RR"]
        return [("e", "u", "L", "C", v @ left, right), ("d", "n", "L", "C", -left.T, None)]
    if name == "S3":
        left = y["y3LL"]
        of_e = [("e", "u", "L", "C", -v @ left, None), ("e", "d", "L", "C", -r2 * left, None)]
        return [
            *of_e,
            ("d", "n", "L", "C", -left.T, None),
            ("d", "e", "L", "C", -r2 * left.T, None),
        ]
    if name == "S1~":
        right = y["y1tRR"]
        return [("e", "d", "R", "C", None, right), ("d", "e", "R", "C", None, right.T)]
    if name == "R2":
        left, right = y["y2RL"], y["y2LR"]
        barred = right.conj().T
        return [
            ("e", "u", "R", "", -left, V @ barred),
            ("e", "d", "L", "", None, barred),
            ("d", "e", "R", "", right, None),
        ]
    left = y["y2tRL"]
    barred = left.conj().T
    return [
        ("e", "d", "R", "", -left, None),
        ("d", "e", "L", "", None, -barred),
        ("d", "n", "L", "", None, barred),
    ]


def expected(name, y, of, which):
    """The dipole of a charge (0 electric, 1 isospin, 2 hypercharge) or, 3, of colour, by the components."""
    masses = {"u": UP, "d": DOWN, "e": LEPTONS, "n": np.zeros((3, 3))}
    tables, other = {"L": LEFT, "R": RIGHT}, {"L": "R", "R": "L"}
    total = np.zeros((3, 3), dtype=complex)

    def charge(field, chirality):
        return tables[chirality][field][which] if which < 3 else float(field == of)

    for outside, inside, chirality, conjugate, left, right in lines(name, y):
        if outside != of:
            continue
        sign = -1.0 if conjugate else 1.0
        at_left, at_right = chirality, chirality if left is None else other[chirality]

        def normal(of_f, of_outside):
            return of_f / 6.0 - (of_outside - of_f) / 12.0

        if left is not None:
            size = normal(sign * charge(inside, at_left), charge(of, "L"))
            total += size * left.conj().T @ left @ masses[of]
        if right is not None and which != 1:  # O_W takes nothing of singlets
            size = normal(sign * charge(inside, at_right), charge(of, "R"))
            total += size * masses[of] @ right.conj().T @ right
        if left is not None and right is not None:
            of_f = sign * 0.5 * (charge(inside, at_left) + charge(inside, at_right))
            of_s = charge(of, "L") - sign * charge(inside, at_left)
            total -= (1.5 * of_f + 0.5 * of_s) * left.conj().T @ masses[inside] @ right
    lower = -1.0 if which == 1 else 1.0  # of τ³ for the second component
    return -0.5 * lower * (3.0 if of == "e" else 1.0) * total


def found(field, y, operator):
    slots = tuple((name, i, j) for name in y for i in (1, 2, 3) for j in (1, 2, 3))
    values = [y[name][i - 1, j - 1] for name, i, j in slots]
    own = as_couplings(field.couplings, slots, False)
    wilson = dipoles(field.dipoles, own, values, None, MASS, STANDARD)
    get = [
        wilson[key] if (key := f"{operator}_{i}{j}") in wilson.basis else 0.0
        for i in (1, 2, 3)
        for j in (1, 2, 3)
    ]
    gauge = {"B": STANDARD.g1, "W": STANDARD.g2, "G": STANDARD.g3}[operator[1]]
    return np.array(get).reshape(3, 3) / gauge / LOOP * MASS**2


@pytest.mark.parametrize("of", ["e", "d"])
@pytest.mark.parametrize("field", SCALARS, ids=lambda field: field.name)
def test_the_formulas_are_the_sum_over_components(field, of):
    """All flavours, complex couplings: photon, isospin, hypercharge and colour each."""
    stream = np.random.default_rng(3)
    y = {c.name: stream.normal(size=(3, 3)) + 1j * stream.normal(size=(3, 3)) for c in field.couplings}
    b, w = found(field, y, f"{of}B"), found(field, y, f"{of}W")
    np.testing.assert_allclose(b - w, expected(field.name, y, of, 0), atol=1e-12)
    np.testing.assert_allclose(w, expected(field.name, y, of, 1), atol=1e-12)
    np.testing.assert_allclose(b, expected(field.name, y, of, 2), atol=1e-12)
    if of == "d":
        np.testing.assert_allclose(found(field, y, "dG"), expected(field.name, y, of, 3), atol=1e-12)


def test_magnetic_moments_of_the_literature():
    """m_t [7/6 + 2/3 ln(m_t²/M²)] of S1 and m_t [1/6 + ...] of R2, arXiv:1603.04993."""
    for name, number in (("S1", 7 / 6), ("R2", 1 / 6)):
        field = mediator(name)
        y = {c.name: np.diag([0, 0, 1.0]) + 0j for c in field.couplings}
        alone = [{**y, name: 0 * y[name]} for name in y]
        photon_of = [found(field, one, "eB") - found(field, one, "eW") for one in (y, *alone)]
        flipped = (photon_of[0] - photon_of[1] - photon_of[2])[2, 2]
        assert abs(flipped) == pytest.approx(1.5 * number * abs(STANDARD.up[2, 2]), rel=1e-12)


def test_the_logarithm_is_the_running_of_the_tensor():
    """Of -2/3 ln(m_t²/M²), Q_F of S1: wilson's tables have the same, and so the sum has no scale."""
    scale = 1.02 * M_Z
    step = running(
        scale,
        M_Z,
        source=Basis("SMEFT", "Warsaw", ("lequ3_2333",)),
        target=Basis("WET", "flavio", ("Cgamma_taumu",)),
    ).matrix[1, 1]
    at = unbroken(PAR, scale)
    charge = np.sqrt(4 * np.pi * PAR["alpha_e"])
    vev = 1.0 / np.sqrt(2.0 * np.sqrt(2.0) * PAR["GF"])
    tensor = -1.0 / 8.0  # of S1, which turns 1.5 · 2/3 · 2 ln(M/μ) into the match
    loops = 1.5 * 2.0 / 3.0 * 2.0 * np.log(scale / M_Z) * LOOP * charge * vev * abs(at.up[2, 2])
    assert tensor * step.real == pytest.approx(loops, rel=0.01)


@pytest.mark.parametrize(("name", "number"), [("S1", 7 / 4), ("R2", 1 / 4)])
def test_the_logarithm_ends_at_the_top(name, number):
    """From M = m_t the tables' logarithm and the threshold cancel: what is left is the number."""
    mass = float(top_mass(PAR["m_t"], PAR["alpha_s"]))
    left, right = (c.name for c in mediator(name).couplings)
    point = mediator(name)(mass, **{left: {"32": 1.0}, right: {"33": 1.0}})
    found = point.wet(target=Basis("WET", "flavio", ("Cgamma_taumu",))).values[0]
    charge = np.sqrt(4 * np.pi * PAR["alpha_e"])
    assert abs(found) / (LOOP * charge / mass) == pytest.approx(number, abs=0.15)  # one logarithm is 1.2


def test_the_logarithm_of_charm_is_that_of_the_tables():
    """Charm is in the weak theory: no threshold for it."""
    field = mediator("S1")
    slots = (("y1LL", 2, 2), ("y1RR", 2, 3))
    own = as_couplings(field.couplings, slots, False)
    at = unbroken(PAR, MASS)
    at = at._replace(up=np.diag([0.0, 1.0, 1.0]) + 0j)
    with_top, without = (
        dipoles(field.dipoles, own, (1.0, 1.0), None, MASS, each) for each in (at, at._replace(threshold=0.0))
    )
    assert at.threshold > 1.0
    np.testing.assert_array_equal(with_top.values, without.values)


def test_the_match_below_is_wilsons():
    """wilson 2.5.2, lequ3_2333 = 1e-9 and eB_23 = 3e-12 GeV⁻² from 2 TeV to 4.8 GeV."""
    step = running(
        MASS,
        4.8,
        source=Basis("SMEFT", "Warsaw", ("lequ3_2333", "eB_23")),
        target=Basis("WET", "flavio", ("Cgamma_taumu",)),
    )
    assert step(np.array([1e-9, 3e-12]) + 0j)[0] == pytest.approx(-1.3580123014556972e-08, rel=3e-5)


def test_couplings_of_the_standard_model():
    """wilson 2.5.2 at 2 TeV, one loop with all couplings: g', g, g_s and the largest Yukawa couplings."""
    at = unbroken(PAR, MASS)
    assert (at.g1, at.g2, at.g3) == pytest.approx((0.363832, 0.634977, 1.028521), rel=5e-3)
    largest = [np.linalg.norm(matrix[:, 2]) for matrix in (at.up, at.down, at.leptons)]
    assert largest == pytest.approx((0.838971, 0.0135261, 0.0104112), rel=0.05)
    higher = unbroken(PAR, np.array([1e3, 1e4]))
    assert higher.down.shape == (2, 3, 3)
    assert np.all(np.diff(np.abs(higher.down[:, 2, 2])) < 0)


def test_they_decouple_and_have_gradients():
    field = mediator("S3")
    own = as_couplings(field.couplings, (("y3LL", 3, 3), ("y3LL", 2, 3)), False)

    def gluon(mass):
        made = dipoles(field.dipoles, own, (1.0, 0.2), None, mass, unbroken(PAR, mass))
        return made["dG_23"].real

    one, two = (unbroken(PAR, mass) for mass in (1000.0, 10000.0))
    scales = (two.g3 * two.down[2, 2]).real / (one.g3 * one.down[2, 2]).real
    assert gluon(10000.0) / gluon(1000.0) == pytest.approx(0.01 * scales, rel=1e-12)
    slope = jax.jit(jax.grad(gluon))(2000.0)
    assert slope == pytest.approx((gluon(2001.0) - gluon(1999.0)) / 2.0, rel=1e-4)


def test_what_they_decide():
    """τ → μγ of S1 with both chiralities is far above its limit at couplings of order one; B → X_sγ moves by 1 %."""
    s1 = mediator("S1")(MASS, y1LL={"33": 1.0, "32": 0.3}, y1RR={"33": 0.5})
    s3 = mediator("S3")(MASS, y3LL={"33": 1.0, "23": 0.1})
    assert float(np.ravel(nutau.values("BR(tau->mugamma)", s1))[0]) > 1e-5
    assert 0.98 < float(np.ravel(nutau.values("BR(B->Xsgamma)/SM", s3))[0]) < 0.997


@pytest.mark.parametrize("field", SCALARS, ids=lambda field: field.name)
def test_formulas_are_printed(field):
    printed = (field.text_dipoles(), field.latex_dipoles(), field.describe()["dipoles"])
    assert {len(part) for part in printed} == {len(field.dipoles)} != {0}
    for line, text, tex in zip(field.dipoles, field.text_dipoles(), field.latex_dipoles(), strict=True):
        assert parse(line).operator in text
        assert r"16\pi^2M^2" in tex
        assert latex(line, {c.name: c.latex for c in field.couplings}) == tex


@pytest.mark.parametrize(
    "line",
    [
        "dB = y_im y_km Yd_kj",
        "dB = 1 g2 y_im y_km Yd_kj",
        "dB = 1 g1 y_im y_km Yd_kn",
        "dB = 1 g1 y_im y_km y_kj",
        "qq1 = 1 g1 y_im y_km Yd_kj",
    ],
)
def test_wrong_formulas_are_refused(line):
    with pytest.raises(InputError, match="The formula"):
        parse(line)
