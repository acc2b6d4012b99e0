"""Files out and back: equal numbers, valid documents, clear refusals."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from nutau.cli import app
from nutau.common.yaml_files import validate
from nutau.eft.algebra import Quadratic
from nutau.eft.wilson import Basis, Wilson
from nutau.errors import InputError
from nutau.inputs import load_inputs
from nutau.observables.formula import Forms, Formula
from nutau.observables.polynomials import polynomial
from nutau.observables.predict import predict
from nutau.observables.predictions import formulas
from nutau.report.export import for_jelli, read_popxf, to_json, to_latex, to_popxf, write_table, write_text
from nutau.report.export.formulas import popxf_documents, write_formulas
from nutau.report.export.latex import shorthand, variable_latex
from nutau.report.export.popxf_keys import key, parse, text
from nutau.report.export.popxf_metadata import sectors
from nutau.report.export.popxf_schema import PopxfDocument

FORMATS = Path(__file__).parent.parent.parent.parent / "shared" / "formats"
BASIS = Basis("WET", "flavio", ("CL_bsnutaunutau", "CR_bsnutaunutau"))
TAUS = ("CVL_bctaunutau", "CSL_bctaunutau", "CT_bctaunutau")


def random_formula(name, seed, *, below=False, readout="ratio", relative=False, draws=6):
    rng = np.random.default_rng(seed)

    def form(batch):
        amplitudes = rng.normal(size=(*batch, 2, 3)) + 1j * rng.normal(size=(*batch, 2, 3))
        amplitudes[..., 0] += 4.0
        return Quadratic.from_amplitudes(amplitudes, np.ones((*batch, 2)), BASIS)

    def forms(batch):
        second = form(batch) if readout == "geometric" else None
        return Forms(form(batch), form(batch) if below else None, readout, second)

    return Formula(name, forms(()), forms((draws,)) if draws else None, relative)


def some_points(count, size, seed=3):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(count, size)) + 1j * rng.normal(size=(count, size))


@pytest.fixture(scope="module")
def rates():
    """Two rates at m_W with draws, as documents; monomials cut at the default."""
    names = ("Rtautau(K)", "BR(B0->K*nunu)")
    return popxf_documents(names, scale=80.4, draws=40)


@pytest.fixture(scope="module")
def ratios():
    return popxf_documents(("R(D)", "BR(B+->Knunu)"), only=(*TAUS, "CL_bsnutaunutau"), draws=40)


@pytest.fixture(scope="module")
def functions():
    made = [
        random_formula("R", 1, below=True),
        random_formula("S", 2, readout="sqrt"),
        random_formula("B", 3),
    ]
    exported = to_popxf(made, scale=4.8, inputs=load_inputs("default"), correlation_file="c.json")
    return exported.document, exported.correlations


def test_keys_are_sorted_and_carry_their_parts():
    assert text(key(())) == "('', '', 'RR')"
    assert text(key(("Im C9_bstautau",))) == "('', 'C9_bstautau', 'RI')"
    assert text(key(("Re C9_bstautau", "Im C10_bstautau"))) == "('C10_bstautau', 'C9_bstautau', 'IR')"
    assert parse("( 'a' , 'b' )") == ("a", "b", "RR")
    assert parse("('', 'a', 'RI',)") == ("", "a", "RI")
    assert parse("('a', 'I')", degree=1) == ("", "a", "RI")


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("('b', 'a')", "not in alphabetical order"),
        ("('a')", "no monomial key"),
        ("('', 'a', 'IR')", "imaginary part of 1"),
        ("C9", "no monomial key"),
    ],
)
def test_bad_keys(bad, message):
    with pytest.raises(ValueError, match=message):
        parse(bad)


@pytest.mark.parametrize("document", ["rates", "ratios", "functions"])
def test_documents_are_valid_by_our_own_model(document, request):
    made, correlations = request.getfixturevalue(document)
    again = json.loads(to_json(made))
    assert again == made
    validate(PopxfDocument, again, "document")
    read_popxf(again, json.loads(to_json(correlations)))


@pytest.mark.skipif(not FORMATS.is_dir(), reason="the published schemas are not beside this checkout")
@pytest.mark.parametrize("document", ["rates", "ratios", "functions"])
def test_documents_are_valid_by_the_published_schemas(document, request):
    import jsonschema

    made, correlations = request.getfixturevalue(document)
    for content, name in ((made, "popxf-1.0.json"), (correlations, "popxf-corr-1.0.json")):
        schema = json.loads((FORMATS / name).read_text())
        jsonschema.Draft7Validator(schema).validate(json.loads(to_json(content)))


@pytest.mark.skipif(not FORMATS.is_dir(), reason="the published schemas are not beside this checkout")
@pytest.mark.parametrize(("document", "mode"), [("rates", "SP"), ("ratios", "FOP"), ("functions", "FOP")])
def test_the_validator_of_the_format_accepts_documents_and_no_broken_one(
    document, mode, request, monkeypatch
):
    import jsonschema

    known = pytest.importorskip("popxf.validator.schemas")
    from popxf.validator import POPxfValidationError, POPxfValidator

    name = "popxf-1.0.json"  # its wheel 0.0.1 has no schemas in it
    monkeypatch.setitem(known.schemas, name, json.loads((FORMATS / name).read_text()))
    monkeypatch.setitem(known.validators, name, jsonschema.Draft7Validator)
    made = json.loads(to_json(request.getfixturevalue(document)[0]))
    assert POPxfValidator(made).mode == ("FOP" if "polynomial_names" in made["metadata"] else "SP")
    with pytest.raises(POPxfValidationError):
        POPxfValidator(made | {"metadata": made["metadata"] | {"parameters": ["none"]}})


def test_rates_are_single_polynomials_and_ratios_are_expressions(rates, ratios):
    assert set(rates[0]["data"]) == {"observable_central", "observable_uncertainties"}
    meta = ratios[0]["metadata"]
    # with tau coefficients only, the denominator of R(D) is a constant and could be folded: it has no monomials
    assert "polynomial_names" not in meta
    full = to_popxf([random_formula("R", 1, below=True), random_formula("B", 2)], scale=4.8).document
    assert full["metadata"]["polynomial_names"] == ["R numerator", "R denominator", "B numerator"]
    assert [e["expression"] for e in full["metadata"]["observable_expressions"]] == ["num / den", "num"]
    assert set(full["data"]) == {"polynomial_central", "observable_central", "observable_uncertainties"}


@pytest.mark.parametrize(
    ("readout", "below"),
    [(kind, below) for kind in ("ratio", "sqrt", "angle") for below in (False, True)] + [("geometric", True)],
)
def test_formulas_come_back_with_equal_values(readout, below):
    made = [random_formula("X", 1, below=below, readout=readout), random_formula("Y", 2, relative=True)]
    exported = to_popxf(made, scale=4.8, smallest=0.0)
    back = read_popxf(exported.document, exported.correlations)
    assert back.scale == 4.8
    for before, after in zip(made, back.formulas, strict=True):
        for c in some_points(4, 2):
            assert float(after(c)) == pytest.approx(float(before(c)), rel=1e-12)


def test_uncertainties_and_correlations_come_back():
    made = [random_formula("X", 1), random_formula("Y", 2, relative=True)]
    exported = to_popxf(made, scale=4.8, smallest=0.0)
    back = read_popxf(exported.document, exported.correlations)
    covariance = back.covariance()
    names = BASIS.coefficients
    for c in some_points(3, 2):
        value = {name: c[names.index(name)] for name in names}

        def part(name, flag, value=value):
            z = value.get(name, 1.0)
            return np.imag(z) if flag == "I" else np.real(z)

        m = np.array([part(a, f[0]) * part(b, f[1]) for a, b, f in back.monomials])
        matrix = np.einsum("i,aibj,j->ab", m, covariance, m)
        drawn = np.cov(np.stack([formula.sampled(c) for formula in made]), ddof=1)
        spread = np.einsum("i,aibj,j->ab", abs(m), abs(covariance), abs(m)).max()
        assert np.allclose(matrix, drawn, atol=1e-5 * spread)  # correlations are written to six decimals


def test_draws_from_a_file_have_its_covariance():
    made = [random_formula("X", 1), random_formula("Y", 2)]
    exported = to_popxf(made, scale=4.8, smallest=0.0)
    back = read_popxf(exported.document, exported.correlations)
    c = some_points(1, 2)[0]
    drawn = np.cov(np.stack([formula.sampled(c) for formula in back.with_draws(20000)]), ddof=1)
    wanted = np.cov(np.stack([formula.sampled(c) for formula in made]), ddof=1)
    assert np.allclose(drawn, wanted, atol=0.05 * np.max(np.abs(wanted)))


def test_what_is_left_out_is_a_millionth(rates):
    """At m_W running mixes many coefficients in; traces below 1e-6 of the largest coefficient are not written."""
    back = read_popxf(*rates)
    made = formulas(["Rtautau(K)", "BR(B0->K*nunu)"], draws=0, scale=80.4)
    for c in some_points(3, len(back.basis)):
        for before, after in zip(made, back.formulas, strict=True):
            place = {name: c[i] for i, name in enumerate(back.basis.coefficients)}
            own = np.array([place.get(name, 0.0) for name in before.central.basis.coefficients])
            assert float(after(c)) == pytest.approx(float(before(own)), rel=1e-5)


def test_provenance_is_complete(rates):
    meta = rates[0]["metadata"]
    assert meta["observable_names"] == ["BR(B+->Ktautau)/SM", "BR(B0->K*nunu)"]  # names, not aliases
    assert meta["basis"]["wcxf"] == {"eft": "WET", "basis": "flavio", "sectors": ["sb", "sbnunu"]}
    step = meta["reproducibility"][0]
    assert step["tool"]["settings"]["inputs"] == "default"
    inputs = load_inputs("default")
    written = " ".join(step["inputs"])
    assert all(name in written for name in inputs.parameters.names)
    assert set(step["sources"]) == set(inputs.parameters.names)
    cited = {key for source in step["sources"].values() for key in source.split(", ")}
    assert cited == set(step["references"])


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["C9_bstautau", "C7_bs"], ["sb"]),
        (["CL_bsnutaunutau"], ["sbnunu"]),
        (["CVL_bctaunue", "CVL_butaunutau"], ["cbtaunu", "ubtaunu"]),
        (["C9_bsmutau"], ["sbtaumu"]),
        (["C9_bstaue", "C9_bsetau"], ["sbetau", "sbtaue"]),
        (["C10_bdtautau", "C9_bdmutau", "CS_bdtaue"], ["db", "dbetau", "dbtaumu"]),
        (["CVLL_bsbs"], ["sbsb"]),
        (["CVLL_mumutaumu", "CVLR_taumumumu"], ["mutau"]),
        (["CVLL_nutaunumumutau", "CVLL_nuenuetaumu"], ["nunumutau"]),
        (["CVLL_numunueetau"], ["nunutaue"]),
    ],
)
def test_sectors_are_those_of_wcxf(names, expected):
    """WCxf's flavio basis, as wilson 2.5.2 lists it."""
    assert sectors(names) == expected


