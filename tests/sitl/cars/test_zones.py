"""Dead zones are circles, or tunnels along a line."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fleet.peshawar import CENTRE, to_degrees
from sitl.cars.zones import DeadZone, in_zones


def at(*places: tuple[float, float]) -> np.ndarray:
    return np.array(places, float)


def test_a_circle_reaches_as_far_as_its_radius() -> None:
    zone = DeadZone(*CENTRE, radius=100)
    assert in_zones([zone], at((99, 0), (0, -99), (101, 0), (71, 71))).tolist() == [1, 1, 0, 0]


def test_a_tunnel_is_what_is_near_its_line() -> None:
    far = tuple(map(float, to_degrees(1000.0, 0.0)))
    corner = tuple(map(float, to_degrees(1000.0, 500.0)))
    zone = DeadZone(*CENTRE, radius=20, path=((far[0], far[1]), (corner[0], corner[1])))
    places = at((500, 19), (500, 21), (-19, 0), (-21, 0), (1019, 250), (1000, 519), (980, 521))
    assert in_zones([zone], places).tolist() == [1, 0, 1, 0, 1, 1, 0]


def test_a_point_twice_is_a_circle() -> None:
    zone = DeadZone(*CENTRE, radius=20, path=(CENTRE,))
    assert in_zones([zone], at((0, 19), (0, 21))).tolist() == [1, 0]


def test_without_zones_nothing_is_in_one() -> None:
    assert not in_zones([], at((0, 0))).any()


@given(
    st.lists(st.tuples(st.floats(-5000, 5000), st.floats(-5000, 5000)), min_size=1, max_size=20),
    st.floats(1, 3000),
)
def test_two_zones_are_the_one_and_the_other(
    places: list[tuple[float, float]], radius: float
) -> None:
    one, other = DeadZone(*CENTRE, radius), DeadZone(34.0, 71.55, radius)
    both = in_zones([one, other], at(*places))
    assert (both == (in_zones([one], at(*places)) | in_zones([other], at(*places)))).all()
