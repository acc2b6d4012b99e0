"""The code of a page, run: every block in order, in one folder, and its output put below it.

A Python page is one program. A ``console`` block is lines ``$ command``: commands of nutau run here, in this process,
those of other programs are checked (:func:`check_other`). A ``yaml`` block is a file that the reader writes, named by
its first line, ``# NAME.yaml``, or ``mine.yaml`` if it extends something. No other language of code is known, so that
nothing escapes: what is neither here nor in :data:`SHOWN` is refused.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import multiprocessing
import os
import pickle
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
import webbrowser
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).parent.parent
EXECUTED = ("python", "console", "yaml")
ELSEWHERE = ("data fetch", "mcp")
"""Commands whose arguments are checked and that are not run: they need the network, or a client."""
SHOWN = {"text": "a diagram, or what a program printed: not for typing"}
"""Languages of fences that are not executed, with the reason."""
DIRECTIVES = {
    "{admonition}": "Sphinx frames it",
    "{bibliography}": "Sphinx lists the references",
    "{figure}": "Sphinx includes a picture",
    "{include}": "Sphinx includes a page",
    "{toctree}": "Sphinx lists the pages",
}
"""Fences that are instructions to Sphinx, which the build of the site follows."""
LONG = (
    *(
        "fit",
        "compare-models",
        "judge",
        "forecast",
        "next",
        "plot next",
        "run",
        "today",
        "plot contour",
        "plot pulls",
        "plot corner",
        "plot reach",
        "plot expected",
        "plot c9u",
        "plot heights",
    ),
    *("plot impacts", "plot leave-one-out"),
    *("invisible", "plot invisible"),
)
"""Commands of a minute or so, which the build of the site runs; the tests read their arguments only."""
FILES = {
    "measurements.yml": "Example 2026:\n  experiment: Example\n  values:\n    BR(B+->Ktautau): 1.0(5)e-3\n",
    "analysis.yaml": "parameters: [delta, kappa]\n",
    "events.csv": "q2\n5\n8\n10\n",
}
"""Files that a reader has, which examples read: a measurement in flavio's format, an analysis, events."""
FENCE = re.compile(
    r"^(?P<indent>[ ]*)(?P<fence>`{3,}|~{3,}|:{3,})[ ]*(?P<language>\S*)[^\n]*\n(?P<body>.*?)^[ ]*(?P=fence)$",
    re.M | re.S,
)
READ = (".yaml", ".yml", ".json", ".npz")
"""Ends of the files that commands read."""
LONGEST = 40


def blocks(text: str) -> Iterator[re.Match[str]]:
    """The fences of code of a page; raises for one of a language that would escape execution."""
    for block in FENCE.finditer(text):
        language = block["language"]
        if language in EXECUTED and not block["indent"]:
            yield block
        elif language not in SHOWN and language not in DIRECTIVES:
            known = ", ".join((*EXECUTED, *SHOWN, *DIRECTIVES))
            raise ValueError(
                f"a block of {language or 'no language'} that nothing runs: at the margin, one of {known}"
            )


def rendered(text: str, pictures: Path | None = None, quick: bool = False) -> str:
    """The page with the output of each block in a block of its own below it; ``pictures`` gets those that it shows.

    ``quick``: see :func:`run_line`; pictures of commands that were not run are blank.
    """
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        write_files()
        outputs = list(run(text, quick))
        for name in shown_pictures(text) if pictures is not None else ():
            if quick and not Path(name).exists():
                blank(Path(name))
            shutil.copy(name, pictures / name)
    parts, end = [], 0
    for block, output in zip(blocks(text), outputs, strict=True):
        parts += [text[end : block.end()], _shown(output)]
        end = block.end()
    return "".join([*parts, text[end:]])


def shown_pictures(text: str) -> list[str]:
    """The files of the pictures that a page shows and its own commands write."""
    return re.findall(r"\(\.\./generated/images/([\w-]+\.png)\)", text)


