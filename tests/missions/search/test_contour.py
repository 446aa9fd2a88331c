"""The contour search."""

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from missions.errors import PlanningError
from missions.search.contour import contour
from tests.missions.search.places import area, check_joined, lanes

SQUARE = area([(-1000, -1000), (1000, -1000), (1000, 1000), (-1000, 1000)])


def cone(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """A mountain of 500 m whose contours are circles: 100 m lower, 200 m further out."""
    return np.asarray(500 - np.hypot(*points.T) / 2)


def test_one_circuit_per_contour_from_the_peak_downwards() -> None:
    small = area([(-700, -700), (700, -700), (700, 700), (-700, 700)])
    route = contour(small, lambda points: np.maximum(cone(points), 180), 100, step=20)
    check_joined(route)
    circuits = lanes(route)
    assert len(circuits) == 3
    for circuit, radius in zip(circuits, (200, 400, 600), strict=True):
        assert np.hypot(*circuit.T) == pytest.approx(
            [radius] * len(circuit), abs=15
        )  # the peak is a sample's
        assert (circuit[0] == circuit[-1]).all()
        assert not shapely.is_ccw(shapely.LinearRing(circuit))
    assert [leg.purpose for leg in route.legs] == ["lane", "transit"] * 2 + ["lane"]


def test_circuits_go_round_to_port_if_asked() -> None:
    circuit = lanes(contour(SQUARE, cone, 300, step=20, turn="port"))[0]
    assert shapely.is_ccw(shapely.LinearRing(circuit))


def test_a_contour_that_leaves_the_area_is_flown_as_far_as_it_is_inside() -> None:
    route = contour(SQUARE, cone, 100, step=20)
    inside = SQUARE.polygon.buffer(1e-6)
    assert all(inside.covers(shapely.LineString(lane)) for lane in lanes(route))
    # The circle of 1,200 m is cut into the four corners of the square.
    corners = [lane for lane in lanes(route) if np.hypot(*lane.T).min() > 1150]
    assert len(corners) == 4


def test_two_peaks_have_a_circuit_each_at_a_level_that_parts_them() -> None:
    def twins(points: NDArray[np.float64]) -> NDArray[np.float64]:
        east = np.abs(points[:, 0]) - 500
        return np.asarray(400 - np.hypot(east, points[:, 1]))

    circuits = lanes(contour(SQUARE, twins, 150, step=20))
    first, second = circuits[:2]
    assert first.mean(axis=0)[0] * second.mean(axis=0)[0] < 0
    assert abs(first.mean(axis=0)[0]) == pytest.approx(500, abs=20)


@pytest.mark.parametrize(
    ("interval", "step", "says"),
    [
        (0, 20, "the contour interval is 0 m"),
        (100, 0, "the step is 0 m"),
        (2000, 20, "rises 6.. m: at 2000 m that is 0 contours"),
        (0.1, 20, "take another interval"),
        (100, 0.5, "too many for one search"),
    ],
)
def test_what_makes_no_contours_is_refused(interval: float, step: float, says: str) -> None:
    with pytest.raises(PlanningError, match=says):
        contour(SQUARE, cone, interval, step=step)


def test_heights_with_a_void_are_refused_with_its_place() -> None:
    def holed(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(np.hypot(*points.T) < 300, cone(points), np.nan)

    with pytest.raises(PlanningError, match=r"void at 34\.\d+, 71\.\d+; take a grid that covers"):
        contour(SQUARE, holed, 100)


def test_a_step_coarser_than_the_area_is_refused() -> None:
    needle = area([(0, 0), (1000, 990), (990, 1000)])
    with pytest.raises(PlanningError, match="too coarse for the area"):
        contour(needle, cone, 100, step=2000)


def test_a_contour_that_lies_outside_the_area_is_left_out() -> None:
    # Notched, so that the hill's outer contours pass only through what is cut out of it.
    notched = area([(-700, -700), (0, -100), (700, -700), (700, 700), (0, 100), (-700, 700)])
    route = contour(notched, cone, 50, step=20)
    inside = notched.polygon.buffer(1e-6)
    assert len(lanes(route)) > 3
    assert all(inside.covers(shapely.LineString(lane)) for lane in lanes(route))
