"""An encoder of GT06, written from the description of the protocol, and frames of that description.

Concox, "GT06 GPS Tracker Communication Protocol" v1.8.1.
"""

from __future__ import annotations

import struct
from datetime import datetime

from tests.telemetry.trackers.checksums import crc_16_x25

LOGIN = bytes.fromhex("78780D01012345678901234500018CDD0D0A")
LOGIN_ANSWER = bytes.fromhex("787805010001D9DC0D0A")
LOCATION = bytes.fromhex("78781F120B081D112E10CF027AC7EB0C46584900148F01CC00287D001FB8000380810D0A")
ALARM = bytes.fromhex(
    "787825160B0B0F0E241DCF027AC8870C4657E60014020901CC00287D001F726506040101003656A40D0A"
)
HEARTBEAT = bytes.fromhex("78780A134004040001000FDCEE0D0A")
HEARTBEAT_ANSWER = bytes.fromhex("787805130011F9700D0A")
"""To a heartbeat with serial number 0x11."""


def frame(kind: int, content: bytes, serial: int = 1, *, long: bool = False) -> bytes:
    """A frame; `long` is the form with two bytes of length."""
    length = 1 + len(content) + 2 + 2
    head = struct.pack(">H", length) if long else struct.pack(">B", length)
    body = head + bytes([kind]) + content + struct.pack(">H", serial)
    start = b"\x79\x79" if long else b"\x78\x78"
    return start + body + struct.pack(">H", crc_16_x25(body)) + b"\r\n"


def login(imei: str, serial: int = 1) -> bytes:
    """A login with an IMEI of 15 digits."""
    return frame(0x01, bytes.fromhex("0" + imei), serial)


def place(
    moment: datetime,
    latitude: float = 34.0151,
    longitude: float = 71.5249,
    *,
    satellites: int = 9,
    kilometres_per_hour: int = 36,
    course: int = 271,
    fixed: bool = True,
) -> bytes:
    """The part of a content that tells when and where."""
    date = (moment.year - 2000, moment.month, moment.day)
    flags = course | (0x1000 if fixed else 0)
    flags |= (0x0800 if longitude < 0 else 0) | (0x0400 if latitude >= 0 else 0)
    return bytes(
        [*date, moment.hour, moment.minute, moment.second, 0xC0 | satellites]
    ) + struct.pack(
        ">IIBH",
        round(abs(latitude) * 1_800_000),
        round(abs(longitude) * 1_800_000),
        kilometres_per_hour,
        flags,
    )


CELL = bytes.fromhex("01CC00287D001FB8")


def location(moment: datetime, serial: int = 1, kind: int = 0x12) -> bytes:
    """A frame with a position."""
    more = b"" if kind == 0x12 else bytes(3)
    return frame(kind, place(moment) + CELL + more, serial)


def alarm(code: int, where: bytes, serial: int = 1, kind: int = 0x16) -> bytes:
    """A frame with an alarm; `where` is a `place`."""
    return frame(kind, where + b"\x09" + CELL + bytes([0x65, 6, 4, code, 1]), serial)
