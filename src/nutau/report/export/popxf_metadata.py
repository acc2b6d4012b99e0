"""What a POPxf file says about where its numbers come from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from nutau import __version__
from nutau.common.yaml_files import references
from nutau.eft.wet.basis import MIXING
from nutau.eft.wet.leptons import LEPTONS
from nutau.eft.wet.z_couplings import Z_COUPLINGS
from nutau.errors import InputError
from nutau.inputs import Inputs

CHARGED_PAIRS = {frozenset({"mu", "tau"}): "mutau", frozenset({"e", "tau"}): "taue"}
DECIMALS = 6
"""Correlations are written to this many decimals."""


def sectors(parameters: Iterable[str]) -> list[str]:
    """The WCxf sectors of WET coefficients, from the flavours in their names.

    Raises :class:`InputError` for the Z couplings, for which WCxf has neither names nor a sector.
    """
    return sorted({_leptonic(name) if name in LEPTONS else _sector(name) for name in parameters})


def _sector(name: str) -> str:
    if name in Z_COUPLINGS:
        raise InputError(
            f"{name} has no place in POPxf: WCxf has no names for Z couplings. Leave out observables that depend on "
            "them, or keep other coefficients (`only`)."
        )
    flavours = name.rpartition("_")[2]
    if flavours.startswith(("bsnu", "sdnu")):
        return "sbnunu" if flavours.startswith("bs") else "sdnunu"
    if flavours[1] in "uc" and flavours != "ucuc":
        return f"{flavours[1]}{flavours[0]}{flavours[2:].partition('nu')[0]}nu"
    if flavours in MIXING:
        return MIXING[flavours]
    quarks, (first, second) = f"{flavours[1]}b", _leptons(flavours[2:])
    # lepton-flavour violation runs by itself, its sector named with the leptons exchanged
    return quarks if first == second else f"{quarks}{second}{first}"


def _leptonic(name: str) -> str:
    """The sector of a coefficient of tau decays: ``mutau`` for three muons, ``nunutaue`` for e νν̄."""
    fields = re.findall("nu(?:e|mu|tau)|tau|mu|e", name.rpartition("_")[2])
    charged = {field for field in fields if not field.startswith("nu")}
    return ("nunu" if len(charged) < len(set(fields)) else "") + CHARGED_PAIRS[frozenset(charged)]


def _leptons(pair: str) -> tuple[str, str]:
    for lepton in ("tau", "mu", "e"):
        if pair.startswith(lepton):
            return lepton, pair.removeprefix(lepton)
    return "", ""


def provenance(inputs: Inputs | None, settings: dict[str, Any] | None) -> dict[str, Any]:
    """The ``reproducibility`` and ``misc`` fields: the tool, its settings, the inputs and their sources."""

    tool: dict[str, Any] = {"name": "nutau", "version": __version__}
    step: dict[str, Any] = {
        "description": "Hermitian forms of helicity amplitudes, integrated over q2",
        "tool": tool,
    }
    if inputs is not None:
        tool["settings"] = {"inputs": inputs.name, "form_factors": dict(inputs.choices)} | (settings or {})
        step["inputs"] = _inputs(inputs)
        parameters = inputs.parameters
        step["sources"] = dict(zip(parameters.names, parameters.sources, strict=True))
        known = references()
        cited = sorted({key.strip() for source in parameters.sources for key in source.split(",")})
        step["references"] = {key: known[key] for key in cited if key in known}
    elif settings:
        tool["settings"] = settings
    note = (
        "Coefficients hold new physics only, as WCxf normalises them; uncertainties are standard deviations."
    )
    return {"reproducibility": [step], "misc": {"note": note}}


def _inputs(inputs: Inputs) -> dict[str, Any]:
    """Parameters by name: numbers, values with errors, and groups of correlated ones."""
    from scipy.sparse.csgraph import connected_components

    parameters = inputs.parameters
    mean, covariance = np.asarray(parameters.central), np.asarray(parameters.covariance)
    std = np.sqrt(np.diag(covariance))
    count, labels = connected_components(covariance != 0, directed=False)
    entries: dict[str, Any] = {}
    for label in range(count):
        members = np.flatnonzero(labels == label)
        names = [parameters.names[i] for i in members]
        if len(members) > 1:
            block = covariance[np.ix_(members, members)] / np.outer(std[members], std[members])
            corr = np.round(block, DECIMALS) + 0.0
            group = "(" + ", ".join(f"'{name}'" for name in names) + ")"
            values = {"mean": mean[members], "std": std[members], "corr": corr}
            entries[group] = {field: array.tolist() for field, array in values.items()}
        elif std[members[0]] > 0:
            entries[names[0]] = {"mean": float(mean[members[0]]), "std": float(std[members[0]])}
        else:
            entries[names[0]] = float(mean[members[0]])
    return entries
