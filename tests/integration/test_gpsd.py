"""A gpsd client against servers that speak as gpsd does, and against others."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import orjson
import pytest
import uvloop

from telemetry.trackers import gpsd
from telemetry.trackers.gpsd import WATCH, GpsdClient
from telemetry.trackers.identity import tracker_asset
from telemetry.trackers.intake import Intake
from telemetry.trackers.settings import GpsdSettings
from tests.brokers import free_port
from tests.telemetry.trackers.sinks import RecordingSink
from tests.telemetry.trackers.test_gpsd import TPV
from tests.waiting import until

pytestmark = pytest.mark.integration

VERSION = b'{"class":"VERSION","release":"3.25","rev":"3.25","proto_major":3,"proto_minor":15}\n'
THEN = int(time.time()) - 10

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpsd, "RETRY_DELAYS", (0.01, 0.02))


def tpv(number: int) -> bytes:
    moment = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(THEN + number))
    return orjson.dumps({**TPV, "time": moment}) + b"\n"


@asynccontextmanager
async def watching(*ports: int, sink: RecordingSink) -> AsyncIterator[GpsdClient]:
    servers = {f"s{number}": f"127.0.0.1:{port}" for number, port in enumerate(ports)}
    client = GpsdClient(GpsdSettings(servers=servers), Intake("gpsd", sink, time.time))
    running = asyncio.ensure_future(client.run())
    try:
        yield client
    finally:
        await client.close()
        await running


def seconds(sink: RecordingSink) -> list[int]:
    return [
        int(at) - THEN
        for batch in sink.offered
        for at in batch.positions["fix_time"].astype("M8[s]").astype(int)
    ]


async def test_it_asks_to_watch_and_takes_fixes() -> None:
    sink, asked = RecordingSink(), asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(VERSION)
        asked.set_result(await reader.readline())
        writer.write(b'{"class":"DEVICES","devices":[]}\n{"class":"SKY","satellites":[]}\n')
        writer.write(tpv(0) + b"garbage\n" + tpv(1)[:50])
        await writer.drain()
        writer.write(tpv(1)[50:])
        with contextlib.closing(writer):
            await reader.read()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        async with watching(server.sockets[0].getsockname()[1], sink=sink) as client:
            await until(lambda: seconds(sink) == [0, 1])
            assert client.statistics.connections == 1
            assert (client.statistics.stored, client.statistics.ignored) == (2, 2)
        assert not client.listening
    assert await asked == WATCH
    assert sink.refused == {"malformed": 1}
    assert sink.offered[0].assets == (tracker_asset("gpsd", "s0/dev/ttyUSB0"),)


async def test_it_connects_again_when_the_connection_is_lost(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sink, times = RecordingSink(), 0

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal times
        writer.write(VERSION + tpv(times))
        times += 1
        await writer.drain()
        if times % 2:
            writer.transport.abort()
        else:
            writer.close()

    async with (
        await asyncio.start_server(serve, "127.0.0.1", 0) as server,
        watching(server.sockets[0].getsockname()[1], sink=sink) as client,
    ):
        await until(lambda: len(seconds(sink)) >= 2 and times >= 5)
        assert client.statistics.lost_connections >= 4
    lost = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert 1 <= len(lost) < times  # the same is not said each time


async def test_server_that_is_not_there_is_told_once_and_asked_for_ever(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sink, port = RecordingSink(), free_port()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(VERSION + tpv(0))
        with contextlib.closing(writer):
            await reader.read()

    async with watching(port, sink=sink):
        await until(lambda: "cannot reach" in caplog.text)
        await asyncio.sleep(0.1)
        async with await asyncio.start_server(serve, "127.0.0.1", port):
            await until(lambda: seconds(sink) == [0])
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [f"cannot reach 127.0.0.1:{port}" in record.getMessage() for record in warnings] == [
        True
    ]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", "is no gpsd: it says b'HTTP/1.1 400"),
        (bytes(200_000), "sent a line of more than 65536 bytes"),
        (VERSION + bytes(200_000), "sent a line of more than 65536 bytes"),
        (b"", "said nothing within 0.1 s"),
    ],
)
async def test_others_on_the_port(
    said: bytes, told: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpsd, "HELLO_TIMEOUT", 0.1)
    sink = RecordingSink()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        with contextlib.closing(writer):
            await reader.read()

    async with (
        await asyncio.start_server(serve, "127.0.0.1", 0) as server,
        watching(server.sockets[0].getsockname()[1], sink=sink),
    ):
        await until(lambda: told in caplog.text)
    assert not sink.offered


def test_it_runs_under_uvloop_and_one_dead_server_does_not_stop_another() -> None:
    sink = RecordingSink()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(VERSION + tpv(0))
        with contextlib.closing(writer):
            await reader.read()

    async def run() -> None:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            async with watching(free_port(), port, sink=sink):
                await until(lambda: seconds(sink) == [0])

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())
    assert sink.offered[0].assets == (tracker_asset("gpsd", "s1/dev/ttyUSB0"),)
