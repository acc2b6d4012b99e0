"""Published likelihoods as likelihoods of a spectrum: pyhf's numbers, exact derivatives, and what is refused."""

import copy
import json

import jax
import numpy as np
import pytest
import yaml

from nutau.errors import InputError
from nutau.measurements import find_measurement, load_dataset, measured
from nutau.measurements.likelihoods import asimov, chi2, pulls, spectrum_likelihood
from nutau.measurements.reinterpretation.collapsed import collapse
from nutau.measurements.reinterpretation.parsing import parse

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # pyhf 0.7 with new jsonschema
DENSITY = [[0.5, 3.0, 1.0, 1.5], [0.25, 1.0, 4.0, 0.75], [0.0, 0.5, 1.5, 2.0]]
REFERENCE = [3.0, 2.0, 0.5]
EDGES = [0.0, 4.0, 9.0, 22.0]


def modifier(name, kind, data=None):
    return {"name": name, "type": kind, "data": data}


def shift(nominal, high, low):
    return {
        "hi_data": [n + h for n, h in zip(nominal, high, strict=True)],
        "lo_data": [n - d for n, d in zip(nominal, low, strict=True)],
    }


def workspace():
    """A region with signal and one without, every kind of modifier, errors that are shared or of one sample."""
    signal = [sum(row) for row in DENSITY]
    background = [40.0, 60.0, 90.0]
    samples = [
        {
            "name": "signal",
            "data": signal,
            "modifiers": [
                modifier("mu", "normfactor"),
                modifier("tracking", "normsys", {"hi": 1.06, "lo": 0.95}),
                modifier("form_factor", "histosys", shift(signal, [0.2, 0.1, 0.3], [0.1, 0.2, 0.2])),
                modifier("efficiency", "histosys", shift(signal, [0.3, 0.4, 0.1], [0.2, 0.5, 0.1])),
                modifier("simulated", "staterror", [0.4, 0.3, 0.2]),
            ],
        },
        {
            "name": "background",
            "data": background,
            "modifiers": [
                modifier("tracking", "normsys", {"hi": 1.02, "lo": 0.97}),
                modifier("lumi", "lumi"),
                modifier("shape", "histosys", shift(background, [5.0, -3.0, 4.0], [4.0, -5.0, 2.0])),
                modifier("size", "normsys", {"hi": 1.3, "lo": 0.8}),
                modifier("simulated", "staterror", [3.0, 2.5, 4.0]),
            ],
        },
    ]
    control = [
        {
            "name": "background",
            "data": [200.0, 150.0],
            "modifiers": [
                modifier("size", "normsys", {"hi": 1.3, "lo": 0.8}),
                modifier("own", "staterror", [6.0, 5.0]),
                modifier("counted", "shapesys", [10.0, 0.0]),
            ],
        },
        {
            "name": "other",
            "data": [30.0, 20.0],
            "modifiers": [modifier("free", "normfactor"), modifier("others", "staterror", [2.0, 0.0])],
        },
    ]
    lumi = {"name": "lumi", "auxdata": [1.0], "sigmas": [0.02], "bounds": [[0.5, 1.5]], "inits": [1.0]}
    return {
        "version": "1.0.0",
        "channels": [{"name": "signal_region", "samples": samples}, {"name": "control", "samples": control}],
        "observations": [
            {"name": "signal_region", "data": [52, 75, 88]},
            {"name": "control", "data": [240, 171]},
        ],
        "measurements": [{"name": "only", "config": {"poi": "mu", "parameters": [lumi]}}],
    }


def entry(**changes):
    found = {
        "name": "Mine",
        "kind": "reinterpretation",
        "source": "a paper",
        "unit": "1e-7 GeV^-2",
        "workspace": "w.json",
        "remove": ["mu", "form_factor"],
        "spectra": [
            {
                "observable": "<dBR/dq2>(B+->Knunu)",
                "q2": EDGES,
                "outside": 1,
                "reference": REFERENCE,
                "signals": [{"channel": "signal_region", "sample": "signal", "density": DENSITY}],
            }
        ],
    }
    return found | changes


def data(folder, *entries, content=None):
    (folder / "w.json").write_text(json.dumps(content or workspace()))
    (folder / "data.yaml").write_text(
        yaml.safe_dump({"title": "Mine", "measurements": json.loads(json.dumps(entries))})
    )
    return load_dataset(folder / "data.yaml")


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    return data(tmp_path_factory.mktemp("mine"), entry()).measurements[0]


