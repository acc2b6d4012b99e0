"""The bibliography: identifiers and keys that can be INSPIRE's, one style, nothing unused; the tool that keeps it."""

import re
import sys
from pathlib import Path

import pytest

from nutau.common.yaml_files import folder, references

ROOT = Path(__file__).parents[2]
TEXT = folder().joinpath("references.bib").read_text(encoding="utf-8")
LETTER = "deGiorgi:lesson"
"""The letter: its number at arXiv is not confirmed here."""


@pytest.fixture(scope="module")
def tool():
    sys.path.insert(0, str(ROOT / "tools"))
    import references

    yield references
    sys.path.remove(str(ROOT / "tools"))


@pytest.fixture(scope="module")
def entries(tool):
    return tool.read(TEXT)


def edition(key):
    """The listings of the PDG, by year: what tools/check_pdg.py asks for."""
    return re.fullmatch(r"PDG:\d{4}", key)


def test_one_style_sorted_and_plain(tool, entries):
    assert tool.write(entries) == TEXT
    assert TEXT.isascii()
    assert [entry.key for entry in entries] == list(references())
    assert all(entry.fields["title"].startswith("{") and entry.fields["author"] for entry in entries)


def test_every_article_has_an_identifier(entries):
    without = [e.key for e in entries if e.kind == "article" and not {"eprint", "doi"} & set(e.fields)]
    assert [key for key in without if not edition(key)] == []


def test_no_key_is_of_our_own(tool, entries):
    """An article's key has the shape of a texkey, with the year and the author of the paper."""
    articles = [e for e in entries if e.kind == "article" and not edition(e.key)]
    assert len(articles) > 130
    assert [problem for e in articles if (problem := tool.misnamed(e))] == []
    for entry in entries:
        if entry.kind != "article" and entry.key != LETTER:
            assert entry.key.startswith("web:"), f"{entry.key} could be taken for a texkey"
            assert "url" in entry.fields


@pytest.mark.parametrize("name", ["eprint", "doi", "title"])
def test_no_paper_is_there_twice(entries, name):
    found = [e.fields[name].casefold() for e in entries if name in e.fields]
    assert [
        text for text in sorted(set(found)) if found.count(text) > 1 and "review of particle" not in text
    ] == []


def test_identifiers_are_well_formed(entries):
    for entry in entries:
        at = entry.fields
        assert re.fullmatch(r"\d{4}\.\d{4,5}|[a-z-]+/\d{7}", at.get("eprint", "2211.0000")), entry.key
        assert re.fullmatch(r"10\.\d{4,5}/[!-z]+", at.get("doi", "10.1103/x")), entry.key
        assert re.fullmatch(r"(19|20)\d\d", at["year"]), entry.key
        assert ("eprint" in at) == ("archivePrefix" in at), entry.key
        assert "journal" not in at or {"volume", "pages"} <= set(at), entry.key


def test_every_key_is_used():
    places = [
        *(ROOT / "src").rglob("*.py"),
        *(ROOT / "docs").glob("**/*.md"),
        *(ROOT / "docs").glob("**/*.ipynb"),
        *(path for path in (ROOT / "src").rglob("*.yaml")),
    ]
    used = "\n".join(path.read_text(encoding="utf-8") for path in places if "generated" not in path.parts)
    words = {
        word.strip("-:.") for word in re.findall(r"[\w:.-]+", used)
    }  # a search for each key takes a minute
    rest = [key for key in references() if key not in words]
    assert [key for key in rest if not re.search(rf"(?<![\w:]){re.escape(key)}(?![\w-])", used)] == []


def test_every_key_on_a_page_is_there():
    pages = [*(ROOT / "docs").glob("**/*.md"), *(ROOT / "docs").glob("**/*.ipynb")]
    for path in pages:
        for keys in re.findall(r"\{cite:\w+\}`([^`{]+)`", path.read_text(encoding="utf-8")):
            assert set(keys.replace(" ", "").split(",")) <= set(references()), path


