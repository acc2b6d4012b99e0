"""Formulas as LaTeX: one line of an ``align`` per observable, errors in brackets, correlations as tables."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from nutau.common.rounding import fixed
from nutau.observables.polynomials import Polynomial

_GREEK = {"tau": r"\tau", "mu": r"\mu", "nu": r"\nu"}
_TERMS_PER_LINE = 6


def to_latex(polynomials: Sequence[Polynomial], labels: Mapping[str, str] | None = None) -> str:
    r"""LaTeX source: an ``align`` of the formulas and, where there are errors, a table of correlations each.

    ``labels`` are the left-hand sides by observable. A coefficient 1.46(4)·10⁻² has the error 0.04·10⁻².
    """
    names = labels or {}
    rows = [f"{names.get(made.observable, _text(made.observable))} &= {_sum(made)}" for made in polynomials]
    parts = ["\\begin{align}\n" + " \\\\\n".join(rows) + "\n\\end{align}\n"]
    parts += [_table(made) for made in polynomials if made.draws is not None and any(made.errors > 0)]
    return "\n".join(parts)


def _sum(made: Polynomial) -> str:
    terms: list[str] = []
    for monomial, value, error in zip(made.monomials, made.central, made.errors, strict=True):
        sign = "-" if value < 0 else "+" if terms else ""
        product = monomial_latex(monomial)
        terms.append(f"{sign}{shorthand(abs(value), error)}{' ' if product else ''}{product}")
    lines = [" ".join(terms[i : i + _TERMS_PER_LINE]) for i in range(0, len(terms), _TERMS_PER_LINE)]
    return " \\notag \\\\\n&\\quad ".join(lines)


def shorthand(value: float, error: float) -> str:
    r"""``0.2411(34)`` or ``1.462(43)\times 10^{-2}``: two digits of the error, in units of the last place."""
    if error == 0 or not math.isfinite(error):
        return _power(f"{value:.6g}")
    exponent = math.floor(math.log10(max(abs(value), error)))
    shift = exponent if not -2 < exponent < 4 else 0
    unit = 10.0**shift
    digits = max(0, 1 - math.floor(math.log10(error / unit)))
    scaled = error / unit
    bracket = f"{scaled:.{digits}f}" if scaled >= 1 and digits else f"{round(scaled * 10**digits)}"
    body = f"{fixed(value / unit, digits)}({bracket})"
    return body + (rf"\times 10^{{{shift}}}" if shift else "")


def _power(number: str) -> str:
    mantissa, e, exponent = number.partition("e")
    return rf"{mantissa}\times 10^{{{int(exponent)}}}" if e else number


def monomial_latex(monomial: tuple[str, ...]) -> str:
    """A product of variables; a square where both are the same."""
    if len(monomial) == 2 and monomial[0] == monomial[1]:
        name = variable_latex(monomial[0])
        return f"{name}^2" if re.fullmatch(r"[a-z](_\S+)?", name) else rf"\left({name}\right)^2"
    return r"\,".join(variable_latex(name) for name in monomial)


def variable_latex(name: str) -> str:
    r"""``xtau`` as :math:`x_\tau`, ``Im C9p_bstautau`` as :math:`\mathrm{Im}\,C_{9'}^{bs\tau\tau}`."""
    part, _, rest = name.rpartition(" ")
    if match := re.fullmatch(r"C(\w+?)(p?)_(\w+)", rest):
        tokens = re.findall(r"tau|mu|nu|\w", match[3])
        flavours = " ".join(_GREEK.get(token, token) for token in tokens)
        symbol = f"C_{{{match[1]}{match[2] and chr(39)}}}^{{{flavours}}}"
    elif match := re.fullmatch(r"x(tau|mu|e)", rest):
        symbol = f"x_{_GREEK.get(match[1], match[1])}"
    else:
        symbol = rest if len(rest) == 1 else rf"\mathrm{{{_escaped(rest)}}}"
    return rf"\mathrm{{{part}}}\,{symbol}" if part else symbol


def _table(made: Polynomial) -> str:
    """The correlations of the coefficients that have an error, lower triangle."""
    shown = [i for i, error in enumerate(made.errors) if error > 0]
    heads = [f"${monomial_latex(made.monomials[i]) or '1'}$" for i in shown]
    lines = [" & ".join(["", *heads]) + r" \\ \hline"]
    for row, i in enumerate(shown):
        cells = [f"${fixed(made.correlation[i, j], 3)}$" for j in shown[: row + 1]]
        lines.append(" & ".join([heads[row], *cells, *[""] * (len(shown) - row - 1)]) + r" \\")
    columns = "r" * (1 + len(shown))
    body = "\n".join(lines)
    return f"% correlations of {made.observable}\n\\begin{{tabular}}{{{columns}}}\n{body}\n\\end{{tabular}}\n"


def _text(name: str) -> str:
    return rf"\mathrm{{{_escaped(name)}}}"


def _escaped(text: str) -> str:
    return re.sub(r"([_%&#$])", r"\\\1", text)
