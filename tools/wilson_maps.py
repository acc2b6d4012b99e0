r"""wilson's maps between theories (:cite:`Aebischer:2018bkb`), read off as real matrices.

A set of WCxf coefficients is a real vector here: all real parts, and the imaginary parts that exist. Every step of
wilson from the SMEFT down is linear in it, so it is a matrix: the beta function at a scale, a rotation of the
fermion fields, the match at m_Z, the running below, the translation to the flavio basis.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import ckmutil.ckm
import ckmutil.diag
import ckmutil.phases
import numpy as np
import wilson
from scipy.integrate import solve_ivp
from scipy.sparse import csr_matrix
from wilson import wcxf
from wilson.match import smeft as matching
from wilson.run.smeft import SMEFT, beta, smpar
from wilson.run.wet import WETrunner
from wilson.util import smeftutil

M_Z = 91.1876
"""GeV; wilson's matching scale and the scale of its SM parameters."""

FERMION_VIOLATING = ("llphiphi", "duql", "qque", "qqql", "duue")  # no baryon or lepton number violation
WET_SECTORS: dict[str, tuple[str, ...]] = {
    "sb": ("C7", "C8", "C9", "C10", "CS_bsee", "CS_bsmumu", "CS_bstautau", "CSp", "CP_", "CPp"),
    **dict.fromkeys(("sbmutau", "sbtaumu", "sbetau", "sbtaue", "sbemu", "sbmue", "sbnunu", "sbsb"), ("C",)),
    "db": tuple(
        f"{c}{p}_bd{pair}"
        for c in ("C9", "C10", "CS", "CP")
        for p in ("", "p")
        for pair in ("ee", "mumu", "tautau")
    ),
    **dict.fromkeys(("dbmutau", "dbtaumu", "dbetau", "dbtaue", "dbemu", "dbmue"), ("C",)),
    **dict.fromkeys(("cbenu", "cbmunu", "cbtaunu", "ubtaunu"), ("C",)),
    **dict.fromkeys(("dbdb", "sdsd", "cucu", "sdnunu"), ("C",)),
    **dict.fromkeys(("cstaunu", "cdtaunu", "ustaunu", "udtaunu"), ("CV", "CS")),
    "mutau": ("CVLL_mumutaumu", "CVRR_mumutaumu", "CVLR_mumutaumu", "CVLR_taumumumu", "Cgamma"),
    "taue": ("Cgamma",),
    "nunumutau": ("CVLL", "CVLR"),
    "nunutaue": ("CVLL", "CVLR"),
}
"""The WET sectors in use; a target is a coefficient of a sector whose name starts like one of these."""


@dataclass(frozen=True)
class Coordinates:
    """Real coordinates of a set of WCxf coefficients: all real parts and the imaginary parts that exist."""

    names: tuple[str, ...]
    parts: tuple[complex, ...]

    @classmethod
    def of(cls, names: list[str], real: set[str]) -> Coordinates:
        pairs = [(name, part) for name in names for part in ((1.0,) if name in real else (1.0, 1j))]
        return cls(tuple(name for name, _ in pairs), tuple(part for _, part in pairs))

    def __len__(self) -> int:
        return len(self.names)

    def read(self, values: dict[str, complex]) -> np.ndarray:
        """The coordinates of a point."""
        complexes = np.array([values.get(name, 0.0) for name in self.names])
        return np.where(np.array(self.parts) == 1.0, complexes.real, complexes.imag)


def warsaw() -> tuple[Coordinates, np.ndarray]:
    """Coordinates of the Warsaw basis and, for each, the number of its lepton-flavour sector."""
    sectors = wcxf.Basis["SMEFT", "Warsaw"].sectors
    entries = [
        (name, number, bool(info.get("real")))
        for number, sector in enumerate(sectors.values())
        for name, info in sector.items()
        if not name.startswith(FERMION_VIOLATING)
    ]
    block = {name: number for name, number, _ in entries}
    coordinates = Coordinates.of(
        [name for name, _, _ in entries], {name for name, _, real in entries if real}
    )
    return coordinates, np.array([block[name] for name in coordinates.names])


