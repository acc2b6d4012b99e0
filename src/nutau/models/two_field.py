r"""Two-field models as in the letter: any :math:`\kappa = C_1/C_3`, and a pair of mediators that has it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from nutau.common.arrays import Array, namespace
from nutau.common.checked import Complex, Real, checked
from nutau.common.given import complex_value, one_shape, real
from nutau.eft.smeft.basis import warsaw
from nutau.eft.smeft.matching import Constants
from nutau.eft.wilson import Basis, Wilson
from nutau.errors import InputError
from nutau.models.arguments import checked_mass
from nutau.models.catalogue import mediator
from nutau.models.colourless import VB, Zp
from nutau.models.mediator import Mediator
from nutau.models.missing import Missing, of_a_line
from nutau.models.model import Model

TEV2 = 1e-6
"""TeV⁻² in GeV⁻²."""
LAMBDA = 4700.0
"""GeV, the letter's Λ for a coefficient of 1."""


def c3_from_delta(delta: Array, c: Constants) -> Array:
    r""":math:`C_3` in TeV⁻² that gives :math:`\delta(C_V - C_A) = \delta` through ``lq3_3323`` alone.

    :math:`C_3 = -\delta V_{cb}/(v^2 V_{cs})`, Eq. (2.15) of the letter with :math:`V_{cs}` kept; tree level.
    """
    return -delta / (c.v2 * c.charm[1]) / TEV2


def kappa_of(model: str | Mediator) -> float:
    r""":math:`\kappa = C_1/C_3` of a mediator or its name; :class:`InputError` for one without :math:`C_3`."""
    known = mediator(model) if isinstance(model, str) else model
    if known.kappa is None or not isfinite(known.kappa):
        raise InputError(
            f"{known.name} has no κ = C1/C3: without lq3, δ does not fix it. Give a model with lq3."
        )
    return known.kappa


@dataclass(frozen=True)
class Direction:
    r"""The letter's models: ``lq3_3323`` = :math:`C_3`, ``lq1_3323`` = :math:`\kappa C_3` and nothing else.

    ``c3`` in TeV⁻², or ``delta`` = :math:`\delta(C_V - C_A)`, which becomes :math:`C_3` with the CKM elements of an
    input set; ``mass`` (GeV) is where running starts, ``None`` where nothing runs; ``lepton`` is the generation (3:
    tau); ``field`` is the mediator whose :math:`\kappa` it is, if one was named.
    """

    kappa: Array
    c3: Array | None = None
    mass: Array | None = None
    lepton: int = 3
    delta: Array | None = None
    field: Mediator | None = None

    def __post_init__(self) -> None:
        """:class:`InputError` for arrays that do not fit."""
        given = {"kappa": self.kappa, "C3": self.c3, "delta": self.delta, "the mass": self.mass}
        one_shape({what: value for what, value in given.items() if value is not None})

    @property
    def name(self) -> str:
        """The mediator whose κ it is, else X_1 for a number and X for an array."""
        if self.field is not None:
            return self.field.name
        return f"X_{self.kappa:g}" if isinstance(self.kappa, int | float) else "X"

    @property
    def missing(self) -> tuple[Missing, ...]:
        """The boxes of the mediator whose κ it is, which need its couplings; a line of its own is no field."""
        return of_a_line(self.field) if self.field is not None else ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """None."""
        return ()

    def smeft(self, constants: Constants | None = None) -> Wilson:
        """Its two Warsaw coefficients in GeV⁻²; :class:`InputError` for a ``delta`` without ``constants``."""
        if self.c3 is None and constants is None:
            raise InputError(
                "`delta` becomes C3 with V_cb and V_cs: ask for the coefficients of an input set with "
                ".wet(inputs=...), or give `c3`."
            )
        c3 = self.c3 if constants is None or self.c3 is not None else c3_from_delta(self.delta, constants)
        xp = namespace(self.kappa, c3)
        c3 = xp.asarray(c3).astype(complex) * TEV2
        kappa = xp.asarray(self.kappa).astype(complex)
        digits = f"{self.lepton}{self.lepton}23"
        both = xp.stack(xp.broadcast_arrays(kappa * c3, c3), axis=-1)
        basis = Basis(warsaw().eft, warsaw().name, (f"lq1_{digits}", f"lq3_{digits}"))
        return Wilson(both, basis, LAMBDA if self.mass is None else self.mass)


@checked
def X(
    kappa: Real | Mediator | str,
    *,
    c3: Complex | None = None,
    delta: Real | None = None,
    mass: Real | None = None,
    lepton: int = 3,
) -> Model:
    r"""A two-field model of the letter: :math:`C_1 = \kappa C_3` and nothing else.

    ``kappa`` is a number, or a mediator (or its name) whose :math:`\kappa` is taken. Its size is ``c3`` in TeV⁻² or
    ``delta``, :math:`\delta(C_V - C_A)` of b → cτν at tree level (:func:`c3_from_delta`), which follows the CKM
    elements of the input set, draw by draw. ``mass`` (GeV) is where running starts; without one there is no running.
    ``kappa``, ``c3``, ``delta`` and ``mass`` may be arrays. Raises :class:`InputError`, also unless one of ``c3`` and
    ``delta`` is given.

    >>> import nutau
    >>> nutau.X(1, delta=0.069).name
    'X_1'
    """
    if lepton not in (1, 2, 3):
        raise InputError(f"lepton is {lepton!r}; a generation is needed: 1 (e), 2 (mu) or 3 (tau).")
    if (c3 is None) == (delta is None):
        raise InputError("Give the size of C3 once: `delta` (of b → cτν) or `c3` (TeV⁻²).")
    field = mediator(kappa) if isinstance(kappa, str) else kappa
    start = None if mass is None else checked_mass(mass)
    delta, c3 = real("delta", delta), None if c3 is None else complex_value("c3", c3)
    if isinstance(field, Mediator):
        return Model((Direction(kappa_of(field), c3, start, lepton, delta, field),))
    return Model((Direction(real("kappa", field), c3, start, lepton, delta),))


@checked
def two_field_couplings(kappa: Real, c3: Complex, mass: Real, gl: Real = 1.0) -> Model:
    r"""The pair VB + Z' of one mass (GeV) that has this ``kappa`` and :math:`C_3` (TeV⁻²) at 3323.

    With the same lepton coupling ``gl`` = gl_33 of both, their quark couplings gq_23 are :math:`g_q^{W'} = -4
    C_3 M^2/g_l` and :math:`g_q^{Z'} = -\kappa C_3 M^2/g_l`. Unlike :func:`X`, the pair also gives ``qq1``,
    ``qq3`` (B_s mixing) and ``ll``.

    >>> import nutau
    >>> pair = nutau.two_field_couplings(1.5, -0.045, 3000.0)
    >>> round(float(pair.kappa), 9)
    1.5
    """
    one_shape({"kappa": kappa, "C3": c3, "the mass": mass, "gl": gl})
    xp = namespace(kappa, c3, mass, gl)
    unit = -xp.asarray(c3) * TEV2 * xp.asarray(mass) ** 2 / xp.asarray(gl)
    triplet = VB(mass, gl={"33": gl}, gq={"23": 4.0 * unit})
    return triplet + Zp(mass, gl={"33": gl}, gq={"23": xp.asarray(kappa) * unit})
