"""The decoder of MAVLink: whatever comes, it takes what pymavlink takes, and nothing else."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from pymavlink.dialects.v20 import ardupilotmega as dialect

from telemetry.mavlink.cameras import Cameras
from telemetry.mavlink.codec import Decoded, Decoder, StreamDecoder
from telemetry.mavlink.framing import LONGEST
from telemetry.mavlink.missions import Missions
from tests.telemetry.mavlink.oracle import Theirs, assert_same, new_parser, parse
from tests.telemetry.mavlink.sending import KEY, Sender

NOW = np.datetime64(1_800_000_000_000_000, "us")

_FRAMES = [
    Sender(1).heartbeat(4),
    Sender(2, version=1).position(1000),
    Sender(3, key=KEY).text(b"signed"),
]
SEEDS = [
    b"\0" + b"".join(_FRAMES),
    bytes([3, 1, 2, 3]) + b"".join(_FRAMES),
    b"\0" + b"\xfd\xfe\xfe\0\xfd\0\0" * 9 + _FRAMES[0],
]
_IDS = sorted(dialect.mavlink_map)


def datagrams(data: bytes) -> None:
    """Up to four datagrams."""
    chunks = _cut(data)
    decoded = Decoder().decode(chunks, np.full(len(chunks), NOW))
    _assert_same(decoded, [parse(chunk) for chunk in chunks])


def stream(data: bytes) -> None:
    """A stream that comes in up to four reads."""
    decoder, parser = StreamDecoder(), new_parser()
    for read in _cut(data):
        _assert_same(decoder.feed(read, NOW), [parse(read, parser)])
        assert decoder.waiting == parser.buf_len() < LONGEST


def payload(data: bytes) -> None:
    """A sound frame of whichever message with these bytes in it."""
    if len(data) < 3:
        return
    message = _IDS[int.from_bytes(data[:2], "little") % len(_IDS)]
    body = data[2:257]
    head = bytes([len(body), 0, 0, 0, 1, 1]) + message.to_bytes(3, "little")
    extra = bytes([dialect.mavlink_map[message].crc_extra])
    checksum = dialect.x25crc(head + body + extra).crc.to_bytes(2, "little")
    frame = b"\xfd" + head + body + checksum
    decoded = Decoder().decode([frame], np.array([NOW]))
    assert list(decoded.raw) == [frame]
    _assert_same(decoded, [parse(frame)])
    for reader in (Cameras(), Missions()):  # who read more than numbers from it
        reader.take(decoded, lambda systems: np.ones(len(systems), np.bool_))


def _assert_same(decoded: Decoded, theirs: list[Theirs]) -> None:
    assert_same(decoded, theirs)
    for table in decoded.tables.values():
        assert len(table.rows) == len(table.frames)


def _cut(data: bytes) -> list[bytes]:
    """The first byte tells how many cuts follow, each a byte in steps of 8 bytes of the rest."""
    cuts = data[:1][0] % 4 if data else 0
    rest = data[1 + cuts :]
    edges = sorted({0, len(rest), *(min(8 * cut, len(rest)) for cut in data[1 : 1 + cuts])})
    return [rest[start:end] for start, end in pairwise(edges)]
