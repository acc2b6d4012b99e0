"""The match of every mediator against its Lagrangian, integrated out numerically with explicit matrices.

No Fierz identity and none of the package's matching formulas: a four-fermion Lagrangian is a tensor over
(spin, SU(2), colour, flavour) components of anticommuting fields, brought to the order ψ† ψ† ψ ψ and
antisymmetrised in identical fields. Heavy fields are removed by their equations of motion, L = S J + h.c.
giving +J J†/M², a complex vector -J·J†/M², a real one -J·J/2M²; boxes are summed over all
components. The Warsaw operators are summed literally as WCxf defines them, C O + h.c. with one term per key and h.c.
for non-Hermitian operators only.
"""

from itertools import combinations, product

import numpy as np
import pytest

from nutau.eft.smeft.basis import FIELDS, is_real
from nutau.models import MEDIATORS
from nutau.models.boxes import PAIRS, of_pair

MASS = 1500.0
SIGMA = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
EPS = np.array([[0, 1], [-1, 0]])
ZERO, ONE = np.zeros((2, 2)), np.eye(2)
GAMMA = np.array(
    [np.block([[ZERO, ONE], [ONE, ZERO]]), *(np.block([[ZERO, s], [-s, ZERO]]) for s in SIGMA)], dtype=complex
)
METRIC = np.array([1.0, -1.0, -1.0, -1.0])
CHARGE = 1j * GAMMA[2] @ GAMMA[0]
TENSOR = np.array(
    [0.5j * (GAMMA[m] @ GAMMA[n] - GAMMA[n] @ GAMMA[m]) for m, n in product(range(4), repeat=2)]
)
GELL_MANN = np.zeros((8, 3, 3), dtype=complex)
GELL_MANN[[0, 0], [0, 1], [1, 0]] = 1
GELL_MANN[[1, 1], [0, 1], [1, 0]] = [-1j, 1j]
GELL_MANN[[2, 2], [0, 1], [0, 1]] = [1, -1]
GELL_MANN[[3, 3], [0, 2], [2, 0]] = 1
GELL_MANN[[4, 4], [0, 2], [2, 0]] = [-1j, 1j]
GELL_MANN[[5, 5], [1, 2], [2, 1]] = 1
GELL_MANN[[6, 6], [1, 2], [2, 1]] = [-1j, 1j]
GELL_MANN[[7, 7, 7], [0, 1, 2], [0, 1, 2]] = np.array([1, 1, -2]) / np.sqrt(3)

WEAK = {"q": 2, "l": 2, "u": 1, "d": 1, "e": 1}
COLOURS = {"q": 3, "u": 3, "d": 3, "l": 1, "e": 1}
LEFT = {"q", "l"}


def spinor(field):
    return slice(0, 2) if field in LEFT else slice(2, 4)


def bilinear(bar, field, dirac, weak, colour, conjugated=False):
    """ψ†γ⁰Γψ, or ψᵀCΓψ, without flavour: ``(dirac x weak x colour index, component of bar, of field)``."""
    before = CHARGE if conjugated else GAMMA[0]
    spin = (before @ dirac)[:, spinor(bar), spinor(field)]
    array = np.einsum("mst,xab,yij->mxysaitbj", spin, weak, colour)
    m, x, y, *rest = array.shape
    return array.reshape(m * x * y, rest[0] * rest[1] * rest[2], rest[3] * rest[4] * rest[5])


def ordered(total, types, tensor):
    """Add ψ†_A ψ†_B ψ_C ψ_D to the sum, with types sorted and identical ones antisymmetrised."""
    types = list(types)
    for one in (0, 2):
        if types[one] > types[one + 1]:
            types[one], types[one + 1] = types[one + 1], types[one]
            tensor = -np.swapaxes(tensor, one, one + 1)
        if types[one] == types[one + 1]:
            tensor = 0.5 * (tensor - np.swapaxes(tensor, one, one + 1))
    total[tuple(types)] = total.get(tuple(types), 0.0) + tensor


def flavoured(array, coupling):
    """(index, A, B) times a flavour matrix as (index, A f, B g)."""
    s, a, b = array.shape
    return np.einsum("sab,fg->safbg", array, coupling).reshape(s, a * 3, b * 3)


# --- the Warsaw operators

ONE_W = {1: np.ones((1, 1, 1)), 2: np.eye(2)[None]}
ONE_C = {1: np.ones((1, 1, 1)), 3: np.eye(3)[None]}
ONE_D = np.eye(4, dtype=complex)[None]


