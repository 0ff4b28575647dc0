"""An invented island: coast, rivers, settlements, roads, districts, fields, facilities and people."""

import itertools
import math
import zlib
from dataclasses import dataclass
from functools import cache

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from rasterio.transform import Affine
from scipy.interpolate import CubicSpline

Floats = npt.NDArray[np.float64]

SEED = 20_260
NOTICE = "invented for exercises"

#: Where the island lies: more than 1,000 km of South Atlantic around it. Metres are those of UTM zone 26 South.
CENTRE = (-25.0, -30.0)
METRIC = "EPSG:32726"

#: Cells of the population raster: 3 seconds of arc, about 93 m from north to south and 80 m from west to east.
CELL_DEG = 1 / 1200
NODATA = -99999.0

# Kilometres east and north of the centre, from the east around by the north.
_COAST = """
    19.6 1.5, 18.6 5.2, 15.2 7.0, 13.4 9.8, 14.6 12.6, 12.4 14.6, 9.6 13.2, 7.6 10.8, 3.8 11.2, 0.2 12.9, -4.4 13.6,
    -8.2 12.0, -10.0 9.0, -12.6 7.4, -15.8 8.6, -18.6 6.4, -19.9 2.4, -18.4 -1.6, -16.0 -4.0, -16.6 -7.6, -14.0 -10.6,
    -10.2 -11.4, -6.8 -13.6, -2.8 -14.4, 0.0 -12.6, 1.2 -9.4, 3.4 -10.4, 4.6 -13.2, 8.4 -14.2, 12.2 -12.0, 14.0 -8.4,
    17.4 -6.2, 19.2 -2.6
"""
_ISLET = (-19.4, 11.2, 0.9)
_RIVERS = {
    "Orsh": "-8.9 7.6, -7.2 5.2, -4.6 3.2, -2.4 1.2, -1.0 -1.0, 0.3 -2.6, 0.2 -5.0, 1.5 -7.2, 1.5 -10.4",
    "Ninva": "8.2 7.2, 6.6 5.0, 5.0 2.8, 3.0 0.4, 1.4 -1.2, 0.3 -2.6",
    "Tirm": "-7.4 -2.6, -9.6 -4.2, -12.0 -4.9, -14.2 -4.6, -16.6 -5.2",
}

#: Name, kilometres east and north, people, district.
_SETTLEMENTS = """
    Port Ishvel,0.4,-8.0,11200,XE0101; Demmarel,0.9,-5.0,1400,XE0101; Ruvelis,-1.6,-4.6,900,XE0101
    Missoreth,-5.4,-8.4,1050,XE0103; Drosvael,-3.6,-11.8,620,XE0103; Ektavani,-10.0,-8.6,410,XE0103
    Avrelune,-7.6,-4.9,870,XE0103; Tirmouk,-13.0,-6.0,650,XE0103; Quarlisse,5.6,-6.8,1200,XE0102
    Jendorra,9.4,-9.4,850,XE0102; Parrunay,6.8,-12.2,530,XE0102; Imbrevel,10.4,-5.0,640,XE0102
    Vostelmi,14.0,-5.2,720,XE0102; Tavorin,0.2,-1.6,6500,XE0201; Orshenta,-2.8,1.8,1100,XE0201
    Halvimor,-5.6,3.4,800,XE0201; Beshkael,-8.2,5.6,450,XE0201; Ninveth,3.2,1.1,700,XE0201
    Sarrowin,5.4,3.9,950,XE0201; Elkavost,7.4,6.6,420,XE0201; Kessmora,17.0,1.0,5200,XE0202
    Teshmarine,12.4,0.3,880,XE0202; Ulverrin,16.6,4.2,610,XE0202; Gavraste,9.4,2.6,380,XE0202
    Zerrimau,-12.6,1.4,920,XE0203; Olvastane,-13.8,5.2,3800,XE0203; Hostrevane,-17.4,3.4,540,XE0203
    Wendorrel,-15.2,-1.4,480,XE0203; Pellashar,-8.0,-0.6,700,XE0203; Yssomere,1.2,8.6,990,XE0204
    Fendralow,-3.4,10.2,760,XE0204; Corvashet,5.0,8.6,340,XE0204; Lommerith,12.0,12.0,560,XE0204
    Abrisole,-6.8,8.6,300,XE0204
"""
_TOWN = 3000

