"""Everything the page needs to know, as plain data: input sets with their maps and forms, data sets, models."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nutau import __version__
from nutau.common.arrays import Array
from nutau.errors import InputError
from nutau.explorer import running
from nutau.explorer.encode import doubles, entries, integers, parts, singles
from nutau.explorer.forms import ROUNDING, Pack, carried, narrowed, pack, points
from nutau.explorer.maps import Maps, letter_maps, maps, moved
from nutau.explorer.measurements import LETTER, bands, canonical, delta, measured, reach
from nutau.explorer.mediators import described
from nutau.inputs import Inputs, load_inputs
from nutau.inputs.letter import CONVENTIONS, Number, quoted
from nutau.letter.claims import benchmarks, kappas
from nutau.letter.plane import PANELS
from nutau.measurements import DataSet, load_dataset
from nutau.models import MEDIATORS
from nutau.observables import catalogue, find
from nutau.observables.formula import Forms, Formula
from nutau.observables.letter import letter_formulas
from nutau.observables.predictions import DRAWS, SEED, check_draws, formulas, formulas_at
from nutau.observables.requests import ALL, Request
from nutau.report.figures.looks import LOOKS
from nutau.report.light_leptons import wanted
from nutau.report.plane import CHARGED, own_sm

SCHEMA = "nutau/explorer/2"
INPUTS = ("default", "letter", "flavio-2.7")
DATA = ("2026", "letter-2022")
OBSERVABLES = (
    *("Rtautau(K)", "Rtautau(K*)", "Rnunu(K)", "Rnunu(K*)", "R(D)", "R(D*)"),
    *("Ptau(B0->Dtaunu)", "Ptau(B0->D*taunu)", "FLtot(B0->D*taunu)"),
    *("BR(B+->Ktautau)", "BR(B0->K*tautau)", "BR(Bs->phitautau)", "BR(Bs->tautau)"),
    *("BR(B+->Knunu)", "BR(B0->K*nunu)", "<FL>(B0->K*nunu)", "BR(Bc->taunu)"),
)
"""Always on the page; what else the data sets measure is added."""
SPECTRA = ("B+->Knunu", "B0->K*nunu", "B+->Ktautau", "B0->K*tautau")
SPECTRUM_POINTS = 25
SPECTRUM_DRAWS = 200
"""Fewer theory draws for the bands of spectra (a standard deviation to 5 %), which are the slow part."""
SPECTRUM_MODES = 1e-3
"""The smallest modes of spectra, which weigh most: a rate has no errors that cancel, and keeps its own to 1e-4."""
PLANE = tuple(dict.fromkeys(name.removesuffix("/SM") for pair in PANELS.values() for name in pair))

Report = Callable[[str], None]


def payload(
    inputs: Sequence[str] = INPUTS,
    data: Sequence[str] = DATA,
    *,
    convention: str = "physical",
    draws: int = DRAWS,
    report: Report = lambda step: None,
) -> dict[str, Any]:
    """The page's data for input sets and data sets (names or the user's own files).

    The page opens with the first of each and with ``convention``; ``report`` is told each step. Raises
    :class:`InputError` for names that do not exist, for two sets of one name, and without any.
    """
    if not inputs or not data:
        raise InputError("The explorer needs at least one input set and one data set.")
    datasets = [load_dataset(name) for name in data]
    engines = {name: load_inputs(name) for name in inputs if name != "letter"}
    _distinct([item.name for item in datasets])
    _distinct([engines[name].name if name in engines else name for name in inputs])
    wanted = _observables(datasets)
    made = {name: _engine(item, wanted, draws, report) for name, item in engines.items()}
    leaders = running.common([found for found, _ in made.values()])
    full = {
        name: plain | {"prefactors": doubles(parts(running.prefactors(found, leaders)))}
        for name, (found, plain) in made.items()
    }
    sets = [full[name] if name in full else _letter(list(full.values())) for name in inputs]
    known = {item["id"] for found in sets for item in found["observables"]}
    own = own_sm(next(iter(engines.values()), "default"), draws)
    return {
        "schema": SCHEMA,
        "version": __version__,
        "inputs": sets,
        "data": [_dataset(item, known, own) for item in datasets],
        "models": models(),
        "mediators": [described(item) for item in MEDIATORS],
        "running": running.encoded([found for found, _ in made.values()]),
        "light": light_leptons(),
        "conventions": list(CONVENTIONS),
        "initial": {"convention": convention},
    }


def _distinct(names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"Two sets are called {name}: give the file of your own another name.")


def models() -> list[dict[str, Any]]:
    """The letter's models with κ, coloured as in Figure 1; S1, which it does not draw, starts hidden."""
    found = {**benchmarks(), "S1": kappas()["S1"]}
    return [
        {
            "id": name,
            "label": name.replace("X_", "X ").replace("-", "−"),
            "kappa": kappa,
            "colour": LOOKS[name].colour,
            "marker": LOOKS[name].marker,
            "shown": name != "S1",
        }
        for name, kappa in found.items()
    ]


