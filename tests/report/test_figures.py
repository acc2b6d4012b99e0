"""Figures: every one is drawn from small records, has labels, is written as what its name says, refuses bad input."""

import csv
import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from command import run
from nutau.common.density import density, levels
from nutau.errors import InputError
from nutau.inference.fit import Contour, Minimum, Posterior, Pull
from nutau.inference.forecast import Apart, Forecast, Row
from nutau.letter.claims import K_NUNU as KAON_NUNU
from nutau.letter.claims import KST_NUNU
from nutau.letter.plane import PlaneLine
from nutau.observables import catalogue
from nutau.observables.predictions import formulas
from nutau.observables.results import Prediction, Predictions
from nutau.report.bands import Axis, Band, Known
from nutau.report.c9_plane import C9Plane, ModelLine
from nutau.report.figures import labels, numbers
from nutau.report.figures.bins import bins
from nutau.report.figures.c9u import c9u
from nutau.report.figures.contours import contours
from nutau.report.figures.corner import corner
from nutau.report.figures.expected import expected
from nutau.report.figures.looks import LOOKS
from nutau.report.figures.nunu import nunu
from nutau.report.figures.paper import Paper
from nutau.report.figures.plane import draw as draw_plane
from nutau.report.figures.pulls import pulls
from nutau.report.figures.reach import reach
from nutau.report.figures.spectrum import spectrum
from nutau.report.figures.style import check_place, fix_layout, save
from nutau.report.measured_bins import Bin
from nutau.report.neutrino_plane import Cone, NunuLine, NunuPlane, nunu_plane
from nutau.report.plane import Panel

MAGIC = {".pdf": b"%PDF", ".png": b"\x89PNG", ".svg": b"<?xml"}


def ellipse(names, center, widths):
    """Δχ² of two independent Gaussians."""
    axes = [c + w * np.linspace(-5, 5, 21) for c, w in zip(center, widths, strict=True)]
    x, y = np.meshgrid(*axes, indexing="ij")
    rise = ((x - center[0]) / widths[0]) ** 2 + ((y - center[1]) / widths[1]) ** 2
    return Contour(names, *axes, rise)


def minimum(values, chi2=7.0, at_bound=False):
    return Minimum(np.array(values), np.ones(len(values)), np.eye(len(values)), chi2, at_bound)


def contour_figure():
    found = ellipse(("C1", "C3"), (-0.03, -0.04), (0.01, 0.01))
    kappas = {"U1": 1.0, "VB": 0.0, "Z'": np.inf}
    return contours(
        found, ("C1", "C3"), [minimum([-0.03, -0.04]), minimum([-0.05, -0.04], 7.5)], kappas, title="T"
    )


def pull(name, value, sm, **more):
    numbers = dict.fromkeys(("measured", "uncertainty", "fitted", "predicted", "theory_uncertainty"), 1.0)
    return Pull("Paper-2025", name, **numbers, sm=1.0, sm_uncertainty=0.1, pull=value, sm_pull=sm, **more)


def pulls_figure():
    rows = [pull("Rtaul(B->Dlnu) (BaBar 2012)", 0.9, 2.3), pull("<Rmue>(B+->Kll)[1.1, 6]", -1.0, -0.04)]
    return pulls([*rows, pull("BR(B+->Knunu)", 0.1, 0.2, limit=1e-5, confidence_level=0.9)], title="T")


def posterior(*names):
    stream = np.random.default_rng(1)
    draws = {name: stream.standard_normal((2, 200)) for name in names}
    ones = dict.fromkeys(names, 1.0)
    free = dict.fromkeys(names, (-np.inf, np.inf))
    return Posterior(names, draws, np.zeros((2, 200, 1)), np.zeros((2, 200)), ones, ones, 0, free)


def axis(meson):
    return Axis(f"BR(B->{meson}nunu)", True, None, 1e-5)


