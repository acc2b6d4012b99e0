"""Scans: observables and likelihoods on grids and samples of any size."""

from __future__ import annotations

from nutau.inference.scan.grid import Axis as Axis
from nutau.inference.scan.grid import Grid as Grid
from nutau.inference.scan.make import scan as scan
from nutau.inference.scan.sample import Sample as Sample
from nutau.inference.scan.scan import Scan as Scan
