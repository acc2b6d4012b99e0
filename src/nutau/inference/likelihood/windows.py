r"""Coefficients that hold in a window of :math:`q^2` only, as fit parameters: ``C9U@1.1-6``, ``C9U@K*:1.1-6``.

What is not known of four-quark operators in b → sℓℓ acts as a shift of :math:`C_9` that depends on :math:`q^2` and on
the decay, while new physics depends on neither. A parameter of this kind shifts the coefficient before the ``@`` in
observables whose bin lies inside the window (GeV²), of all decays or of those to one meson; fitted to the data of
several windows it says what the data say of :math:`C_9(q^2)` beside the charm loops of the input set, with no more form
in :math:`q^2` than the windows have.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array
from nutau.eft.algebra import Affine
from nutau.eft.wet.basis import UNIVERSAL
from nutau.errors import InputError
from nutau.observables import find
from nutau.observables.requests import Request

MARK = "@"
MESONS = ("K", "K*", "phi", "Lambda")
USAGE = "COEFFICIENT@LOW-HIGH in GeV², as C9U@1.1-6, or of one decay C9U@K*:1.1-6"
_WINDOW = re.compile(r"^(?:(?P<meson>[^:]+):)?(?P<low>[0-9.eE+]+)-(?P<high>[0-9.eE+]+)$")
_LEPTONIC = re.compile(r"^(C9|C10)p?_b[sd](e|mu|tau){2}$")


@dataclass(frozen=True)
class Window:
    """Bins in [``low``, ``high``] GeV², of decays to one meson or baryon unless it is empty."""

    low: float
    high: float
    meson: str = ""

    def holds(self, request: Request) -> bool:
        """Whether an observable is of this window: its bin, or all its points, and its decay."""
        if request.q2 is None:
            return False
        edges = np.asarray(request.q2, dtype=float)
        if edges.min() < self.low or edges.max() > self.high:
            return False
        return not self.meson or any(self.meson == meson for meson in _mesons(request.name))


def split_window(key: str) -> tuple[str, Window | None]:
    """``"C9U@K*:1.1-6"`` as ``("C9U", Window(1.1, 6.0, "K*"))``; a name without a window as it is.

    Raises :class:`InputError` for what is no window, and for coefficients that are not C9 or C10 of a lepton pair.
    """
    name, mark, text = key.partition(MARK)
    if not mark:
        return key, None
    found = _WINDOW.match(text.replace(" ", ""))
    if found is None:
        raise InputError(f"{key}: '{text}' is no window in q²; give {USAGE}.")
    low, high = (_edge(key, found[end]) for end in ("low", "high"))
    meson = found["meson"] or ""
    if not low < high:
        raise InputError(f"{key}: the window ends at {high:g} GeV², not above its start; give {USAGE}.")
    if meson and meson not in MESONS:
        raise InputError(f"{key}: '{meson}' is none of the decays {', '.join(MESONS)}; give {USAGE}.")
    if name not in UNIVERSAL and not _LEPTONIC.match(name):
        raise InputError(
            f"{key}: a window in q² is for C9 and C10 of a lepton pair (C9U, C9_bsmumu, C10p_bsee), not for {name}."
        )
    return name, Window(low, high, meson)


def seen(step: Affine, names: Sequence[str], request: Request | None) -> Affine:
    """A map of real parameters without the columns of windows that do not hold an observable (``None``: of none)."""
    windows = [split_window(name.partition(" ")[2] or name)[1] if MARK in name else None for name in names]
    if not any(windows):
        return step
    off = [one is not None and (request is None or not one.holds(request)) for one in windows]
    kept: Array = np.where(off, 0.0, 1.0)
    matrix = np.array(step.matrix)
    columns = np.concatenate([np.ones(1), *([kept] * ((matrix.shape[-1] - 1) // len(kept)))])
    return Affine(matrix * columns, step.source, step.target)


def _edge(key: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{key}: '{text}' is no q² in GeV²; give {USAGE}.") from None


def _mesons(name: str) -> set[str]:
    """What an observable decays to beside leptons, without charge."""
    rows = (getattr(row, "meson", "") for _, row in find(name).processes)
    return {row.removeprefix("m_").rstrip("+0") for row in rows}
