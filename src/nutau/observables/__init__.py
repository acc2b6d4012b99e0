r"""The catalogue: every observable nutau predicts, under flavio's name where flavio has one.

An :class:`Observable` says how to read it off the forms of one or two decays. Names with ``<...>`` take a bin in
q²; ``dBR/dq2(...)`` takes a point.

May import ``decays``, ``models``, ``measurements`` and what these import. Start at :mod:`nutau.observables.predict`.
"""

from nutau.common.aliases import ALIASES as ALIASES
from nutau.observables.listing import catalogue as catalogue
from nutau.observables.listing import find as find
from nutau.observables.record import Observable as Observable
from nutau.observables.record import Rates as Rates
from nutau.observables.record import check_tree as check_tree
from nutau.observables.record import common as common
from nutau.observables.record import process as process
from nutau.observables.resonances import note as note
