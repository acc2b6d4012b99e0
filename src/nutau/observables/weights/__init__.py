"""Event weights: from events of one decay to what any coefficients, form factors or models make of their density.

Start at :mod:`nutau.observables.weights.make`.
"""

from nutau.observables.weights.make import weights as weights
from nutau.observables.weights.record import Weights as Weights
