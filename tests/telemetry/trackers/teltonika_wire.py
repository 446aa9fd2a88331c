"""An encoder of Teltonika's codec 8 and 8 extended, written from the description of the protocol.

https://wiki.teltonika-gps.com/view/Teltonika_Data_Sending_Protocols
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.telemetry.trackers.checksums import crc_16_arc

# The examples of the description, with their own CRC.
EXAMPLE_8 = bytes.fromhex(
    "000000000000003608010000016B40D8EA300100000000000000000000000000000001"
    "05021503010101425E0F01F10000601A014E0000000000000000010000C7CF"
)
EXAMPLE_8_TWO_RECORDS = bytes.fromhex(
    "000000000000004308020000016B40D57B480100000000000000000000000000000001"
    "010101000000000000016B40D5C198010000000000000000000000000000000101010101000000020000252C"
)
EXAMPLE_8E = bytes.fromhex(
    "000000000000004A8E010000016B412CEE0001000000000000000000000000000000000100050001000101"
    "00010011001D00010010015E2C880002000B000000003544C87A000E000000001DD7E06A00000100002994"
)


@dataclass(frozen=True)
class Record:
    """A record; `elements` are (bytes, value) by id."""

    seconds: float
    latitude: float = 34.0151
    longitude: float = 71.5249
    altitude: int = 359
    angle: int = 271
    satellites: int = 9
    kilometres_per_hour: int = 36
    priority: int = 0
    cause: int = 0
    elements: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    long_elements: Mapping[int, bytes] = field(default_factory=dict)


def encoded(record: Record, *, extended: bool) -> bytes:
    """The bytes of a record."""
    number = ">H" if extended else ">B"
    parts = [
        struct.pack(
            ">QBiihHBH",
            round(record.seconds * 1000),
            record.priority,
            round(record.longitude * 10_000_000),
            round(record.latitude * 10_000_000),
            record.altitude,
            record.angle,
            record.satellites,
            record.kilometres_per_hour,
        ),
        struct.pack(number, record.cause),
        struct.pack(number, len(record.elements) + len(record.long_elements)),
    ]
    for size in (1, 2, 4, 8):
        group = {key: value for key, (width, value) in record.elements.items() if width == size}
        parts.append(struct.pack(number, len(group)))
        parts += [
            struct.pack(number, key) + value.to_bytes(size, "big") for key, value in group.items()
        ]
    if extended:
        parts.append(struct.pack(number, len(record.long_elements)))
        parts += [
            struct.pack(">HH", key, len(data)) + data for key, data in record.long_elements.items()
        ]
    return b"".join(parts)


def framed(data: bytes) -> bytes:
    """A packet around data that begin with the codec."""
    return struct.pack(">II", 0, len(data)) + data + struct.pack(">I", crc_16_arc(data))


def packet(records: Sequence[Record], *, extended: bool = False) -> bytes:
    """A packet of records."""
    number = bytes([len(records)])
    codec = b"\x8e" if extended else b"\x08"
    return framed(
        codec + number + b"".join(encoded(r, extended=extended) for r in records) + number
    )


def login(imei: str) -> bytes:
    """What a device says first."""
    return struct.pack(">H", len(imei)) + imei.encode()
