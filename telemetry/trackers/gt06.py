"""GT06 over TCP: a login with the IMEI, then frames, each answered after COMMIT.

All frames that came together are kept together and answered one by one. What cannot be stored now
is not answered, and the connection is closed: the device connects and sends it again. Frames of
unknown kinds are set aside and answered, since a device that waits for an answer sends nothing
else. A protocol without a secret: `trackers.devices` is the list of IMEIs that are known.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from fleet.assets import Asset
from telemetry.sink import RefusedError
from telemetry.trackers.gate import QuarantineError
from telemetry.trackers.gt06_frames import (
    LOGIN,
    TIME,
    Frame,
    answer,
    frame_length,
    frame_of,
    imei_of,
    parse,
)
from telemetry.trackers.identity import tracker_asset
from telemetry.trackers.intake import MAX_RAW, Intake, Refused
from telemetry.trackers.registry import tracker
from telemetry.trackers.report import Report
from telemetry.trackers.tcp_tracker import TcpTracker

MAX_BROKEN = 10
"""Frames in a row with a wrong CRC before the connection is closed."""


@tracker("gt06")
class Gt06Server(TcpTracker):
    """Takes the frames of GT06 trackers."""

    def session(self, peer: str) -> Gt06Session:
        """A device that has not logged in yet."""
        return Gt06Session(self.intake, peer)


class Gt06Session:
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
        """Whether the device has logged in, and may."""
        return self._asset is not None

    @property
    def unfinished(self) -> bool:
        """Whether a frame has begun that is not complete."""
        return bool(self._rest)

    async def take(self, data: bytes) -> bytes:
        """Take frames; returns the answers. Raises NotStoredError."""
        answers: list[bytes] = []
        told = _Told()
        for frame in self._frames(self._rest + data):
            self._intake.statistics.received += 1
            if frame.kind == LOGIN:
                self._log_in(frame)
            elif self._asset is None:
                why = f"a frame of kind {frame.kind:#04x} before the login"
                self._close(RefusedError("no_id", why), frame.raw)
            else:
                if len(told.raw) + len(frame.raw) > MAX_RAW:
                    await self._keep(told)
                    told = _Told()
                told.add(frame, self._asset, self._intake.clock())
            if self.over:
                break
            answers.append(self._answer(frame))
        await self._keep(told)
        return b"".join(answers)

    def end(self) -> None:
        """Nothing is left to be done."""

    def _frames(self, data: bytes) -> Iterator[Frame]:
        """The whole frames of `data`; the rest of it is kept for the next time."""
        start = 0
        try:
            while (length := frame_length(data[start : start + 4])) and start + length <= len(data):
                raw = data[start : start + length]
                start += length
                self.frames += 1
                try:
                    frame = frame_of(raw)
                except RefusedError as error:
                    if error.reason != "crc" or self._broken == MAX_BROKEN:
                        raise
                    self._broken += 1
                    self._intake.refuse(error, raw=raw, peer=self._peer)
                else:
                    self._broken = 0
                    yield frame
        except RefusedError as error:
            self._close(error, data[start:])
        self._rest = data[start:]

    def _log_in(self, frame: Frame) -> None:
        """Learn who the device is; one in quarantine may go on, and is set aside then."""
        try:
            asset = tracker_asset("gt06", imei_of(frame))
            with suppress(QuarantineError):
                self._intake.gate.check(asset)
        except RefusedError as error:
            self._close(error, frame.raw)
        else:
            if self._asset not in {None, asset}:
                why = f"{asset.identity} logs in on the connection of another device"
                self._close(RefusedError("bad_id", why), frame.raw)
            self._asset = asset

    def _close(self, error: RefusedError, raw: bytes) -> None:
        """Refuse what came and everything behind it."""
        self._intake.refuse(error, raw=raw, peer=self._peer)
        self.over = True

    def _answer(self, frame: Frame) -> bytes:
        if frame.kind != TIME:
            return answer(frame.kind, frame.serial)
        now = datetime.fromtimestamp(self._intake.clock(), UTC)
        moment = bytes([now.year % 100, now.month, now.day, now.hour, now.minute, now.second])
        return answer(TIME, frame.serial, moment)

    async def _keep(self, told: _Told) -> None:
        """Keep what was told, or set it aside. Raises NotStoredError."""
        if self._asset is None or not told.raw:
            return
        intake, peer = self._intake, self._peer
        try:
            await intake.accept(
                self._asset, told.reports, refused=told.refused, raw=told.raw, peer=peer
            )
        except RefusedError as error:  # by the store: sending it again would not mend it
            await intake.set_aside(error, raw=told.raw, peer=peer)


@dataclass(slots=True)
class _Told:
    """What frames that came together told."""

    reports: list[Report] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    raw: bytes = b""

    def add(self, frame: Frame, asset: Asset, received: float) -> None:
        """Add what a frame tells."""
        self.raw += frame.raw
        try:
            report = parse(frame, asset, received)
        except RefusedError as error:
            self.refused.append((error, frame.raw))
        else:
            if report is not None:
                self.reports.append(report)
