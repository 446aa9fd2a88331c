"""What a client that misbehaves cannot do to a tracker's TCP port, under the programs' event loop."""

from __future__ import annotations

import asyncio
import random
import resource
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import uvloop

from telemetry.trackers import stream, tcp_tracker
from telemetry.trackers.gt06 import Gt06Server
from telemetry.trackers.nmea import NmeaServer
from telemetry.trackers.settings import Gt06Settings, NmeaSettings, TeltonikaSettings
from telemetry.trackers.tcp_tracker import TcpTracker
from telemetry.trackers.teltonika import TeltonikaServer
from tests.integration.tracking import Client, connected, serving
from tests.telemetry.trackers import gt06_wire, teltonika_wire
from tests.telemetry.trackers.sinks import RecordingSink
from tests.telemetry.trackers.test_nmea import rmc
from tests.waiting import until

pytestmark = pytest.mark.integration

NOW = int(time.time()) - 60
LOGIN = {"teltonika": teltonika_wire.login("356307042441013"), "gt06": gt06_wire.LOGIN, "nmea": b""}
MESSAGE = {
    "teltonika": teltonika_wire.packet([teltonika_wire.Record(NOW)]),
    "gt06": gt06_wire.location(datetime.fromtimestamp(NOW, UTC)),
    "nmea": rmc(datetime.fromtimestamp(NOW, UTC)) + b"\r\n",
}
BUILDERS: dict[str, tuple[Any, Any]] = {
    "teltonika": (TeltonikaServer, TeltonikaSettings),
    "gt06": (Gt06Server, Gt06Settings),
    "nmea": (NmeaServer, NmeaSettings),
}


Scene = Callable[[int], Awaitable[None]]
"""What clients do to the port of a tracker."""


