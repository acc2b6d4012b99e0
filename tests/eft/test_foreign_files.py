"""Files that other programs and other machines write: WCxf with all names, Unicode of any kind, SLHA, triangles."""

import ast
import codecs
import json
import sys
from dataclasses import replace
from io import BytesIO, TextIOWrapper
from pathlib import Path

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

import nutau
from nutau import errors
from nutau.cli import app
from nutau.common.files import decoded
from nutau.eft.coefficient_names import published
from nutau.eft.smeft.basis import warsaw
from nutau.eft.smeft.matching import constants
from nutau.eft.smeft.running import running
from nutau.eft.wet.full import FULL, IN_WCXF
from nutau.eft.wilson import Basis, Wilson
from nutau.errors import SCREEN, InputError, NutauError, listed, screenful, unknown

CASES = Path(__file__).parent.parent / "cases"
SOURCE = Path(nutau.__file__).parent
WET_NAMES, SMEFT_NAMES = published("WET", "flavio"), published("SMEFT", "Warsaw")


def run(*arguments, stdin=None):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)
    if isinstance(result.exception, NutauError):
        return result.exception.exit_code, result.stdout, str(result.exception)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def predicted(*arguments, stdin=None):
    """The ``--json`` document of a prediction, and standard error."""
    code, out, err = run("predict", *arguments, "--draws", "0", "--json", stdin=stdin)
    assert code == 0, err
    return json.loads(out), err


def document(eft, basis, values, scale):
    return {"eft": eft, "basis": basis, "scale": scale, "values": values}


