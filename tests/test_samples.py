"""The samples that come with the package are found, small, and marked as invented where they are."""

import warnings

import pytest

from uxomap import InputError, read_reports, sample_data
from uxomap.reports import PersonalColumnsWarning

#: What each messy file needs to be said, and what then becomes of its rows: accepted, assumed, rejected.
MESSY = {
    "cluster_hxl.csv": ({}, (0, 5, 0)),
    "events_acled.csv": ({}, (0, 5, 4)),
    "hotline.xlsx": ({}, (0, 8, 3)),
    "operator_sk42.csv": ({"columns": {"northing": "X", "easting": "Y"}, "crs": "SK-42 zone 10"}, (2, 1, 1)),
    "partner.kml": ({}, (0, 3, 0)),
    "patrol_utm.csv": ({"zone_letters": "band", "dates": "day-first"}, (0, 4, 0)),
    "survey_kobo.csv": ({}, (1, 4, 1)),
}


def test_the_messy_folder_holds_its_files_and_says_that_they_are_invented():
    folder = sample_data("messy")
    assert sorted(path.name for path in folder.iterdir()) == sorted(["README.md", *MESSY])
    assert sum(path.stat().st_size for path in folder.iterdir()) < 100_000
    assert "all invented" in (folder / "README.md").read_text(encoding="utf-8").splitlines()[0]


@pytest.mark.parametrize("name", MESSY)
def test_a_messy_file_is_read_with_what_must_be_said(name):
    said, (accepted, assumed, rejected) = MESSY[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PersonalColumnsWarning)
        reports = read_reports(sample_data("messy") / name, **said)
    counts = reports["status"].value_counts()
    assert [counts.get(status, 0) for status in ("accepted", "assumed", "rejected")] == [accepted, assumed, rejected]
    located = reports[~reports.geometry.is_empty]
    drawn = located.loc[located["longitude"].between(58, 59) & located["latitude"].between(39, 40)]
    # Two rows of the HXL table are wrong on purpose: without a country nothing tells.
    assert len(located) - len(drawn) == (2 if name == "cluster_hxl.csv" else 0)


def test_an_unknown_sample_is_refused_with_those_there_are():
    with pytest.raises(InputError, match=r"Must be one of: documented_strikes\.csv, exercise, messy\."):
        sample_data("villages.csv")
