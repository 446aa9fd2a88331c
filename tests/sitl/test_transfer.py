"""The transfer of missions, fences and rally points in the cases that the transcripts leave out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot.item_lists import MOST_FENCE_ITEMS, MOST_MISSION_ITEMS, MOST_RALLY_POINTS
from sitl.autopilot.item_rules import PLANE_PLACES
from sitl.autopilot.items import Item, Store
from sitl.autopilot.transfer import ASKED_AGAIN_AFTER, GIVEN_UP_AFTER, Transfers
from tests.sitl.ground import (
    HOME,
    OTHER_GROUND,
    StandingVehicle,
    arrived,
    fields,
    over_the_wire,
    say_to,
)
from tests.sitl.plans import (
    ALL,
    CIRCLE,
    FENCE,
    HOLE,
    MISSION,
    RALLY,
    RALLY_POINT,
    RETURN,
    WAYPOINT,
    X,
    Y,
    circle,
    clear_all,
    count_of,
    item_of,
    list_request,
    part_of,
    polygon,
    rally_point,
    request,
    waypoint,
)
from tests.sitl.rubbish import transfer_messages

DENIED = mavlink.MAV_MISSION_DENIED
INVALID_SEQUENCE = mavlink.MAV_MISSION_INVALID_SEQUENCE


@dataclass
class Case:
    """A vehicle with its three lists and their transfers."""

    vehicle: StandingVehicle = field(default_factory=StandingVehicle)
    mission: Store = field(default_factory=lambda: Store(MISSION))
    fence: Store = field(default_factory=lambda: Store(FENCE))
    rally: Store = field(default_factory=lambda: Store(RALLY))

    def __post_init__(self) -> None:
        self.transfers = Transfers(self.vehicle, self.mission, self.fence, self.rally)


def asked(answers: list[Any]) -> int:
    """The number of the item that the vehicle asks for in its only answer."""
    [answer] = answers
    assert answer.get_type() == "MISSION_REQUEST"
    return int(answer.seq)


def result(answers: list[Any]) -> int:
    """The MAV_MISSION_RESULT in the vehicle's only answer."""
    [answer] = answers
    assert answer.get_type() == "MISSION_ACK"
    return int(answer.type)


def upload(case: Case, items: list[Item], kind: int = MISSION) -> int:
    """Send `items` as a patient ground station does; the result that it gets."""
    answers = say_to(case.transfers, count_of(len(items), kind))
    for number, item in enumerate(items):
        if answers[0].get_type() == "MISSION_ACK":
            break
        assert asked(answers) == number
        answers = say_to(case.transfers, item_of(number, item, kind))
    return result(answers)


def read(case: Case, number: int, kind: int = MISSION) -> dict[str, Any]:
    """Item `number` as it is read back."""
    [answer] = say_to(case.transfers, request(number, kind))
    assert answer.get_type() == "MISSION_ITEM_INT"
    return fields(answer)


def count(case: Case, kind: int = MISSION) -> int:
    """How many items the vehicle says that it holds."""
    [answer] = say_to(case.transfers, list_request(kind))
    return int(answer.count)


# What is kept of a mission's items.


def test_a_fresh_vehicle_holds_home_alone_and_nothing_after_clearing() -> None:
    case = Case()
    assert [count(case, kind) for kind in (MISSION, FENCE, RALLY)] == [1, 0, 0]
    assert result(say_to(case.transfers, clear_all())) == 0
    assert count(case) == 0
    assert read(case, 0)["x"] == round(HOME.latitude * 1e7)


def test_home_is_read_back_instead_of_item_0() -> None:
    case = Case()
    assert upload(case, [waypoint(x=1, y=2, z=3.0), waypoint()]) == 0
    home = read(case, 0)
    assert (home["x"], home["y"]) == (340150998, 715249000)
    assert home["z"] == pytest.approx(331.1)
    assert home["frame"] == 0


def test_before_there_is_a_home_item_0_is_read_back_as_zeros() -> None:
    case = Case(vehicle=StandingVehicle(home=None))
    assert (read(case, 0)["x"], read(case, 0)["z"]) == (0, 0.0)


@pytest.mark.parametrize(
    ("sent", "kept"), [(0, 0), (5, 0), (3, 3), (6, 3), (10, 10), (11, 10), (2, 0)]
)
def test_frames_come_back_as_the_older_ones(sent: int, kept: int) -> None:
    case = Case()
    assert upload(case, [waypoint(), waypoint(frame=sent)]) == 0
    assert read(case, 1)["frame"] == kept