def light_leptons() -> list[dict[str, Any]]:
    """The C9U at 4.8 GeV that b → sℓℓ of light leptons wants, with each description of charm loops."""
    return [
        {"charm": one.charm, "data": one.data, "version": one.version}
        | {"value": one.value, "minus": one.minus, "plus": one.plus}
        for one in wanted()
    ]


def _observables(datasets: Sequence[DataSet]) -> list[Request]:
    """What to predict: the fixed list, then what is measured and in the catalogue."""
    names = {observable.name for observable in catalogue()}
    requests = {_named(name): Request.parse(name, ALL) for name in OBSERVABLES}
    for item in dict.fromkeys(item for dataset in datasets for item in dataset.observables):
        full = canonical(item.name)
        if full.removesuffix("/SM") in names:
            request = Request.parse(full, item.q2)
            requests.setdefault(full if item.q2 is None else item.label, request)
    return [replace(request, label=label) for label, request in requests.items()]


def _named(name: str) -> str:
    """The full name, with its bin where it takes one."""
    full = canonical(name)
    return f"{full}[all q²]" if find(full.removesuffix("/SM")).kind == "bin" else full


def _engine(
    inputs: Inputs, wanted: Sequence[Request], draws: int, report: Report
) -> tuple[Maps, dict[str, Any]]:
    """An input set's maps, and the set as the page takes it but for the factors of its running."""
    report(f"{inputs.name}: observables")
    check_draws(draws)
    made = formulas_at(wanted, inputs, None)
    found = maps(inputs, {name for formula in made for name in formula.central.basis.coefficients})
    drawn = inputs.parameters.sample(draws, SEED) if draws else None
    reached = _reached(wanted, made, found.names, inputs, drawn)
    spectra = []
    few = min(draws, SPECTRUM_DRAWS)
    factors = Factors(found.names, *moved(inputs, found.names, few))
    for decay in SPECTRA:
        report(f"{inputs.name}: spectrum of {decay}")
        spectra.append(_spectrum(decay, inputs, factors, few))
    factors = Factors(found.names, *moved(inputs, found.names, draws))
    sm = {f"{formula.observable}/SM": float(formula.sm) for formula in made if formula.observable in PLANE}
    notes = {request.label: request.note for request in wanted}
    plain = _set(inputs.name, inputs.description, found, reached, factors.packs(reached), notes)
    return found, plain | {"spectra": spectra, "sm": sm, "smFrom": inputs.name, "draws": draws}


def _reached(
    wanted: Sequence[Request],
    made: Sequence[Formula],
    names: Sequence[str],
    inputs: Inputs,
    drawn: Mapping[str, Array] | None,
) -> list[Formula]:
    """Those of the observables that have coefficients ``names``, over these, with their draws.

    Made decay by decay: the forms of all decays at once, over all coefficients, take several times the memory.
    """
    found: dict[int, Formula] = {}
    reached = [i for i, formula in enumerate(made) if set(formula.central.basis.coefficients) & set(names)]
    for part in _by_decay([wanted[i] for i in reached]):
        for i, formula in zip(
            part, formulas_at([wanted[reached[i]] for i in part], inputs, drawn), strict=True
        ):
            found[i] = narrowed(formula, names)
    return [found[i] for i in sorted(found)]


def _by_decay(requests: Sequence[Request]) -> list[list[int]]:
    """Positions of requests, those that share a decay together."""
    parts: list[tuple[set[Any], list[int]]] = []
    for position, request in enumerate(requests):
        decays = {(module.__name__, row.name) for module, row in find(request.name).processes}
        joined = [part for part in parts if part[0] & decays]
        parts = [part for part in parts if not part[0] & decays]
        places = sorted([position, *(place for part in joined for place in part[1])])
        parts.append((decays.union(*(part[0] for part in joined)), places))
    return [places for _, places in parts]


