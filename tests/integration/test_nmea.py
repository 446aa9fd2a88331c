"""NMEA 0183 over real sockets, TCP and UDP on one port."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from telemetry.listening import ListenError
from telemetry.trackers import nmea
from telemetry.trackers.identity import tracker_asset
from telemetry.trackers.intake import Intake
from telemetry.trackers.nmea import NmeaServer
from telemetry.trackers.settings import NmeaSettings
from tests.brokers import free_port
from tests.integration.tracking import connected, serving
from tests.telemetry.trackers.sinks import RecordingSink
from tests.telemetry.trackers.test_nmea import VTG, gga, rmc
from tests.waiting import until

pytestmark = pytest.mark.integration

THEN = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)


def offered(sink: RecordingSink) -> list[tuple[int, datetime]]:
    """Whose fixes came, and when they were."""
    return [
        (int(row["asset"]), row["fix_time"].astype("M8[us]").item().replace(tzinfo=UTC))
        for batch in sink.offered
        for row in batch.positions
    ]


def second(number: int) -> bytes:
    moment = THEN + timedelta(seconds=number)
    return b"\r\n".join([rmc(moment), gga(moment), VTG, b""])


async def test_fixes_of_a_connection_that_says_who_it_is() -> None:
    sink = RecordingSink()
    async with serving(NmeaServer, NmeaSettings, sink) as (server, port):
        async with connected(port) as receiver:
            receiver.writer.write(b"ID:car-7\r\n" + second(0) + second(1))
            await until(lambda: len(offered(sink)) == 2)  # the last one though nothing follows
        asset = tracker_asset("nmea", "car-7")
        assert offered(sink) == [(asset.key, THEN), (asset.key, THEN + timedelta(seconds=1))]
        assert server.statistics.received == 7
    (row,) = sink.offered[0].positions[:1]
    assert row["altitude"] == 359  # of GGA, in the same fix as RMC's speed
    assert row["speed"] == np.float32(19.438 * 1852 / 3600)


async def test_connection_that_ends_leaves_its_last_fix() -> None:
    sink = RecordingSink()
    async with serving(NmeaServer, NmeaSettings, sink) as (_, port):
        async with connected(port) as receiver:
            receiver.writer.write(second(0))
            receiver.writer.write_eof()
            await receiver.rest()
        await until(lambda: offered(sink))
    assert offered(sink) == [(tracker_asset("nmea", "127.0.0.1").key, THEN)]


async def test_datagrams_say_who_they_are_from_or_are_from_their_address() -> None:
    sink = RecordingSink()
    async with serving(NmeaServer, NmeaSettings, sink) as (_, port):
        with (
            socket.socket(type=socket.SOCK_DGRAM) as one,
            socket.socket(type=socket.SOCK_DGRAM) as two,
        ):
            one.sendto(b"ID:car-1\n" + second(0), ("127.0.0.1", port))
            two.sendto(second(1), ("127.0.0.1", port))
            one.sendto(rmc(THEN + timedelta(seconds=2)), ("127.0.0.1", port))
            one.sendto(gga(THEN + timedelta(seconds=2)), ("127.0.0.1", port))  # of the same moment
            await until(lambda: len(offered(sink)) == 3)
    named, nameless = tracker_asset("nmea", "car-1").key, tracker_asset("nmea", "127.0.0.1").key
    assert sorted(offered(sink), key=lambda fix: fix[1]) == [
        (named, THEN),
        (nameless, THEN + timedelta(seconds=1)),
        (named, THEN + timedelta(seconds=2)),
    ]
    assert not any(np.isnan(batch.positions["altitude"]).any() for batch in sink.offered)


async def test_addresses_are_remembered_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nmea, "TALKS_KEPT", 3)
    datagrams = nmea.Datagrams(Intake("nmea", RecordingSink(), lambda: 1e9), lambda _: None)
    for number in range(100):
        datagrams.datagram_received(b"ID:car-1", ("192.0.2.1", number))
        datagrams.datagram_received(b"ID:car-2", ("192.0.2.2", 7))
    assert len(datagrams._talks) == 3
    assert ("192.0.2.2", 7) in datagrams._talks


async def test_datagram_of_many_lines_is_refused() -> None:
    sink = RecordingSink()
    async with serving(NmeaServer, NmeaSettings, sink) as (_, port):
        with socket.socket(type=socket.SOCK_DGRAM) as sender:
            sender.sendto(b"\n" * 60_000, ("127.0.0.1", port))
            sender.sendto(bytes(60_000), ("127.0.0.1", port))
            await until(lambda: sink.refused == {"too_large": 1, "malformed": 1})


async def test_device_with_a_wrong_token_is_cut_off() -> None:
    sink = RecordingSink()
    devices = {"nmea:car-7": {"token": "t0ps3cret"}}
    async with serving(NmeaServer, NmeaSettings, sink, devices=devices) as (_, port):
        async with connected(port) as receiver:
            receiver.writer.write(b"ID:car-7,guess\r\n" + second(0) + second(1))
            assert await receiver.rest() == b""
        async with connected(port) as receiver:
            receiver.writer.write(b"ID:car-7,t0ps3cret\r\n" + second(2))
            await until(lambda: offered(sink))
    assert [at for _, at in offered(sink)] == [THEN + timedelta(seconds=2)]
    assert set(sink.refused) == {"wrong_secret"}


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
async def test_port_in_use_names_port_and_setting(kind: socket.SocketKind) -> None:
    with socket.socket(type=kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            taken.listen()
        port = taken.getsockname()[1]
        server = NmeaServer(NmeaSettings(port=port), Intake("nmea", RecordingSink(), lambda: 0.0))
        with pytest.raises(ListenError, match=rf"127\.0\.0\.1:{port} \(nmea\.port\)"):
            await server.run()
    server = NmeaServer(
        NmeaSettings(host="192.0.2.1", port=free_port()),
        Intake("nmea", RecordingSink(), lambda: 0.0),
    )
    with pytest.raises(ListenError, match=r"\(nmea\.host\)"):
        await server.run()


async def test_cancelling_hands_on_what_is_complete() -> None:
    sink = RecordingSink()
    server = NmeaServer(NmeaSettings(port=free_port()), Intake("nmea", sink, THEN.timestamp))
    running = asyncio.ensure_future(server.run())
    await until(lambda: server.listening)
    talk = server.session("192.0.2.7:1")
    await talk.take(second(0))
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert [at for _, at in offered(sink)] == [THEN]
