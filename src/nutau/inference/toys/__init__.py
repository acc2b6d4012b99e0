"""Toys: sets of data that a likelihood expects at a truth, and fits of thousands of them at once."""

from __future__ import annotations

from nutau.inference.toys.prepared import for_toys as for_toys
from nutau.inference.toys.refit import Lowest as Lowest
from nutau.inference.toys.refit import Refit as Refit
from nutau.inference.toys.refit import refit as refit
from nutau.inference.toys.throw import fluctuates as fluctuates
from nutau.inference.toys.throw import throw as throw