def test_coefficients_of_tau_decays_go_out_and_come_back(tmp_path):
    names = ("CVLL_mumutaumu", "CVLR_taumumumu")
    document, _ = popxf_documents(["BR(tau->mumumu)"], only=names, draws=0)
    assert document["metadata"]["parameters"] == sorted(names)
    path = tmp_path / "tau.json"
    path.write_text(to_json(document))
    formula = read_popxf(path).formulas[0]
    point = {"CVLL_mumutaumu": 1e-9 + 2e-9j}
    at = Wilson.from_mapping(formula.central.basis, 4.8, point)
    expected = predict("BR(tau->mumumu)", point, draws=0)[0].value
    assert float(formula(at)) == pytest.approx(expected, rel=1e-12)


def test_z_couplings_have_no_place_in_popxf():
    with pytest.raises(InputError, match="WCxf has no names for Z couplings"):
        popxf_documents(["Rtaue(Z->ll)"], draws=0)


def test_latex_says_what_it_holds_for():
    text = write_formulas(["<FL>(B0->K*tautau)", "Rtautau(K)"], scale=80.4, draws=0, q2=(15.0, 19.0)).latex()
    head = [line for line in text.splitlines() if line.startswith("% ")][:3]
    assert head[0] == "% Coefficients at 80.4 GeV, inputs default."
    assert "m = C9_bstautau - C10_bstautau" in head[1]
    assert head[2] == "% Expanded to second order around the SM: <FL>(B0->K*tautau) [15, 19]."


