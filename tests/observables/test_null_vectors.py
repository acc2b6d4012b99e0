"""Linear relations among rates: null vectors at random points, sets of coefficients, bounds that no point breaks."""

import numpy as np
import pytest

import nutau
from nutau.observables.relations.bounds import closest, largest, violation
from nutau.observables.relations.domains import DOMAINS
from nutau.observables.relations.exact import exact, relation
from nutau.observables.relations.rates import rate_rows

NUNU = ("BR(B+->Knunu)", "BR(B0->K*nunu)", "BR(Lambdab->Lambdanunu)", "BR(B->Xsnunu)", "BR(Bs->phinunu)")
CHARGED = ("R(D)", "R(D*)", "R(Lambdac)", "R(J/psi)", "BR(Bc->taunu)")
BY_NAME = {domain.name: domain for domain in DOMAINS}


def made(names, draws):
    formulas = nutau.formulas(names, draws=draws)
    return formulas, rate_rows(formulas, names)


@pytest.fixture(scope="module")
def nunu():
    return made(NUNU, 20)


@pytest.fixture(scope="module")
def charged():
    return made(CHARGED, 20)


def points(rows, domain, count, rng):
    """Random coefficients of a set, complex ``(count, n)``, and the coordinates of the set."""
    place, sign = domain.places(rows.coefficients)
    x = np.concatenate([np.ones((count, 1)), 3 * rng.normal(size=(count, place.max()))], axis=1)
    wide = np.where(place >= 0, sign * x[:, place], 0.0)
    real, imaginary = np.split(wide[:, 1:], 2, axis=1)
    return real + 1j * imaginary, x


@pytest.mark.parametrize("name", ["nunu", "charged"])
def test_null_vectors_vanish_at_random_points_of_every_draw(name, request):
    """Evaluated by the formulas themselves, which know nothing of rows, for all coefficients of the set."""
    formulas, rows = request.getfixturevalue(name)
    by_name = dict(zip(rows.names, formulas, strict=True))
    found = exact(rows)
    assert {one.domain.name for one in found} >= {"vector", "left"}
    rng = np.random.default_rng(1)
    for one in found:
        values, _ = points(rows, one.domain, 5, rng)
        basis = nutau.Basis("WET", "flavio", rows.coefficients)
        for value in values:
            wilson = nutau.Wilson(value, basis, 4.8)

            def rate(member, wilson=wilson):
                formula = by_name[member]
                return formula.sampled(wilson.part(formula.central.basis)) / formula.draws.sm

            terms = [one.drawn[:, i] * rate(member) for i, member in enumerate(one.members)]
            assert np.allclose(sum(terms), rate(one.target), rtol=1e-10), (one.target, one.domain.name)


def test_the_sum_rule_of_the_baryon_is_exact_for_eighteen_complex_coefficients(nunu):
    """arXiv:2604.20340: exact for 18 coefficients, with the coefficients of b → cτν; not with scalar operators."""
    _, rows = nunu
    found = {(one.target, one.domain.name): one for one in exact(rows)}
    baryon, inclusive = found[NUNU[2], "vector"], found[NUNU[3], "vector"]
    assert baryon.members == NUNU[:2]
    assert baryon.weights == pytest.approx([0.268, 0.732], abs=5e-4)
    assert inclusive.weights == pytest.approx([0.369, 0.631], abs=5e-4)
    assert baryon.remainder < 1e-12
    assert relation(rows, NUNU[2], NUNU[:2], BY_NAME["no-tensor"]) is None
    for one in (
        baryon,
        inclusive,
    ):  # in the SM all rates over it are one, so are sums of weights, draw by draw
        assert one.drawn.sum(axis=1) == pytest.approx(np.ones(20), abs=1e-12)


def test_the_weights_of_the_baryon_are_those_of_b_to_c(nunu, charged):
    """arXiv:2604.20340: numerically identical; 1/4 and 3/4 for heavy quarks at zero recoil (arXiv:2508.06322)."""
    ours = relation(nunu[1], NUNU[2], NUNU[:2], BY_NAME["vector"])
    theirs = relation(charged[1], CHARGED[2], CHARGED[:2], BY_NAME["vector"])
    errors = np.hypot(ours.uncertainties, theirs.uncertainties)
    assert np.all(np.abs(ours.weights - theirs.weights) < errors)
    assert theirs.weights == pytest.approx([0.25, 0.75], abs=0.05)


def test_the_relation_of_phi_needs_hermitian_couplings(nunu):
    """B_s mixing meets C_ij with C_ji*, so that phases break the relation: by up to 2y/(1+y)."""
    _, rows = nunu
    names = (NUNU[4], NUNU[:2])
    found = relation(rows, *names, BY_NAME["hermitian"])
    assert found.weights == pytest.approx([-0.034, 1.034], abs=2e-3)
    assert relation(rows, *names, BY_NAME["vector"]) is None
    folded = rows.folded(*BY_NAME["vector"].places(rows.coefficients))
    forms = folded.matrices(folded.values)
    low, high = violation(forms[4] - np.tensordot(found.weights, forms[:2], axes=1), forms[4])
    y = 0.5 * nutau.load_inputs().parameters.mapping()["DeltaGamma/Gamma_Bs"]
    # of |C_L - C_R|² alone (of |C_L + C_R|² alone) the factor 1 - y (1 + y) turns into 1 + y (1 - y)
    ends = sorted((1 - (1 - y) / (1 + y), 1 - (1 + y) / (1 - y)))
    assert [low, high] == pytest.approx(ends, abs=0.01)


