"""The minima and the pieces of intervals are those of a fine grid: for every coefficient and for products of couplings.

Central theory in the fast mode, where -2 log L is one expression of arrays; what is compiled is shared by all fits of
the same observables.
"""

from dataclasses import replace

import numpy as np
import pytest

import nutau
from nutau.eft.wet.basis import CB_TAUNU, SB_NUNU, SB_TAUTAU
from nutau.inference.fit.intervals import intervals
from nutau.inference.fit.lines import _polynomials
from nutau.inference.fit.search import RELEVANT, minima
from nutau.inference.likelihood import likelihood, parametrisation, use_double_precision
from nutau.inference.likelihood.scales import sizes

SHARED = {}
HEIGHT = 3.841459
"""Δχ² of 95 % for one parameter."""


@pytest.fixture(scope="module")
def data():
    use_double_precision()
    every = nutau.load_dataset("2026")
    # its error of 0.03 % is one of theory, and draws=0 makes valleys of that width along every zero of a box
    kept = tuple(entry for entry in every.measurements if entry.name != "HFLAV-2024-DeltaMs")
    unmixed = replace(every, name="unmixed", measurements=kept)
    return {
        "2026": every,
        "RD": replace(every, name="RD", measurements=(every["HFLAV-2025-RD"],)),
        "unmixed": unmixed,
    }


def prepared(dataset, names, **options):
    """The likelihood of some parameters."""
    return quick(likelihood(dataset, parametrisation(names, **options), draws=0, mode="fast"))


def quick(found):
    """Without theory errors the fast mode is the experiment alone, which compiles quickly, once for all names."""
    import jax

    to_linear = [
        getattr(getattr(f, "mediator", None), "name", type(f).__name__) for f in found.parametrisation.spaces
    ]
    key = (
        tuple(to_linear),
        tuple(entry.name for entry in found.experiment.measurements),
        found.theory_model.numerator.shape,
    )
    if key not in SHARED:

        def chi2(p, above, below):
            moved = replace(found.theory_model, numerator=above, denominator=below)
            return found.experiment(moved(found.parametrisation.to_linear(p)))

        SHARED[key] = jax.jit(jax.value_and_grad(chi2))
    compiled, parts = SHARED[key], (found.theory_model.numerator, found.theory_model.denominator)
    found.__dict__["value_and_gradient"] = lambda p: compiled(np.asarray(p, dtype=float), *parts)
    return found


def alone(found, position):
    """The same likelihood with all parameters but one left out."""
    rows, columns = np.triu_indices(1 + len(found.parametrisation))
    kept = np.flatnonzero(np.isin(rows, (0, 1 + position)) & np.isin(columns, (0, 1 + position)))
    name, forms = found.parametrisation.names[position], found.theory_model
    parts = {key: getattr(forms, key)[..., kept] for key in FORMS}
    return quick(
        replace(
            found,
            parametrisation=parametrisation([name]),
            theory_model=replace(forms, parameters=(name,), **parts),
        )
    )


FORMS = ("numerator", "denominator", "numerator_modes", "denominator_modes")


def both_parts(names):
    return [f"{part} {name}" for name in names for part in ("Re", "Im")]


def lowest(values):
    """Where an array in one dimension has its minima, its ends left out."""
    inside = (values[1:-1] < values[:-2]) & (values[1:-1] <= values[2:])
    return 1 + np.flatnonzero(inside & (values[1:-1] < values.min() + RELEVANT))


def regions(axis, values, height):
    """The intervals on which an array is below a height, their ends by interpolation."""
    inside = np.concatenate([[False], values < height, [False]])
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    ends = []
    for edge in edges:
        before, after = max(edge - 1, 0), min(edge, len(axis) - 1)
        part = 0.0 if before == after else (height - values[before]) / (values[after] - values[before])
        ends.append(axis[before] + part * (axis[after] - axis[before]))
    return np.reshape(ends, (-1, 2))


def check_one(found, name):
    """All minima and pieces of a fit of one parameter against 6001 points as far as 150 of its sizes."""
    size = sizes(found)
    grid = size[0] * np.linspace(-150.0, 150.0, 6001)
    values = found.chi2(grid[:, None])
    best = minima(found, size)
    inside = [float(m.values[0]) for m in best if abs(m.values[0]) < grid[-1] and not m.at_bound]
    expected = grid[lowest(values)]
    spacing = grid[1] - grid[0]
    assert len(inside) == len(expected), (name, inside, expected)
    np.testing.assert_allclose(np.sort(inside), expected, atol=1.5 * spacing, err_msg=name)
    assert best[0].chi2 < values.min() + 0.011
    (part,) = intervals(found, best, size)
    for level, height in (("0.6827", 1.0), ("0.95", HEIGHT)):
        pieces = np.array([[np.nan if end is None else end for end in piece] for piece in part.pieces[level]])
        pieces = pieces[np.all(np.abs(pieces) < grid[-1], axis=1)]
        seen = regions(grid, values - best[0].chi2, height)
        assert pieces.shape == seen.shape, (name, level, pieces, seen)
        np.testing.assert_allclose(pieces, seen, atol=spacing, err_msg=f"{name} {level}")


@pytest.mark.parametrize(
    ("which", "names", "least"),
    [
        ("2026", CB_TAUNU, 30),
        ("RD", CB_TAUNU, 30),
        ("2026", SB_NUNU, 36),
        ("2026", SB_TAUTAU, 16),
    ],
)
def test_every_coefficient(data, which, names, least):
    """Of b → cτν, b → sνν and b → sττ, each real and imaginary part alone; none of them may be skipped."""
    every = likelihood(data[which], parametrisation(both_parts(names)), draws=0, mode="fast")
    assert len(every.parametrisation) == least
    for position, name in enumerate(every.parametrisation.names):
        check_one(alone(every, position), name)