def plane():
    x = np.linspace(0.7, 3.0, 30)
    line = NunuLine("$R_2$", x, x**2, 0.1 * x, 0.1 * x)
    cones = (Cone("one", (2 / 3, 2 / 3), (0.0, 5.6)), Cone("all", (0.0, 0.0), (0.0, 5.6)))
    kaon = Known(axis("K"), (Band("e", "s", "measured", (2.2, 3.6), (1.5, 4.3)),), {1.0: 0.5, 50.0: 0.1}, ())
    return NunuPlane(
        (line,),
        cones,
        kaon,
        Known(axis("K*"), (Band("e", "s", "limit", limit=2.1, level=0.9),), {1.0: 1.0, 50.0: 0.3}, ()),
        "d",
        "i",
    )


def predictions(scale=1.0, observable="dBR/dq2(B+->Knunu)"):
    points = np.linspace(0.0, 20.0, 5)
    rows = [
        Prediction(
            observable, scale * v, v, scale, 0.1 * v, 0.0, (0.9 * scale * v, scale * v), (scale, scale), q2=q
        )
        for q, v in zip(points, 1e-7 * (25.0 - points), strict=True)
    ]
    end = Prediction(observable, 0.0, 0.0, None, None, None, None, None, q2=22.0)  # the end of phase space
    return Predictions((*rows, end), "default", "physical")


def forecast(steps=(1.0, 10.0, 50.0)):
    rows = tuple(Row(m, s, f * s**0.5, 2 * f * s**0.5) for m, f in (("SM", 1.0), ("VB", 3.0)) for s in steps)
    apart = (
        Apart("U1", "VB", 5.0, 2.8, 1.5, 2.9, None, 0.2, 30),
        Apart("U1", "SM", 5.0, None, None, None, None, 1.0, 30),
    )
    known = ({"name": "P", "published": [2.0, 40.0], "at": {"1.0": 0.5}, "held": False},)
    models = tuple(SimpleNamespace(name=name) for name in ("SM", "VB"))
    return Forecast(SimpleNamespace(name="U1"), models, rows, apart, (), known, "ab^-1")


def regions(steps=(0.0, 5.0, 50.0), **how):
    """Regions that shrink with luminosity."""
    x, y = np.linspace(-1, 1, 41), np.linspace(-2, 2, 41)
    fits = [SimpleNamespace(luminosity=step) for step in steps]
    found = [
        Contour(("C1", "C3"), x, y, (1 + step) * (x[:, None] ** 2 * 20 + y[None, :] ** 2 * 4))
        for step in steps
    ]
    return expected(fits, found, "ab^-1", (0.1, 0.2), title="T", **how)


def universal(**how):
    """Two kinds of data that cross, and what both allow."""
    x, y = np.linspace(-0.03, 0.12, 41), np.linspace(-1.5, 0.4, 41)
    one, other = ((x[:, None] - 0.06) / 0.02) ** 2 + 0 * y, ((y + 0.7) / 0.2) ** 2 + 0 * x[:, None]
    lines = tuple(ModelLine(name, k, -4.6 - 4.8 * k) for name, k in (("U1", 1.0), ("S1", -1.0), ("U3", -3.0)))
    kinds = {"b → cτν": one, "b → sℓℓ": other}
    return c9u(
        C9Plane("d", "i", 2e3, x, y, one + other, kinds, lines, (0.06, -0.7), 1.5, 9.0), title="T", **how
    )


def bins_figure(**how):
    rows = predictions()
    mean = Predictions((replace(rows.rows[1], q2=(4.0, 6.0)),), "default", "physical")
    data = [
        Bin("E-2025-x", "CMS", "a", 4.0, 6.0, 2e-6, 1e-7, 2e-7),
        Bin("F-2020-x", "Nobody", "b", 1.0, 9.0, 2.1e-6, 1e-7, 1e-7),
    ]
    return bins(data, {"SM": rows, "far": predictions(1.2)}, {"SM": mean}, title="T", **how)


