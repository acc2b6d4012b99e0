"""Wilson coefficients: a named :class:`Basis`, their :class:`Wilson` values at a scale, and WCxf files.

WCxf is the Wilson coefficient exchange format of :cite:`Aebischer:2017ugx`; names and normalisations are its.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.common.files import read_text
from nutau.common.given import complex_value, one_shape
from nutau.common.tables import html_table
from nutau.errors import MOST_NAMES, InputError, listed, short, unknown, unreadable

LES_HOUCHES = re.compile(r"(?im)^[ \t]*block[ \t]+\w[^:{\n]*$")
"""The head of a block of an SLHA or FLHA file."""


@dataclass(frozen=True)
class Basis:
    """An ordered set of complex coefficients of an effective theory, under their WCxf names.

    >>> import nutau
    >>> nutau.Basis("WET", "flavio", ("C9_bstautau", "C10_bstautau")).index("C10_bstautau")
    1
    """

    eft: str
    name: str
    coefficients: tuple[str, ...]

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {coefficient: position for position, coefficient in enumerate(self.coefficients)}

    def __len__(self) -> int:
        return len(self.coefficients)

    def __contains__(self, coefficient: object) -> bool:
        return coefficient in self._positions

    def __str__(self) -> str:
        return f"{self.eft}/{self.name} ({len(self)} coefficients)"

    def index(self, coefficient: str, where: str = "") -> int:
        """Position of a coefficient; :class:`InputError` with the nearest names if there is none."""
        try:
            return self._positions[coefficient]
        except KeyError:
            if coefficient in self.published():
                raise self._unused(coefficient, where) from None
            kind = f"coefficient of {self.eft}/{self.name}"
            see = {"WET": "nutau list coefficients", "SMEFT": "nutau list warsaw"}.get(self.eft, "")
            raise unknown(kind, coefficient, self.coefficients, where, see) from None

    def published(self) -> frozenset[str]:
        """The names that WCxf defines for this basis; a part of nutau's bases holds few of them."""
        from nutau.eft.coefficient_names import published

        return published(self.eft, self.name)

    def _unused(self, coefficient: str, where: str) -> InputError:
        place = f" (in {where})" if where else ""
        return InputError(
            f"{coefficient}{place} is a coefficient of {self.eft}/{self.name} on which nothing here depends; "
            "leave it out."
        )

    def same_theory(self, other: Basis) -> bool:
        """Whether coefficients of both bases with the same name are the same number."""
        return (self.eft, self.name) == (other.eft, other.name)


