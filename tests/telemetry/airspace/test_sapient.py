"""The talk with SAPIENT nodes, and what their reports say."""

from __future__ import annotations

import uuid

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer
from sapient_msg.bsi_flex_335_v2_0 import location_pb2 as places
from sapient_msg.bsi_flex_335_v2_0 import range_bearing_pb2 as bearings
from sapient_msg.bsi_flex_335_v2_0 import velocity_pb2 as velocities
from sapient_msg.bsi_flex_335_v2_0.alert_ack_pb2 import AlertAck
from sapient_msg.bsi_flex_335_v2_0.alert_pb2 import Alert
from sapient_msg.bsi_flex_335_v2_0.detection_report_pb2 import DetectionReport
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage
from sapient_msg.bsi_flex_335_v2_0.status_report_pb2 import StatusReport

from fleet.airspace.columns import Datum, Flag, Means
from sitl.intruders.flight import Motion
from sitl.intruders.sapient import STATUS_INTERVAL, RadarNode, framed
from sitl.intruders.sensors import Sensor, SensorKind
from telemetry.airspace import sapient_flood, sapient_nodes
from telemetry.airspace.heard import Heard, merged
from telemetry.airspace.sapient_nodes import LOST_AFTER, Node, Nodes
from telemetry.airspace.sapient_reports import Place, detection
from telemetry.airspace.sapient_server import SapientServer
from telemetry.airspace.sapient_session import MESSAGE_MOST, OWN_NODE, SapientSession
from telemetry.sink import RefusedError
from telemetry.trackers.intake import Intake
from telemetry.trackers.settings import NmeaSettings
from tests.telemetry.trackers.sinks import RecordingSink

NODE = str(uuid.UUID(int=7, version=4))
NOW = 1_795_000_000.0
MOTION = Motion(100.0, 200.0, 80.0, 3.0, -4.0, 1.0)


class Talk:
    """A radar and the session that it talks to; both have the clock `now`."""

    def __init__(self) -> None:
        sensor = Sensor("mast", SensorKind.RADAR, 34.0151, 71.5249, error=8.0)
        self.radar = RadarNode(sensor, NODE, np.random.default_rng(1))
        self.now, self.steady = NOW, 0.0
        self.sink, self.heard = RecordingSink(), list[Heard]()
        self.intake = Intake("sapient", self.sink, lambda: self.now)
        self.nodes = Nodes()
        self.session = SapientSession(
            self.nodes, self.intake, self.heard.append, "127.0.0.1:1", lambda: self.steady
        )

    async def say(self, *messages: SapientMessage) -> list[SapientMessage]:
        return answers(await self.session.take(b"".join(framed(each) for each in messages)))

    def registration(self) -> SapientMessage:
        return self.radar.registration(round(self.now * 1e6))

    def status(self) -> SapientMessage:
        return self.radar.status(round(self.now * 1e6))

    def detection(self) -> SapientMessage:
        return self.radar.detection("x", MOTION, round(self.now * 1e6) - 300_000)

    def alert(self) -> SapientMessage:
        message = SapientMessage(node_id=NODE)
        message.alert.alert_id, message.alert.description = "A1", "intruder"
        message.alert.status = Alert.ALERT_STATUS_ACTIVE
        return message

    @property
    def events(self) -> list[str]:
        return [event.kind for event in merged(self.heard).events]

    @property
    def refused(self) -> list[str]:
        return [reason for reason, _, _ in self.sink.letters]


def answers(data: bytes) -> list[SapientMessage]:
    found = []
    while data:
        size = int.from_bytes(data[:4], "little")
        found.append(SapientMessage.FromString(data[4 : 4 + size]))
        data = data[4 + size :]
    return found