def operator_bilinears(operator):
    """Two stacks of bilinears whose products summed over the first axis are the operator."""
    a, b, c, d = FIELDS[operator]
    if operator in ("ledq", "lequ1", "lequ3", "quqd1", "quqd8"):
        return scalar_bilinears(operator, a, b, c, d)
    weak = SIGMA if operator in ("qq3", "lq3") else None
    colour = GELL_MANN / 2 if operator.endswith("8") else None
    stacks = []
    for (bar, field), dirac in (((a, b), GAMMA), ((c, d), METRIC[:, None, None] * GAMMA)):
        w = ONE_W[WEAK[bar]] if weak is None else weak
        k = ONE_C[COLOURS[bar]] if colour is None else colour
        stacks.append(bilinear(bar, field, dirac, w, k))
    return stacks


def scalar_bilinears(operator, a, b, c, d):
    dirac = TENSOR if operator == "lequ3" else ONE_D
    lowered = (
        np.array([METRIC[m] * METRIC[n] for m, n in product(range(4), repeat=2)])[:, None, None] * TENSOR
    )
    second = lowered if operator == "lequ3" else ONE_D
    colour = GELL_MANN / 2 if operator.endswith("8") else None
    ka, kc = (ONE_C[COLOURS[f]] if colour is None else colour for f in (a, c))
    up = np.eye(2)[:, :, None]  # the j-th component of a barred doublet next to a singlet
    if operator == "ledq":
        return bilinear(a, b, dirac, up, ka), bilinear(c, d, second, np.eye(2)[:, None, :], kc)
    return bilinear(a, b, dirac, up, ka), bilinear(c, d, second, EPS[:, :, None], kc)


def warsaw_tensor(wilson):
    """The Lagrangian of WCxf coefficients: one C O per key, plus its conjugate if O is not Hermitian."""
    total = {}
    arrays = {}
    for key, value in zip(wilson.basis.coefficients, wilson.values, strict=True):
        operator, _, digits = key.partition("_")
        if len(digits) == 2:  # of a dipole: tests/models/test_dipoles.py
            continue
        arrays.setdefault(operator, np.zeros((3, 3, 3, 3), dtype=complex))[
            tuple(int(i) - 1 for i in digits)
        ] = value
    for operator, array in arrays.items():
        a, b, c, d = FIELDS[operator]
        first, second = operator_bilinears(operator)
        half = np.array(
            [
                0.5 if is_real(f"{operator}_{''.join(str(i + 1) for i in ind)}") else 1.0
                for ind in np.ndindex(3, 3, 3, 3)
            ]
        ).reshape(3, 3, 3, 3)
        # ψ†a ψb ψ†c ψd = - ψ†a ψ†c ψb ψd; halved where C O + h.c. counts a Hermitian operator twice
        shape = [first.shape[1] * 3, second.shape[1] * 3, first.shape[2] * 3, second.shape[2] * 3]
        flavour = np.einsum("mab,mcd,ijkl->aickbjdl", first, second, -half * array, optimize=True).reshape(
            shape
        )
        ordered(total, (a, c, b, d), flavour)
        # h.c.: (ψ†a ψ†c ψb ψd)† = ψ†d ψ†b ψc ψa
        ordered(total, (d, b, c, a), np.conj(np.transpose(flavour, (3, 2, 1, 0))))
    return total


# --- the mediators' currents