def pyhf_model(content):
    pyhf = pytest.importorskip("pyhf")
    space = pyhf.Workspace(content, validate=False)
    model = space.model(poi_name="mu", validate=False)
    return pyhf, model, space.data(model)


def names_of(model):
    sets = ((name, model.config.param_set(name)) for name in model.config.par_order)
    return [
        label
        for name, found in sets
        for label in ([name] if found.is_scalar else [f"{name}[{k}]" for k in range(found.n_parameters)])
    ]


def likelihood_of(content, events=None):
    """-2 log L of all parameters as nutau has it, their names, and a point."""
    template, constraints, observed = parse(content, "only", (), (), "w.json")

    def height(theta):
        expected = template.expected(theta, np.ones(len(template.cells)))
        saturated = observed * np.log(observed / expected)
        return 2.0 * np.sum(expected - observed + saturated) + constraints(theta)

    return height, constraints


def test_every_modifier_is_pyhfs():
    """Differences of log L between points at random, within and beyond one standard deviation."""
    content = workspace()
    _, model, events = pyhf_model(content)
    height, constraints = likelihood_of(content)
    places = [names_of(model).index(name) for name in constraints.names]
    start = np.array(model.config.suggested_init())
    random = np.random.default_rng(3)
    fixed = np.array(model.config.suggested_fixed())
    points = [start] + [
        np.where(fixed, start, start + random.normal(size=len(start)) * np.where(start == 1.0, 0.1, 1.7))
        for _ in range(6)
    ]
    theirs = np.array([-2.0 * float(model.logpdf(point, events)[0]) for point in points])
    ours = np.array([float(height(point[places])) for point in points])
    assert ours - ours[0] == pytest.approx(theirs - theirs[0], rel=1e-9, abs=1e-9)
    assert np.ptp(theirs) > 50


@pytest.mark.parametrize("strength", [0.0, 1.0, 4.0])
def test_a_spectrum_of_the_simulations_shape_is_a_strength(tmp_path, strength):
    """pyhf's fit at fixed mu; events outside the bins of q² do not scale, so there are none of them here."""
    content = workspace()
    for sample in content["channels"][0]["samples"]:
        sample["modifiers"] = [m for m in sample["modifiers"] if m["name"] != "form_factor"]
    density = [[sum(row) / 3] * 3 for row in DENSITY]
    spectrum = entry()["spectra"][0] | {"outside": 0}
    spectrum["signals"] = [{"channel": "signal_region", "sample": "signal", "density": density}]
    found = data(tmp_path, entry(spectra=[spectrum], remove=["mu"]), content=content).measurements[0]
    pyhf, model, events = pyhf_model(content)
    ours, theirs = [], []
    for mu in (strength, 2.0):
        ours.append(float(chi2(found, mu * np.array(REFERENCE) * 1e-7)))
        theirs.append(float(pyhf.infer.mle.fixed_poi_fit(mu, events, model, return_fitted_val=True)[1]))
    assert ours[0] - ours[1] == pytest.approx(theirs[0] - theirs[1], abs=2e-4)


def test_parameters_of_cells_in_closed_form_are_at_their_minimum(mine):
    """The minimum over what is left equals that over all parameters, found without the closed form."""
    from scipy.optimize import minimize

    content = workspace()
    template, constraints, observed = parse(content, "only", ("mu", "form_factor"), (), "w.json")
    _, left, local = collapse(template, constraints)
    assert len(local.sigma) >= 3
    assert len(left.names) < len(constraints.names)
    x = np.array([5.0, 1.0, 2.0]) * 1e-7
    found = spectrum_likelihood(mine)
    weights = found.constant + found.response @ x
    free = ~constraints.fixed

    def height(moved):
        theta = np.where(free, 0.0, constraints.start)
        theta[free] = moved
        expected = template.expected(theta, weights)
        if np.any(expected <= 0) or np.any(theta[constraints.tau > 0] <= 0):
            return 1e6
        return 2.0 * np.sum(expected - observed + observed * np.log(observed / expected)) + constraints(theta)

    best = minimize(height, constraints.start[free], method="BFGS", options={"gtol": 1e-6})
    assert float(found(x)) == pytest.approx(best.fun, abs=1e-6)


