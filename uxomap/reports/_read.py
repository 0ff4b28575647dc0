"""From any table of reports to the layer ``reports``: every row kept, with a status and a reason."""

import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeGuard

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from uxomap._validation import check_layer
from uxomap.coordinates import read_number
from uxomap.errors import InputError
from uxomap.reports._checks import unchecked_countries
from uxomap.reports._columns import find_personal, find_roles
from uxomap.reports._counts import read_counts
from uxomap.reports._dates import DATE_ROLES, read_dates
from uxomap.reports._evidence import read_evidence
from uxomap.reports._locations import read_locations
from uxomap.reports._open import open_source
from uxomap.reports._places import WGS84, find_places, judge_rows, make_points
from uxomap.reports._precision import rate_precision
from uxomap.reports._source import HIDDEN, Roles, Table, role_texts
from uxomap.reports._stated import Stated
from uxomap.reports._texts import Objects, join_notes, no_notes, quote
from uxomap.schema import layer_schema

#: What a source of reports may be.
Source = str | Path | pd.DataFrame | Sequence[object]

Cells = npt.NDArray[np.float64] | Objects | npt.NDArray[np.datetime64]

#: Prefix of the columns of the input in the layer.
RAW = "raw_"

#: Name of the file, sheet or layer of a row, where there are several.
SOURCE_FILE = "source_file"

_FULL_CIRCLE = 360.0

#: Columns of the account of how a source was understood.
_UNDERSTOOD = ["source", "item", "understood"]

#: Rows of a file that are looked at to tell which column is what.
_LOOKED_AT = 1000


class PersonalColumnsWarning(UserWarning):
    """Columns that look personal were left out of the reports."""


class HiddenSheetsWarning(UserWarning):
    """Hidden sheets of a spreadsheet were not read."""


def read_reports(  # noqa: PLR0913 - one argument for each thing a table may leave open
    source: Source,
    *,
    columns: Mapping[str, str] | None = None,
    crs: object | None = None,
    sheet: str | int | None = None,
    dates: str | None = None,
    country: str | None = None,
    repair: str | None = None,
    zone_letters: str | None = None,
    precision_m: float | None = None,
    keep_personal: bool = False,
) -> gpd.GeoDataFrame:
    """
    Read reported strikes from any table, and account for every row.

    Columns are recognised by their headers in English, French, Spanish, Ukrainian, Russian and Arabic. Counts, dates
    and precisions are read as people write them; whatever is assumed stands in ``reason``. Nothing is repaired
    silently: a row that cannot be used stays, rejected, with the value and the rule that it breaks.

    Parameters
    ----------
    source : str, Path, DataFrame, GeoDataFrame, or list of these
        A table (CSV, TSV, XLSX, ODS, XLS, Parquet), a vector file (GeoJSON, GeoPackage, KML, KMZ, Shapefile,
        FlatGeobuf, GeoParquet), a zip of these, a list of events in JSON, or a frame. Files are recognised by their
        content, and exports of forms and event databases by their columns. A layer of reports that was read before
        comes back as it is.
    columns : mapping of str to str, optional
        Role to column name, where a header is not recognised, e.g. ``{"latitude": "Y", "longitude": "X"}``.
        `understand_table` shows the roles that were found. With ``{"event_id": ...}`` rows of the same value are one
        event.
    crs : str, int or pyproj.CRS, optional
        CRS of the coordinates. By default degrees are WGS 84; metres (easting, northing) need it.
    sheet : str or int, optional
        Name or number (from 1) of the sheet of a spreadsheet, or name of the layer of a vector file. By default every
        one in which places are recognised.
    dates : {"day-first", "month-first", "excel-1904"}, optional
        Order of the parts of dates such as 03/04/2022. By default the rest of the column settles it; else both days are
        covered. ``excel-1904``: day numbers are counted from 1904, as old spreadsheets of Apple computers do.
    country : str, optional
        Country of the rows that name none. Places that lie outside their country are named, or rejected where a lost
        sign or axes that changed places explain it.
    repair : {"swap"}, optional
        Let axes that have changed places change back where the place cannot be otherwise, and say so in ``reason``.
    zone_letters : {"band", "hemisphere"}, optional
        What the letter behind a UTM zone stands for, e.g. in 18S, which is refused without this.
    precision_m : float, optional
        Radius in metres that holds the true point with 95 %, for the rows that state none. By default it is assumed
        from the kind of place that is named, on the careful side.
    keep_personal : bool
        Keep columns that look personal (names of victims or witnesses, phones, birth dates).

    Returns
    -------
    GeoDataFrame of Point, EPSG:4326
        Layer ``reports``: one row for each row of the input, in its order. ``status`` is ``accepted``, ``assumed`` or
        ``rejected``; ``reason`` says why, and is empty where accepted. The point is empty where the row is rejected or
        has no coordinates. Each column of the input stands under its name with the prefix ``raw_``. Of several
        sources, ``row`` counts within each, and ``source_file`` names it.

    Raises
    ------
    InputError
        The source is missing, empty, a folder, no table, or has no recognisable coordinates; a role or a column
        does not exist.
    CRSError
        The CRS is unknown, is missing for metres, or contradicts the layer.

    Warns
    -----
    PersonalColumnsWarning
        Columns that look personal were left out; their names are listed.
    HiddenSheetsWarning
        A spreadsheet has hidden sheets that are filled; they are not read unless ``sheet`` names one.

    See Also
    --------
    understand_table : What is recognised in a table, without reading all of it.

    Examples
    --------
    >>> table = pd.DataFrame({"Lat": ["48,731", ""], "Lon": ["37,568", ""], "Date": "2022-04", "Rounds": "at least 2"})
    >>> reports = read_reports(table, precision_m=3000)
    >>> reports["status"].tolist()
    ['assumed', 'rejected']
    >>> reports.loc[0, "reason"]
    "count 'at least 2' read as 2 to 6, 3 expected"
    >>> reports.loc[1, "reason"]
    'latitude and longitude missing, and no place is named'
    """
    stated = Stated(
        columns=dict(columns or {}),
        crs=crs,
        sheet=sheet,
        dates=dates,
        country=country,
        repair=repair,
        zone_letters=zone_letters,
        precision_m=precision_m,
    )
    return read_source(source, stated, keep_personal=keep_personal)[0]


