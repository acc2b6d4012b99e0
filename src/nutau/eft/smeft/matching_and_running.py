"""The way down: SMEFT coefficients at a high scale to everything that predictions depend on, run or matched only."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.common.files import is_folder
from nutau.eft.algebra import Affine
from nutau.eft.smeft.basis import warsaw
from nutau.eft.smeft.matching import Constants, tree_level
from nutau.eft.smeft.running import M_Z as M_Z
from nutau.eft.smeft.running import running as evolution
from nutau.eft.tails import TAILS
from nutau.eft.wet.basis import MU_B
from nutau.eft.wet.full import FULL
from nutau.eft.wet.z_couplings import Z_COUPLINGS
from nutau.eft.wilson import Basis
from nutau.errors import InputError, short

RUNNING = ("full", "none")


def runs(running: str | Path) -> bool:
    """Whether ``running`` asks for it: ``"full"`` or a folder of tables does, ``"none"`` does not.

    Raises :class:`InputError` for anything else.
    """
    if isinstance(running, str) and running in RUNNING:
        return running == "full"
    if isinstance(running, str | Path) and str(running).strip() and is_folder(running):
        return True
    raise InputError(
        f"Running {short(running)} is neither full, nor none, nor a folder with tables of your own "
        "(tools/make_smeft_running.py --out FOLDER makes them)."
    )


def match_and_run(
    source: Basis,
    c: Constants,
    scale_high: Array | None = None,
    *,
    running: str | Path = "full",
    convention: str = "physical",
    target: Basis = FULL,
    scale_low: float = MU_B,
) -> Affine:
    """The map from Warsaw coefficients ``source`` (GeV⁻²) at ``scale_high`` (GeV) to ``target`` at ``scale_low``.

    ``running="none"`` is the tree-level match alone; ``"full"`` uses the tables of :mod:`nutau.eft.smeft.running`, to
    the SMEFT at m_Z for the Z couplings and to the weak theory for the rest, and the name of a folder those in it.
    The amplitudes of the tails (:mod:`nutau.eft.tails`) are matched at ``scale_high``.
    ``c`` are the constants of the rates (:func:`nutau.eft.smeft.matching.constants` at ``scale_low``); its axes and
    those of ``scale_high`` lead.

    Raises :class:`InputError` for an unknown ``running``, for running in the letter's convention, and for scales
    outside the tables.
    """
    if not runs(running):
        return tree_level(c, source, target)
    if convention != "physical":
        raise InputError(
            "The letter's convention has no running; give `running='none'`, or `convention='physical'`."
        )
    below, at_m_z, above_all, order = _parts(target)
    folder = None if running == "full" else running
    weak = evolution(scale_high, scale_low, source=source, target=below, constants=c, tables=folder)
    others = []
    if len(at_m_z):
        currents = _currents()
        above = evolution(scale_high, M_Z, source=source, target=currents, tables=folder)
        others.append(tree_level(c, currents, at_m_z) @ above)
    if len(above_all):
        others.append(tree_level(c, source, above_all))
    return _joined(weak, others, order, target) if others else weak


@lru_cache(maxsize=64)
def _parts(target: Basis) -> tuple[Basis, Basis, Basis, Array]:
    """The weak coefficients of a basis, its Z couplings and tails, and where each of its names is in these together."""
    special = (Z_COUPLINGS, TAILS)
    below = tuple(n for n in target.coefficients if not any(n in basis for basis in special))
    groups = (below, *(tuple(n for n in target.coefficients if n in basis) for basis in special))
    every = {name: i for i, name in enumerate(name for group in groups for name in group)}
    order = np.array([every[name] for name in target.coefficients], dtype=np.intp)
    low, middle, high = (Basis(target.eft, target.name, group) for group in groups)
    return low, middle, high, order


@lru_cache(maxsize=1)
def _currents() -> Basis:
    """The Higgs currents of charged leptons."""
    names = [f"{operator}_{i}{i}" for operator in ("phil1", "phil3", "phie") for i in (1, 2, 3)]
    return Basis(warsaw().eft, warsaw().name, tuple(names))


def _joined(first: Affine, others: Sequence[Affine], order: Array, target: Basis) -> Affine:
    """Maps of one source as one, the rows in the order of ``target``."""
    maps = [first.matrix, *(other.matrix[..., 1:, :] for other in others)]
    xp = namespace(*maps)
    batch = np.broadcast_shapes(*(block.shape[:-2] for block in maps))
    width = max(block.shape[-1] for block in maps)
    blocks = []
    for block in maps:
        wide = xp.broadcast_to(block, (*batch, *block.shape[-2:]))
        missing = xp.zeros((*wide.shape[:-1], width - wide.shape[-1]), dtype=complex)
        blocks.append(xp.concatenate([wide, missing], axis=-1))
    rows = np.concatenate([[0], 1 + order])
    return Affine(xp.concatenate(blocks, axis=-2)[..., rows, :], first.source, target)
