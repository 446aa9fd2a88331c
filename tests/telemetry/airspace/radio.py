"""Radio frames with Remote ID in them, made by hand after the standards."""

from __future__ import annotations

import struct
from pathlib import Path

from telemetry.remote_id.messages import BasicId, Location, Message, OperatorId, System

SENDER = bytes.fromhex("020000000001")
SERIAL = "1588E040445AC004418"
HERE = Location(
    34.0151,
    71.5249,
    direction=90,
    speed=10,
    climb=1,
    altitude=400,
    height=80,
    second_of_hour=12.5,
    horizontal_accuracy=10,
    vertical_accuracy=4,
    speed_accuracy=2,
)
ALL: list[Message] = [
    HERE,
    BasicId(SERIAL),
    System(34.02, 71.53, 330.0, time=1_795_000_000),
    OperatorId("PAK-1"),
]
RECEIVED = 1_795_000_012_700_000 - 1_795_000_012_700_000 % 3_600_000_000 + 12_700_000
"""12.7 s after a full hour."""


def beacon(pack: bytes, *, radiotap: bool = True) -> bytes:
    """A Wi-Fi beacon with another vendor's element before the one of Remote ID."""
    header = bytes([0x80, 0, 0, 0]) + b"\xff" * 6 + SENDER + SENDER + bytes(2)
    elements = b"\x00\x03RID" + bytes([221, 5]) + b"\x00\x50\xf2\x02\x01"
    elements += bytes([221, 5 + len(pack)]) + b"\xfa\x0b\xbc\x0d\x07" + pack
    frame = header + struct.pack("<QHH", 1, 100, 0x11) + elements
    return (struct.pack("<BBHI", 0, 0, 8, 0) if radiotap else b"") + frame


def advertised(data: bytes) -> bytes:
    """The advertising data of a Bluetooth broadcast: flags, then Remote ID."""
    service = b"\x16\xfa\xff\x0d\x07" + data
    return b"\x02\x01\x06" + bytes([len(service)]) + service


def legacy(message: bytes) -> bytes:
    """An advertisement of the link layer with one message."""
    body = SENDER[::-1] + advertised(message)[3:]
    return b"\xd6\xbe\x89\x8e" + bytes([0x42, len(body)]) + body + b"CRC"


def extended(pack: bytes) -> bytes:
    """An auxiliary advertisement with a pack; its header holds address, set id and strength."""
    header = bytes([0b0100_1001]) + SENDER[::-1] + b"\x01\x10" + b"\x05"
    body = bytes([len(header)]) + header + advertised(pack)
    return b"\xd6\xbe\x89\x8e" + bytes([0x07, len(body)]) + body + b"CRC"


def reported(message: bytes) -> bytes:
    """The event with which a host's controller reports an advertisement."""
    data = advertised(message)[3:]
    report = b"\x03\x01" + SENDER[::-1] + bytes([len(data)]) + data + b"\xc4"
    return bytes([4, 0x3E, 2 + len(report), 0x02, 1]) + report


def reported_extended(pack: bytes) -> bytes:
    """The same of an extended one."""
    data = advertised(pack)
    report = b"\x00\x00\x01" + SENDER[::-1] + bytes(14) + bytes([len(data)]) + data
    return bytes([4, 0x3E, 2 + len(report), 0x0D, 1]) + report


def pcap(path: Path, link: int, frames: list[tuple[float, bytes]]) -> Path:
    """Write frames (seconds, bytes) as a capture."""
    data = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)
    for seconds, frame in frames:
        whole = int(seconds)
        micro = round((seconds - whole) * 1e6)
        data += struct.pack("<IIII", whole, micro, len(frame), len(frame)) + frame
    path.write_bytes(data)
    return path
