"""Bytes in, columns out: the frames of MAVLink 1 and 2 in datagrams or in a stream.

The seam of the MAVLink room: what stands outside knows `Decoded`, never a message object. Nothing
is done for each message in Python: `framing` finds the frames, `heads` reads who sent them, `crc`
tells which are sound, and `fields` turns all payloads of one message into columns when they are
asked for. pymavlink gives the descriptions of the messages; its parser is what the tests hold all
of this against: no frame is taken that it refuses, and none refused that it takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pymavlink.dialects.v20 import ardupilotmega as dialect

from fleet.columns import TIME, Rows
from telemetry.mavlink.crc import checksums
from telemetry.mavlink.fields import layout
from telemetry.mavlink.framing import SIGNED, Found, find
from telemetry.mavlink.heads import Heads, are_understood, read_heads
from telemetry.mavlink.pieces import Pieces


class Message(IntEnum):
    """The messages that the collector uses, by their MAVLink id."""

    HEARTBEAT = 0
    SYS_STATUS = 1
    SYSTEM_TIME = 2
    GPS_RAW_INT = 24
    ATTITUDE = 30
    GLOBAL_POSITION_INT = 33
    MISSION_WRITE_PARTIAL_LIST = 38
    MISSION_ITEM = 39
    MISSION_CURRENT = 42
    MISSION_COUNT = 44
    MISSION_CLEAR_ALL = 45
    MISSION_ACK = 47
    MISSION_ITEM_INT = 73
    VFR_HUD = 74
    COMMAND_ACK = 77
    TIMESYNC = 111
    BATTERY_STATUS = 147
    AUTOPILOT_VERSION = 148
    EKF_STATUS_REPORT = 193
    HOME_POSITION = 242
    EXTENDED_SYS_STATE = 245
    STATUSTEXT = 253
    CAMERA_INFORMATION = 259
    MOUNT_ORIENTATION = 265
    CAMERA_FOV_STATUS = 271
    GIMBAL_DEVICE_ATTITUDE_STATUS = 285


class Command(IntEnum):
    """The commands that `Encoder.command` is used for (MAV_CMD)."""

    SET_MESSAGE_INTERVAL = 511
    REQUEST_MESSAGE = 512


FRAME = np.dtype(
    [
        ("received_time", TIME),
        ("message", "u4"),  # the message's id
        ("chunk", "i4"),  # which of the chunks it came in
        ("system", "u1"),
        ("component", "u1"),
        ("sequence", "u1"),
        ("signed", "?"),  # it carries a signature, good or not
    ]
)
"""The head of a good frame."""

_IDS = np.array(sorted(dialect.mavlink_map), np.uint32)
_UNKNOWN = len(_IDS)
_KIND = np.full(int(_IDS[-1]) + 2, _UNKNOWN, np.uint16)
_KIND[_IDS] = np.arange(_UNKNOWN)
"""The place of an id in _IDS; _UNKNOWN for others. What is beyond the end is clipped to it."""

_EXTRA = np.array([dialect.mavlink_map[message].crc_extra for message in _IDS.tolist()] + [0], "u1")
"""CRC_EXTRA by that place."""


class Table:
    """All messages of one id: row number i came in frame number `frames[i]`."""

    def __init__(self, frames: NDArray[np.intp], payloads: Pieces, message: int) -> None:
        self.frames = frames
        self._layout = layout(message)
        self._gathered = self._layout.gather(payloads)
        self._rows: Rows | None = None

    @property
    def wire(self) -> Rows:
        """The fields as they were sent (`Layout.wire`)."""
        return self._gathered.view(self._layout.wire)

    @property
    def rows(self) -> Rows:
        """The fields in the project's units (`Layout.columns`); made once."""
        if self._rows is None:
            self._rows = self._layout.read(self._gathered)
        return self._rows


class Tables(Mapping[int, Table]):
    """The tables by message id, of all messages that came; each is made when it is asked for."""

    def __init__(self, messages: NDArray[np.uint32], payloads: Pieces) -> None:
        self._messages = messages
        self._payloads = payloads
        self._tables: dict[int, Table] = {}

    def __getitem__(self, message: int) -> Table:
        table = self._tables.get(message)
        if table is None:
            frames, payloads = self._grouped[message]
            table = self._tables[message] = Table(frames, payloads, message)
        return table

    def __contains__(self, message: object) -> bool:
        return message in self._grouped

    def __iter__(self) -> Iterator[int]:
        return iter(self._grouped)

    def __len__(self) -> int:
        return len(self._grouped)

    @cached_property
    def _grouped(self) -> dict[int, tuple[NDArray[np.intp], Pieces]]:
        """Numbers of the frames of each message, in their order, and the payloads."""
        kinds = _KIND.take(self._messages)
        order = np.argsort(kinds, kind="stable")  # of 16 bits: a radix sort
        payloads = self._payloads.only(order)
        counts = np.bincount(kinds)
        came = np.flatnonzero(counts)
        groups = {}
        end = 0
        for message, count in zip(_IDS[came].tolist(), counts[came].tolist(), strict=True):
            group = slice(end, end := end + count)
            groups[message] = order[group], payloads.only(group)
        return groups


