r"""A minimum over some variables as a differentiable function of the others.

With :math:`\epsilon^*(p)` the minimum of :math:`f(p, \epsilon)` over :math:`\epsilon`, the profile
:math:`F(p) = f(p, \epsilon^*(p))` has

.. math::
    \partial_p F = f_p, \qquad
    \frac{d\epsilon^*}{dp} = -f_{\epsilon\epsilon}^{-1} f_{\epsilon p}, \qquad
    \partial_p^2 F = f_{pp} - f_{p\epsilon} f_{\epsilon\epsilon}^{-1} f_{\epsilon p},

all at the minimum (implicit function theorem). First derivatives need no more than the minimum, so they cost what they
cost with :math:`\epsilon` held; the linear system is solved for higher ones alone. Forward and reverse mode of JAX.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nutau.common.arrays import Array

Joint = Callable[[Array, Array], Array]
Function = Callable[[Array], Array]


def implicit_minimum(joint: Joint, search: Function) -> Function:
    """``search``, which minimises ``joint(p, eps)`` over ``eps`` in any way, with its derivatives by ``p``."""
    import jax
    import jax.numpy as jnp

    joint = jax.jit(joint)  # in a rule of derivatives constants would be no arrays
    minimum: Any = jax.custom_jvp(search)

    @minimum.defjvp  # type: ignore[untyped-decorator]
    def derivative(at: tuple[Array], along: tuple[Array]) -> tuple[Array, Array]:
        (p,), (direction,) = at, along
        eps = minimum(p)
        by_eps = jax.grad(joint, argnums=1)
        _, mixed = jax.jvp(lambda q: by_eps(q, eps), (p,), (direction,))
        return eps, -jnp.linalg.solve(jax.hessian(joint, argnums=1)(p, eps), mixed)

    return minimum


def value_at_minimum(joint: Joint, minimum: Function) -> Function:
    """``joint(p, minimum(p))``: first derivatives are those at fixed ``eps``, higher ones follow ``minimum``."""
    import jax

    joint = jax.jit(joint)
    value: Any = jax.custom_jvp(lambda p: joint(p, minimum(p)))

    @value.defjvp  # type: ignore[untyped-decorator]
    def derivative(at: tuple[Array], along: tuple[Array]) -> tuple[Array, Array]:
        eps = minimum(at[0])
        return jax.jvp(lambda q: joint(q, eps), at, along)

    return value