# --- the tool ---


def paper(tool, key, **fields):
    known = {"author": "{CMS Collaboration}", "title": "{A title}", "year": "2024", **fields}
    return tool.Entry("article", key, known)


@pytest.mark.parametrize(
    ("key", "fields", "said"),
    [
        ("CMS:2024abc", {"eprint": "2408.00678"}, ""),
        ("CMS:2024rjpsi", {"eprint": "2408.00678"}, "no texkey"),
        ("CMS:popxf", {"eprint": "2408.00678"}, "no texkey"),
        ("CMS:2024abc2", {"eprint": "2408.00678"}, "no texkey"),
        ("CMS:2023abc", {"eprint": "2408.00678"}, "first seen in 2024"),
        ("CMS:2024abc", {"eprint": "2312.00678"}, ""),  # sent in December, entered in January
        ("CMS:2024abc", {"doi": "10.1/x", "year": "2025"}, ""),
        ("CMS:2024abc", {"doi": "10.1/x", "year": "2022"}, "first seen in 2021 or 2022"),
        ("ATLAS:2024abc", {"eprint": "2408.00678"}, "by {CMS Collaboration}"),
        ("ATLAS:2024abc", {"eprint": "2408.00678", "author": "Aad, G.", "collaboration": "ATLAS"}, ""),
        (
            "Becirevic:2024abc",
            {"eprint": "2408.00678", "author": r"Be{\v{c}}irevi{\'c}, Damir and Zeyrek, A."},
            "",
        ),
        ("Zeyrek:2024abc", {"eprint": "2408.00678", "author": "Fajfer, S. and Zeyrek, A."}, "by Fajfer"),
        ("deBlas:2000abc", {"eprint": "hep-ph/0001234", "author": "de Blas, J."}, ""),
        ("arXiv:2408.00678", {"eprint": "2408.00678"}, ""),
        ("arXiv:2408.00678", {"eprint": "2408.00679"}, "the eprint is 2408.00679"),
        ("arXiv:2408.00678", {"doi": "10.1/x"}, "the eprint is missing"),
    ],
)
def test_what_cannot_be_a_texkey_is_seen(tool, key, fields, said):
    found = tool.misnamed(paper(tool, key, **fields))
    assert said in found
    assert bool(said) == bool(found)


OLD = "Evidence for an Excess of Bbar --> D^(*) tau- nubar_tau Decays"
EXCESS = r"{Evidence for an excess of $\bar{B} \to D^{(*)} \tau^-\bar{\nu}_\tau$ decays}"
PRL = {
    "journal": "Phys. Rev. Lett.",
    "volume": "109",
    "pages": "101802",
    "doi": "10.1103/PhysRevLett.109.101802",
}
MATH = 'Test of lepton flavor universality using <math display="inline"><mi>B</mi></math> decays'
TAU = r"Measurement of $B^+\to\tau^+\nu_\tau$ branching fraction with a hadronic tagging method at Belle II"


