"""What today's data say of the models of the letter: the page ``docs/lines.md``, its figure and its numbers.

Every number is computed and every word chosen by a rule on numbers (:mod:`nutau.inference.verdicts.words`).
"""

from __future__ import annotations

from nutau.report.today.document import document as document
from nutau.report.today.fits import Row as Row
from nutau.report.today.fits import Run as Run
from nutau.report.today.fits import Today as Today
from nutau.report.today.fits import today as today
from nutau.report.today.page import page as page
