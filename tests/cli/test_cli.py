"""The command line: what it prints, what it writes, and how it refuses."""

import json
import subprocess
import sys

import pytest

from command import run

NUTAU = [sys.executable, "-c", "from nutau.cli import main; main()"]


def document(*arguments, stdin=None):
    code, out, error = run(*arguments, stdin=stdin)
    assert code == 0, error
    return json.loads(out)


def test_a_bad_call_prints_one_message_and_no_traceback():
    done = subprocess.run(
        [*NUTAU, "predict", "--inputs", "letter", "BR(nothing)"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("nutau: Unknown observable 'BR(nothing)'")
    assert "Traceback" not in done.stderr


def test_predict_with_the_letters_formulas():
    found = document("predict", "--inputs", "letter", "--model", "U1", "--delta", "0.069", "--json")
    assert found["schema"] == "nutau/prediction/1"
    assert (found["inputs"], found["convention"]) == ("letter", "physical")
    values = {row["observable"]: row["value"] for row in found["predictions"]}
    assert values["Rtautau(K)"] == pytest.approx(213.755, rel=1e-5)  # two-sign table, six digits
    assert values["Rnunu(K*)"] == pytest.approx(1, abs=1e-12)
    assert values["R(D)"] == pytest.approx(0.298 * 1.069**2, rel=1e-12)


@pytest.mark.parametrize(
    ("kind", "pattern", "found"),
    [
        ("observables", "ktautau", "BR(B+->Ktautau)  "),
        ("observables", "", "R(D)  "),
        ("coefficients", "ztautau", "dgL_Ztautau"),
        ("warsaw", "lq1_33", "lq1_3323"),
        ("parameters", "vcb", "Vcb  "),
    ],
)
def test_names_are_listed(kind, pattern, found):
    code, out, _ = run("list", kind, pattern)
    assert code == 0
    assert any(line.startswith(found) for line in out.splitlines())
    assert all(pattern in line.lower() for line in out.splitlines())
    rows = document("list", kind, pattern, "--json")[kind]
    assert len(rows) == len(out.splitlines())


def test_a_pattern_without_names_is_refused():
    code, out, error = run("list", "observables", "zzz")
    assert (code, out) == (2, "")
    assert "None of the observables contains 'zzz'" in error


def test_published_convention():
    found = document(
        *("predict", "--inputs", "letter", "--kappa", "0", "--delta", "0.069"),
        *("--convention", "published", "--json", "Rnunu(K)"),
    )
    assert found["predictions"][0]["value"] == pytest.approx(4.5504, rel=1e-5)


def test_coefficients_from_a_file_and_stdin(tmp_path):
    wcxf = {"eft": "WET", "basis": "flavio", "scale": 4.8, "values": {"CL_bsnutaunutau": 2.0}}
    path = tmp_path / "point.json"
    path.write_text(json.dumps(wcxf))
    from_file = document("predict", "--wc", str(path), "Rnunu(K)", "--draws", "0", "--json")
    from_stdin = document(
        "predict", "--wc", "-", "Rnunu(K)", "--draws", "0", "--json", stdin=json.dumps(wcxf)
    )
    set_by_hand = document("predict", "--set", "CL_bsnutaunutau=2", "Rnunu(K)", "--draws", "0", "--json")
    assert from_file["predictions"] == from_stdin["predictions"] == set_by_hand["predictions"]


BAD = [
    (("predict", "--model", "U9", "--delta", "0.1", "--inputs", "letter"), "Unknown model 'U9'"),
    (("predict", "Rtautua(K)"), "Did you mean 'Rtautau"),
    (("predict", "--set", "C9_bstautua=1"), "Did you mean 'C9_bstautau'"),
    (("predict", "--set", "C9_bstautau"), "NAME=VALUE is needed"),
    (("predict", "--set", "C9_bstautau=many"), "a number is needed"),
    (("predict", "--set", "C9_bstautau=nan"), "a finite number"),
    (("predict", "--set", "C9_bstautau=1", "--set", "C9_bstautau=2"), "twice"),
    (("predict", "--set", "C9_bstautau=1", "--scale", "1000"), "outside the WET running"),
    (("predict", "--wc", "absent.json"), "Cannot read absent.json"),
    (("predict", "--convention", "mine"), "Known: published, physical"),
    (("predict", "--inputs", "mine"), "Unknown input set 'mine'"),
    (("predict", "--kappa", "1"), "needs the size of C3"),
    (("predict", "--delta", "0.1"), "which C1 goes with it"),
    (("predict", "--model", "U1"), "needs --mass"),
    (("predict", "--model", "Z'", "--delta", "0.1"), "without lq3"),
    (("predict", "--inputs", "letter", "BR(B+->Knunu)"), "over its SM value only"),
    (("predict", "--inputs", "letter", "BR(Bs->tautau)"), "no formula for"),
    (("predict", "--inputs", "letter", "--muons", "--kappa", "-1", "--delta", "0.07"), "κ = -1"),
    (
        ("predict", "--inputs", "letter", "--mass", "2000", "--model", "U1", "--delta", "0.1"),
        "cannot be used",
    ),
    (("predict", "--muons"), "goes with --inputs letter"),
    (("predict", "<dBR/dq2>(B0->K*tautau)", "--bin", "15,25"), "leaves phase space"),
    (("predict", "<dBR/dq2>(B0->K*tautau)", "--bin", "25,30", "--clip"), "clipping leaves nothing"),
    (("predict", "R(D)", "--clip", "--draws", "0"), "--clip would not be used"),
    (("predict", "R(D)", "--clip", "--inputs", "letter"), "--clip cannot be used with --inputs letter"),
    (("predict", "R(D)", "--budget", "--draws", "0"), "at least 2"),
    (
        ("cite", "R(D)", "--inputs", "nope"),
        "default, dispersive, flavio-2.4, flavio-2.7, measured-shapes, letter",
    ),
    (("predict", "R(D)", "--budget", "--muons"), "leave --budget out"),
    (("predict", "R(D)", "--cite", "--out", "a.csv"), "--out would not be used"),
    (("predict", "--inputs", "nope"), "default, dispersive, flavio-2.4, flavio-2.7, measured-shapes, letter"),
    (
        ("formulas", "--inputs", "nope"),
        "default, dispersive, flavio-2.4, flavio-2.7, measured-shapes, letter",
    ),
    (("predict", "<dBR/dq2>(B0->K*tautau)", "--bin", "19,15"), "not below the upper"),
    (("predict", "<dBR/dq2>(B0->K*tautau)", "--bin", "15"), "two numbers"),
    (("predict", "<dBR/dq2>(B0->K*tautau)", "--q2", "15"), "takes a bin"),
    (("predict", "dBR/dq2(B+->Knunu)"), "takes points"),
    (("predict", "dBR/dq2(B+->Knunu)", "--q2", "25"), "outside the phase space"),
    (("predict", "dBR/dq2(B+->Knunu)", "--q2", "words"), "numbers in GeV"),
    (("predict", "dBR/dq2(B+->Knunu)", "--q2", "0:22:0"), "a range is LOW:HIGH:POINTS"),
    (("predict", "--draws", "-3"), "theory draws"),
    (("predict", "--out", "x.txt", "--draws", "0"), "ending in .csv or .json"),
    (
        ("predict", "--model", "U1", "--delta", "0.1", "--running", "half", "--mass", "2000"),
        "is neither full, nor none",
    ),
    (("plot", "plane", "--model", "Z'", "--out", "x.pdf"), "has no κ, so no line"),
    (("plot", "plane", "--out", "x.gif"), "ending in .pdf, .png or .svg"),
    (("plot", "plane", "--data", "nothing", "--out", "x.pdf"), "Unknown data set"),
    (("reproduce", "--data", "nothing"), "Unknown data set"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD, ids=[" ".join(a) for a, _ in BAD])
def test_bad_input(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, error = run(*arguments)
    assert code == 2
    assert message in error
    assert out == ""
    assert list(tmp_path.iterdir()) == []


def test_outputs_that_cannot_be_written(tmp_path):
    blocker = tmp_path / "file"
    blocker.write_text("mine")
    for place in (str(blocker), str(blocker / "below"), "/proc/x"):
        code, _, error = run("reproduce", "--out", place)
        assert code == 2
        assert place in error
    assert run("reproduce", "--out", "")[::2] == (
        2,
        "--out is empty; give the name of a folder, existing or new.",
    )
    assert blocker.read_text() == "mine"
    assert [item.name for item in tmp_path.iterdir()] == ["file"]


def test_reproduce_writes_all_its_files(tmp_path):
    out = tmp_path / "new" / "folder"
    code, _, _ = run("reproduce", "--out", str(out))
    assert code == 0
    names = {item.name for item in out.iterdir()}
    assert names == {"report.json", "report.md", "figure1.pdf", "figure1.png", "figure1.svg"}
    assert json.loads((out / "report.json").read_text())["schema"] == "nutau/report/1"
    assert "holds only as published" in (out / "report.md").read_text()
    assert (out / "figure1.pdf").read_bytes().startswith(b"%PDF")


def test_plot_plane(tmp_path):
    path = tmp_path / "plane.svg"
    code, _, _ = run("plot", "plane", "--model", "U1", "--kappa", "1.2", "--branches", "--out", str(path))
    assert code == 0
    assert "κ = 1.2" in path.read_text()


def test_spectrum_to_csv(tmp_path):
    path = tmp_path / "spectrum.csv"
    code, _, _ = run("predict", "dBR/dq2(B+->Knunu)", "--q2", "0:22:23", "--draws", "20", "--out", str(path))
    assert code == 0
    lines = path.read_text().splitlines()
    assert len([line for line in lines if not line.startswith("#")]) == 24
    assert "q2" in lines[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("predict", "BR(B+->Knunu)", "--draws", "0", "--set", "CL_bsnutaunutau=1e200"),
            "not finite at this point",
        ),
        (("predict", "BR(B+->Knunu)", "--bin", "1,2"), "--bin would not be used"),
        (("predict", "BR(B+->Knunu)", "--q2", "3"), "--q2 would not be used"),
        (
            (
                "predict",
                "R(D)",
                "--model",
                "U1",
                "--mass",
                "10",
                "--running",
                "none",
                "--coupling",
                "x1LL_33=1",
            ),
            "m_Z",
        ),
        (("match", "U1", "--mass", "2000", "--coupling", "x1LL_23=1e200"), "not finite"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
@pytest.mark.filterwarnings("ignore:.*encountered.*:RuntimeWarning")  # the command line hides them too
def test_numbers_out_of_any_range(arguments, message):
    code, out, error = run(*arguments)
    assert code == 2
    assert message.replace("m_Z", "no SMEFT") in error
    assert out == ""


def test_a_key_twice_in_json(tmp_path):
    path = tmp_path / "twice.json"
    path.write_text(
        '{"eft": "WET", "basis": "flavio", "scale": 4.8, "values": {"CL_bsnutaunutau": 1, "CL_bsnutaunutau": 2}}'
    )
    code, _, error = run("predict", "--wc", str(path), "Rnunu(K)", "--draws", "0")
    assert code == 2
    assert "CL_bsnutaunutau stands twice" in error


@pytest.mark.parametrize("change", ["m_B+: -5.279", "Vcb: 1.2", "tau_B0: 0.0"])
def test_unphysical_parameters_are_refused(tmp_path, change):
    path = tmp_path / "mine.yaml"
    path.write_text(f"extends: default\nparameters: {{{change}}}\n")
    code, _, error = run("predict", "Rnunu(K)", "--draws", "0", "--inputs", str(path))
    assert code == 2
    assert "it must be" in error