def test_only_what_is_no_polynomial_is_expanded():
    """Other refusals are refusals, also where observables are expanded."""
    with pytest.raises(InputError, match="depends on none of"):
        write_formulas(["Rtaul(B->D*lnu)"], only=("C9_bstautau",), draws=0)
    zero = random_formula("Z", 3)
    form = zero.central.numerator
    nothing = np.array(form.matrix)
    nothing[0, :] = nothing[:, 0] = 0.0
    with pytest.raises(InputError, match="Z is zero in the SM, so it has no ratio to the SM"):
        Formula("Z", Forms(Quadratic(nothing, form.basis)), relative=True)


def test_jelli_gets_its_older_fields():
    full = to_popxf([random_formula("R", 1, below=True)], scale=4.8).document
    older = for_jelli(full)
    assert "terms" in older["metadata"]["observable_expressions"][0]
    assert all(name.startswith("(") for name in older["data"]["observable_uncertainties"])
    assert "variables" in full["metadata"]["observable_expressions"][0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.pop("$schema"), "schema"),
        (lambda d: d["metadata"].pop("scale"), "metadata.scale: is missing"),
        (lambda d: d["metadata"].update(scale=-1.0), "must be positive"),
        (lambda d: d["metadata"].update(scale=[4.8]), "scale has 1 entries where 2 are needed"),
        (lambda d: d["metadata"].update(scale=[4.8, 0.0]), "must be positive"),
        (lambda d: d.update({"$schema": "https://www.schemastore.org/popxf-2.0.json"}), "popxf-1.0.json"),
        (lambda d: d["metadata"].update(parameters=["CL_bsnutaunutau"]), "uses CR_bsnutaunutau"),
        (lambda d: d["data"]["observable_central"].update({"('b', 'a')": [1.0, 1.0]}), "alphabetical"),
        (lambda d: d["data"]["observable_central"].update({"('', '')": [1.0, 1.0]}), "stands twice"),
        (lambda d: d["data"]["observable_central"].update({"('', '', 'RR')": [1.0]}), "1 numbers where 2"),
        (lambda d: d["data"]["observable_central"].update({"('', '', 'RR')": [1, "x"]}), "valid number"),
        (lambda d: d["data"]["observable_uncertainties"].update({"('', '')": [1.0, 1.0]}), "not named like"),
        (lambda d: d["metadata"].update(polynomial_names=["p"]), "go together"),
        (lambda d: d.update(extra=1), "is not taken here"),
    ],
)
def test_bad_documents_are_refused_with_the_place(change, message):
    document = to_popxf([random_formula("X", 1), random_formula("Y", 2)], scale=4.8).document
    document = json.loads(to_json(document))
    change(document)
    with pytest.raises(InputError, match=message):
        read_popxf(document)


