"""The composer: the stages put together in one call, and the result they give."""

from uxomap.assessment._flow import STEPS, assess, check_reports
from uxomap.assessment._result import Assessment
from uxomap.assessment._write import check_stated, refuse_inputs

__all__ = ["STEPS", "Assessment", "assess", "check_reports", "check_stated", "refuse_inputs"]
