"""Fences and rally points: what is taken, kept and read back, where the transcripts leave it open."""

from __future__ import annotations

from math import nan

import pytest
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot.items import Item
from sitl.autopilot.transfer import GIVEN_UP_AFTER
from tests.sitl.ground import say_to
from tests.sitl.plans import (
    CIRCLE,
    FENCE,
    HOLE,
    RALLY,
    RALLY_POINT,
    RETURN,
    X,
    Y,
    circle,
    clear_all,
    count_of,
    item_of,
    part_of,
    polygon,
    rally_point,
    request,
    waypoint,
)
from tests.sitl.transferring import INVALID_SEQUENCE, Case, asked, count, read, result, upload


@pytest.mark.parametrize(
    "items",
    [
        polygon(3),
        [*polygon(4), *polygon(3, HOLE), circle(0.5)],
        [Item(RETURN, 0, x=X, y=Y), *polygon(3)],
        polygon(4, x=X, y=Y),  # all vertices in one place
        [circle(100.0)],
        [],
    ],
)
def test_a_right_fence_is_taken_and_read_back(items: list[Item]) -> None:
    case = Case()
    assert upload(case, items, FENCE) == 0
    assert count(case, FENCE) == len(items)
    for number, item in enumerate(items):
        back = read(case, number, FENCE)
        assert (back["command"], back["x"], back["y"]) == (item.command, item.x, item.y)
        assert back["param1"] == item.param1
        assert (back["frame"], back["autocontinue"]) == (0, 0)
    assert case.vehicle.said == [(7, "Fence Indexed OK")]


@pytest.mark.parametrize(
    ("items", "text"),
    [
        (polygon(2), "Invalid vertex count (2)"),
        (polygon(4)[:3], "Incorrect item count"),
        ([*polygon(3)[:2], polygon(4)[2]], "Unexpected vertex count want=3 got=4"),
        ([*polygon(3)[:2], *polygon(3, HOLE)], "Received incorrect type (want=5001 got=5002)"),
        ([polygon(3)[0], circle(5.0)], "Received incorrect type (want=5001 got=5004)"),
        ([circle(0.0)], "Non-positive circle radius"),
        ([circle(-5.0)], "Non-positive circle radius"),
        ([circle(nan)], "Non-positive circle radius"),
        (polygon(3, param1=nan), "Invalid vertex count (0)"),
        ([Item(RETURN, 0, x=X, y=Y)] * 2, "Multiple return points"),
        (polygon(3, x=900_000_001), "Bad lat or lon"),
    ],
)
def test_a_wrong_fence_is_an_error_and_the_old_one_stays(items: list[Item], text: str) -> None:
    case = Case()
    upload(case, [circle(77.0)], FENCE)
    case.vehicle.said.clear()
    assert upload(case, items, FENCE) == mavlink.MAV_MISSION_ERROR
    assert case.vehicle.said == [(4, text), (4, "Fence validation failed")]
    assert count(case, FENCE) == 1
    assert read(case, 0, FENCE)["param1"] == 77.0


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (waypoint(), mavlink.MAV_MISSION_UNSUPPORTED),
        (Item(CIRCLE, 1, 5.0, x=X, y=Y), mavlink.MAV_MISSION_UNSUPPORTED_FRAME),
    ],
)
def test_what_is_no_part_of_a_fence_ends_the_upload(item: Item, expected: int) -> None:
    assert upload(Case(), [item], FENCE) == expected


def test_a_fence_that_stops_coming_leaves_the_old_one() -> None:
    case = Case()
    upload(case, [circle(77.0)], FENCE)
    say_to(case.transfers, count_of(3, FENCE))
    say_to(case.transfers, item_of(0, polygon(3)[0], FENCE))
    [(_, ack)] = case.transfers.tick(GIVEN_UP_AFTER + 1)
    assert ack.type == mavlink.MAV_MISSION_OPERATION_CANCELLED
    assert case.vehicle.said[-1] == (4, "Fence upload timeout")
    assert read(case, 0, FENCE)["param1"] == 77.0


def test_a_part_of_a_fence_is_exchanged_with_the_rest_kept() -> None:
    case = Case()
    upload(case, [circle(10.0), circle(20.0), circle(30.0)], FENCE)
    assert asked(say_to(case.transfers, part_of(1, 1, FENCE))) == 1
    assert result(say_to(case.transfers, item_of(1, circle(25.0), FENCE))) == 0
    assert [item.param1 for item in case.fence.items] == [10.0, 25.0, 30.0]


@pytest.mark.parametrize(("number", "expected"), [(1, 1), (2, INVALID_SEQUENCE)])
def test_reading_a_fence_beyond_its_end_is_refused(number: int, expected: int) -> None:
    case = Case()
    upload(case, [circle(10.0)], FENCE)
    assert result(say_to(case.transfers, request(number, FENCE))) == expected


def test_clearing_takes_the_fence_away() -> None:
    case = Case()
    upload(case, polygon(5), FENCE)
    assert result(say_to(case.transfers, clear_all(FENCE))) == 0
    assert case.fence.items == ()


def test_rally_points_are_read_back_with_whole_metres() -> None:
    case = Case()
    assert upload(case, [rally_point(), rally_point(z=80.9, frame=6)], RALLY) == 0
    back = read(case, 1, RALLY)
    assert (back["command"], back["frame"], back["z"]) == (RALLY_POINT, 3, 80.0)
    assert case.vehicle.said == [(6, "Rally points received")]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (waypoint(), mavlink.MAV_MISSION_UNSUPPORTED),
        (rally_point(frame=1), mavlink.MAV_MISSION_UNSUPPORTED_FRAME),
        (rally_point(x=-900_000_001), mavlink.MAV_MISSION_INVALID_PARAM5_X),
        (rally_point(z=40_000.0), mavlink.MAV_MISSION_INVALID_PARAM7),
        (rally_point(z=nan), mavlink.MAV_MISSION_INVALID_PARAM7),
    ],
)
def test_a_wrong_rally_point_is_refused(item: Item, expected: int) -> None:
    assert upload(Case(), [item], RALLY) == expected
