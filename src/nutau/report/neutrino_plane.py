r"""The :math:`(R_{\nu\nu}^{K^*}, R_{\nu\nu}^K)` plane: what left- and right-handed b → sνν̄ currents reach.

Without right-handed currents both ratios are equal. With them, over all real sizes of :math:`C_L` and :math:`C_R` of
one neutrino (or of all alike), each ratio is :math:`R = R_0 + (x-x_0)^T A\,(x-x_0)` with the same :math:`x_0`, where
the contribution of that neutrino vanishes. The points reached are thus a cone from :math:`(R_0^{K^*}, R_0^K)`, whose
edges have the slopes :math:`\lambda` of :math:`A^K v = \lambda A^{K^*} v`. Phases of :math:`C_{L,R}` lead to no others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array
from nutau.common.checked import checked
from nutau.eft.algebra import Affine
from nutau.eft.wet.full import FULL
from nutau.eft.wilson import Basis, Wilson
from nutau.inference.theory_model import theory_model
from nutau.inputs import Inputs, InputSet, load_inputs
from nutau.letter.claims import K_NUNU, KST_NUNU
from nutau.measurements import load_dataset
from nutau.models import Model, R2t, Zp
from nutau.observables.formula import Formula
from nutau.observables.point import from_smeft
from nutau.observables.predictions import DRAWS, formulas
from nutau.report.bands import Known, axes_of, known

FLAVOURS = ("e", "mu", "tau")
SIZES = np.linspace(-1.0, 1.0, 2001) ** 3
"""Dense near zero, where the SM is."""


@dataclass(frozen=True, eq=False)
class NunuLine:
    """A model of one free size: R^K* and R^K and their theory errors ``(points,)``, along a line through the SM."""

    name: str
    kstar: Array
    kaon: Array
    kstar_error: Array
    kaon_error: Array


@dataclass(frozen=True)
class Cone:
    """All points ``apex + (u, v)`` with ``slopes[0] u <= v <= slopes[1] u``, u along R^K*, v along R^K."""

    name: str
    apex: tuple[float, float]
    slopes: tuple[float, float]


@dataclass(frozen=True)
class NunuPlane:
    """The plane: lines of models, regions, and what is known of R^K and R^K*."""

    lines: tuple[NunuLine, ...]
    cones: tuple[Cone, ...]
    kaon: Known
    kstar: Known
    data: str
    inputs: str

    @property
    def undrawn(self) -> tuple[str, ...]:
        """What of the data set is not drawn, and why."""
        return (*self.kaon.undrawn, *self.kstar.undrawn)


@checked
def nunu_plane(data: str = "2026", *, inputs: InputSet = "default", draws: int = DRAWS) -> NunuPlane:
    """The plane for a data set, rates relative to the SM of ``inputs``; :class:`InputError` for bad names."""
    measured = load_dataset(data)
    chosen = load_inputs(inputs)
    ratios = formulas((KST_NUNU, K_NUNU), chosen, draws=draws)
    lines = tuple(_line(name, model, ratios, chosen) for name, model in right_handed().items())
    cones = (cone(r"$\nu_\tau$ only", ("tau",), ratios), cone("all neutrinos alike", FLAVOURS, ratios))
    kstar, kaon = (known(measured, axis) for axis in axes_of((KST_NUNU, K_NUNU), chosen))
    return NunuPlane(lines, cones, kaon, kstar, measured.name, chosen.name)


def right_handed() -> dict[str, Model]:
    """Models with right-handed currents at 1 TeV; their size is scanned, so only ratios of couplings matter."""
    lepton, quark = {"33": 1.0}, {"23": 1.0}
    return {
        r"$\tilde R_2$, $V_2$, $Z'$ with $g_d$": R2t(1000.0, y2tRL={"33": 1.0, "23": -1.0}),
        r"$Z'$ with $g_d = g_q$": Zp(1000.0, gl=lepton, gq=quark, gd=quark),
        r"$Z'$ with $g_d = -g_q$": Zp(1000.0, gl=lepton, gq=quark, gd={"23": -1.0}),
    }


def _line(name: str, model: Model, ratios: Sequence[Formula], inputs: Inputs) -> NunuLine:
    """Along both signs of the coefficients of third-generation leptons, matched at tree level.

    What is drawn relates C_L and C_R, whose ratio is that of the couplings; their common size is scanned, so the
    constants of the matching and their errors drop out.
    """
    (part,) = model.parts
    found = part.smeft()
    third = {key: complex(found[key]) for key in found.nonzero() if key.endswith("_3323")}
    source = Basis(found.basis.eft, found.basis.name, tuple(third))
    tree = from_smeft(Wilson.from_mapping(source, found.scale, third), inputs, "none")
    unit = np.asarray(tree.on(FULL).values)
    largest = np.abs(unit[[FULL.index("CL_bsnutaunutau"), FULL.index("CR_bsnutaunutau")]]).max()
    step = Affine.from_parts(
        Basis("real", "parameters", ("size",)), FULL, linear=50.0 * unit[:, None] / largest
    )
    values, errors = theory_model(ratios, step).uncertainty(SIZES[:, None])
    once = slice(_turn(values), None)
    return NunuLine(name, *values[once].T, *errors[once].T)


def _turn(path: Array) -> int:
    """Where a straight line turns back on itself, as both signs of a size give the same ratios; 0 for a curve."""
    steps = np.diff(path, axis=0)
    back = np.flatnonzero(np.sum(steps[1:] * steps[:-1], axis=1) < 0)
    return int(back[0]) + 1 if len(back) else 0


def cone(name: str, flavours: Sequence[str], ratios: Sequence[Formula]) -> Cone:
    """What C_L and C_R of some neutrino flavours (all equal) reach; ``ratios`` are R^K* and R^K."""
    linear = np.zeros((len(FULL), 2))
    for column, side in enumerate(("CL", "CR")):
        for flavour in flavours:
            linear[FULL.index(f"{side}_bsnu{flavour}nu{flavour}"), column] = 1.0
    made = theory_model(
        ratios, Affine.from_parts(Basis("real", "parameters", ("CL", "CR")), FULL, linear=linear)
    )
    (kstar_0, kstar_b, kstar_a), (kaon_0, kaon_b, kaon_a) = (_parts(row) for row in made.numerator)
    centre = -np.linalg.solve(kstar_a, kstar_b)
    apex = (kstar_0 + kstar_b @ centre, kaon_0 + 2.0 * kaon_b @ centre + centre @ kaon_a @ centre)
    slopes = np.sort(np.linalg.eigvals(np.linalg.solve(kstar_a, kaon_a)).real)
    return Cone(name, (float(apex[0]), float(apex[1])), (float(slopes[0]), float(slopes[-1])))


def _parts(row: Array) -> tuple[float, Array, Array]:
    """A polynomial over (1, x, y, x², xy, y²) as constant, half the gradient at zero, and quadratic form."""
    one, x, y, xx, xy, yy = np.asarray(row)
    return float(one), np.array([x, y]) / 2.0, np.array([[xx, xy / 2.0], [xy / 2.0, yy]])