def test_derivatives_are_those_of_the_minimum(mine):
    found = spectrum_likelihood(mine)
    x, way = np.array([5.0, 1.0, 2.0]) * 1e-7, np.array([1.0, -0.5, 0.3]) * 1e-7
    slope, curve = found.curved(x)
    step = 1e-2
    values = [float(found(x + k * step * way)) for k in (-2, -1, 0, 1, 2)]
    first = (8 * (values[3] - values[1]) - values[4] + values[0]) / (12 * step)
    second = (16 * (values[3] + values[1]) - values[4] - values[0] - 30 * values[2]) / (12 * step**2)
    assert way @ slope == pytest.approx(first, rel=1e-6)
    assert way @ found.hessian(x) @ way == pytest.approx(second, rel=1e-5)
    assert np.linalg.eigvalsh(curve / 1e14).min() > -1e-9
    assert way @ curve @ way == pytest.approx(second, rel=0.2)


def test_jax_and_numpy_agree_in_values_and_derivatives(mine):
    found = spectrum_likelihood(mine)
    x = np.array([4.0, 3.0, 0.5]) * 1e-7

    def both(x):
        value, slope = jax.value_and_grad(found)(x)
        return slope, (value, slope)

    curve, (value, slope) = jax.jit(jax.jacfwd(both, has_aux=True))(jax.numpy.asarray(x))
    assert float(value) == pytest.approx(float(found(x)), rel=1e-9)
    assert np.asarray(slope) == pytest.approx(found.curved(x)[0], rel=1e-6)
    assert np.asarray(curve) == pytest.approx(found.hessian(x), rel=1e-5)


def test_many_points_are_those_one_by_one(mine):
    points = np.array([[[1.0, 2.0, 3.0]], [[3.0, 2.0, 0.5]]]) * 1e-7
    found = chi2(mine, points)
    assert found.shape == (2, 1)
    assert found[1, 0] == pytest.approx(float(chi2(mine, points[1, 0])))
    slope, curve = spectrum_likelihood(mine).curved(points)
    assert slope.shape == (2, 1, 3)
    assert curve.shape == (2, 1, 3, 3)


def test_shifts_of_the_signal_follow_its_spectrum_or_stay(tmp_path):
    """Relative shifts vanish with the signal, absolute ones do not."""
    none = np.zeros(3)
    found = {}
    for kind in ("relative", "absolute"):
        folder = tmp_path / kind
        folder.mkdir()
        spectrum = entry()["spectra"][0]
        spectrum["signals"][0]["density"] = [[0.0, *row[1:]] for row in DENSITY]
        content = workspace()
        content["channels"][0]["samples"][0]["data"] = [sum(row[1:]) for row in DENSITY]
        found[kind] = spectrum_likelihood(
            data(folder, entry(spectra=[spectrum], shifts_of_signal=kind), content=content).measurements[0]
        )
    place = found["relative"].constraints.names.index("efficiency")
    moved = np.array(found["relative"].constraints.start)
    moved[place] = 1.0
    events = {kind: one.expected(none, moved) for kind, one in found.items()}
    assert events["absolute"].sum() > events["relative"].sum() + 0.5
    assert events["relative"] == pytest.approx(
        found["relative"].expected(none, found["relative"].constraints.start)
    )


def test_as_data_it_has_bins_and_an_asimov_set(mine):
    """30 bins are 30 numbers; where the truth is what was seen nothing is left of -2 log L."""
    assert len(measured(mine)) == 5 - 1  # bins, less the strength of 'other', of which nothing is known
    assert len(mine.observables) == 3
    truth = np.array([2.0, 2.0, 2.0]) * 1e-7
    exact = asimov(mine, truth)
    assert float(chi2(exact, truth)) == pytest.approx(0.0, abs=1e-8)
    assert float(chi2(exact, 3 * truth)) > 0.5
    assert float(pulls(exact, 3 * truth)[0]) < 0 < float(pulls(exact, 0 * truth)[0])


