"""What `nutau cite` prints: exactly what a result rests on."""

import json
import re

import pytest
from typer.testing import CliRunner

import nutau
from nutau.cli import app
from nutau.common.yaml_files import entries, folder, read_yaml, references
from nutau.errors import InputError
from nutau.measurements import load_dataset
from nutau.models import MEDIATORS
from nutau.observables import ALIASES, catalogue
from nutau.report.citations import cite

METHODS = read_yaml(folder().joinpath("methods.yaml"))


def reasons(*args, **options):
    return {row.key: row.reasons for row in cite(*args, **options)}


def test_only_the_form_factors_that_are_used():
    assert "Bordone:2019vic" in reasons("R(D)", inputs="flavio-2.7")
    assert "Bordone:2019vic" not in reasons("BR(B+->Knunu)", inputs="flavio-2.7")
    kaon = reasons("BR(B+->Knunu)")
    assert set(nutau.load_inputs().form_factor("B->K").sources) <= set(kaon)
    assert not any("B->K*" in text for texts in kaon.values() for text in texts)
    assert "Gubernari:2023puw" in reasons("Rnunu(K*)")
    assert "Bharucha:2015bzk" in reasons("Rnunu(K*)", inputs="flavio-2.7")


def test_only_the_parameters_that_are_read():
    leptonic = reasons("BR(Bs->tautau)")
    assert any("f_Bs" in texts for texts in leptonic.values())
    assert not any("Vus" in text and "f_K" in text for texts in leptonic.values() for text in texts)
    assert "DeltaGamma/Gamma_Bs" in leptonic["PDG:2026"]
    assert "DeltaGamma/Gamma_Bs" not in reasons("R(D)")["PDG:2026"]
    assert "Brod:2021hsj" in reasons("Rnunu(K)")  # X_t
    assert "Brod:2021hsj" not in reasons("Rtautau(K)")


def test_methods_follow_what_was_computed():
    """Charm loops count where there is a Standard Model amplitude, the τ background where it was asked for."""
    assert "Greub:2008cy" in reasons("Rtautau(K)")
    assert "Greub:2008cy" not in reasons("BR(B+->Kmutau)")
    assert "Kamenik:2009kc" in reasons("BR(B+->Knunu)", tree=True)
    assert "Kamenik:2009kc" not in reasons("BR(B+->Knunu)")
    assert "Aebischer:2018bkb" in reasons("R(D)", nutau.U1)
    assert "Aebischer:2018bkb" not in reasons(
        "R(D)", nutau.point(nutau.U1(2000.0, x1LL_33=1), running="none")
    )


def test_measurements():
    whole = reasons(data="2026")
    for entry in load_dataset("2026").measurements:
        assert f"measurement {entry.name}" in whole[entry.source]
    part = reasons("BR(B+->Knunu)", data="2026")
    measured = [key for key, texts in part.items() if any(text.startswith("measurement") for text in texts)]
    assert measured == ["web:HFLAV-rare-2025"]


def test_the_letter_needs_nothing_but_itself():
    assert set(reasons("R(D)", inputs="letter")) == {"nutau", "deGiorgi:lesson"}


@pytest.mark.parametrize("field", MEDIATORS, ids=lambda field: field.name)
def test_models(field):
    assert set(field.references) <= set(reasons(point=field))


def test_every_observable_can_be_cited():
    everything = cite([item.name for item in catalogue()])
    assert all(row.bibtex.startswith("@") and row.reasons for row in everything)
    for alias in ALIASES:
        assert len(cite(alias)) > 5


def test_methods_name_modules_and_parameters_that_exist():
    modules = {module.__name__.split(".")[-1] for item in catalogue() for module, _ in item.processes}
    assert modules == {name for method in METHODS["decays"] for name in method["modules"]}
    parameters = nutau.load_inputs("dispersive").parameters  # it holds those of default and its own
    for method in METHODS["decays"]:
        if "reads" in method:
            assert parameters.index(method["reads"]) >= 0
    kinds = {
        read_yaml(folder("form_factors").joinpath(f"{n}.yaml"))["parametrisation"]
        for n in entries("form_factors")
    }
    assert kinds <= set(METHODS["form_factors"])


def test_bibtex_is_complete_and_balanced():
    text = cite("R(D*)", nutau.VB, data="letter-2022").bibtex()
    keys = re.findall(r"(?m)^@\w+\{([^,\s]+),", text)
    assert len(keys) == len(set(keys)) > 10
    assert text.count("{") == text.count("}")
    assert nutau.__version__ in text


def test_command_line():
    run = CliRunner().invoke(app, ["cite", "R(D)", "--model", "U1", "--json"])
    document = json.loads(run.stdout)
    assert document["schema"] == "nutau/citations/1"
    assert {row["key"] for row in document["citations"]} - {"nutau"} <= set(references())
    assert (
        CliRunner().invoke(app, ["cite", "R(D)"]).stdout.startswith("% nutau: the program\n@software{nutau")
    )


def keys(*arguments):
    run = CliRunner().invoke(app, [*arguments, "--cite", "--json"], catch_exceptions=False)
    assert run.exit_code == 0, run.output
    return {row["key"]: row["reasons"] for row in json.loads(run.stdout)["citations"]}


def test_predict_and_fit_say_what_they_rest_on(tmp_path):
    assert "Aebischer:2018bkb" in keys(
        "predict", "R(D)", "--model", "U1", "--mass", "2000", "--coupling", "x1LL_33=1"
    )
    assert "Aebischer:2018bkb" not in keys("predict", "R(D)", "--model", "U1", "--delta", "0.07")
    assert "Jenkins:2017jig" not in keys("predict", "R(D)", "--set", "CVL_bctaunutau=0.1")
    (tmp_path / "wc.json").write_text(json.dumps(nutau.S3(2000.0, y3LL={"33": 1.0}).smeft().to_wcxf()))
    assert "Jenkins:2017jig" in keys("predict", "R(D)", "--wc", str(tmp_path / "wc.json"))
    weak = keys("fit", "--parameters", "CVL_bctaunutau", "--data", "2026")
    assert "web:HFLAV-CKM2025" in weak
    assert "web:HFLAV-rare-2025" not in weak  # B -> K nu nu does not depend on it
    assert "Jenkins:2017jig" not in weak
    assert "web:HFLAV-rare-2025" in keys("fit", "--data", "2026-core")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Nothing to cite"),
        (["R(DD)"], "Unknown observable 'R\\(DD\\)'"),
        (["R(D)", "--inputs", "flavour"], "Unknown input set"),
        (["--data", "2027"], "Unknown data set"),
        (["--model", "U9"], "Unknown"),
        (["--model", "U1", "--running", "some"], "is neither full, nor none"),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(InputError, match=message):
        CliRunner().invoke(app, ["cite", *arguments], catch_exceptions=False)
