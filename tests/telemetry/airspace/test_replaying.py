"""What sensors said, read again: the same detections, whoever said it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from fleet.columns import Rows
from sitl.intruders.adsb import adsb_vehicle
from sitl.intruders.airspace import Airspace
from sitl.intruders.flight import Flight, Motion
from sitl.intruders.remote_id import bridge_messages, scout_payload
from sitl.intruders.sapient import framed
from sitl.intruders.sensors import Sensor, SensorKind
from telemetry.airspace.heard import SAID_BYTES, Heard, Said, merged, moment
from telemetry.airspace.mavlink import MavlinkAirspace
from telemetry.airspace.replaying import Replayer
from telemetry.airspace.sapient_nodes import Nodes
from telemetry.airspace.sapient_session import SapientSession
from telemetry.airspace.sbs_client import SbsClient
from telemetry.airspace.scout import ScoutReader
from telemetry.mavlink.codec import Decoder
from telemetry.trackers.intake import Intake
from tests.telemetry.airspace.radio import ALL, RECEIVED, SENDER
from tests.telemetry.store.samples import same
from tests.telemetry.trackers.sinks import RecordingSink


def again(heard: Iterable[Heard]) -> Rows:
    """DETECTION read from what was said, in the order of times and numbers."""
    said = [one for each in heard for one in each.said]
    said.sort(key=lambda one: (one.received_time, one.sensor, one.number))
    replayer = Replayer()
    rows = merged([replayer.take(one) for one in said]).detections
    assert not replayer.refused
    return rows


def told(heard: list[Heard]) -> Rows:
    return merged(heard).detections


def test_a_bridge_s_pieces_of_one_moment_are_read_in_the_order_in_which_they_came() -> None:
    link = mavlink.MAVLink(None, srcSystem=240, srcComponent=236)
    motion = Motion(100.0, 200.0, 500.0, 30.0, -40.0, 2.0)
    pieces = [*bridge_messages(SENDER, ALL), adsb_vehicle(0x76ABCD, "PIA301", motion)]
    frames = b"".join(message.pack(link) for message in pieces)
    decoded = Decoder().decode([frames], np.array([moment(RECEIVED)]))
    heard = MavlinkAirspace("north").take(decoded).heard
    shuffled = [Heard((said,)) for said in sorted(heard.said, key=lambda said: said.key)]
    found = again(shuffled)
    assert len(found) == len(heard.detections) == 2
    assert same(np.sort(found, order="means"), np.sort(heard.detections, order="means"))


def test_a_scout_s_payload_of_two_receivers_is_read_once_for_each() -> None:
    payloads = [
        scout_payload(name, SENDER, ALL, RECEIVED // 1000, -61) for name in ("north", "south")
    ]
    found, refused = ScoutReader().take(b"".join(payloads), RECEIVED)
    assert (len(found.said), len(found.detections), refused) == (2, 2, [])
    assert same(again([found]), np.sort(found.detections, order="sensor"))


def test_lines_of_aircraft_are_read_again_with_the_velocity_that_came_before() -> None:
    heard = list[Heard]()
    client = SbsClient("roof", "127.0.0.1", 9, RecordingSink(), heard.append, time.time)
    first = (
        b"MSG,4,1,1,76ABCD,1,2026/11/20,12:00:00.000,2026/11/20,12:00:00.000,,,300,90,,,640,,,,,0"
    )
    second = b"MSG,3,1,1,76ABCD,1,2026/11/20,12:00:01.000,2026/11/20,12:00:01.000,,5000,,,34.0,71.5,,,0,,0,0"
    client._take([first])
    client._take([second, b"\r"])
    assert np.isfinite(told(heard)["east"]).all()
    assert same(again(heard), told(heard))


async def test_a_radar_is_understood_again_by_what_it_said_of_itself() -> None:
    silent = Flight("silent", ((34.03, 71.52, 60), (34.005, 71.53, 60)), 15, broadcasts=False)
    mast = Sensor("mast", SensorKind.RADAR, 34.0151, 71.5249, range=5000, error=8.0, misses=0)
    sky, heard, clock = Airspace([silent], [mast], seed=3), list[Heard](), [RECEIVED / 1e6]
    intake = Intake("sapient", RecordingSink(), lambda: clock[0])
    session = SapientSession(Nodes(), intake, heard.append, "127.0.0.1:9")
    radar = sky.radars[0]
    await session.take(framed(radar.registration(RECEIVED)) + framed(radar.status(RECEIVED)))
    for second in range(5):
        clock[0] += 1
        for _, report in sky.step(second * 1_000_000 + 400_000, round(clock[0] * 1e6)).detections:
            await session.take(report)
    assert len(told(heard)) == 5
    assert same(again(heard), told(heard))


def said(sensor: str, raw: bytes) -> Said:
    return Said(moment(RECEIVED), sensor, "remote-id", raw)


@given(
    st.sampled_from(["capture:a", "mavlink:n/1.1", "scout:a", "sbs:a", "sapient:a", "mast", "x:y"]),
    st.binary(),
)
def test_what_cannot_be_read_again_is_counted_and_stops_nothing(sensor: str, raw: bytes) -> None:
    replayer = Replayer()
    heard = replayer.take(said(sensor, raw))
    assert [one.raw for one in heard.said] == [raw]
    assert replayer.refused.total() <= 1


def test_the_last_line_of_what_was_cut_off_is_not_believed() -> None:
    line = b"MSG,3,1,1,76ABCD,1,,,,,,5000,,,34.0,71.5,,,0,,0,0\n"
    whole = said("sbs:a", line * 2 + b"MSG,3,1,1,76ABCD,1,,,,,,5000,,,34.0,71.5,,,0,,0,0")
    assert len(Replayer().take(whole).detections) == 3
    padded = whole.raw.rjust(SAID_BYTES, b"\n")
    assert len(Replayer().take(replace(whole, raw=padded)).detections) == 2


def test_who_is_unknown_is_counted() -> None:
    replayer = Replayer()
    assert not len(replayer.take(said("sonar:a", b"")).detections)
    assert replayer.refused == {"unsupported": 1}