@pytest.fixture(params=list(BUILDERS))
def protocol(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def sink() -> RecordingSink:
    return RecordingSink()


@pytest.fixture
def play(protocol: str, sink: RecordingSink) -> Callable[[Scene], None]:
    """Plays a scene against a running tracker; afterwards no connection is left."""
    builder, settings = BUILDERS[protocol]

    async def whole(scene: Scene) -> None:
        tracker: TcpTracker
        async with serving(builder, settings, sink) as (tracker, port):
            await scene(port)
            await until(lambda: tracker.statistics.connections == 0)

    def run(scene: Scene) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(whole(scene))

    return run


@pytest.fixture
def greeting(protocol: str) -> bytes:
    """What a device says first."""
    return LOGIN[protocol]


@pytest.fixture
def message(protocol: str) -> bytes:
    """A report."""
    return MESSAGE[protocol]


Play = Callable[[Scene], None]


async def still_works(port: int, said: bytes, sink: RecordingSink) -> None:
    """A device that behaves is taken as if nothing had happened."""
    async with connected(port) as device:
        device.writer.write(said)
        await until(lambda: sink.accepted or sink.offered)


def test_who_says_nothing_is_cut_off(
    play: Play,
    sink: RecordingSink,
    greeting: bytes,
    message: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tcp_tracker, "LOGIN_TIMEOUT", 0.2)

    async def scene(port: int) -> None:
        async with connected(port) as client:
            assert await client.rest() == b""
        assert sink.refused == {"slow": 1}
        await still_works(port, greeting + message, sink)

    play(scene)


@pytest.mark.parametrize("logged_in", [False, True])
def test_drip_of_bytes_does_not_extend_the_deadline(
    play: Play,
    sink: RecordingSink,
    greeting: bytes,
    message: bytes,
    monkeypatch: pytest.MonkeyPatch,
    logged_in: bool,
) -> None:
    monkeypatch.setattr(tcp_tracker, "LOGIN_TIMEOUT", 0.3)
    monkeypatch.setattr(tcp_tracker, "FRAME_TIMEOUT", 0.3)
    before, slowly = (greeting, message) if logged_in or not greeting else (b"", greeting)

    async def drip(client: Client) -> None:
        client.writer.write(before)
        for byte in slowly[:-1]:
            client.writer.write(bytes([byte]))
            await asyncio.sleep(0.05)

    async def scene(port: int) -> None:
        async with connected(port) as client:
            dripping = asyncio.ensure_future(drip(client))
            await client.rest()
            assert not dripping.done()
            dripping.cancel()
        assert sink.refused == {"slow": 1}
        assert not sink.accepted

    play(scene)


def test_silence_between_messages_has_a_bound_too(
    play: Play,
    sink: RecordingSink,
    greeting: bytes,
    message: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tcp_tracker, "IDLE_TIMEOUT", 0.3)

    async def scene(port: int) -> None:
        async with connected(port) as client:
            client.writer.write(greeting + message)
            await client.rest()
        assert sink.refused == {"slow": 1}
        assert sink.accepted or sink.offered

    play(scene)


JUNK = {
    "zeros": bytes(1 << 20),
    "ones": b"\xff" * (1 << 20),
    "lines": b"$GPRMC,\n" * (1 << 17),
    "letters": b"x" * (1 << 20),
}


async def send_100_times(client: Client, data: bytes) -> None:
    for _ in range(100):
        client.writer.write(data)
        await client.writer.drain()


@pytest.mark.parametrize("junk", list(JUNK))
@pytest.mark.parametrize("logged_in", [False, True])
def test_100_megabytes_are_cut_off_and_not_kept(
    play: Play,
    protocol: str,
    sink: RecordingSink,
    greeting: bytes,
    message: bytes,
    junk: str,
    logged_in: bool,
) -> None:
    if protocol == "teltonika" and logged_in and junk == "ones":
        pytest.skip("a byte 0xFF says that the connection is there, and is forgotten")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    async def scene(port: int) -> None:
        async with connected(port) as client:
            client.writer.write(greeting if logged_in else b"")
            with pytest.raises(ConnectionError):
                await send_100_times(client, JUNK[junk])
        await still_works(port, greeting + message, sink)

    play(scene)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 30 * 1024  # KiB; the client's share included
    assert 1 <= sum(sink.refused.values()) <= 51


def test_random_bytes_stop_nothing(
    play: Play, sink: RecordingSink, greeting: bytes, message: bytes
) -> None:
    generator = random.Random(3)

    async def scene(port: int) -> None:
        for length in (1, 10, 100, 1000, 100_000):
            for said in (b"", greeting):
                async with connected(port) as client:
                    client.writer.write(said + generator.randbytes(length))
                    client.writer.write_eof()
                    await client.rest()
        assert not sink.accepted
        await still_works(port, greeting + message, sink)

    play(scene)


def test_connections_beyond_the_limit_are_closed_at_once(
    play: Play,
    sink: RecordingSink,
    greeting: bytes,
    message: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stream, "CONNECTION_LIMIT", 2)

    async def scene(port: int) -> None:
        async with connected(port) as first, connected(port):
            async with connected(port) as third:
                assert await third.rest() == b""
            assert sink.refused == {"busy": 1}
            first.writer.write(greeting + message)
            await until(lambda: sink.accepted or sink.offered)

    play(scene)


@pytest.mark.parametrize("protocol", ["teltonika", "gt06"])
def test_who_leaves_before_commit_is_stored_all_the_same(
    play: Play, sink: RecordingSink, greeting: bytes, message: bytes
) -> None:
    async def scene(port: int) -> None:
        sink.open.clear()
        async with connected(port) as client:
            client.writer.write(greeting + message)
            await until(lambda: sink.waiting == 1)
        sink.open.set()
        await until(lambda: len(sink.positions) == 1)

    play(scene)


@pytest.mark.parametrize("protocol", ["gt06"])
def test_while_the_store_is_away_what_still_comes_is_left_to_the_kernel_beyond_a_bound(
    play: Play, sink: RecordingSink, greeting: bytes, message: bytes
) -> None:
    async def scene(port: int) -> None:
        sink.open.clear()
        async with connected(port) as client:
            client.writer.write(greeting + message)
            await until(lambda: sink.waiting == 1)
            client.writer.write(message * (50_000_000 // len(message)))
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await client.writer.drain()
            assert client.writer.transport.get_write_buffer_size() > 30_000_000
            assert sink.waiting == 1
        sink.open.set()

    play(scene)


def test_who_does_not_read_its_answers_is_cut_off(protocol: str, sink: RecordingSink) -> None:
    """The event loop says so when more than its high-water mark waits to be written."""
    builder, settings = BUILDERS[protocol]

    async def scene() -> None:
        tracker: TcpTracker
        async with serving(builder, settings, sink) as (tracker, port), connected(port) as client:
            await until(lambda: tracker.statistics.connections == 1)
            (connection,) = tracker.connections
            connection.pause_writing()
            assert await client.rest() == b""
        assert sink.refused == {"deaf": 1}

    asyncio.run(scene())
