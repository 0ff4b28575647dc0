"""What is found out about the place of each row, before it becomes a point."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from uxomap.reports._texts import Objects, no_notes

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

WGS84 = "EPSG:4326"

MAX_LONGITUDE, POLE = 180.0, 90.0


@dataclass(slots=True)
class Places:
    """
    Longitude, latitude (NaN where none), their CRS, the radii that shapes and digits imply, and what is wrong.

    ``digits_m`` holds what digits and the shift of the datum allow at best, ``limit`` the words for it; ``stated_m``
    the radius that a place states of itself. ``spread`` marks shapes other than points; ``notes`` tell what was
    assumed.
    """

    longitude: Floats
    latitude: Floats
    crs_stated: str
    shape_m: Floats
    digits_m: Floats
    stated_m: Floats
    spread: Bools
    faults: Objects
    missing: Objects
    notes: Objects
    limit: str = "the digits of the coordinates allow"

    def usable(self) -> Bools:
        """Tell which rows have a place without a fault."""
        found = (self.faults == "") & (self.missing == "") & np.isfinite(self.longitude) & np.isfinite(self.latitude)
        return np.asarray(found, dtype=bool)


def make_places(longitude: Floats, latitude: Floats, crs_stated: str) -> Places:
    """Make places of which nothing more is known yet."""
    count = len(longitude)
    return Places(
        longitude,
        latitude,
        crs_stated,
        shape_m=np.full(count, np.nan),
        digits_m=np.full(count, np.nan),
        stated_m=np.full(count, np.nan),
        spread=np.zeros(count, dtype=bool),
        faults=no_notes(count),
        missing=no_notes(count),
        notes=no_notes(count),
    )