@pytest.mark.parametrize(("sent", "kept"), [(-1.0, 65535.0), (100000.0, 34464.0), (3.7, 3.0)])
def test_the_delay_of_a_waypoint_is_kept_in_a_word(sent: float, kept: float) -> None:
    case = Case()
    assert upload(case, [waypoint(), waypoint(param1=sent)]) == 0
    assert read(case, 1)["param1"] == kept


def test_autocontinue_comes_back_set() -> None:
    case = Case()
    assert upload(case, [waypoint(), waypoint(autocontinue=0)]) == 0
    assert read(case, 1)["autocontinue"] == 1


def test_commands_without_a_place_lose_it_and_their_frame() -> None:
    case = Case()
    speed = Item(mavlink.MAV_CMD_DO_CHANGE_SPEED, 6, 1.0, 7.5, -1.0, x=X, y=Y, z=9.0)
    assert upload(case, [waypoint(), speed]) == 0
    back = read(case, 1)
    assert (back["frame"], back["x"], back["y"], back["z"]) == (0, 0, 0, 0.0)
    assert (back["param1"], back["param2"], back["param3"]) == (1.0, 7.5, -1.0)


def test_a_gimbals_flags_and_number_are_kept() -> None:
    case = Case()
    look = Item(mavlink.MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW, 2, -45.0, 30.0, x=12, y=9, z=1.0)
    assert upload(case, [waypoint(), look]) == 0
    back = read(case, 1)
    assert (back["param1"], back["param2"]) == (-45.0, 30.0)
    assert (back["x"], back["y"], back["z"]) == (12, 0, 1.0)


def test_a_copter_keeps_a_waypoints_delay_and_a_plane_its_radii() -> None:
    sent = waypoint(param1=5.0, param2=20.0, param3=300.0)
    for places, kept in ((None, (5.0, 0.0, 0.0)), (PLANE_PLACES, (0.0, 20.0, 255.0))):
        case = Case()
        if places is not None:
            case.transfers = Transfers(
                case.vehicle, case.mission, case.fence, case.rally, places=places
            )
        assert upload(case, [waypoint(), sent]) == 0
        back = read(case, 1)
        assert (back["param1"], back["param2"], back["param3"]) == kept


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (Item(31000, 3), mavlink.MAV_MISSION_UNSUPPORTED),
        (waypoint(frame=1), mavlink.MAV_MISSION_UNSUPPORTED_FRAME),
        (waypoint(x=900_000_001), mavlink.MAV_MISSION_INVALID_PARAM5_X),
        (waypoint(y=-1_800_000_001), mavlink.MAV_MISSION_INVALID_PARAM6_Y),
        (waypoint(z=83_000.0), mavlink.MAV_MISSION_INVALID_PARAM7),
        (waypoint(z=nan), mavlink.MAV_MISSION_INVALID_PARAM7),
        (waypoint(param1=nan), mavlink.MAV_MISSION_INVALID_PARAM1),
        (waypoint(param2=inf), mavlink.MAV_MISSION_INVALID_PARAM2),
        (waypoint(param4=inf), mavlink.MAV_MISSION_INVALID_PARAM4),
        (Item(mavlink.MAV_CMD_DO_JUMP, 0, 0.0, 1.0), mavlink.MAV_MISSION_ERROR),
        (Item(mavlink.MAV_CMD_DO_JUMP, 0, 3.0, 1.0), mavlink.MAV_MISSION_ERROR),
    ],
)
def test_a_wrong_item_ends_the_upload_with_its_reason(item: Item, expected: int) -> None:
    case = Case()
    say_to(case.transfers, count_of(3))
    say_to(case.transfers, item_of(0, waypoint()))
    assert result(say_to(case.transfers, item_of(1, item))) == expected
    assert not case.transfers.busy


def test_a_jump_forward_within_the_upload_is_taken() -> None:
    jump = Item(mavlink.MAV_CMD_DO_JUMP, 0, 2.0, -1.0)
    case = Case()
    assert upload(case, [waypoint(), jump, waypoint()]) == 0
    assert (read(case, 1)["param1"], read(case, 1)["param2"]) == (2.0, -1.0)