def wet_coordinates(basis: str, only_targets: bool) -> tuple[Coordinates, dict[str, str]]:
    """Coordinates of the WET sectors in use, and the sector of each name."""
    sectors = wcxf.Basis["WET", basis].sectors
    rows = [
        (name, sector, bool(info.get("real")))
        for sector, starts in WET_SECTORS.items()
        for name, info in sectors[sector].items()
        if not only_targets or name.startswith(starts)
    ]
    coordinates = Coordinates.of([name for name, _, _ in rows], {name for name, _, real in rows if real})
    return coordinates, {name: sector for name, sector, _ in rows}


@dataclass(frozen=True)
class Flat:
    """wilson's flat array of all (symmetrised, redundant) coefficients against our coordinates.

    Entries of one operator, which symmetries and Fierz identities make equal, are read as their mean: wilson's beta
    function of C_ee gives them in two of its four places (and goes on from one of them, as if all were as large: with
    ee_1113 it finds phie_13 0.1 to 0.3 % too small).
    """

    expand: np.ndarray  # (coordinates, 9999) complex: the array of a unit coordinate
    mean: csr_matrix  # (coordinates, 9999) complex: the mean over the entries of a coordinate

    @classmethod
    def of(cls, coordinates: Coordinates) -> Flat:
        zeros = smeftutil.C_array2dict(np.zeros(9999, dtype=complex))
        rows = []
        for name, part in zip(coordinates.names, coordinates.parts, strict=True):
            arrays = smeftutil.wcxf2arrays_symmetrized({name: part})
            rows.append(smeftutil.C_dict2array({**zeros, **arrays}))
        expand = np.array(rows)
        sizes = np.sum(np.abs(expand) ** 2, axis=1)
        return cls(expand, csr_matrix(expand.conj() / sizes[:, None]))

    def read(self, arrays: dict[str, np.ndarray]) -> np.ndarray:
        """The coordinates held in wilson's arrays."""
        return np.real(self.mean @ smeftutil.C_dict2array(arrays))


def standard_model(high: float) -> Callable[[float], dict]:
    """The SM parameters as a function of t = ln(scale) up to ``high``, in the field basis that is diagonal at m_Z."""
    zeros = smeftutil.C_array2dict(np.zeros(9999, dtype=complex))
    start = {k: v for k, v in smpar.smeftpar(M_Z, zeros, basis="Warsaw").items() if k in smeftutil.dim4_keys}

    def slope(_: float, y: np.ndarray) -> np.ndarray:
        arrays = smeftutil.C_array2dict(y.view(complex))
        return beta.beta_array(C=arrays, newphys=False).view(float) / (16 * np.pi**2)

    y0 = smeftutil.C_dict2array({**zeros, **start}).astype(complex).view(float)
    span = (math.log(M_Z), math.log(high))
    solution = solve_ivp(slope, span, y0, method="DOP853", rtol=1e-11, atol=1e-14, dense_output=True).sol
    return lambda t: smeftutil.C_array2dict(np.ascontiguousarray(solution(t)).view(complex))


def gamma(coordinates: Coordinates, flat: Flat, block: np.ndarray, sm: dict) -> np.ndarray:
    """The beta function as a matrix ``(coordinates, coordinates)`` on the SM background ``sm``.

    Lepton flavour is conserved, so one call of wilson serves one column of every sector.
    """
    matrix = np.zeros((len(coordinates), len(coordinates)))
    members = [np.flatnonzero(block == number) for number in range(block.max() + 1)]
    dimension4 = {k: sm[k] for k in smeftutil.dim4_keys}
    for step in range(max(map(len, members))):
        columns = [group[step] for group in members if step < len(group)]
        arrays = smeftutil.C_array2dict(flat.expand[columns].sum(axis=0))
        slope = flat.read(beta.beta({**arrays, **dimension4}))
        for column in columns:
            matrix[:, column] = np.where(block == block[column], slope, 0.0)
    return matrix


