"""Message packs: several messages of Remote ID in one broadcast (ASTM F3411-22a, table 13)."""

from __future__ import annotations

from collections.abc import Sequence

from telemetry.remote_id.messages import SIZE, VERSION, Message, RemoteIdError, decode, encode

MOST = 9
"""Messages of one pack."""

_TYPE = 0xF
_HEAD = 3


def pack(messages: Sequence[Message]) -> bytes:
    """The pack of 1 to 9 messages. Raises RemoteIdError."""
    if not 1 <= len(messages) <= MOST:
        raise RemoteIdError(f"{len(messages)} messages: a pack holds 1 to {MOST}")
    return bytes([_TYPE << 4 | VERSION, SIZE, len(messages)]) + b"".join(map(encode, messages))


def unpack(data: bytes) -> list[Message]:
    """The messages of a pack; what follows it is not looked at. Raises RemoteIdError."""
    if len(data) < _HEAD or data[0] >> 4 != _TYPE:
        raise RemoteIdError("no message pack of Remote ID")
    size, count = data[1], data[2]
    if size != SIZE or not 1 <= count <= MOST:
        raise RemoteIdError(f"a pack of {count} messages of {size} bytes")
    if len(data) < _HEAD + count * SIZE:
        raise RemoteIdError(f"a pack of {count} messages is cut after {len(data)} bytes")
    starts = range(_HEAD, _HEAD + count * SIZE, SIZE)
    return [decode(data[start : start + SIZE]) for start in starts]
