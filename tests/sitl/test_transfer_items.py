"""What is kept of a mission's items, where the transcripts leave it open."""

from __future__ import annotations

from math import inf, nan

import pytest
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot.item_rules import PLANE_PLACES
from sitl.autopilot.items import Item
from sitl.autopilot.transfer import Transfers
from tests.sitl.ground import HOME, StandingVehicle, say_to
from tests.sitl.plans import (
    FENCE,
    MISSION,
    RALLY,
    WAYPOINT,
    X,
    Y,
    circle,
    clear_all,
    count_of,
    item_of,
    polygon,
    rally_point,
    request,
    waypoint,
)
from tests.sitl.transferring import Case, count, read, result, upload


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
