"""Reports of strikes from any table that people hold: every row kept, with a status and a reason."""

from uxomap.reports._columns import ROLES
from uxomap.reports._read import PersonalColumnsWarning, read_reports, understand_table

__all__ = ["ROLES", "PersonalColumnsWarning", "read_reports", "understand_table"]