def read_source(
    source: Source, stated: Stated, *, keep_personal: bool = False
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """
    Read reported strikes, and tell how the source was understood.

    Parameters
    ----------
    source : str, Path, DataFrame, GeoDataFrame, or list of these
        As for `read_reports`.
    stated : Stated
        What the user says of it.
    keep_personal : bool
        As for `read_reports`.

    Returns
    -------
    reports : GeoDataFrame
        Layer ``reports``.
    understood : DataFrame
        As of `understand_table`.

    Raises
    ------
    InputError, CRSError
        As for `read_reports`.

    Examples
    --------
    >>> table = pd.DataFrame({"Lat": [48.731], "Lon": [37.568], "fecha": ["2022"]})
    >>> reports, understood = read_source(table, Stated(precision_m=3000))
    >>> reports["status"].tolist(), understood["item"].tolist()
    (['accepted'], ['format', 'crs', 'date', 'latitude', 'longitude'])
    """
    if _is_layer(source):
        if stated != Stated():
            message = (
                "This is a layer of reports that was read before, and what is said of it (columns, crs, dates ...) is "
                "for tables. Say it where the table is read."
            )
            raise InputError(message)
        return check_layer(source, "reports"), pd.DataFrame(columns=_UNDERSTOOD)
    tables = open_source(source, stated)
    personal = [() if keep_personal else _personal(table) for table in tables]
    parts, lines = [], []
    files = _name_files(tables)
    for table, left_out, name in zip(tables, personal, files, strict=True):
        roles = _roles(table, stated)
        reports = _read_table(table, roles, stated)
        file = {SOURCE_FILE: name} if len(tables) > 1 else {}
        raw = table.frame.drop(columns=[*left_out, *table.computed]).add_prefix(RAW)
        parts.append(gpd.GeoDataFrame(pd.concat([reports.assign(**file), raw], axis="columns"), crs=WGS84))
        system = next(iter(reports["crs_stated"].dropna()), "")
        unchecked = unchecked_countries(table, roles, stated)
        places = {"crs": system, "country not checked": ", ".join(unchecked)}
        lines += _tell(table, name, roles, places, left_out)
    _warn_of_personal([name for names in personal for name in names])
    _warn_of_hidden(tables)
    stacked = _stack(parts)
    columns_in_order = [*(name for name in stacked.columns if name != "geometry"), "geometry"]
    return check_layer(stacked[columns_in_order], "reports"), pd.DataFrame(lines, columns=_UNDERSTOOD)


def understand_table(
    source: Source,
    *,
    columns: Mapping[str, str] | None = None,
    crs: object | None = None,
    sheet: str | int | None = None,
) -> pd.DataFrame:
    """
    Tell what is recognised in a table of reports, from its first 1,000 rows.

    Parameters
    ----------
    source : str, Path, DataFrame, GeoDataFrame, or list of these
        As for `read_reports`.
    columns, crs, sheet
        As for `read_reports`.

    Returns
    -------
    DataFrame
        One line for each thing told, in columns ``source`` (file, sheet or layer), ``item`` (``format``, ``encoding``,
        ``delimiter``, ``crs``, a role, ``not used`` or ``personal, left out``) and ``understood`` (the value, or the
        columns that play the role).

    Raises
    ------
    InputError, CRSError
        As for `read_reports`.

    Examples
    --------
    >>> table = pd.DataFrame({"Lat": [48.7], "Lon": [37.5], "fecha": ["2022"], "Phone": ["-"], "Note": ["-"]})
    >>> print(understand_table(table)[["item", "understood"]].to_string(index=False, header=False))
                format DataFrame
                   crs    WGS 84
                  date     fecha
              latitude       Lat
             longitude       Lon
              not used      Note
    personal, left out     Phone
    """
    stated = Stated(columns=dict(columns or {}), crs=crs, sheet=sheet)
    lines = []
    tables = open_source(source, stated, limit=_LOOKED_AT)
    for table, name in zip(tables, _name_files(tables), strict=True):
        roles = _roles(table, stated)
        system = find_places(table, roles, stated).crs_stated
        unchecked = unchecked_countries(table, roles, stated)
        told = {"crs": system, "country not checked": ", ".join(unchecked)}
        lines += _tell(table, name, roles, told, _personal(table))
    return pd.DataFrame(lines, columns=_UNDERSTOOD)


def _tell(
    table: Table, name: str, roles: Roles, places: Mapping[str, str], personal: Sequence[str]
) -> list[tuple[str, str, str]]:
    """Tell how a table was understood: source, item and words of each thing."""
    used = {name for names in roles.values() for name in names}
    rest = [column for column in table.frame.columns if column not in {*used, *personal, *table.computed}]
    told = [("format", table.form), *table.details, *places.items()]
    told += [(role, ", ".join(names)) for role, names in roles.items()]
    told += [("not used", ", ".join(rest)), ("personal, left out", ", ".join(personal))]
    return [(name, item, understood) for item, understood in told if understood]


def _roles(table: Table, stated: Stated) -> Roles:
    """Find the roles of the columns of one table."""
    names, placed = list(table.frame.columns), table.geometry is not None
    return find_roles(names, stated.columns, file=table.name, placed=placed, given=table.roles, frame=table.frame)


def _name_files(tables: Sequence[Table]) -> list[str]:
    """Name the sources without the folders of this computer; several of one name are numbered."""
    seen: Counter[str] = Counter()
    names = []
    for table in tables:
        file, mark, part = table.name.partition(": ")
        name = file.replace("\\", "/").rpartition("/")[2] + mark + part
        seen[name] += 1
        names.append(f"{name} ({seen[name]})" if seen[name] > 1 else name)
    return names


def _is_layer(source: object) -> TypeGuard[gpd.GeoDataFrame]:
    """Tell a layer of reports from a table that is still to be read."""
    return isinstance(source, gpd.GeoDataFrame) and set(layer_schema("reports").required) <= set(source.columns)


def _personal(table: Table) -> tuple[str, ...]:
    """Name the columns that look personal by their header or by their HXL tag."""
    names = [*find_personal(list(table.frame.columns)), *table.roles.get("personal", ())]
    return tuple(dict.fromkeys(names))


def _warn_of_personal(names: Sequence[str]) -> None:
    """Name the columns that were left out because they look personal."""
    if names:
        message = (
            f"Columns that look personal were left out: {', '.join(map(repr, dict.fromkeys(names)))}. "
            "Keep them only where you must, with keep_personal=True."
        )
        warnings.warn(message, PersonalColumnsWarning, stacklevel=3)


def _warn_of_hidden(tables: Sequence[Table]) -> None:
    """Name the sheets that were passed over because they are hidden."""
    names = dict.fromkeys(text for table in tables for item, text in table.details if item == HIDDEN)
    if names:
        message = f"Hidden sheets were not read: {', '.join(names)}. If they hold reports, show them, or give sheet=."
        warnings.warn(message, HiddenSheetsWarning, stacklevel=3)


def _stack(parts: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Stack the reports of several sources, and give each report an identifier of its own."""
    reports = parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)
    given = reports["report_id"].to_numpy(dtype=object, copy=True)
    unnamed = pd.isna(given)
    given[unnamed] = [f"row-{row + 1}" for row in np.flatnonzero(unnamed)]
    identifiers, notes = _make_unique(given)
    notes[(reports["status"] == "rejected").to_numpy()] = ""
    reasons = join_notes([reports["reason"].to_numpy(dtype=object), notes], len(reports))
    return reports.assign(
        report_id=pd.Series(identifiers, dtype="str"),
        status=reports["status"].mask(notes != "", "assumed"),
        reason=pd.Series(reasons, dtype="str"),
    )


def _make_unique(identifiers: Objects) -> tuple[Objects, Objects]:
    """Number repeated identifiers; the first keeps its name."""
    notes = no_notes(len(identifiers))
    again = np.flatnonzero(pd.Series(identifiers).duplicated().to_numpy())
    if not len(again):
        return identifiers, notes
    unique, taken, counts = identifiers.copy(), set(identifiers), dict[str, int]()
    for row in again:
        name = identifiers[row]
        number = counts.get(name, 1) + 1
        while f"{name}~{number}" in taken:
            number += 1
        counts[name] = number
        unique[row] = f"{name}~{number}"
        taken.add(unique[row])
        notes[row] = f"identifier {quote(name)} is given to several rows: this one is called {unique[row]}"
    return unique, notes


def _read_table(table: Table, roles: Roles, stated: Stated) -> gpd.GeoDataFrame:
    """Read one table into the columns of the layer, without those of the input."""
    faults, where, points, place_notes = _read_place(table, roles, stated)
    event, event_notes = _read_event(table, roles, stated)
    reason = np.where(faults != "", faults, join_notes([table.notes, *place_notes, *event_notes], len(faults)))
    status = np.where(faults != "", "rejected", np.where(reason == "", "accepted", "assumed"))
    named = {role: role_texts(table, roles, role) for role in ("report_id", "source", "source_url")}
    if "event_id" in roles:
        named["event_id"] = role_texts(table, roles, "event_id")
    rows = np.arange(1, len(faults) + 1)
    values = {"row": rows, "status": status, "reason": reason, **named, **where, **event}
    schema = layer_schema("reports").columns
    series = {
        name: pd.Series(values[name], dtype="str" if column.kind == "text" else None)
        for name, column in schema.items()
        if name in values
    }
    return gpd.GeoDataFrame(series, geometry=gpd.GeoSeries(points, crs=WGS84))


def _read_place(table: Table, roles: Roles, stated: Stated) -> tuple[Objects, dict[str, Cells], Objects, list[Objects]]:
    """Read where the events were: what cannot be used, columns, points, and notes."""
    locations = read_locations(table, roles)
    places = find_places(table, roles, stated)
    faults, missing_notes = judge_rows(table, places, locations.text)
    metres, sources, notes = rate_precision(table, roles, places, locations, default_m=stated.precision_m)
    system = np.full(len(faults), places.crs_stated, dtype=object)
    system[np.isnan(places.latitude)] = np.nan
    where: dict[str, Cells] = {
        "longitude": places.longitude,
        "latitude": places.latitude,
        "precision_m": metres,
        "precision_source": sources,
        "location_text": locations.text,
        "crs_stated": system,
    }
    if "admin_area" in roles or "country" in roles:
        where["admin_area"] = locations.area
    return faults, where, make_points(places.longitude, places.latitude), [missing_notes, notes]


def _read_event(table: Table, roles: Roles, stated: Stated) -> tuple[dict[str, Cells], list[Objects]]:
    """Read what happened: columns, and notes."""
    days = {role: table.frame[roles[role][0]] for role in DATE_ROLES if role in roles}
    start, end, date_notes = read_dates(days, len(table.frame), order=stated.dates)
    counts = role_texts(table, roles, "rounds")
    evidence, evidence_notes = read_evidence(role_texts(table, roles, "evidence"), counts)
    rounds, count_notes = read_counts(counts, evidence)
    bearing, bearing_notes = _read_bearing(role_texts(table, roles, "bearing_deg"))
    event: dict[str, Cells] = {
        "date_start": start.astype("datetime64[ns]"),
        "date_end": end.astype("datetime64[ns]"),
        "munition_text": role_texts(table, roles, "munition"),
        "rounds_low": rounds[:, 0],
        "rounds_expected": rounds[:, 1],
        "rounds_high": rounds[:, 2],
        "bearing_deg": bearing,
        "evidence": evidence,
    }
    return event, [date_notes, count_notes, evidence_notes, bearing_notes]


def _read_bearing(texts: Objects) -> tuple[npt.NDArray[np.float64], Objects]:
    """Read directions in degrees from north; what is none stays unknown and is said."""
    degrees = np.array([read_number(text.rstrip("\u00b0 ")) if isinstance(text, str) else np.nan for text in texts])
    degrees[~((degrees >= 0) & (degrees <= _FULL_CIRCLE))] = np.nan
    notes = no_notes(len(texts))
    for row in np.flatnonzero(np.isnan(degrees) & ~pd.isna(texts)):
        notes[row] = f"bearing {quote(texts[row])} is no number from 0 to 360: not known"
    return degrees % _FULL_CIRCLE, notes
