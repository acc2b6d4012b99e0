"""Lines of models in the (R_ττ, R_νν) plane with our own rates: theory errors that know the matching, bad input."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.path import Path as Outline
from scipy.stats import qmc

import nutau
from nutau.eft.smeft.matching import constants, match
from nutau.eft.wet.basis import MU_B
from nutau.errors import InputError
from nutau.inference.fit.profiles import Profile
from nutau.inference.fit.questions.predictions import over_posterior
from nutau.inference.likelihood import likelihood, parametrisation
from nutau.inputs import load_inputs
from nutau.letter.plane import PANELS
from nutau.measurements import Observable
from nutau.models import X
from nutau.models.two_field import c3_from_delta
from nutau.observables.predictions import SEED, formulas, restricted
from nutau.report.areas import Profiled, _line, _surface, area, credible, inside, profiled
from nutau.report.bands import axes_of
from nutau.report.figures.marks import region
from nutau.report.plane import along_delta, on_line, panels
from nutau.report.scanned import Gridded, Rows, gridded

INPUTS = load_inputs("default")
DRAWS = 300


def by_hand(formula, kappa, delta):
    """Each draw matched with its own constants, and put into the rates of that draw."""
    c = constants(INPUTS.parameters.sample(DRAWS, SEED), MU_B)
    wet = match(X(kappa, c3=c3_from_delta(delta, c)).smeft(), c)
    points = np.stack([wet[name] for name in formula.central.basis.coefficients], axis=-1)
    rows = np.concatenate([np.ones((DRAWS, 1)), points], axis=-1)
    matrix = formula.draws.numerator.matrix
    assert matrix.shape[-1] == rows.shape[-1]
    return np.einsum("ki,kij,kj->k", rows.conj(), matrix, rows).real / formula.draws.sm


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("kappa", [0.0, 0.5])
def test_theory_draws_move_the_matching_too(panel, kappa):
    """V_cb, λ_t and α of a draw fix what C9 belongs to a δ; held at their centres, errors are off by 1 %."""
    names, delta = PANELS[panel], 0.07
    line = on_line(along_delta(names, INPUTS, "physical", ("none", 4700.0), draws=DRAWS), kappa)
    values, errors = line.uncertainty(np.array([delta]))
    point = nutau.point(nutau.X(kappa, delta=delta)).wet(INPUTS)
    for formula, value, error in zip(formulas(names, INPUTS, draws=DRAWS), values, errors, strict=True):
        assert value == pytest.approx(float(formula(restricted(point, formula))), rel=1e-12)
        assert error == pytest.approx(by_hand(formula, kappa, delta).std(ddof=1), rel=1e-4)  # modes: 1e-6


def test_lines_start_at_the_standard_model():
    for panel in panels({"VB": 0.0, "U1": 1.0}, data="2026"):
        for line in panel.lines:
            start = np.flatnonzero(line.delta == 0.0)[0]
            assert (line.x[start], line.y[start]) == pytest.approx((1.0, 1.0), rel=1e-12)
            assert (line.x_error[start], line.y_error[start]) == pytest.approx((0.0, 0.0), abs=1e-9)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"inputs": "letter", "data": "2026", "mass": 4700.0}, "knows no running"),
        ({"inputs": "default", "convention": "published"}, "has no running"),
        ({"inputs": "default", "mass": -1.0}, "must be positive"),
        ({"inputs": "nope"}, "default, dispersive, flavio-2.4, flavio-2.7, measured-shapes, letter"),
    ],
)
def test_bad_planes_are_refused(given, message):
    with pytest.raises(InputError, match=message):
        panels({"U1": 1.0}, **given)


def test_points_have_the_errors_of_predict_on_both_axes():
    """A list of couplings is points: values and errors are those of nutau.predict, one by one."""
    u1 = nutau.U1(4000.0, x1LL={"33": 1.0, "23": np.array([0.1, 0.3])}, x1RR={"33": 0.5})
    (panel,) = panels(points={"mine": u1}, axes=("R(D)", "Rtautau(K)"), draws=60)
    (track,) = panel.tracks
    assert track.model == "U1"
    one = nutau.U1(4000.0, x1LL={"33": 1.0, "23": 0.3}, x1RR={"33": 0.5})
    for name, values, errors in (("R(D)", track.x, track.x_error), ("Rtautau(K)", track.y, track.y_error)):
        (row,) = nutau.predict(name, one, draws=60)
        assert (values[1], errors[1]) == pytest.approx((row.value, row.uncertainty), rel=1e-9)
        assert errors[1] > 0


def scanned(data=None):
    """Observables that are no invertible map of the two parameters, on a grid, with a known -2 log L."""
    return nutau.scan(
        {"C1": (-0.1, 0.1, 25), "C3": (-0.1, 0.02, 25)},
        ["BR(B+->Knunu)", "R(D)"],
        mass=4700.0,
        draws=0,
        data=data,
    )


@pytest.fixture(scope="module")
def grid():
    return scanned()


def test_a_scan_is_the_region_that_it_reaches(grid, tmp_path):
    """Every point of the grid lies in the polygons, which reach no further; .npz and .csv are the same region."""
    axes = axes_of(("Rnunu(K)", "R(D)"), INPUTS)
    found = area("s", grid, axes, INPUTS)
    points = grid.values.reshape(-1, 2) / np.array([axes[0].sm, 1.0])
    inside = np.zeros(len(points), dtype=bool)
    for piece in found.whole:
        inside |= Outline(piece).contains_points(points, radius=1e-4) | Outline(piece).contains_points(
            points, radius=-1e-4
        )
    assert inside.mean() > 0.99  # a point on the fold itself is on an edge
    corners = np.concatenate(found.whole)
    assert corners.min(axis=0) == pytest.approx(points.min(axis=0), rel=0.02)
    assert corners.max(axis=0) == pytest.approx(points.max(axis=0), rel=1e-6)
    for name in ("s.npz", "s.csv", "s.parquet"):
        grid.save(tmp_path / name)
        read = area("s", tmp_path / name, axes, INPUTS)
        assert np.concatenate(read.whole) == pytest.approx(corners, rel=1e-6)


def test_the_region_of_a_known_likelihood():
    """Two observables that are the parameters themselves: the region at 68 % is the ellipse of Δ(-2 log L) = 2.30."""
    x, y = np.linspace(-3.0, 3.0, 21), np.linspace(-6.0, 6.0, 31)
    u, v = np.meshgrid(x, y, indexing="ij")
    found = _surface("e", Gridded((x, y), np.stack([u, v], axis=-1), u**2 + v**2 / 4.0))
    for level, height in ((0.6827, 2.2957), (0.95, 5.9915)):
        (polygon,) = found.pieces[level]
        assert polygon[:, 0] ** 2 + polygon[:, 1] ** 2 / 4.0 == pytest.approx(
            np.full(len(polygon), height), rel=0.01
        )
    line = _line("l", Gridded((x,), np.stack([x, 2 * x], axis=-1), x**2))
    (piece,) = line.pieces[0.6827]
    assert piece[[0, -1], 0] == pytest.approx([-1.0, 1.0], rel=0.05)


def test_points_of_every_kind_are_the_region_of_their_likelihood():
    """A grid, what was kept of it, and a Sobol sample: the same ellipse, in the units of the axes."""
    axes = axes_of(("Rnunu(K)", "R(D)"), INPUTS)
    lattice = np.stack(np.meshgrid(np.linspace(-3, 3, 25), np.linspace(-6, 6, 31), indexing="ij"), axis=-1)
    sobol = qmc.scale(qmc.Sobol(2, seed=3).random_base2(9), (-3, -6), (3, 6))

    def rows(points):
        points = points.reshape(-1, 2)
        height = 7.0 + points[:, 0] ** 2 + points[:, 1] ** 2 / 4.0
        kept = {"whole": height > 0, "kept": height < 15.0}
        return {
            name: Rows("it", ("a", "b"), points[at], ("Rnunu(K)", "R(D)"), points[at], height[at])
            for name, at in kept.items()
        }

    asked = {**rows(lattice), "sobol": rows(sobol)["whole"]}
    for name, given in asked.items():
        grid = gridded(given, axes, INPUTS)
        assert bool(grid.told) == (name != "whole")
        for level, height in ((0.6827, 2.2957), (0.95, 5.9915)):
            (polygon,) = _surface("e", grid).pieces[level]
            found = polygon[:, 0] ** 2 + polygon[:, 1] ** 2 / 4.0
            assert found == pytest.approx(np.full(len(polygon), height), rel=0.06), (name, level)
    few = replace(asked["sobol"], points=sobol[:20], values=sobol[:20], height=np.zeros(20))
    with pytest.raises(InputError, match="has 20 points, too few"):
        gridded(few, axes, INPUTS)
    cube = replace(few, names=("a", "b", "c"), points=np.zeros((20, 3)))
    with pytest.raises(InputError, match="For more parameters draw a fit with a posterior"):
        gridded(cube, axes, INPUTS)


def shoelace(polygon):
    x, y = polygon.T
    return 0.5 * abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))


def test_a_ring_has_its_hole():
    """Two holes in one disk: the polygon holds the area between."""
    x = np.linspace(-3.0, 3.0, 241)
    u, v = np.meshgrid(x, x, indexing="ij")
    holes = [0.6 - np.hypot(u - side, v) for side in (-1.2, 1.2)]
    (polygon,) = inside(x, x, np.max([np.hypot(u, v) - 2.5, *holes], axis=0))
    assert shoelace(polygon) == pytest.approx(np.pi * (2.5**2 - 2 * 0.6**2), rel=2e-3)


def test_a_region_of_a_posterior_holds_its_part_of_the_draws():
    """Of Gaussian draws it is the ellipse of Δ(-2 log L) = 2.30; of those of a logarithm, that in the logarithm."""
    draws = np.random.default_rng(2).multivariate_normal([1.0, 3.0], [[0.04, 0.1], [0.1, 1.0]], 40000)
    sigma = np.sqrt(0.04 - 0.01)  # of the first at a value of the second
    for made, back in ((draws, np.asarray), (np.stack([draws[:, 0], np.exp(draws[:, 1])], axis=-1), np.log)):
        for level, height in ((0.6827, 2.2957), (0.95, 5.9915)):
            (polygon,) = credible(made, 40000.0)[level]
            seen = np.stack([polygon[:, 0], back(polygon[:, 1])], axis=-1)
            assert shoelace(seen) == pytest.approx(np.pi * height * sigma, rel=0.06)
    with pytest.raises(InputError, match="does not move"):
        credible(np.ones((100, 2)), 100.0)


def test_a_fit_with_a_posterior_is_drawn_by_it():
    """Draws of parameters and nuisances are carried to the plane; without spread of parameters, theory remains."""
    own = parametrisation(("delta", "kappa"))
    model = likelihood("2026-core", own, mode="fast", draws=100)
    best = SimpleNamespace(values=np.array([0.05, 1.0]))
    found = SimpleNamespace(likelihood=model, names=own.names, best=best)
    axes = axes_of(("R(D)", "Rnunu(K)"), INPUTS)
    asked = [Observable(axis.full, axis.q2) for axis in axes]
    rng, size = np.random.default_rng(4), (1, 4000)
    count = len(model.best_nuisances(best.values))

    def with_draws(width):
        spread = {name: rng.normal(value, width, size) for name, value in (("delta", 0.05), ("kappa", 1.0))}
        nuisances = rng.standard_normal((*size, count))
        parts = {"names": tuple(spread), "draws": spread, "nuisances": nuisances, "poorest": lambda: 4000.0}
        return SimpleNamespace(**vars(found), posterior=SimpleNamespace(**parts))

    still = over_posterior(with_draws(0.0), asked)[0]
    expected = nutau.predict(["R(D)", "Rnunu(K)"], nutau.X(1.0, delta=0.05), draws=300)
    assert still.mean(axis=0) == pytest.approx([row.value for row in expected], rel=0.03)
    assert still.std(axis=0) == pytest.approx([row.uncertainty for row in expected], rel=0.25, abs=1e-12)
    made = area("fit", profiled(with_draws(0.01)), axes, INPUTS)
    assert made.posterior
    assert "95 % of the posterior of delta, kappa" in made.told
    moved = over_posterior(with_draws(0.01), asked)[0]
    held = np.zeros(len(moved), dtype=bool)
    for piece in made.pieces[0.95]:
        held |= Outline(piece).contains_points(moved)
    assert held.mean() == pytest.approx(0.95, abs=0.02)


def test_what_is_a_line_is_drawn_as_one():
    """A curved scan of one parameter, and two parameters that reach the plane along a line, fill nothing."""
    from matplotlib.figure import Figure

    axes = axes_of(("Rnunu(K)", "R(D)"), INPUTS)
    bent = np.linspace(-1.0, 1.0, 15)[:, None]
    one = Rows("it", ("a",), bent, ("Rnunu(K)", "R(D)"), np.concatenate([bent, bent**2], axis=1), None)
    lattice = np.stack(np.meshgrid(*[np.linspace(0, 1, 9)] * 2, indexing="ij"), axis=-1).reshape(-1, 2)
    total = lattice.sum(axis=1, keepdims=True)
    two = Rows(
        "it", ("a", "b"), lattice, ("Rnunu(K)", "R(D)"), np.concatenate([total, total**2], axis=1), None
    )
    for rows in (one, two, replace(two, height=100 * ((lattice - 0.5) ** 2).sum(axis=1))):
        grid = gridded(rows, axes, INPUTS)
        made = _line("s", grid) if len(grid.axes) == 1 else _surface("s", grid)
        assert made.line
        canvas = Figure().subplots()
        entries = region(canvas, made, 0)
        assert canvas.lines
        assert not canvas.patches
        assert all(
            hasattr(entry, "get_linewidth") and not hasattr(entry, "get_facecolor") for entry in entries
        )


def test_a_fit_is_a_region_around_its_best_point():
    """The ends of the interval of a parabola in δ, and its best point, are where a model with these δ is predicted."""
    own = parametrisation(("delta",), fixed={"kappa": 0.7})
    best = SimpleNamespace(values=np.array([0.06]))
    fitted = SimpleNamespace(
        likelihood=SimpleNamespace(parametrisation=own), names=("delta",), best=best, posterior=None
    )
    values = np.linspace(0.0, 0.12, 161)
    found = area(
        "fit",
        Profiled(fitted, Profile("delta", values, ((values - 0.06) / 0.02) ** 2)),
        axes_of(("R(D)", "Rnunu(K)"), INPUTS),
        INPUTS,
    )
    (piece,) = found.pieces[0.6827]
    ends = nutau.predict(["R(D)", "Rnunu(K)"], nutau.X(0.7, delta=np.array([0.04, 0.06, 0.08])), draws=0)
    rows = np.stack([row.value for row in ends], axis=-1)
    assert piece[0] == pytest.approx(rows[0], rel=1e-3)
    assert piece[-1] == pytest.approx(rows[2], rel=1e-3)
    assert found.best == pytest.approx(rows[1], rel=1e-9)


def test_a_fit_of_three_parameters_is_no_region():
    with pytest.raises(InputError, match="one or two parameters, or a posterior; this one has a, b, c"):
        profiled(SimpleNamespace(names=("a", "b", "c"), posterior=None))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"axes": ("R(D)", "R(D)")}, "given twice"),
        ({"axes": ("R(D)",)}, "two observables are needed"),
        ({"axes": ("R(D)", "dBR/dq2(B+->Knunu)")}, "takes points in q²"),
        ({"axes": ("R(D)", "nonsense")}, "Unknown observable"),
        (
            {
                "axes": ("R(D)", "Rnunu(K)"),
                "points": {"R2t": nutau.R2t(2e3, y2tRL_33=1.0, y2tRL_23=0.5)},
                "running": "none",
            },
            r"moves Rtaul\(B->Dlnu\) from its SM value",
        ),
        ({"points": {"a": nutau.U1(2e3, x1LL_33=1.0)}, "inputs": "letter"}, "in its own plane"),
        ({"regions": {"s": "nowhere.npz"}}, "There is no file 'nowhere.npz'"),
        ({"regions": {"s": __file__}}, "is no file that nutau scan wrote"),
    ],
)
def test_what_no_plane_can_show(given, message):
    with pytest.raises(InputError, match=message):
        panels(draws=0, **given)


def test_a_scan_without_the_observables_is_refused(grid, tmp_path):
    grid.save(tmp_path / "s.npz")
    with pytest.raises(
        InputError, match=r"has no BR\(B\+->Ktautau\)/SM, which is an axis: it has BR\(B\+->Knunu\)"
    ):
        panels(regions={"s": tmp_path / "s.npz"}, draws=0)


def test_the_plane_of_the_letter_is_the_letters():
    """Its data set is reached by name, and is what `nutau reproduce` draws; today's data are the default."""
    letter = panels({"U1": 1.0}, data="letter-2022")
    assert letter[0].known[1].limits[0].limit == 3.9
    assert letter[0].lines[0].y_error is None
    today = panels({"U1": 1.0}, draws=0)
    assert today[0].known[1].intervals
    assert panels({"U1": 1.0}, data="2026", draws=0)[0].known[1].bands == today[0].known[1].bands
