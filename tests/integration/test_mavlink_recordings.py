"""Real flights sent over a real socket: what comes out is what pymavlink reads from the file."""

import math
import socket
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pymavlink import mavutil

from fleet.assets import mavlink_asset
from fleet.columns import Rows, Source
from telemetry.mavlink.network import Network
from telemetry.mavlink.settings import MavlinkSettings
from tests import recordings
from tests.telemetry.mavlink.drone import address_of, listening, only_recording, read
from tests.telemetry.mavlink.sending import RecordingSink

pytestmark = pytest.mark.integration

FLIGHTS = ("copter-mission", "three-copters")
BLOCK = 500
"""Datagrams sent before the network is waited for; the socket's buffer holds many more."""


async def fly(network: Network, name: str) -> None:
    """Send the vehicles' own frames of a recording, each as a datagram, in their order."""
    before = network.statistics.datagrams
    frames = [recordings.frame(message) for message in recordings.vehicle_messages(name)]
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as vehicles:
        vehicles.connect(address_of(network))
        for start in range(0, len(frames), BLOCK):
            sent = frames[start : start + BLOCK]
            for frame in sent:
                vehicles.send(frame)
            await read(network, before + start + len(sent))


@asynccontextmanager
async def flown(name: str, folder: Path) -> AsyncIterator[tuple[RecordingSink, Network]]:
    sink = RecordingSink()
    async with listening(sink, folder) as network:
        await fly(network, name)
    yield sink, network


def systems(name: str) -> list[int]:
    return sorted({message.get_srcSystem() for message in recordings.vehicle_messages(name)})


def of(rows: Rows, system: int) -> Rows:
    """Rows of one vehicle of the network."""
    chosen: Rows = rows[rows["asset"] == mavlink_asset("default", system).key]
    return chosen


def expected_positions(name: str, system: int, source: Source) -> list[Any]:
    return [
        message
        for message in recordings.vehicle_messages(name)
        if message.get_srcSystem() == system
        and message.get_type() == source.name
        and (message.lat, message.lon) != (0, 0)
        and getattr(message, "fix_type", 3) >= 2
    ]


@pytest.mark.parametrize("name", FLIGHTS)
async def test_positions_are_those_of_the_file_in_number_and_value(
    name: str, tmp_path: Path
) -> None:
    async with flown(name, tmp_path) as (sink, network):
        assert network.statistics.bad_frames == 0
        assert sink.refused == []
        assert sink.identities == {f"mavlink:default/{system}" for system in systems(name)}
        for system in systems(name):
            for source in (Source.GLOBAL_POSITION_INT, Source.GPS_RAW_INT):
                rows = of(sink.positions, system)
                rows = np.sort(rows[rows["source"] == source], order="fix_time")
                theirs = expected_positions(name, system, source)
                assert len(theirs) > 100
                assert len(rows) == len(theirs) == len(set(rows["fix_time"].tolist()))
                boot = [_boot_microseconds(message) for message in theirs]
                np.testing.assert_array_equal(np.diff(rows["fix_time"]).astype(int), np.diff(boot))
                assert rows["latitude"].tolist() == [message.lat / 1e7 for message in theirs]
                assert rows["longitude"].tolist() == [message.lon / 1e7 for message in theirs]
                expect_single(rows["altitude"], [message.alt / 1e3 for message in theirs])
                if source == Source.GLOBAL_POSITION_INT:
                    expect_single(rows["height"], [m.relative_alt / 1e3 for m in theirs])
                    expect_single(rows["heading"], [m.hdg / 1e2 for m in theirs])
                    expect_single(rows["climb"], [-m.vz / 1e2 for m in theirs])
                    speeds = [math.hypot(m.vx, m.vy) / 1e2 for m in theirs]
                    np.testing.assert_allclose(rows["speed"], speeds, rtol=1e-6)
                else:
                    expect_single(rows["speed"], [m.vel / 1e2 for m in theirs])
                    expect_single(rows["heading"], [m.cog / 1e2 for m in theirs])
                    expect_single(rows["accuracy"], [m.h_acc / 1e3 for m in theirs])


def expect_single(column: Any, values: list[float]) -> None:
    np.testing.assert_array_equal(column, np.array(values, "f4"))


def _boot_microseconds(message: Any) -> int:
    if message.get_type() == "GPS_RAW_INT":
        return int(message.time_usec)
    return int(message.time_boot_ms) * 1000


async def test_fix_times_are_the_vehicle_s_own_utc(tmp_path: Path) -> None:
    name = "copter-mission"
    async with flown(name, tmp_path) as (sink, _):
        epochs = [
            message.time_unix_usec - message.time_boot_ms * 1000
            for message in recordings.vehicle_messages(name)
            if message.get_type() == "SYSTEM_TIME" and message.time_unix_usec
        ]
        first = expected_positions(name, 1, Source.GLOBAL_POSITION_INT)[0]
        assert first.time_boot_ms == 10_041  # it came before the vehicle knew UTC
        fix_time = sink.positions["fix_time"][sink.positions["source"] == 1].min().astype(int)
        assert abs(fix_time - first.time_boot_ms * 1000 - epochs[0]) <= 51_000


async def test_the_same_flight_again_gives_the_same_fixes(tmp_path: Path) -> None:
    sink = RecordingSink()
    async with listening(sink, tmp_path) as network:
        await fly(network, "copter-mission")
        await fly(network, "copter-mission")
    again = RecordingSink()
    async with listening(again, tmp_path) as network:
        await fly(network, "copter-mission")
    keys = ["asset", "fix_time", "source", "latitude", "longitude"]
    assert len(sink.positions) == 2 * len(again.positions)
    assert set(sink.positions[keys].tolist()) == set(again.positions[keys].tolist())


