r"""Angular coefficients of :math:`B\to V(\to P_1P_2)\,\ell_1\bar\ell_2` from its helicity amplitudes.

Eqs. (B.3)-(B.5) of :cite:`Gratrex:2015hna` without tensor operators, as :math:`J_i` in LHCb's convention of angles
(App. C of :cite:`Gratrex:2015hna`). With :math:`\kappa=\sqrt{\lambda(q^2,m_1^2,m_2^2)}`, :math:`x=\kappa^2/4q^2` and
:math:`s,d=(m_1\pm m_2)/\sqrt{q^2}`, up to the factor that all have in common:

.. math::
    J_{2s} &= \tfrac83x\,(|V_+|^2+|V_-|^2+|A_+|^2+|A_-|^2), \qquad -J_{2c} = \tfrac{32}3x\,(|V_0|^2+|A_0|^2), \\
    J_3+iJ_9 &= -\tfrac{32}3x\,(V_+V_-^*+A_+A_-^*), \\
    J_4+iJ_8 &= \tfrac{16}3x\,(V_+V_0^*+V_0V_-^*+A_+A_0^*+A_0A_-^*), \\
    J_5+iJ_7 &= \tfrac83\kappa\,[V_+A_0^*+A_+V_0^*-V_0A_-^*-A_0V_-^*+s(V_+S^*+SV_-^*)+d(A_+P^*+PA_-^*)], \\
    J_{6s} &= \tfrac{16}3\kappa\,\mathrm{Re}(V_+A_+^*-V_-A_-^*), \qquad
    J_{6c} = -\tfrac{32}3\kappa\,\mathrm{Re}(s\,V_0S^*+d\,A_0P^*),

:math:`A_{FB}=\frac34J_{6s}+\frac38J_{6c}`. The amplitudes of the conjugate decay are held complex conjugated (then they
are linear in the coefficients, too), which turns imaginary parts round.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from nutau.common.arrays import Array, namespace
from nutau.decays.assembly import Amplitude, Term

Amplitudes = Mapping[str, Amplitude]
"""By name: ``V0``, ``V+``, ``V-``, ``A0``, ``A+``, ``A-``, ``S``, ``P``."""

ODD = ("7", "8", "9")
"""Coefficients that are imaginary parts: without strong phases their sum over a decay and its conjugate vanishes."""
COEFFICIENTS = ("3", "4", "5", "6s", "6c", "7", "8", "9")
RATES = ("rate", "longitudinal", "2s", "-2c", "afb")
TILDE = {"V+": "V-", "V-": "V+", "A+": "A-", "A-": "A+"}
"""Amplitudes of B_s and its conjugate to one final state have + and - exchanged, and the scalar one turned round."""


@dataclass(frozen=True)
class Product:
    """``weight * Re(conj(left) right)`` of two amplitudes by name, or the imaginary part."""

    weight: Array
    left: str
    right: str
    imaginary: bool = False


@dataclass(frozen=True)
class Leptons:
    """What the lepton masses and q² make of products of amplitudes; arrays ``(..., nodes)``."""

    flip: Array  # of |A|² in the rate
    non_flip: Array  # of |V|²
    scalar: Array
    pseudoscalar: Array
    x: Array
    momentum: Array  # sqrt(lambda(q², m1², m2²))
    total: Array  # (m1 + m2)/sqrt(q²)
    difference: Array

    @classmethod
    def of(cls, masses: tuple[Array, Array], momentum: Array, q2: Array) -> Leptons:
        """From the masses, the root of the Källén function and q²."""
        xp = namespace(momentum, q2)
        first, second = masses
        x = momentum**2 / (4.0 * q2)
        energies, product = xp.sqrt((first * first + x) * (second * second + x)), first * second
        average, root = 4.0 / 9.0 * (3.0 * energies + x), xp.sqrt(q2)
        return cls(
            flip=6.0 * (average - 4.0 / 3.0 * product),
            non_flip=6.0 * (average + 4.0 / 3.0 * product),
            scalar=8.0 * (energies - product + x),
            pseudoscalar=8.0 * (energies + product + x),
            x=x,
            momentum=momentum,
            total=(first + second) / root,
            difference=(first - second) / root,
        )


def products(leptons: Leptons, name: str) -> list[Product]:
    """One of ``COEFFICIENTS`` or ``RATES`` by name, or ``1s``, ``1c``, ``2c`` or ``transverse``.

    ``longitudinal`` and ``transverse`` are the rates to a V of helicity 0 and ±1: :math:`\\frac34J_{1c}-\\frac14J_{2c}`
    and :math:`\\frac32J_{1s}-\\frac12J_{2s}`.
    """
    x, k = leptons.x, leptons.momentum
    match name:
        case "rate":
            return products(leptons, "longitudinal") + products(leptons, "transverse")
        case "transverse":
            return [
                Product(weight, part + h, part + h)
                for part, weight in (("V", leptons.non_flip), ("A", leptons.flip))
                for h in "+-"
            ]
        case "1s":
            return _sum((2.0 / 3.0, products(leptons, "transverse")), (1.0 / 3.0, products(leptons, "2s")))
        case "1c":
            return _sum(
                (4.0 / 3.0, products(leptons, "longitudinal")), (-1.0 / 3.0, products(leptons, "-2c"))
            )
        case "2c":
            return _sum((-1.0, products(leptons, "-2c")))
        case "longitudinal":
            return [
                Product(leptons.scalar, "S", "S"),
                Product(leptons.pseudoscalar, "P", "P"),
                Product(leptons.non_flip, "V0", "V0"),
                Product(leptons.flip, "A0", "A0"),
            ]
        case "2s":
            return [Product(8.0 / 3.0 * x, part + h, part + h) for part in "VA" for h in "+-"]
        case "-2c":
            return [Product(32.0 / 3.0 * x, part + "0", part + "0") for part in "VA"]
        case "3" | "9":
            return _oriented([(-32.0 / 3.0 * x, part + "-", part + "+") for part in "VA"], name)
        case "4" | "8":
            pairs = [(part + "0", part + "+") for part in "VA"] + [(part + "-", part + "0") for part in "VA"]
            return _oriented([(16.0 / 3.0 * x, *pair) for pair in pairs], name)
        case "5" | "7":
            k = 8.0 / 3.0 * k
            s, d = k * leptons.total, k * leptons.difference
            mixed = [(k, "A0", "V+"), (k, "V0", "A+"), (-k, "A-", "V0"), (-k, "V-", "A0")]
            timelike = [(s, "S", "V+"), (s, "V-", "S"), (d, "P", "A+"), (d, "A-", "P")]
            return _oriented(mixed + timelike, name)
        case "6s":
            return [Product(sign * 16.0 / 3.0 * k, "A" + h, "V" + h) for h, sign in (("+", 1.0), ("-", -1.0))]
        case "6c":
            k = -32.0 / 3.0 * k
            return [Product(k * leptons.total, "S", "V0"), Product(k * leptons.difference, "P", "A0")]
        case "afb":
            return _sum((0.75, products(leptons, "6s")), (0.375, products(leptons, "6c")))
    raise KeyError(name)


def _sum(*parts: tuple[float, list[Product]]) -> list[Product]:
    return [replace(item, weight=factor * item.weight) for factor, items in parts for item in items]


def one_neutrino(name: str) -> list[Product]:
    r"""A coefficient :math:`J_i` of :math:`B\to V\ell\bar\nu` with a massless left-handed neutrino, any operators.

    Of amplitudes ``N+`` … of a lepton of helicity -1/2, ``F+`` … of +1/2 and ``S`` of a pair of spin 0, from

    .. math::
        &2\,\Big|\tfrac{1-c}2\tfrac{s_V}{\sqrt2}e^{-i\phi}N_+-\tfrac s{\sqrt2}c_VN_0-\tfrac{1+c}2
        \tfrac{s_V}{\sqrt2}e^{i\phi}N_-\Big|^2 \\
        +\,&\Big|\tfrac{s\,s_V}2(e^{-i\phi}F_++e^{i\phi}F_-)-c\,c_VF_0+c_VS\Big|^2 ,

    the angular functions of helicity amplitudes for c, s of :math:`\theta_\ell` and :math:`\theta_V`; the tests compare
    it with explicit spinors.
    """
    match name:
        case "1s":
            return [Product(w, a + h, a + h) for a, w in (("N", 1.5), ("F", 0.5)) for h in "+-"]
        case "1c":
            return [Product(2.0, "N0", "N0"), Product(2.0, "F0", "F0"), Product(4.0, "S", "S")]
        case "2s":
            return [Product(w, a + h, a + h) for a, w in (("N", 0.5), ("F", -0.5)) for h in "+-"]
        case "2c":
            return [Product(-2.0, "N0", "N0"), Product(2.0, "F0", "F0")]
        case "3" | "9":
            return _oriented([(-2.0, "N-", "N+"), (2.0, "F-", "F+")], name)
        case "4" | "8":
            entries = [
                (w, a + left, a + right)
                for a, w in (("N", 1.0), ("F", -1.0))
                for left, right in (("0", "+"), ("-", "0"))
            ]
            return _oriented(entries, name)
        case "5" | "7":
            spin_1 = [(-2.0, "N0", "N+"), (2.0, "N-", "N0")]
            return _oriented([*spin_1, (2.0, "S", "F+"), (2.0, "F-", "S")], name)
        case "6s":
            return [Product(-2.0, "N+", "N+"), Product(2.0, "N-", "N-")]
        case "6c":
            return [Product(-8.0, "F0", "S")]
    raise KeyError(name)


def _oriented(entries: Sequence[tuple[Array, str, str]], name: str) -> list[Product]:
    return [Product(weight, left, right, name in ODD) for weight, left, right in entries]


def average(
    items: Sequence[Product],
    both: tuple[Amplitudes, Amplitudes],
    half: tuple[Array, Array],
    sign: float = 1.0,
) -> list[Term]:
    """Half the sum (``sign`` 1: S_i) or difference (-1: A_i) of a decay and its conjugate, of weights ``half``."""
    decay, conjugate = both
    return [
        *_terms(items, decay, half[0]),
        *_terms(items, conjugate, sign * half[1], conjugated=True),
    ]


def terms_of(items: Sequence[Product], of: Amplitudes, weight: Array) -> list[Term]:
    """The terms of one decay, each times ``weight``."""
    return list(_terms(items, of, weight))


def _terms(
    items: Sequence[Product], of: Amplitudes, weight: Array, *, conjugated: bool = False
) -> Iterator[Term]:
    for item in items:
        left, right = of[item.left], of[item.right]
        if item.imaginary:
            right = times(right, 1j if conjugated else -1j)  # Im z = Re(-i z)
        yield Term(weight * item.weight, left, None if right is left else right)


def untagged(
    items: Sequence[Product], both: tuple[Amplitudes, Amplitudes], half: tuple[Array, Array]
) -> tuple[list[Term], list[Term]]:
    """A coefficient of the decays of B_s and its conjugate to one final state: their average, and the interference.

    The interference is as :func:`nutau.decays.bs_mixing.time_integrated` takes it.
    """
    decay, conjugate = both
    swapped = {name: conjugate[TILDE.get(name, name)] for name in conjugate} | {
        "S": times(conjugate["S"], -1.0)
    }
    weight = 0.5 * (half[0] + half[1])
    crossed = []
    for item in items:
        for ours, theirs, turn in ((item.left, item.right, -1j), (item.right, item.left, 1j)):
            # the conjugate of the factor, as the amplitude is conjugated once more
            other = times(swapped[theirs], -turn) if item.imaginary else swapped[theirs]
            crossed.append(Term(weight * item.weight, decay[ours], other))
    return average(items, (decay, swapped), half), crossed


def times(amplitude: Amplitude, factor: complex) -> Amplitude:
    """An amplitude times a number."""
    return replace(amplitude, spread=factor * amplitude.spread)
