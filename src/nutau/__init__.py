"""nutau (ν and τ): how b → sνν, b → sττ and b → cτν move together under new physics.

Importing this package reads no file and imports neither NumPy nor JAX; names are loaded on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_EXPORTS = {
    "Affine": "algebra",
    "Quadratic": "algebra",
    "Basis": "wilson",
    "Wilson": "wilson",
    "InputError": "errors",
    "NutauError": "errors",
}

__all__ = ["__version__", *sorted(_EXPORTS)]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    if name in _EXPORTS:
        return getattr(import_module(f"nutau.{_EXPORTS[name]}"), name)
    raise AttributeError(f"module 'nutau' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*__all__, "__doc__"])
