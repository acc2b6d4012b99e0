r"""Decays: from amplitudes, linear in the coefficients, to rates as Hermitian forms.

A module per spin structure, each with its rows of :class:`Process` in ``PROCESSES`` and two functions,

* ``forms(inputs, par, process, q2_range)``: rates integrated over a bin, in GeV;
* ``densities(inputs, par, process, q2)``: rates per GeV² at points of q²,

which return :class:`nutau.eft.algebra.Quadratic` by name (``rate``, ``longitudinal``, ``afb``, ...), on the
coefficients of that process at 4.8 GeV. ``par`` maps parameters to numbers or to theory draws ``(draws,)``.

May import ``common``, ``eft`` and ``inputs``. Start at :mod:`nutau.decays.b_to_plnu`.
"""
