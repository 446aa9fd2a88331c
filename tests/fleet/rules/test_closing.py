"""Two own drones that come too close: against a reckoning pair by pair and moment by moment."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.columns import blank
from fleet.rules import closing as closing_module
from fleet.rules.closing import DEAD_BAND, closing
from fleet.rules.motion import MOTION
from fleet.rules.settings import DEFAULTS
from fleet.rules.view import View
from tests.fleet.rules.pictures import (
    LATITUDE,
    LONGITUDE,
    METRE,
    START,
    TIMES,
    Flight,
    drones,
    northward,
)

LIMITS = DEFAULTS["drone"].flight
EAST = METRE / float(np.cos(np.radians(LATITUDE)))


def view_of(
    places: list[tuple[float, float, float]], velocities: list[tuple[float, float, float]]
) -> View:
    """Drones at metres east, north and above each other, with velocities east, north and up."""
    rows = drones(len(places))
    motion = blank(MOTION, len(places))
    for number, ((east, north, up), (to_east, to_north, climb)) in enumerate(
        zip(places, velocities, strict=True)
    ):
        rows["latitude"][number] = LATITUDE + north * METRE
        rows["longitude"][number] = LONGITUDE + east * EAST
        rows["altitude"][number], rows["climb"][number] = 400 + up, climb
        motion["east"][number], motion["north"][number] = to_east, to_north
    for name in TIMES:
        rows[name] = START
    groups = np.zeros(len(places), np.intp)
    return View(rows, START, motion, (DEFAULTS["drone"],), groups)


def close_pairs(view: View) -> dict[tuple[int, int], tuple[float, float]]:
    pairs = closing(view)
    return {
        (min(a, b), max(a, b)): (distance, seconds)
        for a, b, distance, seconds, close in zip(
            pairs.first.tolist(), pairs.second.tolist(), pairs.distance.tolist(),
            pairs.seconds.tolist(), pairs.close.tolist(), strict=True,
        )
        if close
    }  # fmt: skip


coordinate = st.floats(-400, 400)
speed = st.floats(-20, 20)


@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(
            st.tuples(coordinate, coordinate, st.floats(-30, 30, width=32)),
            st.tuples(speed, speed, st.floats(-3, 3, width=32)),
        ),
        min_size=2,
        max_size=8,
    )
)
def test_every_pair_is_as_reckoned_moment_by_moment(
    drawn: list[tuple[tuple[float, float, float], tuple[float, float, float]]],
) -> None:
    view = view_of([place for place, _ in drawn], [velocity for _, velocity in drawn])
    found = close_pairs(view)
    moments = np.linspace(0, LIMITS.closing_within, 1501)[:, np.newaxis]
    for a in range(len(drawn)):
        for b in range(a + 1, len(drawn)):
            apart = np.array(drawn[b][0]) - drawn[a][0]
            moving = np.array(drawn[b][1]) - drawn[a][1]
            path = apart + moments * moving
            across = np.hypot(path[:, 0], path[:, 1])
            at = int(across.argmin())
            height = abs(path[at, 2])
            is_close = across[at] < LIMITS.closing_distance and height < LIMITS.closing_height
            if abs(across[at] - LIMITS.closing_distance) < 1 or abs(height - 10) < 0.5:
                continue  # too near the limit to tell by steps
            assert ((a, b) in found) == is_close
            if is_close:
                assert found[a, b][0] == pytest.approx(across[at], abs=0.5)


def test_two_that_fly_at_each_other_are_told_before_they_meet() -> None:
    flight = Flight(drones(2))
    flight.rows["longitude"] = LONGITUDE
    meet = northward(8.0)

    def latitudes(seconds: float) -> np.ndarray:
        return np.array([meet(seconds), LATITUDE + 600 * METRE - seconds * 8.0 * METRE])

    flight.go(40, {"latitude": latitudes, "speed": 8.0})
    (alert,) = flight.book.alerts.values()
    assert alert.key == "closing/mavlink:north/1+mavlink:north/2"
    assert len(alert.assets) == 2
    raised = next(event for event in flight.events if event.what == "activate")
    seconds = (np.datetime64(raised.time.replace(tzinfo=None)) - START) / np.timedelta64(1, "s")
    assert 20 <= seconds <= 25  # they meet at 37.5 s
    assert alert.worst_value is not None
    assert alert.worst_value < 5
    assert "north 1 and north 2" in alert.reason["en"]
    flight.go(30, {"latitude": latitudes, "speed": 8.0})
    assert flight.of("return") == [alert.key]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"altitude": np.array([380.0, 395.0])}, "they are 15 m apart in height"),
        ({"height": np.array([0.5, 0.5]), "landed_state": 1}, "they stand on the ground"),
        ({"armed": 0}, "they are not armed"),
        ({"position_time": 10}, "their positions are old"),
    ],
)
def test_what_is_no_danger_is_none(changes: dict[str, object], why: str) -> None:
    flight = Flight(drones(2))
    flight.rows["longitude"] = LONGITUDE + np.array([0, 10 * EAST])
    flight.go(20, changes)
    assert "closing" not in flight.rules(), why


def test_it_goes_on_after_a_restart() -> None:
    flight = Flight(drones(2))
    flight.rows["longitude"] = LONGITUDE + np.array([0, 10 * EAST])
    flight.go(10)
    assert flight.rules() == {"closing"}
    again = Flight(flight.rows, book=flight.book, seconds=flight.seconds)
    again.go(5)
    assert again.of() == []
    again.rows["longitude"][1] = LONGITUDE + 500 * EAST
    again.go(12)
    assert again.of("return") == ["closing/mavlink:north/1+mavlink:north/2"]


def swarm(count: int, side: float) -> View:
    rng = np.random.default_rng(5)
    places = rng.uniform(0, side, (count, 3)) * (1, 1, 0)
    velocities = rng.uniform(-10, 10, (count, 3)) * (1, 1, 0)
    return view_of([tuple(p) for p in places.tolist()], [tuple(v) for v in velocities.tolist()])


def test_a_thousand_drones_take_milliseconds() -> None:
    view = swarm(1000, 20_000)
    closing(view)
    began = time.thread_time()
    for _ in range(10):
        closing(view)
    assert (time.thread_time() - began) / 10 < 0.05


def test_a_dense_swarm_keeps_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing_module, "PAIRS_MOST", 50)
    view = swarm(200, 1000)
    reckoned = closing(view)
    assert len(reckoned.first) <= 50
    monkeypatch.setattr(closing_module, "PAIRS_MOST", 500_000)
    assert len(closing(view).first) > 50


def test_only_pairs_within_the_dead_band_are_told() -> None:
    view = view_of([(0, 0, 0), (25, 0, 0), (400, 0, 0)], [(0, 0, 0)] * 3)
    pairs = closing(view)
    assert pairs.close.tolist() == [False]
    assert LIMITS.closing_distance < pairs.distance[0] < DEAD_BAND * LIMITS.closing_distance
