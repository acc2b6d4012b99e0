"""What a model lacks where it decides: mixing by vector leptoquarks; such a number says so and constrains nothing."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import nutau
from nutau.cli import app
from nutau.errors import InputError
from nutau.inference.likelihood import parametrisation
from nutau.inference.likelihood.build import select
from nutau.inputs import load_inputs
from nutau.measurements import load_dataset
from nutau.models import MEDIATORS, mediator
from nutau.models.components import decays
from nutau.models.missing import MIXING, RADIATIVE, mixes, radiates

MISSING = "one-loop boxes"


@pytest.mark.parametrize("field", MEDIATORS, ids=lambda field: field.name)
def test_a_box_needs_two_quarks_by_one_lepton(field):
    """The amplitude Σ_l x_ql x_pl* of every coupling by which a component decays to the quarks; sparse couplings.

    Doublets reach up quarks through the CKM matrix, so that one coupling of them is enough there.
    """
    stream = np.random.default_rng(5)
    kinds = {
        quark: {decay.coupling for decay in decays(field) if decay.quark == third}
        for quark, third in (("d", "b"), ("u", "t"))
    }
    pairs = {"bs": ("d", 1, 2), "bd": ("d", 0, 2), "sd": ("d", 0, 1), "uc": ("u", 0, 1)}
    seen = {name: set() for name in pairs}
    for _ in range(200):
        slots, amplitude = [], dict.fromkeys(pairs, 0.0)
        for coupling in field.couplings:
            present = stream.random((3, 3)) < 0.25
            sizes = present * np.exp(2j * np.pi * stream.random((3, 3)))
            slots += [(coupling.name, i + 1, j + 1) for i, j in zip(*np.nonzero(present), strict=True)]
            by_quark = sizes if coupling.rows in ("Q", "d", "u") else sizes.T
            for name, (kind, one, two) in pairs.items():
                if coupling.name in kinds[kind]:
                    turned = kind == "u" and "Q" in (coupling.rows, coupling.columns)
                    size = present.sum() if turned else abs(by_quark[one] @ by_quark[two].conj())
                    amplitude[name] = max(amplitude[name], size)
        assert mixes(field, slots) == tuple(name for name in pairs if amplitude[name] > 1e-12)
        for name in pairs:
            seen[name].add(name in mixes(field, slots))
    for name, (kind, *_) in pairs.items():
        assert seen[name] == ({True, False} if kinds[kind] else {False})


@pytest.mark.parametrize("field", MEDIATORS, ids=lambda field: field.name)
def test_a_dipole_needs_two_fermions_of_one_charge_by_one_other(field):
    """Sparse couplings: two down quarks that share a lepton, two charged leptons that share a quark, in any."""
    stream = np.random.default_rng(7)
    pairs = {"bs": ("d", 1, 2), "mutau": ("e", 1, 2), "etau": ("e", 0, 2)}
    kinds = {
        "d": {decay.coupling for decay in decays(field) if decay.quark == "b"},
        "e": {decay.coupling for decay in decays(field) if decay.lepton == "tau"},
    }
    seen = {name: set() for name in pairs}
    for _ in range(100):
        slots, joint = [], dict.fromkeys(kinds, np.zeros((3, 3)))
        for coupling in field.couplings:
            present = stream.random((3, 3)) < 0.2
            slots += [(coupling.name, i + 1, j + 1) for i, j in zip(*np.nonzero(present), strict=True)]
            by_quark = present if coupling.rows in ("Q", "d", "u") else present.T
            for kind, own in kinds.items():
                if coupling.name in own:
                    joint[kind] = joint[kind] + by_quark
        found = radiates(field, slots)
        for name, (kind, one, two) in pairs.items():
            rows = joint[kind] if kind == "d" else joint[kind].T
            assert (name in found) == bool(rows[one] @ rows[two])
            seen[name].add(name in found)
    for name, (kind, *_) in pairs.items():
        assert seen[name] == ({True, False} if kinds[kind] else {False})


def test_dipoles_of_a_vector_are_missing_and_of_a_scalar_not():
    u1, s1 = mediator("U1"), mediator("S1")
    mixed, lit = u1(3000.0, x1LL={"33": 1.0, "23": 0.5, "32": 0.1}).missing
    assert mixed.observables == MIXING["bs"] + MIXING["uc"]
    assert lit.observables == (*RADIATIVE["bs"], *RADIATIVE["mutau"])
    assert "dipoles of U1 at its mass, finite only in a completion" in lit.what
    assert s1(3000.0, y1LL={"33": 1.0, "23": 0.5, "32": 0.1}).missing == ()
    both = u1(3000.0, x1LL={"33": 1.0}, x1RR={"23": 0.5})  # the mass of the tau turns one into the other
    assert [part.observables for part in both.missing if "dipoles" in part.what] == [RADIATIVE["bs"]]
    names = ["BR(tau->mugamma)", "BR(B->Xsgamma)"]
    found = nutau.predict(names, u1(3000.0, x1LL={"33": 1.0, "32": 0.1}), draws=0)
    assert next(line for line in found.warnings if "dipoles" in line).startswith("BR(tau->mugamma) lacks")


def warned(observables, model, **options):
    found = nutau.predict(observables, nutau.point(model, **options), draws=0)
    about = [warning for warning in found.warnings if MISSING in warning]
    assert found.to_dict().get("warnings", []) == list(found.warnings)
    assert len(about) <= 1
    return about[0] if about else ""


def both(field, mass=3000.0, **options):
    """A leptoquark with couplings to s τ and b τ (or ν)."""
    name = next(decay.coupling for decay in decays(field) if decay.quark == "b")
    first = next(c for c in field.couplings if c.name == name).rows in ("Q", "d")
    return field(mass, **{name: {"33": 1.0, "23" if first else "32": 0.5}}, **options)


LEPTOQUARKS = [field for field in MEDIATORS if any(decay.quark == "b" for decay in decays(field))]


@pytest.mark.parametrize("field", LEPTOQUARKS, ids=lambda field: field.name)
def test_vectors_warn_and_scalars_do_not(field):
    text = warned(["DeltaM_s", "phi_s", "R(D)"], both(field), running="none")
    if field.spin == 0:
        assert text == ""
        return
    assert text.startswith("DeltaM_s and phi_s lack the leading effect")
    assert f"boxes of {field.name} at its mass, finite only in a completion" in text


def test_what_decides_is_a_property_of_the_model():
    """By name, whether it is asked for or not."""
    (part,) = mediator("U1")(3000.0, x1LL={"33": 1.0, "13": 0.5}).missing
    assert part.observables == (*MIXING["bd"], *MIXING["uc"])
    assert mediator("S3")(3000.0, y3LL={"33": 1.0, "13": 0.5}).missing == ()
    assert nutau.VB(3000.0, gq={"23": 0.01}).missing == ()


def test_where_there_is_no_box_there_is_no_warning():
    u1 = mediator("U1")
    assert warned(["R(D)", "Rnunu(K)"], both(u1), running="none") == ""
    assert warned(["DeltaM_s"], u1(3000.0, x1LL={"33": 1.0}), running="none") == ""
    assert warned(["DeltaM_s"], u1(3000.0, x1LL={"33": 1.0, "23": 0.0}), running="none") == ""
    assert warned(["DeltaM_d", "eps_K"], both(u1), running="none") == ""
    vb = nutau.VB(3000.0, gq={"23": 0.01}, gl={"33": 1.0})
    assert warned(["DeltaM_s"], vb, running="none") == ""


def test_ratios_sums_lines_and_up_aligned_couplings_warn_too():
    u3, u1 = mediator("U3"), mediator("U1")
    assert warned(["DeltaM_s/SM"], both(u3), running="none").startswith("DeltaM_s")
    pair = nutau.VB(3000.0, gq={"23": 0.01}, gl={"33": 1.0}) + both(u1)
    assert "boxes of U1" in warned(["DeltaM_s"], pair, running="none")
    assert "boxes of U1" in warned(["DeltaM_s"], nutau.X("U1", delta=0.07))
    assert "boxes of S3" in warned(["DeltaM_s"], nutau.X("S3", delta=0.07))
    turned = u3(3000.0, x3LL={"33": 1.0}, alignment="up")
    assert "boxes of U3" in warned(["DeltaM_s", "x12_D"], turned, running="none")
    assert "x12_D" not in warned(["DeltaM_s", "x12_D"], turned, running="none")
    assert warned(["DeltaM_s"], nutau.X(1.0, c3=-0.04)) == ""


def test_the_command_warns_beside_the_json():
    arguments = (
        "predict",
        "--model",
        "U1",
        "--mass",
        "3000",
        "--running",
        "none",
        "DeltaM_s",
        "--draws",
        "0",
    )
    couplings = ("--coupling", "x1LL_33=1", "--coupling", "x1LL_23=0.5")
    result = CliRunner().invoke(app, [*arguments, *couplings, "--json"])
    assert MISSING in json.loads(result.stdout)["warnings"][0]
    assert MISSING in result.stderr


def chosen(names, data="2026", **options):
    made = parametrisation(names, **options)
    dataset = load_dataset(data) if isinstance(data, str) else data
    return select(dataset, made, load_inputs("default"), all_data=True)


MODELS = {
    "U1": ({"model": "U1", "mass": 4700.0}, ["x1LL_33", "x1LL_23"]),
    "V2": ({"model": "V2", "mass": 4700.0}, ["x2RL_33", "x2RL_23"]),
    "U1 line": ({"model": "U1", "mass": 4700.0}, ["delta"]),
    "S3 line": ({"model": "S3", "mass": 4700.0}, ["delta"]),
}


@pytest.mark.parametrize("name", MODELS)
def test_mixing_is_no_constraint_where_it_is_missing(name):
    options, names = MODELS[name]
    found = chosen(names, **options)
    assert found.untested == ("HFLAV-2024-DeltaMs",)
    assert not any(item.name == "DeltaM_s" for entry in found.used for item in entry.observables)


@pytest.mark.parametrize(
    ("names", "options"),
    [
        (["gq_23", "gl_33"], {"model": "VB", "mass": 4700.0}),
        (["C1", "C3"], {"mass": 4700.0}),
        (["CVLL_bsbs"], {}),
        (["y3LL_33", "y3LL_23"], {"model": "S3", "mass": 4700.0}),
        (["x1LL_33", "x1LL_32"], {"model": "U1", "mass": 4700.0}),
    ],
)
def test_mixing_stays_where_it_is_computed(names, options):
    found = chosen(names, **options)
    assert found.untested == ()
    assert any(item.name == "DeltaM_s" for entry in found.used for item in entry.observables)


def test_an_entry_with_other_observables_keeps_them(tmp_path):
    (tmp_path / "own.yaml").write_text(
        "title: t\nmeasurements:\n  - {name: M, kind: gaussian, source: me, correlation: 0.5, values: ["
        '{observable: "DeltaM_s", unit: ps^-1, value: 17.7, errors: {total: 0.1}}, '
        '{observable: "BR(B+->Knunu)", unit: 1e-5, value: 2.3, errors: {total: 0.7}}]}\n'
    )
    found = chosen(["x1LL_33", "x1LL_23"], load_dataset(tmp_path / "own.yaml"), model="U1", mass=4700.0)
    assert [item.name for item in found.used[0].observables] == ["BR(B+->Knunu)"]
    assert found.untested == ("M",)


def test_a_fit_says_what_it_left_out(tmp_path):
    (tmp_path / "own.yaml").write_text("title: t\nmeasurements: [HFLAV-2024-DeltaMs, HFLAV-2025-RD]\n")
    found = nutau.fit(["delta"], tmp_path / "own.yaml", model="U1", draws=0)
    text = "left out (one-loop boxes of U1 at its mass, finite only in a completion, not computed): HFLAV-2024-DeltaMs"
    assert text in found.summary()
    assert found.to_dict()["untested"] == ["HFLAV-2024-DeltaMs"]
    (tmp_path / "own.yaml").write_text("title: t\nmeasurements: [HFLAV-2024-DeltaMs]\n")
    with pytest.raises(InputError, match="HFLAV-2024-DeltaMs cannot: one-loop boxes of U1"):
        nutau.fit(["delta"], tmp_path / "own.yaml", model="U1", draws=0)


def test_a_scan_warns(tmp_path):
    arguments = ("scan", "--model", "U1", "--parameters", "delta=0:0.1:2", "DeltaM_s", "--draws", "0")
    result = CliRunner().invoke(app, [*arguments, "--out", str(tmp_path / "x.csv")])
    assert result.exit_code == 0, result.exception
    assert MISSING in result.stderr
