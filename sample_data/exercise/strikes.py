"""Invented reports of strikes on the island, and what truly happened, drawn from the method's own assumptions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from island import METRIC, NOTICE, Floats, Island, seeded

from uxomap import dud_rate, find_strikes, read_reports
from uxomap.crs import offset_points
from uxomap.distributions import CountRange, beta_from_interval
from uxomap.items import UNDISPERSED_SHARE, footprint_sigmas
from uxomap.munitions import KAPPA, find_munition
from uxomap.precision import position_sigma

#: Number of reports, words for the munition and words for the count; the words are taken in turn.
_KINDS = """
    9 | 9M27K Uragan cluster rocket; Uragan cluster rocket; 220mm Uragan, cluster | 1; 2; 1-2; 3?; 2 tail sections found
    4 | 9M55K; Smerch cluster rocket | 1; 1; 2
    9 | M483A1; 155mm M483A1 cargo shell; DPICM shell M483A1 | 4; about 6; 2-4; at least 3; 8
    1 | M26 rocket | 1
    2 | RBK-500 | 1; 2
    1 | RBK-500 ShOAB-0.5 | 1
    2 | BL755 | 1; 2
    2 | cluster bombs | 1; 2
    2 | cluster munition | 1; 1-2
    8 | 155mm shells; 155mm HE shells | 12; 20-30; about 15; several
    5 | 152mm HE shells; 152mm artillery shells | 10; dozens; 18
    7 | 120mm mortar; 120mm mortar bombs | 6; about 10; 14 craters; several
    4 | 82mm mortar bombs; 82 mm mortar | 8; 5-10; 20 craters
    3 | mortar | ; several
    4 | Grad rockets; 122mm Grad rocket, high explosive | 12; about 20; up to 40
    2 | PFM-1 mines; butterfly mines, Uragan | 1; 2
    1 | POM-3 | 2
    2 | rockets | 3; several
    2 | unknown; explosions heard |
    1 | 9M27K Uragan cluster rocket | 1 rocket, warhead unopened
"""

#: Words for the precision of a place, how often they are used, and the digits of the coordinates.
_PRECISIONS = (("gps", 14, 5), ("100 m", 15, 5), ("exact", 19, 4), ("1 km", 9, 3), ("village", 6, 3))

#: Reports that name no place but a district.
_DISTRICT_ONLY = 4

#: Which draw of the shares left live of the types is the truth.
_DRAW = 1

#: How often each settlement is named.
_STRUCK = """
    Port Ishvel 9, Demmarel 4, Tavorin 9, Ninveth 4, Sarrowin 3, Gavraste 4, Teshmarine 6, Kessmora 8, Orshenta 3,
    Quarlisse 5, Imbrevel 3, Vostelmi 3, Jendorra 2, Halvimor 2, Ulverrin 2, Yssomere 2, Pellashar 2, Olvastane 2,
    Missoreth 1, Ruvelis 1, Lommerith 1, Avrelune 1
