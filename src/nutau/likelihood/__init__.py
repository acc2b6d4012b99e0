"""Likelihood: data, theory errors and fit parameters as one differentiable function."""

from __future__ import annotations

from nutau.likelihood.build import likelihood as likelihood
from nutau.likelihood.catalogued import check_catalogued as check_catalogued
from nutau.likelihood.comparison import ModeDifference as ModeDifference
from nutau.likelihood.comparison import compare_modes as compare_modes
from nutau.likelihood.experiment import Experiment as Experiment
from nutau.likelihood.experiment import experiment as experiment
from nutau.likelihood.parametrisation import Parametrisation as Parametrisation
from nutau.likelihood.parametrisation import parametrisation as parametrisation
from nutau.likelihood.precision import double_precision as double_precision
from nutau.likelihood.precision import use_double_precision as use_double_precision
from nutau.likelihood.record import MODES as MODES
from nutau.likelihood.record import Likelihood as Likelihood
