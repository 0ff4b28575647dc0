"""Options that several commands share, and how their words are read."""

from pathlib import Path
from typing import Annotated

import typer

from uxomap.errors import InputError

Reports = Annotated[
    Path,
    typer.Argument(metavar="REPORTS", help="Table of reported strikes: CSV, GeoJSON, GeoPackage, Shapefile, KML …"),
]
ColumnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="ROLE=NAME",
        help="Say which column plays a role, e.g. --column latitude=Y. May be repeated.",
    ),
]
CrsOption = Annotated[
    str | None, typer.Option("--crs", help="CRS of the coordinates, e.g. EPSG:32637. Degrees on WGS 84 if left out.")
]
SheetOption = Annotated[
    str | None, typer.Option("--sheet", help="Name or number of the sheet; every one with places if left out.")
]
DatesOption = Annotated[
    str | None,
    typer.Option("--dates", metavar="ORDER", help="How to read 03/04/2022: day-first or month-first."),
]
CountryOption = Annotated[
    str | None, typer.Option("--country", help="Country of rows that name none; places outside it are named.")
]
RepairOption = Annotated[
    str | None,
    typer.Option("--repair", metavar="swap", help="Let axes that have plainly changed places change back; recorded."),
]
LettersOption = Annotated[
    str | None,
    typer.Option("--zone-letters", metavar="MEANING", help="Letter behind a UTM zone (18S): band or hemisphere."),
]
PrecisionOption = Annotated[
    float | None,
    typer.Option("--precision", metavar="METRES", help="Radius that holds the true place, for rows that state none."),
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress and no account, only errors.")]


def parse_columns(options: list[str] | None) -> dict[str, str] | None:
    """Read ROLE=NAME options."""
    if not options:
        return None
    pairs = [option.partition("=") for option in options]
    for option, (role, equals, name) in zip(options, pairs, strict=True):
        if not (role and equals and name):
            message = f"Invalid --column {option!r}. Must be ROLE=NAME, e.g. --column latitude=Y."
            raise InputError(message)
    return {role.strip(): name.strip() for role, _, name in pairs}


def parse_sheet(sheet: str | None) -> str | int | None:
    """Take a plain number as the number of the sheet."""
    return int(sheet) if sheet is not None and sheet.isascii() and sheet.isdigit() else sheet
