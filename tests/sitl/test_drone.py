"""On the wire a simulated drone is an ArduCopter: silent until asked, and true to its state."""

from __future__ import annotations

import struct
from collections import Counter
from itertools import pairwise
from math import degrees, hypot

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from fleet.peshawar import to_degrees, to_metres
from sitl.autopilot.channel import MAX_PENDING_BYTES
from sitl.autopilot.drone import SimulatedDrone
from sitl.autopilot.life import Phase
from sitl.autopilot.messages import STREAMED, status_texts
from sitl.sectors import ground_altitude
from sitl.squadron import Berth
from tests.sitl.wire import BEGIN, Station, by_type

ACCEPTED, DENIED, UNSUPPORTED, FAILED = 0, 2, 3, 4
POSITION = mavlink.MAVLINK_MSG_ID_GLOBAL_POSITION_INT


def test_it_sends_its_heartbeat_once_a_second_and_nothing_else_until_asked() -> None:
    messages = Station().run(30.0)
    types = Counter(message.get_type() for message in messages)
    assert types.pop("HEARTBEAT") == 30
    # what a real one says unasked: its home once, texts, and how its mission goes on
    assert types.pop("HOME_POSITION", 0) <= 1
    assert set(types) <= {"STATUSTEXT", "MISSION_ITEM_REACHED"}


@pytest.mark.parametrize("hertz", [0.5, 1.0, 2.0, 4.0, 5.0, 10.0, 20.0])
def test_a_message_comes_at_the_interval_that_was_asked_for(hertz: float) -> None:
    station = Station()
    assert station.ask(POSITION, hertz) == ACCEPTED
    times = [at for at, m in station.run_timed(20.0) if m.get_type() == "GLOBAL_POSITION_INT"]
    assert abs(len(times) - 20 * hertz) <= 1
    gaps = [after - before for before, after in pairwise(times)]
    assert max(gaps) - min(gaps) < 1e-6
    assert abs(gaps[0] - 1 / hertz) < 1e-6


def test_faster_than_it_steps_comes_once_a_step() -> None:
    station = Station()
    assert station.ask(POSITION, 50) == ACCEPTED
    assert len(by_type(station.run(5.0))["GLOBAL_POSITION_INT"]) == 100


def test_unknown_messages_and_absurd_rates_are_denied() -> None:
    station = Station()
    assert station.ask(12345, 1) == DENIED
    assert station.ask(POSITION, 1000) == DENIED
    assert "GLOBAL_POSITION_INT" not in by_type(station.run(3.0))


def test_a_stream_can_be_stopped_the_heartbeat_as_well() -> None:
    station = Station()
    station.ask(POSITION, 10)
    station.run(1.0)
    station.ask(POSITION, -1)
    station.ask(mavlink.MAVLINK_MSG_ID_HEARTBEAT, -1)
    types = by_type(station.run(5.0))
    assert "GLOBAL_POSITION_INT" not in types
    assert "HEARTBEAT" not in types


def test_it_tells_the_interval_of_a_message() -> None:
    station = Station()
    station.ask(POSITION, 4)
    for identifier, interval in ((POSITION, 250_000), (30, -1), (12345, 0), (0, 1_000_000)):
        replies = by_type(station.command(mavlink.MAV_CMD_GET_MESSAGE_INTERVAL, identifier))
        assert replies["MESSAGE_INTERVAL"][0].interval_us == interval


@pytest.mark.parametrize("message", ["HOME_POSITION", "AUTOPILOT_VERSION", "SYS_STATUS"])
def test_a_message_can_be_asked_for_once_and_follows_its_acknowledgement(message: str) -> None:
    station = Station()
    station.run(2.0)
    identifier = getattr(mavlink, f"MAVLINK_MSG_ID_{message}")
    replies = station.command(mavlink.MAV_CMD_REQUEST_MESSAGE, identifier)
    names = [m.get_type() for m in replies if m.get_type() != "HEARTBEAT"]
    assert names == ["COMMAND_ACK", message]


def test_a_request_for_a_message_that_it_has_not_fails() -> None:
    replies = by_type(Station().command(mavlink.MAV_CMD_REQUEST_MESSAGE, 9999))
    assert replies["COMMAND_ACK"][0].result == FAILED


def test_a_command_that_it_does_not_know_is_unsupported() -> None:
    station = Station()
    replies = by_type(station.command(31000))
    assert replies["COMMAND_ACK"][0].result == UNSUPPORTED
    assert replies["COMMAND_ACK"][0].command == 31000
    assert station.life.phase is Phase.FLIGHT


