"""Input sets: flavio's numbers, provenance, users' files, refusal of bad ones."""

import jax
import numpy as np
import pytest

from nutau.common.yaml_files import entries, folder, read_yaml, references, validate
from nutau.errors import InputError
from nutau.inputs import Compat, form_factor_choices, load_inputs
from nutau.inputs.files import CoefficientFile, ParameterFile, check_positive
from nutau.inputs.form_factors import zexpansion


@pytest.fixture(scope="module")
def default():
    return load_inputs("default")


@pytest.fixture(scope="module")
def flavio():
    return load_inputs("flavio-2.7")


# --- what is shipped


def test_flavio_inputs_are_flavios(flavio):
    """Values, errors and correlations printed by flavio 2.7.1's default_parameters."""
    p = flavio.parameters
    for name, value, error in (
        ("Vcb", 0.04197, 0.00048),
        ("Xt_di->djnunu", 1.462, 0.01711724276862369),
        ("tau_B0", 2307869836141.2417, 5858889498.627662),
        ("m_K*+", 0.8955, 0.0008),
        ("B0->K*0 deltaC9 c_+ Im", 0.0, 0.3),
        ("B->K BSZ fT a1", -1.02911783, 0.17444811348936967),
        ("B->K* BSZ A12 a1", 0.533638, 0.128772),
        ("B->K* BSZ T23 a2", 3.82334, 2.20338),
        ("B->D HQET l3'", 5.1, 7.079),
    ):
        assert p[name] == pytest.approx(value, rel=1e-12)
        assert p.uncertainty(name) == pytest.approx(error, rel=1e-9)
    for first, second, rho in (
        ("m_b", "m_c", 0.957),
        ("B0->K0 deltaC9 c Re", "B+->K+ deltaC9 c Re", 0.99),
        ("B->K* BSZ A0 a0", "B->K* BSZ A0 a1", 0.633689),
        ("B->D HQET rho2", "B->D HQET c", 0.949),
        ("m_b", "Vcb", 0.0),
    ):
        covariance = p.covariance[p.index(first), p.index(second)]
        assert covariance / (p.uncertainty(first) * p.uncertainty(second)) == pytest.approx(rho, abs=1e-6)
    assert flavio.compat == Compat.of("all")


def test_default_differs_where_it_says(default, flavio):
    assert default.compat == Compat()
    assert default.choices["B->D*"] == "lattice"
    assert flavio.choices["B->D*"] == "hqet"
    shared = [
        name
        for name in default.parameters.names
        if not any(f" {kind} " in name for kind in ("BSZ", "BGL", "SSE"))
    ]
    changed = [name for name in shared if default.parameters[name] != flavio.parameters[name]]
    older = read_yaml(folder("inputs").joinpath("flavio-2.7.yaml"))["parameters"]
    assert set(changed) <= set(older)
    assert {name for name in older if name not in changed} <= {
        "m_mu",
        "m_K+",
        "m_K0",
        "m_D+",
        "m_D0",
        "m_Bc",
        "m_Lambda",
    } | {name for name in older if name.startswith("tau_")}
    assert default.parameters["m_K*+"] == 0.89188  # hadroproduced; flavio takes that in tau decays


@pytest.mark.parametrize("stem", entries("form_factors"))
def test_every_form_factor_file_is_sound(stem):
    file = validate(CoefficientFile, read_yaml(folder("form_factors").joinpath(f"{stem}.yaml")), stem)
    keys = [file.source] if isinstance(file.source, str) else file.source
    assert set(keys) <= set(references())
    assert file.location
    assert file.verification
    if not file.same_coefficients_as:
        check_positive(list(file.coefficients), file.matrix, stem)


@pytest.mark.parametrize("stem", entries("form_factors/points"))
def test_every_file_of_points_says_where_it_is_from(stem):
    document = read_yaml(folder("form_factors/points").joinpath(f"{stem}.yaml"))
    assert document["source"] in references()
    assert {"location", "via", "verified", "verification"} <= set(document)
    assert (
        len(document["form_factors"])
        == len(document["q2"])
        == len(document["mean"])
        == len(document["covariance"])
    )


@pytest.mark.parametrize("stem", entries("form_factors/spectra"))
def test_every_spectrum_says_where_it_is_from(stem):
    document = read_yaml(folder("form_factors/spectra").joinpath(f"{stem}.yaml"))
    assert document["source"] in references()
    assert {"location", "via", "verified", "verification"} <= set(document)
    assert document["measured"] in {"density", "fraction"}
    assert len(document["w"]) - 1 == len(document["mean"]) == len(document["covariance"])


@pytest.mark.parametrize("stem", entries("parameters"))
def test_every_parameter_has_a_source(stem):
    file = validate(ParameterFile, read_yaml(folder("parameters").joinpath(f"{stem}.yaml")), stem)
    assert {number.source for number in file.parameters.values()} <= set(references())


def test_default_takes_verified_form_factors_only(default):
    slugs = {"B->K*": "B-Kstar", "B->D*": "B-Dstar"}
    for channel, name in default.choices.items():
        stem = f"{slugs.get(channel, channel.replace('->', '-'))}_{name}"
        assert read_yaml(folder("form_factors").joinpath(f"{stem}.yaml"))["verified"], stem