@pytest.mark.parametrize("name", FLIGHTS)
async def test_modes_and_armed_intervals_agree(name: str, tmp_path: Path) -> None:
    async with flown(name, tmp_path) as (sink, _):
        for system in systems(name):
            rows = of(sink.statuses, system)
            boot = 0
            theirs: list[tuple[Any, int]] = []
            for message in recordings.vehicle_messages(name):
                if message.get_srcSystem() == system:
                    if message.get_type() in {"GLOBAL_POSITION_INT", "ATTITUDE", "SYSTEM_TIME"}:
                        boot = message.time_boot_ms
                    elif message.get_type() == "HEARTBEAT":
                        theirs.append((message, boot))
            names = mavutil.mode_mapping_bynumber(theirs[0][0].type)
            assert rows["mode"].tolist() == [
                names[message.custom_mode].encode() for message, _ in theirs
            ]
            armed = [message.base_mode >> 7 for message, _ in theirs]
            assert rows["armed"].tolist() == armed
            assert rows["system_status"].tolist() == [m.system_status for m, _ in theirs]
            changes = np.flatnonzero(np.diff(armed)) + 1
            assert len(changes) >= 1
            at = rows["vehicle_time"][changes]
            boots = [theirs[change][1] for change in changes]
            np.testing.assert_array_equal(np.diff(at).astype(int), np.diff(boots) * 1000)


@pytest.mark.parametrize("name", FLIGHTS)
async def test_each_status_carries_what_the_vehicle_last_said(name: str, tmp_path: Path) -> None:
    async with flown(name, tmp_path) as (sink, _):
        for system in systems(name):
            last: dict[str, Any] = {}
            theirs = []
            for message in recordings.vehicle_messages(name):
                if message.get_srcSystem() == system:
                    last[message.get_type()] = message
                    if message.get_type() == "HEARTBEAT":
                        theirs.append(dict(last))
            rows = of(sink.statuses, system)
            for column, kind, field, divisor in (
                ("battery_voltage", "SYS_STATUS", "voltage_battery", 1e3),
                ("battery_current", "SYS_STATUS", "current_battery", 1e2),
                ("battery_percent", "SYS_STATUS", "battery_remaining", 1),
                ("gps_fix", "GPS_RAW_INT", "fix_type", 1),
                ("satellites", "GPS_RAW_INT", "satellites_visible", 1),
                ("hdop", "GPS_RAW_INT", "eph", 1e2),
                ("ekf_flags", "EKF_STATUS_REPORT", "flags", 1),
                ("landed_state", "EXTENDED_SYS_STATE", "landed_state", 1),
                ("airspeed", "VFR_HUD", "airspeed", 1),
                ("home_altitude", "HOME_POSITION", "altitude", 1e3),
                ("roll", "ATTITUDE", "roll", math.pi / 180),
                ("pitch", "ATTITUDE", "pitch", math.pi / 180),
            ):
                unknown = math.nan if rows.dtype[column].kind == "f" else -1
                values = [
                    getattr(known[kind], field) / divisor if kind in known else unknown
                    for known in theirs
                ]
                if column == "hdop":  # 65535 before the receiver has any
                    values = [math.nan if value == 655.35 else value for value in values]
                np.testing.assert_allclose(rows[column], values, rtol=1e-6, err_msg=column)


@pytest.mark.parametrize("name", recordings.ALL)
async def test_status_texts_come_whole(name: str, tmp_path: Path) -> None:
    async with flown(name, tmp_path) as (sink, network):
        assert network.statistics.bad_frames == 0
        for system in systems(name):
            key = mavlink_asset("default", system).key
            ours = [(text.severity, text.text) for text in sink.texts if text.asset == key]
            assert sorted(ours) == sorted(_joined(name, system))


def _joined(name: str, system: int) -> list[tuple[int, str]]:
    """Whole texts of a vehicle: those without id, and those of one id joined by their number."""
    whole: list[tuple[int, str]] = []
    parts: defaultdict[tuple[int, int], dict[int, str]] = defaultdict(dict)
    for message in recordings.vehicle_messages(name):
        if message.get_type() == "STATUSTEXT" and message.get_srcSystem() == system:
            if message.id:
                parts[message.severity, message.id][message.chunk_seq] = message.text
            else:
                whole.append((message.severity, message.text))
    for (severity, _), pieces in parts.items():
        whole.append((severity, "".join(pieces[number] for number in sorted(pieces))))
    return whole


async def test_what_was_received_and_sent_is_in_the_tlog(tmp_path: Path) -> None:
    async with flown("three-copters", tmp_path) as (_, network):
        written = only_recording(tmp_path)
        assert not [message for message in written if message.get_type() == "BAD_DATA"]
        ours = MavlinkSettings().system_id
        received = [recordings.frame(m) for m in written if m.get_srcSystem() != ours]
        sent = [m for m in written if m.get_srcSystem() == ours]
        assert received == [
            recordings.frame(message) for message in recordings.vehicle_messages("three-copters")
        ]
        assert len(sent) == network.statistics.sent
        assert {m.get_type() for m in sent} == {"HEARTBEAT", "COMMAND_LONG", "TIMESYNC"}
        assert network.statistics.unrecorded == 0
