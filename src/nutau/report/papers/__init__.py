"""Papers whose numbers nutau computes again: one file a paper in ``data/papers``, read, computed and judged here."""

from nutau.report.papers.result import Checked as Checked
from nutau.report.papers.result import PaperReport as PaperReport
from nutau.report.papers.result import reproduce_paper as reproduce_paper