def blank(path: Path) -> None:
    """A picture that says why it is not there."""
    from matplotlib.figure import Figure

    picture = Figure((4.0, 1.0))
    picture.text(0.5, 0.5, "drawn where the long commands run", ha="center", va="center")
    picture.savefig(path)


def write_files() -> None:
    """Put :data:`FILES` into the current folder."""
    for name, content in FILES.items():
        Path(name).write_text(content, encoding="utf-8")


def run(text: str, quick: bool = False) -> Iterator[str]:
    """Run the blocks of a page in the current folder; what each printed. ``quick``: see :func:`run_line`."""
    names: dict[str, Any] = {}
    for block in blocks(text):
        language, body = block["language"], block["body"]
        if language == "python":
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(compile(body, "page", "exec"), names)
            yield printed.getvalue()
        elif language == "console":
            yield "".join(run_line(line, quick) for line in commands(body))
        else:
            named = re.match(r"# (\w+\.yaml)\n", body)
            if not named and "extends:" not in body:
                raise ValueError(f"a yaml block is a file: begin it with '# NAME.yaml': {body[:60]!r}")
            Path(named.group(1) if named else "mine.yaml").write_text(body)
            yield ""


def commands(body: str) -> Iterator[str]:
    """The commands of a ``console`` block; every line is one."""
    for line in body.splitlines():
        if not line.startswith("$ "):
            raise ValueError(f"a line of a console block begins with '$ ': {line}")
        yield line.removeprefix("$ ")


def run_line(line: str, quick: bool = False) -> str:
    """One shell line of ``nutau`` commands, with pipes and ``> file``, run in this process; raises if one fails.

    No browser is opened. A line of another program is checked, not run; ``quick``: so is one of :data:`LONG`, and one
    that starts workers.
    """
    given = shown = ""
    for command in line.split(" | "):
        words = shlex.split(command, comments=True)
        target = words[words.index(">") + 1] if ">" in words else None
        words = words[: words.index(">")] if ">" in words else words
        if words[0] != "nutau":
            check_other(words)
            continue
        if " ".join(words[1:]).startswith(ELSEWHERE) or (quick and takes_long(words)):
            read_arguments(words[1:])
            continue
        if not given and alone(words):
            given, shown, written = once(tuple(words))
            for name, content in written.items():
                Path(name).parent.mkdir(parents=True, exist_ok=True)
                Path(name).write_bytes(content)
        else:
            given, shown = invoked(words, given)
        if target:
            Path(target).write_text(given)
            shown = ""
    return shown


def takes_long(words: Sequence[str]) -> bool:
    """Whether a command takes a minute or so, or workers."""
    return " ".join(words[1:]).startswith(LONG) or "--cluster" in words


def invoked(words: Sequence[str], given: str = "") -> tuple[str, str]:
    """Standard output and all output of a command of nutau, run in this process; raises if it fails."""
    from typer.testing import CliRunner

    from nutau.cli import app, progress

    width = {"COLUMNS": "96", "TERM": "dumb", **({} if "NO_COLOR" in os.environ else {"NO_COLOR": "1"})}
    quiet = mock.patch.object(progress, "RARELY", 1e6)  # the time that it takes here is nothing to read
    with mock.patch.object(webbrowser, "open"), quiet:
        result = CliRunner().invoke(app, list(words[1:]), input=given, env=width, catch_exceptions=False)
    if result.exit_code:
        raise RuntimeError(f"{shlex.join(words)}\nexit code {result.exit_code}: {result.output}")
    return result.stdout, result.output


Made = tuple[str, str, dict[str, bytes]]
"""Standard output and all output of a command, and the files that it wrote."""
KEPT = ROOT / "docs" / "_build" / "outputs"
"""What long commands gave, by their words and the code that ran: a build that stopped goes on where it was."""
AHEAD: dict[tuple[str, ...], Made] = {}
"""What :func:`run_ahead` has made."""


