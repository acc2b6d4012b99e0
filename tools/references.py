"""The bibliography: rebuild it from INSPIRE (``make references``) or compare it with the PDG (``make check-data``).

    python tools/references.py pdg
    python tools/references.py inspire

``references.bib`` names each paper by INSPIRE's texkey and by an eprint or a DOI. ``inspire`` asks INSPIRE for the
record of every identifier and writes the file anew; it says which keys are INSPIRE's by another name, to be renamed
where they are used. ``pdg`` needs no network: the package ``pdg`` holds DOI, journal and title of every paper in the
listings. Both exit with 1 if there is something to do by hand.

A key is a texkey, or ``arXiv:`` and the number of a paper whose texkey is not known here (INSPIRE's replaces it), or
``web:`` and a name for what is no paper.
"""

from __future__ import annotations

import html
import re
import sys
import time
import unicodedata
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[1] / "src" / "nutau" / "data" / "references.bib"
API = "https://inspirehep.net/api/"
TEXKEY = re.compile(r"[A-Z][A-Za-z'-]*:(\d{4})[a-z]{2,3}|(?:de|d|van|von)[A-Z][A-Za-z'-]*:(\d{4})[a-z]{2,3}")
FIELDS = (
    *("author", "collaboration", "title", "eprint", "archivePrefix", "primaryClass"),
    *("doi", "journal", "volume", "number", "pages", "year", "url", "note"),
)
LETTERS = {"α": r"\alpha", "γ": r"\gamma", "ℓ": r"\ell", "μ": r"\mu", "ν": r"\nu", "π": r"\pi", "τ": r"\tau"}
JOURNALS = {
    "Phys. Rev. Lett.": "PRL ",
    "Phys. Rev. D": "PR D",
    "Eur. Phys. J. C": "EPJ C",
    "Z. Phys. C": "ZPHY C",
    "Nature Phys.": "NATP ",
    "PTEP": "PTEP ",
    "Phys. Rept.": "PRPL ",
}
"""How the PDG abbreviates a journal."""
PARTICLES = {"antilepton", "bbar", "gamma", "lambda", "lepton", "nubar", "upsilon"}
"""Words of titles that are particles: the PDG writes formulas of older titles as words."""


@dataclass(frozen=True)
class Entry:
    """An entry of the file."""

    kind: str
    key: str
    fields: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """As it stands in the file."""
        rows = [f"  {name} = {{{self.fields[name]}}}" for name in FIELDS if name in self.fields]
        return f"@{self.kind}{{{self.key},\n" + ",\n".join(rows) + "\n}\n"


def read(text: str) -> list[Entry]:
    """The entries of a BibTeX file with one field a line, as here and at INSPIRE."""
    entries = []
    for kind, key, body in re.findall(r"(?ms)^@(\w+)\{([^,\s]+),\n(.*?)^\}", text):
        pairs = re.findall(r'(?m)^\s*(\w+)\s*=\s*(?:\{(.*)\}|"(.*)"),?\s*$', body)
        entries.append(Entry(kind.lower(), key, {name: braced or quoted for name, braced, quoted in pairs}))
    return entries


def write(entries: Iterable[Entry]) -> str:
    """The file: sorted by key, one style."""
    return "\n".join(str(entry) for entry in sorted(entries, key=lambda entry: entry.key.casefold()))


# --- what can be checked without any source -------------------------------------------------------------------------


def year_of(eprint: str) -> tuple[int, int]:
    """Year and month of an arXiv number."""
    digits = eprint.rpartition("/")[2]
    year = int(digits[:2])
    return (1900 if year > 80 else 2000) + year, int(digits[2:4])


def misnamed(entry: Entry) -> str:
    """Why a key cannot be INSPIRE's, or nothing."""
    eprint = entry.fields.get("eprint", "")
    if entry.key.startswith("arXiv:"):
        return "" if entry.key == f"arXiv:{eprint}" else f"{entry.key}: the eprint is {eprint or 'missing'}"
    match = TEXKEY.fullmatch(entry.key)
    if match is None:
        return f"{entry.key}: no texkey (Name:YYYYabc), and no arXiv:number"
    named, year = int(match[1] or match[2]), int(entry.fields["year"])
    if eprint:
        first, month = year_of(eprint)
        years = {first, first + 1} if month == 12 else {first}
    else:
        years = {year - 1, year}
    if named not in years:
        return f"{entry.key}: first seen in {' or '.join(map(str, sorted(years)))}"
    name = plain(entry.key.partition(":")[0])
    if not any(plain(who).startswith(name) or name in plain(who) for who in people(entry)):
        return f"{entry.key}: by {entry.fields.get('author', 'nobody')}"
    return ""


def people(entry: Entry) -> Iterator[str]:
    """First author, or who writes as one, and the collaboration."""
    author = entry.fields.get("author", "")
    yield author if collective(author) else author.partition(" and ")[0].partition(",")[0]
    yield entry.fields.get("collaboration", "")


def collective(author: str) -> bool:
    """Whether the author is a collaboration."""
    return author.startswith("{") and author.endswith("}")


def plain(text: str) -> str:
    """Letters only: no accents, no LaTeX."""
    text = unicodedata.normalize("NFKD", re.sub(r"\\[a-zA-Z](?=\{)|\\.", "", text))
    return "".join(c for c in text if c.isascii() and c.isalpha()).casefold()


# --- the PDG --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Listed:
    """A paper as the PDG lists it."""

    journal: str
    doi: str
    title: str


