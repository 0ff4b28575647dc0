"""Small layers for tests, and the files that an assessment leaves."""

import geopandas as gpd
import numpy as np
import pandas as pd

#: Files that `assess` leaves behind, sorted.
FILES = [
    "assessment.gpkg",
    "assessment.qgz",
    "hazard_areas.geojson",
    "intake.csv",
    "map.html",
    "map.pdf",
    "strikes.geojson",
    "summary.json",
    "unlocated.csv",
    "zones.geojson",
]

#: What the command line adds to them: it ranks the zones.
RANKED_FILES = sorted([*FILES, "criteria.csv", "priorities.csv", "priorities.geojson"])


def make_strikes(longitude, latitude, candidates, **columns) -> gpd.GeoDataFrame:
    """Strikes that keep the contract of the layer; columns not named get plain values."""
    size = len(longitude)
    values = {
        "strike_id": [f"S-{number}" for number in range(1, size + 1)],
        "report_ids": [f"{number}" for number in range(1, size + 1)],
        "n_reports": 1,
        "date_start": pd.Timestamp("2022-03-01"),
        "date_end": pd.Timestamp("2022-03-02"),
        "location_text": "a village",
        "munition_id": candidates,
        "munition_text": "words of a report",
        "munition_match": "exact",
        "munition_candidates": candidates,
        "rounds_low": 4.0,
        "rounds_expected": 4.0,
        "rounds_high": 4.0,
        "precision_m": 500.0,
        "bearing_deg": np.nan,
        "evidence": "delivered",
        "source": "a source",
        "source_url": "",
        "assumptions": "",
    } | columns
    frame = pd.DataFrame(values, index=range(size))
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(longitude, latitude), crs="EPSG:4326")