FIGURES = {
    "bins": bins_figure,
    "c9u": universal,
    "contours": contour_figure,
    "pulls": pulls_figure,
    "corner": lambda: corner(posterior("C1", "C9_bstautau"), title="T"),
    "nunu": lambda: nunu(plane(), title="T"),
    "spectrum": lambda: spectrum({"SM": predictions(), "far": predictions(40.0)}, title="T"),
    "reach": lambda: reach(forecast(), title="T"),
    "expected": regions,
}


@pytest.mark.parametrize(
    ("name", "suffix"), list(zip(FIGURES, ([".pdf", ".png", ".svg"] * 3)[: len(FIGURES)], strict=True))
)
def test_figures_are_drawn_and_written(name, suffix, tmp_path):
    figure = FIGURES[name]()
    edges = [
        axis
        for axis in figure.axes
        if axis.get_subplotspec() is not None and axis.get_subplotspec().is_last_row()
    ]
    assert edges
    assert all(axis.get_xlabel() for axis in edges)
    assert any(axis.get_ylabel() or axis.get_yticklabels() for axis in figure.axes)
    ink = figure.get_tightbbox(FigureCanvasAgg(figure).get_renderer())  # inches
    assert ink.x0 >= 0
    assert ink.y0 >= 0
    assert np.all(np.array([ink.x1, ink.y1]) <= figure.get_size_inches())
    save(figure, tmp_path / f"figure{suffix}")
    assert (tmp_path / f"figure{suffix}").read_bytes().startswith(MAGIC[suffix])
    assert len(list(tmp_path.iterdir())) == 1  # no draft stays


def test_expected_regions_name_today_and_every_luminosity():
    figure = regions()
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts[:3] == ["today, 68 %", "5 ab$^{\\mathrm{-1}}$, 68 %", "50 ab$^{\\mathrm{-1}}$, 68 %"]
    assert {"SM", "truth", "dashed: 95 %"} <= set(texts)


def test_text_stays_text_and_files_are_reproducible(tmp_path):
    figure = pulls_figure()
    for name in ("one.svg", "two.svg", "one.pdf"):
        save(figure, tmp_path / name)
    assert "Paper-2025" in (tmp_path / "one.svg").read_text()
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert b"/Type3" not in (tmp_path / "one.pdf").read_bytes()


def test_lines_of_kappa_are_where_kappa_is():
    found = ellipse(("delta", "kappa"), (0.06, 0.7), (0.02, 0.3))
    figure = contours(
        found, ("delta", "kappa"), [minimum([0.06, 0.7])], {"U1": 1.0, "X_1/2": 0.5, "U3": -3.0}
    )
    (axis,) = figure.axes
    assert {text.get_text() for text in axis.texts} == {"U1", "X 1/2"}  # U3 is out of the frame
    heights = {line.get_ydata()[0] for line in axis.lines if line.get_ydata()[0] == line.get_ydata()[-1]}
    assert {1.0, 0.5} <= heights
    rays = [line for line in contour_figure().axes[0].lines if len(line.get_xdata()) == 2]
    slopes = sorted(np.ptp(line.get_xdata()) / max(np.ptp(line.get_ydata()), 1e-9) for line in rays)
    assert slopes[0] == pytest.approx(0.0, abs=1e-12)  # VB: C1 = 0
    assert slopes[1] == pytest.approx(1.0)  # U1: C1 = C3


def test_a_minimum_at_a_bound_and_one_far_away_are_not_drawn():
    found = ellipse(("C1", "C3"), (0.0, 0.0), (1.0, 1.0))
    others = [minimum([1.0, 0.0], 8.0, at_bound=True), minimum([2.0, 0.0], 30.0), minimum([-1.0, 0.0], 7.25)]
    figure = contours(found, ("C1", "C3"), [minimum([0.0, 0.0]), *others])
    shown = [line.get_label() for line in figure.axes[0].lines]
    assert [text for text in shown if text.startswith("minimum")] == ["minimum, Δχ² = 0.25"]


