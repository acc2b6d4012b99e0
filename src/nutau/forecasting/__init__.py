"""Forecasts: what a luminosity will exclude, discover and tell apart."""

from __future__ import annotations

from nutau.forecasting.apart import Apart as Apart
from nutau.forecasting.apart import told_apart as told_apart
from nutau.forecasting.forecast import forecast as forecast
from nutau.forecasting.hypotheses import Hypothesis as Hypothesis
from nutau.forecasting.reach import scaled as scaled
from nutau.forecasting.reach import uncertainty as uncertainty
from nutau.forecasting.result import Forecast as Forecast
from nutau.forecasting.result import Row as Row
