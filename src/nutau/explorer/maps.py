r"""From the couplings a person moves to Wilson coefficients: the :class:`~nutau.eft.algebra.Affine` maps of a page.

The couplings are Warsaw coefficients in TeV⁻² at the scale Λ: (C₁, C₃, C_R) = (``lq1_3323``, ``lq3_3323``,
``ld_3323``), and those of the mediators. Without running a map is one matrix for each convention; with running every
element is a Chebyshev series in :math:`\ln\Lambda`, taken over from the tables of :mod:`nutau.eft.smeft.running`
without loss.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array
from nutau.eft.smeft.basis import warsaw
from nutau.eft.smeft.matching import constants
from nutau.eft.smeft.matching_and_running import match_and_run
from nutau.eft.smeft.running import load
from nutau.eft.wet.basis import MU_B
from nutau.eft.wet.full import FULL
from nutau.eft.wilson import Basis
from nutau.explorer.mediators import warsaw_names
from nutau.inputs import Inputs
from nutau.inputs.letter import COEFFICIENTS, CONVENTIONS, line
from nutau.inputs.letter import constants as letter_constants
from nutau.models.two_field import LAMBDA, TEV2, c3_from_delta
from nutau.observables.predictions import SEED

COUPLINGS = ("lq1_3323", "lq3_3323", "ld_3323")


def sources() -> tuple[str, ...]:
    """All couplings: (C₁, C₃, C_R), then what mediators add."""
    return tuple(dict.fromkeys((*COUPLINGS, *warsaw_names())))


@dataclass(frozen=True)
class Maps:
    """Maps to the coefficients ``names``; a matrix acts on (1, the couplings ``sources``, their conjugates) in TeV⁻².

    For n couplings ``tree[convention]`` has shape ``(1 + m, 1 + 2 n)``, ``chebyshev`` ``(order, 1 + m, 1 + 2 n)`` on
    ``scales`` (GeV); the letter has no running. ``c3[convention]`` is C₃ for δ = 1.
    """

    names: tuple[str, ...]
    sources: tuple[str, ...]
    tree: dict[str, Array]
    c3: dict[str, complex]
    chebyshev: Array | None = None
    scales: tuple[float, float] | None = None


def maps(inputs: Inputs, names: Iterable[str]) -> Maps:
    """The maps of an input set to those of the coefficients ``names`` that the couplings reach."""
    table = load()
    wanted = tuple(name for name in FULL.coefficients if name in set(names))
    target = Basis(FULL.eft, FULL.name, wanted)
    source = Basis(warsaw().eft, warsaw().name, sources())
    par = inputs.parameters.mapping()
    chosen = {convention: constants(par, MU_B, convention) for convention in CONVENTIONS}
    tree = {
        name: _tev(match_and_run(source, c, running="none", target=target).matrix, len(source))
        for name, c in chosen.items()
    }
    nodes = _nodes(len(table.coefficients), *table.scales)
    run = _tev(match_and_run(source, chosen["physical"], nodes, target=target).matrix, len(source))
    reached = np.any([np.abs(m).max(axis=-1) > 0 for m in (*tree.values(), *run)], axis=0)
    rows = np.flatnonzero(reached)  # row 0, the 1, is always there
    return Maps(
        tuple(wanted[row - 1] for row in rows[1:]),
        source.coefficients,
        {name: matrix[rows] for name, matrix in tree.items()},
        {name: complex(c3_from_delta(1.0, c)) for name, c in chosen.items()},
        _series(run)[:, rows],
        table.scales,
    )


def moved(inputs: Inputs, names: tuple[str, ...], draws: int) -> tuple[Array, Array]:
    """What theory draws multiply the coefficients ``names`` by, ``(draws, names)``: at given couplings, and at given δ.

    The draws are those of :func:`nutau.observables.predictions.formulas`. Matching multiplies each coefficient by CKM
    elements, α and so on, so one scale and one coupling tell (to 1 % of the factors' own scatter, with running or
    without; a coupling that mixes in through another CKM element scatters otherwise by its few per cent); and δ takes
    V_cb/V_cs out of C₃. The factors are real but for b → uτν, which has the phase of V_ub: that of λ_t scatters by a
    milliradian, which rates see in second order.
    """
    source = Basis(warsaw().eft, warsaw().name, sources())
    target = Basis(FULL.eft, FULL.name, names)
    sets = (inputs.parameters.mapping(), inputs.parameters.sample(draws, SEED))
    middle, drawn = (constants(par, MU_B) for par in sets)
    one, many = (np.asarray(match_and_run(source, c, LAMBDA, target=target).matrix) for c in (middle, drawn))
    rows, columns = 1 + np.arange(len(names)), _telling(np.abs(one[1:]), len(source))
    size = one[rows, columns]
    given = np.where(size != 0, many[:, rows, columns] / np.where(size != 0, size, 1.0), 1.0)
    given = np.where(["_bu" in name for name in names], given, given.real)
    c3 = np.asarray(c3_from_delta(1.0, drawn) / c3_from_delta(1.0, middle))
    return given, given * c3.real[:, None]


def _telling(size: Array, couplings: int) -> Array:
    """For each row the column of its largest element: of C₁, C₃ and C_R where they reach it, else of all couplings."""
    column = np.arange(size.shape[-1])
    first = (column > 0) & ((column - 1) % couplings < len(COUPLINGS))
    own = np.where(first, size, 0.0)
    return np.where(own.max(axis=-1) > 0, own.argmax(axis=-1), size.argmax(axis=-1))


def letter_maps() -> Maps:
    """The letter's matching, (4.3)-(4.5), without running and without right-handed currents."""
    c = letter_constants()
    c3 = -c["V_cb"] * np.sqrt(2.0) * c["G_F"] / (TEV2 * c["V_cs"])  # (2.15) for δ = 1
    tree: dict[str, Array] = {}
    for convention in CONVENTIONS:
        zero, one = (line(kappa, convention).matrix[:, 1] for kappa in (0.0, 1.0))
        matrix = np.zeros((1 + len(COEFFICIENTS), 1 + 2 * len(COUPLINGS)), dtype=complex)
        matrix[0, 0], matrix[:, 1], matrix[:, 2] = 1.0, (one - zero) / c3, zero / c3
        tree[convention] = matrix
    return Maps(COEFFICIENTS.coefficients, COUPLINGS, tree, {name: complex(c3) for name in CONVENTIONS})


def _tev(matrix: Array, couplings: int) -> Array:
    """Columns for ``couplings`` couplings in TeV⁻² and, with zeros where a map has none, for their conjugates."""
    missing = 1 + 2 * couplings - matrix.shape[-1]
    padded = np.concatenate([matrix, np.zeros((*matrix.shape[:-1], missing), dtype=complex)], axis=-1)
    return padded * np.array([1.0] + [TEV2] * (2 * couplings))


def _nodes(order: int, low: float, high: float) -> Array:
    """Chebyshev nodes in the logarithm of the scale."""
    x = np.cos(np.pi * (np.arange(order) + 0.5) / order)
    return np.exp(0.5 * (np.log(low * high) + x * np.log(high / low)))


def _series(values: Array) -> Array:
    """Chebyshev coefficients ``(order, ...)`` from values at the nodes ``(order, ...)``."""
    order = len(values)
    angle = np.pi * np.outer(np.arange(order), np.arange(order) + 0.5) / order
    weight = np.where(np.arange(order) == 0, 1.0, 2.0)[:, None] * np.cos(angle) / order
    return np.tensordot(weight, values, axes=(1, 0))