async def test_a_node_registers_tells_and_is_acknowledged() -> None:
    talk = Talk()
    (ack,) = await talk.say(talk.registration())
    assert ack.registration_ack.acceptance
    assert (ack.node_id, ack.destination_id) == (OWN_NODE, NODE)
    assert await talk.say(talk.status(), talk.detection()) == []
    (ack,) = await talk.say(talk.alert())
    assert ack.alert_ack.alert_id == "A1"
    assert ack.alert_ack.alert_ack_status == AlertAck.ALERT_ACK_STATUS_ACCEPTED
    assert talk.events == ["registered", "status", "alert"]
    (node,) = talk.nodes
    assert (node.name, node.system, node.interval) == ("mast", "SYSTEM_OK", STATUS_INTERVAL)
    assert (node.detections, node.alerts, node.kinds) == (1, 1, ("NODE_TYPE_RADAR",))
    heard = merged(talk.heard)
    assert len(heard.said) == 4
    assert SapientMessage.FromString(heard.said[2].raw).HasField("detection_report")
    (row,) = heard.detections
    assert row["sensor"].decode() == heard.said[2].sensor == f"sapient:{NODE}"
    assert row["received_time"] == heard.said[2].received_time
    assert row["received_time"] - row["time"] == np.timedelta64(300_002, "us")  # third message
    assert not talk.refused


async def test_a_message_may_come_byte_by_byte() -> None:
    talk, got = Talk(), b""
    data = framed(talk.registration()) + framed(talk.detection())
    for at in range(len(data)):
        got += await talk.session.take(data[at : at + 1])
    assert len(answers(got)) == 1
    assert len(merged(talk.heard).detections) == 1
    assert not talk.session.unfinished


async def test_nothing_is_taken_before_a_registration() -> None:
    talk = Talk()
    with pytest.raises(RefusedError, match="unregistered"):
        await talk.say(talk.detection())
    assert not talk.session.admitted


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("icd_version", "BSI Flex 335 v1.0", "icd_version"),
        ("node_id", "", "node_id"),
        ("node_id", OWN_NODE, "fusion node"),
    ],
)
async def test_a_registration_that_cannot_be_accepted_is_answered_with_the_reason(
    field: str, value: str, why: str
) -> None:
    talk = Talk()
    message = talk.registration()
    setattr(message if field == "node_id" else message.registration, field, value)
    (ack,) = await talk.say(message)
    assert not ack.registration_ack.acceptance
    assert why in ack.registration_ack.ack_response_reason[0]
    assert talk.session.over
    assert talk.refused == ["registration"]


async def test_what_cannot_be_taken_is_answered_counted_and_the_talk_goes_on() -> None:
    talk = Talk()
    await talk.say(talk.registration())
    stranger, task = talk.detection(), SapientMessage(node_id=NODE)
    stranger.node_id = "another"
    task.task.task_id = "T"
    garbage = b"\x04\x00\x00\x00\xff\xff\xff\xff"
    found = answers(await talk.session.take(framed(stranger) + framed(task) + garbage))
    assert [bool(each.error.error_message) for each in found] == [True] * 3
    assert talk.refused == ["bad_id", "unexpected", "malformed"]
    assert await talk.say(talk.detection()) == []
    assert not talk.session.over


async def test_who_sends_only_what_cannot_be_taken_is_cut_off_in_the_end() -> None:
    talk = Talk()
    await talk.say(talk.registration())
    with pytest.raises(RefusedError, match="malformed"):
        await talk.session.take(b"\x01\x00\x00\x00\xff" * 200)


async def test_a_length_beyond_the_limit_ends_the_connection() -> None:
    talk = Talk()
    with pytest.raises(RefusedError, match="too_large"):
        await talk.session.take((MESSAGE_MOST + 1).to_bytes(4, "little"))


async def test_a_flood_ends_the_connection_and_a_steady_stream_does_not() -> None:
    talk = Talk()
    await talk.say(talk.registration())
    report = framed(talk.detection())
    for _ in range(20):
        talk.steady += 1.0
        await talk.session.take(report * 400)
    with pytest.raises(RefusedError, match="flood"):
        await talk.session.take(report * round(sapient_flood.BURST + 1))
    assert talk.events[-1] == "flooding"


async def test_a_lost_heartbeat_is_told_once_and_its_return_too() -> None:
    talk = Talk()
    server = SapientServer(NmeaSettings(), talk.intake, talk.heard.append)
    talk.session = SapientSession(server.nodes, talk.intake, talk.heard.append, "p")
    await talk.say(talk.registration(), talk.status())
    for seconds in (1.0, LOST_AFTER * STATUS_INTERVAL, 1.0):
        talk.now += seconds
        server.tell_lost()
    assert talk.events == ["registered", "status", "lost"]
    await talk.say(talk.status())
    assert talk.events[3:] == ["regained", "status"]
    talk.session.end()
    assert talk.events[-1] == "gone"