def test_unknown_expressions_are_refused():
    document = json.loads(to_json(to_popxf([random_formula("X", 1, below=True)], scale=4.8).document))
    document["metadata"]["observable_expressions"][0]["expression"] = "num - den"
    with pytest.raises(InputError, match=r"expression of X is 'num - den'; nutau reads num, num / den"):
        read_popxf(document)


def test_bad_correlations_are_refused():
    exported = to_popxf([random_formula("X", 1)], scale=4.8)
    with pytest.raises(InputError, match="popxf-corr-1"):
        read_popxf(exported.document, {"block": {}})
    bad = {"$schema": exported.correlations["$schema"], "b": {"row_names": ["X"], "col_names": ["X"]}}
    with pytest.raises(InputError, match="correlations: is missing"):
        read_popxf(exported.document, bad)
    bad["b"]["correlations"] = {"total": [[2.0]]}
    with pytest.raises(InputError, match="beyond -1 and 1"):
        read_popxf(exported.document, bad)
    bad["b"]["correlations"] = {"total": [[1.0, 0.0]]}
    with pytest.raises(InputError, match="1 by 1 is needed"):
        read_popxf(exported.document, bad)


def test_bad_requests_are_refused():
    with pytest.raises(InputError, match="at least one observable"):
        to_popxf([], scale=4.8)
    with pytest.raises(InputError, match="each observable once"):
        to_popxf([random_formula("X", 1)] * 2, scale=4.8)
    with pytest.raises(InputError, match="X depends on none of C9_bstautau"):
        to_popxf([random_formula("X", 1)], scale=4.8, only=["C9_bstautau"])
    with pytest.raises(InputError, match="no file|Cannot read"):
        read_popxf("nowhere.json")


