"""The readers of the airspace: what they take is plausible, and the rest is refused in one line."""

from __future__ import annotations

import asyncio
import lzma
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from fleet.airspace.columns import DETECTION
from fleet.airspace.tracks import Tracks
from fleet.columns import Rows
from sitl.intruders.flight import Motion
from sitl.intruders.remote_id import scout_payload
from sitl.intruders.sapient import RadarNode, framed
from sitl.intruders.sensors import Sensor, SensorKind
from sitl.noise import Stream, generator
from telemetry.airspace import wifi
from telemetry.airspace.capture import CaptureError, CaptureReader, frames
from telemetry.airspace.heard import SAID_BYTES, Heard, merged, moment
from telemetry.airspace.remote_id import Broadcasts, messages_of
from telemetry.airspace.sapient_nodes import Nodes
from telemetry.airspace.sapient_session import MESSAGE_MOST, SapientSession
from telemetry.airspace.sbs import SbsReader
from telemetry.airspace.scout import ScoutReader
from telemetry.remote_id.messages import RemoteIdError
from telemetry.remote_id.pack import pack
from telemetry.sink import RefusedError
from telemetry.trackers.intake import Intake
from tests.telemetry.airspace.radio import ALL, SENDER, beacon, pcap
from tests.telemetry.trackers.sinks import RecordingSink

NOW = 1_790_000_000.5
_RECEIVED = round(NOW * 1e6)
_ONE_LINE = 400
_HOME = tempfile.TemporaryDirectory(prefix="nigehban-fuzz-")
_RADAR = RadarNode(
    Sensor("mast", SensorKind.RADAR, 34.0151, 71.5249, range=5000),
    "00000000-0000-4000-8000-000000000007",
    generator(1, Stream.RADAR, 0),
)
_REGISTERED = framed(_RADAR.registration(_RECEIVED))
_MOTION = Motion(100.0, 200.0, 80.0, 3.0, -4.0, 1.0)
_SCOUT = scout_payload("north", SENDER, ALL, _RECEIVED // 1000, -61)
_SBS = b"MSG,3,1,1,760ABC,1,2026/09/21,12:00:00.000,2026/09/21,12:00:00.000,,3000,,,34.01,71.52,,,0,0,0,0"

SEEDS = [
    pack(ALL),
    _SCOUT,
    lzma.compress(_SCOUT),
    _SBS,
    _SBS.replace(b"MSG,3", b"MSG,4"),
    framed(_RADAR.status(_RECEIVED)) + framed(_RADAR.detection("silent", _MOTION, _RECEIVED)),
    pcap(Path(_HOME.name) / "seed", wifi.RADIOTAP, [(NOW, beacon(pack(ALL)))]).read_bytes(),
]


def remote_id(data: bytes) -> None:
    """A message, or a pack of messages."""
    with _one_line():
        told = messages_of(data)
        _tracked(Broadcasts().take("scout:fuzz", "02:00:00:00:00:01", told, _RECEIVED))


def scout(data: bytes) -> None:
    """A payload as it comes, and compressed."""
    for payload in (data, lzma.compress(data, preset=0)):
        with _one_line():
            heard, refused = ScoutReader().take(payload, _RECEIVED)
            _well_said(heard)
            for error in refused:
                _told_in_one_line(error)


def sbs(data: bytes) -> None:
    """Lines, one after the other."""
    reader = SbsReader("sbs:fuzz")
    for line in data.split(b"\n"):
        with _one_line():
            _tracked(reader.take(line, _RECEIVED))


def sapient(data: bytes) -> None:
    """What a node says before it has registered, and after it, in small reads."""
    asyncio.run(_talk(b"", data))
    asyncio.run(_talk(_REGISTERED, data))


async def _talk(before: bytes, data: bytes) -> None:
    heard: list[Heard] = []
    intake = Intake("sapient", RecordingSink(), lambda: NOW)
    session = SapientSession(Nodes(), intake, heard.append, "127.0.0.1:1")
    with _one_line():
        await session.take(before)
        for at in range(0, len(data), 50):
            if session.over:
                break
            await session.take(data[at : at + 50])
            assert len(session._rest) <= MESSAGE_MOST + 4
    session.end()
    _well_said(merged(heard))


def capture(data: bytes) -> None:
    """A file, and a frame of a file."""
    path = Path(_HOME.name) / "capture"
    reader = CaptureReader("fuzz")
    path.write_bytes(data)
    try:
        for frame in frames(path):
            with _one_line():
                _well_said(reader.take(frame))
    except CaptureError as error:
        _told_in_one_line(error)
    for link in (wifi.RADIOTAP, wifi.PLAIN):
        with _one_line():
            for frame in frames(pcap(path, link, [(NOW, data)])):
                _well_said(reader.take(frame))


@contextmanager
def _one_line() -> Iterator[None]:
    """What is refused is told in one line that is not endless."""
    try:
        yield
    except (RefusedError, RemoteIdError) as error:
        _told_in_one_line(error)


def _told_in_one_line(error: Exception) -> None:
    assert "\n" not in str(error)
    assert len(str(error)) < _ONE_LINE


def _well_said(heard: Heard) -> None:
    """What is said can be kept."""
    for said in heard.said:
        assert len(said.raw) <= SAID_BYTES
        assert said.sensor.isprintable()
        assert 0 < len(said.sensor) <= DETECTION["sensor"].itemsize
    _tracked(heard.detections)


def _tracked(rows: Rows) -> None:
    """Rows that the tables take and a tracker survives."""
    assert rows.dtype == DETECTION
    for name, most in (("latitude", 90), ("longitude", 180)):
        known = rows[name][~np.isnan(rows[name])]
        assert bool(np.all(np.abs(known) <= most))
    received = rows["received_time"]
    assert bool(np.all(received >= np.datetime64("1970-01-01")))
    tracks = Tracks()
    for step in range(3):
        tracks.step(moment(_RECEIVED + step * 1_000_000), rows)
        shown = tracks.contacts
        assert bool(np.all(np.isfinite(shown["latitude"]) & np.isfinite(shown["longitude"])))