def alone(words: Sequence[str]) -> bool:
    """Whether a command is long or draws, and reads no file, so that help, pages and pictures may share its run."""
    return " ".join(words[1:]).startswith((*LONG, "plot ")) and not any(word.endswith(READ) for word in words)


def once(words: tuple[str, ...]) -> Made:
    """A long command that reads no file, run once for help and pages."""
    if words not in AHEAD:
        AHEAD[words] = _made(words)
    return AHEAD[words]


def run_ahead(texts: Iterable[str], processes: int, quick: bool = False) -> None:
    """Run the long commands of all pages that read no file, several at a time, for :func:`once`.

    Those with ``--cluster`` start processes of their own, and wait. ``quick``: pictures alone, see :func:`run_line`.
    """
    found: dict[tuple[str, ...], None] = {}
    for text in texts:
        for block in blocks(text):
            if block["language"] == "console":
                for line in commands(block["body"]):
                    words = tuple(shlex.split(line.split(" | ")[0], comments=True))
                    here = words[0] == "nutau" and not {">", "--cluster"} & set(words)
                    if here and alone(words) and not (quick and takes_long(words)):
                        found[words] = None
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), _one_thread) as pool:
        AHEAD.update(zip(found, pool.map(_kept, found), strict=True))


def _one_thread() -> None:
    os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")  # as many processes as processors


def _made(words: tuple[str, ...]) -> Made:
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        printed = invoked(words)
        return *printed, {path.name: path.read_bytes() for path in sorted(Path().iterdir()) if path.is_file()}


def _kept(words: tuple[str, ...]) -> Made:
    """What the same command of the same code gave in an earlier build, or gives now."""
    digest = hashlib.sha256("\0".join((_code(), *words)).encode()).hexdigest()
    place = KEPT / f"{digest}.pickle"
    if place.exists():
        found: Made = pickle.loads(place.read_bytes())
        return found
    began = time.monotonic()
    made = _made(words)
    print(f"{time.monotonic() - began:4.0f} s  {shlex.join(words)}", file=sys.stderr, flush=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    unfinished = place.with_suffix(f".{os.getpid()}")
    unfinished.write_bytes(pickle.dumps(made))
    unfinished.replace(place)
    return made


@cache
def _code() -> str:
    """A digest of the package and its data."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "src" / "nutau").rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def read_arguments(words: list[str]) -> None:
    """Read the arguments of a command of nutau as its call would, and do no more; raises for a wrong one."""
    from typer.main import get_command

    from nutau.cli import app

    command, rest = get_command(app), words
    while hasattr(command, "commands"):
        command, rest = command.commands[rest[0]], rest[1:]
    command.make_context(command.name, list(rest))


def check_other(words: list[str]) -> None:
    """What can be said of a command that would change the environment or needs other programs.

    The extras of ``pip install '.[...]'`` exist; ``python SCRIPT --option ...`` is a file here with such options; the
    targets of ``make`` exist. Anything else raises.
    """
    match words:
        case ["pip", "install", place] if found := re.fullmatch(r"\.(?:\[(.+)\])?", place):
            project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
            unknown = set(filter(None, (found[1] or "").split(","))) - set(project["optional-dependencies"])
        case ["python", script, *options]:
            asked = [sys.executable, str(ROOT / script), "--help"]
            usage = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
            unknown = {option for option in options if option.startswith("-") and option not in usage}
        case ["make", *targets]:
            rules = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M)
            unknown = {target for target in targets if "=" not in target} - set(rules)
        case _:
            raise ValueError(f"not a command of nutau, pip install, python SCRIPT or make: {' '.join(words)}")
    if unknown:
        raise ValueError(f"{' '.join(words)}: there is no {', '.join(sorted(unknown))}")


def _shown(output: str) -> str:
    lines = [line.rstrip() for line in output.strip("\n").splitlines()]
    if not any(lines):
        return ""
    if len(lines) > LONGEST:
        lines = [*lines[: LONGEST - 5], "…"]
    return "\n\n```text\n" + "\n".join(lines) + "\n```"
