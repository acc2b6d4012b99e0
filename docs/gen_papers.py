"""The page of papers: every claim of every file of ``data/papers`` with its place, its accuracy and the command."""

from __future__ import annotations

from gen_tables import prose, table
from nutau.report.papers.commands import command, together
from nutau.report.papers.record import Claim, Paper, paper, papers
from nutau.report.papers.result import printed

HEAD = """# Papers computed again

What `nutau reproduce` holds ({doc}`../howto/papers`), from the files of `data/papers`: <!-- counts -->. *Agrees* and *differs* are what the numbers give, which tests
check for all of them; our numbers come with the command of each paper.

"""
UNREAD = {
    "2309.02246": "no number in the abstract",
    "2404.16772": "not found",
    "2404.17440": "no number in the abstract",
    "2405.06062": "not found",
    "2405.06742": "no number in the abstract",
    "2401.11552": "not found",
    "2410.21384": "no number in the abstract",
    "2410.21444": "not found",
    "2503.19025": "no number in the abstract",
    "2505.05552": "the abstract says that R(D⁽*⁾) takes tenths and that S₁ + S₃ can double B → Kνν̄ where U₁ cannot; no number",
    "2506.16027": "not found",
    "2511.07089": "not found",
    "2605.08861": "not found",
    "2301.06990": "its predictions are quoted by others without the inputs that they rest on",
    "1702.02243": "no number in the abstract",
}
"""Papers that were looked for in the public sources at hand, and why they are not here."""


def page() -> str:
    """The page, as Markdown."""
    found = [paper(number) for number in papers()]
    claims = [claim for one in found for claim in one.claims]
    seen = {name: sum(verdict(claim) == name for claim in claims) for name in ("agrees", "differs")}
    counts = (
        f"{len(found)} papers, {len(claims)} claims, of which {seen['agrees']} agree, {seen['differs']} differ and "
        f"{len(claims) - sum(seen.values())} are not computed"
    )
    unread = table(("arXiv", "why it is not here"), [(link(number), why) for number, why in UNREAD.items()])
    rest = "\n## Looked for, and not here\n\nWhere a number could not be read, none is given.\n" + unread
    return HEAD.replace("<!-- counts -->", counts) + "".join(map(section, found)) + rest


def section(one: Paper) -> str:
    """A paper: its claims, and the lines that give the numbers."""
    rows = [(claim.statement, claim.place, printed(claim), said(claim)) for claim in one.claims]
    asked = [command(claim.compute) for claim in one.claims if claim.compute is not None]
    lines = "".join(f"$ {line}\n" for line in (f"nutau reproduce {one.arxiv}", *together(asked)))
    return (
        f"\n## {one.title}\n\n{one.authors}, {link(one.arxiv)}. Read: {one.seen} ({one.at}).\n"
        + table(("claim", "place", "paper", "verdict"), [tuple(map(prose, row)) for row in rows])
        + f"\n```console\n{lines}```\n"
    )


def verdict(claim: Claim) -> str:
    """What the file says of a claim; a test holds it to the numbers."""
    return "not computed" if claim.cannot else "differs" if claim.difference else "agrees"


def said(claim: Claim) -> str:
    """The verdict with its reason and remark."""
    reason = claim.cannot or (claim.difference.reason if claim.difference else "")
    text = f"{verdict(claim)}: {reason}" if reason else verdict(claim)
    return f"{text} ({claim.note})" if claim.note else text


def link(number: str) -> str:
    """An arXiv number with its address."""
    return f"[arXiv:{number}](https://arxiv.org/abs/{number})"
