r"""Two-field models as in the letter: any :math:`\kappa = C_1/C_3`, and a pair of mediators that has it."""

from __future__ import annotations

from dataclasses import dataclass

from nutau.common.arrays import Array, namespace
from nutau.common.checked import Complex, Real, checked
from nutau.common.given import one_shape
from nutau.eft.smeft.basis import warsaw
from nutau.eft.smeft.matching import Constants
from nutau.eft.wilson import Basis, Wilson
from nutau.errors import InputError
from nutau.models.arguments import checked_mass
from nutau.models.colourless import VB, Zp
from nutau.models.model import Model

TEV2 = 1e-6
"""TeV⁻² in GeV⁻²."""
LAMBDA = 4700.0
"""GeV, the letter's Λ for a coefficient of 1: where running starts if nothing else is said."""


def c3_from_delta(delta: Array, c: Constants) -> Array:
    r""":math:`C_3` in TeV⁻² that gives :math:`\delta(C_V - C_A) = \delta` through ``lq3_3323`` alone.

    :math:`C_3 = -\delta V_{cb}/(v^2 V_{cs})`, Eq. (2.15) of the letter with :math:`V_{cs}` kept; tree level.
    """
    return -delta / (c.v2 * c.charm[1]) / TEV2


@dataclass(frozen=True)
class Direction:
    r"""The letter's models: ``lq3_3323`` = :math:`C_3`, ``lq1_3323`` = :math:`\kappa C_3` and nothing else.

    ``c3`` in TeV⁻²; ``lepton`` is the generation (3: tau).
    """

    kappa: Array
    c3: Array
    mass: Array  # GeV
    lepton: int = 3

    def __post_init__(self) -> None:
        """:class:`InputError` for arrays that do not fit."""
        one_shape({"kappa": self.kappa, "C3": self.c3, "the mass": self.mass})

    @property
    def name(self) -> str:
        """X, or X_1/2 for a number."""
        return f"X_{self.kappa:g}" if isinstance(self.kappa, int | float) else "X"

    @property
    def boxes(self) -> tuple[str, ...]:
        """None: it is no field."""
        return ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """None."""
        return ()

    def smeft(self) -> Wilson:
        """Its two Warsaw coefficients in GeV⁻²."""
        xp = namespace(self.kappa, self.c3)
        c3 = xp.asarray(self.c3).astype(complex) * TEV2
        kappa = xp.asarray(self.kappa).astype(complex)
        digits = f"{self.lepton}{self.lepton}23"
        both = xp.stack(xp.broadcast_arrays(kappa * c3, c3), axis=-1)
        basis = Basis(warsaw().eft, warsaw().name, (f"lq1_{digits}", f"lq3_{digits}"))
        return Wilson(both, basis, self.mass)


@checked
def X(kappa: Real, *, c3: Complex, mass: Real = LAMBDA, lepton: int = 3) -> Model:
    r"""A two-field model of the letter: any ``kappa``, given :math:`C_3` in TeV⁻² (:func:`c3_from_delta`).

    ``mass`` (GeV) is where running starts; without running it does not matter. ``kappa`` and ``c3`` may be
    arrays.
    """
    if lepton not in (1, 2, 3):
        raise InputError(f"lepton is {lepton!r}; a generation is needed: 1 (e), 2 (mu) or 3 (tau).")
    return Model((Direction(kappa, c3, checked_mass(mass), lepton),))


@checked
def two_field_couplings(kappa: Real, c3: Complex, mass: Real, gl: Real = 1.0) -> Model:
    r"""The pair VB + Z' of one mass (GeV) that has this ``kappa`` and :math:`C_3` (TeV⁻²) at 3323.

    With the same lepton coupling ``gl`` = gl_33 of both, their quark couplings gq_23 are :math:`g_q^{W'} = -4
    C_3 M^2/g_l` and :math:`g_q^{Z'} = -\kappa C_3 M^2/g_l`. Unlike :func:`X`, the pair also gives ``qq1``,
    ``qq3`` (B_s mixing) and ``ll``.
    """
    one_shape({"kappa": kappa, "C3": c3, "the mass": mass, "gl": gl})
    xp = namespace(kappa, c3, mass, gl)
    unit = -xp.asarray(c3) * TEV2 * xp.asarray(mass) ** 2 / xp.asarray(gl)
    triplet = VB(mass, gl={"33": gl}, gq={"23": 4.0 * unit})
    return triplet + Zp(mass, gl={"33": gl}, gq={"23": xp.asarray(kappa) * unit})
