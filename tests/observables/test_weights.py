"""Event weights: laws, agreement of sums with rates, four-momenta, files, and the refusal of bad events."""

import csv
import json
from functools import cache

import numpy as np
import pytest

import nutau
from nutau.common.kinematics import sine_map
from nutau.observables.weights import momenta
from nutau.observables.weights.decay import find, processes

MAIN = ("B0->Dtaunu", "B0->D*taunu", "B+->Knunu", "B0->K*nunu", "B0->K*tautau", "B+->Ktautau")
POINTS = {
    "B0->Dtaunu": {
        "CVL_bctaunutau": 0.1j,
        "CSR_bctaunutau": 0.4,
        "CT_bctaunutau": -0.1 + 0.2j,
        "CVL_bctaunue": 0.3,
    },
    "B+->Knunu": {"CL_bsnutaunutau": -3.0, "CR_bsnumunue": 2j, "CSL_bsnuenumu": 1.0, "CT_bsnuenutau": 0.5},
    "B0->K*tautau": {"C9_bstautau": -5.0, "C10p_bstautau": 3j, "CS_bstautau": 0.6, "C7_bs": 0.1},
}
POINTS |= {"B0->D*taunu": POINTS["B0->Dtaunu"], "B0->K*nunu": POINTS["B+->Knunu"]}
POINTS["B+->Ktautau"] = POINTS["B0->K*tautau"]


@cache
def default():
    return nutau.load_inputs()


def weigh(events, process, *points, **options):
    return nutau.weights(events, process, *points, **{"inputs": default(), **options})


def sample(process, count=40, seed=1):
    rng = np.random.default_rng(seed)
    low, high = find(process).edges(default())
    q2 = low + (high - low) * rng.uniform(0.02, 0.98, count)
    cosines = {name: rng.uniform(-1, 1, count) for name in ("cos_theta_l", "cos_theta_V")}
    return {"q2": q2, **cosines, "phi": rng.uniform(-np.pi, np.pi, count)}


@pytest.mark.parametrize("process", processes())
def test_weights_to_the_generator_itself_are_one(process):
    made = weigh(sample(process, 5), process)
    np.testing.assert_allclose(made["weight"], 1.0, rtol=1e-13)
    assert tuple(made.variables) == find(process).variables


@pytest.mark.parametrize("process", MAIN)
def test_terms_contract_to_the_weights(process):
    """Which are so linear in products of coefficients, at any point and relative to any generator."""
    events, point = sample(process), POINTS[process]
    generator = {next(iter(point)): 0.3 - 0.1j}
    made = weigh(events, process, None, point, generator=generator, terms=True, flavour="b")
    for column, thing in (("weight_0", None), ("weight_1", point), (None, generator)):
        expected = 1.0 if column is None else made[column]
        np.testing.assert_allclose(made.at(thing), expected, rtol=1e-11)
    assert np.all(made["weight_1"] > 0)
    some = weigh(events, process, terms=True, coefficients=tuple(point), flavour="b")
    there = weigh(events, process, point, flavour="b")["weight"]
    np.testing.assert_allclose(some.at(point), there, rtol=1e-11)
    assert len(some.terms.elements) < len(made.terms.elements)


@pytest.mark.parametrize("process", MAIN)
@pytest.mark.parametrize("generator", [None, "phase-space"])
def test_sums_of_weights_are_binned_rates(process, generator):
    """Points of a rule stand for events: a sum of weights in a bin over that of the whole is a ratio of rates."""
    inputs = default()
    decay = find(process)
    low, high = decay.edges(inputs)
    par, cut = inputs.parameters.mapping(), low + 0.6 * (high - low)
    bins = {"low": (low, cut), "high": (cut, high)}
    point = nutau.point(POINTS[process]).wet(inputs, target=decay.process.basis).values
    total = 0.0
    for edges in bins.values():
        rule = sine_map(*edges, (low, high), 40)
        made = weigh({"q2": rule.q2}, process, POINTS[process], generator=generator)
        if generator is None:
            there = decay.module.densities(inputs, par, decay.process, rule.q2)["rate"].sm
        else:
            there = (rule.q2 - low) ** 0  # even phase space, normalised to the rate below
            ones = weigh({"q2": rule.q2}, process, generator=generator)["weight"]
            there = decay.module.densities(inputs, par, decay.process, rule.q2)["rate"].sm / ones
        form = decay.module.forms(inputs, par, decay.process, edges)["rate"]
        found = np.sum(rule.weights * there * made["weight"])
        assert found == pytest.approx(float(form(point)), rel=1e-6)
        total += np.sum(rule.weights * there)
    whole = decay.module.forms(inputs, par, decay.process)["rate"]
    assert total == pytest.approx(float(whole.sm), rel=1e-6), "the generator's events make its rate"
    assert made.totals[0].ratio == pytest.approx(float(whole(point)) / float(whole.sm), rel=1e-12)


