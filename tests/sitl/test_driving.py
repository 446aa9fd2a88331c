"""Cars keep to the roads and to their speeds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fleet.peshawar import roads, to_metres
from sitl.cars.beats import FOOT_RADIUS, Protocol, beat, foot_beat
from sitl.cars.driving import ACCELERATION, BRAKING, CLASS_SPEED, LANE, Columns, Traffic
from sitl.noise import Stream, generator

DT = 0.2

Drive = list[NDArray[Any]]


def traffic(count: int = 40, seed: int = 1) -> Traffic:
    generators = [generator(seed, Stream.CAR_PLAN, n) for n in range(count)]
    return Traffic(roads(), [beat(n) for n in range(count)], generators)


def segments() -> tuple[Columns, Columns]:
    graph = roads()
    east, north = to_metres(graph.nodes[:, 0], graph.nodes[:, 1])
    ends = np.stack([east, north], axis=1)[graph.edges]
    return ends[:, 0], ends[:, 1]


def nearest_road(points: Columns) -> tuple[Columns, NDArray[np.intp]]:
    """Distance of each of (N, 2) points to the nearest stretch of road, and which it is."""
    start, end = segments()
    way = end - start
    share = np.einsum("nsk,sk->ns", points[:, None] - start, way) / np.sum(way**2, axis=1)
    foot = start + np.clip(share, 0, 1)[..., None] * way
    distance = np.linalg.norm(points[:, None] - foot, axis=2)
    nearest = distance.argmin(axis=1)
    return distance[np.arange(len(points)), nearest], nearest


@pytest.fixture(scope="module")
def drive() -> Drive:
    """Ten minutes of forty cars: position, speed and course at each step."""
    cars = traffic()
    rows = []
    for _ in range(round(600 / DT)):
        cars.step(DT)
        rows.append((cars.position, cars.speed.copy(), cars.course, cars.parked.copy()))
    return [np.array(column) for column in zip(*rows, strict=True)]


def test_cars_are_on_a_road_all_the_time(drive: Drive) -> None:
    position = drive[0]
    for moment in position[::50]:
        distance, _ = nearest_road(moment)
        assert distance.max() < LANE + 0.5


def test_no_car_is_faster_than_its_road_allows(drive: Drive) -> None:
    position, speed = drive[:2]
    classes = roads().classes
    for moment, speeds in zip(position[::25], speed[::25], strict=True):
        distance, nearest = nearest_road(moment)
        allowed = np.array([CLASS_SPEED[classes[edge]] for edge in nearest])
        # near a junction the nearest road may be the crossing one: judge by the fastest nearby
        fastest = max(CLASS_SPEED.values())
        sure = distance > LANE - 0.1
        assert np.all(speeds[sure] <= np.where(sure, allowed, fastest)[sure] + BRAKING * DT + 0.5)
        assert speeds.max() <= fastest


def test_they_speed_up_and_brake_as_cars_do(drive: Drive) -> None:
    speed = drive[1]
    change = np.diff(speed, axis=0) / DT
    assert change.max() <= ACCELERATION + 1e-9
    assert -change[speed[1:] > 0].min() <= 1.5 * BRAKING + 1e-9
    assert -change.min() < 5.0  # the last step before a stop line


def test_they_move_as_far_as_they_are_fast(drive: Drive) -> None:
    position, speed = drive[:2]
    way = np.linalg.norm(np.diff(position, axis=0), axis=2)
    # turning into another road moves the car across the width of both lanes at most
    fastest = np.maximum(speed[1:], speed[:-1]) + ACCELERATION * DT
    assert np.all(way <= fastest * DT + 2 * LANE + 1e-6)
    assert (np.abs(way - speed[1:] * DT) < 1e-6).mean() > 0.9


def test_course_is_where_they_go(drive: Drive) -> None:
    position, speed, course, _ = drive
    way = np.diff(position, axis=0)
    gone = np.degrees(np.arctan2(way[..., 0], way[..., 1])) % 360
    off = np.abs((gone - course[1:] + 180) % 360 - 180)
    moving = speed[1:] > 3
    assert np.percentile(off[moving], 90) < 1e-3


def test_most_drive_some_wait_and_some_are_parked(drive: Drive) -> None:
    _, speed, _, parked = drive
    driving = (speed > 0.5).mean()
    assert 0.5 < driving < 0.95
    assert 0.01 < parked.mean() < 0.4
    assert speed[parked].max() == 0.0
    assert np.all(np.ptp(drive[0], axis=0).max(axis=1) > 50)  # none stood still for ten minutes


def test_patrols_stay_around_their_beat(drive: Drive) -> None:
    centres = np.array([beat(n).centre for n in range(40)])
    radii = np.array([beat(n).radius for n in range(40)])
    away = np.linalg.norm(drive[0] - centres, axis=2)
    assert np.median(away / radii) < 2.0


def test_officers_on_foot_turn_round_at_the_end_of_their_beat() -> None:
    beats = [foot_beat(n) for n in range(15)]
    generators = [generator(1, Stream.CAR_PLAN, n) for n in range(15)]
    walking = Traffic(roads(), beats, generators)
    centres = np.array([b.centre for b in beats])
    away = []
    for _ in range(5400):
        walking.step(1.0)
        away.append(np.linalg.norm(walking.position - centres, axis=1))
    # at its edge they are on some stretch of road, and turn at the end of it
    assert np.max(away) < FOOT_RADIUS + roads().lengths.max()
    assert (np.array(away) < FOOT_RADIUS).mean() > 0.8
    assert np.all(np.ptp(np.array(away), axis=0) > 100)


def test_one_car_drives_the_same_whoever_else_is_on_the_road() -> None:
    few, many = traffic(3), traffic(30)
    for _ in range(1000):
        few.step(DT)
        many.step(DT)
    assert np.array_equal(few.position, many.position[:3])


def test_another_seed_is_another_drive() -> None:
    one, other = traffic(5, seed=1), traffic(5, seed=2)
    assert not np.any(np.all(one.position == other.position, axis=1))


def test_every_car_has_a_call_sign_of_its_own_and_half_of_them_each_protocol() -> None:
    beats = [beat(n) for n in range(60)]
    assert len({b.call_sign for b in beats}) == 60
    assert sum(b.protocol is Protocol.OWNTRACKS for b in beats) == 30
    assert "gulbahar-03" in {b.call_sign for b in beats}
