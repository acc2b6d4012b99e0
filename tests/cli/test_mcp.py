"""The server for assistants: by a client of the protocol's own, and its tools without any."""

import base64
import importlib.util
import json
import os
import sys

import jsonschema
import pytest

import nutau
from command import run
from nutau.cli.tools import HIDDEN, message, provenance, tool, tools
from nutau.errors import InputError

U1 = {
    "observables": ["R(D)"],
    "model": "U1",
    "mass": 2000,
    "coupling": {"x1LL_33": 1, "x1LL_23": 0.2},
    "draws": 20,
}


def test_tools_take_no_file_to_write_and_no_look_of_tables(tmp_path):
    for one in tools().values():
        jsonschema.Draft202012Validator.check_schema(one.schema())
        assert not {*HIDDEN, "save_analysis"} & one.schema()["properties"].keys()
        assert not one.name.strip("abcdefghijklmnopqrstuvwxyz_")
    with pytest.raises(InputError, match="Unknown option of predict 'out'"):
        tool("predict").run({**U1, "out": "/tmp/x.csv"}, tmp_path / "a.png")
    with pytest.raises(InputError, match="Unknown tool 'predicts'. Did you mean 'predict'"):
        tool("predicts")


def test_what_an_answer_rests_on_is_what_the_command_cites(tmp_path):
    chosen = tool("predict")
    code, cited, _ = run(*chosen.references(U1))
    assert code == 0
    made = provenance(chosen, U1, cited)
    assert made["nutau"] == nutau.__version__
    assert made["inputs"] == "default"
    assert {entry["key"] for entry in made["references"]} > {"nutau", "MILC:2015uhg"}
    assert made["command"].startswith("nutau predict --model=U1")
    assert chosen.run(U1, tmp_path / "a.png")[-3:] == ["--json", "--", "R(D)"]
    assert tool("judge").references({"models": ["U1"]}) == [
        "cite",
        "--json",
        "--inputs=default",
        "--data=2026-models",
    ]
    assert tool("list").references({"kind": "observables"}) is None


def test_the_last_message_of_a_command_is_the_one():
    assert message("nutau: a note\n\nnutau: Unknown model 'U7'.\n") == "Unknown model 'U7'."
    assert message("") == "nutau ended without a word."


@pytest.mark.skipif(importlib.util.find_spec("mcp") is not None, reason="the package mcp is there")
def test_without_the_package_the_extra_is_named():
    code, _, said = run("mcp")
    assert code == 2
    assert "nutau[mcp]" in said


def test_a_client_predicts_draws_and_is_refused():
    pytest.importorskip("mcp")
    import anyio
    from mcp.client import Client
    from mcp.client.stdio import StdioServerParameters

    server = StdioServerParameters(command=sys.executable, args=["-m", "nutau", "mcp"], env=dict(os.environ))

    async def talk():
        found = {}
        async with Client(server, read_timeout_seconds=120) as client:
            found["tools"] = (await client.list_tools()).tools
            found["predict"] = await client.call_tool("predict", U1)
            plane = {"model": ["U1"], "kappa": [1], "data": "letter-2022", "draws": 20}
            found["plot"] = await client.call_tool("plot_plane", plane)
            for name, given in {
                "predict": {"observables": ["R(Dstar)"]},
                "fit": {"colour": "red"},
                "guess": {},
            }.items():
                found[f"refused {name}"] = await client.call_tool(name, given)
        return found

    found = anyio.run(talk)
    assert {one.name for one in found["tools"]} == tools().keys()
    schemas = {one.name: one.input_schema for one in found["tools"]}
    assert schemas["predict"] == tool("predict").schema()
    assert not found["predict"].is_error, found["predict"].content
    content = json.loads(found["predict"].content[0].text)
    assert content == found["predict"].structured_content
    (row,) = content["result"]["predictions"]
    point = nutau.U1(2000.0, x1LL={"33": 1.0, "23": 0.2})
    (wanted,) = nutau.predict("R(D)", point, draws=20).rows
    assert row["value"] == pytest.approx(wanted.value, rel=1e-12)
    assert content["provenance"]["references"]
    assert not found["plot"].is_error, found["plot"].content
    assert base64.b64decode(found["plot"].content[1].data).startswith(b"\x89PNG")
    for name in ("predict", "fit", "guess"):
        refused = found[f"refused {name}"]
        assert refused.is_error
        assert "Unknown" in refused.content[0].text
        assert "\n" not in refused.content[0].text
