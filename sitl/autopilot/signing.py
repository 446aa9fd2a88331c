"""The signatures of one vehicle: which frames it takes, and the timestamps of what it sends.

The rules are those of an ArduPilot and of the C library that it is built with, as seen on the wire
(https://mavlink.io/en/guide/message_signing.html tells what they were made from):

- once there is a key, all links send signed frames;
- the first serial port (channel 0), and the reports of radios, need no signature;
- everything else unsigned, wrongly signed, not newer than the last of its stream, or the first of
  its stream and more than a minute behind the vehicle's time, is refused without a word;
- a frame far in the future is taken, and locks out whoever signs with the present;
- the vehicle's time is that of GPS, or of the newest frame if that is ahead, or, before it knows
  either, a minute after the last that it kept: it does not know how long it was off.

A stream is (system, component, link id). Timestamps are units of 10 µs since 2015.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mavlink

KEY_BYTES = 32

MAX_STREAMS = 16
"""Streams that a vehicle keeps; the first frame of another one is refused."""

TRUSTED_CHANNEL = 0
"""The first serial port, on an ArduPilot its USB socket."""

_EPOCH_US = 1_420_070_400_000_000  # 2015-01-01 UTC
_TICK_US = 10
_MINUTE = 60 * 1_000_000 // _TICK_US
_SIGNED = 1  # incompatibility flag
_VERSION_2 = 0xFD
_DIGEST = 6
_TRAILER = 13  # link id, timestamp, digest
_UNSIGNED_MESSAGES = frozenset({mavlink.MAVLINK_MSG_ID_RADIO_STATUS, mavlink.MAVLINK_MSG_ID_RADIO})


class Signing:
    """The key and the timestamps of one vehicle; without a key it takes and sends all unsigned.

    Raises ValueError for a key that has not 32 bytes.
    """

    def __init__(self, key: bytes | None = None) -> None:
        self.key: bytes | None = None
        self.refused = 0
        """Frames that were not taken."""
        self._timestamp = 0
        self._streams: dict[tuple[int, int, int], int] = {}
        if key is not None:
            self.set_up(key, 0)

    def set_up(self, key: bytes, timestamp: int) -> None:
        """Do as SETUP_SIGNING says; all zeros mean to sign no more. Raises ValueError."""
        if len(key) != KEY_BYTES:
            raise ValueError(f"a signing key of {len(key)} bytes; give it {KEY_BYTES}")
        self.key = key if any(key) or timestamp else None
        self._timestamp = timestamp + _MINUTE
        self._streams.clear()

    def reboot(self) -> None:
        """Keep the key and the time, forget who was heard."""
        self._timestamp += _MINUTE
        self._streams.clear()

    def set_time(self, unix_us: int) -> None:
        """GPS tells the time (µs UTC)."""
        self._timestamp = max(self._timestamp, (unix_us - _EPOCH_US) // _TICK_US)

    def accepts(self, message: Any, channel: int) -> bool:
        """Whether a message that pymavlink parsed may be acted on; it notes the timestamp if so."""
        if self.key is None or self._is_proved(self.key, message):
            return True
        if channel == TRUSTED_CHANNEL or message.get_msgId() in _UNSIGNED_MESSAGES:
            return True
        self.refused += 1
        return False

    def prepare(self, link: Any, channel: int) -> None:
        """Let pymavlink's `link` sign the next frame that it packs, if there is a key."""
        out = link.signing
        out.sign_outgoing = self.key is not None
        if self.key is not None:
            out.secret_key, out.link_id, out.timestamp = self.key, channel, self._timestamp
            self._timestamp += 1

    def _is_proved(self, key: bytes, message: Any) -> bool:
        frame = bytes(message.get_msgbuf())
        if frame[0] != _VERSION_2 or not frame[2] & _SIGNED:
            return False
        wanted = sha256(key + frame[:-_DIGEST]).digest()[:_DIGEST]
        if not hmac.compare_digest(wanted, frame[-_DIGEST:]):
            return False
        timestamp = int.from_bytes(frame[1 - _TRAILER : -_DIGEST], "little")
        stream = (message.get_srcSystem(), message.get_srcComponent(), frame[-_TRAILER])
        last = self._streams.get(stream)
        if last is None:
            if len(self._streams) >= MAX_STREAMS or timestamp < self._timestamp - _MINUTE:
                return False
        elif timestamp <= last:
            return False
        self._streams[stream] = timestamp
        self._timestamp = max(self._timestamp, timestamp)
        return True
