"""What the prior does to κ: the posterior of today's data under several priors, and the same by another seed.

    python tools/priors.py --write

Posteriors of two seeds are sampled under the first prior and reweighted to the others. The largest difference of the
ends of their 95 % pieces is in the last column.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import nutau
from nutau.inference.likelihood import use_double_precision

PAGE = Path(__file__).parent.parent / "docs" / "howto" / "posteriors.md"
PRIORS = {
    "flat in δ and κ (the default)": None,
    "flat in C1 and C3": "coefficients",
    "the same, κ from −3 to 5": {"kappa": "flat:-3:5"},
    "κ = 1 ± 1": {"kappa": "normal:1:1"},
    "δ above zero, flat in ln δ from 0.02 to 0.2": {"delta": "log-flat:0.02:0.2"},
}
HEAD = ("prior", "κ, 68 %", "κ, 95 %", "central 95 %", "ln B", "effective size", "seeds differ by")


def rows() -> list[tuple[str, ...]]:
    """A row for each prior."""
    found = nutau.fit(("delta", "kappa"), "2026")
    sampled = [found.sampled(seed=seed, progress=_say).posterior for seed in (1, 2)]
    made = []
    for name, given in PRIORS.items():
        first, second = (
            each if given is None else each.reweighted(given) for each in sampled if each is not None
        )
        assert first.evidence is not None
        ends = [
            [end for piece in each.pieces("kappa") for end in (piece.low, piece.high)]
            for each in (first, second)
        ]
        apart = max(min(abs(one - other) for other in ends[1]) for one in ends[0])
        cells = dict(zip(first.names, first.table(), strict=True))["kappa"]
        _, low, high = first.interval("kappa", 0.95)
        bayes = f"{first.evidence.log_bayes_factor:+.2f}"
        made.append(
            (
                name,
                cells[1],
                cells[2],
                f"[{low:.2f}, {high:.2f}]",
                bayes,
                f"{first.poorest():.0f}",
                f"{apart:.2f}",
            )
        )
    return made


def _say(done: int, total: int) -> None:
    if done % 10 == 0:
        print(f"{done} of {total}", file=sys.stderr)


def main() -> None:
    """Print the table, or put it into the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.name}")
    options = parser.parse_args()
    use_double_precision()
    lines = [f"| {' | '.join(cells)} |" for cells in (HEAD, ("---",) * len(HEAD), *rows())]
    print("\n".join(lines))
    if options.write:
        mark, end = "<!-- table -->\n", "<!-- end -->"
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(mark)
        after = rest.partition(end)[2]
        PAGE.write_text(before + mark + "\n".join(lines) + "\n" + end + after, encoding="utf-8")


if __name__ == "__main__":
    main()
