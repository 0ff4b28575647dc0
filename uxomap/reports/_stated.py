"""What the user says of a source, where the source leaves it open; checked once, before anything is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from uxomap._validation import check_metres
from uxomap.errors import InputError

#: Words for the choices that are words.
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "dates": ("day-first", "month-first", "excel-1904"),
    "repair": ("swap",),
    "zone_letters": ("band", "hemisphere"),
}


@dataclass(frozen=True, slots=True)
class Stated:
    """
    What the user says of a source; None (or nothing) where he leaves it to the source.

    ``columns`` are roles by column, ``sheet`` the name or the number (from 1) of a sheet, ``country`` that of all rows
    which name none; ``zone_letters`` tells what the letter behind a UTM zone stands for.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    crs: object | None = None
    sheet: str | int | None = None
    dates: str | None = None
    country: str | None = None
    repair: str | None = None
    zone_letters: str | None = None
    precision_m: float | None = None

    def __post_init__(self) -> None:
        """
        Refuse what is not on the list.

        Raises InputError.
        """
        if self.precision_m is not None:
            check_metres(self.precision_m, "precision_m")
        for name, choices in _CHOICES.items():
            value = getattr(self, name)
            if value is not None and value not in choices:
                message = f"Invalid {name} {value!r}. Must be one of: {', '.join(map(repr, choices))}. Or leave it out."
                raise InputError(message)