@pytest.mark.parametrize(
    ("title", "change", "theirs", "said"),
    [
        (EXCESS, {}, OLD, ""),
        (EXCESS, {"doi": "10.1103/physrevlett.109.101802"}, OLD, ""),
        (EXCESS.replace("excess", "absence"), {}, OLD, "absence, excess in one title only"),
        (
            EXCESS,
            {"doi": "10.1103/PhysRevLett.109.101803"},
            OLD,
            "the PDG has 10.1103/PhysRevLett.109.101802",
        ),
        (EXCESS, {"doi": None}, OLD, "DOI missing, the PDG has 10.1103/PhysRevLett.109.101802"),
        (EXCESS, {"pages": "101803"}, OLD, "PRL 109 101803, the PDG has PRL 109 101802"),
        (EXCESS, {"journal": None}, OLD, "published in PRL 109 101802"),
        ("{Test of lepton flavour universality using $B$ decays}", {}, MATH, ""),
        (f"{{{TAU}}}", {"journal": None, "doi": None}, TAU, "DOI missing"),  # found by its title
    ],
)
def test_what_differs_from_the_pdg_is_said(tool, title, change, theirs, said):
    fields = {name: text for name, text in {**PRL, "title": title, **change}.items() if text}
    other = tool.Listed("PRL 1 1", "10.1103/PhysRevLett.1.1", "Another Title of Some Length that Nothing Has")
    theirs = tool.Listed("PRL 109 101802", "10.1103/PhysRevLett.109.101802", theirs)
    ours = paper(tool, "BaBar:2012obs", **fields)
    assert tool.listing(ours, [other, theirs]) == theirs
    found = tool.differs(ours, theirs)
    assert said in found
    assert bool(said) == bool(found)


def test_what_the_pdg_does_not_list_is_not_compared(tool):
    review = tool.Listed("PR D98 030001", "10.1103/PhysRevD.98.030001", "Review of Particle Physics")
    ours = paper(tool, "CMS:2024abc", title="{Review of Particle Physics}", eprint="2408.00678")
    assert tool.listing(ours, [review]) is None


def test_journals_as_the_pdg_writes_them(tool):
    jhep = paper(tool, "X:2024abc", journal="JHEP", volume="08", pages="205--212", year="2024")
    assert tool.abbreviated(jhep) == "JHEP 2408 205"
    assert tool.abbreviated(paper(tool, "X:2024abc", journal="Nucl. Phys. B", volume="1", pages="2")) == ""


RECORD = """@article{Belle-II:2026ism,
    author = "Abumusabh, M. and others",
    collaboration = "Belle-II, Belle",
    title = "{Search for the decay $B^+ \\rightarrow K^+τ^+τ^-$ using data from the Belle and Belle II experiments}",
    eprint = "2603.24437",
    archivePrefix = "arXiv",
    primaryClass = "hep-ex",
    reportNumber = "Belle II preprint 2026-003, KEK preprint 2025-43",
    month = "3",
    year = "2026"
}
"""


def test_a_record_of_inspire_makes_an_entry(tool):
    """A recorded answer: texkey and title are INSPIRE's, who writes and what we note stay."""
    asked = []
    ours = paper(
        tool, "arXiv:2603.24437", eprint="2603.24437", author="{Belle II Collaboration}", note="ours"
    )
    (new,), todo = tool.rebuild([ours], lambda url: asked.append(url) or RECORD)
    assert asked == ["https://inspirehep.net/api/arxiv/2603.24437?format=bibtex"]
    assert new.key == "Belle-II:2026ism"
    assert todo == ["arXiv:2603.24437 is Belle-II:2026ism at INSPIRE: rename it where it is used"]
    assert new.fields == {
        "author": "{Belle II Collaboration}",
        "title": r"{Search for the decay $B^+ \rightarrow K^+\tau ^+\tau ^-$ using data from the Belle and Belle II "
        "experiments}",
        "eprint": "2603.24437",
        "archivePrefix": "arXiv",
        "primaryClass": "hep-ex",
        "year": "2026",
        "note": "ours",
    }
    assert tool.read(str(new)) == [new]
    assert tool.misnamed(new) == ""


def test_what_inspire_does_not_have_stays(tool):
    ours = paper(tool, "CMS:2024abc", doi="10.1103/x")
    page = tool.Entry("misc", "web:HFLAV", {"author": "{HFLAV}", "title": "{Pages}", "year": "2025"})
    new, todo = tool.rebuild([ours, page], lambda url: "")
    assert new == [ours, page]
    assert todo == ["CMS:2024abc: INSPIRE has no such record"]
    assert tool.address(ours) == "https://inspirehep.net/api/doi/10.1103/x?format=bibtex"
