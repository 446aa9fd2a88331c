"""Where people may be, and how far off a drone stays (EASA AMC1 UAS.OPEN.030: the 1:1 rule)."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.affinity import translate

from missions.crowd.people import Extent, grown, standoff, swept
from missions.errors import PlanningError
from missions.plan import Crowd
from missions.projection import LocalFrame

FRAME = LocalFrame(34.0, 71.5)
L_SHAPE = shapely.Polygon([(0, 0), (150, 10), (160, 90), (70, 60), (60, 120), (0, 100)])
RING = shapely.Polygon(
    [(0, 0), (100, 0), (100, 100), (0, 100)], [[(40, 40), (40, 60), (60, 60), (60, 40)]]
)


@pytest.mark.parametrize(("height", "away"), [(10, 30), (30, 30), (31, 31), (120, 120)])
def test_the_distance_is_the_height_and_never_under_thirty_metres(
    height: float, away: float
) -> None:
    assert standoff(height) == away


@given(
    st.sampled_from([L_SHAPE, RING]), st.floats(-300, 300), st.floats(-300, 300), st.floats(0, 1)
)
def test_a_sweep_covers_the_crowd_at_every_moment(
    shape: shapely.Polygon, east: float, north: float, share: float
) -> None:
    on_the_way = shapely.transform(shape, lambda xy: np.add(xy, (east * share, north * share)))
    assert on_the_way.difference(swept(shape, east, north)).area < 1e-3  # a micrometre around


@given(st.floats(-300, 300), st.floats(-300, 300))
def test_a_sweep_covers_no_more_than_the_places_it_passes(east: float, north: float) -> None:
    moments = [translate(L_SHAPE, east * t, north * t) for t in np.linspace(0, 1, 200)]
    passed = shapely.union_all(moments, grid_size=1e-6)
    # Between two of the 200 moments a corner moves 2.1 m at most.
    assert swept(L_SHAPE, east, north).difference(passed.buffer(2.2)).area < 1e-6


@given(st.floats(0.1, 500))
def test_a_grown_shape_is_nowhere_nearer_than_asked_and_hardly_farther(distance: float) -> None:
    edge = grown(L_SHAPE, distance).boundary.segmentize(1.0)
    away = shapely.distance(shapely.points(shapely.get_coordinates(edge)), L_SHAPE)
    assert away.min() >= distance * (1 - 1e-9)
    assert away.max() <= distance * 1.005


def test_a_crowd_that_walks_and_grows_is_kept_off_where_it_will_be() -> None:
    square = FRAME.unproject(shapely.box(0, 0, 100, 100))
    crowd = Crowd(
        polygon=dict(shapely.geometry.mapping(square)),
        course=90,
        speed=1.5,
        growth=0.1,
        position_error=4,
    )
    extent = Extent.of(crowd, FRAME)
    west, south, east, north = extent.within(0, 60).bounds
    # 90 m of walking eastwards, 6 m of growth, 4 m of error.
    assert (west, south) == pytest.approx((-10, -10), abs=0.06)
    assert (east, north) == pytest.approx((200, 110), abs=0.06)
    keep_out = extent.keep_out(50, 0, 60, 30)
    assert keep_out.bounds[2] == pytest.approx(250, abs=0.3)
    assert extent.within(60, 60).bounds[0] == pytest.approx(80, abs=0.06)


@pytest.mark.parametrize(
    ("polygon", "said"),
    [
        ({"type": "Point", "coordinates": [71.5, 34]}, "not one valid polygon"),
        ({"type": "Polygon"}, "cannot be read"),
        (
            {
                "type": "Polygon",
                "coordinates": [
                    [[71.5, 34], [71.51, 34.01], [71.51, 34], [71.5, 34.01], [71.5, 34]]
                ],
            },
            "not one valid polygon",
        ),
    ],
)
def test_a_crowd_without_a_valid_polygon_is_refused(polygon: dict[str, object], said: str) -> None:
    with pytest.raises(PlanningError, match=said):
        Extent.of(Crowd(polygon=polygon), FRAME)