def fits_on_a_screen(message):
    return sum(max(1, -(-len(line) // SCREEN[1])) for line in message.splitlines()) <= SCREEN[0]


# --- names


def test_wcxf_defines_as_many_names_as_it_says():
    # number of coefficients in the basis definition files, as wilson 2.5.2 reads them
    assert len(WET_NAMES) == 1679
    assert len(SMEFT_NAMES) == 1635
    assert published("SMEFT", "Warsaw up") == SMEFT_NAMES
    assert not published("WET", "JMS")


def test_nutaus_bases_are_parts_of_those_of_wcxf():
    assert set(IN_WCXF.coefficients) <= WET_NAMES
    assert set(warsaw().coefficients) <= SMEFT_NAMES
    assert len(warsaw()) == 1635 - 3 * 91 - 6  # baryon number violated, a lepton each; the Weinberg operator
    beyond = {name.partition("_")[0] for name in SMEFT_NAMES - set(warsaw().coefficients)}
    assert beyond == {"duql", "qque", "qqql", "duue", "llphiphi"}


def test_names_against_wilson_live():
    wcxf = pytest.importorskip("wilson", reason="wilson (extra 'running') is not installed").wcxf
    for eft, basis in (("WET", "flavio"), ("SMEFT", "Warsaw"), ("SMEFT", "Warsaw up")):
        assert published(eft, basis) == set(wcxf.Basis[eft, basis].all_wcs)


# --- WCxf files of others


@pytest.mark.parametrize(
    ("name", "without"),
    [("wet_flavio_other_sector", ("CVL_duenue", "CVL_bcmunumu")), ("warsaw_dimension5", ("llphiphi_11",))],
)
def test_coefficients_without_influence_are_counted_in_one_line(name, without):
    path = CASES / f"{name}.yaml"
    given = yaml.safe_load(path.read_text())
    given["values"] |= dict.fromkeys(without, 0.01)
    known = FULL if given["eft"] == "WET" else warsaw()
    lost = [name for name in without if name not in known]  # what nutau's own bases do not hold
    found, err = predicted("--wc", "-", "Rnunu(K)", stdin=json.dumps(given))
    notes = [line for line in err.splitlines() if "no influence" in line]
    count = "one coefficient has" if len(lost) == 1 else f"{len(lost)} coefficients have"
    assert len(notes) == 1
    assert count in notes[0]
    assert all(name in notes[0] for name in lost)
    rest = {key: value for key, value in given["values"].items() if key not in lost}
    alone, err = predicted("--wc", "-", "Rnunu(K)", stdin=json.dumps(given | {"values": rest}))
    assert "no influence" not in err
    assert found["predictions"] == alone["predictions"]
    assert found["predictions"][0]["value"] != 1


@pytest.mark.parametrize(
    ("eft", "basis", "scale", "own"),
    [
        ("WET", "flavio", 4.8, IN_WCXF),
        ("SMEFT", "Warsaw", 1000.0, warsaw()),
        ("SMEFT", "Warsaw up", 1000.0, warsaw()),
    ],
)
def test_a_file_with_every_name_that_there_is(eft, basis, scale, own, tmp_path):
    names = published(eft, basis)
    path = tmp_path / "all.json"
    path.write_text(json.dumps(document(eft, basis, dict.fromkeys(sorted(names), 1e-12), scale)))
    _, err = predicted("--wc", path, "Rnunu(K)", "R(D)")
    (note,) = [line for line in err.splitlines() if "no influence" in line]
    assert f"{len(names) - len(own)} coefficients have no influence" in note
    assert fits_on_a_screen(note)
    back = nutau.read_wcxf(path)
    assert set(back.nonzero()) == names  # nothing of the file is lost
    assert set(back.to_wcxf()["values"]) == names
    warnings = nutau.predict("Rnunu(K)", back, draws=0).warnings
    assert sum("no influence" in warning for warning in warnings) == 1


def test_a_file_that_wilson_writes(tmp_path):
    wilson = pytest.importorskip("wilson", reason="wilson (extra 'running') is not installed")
    path = tmp_path / "wet.json"
    made = wilson.Wilson({"lq1_3323": 1e-8}, scale=1000, eft="SMEFT", basis="Warsaw")
    with path.open("w") as stream:
        made.match_run(4.8, "WET", "flavio").dump(stream, fmt="json")
    assert len(json.loads(path.read_text())["values"]) > 900
    found, err = predicted("--wc", path, "Rnunu(K)")
    assert found["predictions"][0]["value"] > 1.5
    assert err.count("no influence") == 1


def test_unknown_names_are_refused_five_at_most(tmp_path):
    path = tmp_path / "wrong.json"
    values = {f"VedLL_{i}{j}{k}": 1.0 for i in range(10) for j in range(10) for k in range(9)}
    path.write_text(json.dumps(document("WET", "flavio", {"C9_bdmumu": 1} | values, 4.8)))
    code, out, err = run("predict", "--wc", path)
    assert (code, out) == (2, "")
    assert "900 coefficients are unknown in WET/flavio" in err
    assert err.count("VedLL_") == 5
    assert "and 895 more" in err
    assert fits_on_a_screen(err)
    path.write_text(json.dumps(document("WET", "flavio", {"C9_bdmumuu": 1}, 4.8)))
    code, _, err = run("predict", "--wc", path)
    assert code == 2
    assert "Did you mean 'C9_bdmumu'" in err


def test_redundant_names_still_mean_what_they_did():
    both = nutau.read_wcxf(
        document("SMEFT", "Warsaw", {"lq1_2332": {"Re": 1e-9, "Im": 2e-9}, "llphiphi_12": 1e-15}, 1e3)
    )
    redundant = nutau.read_wcxf(document("SMEFT", "Warsaw", {"lq1_3223": {"Re": 1e-9, "Im": -2e-9}}, 1e3))
    assert both["lq1_2332"] == redundant["lq1_2332"]
    with pytest.raises(InputError, match="are one operator"):
        nutau.read_wcxf(document("SMEFT", "Warsaw", {"lq1_2332": 1e-9, "lq1_3223": 1e-9}, 1e3))


def test_a_coefficient_that_nothing_depends_on_is_not_called_unknown():
    code, out, err = run("predict", "--set", "C9_sdmumu=1")
    assert (code, out) == (2, "")
    assert "C9_sdmumu is a coefficient of WET/flavio on which nothing here depends" in err


def test_read_wcxf_needs_no_bases(tmp_path):
    path = CASES / "wet_flavio_other_sector.yaml"
    point = nutau.read_wcxf(path)
    assert point["CL_bsnutaunutau"] == 1
    assert point["C9_bdmumu"] == 0.1
    smeft = nutau.read_wcxf(CASES / "warsaw_dimension5.yaml")
    assert smeft.basis.eft == "SMEFT"
    assert smeft["lq1_3323"] == 1e-8
    with pytest.raises(InputError, match="nutau reads SMEFT/Warsaw"):
        nutau.read_wcxf(path, (warsaw(),))


def test_a_point_of_ones_own_may_hold_them_too():
    basis = Basis("WET", "flavio", ("CL_bsnutaunutau", "C9_sdmumu"))
    found = nutau.predict("Rnunu(K)", Wilson(np.array([1.0, 1.0]), basis, 4.8), draws=0)
    assert any("C9_sdmumu" in warning for warning in found.warnings)
    wrong = Basis("WET", "flavio", ("CL_bsnutaunutau", "mine"))
    with pytest.raises(InputError, match="No place for mine"):
        nutau.predict("Rnunu(K)", Wilson(np.array([1.0, 1.0]), wrong, 4.8), draws=0)


# --- scales


def test_wet_at_160_gev():
    # wilson 2.5.2 and flavio 2.7.1 with its own inputs: R_D/SM = 1.2433 (digits given)
    found, _ = predicted("--wc", CASES / "wet_at_160.yaml", "R(D)/SM", "--inputs", "flavio-2.7")
    assert found["predictions"][0]["value"] == pytest.approx(1.2433, abs=5e-5)
    same = nutau.predict("R(D)/SM", nutau.point({"CSR_bctaunutau": 0.1}, scale=160), draws=0)
    assert nutau.predict("R(D)/SM", CASES / "wet_at_160.yaml", draws=0)[0].value == same[0].value


def test_smeft_at_m_z():
    found, _ = predicted("--wc", CASES / "smeft_at_mz.yaml", "Rnunu(K)", "--inputs", "flavio-2.7")
    # wilson 2.5.2 + flavio 2.7.1: 1.876957. flavio hands its CKM matrix to wilson, which normalises with α = 1/127.9;
    # flavio multiplies by α(4.8 GeV). nutau has one α (docs/physics/alpha.md): its amplitude is larger by their ratio
    parameters = nutau.load_inputs("flavio-2.7").parameters.mapping()
    ours = constants(parameters, 4.8)
    step = running(
        91.1876, source=Basis("SMEFT", "Warsaw", ("lq1_3323",)), constants=replace(ours, alpha=1 / 127.9)
    )
    point = step(Wilson(np.array([1e-8]), step.source, 91.1876), scale=4.8)
    theirs = nutau.predict("Rnunu(K)", point, draws=0, inputs="flavio-2.7")[0].value
    assert theirs == pytest.approx(1.876957, abs=2e-6)
    amplitude = np.sqrt(3 * theirs - 2) - 1  # of ν_τ, over the SM's
    expected = (2 + (1 + amplitude / 127.9 / ours.alpha) ** 2) / 3
    assert found["predictions"][0]["value"] == pytest.approx(expected, rel=1e-5)


def test_a_mediator_just_above_m_z():
    # the table ends at the match: what runs is a loop factor times ln(M/m_Z), here 0.1
    run, match = (
        nutau.predict("R(D)/SM", nutau.point(nutau.S3(100, y3LL_33=0.05, y3LL_23=0.05), **options), draws=0)
        for options in ({}, {"running": "none"})
    )
    assert run[0].value - 1 == pytest.approx(match[0].value - 1, rel=0.03)
    assert run[0].value != match[0].value


@pytest.mark.parametrize("scale", [80.4, 3.0, 200.0])
def test_scales_where_there_is_no_wet_or_smeft(scale):
    values = {"lq1_3323": 1e-8} if scale == 80.4 else {"C9_bstautau": 1}
    given = document(*(("SMEFT", "Warsaw") if scale == 80.4 else ("WET", "flavio")), values, scale)
    code, out, err = run("predict", "--wc", "-", stdin=json.dumps(given))
    assert (code, out) == (2, "")
    assert f"{scale:g} GeV" in err
    assert "did you mean" not in err  # 80.4 and 91.2 are scales in GeV, not slips in TeV


# --- Unicode

TEXT = "eft: SMEFT\nbasis: Warsaw\nscale: 1000\nvalues:\n  lq1_3323: 1.0e-8 # é\n"
ENCODED = {
    "utf-8": TEXT.encode(),
    "utf-8 with a mark": codecs.BOM_UTF8 + TEXT.encode(),
    "utf-16-le with a mark": codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
    "utf-16-be with a mark": codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
    "utf-16-le": TEXT.encode("utf-16-le"),
    "utf-16-be": TEXT.encode("utf-16-be"),
    "utf-32 with a mark": TEXT.encode("utf-32"),
    "ends of lines of Windows": codecs.BOM_UTF16_LE + TEXT.replace("\n", "\r\n").encode("utf-16-le"),
}


@pytest.mark.parametrize("kind", ENCODED)
def test_text_is_read_in_every_encoding_of_unicode(kind, tmp_path, monkeypatch):
    assert decoded(ENCODED[kind]) == TEXT
    path = tmp_path / "point.yaml"
    path.write_bytes(ENCODED[kind])
    assert nutau.read_wcxf(path)["lq1_3323"] == 1e-8
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(ENCODED[kind])))
    assert nutau.read_wcxf("-")["lq1_3323"] == 1e-8


def test_powershell():
    found, _ = predicted("--wc", CASES / "powershell_utf16.yaml", "Rnunu(K)")
    assert found["predictions"][0]["value"] > 1.5


MEASURED = """\
title: Mine
measurements:
  - {name: Mine, kind: gaussian, source: a paper, unit: 1,
     values: [{observable: "R(D)", value: 0.35, errors: {total: 0.03}}]}
"""


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_every_reader_reads_them(encoding, tmp_path):
    def file(name, text):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    data = file("data.yaml", MEASURED)
    assert run("data", "show", data)[0] == 0
    assert nutau.load_dataset(data).measurements[0].name == "Mine"
    inputs = file("inputs.yaml", "extends: default\nparameters: {Vcb: 0.0422}\n")
    assert nutau.load_inputs(inputs).parameters.mapping()["Vcb"] == 0.0422
    popxf = file("popxf.json", (CASES / "popxf_scale_list.json").read_text())
    assert nutau.read_popxf(popxf).observables == ("a", "b")


def test_what_is_no_text_is_refused(tmp_path):
    path = tmp_path / "point.yaml"
    path.write_bytes("eft: WET # \xe9 of Latin-1".encode("latin-1"))
    for call in (nutau.read_wcxf, nutau.load_dataset, nutau.load_inputs, nutau.read_popxf):
        with pytest.raises(InputError, match=r"Cannot read .*point\.yaml: it is no text in Unicode"):
            call(path)


def test_one_place_reads_text():
    """Files of users are read by :func:`nutau.common.files.read_text`; the page's own parts are UTF-8."""
    allowed = {"files.py", "explorer/page.py"}
    for path in SOURCE.rglob("*.py"):
        name = path.relative_to(SOURCE).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            method = called.attr if isinstance(called, ast.Attribute) else ""
            if method == "read_text" and name not in allowed:
                pytest.fail(f"{name}:{node.lineno} reads text by itself")
            reads = isinstance(called, ast.Name) and called.id == "open"
            assert not reads, f"{name}:{node.lineno} opens a file by itself"


# --- SLHA


@pytest.mark.parametrize(
    "text",
    ["# SPheno\nBlock FWCOEF Q= 1.6E+02  # coefficients\n 0305 4422 00 0  -0.2\n", "BLOCK WC1\n 1 1.0E-8\n"],
)
def test_les_houches_files_are_recognised(text, tmp_path):
    path = tmp_path / "point.slha"
    path.write_text(text)
    code, out, err = run("predict", "--wc", path)
    assert (code, out) == (2, "")
    assert "Les Houches" in err
    assert "WCxf" in err
    assert "dsixtools2wcxf" in err


# --- POPxf


def test_popxf_with_one_scale_an_observable():
    found = nutau.read_popxf(CASES / "popxf_scale_list.json")
    assert found.scales == (200.0, 250.0)
    basis = found.formulas[0].central.basis
    assert [float(formula(np.array([0.5]))) for formula in found.formulas] == [1 + 1.5, 2 + 2]
    assert basis.coefficients == ("lq3_3333",)
    with pytest.raises(InputError, match="2 different scales"):
        _ = found.scale


def popxf(scale, schema="https://json.schemastore.org/popxf-1.0.json"):
    meta = {
        "observable_names": ["a"],
        "parameters": ["lq3_3333"],
        "basis": {"wcxf": {"eft": "SMEFT", "basis": "Warsaw"}},
        "polynomial_names": ["p", "q"],
        "observable_expressions": [{"variables": {"n": "p", "d": "q"}, "expression": "n / d"}],
        "scale": scale,
    }
    central = {"('', '', 'RR')": [1, 2], "('', 'lq3_3333', 'RR')": [3, 4]}
    return {"$schema": schema, "metadata": meta, "data": {"polynomial_central": central}}


def test_popxf_with_scales_of_polynomials():
    assert nutau.read_popxf(popxf([100, 100])).scale == 100
    with pytest.raises(InputError, match="a is made of polynomials at 100 GeV, 200 GeV"):
        nutau.read_popxf(popxf([100, 200]))
    bad = popxf([100, 100])
    bad["data"]["observable_uncertainties"] = {"total": {"('', 'lq3_3333', 'RR')": [0.1]}}
    with pytest.raises(InputError, match="only the constant has an uncertainty"):
        nutau.read_popxf(bad)


@pytest.mark.parametrize("host", ["json.schemastore.org", "www.schemastore.org"])
def test_popxf_under_both_addresses_of_the_schema(host):
    given = popxf(91.1876, f"https://{host}/popxf-1.0.json")
    block = {"row_names": ["a"], "col_names": ["a"], "correlations": {"total": [[1.0]]}}
    correlations = {"$schema": f"https://{host}/popxf-corr-1.0.json", "b": block}
    assert nutau.read_popxf(given, correlations).scale == 91.1876
    with pytest.raises(InputError, match="has '\\$schema'"):
        nutau.read_popxf(popxf(91.1876, f"https://{host}/popxf-2.0.json"))


# --- triangles

THREE = [[1.0, 0.1, 0.2], [0.1, 1.0, -0.3], [0.2, -0.3, 1.0]]
TRIANGLE = [[1.0], [0.1, 1.0], [0.2, -0.3, 1.0]]


def measured(matrix, kind="correlation"):
    errors = ", errors: {total: 0.03}" if kind == "correlation" else ""
    rows = [f'{{observable: "{name}", value: 0.3{errors}}}' for name in ("R(D)", "R(D*)", "BR(B+->taunu)")]
    return (
        "title: Mine\nmeasurements:\n"
        f"  - {{name: Mine, kind: gaussian, source: a paper, unit: 1, values: [{', '.join(rows)}], {kind}: {matrix}}}\n"
    )


@pytest.mark.parametrize("kind", ["correlation", "covariance"])
def test_a_triangle_is_the_matrix_in_measurements(kind, tmp_path):
    found = []
    for number, matrix in enumerate((THREE, TRIANGLE)):
        path = tmp_path / f"{number}.yaml"
        path.write_text(measured(matrix, kind))
        found.append(nutau.load_dataset(path).measurements[0].distribution.correlation)
    np.testing.assert_array_equal(*found)
    np.testing.assert_allclose(found[0], THREE, atol=1e-15)


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ([[0.1], [0.2, -0.3]], "a triangle without its diagonal is not taken"),
        ([[], [0.1], [0.2, -0.3]], "a triangle without its diagonal is not taken"),
        ([[1, 0.1, 0.2], [1, -0.3], [1]], "this is the upper triangle, write the lower one"),
        ([[1], [0.1, 1]], r"a 3×3 matrix, or its lower triangle .* this one has 2 rows of 1, 2 numbers"),
        ([[1], [0.1, 1], [0.2, -0.3, 0.9]], "with itself is 0.9, not 1"),
        ([[1], [0.1, 1], [0.2, 1.3, 1]], r"is 1.3, outside \[-1, 1\]"),
    ],
)
def test_malformed_triangles_are_refused_in_words(matrix, message, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(measured(matrix))
    with pytest.raises(InputError, match=message):
        nutau.load_dataset(path)


def test_a_matrix_is_the_triangle_in_input_sets(tmp_path):
    def covariance(matrix):
        path = tmp_path / "mine.yaml"
        path.write_text(f"extends: default\ncorrelations: [{{parameters: [Vub, Vcb], matrix: {matrix}}}]\n")
        return nutau.load_inputs(path).parameters.covariance

    np.testing.assert_array_equal(covariance([[1], [0.1, 1]]), covariance([[1, 0.1], [0.1, 1]]))
    with pytest.raises(InputError, match="conflict: 0.1 above, 0.2 below the diagonal"):
        covariance([[1, 0.1], [0.2, 1]])
    with pytest.raises(InputError, match="a triangle without its diagonal is not taken"):
        covariance([[0.1]])


# --- messages


def subclasses(kind):
    return {kind} | {found for child in kind.__subclasses__() for found in subclasses(child)}


LONG = {
    "a line": "x" * 200_000,
    "a list": ", ".join(f"C9_{i}" for i in range(5000)),
    "lines": "\n".join(f"line {i} " + "y" * 300 for i in range(500)),
    "empty lines": "\n" * 500,
}


@pytest.mark.parametrize("kind", sorted(subclasses(NutauError), key=lambda kind: kind.__name__))
@pytest.mark.parametrize("text", LONG)
def test_no_message_is_longer_than_a_screen(kind, text):
    arguments = (LONG[text], "fit") if kind is errors.MissingExtraError else (LONG[text],)
    message = str(kind(*arguments))
    assert fits_on_a_screen(message)
    assert message.endswith(LONG[text].splitlines()[-1][-20:]) or kind is errors.MissingExtraError


@pytest.mark.parametrize("length", [0, 1, 100, SCREEN[0] * SCREEN[1]])
def test_short_messages_are_left_alone(length):
    assert screenful("x" * length) == "x" * length
    lines = "\n".join(["line"] * SCREEN[0])
    assert screenful(lines) == lines


def test_lists_are_counted():
    assert listed("ab") == "a, b"
    assert listed("abcdefg") == "a, b, c, d, e and 2 more"
    assert fits_on_a_screen(str(unknown("name", "x" * 100_000, [f"n{i}" for i in range(5000)])))


def test_a_file_full_of_mistakes_is_reported_on_one_screen(tmp_path):
    path = tmp_path / "mine.yaml"
    rows = "".join(f"  - {{name: N{i}, kind: gaussian, values: {'x' * 300}}}\n" for i in range(400))
    path.write_text(f"title: Mine\nmeasurements:\n{rows}")
    code, out, err = run("data", "show", path)
    assert (code, out) == (2, "")
    assert "problems" in err
    assert fits_on_a_screen(err)
    wrong = dict.fromkeys(sorted(WET_NAMES), "many")
    code, out, err = run("predict", "--wc", "-", stdin=json.dumps(document("WET", "flavio", wrong, 4.8)))
    assert (code, out) == (2, "")
    assert "1674 more" in err
    assert fits_on_a_screen(err)
