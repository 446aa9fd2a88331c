"""Every tracker's language, through a real `nigehban collect`, into a real database."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
from datetime import UTC, datetime

import aiomqtt
import httpx
import orjson
import psycopg
import pytest

from fleet.columns import Source, Suspect
from telemetry.bus.server import BrokerServer
from tests.brokers import free_port
from tests.commands import Ports
from tests.databases import temporary_folder
from tests.integration.collecting import collector, health
from tests.integration.tracking import connected
from tests.telemetry.trackers import gt06_wire, teltonika_wire
from tests.telemetry.trackers.owntracks_wire import encrypted
from tests.telemetry.trackers.test_nmea import gga, rmc
from tests.waiting import until

pytestmark = pytest.mark.integration

THEN = int(time.time()) - 600
MOMENT = datetime.fromtimestamp(THEN, UTC)

DEVICES = {
    "osmand:car-1": {"token": "t0ps3cret"},
    "owntracks:patrol/2": {"key": "sesame"},
    "owntracks:patrol/3": {"token": "t0ps3cret"},
    "nmea:car-4": {},
    "nmea:car-5": {},
    "gpsd:local/dev/ttyUSB0": {},
    "teltonika:356307042441013": {},
    "gt06:123456789012345": {},
}
LISTENERS = ("owntracks_http", "nmea", "teltonika", "gt06")


def location() -> bytes:
    return orjson.dumps({"_type": "location", "lat": 34.0, "lon": 71.5, "tst": THEN})


async def gpsd(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b'{"class":"VERSION","release":"3.25"}\n')
    fix = {"class": "TPV", "mode": 3, "device": "/dev/ttyUSB0", "lat": 34.0, "lon": 71.5}
    writer.write(orjson.dumps({**fix, "time": MOMENT.isoformat()}) + b"\n")
    with contextlib.closing(writer):
        await reader.read()


async def test_each_protocol_ends_in_the_database_and_strangers_in_quarantine(
    ports: Ports, broker: BrokerServer, timescale_database: str
) -> None:
    listening = {name: free_port() for name in LISTENERS}
    async with await asyncio.start_server(gpsd, "127.0.0.1", 0) as server:
        environment = {
            "NIGEHBAN_TRACKERS__UNKNOWN": "quarantine",
            "NIGEHBAN_TRACKERS__DEVICES": json.dumps(DEVICES),
            "NIGEHBAN_GPSD__ENABLED": "true",
            "NIGEHBAN_GPSD__SERVERS": json.dumps(
                {"local": f"127.0.0.1:{server.sockets[0].getsockname()[1]}"}
            ),
        }
        for name, port in listening.items():
            environment[f"NIGEHBAN_{name.upper()}__ENABLED"] = "true"
            environment[f"NIGEHBAN_{name.upper()}__PORT"] = str(port)
        with (
            temporary_folder() as folder,
            collector(ports, broker, timescale_database, folder, **environment),
        ):

            async def ready() -> bool:
                told = (await health(broker))["trackers"]
                return len(told) == 7 and all(each["listening"] for each in told.values())

            await until(ready)
            await say_everything(ports, listening)
            await until(lambda: len(stored(timescale_database)) == 8)
            assert stored(timescale_database) == {
                ("osmand:car-1", Source.OSMAND),
                ("owntracks:patrol/2", Source.OWNTRACKS),
                ("owntracks:patrol/3", Source.OWNTRACKS),
                ("nmea:car-4", Source.NMEA),
                ("nmea:car-5", Source.NMEA),
                ("gpsd:local/dev/ttyUSB0", Source.GPSD),
                ("teltonika:356307042441013", Source.TELTONIKA),
                ("gt06:123456789012345", Source.GT06),
            }
            with psycopg.connect(timescale_database) as connection:
                events = connection.execute("SELECT kind FROM nigehban.event ORDER BY 1").fetchall()
                aside = connection.execute(
                    "SELECT origin, raw FROM nigehban.dead_letter WHERE reason = 'quarantine'"
                ).fetchall()
            assert [kind for (kind,) in events] == ["panic", "panic"]
            assert aside == [("osmand", b"id=stranger&lat=34&lon=71.5")]


async def say_everything(ports: Ports, listening: dict[str, int]) -> None:
    """One report of each device, and one of a stranger; all that can be are acknowledged."""
    async with httpx.AsyncClient(timeout=20) as http:
        query = {"id": "car-1", "lat": "34", "lon": "71.5", "timestamp": str(THEN), "alarm": "sos"}
        with_token = {**query, "token": "t0ps3cret"}
        assert (await http.get(ports.osmand_url, params=with_token)).status_code == 200
        assert (await http.get(ports.osmand_url, params=query)).status_code == 403
        stranger = {"id": "stranger", "lat": "34", "lon": "71.5"}
        assert (await http.get(ports.osmand_url, params=stranger)).status_code == 200
        answer = await http.post(
            f"http://127.0.0.1:{listening['owntracks_http']}/",
            content=location(),
            headers={"X-Limit-U": "patrol", "X-Limit-D": "3"},
            auth=("patrol", "t0ps3cret"),
        )
        assert (answer.status_code, answer.json()) == (200, [])
    async with aiomqtt.Client("127.0.0.1", ports.mqtt) as mqtt:
        await mqtt.publish("owntracks/patrol/2", encrypted(location(), "sesame"), qos=1)
    async with connected(listening["teltonika"]) as device:
        assert await device.ask(teltonika_wire.login("356307042441013"), 1) == b"\x01"
        panic = teltonika_wire.Record(THEN, priority=2, elements={66: (2, 12_500)})
        assert await device.ask(teltonika_wire.packet([panic]), 4) == b"\0\0\0\x01"
    async with connected(listening["gt06"]) as device:
        assert await device.ask(gt06_wire.LOGIN, 10) == gt06_wire.LOGIN_ANSWER
        answered = await device.ask(gt06_wire.location(MOMENT, 2), 10)
        assert answered == gt06_wire.frame(0x12, b"", 2)
    lines = b"\r\n".join([rmc(MOMENT), gga(MOMENT), b""])
    async with connected(listening["nmea"]) as receiver:
        receiver.writer.write(b"ID:car-4\r\n" + lines)
        await receiver.writer.drain()
    with socket.socket(type=socket.SOCK_DGRAM) as sender:
        sender.sendto(b"ID:car-5\r\n" + lines, ("127.0.0.1", listening["nmea"]))


def stored(dsn: str) -> set[tuple[str, int]]:
    """Identity and source of every position."""
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(
            "SELECT identity, source FROM nigehban.position p JOIN nigehban.asset a ON a.id = p.asset"
            " WHERE fix_time = to_timestamp(%s) AND suspect = %s",
            [THEN, Suspect(0)],
        )
        return {(identity, source) for identity, source in rows}
