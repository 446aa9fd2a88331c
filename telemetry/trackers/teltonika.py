"""Teltonika's trackers over TCP: IMEI, then packets, each acknowledged with its number of records.

The device says its IMEI (2 bytes of length, then digits) and hears 1 if it may go on, 0 if not. It
sends a packet again until it hears as many records as it sent, so the number goes out after COMMIT,
and 0 for what came broken or cannot be stored now. A protocol without a secret: `trackers.devices`
is the list of IMEIs that are known.
"""

from __future__ import annotations

import re
from contextlib import suppress

from fleet.assets import Asset
from telemetry.sink import NotStoredError, RefusedError
from telemetry.trackers.gate import QuarantineError
from telemetry.trackers.identity import tracker_asset
from telemetry.trackers.intake import Intake
from telemetry.trackers.registry import tracker
from telemetry.trackers.tcp_tracker import TcpTracker
from telemetry.trackers.teltonika_codec import Packet, packet_length, parse

MAX_BROKEN = 10
"""Packets in a row that are not whole before the connection is closed."""

_IMEI = re.compile(rb"[0-9]{14,17}")
_IMEI_LONGEST = 17
_PING = 0xFF
"""A byte between packets that only keeps the connection open."""

_YES, _NO = b"\x01", b"\x00"
_AGAIN = bytes(4)


@tracker("teltonika")
class TeltonikaServer(TcpTracker):
    """Takes the packets of Teltonika's trackers."""

    def session(self, peer: str) -> TeltonikaSession:
        """A device that has not said its IMEI yet."""
        return TeltonikaSession(self.intake, peer)


class TeltonikaSession:
    """The talk with one device."""

    def __init__(self, intake: Intake, peer: str) -> None:
        self.frames = 0
        self.over = False
        self._intake = intake
        self._peer = peer
        self._asset: Asset | None = None
        self._rest = b""
        self._broken = 0

    @property
    def admitted(self) -> bool:
        """Whether the IMEI was said, and taken."""
        return self._asset is not None

    @property
    def unfinished(self) -> bool:
        """Whether a packet has begun that is not complete."""
        return bool(self._rest)

    async def take(self, data: bytes) -> bytes:
        """Take the IMEI or packets; returns the answers. Raises RefusedError."""
        data = self._rest + data
        answer, start = b"", 0
        if self._asset is None:
            start = 2 + int.from_bytes(data[:2], "big")
            if len(data) >= 2 and not 2 < start <= 2 + _IMEI_LONGEST:
                raise RefusedError("bad_id", f"an IMEI of {start - 2} bytes")
            if len(data) < max(start, 3):
                self._rest = data
                return b""
            answer = self._admit(data[2:start])
        while not self.over:
            while start < len(data) and data[start] == _PING:
                start += 1
            length = packet_length(data[start : start + 8])
            if not length or len(data) < start + length:
                break
            answer += await self._deal(data[start : start + length])
            start += length
        self._rest = data[start:]
        return answer

    def end(self) -> None:
        """Nothing is left to be done."""

    def _admit(self, imei: bytes) -> bytes:
        """Answer whether the device may go on; one in quarantine may, and is set aside then."""
        try:
            asset = _asset(imei)
            with suppress(QuarantineError):
                self._intake.gate.check(asset)
        except RefusedError as error:
            self._intake.refuse(error, raw=imei, peer=self._peer)
            self.over = True
            return _NO
        self._asset = asset
        return _YES

    async def _deal(self, packet: bytes) -> bytes:
        """Keep a packet; returns how many of its records need not be sent again."""
        asset, intake = self._asset, self._intake
        assert asset is not None
        self.frames += 1
        intake.statistics.received += 1
        try:
            told = parse(packet, asset, intake.clock())
        except RefusedError as error:
            intake.refuse(error, raw=packet, peer=self._peer)
            self._broken += 1
            self.over = self._broken >= MAX_BROKEN
            return _AGAIN
        self._broken = 0
        intake.statistics.other_elements += told.other_elements
        try:
            await self._keep(asset, told, packet)
        except NotStoredError:
            return _AGAIN
        return told.records.to_bytes(4, "big")

    async def _keep(self, asset: Asset, told: Packet, packet: bytes) -> None:
        """Keep the records, or set them aside. Raises NotStoredError."""
        intake, peer = self._intake, self._peer
        try:
            await intake.accept(asset, told.reports, refused=told.refused, raw=packet, peer=peer)
        except RefusedError as error:  # by the store: sending it again would not mend it
            await intake.set_aside(error, raw=packet, peer=peer)


def _asset(imei: bytes) -> Asset:
    if not _IMEI.fullmatch(imei):
        raise RefusedError("bad_id", f"{imei!r} is no IMEI")
    return tracker_asset("teltonika", imei.decode())
