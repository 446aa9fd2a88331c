"""What sensors said, read again: the same readers make the same detections of it.

Readers remember what was said before: a drone's serial number comes every few seconds, a SAPIENT
node says once where it stands. So a replay begins to read a while before it begins to tell, and with
what each node said of itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import psycopg
from google.protobuf.message import DecodeError
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage

from fleet.airspace.columns import DETECTION
from fleet.columns import Rows, blank
from fleet.moments import as_numpy
from telemetry.airspace import bluetooth, wifi
from telemetry.airspace.capture import CaptureReader, Frame
from telemetry.airspace.heard import SAID_BYTES, Heard, Said
from telemetry.airspace.mavlink import MavlinkAirspace
from telemetry.airspace.remote_id import FORGOTTEN_AFTER
from telemetry.airspace.sapient_reports import (
    Place,
    Scales,
    detection,
    place_of,
    scales_of,
    told_time,
)
from telemetry.airspace.sbs import SbsReader
from telemetry.airspace.scout import ScoutReader
from telemetry.history.evidence_file import read_messages
from telemetry.mavlink.codec import Decoder
from telemetry.sink import RefusedError
from telemetry.store.sensor_queries import introductions, messages, place_of_message

LEAD = timedelta(microseconds=FORGOTTEN_AFTER)
"""How long before its beginning a replay begins to read."""

PAGE = 1000
"""Messages that are read at once."""

_LINKS = (
    wifi.RADIOTAP,
    wifi.PLAIN,
    bluetooth.LINK_LAYER,
    bluetooth.LINK_LAYER_PHDR,
    bluetooth.HCI,
    bluetooth.HCI_PHDR,
)
"""Link types of captures. A message does not say which it had; it is the one that makes sense of it."""

Read = Callable[[Said], Rows]
"""DETECTION of a message. Raises RefusedError."""


class Replayer:
    """Reads messages again, those of each sensor in their order.

    `refused` counts those that cannot be read, by reason; they could not be when they came, or they
    were longer than what is kept.
    """

    def __init__(self) -> None:
        self.refused: Counter[str] = Counter()
        self._readers: dict[str, Read] = {}

    def take(self, said: Said) -> Heard:
        """What a message tells."""
        try:
            read = self._readers.get(said.sensor)
            if read is None:
                read = self._readers[said.sensor] = _reader(said.sensor)
            rows = read(said)
        except RefusedError as error:
            self.refused[error.reason] += 1
            return Heard((said,))
        return Heard((said,), rows)


async def replay_stored(
    connection: psycopg.AsyncConnection,
    start: datetime,
    end: datetime,
    *,
    sensors: Sequence[str] = (),
    replayer: Replayer | None = None,
) -> AsyncIterator[Heard]:
    """What sensors (all if none is named) told from `start` to before `end`, both aware.

    Raises psycopg.Error, and ValueError for a window that cannot be.
    """
    reader = replayer or Replayer()
    for said in await introductions(connection, start - LEAD, sensors=sensors):
        reader.take(said)
    begin = as_numpy(start)
    after = None
    while page := await messages(
        connection, start - LEAD, end, sensors=sensors, after=after, limit=PAGE
    ):
        for said in page:
            heard = reader.take(said)
            if said.received_time >= begin:
                yield heard
        after = place_of_message(page[-1])


def replay_file(path: Path, replayer: Replayer | None = None) -> Iterator[Heard]:
    """What sensors told, from a file of `nigehban evidence`. Raises HistoryError."""
    reader = replayer or Replayer()
    for said in read_messages(path, before=True):
        reader.take(said)
    for said in read_messages(path):
        yield reader.take(said)


def _reader(sensor: str) -> Read:
    """What reads the words of a sensor. Raises RefusedError."""
    protocol, _, name = sensor.partition(":")
    match protocol:
        case "capture":
            return _capture(name)
        case "mavlink":
            return _mavlink(name.rpartition("/")[0])
        case "scout":
            return _scout()
        case "sbs":
            return _sbs(sensor)
        case "sapient":
            return _Node().read
    raise RefusedError("unsupported", f"nothing reads what {sensor!r} said")


def _capture(name: str) -> Read:
    reader = CaptureReader(name)

    def read(said: Said) -> Rows:
        for link in _LINKS:
            heard = reader.take(Frame(_received(said), link, said.raw))
            if heard:
                return heard.detections
        raise RefusedError("malformed", "a frame without Remote ID")

    return read


def _mavlink(network: str) -> Read:
    reader = MavlinkAirspace(network)

    def read(said: Said) -> Rows:
        taken = reader.take(Decoder().decode([said.raw], np.array([said.received_time])))
        for _, error in taken.refused:
            raise error
        return taken.heard.detections

    return read


def _scout() -> Read:
    reader = ScoutReader()

    def read(said: Said) -> Rows:
        rows = reader.take(said.raw, _received(said))[0].detections
        # a payload of several sensors was kept for each of them
        own: Rows = rows[rows["sensor"] == said.sensor.encode()]
        return own

    return read


def _sbs(sensor: str) -> Read:
    reader = SbsReader(sensor)

    def read(said: Said) -> Rows:
        lines = said.raw.split(b"\n")
        if len(said.raw) == SAID_BYTES:
            lines.pop()  # it may be cut
        return _joined(reader.take(line, _received(said)) for line in lines)

    return read


class _Node:
    """A SAPIENT node: what it said of itself."""

    def __init__(self) -> None:
        self._place: Place | None = None
        self._scales = Scales()

    def read(self, said: Said) -> Rows:
        try:
            message = SapientMessage.FromString(said.raw)
        except DecodeError:
            raise RefusedError("malformed", "no SAPIENT message") from None
        match message.WhichOneof("content"):
            case "registration":
                self._scales = scales_of(message.registration)
            case "status_report" if message.status_report.HasField("node_location"):
                self._place = place_of(message.status_report.node_location)
            case "detection_report":
                return detection(
                    message.detection_report,
                    said.sensor,
                    told_time(message),
                    _received(said),
                    self._place,
                    self._scales,
                )
        return blank(DETECTION, 0)


def _joined(parts: Iterable[Rows]) -> Rows:
    found = [part for part in parts if len(part)]
    return np.concatenate(found) if found else blank(DETECTION, 0)


def _received(said: Said) -> int:
    """Microseconds since 1970."""
    return int(said.received_time.astype("M8[us]").astype(np.int64))
