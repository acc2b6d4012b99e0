"""A bin is asked for, shown with every result, and said to hold charmonium where it does."""

import csv
import json
import re

import numpy as np
import pytest
from typer.testing import CliRunner

import nutau
from nutau.cli import app
from nutau.errors import InputError, NutauError
from nutau.inference.likelihood import likelihood, parametrisation
from nutau.inputs import load_inputs
from nutau.observables import catalogue, find, note
from nutau.observables.resonances import resonances
from nutau.report.export.formulas import popxf_documents, write_formulas

LIGHT = re.compile(r"(mumu|ee|ll)\)$")
BINNED = [
    item.name
    for item in catalogue()
    if item.kind == "bin" and not item.is_tail and not (item.name.startswith("<") and LIGHT.search(item.name))
]
TAUS = "<dBR/dq2>(B0->K*tautau)"
DATA = """
title: t
measurements:
  - name: A
    kind: gaussian
    source: "x"
    unit: {unit}
    values:
      - {{observable: "{observable}", value: 2, errors: {{total: 1}}{q2}}}
"""


def run(*arguments):
    result = CliRunner().invoke(app, list(arguments))
    if isinstance(result.exception, NutauError):
        return result.exception.exit_code, result.stdout, str(result.exception)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("name", BINNED)
def test_no_bin_is_no_prediction(name):
    """In every way of asking; with all of phase space, or with its edges, it is one."""
    message = "takes a bin: give `q2"
    grid = {"parameters": "C9_bstautau=0:1:2", "draws": 0}
    for ask in (
        lambda **q2: nutau.predict(name, draws=0, **q2),
        lambda **q2: nutau.formulas([name], draws=0, **q2),
        lambda **q2: nutau.scan(observables=[name], **grid, **q2),
        lambda **q2: write_formulas([name], draws=0, variables="raw", **q2),
    ):
        with pytest.raises(InputError, match=message):
            ask()
    row = nutau.predict(name, q2="all", draws=0)[0]
    low, high = find(name).edges(load_inputs())
    assert row.q2 == (low, high)
    clipped = nutau.predict(name, q2=(0.0, 100.0), clip=True, draws=0)[0]
    assert (clipped.q2, clipped.value) == (row.q2, row.value)


@pytest.mark.parametrize("name", ["<Rmue>(B+->Kll)", "<P5p>(B0->K*mumu)", "<S3>(Bs->phiee)"])
def test_a_bin_of_light_leptons_across_the_charmonia_is_no_prediction(name):
    with pytest.raises(InputError, match="takes a bin: give `q2"):
        nutau.predict(name, draws=0)
    for q2, resonance in (("all", "J/ψ"), ((6.0, 10.0), "J/ψ"), ((12.0, 15.0), r"ψ\(2S\)")):
        with pytest.raises(InputError, match=f"holds the {resonance}.*Choose a bin below 8 or above 15"):
            nutau.predict(name, q2=q2, draws=0)
    low, high = (
        nutau.predict(name, q2=(1.1, 8.0), draws=0)[0],
        nutau.predict(name, q2=(15.0, 17.0), draws=0)[0],
    )
    assert np.isfinite([low.value, high.value]).all()


@pytest.mark.parametrize(
    ("observable", "unit", "q2", "message"),
    [
        (TAUS, "1e-8 GeV^-2", "", "has no bin"),
        ("dBR/dq2(B0->K*tautau)", "1e-8 GeV^-2", ", q2: [15, 17]", "is a function of q²"),
        ("BR(B0->K*tautau)", "1e-8", ", q2: [15, 17]", "takes no bin"),
    ],
)
def test_data_files_without_the_right_bin(observable, unit, q2, message, tmp_path):
    path = tmp_path / "data.yaml"
    path.write_text(DATA.format(observable=observable, unit=unit, q2=q2))
    code, out, error = run("fit", "--data", str(path), "--parameters", "C9_bstautau", "--draws", "0")
    assert (code, out) == (2, "")
    assert message in error
    assert "A: " in error