@pytest.mark.parametrize("process", ["B+->Knunu", "B+->Ktautau"])
def test_flat_phase_space_is_a_flat_dalitz_plot(process):
    """Events with even masses of two pairs: their mean weight is the ratio of the rates, 1."""
    par = default().parameters.mapping()
    heavy, light = par["m_B+"], par["m_K+"]
    lepton = par["m_tau"] if "tau" in process else 0.0
    rng = np.random.default_rng(5)
    q2 = rng.uniform(4 * lepton**2, (heavy - light) ** 2, 40000)
    other = rng.uniform((light + lepton) ** 2, (heavy - lepton) ** 2, 40000)
    first, last = (
        q2 / 2 / np.sqrt(q2),
        (heavy**2 - q2 - light**2) / 2 / np.sqrt(q2),
    )  # energies in the pair's frame
    momenta_there = [np.sqrt(np.maximum(e**2 - m**2, 0)) for e, m in ((first, lepton), (last, light))]
    edges = [(first + last) ** 2 - (momenta_there[0] + sign * momenta_there[1]) ** 2 for sign in (1, -1)]
    inside = (edges[0] < other) & (other < edges[1])
    made = weigh({"q2": q2[inside]}, process, generator="phase-space")
    (total,) = made.totals
    assert total.error < 0.01
    assert abs(total.mean - 1.0) < 3 * total.error


def test_all_angles_integrate_to_the_weight_of_q2():
    x, w = np.polynomial.legendre.leggauss(8)
    phi = 2 * np.pi * (np.arange(8) + 0.5) / 8
    grid = [each.ravel() for each in np.meshgrid(x, x, phi, indexing="ij")]
    volume = np.einsum("i,j,k->ijk", w, w, np.full(8, np.pi / 4)).ravel()
    angles = dict(zip(("cos_theta_l", "cos_theta_V", "phi"), grid, strict=True))
    for process in ("B0->D*taunu", "B0->K*tautau"):
        q2 = 9.0 if "D" in process else 15.0
        asked = {"generator": "phase-space", "flavour": "b"}
        fine = weigh({"q2": np.full(512, q2), **angles}, process, POINTS[process], **asked)["weight"]
        coarse = weigh({"q2": [q2]}, process, POINTS[process], **asked)["weight"]
        assert np.sum(volume * fine) / (8 * np.pi) == pytest.approx(coarse[0], rel=2e-3)  # roots of 1 - cos²


def test_draws_are_rates_of_draws():
    inputs = default()
    decay = find("B0->D*taunu")
    made = weigh({"q2": [5.0, 9.0]}, "B0->D*taunu", {"CSL_bctaunutau": 0.5}, draws=3, seed=4)
    sampled = inputs.parameters.sample(3, 4, groups=("form factors B->D*",))
    form = decay.module.densities(inputs, sampled, decay.process, np.array([5.0, 9.0]))["rate"]
    central = decay.module.densities(
        inputs, inputs.parameters.mapping(), decay.process, np.array([5.0, 9.0])
    )["rate"]
    point = nutau.point({"CSL_bctaunutau": 0.5}).wet(inputs, target=decay.process.basis).values
    found = np.stack([made[f"weight_draw_{k}"] for k in range(3)])
    np.testing.assert_allclose(found, form(point) / central.sm, rtol=1e-12)
    assert np.std(found[:, 0]) > 1e-3


