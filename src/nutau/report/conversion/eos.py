"""EOS's constraint files (as of EOS 1.1), each constraint a mapping with a ``type``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from nutau.report.conversion import curves
from nutau.report.conversion.matrices import chosen, full
from nutau.report.conversion.places import place, ranged, whole
from nutau.report.conversion.record import Curve, Entries, Left, Number, Place, Unusable, Value

CHARGES = {"u": "B+", "d": "B0"}

TAUS = {
    "B->Kll::BR": ("{B}->Ktautau", "d"),
    "B->K^*ll::BR": ("{B}->K*tautau", "d"),
    "B_s->phill::BR": ("Bs->phitautau", ""),
    "B->Dlnu::BR": ("{B}->Dtaunu", "d"),
    "B->D^*lnu::BR": ("{B}->D*taunu", "d"),
}
"""Branching ratios in a range of q² with l = tau; EOS's spectator where the options leave it out."""

NEUTRINOS = {
    "B->Knunu::BR": ("{B}->Knunu", "u"),
    "B->K^*nunu::BR": ("{B}->K*nunu", "u"),
    "B_s->phinunu::BR": ("Bs->phinunu", ""),
    "Lambda_b->Lambdanunu::BR": ("Lambdab->Lambdanunu", ""),
}
"""Branching ratios in a range of q²."""

TWO_BODY = {
    ("B_u->lnu::BR", "tau", ""): "BR(B+->taunu)",
    ("B_c->lnu::BR", "tau", ""): "BR(Bc->taunu)",
    ("B_q->ll::BR@Untagged", "tau", "s"): "BR(Bs->tautau)",
}
"""By observable, l and q."""

RATIOS = {"B->Dlnu::R_D": "Rtaul(B->Dlnu)", "B->D^*lnu::R_D^*": "Rtaul(B->D*lnu)"}
UNIVERSALITY = {"B->Kll::R_K": "<Rmue>({B}->Kll)", "B->K^*ll::R_K^*": "<Rmue>({B}->K*ll)"}
SHARES = {"B->K^*nunu::F_L": ("<FL>({B}->K*nunu)", "u"), "B->D^*lnu::F_L": ("<FL>(B0->D*taunu)", "d")}


def is_eos(document: Any) -> bool:
    """Whether a document looks like constraints of EOS."""
    return isinstance(document, dict) and (
        "@metadata@" in document
        or "@metadata" in document
        or any(
            isinstance(item, dict) and "type" in item and {"observable", "observables"} & set(item)
            for item in document.values()
        )
    )


def measurements(document: Mapping[str, Any]) -> Iterator[tuple[Entries, list[Left]]]:
    """Each constraint of a document: its entries, and what could not be converted."""
    for name, body in document.items():
        if str(name).startswith("@"):
            continue
        entries, left = Entries("-".join(str(name).split()), _facts(str(name), body)), list[Left]()
        try:
            _add(str(name), body, entries, left)
        except Unusable as reason:
            left.append(Left(str(name), "", str(reason)))
        except (AttributeError, KeyError, TypeError, ValueError, IndexError, OverflowError):
            left.append(Left(str(name), "", "it is not written as EOS reads it"))
        yield entries, left


def _facts(name: str, body: Any) -> dict[str, Any]:
    references = body.get("references") if isinstance(body, dict) else None
    given = references if isinstance(references, list) and references else [name.rpartition("@")[2]]
    return {
        "source": f"{', '.join(map(str, given))} (a reference of EOS)",
        "provenance": "secondary",
        "verified": False,
        "notes": f"from EOS's constraint '{name}'",
    }


def _add(name: str, body: Mapping[str, Any], entries: Entries, left: list[Left]) -> None:
    kind = str(body["type"])
    if kind in _SINGLE:
        observable = str(body["observable"])
        try:
            where = _place(name, observable, body.get("options") or {}, body.get("kinematics") or {})
            found = _SINGLE[kind](body)
        except Unusable as reason:
            left.append(Left(name, observable, str(reason)))
            return
        if isinstance(found, Curve):
            entries.curve(where, found)
        elif isinstance(found, Value):
            entries.values([(where, found)])
    elif kind in _SEVERAL:
        _several(name, body, entries, left, _SEVERAL[kind])
    else:
        for observable in body.get("observables") or [body.get("observable", "")]:
            left.append(Left(name, str(observable), f"constraints of type {kind[:40]} have no counterpart"))


def _several(
    name: str, body: Mapping[str, Any], entries: Entries, left: list[Left], read: Callable[..., Any]
) -> None:
    observables = [str(item) for item in body["observables"]]
    options, kinematics = body["options"], body["kinematics"]
    if not len(observables) == len(options) == len(kinematics):
        raise Unusable("it has not as many options and kinematics as observables")
    places: list[tuple[int, Place]] = []
    for position, observable in enumerate(observables):
        try:
            places.append(
                (position, _place(name, observable, options[position] or {}, kinematics[position] or {}))
            )
        except Unusable as reason:
            left.append(Left(name, observable, str(reason)))
    if places:
        values, correlation = read(body, len(observables))
        entries.values(
            [(where, values[i]) for i, where in places],
            chosen(correlation, [position for position, _ in places]),
        )


def _gaussian(body: Mapping[str, Any]) -> Number:
    parts = [
        (abs(float(body[key]["hi"])), abs(float(body[key]["lo"]))) for key in ("sigma-stat", "sigma-sys")
    ]
    return _named(float(body["mean"]), parts)