def currents(name, g):
    """The pieces (bar or conjugated field, field, conjugated?, array with flavour) of J in L = S J + h.c.

    The first axis of an array is the mediator's component: (Lorentz,) weak, colour.
    """
    i2, triplet = np.eye(2), np.eye(3)
    single, lorentz = ONE_D, GAMMA
    if name == "S1":
        ql = flavoured(bilinear("q", "l", single, EPS[None], triplet[:, :, None], True), g["y1LL"])
        ue = flavoured(bilinear("u", "e", single, np.ones((1, 1, 1)), triplet[:, :, None], True), g["y1RR"])
        return [("q", "l", True, ql), ("u", "e", True, ue)]
    if name == "S3":
        weak = np.einsum("ab,kbc->kac", EPS, SIGMA)
        return [
            (
                "q",
                "l",
                True,
                flavoured(bilinear("q", "l", single, weak, triplet[:, :, None], True), g["y3LL"]),
            )
        ]
    if name == "S1~":
        array = bilinear("d", "e", single, np.ones((1, 1, 1)), triplet[:, :, None], True)
        return [("d", "e", True, flavoured(array, g["y1tRR"]))]
    if name == "R2":
        ul = bilinear("u", "l", single, -EPS[:, None, :], triplet[:, :, None])
        qe = bilinear("q", "e", single, i2[:, :, None], triplet[:, :, None])
        return [
            ("u", "l", False, flavoured(ul, g["y2RL"])),
            ("q", "e", False, flavoured(qe, g["y2LR"].conj().T)),
        ]
    if name == "R2~":
        array = bilinear("d", "l", single, -EPS[:, None, :], triplet[:, :, None])
        return [("d", "l", False, flavoured(array, g["y2tRL"]))]
    if name == "U1":
        ql = flavoured(bilinear("q", "l", lorentz, i2[None], triplet[:, :, None]), g["x1LL"])
        de = flavoured(bilinear("d", "e", lorentz, np.ones((1, 1, 1)), triplet[:, :, None]), g["x1RR"])
        return [("q", "l", False, ql), ("d", "e", False, de)]
    if name == "U3":
        return [
            ("q", "l", False, flavoured(bilinear("q", "l", lorentz, SIGMA, triplet[:, :, None]), g["x3LL"]))
        ]
    if name == "U1~":
        array = bilinear("u", "e", lorentz, np.ones((1, 1, 1)), triplet[:, :, None])
        return [("u", "e", False, flavoured(array, g["x1tRR"]))]
    if name == "V2":
        dl = bilinear("d", "l", lorentz, EPS[:, None, :], triplet[:, :, None], True)
        qe = bilinear("q", "e", lorentz, EPS.T[:, :, None], triplet[:, :, None], True)
        return [("d", "l", True, flavoured(dl, g["x2RL"])), ("q", "e", True, flavoured(qe, g["x2LR"]))]
    if name == "V2~":
        array = bilinear("u", "l", lorentz, EPS[:, None, :], triplet[:, :, None], True)
        return [("u", "l", True, flavoured(array, g["x2tRL"]))]
    if name == "VB":
        ll = bilinear("l", "l", lorentz, SIGMA / 2, np.ones((1, 1, 1)))
        qq = bilinear("q", "q", lorentz, SIGMA / 2, triplet[None])
        return [("l", "l", False, flavoured(ll, g["gl"])), ("q", "q", False, flavoured(qq, g["gq"]))]
    if name == "Z'":
        return [
            (f, f, False, flavoured(bilinear(f, f, lorentz, ONE_W[WEAK[f]], ONE_C[COLOURS[f]]), g[f"g{f}"]))
            for f in "qudle"
        ]
    assert name == "phi2"
    up = i2[:, :, None]
    qd = bilinear("q", "d", single, up, triplet[None])
    le = bilinear("l", "e", single, up, np.ones((1, 1, 1)))
    uq = bilinear("u", "q", single, EPS.T[:, None, :], triplet[None])  # from (Yu Q̄^a ε^ab φ^b* u)†
    return [
        ("q", "d", False, -flavoured(qd, g["Yd"])),
        ("l", "e", False, -flavoured(le, g["Ye"])),
        ("u", "q", False, -flavoured(uq, g["Yu"].conj().T)),
    ]