def test_every_result_shows_its_bin(tmp_path):
    bins, shown = ("--bin", "15,19", "--draws", "20"), "[15, 19]"
    code, out, _ = run("predict", TAUS, *bins)
    assert code == 0
    assert shown in out
    assert json.loads(run("predict", TAUS, *bins, "--json")[1])["predictions"][0]["q2"] == [15.0, 19.0]
    table = tmp_path / "table.csv"
    assert run("predict", TAUS, "R(D)", *bins, "--out", str(table))[0] == 0
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert [(row["q2_low"], row["q2_high"]) for row in rows] == [("15.0", "19.0"), ("", "")]
    for verb in (("predict", TAUS, "--budget"), ("predict", TAUS, "--budget", "--json"), ("formulas", TAUS)):
        assert shown in run(*verb, *bins)[1]
    (formula,) = json.loads(run("formulas", TAUS, *bins, "--format", "json")[1])["formulas"]
    assert formula["q2"] == [15.0, 19.0]
    assert shown in formula["observable"]
    assert (
        "[15,19]" in popxf_documents([TAUS], q2=(15.0, 19.0), draws=0)[0]["metadata"]["observable_names"][0]
    )
    grid = ("--parameters", "C9_bstautau=-1:1:3", "--out", str(table))
    assert run("scan", TAUS, *grid, *bins)[0] == 0
    assert shown in table.read_text().splitlines()[0]


def test_pulls_show_bin_and_note(tmp_path):
    path = tmp_path / "data.yaml"
    path.write_text(DATA.format(observable=TAUS, unit="1e-8 GeV^-2", q2=", q2: [13, 17]"))
    code, out, _ = run("data", "show", str(path))
    assert code == 0
    assert f"{TAUS}[13, 17]" in out.replace("\n", "")
    made = likelihood(path, parametrisation(["C9_bstautau"]), draws=20)
    from nutau.inference.fit.quality import pulls  # needs JAX

    (row,) = pulls(made, np.zeros(1))
    assert row.q2 == (13.0, 17.0)
    assert "ψ(2S)" in row.to_dict()["note"]


def test_psi_to_taus_is_the_product_of_branching_ratios():
    """B⁺ → K⁺ψ(2S)(→ ττ) = 6.25(21)e-4 · 3.1(4)e-3 (PDG 2026) = 1.94(26)e-6: twelve times the short-distance rate."""
    value, error = resonances()[1].to_taus["B+->K+"]
    assert value == pytest.approx(1.94e-6, abs=0.01e-6)
    assert error == pytest.approx(0.26e-6, abs=0.01e-6)
    assert value / nutau.predict("BR(B+->Ktautau)", draws=0)[0].value == pytest.approx(12.2, abs=0.2)


@pytest.mark.parametrize(
    ("name", "q2", "said"),
    [
        ("BR(B+->Ktautau)", None, ("ψ(2S)", "B+ → K+ ψ(2S)(→ ττ) alone is (1.9 ± 0.3)e-06")),
        ("BR(Bs->phitautau)", None, ("Bs → phi ψ(2S)(→ ττ)",)),
        ("<dBR/dq2>(B+->K*tautau)", (12.7, 14.0), ("B+ → K*+ ψ(2S)(→ ττ)",)),
        ("<dBR/dq2>(B+->Ktautau)", (15.0, 19.0), ()),
        ("<Rmue>(B+->Kll)", (1.1, 6.0), ()),
        ("<Rmue>(B+->Kll)", (6.0, 10.0), ("J/ψ",)),
        ("<Rmue>(B+->Kll)", (6.0, 15.0), ("J/ψ and ψ(2S)",)),
        ("<Rmue>(B+->Kll)", None, ("J/ψ and ψ(2S)",)),
        ("BR(B+->Kmutau)", None, ()),
        ("BR(B+->Knunu)", None, ()),
        ("BR(Bs->tautau)", None, ()),
        ("dBR/dq2(B+->Ktautau)", None, ()),
    ],
)
def test_notes(name, q2, said):
    text = note(find(name), q2)
    assert bool(text) == bool(said)
    assert all(part in text for part in said)


def test_every_decay_to_taus_with_charmonium_has_its_size():
    for item in catalogue():
        if (
            "tautau)" in item.name
            and not item.is_tail
            and item.kind != "point"
            and not re.search(
                "B[0s]->tautau|Lambdab|Xstautau", item.name
            )  # of Λ_b → Λψ(2S) only ratios are measured
        ):
            assert " alone is (" in note(item), item.name


