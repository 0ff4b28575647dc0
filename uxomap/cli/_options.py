"""Options that several commands share, and how their words are read."""

import datetime as dt
from pathlib import Path
from typing import Annotated, Any

import typer

from uxomap._files import take_path
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

ContainmentOption = Annotated[
    float, typer.Option(help="Chance that an item lies inside its hazard area, before the fade-out distance.")
]
FadeoutOption = Annotated[float, typer.Option(metavar="METRES", help="Fade-out distance added around each area.")]
CoarsestOption = Annotated[
    float, typer.Option(metavar="METRES", help="Strikes placed more coarsely are listed, not drawn.")
]
CellOption = Annotated[
    float | None,
    typer.Option(metavar="METRES", help="Side of the cells of contamination.tif; chosen by the region if left out."),
]
LanguageOption = Annotated[
    str, typer.Option("--language", metavar="CODE", help="Language of map and sheet: en, uk, fr, ar or es.")
]
OutOption = Annotated[
    Path, typer.Option("--out", "-o", metavar="FOLDER", parser=take_path, help="Where to write the results.")
]
LabelOption = Annotated[
    str, typer.Option("--sensitivity", metavar="LABEL", help="Who may see the result, in words; never public.")
]
LicenceOption = Annotated[
    str | None, typer.Option("--licence", metavar="WORDS", help="What those who get the files may do with them.")
]
MadeOption = Annotated[
    str | None,
    typer.Option(
        "--made-on",
        metavar="DAY",
        help="Day to name in every file, YYYY-MM-DD or today. None if left out, so that the same input gives the same "
        "files.",
    ),
]

PopulationOption = Annotated[
    Path | None, typer.Option("--population", metavar="FILE", help="Where people live: GeoTIFF, polygons or points.")
]
UnitOption = Annotated[
    str | None,
    typer.Option(
        "--population-unit",
        metavar="UNIT",
        help="What its figures are: people_per_cell, people, people_per_km2 or people_per_ha. Never guessed.",
    ),
]
FacilitiesOption = Annotated[
    Path | None, typer.Option("--facilities", metavar="FILE", help="Schools, clinics, water points, e.g. from OSM.")
]
RoadsOption = Annotated[Path | None, typer.Option("--roads", metavar="FILE", help="Roads, e.g. from OSM.")]
LandUseOption = Annotated[
    Path | None, typer.Option("--land-use", metavar="FILE", help="Fields and built-up land as polygons, e.g. from OSM.")
]
AdminOption = Annotated[
    Path | None, typer.Option("--admin", metavar="FILE", help="Admin areas with P-codes; zones are also split by them.")
]
NearOption = Annotated[float, typer.Option("--near", metavar="METRES", help="Distance around a zone that is near.")]
CriteriaOption = Annotated[
    Path | None,
    typer.Option("--criteria", metavar="FILE", help="Your own table of criteria (TOML); a built-in one if left out."),
]
SurveysOption = Annotated[
    list[Path] | None,
    typer.Option("--surveys", metavar="FILE", help="What teams searched and found, as polygons. May be repeated."),
]
FindsOption = Annotated[
    list[Path] | None,
    typer.Option("--finds", metavar="FILE", help="Where items were found, as points. May be repeated."),
]
TeamsOption = Annotated[int | None, typer.Option("--teams", help="Survey teams to plan for; with --hours.")]
HoursOption = Annotated[
    float | None, typer.Option("--hours", help="Hours of each team, travel included; with --teams.")
]
SweepOption = Annotated[
    float,
    typer.Option(
        "--sweep-rate", metavar="M2", help="Land a team sweeps in an hour, in m²; 5000 is a 50 m box in 30 min."
    ),
]
DetectionOption = Annotated[
    float, typer.Option("--detection", metavar="SHARE", help="Chance that one pass over an item finds it.")
]


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


def read_options(
    column: list[str] | None,
    crs: str | None,
    sheet: str | None,
    dates: str | None,
    country: str | None,
    repair: str | None,
    zone_letters: str | None,
    precision: float | None,
) -> dict[str, Any]:
    """Name what the user says of a table as Python does."""
    return {
        "columns": parse_columns(column) or {},
        "crs": crs,
        "sheet": parse_sheet(sheet),
        "dates": dates,
        "country": country,
        "repair": repair,
        "zone_letters": zone_letters,
        "precision_m": precision,
    }


def check_pairs(
    population: Path | None, unit: str | None, surveys: list[Path] | None, finds: list[Path] | None
) -> None:
    """Refuse options that would do nothing without another one."""
    pairs = (
        ("--population-unit", unit, "--population", population),
        ("--finds", finds, "--surveys", surveys),
    )
    for given, value, wanted, other in pairs:
        if value and not other:
            message = f"{given} is given without {wanted}, so it says nothing. Add {wanted}, or leave out {given}."
            raise InputError(message)


def check_crew(teams: int | None, hours: float | None) -> None:
    """Refuse teams without hours, and hours without teams."""
    if (teams is None) != (hours is None):
        given, wanted = ("--hours", "--teams") if teams is None else ("--teams", "--hours")
        message = f"{given} is given without {wanted}. A plan needs both. Add {wanted}, or leave out {given}."
        raise InputError(message)


def read_day(text: str | None) -> dt.date | None:
    """
    Read the day of making.

    Examples
    --------
    >>> read_day("2026-03-02")
    datetime.date(2026, 3, 2)
    """
    if text is None:
        return None
    if text.strip().lower() == "today":
        return dt.datetime.now().astimezone().date()
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError as error:
        message = f"Invalid --made-on {text!r}. Must be a day as YYYY-MM-DD, or today. Write e.g. --made-on 2026-03-02."
        raise InputError(message) from error