_PROVINCES = {"XE01": "Lower Ashvora", "XE02": "Upper Ashvora"}
_DISTRICTS = {
    "XE0101": "Ishvel",
    "XE0102": "Quarlisse",
    "XE0103": "Missoreth",
    "XE0201": "Tavorin",
    "XE0202": "Kessmora",
    "XE0203": "Olvastane",
    "XE0204": "Yssomere",
}

#: Class of road: chains of settlements along it.
_ROADS = """
    primary: Port Ishvel, Demmarel, Tavorin; Tavorin, Ninveth, Gavraste, Teshmarine, Kessmora
    secondary: Tavorin, Pellashar, Zerrimau, Olvastane; Tavorin, Orshenta, Halvimor, Beshkael
    secondary: Ninveth, Sarrowin, Elkavost
    secondary: Port Ishvel, Quarlisse, Imbrevel, Vostelmi, Kessmora; Port Ishvel, Missoreth, Avrelune, Tirmouk
    tertiary: Orshenta, Yssomere, Fendralow; Yssomere, Corvashet, Elkavost; Quarlisse, Jendorra; Kessmora, Ulverrin
    tertiary: Zerrimau, Hostrevane, Olvastane; Zerrimau, Wendorrel; Missoreth, Drosvael; Imbrevel, Teshmarine
    unclassified: Jendorra, Parrunay; Jendorra, Vostelmi; Missoreth, Ektavani, Tirmouk; Ruvelis, Demmarel
    unclassified: Fendralow, Abrisole, Beshkael; Corvashet, Lommerith; Avrelune, Pellashar; Tirmouk, Wendorrel
    unclassified: Ruvelis, Missoreth; Sarrowin, Gavraste; Beshkael, Olvastane
"""


@dataclass(frozen=True)
class Island:
    """Everything on the island that does not move; all layers in `METRIC`."""

    land: shapely.MultiPolygon
    settlements: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    water: gpd.GeoDataFrame
    admin: gpd.GeoDataFrame
    land_use: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame


def seeded(*names: str | int) -> np.random.Generator:
    """Make a generator of random numbers that depends on its names only."""
    return np.random.default_rng([SEED, *(zlib.crc32(str(name).encode()) for name in names)])


@cache
def _origin() -> Floats:
    """Centre of the island in `METRIC`."""
    point = gpd.GeoSeries.from_xy([CENTRE[0]], [CENTRE[1]], crs="EPSG:4326").to_crs(METRIC).iloc[0]
    return np.array([point.x, point.y])


def _place(pairs: str) -> Floats:
    """Read pairs of kilometres, as metres."""
    return 1000 * np.array([[float(part) for part in pair.split()] for pair in pairs.split(",")]) + _origin()


def _blob(rng: np.random.Generator, centre: Floats, radius: float, *, waves: int = 6) -> shapely.Polygon:
    """Draw a round shape with a wavy edge."""
    angle = np.linspace(0, 2 * math.pi, 4 * waves, endpoint=False)
    edge = np.ones(4 * waves)
    for wave in range(2, waves):
        edge += rng.normal(0, 0.22 / wave**0.8) * np.cos(wave * angle + rng.uniform(0, 2 * math.pi))
    edge = radius * np.clip(edge, 0.45, 1.7)
    return shapely.Polygon(centre + np.column_stack([edge * np.cos(angle), edge * np.sin(angle)]))


def _draw_land() -> shapely.MultiPolygon:
    """Draw the coast, and an islet beside it."""
    corners = _place(_COAST)
    closed = np.vstack([corners, corners[:1]])
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    along = np.linspace(0, length[-1], 520, endpoint=False)
    curve = CubicSpline(length, closed, bc_type="periodic")
    line, ahead = curve(along), curve(along, 1)
    rng = seeded("coast")
    shift = sum(
        rng.normal(0, 1000 / wave**0.85) * np.cos(wave * 2 * math.pi * along / length[-1] + rng.uniform(0, 2 * math.pi))
        for wave in range(9, 90, 3)
    )
    sideways = np.column_stack([ahead[:, 1], -ahead[:, 0]]) / np.hypot(*ahead.T)[:, np.newaxis]
    main = shapely.Polygon(line + sideways * np.asarray(shift)[:, np.newaxis]).buffer(0)
    x, y, radius = _ISLET
    return shapely.MultiPolygon([main, _blob(rng, _place(f"{x} {y}")[0], 1000 * radius)])


