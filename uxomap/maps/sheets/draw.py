"""Draws the map of a sheet: hatch, zones, outlines, symbols, context, grid and names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from uxomap.maps import style
from uxomap.maps.sheets.choices import Choices
from uxomap.maps.sheets.frame import Frame
from uxomap.maps.sheets.grid import Grid
from uxomap.maps.sheets.land import border_lines, countries_in
from uxomap.maps.sheets.layers import SheetData, rows_of
from uxomap.maps.sheets.names import LabelPlan
from uxomap.maps.sheets.page import INK, MM_PER_INCH, POINTS_PER_INCH, QUIET, SMALLEST_PT, Page
from uxomap.maps.sheets.words import Words, split_list
from uxomap.maps.words import name_places

Shapes = npt.NDArray[np.object_]
Floats = npt.NDArray[np.float64]

HATCH, HATCH_COLOUR, HATCH_LINE = "////", "#d6d6d6", 0.35

#: Dashes of the outline of a zone in points: narrow, middling and wide interval.
DASHES: tuple[Any, ...] = ("solid", (0, (5.0, 2.2)), (0, (0.9, 1.5)))

#: Outlines of single strikes are paler than those of zones.
AREA_COLOUR = "#5f5f5f"

#: Line widths in points.
ZONE_LINE, AREA_LINE, GRID_LINE, SYMBOL_LINE = 0.8, 0.3, 0.25, 0.5

#: Shapes of the symbols in matplotlib.
MARKERS: Mapping[str, str] = {"circle": "o", "triangle": "^", "square": "s", "diamond": "D"}

#: Size of the symbols in points.
SYMBOL_PT = 4.2

#: A zone narrower than its dot is drawn as one. The fill ends inside the outline, so that dashes show on dark fills.
DOT_PT, _INSET_PT = 8.5, 1.5

#: A zone narrower than this is small: labels stand beside it.
_SMALL_MM = 7.0

#: Look of the context.
ROAD, WATER, WATER_LINE, ADMIN = "#757575", "#dbe4ea", "#8499a6", "#6b6b6b"
ADMIN_DASH: Any = (0, (6.0, 1.6, 1.2, 1.6))

_GRID_COLOUR = "#7f7f7f"

#: From this scale on, rough outlines of countries are good enough to be drawn.
_COUNTRY_SCALE = 5_000_000.0

#: Names on one sheet, and names that are tried.
_MOST_NAMES, _MOST_TRIED = 60, 600

#: Numbers of zones that the table has no room for, and how far from their zone they may stand, times the nearest.
_MOST_NUMBERS, _NEAR_NUMBERS = 400, 1.6

#: Symbols of full size on one sheet.
_MANY = 400

#: More symbols than this become a picture in a PDF, which would grow by megabytes and open slowly otherwise.
_MOST_VECTORS = 5_000

_HALO: Mapping[str, Any] = {"facecolor": "white", "edgecolor": "none", "alpha": 0.78, "pad": 0.5}


def draw_map(
    page: Page,
    axes: Any,
    frame: Frame,
    data: SheetData,
    choices: Choices,
    listed: npt.NDArray[np.bool_],
    marks: "ZoneMarks",
) -> LabelPlan:
    """
    Draw everything in the frame.

    Parameters
    ----------
    page : Page
        The paper.
    axes : Axes
        Axes that fill the frame.
    frame : Frame
        What it shows.
    data : SheetData
        Layers.
    choices : Choices
        Context and language.
    listed : array of bool
        Zones that the column tells of: their numbers come first and stand out.
    marks : ZoneMarks
        How the zones are drawn, as :func:`place_zones` tells it.

    Returns
    -------
    LabelPlan
        Where names stand, in millimetres.
    """
    left, bottom, right, top = frame.extent
    axes.set(xlim=(left, right), ylim=(bottom, top), xticks=[], yticks=[], aspect="auto")
    _draw_hatch(axes, frame)
    for side in axes.spines.values():
        side.set(color=INK, linewidth=0.8)
    plan = LabelPlan(frame.width_mm, frame.height_mm)
    _draw_context(axes, frame, choices.context)
    if shows_countries(frame, choices):
        land, _ = countries_in(frame)
        look = {"facecolor": "none", "edgecolor": ADMIN, "linewidth": 0.35, "zorder": 1.4}
        _draw_shapes(axes, border_lines(land, frame.mm), **look)
    strikes = strikes_drawn(data, frame, marks)
    _take_strikes(frame, strikes, plan)
    _draw_zones(axes, data.zones, marks, page.unit)
    for index in np.flatnonzero(marks.inside & (marks.around > 0)):
        plan.take(float(marks.paper_x[index]), float(marks.paper_y[index]), float(marks.around[index]))
    apart = ~data.hazard_areas["strike_id"].isin(strikes_of(data.zones, marks.dots)) if len(data.hazard_areas) else []
    if np.any(apart):
        # below a dot there is nothing to see of the areas of its strikes
        areas = frame.project(data.hazard_areas.geometry.to_numpy()[apart])
        _draw_shapes(axes, areas, zorder=4, facecolor="none", edgecolor=AREA_COLOUR, linewidth=AREA_LINE)
    _draw_strikes(axes, strikes, frame)
    _draw_numbers(page, axes, frame, (data.zones, marks, np.flatnonzero(marks.inside & listed)), plan)
    _draw_names(page, axes, frame, _places(frame, data, choices.context), plan)
    further = np.flatnonzero(marks.inside & ~listed)[:_MOST_NUMBERS]
    _draw_numbers(page, axes, frame, (data.zones, marks, further), plan, farthest=_NEAR_NUMBERS)
    return plan


def _draw_hatch(axes: Any, frame: Frame) -> None:
    """Hatch everything as not assessed, up to the ends of the Earth."""
    from matplotlib.patches import Rectangle  # noqa: PLC0415 - slow to load

    look: dict[str, Any] = {"facecolor": "white", "edgecolor": HATCH_COLOUR, "hatch": HATCH}
    look["hatch_linewidth"] = HATCH_LINE
    earth = frame.earth
    if earth is None:
        axes.patch.set(**look)
        return
    axes.patch.set(facecolor="white")
    left, bottom, right, top = earth
    axes.add_patch(Rectangle((left, bottom), right - left, top - bottom, linewidth=0.5, zorder=0.5, **look))


def shows_countries(frame: Frame, choices: Choices) -> bool:
    """Tell whether rough borders help: on a map of a country or more for which none were given."""
    return frame.scale >= _COUNTRY_SCALE and "admin" not in choices.context


def draw_grid(page: Page, axes: Any, frame: Frame, grid: Grid, corner: tuple[float, float], plan: LabelPlan) -> None:
    """Draw grid lines, their labels around the frame, and the letters of the squares of 100 km."""
    from matplotlib.collections import LineCollection  # noqa: PLC0415 - slow to load

    lines = LineCollection(grid.lines, colors=_GRID_COLOUR, linewidths=GRID_LINE, zorder=3.5, label="grid")
    axes.add_collection(lines, autolim=False)
    half_line = page.line_mm() / 2 + 0.3 * page.unit
    ends: dict[str, float] = {}
    words, say = Words(page.language), page.language.say
    letters = {"N": say("N"), "S": say("S"), "E": say("E"), "W": say("W")}
    left, top = corner
    for tick in sorted(grid.ticks, key=lambda one: one.along_mm):
        text = tick.text
        if grid.kind == "degrees":
            bare = text[:-1] if text[-1] in letters else text
            letter = letters.get(text[-1], "")
            blank = "\u00a0" if page.mirrored and letter else ""  # joined letters reach over what stands before them
            text = page.direct(f"{words.run(bare)}{blank}{letter}")
        half = page.width_mm(text) / 2
        across = tick.side in {"bottom", "top"}
        room = frame.width_mm if across else frame.height_mm
        if tick.along_mm - half < ends.get(tick.side, 0.0) or tick.along_mm + half > room:
            continue
        ends[tick.side] = tick.along_mm + half + page.unit
        far = frame.height_mm if across else frame.width_mm
        off = -half_line if tick.side in {"top", "left"} else far + half_line
        x, y = (tick.along_mm, off) if across else (off, frame.height_mm - tick.along_mm)
        look = {"ha": "center", "va": "center", "rotation": 0 if across else 90, "parse_math": False, "gid": "grid"}
        page.paper.text(left + x, top + y, text, fontsize=page.size(), color=INK, **look)
    _draw_squares(page, axes, frame, grid, plan)


def _draw_squares(page: Page, axes: Any, frame: Frame, grid: Grid, plan: LabelPlan) -> None:
    """Write the letters of the squares of 100 km into their largest visible corner."""
    points = 9.0
    for name, (west, south, east, north) in grid.squares:
        size = page.width_mm(name, points, bold=True) + 1.0, page.line_mm(points)
        if east - west < size[0] + 2 or north - south < size[1] + 2:
            continue
        box = plan.find_place(west + 1.5, north - 1.5 - size[1] / 2, size, gap=0.0)
        if box is not None:
            look = {"points": points, "bold": True, "color": "#5c5c5c", "bbox": dict(_HALO)}
            _write(page, axes, frame, box, name, gid="square", **look)


def _draw_context(axes: Any, frame: Frame, context: Mapping[str, gpd.GeoDataFrame]) -> None:
    """Draw what the user gave to find his way, quietly."""
    looks: dict[str, list[tuple[str, dict[str, Any]]]] = {
        "water": [
            ("areas", {"facecolor": WATER, "edgecolor": WATER_LINE, "linewidth": 0.3, "zorder": 1.2}),
            ("lines", {"edgecolor": WATER_LINE, "facecolor": "none", "linewidth": 0.6, "zorder": 1.2}),
        ],
        "admin": [
            (kind, {"facecolor": "none", "edgecolor": ADMIN, "linewidth": 0.5, "linestyle": ADMIN_DASH, "zorder": 3.2})
            for kind in ("areas", "lines")
        ],
        "roads": [("lines", {"edgecolor": ROAD, "facecolor": "none", "linewidth": 0.6, "zorder": 3.3})],
    }
    for name, ways in looks.items():
        if name not in context or not len(context[name]):
            continue
        parts = shapely.get_parts(frame.project(context[name].geometry.to_numpy()))
        parts = shapely.get_parts(parts[~shapely.is_empty(parts)])
        dimension = shapely.get_dimensions(parts)
        for kind, look in ways:
            _draw_shapes(axes, parts[dimension == (2 if kind == "areas" else 1)], **look)


@dataclass(frozen=True, slots=True, eq=False)
class ZoneMarks:
    """
    How the zones of a sheet are drawn.

    Attributes
    ----------
    shapes : array of Geometry
        In the CRS of the frame.
    seen, dots, inside : array of bool
        Whether a zone reaches into the frame, is too small to draw and so is a dot, and has its middle in the frame.
    x, y, paper_x, paper_y : array of float
        Its middle, in the CRS and in millimetres.
    around : array of float
        Half the width of what labels keep off, in millimetres; 0 where they may stand on the zone.
    dot_pt : float
        Size of the dots in points.
    """

    shapes: Shapes
    seen: npt.NDArray[np.bool_]
    dots: npt.NDArray[np.bool_]
    inside: npt.NDArray[np.bool_]
    x: Floats
    y: Floats
    paper_x: Floats
    paper_y: Floats
    around: Floats
    dot_pt: float


def place_zones(page: Page, frame: Frame, zones: gpd.GeoDataFrame) -> ZoneMarks:
    """
    Find out where zones lie on the paper, and which of them are too small to draw.

    Examples
    --------
    >>> from uxomap.languages import load_language
    >>> from uxomap.maps.sheets.frame import choose_frame
    >>> from uxomap.maps.view import Window
    >>> spots = [shapely.box(37.1, 49.9, 37.101, 49.901), shapely.box(37.2, 49.9, 37.3, 50.0)]
    >>> frame = choose_frame(Window(37.0, 49.8, 37.6, 50.2), 170, 160)
    >>> place_zones(Page("A4", load_language("en")), frame, gpd.GeoDataFrame(geometry=spots, crs=4326)).dots
    array([ True, False])
    """
    shapes = frame.project(zones.geometry.to_numpy())
    bounds = shapely.bounds(shapes).reshape(-1, 4)
    seen = np.asarray(np.isfinite(bounds).all(axis=1))
    wide = np.fmax(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1]) / frame.mm
    largest = DOT_PT * page.unit
    dot_pt = largest * _crowd(int((seen & (wide < _in_mm(largest))).sum()))
    dots = seen & (wide < _in_mm(dot_pt))
    middles = shapely.point_on_surface(shapes)
    x, y = shapely.get_x(middles), shapely.get_y(middles)
    inside = seen & (x > frame.extent[0]) & (x < frame.extent[2]) & (y > frame.extent[1]) & (y < frame.extent[3])
    # labels stand beside small zones, not on them
    around = np.where(dots, _in_mm(dot_pt), np.where(wide < _SMALL_MM * page.unit, wide, 0.0)) / 2
    return ZoneMarks(shapes, seen, dots, inside, x, y, *frame.on_paper(x, y), around, dot_pt)


def strikes_of(zones: gpd.GeoDataFrame, chosen: npt.NDArray[np.bool_]) -> set[str]:
    """Ids of the strikes of some zones."""
    return {strike for ids in zones["strike_ids"][chosen] for strike in split_list(ids)} if chosen.any() else set()


def strikes_drawn(data: SheetData, frame: Frame, marks: ZoneMarks) -> gpd.GeoDataFrame:
    """Strikes that have a symbol: where the zone of one is a dot, a symbol on it would hide the colour."""
    strikes, dots = data.strikes, marks.inside & marks.dots
    if not len(strikes) or not dots.any():
        return strikes
    members = strikes_of(data.zones, dots)
    tree = shapely.STRtree(list(gpd.points_from_xy(marks.x[dots], marks.y[dots])))
    spots = shapely.points(*frame.forward(strikes.geometry.x, strikes.geometry.y))
    reach = _in_mm(marks.dot_pt + SYMBOL_PT) / 2 * frame.mm
    covering = np.zeros(len(strikes), dtype=bool)
    covering[tree.query(spots, predicate="dwithin", distance=reach)[0]] = True
    return strikes[~covering & ~strikes["strike_id"].isin(members).to_numpy()]


def _draw_zones(axes: Any, zones: gpd.GeoDataFrame, marks: ZoneMarks, unit: float) -> None:
    """Fill zones by density, and draw their outlines by interval."""
    if not len(zones):
        return
    density, sure = zones["density"].to_numpy(), zones["sure"].to_numpy()
    drawn = marks.seen & ~marks.dots
    for number in np.unique(density[drawn]):
        fill = style.density_fill([number])[0]
        _draw_shapes(axes, marks.shapes[drawn & (density == number)], facecolor=fill, edgecolor="none", zorder=2)
    for number in np.unique(sure[drawn]):
        look = {"facecolor": "none", "edgecolor": INK, "linewidth": ZONE_LINE, "linestyle": DASHES[number]}
        _draw_shapes(axes, marks.shapes[drawn & (sure == number)], zorder=4.5, **look)
    order = np.flatnonzero(marks.inside & marks.dots)[::-1]  # the first of the table on top
    if len(order):
        look = dot_look(style.density_fill(density[order]), sure[order].tolist(), marks.dot_pt, unit)
        look["rasterized"] = len(order) > _MOST_VECTORS
        axes.scatter(np.repeat(marks.x[order], 2), np.repeat(marks.y[order], 2), zorder=5, label="dots", **look)


def dot_look(fills: Sequence[str], sure: Sequence[int], size: float, unit: float) -> dict[str, Any]:
    """Look of dots, each twice: its outline on white, then its fill."""
    inner = max(size - _INSET_PT * unit, 0.7 * size)
    return {
        "s": np.tile([size**2, inner**2], len(fills)),
        "c": [colour for fill in fills for colour in ("white", fill)],
        "edgecolors": [colour for _ in fills for colour in (INK, "none")],
        "linewidths": [width for _ in fills for width in (ZONE_LINE, 0.0)],
        "linestyles": [dash for number in sure for dash in (DASHES[number], "solid")],
    }


def _draw_numbers(
    page: Page,
    axes: Any,
    frame: Frame,
    numbered: tuple[gpd.GeoDataFrame, ZoneMarks, npt.NDArray[np.intp]],
    plan: LabelPlan,
    *,
    farthest: float = 5.0,
) -> None:
    """Number zones where there is room; those that the table lists come first and stand out."""
    zones, marks, chosen = numbered
    bold = farthest > _NEAR_NUMBERS
    for index in chosen:
        text = str(zones["number"].iloc[index])
        size = page.width_mm(text, bold=bold) + 1.2 * page.unit, page.line_mm() * 0.95
        spot = float(marks.paper_x[index]), float(marks.paper_y[index])
        around = float(marks.around[index])
        box = plan.find_near(*spot, size, gap=max(around, 0.7) + 0.2, over=around == 0, farthest=farthest)
        if box is not None:
            line = 0.4 if bold else 0.25
            edge = {"facecolor": "white", "edgecolor": INK, "linewidth": line, "pad": 1.0 * page.unit}
            _write(page, axes, frame, box, text, bold=bold, bbox=edge, gid="number")


def _in_mm(points: float) -> float:
    """Points in millimetres."""
    return points * MM_PER_INCH / POINTS_PER_INCH


def _take_strikes(frame: Frame, strikes: gpd.GeoDataFrame, plan: LabelPlan) -> None:
    """Keep labels off symbols."""
    if len(strikes):
        paper = frame.on_paper(*frame.forward(strikes.geometry.x, strikes.geometry.y))
        for east, north in zip(*paper, strict=True):
            plan.take(float(east), float(north), _in_mm(SYMBOL_PT) / 2)


def _draw_strikes(axes: Any, strikes: gpd.GeoDataFrame, frame: Frame) -> None:
    """Draw strikes by kind; hollow where something was assumed."""
    if not len(strikes):
        return
    x, y = frame.forward(strikes.geometry.x, strikes.geometry.y)
    kinds = strikes["kind"].to_numpy()
    assumed = strikes["assumptions"].fillna("").astype(bool).to_numpy()
    for kind, shape in style.SYMBOLS.items():
        for hollow in (True, False):
            rows = (kinds == kind) & (assumed == hollow)
            if rows.any():
                axes.scatter(
                    x[rows], y[rows], zorder=6, label=kind, **symbol_look(shape, hollow=hollow, count=len(strikes))
                )


def symbol_look(shape: str, *, hollow: bool, count: int = 1) -> dict[str, Any]:
    """Look of the symbol of a strike, also on dark fills; smaller where there are very many."""
    size = SYMBOL_PT if hollow else SYMBOL_PT + SYMBOL_LINE
    area = (size * _crowd(count)) ** 2 * (0.75 if shape == "diamond" else 1.0)
    face, edge = ("white", INK) if hollow else (INK, "white")
    look = {"marker": MARKERS[shape], "s": area, "facecolors": face, "edgecolors": edge, "linewidths": SYMBOL_LINE}
    return look | {"rasterized": count > _MOST_VECTORS}


def _crowd(count: int) -> float:
    """Share of their size at which so many symbols are drawn."""
    return 1.0 if count <= _MANY else max(0.3, (_MANY / count) ** 0.5)


def _places(
    frame: Frame, data: SheetData, context: Mapping[str, gpd.GeoDataFrame]
) -> list[tuple[str, float, float, str]]:
    """Names with their point in the plane and what they name, the most needed first."""
    found: list[tuple[str, float, float, str]] = []
    points = data.strikes if len(data.strikes) else data.zones
    if len(points):
        points = points.head(_MOST_TRIED)
        spots = points.geometry.representative_point()
        x, y = frame.forward(spots.x, spots.y)
        texts = [name_places(str(text).split("|")[:1]) for text in points["location_text"].fillna("")]
        found += [(text, float(a), float(b), "place") for text, a, b in zip(texts, x, y, strict=True)]
    for layer in ("settlements", "admin"):
        named = context.get(layer)
        if named is None or "name" not in named or not len(named):
            continue
        shapes = frame.project(named.geometry.to_numpy())
        whole = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
        spots = shapely.point_on_surface(shapes[whole])
        rows = zip(rows_of(named[whole]), shapely.get_x(spots), shapely.get_y(spots), strict=True)
        found += [
            (row["name"] if isinstance(row["name"], str) else "", float(a), float(b), layer) for row, a, b in rows
        ]
    return found


def _draw_names(
    page: Page, axes: Any, frame: Frame, places: Sequence[tuple[str, float, float, str]], plan: LabelPlan
) -> None:
    """Write names where they cover nothing; each name once."""
    left, bottom, right, top = frame.extent
    inside = [place for place in places if place[0] and left < place[1] < right and bottom < place[2] < top]
    dots = [(x, y) for _, x, y, kind in inside if kind == "settlements"]
    if dots:
        axes.scatter(*zip(*dots, strict=True), s=4 * page.unit, c=QUIET, linewidths=0, zorder=5.5, label="settlements")
    written: set[str] = set()
    for text, x, y, kind in inside:
        if text in written or len(written) >= _MOST_NAMES:
            continue
        short = page.shorten(text, 38 * page.unit)
        paper_x, paper_y = (float(value) for value in frame.on_paper(x, y))
        size = page.width_mm(short) + 0.8, page.line_mm() * 0.95
        box = plan.find_near(paper_x, paper_y, size, gap=1.1 * page.unit, over=kind == "admin")
        if box is not None:
            written.add(text)
            color = "#7a7a7a" if kind == "admin" else "#333333"
            _write(page, axes, frame, box, short, color=color, bbox=dict(_HALO), gid="name")


def _write(page: Page, axes: Any, frame: Frame, box: tuple[float, float, float, float], text: str, **look: Any) -> None:
    """Write a label into a place in millimetres."""
    points = look.pop("points", SMALLEST_PT)
    axes.text(
        (box[0] + box[2]) / 2 / frame.width_mm,
        (box[1] + box[3]) / 2 / frame.height_mm,
        text,
        transform=axes.transAxes,
        ha="center",
        va="center_baseline",
        fontsize=page.size(points),
        fontweight="bold" if look.pop("bold", False) else "normal",
        parse_math=False,
        zorder=8,
        clip_on=True,
        **look,
    )


def _draw_shapes(axes: Any, shapes: Shapes, **look: Any) -> None:
    """Draw polygons or lines as one path."""
    from matplotlib.patches import PathPatch  # noqa: PLC0415 - slow to load
    from matplotlib.path import Path  # noqa: PLC0415 - likewise

    whole = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    parts = shapely.get_parts(shapely.get_parts(whole))
    parts = parts[shapely.get_dimensions(parts) > 0]
    areas = shapely.get_dimensions(parts) == 2  # noqa: PLR2004 - an area
    rings = np.array([*shapely.get_rings(shapely.orient_polygons(parts[areas])), *parts[~areas]], dtype=object)
    if not len(rings):
        return
    corners, owners = shapely.get_coordinates(rings, return_index=True)
    ends = np.cumsum(np.bincount(owners, minlength=len(rings)))
    codes = np.full(len(corners), Path.LINETO, dtype=Path.code_type)
    codes[[0, *ends[:-1]]] = Path.MOVETO
    codes[ends[shapely.get_type_id(rings) == 2] - 1] = Path.CLOSEPOLY  # noqa: PLR2004 - a ring
    look = {"capstyle": "butt", "joinstyle": "round"} | look
    axes.add_artist(PathPatch(Path(corners, codes), **look))  # add_patch would look for the limits, which are set
