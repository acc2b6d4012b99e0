"""The page of the models: every mediator with its Lagrangian and match, and the letter's lines."""

from __future__ import annotations

from gen_tables import cite, code, table
from nutau.models import MEDIATORS, Mediator

HEAD = """# Models

A model is one or more heavy fields (*mediators*), integrated out at tree level at their mass. `nutau models` prints this
catalogue, `nutau match` the coefficients of a point. Coefficients are those of $L = \\sum_{ijkl} C_{ijkl} O_{ijkl}$ over all
flavour indices ({py:mod}`nutau.eft.smeft.basis`); couplings are complex 3×3 matrices in the conventions of {cite:t}`Dorsner:2016wpm`.
$\\kappa = C_1/C_3$ is `lq1_3323`/`lq3_3323`, derived from the match. Not included: diquark couplings, mixing with the Higgs
field, and loops in the matching except the boxes and dipoles of scalar leptoquarks ($Y$ are the Yukawa matrices at the mass; to loops
of the top the match adds $\\ln(m_t^2/m_Z^2)$, {doc}`../physics/matching`).
"""

TAIL = """
## Other models

* {py:func}`nutau.X <nutau.models.two_field.X>` is the letter's line: `lq3_3323` = $C_3$, `lq1_3323` = $\\kappa C_3$ and nothing else,
  for any κ. At the command line: `--kappa`, with `--delta` or `--lq3` for the size.
* {py:func}`nutau.two_field_couplings <nutau.models.two_field.two_field_couplings>` is the pair VB + Z' that realises a κ, with the other
  operators that come with it.
* `model + other` has the fields of both: {doc}`../howto/models`.
"""


def page() -> str:
    """The page, as Markdown."""
    rows = [
        (
            f"[`{field.name}`](#{_anchor(field)})",
            field.quantum_numbers,
            field.spin,
            _kappa(field),
            ", ".join(field.charged_current) or "–",
            code(field.rd_condition) if field.rd_condition else "–",
            " ".join(code(name) for name in field.operators),
        )
        for field in MEDIATORS
    ]
    headings = (
        "model",
        "(SU(3), SU(2), Y)",
        "spin",
        "κ",
        "b → cτν",
        "raises R_D if (PDG phases)",
        "operators",
    )
    return HEAD + table(headings, rows) + "".join(_details(field) for field in MEDIATORS) + TAIL


def _anchor(field: Mediator) -> str:
    return f"model-{field.name.replace('~', 't').replace(chr(39), 'p').lower()}"


def _kappa(field: Mediator) -> str:
    if field.kappa is None:
        return "–"
    return "∞" if field.kappa == float("inf") else f"{field.kappa:g}"


def _details(field: Mediator) -> str:
    aliases = f", also {', '.join(code(name) for name in field.aliases)}" if field.aliases else ""
    couplings = table(
        ("coupling", "first index", "second index", ""),
        ((code(c.name), c.rows, c.columns, "Hermitian" if c.hermitian else "") for c in field.couplings),
    )
    every = (*field.latex_match(), *field.latex_boxes(), *field.latex_dipoles())
    lines = " \\\\\n".join(line.replace("=", "&=", 1) for line in every)
    match = f"$$\n\\begin{{aligned}}\n{lines}\n\\end{{aligned}}\n$$"
    note = f"\n{field.note}\n" if field.note else ""
    return (
        f"\n({_anchor(field)})=\n## {field.name}\n\n${field.latex}$ {field.quantum_numbers}, spin {field.spin}{aliases}. "
        f"{cite(field.references)}\n\n$$ \\mathcal{{L}} = {field.lagrangian_latex} $$\n{couplings}\n{match}\n{note}"
    )
