"""Formulas of observables, written out in any format: what ``nutau formulas`` prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nutau.common.checked import checked
from nutau.common.columns import to_json
from nutau.common.given import several
from nutau.eft.wet.basis import MU_B
from nutau.eft.wet.full import FULL
from nutau.errors import InputError, unknown
from nutau.inputs import Inputs, InputSet, load_inputs
from nutau.inputs.letter_polynomials import letter_file
from nutau.observables import find
from nutau.observables.formula import Formula
from nutau.observables.letter import letter_formulas
from nutau.observables.polynomials import NotPolynomialError, Polynomial, Variables, left_handed, polynomial
from nutau.observables.predictions import DRAWS, SEED, formulas, runs, scale_of
from nutau.observables.requests import ALL, Request, bare, check_used, label, requested
from nutau.report.export.document import formulas_document
from nutau.report.export.latex import to_latex
from nutau.report.export.popxf import SMALLEST, restricted, to_popxf

OBSERVABLES = ("Rtautau(K)", "Rtautau(K*)", "Rnunu(K)", "Rnunu(K*)")
VARIABLES = ("left-handed", "real", "raw")


@dataclass(frozen=True)
class WrittenFormulas:
    """Formulas at ``scale`` GeV as polynomials in chosen variables.

    ``definitions`` say what the variables are made of (none for coefficients themselves); ``expanded`` names the
    observables that are Taylor polynomials around the SM; ``labels`` are their LaTeX names.
    """

    polynomials: tuple[Polynomial, ...]
    formulas: tuple[Formula, ...]
    definitions: Variables
    expanded: tuple[str, ...]
    labels: Mapping[str, str]
    scale: float
    inputs: str
    requests: tuple[Request, ...] = ()

    def document(self) -> dict[str, Any]:
        """The JSON document ``nutau/formulas/1``."""
        return formulas_document(
            self.polynomials,
            scale=self.scale,
            inputs=self.inputs,
            variables=self.definitions,
            expanded=self.expanded,
            about=[_about(request) for request in self.requests],
        )

    def json(self) -> str:
        """:meth:`document` as text."""
        return to_json(self.document())

    @property
    def places(self) -> tuple[str, ...]:
        """Where the coefficients of each formula are, in words: those of tau and Z decays do not run."""
        given, fixed = f"at {self.scale:g} GeV", "at the scale of the decay"
        return tuple(given if runs(formula.central.basis) else fixed for formula in self.formulas)

    def latex(self) -> str:
        """LaTeX source: an ``align`` and tables of correlations; comments say what the formulas hold for."""
        first = f"Coefficients {' and '.join(dict.fromkeys(self.places))}, inputs {self.inputs}."
        return "".join(f"% {line}\n" for line in (first, *self.notes())) + to_latex(
            self.polynomials, self.labels
        )

    def notes(self) -> tuple[str, ...]:
        """What the variables are, which observables are expanded, and what is left out, in words."""
        notes = []
        if self.definitions:
            rows = [f"{name} = {_combination(row)}" for name, row in self.definitions.items()]
            notes.append("; ".join(rows) + ". All other coefficients are zero.")
        if self.expanded:
            notes.append(f"Expanded to second order around the SM: {', '.join(self.expanded)}.")
        notes += [f"{r.label}: {r.note}." for r in self.requests if r.note]
        return tuple(notes)


def _about(request: Request) -> dict[str, Any]:
    """Bin and note of an observable, where it has them."""
    found = {} if request.q2 is None else {"q2": list(request.q2)}
    return found | ({"note": request.note} if request.note else {})


def _combination(row: Mapping[str, float]) -> str:
    terms: list[str] = []
    for coefficient, factor in row.items():
        size = "" if abs(factor) == 1 else f"{abs(factor):g} "
        terms.append(f"{'-' if factor < 0 else '+' if terms else ''} {size}{coefficient}".strip())
    return " ".join(terms)


@checked
def write_formulas(
    observables: Sequence[str] = OBSERVABLES,
    *,
    scale: float | None = None,
    inputs: InputSet = "default",
    variables: str = "left-handed",
    only: Sequence[str] = (),
    q2: Any = None,
    draws: int = DRAWS,
) -> WrittenFormulas:
    """The formulas of observables as polynomials with theory errors, coefficients given at ``scale`` GeV (4.8).

    ``variables`` are ``"left-handed"`` (the letter's), ``"real"`` or ``"raw"`` (real, or real and imaginary parts
    of coefficients); ``only`` keeps these coefficients; ``q2`` is a bin for observables that take one.
    ``inputs="letter"`` gives the letter's own formulas, which have no errors and hold at m_W.
    """
    if variables not in VARIABLES:
        raise unknown("choice of variables", variables, VARIABLES)
    only, scale = several("only", only or ()), None if scale is None else scale_of(scale)
    _check_names(only)
    observables = OBSERVABLES if observables is None else several("observables", observables)
    if inputs == "letter":
        made, requests, at = _letter(observables, scale)
        check_used(q2, requests)
        name = "letter"
    else:
        chosen = load_inputs(inputs, also=("letter",))
        requests = _requests(observables, q2, chosen)
        at, name = MU_B if scale is None else scale, chosen.name
        made = formulas(requests, chosen, draws=draws, scale=at)
    if only:
        made = tuple(restricted(formula, tuple(only)) for formula in made)
    polynomials: list[Polynomial] = []
    definitions: dict[str, Mapping[str, float]] = {}
    expanded: list[str] = []
    for formula in made:
        wanted = left_handed(formula) if variables == "left-handed" else None
        definitions.update(wanted or {})
        result, is_expanded = _polynomial(formula, wanted, imaginary=variables == "raw")
        polynomials.append(result)
        expanded += [formula.observable] * is_expanded
    _check_kept(made, definitions, only)
    labels = {formula.observable: _latex(r) for formula, r in zip(made, requests, strict=True)}
    return WrittenFormulas(
        tuple(polynomials), made, definitions, tuple(expanded), labels, at, name, tuple(requests)
    )


def popxf_documents(
    observables: Sequence[str] = OBSERVABLES,
    *,
    scale: float | None = None,
    inputs: InputSet = "default",
    only: Sequence[str] = (),
    q2: Any = None,
    draws: int = DRAWS,
    correlation_file: str | None = None,
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The POPxf document of observables and its correlation document (``None`` with ``draws=0``)."""
    if inputs == "letter":
        raise InputError(
            "The letter's formulas are rounded and without errors; write POPxf with `inputs='default'`."
        )
    chosen = load_inputs(inputs)
    requests = [replace(r, label=_name(r)) for r in _requests(observables, q2, chosen)]
    at = MU_B if scale is None else scale
    made = formulas(requests, chosen, draws=draws, scale=at)
    _check_kept(made, {}, only)
    exported = to_popxf(
        made,
        scale=at,
        inputs=chosen,
        only=tuple(only) or None,
        settings={"draws": draws, "seed": SEED},
        correlation_file=correlation_file,
    )
    return exported.document, exported.correlations


