"""The form of a segment: records one after the other, each of them checked on its own.

A record is a header and a payload. The header has a magic number, the payload's length, the
record's sequence number, the payload's CRC-32 and its own, little-endian. With a checked length
the record behind a damaged payload is found at once; behind a damaged header it is looked for by
the magic number.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

MAGIC = b"NGr1"
HEADER = struct.Struct("<4sIQI")  # magic, length, sequence, CRC of the payload
CHECK = struct.Struct("<I")  # CRC of the header
OVERHEAD = HEADER.size + CHECK.size
"""Bytes of a record besides its payload."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record that is whole, from byte `start` to `end` of what was read."""

    sequence: int
    payload: bytes
    start: int
    end: int


def pack(sequence: int, payload: bytes) -> bytes:
    """The bytes of a record."""
    header = HEADER.pack(MAGIC, len(payload), sequence, zlib.crc32(payload))
    return b"".join((header, CHECK.pack(zlib.crc32(header)), payload))


def read(data: bytes) -> Iterator[Record]:
    """The whole records of `data`, in order.

    What lies between them, or behind the last one, is damaged or was never written to its end.
    """
    at = data.find(MAGIC)
    while at >= 0:
        found = _record_at(data, at)
        if isinstance(found, Record):
            yield found
            at = found.end
        else:
            at = found
        at = data.find(MAGIC, at)


def _record_at(data: bytes, at: int) -> Record | int:
    """The record at `at`, or where to look on if there is none."""
    body = at + OVERHEAD
    if body > len(data):
        return at + 1
    header = data[at : at + HEADER.size]
    if CHECK.unpack_from(data, at + HEADER.size) != (zlib.crc32(header),):
        return at + 1
    _, length, sequence, check = HEADER.unpack(header)
    payload = data[body : body + length]
    if len(payload) < length:
        return at + 1
    end: int = body + length
    return Record(sequence, payload, at, end) if zlib.crc32(payload) == check else end
