"""
Draw the rough outlines of countries that ``uxomap.countries`` checks places against.

Run ``python docs/draw_outlines.py countries-10m.json``. The file is Natural Earth 4.1 at 1:10,000,000 (public domain)
as TopoJSON, in release 2.0.2 of the package ``world-atlas``. Every outline is made wider by 25 km and holds all that
the country claims (``claims.csv``), so that a border is never argued about; then it is thinned out.
"""

import argparse
import csv
import json
from pathlib import Path

import numpy as np
import pyproj
import shapely
from babel.core import get_global

DATA = Path(__file__).parents[1] / "uxomap" / "countries" / "data"

#: How much wider than the country an outline is, and how far it may be off after thinning out, in metres.
MARGIN_M, THINNED_M = 25_000.0, 3_000.0

#: Parts of the source that bear no ISO code.
UNCODED = {
    "Kosovo": ("XK",),
    "Somaliland": ("SO",),
    "N. Cyprus": ("CY",),
    "Cyprus U.N. Buffer Zone": ("CY",),
    "Dhekelia": ("CY",),
    "Akrotiri": ("CY",),
    "Siachen Glacier": ("IN", "PK"),
    "Baikonur": ("KZ",),
    "USNB Guantanamo Bay": ("CU",),
}

#: No hazard areas are drawn near a pole.
LEFT_OUT = {"AQ"}

_HALF_TURN = 180.0


def read_countries(path: Path) -> dict[str, list[shapely.Geometry]]:
    """Read the polygons of each country from TopoJSON."""
    topology = json.loads(path.read_text(encoding="utf-8"))
    scale, translate = (np.array(topology["transform"][name]) for name in ("scale", "translate"))
    arcs = [np.cumsum(np.array(arc), axis=0) * scale + translate for arc in topology["arcs"]]
    iso = get_global("territory_aliases")
    countries: dict[str, list[shapely.Geometry]] = {}
    for one in topology["objects"]["countries"]["geometries"]:
        codes = tuple(iso[one["id"]]) if "id" in one else UNCODED.get(one["properties"]["name"], ())
        parts = one["arcs"] if one["type"] == "MultiPolygon" else [one["arcs"]]
        polygons = [_make_polygon([_join_arcs(ring, arcs) for ring in rings]) for rings in parts]
        for code in set(codes) - LEFT_OUT:
            countries.setdefault(code, []).extend(polygons)
    return countries


def _make_polygon(rings: list[np.ndarray]) -> shapely.Geometry:
    """Make a polygon of its rings; of a rock of a few corners, a point."""
    shell, *holes = rings
    if len(shell) < 4:  # noqa: PLR2004 - a ring has three corners and the first again
        return shapely.Point(shell[0])
    polygon = shapely.make_valid(shapely.Polygon(shell, [hole for hole in holes if len(hole) > 3]))  # noqa: PLR2004
    return polygon if polygon.area > 0 else polygon.centroid


def _join_arcs(ring: list[int], arcs: list[np.ndarray]) -> np.ndarray:
    """Put a ring together; a negative number is an arc that runs backwards."""
    parts = [arcs[number] if number >= 0 else arcs[~number][::-1] for number in ring]
    corners = np.concatenate(parts)
    # A ring that crosses the antimeridian jumps by a whole turn; in one piece it reaches beyond it.
    return np.column_stack([np.unwrap(corners[:, 0], period=2 * _HALF_TURN), corners[:, 1]])


def add_claims(countries: dict[str, list[shapely.Geometry]]) -> dict[str, list[shapely.Geometry]]:
    """Add what each country claims of others."""
    claimed = {code: list(polygons) for code, polygons in countries.items()}
    with (DATA / "claims.csv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            polygons = countries[line["also"]]
            if line["west"]:
                box = shapely.box(*(float(line[side]) for side in ("west", "south", "east", "north")))
                polygons = [shapely.intersection(polygon, box) for polygon in polygons]
            claimed[line["code"]].extend(part for part in polygons if not part.is_empty)
    return claimed


def widen(shapes: list[shapely.Geometry]) -> shapely.Geometry:
    """Make the shapes of a country wider, each on a plane of its own around its middle, and thin them out."""
    wide = []
    for shape in shapes:
        middle = shape.envelope.centroid
        plane = pyproj.CRS(f"+proj=aeqd +lon_0={middle.x} +lat_0={middle.y} +datum=WGS84 +units=m")
        there = pyproj.Transformer.from_crs("EPSG:4326", plane, always_xy=True)
        dense = shapely.segmentize(shape, 0.5)
        flat = shapely.transform(dense, lambda corners, way=there: np.column_stack(way.transform(*corners.T)))
        wider = shapely.make_valid(flat).buffer(MARGIN_M, quad_segs=3).simplify(THINNED_M)
        back = shapely.transform(
            wider, lambda corners, way=there: np.column_stack(way.transform(*corners.T, direction="INVERSE"))
        )
        wide.append(_around(back, middle.x))
    whole = shapely.make_valid(shapely.union_all([part for piece in wide for part in _turns(piece)]))
    polygons = [part for part in shapely.get_parts(whole) if part.geom_type == "Polygon"]
    return shapely.set_precision(shapely.union_all(polygons).simplify(0.01), 0.01)


def _around(shape: shapely.Geometry, longitude: float) -> shapely.Geometry:
    """Write the longitudes of a shape within half a turn of its middle."""

    def shift(corners: np.ndarray) -> np.ndarray:
        longitudes = (corners[:, 0] - longitude + _HALF_TURN) % (2 * _HALF_TURN) + longitude - _HALF_TURN
        return np.column_stack([longitudes, corners[:, 1]])

    return shapely.make_valid(shapely.transform(shape, shift))


def _turns(shape: shapely.Geometry) -> list[shapely.Geometry]:
    """Part a shape where it crosses the antimeridian."""
    world = shapely.box(-_HALF_TURN, -90.0, _HALF_TURN, 90.0)
    moved = [np.array([by, 0.0]) for by in (-2 * _HALF_TURN, 0.0, 2 * _HALF_TURN)]
    shifted = (shapely.transform(shape, lambda corners, by=by: corners + by) for by in moved)
    return [part for part in (shapely.intersection(one, world) for one in shifted) if not part.is_empty]


def main() -> None:
    """Write the outlines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, help="countries-10m.json")
    countries = add_claims(read_countries(parser.parse_args().path))
    with (DATA / "outlines.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["code", "outline"])
        for code, shapes in sorted(countries.items()):
            writer.writerow([code, shapely.to_wkt(widen(shapes), rounding_precision=2)])


if __name__ == "__main__":
    main()
