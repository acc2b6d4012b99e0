"""nutau (ν and τ): how b → sνν, b → sττ and b → cτν move together under new physics.

Importing this package reads no file and imports neither NumPy nor JAX; names are loaded on first use.
"""

from __future__ import annotations

from importlib import import_module
from threading import RLock
from typing import Any

__version__ = "1.0.0"

# name -> module; the reviewed public API, in one place
_EXPORTS = {
    "Affine": "eft.algebra",
    "DEFAULT_OBSERVABLES": "observables.predictions",
    "Basis": "eft.wilson",
    "InputError": "errors",
    "Inputs": "inputs",
    "InvisibleState": "observables.invisible",
    "Model": "models",
    "NutauDeprecationWarning": "errors",
    "NutauError": "errors",
    "Parameters": "inputs.parameters",
    "Quadratic": "eft.algebra",
    "R2": "models",
    "R2t": "models",
    "S1": "models",
    "S1t": "models",
    "S3": "models",
    "U1": "models",
    "U1t": "models",
    "U3": "models",
    "V2": "models",
    "V2t": "models",
    "VB": "models",
    "Wilson": "eft.wilson",
    "X": "models",
    "Zp": "models",
    "catalogue": "observables",
    "cite": "report.citations",
    "compare_inputs": "observables.comparison",
    "compare_models": "report.model_comparison",
    "error_budget": "observables.predict",
    "fit": "inference.fit",
    "forecast": "inference.forecast",
    "formulas": "observables.predictions",
    "invisible": "inference.invisible.compare",
    "judge": "report.judging",
    "likelihood": "inference.likelihood.named",
    "load_dataset": "measurements",
    "load_inputs": "inputs",
    "next_measurements": "inference.forecast.next",
    "phi2": "models",
    "plane": "report.figures.plane",
    "point": "observables.point",
    "polynomial": "observables.polynomials",
    "predict": "observables.predict",
    "read_popxf": "report.export",
    "read_wcxf": "observables.point",
    "relations": "report.relations",
    "reproduce": "letter.report",
    "reproduce_paper": "report.papers",
    "scan": "inference.scan",
    "spectrum": "observables.spectra",
    "theory_model": "inference.theory_model",
    "to_hs3": "report.export.hs3",
    "to_popxf": "report.export",
    "two_field_couplings": "models",
    "values": "observables.predict",
    "weights": "observables.weights",
}

_MOVED: dict[str, tuple[str, str]] = {}
"""Old name -> new name and the version with which the old one leaves (docs/develop/stability.md)."""

_LOADING = RLock()
"""Modules that import each other, loaded by two threads at once, would meet half of one another."""

__all__ = ["__version__", *sorted(_EXPORTS)]


def __getattr__(name: str) -> Any:
    if name in _EXPORTS:
        with _LOADING:
            return getattr(import_module(f"nutau.{_EXPORTS[name]}"), name)
    if name in _MOVED:
        new, gone = _MOVED[name]
        import_module("nutau.errors").deprecated(f"nutau.{name}", f"nutau.{new}", gone)
        return __getattr__(new)
    raise AttributeError(f"module 'nutau' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*__all__, "__doc__"])
