"""Admin areas that a public product is added up by: sound, apart from each other, and no smaller than a hexagon."""

import re

import geopandas as gpd
import pandas as pd
import shapely

from uxomap import crs as earth
from uxomap._validation import check_lonlat
from uxomap.errors import InputError

#: Smallest part of an admin area in which strikes are counted: about the finest hexagon.
LEAST_AREA_M2 = 36e6

#: Share of the smaller of two areas that may lie in both: outlines drawn by hand never meet to the metre.
_OVERLAP = 0.01

#: What a code and a name may be, so that neither carries a message.
_CODE = re.compile(r"\w[\w.\-/]{0,29}")
_LONGEST_NAME = 60
_NUMBER_IN_NAME = re.compile(r"\d{5}")


def check_areas(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Refuse admin areas that cannot be added up by, or could tell more than they should.

    Returns
    -------
    GeoDataFrame
        Columns ``admin_code``, ``admin_name``; polygons, repaired where lines cross.

    Raises
    ------
    InputError, CRSError
    """
    missing = [name for name in ("admin_code", "admin_name") if name not in getattr(areas, "columns", ())]
    if missing or not isinstance(areas, gpd.GeoDataFrame) or areas.active_geometry_name is None:
        message = (
            f"The admin areas lack {', '.join(missing) or 'geometry'}. Must be a GeoDataFrame with admin_code and "
            "admin_name. Rename its columns, e.g. areas.rename(columns={'ADM2_PCODE': 'admin_code'})."
        )
        raise InputError(message)
    if areas.empty:
        message = "There are no admin areas. Must be at least one. Give areas, or leave them out for hexagons."
        raise InputError(message)
    check_lonlat(areas, "areas")
    codes = pd.Series(["" if pd.isna(code) else str(code) for code in areas["admin_code"]])
    if (codes == "").any() or codes.duplicated().any():
        message = "The admin areas repeat a code, or lack one. Must be one row a code. Dissolve them by admin_code."
        raise InputError(message)
    names = pd.Series(["" if pd.isna(name) else str(name).strip() for name in areas["admin_name"]])
    _check_words(codes, names)
    shapes = _repair(codes, areas)
    checked = gpd.GeoDataFrame({"admin_code": codes, "admin_name": names}, geometry=shapes, crs=areas.crs)
    _check_size(checked)
    _check_overlap(checked)
    return checked


def _check_words(codes: pd.Series, names: pd.Series) -> None:
    """Refuse codes and names that are none, because everybody will read them."""
    for code in codes:
        if not _CODE.fullmatch(code):
            message = (
                f"Invalid admin_code {code!r}. Must be an official code: up to 30 letters, digits, dots, dashes. "
                "Correct it; everybody will read it."
            )
            raise InputError(message)
    for name in names:
        if len(name) > _LONGEST_NAME or _NUMBER_IN_NAME.search(name):
            message = (
                f"Invalid admin_name {name!r}. Must be an official name: at most {_LONGEST_NAME} characters, no number "
                "of five digits or more. Correct it; everybody will read it."
            )
            raise InputError(message)


def _repair(codes: pd.Series, areas: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Polygons of the areas, repaired where their lines cross; refuse what is no area."""
    shapes = areas.geometry.to_numpy()
    wrong = [
        code
        for code, shape in zip(codes, shapes, strict=True)
        if shape is None or shape.is_empty or shape.geom_type not in {"Polygon", "MultiPolygon"}
    ]
    if wrong:
        message = (
            f"Admin area {wrong[0]!r} has no outline. Must be a polygon or several. Leave it out, or give its polygon."
        )
        raise InputError(message)
    valid = shapely.force_2d(shapely.make_valid(shapes))
    # Repair may leave lines beside the polygons.
    return gpd.GeoSeries([shapely.union_all(_polygons(shape)) for shape in valid], crs=areas.crs)


def _polygons(shape: shapely.Geometry) -> list[shapely.Polygon]:
    """Polygons among the parts of a shape."""
    parts = shapely.get_parts(shapely.get_parts([shape]))
    return [part for part in parts if part.geom_type == "Polygon"]


def large_parts(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Parts of admin areas that are large enough to count strikes in, one row each."""
    parts = areas.explode(index_parts=False, ignore_index=True)
    return parts[earth.area_m2(parts).to_numpy() >= LEAST_AREA_M2].reset_index(drop=True)


def _check_size(areas: gpd.GeoDataFrame) -> None:
    """Refuse areas of which no part is large enough."""
    small = areas[~areas["admin_code"].isin(large_parts(areas)["admin_code"])]
    if len(small):
        parts = small.explode(index_parts=False)
        largest = earth.area_m2(parts).groupby(parts["admin_code"].to_numpy()).max()
        message = (
            f"Admin area {largest.idxmin()!r} has {largest.min() / 1e6:.3g} km² in its largest part. Must be at least "
            f"{LEAST_AREA_M2 / 1e6:g} km² in a public product. Give districts instead of villages, or dissolve small "
            "ones."
        )
        raise InputError(message)


def _check_overlap(areas: gpd.GeoDataFrame) -> None:
    """Refuse areas that lie on or in each other, because their numbers could be subtracted."""
    first, second = areas.sindex.query(areas.geometry, predicate="intersects")
    pairs = [(one, other) for one, other in zip(first.tolist(), second.tolist(), strict=True) if one < other]
    if not pairs:
        return
    ones, others = (areas.iloc[[pair[side] for pair in pairs]].reset_index(drop=True) for side in (0, 1))
    shared = gpd.GeoSeries(shapely.intersection(ones.geometry.to_numpy(), others.geometry.to_numpy()), crs=areas.crs)
    polygons = gpd.GeoSeries([shapely.union_all(_polygons(shape)) for shape in shared], crs=areas.crs)
    sizes = [earth.area_m2(gpd.GeoDataFrame(geometry=side.geometry)).to_numpy() for side in (ones, others)]
    common = earth.area_m2(gpd.GeoDataFrame(geometry=polygons)).to_numpy()
    for place in range(len(pairs)):
        if common[place] > _OVERLAP * min(size[place] for size in sizes):
            one, other = (
                f"{side['admin_code'].iloc[place]!r} ({side['admin_name'].iloc[place]})" for side in (ones, others)
            )
            message = (
                f"Admin areas {one} and {other} overlap. Must lie beside each other, or their numbers can be "
                "subtracted. Give areas of one level only."
            )
            raise InputError(message)
