"""Papers whose numbers nutau computes again: one file a paper in ``data/papers``, read, computed and judged here."""

from nutau.report.papers.result import Checked, PaperReport, reproduce_paper

__all__ = ["Checked", "PaperReport", "reproduce_paper"]