def test_other_form_factors_are_a_weight_too():
    process, events = "B0->D*taunu", sample("B0->D*taunu")
    there = weigh(events, process, form_factors="hpqcd23", from_form_factors="lattice")
    back = weigh(events, process, form_factors="lattice", from_form_factors="hpqcd23")
    np.testing.assert_allclose(there["weight"] * back["weight"], 1.0, rtol=1e-12)
    assert np.std(there["weight"]) > 1e-3
    assert there.record["form_factors"] == "hpqcd23"
    assert there.record["generator"]["form_factors"] == "lattice"


def two_body(mass, one, two, cosine, phi):
    """Four-momenta of two products at rest."""
    energy = (mass**2 + one**2 - two**2) / (2 * mass)
    p = np.sqrt(energy**2 - one**2)
    sine = np.sqrt(1 - cosine**2)
    vector = np.stack([p * sine * np.cos(phi), p * sine * np.sin(phi), p * cosine], axis=-1)
    return (
        np.concatenate([energy[:, None], vector], axis=-1),
        np.concatenate([(mass - energy)[:, None], -vector], axis=-1),
    )


def moved(momentum, frame):
    """From the rest frame of ``frame`` to where it has that momentum."""
    return momenta.boosted(momentum, frame * np.array([1, -1, -1, -1]))


def decays(values, b_mass=5.2796, m_mass=2.01, p_mass=1.87, lepton=1.777):
    """Momenta of events with given variables: the B moves and is turned, all signs as in LHCb's figure for a b̄."""
    count = len(values["q2"])
    root = np.sqrt(values["q2"])
    up = np.ones(count)
    meson, pair = two_body(b_mass * up, m_mass, root, -up, 0 * up)  # the pair along z, the meson against it
    first, _ = two_body(root, lepton, 0.0, values["cos_theta_l"], 0 * up)
    product, _ = two_body(m_mass * up, p_mass, 0.13957, -values["cos_theta_V"], np.pi - values["phi"])
    found = {"B": np.array([[b_mass, 0, 0, 0]] * count), "M": meson}
    found |= {"l": moved(first, pair), "P": moved(product, meson)}
    return found


def turned(found, parity=1.0):
    rng = np.random.default_rng(8)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    frame = np.array([np.hypot(5.2796, np.sqrt(14.0)), 1.0, 2.0, 3.0])
    made = {}
    for name, p in found.items():
        spun = np.concatenate([p[:, :1], parity * p[:, 1:] @ turn.T], axis=-1)
        made[name] = moved(spun, np.broadcast_to(frame, spun.shape))
    return made


def as_columns(found, pattern="{}_{}", components=("E", "px", "py", "pz")):
    return {pattern.format(name, c): p[:, k] for name, p in found.items() for k, c in enumerate(components)}


def test_four_momenta_give_the_variables():
    """Of a b̄ as LHCb draws them; its mirror image is the decay of a b with the same variables."""
    values = sample("B0->D*taunu", 12)
    mirrored = [as_columns(turned(decays(values), parity)) for parity in (1.0, -1.0)]
    for columns, code in zip(mirrored, (511, -511), strict=True):
        events = {**columns, "B_id": np.full(12, code)}
        made = weigh(events, "B0->D*taunu", POINTS["B0->D*taunu"])
        for name in ("q2", "cos_theta_l", "cos_theta_V"):
            np.testing.assert_allclose(made.variables[name], values[name], atol=1e-7)
        np.testing.assert_allclose(np.exp(1j * made.variables["phi"]), np.exp(1j * values["phi"]), atol=1e-6)
        plain = weigh({**values, "B_id": np.full(12, code)}, "B0->D*taunu", POINTS["B0->D*taunu"])
        np.testing.assert_allclose(made["weight"], plain["weight"], rtol=1e-6)


