"""Fields judged: what each constraint says of the couplings of a mediator, and of all of them together."""

from nutau.report.judging.judge import judge
from nutau.report.judging.letter import judge_letter
from nutau.report.judging.result import Judged, Judgement

__all__ = ["Judged", "Judgement", "judge", "judge_letter"]
