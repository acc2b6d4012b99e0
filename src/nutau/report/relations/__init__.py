"""Relations among rates: found in their forms, tested over all coefficients, and used to predict."""

from nutau.report.relations.find import relations as relations
from nutau.report.relations.result import Expected as Expected
from nutau.report.relations.result import Relations as Relations
from nutau.report.relations.result import Tested as Tested