def test_latex_writes_errors_in_brackets():
    assert shorthand(0.24106, 0.00338) == "0.2411(34)"
    assert shorthand(0.001481, 0.00042) == r"1.48(42)\times 10^{-3}"
    assert shorthand(12.3, 1.2) == "12.3(1.2)"
    assert shorthand(1.0, 0.0) == "1"
    assert shorthand(2.5e-7, 0.0) == r"2.5\times 10^{-7}"
    assert variable_latex("xtau") == r"x_\tau"
    assert variable_latex("Im C9p_bstautau") == r"\mathrm{Im}\,C_{9'}^{b s \tau \tau}"
    source = to_latex([polynomial(random_formula("X_1", 1, relative=True))], {"X_1": "X"})
    assert source.startswith("\\begin{align}\nX &= 1 ")
    assert source.count("{") == source.count("}")
    assert r"\begin{tabular}" in source


def test_tables_come_back_with_equal_numbers(tmp_path):
    columns = {"q2": np.linspace(0, 20, 5), "value": np.pi * np.arange(5) * 1e-9}
    path = write_table(tmp_path / "t.csv", columns)
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert [float(row["value"]) for row in rows] == columns["value"].tolist()
    assert json.loads(write_table(tmp_path / "t.json", columns).read_text())["q2"] == columns["q2"].tolist()
    assert sorted(item.name for item in tmp_path.iterdir()) == [
        "t.csv",
        "t.json",
    ]  # no temporary file is left


@pytest.mark.parametrize(
    ("name", "columns", "message"),
    [
        ("t.txt", {"a": [1.0]}, "ending in .csv or .json"),
        ("t.csv", {"a": [1.0], "b": [1.0, 2.0]}, "need one length"),
        ("t.csv", {"a": [np.nan]}, "'a' has NaN"),
        ("no/t.csv", {"a": [1.0]}, "there is no folder"),
    ],
)
def test_bad_tables_are_refused(tmp_path, name, columns, message):
    with pytest.raises(InputError, match=message):
        write_table(tmp_path / name, columns)
    assert not list(tmp_path.iterdir())


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = write_text(tmp_path / "a.json", "old")
    with pytest.raises(InputError, match="NaN or infinity"):
        write_text(path, to_json({"x": float("nan")}))
    assert path.read_text() == "old"


def test_the_verb_prints_json_and_nothing_else():
    result = CliRunner().invoke(app, ["formulas", "Rtautau(K)", "--scale", "80.4", "--draws", "20", "--json"])
    document = json.loads(result.stdout)
    assert document["schema"] == "nutau/formulas/1"
    terms = {" ".join(t["monomial"]): t for t in document["formulas"][0]["terms"]}
    assert terms[""] == {"monomial": [], "value": 1.0, "uncertainty": 0.0}
    assert terms["m"]["uncertainty"] > 0
    assert len(document["correlation"]) == len(terms)


@pytest.mark.parametrize("form", ["table", "latex", "json", "popxf"])
def test_the_verb_writes_files(tmp_path, form):
    out = tmp_path / "f.out"
    arguments = ["formulas", "Rnunu(K)", "--draws", "20", "--format", form, "--out", str(out)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert out.stat().st_size > 0
    if form == "popxf":
        back = read_popxf(out, tmp_path / "f.corr.json")
        assert back.observables == ("BR(B+->Knunu)/SM",)


def test_the_letters_own_formulas():
    written = write_formulas(inputs="letter")
    assert written.scale == 80.4
    assert written.polynomials[0]["m"] == (pytest.approx(0.242), 0.0)
    with pytest.raises(InputError, match="The letter has no formula for 'R\\(D\\)'"):
        write_formulas(["R(D)"], inputs="letter")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"variables": "right-handed"}, "Unknown choice of variables 'right-handed'"),
        ({"observables": ["dBR/dq2(B+->Knunu)"]}, "function of q², not one polynomial"),
        ({"observables": ["BR(Bs->taumu)"]}, "none of the letter's variables"),
        ({"scale": 1.0}, "The scale 1 GeV is outside"),
    ],
)
def test_bad_formulas_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        write_formulas(**{"draws": 0, **options})


def test_what_is_no_polynomial_is_expanded_and_said():
    written = write_formulas(["<FL>(B0->K*nunu)"], variables="real", draws=0, q2="all")
    assert written.expanded == ("<FL>(B0->K*nunu) [0, 19.2209]",)