def test_columns_may_have_other_names():
    values = sample("B0->D*taunu", 4)
    columns = as_columns(turned(decays(values)), "{}0_TRUEP_{}", ("E", "X", "Y", "Z"))
    names = {f"{name}_*": f"{name}0_TRUEP_*" for name in ("B", "M", "P", "l")}
    made = weigh(columns, "B0->D*taunu", columns=names, flavour="bbar")
    np.testing.assert_allclose(made.variables["cos_theta_V"], values["cos_theta_V"], atol=1e-7)
    renamed = weigh({"Q2": values["q2"]}, "B0->D*taunu", columns={"q2": "Q2"})
    np.testing.assert_array_equal(renamed.variables["q2"], values["q2"])
    assert list(renamed.variables) == ["q2"]


def write(folder, suffix, columns):
    path = folder / f"events{suffix}"
    if suffix == ".csv":
        with path.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(columns)
            rows.writerows(zip(*columns.values(), strict=True))
    elif suffix == ".npz":
        np.savez(path, **columns)
    elif suffix == ".parquet":
        pytest.importorskip("pyarrow").parquet = pytest.importorskip("pyarrow.parquet")
        import pyarrow.parquet

        pyarrow.parquet.write_table(pyarrow.table(columns), path)
    else:
        with pytest.importorskip("uproot").recreate(path) as file:
            file.mktree("events", dict.fromkeys(columns, "float64")).extend(columns)
            file.mktree("other", {"x": "float64"}).extend({"x": np.zeros(2)})
    return path


@pytest.mark.parametrize("suffix", [".csv", ".npz", ".parquet", ".root"])
def test_files(suffix, tmp_path):
    """Columns come from a file in any format, go to one, and are contracted there without nutau."""
    from command import run

    events, point = sample("B0->D*taunu", 7), {"CVL_bctaunutau": 0.2, "CT_bctaunutau": 0.1j}
    expected = weigh(events, "B0->D*taunu", point)["weight"]
    options = [
        "--set",
        "CVL_bctaunutau=0.2",
        "--set",
        "CT_bctaunutau=0.1j",
        "--terms",
        "--coefficients",
        ",".join(point),
    ]
    options += ["--tree-name", "events"] if suffix == ".root" else []
    out = tmp_path / f"weights{suffix}"
    place = write(tmp_path, suffix, events)
    code, shown, _ = run(
        "weights", str(place), "--process", "B0->D*taunu", *options, "--out", str(out), "--json"
    )
    assert code == 0
    about = json.loads(shown)
    columns, said = read(out)
    np.testing.assert_allclose(columns["weight"], expected, rtol=1e-13)
    np.testing.assert_array_equal(columns["phi"], events["phi"])
    c = [1.0, *(point[name] for name in about["terms"]["coefficients"])]
    contracted = 0.0
    for term in (said or about)["terms"]["columns"]:
        product = complex(np.conj(c[term["row"]]) * c[term["column"]])
        contracted = contracted + columns[term["name"]] * (
            product.real if term["part"] == "re" else product.imag
        )
    np.testing.assert_allclose(contracted, expected, rtol=1e-12)
    assert about["events"] == 7
    assert about["weights"][0]["mean"] == pytest.approx(np.mean(expected))


def read(path):
    """Columns, and what the file says of itself."""
    if path.suffix == ".csv":
        with path.open() as file:
            rows = list(csv.reader(file))
        return {name: np.array(column, float) for name, *column in zip(*rows, strict=True)}, None
    if path.suffix == ".npz":
        found = dict(np.load(path))
        return found, json.loads(str(found["nutau"]))
    if path.suffix == ".parquet":
        from pyarrow import parquet

        table = parquet.read_table(path)
        return {name: table[name].to_numpy() for name in table.column_names}, json.loads(
            table.schema.metadata[b"nutau"]
        )
    import uproot

    with uproot.open(path) as file:
        return file["weights"].arrays(library="np"), json.loads(str(file["nutau"]))