def diagonal(sm: dict) -> dict[str, np.ndarray]:
    """The unitary matrices that wilson's ``SMEFT._rotate_defaultbasis`` applies on the SM background ``sm``."""
    UeL, _, UeR = ckmutil.diag.msvd(sm["Ge"])
    UuL, _, UuR = ckmutil.diag.msvd(sm["Gu"])
    UdL, _, UdR = ckmutil.diag.msvd(sm["Gd"])
    UuL, UdL, UuR, UdR = ckmutil.phases.rephase_standard(UuL, UdL, UuR, UdR)
    _, UeL, UeR = ckmutil.phases.rephase_pmns_standard(np.eye(3), UeL, UeR)
    return {"Uq": UdL, "Uu": UuR, "Ud": UdR, "Ul": UeL, "Ue": UeR}


def rotation(coordinates: Coordinates, flat: Flat, fields: dict[str, np.ndarray]) -> np.ndarray:
    """A rotation of the fermion fields as a matrix; one call of wilson serves one flavour index of every operator."""
    operators = np.array([name.split("_")[0] for name in coordinates.names])
    pending: dict[tuple[str, complex], list[int]] = {}
    for column, (name, part) in enumerate(zip(coordinates.names, coordinates.parts, strict=True)):
        pending.setdefault((name.partition("_")[2], part), []).append(column)
    matrix = np.zeros((len(coordinates), len(coordinates)))
    zeros = smeftutil.C_array2dict(np.zeros(9999, dtype=complex))
    for columns in pending.values():
        arrays = smeftutil.C_array2dict(flat.expand[columns].sum(axis=0))
        rotated = SMEFT._flavor_rotation({**zeros, **arrays}, **fields, sm_parameters=False)
        values = flat.read({**zeros, **rotated})
        for column in columns:
            matrix[:, column] = np.where(operators == operators[column], values, 0.0)
    return matrix


def match_to_jms(coordinates: Coordinates, flat: Flat, jms: Coordinates) -> np.ndarray:
    """wilson's tree-level match at m_Z as a matrix (JMS coordinates, Warsaw coordinates)."""
    parameters = {**wilson.parameters.p, "loop_order": 0}
    step = 1e-9  # GeV^-2
    columns = []
    for name, part in zip(coordinates.names, coordinates.parts, strict=True):
        column = jms.read(matching.match_all({name: part * step}, M_Z, parameters))
        if name.startswith(
            ("phi", "ll")
        ):  # these shift G_F or m_Z, where wilson is not linear: take the derivative
            column = 0.5 * (column - jms.read(matching.match_all({name: -part * step}, M_Z, parameters)))
        columns.append(column / step)
    # the match starts from up-type quarks that are diagonal
    fields = {**dict.fromkeys(("Uu", "Ud", "Ul", "Ue"), np.eye(3)), "Uq": ckm().conj().T}
    return np.array(columns).T @ rotation(coordinates, flat, fields)


def ckm() -> np.ndarray:
    return ckmutil.ckm.ckm_tree(*(wilson.parameters.p[name] for name in ("Vus", "Vub", "Vcb", "gamma")))


def below(jms: Coordinates, targets: Coordinates, sector_of: dict[str, str], scale: float) -> np.ndarray:
    """Running m_Z -> scale and translation, a matrix (flavio coordinates, JMS coordinates)."""
    matrix = np.zeros((len(targets), len(jms)))
    target_sector = np.array([sector_of[name] for name in targets.names])
    members: dict[str, list[int]] = {}
    for index, name in enumerate(jms.names):
        members.setdefault(sector_of[name], []).append(index)
    for step in range(max(map(len, members.values()))):
        columns = [group[step] for group in members.values() if step < len(group)]
        values = wcxf.WC.dict2values({jms.names[c]: jms.parts[c] for c in columns})
        point = WETrunner(wcxf.WC("WET", "JMS", M_Z, values)).run(scale, sectors=tuple(WET_SECTORS))
        low = point.translate("flavio", sectors=tuple(WET_SECTORS), parameters=wilson.parameters.p)
        read = targets.read(low.dict)
        for column in columns:
            matrix[:, column] = np.where(target_sector == sector_of[jms.names[column]], read, 0.0)
    return matrix