@dataclass(frozen=True)
class Factors:
    """What theory draws multiply the coefficients ``names`` by, at given couplings and at given δ."""

    names: tuple[str, ...]
    couplings: Array
    delta: Array

    def packs(self, made: Sequence[Formula], smallest: float = ROUNDING) -> tuple[Pack, Pack]:
        """Formulas packed with the scatter that they have at given δ, and at given couplings."""
        ways = (self.delta, self.couplings)
        first, second = (
            pack([carried(item, self.names, way) for item in made], self.names, smallest) for way in ways
        )
        return first, second


def _spectrum(decay: str, inputs: Inputs, factors: Factors, draws: int) -> dict[str, Any]:
    """dB/dq² on points that crowd at both ends of phase space, where spectra bend."""
    name = f"dBR/dq2({decay})"
    low, high = find(name).edges(inputs)
    q2 = low + (high - low) * np.sin(0.5 * np.pi * np.linspace(0.0, 1.0, SPECTRUM_POINTS)) ** 2
    (formula,) = formulas([Request(name, False, q2, name)], inputs, draws=draws)
    packs = factors.packs(points(narrowed(formula, factors.names), len(q2)), SPECTRUM_MODES)
    return {"id": name, "q2": q2.tolist(), "pack": _packs(*packs)}


def _letter(sets: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The letter's polynomials, ratios to the SM; R_D and R_D* with the SM values that the letter quotes."""
    quotes = {name: quoted(load_dataset(LETTER), name, "prediction") for name in CHARGED}
    made = []
    for ratio, formula in letter_formulas().items():
        name = ratio.removesuffix("/SM")
        form = formula.central.numerator
        made.append(Formula(name, Forms(form * quotes[name].value)) if name in quotes else formula)
    found = letter_maps()
    packed = pack(made, found.names)
    modes = []  # one for each of R_D and R_D*: the error of the SM value
    for position, formula in enumerate(made):
        if formula.observable in quotes:
            sm, (start, end) = quotes[formula.observable], packed.spans[position, :2]
            packed.spans[position, 3] = 1
            modes.append(packed.central[start:end] * sm.uncertainty / sm.value)
    packed = replace(packed, modes=np.concatenate(modes))
    engine = sets[0] if sets else {"sm": {}, "name": ""}
    text = "The polynomials (A.1)-(A.3) of the letter, as printed"
    notes = {item.observable: Request.parse(item.observable).note for item in made}
    return _set("letter", text, found, made, (packed, packed), notes) | {
        "spectra": [],
        "sm": engine["sm"],
        "smFrom": engine["name"],
        "draws": 0,
    }


def _set(
    name: str,
    title: str,
    found: Maps,
    made: Sequence[Formula],
    packs: tuple[Pack, Pack],
    notes: Mapping[str, str],
) -> dict[str, Any]:
    return {
        "name": name,
        "title": title,
        "coefficients": list(found.names),
        "sources": list(found.sources),
        "tree": {key: entries(matrix[None]) for key, matrix in found.tree.items()},
        "c3": {key: [value.real, value.imag] for key, value in found.c3.items()},
        "runs": found.chebyshev is not None,
        "observables": [_described(formula, notes.get(formula.observable, "")) for formula in made],
        "pack": _packs(*packs),
    }


def _described(formula: Formula, note: str) -> dict[str, Any]:
    bare = formula.observable.partition("[")[0].removesuffix("/SM")
    return {
        "id": formula.observable,
        "readout": formula.central.readout,
        "description": find(bare).description,
        "unit": formula.unit,
        "note": note,
    }


def _packs(at_delta: Pack, at_couplings: Pack) -> dict[str, Any]:
    """The first in full, of the second what differs."""
    whole, second = _plain(at_delta), _plain(at_couplings)
    return whole | {"given": {key: value for key, value in second.items() if value != whole[key]}}


def _plain(packed: Pack) -> dict[str, Any]:
    return {
        "monomials": integers(packed.monomials),
        "index": integers(packed.index),
        "central": doubles(packed.central),
        "modes": singles(packed.modes),
        "spans": integers(packed.spans),
    }


def _dataset(data: DataSet, known: set[str], own: Mapping[str, Number]) -> dict[str, Any]:
    value, how = delta(data, own)
    entries = measured(data.measurements, known)
    shown = {entry["name"] for entry in entries}
    return {
        "name": data.name,
        "title": data.title,
        "version": data.version,
        "delta": {"value": value.value, "uncertainty": value.uncertainty, "how": how},
        "bands": bands(data, PLANE),
        "reach": reach(data.projections, PLANE),
        "measurements": entries,
        "leftOut": [entry.name for entry in data.measurements if entry.name not in shown],
    }
