"""NMEA 0183 over TCP and UDP.

A sentence does not say which device it is from. A line without `$` does, for what comes after it on
the same connection, or from the same address and port: `ID:car-7`, or only `car-7`; with a token
`ID:car-7,TOKEN`. A sender over UDP had better begin each datagram so, since its port may change.
Without such a line a device is its address, `nmea:192.0.2.7`, and several behind one router are one
device: list those in `trackers.devices` and refuse unknown ones where that could happen.

Nobody waits for an acknowledgement; the protocol has none.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NoReturn

from telemetry.listening import ListenError
from telemetry.sink import RefusedError
from telemetry.trackers.intake import Intake
from telemetry.trackers.nmea_sentences import MAX_LINE
from telemetry.trackers.nmea_talk import EPOCH_PAUSE, Talk
from telemetry.trackers.registry import tracker
from telemetry.trackers.settings import NmeaSettings
from telemetry.trackers.tcp_tracker import TcpTracker

MAX_LINES = 200
"""Lines of one datagram."""

TALKS_KEPT = 20_000
"""Addresses over UDP that are remembered; the one that was silent longest is forgotten."""

RECEIVE_BUFFER = 4 << 20
"""Bytes that the kernel is asked to keep of datagrams."""


class NmeaSession:
    """A talk on a connection."""

    admitted = True

    def __init__(self, talk: Talk, begin: Callable[[Talk], None]) -> None:
        """`begin` is told when sentences wait for others of their moment."""
        self.frames = 0
        self._talk = talk
        self._begin = begin
        self._rest = b""

    @property
    def over(self) -> bool:
        """Whether what comes is no NMEA, or from somebody who may not report."""
        return self._talk.over

    @property
    def unfinished(self) -> bool:
        """Whether a line has begun."""
        return bool(self._rest)

    async def take(self, data: bytes) -> bytes:
        """Take lines; nothing is answered. Raises RefusedError for a line without an end."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        self.frames += len(lines)
        self._talk.say(lines)
        self._begin(self._talk)
        if len(self._rest) > 2 * MAX_LINE:
            raise RefusedError("too_large", f"a line of more than {2 * MAX_LINE} bytes")
        return b""

    def end(self) -> None:
        """Hand on what is complete, since nothing more comes."""
        self._talk.flush()


@tracker("nmea")
class NmeaServer(TcpTracker):
    """Takes sentences over TCP and, on the same port, over UDP."""

    def __init__(self, settings: NmeaSettings, intake: Intake) -> None:
        super().__init__(settings, intake)
        self._address = settings.host, settings.port
        self._open: set[Talk] = set()

    def session(self, peer: str) -> NmeaSession:
        """A sender that has not said who it is."""
        return NmeaSession(Talk(self.intake, peer), self.begin)

    def begin(self, talk: Talk) -> None:
        """Flush the talk when its moment is complete."""
        if talk.open:
            self._open.add(talk)

    async def run(self) -> None:
        """Serve until cancelled or closed. Raises ListenError if the port cannot be had."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: Datagrams(self.intake, self.begin), sock=_bind_udp(*self._address)
        )
        flushing = loop.create_task(self._flush())
        try:
            await super().run()
        finally:
            transport.close()
            flushing.cancel()
            for talk in self._open:
                talk.flush()
            self.intake.flush()

    async def _flush(self) -> NoReturn:
        while True:
            await asyncio.sleep(EPOCH_PAUSE / 2)
            now = self.intake.clock()
            due = [talk for talk in self._open if talk.due(now)]
            self._open.difference_update(due)
            for talk in due:
                talk.flush()


class Datagrams(asyncio.DatagramProtocol):
    """A talk for each address."""

    def __init__(self, intake: Intake, begin: Callable[[Talk], None]) -> None:
        self._intake = intake
        self._begin = begin
        self._talks: OrderedDict[Any, Talk] = OrderedDict()

    def datagram_received(self, data: bytes, address: Any) -> None:
        """Take the lines of a datagram."""
        talk = self._talks.get(address)
        if talk is None:
            talk = self._talks[address] = Talk(self._intake, f"{address[0]}:{address[1]}")
            if len(self._talks) > TALKS_KEPT:
                _, forgotten = self._talks.popitem(last=False)
                forgotten.flush()
        else:
            self._talks.move_to_end(address)
        lines = data.split(b"\n", MAX_LINES)
        if len(lines) > MAX_LINES:
            error = RefusedError("too_large", f"a datagram of more than {MAX_LINES} lines")
            self._intake.refuse(error, raw=data, peer=f"{address[0]}:{address[1]}")
            return
        talk.forgive()
        talk.say(lines)
        self._begin(talk)


def _bind_udp(host: str, port: int) -> socket.socket:
    """A socket for datagrams. Raises ListenError."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        listener = socket.socket(family, kind)
    except OSError as error:
        raise ListenError(host, port, "nmea.host", error.strerror or str(error)) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        listener.setblocking(False)  # noqa: FBT003 - its only form
        listener.bind(address)
    except OSError as error:
        listener.close()
        setting = "nmea.port" if error.errno == errno.EADDRINUSE else "nmea.host"
        raise ListenError(host, port, setting, error.strerror or str(error)) from error
    return listener
