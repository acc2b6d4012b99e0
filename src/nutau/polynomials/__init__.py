"""Formulas written out as real polynomials, every coefficient with its theory error and correlations."""

from nutau.polynomials.expansion import NotPolynomialError as NotPolynomialError
from nutau.polynomials.expansion import fraction as fraction
from nutau.polynomials.expansion import polynomial as polynomial
from nutau.polynomials.record import Polynomial as Polynomial
from nutau.polynomials.record import correlation as correlation
from nutau.polynomials.variables import LEFT_HANDED as LEFT_HANDED
from nutau.polynomials.variables import Variables as Variables
from nutau.polynomials.variables import left_handed as left_handed