@pytest.fixture(scope="module")
def neutrinos():
    return nunu_plane(draws=20)


def test_right_handed_currents_stay_in_the_cone(neutrinos):
    tau = neutrinos.cones[0]
    assert tau.apex == pytest.approx((2 / 3, 2 / 3), abs=1e-9)  # one of three neutrinos cancelled
    assert neutrinos.cones[1].apex == pytest.approx((0.0, 0.0), abs=1e-9)
    assert tau.slopes[0] == pytest.approx(0.0, abs=1e-9)
    for line in neutrinos.lines:
        u, v = line.kstar - tau.apex[0], line.kaon - tau.apex[1]
        assert np.all(v >= tau.slopes[0] * u - 1e-9)
        assert np.all(v <= tau.slopes[1] * u + 1e-9)


def test_no_phase_leads_out_of_the_cone(neutrinos):
    stream = np.random.default_rng(1)
    kstar, kaon = formulas((KST_NUNU, KAON_NUNU), draws=0)
    basis = kaon.central.basis
    values = np.zeros((2000, len(basis)), dtype=complex)
    for name in ("CL_bsnutaunutau", "CR_bsnutaunutau"):
        values[:, basis.index(name)] = 20.0 * (
            stream.standard_normal(2000) + 1j * stream.standard_normal(2000)
        )
    (x, y), (low, high) = neutrinos.cones[0].apex, neutrinos.cones[0].slopes
    slopes = (kaon(values) - y) / (kstar(values) - x)
    assert low - 1e-9 < slopes.min() < 0.02 * high  # and both edges are reached
    assert 0.98 * high < slopes.max() < high + 1e-9


def test_lines_pass_through_the_standard_model_once(neutrinos):
    for line in neutrinos.lines:
        distance = np.hypot(line.kstar - 1.0, line.kaon - 1.0)
        step = np.hypot(np.diff(line.kstar), np.diff(line.kaon))
        near = int(distance.argmin())
        assert distance[near] <= step[max(near - 1, 0) : near + 1].max()


def test_labels():
    assert labels.parameter("C3") == r"$C_3$ [TeV$^{\mathrm{-2}}$]"
    assert labels.parameter("Im CL_bsnutaunutau").startswith(
        r"$\mathrm{Im}\,C_{L}^{\,bs\nu_{\tau }\nu_{\tau }}"
    )
    assert labels.parameter("y3LL_33") == "$(y_3^{LL})_{33}$"
    assert labels.parameter("C9p_bstautau").startswith("$C_{9'}^")
    assert labels.observable("Rtaul(B->Dlnu) (BaBar 2012)") == "$R_D$ (BaBar 2012)"
    assert labels.observable("BR(B+->Knunu)/SM").endswith("$ / SM")
    assert labels.observable("something else") == "something else"
    assert labels.model("X_-1/2") == "X −1/2"
    with pytest.raises(InputError, match="Unknown fit parameter 'C9_bstautaux'"):
        labels.parameter("C9_bstautaux")


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: pulls([]), "no pull to draw"),
        (lambda: spectrum({}), "at least one point"),
        (lambda: bins([], {"SM": predictions()}), "Bins need data"),
        (
            lambda: spectrum({"a": predictions(), "b": predictions(observable="dBR/dq2(B0->Knunu)")}),
            "one dBR/dq2",
        ),
        (lambda: spectrum({"a": replace(predictions(), rows=predictions().rows[:1])}), "one dBR/dq2"),
        (lambda: reach(forecast(steps=(5.0,))), "at least two luminosities"),
        (lambda: regions(tuple(range(8))), "at most 5"),
        (lambda: corner(posterior("C1")), "at least two parameters"),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw, message):
    with pytest.raises(InputError, match=message):
        draw()