def test_an_open_yaw_is_taken_and_comes_back_as_zero() -> None:
    case = Case()
    assert upload(case, [waypoint(), waypoint(param4=nan)]) == 0
    assert read(case, 1)["param4"] == 0.0


def test_heights_are_kept_in_centimetres() -> None:
    case = Case()
    assert upload(case, [waypoint(), waypoint(z=40.129)]) == 0
    assert read(case, 1)["z"] == pytest.approx(40.12)


def test_items_in_the_older_message_are_taken_with_its_lesser_precision() -> None:
    case = Case()
    say_to(case.transfers, count_of(1))
    older = mavlink.MAVLink_mission_item_message(
        1, 1, 0, 3, WAYPOINT, 0, 1, 0, 0, 0, 0, 34.0151, 71.5249, 40.0, MISSION
    )
    assert result(say_to(case.transfers, older)) == 0
    assert case.mission.items[0].x == pytest.approx(X, abs=40)
    assert case.mission.items[0].y == pytest.approx(Y, abs=80)


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        (91.0, 0.0, mavlink.MAV_MISSION_INVALID_PARAM5_X),
        (nan, 0.0, mavlink.MAV_MISSION_INVALID_PARAM5_X),
        (0.0, inf, mavlink.MAV_MISSION_INVALID_PARAM6_Y),
    ],
)
def test_a_place_beyond_the_earth_in_the_older_message_is_refused(
    x: float, y: float, expected: int
) -> None:
    case = Case()
    say_to(case.transfers, count_of(1))
    older = mavlink.MAVLink_mission_item_message(
        1, 1, 0, 3, WAYPOINT, 0, 1, 0, 0, 0, 0, x, y, 40.0, MISSION
    )
    assert result(say_to(case.transfers, older)) == expected


def test_the_older_request_is_answered_in_degrees() -> None:
    case = Case()
    older = mavlink.MAVLink_mission_request_message(1, 1, 0, MISSION)
    [answer] = say_to(case.transfers, older)
    assert answer.get_type() == "MISSION_ITEM"
    assert answer.x == pytest.approx(HOME.latitude, abs=1e-5)


def test_reading_beyond_the_end_tells_the_count() -> None:
    told, refused = say_to(Case().transfers, request(7))
    assert (told.get_type(), told.count) == ("MISSION_COUNT", 1)
    assert refused.type == mavlink.MAV_MISSION_ERROR


def test_the_totals_are_parameters_whoever_changes_the_lists() -> None:
    case = Case()
    totals = ("MIS_TOTAL", "FENCE_TOTAL", "RALLY_TOTAL")
    read_totals = [case.vehicle.parameters[name] for name in totals]
    assert read_totals == [1, 0, 0]
    upload(case, [waypoint()] * 5)
    upload(case, [*polygon(5), circle(15.0)], FENCE)
    case.rally.replace([rally_point()] * 2)
    # of the recorded fence of six items FENCE_TOTAL says 8
    assert [case.vehicle.parameters[name] for name in totals] == [5, 8, 2]


# The order of an upload, and what disturbs it.


def test_an_upload_is_not_atomic() -> None:
    case = Case()
    upload(case, [waypoint(z=10.0)] * 5)
    say_to(case.transfers, count_of(3))
    assert len(case.mission.items) == 3
    say_to(case.transfers, item_of(0, waypoint(z=20.0)))
    say_to(case.transfers, item_of(1, waypoint(z=20.0)))
    assert [item.z for item in case.mission.items] == [20.0, 20.0, 10.0]


def test_an_upload_of_nothing_empties_the_mission() -> None:
    case = Case()
    assert upload(case, []) == 0
    assert case.mission.items == ()


def test_a_wrong_number_is_refused_and_the_right_one_asked_for_again() -> None:
    case = Case()
    say_to(case.transfers, count_of(3))
    assert result(say_to(case.transfers, item_of(2, waypoint()), 0.5)) == INVALID_SEQUENCE
    assert asked(arrived(case.transfers.tick(ASKED_AGAIN_AFTER + 0.05))) == 0


def test_what_does_not_come_is_asked_for_each_second_and_given_up_after_eight() -> None:
    case = Case()
    say_to(case.transfers, count_of(3))
    answers = []
    for tick in range(1, 200):
        now = tick * 0.05
        answers += [(now, answer) for answer in arrived(case.transfers.tick(now))]
    *repeated, (ended, ack) = answers
    assert [round(now) for now, _ in repeated] == [1, 2, 3, 4, 5, 6, 7]
    assert {answer.seq for _, answer in repeated} == {0}
    assert ended == pytest.approx(GIVEN_UP_AFTER, abs=0.1)
    assert ack.type == mavlink.MAV_MISSION_OPERATION_CANCELLED
    assert case.vehicle.said == [(4, "Mission upload timeout")]
    assert not case.transfers.busy


