"""The readers of the trackers' protocols: what they take is plausible, and the rest is refused.

Where a frame has a checksum, the bytes are also put into a frame whose checksum is right: nothing
that is made up would get past it otherwise.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import numpy as np
import orjson

from fleet.assets import Asset, Kind
from telemetry.batch import Batch
from telemetry.sink import RefusedError
from telemetry.trackers import (
    camera_events,
    gpsd,
    gt06_frames,
    nmea_sentences,
    osmand,
    teltonika_codec,
)
from telemetry.trackers import owntracks_messages as owntracks
from telemetry.trackers.gt06 import Gt06Session
from telemetry.trackers.intake import Intake
from telemetry.trackers.nmea_epochs import Epochs
from telemetry.trackers.report import MAX_SPEED, batch_of
from telemetry.trackers.teltonika import TeltonikaSession
from tests.telemetry.trackers import gt06_wire, owntracks_wire, teltonika_wire
from tests.telemetry.trackers.sinks import RecordingSink

NOW = 1_790_000_000.5
_THEN = 1_789_999_000
_ASSET = Asset("gt06:123456789012345", Kind.CAR)
_KEY = b"peshawar".ljust(32, b"\0")
_ONE_LINE = 400
"""Characters of a refusal's message; what came is quoted in part."""

_OSMAND = b"id=car-7&lat=34.01&lon=71.52&timestamp=1789999000&speed=9.5&bearing=271&batt=80"
_OSMAND_JSON = orjson.dumps(
    {
        "device_id": "car-7",
        "location": {
            "timestamp": "2026-09-21T12:00:00.000Z",
            "coords": {"latitude": 34.01, "longitude": 71.52, "speed": -1, "heading": 271},
            "battery": {"level": 0.8},
            "extras": {"alarm": "sos"},
        },
    }
)
_LOCATION = b'{"_type":"location","tst":1789999000,"lat":34.01,"lon":71.52,"vel":36,"batt":80}'
_OTHER_TYPES = (
    b'[{"_type":"transition","tst":1789999000,"event":"enter","desc":"home","lat":34,"lon":71},'
    b'{"_type":"lwt","tst":1789999000},{"_type":"waypoints","waypoints":[{"desc":"a"}]}]'
)
_TPV = (
    b'{"class":"TPV","device":"/dev/ttyUSB0","mode":3,"time":"2026-09-21T12:00:00.000Z",'
    b'"lat":34.01,"lon":71.52,"altMSL":359.2,"track":271.4,"speed":9.9,"climb":0.1,"eph":3.5}'
)
_RMC = b"GPRMC,123519,A,3400.906,N,07131.494,E,022.4,084.4,230326,003.1,W"
_CAMERA = (
    b'{"camera":"cam-0017","time":"2026-09-21T12:00:00.250Z","kind":"crowd","confidence":0.87,'
    b'"latitude":34.0098,"longitude":71.5752,"count":120,"text":"by the east gate"}'
)
_PLACE = gt06_wire.place(datetime(2026, 9, 21, 12, tzinfo=UTC))

SEEDS = [
    _OSMAND,
    b"id=car-7&location=34.01,71.52&timestamp=2026-09-21 12:00:00&alarm=panic&token=secret",
    b"\n" + _OSMAND_JSON,
    _LOCATION,
    _OTHER_TYPES,
    owntracks_wire.encrypted(_LOCATION, "peshawar"),
    _TPV,
    _CAMERA,
    b'{"time":1789999000,"kind":"vehicle_match","plate":"AB-1234"}',
    _RMC,
    b"GPGGA,123519,3400.906,N,07131.494,E,1,08,0.9,359.2,M,46.9,M,,",
    b"GPGNS,123519.00,3400.906,N,07131.494,E,AAN,08,0.9,359.2,46.9,,",
    teltonika_wire.EXAMPLE_8[8:-4],
    teltonika_wire.EXAMPLE_8E[8:-4],
    bytes([0x12]) + _PLACE + gt06_wire.CELL,
    bytes([0x16]) + _PLACE + b"\x09" + gt06_wire.CELL + bytes([0x65, 6, 4, 1, 1]),
    b"\0" + teltonika_wire.packet([teltonika_wire.Record(_THEN)] * 2, extended=True),
    b"\1" + gt06_wire.LOGIN + gt06_wire.LOCATION + gt06_wire.ALARM + gt06_wire.HEARTBEAT,
]


def osmand_request(data: bytes) -> None:
    """A query, and behind the first line a body: as a form and as JSON."""
    query, _, body = data.partition(b"\n")
    for content_type in ("", "application/x-www-form-urlencoded", "application/json"):
        with _one_line():
            _well_formed(batch_of([osmand.read(query, body, content_type).report(NOW)]))


