"""Fits: minima, intervals, contours, quality, posterior."""

from __future__ import annotations

from nutau.fitting.fit import fit as fit
from nutau.fitting.fit import fitted as fitted
from nutau.fitting.intervals import Interval as Interval
from nutau.fitting.posterior import Posterior as Posterior
from nutau.fitting.posterior import sample as sample
from nutau.fitting.profiles import Contour as Contour
from nutau.fitting.profiles import Profile as Profile
from nutau.fitting.quality import Comparison as Comparison
from nutau.fitting.quality import Pull as Pull
from nutau.fitting.result import FitResult as FitResult
from nutau.fitting.search import Minimum as Minimum
