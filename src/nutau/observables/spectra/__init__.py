r"""Differential branching ratios as functions: of q², Wilson coefficients and input parameters.

:func:`spectrum` gives a :class:`Spectrum`, which runs on NumPy and, with JAX arrays or under ``jax.jit``,
``jax.grad`` and ``jax.vmap``, on JAX: differentiable in every argument. It is what a reinterpretation of a binned
analysis, like that of :cite:`Belle-II:2025lfq`, needs as its theory (:meth:`Spectrum.function`).
"""

from nutau.observables.spectra.make import processes as processes
from nutau.observables.spectra.make import spectrum as spectrum
from nutau.observables.spectra.record import Spectrum as Spectrum
