"""``nutau models``: the catalogue of mediators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from nutau.cli.console import print_lines, print_table
from nutau.cli.options import Json, print_json
from nutau.errors import InputError

if TYPE_CHECKING:
    from nutau.models import Mediator

SCHEMA = "nutau/models/1"


def models(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME ...]", help="U1, S3, VB, ... (all).")
    ] = None,
    latex: Annotated[
        bool, typer.Option("--latex", help="Add the formulas of the named models in LaTeX.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List the mediators, or show some with their Lagrangian and their match to the Warsaw basis.

    Example: nutau models

    Example: nutau models U1 VB
    """
    from nutau.models import MEDIATORS, mediator

    if latex and (as_json or not names):
        raise InputError(
            "--latex would not be used: it is for the text of named models, as nutau models U1 --latex."
        )
    chosen = [mediator(name) for name in names or ()]
    if as_json:
        print_json(
            {
                "schema": SCHEMA,
                "models": [
                    field.describe() | {"collider_limits": _published(field)} for field in chosen or MEDIATORS
                ],
            }
        )
    elif chosen:
        for field in chosen:
            _details(field, latex)
    else:
        _table(MEDIATORS)


def _table(fields: tuple[Mediator, ...]) -> None:
    headings = (
        *("model", "quantum numbers", "spin", "κ", "b → cτν by", "raises R_D if (PDG phases)"),
        "operators",
    )
    rows = [
        (
            field.name,
            field.quantum_numbers,
            str(field.spin),
            _kappa(field),
            ", ".join(field.charged_current) or "—",
            field.rd_condition or "—",
            " ".join(field.operators),
        )
        for field in fields
    ]
    print_table("Mediators: (SU(3), SU(2), Y), κ = C_lq1/C_lq3 at 3323", headings, rows)
    print_lines(["nutau models NAME shows the Lagrangian, the couplings and the match as formulas."])


def _threshold(field: Mediator) -> str:
    from nutau.models.dipoles import threshold

    return threshold(field.dipoles)


def _kappa(field: Mediator) -> str:
    if field.kappa is None:
        return "—"
    return "∞" if field.kappa == float("inf") else f"{field.kappa:g}"


def _details(field: Mediator, latex: bool = False) -> None:
    also = f"  (also {', '.join(field.aliases)})" if field.aliases else ""
    lines = [
        f"{field.name}  {field.quantum_numbers}  spin {field.spin}{also}",
        f"  L = {field.lagrangian}",
        *([f"      {field.lagrangian_latex}"] if latex else []),
        "  couplings (complex 3×3, first index then second):",
        *(
            f"    {c.name}_ij  {c.rows}, {c.columns}{'  Hermitian' * c.hermitian}{f'    {c.latex}' * latex}"
            for c in field.couplings
        ),
        "  match, L = Σ C_ijkl O_ijkl over all flavours:",
        *(
            f"    {text}" + (f"\n      {tex}" if latex else "")
            for text, tex in zip(field.text_match(), field.latex_match(), strict=True)
        ),
        *(["  one-loop boxes, m and n the leptons:"] if field.boxes else []),
        *(
            f"    {text}" + (f"\n      {tex}" if latex else "")
            for text, tex in zip(field.text_boxes(), field.latex_boxes(), strict=True)
        ),
        *(["  one-loop dipoles, Y the Yukawa matrices at the mass:"] if field.dipoles else []),
        *(
            f"    {text}" + (f"\n      {tex}" if latex else "")
            for text, tex in zip(field.text_dipoles(), field.latex_dipoles(), strict=True)
        ),
        *([f"    {added}"] if (added := _threshold(field)) else []),
        f"  κ = C_lq1/C_lq3 at 3323: {_kappa(field)}",
        f"  b → cτν: {', '.join(field.charged_current) or 'not at tree level'}",
        *([f"  raises R_D by lq3_3323 if {field.rd_condition} (PDG phases)"] if field.rd_condition else []),
        *([f"  {field.note}"] if field.note else []),
        f"  references: {', '.join(field.references)}",
        *_colliders(field),
        "",
    ]
    print_lines(lines)


def _published(field: Mediator) -> list[dict[str, Any]]:
    from nutau.models.colliders import collider_limits

    return collider_limits(field)


def _colliders(field: Mediator) -> list[str]:
    from nutau.models.colliders import collider_limits, limits_file

    limits = collider_limits(field)
    if not limits:
        return []
    groups: dict[str, list[str]] = {}
    for limit in limits:
        groups.setdefault(_component(limit), []).append(_limit(limit))
    rows = [line for component, lines in groups.items() for line in (component, *lines)]
    return [
        "  collider limits as published, not used in any fit:",
        *rows,
        f"    {limits_file().validity.strip()}",
    ]


def _component(limit: dict[str, Any]) -> str:
    couplings = [f"{'' if size == 1 else f'{size:.3g} '}{coupling}" for coupling, size in limit["by"].items()]
    others = limit["other_final_states"]
    also = f"; {', '.join(others)} is possible too" if others else ""
    return f"    {limit['component']} → {limit['final_state']} by {', '.join(couplings)}{also}"


def _limit(limit: dict[str, Any]) -> str:
    conditions = [
        *([f"coupling {limit['coupling']:g}"] if limit["coupling"] else []),
        *([f"all decays to {limit['final_state']}"] if limit["branching_fraction"] == 1 else []),
        *([limit["note"]] if limit["note"] else []),
    ]
    return (
        f"      M > {limit['mass_above_TeV']:g} TeV at {100 * limit['confidence_level']:.0f} % CL: "
        f"{', '.join(conditions)} ({limit['title']}; {limit['source']})"
    )
