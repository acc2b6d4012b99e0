r"""Two- and three-body kinematics, and quadrature over :math:`q^2` that knows where the roots are.

Rates go with powers of :math:`\sqrt{q^2-q^2_{min}}` and :math:`\sqrt{q^2_{max}-q^2}` at the edges of phase
space. Each map below is smooth there, so Gauss-Legendre with 8 to 16 nodes reaches 1e-6 and better.

A theory draw of the masses moves the edges, so nodes have the shape ``(..., nodes)``: parameters of shape
``(draws,)`` enter as ``(draws, 1)`` (:func:`at_nodes`), numbers stay numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.errors import InputError


def kallen(a: Array, b: Array, c: Array) -> Array:
    r""":math:`\lambda(a,b,c)=a^2+b^2+c^2-2(ab+bc+ca)`."""
    return a * a + b * b + c * c - 2.0 * (a * b + b * c + c * a)


def safe_sqrt(x: Array) -> Array:
    """The square root where ``x > 0``, else 0 (rounding at an edge of phase space); gradients are finite."""
    xp = namespace(x)
    positive = x > 0.0
    return xp.where(positive, xp.sqrt(xp.where(positive, x, 1.0)), 0.0)


def root_kallen(heavy: Array, light: Array, q2: Array) -> Array:
    r""":math:`\sqrt{\lambda(M^2,m^2,q^2)}`, exactly 0 at and beyond the edges :math:`q^2=(M\pm m)^2`."""
    return safe_sqrt((((heavy - light) ** 2) - q2) * (((heavy + light) ** 2) - q2))


def zero_recoil(heavy: Array, light: Array) -> Array:
    r""":math:`(M-m)^2`, the largest :math:`q^2`; negative for :math:`M < m`, which leaves no phase space."""
    return (heavy - light) * abs(heavy - light)


class ParametersAtNodes(Mapping[str, Any]):
    """Parameters ready to meet nodes: ``(draws,)`` as ``(draws, 1)``, single numbers unchanged."""

    def __init__(self, par: Mapping[str, Array], rank: int = 0) -> None:
        """Wrap ``par``, numbers or arrays of one rank; grids get at least ``rank`` axes in front."""
        self._par = par
        self.rank = max((np.ndim(value) for value in par.values()), default=0)
        self.rank = max(self.rank, rank)
        self.xp = namespace(*par.values())

    def __getitem__(self, name: str) -> Array:
        """The parameter with an axis for nodes."""
        value = self._par[name]
        return value[..., None] if np.ndim(value) else value

    def __iter__(self) -> Iterator[str]:
        """Over the names."""
        return iter(self._par)

    def __len__(self) -> int:
        """The number of parameters."""
        return len(self._par)

    def row(self, values: Array) -> Array:
        """A grid ``(nodes,)``, the same for all draws, with the rank that meets these parameters."""
        xp = self.xp if namespace(values) is np else namespace(values)  # JAX if the grid or a parameter is
        values = xp.asarray(values)
        return xp.reshape(values, (1,) * self.rank + values.shape)


@dataclass(frozen=True)
class Nodes:
    r"""A quadrature rule, :math:`\int f\,dq^2\approx\sum_k w_k f(q^2_k)`; arrays ``(..., nodes)`` in GeV²."""

    q2: Array
    weights: Array

    def __add__(self, other: Nodes) -> Nodes:
        """The rule over both ranges."""
        return Nodes(_join(self.q2, other.q2), _join(self.weights, other.weights))


def _join(a: Array, b: Array) -> Array:
    xp = namespace(a, b)
    batch = np.broadcast_shapes(a.shape[:-1], b.shape[:-1])
    return xp.concatenate([xp.broadcast_to(x, (*batch, x.shape[-1])) for x in (a, b)], axis=-1)


@cache
def gauss_legendre(count: int) -> tuple[Array, Array]:
    """Nodes and weights of the Gauss-Legendre rule on [0, 1]."""
    x, w = np.polynomial.legendre.leggauss(count)
    return 0.5 * (x + 1.0), 0.5 * w


def _spread(low: Array, high: Array, count: int, rank: int) -> tuple[Array, Array]:
    """Gauss-Legendre nodes and weights between ``low`` and ``high``, each a number or ``(..., 1)``."""
    xp = namespace(low, high)
    x, w = (xp.reshape(xp.asarray(part), (1,) * rank + (count,)) for part in gauss_legendre(count))
    return low + (high - low) * x, (high - low) * w


def plain(low: Array, high: Array, count: int, rank: int = 0) -> Nodes:
    """Gauss-Legendre in q² itself, for a range away from all edges."""
    return Nodes(*_spread(low, high, count, rank))


def root_map(low: Array, high: Array, edge: Array, count: int, rank: int = 0) -> Nodes:
    r"""``count`` nodes on [low, high] in :math:`u=\sqrt{edge-q^2}`, smooth at the upper edge."""
    u, w = _spread(safe_sqrt(edge - high), safe_sqrt(edge - low), count, rank)
    return Nodes(edge - u * u, 2.0 * u * w)


def sine_map(low: Array, high: Array, edges: tuple[Array, Array], count: int, rank: int = 0) -> Nodes:
    r"""``count`` nodes on [low, high] in :math:`\theta`, :math:`q^2=a+(b-a)\sin^2\theta`: smooth at both."""
    a, b = edges
    xp = namespace(low, high, a, b)
    theta, w = _spread(_angle(xp, low, a, b), _angle(xp, high, a, b), count, rank)
    return Nodes(a + (b - a) * xp.sin(theta) ** 2, (b - a) * xp.sin(2.0 * theta) * w)


def _angle(xp: Any, q2: Array, a: Array, b: Array) -> Array:
    """arcsin of the root of (q² - a)/(b - a), 0 below a and π/2 above b, with gradient 0 there."""
    x = (q2 - a) / (b - a)
    inside = (x > 0.0) & (x < 1.0)
    angle = xp.arcsin(xp.sqrt(xp.where(inside, x, 0.5)))
    return xp.where(inside, angle, xp.where(x < 0.5, 0.0, 0.5 * math.pi))


def threshold_map(low: Array, high: Array, edge: Array, count: int, rank: int = 0) -> Nodes:
    r"""``count`` nodes in :math:`\eta`, :math:`q^2=a\cosh^2\eta`: smooth at a, logarithmic far above it.

    The velocity of two equal leptons is :math:`\tanh\eta`; photon poles :math:`1/q^2` become constants.
    """
    xp = namespace(low, high, edge)
    eta, w = _spread(_rapidity(xp, low, edge), _rapidity(xp, high, edge), count, rank)
    return Nodes(edge * xp.cosh(eta) ** 2, edge * xp.sinh(2.0 * eta) * w)


def _rapidity(xp: Any, q2: Array, edge: Array) -> Array:
    above = q2 > edge
    return xp.where(above, xp.arccosh(xp.sqrt(xp.where(above, q2 / edge, 2.0))), 0.0)


def logarithmic(low: Array, high: Array, count: int, rank: int = 0) -> Nodes:
    r"""``count`` nodes in :math:`\ln q^2`."""
    xp = namespace(low, high)
    u, w = _spread(xp.log(low), xp.log(high), count, rank)
    return Nodes(xp.exp(u), xp.exp(u) * w)


def shown_range(edges: tuple[float, float]) -> str:
    """``low to high`` in five digits, rounded inwards: both numbers are inside."""
    low, high = edges
    return f"{_five_digits(low, math.ceil)} to {_five_digits(high, math.floor)}"


def _five_digits(value: float, rounded: Callable[[float], int]) -> str:
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    unit = 10.0 ** (math.floor(math.log10(abs(value))) - 4)
    return f"{rounded(value / unit) * unit:.5g}"


Range = tuple[float | None, float | None] | None
"""A bin in q² (GeV²). ``None`` is the edge of phase space, on one side or (alone) on both."""


def check_range(q2_range: Range, edges: tuple[float, float], process: str, advice: str = "") -> None:
    """Raise :class:`InputError` unless the bin is finite, ordered and inside phase space, ``edges``.

    Also where the masses leave no phase space, whatever the bin. ``advice`` is added where the bin leaves it.
    """
    if not edges[0] < edges[1]:
        raise InputError(
            f"{process} has no phase space: q² would go from {edges[0]:.5g} to {edges[1]:.5g} GeV². "
            "Check the masses of the input set."
        )
    given = (None, None) if q2_range is None else q2_range
    low, high = (edge if value is None else value for value, edge in zip(given, edges, strict=True))
    allowed = f"the range of {process} is {shown_range(edges)} GeV²"
    if not (math.isfinite(low) and math.isfinite(high)):
        raise InputError(f"The q² bin {low:g} to {high:g} is not finite; {allowed}.")
    if low >= high:
        raise InputError(f"The q² bin {low:g} to {high:g} is empty: give the lower edge first; {allowed}.")
    slack = 1e-9 * edges[1]
    if low < edges[0] - slack or high > edges[1] + slack:
        raise InputError(
            f"The q² bin {low:g} to {high:g} leaves phase space; {allowed}. Choose a bin inside{advice}."
        )


def in_phase_space(q2: Array, edges: tuple[float, float]) -> Array:
    """Whether points lie within ``edges``, up to rounding; never for NaN."""
    low, high = edges
    slack = 1e-9 * high
    return (q2 >= low - slack) & (q2 <= high + slack)


def check_points(q2: Array, edges: tuple[float, float], process: str) -> None:
    """Raise :class:`InputError` unless all points are in phase space, ``edges``."""
    if namespace(q2) is not np:
        return  # a tracer has no value to check
    points = np.atleast_1d(np.asarray(q2, dtype=float))
    outside = points[~in_phase_space(points, edges)]
    if outside.size:
        raise InputError(
            f"q² = {outside[0]:g} GeV² is outside phase space: {process} has {shown_range(edges)} GeV²."
        )


def bin_edges(q2_range: Range, edges: tuple[Array, Array]) -> tuple[Array, Array]:
    """The bin of every draw: its own edges of phase space where the bin has ``None`` or leaves them."""
    a, b = edges
    low, high = (None, None) if q2_range is None else q2_range
    xp = namespace(a, b)
    low = a if low is None else xp.minimum(xp.maximum(xp.asarray(low, dtype=float), a), b)
    high = b if high is None else xp.minimum(xp.maximum(xp.asarray(high, dtype=float), a), b)
    return low, high
