"""The heads of frames: who sent which message, as columns.

https://mavlink.io/en/guide/serialization.html#packet_format
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from telemetry.mavlink.framing import HEADER_1, HEADER_2, SIGNED, START_1
from telemetry.mavlink.pieces import Pieces


@dataclass(frozen=True, slots=True)
class Heads:
    """What the heads of some frames say, a column each."""

    header_lengths: NDArray[np.intp]
    payload_lengths: NDArray[np.intp]
    flags: NDArray[np.uint8]
    """Incompatibility flags; 0 in MAVLink 1."""

    sequence: NDArray[np.uint8]
    system: NDArray[np.uint8]
    component: NDArray[np.uint8]
    message: NDArray[np.uint32]

    def only(self, chosen: NDArray[np.bool_]) -> Heads:
        """Those for which `chosen` is true."""
        return Heads(
            self.header_lengths[chosen],
            self.payload_lengths[chosen],
            self.flags[chosen],
            self.sequence[chosen],
            self.system[chosen],
            self.component[chosen],
            self.message[chosen],
        )


def read_heads(frames: Pieces) -> Heads:
    """Read the heads of frames that `framing.find` has found.

    From its third byte on a MAVLink 2 frame has flags, compatibility flags, sequence, system,
    component and three bytes of message id; MAVLink 1 lacks both flags and has one byte of id.
    """
    data = np.frombuffer(frames.data, np.uint8)
    words = frames.gather(frames.starts + 2, 8).view("<u8")
    first = data[frames.starts] == START_1
    header_lengths = np.where(first, HEADER_1, HEADER_2)
    if first.any():
        as_second = (words & 0xFFFFFF) << 16 | (words >> 24 & 0xFF) << 40
        words = np.where(first, as_second, words)
    columns = words.view(np.uint8).reshape(-1, 8)
    return Heads(
        header_lengths,
        data[frames.starts + 1].astype(np.intp),
        columns[:, 0],
        columns[:, 2],
        columns[:, 3],
        columns[:, 4],
        (words >> 40).astype(np.uint32),
    )


def are_understood(heads: Heads) -> NDArray[np.bool_]:
    """Which have no flag but SIGNED: a frame with another must be dropped, MAVLink says."""
    understood: NDArray[np.bool_] = (heads.flags & ~np.uint8(SIGNED)) == 0
    return understood
