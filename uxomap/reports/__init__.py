"""Reports of strikes from any table that people hold: every row kept, with a status and a reason."""

from uxomap.reports._columns import ROLES
from uxomap.reports._read import (
    HiddenSheetsWarning,
    PersonalColumnsWarning,
    read_reports,
    read_source,
    understand_table,
)
from uxomap.reports._stated import Stated

__all__ = [
    "ROLES",
    "HiddenSheetsWarning",
    "PersonalColumnsWarning",
    "Stated",
    "read_reports",
    "read_source",
    "understand_table",
]