def test_acknowledgements_name_who_asked() -> None:
    replies = by_type(Station().command(mavlink.MAV_CMD_REQUEST_MESSAGE, 148))
    (acknowledgement,) = replies["COMMAND_ACK"]
    assert (acknowledgement.target_system, acknowledgement.target_component) == (255, 190)


def test_commands_for_others_are_not_for_it_but_any_component_of_it_is() -> None:
    station = Station()
    assert "COMMAND_ACK" not in by_type(station.command(511, POSITION, 1e5, system=2))
    assert "GLOBAL_POSITION_INT" not in by_type(station.run(2.0))
    assert "COMMAND_ACK" in by_type(station.command(511, POSITION, 1e5, component=77))
    assert "COMMAND_ACK" in by_type(station.command(511, POSITION, 1e5, system=0))


def test_the_old_data_stream_request_overrides_intervals() -> None:
    station = Station()
    station.ask(POSITION, 10)
    station.say(mavlink.MAVLink_request_data_stream_message(1, 1, 6, 2, 1))  # POSITION, 2 Hz
    station.step()
    assert len(by_type(station.run(10.0))["GLOBAL_POSITION_INT"]) == 20
    station.say(mavlink.MAVLink_request_data_stream_message(1, 1, 0, 0, 0))  # all, stop
    station.step()
    assert "GLOBAL_POSITION_INT" not in by_type(station.run(3.0))


def test_what_it_says_is_what_it_does() -> None:
    station = Station()
    for identifier in STREAMED:
        station.ask(identifier, 10)
    station.run(40.0)
    frames, pack = station.squadron.airframes, station.squadron.batteries
    for _ in range(20):
        said = {m.get_type(): m for m in station.run(0.1)}  # two steps: each came once
        while station.time % 100_000:
            station.step()
        east, north, up = frames.position[0]
        fix = said["GLOBAL_POSITION_INT"]
        reach = hypot(*frames.velocity[0]) * 0.1  # it may have been a step ago
        at = to_metres(fix.lat / 1e7, fix.lon / 1e7)
        assert hypot(at[0] - east, at[1] - north) < reach + 2.5
        assert abs(fix.relative_alt / 1e3 - up) < 4.0
        home_altitude = ground_altitude(station.life.patrol.home[0])
        assert abs((fix.alt - fix.relative_alt) / 1e3 - home_altitude) < 0.01
        assert abs(fix.vx / 100 - frames.velocity[0, 1]) < 0.3
        assert abs(fix.vy / 100 - frames.velocity[0, 0]) < 0.3
        assert abs(fix.vz / 100 + frames.velocity[0, 2]) < 0.3
        yaw = degrees(frames.attitude[0, 2])
        assert abs((fix.hdg / 100 - yaw + 180) % 360 - 180) < 7
        assert abs((degrees(said["ATTITUDE"].yaw) - fix.hdg / 100 + 180) % 360 - 180) < 7
        assert abs(said["VFR_HUD"].groundspeed - hypot(*frames.velocity[0, :2])) < 0.3
        raw = said["GPS_RAW_INT"]
        at = to_metres(raw.lat / 1e7, raw.lon / 1e7)
        assert hypot(at[0] - east, at[1] - north) < reach + 5.0
        assert raw.fix_type == mavlink.GPS_FIX_TYPE_3D_FIX
        assert abs(said["SYS_STATUS"].voltage_battery / 1e3 - pack.voltage[0]) < 0.1
        assert abs(said["SYS_STATUS"].battery_remaining - pack.charge[0] * 100) < 0.6
        assert said["BATTERY_STATUS"].voltages[0] == said["SYS_STATUS"].voltage_battery
        assert said["EKF_STATUS_REPORT"].flags == 831
        assert said["EXTENDED_SYS_STATE"].landed_state == mavlink.MAV_LANDED_STATE_IN_AIR
        home = to_degrees(*station.life.patrol.home)
        assert abs(said["HOME_POSITION"].latitude / 1e7 - home[0]) < 1e-6
        assert abs(said["HOME_POSITION"].longitude / 1e7 - home[1]) < 1e-6


