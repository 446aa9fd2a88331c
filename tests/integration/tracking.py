"""Trackers' listeners on real sockets, and clients that talk to them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from telemetry.trackers.gate import Gate
from telemetry.trackers.intake import Intake
from telemetry.trackers.registry import Tracker
from telemetry.trackers.settings import GateSettings
from tests.brokers import free_port
from tests.telemetry.trackers.sinks import RecordingSink
from tests.waiting import until

S = TypeVar("S")
T = TypeVar("T", bound=Tracker)


@asynccontextmanager
async def serving(
    build: Callable[[S, Intake], T], settings: type[S], sink: RecordingSink, **gate: object
) -> AsyncIterator[tuple[T, int]]:
    """A running listener and its port; at the end it is closed as the program does it."""
    port = free_port()
    checked = GateSettings.model_validate(gate)
    intake = Intake("tracker", sink, time.time, Gate(checked), horizon_days=checked.horizon_days)
    tracker = build(settings(port=port), intake)  # type: ignore[call-arg]  # all of them have a port
    running = asyncio.ensure_future(tracker.run())
    await until(lambda: tracker.listening or running.done())
    try:
        yield tracker, port
    finally:
        sink.open.set()
        await tracker.close()
        await running


class Client:
    """A device's end of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def ask(self, data: bytes, answer: int) -> bytes:
        """Send `data`; returns the `answer` bytes that come back."""
        self.writer.write(data)
        async with asyncio.timeout(10):
            return await self.reader.readexactly(answer)

    async def rest(self) -> bytes:
        """All that comes until the other side closes."""
        async with asyncio.timeout(10):
            try:
                return await self.reader.read()
            except ConnectionError:
                return b""


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Client]:
    """A connection to a listener."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Client(reader, writer)
    finally:
        writer.transport.abort()
