"""Scans: observables and likelihoods on grids of any size."""

from __future__ import annotations

from nutau.scanning.grid import Axis as Axis
from nutau.scanning.grid import Grid as Grid
from nutau.scanning.scan import Scan as Scan
from nutau.scanning.scan import scan as scan
