"""Real flights, sent to a real collector: what is in the database is what pymavlink reads."""

from __future__ import annotations

import socket
from contextlib import closing
from pathlib import Path
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

BLOCK = 200
"""Datagrams sent before the collector is waited for; the smallest usual buffer holds more."""


async def fly(frames: list[bytes], ports: Ports, broker: BrokerServer, good: int) -> dict[str, Any]:
    """Send each frame as a datagram; the collector's health when all is stored.

    `good` is how many of them the collector will count as frames.
    """
    await until(lambda: health(broker))
    with closing(socket.socket(type=socket.SOCK_DGRAM)) as vehicles:
        vehicles.connect(("127.0.0.1", ports.mavlink))
        for start in range(0, len(frames), BLOCK):
            for frame in frames[start : start + BLOCK]:
                vehicles.send(frame)
            await until(lambda: waiting_bytes(ports.mavlink) == 0)

    async def committed() -> bool:
        told = await health(broker)
        taken = told["mavlink"]["default"]["datagrams"] == len(frames)
        return bool(taken and told["store"]["waiting"] == 0)

    await until(committed)
    told = await health(broker)
    link = told["mavlink"]["default"]
    assert link["frames"] == good
    assert link["kernel_drops"] in {0, None}
    assert told["store"]["dropped"] == told["store"]["refused"] == 0
    return told


def waiting_bytes(port: int) -> int:
    """Bytes in the receive buffer of the UDP socket on that port, as proc(5) tells."""
    for line in Path("/proc/net/udp").read_text().splitlines()[1:]:
        _, local, _, _, queues, *_ = line.split()
        if int(local.partition(":")[2], 16) == port:
            return int(queues.partition(":")[2], 16)
    raise AssertionError(f"no socket on UDP port {port}")


@pytest.mark.parametrize("name", ["copter-mission", "three-copters"])
async def test_stored_positions_modes_and_armed_intervals_are_those_of_the_file(
    name: str, ports: Ports, broker: BrokerServer, timescale_database: str
) -> None:
    messages = recordings.vehicle_messages(name)
    frames = [recordings.frame(message) for message in messages]
    with (
        temporary_folder() as folder,
        collector(ports, broker, timescale_database, folder) as command,
    ):
        told = await fly(frames, ports, broker, good=len(frames))
        assert told["mavlink"]["default"]["bad_frames"] == 0
        assert command.process.poll() is None
    with psycopg.connect(timescale_database) as connection:
        for system in sorted({message.get_srcSystem() for message in messages}):
            compare(connection, messages, system)


async def test_of_a_broken_recording_the_good_frames_are_stored_and_the_bad_ones_counted(
    ports: Ports, broker: BrokerServer, timescale_database: str
) -> None:
    messages = recordings.vehicle_messages("copter-mission")
    good = [message for number, message in enumerate(messages) if number % 7]
    sent = [
        recordings.frame(message) if number % 7 else broken(recordings.frame(message), number)
        for number, message in enumerate(messages)
    ]
    with (
        temporary_folder() as folder,
        collector(ports, broker, timescale_database, folder) as command,
    ):
        told = await fly(sent, ports, broker, good=len(good))
        bad = len(messages) - len(good)
        assert told["refused"]["mavlink:default: bad_frame"] == bad
        assert command.process.poll() is None
    with psycopg.connect(timescale_database) as connection:
        compare(connection, good, 1)


def broken(frame: bytes, number: int) -> bytes:
    """The frame with its tail torn off, or with one bit of its checksum turned."""
    if number % 2:
        return frame[:-3]
    return frame[:-1] + bytes([frame[-1] ^ 0x10])


def compare(connection: psycopg.Connection, messages: list[Any], system: int) -> None:
    """What is stored of one vehicle against what pymavlink read from the recording."""
    key = mavlink_asset("default", system).key
    theirs = [m for m in messages if m.get_srcSystem() == system]
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
