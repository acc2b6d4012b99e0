"""Fits: minima, intervals, contours, quality, posterior."""

from __future__ import annotations

from nutau.inference.fit.fit import fit as fit
from nutau.inference.fit.fit import fitted as fitted
from nutau.inference.fit.intervals import Interval as Interval
from nutau.inference.fit.posterior import Posterior as Posterior
from nutau.inference.fit.priors import Prior as Prior
from nutau.inference.fit.profiles import Contour as Contour
from nutau.inference.fit.profiles import Profile as Profile
from nutau.inference.fit.quality import Comparison as Comparison
from nutau.inference.fit.quality import Pull as Pull
from nutau.inference.fit.result import FitResult as FitResult
from nutau.inference.fit.search import Minimum as Minimum
