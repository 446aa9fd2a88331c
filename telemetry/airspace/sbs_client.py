"""A client of programs that serve SBS lines (TCP 30003): connects, reads, and connects again."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

import numpy as np

from telemetry.airspace.heard import SAID_BYTES, Heard, Said, Take, moment, sensor_name
from telemetry.airspace.sbs import LINE_MOST, SbsReader
from telemetry.sink import RefusedError, Sink
from telemetry.trackers import Clock
from telemetry.trackers.values import receive_time

CONNECT_TIMEOUT = 10.0

SILENT_MOST = 120.0
"""Seconds without a line after which the connection is taken for dead: at night few aircraft fly, but
receivers are heard to count on."""

RETRY_DELAYS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds between attempts; the last one for ever."""

CHUNK = 64 << 10
"""Bytes that are read at once."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class SbsStatistics:
    """What came in since the start."""

    lines: int = 0
    positions: int = 0
    refused: int = 0
    connections: int = 0
    """Connections made."""


class SbsClient:
    """Reads one server until closed or its `run` is cancelled."""

    def __init__(
        self, name: str, host: str, port: int, sink: Sink, take: Take, clock: Clock
    ) -> None:
        """`name` is what the receiver is called; what cannot be taken goes to `sink.refuse`."""
        self.statistics = SbsStatistics()
        self.connected = False
        self._sensor = sensor_name("sbs", name)
        self._address = host, port
        self._sink, self._hand_on, self._clock = sink, take, clock
        self._reader = SbsReader(self._sensor)
        self._closing = asyncio.Event()
        self._ended = asyncio.Event()
        self._ended.set()

    async def run(self) -> None:
        """Read, and connect again for ever."""
        self._ended.clear()
        failures, told = 0, ""
        try:
            while not self._closing.is_set():
                lines = self.statistics.lines
                why = await self._read()
                failures = 0 if self.statistics.lines > lines else failures + 1
                if why != told and not self._closing.is_set():
                    _log.warning("%s: %s", self._sensor, why)
                    told = why
                delay = RETRY_DELAYS[min(failures, len(RETRY_DELAYS) - 1)]
                await self._closed_within(delay)
        finally:
            self._ended.set()

    async def close(self) -> None:
        """End `run`, and return when it has ended."""
        self._closing.set()
        await self._ended.wait()

    async def _closed_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._closing.wait()
        except TimeoutError:
            return False
        return True

    async def _read(self) -> str:
        """Read one connection to its end; returns why it ended."""
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                reader, writer = await asyncio.open_connection(*self._address)
        except (OSError, TimeoutError) as error:
            return f"cannot connect to {self._address[0]}:{self._address[1]}: {error}"
        self.statistics.connections += 1
        self.connected = True
        closing = asyncio.ensure_future(self._closing.wait())
        reading = asyncio.ensure_future(self._lines(reader))
        try:
            await asyncio.wait({closing, reading}, return_when=asyncio.FIRST_COMPLETED)
            return reading.result() if reading.done() else "closed"
        finally:
            self.connected = False
            closing.cancel()
            reading.cancel()
            await asyncio.gather(closing, reading, return_exceptions=True)
            writer.close()

    async def _lines(self, reader: asyncio.StreamReader) -> str:
        rest = b""
        while True:
            try:
                async with asyncio.timeout(SILENT_MOST):
                    data = await reader.read(CHUNK)
            except TimeoutError:
                return f"silent for {SILENT_MOST:g} s"
            except OSError as error:
                return f"lost: {error}"
            if not data:
                return "the server has closed the connection"
            *lines, rest = (rest + data).split(b"\n")
            if len(rest) > LINE_MOST:
                self._refuse(RefusedError("too_large", "a line without end"), rest)
                return "it sends no SBS"
            self._take(lines)

    def _take(self, lines: list[bytes]) -> None:
        """Hand on what some lines tell: one arrival."""
        received = receive_time(self._clock())
        rows, used = [], []
        for line in lines:
            self.statistics.lines += 1
            try:
                found = self._reader.take(line, received)
            except RefusedError as error:
                self._refuse(error, line)
                continue
            used.append(line)
            if len(found):
                rows.append(found)
        if not used:
            return
        said = Said(moment(received), self._sensor, "sbs", b"\n".join(used)[:SAID_BYTES])
        self.statistics.positions += len(rows)
        heard = Heard((said,), np.concatenate(rows)) if rows else Heard((said,))
        self._hand_on(heard)

    def _refuse(self, error: RefusedError, raw: bytes) -> None:
        self.statistics.refused += 1
        peer = f"{self._address[0]}:{self._address[1]}"
        self._sink.refuse("sbs", error, raw=raw[:CHUNK], peer=peer)
