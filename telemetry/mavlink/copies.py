"""Frames that come a second time, by another way.

A router that sends a vehicle's frames by radio and by modem gives each of them to us twice, equal
in every byte. The second one is no message: it changes nothing, is not recorded, and is counted. Of
each system and sequence number the latest frame is kept in mind; the next with that number is a
copy if it is the same, came from another peer, and soon enough. What the same peer says again is
none: it may number all its frames alike and mean each of them, and if it is a replay, `signing`
refuses it. What comes later, as a flight that is played once more, or by another channel of the
autopilot with numbers of its own, is told apart further on: positions by their time, heartbeats and
texts by their link (`channels`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from telemetry.mavlink.codec import Decoded
from telemetry.mavlink.framing import CHECKSUM, SIGNATURE
from telemetry.mavlink.roles import SYSTEMS

COPY_WAIT = 5.0
"""Seconds after which a frame is no copy any more."""

COPY_FRAMES = 128
"""Frames of its system after which it is none either. Numbers go around at 256: two heartbeats so
far apart may be the same in every byte."""


class Copies:
    """Knows the latest frames of a network."""

    def __init__(self) -> None:
        self.count = 0
        slots = SYSTEMS * 256  # sequence numbers are one byte
        self._keys = np.zeros(slots, np.uint64)
        self._peers = np.zeros(slots, np.int64)
        self._times = np.full(slots, -np.inf)
        self._ordinals = np.zeros(slots, np.int64)
        self._first = np.zeros(slots, np.intp)
        self._counts = np.zeros(SYSTEMS, np.int64)  # frames of each system so far

    def find(self, decoded: Decoded, peers: NDArray[np.int64], now: float) -> NDArray[np.bool_]:
        """Which of the frames are copies. `now`: seconds of a steady clock."""
        frames = decoded.frames
        keys = _keys(decoded)
        slots = frames["system"].astype(np.intp) << 8 | frames["sequence"]
        ordinals = self._number(frames["system"])
        numbers = np.arange(len(frames))
        self._first[slots[::-1]] = numbers[::-1]
        first = self._first[slots]  # the first of this batch with that number
        earlier = (self._keys[slots] == keys) & (self._peers[slots] != peers)
        earlier &= now - self._times[slots] <= COPY_WAIT
        earlier &= ordinals - self._ordinals[slots] < COPY_FRAMES
        beside = (keys[first] == keys) & (peers[first] != peers)
        beside &= ordinals - ordinals[first] < COPY_FRAMES
        copies: NDArray[np.bool_] = earlier | beside
        if copies.any():
            self.count += int(np.count_nonzero(copies))
            slots, keys, peers = slots[~copies], keys[~copies], peers[~copies]
            ordinals = ordinals[~copies]
        self._keys[slots], self._peers[slots] = keys, peers
        self._times[slots], self._ordinals[slots] = now, ordinals
        return copies

    def _number(self, systems: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Of each frame how many of its system came before it."""
        counts = np.bincount(systems, minlength=SYSTEMS)
        order = np.argsort(systems, kind="stable")  # of bytes it is a radix sort
        starts = np.cumsum(counts) - counts
        ordinals = np.empty(len(systems), np.int64)
        ordinals[order] = np.arange(len(systems)) - starts[systems[order]]
        ordinals += self._counts[systems]
        self._counts += counts
        return ordinals


def _keys(decoded: Decoded) -> NDArray[np.uint64]:
    """A number of each frame that is the same for no other with its sequence number.

    Message, checksum, system, component and sequence number; a signature turns some of its bits.
    """
    frames, raw = decoded.frames, decoded.raw
    signed = frames["signed"]
    checksums = raw.gather(raw.ends - CHECKSUM - np.where(signed, SIGNATURE, 0), 2).view("<u2")
    keys = frames["message"].astype(np.uint64) << np.uint64(40)
    keys |= checksums.astype(np.uint64) << np.uint64(24)
    keys |= frames["system"].astype(np.uint64) << np.uint64(16)
    keys |= frames["component"].astype(np.uint64) << np.uint64(8)
    keys |= frames["sequence"]
    if signed.any():
        signatures = raw.gather(raw.ends - 8, 8).view("<u8") >> np.uint64(16)
        keys ^= np.where(signed, signatures, np.uint64(0))
    return keys