"""
_SOURCES = ("Ashvora Hotline", "Village committees", "Lantern Relief", "Road service", "Farmers' union")

#: What nobody reported: where, and with what.
_UNREPORTED = (("Elkavost", "9m27k", 2), ("Imbrevel", "m483a1", 6), ("Avrelune", "9m55k", 1))

#: Metres from the shore within which no strike is placed, so that everything lies on land.
_SHORE_M = 700.0

_COLUMNS = [
    *("ref", "date", "place", "district", "latitude", "longitude", "precision"),
    *("munition", "rounds", "long_axis_deg", "source", "notice"),
]


@dataclass(frozen=True)
class Truth:
    """What happened: one row a strike, and one row for each item left live."""

    strikes: pd.DataFrame
    items: pd.DataFrame


def _deal(rng: np.random.Generator, words: list[str]) -> list[str]:
    """Shuffle words."""
    return [words[place] for place in rng.permutation(len(words))]


def _munition_words() -> list[tuple[str, str]]:
    """Words for munition and count of each report, from exact to vague."""
    told: list[tuple[str, str]] = []
    for line in _KINDS.strip().splitlines():
        number, munitions, counts = (part.strip() for part in line.split("|"))
        names, rounds = ([word.strip() for word in words.split(";")] for words in (munitions, counts))
        told.extend((names[one % len(names)], rounds[one % len(rounds)]) for one in range(int(number)))
    return told


def _date_words(rng: np.random.Generator, day: pd.Timestamp) -> str:
    """Write a date as people do."""
    kind = rng.random()
    if kind < 0.6:
        return f"{day:%Y-%m-%d}"
    if kind < 0.8:
        return f"{day.day} {day:%B %Y}"
    if kind < 0.92:
        return f"{day:%Y-%m-%d}/{day + pd.Timedelta(days=2):%Y-%m-%d}"
    return f"{day:%B %Y}"


class Places:
    """Where something can be struck: fields, roads and homes around a settlement, on land."""

    def __init__(self, island: Island) -> None:
        """Keep what is looked up often."""
        self.island = island
        self.inland = island.land.buffer(-_SHORE_M)
        shapely.prepare(self.inland)
        self.points = island.settlements.set_index("name").geometry
        self.fields = island.land_use.loc[island.land_use["landuse"] == "farmland", "geometry"].to_numpy()
        self.roads = shapely.union_all(island.roads.geometry.to_numpy())

    def near(self, rng: np.random.Generator, name: str) -> Floats:
        """Choose a place: in a field, on a road or among homes."""
        centre = self.points[name]
        while True:
            kind = rng.random()
            if kind < 0.5:
                fields = self.fields[shapely.distance(self.fields, centre) < 1800]
                field = fields[rng.integers(len(fields))]
                found = np.array(field.centroid.coords[0]) + rng.normal(0, 60, 2)
            elif kind < 0.8:
                ring = self.roads.intersection(centre.buffer(rng.uniform(400, 2600)).exterior)
                points = shapely.get_parts(ring)
                found = np.array(points[rng.integers(len(points))].coords[0]) if len(points) else np.full(2, np.nan)
            else:
                found = np.array(centre.coords[0]) + rng.normal(0, 350, 2)
            if shapely.contains_xy(self.inland, *found):
                return found


def _to_degrees(place: Floats) -> tuple[float, float]:
    """Turn metres into longitude and latitude."""
    point = gpd.GeoSeries.from_xy([place[0]], [place[1]], crs=METRIC).to_crs("EPSG:4326").iloc[0]
    return point.x, point.y


def invent_reports(island: Island) -> pd.DataFrame:
    """Invent the table of reports, as it was typed."""
    rng = seeded("reports")
    places = Places(island)
    told = _munition_words()
    order = rng.permutation(len(told))
    precisions = _deal(rng, [row[0] for row in _PRECISIONS for _ in range(row[1])] + ["district"] * _DISTRICT_ONLY)
    names = [name.strip().rpartition(" ") for name in _STRUCK.strip().split(",")]
    struck = _deal(rng, [name for name, _, number in names for _ in range(int(number))])
    digits = {row[0]: row[2] for row in _PRECISIONS}
    districts = island.settlements.set_index("name")["adm2_pcode"]
    district_names = island.admin.set_index("ADM2_PCODE")["ADM2_EN"]
    days = np.sort(rng.integers(0, 170, len(order)))
    rows = []
    for number, (kind, day) in enumerate(zip(order, days, strict=True)):
        name, precision = struck[number % len(struck)], precisions[number % len(precisions)]
        row = dict.fromkeys(_COLUMNS, "") | {"ref": f"AH-{number + 1:03}", "notice": NOTICE}
        row["date"] = _date_words(rng, pd.Timestamp("2023-10-02") + pd.Timedelta(days=int(day)))
        row["district"] = district_names[districts[name]]
        row["munition"], row["rounds"] = told[kind]
        row["source"] = _SOURCES[int(rng.integers(len(_SOURCES)))]
        place = places.near(rng, name)
        if precision in {"1 km", "village"}:
            place = np.array(places.points[name].coords[0])
        if precision != "district":
            longitude, latitude = _to_degrees(place)
            row |= {"place": name, "precision": precision}
            row |= {"longitude": f"{longitude:.{digits[precision]}f}", "latitude": f"{latitude:.{digits[precision]}f}"}
        if precision in {"gps", "100 m"} and rng.random() < 0.25 and "rocket" in row["munition"]:
            row["long_axis_deg"] = str(int(rng.integers(18)) * 10)
        rows.append(row)
    return pd.DataFrame(_repeat_and_spoil(rows))


def _repeat_and_spoil(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Add second reports of three events, a place told as near a town, and two that cannot be used."""
    exact = [row for row in rows if row["precision"] in {"gps", "100 m"} and row["rounds"].isdecimal()]
    exact = [row for row in exact if row["date"][0].isdecimal()]
    again = []
    for number, row in enumerate(exact[:: len(exact) // 3][:3]):
        other = next(source for source in _SOURCES if source != row["source"])
        moved = f"{float(row['latitude']) + 0.0006:.5f}", f"{float(row['longitude']) - 0.0008:.5f}"
        again.append(row | {"source": other, "latitude": moved[0], "longitude": moved[1], "precision": "exact"})
        again[-1]["ref"] = f"{row['ref']}-R{number + 1}"
        if number == 1:  # another count: the rule leaves it open whether it is the same event
            again[-1]["rounds"] = str(int(row["rounds"]) + 3)
    near = next(row for row in rows if row["precision"] == "village")
    near |= {"place": f"near {near['place']}", "precision": ""}
    bad = [
        rows[20] | {"ref": f"{rows[20]['ref']}-R4", "latitude": "-129.98"},
        rows[40] | {"ref": f"{rows[40]['ref']}-R5", "latitude": "0", "longitude": "0"},
    ]
    return [*rows[:30], again[0], bad[0], *rows[30:55], again[1], bad[1], *rows[55:], again[2]]


def event_of(ref: str) -> str:
    """Name the event that a report tells of: repeated reports carry the reference of the first."""
    return ref.partition("-R")[0]


@cache
def _pool_mean(munition_id: str) -> float:
    """Draw the share left live of a type; types with the same evidence share the draw."""
    rate = dud_rate(munition_id)
    rng = seeded("type", _DRAW, rate.evidence_key)
    part = rng.choice(len(rate.pool.weights), p=rate.pool.weights)
    return float(rng.beta(rate.pool.alpha[part], rate.pool.beta[part]))


def _draw_left(rng: np.random.Generator, munition_id: str, rounds: CountRange, evidence: str) -> tuple[int, int]:
    """Draw how many carriers there were and how many items they left live."""
    entry = find_munition(munition_id)
    load = CountRange(*(float(entry[f"items_{end}"]) for end in ("low", "expected", "high")))
    counted = max(round(float(rounds.quantile(rng.random()))), 1)
    if evidence == "undispersed":
        pool = beta_from_interval(*UNDISPERSED_SHARE)
        share = rng.beta(pool.alpha[0], pool.beta[0])
    else:
        mean = min(max(_pool_mean(munition_id), 1e-6), 0.9)
        share = rng.beta(mean * KAPPA, (1 - mean) * KAPPA)
    if evidence == "explosions":
        left = int(rng.negative_binomial(counted, 1 - min(share, 0.8)))
        return counted + left, left
    items = max(round(counted * float(load.quantile(rng.random()))), 1)
    return counted, int(rng.binomial(items, share))


@dataclass(frozen=True)
class Drawn:
    """What is drawn for one strike before its items are scattered; the place in degrees."""

    name: str
    munition_id: str
    carriers: int
    left: int
    place: tuple[float, float]
    bearing: float
    evidence: str


def _shift(start: Floats, metres: Floats) -> Floats:
    """Move points in degrees by metres to the east and north."""
    return np.column_stack(offset_points(start[:, 0], start[:, 1], metres[:, 0], metres[:, 1]))


def _on_land(land: shapely.Geometry, start: Floats, draw: Callable[[int], Floats]) -> Floats:
    """Move points by what is drawn, again where one would fall into the sea."""
    found = start.copy()
    wet = np.ones(len(start), dtype=bool)
    while wet.any():
        found[wet] = _shift(start[wet], draw(int(wet.sum())))
        wet = ~shapely.contains_xy(land, found)
    return found


def _scatter(strike: Drawn, land: shapely.Geometry) -> pd.DataFrame:
    """Scatter the items of a strike around its carriers, on land."""
    rng = seeded("items", strike.name)
    entry = find_munition(strike.munition_id)
    salvo = float(entry["salvo_sigma_m"]) if strike.carriers > 1 else 0.0
    along, across = (0.0, 0.0) if strike.evidence == "undispersed" else footprint_sigmas(entry)
    sine, cosine = np.sin(np.radians(strike.bearing)), np.cos(np.radians(strike.bearing))

    def turned(size: int) -> Floats:
        length, width = (np.array([along, across]) * rng.normal(size=(size, 2))).T
        return np.column_stack([length * sine + width * cosine, length * cosine - width * sine])

    aim = np.tile(strike.place, (strike.carriers, 1))
    fell = _on_land(land, aim, lambda size: salvo * rng.normal(size=(size, 2)))
    alone = entry["items_high"] == 1  # a round is one item: no two at one place
    owner = (
        rng.permutation(strike.carriers)[: strike.left] if alone else rng.integers(strike.carriers, size=strike.left)
    )
    places = _on_land(land, fell[owner], turned)
    frame = pd.DataFrame(places, columns=["longitude", "latitude"])
    frame.insert(0, "munition_id", strike.munition_id)
    frame.insert(0, "strike", strike.name)
    return frame


def _draw_reported(island: Island, places: Places, row: Mapping[str, Any], land: shapely.Geometry) -> Drawn:
    """Draw what truly happened where a report was made."""
    name = event_of(row["report_ids"])
    rng = seeded("truth", name)
    chosen = str(rng.choice(row["munition_candidates"].split("|")))
    rounds = CountRange(row["rounds_low"], row["rounds_expected"], row["rounds_high"])
    carriers, left = _draw_left(rng, chosen, rounds, row["evidence"])
    if row["geometry"].is_empty:  # only a district is told: in one of its fields
        districts = island.admin.set_index("ADM2_EN").geometry
        own = next(shape for district, shape in districts.items() if district in row["location_text"])
        fields = places.fields[shapely.contains(own.intersection(places.inland), places.fields)]
        place = _to_degrees(np.array(fields[rng.integers(len(fields))].centroid.coords[0]))
    else:
        sigma = position_sigma(row["precision_m"])
        start = np.array([row["geometry"].coords[0]])
        place = tuple(_on_land(land, start, lambda size: sigma * rng.normal(size=(size, 2)))[0])
    bearing = row["bearing_deg"] if np.isfinite(row["bearing_deg"]) else float(rng.uniform(0, 180))
    return Drawn(name, chosen, carriers, left, place, bearing, row["evidence"])


def _draw_unreported(places: Places) -> list[Drawn]:
    """Draw the strikes that nobody reported."""
    drawn = []
    for number, (near, munition_id, carriers) in enumerate(_UNREPORTED, start=1):
        rng = seeded("unreported", number)
        counted, left = _draw_left(rng, munition_id, CountRange(carriers, carriers, carriers), "delivered")
        place = _to_degrees(places.near(rng, near))
        drawn.append(
            Drawn(f"nobody-{number}", munition_id, counted, left, place, float(rng.uniform(0, 180)), "delivered")
        )
    return drawn


def draw_truth(island: Island, reports: Path) -> Truth:
    """Draw what truly happened, given the reports, by the method's own assumptions."""
    places = Places(island)
    land = gpd.GeoSeries([island.land], crs=METRIC).to_crs("EPSG:4326").iloc[0]
    shapely.prepare(land)
    strikes = find_strikes(read_reports(reports), link=False)
    told = strikes.groupby(strikes["report_ids"].map(event_of), sort=True)["report_ids"]
    first = strikes[strikes["report_ids"] == strikes["report_ids"].map(event_of)]
    drawn = [_draw_reported(island, places, row, land) for row in first.to_dict("records")]
    drawn += _draw_unreported(places)
    ids = told.agg(lambda refs: "|".join(sorted(refs)))
    rows = [
        {
            "true_strike_id": strike.name,
            "report_ids": ids.get(strike.name, ""),
            "munition_id": strike.munition_id,
            "carriers": strike.carriers,
            "items_left": strike.left,
            "longitude": round(strike.place[0], 6),
            "latitude": round(strike.place[1], 6),
            "bearing_deg": round(strike.bearing, 1),
            "notice": NOTICE,
        }
        for strike in drawn
    ]
    items = pd.concat([_scatter(strike, land) for strike in drawn], ignore_index=True)
    items = items.rename(columns={"strike": "true_strike_id"}).round({"longitude": 6, "latitude": 6})
    items.insert(0, "item_id", [f"I-{number:05}" for number in range(1, len(items) + 1)])
    return Truth(pd.DataFrame(rows), items)