def papers(api: Any) -> list[Listed]:
    """Every paper of the newest listings that has a DOI."""
    from sqlalchemy import text

    query = text("select publication_name, doi, title from pdgreference where doi != ''")
    with api.engine.connect() as connection:
        return [Listed(journal or "", doi, title or "") for journal, doi, title in connection.execute(query)]


def abbreviated(entry: Entry) -> str:
    """Journal, volume and page as the PDG writes them, or nothing."""
    at = entry.fields
    journal, volume, page = (
        at.get("journal", ""),
        at.get("volume", ""),
        at.get("pages", "").partition("-")[0],
    )
    if journal == "JHEP":
        return f"JHEP {at['year'][2:]}{volume} {page}"
    return f"{JOURNALS[journal]}{volume} {page}" if journal in JOURNALS else ""


def words(title: str) -> set[str]:
    """The words of a title without its formulas, whatever they are written in."""
    title = re.sub(r"(?s)<math.*?</math>|\$.*?\$", " ", html.unescape(title))
    title = title.replace("flavour", "flavor").replace("Flavour", "Flavor")
    found = re.findall(r"(?<![\\^_a-z])[A-Za-z]{4,}", title)
    return {word.casefold() for word in found} - PARTICLES


def listing(entry: Entry, listed: Iterable[Listed]) -> Listed | None:
    """The paper in the listings: by DOI, else by journal and page or by the whole title."""
    doi, where, title = entry.fields.get("doi", ""), abbreviated(entry), letters(entry.fields["title"])
    found = None
    for paper in listed:
        if doi.casefold() == paper.doi.casefold():
            return paper
        named = len(title) > 30 and title == letters(paper.title)  # "Review of Particle Physics" is many
        if named or (where and where == paper.journal):
            found = found or paper
    return found


def differs(entry: Entry, paper: Listed) -> str:
    """What is not as the PDG has it, or nothing."""
    at, where = entry.fields, abbreviated(entry)
    wrong = []
    if at.get("doi", "").casefold() != paper.doi.casefold():
        wrong.append(f"DOI {at.get('doi', 'missing')}, the PDG has {paper.doi} ({paper.journal})")
    if where and where != paper.journal:
        wrong.append(f"{where}, the PDG has {paper.journal}")
    if "journal" not in at:
        wrong.append(f"published in {paper.journal}")
    if paper.title and (odd := words(at["title"]) ^ words(paper.title)):
        wrong.append(f"{', '.join(sorted(odd))} in one title only; the PDG has {paper.title}")
    return f"{entry.key}: {'; '.join(wrong)}" if wrong else ""


def letters(title: str) -> str:
    """A title as its letters and digits, formulas and all."""
    return re.sub(r"[^a-z0-9]", "", title.casefold())


# --- INSPIRE --------------------------------------------------------------------------------------------------------


def address(entry: Entry) -> str:
    """Where INSPIRE has the record, or nothing for what has neither eprint nor DOI."""
    at = entry.fields
    if "eprint" in at:
        return f"{API}arxiv/{at['eprint']}?format=bibtex"
    return f"{API}doi/{at['doi']}?format=bibtex" if "doi" in at else ""


def fetched(url: str) -> str:
    """What is at an address, or nothing; INSPIRE answers 15 times in 5 s."""
    time.sleep(0.4)
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return answer.read().decode("utf-8")
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise
        return ""


def renewed(entry: Entry, fetch: Callable[[str], str] = fetched) -> Entry | None:
    """An entry as INSPIRE has it now; a collaboration that writes as one and our notes stay."""
    records = read(fetch(address(entry)))
    if len(records) != 1:
        return None
    kept = {name: text for name, text in entry.fields.items() if name in {"note", "url"}}
    if collective(entry.fields.get("author", "")):
        kept["author"] = entry.fields["author"]
    fields = {**records[0].fields, **kept}
    if "author" in kept:
        fields.pop("collaboration", None)
    title = fields["title"]
    for letter, macro in LETTERS.items():
        title = title.replace(letter, f"{macro} ")
    fields["title"] = title if title.startswith("{") else f"{{{title}}}"
    if "pages" in fields:
        fields["pages"] = re.sub(r"(?<=\d)-(?=\d)", "--", fields["pages"])
    return Entry(entry.kind, records[0].key, {name: fields[name] for name in FIELDS if name in fields})


def rebuild(entries: Iterable[Entry], fetch: Callable[[str], str] = fetched) -> tuple[list[Entry], list[str]]:
    """All entries as INSPIRE has them, and what is left to do by hand."""
    new, todo = [], []
    for entry in entries:
        if not address(entry):
            new.append(entry)
            continue
        found = renewed(entry, fetch)
        new.append(found or entry)
        if found is None:
            todo.append(f"{entry.key}: INSPIRE has no such record")
        elif found.key != entry.key:
            todo.append(f"{entry.key} is {found.key} at INSPIRE: rename it where it is used")
    return new, todo


def main(source: str) -> int:
    """Compare with, or rebuild from, a source; a line for each thing that is to do."""
    entries = read(FILE.read_text(encoding="utf-8"))
    if source == "inspire":
        new, todo = rebuild(entries)
        FILE.write_text(write(new), encoding="utf-8")
        print(f"{len(new)} entries written to {FILE}")
    else:
        import pdg

        listed = papers(pdg.connect())
        pairs = [(entry, paper) for entry in entries if (paper := listing(entry, listed))]
        todo = [problem for entry, paper in pairs if (problem := differs(entry, paper))]
        print(f"{len(pairs)} of {len(entries)} references are in the listings of the PDG, {len(todo)} differ")
    for line in todo:
        print(line)
    return 1 if todo else 0


if __name__ == "__main__":
    if sys.argv[1:] not in (["pdg"], ["inspire"]):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
