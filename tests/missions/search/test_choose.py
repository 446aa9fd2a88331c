"""Which rectangles are searched next."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missions.errors import PlanningError
from missions.search.choose import Wave, choose, found
from missions.search.effort import divide, success
from missions.search.grid import Cells, Grid
from missions.search.units import Unit
from tests.missions.search.places import PESHAWAR, courses, lanes

GRID = Grid.around(PESHAWAR, (0, 0), 1500, 50)


def block(east: float, north: float, side: float, mass: float = 1.0) -> Cells:
    """Mass spread over a square of the map."""
    x, y = np.meshgrid(*(edges[:-1] + 25 for edges in GRID.edges()))
    inside = (np.abs(x - east) < side / 2) & (np.abs(y - north) < side / 2)
    return np.asarray(inside * (mass / inside.sum()))


def chosen(mass: Cells, wave: Wave) -> tuple[Unit, ...]:
    return choose(mass, GRID, wave)


def test_a_likely_block_is_swept_and_its_surroundings_are_not() -> None:
    (unit,) = chosen(block(500, -250, 600, 0.9) + block(0, 0, 3000, 0.05), Wave(1, 8000, 50))
    assert unit.rectangle is not None
    assert unit.rectangle.centre == pytest.approx((500, -250), abs=60)
    assert unit.rectangle.area == pytest.approx(600 * 600, rel=0.3)


@given(st.floats(1500, 20_000), st.floats(20, 150), st.integers(1, 4), st.booleans())
@settings(max_examples=12)
def test_no_drone_flies_more_than_its_effort_and_none_finds_more_than_the_best_division(
    length: float, width: float, count: int, creeping: bool
) -> None:
    mass = block(-300, 200, 900, 0.5) + block(700, 700, 500, 0.3)
    wave = Wave(count, length, width, creeping=creeping)
    units = chosen(mass, wave)
    assert 1 <= len(units) <= count
    for unit in units:
        assert unit.route.length <= length + 1e-6
    best = success(mass, 50**2, divide(mass, 50**2, count * length, width), width)
    assert 0 < found(units, mass, GRID, wave) <= best + 1e-9


def test_two_blocks_far_apart_get_a_drone_each() -> None:
    mass = block(-1000, -1000, 400, 0.5) + block(1000, 1000, 400, 0.45)
    units = chosen(mass, Wave(2, 5000, 50))
    centres = sorted(unit.rectangle.centre[0] for unit in units if unit.rectangle)
    assert centres == pytest.approx([-1000, 1000], abs=60)


def test_drones_in_one_block_search_strips_that_do_not_overlap() -> None:
    units = chosen(block(0, 0, 1000), Wave(3, 6000, 50))
    polygons = [unit.rectangle.polygon() for unit in units if unit.rectangle]
    assert len(polygons) == 3
    for index, one in enumerate(polygons):
        for other in polygons[index + 1 :]:
            assert one.intersection(other).area < 1


def test_drones_in_bordering_rectangles_fly_at_different_heights() -> None:
    mass = block(0, 0, 1000, 0.6) + block(600, 600, 800, 0.3)
    for count in (2, 3, 5):
        units = chosen(mass, Wave(count, 4000, 50, separation=12))
        areas = [(unit, unit.rectangle.polygon()) for unit in units if unit.rectangle]
        for index, (one, area) in enumerate(areas):
            for other, beside in areas[index + 1 :]:
                if area.distance(beside) < 1:
                    assert abs(one.height_offset - other.height_offset) >= 12


def test_more_effort_finds_more() -> None:
    mass = block(200, 0, 1200, 0.9)
    worth = [
        found(chosen(mass, Wave(1, length, 50)), mass, GRID, Wave(1, length, 50))
        for length in (2000, 5000, 10_000, 20_000)
    ]
    assert worth == sorted(worth)


def test_a_creeping_line_begins_at_the_likelier_end() -> None:
    mass = block(-300, 0, 600, 0.3) + block(300, 0, 600, 0.6)
    (unit,) = chosen(mass, Wave(1, 14_000, 50, creeping=True))
    first, last = lanes(unit.route)[0], lanes(unit.route)[-1]
    assert courses(first)[0] % 180 == pytest.approx(0)
    assert first[0, 0] > last[0, 0]


def test_drones_commence_at_the_corner_nearest_to_where_they_come_from() -> None:
    mass = block(0, 0, 800)
    units = chosen(mass, Wave(1, 9000, 50, start=(3000, -2000)))
    assert units[0].route.points[0] == pytest.approx([400, -400], abs=150)


@pytest.mark.parametrize(
    ("length", "width", "says"),
    [
        (0, 50, "the effort of each drone is 0"),
        (5000, 0, "the sweep width is 0"),
        (5000, 4000, "not enough for one lane"),
        (1, 50, "not enough for one lane"),
    ],
)
def test_an_effort_for_nothing_is_refused(length: float, width: float, says: str) -> None:
    with pytest.raises(PlanningError, match=says):
        chosen(block(0, 0, 800), Wave(1, length, width))


def test_an_empty_map_is_refused() -> None:
    with pytest.raises(PlanningError, match="the map is empty"):
        chosen(np.zeros(GRID.shape), Wave(1, 5000, 50))
