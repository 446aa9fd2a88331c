"""Intruders and the sensors that see them: what is said, by whom, in whose words."""

from __future__ import annotations

import json
from base64 import b64decode
from math import dist
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mavlink
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage
from sapient_msg_pydantic.bsi_flex_335_v2_0.sapient_message import SapientMessage as Demanded

from fleet.peshawar import to_degrees, to_metres
from sitl.autopilot.vehicle import Place
from sitl.errors import SimulationError
from sitl.intruders.airspace import MOST_MAVLINK_SENSORS, Airspace, Friend, Told, transponder
from sitl.intruders.flight import Flight, Motion
from sitl.intruders.sensors import Sensor, SensorKind
from telemetry.remote_id.messages import BasicId, Location, OperatorId, System
from telemetry.remote_id.pack import unpack

STADIUM = (34.0086, 71.5503)
UNIX = 1_790_000_000_000_000  # µs
STEP = 50_000

INTRUDER = Flight(
    "1581F5FHD23100A0B1C2",
    ((34.0080, 71.5400, 80.0), (34.0086, 71.5503, 80.0), (34.0120, 71.5560, 120.0)),
    speed=15.0,
    operator=Place(34.0075, 71.5395, 340.0),
    operator_id="PAK-OP-7731",
)
SILENT = Flight("silent", ((34.0100, 71.5450, 60.0),), speed=1.0, broadcasts=False)
HELICOPTER = Flight("AP-BPQ", ((34.02, 71.50, 300.0), (34.00, 71.60, 300.0)), 55.0, loops=True)


def sensor(kind: SensorKind, **changes: Any) -> Sensor:
    given = {"range": 5000.0, "misses": 0.0, **changes}
    return Sensor(f"{kind.value}-1", kind, *STADIUM, **given)


def run(airspace: Airspace, seconds: float, friends: tuple[Friend, ...] = ()) -> list[Told]:
    times = range(STEP, int(seconds * 1e6) + 1, STEP)
    return [airspace.step(time, UNIX + time, lambda: friends) for time in times]


def frames(told: list[Told]) -> list[Any]:
    parser = mavlink.MAVLink(None)
    data = b"".join(data for step in told for _, data in step.frames)
    return parser.parse_buffer(data) or []


def sapient(told: list[Told]) -> list[SapientMessage]:
    messages = []
    for step in told:
        for _, data in step.detections:
            assert int.from_bytes(data[:4], "little") == len(data) - 4
            messages.append(SapientMessage.FromString(data[4:]))
    return messages


# Flights.


def test_a_flight_goes_along_its_route_at_its_speed_and_stays_at_its_end() -> None:
    corners = [(*map(float, to_metres(lat, lon)), h) for lat, lon, h in INTRUDER.route]
    start, late = INTRUDER.at(0.0), INTRUDER.at(1e6)
    assert start is not None
    assert late is not None
    assert start[:3] == pytest.approx(corners[0])
    assert late[:3] == pytest.approx(corners[-1])
    assert late[3:] == (0.0, 0.0, 0.0)
    at_corner = INTRUDER.at(dist(corners[0], corners[1]) / INTRUDER.speed)
    assert at_corner is not None
    assert at_corner[:3] == pytest.approx(corners[1])


@given(st.floats(0, 1000), st.floats(0.001, 1.0))
def test_a_flight_never_jumps(time: float, step: float) -> None:
    here, there = HELICOPTER.at(time), HELICOPTER.at(time + step)
    assert here is not None
    assert there is not None
    assert dist(here[:3], there[:3]) <= HELICOPTER.speed * step + 1e-6
    assert dist(here[3:], (0, 0, 0)) == pytest.approx(HELICOPTER.speed)