@pytest.mark.parametrize("apart", [0.0, 12.0])
def test_densities_of_draws(apart):
    """Two Gaussians of unit width, `apart`: height, regions and area are known; the distance changes no width."""
    stream = np.random.default_rng(3)
    x = stream.standard_normal(20000) + apart * (np.arange(20000) % 2)
    (nodes,), found = density([x], [(-6.0, 6.0 + apart)], 20000)
    assert np.sum(found) * (nodes[1] - nodes[0]) == pytest.approx(1.0, rel=1e-12)
    exact = [np.exp(-0.5 * (nodes - at) ** 2) / np.sqrt(2 * np.pi) for at in (0.0, apart)]
    # noise of 20 000 draws, 1.6 % at the maximum and up to 4 % somewhere; kernels lower it by up to 4 %
    assert np.abs(found - np.mean(exact, axis=0)).max() < 0.08 * np.max(np.mean(exact, axis=0))
    y = 0.5 * (x - apart * (np.arange(20000) % 2)) + np.sqrt(0.75) * stream.standard_normal(20000)
    (u, v), found = density([x, y], [(-6.0, 6.0 + apart), (-6.0, 6.0)], 20000)
    for height, fraction in zip(levels(found, (0.6827, 0.95)), (0.6827, 0.95), strict=True):
        inside = found[np.searchsorted(u, x) - 1, np.searchsorted(v, y) - 1] > height
        assert inside.mean() == pytest.approx(fraction, abs=0.05)  # kernels widen what they smooth


def test_density_does_not_leave_the_prior():
    """Half a Gaussian at its edge is as high there as anywhere: what would lie beyond is reflected."""
    x = np.abs(np.random.default_rng(4).standard_normal(20000))
    _, found = density([x], [(0.0, 6.0)], 20000)
    assert found[0] == pytest.approx(np.sqrt(2 / np.pi), rel=0.05)  # as above


def test_places_are_checked_before_the_work(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.pdf").mkdir()
    check_place(tmp_path / "figure.PDF")
    for place, message in (
        ("folder.pdf", "it is a folder"),
        ("file/x.pdf", "there is no folder"),
        ("new/x.pdf", "there is no folder"),
        ("x" * 300 + ".pdf", "File name too long"),
        ("x.jpg", "ending in"),
    ):
        with pytest.raises(InputError, match=message):
            check_place(tmp_path / place)
    with pytest.raises(InputError, match="name is empty"):
        check_place(Path(""))


def test_a_contour_says_where_there_was_no_likelihood(tmp_path, monkeypatch):
    """Points without a number are drawn as excluded, and counted on stderr."""
    found = ellipse(("C1", "C3"), (0.0, 0.0), (0.01, 0.01))
    found.delta_chi2[:2] = np.inf
    record = SimpleNamespace(
        contour=lambda *names, **options: found, names=("C1", "C3"), minima=(minimum([0.0, 0.0]),)
    )
    monkeypatch.setattr("nutau.cli.fitted.fit", lambda *names, **options: record)
    monkeypatch.setattr("nutau.cli.plot_fits.described", lambda fit: "T")
    code, _, error = run("plot", "contour", "--parameters", "C1,C3", "--out", str(tmp_path / "x.png"))
    assert code == 0, error
    assert "no number at 42 of 441 points, drawn as excluded" in error


def test_corner_reports_its_progress(tmp_path, monkeypatch):
    """The sampler is given a function to call, as on a terminal; `plot corner` gave it a truth value."""
    told = []

    def sampled(*, effective, progress):
        progress(1, 2)
        told.append(effective)
        return SimpleNamespace(posterior=posterior("C1", "C3"))

    monkeypatch.setattr("nutau.cli.fitted.fit", lambda *names, **options: SimpleNamespace(sampled=sampled))
    monkeypatch.setattr("nutau.cli.plot_fits.described", lambda fit: "T")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    code, _, error = run("plot", "corner", "--ess", "50", "--out", str(tmp_path / "x.png"))
    assert code == 0, error
    assert told == [50]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("contour", "--parameters", "C1"), "two different parameters"),
        (("contour", "--axes", "C1,C3"), "Unknown parameter of this fit 'C1' in --axes"),
        (("contour", "--line", "U9"), "Unknown model 'U9' in --line"),
        (("contour", "--parameters", "C9_bstautau,C10_bstautau", "--line", "U1"), "κ is no line"),
        (("contour", "--parameters", "C1,C33"), "Unknown fit parameter 'C33'"),
        (("pulls", "--parameters", "delta"), "delta alone does not say"),
        (("pulls", "--range", "kappa=1"), "LOW:HIGH with LOW < HIGH"),
        (("corner", "--parameters", "C1"), "two different parameters"),
        (("nunu", "--data", "nope"), "Unknown data set 'nope'"),
        (("spectrum", "B0->Kxx"), "Unknown process 'B0->Kxx'"),
        (("spectrum", "B0->K*tautau", "--set", "CX=1"), "Unknown coefficient"),
        (("reach", "--luminosity", "5"), "two or more above zero"),
        (("reach", "--luminosity", "50:1"), "LOW:HIGH with LOW < HIGH"),
        (("expected", "--parameters", "delta"), "two different parameters"),
        (("expected", "--luminosity", "x"), "numbers in the unit of --experiment"),
    ],
)
def test_bad_input_leaves_no_file(arguments, message, tmp_path):
    code, _, error = run("plot", *arguments, "--out", str(tmp_path / "x.pdf"))
    assert code == 2
    assert message in error
    assert not list(tmp_path.iterdir())


