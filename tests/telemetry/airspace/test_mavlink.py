"""MAVLink's words on the airspace, as pymavlink writes them and our codec reads them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mavlink
from pymavlink.generator.mavcrc import x25crc

from fleet.airspace.columns import Datum, Flag, Means
from sitl.intruders.adsb import adsb_vehicle
from sitl.intruders.flight import Motion
from sitl.intruders.remote_id import bridge_messages
from telemetry.airspace.heard import moment
from telemetry.airspace.mavlink import AirspaceMessage, MavlinkAirspace, Taken
from telemetry.airspace.remote_id import Broadcasts
from telemetry.mavlink.codec import Decoder
from telemetry.remote_id.messages import Location
from telemetry.remote_id.pack import pack
from tests.telemetry.airspace.radio import ALL, RECEIVED, SENDER, SERIAL

MOTION = Motion(100.0, 200.0, 500.0, 30.0, -40.0, 2.0)


def taken(reader: MavlinkAirspace, messages: list[Any]) -> Taken:
    link = mavlink.MAVLink(None, srcSystem=240, srcComponent=236)
    frames = b"".join(message.pack(link) for message in messages)
    return reader.take(Decoder().decode([frames], np.array([moment(RECEIVED)])))


def test_a_bridge_tells_what_the_broadcast_said() -> None:
    reader = MavlinkAirspace("north")
    (row,) = taken(reader, bridge_messages(SENDER, [*ALL[1:], ALL[0]])).heard.detections
    (air,) = Broadcasts().take("mavlink:north/240.236", SENDER.hex(":"), ALL, RECEIVED)
    for name in row.dtype.names or ():
        same = (
            row[name] == pytest.approx(air[name], nan_ok=True, abs=1e-4)
            if (row.dtype[name].kind == "f")
            else row[name] == air[name]
        )
        assert same, name


def test_what_a_vehicle_says_of_itself_is_no_sensors_word_but_tells_its_serial_number() -> None:
    reader = MavlinkAirspace("north")
    link = mavlink.MAVLink(None, srcSystem=240, srcComponent=236)
    own, heard = bridge_messages(bytes(6), ALL), bridge_messages(SENDER, ALL)
    frames = b"".join(message.pack(link) for message in [*own, *heard])
    decoded = Decoder().decode([frames], np.array([moment(RECEIVED)]))
    result = reader.take(decoded, frozenset({240}))
    assert len(result.heard.said) == len(heard)
    assert set(result.heard.detections["key"]) == {SENDER.hex(":").encode()}
    assert reader.serials == {240: SERIAL}


def test_a_message_pack_is_read_like_its_messages() -> None:
    messages = list(pack(ALL).ljust(3 + 225, b"\0")[3:])
    packed = mavlink.MAVLink_open_drone_id_message_pack_message(
        0, 0, list(SENDER.ljust(20, b"\0")), 25, len(ALL), messages
    )
    result = taken(MavlinkAirspace("north"), [packed])
    assert result.heard.detections["identity"].tolist() == [f"rid:{SERIAL}".encode()]
    assert [said.protocol for said in result.heard.said] == ["remote-id"]
    assert bytes(packed.get_msgbuf()).startswith(result.heard.said[0].raw[:1])


def test_a_pack_that_is_none_is_refused_with_its_frame() -> None:
    packed = mavlink.MAVLink_open_drone_id_message_pack_message(0, 0, [0] * 20, 24, 3, [0] * 225)
    result = taken(MavlinkAirspace("north"), [adsb_vehicle(1, "A", MOTION), packed])
    ((frame, error),) = result.refused
    assert (frame, error.reason) == (1, "malformed")
    assert len(result.heard.said) == 2  # also what is refused was said


def test_unknown_values_are_unknown() -> None:
    (message,) = bridge_messages(SENDER, [Location(34.0, 71.0)])
    (row,) = taken(MavlinkAirspace("n"), [message]).heard.detections
    for name in ("altitude", "height", "east", "north", "up", "error", "operator_latitude"):
        assert np.isnan(row[name])
    assert row["flags"] == Flag.CLOCK


def test_an_aircraft_is_read_with_its_velocity() -> None:
    (row,) = taken(
        MavlinkAirspace("n"), [adsb_vehicle(0x76ABCD, "PIA301", MOTION)]
    ).heard.detections
    place = MOTION.place
    assert (row["means"], row["identity"], row["call_sign"]) == (
        Means.AIRCRAFT,
        b"icao:76abcd",
        b"PIA301",
    )
    assert [row["latitude"], row["longitude"]] == pytest.approx(
        [place.latitude, place.longitude], abs=1e-6
    )
    assert [row["east"], row["north"], row["up"]] == pytest.approx([30, -40, 2], abs=0.02)
    assert (row["altitude"], row["datum"]) == (pytest.approx(place.altitude, abs=0.1), Datum.WGS84)
    assert row["time"] == row["received_time"] - np.timedelta64(1, "s")


def test_an_aircraft_without_a_valid_position_is_said_but_is_no_detection() -> None:
    message = adsb_vehicle(1, "A", MOTION)
    message.flags = 0
    heard = taken(MavlinkAirspace("n"), [message]).heard
    assert (len(heard.said), len(heard.detections)) == (1, 0)


@given(st.sampled_from(list(AirspaceMessage)), st.binary(min_size=249, max_size=249))
@settings(max_examples=150)
def test_no_payload_breaks_the_reader(message: AirspaceMessage, payload: bytes) -> None:
    described = mavlink.mavlink_map[message]
    payload = payload[: described.unpacker.size]
    body = bytes([len(payload), 0, 0, 0, 1, 1]) + int(message).to_bytes(3, "little") + payload
    check = x25crc(body + bytes([described.crc_extra])).crc
    frame = b"\xfd" + body + check.to_bytes(2, "little")
    decoded = Decoder().decode([frame], np.array([moment(RECEIVED)]))
    assert len(decoded.frames) == 1
    rows = MavlinkAirspace("n").take(decoded).heard.detections
    assert (np.abs(rows["latitude"]) <= 90).all()
    assert (np.abs(rows["longitude"]) <= 180).all()
