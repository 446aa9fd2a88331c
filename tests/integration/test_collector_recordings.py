"""Real flights, sent to a real collector: what is in the database is what pymavlink reads."""

from __future__ import annotations

import socket
from contextlib import closing
from typing import Any

import psycopg
import pytest
from pymavlink import mavutil

from fleet.assets import mavlink_asset
from fleet.columns import Source
from telemetry.bus.server import BrokerServer
from tests import recordings
from tests.commands import Ports
from tests.databases import temporary_folder
from tests.integration.collecting import collector, health
from tests.waiting import until

pytestmark = pytest.mark.integration

BLOCK = 400
"""Datagrams sent before the collector is waited for; the socket's buffer holds many more."""


@pytest.mark.parametrize("name", ["copter-mission", "three-copters"])
async def test_stored_positions_modes_and_armed_intervals_are_those_of_the_file(
    name: str, ports: Ports, broker: BrokerServer, timescale_database: str
) -> None:
    frames = [recordings.frame(message) for message in recordings.vehicle_messages(name)]
    with (
        temporary_folder() as folder,
        collector(ports, broker, timescale_database, folder) as command,
    ):
        await until(lambda: health(broker), 30)
        with closing(socket.socket(type=socket.SOCK_DGRAM)) as vehicles:
            vehicles.connect(("127.0.0.1", ports.mavlink))
            for start in range(0, len(frames), BLOCK):
                sent = frames[start : start + BLOCK]
                for frame in sent:
                    vehicles.send(frame)

                async def taken(number: int = start + len(sent)) -> bool:
                    told = await health(broker)
                    return bool(told["mavlink"]["default"]["frames"] >= number)

                await until(taken, 30)

        async def committed() -> bool:
            store = (await health(broker))["store"]
            return bool(store["committed"] > 0 and store["waiting"] == 0)

        await until(committed, 30)
        told = await health(broker)
        assert told["mavlink"]["default"]["bad_frames"] == 0
        assert told["mavlink"]["default"]["kernel_drops"] in {0, None}
        assert told["store"]["dropped"] == told["store"]["refused"] == 0
        assert command.process.poll() is None
    with psycopg.connect(timescale_database) as connection:
        for system in sorted({m.get_srcSystem() for m in recordings.vehicle_messages(name)}):
            compare(connection, name, system)


def compare(connection: psycopg.Connection, name: str, system: int) -> None:
    """What is stored of one vehicle against what pymavlink reads from the recording."""
    key = mavlink_asset("default", system).key
    theirs = [m for m in recordings.vehicle_messages(name) if m.get_srcSystem() == system]
    for source in (Source.GLOBAL_POSITION_INT, Source.GPS_RAW_INT):
        rows = connection.execute(
            "SELECT latitude, longitude, altitude::float8 FROM nigehban.position"
            " WHERE asset = %s AND source = %s ORDER BY fix_time",
            [key, source],
        ).fetchall()
        expected = [
            (m.lat / 1e7, m.lon / 1e7, pytest.approx(m.alt / 1e3, rel=1e-6))
            for m in theirs
            if m.get_type() == source.name and has_position(m)
        ]
        assert len(expected) > 100
        assert rows == expected
    heartbeats = [m for m in theirs if m.get_type() == "HEARTBEAT"]
    names = mavutil.mode_mapping_bynumber(heartbeats[0].type)
    stored = connection.execute(
        "SELECT mode, armed FROM nigehban.vehicle_status WHERE asset = %s ORDER BY received_time",
        [key],
    ).fetchall()
    assert stored == [(names[m.custom_mode], m.base_mode >> 7) for m in heartbeats]


def has_position(message: Any) -> bool:
    return (message.lat, message.lon) != (0, 0) and getattr(message, "fix_type", 3) >= 2
