"""The collector as a process of its own, with a real database and broker, under bad conditions."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiomqtt
import httpx
import orjson
import psycopg
import pytest

from fleet.assets import osmand_asset, owntracks_asset
from fleet.columns import Source
from telemetry.bus.server import BrokerServer
from telemetry.store.migrate import migrate
from tests.commands import Ports
from tests.databases import own_server, temporary_folder
from tests.integration.collecting import collector, health, subscribed
from tests.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

DEVICES = 8
AWAY = 20.0
"""Seconds that the database stays away, as the issue asks."""


@dataclass
class Load:
    """Devices that send a fix again and again until it is acknowledged, then the next."""

    ports: Ports
    acknowledged: set[tuple[int, int]] = field(default_factory=set)  # (asset key, fix second)
    refused_with_503: int = 0
    began: int = field(default_factory=lambda: int(time.time()) - 100_000)
    ended: bool = False

    async def osmand(self, number: int) -> None:
        device = f"car-{number}"
        key = osmand_asset(device).key
        async with httpx.AsyncClient(timeout=30) as client:
            fix = self.began
            while not self.ended:
                query = {"id": device, "lat": "34.01", "lon": "71.52", "timestamp": str(fix)}
                try:
                    answer = await client.get(self.ports.osmand_url, params=query)
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
                    continue
                if answer.status_code == 200:
                    self.acknowledged.add((key, fix))
                    fix += 1
                else:
                    assert answer.status_code == 503
                    self.refused_with_503 += 1
                    await asyncio.sleep(0.1)

    async def owntracks(self, number: int) -> None:
        key = owntracks_asset("police", f"car-{number}").key
        fix = self.began
        async with aiomqtt.Client("127.0.0.1", self.ports.mqtt) as client:
            while not self.ended:
                message = {"_type": "location", "tst": fix, "lat": 34.0, "lon": 71.5}
                topic = f"owntracks/police/car-{number}"
                await client.publish(topic, orjson.dumps(message), qos=1)
                self.acknowledged.add((key, fix))
                fix += 1
                await asyncio.sleep(0.02)

    @asynccontextmanager
    async def running(self, *, owntracks: bool = True) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:
            for number in range(DEVICES):
                tasks.create_task(self.osmand(number))
                if owntracks:
                    tasks.create_task(self.owntracks(number))
            yield
            self.ended = True


def stored(dsn: str) -> list[tuple[int, int]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(
            "SELECT asset, extract(epoch FROM fix_time)::bigint FROM nigehban.position"
            " WHERE source = ANY(%s)",
            [[Source.OSMAND, Source.OWNTRACKS]],
        ).fetchall()


async def test_a_database_killed_for_20_s_under_load_costs_no_acknowledged_row_and_no_refusal(
    ports: Ports, broker: BrokerServer
) -> None:
    with temporary_folder() as folder, own_server("timescaledb", {"fsync": "on"}) as server:
        dsn = server.dsn()
        migrate(dsn)
        with collector(ports, broker, dsn, folder) as command:
            # a broker keeps for the collector what comes after it had first connected
            await until(lambda: subscribed(broker))
            load = Load(ports)
            async with load.running():
                await until(lambda: len(load.acknowledged) > 500)
                server.kill()
                before = len(load.acknowledged)
                await asyncio.sleep(AWAY)  # what is under test is this time
                assert len(load.acknowledged) > before + 1000
                assert command.process.poll() is None, command.said
                server.restart()
                assert server.dsn() == dsn
                await until(lambda: len(load.acknowledged) > before + 1000, 60)
            assert load.refused_with_503 == 0
            await until(lambda: load.acknowledged <= set(stored(dsn)), 60)
            rows = stored(dsn)
            assert len(rows) == len(set(rows))
            assert command.process.poll() is None, command.said


async def test_a_collector_killed_while_it_spools_has_lost_nothing_when_it_is_started_again(
    ports: Ports, broker: BrokerServer
) -> None:
    with temporary_folder() as folder, own_server("timescaledb", {"fsync": "on"}) as server:
        dsn = server.dsn()
        migrate(dsn)
        load = Load(ports)
        with collector(ports, broker, dsn, folder) as command:
            await until(lambda: _accepts(ports.osmand))
            # without OwnTracks, whose broker would send what was open again after 15 s only
            async with load.running(owntracks=False):
                await until(lambda: len(load.acknowledged) > 200)
                server.kill()
                before = len(load.acknowledged)
                await until(lambda: len(load.acknowledged) > before + 500)
                command.process.kill()
                command.process.wait()
        server.restart()
        with collector(ports, broker, dsn, folder) as command:
            await until(lambda: load.acknowledged <= set(stored(dsn)), 60)
            rows = stored(dsn)
            assert len(rows) == len(set(rows))
            spool = (await health(broker))["spool"]
            assert spool["replayed"] > 0
            assert spool["damaged"] == spool["dropped"] == 0


async def test_random_bytes_on_every_port_are_counted_and_stop_nothing(
    ports: Ports, broker: BrokerServer, timescale_database: str
) -> None:
    noise = random.Random(5)
    with (
        temporary_folder() as folder,
        collector(ports, broker, timescale_database, folder) as command,
    ):
        await until(lambda: subscribed(broker))
        with socket.socket(type=socket.SOCK_DGRAM) as udp:
            for _ in range(200):
                udp.sendto(noise.randbytes(noise.randrange(1, 300)), ("127.0.0.1", ports.mavlink))
        for port in (ports.osmand, ports.mqtt):
            for _ in range(20):
                with socket.create_connection(("127.0.0.1", port), timeout=5) as tcp:
                    tcp.sendall(noise.randbytes(500))
        async with aiomqtt.Client("127.0.0.1", ports.mqtt) as client:
            await client.publish("owntracks/a/b", noise.randbytes(100), qos=1)
        async with httpx.AsyncClient() as device:
            assert (
                await device.get(ports.osmand_url, params={"id": "x", "lat": "200", "lon": "1"})
            ).status_code == 400
            good = {"id": "x", "lat": "34", "lon": "71", "timestamp": str(int(time.time()))}
            assert (await device.get(ports.osmand_url, params=good)).status_code == 200

        async def all_counted() -> bool:
            refused = (await health(broker))["refused"]
            assert isinstance(refused, dict)
            origins = {name.partition(":")[0] for name in refused}
            return {"mavlink", "osmand", "owntracks"} <= origins

        await until(all_counted)
        assert len(stored(timescale_database)) == 1
        assert command.process.poll() is None, command.said


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def test_the_collector_lives_through_a_broker_that_is_killed_and_comes_back(
    ports: Ports, broker: BrokerServer, timescale_database: str
) -> None:
    with (
        temporary_folder() as folder,
        collector(ports, broker, timescale_database, folder) as command,
    ):
        await until(lambda: _accepts(ports.osmand))
        pid = broker.pid
        assert pid is not None
        os.kill(pid, 9)
        await until(lambda: broker.poll() is not None)
        async with httpx.AsyncClient() as client:
            fix = {"id": "x", "lat": "34", "lon": "71", "timestamp": str(int(time.time()))}
            assert (await client.get(ports.osmand_url, params=fix)).status_code == 200
        await broker.start()
        assert (await health(broker))["assets"] == 1
        assert command.process.poll() is None, command.said


@pytest.mark.parametrize(
    ("extra", "told"),
    [
        ({"NIGEHBAN_OSMAND__HOST": "203.0.113.1"}, "osmand.host"),
        ({"NIGEHBAN_BROKER__URL": "nats://127.0.0.1:1"}, "127.0.0.1:1"),
        ({"NIGEHBAN_DATABASE__DSN": "postgres:/127.0.0.1/x"}, "does not answer"),
    ],
)
async def test_what_cannot_be_had_at_the_start_is_one_line(
    extra: dict[str, str], told: str, ports: Ports, broker: BrokerServer, timescale_database: str
) -> None:
    with temporary_folder() as folder:
        with collector(ports, broker, timescale_database, folder, **extra) as command:
            await until(lambda: command.process.poll() is not None)
        last = command.said.splitlines()[-1]
        assert last.startswith("nigehban: ")
        assert told in last
        assert "Traceback" not in command.said