def test_parameters_of_one_name_are_one(tmp_path):
    """Two analyses that share all errors, against the same with names of their own: what both ask for costs once."""
    apart = copy.deepcopy(workspace())
    for channel in apart["channels"]:
        for sample in channel["samples"]:
            for found in sample["modifiers"]:
                if found["name"] in ("size", "tracking", "shape", "efficiency"):
                    found["name"] += "_2"
    (tmp_path / "apart.json").write_text(json.dumps(apart))
    shared = data(tmp_path, entry(), entry(name="Again", source="another", samples=["other"])).measurements
    alone = data(
        tmp_path, entry(), entry(name="Again", source="another", samples=["other"], workspace="apart.json")
    ).measurements
    assert [one.name for one in shared] == ["Mine+Again"]
    x = np.array([6.0, 3.0, 1.0]) * 1e-7
    one, two = (spectrum_likelihood(found[0]) for found in (shared, alone))
    assert len(one.constraints.names) == len(two.constraints.names) - 4
    assert len(one.observed) == len(two.observed) == 10
    start = {name: np.array(found.constraints.start) for name, found in (("one", one), ("two", two))}
    assert float(one.joint(x, start["one"])) == pytest.approx(float(two.joint(x, start["two"])))
    assert float(one(x)) < float(two(x)) - 1e-3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"remove": ["mu", "form_factors"]}, "modifier to remove 'form_factors'"),
        ({"remove": ["form_factor"]}, "the free parameter mu scales the signal"),
        ({"measurement": "none"}, "measurement"),
        ({"workspace": "nowhere.json"}, "nowhere.json"),
        ({"workspace": "fetched:belle2-knunu/none.json"}, "none.json"),
        ({"workspace": "fetched:belle3/none.json"}, "belle3"),
    ],
)
def test_what_does_not_go_together_is_refused(tmp_path, changes, message):
    found = data(tmp_path, entry(**changes)).measurements[0]
    with pytest.raises(InputError) as refused:
        spectrum_likelihood(found)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s["signals"][0].update(density=[row[:3] for row in DENSITY]), "3 columns"),
        (lambda s: s["signals"][0].update(density=DENSITY[:2]), "2 rows"),
        (
            lambda s: s["signals"][0].update(density=[[2 * x for x in row] for row in DENSITY]),
            "the same events",
        ),
        (lambda s: s["signals"][0].update(density=[[-1.0, *row[1:]] for row in DENSITY]), "negative"),
        (lambda s: s["signals"][0].update(channel="signals"), "signal_region"),
        (lambda s: s["signals"][0].update(sample="sig"), "signal"),
        (lambda s: s["signals"][0].update(density="nowhere.csv"), "nowhere.csv"),
        (lambda s: s["signals"][0].update(density="w.json"), "no table of numbers"),
    ],
)
def test_densities_that_do_not_fit_are_refused(tmp_path, change, message):
    spectrum = copy.deepcopy(entry()["spectra"][0])
    change(spectrum)
    found = data(tmp_path, entry(spectra=[spectrum])).measurements[0]
    with pytest.raises(InputError) as refused:
        spectrum_likelihood(found)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"q2": EDGES[:3]}, "3 numbers of reference for 2 bins"),
        ({"q2": [0.0, 4.0, 4.0, 9.0]}, "must increase"),
        ({"reference": [1.0, 0.0, 1.0]}, "reference"),
        ({"signals": []}, "signals"),
        ({"signals": [{"channel": "signal_region", "sample": "signal"}]}, "density"),
    ],
)
def test_entries_without_what_is_needed_are_refused(tmp_path, changes, message):
    spectrum = entry()["spectra"][0] | changes
    with pytest.raises(InputError, match=message):
        data(tmp_path, entry(spectra=[spectrum]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda w: w["channels"][0]["samples"][0]["modifiers"][1].update(type="normsyst"), "normsys"),
        (lambda w: w["observations"].pop(), "observed events"),
        (lambda w: w["channels"][0]["samples"][1].update(data=[1.0]), "3 numbers"),
        (lambda w: w.pop("channels"), "not a valid pyhf workspace"),
        (lambda w: w["measurements"][0]["config"].update(parameters=[]), "lumi"),
    ],
)
def test_broken_workspaces_are_refused_in_one_line(tmp_path, change, message):
    content = workspace()
    change(content)
    found = data(tmp_path, entry(), content=content).measurements[0]
    with pytest.raises(InputError) as refused:
        spectrum_likelihood(found)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def strengths(found):
    """Best multiple of the simulation's spectrum and its errors."""
    from scipy.optimize import brentq, minimize_scalar

    def height(s):
        return float(found(s * found.reference))

    best = minimize_scalar(height, bracket=(3.0, 5.0), tol=1e-6)
    ends = [brentq(lambda s: height(s) - best.fun - 1.0, *ends) for ends in ((0.0, best.x), (best.x, 12.0))]
    return best.x, best.x - ends[0], ends[1] - best.x