def exchange_tensor(mediator, g):
    """The Lagrangian after the heavy field is removed by its equation of motion."""
    real = mediator.couplings[0].hermitian
    total = {}
    pieces = currents(mediator.name, g)
    for (a, b, conjugated, one), (c, d, _, two) in product(pieces, pieces):
        signs = np.repeat(-METRIC, len(one) // 4) if mediator.spin == 1 else np.ones(len(one))
        if real:  # -J·J/2
            tensor = np.einsum("s,sab,scd->acbd", 0.5 * signs, one, two, optimize=True)
            ordered(total, (a, c, b, d), -tensor / MASS**2)
        elif conjugated:  # (ψa ψb)(ψc ψd)† = ψa ψb ψ†d ψ†c = ψ†d ψ†c ψa ψb
            tensor = np.einsum("s,sab,scd->dcab", signs, one, two.conj(), optimize=True)
            ordered(total, (d, c, a, b), tensor / MASS**2)
        else:  # (ψ†a ψb)(ψ†c ψd)† = ψ†a ψb ψ†d ψc = - ψ†a ψ†d ψb ψc
            tensor = np.einsum("s,sab,scd->adbc", signs, one, two.conj(), optimize=True)
            ordered(total, (a, d, b, c), -tensor / MASS**2)
    return total


# --- boxes of two scalars and two massless leptons


def lines(first, second):
    """The quarks that lepton lines leave, ψ or ψ† of each end, and (μ, s, t, A, B) of J_s(first) J_t†(second)."""
    for (a, b, conjugated, one), (c, d, other_conjugated, two) in product(first, second):
        if b != d:
            continue
        slash = np.einsum("mij,jk->mik", GAMMA, GAMMA[0])[:, spinor(b), spinor(b)]  # of ⟨ℓ ℓ†⟩
        rest = one.shape[-1] // 2  # SU(2) and flavour of the lepton
        left = one.reshape(*one.shape[:2], 2, rest)
        right = two.conj().reshape(*two.shape[:2], 2, rest)
        array = np.einsum("saiw,mij,tbjw->mstab", left, slash, right, optimize=True)
        yield (a, not conjugated), (c, other_conjugated), array


def box_tensor(fields):
    """-½ Σ f/64π² X_st·X_ts over the components of all fields: mass and currents of each."""
    raw, total = {}, {}
    for (mass, first), (other, second) in product(fields, fields):
        f = 1.0 / mass**2 if mass == other else np.log(mass**2 / other**2) / (mass**2 - other**2)
        for (a, b, one), (c, d, two) in product(lines(first, second), lines(second, first)):
            weights = -f / 128 / np.pi**2 * METRIC
            tensor = np.einsum("m,mstab,mtscd->abcd", weights, one, two, optimize=True)
            raw[a, b, c, d] = raw.get((a, b, c, d), 0.0) + tensor
    for ends, tensor in raw.items():
        _place(total, ends, tensor)
    return total


def _place(total, fields, tensor):
    """Anticommute two ψ† to the front."""
    order = sorted(range(4), key=lambda i: (not fields[i][1], i))
    swaps = sum(order[i] > order[j] for i in range(4) for j in range(i + 1, 4))
    ordered(total, [fields[i][0] for i in order], (-1) ** swaps * np.transpose(tensor, order))


def assert_equal(left, right):
    size = max(np.abs(tensor).max() for tensor in left.values())
    for types in left.keys() | right.keys():
        assert np.abs(left.get(types, 0.0) - right.get(types, 0.0)).max() < 1e-12 * size, types


def quarks(wilson):
    """The part with four quarks."""
    kept = tuple(n for n in wilson.basis.coefficients if set(FIELDS[n.partition("_")[0]]) <= set("qud"))
    return type(wilson)(
        np.array([wilson[name] for name in kept]),
        type(wilson.basis)(wilson.basis.eft, wilson.basis.name, kept),
        wilson.scale,
    )


SCALARS = [m for m in MEDIATORS if m.spin == 0 and m.colour != "1"]


@pytest.mark.parametrize(("one", "other"), [*PAIRS, ("S1", "S1")])
def test_boxes_of_two_scalars(one, other):
    one, other = (next(m for m in SCALARS if m.name == name) for name in (one, other))
    masses, couplings = (MASS, 1.7 * MASS), [random_couplings(m, seed) for seed, m in enumerate((one, other))]
    fields = [(mass, currents(m.name, g)) for mass, m, g in zip(masses, (one, other), couplings, strict=True)]
    left = box_tensor(fields)
    parts = [m(mass, **g) for mass, m, g in zip(masses, (one, other), couplings, strict=True)]
    right = {}
    for part in (parts[0] + parts[1]).contributions:
        for types, tensor in warsaw_tensor(quarks(part.smeft())).items():
            right[types] = right.get(types, 0.0) + tensor
    assert_equal(left, right)


@pytest.mark.parametrize(
    ("one", "other"),
    [pair for pair in combinations(SCALARS, 2) if of_pair(*(m.name for m in pair), ()) == ()],
)
def test_other_pairs_mix_no_neutral_mesons(one, other):
    """S1 with S1~ and R2 with R2~ make boxes of a u and a d quark, the rest has no lepton in common."""
    first, second = (currents(m.name, random_couplings(m, 3)) for m in (one, other))
    assert {frozenset((a, b)) for (a, _), (b, _), _ in lines(first, second)} <= {frozenset("ud")}


def random_couplings(mediator, seed):
    rng = np.random.default_rng(seed)
    matrices = {c.name: rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3)) for c in mediator.couplings}
    return {
        c.name: matrices[c.name] + matrices[c.name].conj().T if c.hermitian else matrices[c.name]
        for c in mediator.couplings
    }


@pytest.mark.parametrize("mediator", MEDIATORS, ids=lambda m: m.name)
def test_match_is_what_integrating_out_gives(mediator):
    couplings = random_couplings(mediator, seed=len(mediator.match))
    left = exchange_tensor(mediator, couplings)
    if mediator in SCALARS:
        left |= box_tensor([(MASS, currents(mediator.name, couplings))])
    assert_equal(left, warsaw_tensor(mediator(MASS, **couplings).smeft()))


def test_the_test_sees_a_wrong_match():
    mediator = next(m for m in MEDIATORS if m.name == "S1")
    couplings = random_couplings(mediator, seed=3)
    left = exchange_tensor(mediator, couplings)
    wilson = mediator(MASS, **couplings).smeft()
    flipped = np.array([-1.0 if name.startswith("lequ3") else 1.0 for name in wilson.basis.coefficients])
    right = warsaw_tensor(type(wilson)(wilson.values * flipped, wilson.basis, wilson.scale))
    worst = max(np.abs(left[types] - right[types]).max() for types in left)
    assert worst > 1e-3 * max(np.abs(tensor).max() for tensor in left.values())
