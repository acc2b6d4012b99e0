"""The letter's polynomials as predictions: the input set ``letter``, without masses, running, bins and errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.eft.wet.basis import WET
from nutau.eft.wilson import Wilson
from nutau.errors import InputError, short
from nutau.inputs.letter import constants, line, quoted
from nutau.inputs.letter_polynomials import letter_file
from nutau.measurements import load_dataset
from nutau.models.two_field import TEV2, Direction
from nutau.observables.formula import Forms, Formula
from nutau.observables.point import Coefficients, Heavy, Part, Point, Weak
from nutau.observables.predictions import (
    DEFAULT_OBSERVABLES,
    check_finite,
)
from nutau.observables.requests import ALL, Request
from nutau.observables.results import Prediction, Predictions


def letter_formulas() -> dict[str, Formula]:
    """The letter's observables, as ratios to the SM, by name (they carry no theory errors)."""
    return {
        entry.observable: Formula(entry.observable, Forms(entry.form())) for entry in letter_file().formulas
    }


def no_engine_options(given: Mapping[str, Any]) -> None:
    """Refuse what the letter's formulas know nothing of: arguments by name, ``None`` where not given."""
    extra = [f"`{option}`" for option, value in given.items() if value is not None]
    if extra:
        raise InputError(
            f"{', '.join(extra)} cannot be used with `inputs='letter'`, whose formulas know neither masses nor running "
            "nor bins. Use `inputs='default'`."
        )


def as_printed(names: Sequence[str], point: Point, *, muons: bool = False) -> Predictions:
    """The letter's formulas at a point: WET coefficients at m_W, and models whose κ and size are given."""
    own = letter_file().scale
    lines = [item for part in point.parts if isinstance(part, Heavy) for item in part.model.parts]
    if muons and len(lines) != 1:
        raise InputError(
            "`muons=True` takes δC_L of the muon neutrinos from the κ of one model: give one, as X(1, delta=0.069)."
        )
    values = np.zeros(len(WET), dtype=complex)
    for part in point.parts:
        found = _values(part, point.convention, muons)
        if namespace(found) is not np or np.ndim(found) > 1:
            raise InputError(
                "The letter's formulas take one point at a time; use `inputs='default'` for arrays."
            )
        values = values + found
    return _evaluated(names, Wilson(values, WET, own), point.convention)


def _values(part: Part, convention: str, muons: bool) -> Array:
    """WET coefficients of a part at m_W, without running, in the letter's own matching."""
    own = letter_file().scale
    if isinstance(part, Weak):
        if part.scale not in (None, own):
            raise InputError(
                f"The letter's formulas take coefficients at m_W = {own:g} GeV; leave `scale` out."
            )
        return part.wilson(own, WET).values
    if isinstance(part, Coefficients):
        if part.moves or part.wilson.scale != own:
            raise InputError(
                f"The letter's formulas take coefficients of the WET at m_W = {own:g} GeV, not those of the "
                f"{part.wilson.basis.eft} at {short(part.wilson.scale)} GeV. Use `inputs='default'`."
            )
        return part.wilson.on(WET).values
    no_engine_options({"running": part.running})
    return np.sum([_on_line(item, convention, muons) for item in part.model.parts], axis=0)


def _on_line(item: Any, convention: str, muons: bool) -> Array:
    if not isinstance(item, Direction):
        raise InputError(
            f"With `inputs='letter'` a model needs its size alone, `delta` or `c3` (TeV⁻²), instead of a mass and "
            f"couplings: as nutau.X('{item.name}', delta=0.069)."
        )
    no_engine_options({"mass": item.mass, "lepton": None if item.lepton == 3 else item.lepton})
    if item.c3 is not None and np.any(np.imag(item.c3)):
        raise InputError("The letter's C3 is real; it was given an imaginary part. Use `inputs='default'`.")
    size: Any = item.delta if item.c3 is None else _delta_of(item.c3)
    if np.ndim(item.kappa) or np.ndim(size) or namespace(item.kappa, size) is not np:
        raise InputError("The letter's formulas take one point at a time; use `inputs='default'` for arrays.")
    found = line(float(np.real(item.kappa)), convention, muons=muons)
    made = dict(zip(found.target.coefficients, np.asarray(found(np.array([size]))), strict=True))
    return Wilson.from_mapping(WET, letter_file().scale, made).values


def _delta_of(c3: Array) -> Array:
    """(2.15): δ = -(v² V_cs/V_cb) C3, C3 in TeV⁻²; the letter has V_cs = 1."""
    c = constants()
    return -np.real(c3) * TEV2 / (np.sqrt(2.0) * c["G_F"]) * c["V_cs"] / c["V_cb"]


def _only_known(point: Wilson, known: Mapping[str, Formula]) -> None:
    """Refuse coefficients that no formula of the letter has, rather than give their SM value."""
    has = dict.fromkeys(name for formula in known.values() for name in formula.central.basis.coefficients)
    lost = [name for name in point.nonzero() if name not in has]
    if lost:
        raise InputError(
            f"The letter's formulas do not know {', '.join(lost)}; they have {', '.join(has)}. Use `inputs='default'`."
        )


def _evaluated(names: Sequence[str], point: Wilson, convention: str) -> Predictions:
    known = letter_formulas()
    _only_known(point, known)
    data = load_dataset("letter-2022")
    rows = []
    for text in names:
        request = Request.parse(text, ALL)
        formula: Formula | None = known.get(f"{request.name}/SM")
        if formula is None:
            choices = ", ".join((*DEFAULT_OBSERVABLES, *known))
            raise InputError(
                f"The letter has no formula for '{text}'. It has {choices}. Others need `inputs='default'`."
            )
        basis = formula.central.basis
        with np.errstate(over="ignore", invalid="ignore"):  # said below
            ratio = float(formula(np.array([point[name] for name in basis.coefficients])))
        check_finite(text, np.asarray(ratio))
        if request.relative:
            rows.append(Prediction(text, ratio, 1.0, ratio, None, None, None, None))
        elif request.name.startswith("Rtaul"):
            sm = quoted(data, request.name, "prediction")
            value, error = ratio * sm.value, ratio * sm.uncertainty
            rows.append(
                Prediction(text, value, sm.value, ratio, error, None, (value - error, value + error), None)
            )
        else:
            raise InputError(
                f"The letter gives {request.name} over its SM value only; ask for '{request.name}/SM'."
            )
        rows[-1] = replace(rows[-1], note=request.note)
    return Predictions(tuple(rows), "letter", convention)