def test_each_wanted_item_gives_eight_seconds_more() -> None:
    case = Case()
    say_to(case.transfers, count_of(3))
    say_to(case.transfers, item_of(0, waypoint()), 7.0)
    case.transfers.tick(14.0)
    assert case.transfers.busy
    case.transfers.tick(15.1)
    assert not case.transfers.busy


def test_a_cancel_from_the_ground_is_not_heard() -> None:
    case = Case()
    say_to(case.transfers, count_of(2))
    cancel = mavlink.MAVLink_mission_ack_message(1, 1, 15, MISSION)
    assert say_to(case.transfers, cancel) == []
    assert asked(say_to(case.transfers, item_of(0, waypoint()))) == 1


def test_a_second_ground_station_is_denied_and_does_not_disturb() -> None:
    case = Case()
    say_to(case.transfers, count_of(2))
    for message in (count_of(5), part_of(0, 0), item_of(0, waypoint())):
        assert result(say_to(case.transfers, message, sender=OTHER_GROUND)) == DENIED
    assert asked(say_to(case.transfers, item_of(0, waypoint()))) == 1


def test_the_same_ground_station_begins_anew() -> None:
    case = Case()
    say_to(case.transfers, count_of(5))
    say_to(case.transfers, item_of(0, waypoint()))
    assert upload(case, [waypoint()] * 2) == 0


def test_a_download_during_an_upload_is_denied() -> None:
    case = Case()
    say_to(case.transfers, count_of(2))
    assert result(say_to(case.transfers, list_request())) == DENIED
    assert result(say_to(case.transfers, request(0))) == DENIED
    assert result(say_to(case.transfers, clear_all())) == mavlink.MAV_MISSION_ERROR
    assert count(case, FENCE) == 0


def test_three_lists_come_up_at_the_same_time() -> None:
    case = Case()
    for kind in (MISSION, FENCE, RALLY):
        say_to(case.transfers, count_of(2, kind))
    assert asked(say_to(case.transfers, item_of(0, circle(20), FENCE))) == 1
    assert asked(say_to(case.transfers, item_of(0, rally_point(), RALLY))) == 1
    assert asked(say_to(case.transfers, item_of(0, waypoint()))) == 1


def test_requests_go_out_where_the_upload_came_in() -> None:
    case = Case()
    say_to(case.transfers, count_of(2), channel=1)
    assert {channel for channel, _ in case.transfers.tick(1.1)} == {1}


@pytest.mark.parametrize(
    ("kind", "most"),
    [(MISSION, MOST_MISSION_ITEMS), (FENCE, MOST_FENCE_ITEMS), (RALLY, MOST_RALLY_POINTS)],
)
def test_more_items_than_there_is_room_for_are_refused(kind: int, most: int) -> None:
    case = Case()
    answers = say_to(case.transfers, count_of(most + 1, kind))
    assert result(answers) == mavlink.MAV_MISSION_NO_SPACE
    assert case.vehicle.said == [(4, f"Only {most} items are supported")]
    assert asked(say_to(case.transfers, count_of(most, kind))) == 0


def test_650_items_are_taken() -> None:
    case = Case()
    assert upload(case, [waypoint()] * 650) == 0
    assert count(case) == 650


def test_an_item_without_an_upload_is_an_error() -> None:
    answers = say_to(Case().transfers, item_of(0, waypoint()))
    assert result(answers) == mavlink.MAV_MISSION_ERROR


def test_an_order_in_the_form_of_an_item_is_flown_and_not_stored() -> None:
    case, orders = Case(), []

    def guide(item: Item) -> bool:
        orders.append(item)
        return len(orders) == 1

    case.transfers = Transfers(case.vehicle, case.mission, case.fence, case.rally, guide=guide)
    assert result(say_to(case.transfers, item_of(0, waypoint(frame=6), current=2))) == 0
    answers = say_to(case.transfers, item_of(0, waypoint(z=90.0), current=3))
    assert result(answers) == mavlink.MAV_MISSION_ERROR  # it did not go
    assert orders == [waypoint(), waypoint(x=0, y=0, z=90.0)]
    wrong = say_to(case.transfers, item_of(0, waypoint(frame=1), current=2))
    assert result(wrong) == mavlink.MAV_MISSION_UNSUPPORTED_FRAME
    assert len(case.mission.items) == 1


