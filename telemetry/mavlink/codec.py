"""Bytes in, columns out; and what we say, as bytes.

The seam of the MAVLink room: what stands outside knows `Decoded`, never a message object. Inside
works pymavlink's generated dialect, MAVLink 1 and 2, frame by frame. Its `mavutil` is not used: it
keeps module globals and chooses its dialect by environment variables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pymavlink.dialects.v20 import ardupilotmega as dialect

from fleet.columns import TIME, Rows
from telemetry.mavlink.fields import layout

dialect.MAVLINK_IGNORE_CRC = 0  # the dialect would take MAV_IGNORE_CRC from the environment


class Message(IntEnum):
    """The messages whose payload is decoded, by their MAVLink id."""

    HEARTBEAT = 0
    SYS_STATUS = 1
    SYSTEM_TIME = 2
    GPS_RAW_INT = 24
    ATTITUDE = 30
    GLOBAL_POSITION_INT = 33
    VFR_HUD = 74
    COMMAND_ACK = 77
    BATTERY_STATUS = 147
    AUTOPILOT_VERSION = 148
    EKF_STATUS_REPORT = 193
    HOME_POSITION = 242
    EXTENDED_SYS_STATE = 245
    STATUSTEXT = 253


class Command(IntEnum):
    """The commands that `Encoder.command` is used for (MAV_CMD)."""

    SET_MESSAGE_INTERVAL = 511
    REQUEST_MESSAGE = 512


FRAME = np.dtype(
    [
        ("received_time", TIME),
        ("chunk", "i4"),  # which of the chunks it came in
        ("system", "u1"),
        ("component", "u1"),
        ("sequence", "u1"),
        ("message", "u4"),  # the message's id
    ]
)
"""The head of a good frame."""


@dataclass(frozen=True, slots=True)
class Table:
    """All messages of one id: `rows[i]` (`fields.layout`) came in frame number `frames[i]`."""

    frames: NDArray[np.intp]
    rows: Rows


@dataclass(frozen=True, slots=True)
class Decoded:
    """What some chunks held, frames in order of arrival."""

    frames: Rows
    """FRAME of each good frame, of whatever message of the dialect."""

    raw: list[bytes]
    """The bytes of each good frame, signature included."""

    tables: dict[int, Table]
    """Payloads by message id, of those in Message that came."""

    bad: NDArray[np.int64]
    """Of each chunk: stretches of bytes that are no frame, torn, or whose checksum is wrong."""

    unknown: NDArray[np.int64]
    """Of each chunk: frames of messages that the dialect lacks. Without the message's CRC_EXTRA
    nothing proves them, so they are neither used nor recorded."""


class Decoder:
    """Decodes datagrams. Signatures are carried along, not checked."""

    def __init__(self) -> None:
        self._parser = _new_parser()

    def decode(self, chunks: Sequence[bytes], received: NDArray[np.datetime64]) -> Decoded:
        """Decode `chunks`, which came at `received` (one UTC time each).

        Never raises for what is in them. Each chunk stands for itself: a frame torn at its end is
        bad, and the next chunk, maybe of another vehicle, is read from its beginning.
        """
        bad = np.zeros(len(chunks), np.int64)
        unknown = np.zeros(len(chunks), np.int64)
        heads: list[tuple[int, int, int, int, int]] = []
        raw: list[bytes] = []
        payloads: dict[int, tuple[list[int], list[bytes]]] = {m: ([], []) for m in Message}
        for index, chunk in enumerate(chunks):
            for message in self._messages(chunk):
                if isinstance(message, dialect.MAVLink_bad_data):
                    bad[index] += 1
                elif isinstance(message, dialect.MAVLink_unknown):
                    unknown[index] += 1
                else:
                    head = message.get_header()
                    frame = bytes(message.get_msgbuf())
                    if head.msgId in payloads:
                        start = 6 if frame[0] == dialect.PROTOCOL_MARKER_V1 else 10
                        frames, bodies = payloads[head.msgId]
                        frames.append(len(raw))
                        bodies.append(frame[start : start + head.mlen])
                    heads.append((index, head.srcSystem, head.srcComponent, head.seq, head.msgId))
                    raw.append(frame)
            if self._parser.buf_len():
                bad[index] += 1
                self._parser = _new_parser()
        return Decoded(
            _frame_rows(heads, received),
            raw,
            {
                message: Table(np.array(frames, np.intp), layout(message).read(bodies))
                for message, (frames, bodies) in payloads.items()
                if frames
            },
            bad,
            unknown,
        )

    def _messages(self, chunk: bytes) -> list[Any]:
        return self._parser.parse_buffer(chunk) or []


def _new_parser() -> Any:
    parser = dialect.MAVLink(None)
    parser.robust_parsing = True  # bad bytes come as MAVLink_bad_data, not as exceptions
    return parser


def _frame_rows(
    heads: list[tuple[int, int, int, int, int]], received: NDArray[np.datetime64]
) -> Rows:
    rows: Rows = np.zeros(len(heads), FRAME)
    columns = np.array(heads, np.int64).reshape(-1, 5)
    for name, column in zip(
        ("chunk", "system", "component", "sequence", "message"), columns.T, strict=True
    ):
        rows[name] = column
    rows["received_time"] = np.asarray(received, TIME)[rows["chunk"]]
    return rows


class Encoder:
    """Makes the MAVLink 2 frames of one sender, numbered one after another."""

    def __init__(self, system: int, component: int) -> None:
        self._out = dialect.MAVLink(None, srcSystem=system, srcComponent=component)

    def ground_station_heartbeat(self) -> bytes:
        """HEARTBEAT of a ground station: without it vehicles take the link for lost."""
        return self._pack(
            self._out.heartbeat_encode(
                dialect.MAV_TYPE_GCS, dialect.MAV_AUTOPILOT_INVALID, 0, 0, dialect.MAV_STATE_ACTIVE
            )
        )

    def command(
        self, system: int, component: int, command: Command, *parameters: float, repetition: int = 0
    ) -> bytes:
        """COMMAND_LONG with up to seven parameters, the rest zero; `repetition` counts from 0."""
        given = [*parameters, *[0.0] * (7 - len(parameters))]
        message = self._out.command_long_encode(system, component, command, repetition, *given)
        return self._pack(message)

    def _pack(self, message: Any) -> bytes:
        frame: bytes = message.pack(self._out)
        self._out.seq = (self._out.seq + 1) % 256
        return frame