@dataclass(frozen=True, slots=True)
class Decoded:
    """What some chunks held, frames in order of arrival."""

    frames: Rows
    """FRAME of each good frame, of whatever message of the dialect."""

    raw: Pieces
    """The bytes of each good frame, signature included."""

    payloads: Pieces
    """The payload of each, as it was sent."""

    tables: Tables
    """Payloads as columns, by message id."""

    bad: NDArray[np.int64]
    """Of each chunk: stretches of bytes that are no frame, torn, or whose checksum is wrong."""

    torn: NDArray[np.int64]
    """Of each chunk: bytes at its end of a frame that is not whole."""

    unknown: NDArray[np.int64]
    """Of each chunk: frames of messages that the dialect lacks. Without the message's CRC_EXTRA
    nothing proves them, so they are neither used nor recorded."""

    def only(self, chosen: NDArray[np.bool_]) -> Decoded:
        """The same without the frames for which `chosen` is false."""
        frames = self.frames[chosen]
        payloads = self.payloads.only(chosen)
        tables = Tables(frames["message"], payloads)
        return Decoded(
            frames, self.raw.only(chosen), payloads, tables, self.bad, self.torn, self.unknown
        )


class Decoder:
    """Decodes datagrams and pieces of streams. Signatures are not checked (`signing`)."""

    def decode(
        self,
        chunks: Sequence[bytes | memoryview],
        received: NDArray[np.datetime64],
        streams: NDArray[np.bool_] | None = None,
    ) -> Decoded:
        """Decode `chunks`, which came at `received` (one UTC time each).

        Never raises for what is in them. Each chunk is read from its beginning, whatever lies at
        the end of the one before. A frame torn at its end is bad, except where `streams` is true:
        then the beginning of the next chunk of that stream is its rest (`Decoded.torn`), and it is
        bad only once it is whole and its checksum is wrong.
        """
        pieces = Pieces.of(chunks)
        found = find(pieces)
        torn = pieces.ends - found.torn
        cut_off = torn > 0 if streams is None else (torn > 0) & ~streams
        return _sound(found, found.bad + cut_off, torn, np.asarray(received, TIME))


class StreamDecoder:
    """Decodes one stream as it comes; a frame may be spread over several reads.

    Between two calls it keeps less than one frame (`framing.LONGEST` bytes).
    """

    def __init__(self) -> None:
        self._rest = b""
        self._decoder = Decoder()

    @property
    def waiting(self) -> int:
        """Bytes of a frame that is not yet whole."""
        return len(self._rest)

    def feed(self, data: bytes, received: np.datetime64) -> Decoded:
        """Decode what came next, at `received` (UTC). The result has one chunk, number 0."""
        chunk = self._rest + data
        decoded = self._decoder.decode([chunk], np.array([received]), np.ones(1, np.bool_))
        self._rest = chunk[len(chunk) - int(decoded.torn[0]) :]
        return decoded


def _sound(
    found: Found,
    bad: NDArray[np.int64],
    torn: NDArray[np.int64],
    received: NDArray[np.datetime64],
) -> Decoded:
    """Of what has the form of a frame, that which is one."""
    heads = read_heads(found.frames)
    kinds = _KIND.take(heads.message, mode="clip")
    understood = are_understood(heads)
    lacking = understood & (kinds == _UNKNOWN)
    good = understood & ~lacking & _are_intact(found.frames, heads, _EXTRA[kinds])
    unknown = np.zeros_like(bad)
    raw, chunks = found.frames, found.chunks
    if not good.all():
        unknown += np.bincount(chunks[lacking], minlength=len(bad))
        bad = bad + np.bincount(chunks[~good & ~lacking], minlength=len(bad))
        raw, chunks, heads = raw.only(good), chunks[good], heads.only(good)
    frames: Rows = np.empty(len(raw), FRAME)
    frames["received_time"] = received[chunks]
    frames["message"] = heads.message
    frames["chunk"] = chunks
    frames["system"] = heads.system
    frames["component"] = heads.component
    frames["sequence"] = heads.sequence
    frames["signed"] = heads.flags == SIGNED
    payloads = Pieces(raw.data, raw.starts + heads.header_lengths, heads.payload_lengths)
    return Decoded(frames, raw, payloads, Tables(heads.message, payloads), bad, torn, unknown)


def _are_intact(frames: Pieces, heads: Heads, extras: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whose checksum is that of its bytes."""
    lengths = heads.header_lengths + heads.payload_lengths
    sent = frames.gather(frames.starts + lengths, 2).view("<u2")
    intact: NDArray[np.bool_] = sent == checksums(frames, frames.starts + 1, lengths - 1, extras)
    return intact
