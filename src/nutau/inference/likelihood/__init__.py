"""Likelihood: data, theory errors and fit parameters as one differentiable function."""

from __future__ import annotations

from nutau.inference.likelihood.build import likelihood as likelihood
from nutau.inference.likelihood.catalogued import check_catalogued as check_catalogued
from nutau.inference.likelihood.comparison import ModeDifference as ModeDifference
from nutau.inference.likelihood.comparison import compare_modes as compare_modes
from nutau.inference.likelihood.experiment import Experiment as Experiment
from nutau.inference.likelihood.experiment import experiment as experiment
from nutau.inference.likelihood.parametrisation import Parametrisation as Parametrisation
from nutau.inference.likelihood.parametrisation import parametrisation as parametrisation
from nutau.inference.likelihood.precision import double_precision as double_precision
from nutau.inference.likelihood.precision import use_double_precision as use_double_precision
from nutau.inference.likelihood.record import MODES as MODES
from nutau.inference.likelihood.record import Likelihood as Likelihood