def test_its_clock_since_boot_and_its_utc_agree() -> None:
    station = Station()
    station.ask(mavlink.MAVLINK_MSG_ID_SYSTEM_TIME, 5)
    offsets = {
        m.time_unix_usec - m.time_boot_ms * 1000 for m in by_type(station.run(10.0))["SYSTEM_TIME"]
    }
    assert max(offsets) - min(offsets) <= 1000  # boot time is told in whole milliseconds
    assert BEGIN - 3_600_000_000 < min(offsets) < BEGIN


def test_sequence_numbers_count_every_frame() -> None:
    station = Station()
    station.ask(POSITION, 20)
    station.run(20.0)
    numbers = [frame[4] for frame in station.frames]
    assert numbers == [n % 256 for n in range(len(numbers))]


@pytest.mark.parametrize("length", [0, 1, 49, 50, 51, 99, 100, 101, 200])
def test_long_texts_go_out_in_pieces_that_join_again(length: int) -> None:
    text = "".join(chr(97 + n % 26) for n in range(length))
    link, parser = mavlink.MAVLink(None), mavlink.MAVLink(None)
    pieces = [
        message
        for sent in status_texts(4, text, 7)
        for message in parser.parse_buffer(sent.pack(link))
    ]
    assert "".join(piece.text for piece in pieces) == text
    assert [piece.chunk_seq for piece in pieces] == list(range(len(pieces)))
    assert {piece.id for piece in pieces} == ({7} if len(pieces) > 1 else {0})
    assert (len(pieces) > 1) == (length > 50)
    if len(pieces) > 1:
        assert len(pieces[-1].text) < 50  # the end is seen


@given(data=st.lists(st.binary(max_size=400), max_size=8))
@settings(max_examples=150, deadline=None)
def test_noise_on_the_line_stops_nothing(data: list[bytes]) -> None:
    station = Station()
    for noise in data:
        station.drone.receive(noise)
        station.step()
    station.run(2.0)
    station.drone.receive(bytes(300))  # what a torn frame may still wait for
    station.step()
    assert station.ask(POSITION, 10) == ACCEPTED
    assert len(by_type(station.run(2.0))["GLOBAL_POSITION_INT"]) == 20


@given(
    messages=st.lists(
        st.tuples(st.sampled_from(sorted(mavlink.mavlink_map)), st.binary(max_size=255)),
        min_size=1,
        max_size=12,
    ),
    flies=st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_no_message_of_the_dialect_stops_it_whatever_it_holds(
    messages: list[tuple[int, bytes]], flies: bool
) -> None:
    station = Station(boot_scale=0.01, berth=Berth(alive=flies))
    station.run(0.5)
    for identifier, payload in messages:
        for target in (0, 1):
            station.drone.receive(sound_frame(identifier, payload, target))
        station.step()
    station.run(0.5)
    assert station.drone.channels[0].statistics.messages_understood >= len(messages)


def sound_frame(identifier: int, payload: bytes, target: int) -> bytes:
    """A frame with the right checksum; wherever it has a target, this is it."""
    kind = mavlink.mavlink_map[identifier]
    body = bytearray(payload.ljust(kind.unpacker.size, b"\0")[: kind.unpacker.size])
    if "target_system" in kind.ordered_fieldnames:
        place = kind.ordered_fieldnames.index("target_system")
        before = kind.native_format.decode()[1 : place + 1]
        if kind.array_lengths == [0] * len(kind.array_lengths):
            body[struct.calcsize(f"<{before}")] = target
    head: bytes = bytes([0xFD, len(body), 0, 0, 0, 255, 190, *identifier.to_bytes(3, "little")])
    crc: int = mavlink.x25crc((head + body)[1:] + bytes([kind.crc_extra])).crc
    return head + bytes(body) + crc.to_bytes(2, "little")


@given(
    command=st.integers(0, 65535) | st.sampled_from([510, 511, 512, 519, 520]),
    parameters=st.lists(st.floats(width=32), min_size=7, max_size=7),
)
@settings(max_examples=150, deadline=None)
def test_any_command_is_answered_whatever_its_parameters(
    command: int, parameters: list[float]
) -> None:
    replies = by_type(Station().command(command, *parameters))
    (acknowledgement,) = replies["COMMAND_ACK"]
    assert acknowledgement.command == command


def test_what_floods_it_is_lost_and_counted() -> None:
    drone = SimulatedDrone(1)
    for _ in range(10):
        drone.receive(bytes(1000))
    assert drone.channels[0].statistics.bytes_lost == 10_000 - MAX_PENDING_BYTES