Q2 = {"q2": np.array([5.0, 9.0])}
BAD = {
    "no decay 'B0->D\\*tau'|'B0->D\\*tau'": (Q2, "B0->D*tau", {}),
    "No column 'q2'": ({"q_squared": [5.0]}, "B0->D*taunu", {}),
    "at event 1 .*has 3.157.? to 10.6": ({"q2": [5.0, 11.0]}, "B0->D*taunu", {}),
    "in MeV²: divide by 1e6": ({"q2": [5e6, 6e6]}, "B0->D*taunu", {}),
    "'q2' has nan at event 1": ({"q2": [5.0, np.nan]}, "B0->D*taunu", {}),
    "There are no events": ({"q2": []}, "B0->D*taunu", {}),
    "different lengths: 1, 2": ({**Q2, "phi": [1.0]}, "B0->D*taunu", {}),
    "cos_theta_l is 1.5 at event 0.*a cosine": ({"q2": [5.0], "cos_theta_l": [1.5]}, "B0->D*taunu", {}),
    "phi is 170 .*radians": ({"q2": [5.0], "phi": [170.0]}, "B0->D*taunu", {}),
    "Unknown variable 'cos_theta_V'": (Q2, "B0->Dtaunu", {"variables": ("q2", "cos_theta_V")}),
    "cos_theta_l is asked for": (Q2, "B0->Dtaunu", {"variables": ("q2", "cos_theta_l")}),
    "Unknown column 'Q'": (Q2, "B0->Dtaunu", {"columns": {"q2": "Q"}}),
    "PDG code 511 or -511": ({**Q2, "B_id": [521, 521]}, "B0->Dtaunu", {}),
    "Unknown flavour": (Q2, "B0->Dtaunu", {"flavour": "B"}),
    "`outside`": (Q2, "B0->Dtaunu", {"outside": "clip"}),
    "`coefficients` would not": (Q2, "B0->Dtaunu", {"coefficients": ("CVL_bctaunutau",)}),
    "C9_bstautau": (Q2, "B0->Dtaunu", {"terms": True, "coefficients": ("C9_bstautau",)}),
    "makes no events like event 0": (
        Q2,
        "B0->Dmunu",
        {"generator": {"CVL_bcmunumu": -1.0046}, "terms": True},
    ),
    "2 names for 1": (Q2, "B0->Dtaunu", {"names": ("a", "b")}),
    "B_id is 511 at event 1.*no decay of a b;": ({**Q2, "B_id": [-511, 511]}, "B0->Dtaunu", {"flavour": "b"}),
    "column 'q2' cannot be q2 and cos_theta_l": (
        Q2,
        "B0->Dtaunu",
        {"columns": {"q2": "q2", "cos_theta_l": "q2"}},
    ),
    "The name 'q2' of a point": (Q2, "B0->Dtaunu", {"names": ("q2",)}),
    "The name 'term_0' of a point": (Q2, "B0->Dtaunu", {"names": ("term_0",), "terms": True}),
    "The name '' of a point": (Q2, "B0->Dtaunu", {"names": ("",)}),
    "weights weight are not finite": (Q2, "B0->Dtaunu", {"point": {"CVL_bctaunutau": 1e200}}),
    "holds \\(2,\\) points": (Q2, "B0->Dtaunu", {"point": {"CVL_bctaunutau": [0.1, 0.2]}}),
}


@pytest.mark.parametrize("message", BAD)
def test_bad_events_are_refused_in_words(message):
    events, process, options = BAD[message]
    if "makes no events" in message:
        from nutau.decays import charged

        par = default().parameters.mapping()
        options = {"generator": {"CVL_bcmunumu": -charged.sm_coefficient(par)}}
    point = options.pop("point", None) if "point" in options else None
    with pytest.raises(nutau.InputError, match=message):
        weigh(events, process, point, **options)


def test_momenta_are_checked():
    found = decays(sample("B0->D*taunu", 3))
    columns = as_columns(found)
    with pytest.raises(nutau.InputError, match="differs for a b and a b̄"):
        weigh(columns, "B0->D*taunu")
    with pytest.raises(nutau.InputError, match="in MeV: divide momenta by 1000"):
        weigh({name: 1e3 * column for name, column in columns.items()}, "B0->D*taunu", flavour="b")
    with pytest.raises(nutau.InputError, match="parent of Bc->J/psitaunu has 6.27"):
        weigh(columns, "Bc->J/psitaunu")