def test_no_point_breaks_a_bound_and_one_comes_near(nunu):
    """Over random points, and over those that a climb finds from them."""
    from scipy.optimize import minimize

    _, rows = nunu
    domain = BY_NAME["universal"]
    folded = rows.folded(*domain.places(rows.coefficients))
    forms = folded.matrices(folded.values)
    rates, rate = forms[:2], forms[4]
    change = rate - np.tensordot([-0.034, 1.034], rates, axes=1)
    low, high = violation(change, rate)
    ends = np.array([0.5, 0.0]), np.array([4.0, 2.0])
    most, least = largest(change, rates, *ends), -largest(-change, rates, *ends)
    rng = np.random.default_rng(2)
    x = np.concatenate([np.ones((4000, 1)), 6 * rng.normal(size=(4000, folded.size - 1))], axis=1)

    def of(form, x):
        return np.einsum("...i,ij,...j->...", x, form, x)

    ratio = of(change, x) / of(rate, x)
    assert low <= ratio.min()
    assert ratio.max() <= high
    inside = np.all([(of(f, x) >= a) & (of(f, x) <= b) for f, a, b in zip(rates, *ends, strict=True)], axis=0)
    assert inside.any()
    assert np.all((of(change, x[inside]) >= least) & (of(change, x[inside]) <= most))

    def climbed(sign):
        kept = [
            {"type": "ineq", "fun": lambda v, f=f, s=s, end=end: s * (of(f, np.append(1.0, v)) - end)}
            for f, a, b in zip(rates, *ends, strict=True)
            for s, end in ((1.0, a), (-1.0, b))
        ]
        found = [
            minimize(lambda v: -sign * of(change, np.append(1.0, v)), start, method="SLSQP", constraints=kept)
            for start in x[inside][:8, 1:]
        ]
        return max(-one.fun for one in found if one.success)

    assert climbed(1.0) == pytest.approx(most, rel=1e-3)
    assert climbed(-1.0) == pytest.approx(-least, rel=1e-3)


def test_closest_weights_are_no_worse_than_any_near_them(charged):
    _, rows = charged
    folded = rows.folded(*BY_NAME["no-tensor"].places(rows.coefficients))
    forms = folded.matrices(folded.values)

    def size(weights):
        return max(map(abs, violation(forms[2] - np.tensordot(weights, forms[:2], axes=1), forms[2])))

    best = closest(forms[2], forms[:2])
    assert best.sum() == pytest.approx(1.0)
    for step in (-0.01, -0.001, 0.001, 0.01):
        assert size(np.add(best, [step, -step])) > size(best)


def test_weights_of_rates_that_move_alike_stay_small():
    """With left-handed quarks all rates to neutrinos are one: any weights of sum one would do."""
    _, rows = made(NUNU[:3], 0)
    folded = rows.folded(*BY_NAME["left"].places(rows.coefficients))
    forms = folded.matrices(folded.values)
    weights = closest(forms[2], forms[:2])
    assert weights.sum() == pytest.approx(1.0)
    assert np.abs(weights).sum() == pytest.approx(1.0)


def test_bins_of_one_decay_are_related():
    """Vector rates are two functions of q² whatever the coefficients: of three bins one is redundant, of two none."""
    names = [f"<dBR/dq2>(B0->K*nunu)[{low}, {low + 4}]" for low in (0, 4, 8)]
    _, rows = made(names, 0)
    (one,) = [item for item in exact(rows) if item.domain.name == "vector"]
    assert (one.target, one.members) == (names[2], tuple(names[:2]))
    assert one.drawn is None
    assert one.weights.sum() == pytest.approx(1.0)


def test_smooth_is_not_exact():
    """Bins of B⁺ → K⁺ττ are nearly related in many ways; only what is left to rounding counts."""
    names = [f"<dBR/dq2>(B+->Ktautau)[{low}, {low + 1}]" for low in range(16, 20)]
    _, rows = made(names, 0)
    assert not [one for one in exact(rows) if one.domain.name in ("all", "vector", "left")]
    values = np.linalg.svd(rows.values / np.linalg.norm(rows.values, axis=1, keepdims=True))[1]
    assert values[-1] < 1e-4  # near, and refused


def test_lepton_flavour_violation_is_related_without_a_standard_model():
    names = ("BR(B+->Kmutau)", "BR(B+->Ktaumu)", "BR(B+->Kmutau,taumu)")
    _, rows = made(names, 0)
    assert not rows.over_sm
    found = {one.domain.name: one for one in exact(rows) if one.target == names[2]}
    assert found["all"].weights == pytest.approx([1.0, 1.0])
    assert found["hermitian"].weights == pytest.approx([2.0])
