"""List the coefficient names of the WCxf bases that nutau reads.

    pip install 'wilson==2.5.2'
    python tools/make_wcxf_names.py src/nutau/data/wcxf/names.yaml

The basis definition files are those of github.com/wcxf/wcxf-bases (:cite:`Aebischer:2017ugx`), read as wilson ships
them. Only the names are taken, by sector. A basis with the names of another ('Warsaw up') is listed beside it.
"""

import sys
import textwrap
from pathlib import Path

import wilson
from wilson import wcxf

BASES = (("WET", "flavio"), ("SMEFT", "Warsaw"), ("SMEFT", "Warsaw up"))
HEAD = """\
# Names of the coefficients of WCxf bases, by sector: what a file may hold, whether or not nutau uses it.
# Made by tools/make_wcxf_names.py.
source: Aebischer:2017ugx
location: basis definition files WET.flavio, SMEFT.Warsaw and SMEFT.Warsaw up of github.com/wcxf/wcxf-bases
via: wilson {version}
"""


def main(out: Path) -> None:
    found: dict[tuple[tuple[str, tuple[str, ...]], ...], list[str]] = {}
    for eft, name in BASES:
        sectors = wcxf.Basis[eft, name].sectors
        content = tuple((sector, tuple(entries)) for sector, entries in sectors.items())
        found.setdefault(content, []).append(f"{eft}/{name}")
    lines = [HEAD.format(version=wilson.__version__), "bases:\n"]
    for content, bases in found.items():
        lines.append(f"- of: [{', '.join(bases)}]\n  sectors:\n")
        for sector, names in content:
            lines.append(f"    {sector}: >-\n")
            lines.append(
                textwrap.fill(" ".join(names), 116, initial_indent=" " * 6, subsequent_indent=" " * 6) + "\n"
            )
            print(f"{bases[0]} {sector}: {len(names)}")
    out.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
