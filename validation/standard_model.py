"""Standard-Model values of today's inputs beside the other programs (at their own defaults) and the literature."""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import eos
import flavio
import numpy as np

import nutau
from nutau.measurements import Measurement, measurements
from nutau.observables import find

Range = tuple[float, float]
TREE = "with the tree-level τ"
WITH_TREE = ("HPQCD-2022-Knunu-SM", "BR(B+->Knunu)")
"""The published value that contains the tree-level τ contribution (its entry says so)."""


@dataclass(frozen=True)
class Row:
    """An observable, its bin in q² (GeV²), and what EOS calls it; ``flavio`` if it has another name there."""

    name: str
    q2: Range | None = None
    eos: str = ""
    kinematics: Mapping[str, float] = field(default_factory=dict)
    scale: float = 1.0  # EOS's number is multiplied by it
    tree: bool = False

    @property
    def label(self) -> str:
        """The name with its bin."""
        text = self.name if self.q2 is None else f"{self.name} [{self.q2[0]:g}, {self.q2[1]:g}]"
        return f"{text} {TREE}" if self.tree else text


@dataclass(frozen=True)
class Values:
    """One row of the table; ``None`` where a program does not have it."""

    row: Row
    nutau: nutau.observables.results.Prediction
    flavio: float | None
    eos: float | None
    published: tuple[tuple[Measurement, float, float], ...]
    seconds: Mapping[str, float]


def rows() -> tuple[Row, ...]:
    """What is compared."""
    inputs = nutau.load_inputs("default")

    def whole(name: str) -> dict[str, float]:
        low, high = find(name).edges(inputs)
        return {"q2_min": max(low, 1e-3), "q2_max": high}

    def ratio(meson: str) -> dict[str, float]:
        found = {}
        for lepton in ("mu", "tau"):
            low, high = find(f"BR(B0->{meson}taunu)").edges(inputs)
            found |= {f"q2_{lepton}_min": low, f"q2_{lepton}_max": high}
        found["q2_mu_min"] = inputs.parameters.mapping()["m_mu"] ** 2
        return found

    knunu, kstnunu = "B->Knunu::BR;P=K,", "B->K^*nunu::BR;"
    ktautau, ksttautau = (15.0, 22.0), (15.0, 19.0)
    return (
        Row("BR(B+->Knunu)", eos=f"{knunu}q=u", kinematics=whole("BR(B+->Knunu)")),
        Row("BR(B+->Knunu)", tree=True),
        Row("BR(B0->Knunu)"),  # EOS takes the charged B whatever it is asked for
        Row("BR(B0->K*nunu)", eos=f"{kstnunu}q=d", kinematics=whole("BR(B0->K*nunu)")),
        Row("BR(B+->K*nunu)", eos=f"{kstnunu}q=u", kinematics=whole("BR(B+->K*nunu)")),
        Row("BR(Bs->phinunu)", eos="B_s->phinunu::BR", kinematics=whole("BR(Bs->phinunu)")),
        Row(
            "BR(Lambdab->Lambdanunu)",
            eos="Lambda_b->Lambdanunu::BR",
            kinematics=whole("BR(Lambdab->Lambdanunu)"),
        ),
        Row("BR(B+->Ktautau)"),
        Row(
            "<dBR/dq2>(B+->Ktautau)",
            ktautau,
            "B->Kll::BR;l=tau,q=u,tag=GP2004",
            {"q2_min": ktautau[0], "q2_max": ktautau[1]},
            1.0 / (ktautau[1] - ktautau[0]),
        ),
        Row("BR(B0->K*tautau)"),
        Row(
            "<dBR/dq2>(B0->K*tautau)",
            ksttautau,
            "B->K^*ll::BR;l=tau,q=d,tag=GP2004",
            {"q2_min": ksttautau[0], "q2_max": ksttautau[1]},
            1.0 / (ksttautau[1] - ksttautau[0]),
        ),
        Row("BR(Bs->tautau)", eos="B_q->ll::BR@Untagged;l=tau,q=s"),
        Row("Rtaul(B->Dlnu)", eos="B->Dlnu::R_D", kinematics=ratio("D")),
        Row("Rtaul(B->D*lnu)", eos="B->D^*lnu::R_D^*", kinematics=ratio("D*")),
        Row("FLtot(B0->D*taunu)"),
        Row("BR(B+->taunu)", eos="B_u->lnu::BR;l=tau"),
        Row("BR(Bc->taunu)", eos="B_c->lnu::BR;l=tau"),
        Row("DeltaM_s"),
    )


def compare() -> list[Values]:
    """The table."""
    known = measurements()
    published = [entry for entry in known.values() if entry.role == "prediction"]
    return [_values(row, published) for row in rows()]


def _values(row: Row, published: list[Measurement]) -> Values:
    start = time.perf_counter()
    ours = nutau.predict(row.name, q2=row.q2, tree=row.tree)[0]
    first = time.perf_counter()
    by_flavio = None if row.tree else _by_flavio(row)
    second = time.perf_counter()
    by_eos = None if not row.eos else _by_eos(row)
    end = time.perf_counter()
    seconds = {"nutau": first - start, "flavio": second - first, "EOS": end - second}
    return Values(row, ours, by_flavio, by_eos, tuple(_literature(row, published)), seconds)


def _by_flavio(row: Row) -> float | None:
    if row.name not in flavio.Observable.instances:
        return None
    factor = 1.0 / nutau.decays.mixing.HBAR if row.name == "DeltaM_s" else 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(np.real(flavio.sm_prediction(row.name, *(row.q2 or ())))) * factor


def _by_eos(row: Row) -> float:
    with _quiet():
        made = eos.Observable.make(
            row.eos, eos.Parameters.Defaults(), eos.Kinematics(**row.kinematics), eos.Options()
        )
        return row.scale * made.evaluate()


def _literature(row: Row, published: list[Measurement]) -> Iterator[tuple[Measurement, float, float]]:
    """Published values of the row: entry, value and uncertainty in natural units."""
    for entry in published:
        gaussian = entry.gaussian
        for position, index in enumerate(gaussian.index):
            observable = entry.observables[index]
            if (observable.name, observable.q2) != (row.name, row.q2):
                continue
            if row.tree != ((entry.name, row.name) == WITH_TREE):
                continue
            error = 0.5 * (gaussian.plus[position] + gaussian.minus[position])
            yield entry, float(gaussian.central[position]), float(error)


@contextmanager
def _quiet() -> Iterator[None]:
    """EOS writes thousands of lines from C++ to standard error."""
    sys.stderr.flush()
    saved, sink = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(sink)
