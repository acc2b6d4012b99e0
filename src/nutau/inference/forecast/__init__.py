"""Forecasts: what a luminosity will exclude, discover, tell apart and measure."""

from __future__ import annotations

from nutau.inference.forecast.apart import Apart as Apart
from nutau.inference.forecast.apart import told_apart as told_apart
from nutau.inference.forecast.expectations import ExpectedFit as ExpectedFit
from nutau.inference.forecast.forecast import forecast as forecast
from nutau.inference.forecast.hypotheses import Hypothesis as Hypothesis
from nutau.inference.forecast.prospects import Future as Future
from nutau.inference.forecast.prospects import How as How
from nutau.inference.forecast.prospects import Prospects as Prospects
from nutau.inference.forecast.prospects import prospects as prospects
from nutau.inference.forecast.reach import covariance as covariance
from nutau.inference.forecast.reach import scaled as scaled
from nutau.inference.forecast.reach import uncertainty as uncertainty
from nutau.inference.forecast.replaced import left as left
from nutau.inference.forecast.result import Forecast as Forecast
from nutau.inference.forecast.result import Row as Row
from nutau.inference.forecast.result import Spread as Spread