def _bend(rng: np.random.Generator, start: Floats, end: Floats, share: float) -> Floats:
    """Draw a line between two points that bends as roads do: each middle is moved to the side."""
    line = np.array([start, end])
    for _ in range(4):
        step = np.diff(line, axis=0)
        middle = (
            line[:-1] + step / 2 + rng.normal(0, share, (len(step), 1)) * np.column_stack([-step[:, 1], step[:, 0]])
        )
        line = np.vstack([np.column_stack([line[:-1], middle]).reshape(-1, 2), line[-1:]])
        share *= 0.75
    return line


def _name_settlements() -> gpd.GeoDataFrame:
    """List the settlements."""
    rows = [row.strip().split(",") for row in _SETTLEMENTS.strip().replace("\n", ";").split(";")]
    frame = pd.DataFrame(rows, columns=["name", "x", "y", "population", "adm2_pcode"])
    frame["population"] = frame["population"].astype(int)
    kinds = np.select([frame["population"] >= _TOWN, frame["population"] >= 400], ["town", "village"], "hamlet")
    frame.insert(1, "place", kinds)
    points = gpd.points_from_xy(*(1000 * frame[["x", "y"]].astype(float).to_numpy() + _origin()).T)
    return gpd.GeoDataFrame(frame.drop(columns=["x", "y"]), geometry=points, crs=METRIC)


def _draw_roads(settlements: gpd.GeoDataFrame, land: shapely.MultiPolygon) -> gpd.GeoDataFrame:
    """Draw roads from settlement to settlement, and tracks into the fields."""
    points = settlements.set_index("name").geometry
    rows = []
    for line in _ROADS.strip().splitlines():
        kind, chains = line.strip().split(": ")
        for chain in chains.split("; "):
            for one, other in itertools.pairwise(chain.split(", ")):
                start, end = (np.array(points[name].coords[0]) for name in (one, other))
                rows.append((f"{one} - {other}", kind, _bend(seeded("road", one, other), start, end, share=0.09)))
    for name, point in points.items():
        rng = seeded("tracks", str(name))
        for turn in np.linspace(0, 2 * math.pi, 3, endpoint=False) + rng.uniform(0, 2 * math.pi):
            end = np.array(point.coords[0]) + rng.uniform(700, 1600) * np.array([np.cos(turn), np.sin(turn)])
            if land.buffer(-200).contains(shapely.Point(end)):
                rows.append(("", "track", _bend(rng, np.array(point.coords[0]), end, share=0.12)))
    frame = pd.DataFrame([row[:2] for row in rows], columns=["name", "highway"])
    lines = shapely.intersection([shapely.LineString(row[2]) for row in rows], land.buffer(-60))
    return gpd.GeoDataFrame(frame, geometry=lines, crs=METRIC)


