"""Input sets: parameters with their covariance, form factors per channel, compatibility flags.

The letter's own numbers and polynomials are the input set ``letter``.
May import ``common``, ``eft`` and ``measurements``. Start at :func:`nutau.inputs.load.load_inputs`.
"""

from nutau.inputs.load import form_factor_choices as form_factor_choices
from nutau.inputs.load import load_inputs as load_inputs
from nutau.inputs.record import Compat as Compat
from nutau.inputs.record import Inputs as Inputs
from nutau.inputs.record import InputSet as InputSet
