"""Verdicts on hypotheses: probabilities from toys with their Monte-Carlo errors, and the words that they allow."""

from __future__ import annotations

from nutau.inference.toys.tail import Tail as Tail
from nutau.inference.verdicts.lines import LineTest as LineTest
from nutau.inference.verdicts.lines import Search as Search
from nutau.inference.verdicts.lines import Verdict as Verdict
from nutau.inference.verdicts.lines import judge as judge