def test_all_choices_load():
    for channel, names in form_factor_choices().items():
        assert names, channel
        for name in names:
            loaded = load_inputs("default", form_factors={channel: name})
            assert loaded.form_factor(channel).name == name
            assert set(loaded.form_factor(channel).names) <= set(loaded.parameters.names)


def test_heavy_quark_parameters_are_shared_by_both_channels(flavio):
    assert flavio.form_factor("B->D").names == flavio.form_factor("B->D*").names
    assert flavio.form_factor("B->D*").masses == ("m_B0", "m_D*+")
    assert len(set(flavio.parameters.names)) == len(flavio.parameters)


# --- laws


@pytest.mark.parametrize("name", ["default", "flavio-2.7"])
def test_endpoint_relations_hold_in_every_draw(name):
    inputs = load_inputs(name)
    par = {key: values[:, None] for key, values in inputs.parameters.sample(20, seed=2).items()}
    for channel, record in inputs.form_factors.items():
        if record.parametrisation != "bsz":
            continue
        f = zexpansion.evaluate(record, par, np.zeros((1, 1)))
        if "f0" in f:
            np.testing.assert_allclose(f["f0"], f["f+"], rtol=1e-12)
        else:
            heavy, light = (par[mass] for mass in record.masses)
            np.testing.assert_allclose(f["T2"], f["T1"], rtol=1e-12)
            ratio = (heavy**2 - light**2) / (8 * heavy * light)
            np.testing.assert_allclose(f["A12"], ratio * f["A0"], rtol=1e-12, err_msg=channel)


def test_form_factors_have_finite_gradients_at_the_edges(default):
    par = default.parameters.mapping()
    for record in default.form_factors.values():
        heavy, light = (par[mass] for mass in record.masses)
        for q2 in (0.0, (heavy - light) ** 2):
            point = jax.numpy.array([q2])
            slopes = jax.jacfwd(lambda x, record=record: zexpansion.evaluate(record, par, x))(point)
            assert all(bool(jax.numpy.isfinite(slope).all()) for slope in slopes.values())


def test_draws_follow_the_covariance(default):
    draws = default.parameters.sample(4000, seed=3)
    names = ("B->K BSZ f+ a0", "B->K BSZ f0 a1", "Vcb", "B0->K0 deltaC9 c Re", "B+->K+ deltaC9 c Re")
    at = [default.parameters.index(name) for name in names]
    expected = np.asarray(default.parameters.covariance)[np.ix_(at, at)]
    scale = np.sqrt(np.diag(expected))
    found = np.cov(np.array([draws[name] for name in names]))
    np.testing.assert_allclose(found / np.outer(scale, scale), expected / np.outer(scale, scale), atol=0.07)


# --- a user's own


def write(tmp_path, text, name="mine.yaml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_users_file_changes_what_it_says(tmp_path, default):
    path = write(
        tmp_path,
        """
extends: default
description: mine
parameters: {Vcb: 0.0422, m_b: {uncertainty: 0.028}}
form_factors: {B->K*: bsz15-lcsr-lattice}
compat: [tensor_sqrt2]
""",
    )
    mine, p = load_inputs(path), default.parameters
    assert (mine.name, mine.description) == ("mine", "mine")
    assert mine.parameters["Vcb"] == 0.0422
    assert mine.parameters.uncertainty("Vcb") == p.uncertainty("Vcb")
    i, j = mine.parameters.index("m_b"), mine.parameters.index("m_c")
    assert mine.parameters.covariance[i, j] == pytest.approx(2 * p.covariance[p.index("m_b"), p.index("m_c")])
    assert mine.choices == {**default.choices, "B->K*": "bsz15-lcsr-lattice"}
    assert mine.compat == Compat(tensor_sqrt2=True)


def test_files_may_extend_files_beside_them(tmp_path):
    write(tmp_path, "extends: flavio-2.7\nparameters: {Vcb: 0.041}\ncompat: none\n", "base.yaml")
    top = load_inputs(write(tmp_path, "extends: base.yaml\nparameters: {Vub: 0.0037}\n"))
    assert (top.parameters["Vcb"], top.parameters["Vub"]) == (0.041, 0.0037)
    assert top.compat == Compat()


TOY = """
channel: B->K
source: Parrott:2022rgu
location: nowhere
verified: false
verification: none
parametrisation: bsz
order: 1
masses: [m_B0, m_K0]
poles: {f+: 5.4}
coefficients: {f+ a0: 0.3, fT a0: 0.3}
"""


def test_form_factors_of_ones_own(tmp_path):
    write(tmp_path, TOY + "covariance: [[1.0e-4], [5.0e-5, 1.0e-4]]\n", "toy.yaml")
    inputs = load_inputs(write(tmp_path, "extends: default\nform_factors: {B->K: toy.yaml}\n"))
    f = zexpansion.evaluate(inputs.form_factor("B->K"), inputs.parameters.mapping(), np.array([0.0, 10.0]))
    assert f["f+"] == pytest.approx([0.3, 0.3 / (1 - 10 / 5.4**2)])
    assert f["f0"] == pytest.approx([0.3, 0.3])  # only its value at 0, which is that of f+


# --- refusal


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("extends: default\nparameters: {Vcd: 0.04}\n", "Unknown parameter 'Vcd'.*'Vcb'"),
        ("extends: default\nform_factors: {B->K*: bsz15}\n", "form factors of B->K\\* 'bsz15'.*'bsz15-lcsr'"),
        ("extends: default\nform_factors: {B->Kst: grvdv23}\n", "form-factor channel 'B->Kst'.*B->K"),
        ("extends: default\ncompat: [tensor]\n", "compatibility flag 'tensor'.*tensor_sqrt2"),
        ("extends: default\ncompat: some\n", "compatibility setting 'some'"),
        ("extends: defualt\n", "Unknown input set 'defualt'.*'default'"),
        ("description: nothing\n", "say what it 'extends'"),
        ("extends: mine.yaml\n", "extends itself"),
        (
            "extends: default\nparameters: {Vcb: {uncertainty: -1}}\n",
            r"parameters.Vcb.uncertainty: .*greater",
        ),
        ("extends: default\nparameters: {Vcb: .nan}\n", r"parameters.Vcb: .*finite"),
        ("extends: default\nparametres: {}\n", "parametres: is not taken here"),
        (
            "extends: default\ncorrelations: [{parameters: [Vcb, Vub], matrix: [[1], [1.5, 1]]}]\n",
            "not positive.*Vcb",
        ),
        (
            "extends: default\ncorrelations: [{parameters: [Vcb], matrix: [[1], [0, 1]]}]\n",
            "'matrix' of 1 entries is a 1×1 matrix, or its lower triangle .* has 2 rows of 1, 2 numbers",
        ),
        ("extends: default\ncorrelations: [{parameters: [Vcb, Vxy], matrix: [[1], [0, 1]]}]\n", "'Vxy'"),
    ],
)
def test_bad_input_sets_are_refused(tmp_path, text, message):
    with pytest.raises(InputError, match=f"(?s){message}"):
        load_inputs(write(tmp_path, text))


