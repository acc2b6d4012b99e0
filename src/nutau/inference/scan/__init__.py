"""Scans: observables and likelihoods on grids of any size."""

from __future__ import annotations

from nutau.inference.scan.grid import Axis as Axis
from nutau.inference.scan.grid import Grid as Grid
from nutau.inference.scan.scan import Scan as Scan
from nutau.inference.scan.scan import scan as scan