def owntracks_payload(data: bytes) -> None:
    """A payload of a device that has a key."""
    with _one_line():
        told = owntracks.read(_ASSET, data, NOW, _KEY)
        assert len(told.reports) + len(told.refused) <= owntracks.MAX_MESSAGES
        _well_formed(batch_of(told.reports))
        for error, _ in told.refused:
            _told_in_one_line(error)


def gpsd_line(data: bytes) -> None:
    """A line of a gpsd."""
    with _one_line():
        report = gpsd.parse("local", data, NOW)
        if report is not None:
            _well_formed(batch_of([report]))


def camera_event(data: bytes) -> None:
    """A message of a camera that says who it is, and of one that its topic tells."""
    for camera in (None, "cam-0017"):
        with _one_line():
            report = camera_events.read(data, NOW, camera)
            assert camera is None or report.asset.identity == f"camera:{camera}"
            _well_formed(batch_of([report]))


def nmea_sentence(data: bytes) -> None:
    """A line, and a sentence with the right checksum."""
    checksum = 0
    for byte in data:
        checksum ^= byte
    for line in (data, b"$%b*%02X" % (data, checksum)):
        with _one_line():
            sentence = nmea_sentences.sentence_of(line)
            if sentence is not None:
                assert -1 <= sentence.time <= 86_400_000_000
                epochs = Epochs()
                epochs.add(sentence, round(NOW * 1e6))
                report = epochs.finish(_ASSET)
                _well_formed(batch_of([] if report is None else [report]))


def teltonika_packet(data: bytes) -> None:
    """A packet as it comes, and one around these data with the right CRC."""
    framed = teltonika_wire.framed(data)
    for packet in (data, framed):
        with _one_line():
            length = teltonika_codec.packet_length(packet[:8])
            if 0 < length <= len(packet):
                told = teltonika_codec.parse(packet[:length], _ASSET, NOW)
                assert len(told.reports) <= told.records <= 255
                _well_formed(batch_of(told.reports))


def gt06_frame(data: bytes) -> None:
    """A frame as it comes, and one with this kind and content and the right CRC."""
    made = [gt06_wire.frame(data[0], data[1:], long=len(data) > 200)] if data else []
    for raw in (data, *made):
        with _one_line():
            length = gt06_frames.frame_length(raw[:4])
            if 0 < length <= len(raw):
                report = gt06_frames.parse(gt06_frames.frame_of(raw[:length]), _ASSET, NOW)
                _well_formed(batch_of([] if report is None else [report]))


def sessions(data: bytes) -> None:
    """What a Teltonika (first byte even) or a GT06 says over TCP, after its login, in small reads."""
    asyncio.run(_talk(data))


async def _talk(data: bytes) -> None:
    sink = RecordingSink()
    intake = Intake("fuzz", sink, lambda: NOW)
    if data[:1] and data[0] % 2:
        session: Gt06Session | TeltonikaSession = Gt06Session(intake, "127.0.0.1:1")
        said, longest = [], gt06_frames.MAX_CONTENT + 6
    else:
        session = TeltonikaSession(intake, "127.0.0.1:1")
        said = [teltonika_wire.login("356307042441013")]
        longest = teltonika_codec.MAX_DATA + 12
    reads = [data[at : at + 50] for at in range(1, len(data), 50)]
    with _one_line():
        for read in said + reads:
            if not session.over:
                await session.take(read)
            assert len(session._rest) <= longest
    for batch in sink.accepted:
        _well_formed(batch)


@contextmanager
def _one_line() -> Iterator[None]:
    """What is refused is told in one line that is not endless."""
    try:
        yield
    except RefusedError as error:
        _told_in_one_line(error)


def _told_in_one_line(error: RefusedError) -> None:
    assert error.reason.isascii()
    assert "\n" not in error.reason
    assert "\n" not in str(error)
    assert len(str(error)) < _ONE_LINE


def _well_formed(batch: Batch) -> None:
    """Rows that the tables and the map take."""
    places = batch.positions
    assert bool(np.all(np.abs(places["latitude"]) <= 90))
    assert bool(np.all(np.abs(places["longitude"]) <= 180))
    assert not np.any((places["latitude"] == 0) & (places["longitude"] == 0))
    assert bool(np.all(places["fix_time"] >= np.datetime64("2000-01-01")))
    assert bool(np.all(places["fix_time"] <= places["received_time"] + np.timedelta64(1, "D")))
    for name, low, high in (("heading", 0, 359.9999), ("speed", 0, MAX_SPEED + 0.001)):
        values = places[name][~np.isnan(places[name])]
        assert bool(np.all((values >= low) & (values <= high))), (name, values)
    percents = batch.statuses["battery_percent"]
    known = percents[~np.isnan(percents)]
    assert bool(np.all((known >= 0) & (known <= 100)))
    for event in batch.events:
        assert event.time - event.received_time <= timedelta(days=1, seconds=1)
        assert len(orjson.dumps(dict(event.detail))) < 4096
