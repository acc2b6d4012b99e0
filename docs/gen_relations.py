"""The page of relations among rates: what the command finds among the decays at hand."""

from __future__ import annotations

import nutau
from gen_tables import code, table
from nutau.observables.relations.exact import Relation
from nutau.report.relations.result import percent, written

HEAD = """# Relations among rates

Found by `nutau relations` ({doc}`../howto/relations`) when this site was built: exact linear relations between rates over their SM values, with errors from form factors. Each
holds for all coefficients of the kind that stands behind it; relations that say no more than that left-handed currents move all rates alike are left out. We know of the first one for Λ_b → Λνν̄ from
[arXiv:2604.20340](https://arxiv.org/abs/2604.20340) and of that for R(Λ_c), as an approximate one, from [arXiv:1811.09603](https://arxiv.org/abs/1811.09603); the others
we have not seen in print.
"""
NUNU = ("BR(B+->Knunu)", "BR(B0->K*nunu)")
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("b → sνν̄", (*NUNU, "BR(Lambdab->Lambdanunu)", "BR(B->Xsnunu)", "BR(Bs->phinunu)")),
    (
        "b → sνν̄ in bins of q²",
        tuple(f"<dBR/dq2>(B0->K*nunu)[{low}, {low + 4}]" for low in (0, 4, 8, 12)),
    ),
    (
        "The baryon at low and high recoil",
        (*NUNU, "<dBR/dq2>(Lambdab->Lambdanunu)[0, 10]", "<dBR/dq2>(Lambdab->Lambdanunu)[10, 20]"),
    ),
    ("b → cτν", ("R(D)", "R(D*)", "R(Lambdac)", "R(J/psi)", "BR(Bc->taunu)")),
    (
        "b → cτν in bins of q²",
        ("R(D)", "R(D*)", "<dBR/dq2>(B0->D*taunu)[4, 7]", "<dBR/dq2>(B0->D*taunu)[7, 10]"),
    ),
)
TESTED = (
    (*NUNU, "BR(Lambdab->Lambdanunu)"),
    (*NUNU, "BR(Bs->phinunu)"),
    ("R(D)", "R(D*)", "R(Lambdac)"),
    ("BR(B+->Ktautau)", "BR(B0->K*tautau)", "BR(Lambdab->Lambdatautau)"),
    ("BR(B+->Ktautau)", "BR(B0->K*tautau)", "BR(Bs->phitautau)"),
)


def page(draws: int) -> str:
    """The page, as Markdown."""
    parts = [HEAD]
    inputs = nutau.load_inputs()
    for title, names in GROUPS:
        found = nutau.relations(names, inputs=inputs, draws=draws, data=None)
        rows = [
            (code(one.target), written(one, code), one.domain.said)
            for one in found.relations
            if not trivial(one)
        ]
        parts.append(f"\n## {title}\n" + table(("rate", "is exactly", "for"), rows))
    rows = [row for names in TESTED for row in _tested(names, inputs)]
    head = ("rate", "of", "for", "weights", "broken by, whatever the coefficients")
    parts.append("\n## How far others can be broken\n" + table(head, rows))
    return "".join(parts)


def trivial(one: Relation) -> bool:
    """Whether a relation says that left-handed currents move two rates alike."""
    return one.domain.name == "left" and len(one.members) == 1


def _tested(names: tuple[str, ...], inputs: nutau.Inputs) -> list[tuple[str, ...]]:
    found = nutau.relations(names, inputs=inputs, draws=0, data=None)
    members = ", ".join(map(code, found.members))
    return [
        (
            code(found.target),
            members,
            one.domain.said,
            ", ".join(f"{weight:.3f}" for weight in one.weights),
            "exact" if one.exact else percent(one.violation),
        )
        for one in found.tested
        if one.weights is not None and one.violation is not None
    ]