def test_a_flight_is_there_between_its_begin_and_its_end() -> None:
    flight = Flight("x", INTRUDER.route, 10.0, begins=60.0, ends=120.0)
    assert [flight.at(time) is None for time in (0.0, 59.9, 60.0, 119.9, 120.0)] == [
        True,
        True,
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(("route", "speed"), [((), 5.0), (INTRUDER.route, 0.0)])
def test_a_flight_without_route_or_speed_is_refused(route: Any, speed: float) -> None:
    with pytest.raises(SimulationError, match="flight lost: it needs a route"):
        Flight("lost", route, speed)


# Remote ID.


def test_both_kinds_of_receivers_tell_the_same_of_a_drone() -> None:
    kinds = (SensorKind.REMOTE_ID_MAVLINK, SensorKind.REMOTE_ID_SCOUT)
    told = run(Airspace([INTRUDER], [sensor(kind) for kind in kinds]), 4.0)
    packs = [json.loads(payload)["data"] for step in told for _, payload in step.published]
    by_scout = [m for data in packs for m in unpack(b64decode(data["UASdata"]))]
    by_bridge = frames(told)
    for kind, name in (
        (Location, "OPEN_DRONE_ID_LOCATION"),
        (BasicId, "OPEN_DRONE_ID_BASIC_ID"),
        (System, "OPEN_DRONE_ID_SYSTEM"),
        (OperatorId, "OPEN_DRONE_ID_OPERATOR_ID"),
    ):
        scouted = [message for message in by_scout if isinstance(message, kind)]
        bridged = [message for message in by_bridge if message.get_type() == name]
        assert len(scouted) == len(bridged) == (4 if kind is Location else 2)
    serials = {bytes(m.uas_id).rstrip(b"\0").decode() for m in by_bridge if "BASIC" in m.get_type()}
    assert serials == {INTRUDER.name}
    place = next(message for message in by_scout if isinstance(message, Location))
    first = next(message for message in by_bridge if "LOCATION" in message.get_type())
    assert place.latitude == pytest.approx(first.latitude / 1e7, abs=1e-4)
    assert place.speed == pytest.approx(first.speed_horizontal / 100, abs=0.13)
    operator = next(message for message in by_scout if isinstance(message, System))
    assert operator.latitude == pytest.approx(34.0075)


def test_a_drone_that_says_nothing_is_seen_by_radar_alone() -> None:
    told = run(Airspace([SILENT], [sensor(kind) for kind in SensorKind]), 3.0)
    assert not any(step.published or step.lines for step in told)
    assert {message.get_type() for message in frames(told)} == {"HEARTBEAT"}
    seen = [m.detection_report for m in sapient(told) if m.HasField("detection_report")]
    assert len(seen) == 3
    assert len({report.object_id for report in seen}) == 1
    assert seen[0].location.y == pytest.approx(34.01, abs=1e-6)


def test_what_is_out_of_range_is_not_seen() -> None:
    sensors = [sensor(kind, range=200.0) for kind in SensorKind]
    told = run(Airspace([SILENT], sensors, aircraft=[HELICOPTER]), 3.0)
    assert not any(step.published or step.lines for step in told)
    assert not any(message.HasField("detection_report") for message in sapient(told))


def test_our_own_drones_are_heard_and_seen_too() -> None:
    east, north = map(float, to_metres(*STADIUM))
    ours = Friend("NIGEHBAN-07", Motion(east, north, 60.0, 5.0, 0.0, 0.0))
    sensors = [sensor(SensorKind.REMOTE_ID_SCOUT), sensor(SensorKind.RADAR)]
    told = run(Airspace([], sensors), 1.0, (ours,))
    ((_, payload),) = [said for step in told for said in step.published]
    messages = unpack(b64decode(json.loads(payload)["data"]["UASdata"]))
    assert [m.identifier for m in messages if isinstance(m, BasicId)] == ["NIGEHBAN-07"]
    assert sum(message.HasField("detection_report") for message in sapient(told)) == 1


# Aircraft.


def test_an_aircraft_is_told_in_both_formats() -> None:
    told = run(Airspace([], [sensor(SensorKind.ADSB, range=20_000.0)], aircraft=[HELICOPTER]), 2.0)
    vehicles = [m for m in frames(told) if m.get_type() == "ADSB_VEHICLE"]
    lines = [line for step in told for line in step.lines]
    assert len(vehicles) == 2
    assert vehicles[0].ICAO_address == transponder("AP-BPQ")
    assert vehicles[0].hor_velocity == pytest.approx(5500, abs=1)
    positions = [line.rstrip("\r\n").split(",") for line in lines if line.startswith("MSG,3")]
    velocities = [line.rstrip("\r\n").split(",") for line in lines if line.startswith("MSG,4")]
    assert {len(fields) for fields in positions + velocities} == {22}
    assert float(positions[0][14]) == pytest.approx(vehicles[0].lat / 1e7, abs=1e-5)
    assert float(positions[0][15]) == pytest.approx(vehicles[0].lon / 1e7, abs=1e-5)
    assert float(velocities[0][12]) == pytest.approx(55 / (1852 / 3600), abs=0.1)
    assert int(positions[0][4], 16) == transponder("AP-BPQ")


# SAPIENT.


FUSION = "5f0c6a3e-7c4b-4b59-9d5f-0f6f4d4a9a11"
TASK = "01J9Z3K4M5N6P7Q8R9S0T1V2W3"


def task() -> SapientMessage:
    asked = SapientMessage(node_id=FUSION)
    asked.task.task_id = TASK
    return asked


def test_what_a_radar_says_is_what_sapient_demands() -> None:
    airspace = Airspace([SILENT], [sensor(SensorKind.RADAR)])
    said = sapient(run(airspace, 6.0))
    said.append(airspace.radars[0].registration(UNIX))
    answer = airspace.radars[0].answer(task().SerializeToString(), UNIX)
    assert answer is not None
    kinds = {message.WhichOneof("content") for message in [*said, answer]}
    assert kinds == {"registration", "status_report", "detection_report", "task_ack"}
    for message in [*said, answer]:
        Demanded.from_pb2(message)  # raises where a field is absent, or not as the standard has it


def test_a_task_is_refused_with_a_reason() -> None:
    radar = Airspace([], [sensor(SensorKind.RADAR)]).radars[0]
    answer = radar.answer(task().SerializeToString(), UNIX)
    assert answer is not None
    assert answer.destination_id == FUSION
    assert answer.task_ack.task_id == TASK
    assert answer.task_ack.reason
    acknowledged = SapientMessage(node_id=FUSION)
    acknowledged.registration_ack.acceptance = True
    assert radar.answer(acknowledged.SerializeToString(), UNIX) is None


# All of them.


def everything(seed: int) -> Airspace:
    sensors = [sensor(kind, error=5.0, misses=0.2) for kind in SensorKind]
    return Airspace([INTRUDER, SILENT], sensors, aircraft=[HELICOPTER], seed=seed)


def test_the_same_seed_says_the_same_bytes_and_another_one_others() -> None:
    assert run(everything(7), 10.0) == run(everything(7), 10.0)
    assert run(everything(7), 10.0) != run(everything(8), 10.0)


def test_more_sensors_with_mavlink_than_system_ids_are_refused() -> None:
    sensors = [sensor(SensorKind.ADSB)] * (MOST_MAVLINK_SENSORS + 1)
    with pytest.raises(SimulationError, match="12 sensors speak MAVLink"):
        Airspace([], sensors)


def test_a_radars_error_is_as_large_as_it_says() -> None:
    told = run(Airspace([SILENT], [sensor(SensorKind.RADAR, error=20.0)]), 300.0)
    true = SILENT.at(0.0)
    assert true is not None
    places = [
        to_metres(m.detection_report.location.y, m.detection_report.location.x)
        for m in sapient(told)
        if m.HasField("detection_report")
    ]
    off = [float(east) - true.east for east, _ in places]
    spread = (sum(error**2 for error in off) / len(off)) ** 0.5
    assert len(off) == 300
    assert spread == pytest.approx(20.0, rel=0.2)
    assert to_degrees(true.east, true.north)[0] == pytest.approx(34.01)
