"""Relations among rates: found in their forms, tested over all coefficients, and used to predict."""

from nutau.report.relations.find import relations
from nutau.report.relations.result import Expected, Relations, Tested

__all__ = ["Expected", "Relations", "Tested", "relations"]
