import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from uxomap.coverage import share_cells
from uxomap.polygons import dissolve


def test_cells_of_a_field_and_a_half():
    fields = np.array([shapely.box(0, 0, 1, 2), shapely.box(2.5, 0.25, 3, 0.75)])
    owner, row, column, share = share_cells(fields, np.ones((2, 4)), (0.0, 2.0), 1.0)
    assert list(zip(owner.tolist(), row.tolist(), column.tolist(), share.tolist(), strict=True)) == [
        (0, 0, 0, 1.0),
        (0, 1, 0, 1.0),
        (1, 1, 2, 0.25),
    ]


def test_a_field_beside_the_cells_has_none():
    owner, *_ = share_cells(np.array([shapely.box(9, 9, 10, 10)]), np.ones((2, 2)), (0.0, 2.0), 1.0)
    assert not owner.size


@given(st.floats(0.2, 7.8), st.floats(0.2, 7.8), st.floats(0.05, 5.0), st.integers(3, 40))
def test_shares_add_up_to_the_area_and_agree_with_cutting(x, y, radius, corners):
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    field = shapely.Polygon(np.column_stack([x + radius * np.cos(turn), y + radius * np.sin(turn)]))
    owner, row, column, share = share_cells(np.array([field]), np.ones((8, 8)), (0.0, 8.0), 1.0)
    boxes = shapely.box(column, 7.0 - row, column + 1.0, 8.0 - row)
    assert np.allclose(share, shapely.area(shapely.intersection(boxes, field)), atol=1e-6)
    assert np.isclose(share.sum(), shapely.intersection(field, shapely.box(0, 0, 8, 8)).area, atol=1e-5)
    assert not owner.any()


@given(st.lists(st.tuples(st.floats(0, 20), st.floats(0, 20)), min_size=1, max_size=30))
def test_dissolving_is_the_union(corners):
    fields = np.array([shapely.box(x, y, x + 1.5, y + 1.5) for x, y in corners])
    united, labels = dissolve(fields)
    whole = shapely.union_all(fields)
    assert np.isclose(shapely.area(united).sum(), whole.area)
    assert len(united) == len(shapely.get_parts(whole)) == len(set(labels.tolist()))