def test_the_mirror_of_a_precise_measurement(data):
    """CT of R_D(*) alone: near 0, and twenty sizes away, which a search about the first does not reach.

    The reference is -2 log L on a fine grid: its minima, and where it lies 3.84 above the lower one.
    """
    found = nutau.fit(["CT_bctaunutau"], data["RD"], draws=1000)
    near, far = found.minima
    grid = np.linspace(-0.1, 0.5, 6001)
    chi2 = found.likelihood.switched("fast").chi2(grid[:, None])
    valleys = 1 + np.flatnonzero((chi2[1:-1] < chi2[:-2]) & (chi2[1:-1] < chi2[2:]))
    step, slack = grid[1] - grid[0], 0.02  # of an error: fast mode is not the full one
    assert len(valleys) == 2
    for minimum, position in zip(sorted((near, far), key=lambda m: m.values[0]), valleys, strict=True):
        assert float(minimum.values[0]) == pytest.approx(grid[position], abs=step + slack * minimum.errors[0])
    assert abs(far.values[0] - near.values[0]) > 15 * near.errors[0]
    below = chi2 - chi2.min() < 3.841
    edges = grid[np.flatnonzero(np.diff(below.astype(int)))].reshape(-1, 2)
    pieces = sorted(found["CT_bctaunutau"].pieces["0.95"])
    assert len(pieces) == len(edges) == 2
    for piece, ends in zip(pieces, edges, strict=True):
        assert piece == pytest.approx(ends, abs=step + slack * near.errors[0])


PAIRS = [
    ("RD", ("CVL_bctaunutau", "CSR_bctaunutau"), {}),
    ("RD", ("CSL_bctaunutau", "CSR_bctaunutau"), {}),
    ("RD", ("CVL_bctaunutau", "CT_bctaunutau"), {}),
    ("2026", ("CVL_bctaunutau", "CT_bctaunutau"), {}),
    ("2026", ("CSL_bctaunutau", "CT_bctaunutau"), {}),
    ("2026", ("CVL_bctaunutau", "CVR_bctaunutau"), {}),
    ("2026", ("CL_bsnutaunutau", "CR_bsnutaunutau"), {}),
    ("2026", ("CL_bsnutaunutau", "CVL_bctaunutau"), {}),
    ("2026", ("C1", "C3"), {}),
    ("2026", ("delta", "kappa"), {}),
    ("2026", ("x1LL_33", "x1LL_23"), {"model": "U1", "mass": 2000.0, "running": "none"}),
    ("unmixed", ("y3LL_33", "y3LL_23"), {"model": "S3", "mass": 2000.0, "running": "none"}),
    ("unmixed", ("y1LL_33", "y1LL_23"), {"model": "S1", "mass": 2000.0, "running": "none"}),
]


@pytest.mark.parametrize(("which", "names", "options"), PAIRS)
def test_pairs_and_products(data, which, names, options):
    """Nothing on a grid of 401² points lies lower than the best, or outside the pieces though below their height."""
    found = prepared(data[which], names, **options)
    size = sizes(found)
    best = minima(found, size)
    widest = np.abs(np.stack([m.values for m in best])).max(axis=0) + 10.0 * size
    axes = []
    for position, (low, high) in enumerate(found.parametrisation.bounds):
        reach = np.arcsinh(2.0 * widest[position] / size[position])
        spread = size[position] * np.sinh(np.linspace(-1.0, 1.0, 401) * reach)
        near = [m.values[position] + m.errors[position] * np.linspace(-3.0, 3.0, 41) for m in best]
        axes.append(np.unique(np.clip(np.concatenate([spread, *near]), low, high)))
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    values = found.experiment(found.theory_model(found.parametrisation.to_linear(grid)))
    assert values.min() > best[0].chi2 - 0.011
    parts = intervals(found, best, size)
    for level, height in (("0.6827", 1.0), ("0.95", HEIGHT)):
        points = grid[values < best[0].chi2 + height - 0.05]
        assert len(points)
        for position, part in enumerate(parts):
            pieces = [
                (-np.inf if a is None else a, np.inf if b is None else b) for a, b in part.pieces[level]
            ]
            held = np.any(
                [(points[:, position] >= a) & (points[:, position] <= b) for a, b in pieces], axis=0
            )
            assert held.all(), (names[position], level, pieces, points[~held][:3])


@pytest.mark.parametrize(
    ("names", "options", "degree"),
    [
        (["delta", "kappa"], {}, 4),
        (["y3LL_33", "y3LL_23"], {"model": "S3", "mass": 2000.0}, 8),
        (["x1LL_33", "x1LL_23"], {"model": "U1", "mass": 4000.0}, 4),
    ],
)
def test_observables_are_polynomials_along_a_line(data, names, options, degree):
    """Of fourth degree in t, of eighth where boxes are of fourth order in the couplings; exact at any t."""
    found = likelihood(data["2026"], parametrisation(names, **options), draws=0, mode="fast")
    base, direction = np.array([0.2, -0.1]), np.array([0.7, 0.3])
    above, below = _polynomials(found, base, direction)
    assert above.shape[-1] == degree + 1
    t = np.array([-3.0, -0.3, 1.7, 4.0])
    values = found.theory_model(found.parametrisation.to_linear(base + t[:, None] * direction))
    plain = [position for position, how in enumerate(found.theory_model.readouts) if how == "ratio"]
    ours = np.polynomial.polynomial.polyval(t, above.T).T / np.polynomial.polynomial.polyval(t, below.T).T
    np.testing.assert_allclose(ours[:, plain], values[:, plain], rtol=1e-8, atol=1e-30)
