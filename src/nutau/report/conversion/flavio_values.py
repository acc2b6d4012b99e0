"""flavio's values: texts such as ``0.33 ± 0.02 ± 0.01``, ``1.09(24)e-4``, ``< 1e-5 @ 90% CL``, and its distributions.

The grammar is that of flavio 2.7 (:cite:`Straub:2018kue`): one power of ten at the end counts for the number and its
uncertainties; digits in brackets are those of the last digits of the number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nutau.report.conversion import curves
from nutau.report.conversion.record import Curve, Limit, Number, Unusable, Value

_DIGITS = r"\d+\.?\d*"
_POWER = r"\s*\*?\s*(?:(?:1?[eE]|10\^)\(?(?P<power>[+-]?\d+)\)?)?\s*"
_ERROR = (
    rf"(?:±\s*{_DIGITS}|\+\s*{_DIGITS}\s*-\s*{_DIGITS}|-\s*{_DIGITS}\s*\+\s*{_DIGITS}|\(\s*{_DIGITS}\s*\))"
)
_VALUE = re.compile(rf"\s*\(?\s*(?P<central>-?{_DIGITS})\s*(?P<errors>(?:{_ERROR}\s*)+)\)?{_POWER}")
_LIMIT = re.compile(
    rf"\s*<\s*(?P<limit>{_DIGITS}(?:[eE][+-]?\d+)?)\s*@\s*(?P<level>{_DIGITS})\s*%\s*C[.\s]*L[.\s]*"
)
_SIGNS = (("−", "-"), ("\\pm", "±"), ("+-", "±"), ("+/-", "±"))


def number(given: Any) -> Number:
    """A value of flavio, text or distribution; :class:`Unusable` with the reason for what nutau has no entry for."""
    if isinstance(given, Mapping):
        return _distribution(given)
    if isinstance(given, list):
        return _together([number(item) for item in given])
    if isinstance(given, int | float) and not isinstance(given, bool):
        raise Unusable("it has no uncertainty")
    if not isinstance(given, str):
        raise Unusable("its value is neither text nor a distribution")
    return text(given)


def text(given: str) -> Value | Limit:
    """A value written as text."""
    plain = given
    for old, new in _SIGNS:
        plain = plain.replace(old, new)
    if found := _LIMIT.fullmatch(plain):
        return Limit(float(found["limit"]), float(found["level"]) / 100)
    if found := _VALUE.fullmatch(plain):
        power = found["power"] or "0"
        errors = re.findall(_ERROR, found["errors"])
        return Value(
            float(f"{found['central']}e{power}"),
            tuple(_error(item, found["central"], power) for item in errors),
        )
    if re.fullmatch(r"\s*\[.*\]" + _POWER, plain):
        raise Unusable("it is a flat range")
    if "*/" in plain or "/*" in plain:
        raise Unusable("it is log-normal")
    if re.fullmatch(rf"\s*[+-]?{_DIGITS}(?:[eE][+-]?\d+)?\s*", plain):
        raise Unusable("it has no uncertainty")
    raise Unusable(f"its value {given[:60]!r} is not understood")


def _error(given: str, central: str, power: str) -> tuple[float, float]:
    """One uncertainty, upwards and downwards."""
    digits = re.findall(_DIGITS, given)
    if given.startswith("("):
        decimals = 0 if "." in digits[0] else len(central.partition(".")[2])
        power = str(int(power) - decimals)
    sizes = [float(f"{item}e{power}") for item in digits]
    if len(sizes) == 1:
        return sizes[0], sizes[0]
    return (sizes[0], sizes[1]) if given.startswith("+") else (sizes[1], sizes[0])


def _distribution(given: Mapping[str, Any]) -> Number:
    kind = str(given.get("distribution"))
    if kind not in _KINDS:
        raise Unusable(f"its distribution '{kind[:40]}' has no counterpart")
    arguments = {name: item for name, item in given.items() if name != "distribution"}
    made = _KINDS[kind](arguments)
    if arguments:
        raise Unusable(
            f"its distribution '{kind}' has the unknown arguments {', '.join(map(str, arguments))[:60]}"
        )
    return made


def _normal(given: dict[str, Any]) -> Value:
    error = float(given.pop("standard_deviation"))
    return Value(float(given.pop("central_value")), ((error, error),))


def _asymmetric(given: dict[str, Any]) -> Value:
    errors = float(given.pop("right_deviation")), float(given.pop("left_deviation"))
    return Value(float(given.pop("central_value")), (errors,))


def _limit(given: dict[str, Any]) -> Limit:
    return Limit(float(given.pop("limit")), float(given.pop("confidence_level")))


def _numerical(given: dict[str, Any]) -> Curve:
    given.pop("central_value", None)
    return curves.density([float(x) for x in given.pop("x")], [float(y) for y in given.pop("y")])


def _counts(given: dict[str, Any]) -> Curve:
    """Events on a background; the limit, or a factor, says how the observable goes with the signal."""
    total, signal, background = (
        None if (item := given.pop(f"counts_{name}", None)) is None else float(item)
        for name in ("total", "signal", "background")
    )
    if [total, signal, background].count(None) > 1:
        raise Unusable("two of counts_total, counts_signal and counts_background are needed")
    total = signal + background if total is None and signal is not None and background is not None else total
    background = (
        total - signal if background is None and total is not None and signal is not None else background
    )
    assert total is not None
    assert background is not None
    deviation = given.pop("background_std", None)
    variance = given.pop("background_variance", None)  # flavio's older name of the same number
    spread = float(deviation or variance or 0.0)
    if "limit" in given:
        limit = _limit(given)
        return curves.counting_limit(total, background, spread, limit.limit, limit.confidence_level)
    return curves.counting(total, background, spread, float(given.pop("scale_factor", 1.0)))


_KINDS: Mapping[str, Callable[[dict[str, Any]], Number]] = {
    "normal": _normal,
    "asymmetric_normal": _asymmetric,
    "gaussian_upper_limit": _limit,
    "numerical": _numerical,
    "gamma_upper_limit": _counts,
    "general_gamma_upper_limit": _counts,
    "gamma_counting_process": _counts,
    "general_gamma_counting_process": _counts,
}


def _together(parts: Sequence[Number]) -> Number:
    """Several distributions of one number, which flavio convolves: uncertainties of one central value."""
    if len(parts) == 1:
        return parts[0]
    values = [part for part in parts if isinstance(part, Value)]
    if len(values) < len(parts) or len({part.central for part in values}) != 1:
        raise Unusable("it is a convolution of distributions that are not Gaussian around one value")
    return Value(values[0].central, tuple(error for part in values for error in part.errors))