def test_spectrum_from_the_command_line(tmp_path):
    path = tmp_path / "x.svg"
    point = ("--set", "CR_bsnutaunutau=-4", "--points", "9", "--draws", "5")
    code, out, error = run("plot", "spectrum", "B+->Knunu", *point, "--out", str(path))
    assert code == 0, error
    assert out == f"Written to {path}\n"
    assert "CR_bsnutaunutau = −4" in path.read_text()


@pytest.mark.parametrize(
    ("given", "label"),
    [
        (("--model", "U1", "--delta", "0.06"), "U1, δ = 0.06"),
        (("--kappa", "0.5", "--lq3", "-0.04"), "κ = 0.5, C3 = −0.04 TeV⁻²"),
        (("--model", "U1", "--mass", "2000", "--coupling", "x1LL_33=1"), "U1, 2000 GeV, x1LL_33 = 1"),
    ],
)
def test_a_spectrum_says_which_point_it_is_of(given, label, tmp_path):
    path = tmp_path / "x.svg"
    code, _, error = run(
        "plot", "spectrum", "B+->Knunu", *given, "--points", "5", "--draws", "0", "--out", str(path)
    )
    assert code == 0, error
    assert label in path.read_text()


@pytest.mark.parametrize(
    ("label", "said"),
    [("g", r"g [$10^{\mathrm{-8}}$]"), ("g [GeV]", r"g [$10^{\mathrm{-8}}$ GeV]"), ("", "")],
)
def test_a_power_of_ten_stands_in_the_label(label, said):
    """Matplotlib writes it where the label of a horizontal axis ends."""
    from matplotlib.figure import Figure

    figure = Figure()
    axes = figure.subplots()
    axes.plot([1e-8, 3e-8], [1.0, 2.0])
    axes.set_xlabel(label)
    fix_layout(figure)
    assert axes.get_xlabel() == said
    assert axes.xaxis.get_offset_text().get_visible() is (not label)
    assert axes.yaxis.get_offset_text().get_text() == ""


