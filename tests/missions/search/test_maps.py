"""Probability maps and their update."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from missions.errors import PlanningError
from missions.projection import LocalFrame
from missions.search.categories import Category, category
from missions.search.grid import CELLS_MOST, Grid
from missions.search.maps import ProbabilityMap, mixed, multiplied, regions, rings
from tests.missions.search.places import PESHAWAR, area

GRID = Grid.around(PESHAWAR, (0, 0), 1000, 100)
SMALL = Grid(PESHAWAR, 0, 0, 50, 3, 4)
TWO_RINGS = Category(distances=((0.5, 300), (0.9, 800)), source="a test's")

weights = arrays.arrays(float, SMALL.shape, elements=st.floats(0, 1e6)).filter(np.any)
pods = arrays.arrays(float, SMALL.shape, elements=st.floats(0, 1))


def test_rings_hold_the_shares_of_the_category_and_the_rest_lies_beyond() -> None:
    fine = Grid.around(PESHAWAR, (0, 0), 1000, 10)
    found = rings(fine, (0, 0), TWO_RINGS)
    assert found.rest == pytest.approx(0.1)
    assert found.total == pytest.approx(1)
    east, north = np.meshgrid(*(edges[:-1] + 5 for edges in fine.edges()))
    radius = np.hypot(east, north)
    assert found.mass[radius < 300 - 8].sum() <= 0.5 <= found.mass[radius < 300 + 8].sum()
    # Within a ring all places are equally likely.
    inner, outer = found.mass[radius < 290], found.mass[(radius > 310) & (radius < 790)]
    assert inner == pytest.approx(0.5 * 100 / (math.pi * 300**2))
    assert outer == pytest.approx(0.4 * 100 / (math.pi * (800**2 - 300**2)))


@given(st.floats(-900, 900), st.floats(-900, 900), st.floats(20, 900), st.floats(15, 200))
def test_rings_are_exact_however_coarse_the_cells_and_wherever_the_point(
    east: float, north: float, radius: float, cell: float
) -> None:
    one = Category(distances=((0.8, radius),), source="a test's")
    grid = Grid.around(PESHAWAR, (0, 0), 1900, cell)
    found = rings(grid, (east, north), one)
    assert found.mass.sum() == pytest.approx(0.8)
    # The middle of the mass is within half a cell of the point.
    middle = [edges[:-1] + cell / 2 for edges in grid.edges()]
    assert (found.mass.sum(axis=0) @ middle[0]) / 0.8 == pytest.approx(east, abs=cell / 2)
    assert (found.mass.sum(axis=1) @ middle[1]) / 0.8 == pytest.approx(north, abs=cell / 2)


def test_a_ring_cut_by_the_maps_edge_leaves_its_part_to_the_rest() -> None:
    half = rings(GRID, (1000, 0), Category(distances=((0.8, 500),), source=""))
    assert half.mass.sum() == pytest.approx(0.4)
    assert half.rest == pytest.approx(0.6)


def test_regions_hold_their_weights_in_proportion() -> None:
    left = area([(-900, -400), (-500, -400), (-500, 400), (-900, 400)], "left")
    right = area([(205, -100), (405, -100), (405, 100), (205, 100)], "right")
    found = regions(GRID, [(left, 3), (right, 1)], rest=0.2)
    columns = found.mass.sum(axis=0)
    assert columns[:10].sum() == pytest.approx(0.8 * 0.75, rel=1e-5)
    assert columns[10:].sum() == pytest.approx(0.8 * 0.25, rel=1e-5)
    # 95 of the 200 m of the right one lie in the first column of cells that it reaches.
    assert columns[12] == pytest.approx(0.2 * 95 / 200, rel=1e-4)


def test_what_of_a_region_is_off_the_map_adds_to_the_rest() -> None:
    half_off = area([(800, -100), (1200, -100), (1200, 100), (800, 100)])
    assert regions(GRID, [(half_off, 1)], rest=0.1).rest == pytest.approx(0.1 + 0.45, abs=1e-5)


def test_mixed_maps_are_between_the_two() -> None:
    first, second = (
        ProbabilityMap.of(SMALL, np.eye(3, 4), 0.1),
        ProbabilityMap.of(SMALL, np.ones((3, 4)), 0.3),
    )
    both = mixed([(first, 3), (second, 1)])
    assert both.mass == pytest.approx(0.75 * first.mass + 0.25 * second.mass)
    assert both.rest == pytest.approx(0.75 * 0.1 + 0.25 * 0.3)


def test_multiplied_maps_are_likely_where_both_are_and_keep_the_firsts_rest() -> None:
    first = ProbabilityMap.of(SMALL, [[1, 1, 0, 0]] * 3, 0.2)
    second = ProbabilityMap.of(SMALL, [[0, 1, 3, 0]] * 3, 0.05)
    both = multiplied(first, second)
    assert both.mass.sum(axis=0) == pytest.approx([0, 0.8, 0, 0])
    assert both.rest == pytest.approx(0.2)
    with pytest.raises(PlanningError, match="exclude each other"):
        multiplied(first, ProbabilityMap.of(SMALL, [[0, 0, 1, 1]] * 3))


def test_bayes_by_hand() -> None:
    """p′ = p(1 - POD)/(1 - Σ p·POD): 0.6 and 0.3 with a rest of 0.1, PODs 0.5 and 0."""
    two = Grid(PESHAWAR, 0, 0, 100, 1, 2)
    after = ProbabilityMap(two, np.array([[0.6, 0.3]]), 0.1).searched([[0.5, 0]])
    assert after.probabilities == pytest.approx(np.array([[0.3 / 0.7, 0.3 / 0.7]]))
    assert after.rest_probability == pytest.approx(0.1 / 0.7)
    assert 1 - after.total == pytest.approx(0.3)


@given(weights, st.floats(0, 0.9), pods)
def test_an_update_takes_away_what_would_have_been_found_and_nothing_else(
    weight: np.ndarray, rest: float, pod: np.ndarray
) -> None:
    before = ProbabilityMap.of(SMALL, weight, rest)
    if rest == 0 and not (before.mass * (1 - pod)).any():
        return
    after = before.searched(pod)
    assert before.total - after.total == pytest.approx((before.mass * pod).sum(), abs=1e-12)
    assert after.probabilities.sum() + after.rest_probability == pytest.approx(1)
    assert ((after.probabilities >= 0) & (after.probabilities <= 1 + 1e-12)).all()
    assert after.rest_probability >= before.rest_probability - 1e-12


@given(weights, pods, pods)
def test_the_order_of_two_searches_does_not_matter(
    weight: np.ndarray, first: np.ndarray, second: np.ndarray
) -> None:
    start = ProbabilityMap.of(SMALL, weight, 0.1)
    one, other = start.searched(first).searched(second), start.searched(second).searched(first)
    assert one.mass == pytest.approx(other.mass, rel=1e-12, abs=1e-300)
    assert one.probabilities == pytest.approx(other.probabilities, rel=1e-9, abs=1e-300)


@given(weights)
def test_very_large_and_small_weights_are_shared_out_too(weight: np.ndarray) -> None:
    found = ProbabilityMap.of(SMALL, weight * 1e300, 0.05)
    assert found.total == pytest.approx(1)


@pytest.mark.parametrize(
    ("weight", "rest", "says"),
    [
        (0, 0.1, "the map is empty"),
        (-1, 0.1, "negative or no number"),
        (float("nan"), 0.1, "negative or no number"),
        (1, 1.0, "a rest of the world of 1"),
        (1, -0.1, "a rest of the world of -0.1"),
    ],
)
def test_weights_that_make_no_map_are_refused(weight: float, rest: float, says: str) -> None:
    with pytest.raises(PlanningError, match=says):
        ProbabilityMap.of(SMALL, np.full(SMALL.shape, weight), rest)


def test_a_map_off_its_point_or_regions_is_refused() -> None:
    with pytest.raises(PlanningError, match="the last known point and its rings are not on it"):
        rings(GRID, (50_000, 0), TWO_RINGS)
    far = area([(5000, 5000), (5100, 5000), (5100, 5100)], "far")
    with pytest.raises(PlanningError, match="no region with a weight lies on it"):
        regions(GRID, [(far, 1)])
    with pytest.raises(PlanningError, match="region 'far' has a weight of -2"):
        regions(GRID, [(far, -2)])
    with pytest.raises(PlanningError, match="no region has a weight above 0"):
        regions(GRID, [])


def test_regions_of_another_plane_are_refused() -> None:
    elsewhere = area([(0, 0), (100, 0), (0, 100)], "north", LocalFrame(35, 71.54))
    with pytest.raises(PlanningError, match="region 'north' is on a plane around 35"):
        regions(GRID, [(elsewhere, 1)])


def test_maps_of_different_grids_are_not_joined() -> None:
    first, second = (
        ProbabilityMap.of(SMALL, np.ones((3, 4))),
        ProbabilityMap.of(GRID, np.ones((20, 20))),
    )
    with pytest.raises(PlanningError, match="different grids"):
        multiplied(first, second)
    with pytest.raises(PlanningError, match="different grids"):
        mixed([(first, 1), (second, 1)])


def test_a_search_that_must_have_found_it_is_refused_if_there_is_no_rest() -> None:
    certain = ProbabilityMap.of(SMALL, np.ones((3, 4)), 0)
    with pytest.raises(PlanningError, match="begin a new map, with a rest of the world"):
        certain.searched(np.ones((3, 4)))


@pytest.mark.parametrize(
    ("radius", "cell", "says"),
    [
        (1000, 0, "the cell size is 0 m"),
        (0, 10, "the map's radius is 0 m"),
        (100_000, 1, f"1 to {CELLS_MOST} cells, not 200000 by 200000"),
        (150_000, 1e5, "the map reaches 200 km|the map reaches"),
    ],
)
def test_a_grid_that_cannot_be_is_refused(radius: float, cell: float, says: str) -> None:
    with pytest.raises(PlanningError, match=says):
        Grid.around(PESHAWAR, (0, 50_000), radius, cell)


def test_the_categories_that_come_with_it_name_their_sources() -> None:
    hiker = category("hiker-mountain")
    assert list(hiker.distances) == [(0.25, 1100), (0.5, 3100), (0.75, 5800), (0.95, 18300)]
    assert "Koester" in hiker.source


def test_an_unknown_category_is_refused_with_the_known_ones() -> None:
    with pytest.raises(PlanningError, match=r"'tourist' is no category .* take one of hiker-mount"):
        category("tourist")