@pytest.mark.parametrize(
    ("particle", "of", "process"),
    [
        ("M", "P", "B0->D*taunu"),
        ("l", "M", "B0->D*taunu"),
        ("l", "l", "B0->D*munu"),
        ("P", "pi", "B0->D*taunu"),
    ],
)
def test_momenta_of_other_particles_are_refused(particle, of, process):
    """The pion of a D* for its D, a muon for the tau: weights of wrong angles would look like weights."""
    found = decays(sample("B0->D*taunu", 9))
    found["pi"] = found["M"] - found["P"]
    found[particle] = found[of]
    with pytest.raises(nutau.InputError, match=f"The momenta of {particle}, .*another particle"):
        weigh(as_columns(found), process, flavour="b")


@pytest.mark.parametrize("process", ["B0->D*taunu", "B0->Dmunu", "B+->Knunu", "B0->K*tautau", "B+->Kee"])
@pytest.mark.parametrize("generator", [None, "phase-space"])
def test_events_at_the_very_ends_of_phase_space_have_weights(process, generator):
    """Where phase space is 0, the limit of the ratio counts; over even phase space it varies near a threshold."""
    low, high = find(process).edges(default())
    nearby = {"q2": [low + 1e-7 * (high - low), high - 1e-7 * (high - low)]}
    point = {"CVL_bctaunutau": 0.2, "CL_bsnutaunutau": 2.0, "C9_bstautau": 5.0}
    ends, near = (
        weigh(q2, process, point, generator=generator)["weight"] for q2 in ({"q2": [low, high]}, nearby)
    )
    assert np.all((ends > 0.0) & (ends < np.inf))
    if generator is None:
        np.testing.assert_allclose(ends, near, rtol=1e-3)


def test_ratios_of_rates_are_those_of_the_flavour():
    """Charm loops have strong phases: with a phase of C9 the decay of a b and its conjugate differ in rate."""
    process, point, ratios = "B0->K*tautau", {"C9_bstautau": 5j}, {}
    rule = sine_map(*find(process).edges(default()), find(process).edges(default()), 40)
    for flavour in ("b", "bbar"):
        asked = {"flavour": flavour, "generator": "phase-space"}
        made = weigh({"q2": rule.q2}, process, point, **asked)
        flat = rule.weights / weigh({"q2": rule.q2}, process, generator="phase-space")["weight"]
        inputs, decay = default(), find(process)
        par = inputs.parameters.mapping()
        flat = flat * decay.module.densities(inputs, par, decay.process, rule.q2)["rate"].sm
        ratios[flavour] = made.totals[0].ratio
        assert np.sum(flat * made["weight"]) / np.sum(flat) == pytest.approx(ratios[flavour], rel=1e-6)
    assert ratios["b"] / ratios["bbar"] > 1.1


def test_a_file_of_columns_in_doubt_is_refused(tmp_path):
    place = tmp_path / "events.csv"
    for text, words in (
        ("q2,q2\n5,6\n", "2 columns named 'q2'"),
        ("q2,phi\n0,5,1\n1,6,2\n", "names 2 columns, and its first event has 3"),
    ):
        place.write_text(text)
        with pytest.raises(nutau.InputError, match=words):
            weigh(str(place), "B0->D*taunu")
    place.write_text('"a, b", q2\n"7",5\n8,6\n')
    assert weigh(str(place), "B0->D*taunu").variables["q2"].tolist() == [5.0, 6.0]


def test_numbers_of_a_figure_spare_the_events(tmp_path):
    from command import run

    place = write(tmp_path, ".csv", {"q2": np.array([5.0, 6.0])})
    before, out = place.read_bytes(), tmp_path / "out.csv"
    for other, words in ((place, "holds the events"), (out, "where the weights go")):
        drawn = ["--figure", str(tmp_path / "out.png"), "--data-out", str(other)]
        code, _, error = run("weights", str(place), "--process", "B0->D*taunu", "--out", str(out), *drawn)
        assert (code, words in error) == (2, True), error
    assert list(tmp_path.iterdir()) == [place]
    assert place.read_bytes() == before