@dataclass(frozen=True, eq=False)
class Wilson:
    """Values of the new-physics coefficients of a basis at a scale in GeV.

    ``values`` has shape ``(..., n)``; leading axes are points. Only new physics is held: all zero is the SM.

    >>> import nutau
    >>> basis = nutau.Basis("WET", "flavio", ("C9_bstautau", "C10_bstautau"))
    >>> nutau.Wilson.from_mapping(basis, 4.8, {"C9_bstautau": -5.0}).nonzero().keys()
    dict_keys(['C9_bstautau'])
    """

    values: Array
    basis: Basis
    scale: float

    @classmethod
    def from_mapping(cls, basis: Basis, scale: float, values: Mapping[str, Any], where: str = "") -> Wilson:
        """Coefficients by name, all others zero. Values may be numbers or arrays of one shape."""
        positions = [basis.index(name, where) for name in values]
        place = f" in {where}" if where else ""
        given = [complex_value(f"Coefficient {name}{place}", value) for name, value in values.items()]
        one_shape(dict(zip(values, given, strict=True)))
        xp = namespace(*given)
        columns = xp.broadcast_arrays(*(xp.asarray(value, dtype=complex) for value in given)) if given else []
        zero = xp.zeros(columns[0].shape if columns else (), dtype=complex)
        at = {position: column for column, position in enumerate(positions)}
        rows = np.array([at.get(row, len(columns)) for row in range(len(basis))], dtype=np.intp)
        return cls(xp.stack([*columns, zero], axis=-1)[..., rows], basis, scale)

    def __getitem__(self, coefficient: str) -> Array:
        return self.values[..., self.basis.index(coefficient)]

    def _repr_html_(self) -> str:
        rows = [
            (name, f"{complex(value):.5g}" if np.ndim(value) == 0 else f"{len(value)} points")
            for name, value in self.nonzero().items()
        ]
        return html_table(("coefficient", "new physics"), rows, f"{self.basis} at {self.scale:g} GeV")

    def on(self, basis: Basis) -> Wilson:
        """The same point on another basis of the same theory; coefficients absent here are zero there.

        Raises :class:`InputError` if a non-zero coefficient has no place on ``basis``.
        """
        if not self.basis.same_theory(basis):
            raise InputError(f"Coefficients of {self.basis} cannot be read on {basis}: the theories differ.")
        lost = [name for name in self.nonzero() if name not in basis]
        if lost:
            raise InputError(
                f"No place for {listed(lost)} on {basis}; it has {listed(basis.coefficients, 20)}."
            )
        return self.part(basis)

    def part(self, basis: Basis) -> Wilson:
        """The same point on another basis; coefficients that it lacks are left out, those absent here are zero."""
        xp = namespace(self.values)
        end = len(self.basis)
        place = [self.basis.index(name) if name in self.basis else end for name in basis.coefficients]
        zero = xp.zeros((*self.values.shape[:-1], 1), dtype=complex)
        values = xp.concatenate([self.values, zero], axis=-1)[..., np.array(place, dtype=np.intp)]
        return Wilson(values, basis, self.scale)

    def nonzero(self) -> dict[str, Array]:
        """The coefficients that are not zero everywhere, by name."""
        values = self.values
        if namespace(values) is not np:  # under JAX a value may be a tracer: keep them all
            return {name: values[..., i] for i, name in enumerate(self.basis.coefficients)}
        keep = np.flatnonzero(np.any(values.reshape(-1, len(self.basis)) != 0, axis=0))
        return {self.basis.coefficients[i]: values[..., i] for i in keep}

    def to_wcxf(self) -> dict[str, Any]:
        """The point as a WCxf document: real numbers where the imaginary part is zero, else ``{Re, Im}``."""
        values = np.asarray(self.values)
        if values.ndim != 1:
            raise InputError(
                f"A WCxf file holds one point; this Wilson has shape {values.shape}. Select one first."
            )
        if not np.all(np.isfinite(values)):
            raise InputError("The coefficients are not finite: a coupling is too large or a mass too small.")
        entries = {name: _number(complex(value)) for name, value in self.nonzero().items()}
        return {
            "eft": self.basis.eft,
            "basis": self.basis.name,
            "scale": float(self.scale),
            "values": entries,
        }

    def __repr__(self) -> str:
        values = np.asarray(self.values)
        shape = "" if values.ndim == 1 else f", points {values.shape[:-1]}"
        shown = ", ".join(f"{n}={v:.6g}" if values.ndim == 1 else n for n, v in self.nonzero().items())
        scale = f"{float(self.scale):g}" if np.ndim(self.scale) == 0 else f"{np.size(self.scale)} scales in"
        return f"Wilson({shown or 'SM'}; {self.basis.eft}/{self.basis.name} at {scale} GeV{shape})"


def _number(value: complex) -> float | dict[str, float]:
    return value.real if value.imag == 0 else {"Re": value.real, "Im": value.imag}


def read_wcxf(
    source: str | Path | Mapping[str, Any],
    bases: tuple[Basis, ...],
    *,
    rename: Callable[[Mapping[str, Any], str], Mapping[str, Any]] | None = None,
) -> Wilson:
    """A WCxf file (JSON or YAML; ``"-"`` is standard input) or document as a :class:`Wilson`.

    ``bases`` are the bases that may appear; ``rename`` changes the document (and is told what to call it in messages)
    before its coefficients are looked up. Coefficients that WCxf defines and that the basis lacks are kept: the basis
    of the result has them behind its own. All problems are reported in one :class:`InputError`: unreadable
    text, wrong theory or basis, unknown coefficients, values that are no finite number or ``{Re, Im}``, no scale.
    """
    where, document = _load(source)
    if not isinstance(document, Mapping):
        raise InputError(
            f"{where} is no WCxf document: a mapping with eft, basis, scale and values is needed."
        )
    if rename is not None:
        document = rename(document, where)
    missing = [key for key in ("eft", "basis", "scale", "values") if key not in document]
    if missing:
        raise InputError(f"{where} lacks {', '.join(missing)}; a WCxf file has eft, basis, scale and values.")
    basis = _basis(document, bases, where)
    scale = document["scale"]
    if isinstance(scale, bool) or not isinstance(scale, int | float) or not 0 < scale < sys.float_info.max:
        raise InputError(f"{where}: scale is {short(scale)}; a positive number of GeV is needed.")
    if not isinstance(document["values"], Mapping):
        raise InputError(f"{where}: values must map coefficient names to numbers or {{Re, Im}}.")
    given = {str(name): entry for name, entry in document["values"].items()}
    basis = _extended(basis, given)
    values, problems = _values({name: entry for name, entry in given.items() if name in basis})
    problems = [*_unknown([name for name in given if name not in basis], basis), *problems]
    if problems:
        raise InputError(f"{where}: " + " ".join(problems))
    return Wilson.from_mapping(basis, float(scale), values, where)