def test_all_problems_are_reported_at_once(tmp_path):
    path = write(
        tmp_path,
        "extends: default\ncompat: [z]\n"
        "parameters: {Vcd: 1, B->K* BSZ V a0: 1}\nform_factors: {B->K*: x, B->D: y}\n",
    )
    with pytest.raises(InputError) as caught:
        load_inputs(path)
    text = str(caught.value)
    assert all(part in text for part in ("'Vcd'", "B->K* 'x'", "B->D 'y'", "flag 'z'"))
    assert "BSZ V a0" not in text  # follows from the unknown form factors


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ("", "the covariance is missing"),
        ("covariance: [[1.0e-4], [2.0e-4, 1.0e-4]]\n", "not positive.*B->K BSZ f. a0, B->K BSZ f. a0"),
        ("covariance: [[1.0e-4]]\n", "a triangle without its diagonal is not taken"),
        (
            "covariance: [[1.0e-4], [1.0e-4]]\n",
            "'covariance' of 2 entries .* this one has 2 rows of 1, 1 numbers",
        ),
        ("covariance: [[-1.0e-4], [0, 1.0e-4]]\n", "diagonal of row 1 is -0.0001"),
        ("uncertainties: [0.1]\ncorrelation: [[1], [0, 1]]\n", "1 uncertainties for 2 coefficients"),
    ],
)
def test_bad_covariances_are_refused(tmp_path, extra, message):
    path = write(tmp_path, TOY + extra, "toy.yaml")
    with pytest.raises(InputError, match=f"(?s){message}"):
        load_inputs("default", form_factors={"B->K": path})


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("fT a0: 0.3", "fT a1: 0.3", "needs the coefficients fT a0"),
        ("{f+ a0: 0.3, fT a0: 0.3}", "{f+ a0: 0.3, fT a0: 0.3, f0 a0: 0.3}", "f0 a0: not free"),
        ("poles: {f+: 5.4}", "poles: {V: 5.4}", "poles for V"),
        ("m_K0]", "m_Kaon]", "Unknown parameter 'm_Kaon'"),
        ("channel: B->K", "channel: B->D", "of B->D, not of B->K"),
        ("parametrisation: bsz", "parametrisation: hqet", "the coefficients of hqet are rho2"),
    ],
)
def test_bad_form_factors_are_refused(tmp_path, old, new, message):
    size = 3 if "f0 a0" in new else 2
    rows = ", ".join("[" + ", ".join(["0"] * i + ["1"]) + "]" for i in range(size))
    path = write(tmp_path, TOY.replace(old, new) + f"covariance: [{rows}]\n", "toy.yaml")
    with pytest.raises(InputError, match=f"(?s){message}"):
        load_inputs("default", form_factors={"B->K": path})


def test_a_channel_without_form_factors_is_named(default):
    with pytest.raises(InputError, match=r"no form factors for B->rho .*B->K"):
        default.form_factor("B->rho")