def test_notes_stand_at_the_number():
    code, out, _ = run("predict", "R(D)", "Rtautau(K)", "Rtautau(K*)", "--draws", "0")
    assert code == 0
    assert "Rtautau(K) ¹" in out
    assert "Rtautau(K*) ²" in out
    assert "¹ short distance only: without ψ(2S)" in out
    rows = json.loads(run("predict", "R(D)", "Rtautau(K)", "--draws", "0", "--json")[1])["predictions"]
    assert ["note" in row for row in rows] == [False, True]
    letter = run("predict", "Rtautau(K)", "--inputs", "letter", "--draws", "0")[1]
    assert "¹ short distance only" in letter
    budget = json.loads(run("predict", "Rtautau(K)", "--budget", "--draws", "10", "--json")[1])
    assert "ψ(2S)" in budget["notes"]["Rtautau(K)"]
    assert "ψ(2S)" in run("formulas", "Rtautau(K)", "--draws", "0")[1]
    scanned = nutau.scan("C9_bstautau=0:1:2", ["Rtautau(K)", "R(D)"], draws=0)
    assert len(scanned.notes) == 1


@pytest.mark.parametrize("name", ["B+->Ktautau", "B0->K*tautau", "Bs->phitautau"])
def test_the_charm_uncertainty_has_no_step(name):
    """δC9 acts in all of the range of taus: its relative error is smooth across 14 GeV², and not zero below."""
    q2 = np.array([13.0, 13.999, 14.001, 15.0])
    row = f"dBR/dq2({name})"
    errors = nutau.formulas([row], draws=400, q2=q2, groups=("long distance",))[0]
    relative = np.std(errors.draws.sm, axis=0) / errors.sm
    assert np.all(relative > 0.01)
    assert relative[2] == pytest.approx(relative[1], rel=1e-2)
    step = nutau.formulas([row], "flavio-2.7", draws=400, q2=q2, groups=("long distance",))[0]
    flavio = np.std(step.draws.sm, axis=0) / step.sm  # acts above 14 GeV² only
    assert np.all(flavio[:2] < 1e-12)
    assert np.all(flavio[2:] > 0.01)


@pytest.mark.parametrize("variables", ["left-handed", "real", "raw", None])
def test_every_coefficient_to_keep_is_kept(variables):
    """Or refused: with `left-handed` variables only C_VL of R_D is left, and the other four say so."""
    five = [f"{operator}_bctaunutau" for operator in ("CVL", "CVR", "CSL", "CSR", "CT")]
    options = [part for name in five for part in ("--coefficient", name)]
    form = ["--format", "popxf"] if variables is None else ["--variables", variables]
    code, out, error = run("formulas", "R(D)/SM", *options, *form, "--draws", "0")
    if variables == "left-handed":
        assert (code, out) == (2, "")
        assert (
            "--coefficient CVR_bctaunutau, CSL_bctaunutau, CSR_bctaunutau, CT_bctaunutau would not be used"
            in error
        )
        assert "--variables raw" in error
    else:
        assert code == 0
        assert all(name in out for name in five)
    code, out, error = run(
        "formulas", "R(D)/SM", *options[:2], "--coefficient", "C9_bstautau", *form, "--draws", "0"
    )
    assert (code, out) == (2, "")
    assert "--coefficient C9_bstautau would not be used" in error


def test_a_coefficient_that_reaches_nothing_is_said():
    given = ("--set", "CVL_bctaunutau=0.1", "--set", "C9_bstautau=1")
    _, _, error = run("predict", "R(D)", *given, "--draws", "0")
    assert "none of the observables depends on C9_bstautau" in error
    assert "none of the observables" not in run("predict", "R(D)", "Rtautau(K)", *given, "--draws", "0")[2]
    mixing = ("--set", "CSL_bctaunutau=0.1", "--set", "CT_bctaunutau=0.1", "--scale", "80.4")
    assert "none of" not in run("predict", "R(D)", *mixing, "--draws", "0")[2]


def test_inverse_ratio_of_leptons_in_phi():
    """1/R_φ is 1 to a per cent in the Standard Model (arXiv:1605.07633), as R_K*, and moves against it."""
    names = ["<Remu>(Bs->phill)", "<Rmue>(B0->K*ll)"]
    inverse, ratio = (nutau.predict([name], q2=(1.1, 6.0), draws=0)[name].value for name in names)
    assert inverse == pytest.approx(1.0, abs=0.01)
    assert inverse * ratio == pytest.approx(1.0, abs=2e-3)
    muons = {"C9_bsmumu": -1.0, "C10_bsmumu": 0.5}
    inverse, ratio = (nutau.predict([name], muons, q2=(1.1, 6.0), draws=0)[name].value for name in names)
    assert ratio < 0.8
    assert inverse * ratio == pytest.approx(1.0, abs=0.02)  # V and A amplitudes in nearly equal shares