def _extended(basis: Basis, given: Mapping[str, Any]) -> Basis:
    """``basis``, and behind it those of the given names that only WCxf's definition of it has."""
    beyond = [name for name in given if name not in basis]
    more = tuple(name for name in beyond if name in basis.published()) if beyond else ()
    return Basis(basis.eft, basis.name, (*basis.coefficients, *more)) if more else basis


def _values(given: Mapping[str, Any]) -> tuple[dict[str, complex], list[str]]:
    """The numbers of a document, and what is wrong with those that are none."""
    values: dict[str, complex] = {}
    wrong: list[str] = []
    for name, entry in given.items():
        try:
            values[name] = _complex(entry)
        except (TypeError, ValueError, OverflowError):
            wrong.append(f"{name} is {short(entry)}; a finite number or {{Re: ..., Im: ...}} is needed.")
    rest = len(wrong) - MOST_NAMES
    return values, [*wrong[:MOST_NAMES], *([f"So are {rest} more."] if rest > 0 else [])]


def _unknown(names: list[str], basis: Basis) -> list[str]:
    """What to say of names that neither nutau nor WCxf has."""
    if len(names) <= 1:
        allowed = (*basis.coefficients, *sorted(basis.published()))
        return [str(unknown(f"coefficient of {basis.eft}/{basis.name}", name, allowed)) for name in names]
    return [
        f"{len(names)} coefficients are unknown in {basis.eft}/{basis.name}: "
        f"{listed([short(name) for name in names])}. WCxf defines {len(basis.published())} names; check the basis "
        "that the file says it is in."
    ]


def _basis(document: Mapping[str, Any], bases: tuple[Basis, ...], where: str) -> Basis:
    for basis in bases:
        if (basis.eft, basis.name) == (document["eft"], document["basis"]):
            return basis
    known = ", ".join(f"{basis.eft}/{basis.name}" for basis in bases)
    given = f"{document['eft']}/{document['basis']}"
    raise InputError(
        f"{where} is in {given}; nutau reads {known}. Translate it first, for instance with wilson's 'translate'."
    )


def _complex(entry: Any) -> complex:
    if isinstance(entry, Mapping):
        if not set(entry) <= {"Re", "Im"} or not entry:
            raise ValueError(entry)
        real, imaginary = entry.get("Re", 0.0), entry.get("Im", 0.0)
    else:
        real, imaginary = entry, 0.0
    if any(isinstance(part, bool) or not isinstance(part, int | float) for part in (real, imaginary)):
        raise ValueError(entry)
    if not (math.isfinite(real) and math.isfinite(imaginary)):
        raise ValueError(entry)
    return complex(real, imaginary)


def _unique(pairs: list[tuple[str, Any]], where: str) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise InputError(f"{where}: {listed(twice)} stands twice; keep one.")
    return dict(pairs)


def _load(source: str | Path | Mapping[str, Any]) -> tuple[str, Any]:
    if isinstance(source, Mapping):
        return "the WCxf document", source
    where = "standard input" if str(source) == "-" else str(source)
    text = read_text(str(source), "Give a WCxf file (JSON or YAML), or - for stdin.")
    if LES_HOUCHES.search(text):
        raise InputError(
            f"{where} is in the SUSY or flavour Les Houches format (SLHA, FLHA); nutau reads WCxf, in JSON or YAML. "
            "Files of DsixTools: 'dsixtools2wcxf FILE --output wc.json', a command of the package wilson. SPheno: use "
            "its WCxf file and 'wcxf translate flavio'. FLHA of other programs: its normalisation is the program's "
            "own, so convert the numbers yourself (docs: howto/wcxf)."
        )
    try:
        return where, json.loads(text, object_pairs_hook=lambda pairs: _unique(pairs, where))
    except json.JSONDecodeError:
        from nutau.common.yaml_files import parse_yaml

        return where, parse_yaml(text, where)
    except InputError:
        raise
    except (ValueError, RecursionError) as error:
        raise unreadable(where, error) from None
