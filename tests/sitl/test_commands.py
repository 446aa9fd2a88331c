"""Commands over the wire: what a ground station sends, and the results that it gets."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from fleet.peshawar import to_degrees
from sitl.autopilot.items import Item
from sitl.autopilot.life import Phase
from sitl.autopilot.modes import PLANE
from sitl.squadron import Berth
from tests.sitl.flown import PLACE
from tests.sitl.wire import Station, by_type

ACCEPTED, DENIED, UNSUPPORTED, FAILED = 0, 2, 3, 4
GUIDED, AUTO, RTL, LAND = 4, 3, 6, 9


def standing(**more: Any) -> Station:
    """A copter that waits for orders, ready."""
    berth = Berth(place=PLACE, heading=0.0, alive=False, **more)
    station = Station(airborne=0.0, boot_scale=0.01, berth=berth)
    station.run(1.0)
    return station


def result(station: Station, command: int, *parameters: float) -> int:
    replies = by_type(station.command(command, *parameters))
    (acknowledgement,) = replies["COMMAND_ACK"]
    assert acknowledgement.command == command
    return int(acknowledgement.result)


def send_int(station: Station, command: int, *four: float, **place: Any) -> int:
    at = {"frame": 6, "x": 0, "y": 0, "z": 0.0} | place
    parameters = [*four, *[0.0] * (4 - len(four))]
    station.say(
        mavlink.MAVLink_command_int_message(
            1, 1, at["frame"], command, 0, 0, *parameters, at["x"], at["y"], at["z"]
        )
    )
    begin = len(station.heard)
    station.step()
    replies = by_type(message for _, message in station.heard[begin:])
    return int(replies["COMMAND_ACK"][0].result)


def near(station: Station, east: float, north: float) -> dict[str, int]:
    position = station.squadron.airframes.position[0]
    latitude, longitude = to_degrees(position[0] + east, position[1] + north)
    return {"x": round(latitude * 1e7), "y": round(longitude * 1e7)}


def hovering() -> Station:
    station = standing()
    assert result(station, 176, 1, GUIDED) == ACCEPTED
    assert result(station, 400, 1) == ACCEPTED
    assert result(station, 22, 0, 0, 0, 0, 0, 0, 20) == ACCEPTED
    station.until(lambda: float(station.squadron.airframes.position[0, 2]) > 19)
    return station


def test_from_the_ground_into_the_air_and_back() -> None:
    station = hovering()
    beats = [(m.base_mode, m.custom_mode) for m in by_type(station.run(1.0))["HEARTBEAT"]]
    assert beats[-1] == (217, GUIDED)
    assert result(station, 21) == ACCEPTED
    station.until(lambda: not station.autopilot.armed)
    newest = by_type(station.run(1.1))["HEARTBEAT"][-1]
    assert (newest.base_mode, newest.custom_mode, newest.system_status) == (89, LAND, 3)


def test_a_mode_needs_the_custom_mode_bit_and_must_be_one_of_its_own() -> None:
    station = standing()
    assert result(station, 176, 128, GUIDED) == DENIED
    assert result(station, 176, 1, 77) == FAILED
    assert result(station, 176, 1, GUIDED) == ACCEPTED


def test_a_changed_mode_is_told_by_a_heartbeat_at_once() -> None:
    station = standing()
    replies = station.command(176, 1, GUIDED)
    assert [m.get_type() for m in replies][:2] == ["COMMAND_ACK", "HEARTBEAT"]
    assert replies[1].custom_mode == GUIDED


def test_the_old_set_mode_message_works_and_is_not_acknowledged() -> None:
    station = standing()
    station.say(mavlink.MAVLink_set_mode_message(1, 1, GUIDED))
    assert "COMMAND_ACK" not in by_type(station.run(0.2))
    assert station.autopilot.mode == GUIDED


def test_in_the_wrong_state_commands_fail() -> None:
    station = standing()
    assert result(station, 22, 0, 0, 0, 0, 0, 0, 20) == FAILED  # not armed
    assert result(station, 176, 1, AUTO) == ACCEPTED
    assert result(station, 400, 1) == FAILED  # AUTO
    assert result(station, 224, 5) == FAILED  # no such item
    assert result(station, 193, 0) == FAILED  # nothing to pause
    flying = hovering()
    assert result(flying, 400, 0) == FAILED
    assert result(flying, 246, 1) == FAILED
    assert result(flying, 400, 1) == ACCEPTED
    assert result(flying, 400, 0, 21196) == ACCEPTED  # by force
    assert not flying.autopilot.armed


def test_flight_termination_stops_the_motors_where_it_is() -> None:
    station = hovering()
    assert result(station, 185, 0) == FAILED
    assert result(station, 185, 1) == ACCEPTED
    station.until(lambda: float(station.squadron.airframes.position[0, 2]) == 0.0, 10)


def test_a_reposition_works_only_as_command_int() -> None:
    station = hovering()
    place = near(station, 60.0, 0.0)
    flags = (-1.0, 1.0)
    assert result(station, 192, *flags, 0, 0, place["x"] / 1e7, place["y"] / 1e7, 20) == UNSUPPORTED
    assert send_int(station, 192, *flags, **place, z=25.0) == ACCEPTED
    station.run(20.0)
    told = near(station, 0.0, 0.0)
    assert abs(told["x"] - place["x"]) < 150
    assert abs(told["y"] - place["y"]) < 150
    assert send_int(station, 192, *flags, x=950_000_000, y=0, z=25.0) == DENIED


def test_set_position_target_moves_it_only_in_guided() -> None:
    station = hovering()
    place = near(station, 0.0, 50.0)
    target = mavlink.MAVLink_set_position_target_global_int_message(
        0, 1, 1, 6, 3576, place["x"], place["y"], 20.0, *[0.0] * 8
    )
    station.say(target)
    station.run(15.0)
    assert abs(near(station, 0, 0)["x"] - place["x"]) < 150
    assert result(station, 176, 1, 5) == ACCEPTED  # LOITER
    station.say(
        mavlink.MAVLink_set_position_target_local_ned_message(
            0, 1, 1, 1, 3576, 0.0, 0.0, -20.0, *[0.0] * 8
        )
    )
    station.run(10.0)
    assert abs(near(station, 0, 0)["x"] - place["x"]) < 150
    assert result(station, 176, 1, GUIDED) == ACCEPTED
    station.say(
        mavlink.MAVLink_set_position_target_local_ned_message(
            0, 1, 1, 8, 0xDC7, 0, 0, 0, 3.0, 0.0, 0.0, *[0.0] * 5
        )
    )
    station.run(2.0)
    ahead = station.squadron.airframes.velocity[0, :2]
    assert 2.0 < float((ahead**2).sum() ** 0.5) < 4.0


def test_a_mission_is_started_by_command_and_paused() -> None:
    station = standing()
    places = [near(station, 80.0 * n, 0.0) for n in (1, 2)]
    items = [Item(22, 3, z=20.0), *(Item(16, 3, x=at["x"], y=at["y"], z=20.0) for at in places)]
    station.autopilot.mission.replace([Item(16, 0), *items])
    assert result(station, 300) == ACCEPTED  # AUTO, on the ground and disarmed
    assert station.autopilot.mode == AUTO
    assert result(station, 176, 1, GUIDED) == ACCEPTED
    assert result(station, 400, 1) == ACCEPTED
    assert result(station, 300) == ACCEPTED
    station.until(lambda: station.autopilot.run.number == 2, 60)
    assert result(station, 193, 0) == ACCEPTED
    station.run(10.0)
    paused = near(station, 0, 0)
    station.run(5.0)
    assert abs(near(station, 0, 0)["y"] - paused["y"]) < 100
    assert result(station, 193, 1) == ACCEPTED
    station.until(lambda: station.autopilot.run.number == 3, 60)


def test_home_is_told_and_set() -> None:
    station = standing()
    replies = by_type(station.command(410))
    assert len(replies["HOME_POSITION"]) == 1
    assert send_int(station, 179, 0, frame=0, **near(station, 40.0, 0.0)) == ACCEPTED
    home = by_type(station.run(0.2))["HOME_POSITION"][-1]
    assert abs(home.longitude - near(station, 40.0, 0.0)["y"]) < 20


def test_timesync_and_ping_are_answered_once() -> None:
    station = standing()
    station.say(mavlink.MAVLink_timesync_message(0, 12345))
    station.say(mavlink.MAVLink_ping_message(7, 3, 0, 0))
    station.say(mavlink.MAVLink_timesync_message(99, 12345))  # an answer
    types = by_type(station.run(0.2))
    (timesync,) = types["TIMESYNC"]
    assert timesync.ts1 == 12345
    assert abs(timesync.tc1 / 1e9 - station.seconds) < 0.5
    (ping,) = types["PING"]
    assert (ping.seq, ping.target_system, ping.target_component) == (3, 255, 190)


def test_the_current_item_can_be_set_by_message_and_is_told() -> None:
    station = Station()
    station.say(mavlink.MAVLink_mission_set_current_message(1, 1, 4))
    types = by_type(station.run(0.1))
    assert types["MISSION_CURRENT"][0].seq == 4
    assert any(text.text == "Mission: 4 WP" for text in types["STATUSTEXT"])


def test_a_camera_and_a_gimbal_do_what_they_are_told() -> None:
    station = hovering()
    assert result(station, 203, 0, 0, 0, 0, 1) == ACCEPTED
    assert len(by_type(station.run(0.2))["CAMERA_FEEDBACK"]) == 1
    assert result(station, 205, -45.0, 0, 30.0) == ACCEPTED
    mount = by_type(station.command(512, mavlink.MAVLINK_MSG_ID_MOUNT_STATUS))["MOUNT_STATUS"][0]
    assert (mount.pointing_a, mount.pointing_c) == (-4500, 3000)
    below = near(station, 0.1, 0.1)
    assert send_int(station, 195, **below, z=1.0) == ACCEPTED
    mount = by_type(station.command(512, mavlink.MAVLINK_MSG_ID_MOUNT_STATUS))["MOUNT_STATUS"][0]
    assert mount.pointing_a < -8000
    assert result(station, 197) == ACCEPTED


def test_a_ground_station_that_takes_over_is_not_spoken_against() -> None:
    station = Station()
    assert result(station, 176, 1, GUIDED) == ACCEPTED
    station.run(30.0)
    assert station.autopilot.mode == GUIDED
    assert station.life.phase is Phase.ALOOF
    assert result(station, 176, 1, RTL) == ACCEPTED
    station.until(lambda: not station.autopilot.armed, 600)
    station.run(50.0)
    assert station.life.phase is Phase.ALOOF
    station.until(lambda: station.life.phase is Phase.FLIGHT, 200)


def test_a_plane_knows_its_own_modes_and_commands() -> None:
    station = standing(kind=PLANE)
    assert result(station, 176, 1, 10) == ACCEPTED  # AUTO
    assert result(station, 176, 1, GUIDED) == FAILED  # a copter's number
    assert result(station, 21) == UNSUPPORTED
    assert result(station, 115, 90) == FAILED


def test_nobodys_component_is_obeyed() -> None:
    station = standing()
    replies = by_type(station.command(176, 1, GUIDED, component=99))
    assert replies["COMMAND_ACK"][0].result == ACCEPTED


def test_what_follows_a_new_key_in_the_same_step_is_judged_by_it() -> None:
    station = standing()
    station.drone.add_channel()  # the first takes what is not signed
    key = bytes(range(32))
    for mode, number in ((GUIDED, 1), (RTL, 1)):
        message = mavlink.MAVLink_command_long_message(1, 1, 176, 0, 1, mode, 0, 0, 0, 0, 0)
        station.say(message, number)
        station.say(mavlink.MAVLink_setup_signing_message(1, 1, key, 0), number)
    station.step()
    assert station.autopilot.mode == GUIDED
    assert station.drone.signing.refused == 2


known = [16, 20, 21, 22, 92, 112, 115, 176, 178, 179, 185, 192, 193, 195, 197, 201, 203, 205]
known += [206, 207, 224, 241, 246, 300, 400, 401, 410, 510, 511, 512, 519, 520, 1000, 2000, 42428]
floats = st.floats(width=32) | st.sampled_from([0.0, 1.0, 2.0, 4.0, 21196.0])


@pytest.fixture(scope="module")
def in_the_air() -> Station:
    return hovering()


@given(
    command=st.sampled_from(known),
    parameters=st.lists(floats, min_size=7, max_size=7),
    whole=st.tuples(st.integers(-(2**31), 2**31 - 1), st.integers(-(2**31), 2**31 - 1)),
    frame=st.integers(0, 30),
)
@settings(max_examples=80, deadline=None)
def test_any_values_are_answered_and_stop_nothing(
    in_the_air: Station, command: int, parameters: list[float], whole: Any, frame: int
) -> None:
    station = in_the_air
    for reply in station.command(command, *parameters):
        assert reply.get_type() != "BAD_DATA"
    x, y = whole
    if command != mavlink.MAV_CMD_PREFLIGHT_REBOOT_SHUTDOWN:  # it hears nothing just then
        send_int(station, command, *parameters[:4], x=x, y=y, z=parameters[6], frame=frame)
    station.run(0.1)
    for message in (mavlink.MAVLINK_MSG_ID_MOUNT_STATUS, mavlink.MAVLINK_MSG_ID_HOME_POSITION):
        station.command(512, message)


@given(
    mask=st.integers(0, 4095),
    frame=st.integers(0, 22),
    numbers=st.lists(st.floats(width=32), min_size=11, max_size=11),
    whole=st.tuples(st.integers(-(2**31), 2**31 - 1), st.integers(-(2**31), 2**31 - 1)),
)
@settings(max_examples=40, deadline=None)
def test_any_target_is_flown_or_dropped(
    in_the_air: Station, mask: int, frame: int, numbers: list[float], whole: Any
) -> None:
    station = in_the_air
    station.say(
        mavlink.MAVLink_set_position_target_local_ned_message(0, 1, 1, frame, mask, *numbers)
    )
    station.say(
        mavlink.MAVLink_set_position_target_global_int_message(
            0, 1, 1, frame, mask, *whole, *numbers[2:]
        )
    )
    station.run(0.2)
    assert abs(station.squadron.airframes.position[0]).max() < 1e9
