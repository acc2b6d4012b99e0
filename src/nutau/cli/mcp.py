"""``nutau mcp``: a server of the Model Context Protocol on standard input and output."""

from __future__ import annotations

import base64
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nutau import __version__
from nutau.cli.tools import check_arguments, message, provenance, tool, tools
from nutau.errors import InputError, MissingExtraError

ABOUT = (
    "nutau computes observables of b → sνν, b → sττ and b → cτν with theory errors, from Wilson coefficients (flavio's "
    "basis of the WET, Warsaw basis of the SMEFT) or from mediators, fits them to data and draws them. Masses are in "
    "GeV. The tools list, models and data_list have the names; nothing else is a name. Every answer has its "
    "provenance: quote the command line, so that a reader can repeat it, and the references."
)


@dataclass(frozen=True)
class Answer:
    """What a tool answers: an object, and a picture or none."""

    content: dict[str, Any]
    picture: bytes | None = None


def mcp() -> None:
    """Serve predictions, fits, figures and look-ups to assistants that speak the Model Context Protocol (MCP).

    It reads standard input and writes standard output until the first is closed; a client starts it.

    Example: nutau mcp
    """
    try:
        import anyio
        from mcp.server.lowlevel import Server
        from mcp.server.stdio import stdio_server
    except ImportError:
        raise MissingExtraError("mcp", "mcp") from None
    server = Server(
        "nutau",
        version=__version__,
        instructions=ABOUT,
        on_list_tools=_list_tools,
        on_call_tool=_call_tool,
    )

    async def serve() -> None:
        async with stdio_server() as (reading, writing):
            await server.run(reading, writing, server.create_initialization_options())

    anyio.run(serve)


async def _list_tools(context: Any, request: Any) -> Any:
    from mcp import types

    hints = types.ToolAnnotations(read_only_hint=True, destructive_hint=False, open_world_hint=False)
    offered = [
        types.Tool(
            name=one.name,
            title=f"nutau {one.verb.name}",
            description=one.verb.help,
            input_schema=one.schema(),
            annotations=hints,
        )
        for one in tools().values()
    ]
    return types.ListToolsResult(tools=offered)


async def _call_tool(context: Any, request: Any) -> Any:
    from mcp import types

    try:
        made = await answer(request.name, request.arguments)
    except InputError as error:
        return types.CallToolResult(content=[types.TextContent(type="text", text=str(error))], is_error=True)
    text = json.dumps(made.content, ensure_ascii=False)
    content: list[Any] = [types.TextContent(type="text", text=text)]
    if made.picture is not None:
        data = base64.b64encode(made.picture).decode()
        content.append(types.ImageContent(type="image", data=data, mime_type="image/png"))
    return types.CallToolResult(content=content, structured_content=made.content)


async def answer(name: str, arguments: Any) -> Answer:
    """The answer of a tool; :class:`InputError` with one message for what it does not know or cannot do."""
    import anyio

    chosen = tool(name)
    given = check_arguments(arguments)
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "figure.png"
        done: dict[str, tuple[int, str, str]] = {}

        async def run(what: str, words: Sequence[str]) -> None:
            done[what] = await _command(words)

        asked = {"result": chosen.run(given, picture), "references": chosen.references(given)}
        async with anyio.create_task_group() as group:
            for what, words in asked.items():
                if words is not None:
                    group.start_soon(run, what, words)
        code, printed, said = done["result"]
        if code != 0:
            raise InputError(message(said))
        cited_code, cited, _ = done.get("references", (0, "", ""))
        drawn = picture.read_bytes() if chosen.draws else None
    rests_on = provenance(chosen, given, cited if cited_code == 0 else "")
    notes = [line.removeprefix("nutau: ") for line in said.splitlines() if line.startswith("nutau: ")]
    result = {} if chosen.draws else {"result": json.loads(printed)}
    return Answer({**result, "notes": notes, "provenance": rests_on}, drawn)


async def _command(words: Sequence[str]) -> tuple[int, str, str]:
    """Exit code, standard output and error of ``nutau`` with these words; it ends when the request is cancelled."""
    import subprocess

    import anyio

    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "COLUMNS": "200", "NO_COLOR": "1"}
    done = await anyio.run_process(
        [sys.executable, "-m", "nutau", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        check=False,
        env=environment,
    )
    return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
