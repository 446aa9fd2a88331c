"""MAVLink 2 signatures: which frames are taken, and the timestamps of what we send.

A signature authenticates a frame to all who have the key; it does not hide it. It is the first 48
bits of SHA-256 over the key and the whole frame up to it, and a timestamp in the frame keeps old
frames from being played again (https://mavlink.io/en/guide/message_signing.html). A signed frame
is refused when

- its signature is wrong (`bad_signature`), or there is no key to tell (`no_key`);
- its timestamp is not newer than the last one of its stream (`old_timestamp`), a stream being
  (system, component, link id);
- it is the first of its stream and more than a minute behind our clock (`new_stream_too_old`);
- its timestamp is far ahead of our clock (`future_timestamp`).

The last rule is not in the specification, by which a single frame from far in the future, as a
vehicle with a wrong clock sends, makes all that follow it old. Nor do we measure new streams
against the newest timestamp heard, as it says, but against our clock: an ArduPilot is a minute
ahead after it was given its key, and another one with each reboot, since it does not know how long
it was off; that must not lock out the others.

An unsigned frame is refused (`unsigned`) unless its message or its system is excepted, as
RADIO_STATUS is, which radios send without a key. Only a frame that is taken moves a timestamp.
"""

from __future__ import annotations

import hmac
import logging
import math
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from telemetry.mavlink.codec import Decoded
from telemetry.mavlink.framing import SIGNATURE
from telemetry.mavlink.settings import RADIO_STATUS
from telemetry.mavlink.timestamps import Stream, Timestamps, load, save
from telemetry.sink import RefusedError

KEY_BYTES = 32

BEHIND = 60.0
"""Seconds that a new stream may be behind our clock, and we behind a vehicle's."""

AHEAD = 300.0
"""Seconds that a stream may be ahead of our clock: some reboots of an ArduPilot without GPS."""

SAVE_WAIT = 5.0
"""Seconds between two writes of the timestamps at least."""

_EPOCH = 1_420_070_400  # 2015-01-01 UTC
_TICKS = 100_000  # a second
_DIGEST = 6  # bytes of the digest that are sent

_BEHIND_TICKS = round(BEHIND * _TICKS)
_AHEAD_TICKS = round(AHEAD * _TICKS)

UNSIGNED = "unsigned"
NO_KEY = "no_key"
BAD_SIGNATURE = "bad_signature"
OLD = "old_timestamp"
NEW_STREAM_OLD = "new_stream_too_old"
FUTURE = "future_timestamp"

_MEANING = {
    UNSIGNED: "it is not signed; set up signing in the vehicle, or except it",
    NO_KEY: "there is no key for it; give its system or its network one",
    BAD_SIGNATURE: "its signature is not made with the key that we have",
    OLD: "its timestamp is not newer than the last of its stream",
    NEW_STREAM_OLD: "its stream is new and its timestamp more than a minute behind our clock",
    FUTURE: "its timestamp is too far ahead of our clock",
}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Keys:
    """The secret keys of a network, 32 bytes each. Raises ValueError for another length."""

    network: bytes | None = field(default=None, repr=False)
    """Of every system that has none of its own."""

    systems: Mapping[int, bytes] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for name, key in [("the network", self.network), *self.systems.items()]:
            if key is not None and len(key) != KEY_BYTES:
                who = name if isinstance(name, str) else f"system {name}"
                raise ValueError(f"the key of {who} has {len(key)} bytes; give it {KEY_BYTES}")

    def of(self, system: int) -> bytes | None:
        """The key of a system; of 0, which means all systems, that of the network."""
        return self.systems.get(system, self.network)


