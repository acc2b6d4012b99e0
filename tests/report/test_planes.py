"""Lines of models in the (R_ττ, R_νν) plane with our own rates: theory errors that know the matching, bad input."""

from types import SimpleNamespace

import numpy as np
import pytest

import nutau
from nutau.eft.smeft.matching import constants, match
from nutau.eft.wet.basis import MU_B
from nutau.errors import InputError
from nutau.inference.fit.profiles import Profile
from nutau.inference.likelihood import parametrisation
from nutau.inputs import load_inputs
from nutau.letter.plane import PANELS
from nutau.models import X
from nutau.models.two_field import c3_from_delta
from nutau.observables.predictions import SEED, formulas, restricted
from nutau.report.areas import Gridded, Profiled, _line, _surface, area, profiled
from nutau.report.bands import axes_of
from nutau.report.plane import along_delta, on_line, panels

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
        ({"inputs": "nope"}, "default, flavio-2.4, flavio-2.7, measured-shapes, letter"),
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
    from matplotlib.path import Path as Outline

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
    for name in ("s.npz", "s.csv"):
        grid.save(tmp_path / name)
        read = area("s", tmp_path / name, axes, INPUTS)
        assert np.concatenate(read.whole) == pytest.approx(corners, rel=1e-6)


def test_the_region_of_a_known_likelihood():
    """Two observables that are the parameters themselves: the region at 68 % is the ellipse of Δ(-2 log L) = 2.30."""
    x, y = np.linspace(-3.0, 3.0, 21), np.linspace(-6.0, 6.0, 31)
    u, v = np.meshgrid(x, y, indexing="ij")
    found = _surface("e", Gridded(("a", "b"), (x, y), np.stack([u, v], axis=-1), u**2 + v**2 / 4.0))
    for level, height in ((0.6827, 2.2957), (0.95, 5.9915)):
        (polygon,) = found.polygons[level]
        assert polygon[:, 0] ** 2 + polygon[:, 1] ** 2 / 4.0 == pytest.approx(
            np.full(len(polygon), height), rel=0.01
        )
    line = _line("l", Gridded(("a",), (x,), np.stack([x, 2 * x], axis=-1), x**2))
    (piece,) = line.paths[0.6827]
    assert piece[[0, -1], 0] == pytest.approx([-1.0, 1.0], rel=0.05)


def test_a_fit_is_a_region_around_its_best_point():
    """The ends of the interval of a parabola in δ, and its best point, are where a model with these δ is predicted."""
    own = parametrisation(("delta",), fixed={"kappa": 0.7})
    best = SimpleNamespace(values=np.array([0.06]))
    fitted = SimpleNamespace(likelihood=SimpleNamespace(parametrisation=own), names=("delta",), best=best)
    values = np.linspace(0.0, 0.12, 161)
    found = area(
        "fit",
        Profiled(fitted, Profile("delta", values, ((values - 0.06) / 0.02) ** 2)),
        axes_of(("R(D)", "Rnunu(K)"), INPUTS),
        INPUTS,
    )
    (piece,) = found.paths[0.6827]
    ends = nutau.predict(["R(D)", "Rnunu(K)"], nutau.X(0.7, delta=np.array([0.04, 0.06, 0.08])), draws=0)
    rows = np.stack([row.value for row in ends], axis=-1)
    assert piece[0] == pytest.approx(rows[0], rel=1e-3)
    assert piece[-1] == pytest.approx(rows[2], rel=1e-3)
    assert found.best == pytest.approx(rows[1], rel=1e-9)


def test_a_fit_of_three_parameters_is_no_region():
    with pytest.raises(InputError, match="one or two parameters; this one has a, b, c"):
        profiled(SimpleNamespace(names=("a", "b", "c")))


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