async def test_a_status_with_a_bad_place_is_refused_and_a_heartbeat_all_the_same() -> None:
    talk = Talk()
    hello, message = talk.registration(), talk.status()
    hello.registration.status_definition.status_interval.value = float("nan")
    message.status_report.node_location.y = 95.0
    await talk.say(hello)
    (node,) = talk.nodes
    assert node.interval == sapient_nodes.INTERVAL
    talk.now += 9.0
    (answer,) = await talk.say(message)
    assert "bad_position" in answer.error.error_message[0]
    assert talk.refused == ["bad_position"]
    assert node.age(talk.now) == 0
    assert node.place is None


async def test_a_goodbye_ends_the_connection() -> None:
    talk = Talk()
    message = talk.status()
    message.status_report.system = StatusReport.SYSTEM_GOODBYE
    await talk.say(talk.registration(), message)
    assert talk.session.over


async def test_values_that_a_later_version_has_added_and_absurd_times_are_taken() -> None:
    talk = Talk()
    hello, status, alert, late = (
        talk.registration(),
        talk.status(),
        talk.alert(),
        talk.detection(),
    )
    hello.registration.node_definition[0].node_type = 99  # type: ignore[assignment] # open enum
    status.status_report.system = 98  # type: ignore[assignment] # open enum
    alert.alert.priority = 97  # type: ignore[assignment] # open enum
    for seconds in (2**62, -(2**62)):
        late.timestamp.seconds = seconds
        await talk.say(hello, status, alert, late)
    (node,) = talk.nodes
    assert (node.kinds, node.system) == (("99",), "98")
    rows = merged(talk.heard).detections
    assert (rows["time"] == rows["received_time"]).all()
    assert len(rows) == 2
    assert not talk.refused


def test_made_up_nodes_fill_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sapient_nodes, "NODES_MOST", 2)
    nodes = Nodes()
    assert all(nodes.register(Node(name, name, "p")) for name in "ab")
    assert not nodes.register(Node("c", "c", "p"))
    first = nodes.find("a")
    assert first is not None
    first.connected = False
    assert nodes.register(Node("c", "c", "p"))
    assert [node.node for node in nodes] == ["b", "c"]


RECEIVED = round(NOW * 1e6)
STANDS = Place(34.0151, 71.5249, 350.0, Datum.AMSL, 1.0, 1.0)


def report(**fields: object) -> DetectionReport:
    return DetectionReport(object_id="o1", **fields)  # type: ignore[arg-type] # fields by name


def test_places_in_degrees_radians_and_utm_are_the_same() -> None:
    x, y = Transformer.from_crs(4326, 32642, always_xy=True).transform(71.5249, 34.0151)
    systems = {
        places.LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M: (71.5249, 34.0151),
        places.LOCATION_COORDINATE_SYSTEM_LAT_LNG_RAD_M: tuple(np.radians([71.5249, 34.0151])),
        places.LOCATION_COORDINATE_SYSTEM_UTM_M: (x, y),
    }
    for system, (east, north) in systems.items():
        place = places.Location(x=east, y=north, z=400, coordinate_system=system, utm_zone="42N")
        (row,) = detection(report(location=place), "s", None, RECEIVED)
        assert [row["latitude"], row["longitude"]] == pytest.approx([34.0151, 71.5249], abs=1e-9)
        assert (row["altitude"], row["datum"], row["flags"]) == (400, Datum.AMSL, Flag.CLOCK)