def _named(central: float, parts: Sequence[tuple[float, float]]) -> Value:
    """A value with statistical and systematic uncertainty; a single one that is not zero is the total."""
    return Value(central, tuple(pair for pair in parts if max(pair) > 0))


def _multivariate(body: Mapping[str, Any], count: int) -> tuple[list[Value], np.ndarray]:
    stat = zip(body["sigma-stat-hi"], body["sigma-stat-lo"], strict=True)
    rows = zip(body["means"], stat, body["sigma-sys"], strict=True)
    values = [
        _named(float(mean), ((abs(float(high)), abs(float(low))), (abs(float(syst)),) * 2))
        for mean, (high, low), syst in rows
    ]
    return values, full(body["correlations"], count)


def _covariance(body: Mapping[str, Any], count: int) -> tuple[list[Value], np.ndarray]:
    if body.get("response") is not None:
        raise Unusable("it measures combinations of its observables (response)")
    matrix = full(body["covariance"], count, diagonal=None)
    if not np.all(np.diag(matrix) > 0):
        raise Unusable("a variance of it is not positive")
    errors = np.sqrt(np.diag(matrix))
    values = [
        Value(float(mean), ((float(error),) * 2,)) for mean, error in zip(body["means"], errors, strict=True)
    ]
    return values, matrix / np.outer(errors, errors)


_SINGLE: Mapping[str, Callable[[Mapping[str, Any]], Number]] = {
    "Gaussian": _gaussian,
    "Amoroso": lambda body: curves.amoroso(
        *(float(body[key]) for key in ("physical-limit", "theta", "alpha", "beta"))
    ),
    "LogGamma": lambda body: curves.log_gamma(*(float(body[key]) for key in ("mode", "alpha", "lambda"))),
}
_SEVERAL: Mapping[str, Callable[[Mapping[str, Any], int], tuple[list[Value], np.ndarray]]] = {
    "MultivariateGaussian": _multivariate,
    "MultivariateGaussian(Covariance)": _covariance,
}


def _place(name: str, observable: str, options: Mapping[str, Any], kinematics: Mapping[str, Any]) -> Place:
    """Where EOS's observable with its options and kinematics goes; :class:`Unusable` if nowhere."""
    bare, *inline = observable.split(";")
    chosen_options = {key: str(item) for key, item in options.items()}
    for pair in ",".join(inline).split(","):
        key, equals, item = pair.partition("=")
        if equals:
            chosen_options[key.strip()] = item.strip()
    lepton = chosen_options.get("l", "")
    ranges = {key: float(item) for key, item in kinematics.items()}
    if (bare, lepton, chosen_options.get("q", "")) in TWO_BODY or (bare, lepton, "") in TWO_BODY:
        return Place(TWO_BODY.get((bare, lepton, ""), "") or TWO_BODY[bare, lepton, chosen_options["q"]])
    if bare in RATIOS:
        return _ratio(RATIOS[bare], ranges)
    if bare in UNIVERSALITY:
        return _universality(UNIVERSALITY[bare].format(B=_charge(name, chosen_options, "d")), ranges)
    if bare in SHARES and (lepton == "tau" or "nunu" in bare):
        return _share(SHARES[bare][0].format(B=_charge(name, chosen_options, SHARES[bare][1])), ranges)
    table = NEUTRINOS if bare in NEUTRINOS else TAUS if lepton == "tau" else {}
    if bare not in table:
        raise Unusable("nutau has no such observable")
    decay, spectator = table[bare]
    charge = _charge(name, chosen_options, spectator) if spectator else ""
    return ranged(decay.format(B=charge), *_range(ranges, "q2_min", "q2_max"))


def _charge(name: str, options: Mapping[str, str], spectator: str) -> str:
    """The B meson: by the spectator quark, by the constraint's own name, or EOS's usual one."""
    named = {"B^+": "u", "B^-": "u", "B^0": "d"}.get(re.split(r"->", name)[0].strip(), spectator)
    quark = options.get("q", named)
    if quark not in CHARGES:
        raise Unusable(f"nutau has no such observable for the spectator quark {quark[:20]}")
    return CHARGES[quark]


def _range(given: Mapping[str, float], low: str, high: str) -> tuple[float, float]:
    if low not in given or high not in given:
        raise Unusable(f"its kinematics lack {low} or {high}")
    return given[low], given[high]


def _ratio(name: str, given: Mapping[str, float]) -> Place:
    taus, muons = _range(given, "q2_tau_min", "q2_tau_max"), _range(given, "q2_mu_min", "q2_mu_max")
    decay = "B0->Dtaunu" if "D*" not in name else "B0->D*taunu"
    if not whole(f"<dBR/dq2>({decay})", *taus) or muons[1] < taus[1] or muons[0] > 0.1:
        raise Unusable("it is a ratio in a part of phase space; nutau's is that of all")
    return Place(name)


def _universality(name: str, given: Mapping[str, float]) -> Place:
    muons, electrons = _range(given, "q2_mu_min", "q2_mu_max"), _range(given, "q2_e_min", "q2_e_max")
    if muons != electrons:
        raise Unusable("its bins for muons and electrons differ")
    return place(name, {"q2min": muons[0], "q2max": muons[1]})


def _share(name: str, given: Mapping[str, float]) -> Place:
    low, high = _range(given, "q2_min", "q2_max")
    if name == "<FL>(B0->D*taunu)" and whole("<dBR/dq2>(B0->D*taunu)", low, high):
        return place("FLtot(B0->D*taunu)", {})
    return place(name, {"q2min": low, "q2max": high})