def _check_names(coefficients: Sequence[str]) -> None:
    for name in coefficients:
        FULL.index(name, "the coefficients to keep")


def _requests(observables: Sequence[str], q2: Any, inputs: Inputs) -> list[Request]:
    names = tuple(observables) or OBSERVABLES
    for name in names:
        if bare(name)[0].startswith("dBR/dq2"):
            raise InputError(
                f"{name} is a function of q², not one polynomial. Ask for '<dBR/dq2>(...)' with `q2=(15, 19)`, or use "
                "nutau.spectrum for the function."
            )
    requests = requested(names, q2, inputs=inputs)
    return [replace(request, label=label(request)) for request in requests]


def _check_kept(made: Sequence[Formula], definitions: Variables, only: Sequence[str]) -> None:
    """Raise :class:`InputError` if a coefficient to keep is in none of the formulas, or in none of their variables."""
    if not only:
        return
    known = {name for formula in made for name in formula.central.basis.coefficients}
    lost = [name for name in only if name not in known]
    if lost:
        names = ", ".join(formula.observable for formula in made)
        raise InputError(f"`only` {', '.join(lost)} would not be used: {names} depends on none of them.")
    said = {name for row in definitions.values() for name in row}
    lost = [name for name in only if definitions and name not in said]
    if lost:
        raise InputError(
            f"`only` {', '.join(lost)} would not be used: the letter's variables {', '.join(definitions)} "
            "leave them out. Use raw ones (`variables='raw'`)."
        )


def _letter(
    observables: Sequence[str], scale: float | None
) -> tuple[tuple[Formula, ...], list[Request], float]:
    own, known = letter_file().scale, letter_formulas()
    if scale is not None and scale != own:
        raise InputError(f"The letter's formulas hold at m_W = {own:g} GeV; leave `scale` out.")
    requests = [Request.parse(name, ALL) for name in observables or OBSERVABLES]
    found = []
    for request in requests:
        formula = known.get(f"{request.name}/SM")
        if formula is None or not request.relative:
            raise InputError(f"The letter has no formula for '{request.label}'. It has {', '.join(known)}.")
        found.append(replace(formula, observable=request.label))
    return tuple(found), requests, own


def _polynomial(formula: Formula, wanted: Variables | None, *, imaginary: bool) -> tuple[Polynomial, bool]:
    try:
        result, is_expanded = polynomial(formula, wanted, imaginary=imaginary), False
    except NotPolynomialError:
        result, is_expanded = polynomial(formula, wanted, imaginary=imaginary, expand=True), True
    return result.without(SMALLEST), is_expanded


def _name(request: Request) -> str:
    """The name of an observable without aliases, with its bin."""
    bounds = "" if request.q2 is None else f"[{request.q2[0]:g},{request.q2[1]:g}]"
    return f"{request.name}{bounds}{'/SM' if request.relative else ''}"


def _latex(request: Request) -> str:
    latex = find(request.name).latex
    if request.q2 is not None:
        latex += rf"_{{[{request.q2[0]:g},\,{request.q2[1]:g}]}}"
    return rf"\frac{{{latex}}}{{{latex}_{{\mathrm{{SM}}}}}}" if request.relative else latex
