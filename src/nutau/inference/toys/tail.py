"""The part of toys beyond what was observed: a p-value with its Monte-Carlo error."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf
from typing import Any

from nutau.common.tails import two_sided

LEVEL = 0.6827
UPPER = 0.95
"""Where no toy lies beyond, p is below a limit at this confidence level."""


@dataclass(frozen=True)
class Tail:
    """``above`` of ``toys`` toys are at least as far out as the data."""

    above: int
    toys: int

    @property
    def p_value(self) -> float:
        """The fraction of the toys."""
        return self.above / self.toys

    @property
    def error(self) -> float:
        """Its binomial standard deviation; zero where no or every toy lies beyond."""
        return float((self.p_value * (1.0 - self.p_value) / self.toys) ** 0.5)

    @property
    def interval(self) -> tuple[float, float]:
        """The 68 % interval of p (Wilson's, which has a length where no toy lies beyond, too)."""
        from scipy.stats import binomtest

        found = binomtest(self.above, self.toys).proportion_ci(LEVEL, method="wilson")
        return float(found.low), float(found.high)

    @property
    def upper(self) -> float:
        """The upper limit on p at 95 % confidence."""
        from scipy.stats import binomtest

        return float(binomtest(self.above, self.toys, alternative="less").proportion_ci(UPPER).high)

    @property
    def sigmas(self) -> tuple[float, float]:
        """The ends of the 68 % interval in σ, the lower one first; of the upper limit where no toy lies beyond."""
        low, high = self.interval if self.above else (0.0, self.upper)
        return two_sided(high), two_sided(low)

    def to_dict(self) -> dict[str, Any]:
        """Plain data; σ of a p that may be zero has no upper end."""
        low, high = self.sigmas
        return {
            "above": self.above,
            "toys": self.toys,
            "p_value": self.p_value,
            "p_error": self.error,
            "p_interval": list(self.interval),
            "sigmas": [low, None if high == inf else high],
        }

    def __str__(self) -> str:
        if not self.above:
            return f"< {rounded_up(self.upper)}"
        low, high = self.interval
        error = self.error or 0.5 * (high - low)  # every toy beyond: the interval has a length all the same
        digits = max(0, -_exponent(error))
        return f"{self.p_value:.{digits}f} ± {error:.{digits}f}"


def _exponent(value: float) -> int:
    return int(f"{value:.0e}".partition("e")[2])


def rounded_up(value: float) -> str:
    """An upper limit to two digits."""
    unit = 10.0 ** (_exponent(value) - 1)
    return f"{ceil(value / unit - 1e-9) * unit:.2g}"