def test_the_compact_form_has_belle2s_strength():
    """arXiv:2311.14647: 4.6 ± 1.0 (stat) ± 0.9 (syst) times 4.97e-6; theirs includes the errors of form factors."""
    found = spectrum_likelihood(find_measurement("BelleII-2025-Knunu-shape"))
    best, down, up = strengths(found)
    assert best == pytest.approx(4.6, abs=0.05)
    assert round(4.97e-6 * best / 1e-5, 1) == 2.3
    assert (down + up) / 2 == pytest.approx(np.hypot(1.0, 0.9), abs=0.07)
    widths = np.array(
        [item.q2[1] - item.q2[0] for item in find_measurement("BelleII-2025-Knunu-shape").observables]
    )
    assert np.sum(widths * found.reference) == pytest.approx(4.97e-6, rel=2e-3)


def test_the_strength_has_belle2s_statistical_and_systematic_error():
    """4.6 ± 1.0 ± 0.9 and B = 2.3(7)e-5: counts within their Poisson errors, everything fitted again; the rest."""
    found = spectrum_likelihood(find_measurement("BelleII-2025-Knunu-shape"))
    shape, seen = np.asarray(found.reference), np.asarray(found.observed)
    x = 4.6 * shape
    curvature = shape @ found.hessian(x) @ shape
    by_count = []
    for place, size in enumerate(0.5 * np.sqrt(seen)):
        step = size * (np.arange(len(seen)) == place)
        up, down = (found.with_observed(seen + sign * step).curved(x)[0] @ shape for sign in (1.0, -1.0))
        by_count.append((up - down) / (2.0 * size * curvature))
    total, statistical = np.sqrt(2.0 / curvature), np.sqrt(np.square(by_count) @ seen)
    assert round(statistical, 1) == 1.0
    assert round(np.sqrt(total**2 - statistical**2), 1) == 0.9
    assert round(4.97e-6 * total / 1e-5, 1) == 0.7


def test_one_measurement_is_not_counted_twice(tmp_path):
    for other in ("BelleII-2023-Knunu", "HFLAV-2025-Knunu", "BelleII-2025-Knunu-likelihood"):
        (tmp_path / "d.yaml").write_text(f"title: d\nmeasurements: [BelleII-2025-Knunu-shape, {other}]\n")
        with pytest.raises(InputError, match=other):
            load_dataset(tmp_path / "d.yaml")


def test_the_release_is_pyhfs_and_belle2s(release):
    """The log L that its README gives at three points, the published strength, and the compact form beside it."""
    content = json.loads((release.folder / "combined_likelihood.json").read_text())
    template, constraints, observed = parse(content, "Measurement", (), (), "release")
    from scipy.special import gammaln

    gauss = constraints.sigma > 0
    offset = np.sum(observed * np.log(observed) - observed - gammaln(observed + 1.0))
    offset -= np.sum(np.log(constraints.sigma[gauss]) + 0.5 * np.log(2.0 * np.pi))
    known = {1.0: -127.21182488859057, 0.5: -136.724765413002, 1.5: -118.74875703814962}
    for mu, expected in known.items():
        theta = np.array(constraints.start)
        theta[constraints.names.index("mu")] = mu
        events = template.expected(theta, np.ones(len(template.cells)))
        height = np.sum(events - observed + observed * np.log(observed / events)) + 0.5 * constraints(theta)
        assert offset - height == pytest.approx(expected, abs=1e-9)
    full = spectrum_likelihood(find_measurement("BelleII-2025-Knunu-likelihood"))
    best, down, up = strengths(full)
    assert best == pytest.approx(4.6, abs=0.05)
    compact = strengths(spectrum_likelihood(find_measurement("BelleII-2025-Knunu-shape")))
    assert np.array(compact) == pytest.approx([best, down, up], abs=0.05 * down)
