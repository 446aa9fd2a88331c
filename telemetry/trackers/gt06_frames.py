"""GT06: bytes to frames, and frames to reports.

A frame is 0x7878, its length (1 byte; after 0x7979 two), what it is (1), its content, a serial
number (2), a CRC-ITU over all from the length on (2), and 0x0D0A. The length counts from what it is
to the CRC. Positions begin with a date of six bytes in UTC, the number of satellites in the low
half of a byte, latitude and longitude (4 each, degrees × 1,800,000), the speed (1, km/h), and two
bytes of flags and course. Concox, "GT06 GPS Tracker Communication Protocol" v1.8.1.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime

from fleet.assets import Asset
from fleet.columns import Source
from telemetry.sink import RefusedError
from telemetry.trackers.crc import crc16_itu
from telemetry.trackers.report import Report
from telemetry.trackers.values import coordinates, plausible, receive_time

LOGIN, HEARTBEAT, TIME = 0x01, 0x13, 0x8A

LOCATIONS = frozenset({0x12, 0x22, 0xA0})
"""Positions, of the first trackers, of the later ones, and of those for 4G."""

ALARMS = frozenset({0x16, 0x26, 0x27})
"""Positions with the alarm that caused them."""

SOS = 0x01

ALARM_NAMES = {
    SOS: "sos",
    0x02: "power_cut",
    0x03: "shock",
    0x04: "enter",
    0x05: "leave",
    0x06: "overspeed",
    0x09: "moved",
    0x0E: "power_low",
}

MAX_CONTENT = 2048
"""Bytes of a frame's content; a position has some forty."""

_PLACE = struct.Struct(">6BBIIBH")
_LATITUDE_UNIT = 1_800_000
_KILOMETRE_PER_HOUR = 1 / 3.6
_FIXED, _WEST, _NORTH, _COURSE = 0x1000, 0x0800, 0x0400, 0x03FF


@dataclass(frozen=True, slots=True)
class Frame:
    """A whole frame."""

    kind: int
    content: bytes
    serial: bytes
    raw: bytes


def answer(kind: int, serial: bytes, content: bytes = b"") -> bytes:
    """The frame that acknowledges one of this kind and serial number."""
    body = bytes([5 + len(content), kind]) + content + serial
    return b"\x78\x78" + body + crc16_itu(body).to_bytes(2, "big") + b"\r\n"


def frame_length(buffer: bytes) -> int:
    """Bytes of the frame that `buffer` begins with, 0 if that is not known yet.

    Raises RefusedError if it is no frame.
    """
    if buffer[:2] == b"\x78\x78":
        head, length = 3, buffer[2] if len(buffer) > 2 else 0
    elif buffer[:2] == b"\x79\x79":
        head, length = 4, int.from_bytes(buffer[2:4], "big")
    elif len(buffer) < 2 and buffer in {b"", b"\x78", b"\x79"}:
        return 0
    else:
        raise RefusedError("malformed", "a frame begins with neither 7878 nor 7979")
    if len(buffer) < head:
        return 0
    if not 5 <= length <= MAX_CONTENT:
        raise RefusedError("too_large", f"a frame of {length} bytes")
    return head + length + 2


def frame_of(raw: bytes) -> Frame:
    """A frame of the length that `frame_length` tells.

    Raises RefusedError: `malformed` if it does not end as it has to, so that where the next one
    begins is unknown; `crc` if only this one is broken.
    """
    if raw[-2:] != b"\r\n":
        raise RefusedError("malformed", "a frame does not end with 0D0A")
    if crc16_itu(raw[2:-4]) != int.from_bytes(raw[-4:-2], "big"):
        raise RefusedError(
            "crc", f"the CRC of a frame of {len(raw)} bytes is not the one that came"
        )
    start = 3 if raw[0] == 0x78 else 4
    return Frame(raw[start], raw[start + 1 : -6], raw[-6:-4], raw)


def imei_of(frame: Frame) -> str:
    """The IMEI of a login: 16 digits, two in a byte, of which the first is 0. Raises RefusedError."""
    digits = frame.content[:8].hex()
    if len(digits) < 16 or not digits.isdecimal():
        raise RefusedError("bad_id", f"{digits!r} is no IMEI")
    return digits[1:] if digits[0] == "0" else digits


def parse(frame: Frame, asset: Asset, received: float) -> Report | None:
    """What a frame tells; None if it is of a kind in which nothing is to be kept.

    `received` is our clock in seconds since 1970. Raises RefusedError if its content is none
    (`malformed`, `bad_position` …) or its kind is unknown (`unknown_frame`).
    """
    now = receive_time(received)
    if frame.kind == HEARTBEAT:
        return Report(asset, Source.GT06, now, now, alive=True)
    if frame.kind in LOCATIONS:
        report = Report(asset, Source.GT06, now, now)
        _put_place(report, frame.content)
        return report
    if frame.kind in ALARMS:
        return _alarm(Report(asset, Source.GT06, now, now), frame.content)
    if frame.kind in {LOGIN, TIME}:
        return None
    raise RefusedError("unknown_frame", f"a frame of kind {frame.kind:#04x}")


def _alarm(report: Report, content: bytes) -> Report:
    """Kept whatever is wrong with its position, since it may call for help."""
    if len(content) < 32:
        raise RefusedError("malformed", f"an alarm of {len(content)} bytes")
    # behind the position: how long the cell's part is, itself included, then the state in 3 bytes
    behind = _PLACE.size + content[_PLACE.size] + 3
    if behind >= len(content):
        raise RefusedError("malformed", f"a cell of {content[_PLACE.size]} bytes in an alarm")
    code = content[behind]
    why = {}
    try:
        _put_place(report, content)
    except RefusedError as error:
        if not code:
            raise
        why = {"refused": str(error)}
    if code:
        kind = "panic" if code == SOS else "alarm"
        name = ALARM_NAMES.get(code, "other")
        report.events = (report.event(kind, alarm=name, code=code, **why),)
    return report


def _put_place(report: Report, content: bytes) -> None:
    """Put in when and where the device was. Without a fix it is only a sign of life.

    Raises RefusedError.
    """
    if len(content) < _PLACE.size:
        raise RefusedError("malformed", f"a position of {len(content)} bytes")
    year, month, day, hour, minute, second, satellites, latitude, longitude, speed, flags = (
        _PLACE.unpack_from(content)
    )
    report.satellites = satellites & 0x0F
    if not flags & _FIXED or latitude == longitude == 0:
        report.alive = True
        return
    try:
        time = datetime(2000 + year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError as error:
        raise RefusedError("bad_time", f"the date of a position: {error}") from None
    report.time = plausible(int(time.timestamp()) * 1_000_000, report.received)
    report.latitude, report.longitude = coordinates(
        latitude / _LATITUDE_UNIT * (1 if flags & _NORTH else -1),
        longitude / _LATITUDE_UNIT * (-1 if flags & _WEST else 1),
    )
    course = flags & _COURSE
    report.heading = course % 360 if course <= 360 else report.heading
    report.speed = speed * _KILOMETRE_PER_HOUR
