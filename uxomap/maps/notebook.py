"""Views for notebooks: a map, a short table, what may be added up, and the notice."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from uxomap.errors import InputError
from uxomap.maps import words
from uxomap.maps.web import make_web_map, web_map_html
from uxomap.schema import layer_schemas
from uxomap.wording import (
    NOTICE,
    ROUNDING_NOTE,
    bound_estimate,
    round_for_reading,
    say_area,
    say_range,
    span_estimate,
)

#: Rows of the short table.
SHOWN_ROWS = 10

#: Height of the small map, in pixels.
MAP_HEIGHT_PX = 420

#: Letters of a text in a cell before it is cut.
_CELL_LENGTH = 60

_Cell = Callable[[Mapping[Any, Any]], str]

#: Layers that can be viewed; a frame that has the columns of several is the last of them.
_HEADINGS: Mapping[str, str] = {
    "reports": "Reports",
    "unlocated": "Strikes not located",
    "strikes": "Reported strikes",
    "hazard_areas": "Hazard areas of single strikes",
    "zones": "Zones",
    "zone_updates": "Zones after the searches",
    "exposure": "Zones, and who lives there",
    "priorities": "Zones in the order proposed for survey",
    "zone_parts": "Zones split by admin area",
    "tasks": "Tasks of the plan",
    "surveys": "Searches that teams reported",
    "finds": "Items that teams found",
    "strike_updates": "Strikes after the searches",
}

#: Layers that no map shows by themselves: their land is that of the zones.
_UNMAPPED = {"zone_parts"}


@dataclass(frozen=True, eq=False)
class LayerView:
    """
    A layer as a notebook shows it.

    Attributes
    ----------
    frame : DataFrame or GeoDataFrame
        The layer itself, untouched.
    layer : str
        Name of the layer in ``layers.csv``.
    """

    frame: pd.DataFrame
    layer: str

    def lines(self) -> list[str]:
        """
        Say how many rows there are and what may be added up: expected items, never the ends of ranges.

        Returns
        -------
        list of str
        """
        said = [f"{_HEADINGS[self.layer]}: {words.say_count(len(self.frame), 'row')}."]
        if "uxo_expected" in self.frame.columns and len(self.frame):
            total = self.frame["uxo_expected"].sum()
            said.append(
                f"Best estimates add up to {round_for_reading(total)} items. "
                "Ranges do not add up: each holds for its own row."
            )
        if self.layer in {"zones", "zone_updates"} and len(self.frame):
            said.append(f"Land to look in: {say_area(self.frame['area_m2'].sum())}.")
        return said

    def __repr__(self) -> str:
        """Show totals, the short table and the notice as plain text."""
        table = _short_table(self.frame, self.layer)
        return "\n".join([*self.lines(), *([table.to_string(index=False)] if len(table) else []), NOTICE])

    def _repr_html_(self) -> str:
        """Show the map, totals, the short table and the notice."""
        shown = "" if self.layer in _UNMAPPED else map_frame(self._map(), height_px=MAP_HEIGHT_PX)
        return join_view(
            shown,
            lines_html(self.lines()),
            table_html(self.frame, self.layer),
            notice_html(),
        )

    def _map(self) -> Any:
        """Draw the layer alone."""
        return make_web_map({self.layer: self.frame}, title=_HEADINGS[self.layer])


def show_layer(frame: pd.DataFrame) -> LayerView:
    """
    View a layer in a notebook.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame
        A layer as uxomap makes it; recognised by its columns.

    Returns
    -------
    LayerView
        Shows itself at the end of a notebook cell: a small map, the first rows, totals and the notice.

    Raises
    ------
    InputError
        The columns are those of no layer.
    SchemaError, CRSError
        The layer breaks its contract; raised when the view is shown.

    Examples
    --------
    >>> show_layer(pd.DataFrame({"place": ["Vuhledar"]}))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    uxomap.errors.InputError: The columns of this frame (place) are those of no layer. ...
    """
    columns = set(frame.columns)
    fitting = [name for name in _HEADINGS if columns.issuperset(layer_schemas()[name].required)]
    if not fitting:
        message = (
            f"The columns of this frame ({', '.join(str(name) for name in frame.columns[:6])}) are those of no layer. "
            f"Must be one of: {', '.join(_HEADINGS)}. Pass a layer as uxomap made it, with all its columns."
        )
        raise InputError(message)
    return LayerView(frame, fitting[-1])


def assessment_view_html(
    layers: Mapping[str, pd.DataFrame],
    *,
    title: str = "Where unexploded items may lie",
    subtitle: str = "",
    summary: Sequence[str] = (),
    height_px: int = 600,
) -> str:
    """
    Show a whole assessment in a notebook: summary, map, the first zones and the notice.

    Parameters
    ----------
    layers : mapping of str to DataFrame or GeoDataFrame
        As :func:`uxomap.maps.make_web_map` takes them.
    title, subtitle : str
        Heading of the map.
    summary : sequence of str
        Lines above the map, such as the total and its range.
    height_px : int
        Height of the map in pixels.

    Returns
    -------
    str
        HTML; every text in it is escaped.

    Raises
    ------
    InputError, SchemaError, CRSError
        As :func:`uxomap.maps.make_web_map`.

    Examples
    --------
    >>> "2 strikes" in assessment_view_html({}, summary=["2 strikes"])
    True
    """
    parts = [lines_html(summary), map_frame(make_web_map(layers, title=title, subtitle=subtitle), height_px=height_px)]
    for name in ("priorities" if "priorities" in layers else "zones", "unlocated"):
        if name in layers and len(layers[name]):
            parts += [f"<h4 style='margin:12px 0 2px'>{escape(_HEADINGS[name])}</h4>", table_html(layers[name], name)]
    return join_view(*parts, notice_html())


def map_frame(web_map: Any, *, height_px: int) -> str:
    """
    Put a web map into a frame for a notebook.

    Examples
    --------
    >>> map_frame(make_web_map({}), height_px=300)[:7]
    '<iframe'
    """
    # folium takes longer to import than the rest of uxomap together.
    from uxomap.maps.page_map import frame_html  # noqa: PLC0415

    return frame_html(web_map_html(web_map), height_px=height_px)


def lines_html(lines: Sequence[str]) -> str:
    """
    Write lines as paragraphs, escaped.

    Examples
    --------
    >>> lines_html(["a < b"])
    '<p style="margin:4px 0">a &lt; b</p>'
    """
    return "".join(f'<p style="margin:4px 0">{escape(line)}</p>' for line in lines)


def notice_html() -> str:
    """
    Write the notice, as it stands under every view.

    Examples
    --------
    >>> "not assessed" in notice_html()
    True
    """
    small = f'<p style="margin:2px 0;font-size:12px">{escape(ROUNDING_NOTE)}</p>'
    return f'<p style="margin:8px 0 2px;font-weight:600">{escape(NOTICE)}</p>{small}'


def table_html(frame: pd.DataFrame, layer: str) -> str:
    """
    Write the first rows of a layer in the columns people read, escaped and rounded.

    Examples
    --------
    >>> table_html(pd.DataFrame(), "zones")
    '<p style="margin:4px 0">No rows.</p>'
    """
    table = _short_table(frame, layer)
    if table.empty:
        return lines_html(["No rows."])
    look = "text-align:start;padding:3px 10px 3px 0;border-bottom:1px solid #d6d2c8;vertical-align:top"
    looks = [f"{look};white-space:nowrap"] + [look] * (len(table.columns) - 1)
    head = "".join(f'<th style="{look}">{escape(name)}</th>' for name in table.columns)
    body = "".join(
        "<tr>"
        + "".join(f'<td style="{of}" dir="auto">{escape(cell)}</td>' for of, cell in zip(looks, row, strict=True))
        + "</tr>"
        for row in table.itertuples(index=False, name=None)
    )
    more = len(frame) - SHOWN_ROWS
    left = lines_html([f"and {more:,} more"]) if more > 0 else ""
    return f'<table style="border-collapse:collapse;font-size:13px"><tr>{head}</tr>{body}</table>{left}'


def join_view(*parts: str) -> str:
    r"""
    Join the parts of a view.

    Examples
    --------
    >>> join_view("a", "b")
    '<div>a\nb</div>'
    """
    return "<div>" + "\n".join(part for part in parts if part) + "</div>"


def _short_table(frame: pd.DataFrame, layer: str) -> pd.DataFrame:
    """Take the first rows (of zones and unlocated strikes: the highest estimates) in words."""
    if layer in {"zones", "unlocated"} and len(frame):
        frame = frame.sort_values("uxo_expected", ascending=False, kind="stable")
    rows = pd.DataFrame(frame).head(SHOWN_ROWS).to_dict("records")
    cells = _CELLS[layer]
    return pd.DataFrame([{name: _cut(cell(row)) for name, cell in cells.items()} for row in rows], columns=list(cells))


def _cut(text: str) -> str:
    """Cut a long cell."""
    return text if len(text) <= _CELL_LENGTH else text[: _CELL_LENGTH - 1].rstrip() + "…"


def _place(row: Mapping[Any, Any]) -> str:
    """Place in the words of the report."""
    return _text(row["location_text"]).replace("|", "; ")


def _dates(row: Mapping[Any, Any]) -> str:
    """Dates in words."""
    return words.say_dates(row["date_start"], row["date_end"])


def _range(row: Mapping[Any, Any]) -> str:
    """Range of the estimate, short enough for a column."""
    return _estimate(row["uxo_low"], row["uxo_expected"], row["uxo_high"])


def _before(row: Mapping[Any, Any]) -> str:
    """Range of the estimate before the surveys."""
    return _estimate(row["prior_uxo_low"], row["prior_uxo_expected"], row["prior_uxo_high"])


def _estimate(low: float, best: float, high: float) -> str:
    """Range of an estimate, short enough for a column."""
    bound = bound_estimate(low, best, high)
    if bound is not None:
        return f"under {round_for_reading(bound)}"
    return say_range(*span_estimate(low, best, high)).removeprefix("between ").replace(" and ", " to ")


def _rounds(row: Mapping[Any, Any]) -> str:
    """Rounds in words."""
    return words.say_counted(row["rounds_low"], row["rounds_expected"], row["rounds_high"])


def _people(row: Mapping[Any, Any], where: str) -> str:
    """People with their range, short enough for a column."""
    low, high = row[f"people_{where}_low"], row[f"people_{where}_high"]
    return say_range(low, high).removeprefix("between ").replace(" and ", " to ")


def _text(value: object) -> str:
    """Text of a value, empty where it is missing."""
    return value if isinstance(value, str) else ""


_ESTIMATE: Mapping[str, _Cell] = {
    "Unexploded items": _range,
    "Best estimate": lambda row: round_for_reading(row["uxo_expected"]),
}

_CELLS: Mapping[str, Mapping[str, _Cell]] = {
    "reports": {
        "Row": lambda row: str(row["row"]),
        "Status": lambda row: _text(row["status"]),
        "Place": _place,
        "Date": _dates,
        "Munition, as reported": lambda row: _text(row["munition_text"]),
        "Rounds": _rounds,
        "Reason": lambda row: _text(row["reason"]),
    },
    "strikes": {
        "Id": lambda row: str(row["strike_id"]),
        "Place": _place,
        "Date": _dates,
        "Munition, as reported": lambda row: _text(row["munition_text"]),
        "Rounds": _rounds,
        "Place known to within": lambda row: words.say_distance(row["precision_m"]),
        "Assumed": lambda row: _text(row["assumptions"]),
    },
    "hazard_areas": {
        "Id": lambda row: str(row["strike_id"]),
        "Place": _place,
        "Munition": lambda row: _text(row["munition"]),
        **_ESTIMATE,
        "Land to look in": lambda row: say_area(row["area_m2"]),
        "Contaminated by one such strike": lambda row: say_area(row["footprint_m2"]),
    },
    "zones": {
        "Id": lambda row: str(row["zone_id"]),
        "Place": _place,
        "Strikes": lambda row: f"{row['n_strikes']:,}",
        "Date": _dates,
        **_ESTIMATE,
        "Land to look in": lambda row: say_area(row["area_m2"]),
        "Items a hectare": lambda row: round_for_reading(row["uxo_per_ha"]),
    },
    "unlocated": {
        "Id": lambda row: str(row["strike_id"]),
        "Place": _place,
        "Date": _dates,
        "Munition": lambda row: _text(row["munition"]),
        **_ESTIMATE,
        "Place known to within": lambda row: words.say_distance(row["precision_m"]),
    },
    "priorities": {
        "Order": lambda row: str(row["priority"]),
        "Id": lambda row: str(row["zone_id"]),
        "Place": _place,
        "Rank, 90 % of samples": lambda row: f"{row['rank_low']} to {row['rank_high']}",
        "Unexploded items": _range,
        "Land to look in": lambda row: say_area(row["area_m2"]),
        "Why": lambda row: _text(row["drivers"]),
    },
    "exposure": {
        "Id": lambda row: str(row["zone_id"]),
        "Place": _place,
        "Unexploded items": _range,
        "People inside": lambda row: _people(row, "inside"),
        "People near": lambda row: _people(row, "near"),
        "Not known or assumed": lambda row: _text(row["exposure_notes"]),
    },
    "zone_parts": {
        "Zone": lambda row: str(row["zone_id"]),
        "Admin area": lambda row: _text(row["admin_name"]) or "in none of those given",
        "Share of the zone": lambda row: f"{row['zone_share']:.0%}".replace("%", " %"),
        "Best estimate": lambda row: round_for_reading(row["uxo_expected"]),
        "People": lambda row: round_for_reading(row["people_inside_expected"]),
    },
    "tasks": {
        "Order": lambda row: str(row["order"]),
        "Id": lambda row: str(row["task_id"]),
        "Team": lambda row: str(row["team"]),
        "Day": lambda row: str(row["day"]),
        "Hours": lambda row: round_for_reading(row["team_hours"]),
        "Land": lambda row: say_area(row["area_m2"]),
        "Expected finds": lambda row: round_for_reading(row["finds_expected"]),
        "Left behind": lambda row: round_for_reading(row["uxo_left_expected"]),
    },
    "surveys": {
        "Id": lambda row: str(row["survey_id"]),
        "Ended": lambda row: words.say_dates(row["date"], row["date"]),
        "Chance of finding an item": lambda row: f"{row['detection_probability']:.0%}".replace("%", " %"),
        "Items found": lambda row: str(row["items_found"]),
    },
    "finds": {
        "Id": lambda row: str(row["find_id"]),
        "Search": lambda row: str(row["survey_id"]),
    },
    "zone_updates": {
        "Id": lambda row: str(row["zone_id"]),
        "Place": _place,
        "Before": _before,
        "Found": lambda row: str(row["items_found"]),
        "Still there": _range,
        "Best estimate": lambda row: round_for_reading(row["uxo_expected"]),
        "Searched": lambda row: f"{row['searched_share']:.0%}".replace("%", " %"),
    },
    "strike_updates": {
        "Id": lambda row: str(row["strike_id"]),
        "Before": _before,
        "Still there": _range,
        "Moved by": lambda row: words.say_distance(row["shift_m"]),
        "Place known to within": lambda row: words.say_distance(row["precision_m"]),
        "Rests on": lambda row: _text(row["evidence_used"]),
    },
}
