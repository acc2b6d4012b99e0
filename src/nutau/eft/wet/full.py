"""Every coefficient that a prediction may depend on, in one basis."""

from __future__ import annotations

from nutau.eft.tails import TAILS
from nutau.eft.wet.basis import TWO_NEUTRINOS, WET
from nutau.eft.wet.leptons import LEPTONS
from nutau.eft.wet.z_couplings import Z_COUPLINGS
from nutau.eft.wilson import Basis

FULL = Basis(WET.eft, WET.name, (*WET.coefficients, *LEPTONS.coefficients, *Z_COUPLINGS.coefficients))
"""Those of b decays first (:data:`nutau.eft.wet.basis.WET`), which run from other scales to 4.8 GeV; those of tau and
Z decays are given at the scale of the decay (below m_Z they would run by QED alone, less than 1 %)."""

WITH_TAILS = Basis(FULL.eft, FULL.name, (*FULL.coefficients, *TAILS.coefficients))
"""Those and the amplitudes of the tails, which only the SMEFT gives."""


_NUTAUS = TWO_NEUTRINOS | {*Z_COUPLINGS.coefficients}
IN_WCXF = Basis(WET.eft, WET.name, tuple(name for name in FULL.coefficients if name not in _NUTAUS))
"""Those that WCxf has names for: all but the Z couplings and two neutrinos."""
