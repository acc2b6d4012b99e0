"""Formulas written out as real polynomials, every coefficient with its theory error and correlations."""

from nutau.observables.polynomials.expansion import NotPolynomialError as NotPolynomialError
from nutau.observables.polynomials.expansion import fraction as fraction
from nutau.observables.polynomials.expansion import pieces as pieces
from nutau.observables.polynomials.expansion import polynomial as polynomial
from nutau.observables.polynomials.record import Polynomial as Polynomial
from nutau.observables.polynomials.record import correlation as correlation
from nutau.observables.polynomials.variables import LEFT_HANDED as LEFT_HANDED
from nutau.observables.polynomials.variables import Variables as Variables
from nutau.observables.polynomials.variables import left_handed as left_handed