def test_events_beyond_phase_space_may_have_no_weight():
    made = weigh({"q2": [5.0, 10.9]}, "B0->D*taunu", outside="zero", terms=True)
    assert made["weight"].tolist() == [pytest.approx(1.0), 0.0]
    assert made.at().tolist() == [pytest.approx(1.0), 0.0]
    assert "1 of 2 events" in made.notes[0]


def test_events_beyond_the_phase_space_of_the_points_are_counted_too():
    """The generator's K* is lighter than that of the input set of the weights."""
    process = "B+->K*nunu"
    ends = [find(process).edges(nutau.load_inputs(name))[1] for name in ("flavio-2.7", "default")]
    events = {"q2": [5.0, np.mean(ends)]}
    options = {"inputs": nutau.load_inputs("flavio-2.7"), "from_inputs": default()}
    made = weigh(events, process, outside="zero", **options)
    assert made["weight"][1] == 0.0
    assert "1 of 2 events lie outside" in made.notes[0]
    with pytest.raises(nutau.InputError, match="outside phase space"):
        weigh(events, process, **options)


def test_a_point_of_other_flavours_is_said_to_do_nothing():
    made = weigh(Q2, "B0->Dtaunu", {"C9_bsmumu": -1.0})
    np.testing.assert_allclose(made["weight"], 1.0)
    assert "nothing of this point enters B0->Dtaunu" in made.notes[0]


def test_files_are_refused_in_words_and_nothing_is_left(tmp_path, monkeypatch):
    from command import run

    place = write(tmp_path, ".csv", {"q2": np.array([5.0, 6.0])})
    asked = ["--process", "B0->D*taunu", "--out"]
    for name, words in {
        "weights.txt": "ending in",
        "events.csv": "holds the events",
        "none/weights.csv": "no folder",
    }.items():
        code, _, error = run("weights", str(place), *asked, str(tmp_path / name))
        assert (code, words in error) == (2, True), error
    for name, content, words in (
        ("damaged.npz", b"nothing", "cannot be read as npz"),
        ("empty.csv", b"", "is empty"),
        ("text.csv", b"q2\nabc\n", "cannot be read as csv"),
        ("damaged.parquet", b"PAR1", "cannot be read as parquet"),
        ("damaged.root", b"root", "cannot be read as root"),
    ):
        (tmp_path / name).write_bytes(content)
        code, _, error = run("weights", str(tmp_path / name), *asked, str(tmp_path / "out.csv"))
        assert (code, words in error) == (2, True), error
    left = sorted(tmp_path.iterdir())
    twice = ["--from-set", "CVL_bctaunutau=-1", "--generator", "sm"]
    assert run("weights", str(place), *asked, str(tmp_path / "out.csv"), *twice)[0] == 2
    monkeypatch.setattr("nutau.observables.weights.plan.CHUNK", 1)
    monkeypatch.setattr("nutau.observables.weights.plan.columns_of", Stopping())
    with pytest.raises(RuntimeError, match="the second chunk"):
        run("weights", str(place), *asked, str(tmp_path / "out.csv"), "--terms")
    assert sorted(tmp_path.iterdir()) == left
    monkeypatch.setattr("nutau.observables.weights.files.find_spec", lambda name: None)
    with pytest.raises(nutau.InputError, match="pip install 'nutau\\[files\\]'"):
        weigh(str(tmp_path / "damaged.root"), "B0->D*taunu")


class Stopping:
    """The terms of one chunk, and then a failure."""

    def __init__(self):
        self.seen = False

    def __call__(self, density, kept, where, count):
        if self.seen:
            raise RuntimeError("the second chunk")
        self.seen = True
        return np.zeros((count, len(where)))


def test_a_table_of_the_weights():
    made = weigh(Q2, "B+->Knunu", {"CL_bsnutaunutau": 2.0}, names=("np",))
    assert "np" in repr(made)
    assert made.columns()["np"] == made["np"].tolist()
    assert made.to_dict()["weights"][0]["rate_ratio"] == pytest.approx(made["np"][0], rel=1e-12)
    assert len(made) == 2
