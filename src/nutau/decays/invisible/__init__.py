r"""b → s with anything invisible: neutrinos of any kind, pairs of new particles, one new particle.

A rate is a sum over the parity and the spin (0 or 1) of the quark current: hadrons give :mod:`~.hadrons`, the
invisible state gives the integral over its own phase space. The same functions with a τ and a sterile neutrino are
b → cτN (:mod:`~.sterile`).

Each module has a basis of coefficients, ``densities(inputs, par, transition, state, q2)`` in 1/GeV and
``forms(inputs, par, transition, state, q2_range)`` in GeV, as the other decays have; ``state`` holds the masses.
Start at :mod:`nutau.decays.invisible.fermions`; the formulas are in the page "Invisible final states".
"""
