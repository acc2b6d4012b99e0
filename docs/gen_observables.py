"""The page of the observables: the catalogue with the SM values of two input sets."""

from __future__ import annotations

from gen_tables import code, number, powers, table
from nutau import load_inputs
from nutau.observables import ALIASES, Observable, catalogue
from nutau.observables.formula import Formula
from nutau.observables.predictions import formulas
from nutau.observables.requests import Request

SETS = ("default", "flavio-2.7")
TAKES = {"bin": "takes a bin", "point": "takes points"}

HEAD = """# Observables

Every observable of nutau, under [flavio's](https://flav-io.github.io) name where flavio has one. {count} names, grouped by
the module of the decay. `/SM` after any name is the ratio to the Standard Model (SM) value of the same inputs, draw by draw:
`BR(B+->Knunu)/SM`. A name in `<...>` takes a bin in q², `dBR/dq2(...)` takes points ({doc}`../howto/spectra`).
Values are those of the SM with theory errors; all branching ratios are CP averages, and short-distance only.

## Short names
{aliases}
"""


def page(draws: int) -> str:
    """The page, as Markdown."""
    values = [_sm(name, draws) for name in SETS]
    text = HEAD.replace("{count}", str(len(catalogue()))).replace(
        "{aliases}", table(("short", "stands for"), ((code(a), code(b)) for a, b in ALIASES.items()))
    )
    modules = dict.fromkeys(item.processes[0][0].__name__ for item in catalogue())
    for module in modules:
        rows = [_row(item, values) for item in catalogue() if item.processes[0][0].__name__ == module]
        title = TITLES[module.rpartition(".")[2]]
        text += f"\n## {title}\n\nFormulas: {{py:mod}}`{module}`.\n"
        text += table(("name", "what it is", *(f"SM, `{name}`" for name in SETS)), rows)
    return text


TITLES = {
    "b_to_pnunu": "B → Kνν̄",
    "b_to_vnunu": "B → K*νν̄, Bₛ → φνν̄",
    "b_to_xsnunu": "B → Xₛνν̄",
    "lb_to_lnunu": "Λ_b → Λνν̄",
    "lb_to_lll": "Λ_b → Λℓℓ",
    "b_to_vgamma": "B → K*γ, Bₛ → φγ",
    "b_to_xsgamma": "B → Xₛγ",
    "b_to_xsll": "B → Xₛℓℓ",
    "bs_to_nunu": "Bₛ → nothing seen",
    "b_to_pll": "B → Kℓℓ",
    "b_to_vll": "B → K*ℓℓ, Bₛ → φℓℓ",
    "b_to_ll": "B⁰, Bₛ → ℓℓ",
    "b_to_plnu": "B → Dℓν",
    "b_to_vlnu": "B → D*ℓν, B_c → J/ψℓν",
    "lb_to_lclnu": "Λ_b → Λ_cℓν",
    "b_to_lnu": "B⁺ → τν, B_c → τν",
    "mixing": "Mixing of Bₛ, B⁰, K and D mesons",
    "bs_width": "The width difference of the Bₛ mesons",
    "k_to_pinunu": "K → πνν̄",
    "tau_and_meson": "D_s, D⁺ → τν, τ → Kν, πν",
    "tau_decays": "τ decays",
    "z_to_ll": "Z decays",
    "pp_to_leptons": "Events at high mass",
}


def _row(item: Observable, values: list[dict[str, str]]) -> tuple[str, ...]:
    text = item.description
    if item.kind != "total":
        low, high = item.edges(load_inputs())
        text += f"; {TAKES[item.kind]} in {low:.4g} – {high:.4g} {item.axis}"
    if item.unit != "1":
        text += f"; in {item.unit.replace('^-1', '⁻¹').replace('^-2', '⁻²')}"
    numbers = (known.get(item.name, "–") for known in values)
    return (code(item.name), text, *numbers)


def _sm(inputs: str, draws: int) -> dict[str, str]:
    """SM values with their theory errors as text, by name."""
    wanted = [item for item in catalogue() if item.kind != "point"]
    compiled = formulas([Request(item.name) for item in wanted], inputs, draws=draws)
    return {item.name: _value(formula) for item, formula in zip(wanted, compiled, strict=True)}


def _value(formula: Formula) -> str:
    sm = float(formula.sm)
    if formula.draws is None or sm == 0.0:
        return powers(f"{sm:.4g}")
    return number(sm, float(formula.draws.sm.std(ddof=1)))
