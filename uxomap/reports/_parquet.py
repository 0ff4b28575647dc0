"""Parquet files, with geometry (GeoParquet) or without."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from uxomap.errors import InputError
from uxomap.reports._limits import MAX_CELLS, check_lengths, refuse_size
from uxomap.reports._source import Table
from uxomap.reports._stated import Stated
from uxomap.reports._vector import frame_table

#: A Parquet file that unpacks to more than this is refused, in bytes.
_MAX_UNPACKED = 2_000_000_000


def read_parquet(path: Path, stated: Stated) -> Table:
    """Read a Parquet file, with the shapes of its rows where it has any."""
    try:
        about = pq.read_metadata(path)
        size = sum(about.row_group(group).total_byte_size for group in range(about.num_row_groups))
        if about.num_rows * about.num_columns > MAX_CELLS or size > _MAX_UNPACKED:
            raise refuse_size(str(path))
        placed = b"geo" in (about.metadata or {})
        frame = gpd.read_parquet(path) if placed else pd.read_parquet(path)
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError, NotImplementedError, RuntimeError) as error:
        if isinstance(error, InputError):
            raise
        reason = " ".join(str(error).split())[:200]
        message = f"{path} cannot be read as Parquet: {reason}. Write it again, or save the table as CSV."
        raise InputError(message) from error
    index = [name for name in frame.index.names if name is not None]
    # An index with a name was a column of somebody's table.
    frame = frame.reset_index() if index and not set(index) & set(frame.columns) else frame
    check_lengths(pd.DataFrame(frame), str(path))
    form = "GeoParquet" if placed else "Parquet"
    return frame_table(frame, name=str(path), form=form, crs_said=stated.crs is not None)
