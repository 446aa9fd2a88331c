"""GT06 over real sockets."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from telemetry.trackers.gt06 import Gt06Server
from telemetry.trackers.settings import Gt06Settings
from tests.integration.tracking import connected, serving
from tests.telemetry.trackers import gt06_wire as wire
from tests.telemetry.trackers.sinks import RecordingSink
from tests.waiting import until

pytestmark = pytest.mark.integration

THEN = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
IMEI = "123456789012345"


async def test_each_frame_is_answered_when_it_is_stored() -> None:
    sink = RecordingSink()
    async with serving(Gt06Server, Gt06Settings, sink) as (_, port), connected(port) as device:
        assert await device.ask(wire.LOGIN, 10) == wire.LOGIN_ANSWER
        sink.open.clear()
        device.writer.write(wire.location(THEN, 7))
        await until(lambda: sink.waiting == 1)
        answer = asyncio.ensure_future(device.reader.readexactly(10))
        done, _ = await asyncio.wait({answer}, timeout=0.1)
        assert not done
        sink.open.set()
        assert await answer == wire.frame(0x12, b"", 7)
        sos = wire.alarm(1, wire.place(THEN + timedelta(seconds=9)), 8)
        assert await device.ask(sos, 10) == wire.frame(0x16, b"", 8)
        assert await device.ask(wire.HEARTBEAT, 10) == wire.frame(0x13, b"", 15)
    assert len(sink.positions) == 2
    assert [event.kind for event in sink.events] == ["panic"]


async def test_memory_of_a_device_that_was_out_of_reach_is_few_commits() -> None:
    sink = RecordingSink()
    many = [wire.location(THEN + timedelta(seconds=n), n) for n in range(500)]
    async with serving(Gt06Server, Gt06Settings, sink) as (_, port), connected(port) as device:
        await device.ask(wire.login(IMEI), 10)
        answers = await device.ask(b"".join(many), 5000)
    assert answers == b"".join(wire.frame(0x12, b"", n) for n in range(500))
    assert len(sink.positions) == 500
    assert len(sink.accepted) < 20


async def test_what_is_not_stored_is_not_answered_and_the_device_comes_again() -> None:
    sink = RecordingSink()
    async with serving(Gt06Server, Gt06Settings, sink) as (server, port):
        sink.failing = True
        async with connected(port) as device:
            await device.ask(wire.login(IMEI), 10)
            device.writer.write(wire.location(THEN, 7))
            assert await device.rest() == b""
        assert server.statistics.not_stored == 1
        sink.failing = False
        async with connected(port) as device:
            await device.ask(wire.login(IMEI), 10)
            assert await device.ask(wire.location(THEN, 7), 10) == wire.frame(0x12, b"", 7)
    assert len(sink.positions) == 1
    assert not sink.refused


async def test_unknown_device_is_not_answered() -> None:
    sink = RecordingSink()
    async with (
        serving(Gt06Server, Gt06Settings, sink, unknown="refuse") as (_, port),
        connected(port) as device,
    ):
        device.writer.write(wire.login(IMEI))
        assert await device.rest() == b""
    assert sink.refused == {"unknown_device": 1}