@dataclass(frozen=True, slots=True)
class Unsigned:
    """What is taken without a signature."""

    messages: frozenset[int] = frozenset({RADIO_STATUS})
    systems: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of some frames."""

    accepted: NDArray[np.bool_]
    """Of each frame whether it is taken: `decoded.only(checked.accepted)`."""

    refused: tuple[tuple[int, RefusedError], ...]
    """Numbers of the others, and why."""


class Signing:
    """Checks and numbers the signed frames of one network.

    `clock` gives seconds since 1970 (UTC). `link` (0–255) is the link id of what we send; programs
    that send with one system id must differ in it. Raises TimestampsError if the file at `path`
    cannot be used.
    """

    def __init__(
        self,
        keys: Keys,
        path: Path,
        clock: Callable[[], float],
        *,
        link: int = 0,
        unsigned: Unsigned | None = None,
    ) -> None:
        self.counts: Counter[str] = Counter()
        """Frames refused, by reason."""

        self.link = link
        self._keys = keys
        self._unsigned = unsigned or Unsigned()
        self._path = path
        self._clock = clock
        self._timestamps = load(path)
        self._newest = max(self._timestamps.streams.values(), default=0)
        # What was sent since the file was written is not in it. It matters if our clock was set
        # back: then we go on from here, beyond all of that.
        self._next = self._timestamps.sent + 2 * round(SAVE_WAIT * _TICKS)
        self._changed = False  # since they were taken to be written
        self._saved_at = -math.inf
        self._failing = False
        self._writing = threading.Lock()

    def check(self, decoded: Decoded) -> Checked:
        """Decide on each frame, in their order."""
        frames = decoded.frames
        excepted = np.isin(frames["message"], list(self._unsigned.messages))
        excepted |= np.isin(frames["system"], list(self._unsigned.systems))
        signed = frames["signed"]
        accepted = excepted & ~signed
        refused = [(number, UNSIGNED) for number in np.flatnonzero(~excepted & ~signed).tolist()]
        ours = self._ticks()
        numbers = np.flatnonzero(signed)
        for number, (stream, timestamp, before, signature) in zip(
            numbers.tolist(), _signatures(decoded, numbers), strict=True
        ):
            key = self._keys.of(stream[0])
            if key is None:
                reason = None if excepted[number] else NO_KEY
            elif not hmac.compare_digest(sha256(key + before).digest()[:_DIGEST], signature):
                reason = BAD_SIGNATURE
            else:
                reason = self._judge(stream, timestamp, ours)
            if reason is None:
                accepted[number] = True
            else:
                refused.append((number, reason))
        self.counts.update(reason for _, reason in refused)
        return Checked(accepted, tuple((n, _error(frames[n], reason)) for n, reason in refused))

    def key(self, system: int) -> bytes | None:
        """What frames to a system are signed with; None: they are not."""
        return self._keys.of(system)

    def next_timestamp(self) -> int:
        """The timestamp of the next frame that we sign: newer than any that we sent.

        Not behind the newest that was taken either, within a minute: a vehicle that has rebooted
        would refuse it.
        """
        ours = self._ticks()
        timestamp = max(self._next, ours, min(self._newest, ours + _BEHIND_TICKS))
        self._next = timestamp + 1
        self._timestamps.sent = timestamp
        self._changed = True
        return timestamp

    def unsaved(self, now: float) -> Timestamps | None:
        """The timestamps, if there are new ones and it is time to `save` them.

        `now`: seconds of a steady clock.
        """
        if now - self._saved_at < SAVE_WAIT:
            return None
        self._saved_at = now
        return self._taken()

    def save(self, timestamps: Timestamps) -> None:
        """Write them, in whatever thread: it waits for the disk.

        Never raises: while they cannot be written it is said in the log and tried again.
        """
        with self._writing:
            try:
                save(self._path, timestamps)
            except OSError as error:
                self._changed = True
                if not self._failing:
                    _log.warning(
                        "%s: cannot write the timestamps of signing: %s; tried again every %g s",
                        self._path,
                        error.strerror or error,
                        SAVE_WAIT,
                    )
                self._failing = True
            else:
                self._failing = False

    def close(self) -> None:
        """Write the timestamps that are not written yet."""
        if (timestamps := self._taken()) is not None:
            self.save(timestamps)

    def _taken(self) -> Timestamps | None:
        if not self._changed:
            return None
        self._changed = False
        return Timestamps(self._timestamps.sent, dict(self._timestamps.streams))

    def _ticks(self) -> int:
        return int((self._clock() - _EPOCH) * _TICKS)

    def _judge(self, stream: Stream, timestamp: int, ours: int) -> str | None:
        """Why a frame with a good signature is refused; None if it is taken, and noted."""
        last = self._timestamps.streams.get(stream)
        if timestamp > ours + _AHEAD_TICKS:
            return FUTURE
        if last is None and timestamp < ours - _BEHIND_TICKS:
            return NEW_STREAM_OLD
        if last is not None and timestamp <= last:
            return OLD
        self._timestamps.take(stream, timestamp)
        self._newest = max(self._newest, timestamp)
        self._changed = True
        return None


def _signatures(
    decoded: Decoded, numbers: NDArray[np.intp]
) -> Iterator[tuple[Stream, int, bytes, bytes]]:
    """Stream, timestamp, what is signed and the signature of each of these signed frames."""
    frames, raw = decoded.frames[numbers], decoded.raw.only(numbers)
    data, trailers = raw.data, raw.ends - SIGNATURE
    links = np.frombuffer(data, np.uint8)[trailers]
    timestamps = raw.gather(trailers + 1, 8).view("<u8") & ((1 << 48) - 1)
    streams = zip(
        frames["system"].tolist(), frames["component"].tolist(), links.tolist(), strict=True
    )
    for stream, timestamp, start, end in zip(
        streams, timestamps.tolist(), raw.starts.tolist(), raw.ends.tolist(), strict=True
    ):
        signature = end - _DIGEST
        yield stream, timestamp, data[start:signature], data[signature:end]


def _error(frame: np.void, reason: str) -> RefusedError:
    return RefusedError(
        reason,
        f"message {frame['message']} of system {frame['system']}, "
        f"component {frame['component']}: {_MEANING[reason]}",
    )