def test_an_invisible_state_is_drawn_beside_what_is_there_without_it(tmp_path):
    path, table = tmp_path / "x.svg", tmp_path / "x.csv"
    one = ("--mediator", "scalar", "--particle-mass", "1", "--rate", "1e-5", "--set", "CL_bsnutaunutau=5")
    rest = ("--points", "9", "--draws", "0", "--out", str(path), "--data-out", str(table))
    code, _, error = run("plot", "spectrum", "B+->Knunu", *one, *rest)
    assert code == 0, error
    drawn = path.read_text()
    assert "CL_bsnutaunutau = 5 and scalar of 1 GeV" in drawn
    assert "= 1e-05" in drawn
    q2 = np.loadtxt(table, delimiter=",", skiprows=1, usecols=9)
    assert np.any(q2 == 4.0)  # a point where it sets in
    code, _, error = run(
        "plot", "spectrum", "B+->Knunu", "--mediator", "two-body", *one[2:6], "--out", str(path)
    )
    assert code == 2
    assert "width" in error


def test_every_label_can_be_set_and_needs_no_font_that_a_reader_lacks(tmp_path):
    """Every observable's, one of those that differ in numbers, in SVG, where text stays text (not STIX's script)."""
    from matplotlib.figure import Figure

    figure, texts = Figure(), [labels.observable(item.name) for item in catalogue()]
    assert all(text.strip() for text in texts)
    for text in {re.sub(r"[0-9.]+", "1", text): text for text in texts}.values():
        figure.text(0.0, 0.0, text)
    save(figure, tmp_path / "labels.svg")
    written = (tmp_path / "labels.svg").read_text()  # Matplotlib 3.9 has 'font: 12px NAME, ...'
    found = set(re.findall(r"font(?:-family)?: [^;'\"]*'([^']*)'", written))
    assert found == {"DejaVu Sans"}


@pytest.mark.parametrize("label", ["SM", " ", r"$\foo$"])
def test_labels_that_a_spectrum_refuses(tmp_path, label):
    place = tmp_path / "x.pdf"
    options = ("--kappa", "1", "--lq3", "-0.04", "--draws", "0", "--label", label, "--out", str(place))
    assert run("plot", "spectrum", "B+->Knunu", *options)[0] == 2
    assert not place.exists()


def look_of(axis, label):
    """Colour and marker of the line with a label."""
    (line,) = [item for item in axis.lines if item.get_label() == label]
    return line.get_color(), line.get_marker()


def test_models_look_alike_in_all_figures_whatever_else_is_drawn():
    """VB is VB in a reach, a plane and a spectrum, alone and behind others; U1's κ has U1's colour in a contour."""
    alike = (LOOKS["VB"].colour, LOOKS["VB"].marker)
    assert look_of(reach(forecast()).axes[0], "VB") == alike
    line = PlaneLine("VB", *(np.linspace(0.0, 1.0, 9),) * 4)
    other = replace(line, model="S3")
    axes = (Axis("BR(B+->Ktautau)", True, None, 1e-7), Axis("BR(B+->Knunu)", True, None, 1e-5))
    known = tuple(Known(item, (), {}, ()) for item in axes)
    for lines in ((line,), (other, line)):
        figure = draw_plane({"physical": (Panel("K", axes, lines, known),)})
        assert look_of(figure.axes[0], "VB") == alike
    curves = spectrum({"SM": predictions(), "mine": predictions(2.0)}, models={"mine": "U1"})
    assert curves.axes[0].lines[1].get_color() == LOOKS["U1"].colour
    (ray,) = [text for text in contour_figure().axes[0].texts if text.get_text() == "U1"]
    assert ray.get_color() == LOOKS["U1"].colour


def test_a_spectrum_of_the_sm_alone_shows_its_relative_error():
    below = spectrum({"SM": predictions()}).axes[1]
    assert below.get_ylabel() == "relative"
    (band,) = below.collections
    heights = band.get_paths()[0].vertices[:, 1]
    assert heights.min() == pytest.approx(0.9)


