"""Predictions, formulas and likelihoods as files: POPxf, HS3, JSON, CSV, LaTeX."""

from nutau.common.columns import to_csv as to_csv
from nutau.common.columns import to_json as to_json
from nutau.common.columns import write_json as write_json
from nutau.common.columns import write_table as write_table
from nutau.common.files import write_text as write_text
from nutau.report.export.document import formulas_document as formulas_document
from nutau.report.export.hs3 import to_hs3 as to_hs3
from nutau.report.export.latex import to_latex as to_latex
from nutau.report.export.popxf import Exported as Exported
from nutau.report.export.popxf import for_jelli as for_jelli
from nutau.report.export.popxf import restricted as restricted
from nutau.report.export.popxf import to_popxf as to_popxf
from nutau.report.export.popxf_reader import Popxf as Popxf
from nutau.report.export.popxf_reader import read_popxf as read_popxf