def _draw_water(land: shapely.MultiPolygon) -> gpd.GeoDataFrame:
    """Draw the rivers, down to the sea."""
    lines = []
    for name, pairs in _RIVERS.items():
        corners = _place(pairs)
        step = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(corners, axis=0).T))])
        along = np.linspace(0, step[-1], int(step[-1] // 250))
        line = CubicSpline(step, corners)(along)
        line[1:-1] += seeded("river", name).normal(0, 70, (len(line) - 2, 2))
        lines.append(shapely.intersection(shapely.LineString(line), land))
    frame = pd.DataFrame({"name": list(_RIVERS), "waterway": ["river", "river", "stream"]})
    return gpd.GeoDataFrame(frame, geometry=lines, crs=METRIC)


def _draw_admin(settlements: gpd.GeoDataFrame, land: shapely.MultiPolygon) -> gpd.GeoDataFrame:
    """Draw districts: each settlement brings the land that is nearest to it."""
    cells = settlements.geometry.voronoi_polygons(extend_to=land.buffer(5000).envelope)
    own = gpd.GeoDataFrame(geometry=cells).sjoin(settlements[["adm2_pcode", "geometry"]], predicate="contains")
    whole = own.dissolve("adm2_pcode").geometry.intersection(land)
    codes = whole.index.to_series()
    columns = {
        "ADM0_EN": "Ashvora",
        "ADM0_PCODE": "XE",
        "ADM1_EN": codes.str[:4].map(_PROVINCES),
        "ADM1_PCODE": codes.str[:4],
        "ADM2_EN": codes.map(_DISTRICTS),
        "ADM2_PCODE": codes,
    }
    return gpd.GeoDataFrame(pd.DataFrame(columns).reset_index(drop=True), geometry=whole.to_list(), crs=METRIC)


def home_radius(population: float) -> float:
    """Radius in metres of a settlement; towns are built more densely than villages."""
    return float(150 * (population / 100) ** 0.38)


def _draw_fields(name: str, point: shapely.Point, population: float) -> list[shapely.Polygon]:
    """Draw the fields around one settlement: a turned grid with crooked corners, thinner further out."""
    rng = seeded("fields", name)
    turn, side = rng.uniform(0, math.pi / 2), rng.uniform(400, 560)
    reach = home_radius(population) + 500 + 22 * math.sqrt(population)
    count = int(reach // side) + 1
    knots = side * np.stack(np.meshgrid(*[np.arange(-count, count + 1.0)] * 2), axis=-1)
    knots += rng.normal(0, side / 12, knots.shape)
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    knots = knots @ rotation + np.array(point.coords[0])
    fields = []
    for i, j in itertools.product(range(2 * count), repeat=2):
        corners = knots[[i, i, i + 1, i + 1], [j, j + 1, j + 1, j]]
        distance = np.hypot(*(corners.mean(axis=0) - np.array(point.coords[0])))
        if distance < reach and rng.random() < 1.05 - 0.75 * (distance / reach) ** 2:
            fields.append(shapely.Polygon(corners).buffer(-side / 40, join_style="mitre"))
    return fields


def _draw_land_use(
    settlements: gpd.GeoDataFrame, land: shapely.MultiPolygon, water: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Draw homes, fields, meadows along rivers, and forest on the hills; nothing overlaps."""
    inland = land.buffer(-90).difference(water.buffer(25).union_all())
    homes, fields = [], []
    for row in settlements.itertuples():
        homes.append(_blob(seeded("homes", row.name), np.array(row.geometry.coords[0]), home_radius(row.population)))
        fields.extend(_draw_fields(row.name, row.geometry, row.population))
    kept = list(homes)
    for field in shapely.intersection(fields, inland):
        near = np.array(kept)[shapely.intersects(kept, field)]
        left = field.difference(shapely.union_all(shapely.buffer(near, 10))) if len(near) else field
        if left.geom_type == "Polygon" and left.area > 40_000:
            kept.append(left)
    rows = [("residential", home.intersection(land.buffer(-20))) for home in homes]
    rows += [("farmland", field) for field in kept[len(homes) :]]
    taken = shapely.union_all(kept)
    meadows = inland.intersection(water.buffer(420).union_all()).difference(taken)
    rng = seeded("forest")
    hills = _place(
        "-9.4 8.0, -5.2 6.6, 9.4 5.0, 7.6 9.6, -4.4 -1.6, 7.4 -2.4, 12.6 3.6, -11.6 -2.2, -8.6 -10.4, 3.2 5.6"
    )
    woods = shapely.union_all([_blob(rng, hill, rng.uniform(900, 2000), waves=14) for hill in hills])
    woods = woods.intersection(inland).difference(taken).difference(meadows)
    for kind, shape in (("meadow", meadows), ("forest", woods)):
        parts = shapely.get_parts(shape.buffer(-40).buffer(30).simplify(25))
        rows.extend((kind, part) for part in parts if part.area > 60_000)
    frame = pd.DataFrame({"landuse": [row[0] for row in rows]})
    return gpd.GeoDataFrame(frame, geometry=[row[1] for row in rows], crs=METRIC)


def _place_facilities(settlements: gpd.GeoDataFrame, land: shapely.MultiPolygon) -> gpd.GeoDataFrame:
    """Place schools, clinics, wells and the like by the number of people, tagged as in OpenStreetMap."""
    rows = []
    for row in settlements.itertuples():
        rng, town = seeded("facilities", row.name), row.population >= _TOWN
        wanted = ["school"] * max(1, round(row.population / 950))
        wanted += ["clinic"] * (2 if town else int(row.population >= 800)) + ["hospital"] * int(row.population >= 5000)
        wanted += ["water_well"] * (2 if town else 1 + row.population // 400) + ["drinking_water"] * (3 if town else 0)
        wanted += ["marketplace"] * int(row.population >= 900) + ["community_centre"] * int(row.population >= 600)
        number: dict[str, int] = {}
        for kind in wanted:
            number[kind] = number.get(kind, 0) + 1
            spread = home_radius(row.population) * (0.55 if kind != "water_well" else 0.9)
            place = np.array(row.geometry.coords[0])
            where = shapely.Point(place + rng.normal(0, spread / 1.6, 2))
            where = where if land.buffer(-50).contains(where) else row.geometry
            words = f"{row.name} {kind.replace('_', ' ')}" + (f" {number[kind]}" if wanted.count(kind) > 1 else "")
            named = kind in {"school", "clinic", "hospital", "marketplace"}
            rows.append(
                {
                    "name": words if named else "",
                    "amenity": "" if kind == "water_well" else kind,
                    "healthcare": kind if kind in {"clinic", "hospital"} else "",
                    "man_made": kind if kind == "water_well" else "",
                    "geometry": where,
                }
            )
    return gpd.GeoDataFrame(rows, crs=METRIC)


@cache
def draw_island() -> Island:
    """Draw the island; always the same one."""
    land = _draw_land()
    settlements = _name_settlements()
    water = _draw_water(land)
    return Island(
        land=land,
        settlements=settlements,
        roads=_draw_roads(settlements, land),
        water=water,
        admin=_draw_admin(settlements, land),
        land_use=_draw_land_use(settlements, land, water),
        facilities=_place_facilities(settlements, land),
    )


def count_people(island: Island) -> tuple[npt.NDArray[np.float32], Affine]:
    """Count people in cells of a raster in degrees; sea is `NODATA`, land where nobody lives 0."""
    west, south, east, north = gpd.GeoSeries([island.land], crs=METRIC).to_crs("EPSG:4326").total_bounds
    left, top = math.floor(west / CELL_DEG) - 3, math.ceil(north / CELL_DEG) + 3
    columns, rows = math.ceil(east / CELL_DEG) + 3 - left, top - math.floor(south / CELL_DEG) + 3
    longitude = (left + 0.5 + np.arange(columns)) * CELL_DEG
    latitude = (top - 0.5 - np.arange(rows)) * CELL_DEG
    grid = gpd.GeoSeries.from_xy(*(axis.ravel() for axis in np.meshgrid(longitude, latitude)), crs="EPSG:4326")
    x, y = (axis.to_numpy() for axis in (grid.to_crs(METRIC).x, grid.to_crs(METRIC).y))
    dry = shapely.contains_xy(island.land, x, y)
    people = np.zeros(len(x))
    homes = island.land_use.loc[island.land_use["landuse"] == "residential", "geometry"].to_list()
    for row, home in zip(island.settlements.itertuples(), homes, strict=True):
        rng = seeded("people", row.name)
        distance = np.hypot(x - row.geometry.x, y - row.geometry.y)
        near = np.flatnonzero((distance < 2600) & dry)
        built = shapely.contains_xy(home, x[near], y[near])
        dense = np.exp(-distance[near] / (0.7 * home_radius(row.population))) * rng.lognormal(0, 0.5, len(near))
        farms = 0.04 * rng.exponential(1, len(near)) * (rng.random(len(near)) < 0.03)
        weight = np.where(built, dense, farms)
        people[near] += row.population * weight / weight.sum()
    counted = np.where(dry, np.round(people, 2), NODATA).astype(np.float32).reshape(rows, columns)
    return counted, Affine(CELL_DEG, 0.0, left * CELL_DEG, 0.0, -CELL_DEG, top * CELL_DEG)
