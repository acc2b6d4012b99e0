"""The outputs that README.md shows below its questions: ``python docs/gen_front.py`` writes them anew.

A block ``console`` of one command of nutau and, below it, a block ``text`` that begins as the command's output does: what
follows ``…`` is left out. The tests run the quick ones, the build of the site all of them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from math import isclose
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"
SHOWN = re.compile(r"(?m)^```console\n\$ (?P<line>nutau .*)\n```\n\n```text\n(?P<output>(?s:.*?))^```$")
NUMBER = re.compile(r"[-+−]?\d+\.?\d*(?:e[-+]\d+)?")
PROGRESS = re.compile(r"nutau: .*\d+ s$")
CLOSE = 0.02
"""Relative difference of numbers that are printed with two digits or more on other processors and versions."""


def shown(text: str) -> Iterator[tuple[str, list[str]]]:
    """Commands of a page and the lines that it says they print, without what is left out."""
    for found in SHOWN.finditer(text):
        lines = found["output"].splitlines()
        yield found["line"], lines[: lines.index("…")] if "…" in lines else lines


def printing(output: str) -> list[str]:
    """The lines of an output without those that tell how far it is."""
    return [line.rstrip() for line in output.strip("\n").splitlines() if not PROGRESS.match(line)]


def same(lines: list[str], output: str) -> bool:
    """Whether an output begins with these lines: words are the same and numbers close."""
    printed = printing(output)
    return len(printed) >= len(lines) and all(map(_same, lines, printed))


def _same(first: str, second: str) -> bool:
    words = [re.sub(r"\s+|─+", " ", NUMBER.sub("#", line)) for line in (first, second)]
    numbers = [NUMBER.findall(line) for line in (first, second)]
    return words[0] == words[1] and all(map(_close, *numbers))


def _close(first: str, second: str) -> bool:
    """Numbers as printed: up to a fraction, and one in the last digit, which may round either way."""
    a, b = (float(text.replace("−", "-")) for text in (first, second))
    digits = re.split("e", first)[0].partition(".")[2]
    exponent = float(f"1e{first.partition('e')[2] or 0}")
    return isclose(a, b, rel_tol=CLOSE, abs_tol=1.01 * 10.0 ** -len(digits) * exponent * bool(digits))


def check(text: str, outputs: dict[str, str]) -> None:
    """Raise if a page shows another output than the command has now."""
    for line, lines in shown(text):
        if line in outputs and not same(lines, outputs[line]):
            raise ValueError(
                f"{line}: README.md shows another output; write it with python docs/gen_front.py"
            )


def main() -> int:
    """Write what the commands print now, as many lines as there were."""
    from run_blocks import run_line

    def fresh(found: re.Match[str]) -> str:
        before = found["output"].splitlines()
        printed = printing(run_line(found["line"]))
        kept = [*printed[: before.index("…")], "…"] if "…" in before else printed
        return f"```console\n$ {found['line']}\n```\n\n```text\n" + "\n".join(kept) + "\n```"

    README.write_text(SHOWN.sub(fresh, README.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
