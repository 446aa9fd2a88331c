"""Teltonika over real sockets: acknowledged after COMMIT, sent again until then."""

from __future__ import annotations

import asyncio
import struct
import time

import pytest

from telemetry.trackers.settings import TeltonikaSettings
from telemetry.trackers.teltonika import TeltonikaServer
from tests.integration.tracking import connected, serving
from tests.telemetry.trackers.sinks import RecordingSink
from tests.telemetry.trackers.teltonika_wire import Record, login, packet
from tests.waiting import until

pytestmark = pytest.mark.integration

IMEI = "356307042441013"
THEN = int(time.time()) - 3600


async def test_records_are_stored_and_then_acknowledged() -> None:
    sink = RecordingSink()
    async with serving(TeltonikaServer, TeltonikaSettings, sink) as (server, port):
        async with connected(port) as device:
            assert await device.ask(login(IMEI), 1) == b"\x01"
            sink.open.clear()
            device.writer.write(packet([Record(THEN), Record(THEN + 1, priority=2)]))
            await until(lambda: sink.waiting == 2)
            answer = asyncio.ensure_future(device.reader.readexactly(4))
            done, _ = await asyncio.wait({answer}, timeout=0.1)
            assert not done
            sink.open.set()
            assert await answer == struct.pack(">I", 2)
            assert server.statistics.connections == 1
        await until(lambda: server.statistics.connections == 0)
        assert (server.statistics.received, server.statistics.stored) == (1, 2)
    assert [event.kind for event in sink.events] == ["panic"]


async def test_device_that_sends_until_it_is_acknowledged_loses_nothing() -> None:
    sink = RecordingSink()
    async with serving(TeltonikaServer, TeltonikaSettings, sink) as (_, port):
        sent, turns = 0, 0
        async with connected(port) as device:
            await device.ask(login(IMEI), 1)
            while sent < 20:
                turns += 1
                sink.failing = turns % 3 == 0
                data = bytearray(packet([Record(THEN + sent + n) for n in range(4)]))
                if turns % 4 == 0:
                    data[20] ^= 1  # on the way
                answer = await device.ask(bytes(data), 4)
                sent += int.from_bytes(answer, "big")
    assert turns > 5
    times = sink.positions["fix_time"].astype("M8[s]").astype(int) - THEN
    assert times.tolist() == list(range(20))


async def test_packets_in_pieces_of_any_size() -> None:
    sink = RecordingSink()
    said = login(IMEI) + b"".join(packet([Record(THEN + n)], extended=n % 2 > 0) for n in range(9))
    async with (
        serving(TeltonikaServer, TeltonikaSettings, sink) as (_, port),
        connected(port) as device,
    ):
        for start in range(0, len(said), 11):
            device.writer.write(said[start : start + 11])
            await device.writer.drain()
            await asyncio.sleep(0)
        assert await device.reader.readexactly(37) == b"\x01" + struct.pack(">I", 1) * 9
    assert len(sink.positions) == 9


async def test_many_devices_share_a_commit() -> None:
    sink = RecordingSink()
    async with serving(TeltonikaServer, TeltonikaSettings, sink) as (_, port):

        async def drive(number: int) -> bytes:
            async with connected(port) as device:
                await device.ask(login(f"{356307042441000 + number}"), 1)
                return await device.ask(packet([Record(THEN)]), 4)

        assert set(await asyncio.gather(*map(drive, range(50)))) == {struct.pack(">I", 1)}
    assert len(set(sink.positions["asset"])) == 50
    assert len(sink.accepted) < 50


async def test_unknown_device_hears_no_and_the_connection_ends() -> None:
    sink = RecordingSink()
    async with (
        serving(TeltonikaServer, TeltonikaSettings, sink, unknown="refuse") as (_, port),
        connected(port) as device,
    ):
        device.writer.write(login(IMEI))
        assert await device.rest() == b"\0"
    assert sink.refused == {"unknown_device": 1}


async def test_end_of_the_program_acknowledges_what_waits_for_commit() -> None:
    sink = RecordingSink()
    async with (
        serving(TeltonikaServer, TeltonikaSettings, sink) as (server, port),
        connected(port) as device,
    ):
        await device.ask(login(IMEI), 1)
        sink.open.clear()
        device.writer.write(packet([Record(THEN)]))
        await until(lambda: sink.waiting == 1)
        closing = asyncio.ensure_future(server.close())
        await asyncio.sleep(0)
        sink.open.set()
        assert await device.rest() == struct.pack(">I", 1)
        await closing
        assert not server.listening
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
