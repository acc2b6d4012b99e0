"""How observables, fit parameters and models are written in a figure."""

from __future__ import annotations

import re

from nutau.eft.wet.basis import UNIVERSAL
from nutau.errors import InputError
from nutau.inference.likelihood.parameters import check_name, split
from nutau.models import MEDIATORS
from nutau.observables import find

LETTER = {
    "delta": r"\delta(C_V - C_A)",
    "kappa": r"\kappa = C_1/C_3",
    "C1": "C_1",
    "C3": "C_3",
    "invisible": r"g_{\mathrm{invisible}}",
}
LEPTON = re.compile(r"(nu)?(tau|mu|e)")
CHARGE = re.compile(r"([+-])")
"""Braced, as mathtext puts spaces around a bare sign."""
SCRIPT = re.compile(r"\\mathcal\{B\}")
"""The script letter is in a font that a reader of an SVG file does not have."""


def parameter(name: str) -> str:
    """A fit parameter with its unit: ``C1`` as :math:`C_1` [TeV⁻²], ``CL_bsnutaunutau`` without unit, ``y3LL_33``."""
    field, dot, _ = split(name)[1].rpartition(".")
    if dot:
        return f"{field} {parameter(name.replace(f'{field}.', ''))}"
    known = {coupling.name: coupling.latex for mediator in MEDIATORS for coupling in mediator.couplings}
    family = check_name(name, tuple(known))
    part, key = split(name)
    body, _, flavours = key.partition("_")
    if family == "fields":
        body, _, flavours = key.rpartition("_")
        symbol = rf"({known[body]})_{{{flavours}}}"
    elif family == "symmetric":
        symmetry, operator, *currents = key.split(":")
        above = "{:}".join((rf"\mathrm{{{symmetry}}}", *map(_current, currents)))
        symbol = rf"C_{{\mathrm{{{operator}}}}}^{{\,{above}}}"
    elif family == "weak":
        if key in UNIVERSAL:
            body, flavours = body.removesuffix("U"), "U"
        prime = "'" if body.endswith("p") else ""
        symbol = (
            rf"C_{{{body.removeprefix('C').removesuffix('p')}{prime}}}^{{\,{LEPTON.sub(_lepton, flavours)}}}"
        )
    else:
        symbol = LETTER.get(key) or rf"C_{{{body}}}^{{\,{flavours}}}"
    prefix = "" if key == name else r"\mathrm{Im}\," if part == 1j else r"\mathrm{Re}\,"
    return f"${prefix}{symbol}$" + (r" [TeV$^{\mathrm{-2}}$]" if family in {"warsaw", "symmetric"} else "")


def _current(name: str) -> str:
    """A structure of a flavour symmetry."""
    return {"Vdag": r"V^\dagger"}.get(name, name)


def _lepton(match: re.Match[str]) -> str:
    neutrino, flavour = match.groups()
    symbol = {"tau": r"\tau ", "mu": r"\mu ", "e": "e"}[flavour]
    return rf"\nu_{{{symbol}}}" if neutrino else symbol


def observable(label: str) -> str:
    """An observable in mathtext: its name or its label with a bin or a note, as fits and data sets print them."""
    name, bracket, edges = label.partition("[")
    bare, space, note = name.partition(" (")
    relative = bare.endswith("/SM")
    try:
        latex = find(bare.removesuffix("/SM")).latex
    except InputError:  # a measured quantity that nutau does not predict
        return label
    latex = SCRIPT.sub(r"\\mathrm{BR}", CHARGE.sub(r"{\1}", latex)).replace("'", "^{′}")
    written = f"${latex}$" + (" / SM" if relative else "")
    written += f" {edges.rstrip(']').replace(', ', '–')} GeV$^2$" if bracket else ""
    return written + space + note


COUPLING = re.compile(r"\b([A-Za-z]\w*?)_([1-3]{1,2})\b")
"""A coupling as it is typed, ``x1LL_33``."""


def point(text: str) -> str:
    """What a point is, as ``U1, 4 TeV, x1LL_33 = 1``, with its couplings in mathtext."""
    known = {coupling.name: coupling.latex for mediator in MEDIATORS for coupling in mediator.couplings}
    return COUPLING.sub(
        lambda found: f"$({known[found[1]]})_{{{found[2]}}}$" if found[1] in known else found[0], text
    )


def model(name: str) -> str:
    """A model as text: ``X_-1/2`` with a real minus sign, ``kappa=1.2`` with a κ, ``sm`` in capitals."""
    if name.casefold() == "sm":
        return "SM"
    written = name.replace("X_", "X ").replace("kappa=", "κ = ").replace(",delta=", ", δ = ")
    return written.replace("-", "−")
