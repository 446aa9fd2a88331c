"""Remote ID from files of captured radio frames, pcap and pcapng.

The files are read by dpkt (BSD licence, no dependencies of its own).
"""

from __future__ import annotations

import importlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from fleet.airspace.columns import DETECTION
from fleet.columns import blank
from telemetry.airspace import bluetooth, wifi
from telemetry.airspace.heard import SAID_BYTES, Heard, Said, moment, sensor_name
from telemetry.airspace.remote_id import Broadcasts, messages_of
from telemetry.remote_id.messages import RemoteIdError
from telemetry.sink import RefusedError

FILE_MOST = 2 << 30
"""Bytes of a capture."""

FRAMES_MOST = 20_000_000
"""Frames of a capture that are read; hours of a busy channel."""

_LATEST = 4_102_444_800.0  # the year 2100: a spoilt time is put there, or to 1970
_PCAPNG = b"\x0a\x0d\x0d\x0a"


class CaptureError(ValueError):
    """A file that is no capture, or that cannot be read to its end."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One captured frame."""

    time: int  # µs since 1970
    link: int  # its link type, as https://www.tcpdump.org/linktypes.html numbers them
    data: bytes


def frames(path: Path) -> Iterator[Frame]:
    """The frames of a capture, in the file's order.

    Raises CaptureError: no such file, no capture, or one that is cut or spoilt: after all the frames
    before that.
    """
    try:
        size = path.stat().st_size
        if size > FILE_MOST:
            raise CaptureError(f"{path.name} has {size} bytes: at most {FILE_MOST} are read")
        with path.open("rb") as file:
            yield from _read(path.name, file)
    except OSError as error:
        raise CaptureError(f"{path.name}: {error.strerror or error}") from None


def _read(name: str, file: BinaryIO) -> Iterator[Frame]:
    dpkt = _library()
    begins = file.read(4)
    file.seek(0)
    try:
        reader = dpkt.pcapng.Reader(file) if begins == _PCAPNG else dpkt.pcap.Reader(file)
        link = reader.datalink()
        for seconds, data in islice(reader, FRAMES_MOST):
            yield Frame(round(min(max(seconds, 0), _LATEST) * 1e6), link, bytes(data))
    except (dpkt.Error, ValueError, struct.error, IndexError, KeyError, MemoryError) as error:
        detail = str(error) or type(error).__name__
        raise CaptureError(f"{name} is no capture, or is cut or spoilt: {detail}") from None


def _library() -> Any:
    try:
        dpkt = importlib.import_module("dpkt")
        importlib.import_module("dpkt.pcapng")
    except ImportError as error:
        raise CaptureError(f"captures cannot be read here: install dpkt ({error})") from None
    return dpkt


class CaptureReader:
    """Reads what a capture's frames tell; `name` is the receiver that made it."""

    def __init__(self, name: str) -> None:
        self._sensor = sensor_name("capture", name)
        self._broadcasts = Broadcasts()

    def take(self, frame: Frame) -> Heard:
        """What one frame tells; nothing for one without Remote ID. Raises RefusedError (`malformed`)."""
        beacon = wifi.broadcast(frame.link, frame.data)
        found = [beacon] if beacon else bluetooth.broadcasts(frame.link, frame.data)
        if not found:
            return Heard()
        rows = []
        for sender, told in found:
            try:
                messages = messages_of(told)
            except RemoteIdError as error:
                raise RefusedError("malformed", f"{sender}: {error}") from None
            rows.append(self._broadcasts.take(self._sensor, sender, messages, frame.time))
        said = Said(moment(frame.time), self._sensor, "remote-id", frame.data[:SAID_BYTES])
        return Heard((said,), np.concatenate(rows) if rows else blank(DETECTION, 0))
