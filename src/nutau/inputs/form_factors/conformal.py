"""The conformal variable z of form factors."""

from __future__ import annotations

from nutau.common.arrays import Array, namespace


def conformal(q2: Array, t_plus: Array, t_zero: Array) -> Array:
    r""":math:`z=(\sqrt{t_+-q^2}-\sqrt{t_+-t_0})/(\sqrt{t_+-q^2}+\sqrt{t_+-t_0})`."""
    xp = namespace(q2, t_plus, t_zero)
    here, origin = xp.sqrt(t_plus - q2), xp.sqrt(t_plus - t_zero)
    return (here - origin) / (here + origin)
