"""Forecasts: what a luminosity will exclude, discover and tell apart."""

from __future__ import annotations

from nutau.inference.forecast.apart import Apart as Apart
from nutau.inference.forecast.apart import told_apart as told_apart
from nutau.inference.forecast.forecast import forecast as forecast
from nutau.inference.forecast.hypotheses import Hypothesis as Hypothesis
from nutau.inference.forecast.reach import scaled as scaled
from nutau.inference.forecast.reach import uncertainty as uncertainty
from nutau.inference.forecast.result import Forecast as Forecast
from nutau.inference.forecast.result import Row as Row