@pytest.mark.parametrize(
    "message", [count_of(1, ALL), list_request(ALL), request(0, ALL), clear_all(ALL)]
)
def test_a_list_that_it_does_not_have_is_unsupported(message: Any) -> None:
    assert result(say_to(Case().transfers, message)) == mavlink.MAV_MISSION_UNSUPPORTED


def test_a_mission_that_is_being_flown_is_not_cleared_but_overwritten() -> None:
    case = Case(vehicle=StandingVehicle(in_auto=True))
    upload(case, [waypoint()] * 4)
    assert result(say_to(case.transfers, clear_all())) == mavlink.MAV_MISSION_ERROR
    assert len(case.mission.items) == 4
    assert upload(case, [waypoint()] * 2) == 0


def test_a_part_of_a_mission_is_exchanged() -> None:
    case = Case()
    upload(case, [waypoint(z=10.0)] * 4)
    assert asked(say_to(case.transfers, part_of(2, 3))) == 2
    say_to(case.transfers, item_of(2, waypoint(z=20.0)))
    assert result(say_to(case.transfers, item_of(3, waypoint(z=30.0)))) == 0
    assert [item.z for item in case.mission.items] == [10.0, 10.0, 20.0, 30.0]


@pytest.mark.parametrize(("first", "last"), [(2, 1), (0, 5), (-1, 1), (5, 5)])
def test_a_part_that_is_not_there_is_an_error(first: int, last: int) -> None:
    case = Case()
    upload(case, [waypoint()] * 4)
    answers = say_to(case.transfers, part_of(first, last))
    assert result(answers) == mavlink.MAV_MISSION_ERROR


def test_a_mission_that_is_cut_by_somebody_else_ends_the_upload() -> None:
    case = Case()
    say_to(case.transfers, count_of(3))
    say_to(case.transfers, item_of(0, waypoint()))
    case.mission.replace(())
    answers = say_to(case.transfers, item_of(1, waypoint()))
    assert result(answers) == mavlink.MAV_MISSION_ERROR
    assert not case.transfers.busy


def test_a_reboot_ends_an_upload_and_keeps_what_is_stored() -> None:
    case = Case()
    upload(case, polygon(3), FENCE)
    say_to(case.transfers, count_of(4, FENCE))
    case.transfers.reboot()
    assert not case.transfers.busy
    assert count(case, FENCE) == 3


# Fences.


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


# Rally points.


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


# Rubbish.

steps = st.tuples(
    transfer_messages,
    st.sampled_from([255, 254]),
    st.integers(0, 1),
    st.sampled_from([0.0, 0.3, 2.0, 9.0]),
)


@settings(max_examples=150)
@given(st.lists(steps, max_size=40), st.booleans())
def test_after_any_messages_an_upload_of_each_list_still_succeeds(
    rubbish: list[tuple[Any, int, int, float]], in_auto: bool
) -> None:
    case = Case(vehicle=StandingVehicle(in_auto=in_auto))
    transfers, now = case.transfers, 0.0
    for message, system, channel, later in rubbish:
        now += later
        replies = transfers.receive(over_the_wire(message, (system, 190)), channel, now)
        replies += transfers.tick(now)
        arrived(replies)  # what is answered can be packed
        assert len(replies) <= 2 + 3
        for store, most in (
            (case.mission, MOST_MISSION_ITEMS),
            (case.fence, MOST_FENCE_ITEMS),
            (case.rally, MOST_RALLY_POINTS),
        ):
            assert len(store.items) <= most
    transfers.tick(now + GIVEN_UP_AFTER + 1)
    assert not transfers.busy
    uploads: list[tuple[int, list[Item], Callable[[], tuple[Item, ...]]]] = [
        (MISSION, [waypoint(z=5.0)] * 3, lambda: case.mission.items),
        (FENCE, polygon(4), lambda: case.fence.items),
        (RALLY, [rally_point()], lambda: case.rally.items),
    ]
    for kind, items, stored in uploads:
        assert upload(case, items, kind) == 0
        assert len(stored()) == len(items)