def test_narrow_charmonia_are_marked_where_a_rate_lacks_them():
    def marks(observable, q2):
        rows = predictions(observable=observable)
        rows = replace(rows, rows=tuple(replace(row, q2=at) for row, at in zip(rows, q2, strict=True)))
        return [text.get_text() for text in spectrum({"SM": rows}).axes[0].texts]

    assert marks("dBR/dq2(B0->K*tautau)", np.linspace(12.7, 19.0, 6)) == ["ψ(2S) (not included)"]
    assert not marks("dBR/dq2(B0->K*tautau)", np.linspace(14.0, 19.0, 6))
    assert not marks("dBR/dq2(B+->Knunu)", np.linspace(0.0, 22.0, 6))


NUMBERS = {
    "contours": lambda: numbers.contours(
        ellipse(("C1", "C3"), (0.0, 0.0), (1.0, 1.0)), ("C1", "C3"), [minimum([0.0, 0.0])]
    ),
    "pulls": lambda: numbers.pulls([pull("BR(B+->Knunu)", 0.1, 0.2, limit=1e-5, confidence_level=0.9)]),
    "corner": lambda: numbers.corner(posterior("C1", "C9_bstautau")),
    "nunu": lambda: numbers.nunu(plane()),
    "spectrum": lambda: numbers.spectrum({"SM": predictions(), "far": predictions(40.0)}),
    "reach": lambda: numbers.reach(replace(forecast(), notes=("said",))),
}


def same(text, value):
    """Whether a cell of a table is a value of a document."""
    if value is None or isinstance(value, str | bool):
        return text == ("" if value is None else str(value))
    return float(text) == value


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_behind_a_figure(name, tmp_path):
    """One table and a document of the same numbers, without NaN; the figure is named."""
    made = NUMBERS[name]()
    document = json.loads(made.save(tmp_path / "n.json").read_text())
    rows = list(csv.DictReader(made.save(tmp_path / "n.csv").read_text().splitlines()))
    assert document["figure"] in (name, name.rstrip("s"))
    lengths = [
        max(len(column) for key, column in item.items() if key != "name") for item in document["series"]
    ]
    assert len(rows) == sum(lengths)
    for key, column in document["series"][0].items():
        if key != "name":
            assert all(same(row[key], value) for row, value in zip(rows, column, strict=False)), key
    with pytest.raises(InputError, match=r"\.csv, \.json|ending"):
        made.save(tmp_path / "n.txt")


@pytest.mark.parametrize("name", FIGURES)
def test_figures_fit_a_column(name):
    """3.4 inches wide, all ink within, letters of 8 points."""
    paper = Paper("column")
    figure = {
        "bins": lambda: bins_figure(paper=paper),
        "c9u": lambda: universal(paper=paper),
        "contours": lambda: contours(ellipse(("C1", "C3"), (-0.03, -0.04), (0.01, 0.01)), paper=paper),
        "pulls": lambda: pulls([pull("Rtaul(B->Dlnu) (BaBar 2012)", 0.9, 2.3)], title="T " * 60, paper=paper),
        "corner": lambda: corner(posterior("C1", "C3"), paper=paper),
        "nunu": lambda: nunu(plane(), title="T " * 60, paper=paper),
        "spectrum": lambda: spectrum({"SM": predictions(), "far": predictions(40.0)}, paper=paper),
        "reach": lambda: reach(forecast(), title="T " * 60, paper=paper),
        "expected": lambda: regions(paper=paper),
    }[name]()
    assert figure.get_size_inches()[0] == 3.4
    ink = figure.get_tightbbox(FigureCanvasAgg(figure).get_renderer())
    assert ink.x0 >= -0.02
    assert ink.x1 <= 3.42
    sizes = [text.get_fontsize() for key in figure.legends for text in key.get_texts()]
    assert all(6.0 < size < 8.5 for size in sizes)