@pytest.mark.parametrize("in_km", [False, True])
@pytest.mark.parametrize("in_radians", [False, True])
def test_range_and_bearing_from_where_the_sensor_stands(*, in_km: bool, in_radians: bool) -> None:
    units = {
        (False, False): bearings.RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_M,
        (False, True): bearings.RANGE_BEARING_COORDINATE_SYSTEM_RADIANS_M,
        (True, False): bearings.RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_KM,
        (True, True): bearings.RANGE_BEARING_COORDINATE_SYSTEM_RADIANS_KM,
    }[in_km, in_radians]
    turn = np.pi / 180 if in_radians else 1.0
    told = bearings.RangeBearing(
        range=2.0 if in_km else 2000.0,
        azimuth=60 * turn,
        elevation=10 * turn,
        coordinate_system=units,
        datum=bearings.RANGE_BEARING_DATUM_TRUE,
    )
    (row,) = detection(report(range_bearing=told), "s", RECEIVED, RECEIVED, STANDS)
    flat = 2000 * np.cos(np.radians(10))
    longitude, latitude, _ = Geod(ellps="WGS84").fwd(71.5249, 34.0151, 60, flat)
    assert [row["latitude"], row["longitude"]] == pytest.approx([latitude, longitude], abs=1e-5)
    assert row["altitude"] == pytest.approx(350 + 2000 * np.sin(np.radians(10)), abs=0.1)
    with pytest.raises(RefusedError, match="no_position"):
        detection(report(range_bearing=told), "s", RECEIVED, RECEIVED)


DEGREES = places.LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (report(), "no_position"),
        (DetectionReport(location=places.Location(x=71, y=34)), "no_id"),
        (DetectionReport(object_id="x" * 65), "bad_id"),
        (report(location=places.Location(x=71, y=34)), "unsupported"),
        (report(location=places.Location(x=71, y=94, coordinate_system=DEGREES)), "bad_position"),
        (
            report(location=places.Location(x=float("nan"), y=1, coordinate_system=DEGREES)),
            "bad_position",
        ),
        (
            report(
                location=places.Location(
                    x=1, y=1, coordinate_system=places.LOCATION_COORDINATE_SYSTEM_UTM_M
                )
            ),
            "unsupported",
        ),
        (report(range_bearing=bearings.RangeBearing(range=10, azimuth=1)), "unsupported"),
    ],
)
def test_reports_that_say_nothing_usable_are_refused(made: DetectionReport, reason: str) -> None:
    with pytest.raises(RefusedError) as caught:
        detection(made, "s", RECEIVED, RECEIVED, STANDS)
    assert caught.value.reason == reason


async def test_velocities_are_read_in_the_units_that_the_node_registered() -> None:
    for units, factor in ((velocities.SPEED_UNITS_MS, 1.0), (velocities.SPEED_UNITS_KPH, 1 / 3.6)):
        talk = Talk()
        hello = talk.registration()
        told = hello.registration.mode_definition[0].detection_definition[0].velocity_type
        told.enu_velocity_units.east_north_rate_units = units
        await talk.say(hello, talk.detection())
        (row,) = merged(talk.heard).detections
        assert [row["east"], row["north"]] == pytest.approx([3 * factor, -4 * factor])
        assert row["up"] == pytest.approx(1)
        assert row["means"] == Means.RADAR


@pytest.mark.parametrize(
    ("kind", "flies"),
    [("Air Vehicle", True), ("Unknown", True), ("Human", False), ("Land Vehicle", False)],
)
def test_what_does_not_fly_is_marked(kind: str, flies: bool) -> None:
    made = report(location=places.Location(x=71, y=34, coordinate_system=DEGREES))
    made.classification.add(type="Other", confidence=0.1)
    made.classification.add(type=kind, confidence=0.8)
    (row,) = detection(made, "s", RECEIVED, RECEIVED)
    assert bool(row["flags"] & Flag.NOT_AIR) is not flies


@given(st.lists(st.binary(max_size=60), max_size=6), st.integers(0, 200), st.binary(max_size=8))
@settings(max_examples=60)
async def test_no_bytes_break_a_session(parts: list[bytes], at: int, spoil: bytes) -> None:
    talk = Talk()
    good = talk.detection().SerializeToString()
    spoilt = good[:at] + spoil + good[at + len(spoil) :]
    data = framed(talk.registration())
    for part in (spoilt, *parts):
        data += len(part).to_bytes(4, "little") + part
    try:
        await talk.session.take(data)
    except RefusedError as error:
        assert error.reason in {"too_large", "malformed"}  # noqa: PT017 – most are answered
    rows = merged(talk.heard).detections
    assert (np.abs(rows["latitude"]) <= 90).all()
