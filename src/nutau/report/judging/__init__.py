"""Fields judged: what each constraint says of the couplings of a mediator, and of all of them together."""

from nutau.report.judging.judge import judge as judge
from nutau.report.judging.letter import judge_letter as judge_letter
from nutau.report.judging.result import Judged as Judged
from nutau.report.judging.result import Judgement as Judgement
