"""JSON Schemas of verbs: as many options as the command has, and what they let through is what the command reads."""

import json
import shlex

import jsonschema
import pytest
import typer

from command import run
from nutau.cli import analysis, app
from nutau.cli.run import VERBS
from nutau.cli.schema import verbs
from nutau.errors import InputError

KNOWN = verbs()
UNSAVED = ("help", "save_analysis")


def command(name):
    found = typer.main.get_command(app)
    for part in name.split():
        found = found.commands[part]
    return found


@pytest.mark.parametrize("name", KNOWN)
def test_a_schema_has_the_options_of_the_command(name):
    document = KNOWN[name].schema()
    jsonschema.Draft202012Validator.check_schema(document)
    options = [option for option in command(name).params if option.name not in UNSAVED]
    assert {field.argument for field in KNOWN[name].fields} == {option.name for option in options}
    assert len(document["properties"]) == len(options), "two options have one key"
    needed = {field.argument for field in KNOWN[name].fields if field.key in document["required"]}
    assert needed == {option.name for option in options if option.required}
    assert all(item["description"] for item in document["properties"].values())


@pytest.mark.parametrize("name", [name for name in KNOWN if name in VERBS])
def test_analysis_files_are_of_the_schema(name, tmp_path):
    fields = {field.key: field for field in KNOWN[name].fields}
    given = {field.argument: field.default for field in fields.values() if field.default is not ...}
    given |= {
        fields[key].argument: value
        for key, value in {"ranges": ["kappa=-5:5"], "draws": 30}.items()
        if key in fields
    }
    document = analysis.document(tmp_path / "a.yaml", name, VERBS[name], given)
    needed = {field.key: "x" for field in fields.values() if field.default is ...}
    own = {key: value for key, value in document.items() if key not in ("verb", "nutau")}
    jsonschema.validate(needed | json.loads(json.dumps(own, default=str)), KNOWN[name].schema())


def words(name, **given):
    jsonschema.validate(given, KNOWN[name].schema())
    return shlex.join(KNOWN[name].read(given))


def test_objects_are_command_lines():
    assert words("fit", parameters=["C1", "C3"], ranges={"C1": [-2, 2]}, all_data=True, draws=30) == (
        "fit --parameters=C1,C3 --range=C1=-2:2 --all-data --draws=30"
    )
    assert words("predict", observables=["R(D)", "R(K)"], model="U1", mass=2000, coupling={"x1LL_33": 1}) == (
        "predict --model=U1 --mass=2000 --coupling=x1LL_33=1 -- 'R(D)' 'R(K)'"
    )
    assert words("judge", models=["U1", "S1+S3"], latex=False) == "judge -- U1 S1+S3"
    assert words("list", kind="observables", pattern="Knunu") == "list -- observables Knunu"
    assert words("plot plane", out="a.png") == "plot plane --out=a.png"


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("fit", {"parameter": "C1"}, "Unknown option of fit 'parameter'. Did you mean 'parameters'"),
        ("fit", {"draws": "many"}, "fit: `draws`: a whole number is needed"),
        ("fit", {"all_data": 1}, "true or false is needed"),
        ("list", {"kind": "particles"}, "one of"),
        ("list", {}, "list: `kind` is needed"),
        ("fit", {"parameters": {"C1": {"a": 1}}}, "a name or a number is needed"),
    ],
)
def test_what_a_schema_refuses_is_refused_in_one_line(name, given, said):
    with pytest.raises(InputError) as refused:
        KNOWN[name].read(given)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_command_prints_them():
    code, printed, _ = run("schema", "plot", "plane")
    assert (code, json.loads(printed)) == (0, KNOWN["plot plane"].schema())
    code, printed, _ = run("schema")
    assert json.loads(printed)["verbs"].keys() == KNOWN.keys()
    assert run("schema", "plot", "plain")[::2] == (
        2,
        "Unknown verb 'plot plain'. Did you mean 'plot plane' or 'plot relations' or 'plot bins'?",
    )
