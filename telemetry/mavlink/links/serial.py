"""MAVLink over a serial line: a telemetry radio, or an autopilot's USB port."""

from __future__ import annotations

import os
from collections.abc import Callable

import serial

from telemetry.mavlink.links.backoff import Backoff
from telemetry.mavlink.links.base import BYTES_PER_TICK, Arrived, Link, Peer


class SerialLink(Link):
    """`serial:DEVICE:BAUD`: opened again when the radio was pulled out and comes back."""

    stream = True

    def __init__(self, url: str, device: str, baud: int, chance: Callable[[], float]) -> None:
        super().__init__(url)
        self._device, self._baud = device, baud
        self._backoff = Backoff(chance)
        self._line: serial.Serial | None = None
        self._peer = Peer(device)

    @property
    def targets(self) -> tuple[Peer, ...]:
        return () if self._line is None else (self._peer,)

    def open(self) -> None:
        """Nothing is to be done: the first tick opens the line, or says why it cannot."""

    def close(self) -> None:
        self._lose("")

    def receive(self, now: float) -> Arrived:
        if self._line is None and self._backoff.due(now):
            self._try_to_open()
        if self._line is None:
            return Arrived()
        try:
            waiting = self._line.in_waiting  # raises when the radio was pulled out
            data = self._line.read(min(waiting, BYTES_PER_TICK)) if waiting else b""
        except (OSError, serial.SerialException) as error:
            self._lose(str(error))
            return Arrived()
        if not data:
            return Arrived()
        self._statistics.chunks += 1
        self._statistics.bytes += len(data)
        return Arrived([data], [self._peer])

    def send(self, peer: Peer, frame: bytes) -> bool:  # noqa: ARG002 - there is only one
        if self._line is None:
            return self._count_sent(sent=False)
        try:
            written = os.write(self._line.fileno(), frame)
        except OSError:  # the radio's buffer is full, or it has gone: the next read tells
            written = 0
        return self._count_sent(sent=written == len(frame))

    def _try_to_open(self) -> None:
        try:
            self._line = serial.Serial(self._device, self._baud, timeout=0, write_timeout=0)
        except (serial.SerialException, ValueError) as error:
            self._statistics.last_error = str(error)
            return
        self._backoff.succeeded()
        self._statistics.connected = True
        self._statistics.connections += 1
        self._statistics.peers = 1

    def _lose(self, why: str) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None
        self._peer.rest = b""
        self._statistics.connected = False
        self._statistics.peers = 0
        self._statistics.last_error = why
