"""The fewest places from which a whole crowd is seen."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from missions.crowd.people import Extent
from missions.crowd.ring import perimeter
from missions.crowd.sight import Demand, Obstacle, in_frame, near_enough
from missions.crowd.stations import _cover, cells_of, fewest
from missions.drones import Camera
from missions.errors import PlanningError
from missions.projection import LocalFrame

FRAME = LocalFrame(34.0, 71.5)
WIDE = Camera(
    name="wide",
    sensor_width=6.4,
    sensor_height=4.8,
    focal_length=4.5,
    image_width=4000,
    image_height=3000,
)
PROCESSION = shapely.Polygon([(0, 0), (150, 10), (160, 90), (70, 60), (60, 120), (0, 100)])


def crowd(polygon: shapely.Polygon, velocity: tuple[float, float] = (0.0, 0.0)) -> Extent:
    return Extent(FRAME, polygon, velocity, 0.0, 5.0)


def test_every_cell_of_a_crowd_is_seen_by_a_post_and_no_post_is_over_people() -> None:
    people = crowd(PROCESSION, (0.3, 0.0))
    watch = fewest(people, WIDE, (40.0,), horizon=60, least=30, demand=Demand(0.15, 10))
    assert watch.seen == 1
    extent = people.within(0, 60)
    assert isinstance(extent, shapely.Polygon)
    # Other cells than those that the posts were chosen by.
    cells = cells_of(extent, 1500)
    seen = np.zeros(len(cells), bool)
    for post in watch.posts:
        assert extent.distance(shapely.Point(post.place)) >= 40 - 0.02
        offsets = cells - post.place
        looked = in_frame(offsets, post.height, np.array([post.yaw]), np.array([post.pitch]), WIDE)[
            0
        ]
        seen |= looked & near_enough(offsets, post.height, WIDE, Demand(0.15, 10))
    assert seen.mean() > 0.995


def test_higher_up_fewer_posts_do() -> None:
    people = crowd(PROCESSION)
    low = fewest(people, WIDE, (30.0,), horizon=30, least=30, demand=Demand(0.15, 10))
    both = fewest(people, WIDE, (30.0, 60.0), horizon=30, least=30, demand=Demand(0.15, 10))
    assert len(both.posts) <= len(low.posts)
    assert both.proved


def test_a_post_stays_where_it_is_allowed() -> None:
    people = crowd(shapely.box(0, 0, 60, 60))
    east = shapely.box(60, -500, 500, 500)
    watch = fewest(people, WIDE, (40.0,), horizon=0, least=30, demand=Demand(0.2, 5), allowed=east)
    assert all(post.place[0] >= 60 for post in watch.posts)


def test_a_house_in_the_way_takes_another_post_or_place() -> None:
    people = crowd(shapely.box(0, 0, 60, 60))
    south_wall = Obstacle(shapely.box(-30, -12, 90, -8), 30.0)
    watch = fewest(
        people, WIDE, (40.0,), horizon=0, least=30, demand=Demand(0.2, 5), obstacles=(south_wall,)
    )
    assert watch.seen == 1
    assert all(post.place[1] > -12 or abs(post.place[0] - 30) > 60 for post in watch.posts)


def test_a_crowd_that_cannot_be_seen_well_enough_is_said_with_the_share() -> None:
    with pytest.raises(PlanningError, match=r"only \d+ % of the crowd can be seen.*longer lens"):
        fewest(
            crowd(shapely.box(0, 0, 400, 400)),
            WIDE,
            (40.0,),
            horizon=0,
            least=30,
            demand=Demand(0.05, 10),
        )


@given(
    hnp.arrays(np.bool_, st.tuples(st.integers(1, 9), st.integers(1, 12))),
    st.sampled_from([0.0, 30.0]),
    st.data(),
)
@settings(max_examples=60)
def test_no_smaller_choice_covers_all_from_places_apart(
    sees: np.ndarray, apart: float, data: st.DataObject
) -> None:
    sees[0] |= ~sees.any(axis=0)  # each cell is seen from somewhere
    places = data.draw(hnp.arrays(float, (len(sees), 2), elements=st.integers(0, 60)))

    def do(rows: list[int]) -> bool:
        near = (math.dist(a, b) < apart for a, b in itertools.combinations(places[rows], 2))
        return bool(sees[rows].any(axis=0).all()) and not any(near)

    every = [
        [row for row in range(len(sees)) if choice >> row & 1] for choice in range(1 << len(sees))
    ]
    best = min((rows for rows in every if do(rows)), key=len, default=None)
    if best is None:
        with pytest.raises(PlanningError, match="only from posts nearer than 30 m to each other"):
            _cover(sees, places, apart)
        return
    chosen, proved = _cover(sees, places, apart)
    assert do(chosen.tolist())
    assert proved
    # Posts that see no more than another are left out first; with distances that may cost some.
    assert len(chosen) == len(best) or apart


@given(st.floats(20, 120), st.floats(-2, 2))
@settings(max_examples=25, deadline=None)
def test_the_ring_goes_round_the_people_at_the_distance(height: float, speed: float) -> None:
    people = crowd(PROCESSION, (speed, 0.5))
    route = perimeter(people, height, horizon=60, least=30)
    ring = shapely.LineString(route.points)
    extent = people.within(0, 60)
    assert ring.distance(extent) >= max(30, height) * (1 - 1e-9)
    assert shapely.Polygon(ring).covers(extent)
    assert shapely.hausdorff_distance(ring, extent.buffer(max(30, height)).exterior) < 8
    assert np.allclose(route.points[0], route.points[-1])
    assert not shapely.is_ccw(ring)


def test_no_single_ring_goes_round_two_crowds_apart() -> None:
    people = Extent(FRAME, PROCESSION, (40.0, 0.0), 0.0, 0.0)
    assert isinstance(people.keep_out(30, 0, 0, 30), shapely.Polygon)
    assert perimeter(people, 30, horizon=0, least=30).length > 0
