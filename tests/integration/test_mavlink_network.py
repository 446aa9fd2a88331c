"""A network on a real socket, with drones that answer, misbehave and reboot."""

import asyncio
import contextlib
import os
import random
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from fleet.assets import mavlink_asset
from telemetry.bus.memory import MemoryBus
from telemetry.feed import PROGRESS_SUBJECT, VIEWS_SUBJECT, unpack_progress, unpack_views
from telemetry.mavlink.building import new_network
from telemetry.mavlink.codec import Message
from telemetry.mavlink.links.base import LinkError
from telemetry.mavlink.settings import MavlinkSettings
from telemetry.views import ViewsFeed
from tests import recordings
from tests.telemetry.mavlink.drone import (
    Drone,
    address_of,
    listening,
    network_in,
    only_recording,
    read,
)
from tests.telemetry.mavlink.sending import RecordingSink, Sender
from tests.waiting import until

pytestmark = pytest.mark.integration

STREAMS = {1, 2, 24, 30, 33, 42, 74, 147, 193, 245, 271, 285}


async def test_drones_on_one_socket_are_told_apart_and_asked_for_what_is_needed(
    tmp_path: Path,
) -> None:
    sink = RecordingSink()
    settings = MavlinkSettings(position_hz=10, status_hz=5)
    async with listening(sink, tmp_path, settings) as network:
        drones = [Drone(network, system) for system in (1, 2, 250)]
        with contextlib.ExitStack() as stack:
            for drone in drones:
                stack.callback(drone.close)
            assert network.statistics.sent == 0
            await until(
                lambda: (
                    all(drone.step() for drone in drones)
                    and all(set(drone.intervals) == STREAMS for drone in drones)
                    and all(set(drone.requested) == {242, 148, 259} for drone in drones)
                )
            )
            before = len(sink.statuses)
            await until(
                lambda: all(drone.step() for drone in drones) and len(sink.statuses) > before + 6
            )
        expected = dict.fromkeys(STREAMS, 0.2) | {33: 0.1, 271: 0.5}
        assert [drone.intervals for drone in drones] == [expected] * 3
        assert network.statistics.vehicles == 3
        assert sink.refused == []
    assert sink.identities == {f"mavlink:default/{system}" for system in (1, 2, 250)}
    status = sink.statuses[-1]
    assert (status["mode"], status["battery_percent"]) == (b"GUIDED", 77)
    assert status["home_latitude"] == 34.0151
    assert set(sink.positions["source"].tolist()) == {1, 2}
    late = sink.positions["received_time"] - sink.positions["fix_time"]
    assert abs(late.astype(int)).max() < 1_000_000


async def test_a_camera_and_a_mission_given_elsewhere_are_heard_and_told(tmp_path: Path) -> None:
    sink, bus = RecordingSink(), MemoryBus()
    drone, station, camera = Sender(7), Sender(250, 190), Sender(7, 100)
    to = {"target_system": 7}
    item = {"command": 16, "frame": 3, "x": 340_000_000, "y": 715_000_000, "z": 50.0}
    async with listening(sink, tmp_path) as network, bus.subscribe("live.>") as heard:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as router:
            router.connect(address_of(network))
            for frame in (
                drone.heartbeat(),
                station("MISSION_COUNT", count=2, **to),
                *(station("MISSION_ITEM_INT", seq=number, **item, **to) for number in (0, 1)),
                drone("MISSION_ACK", target_system=250),
                drone("MISSION_CURRENT", seq=1, total=1),
                camera("CAMERA_FOV_STATUS", q=[1.0, 0.0, 0.0, 0.0], hfov=60.0, vfov=40.0),
            ):
                router.send(frame)
            await read(network, 7)
        feed = ViewsFeed([network], bus)
        for _ in range(2):  # what was told is not told again at once
            await feed.publish()
        await bus.publish("live.end", b"")
        messages = aiter(heard)
        told = {each.subject: each.payload for each in [await anext(messages) for _ in range(3)]}
        assert list(told) == [VIEWS_SUBJECT, PROGRESS_SUBJECT, "live.end"]
        (view,) = unpack_views(told[VIEWS_SUBJECT])
        (progress,) = unpack_progress(told[PROGRESS_SUBJECT])
    asset = mavlink_asset("default", 7)
    assert (view["asset"], view["across"], progress["asset"]) == (asset.key, 60, asset.key)
    assert (progress["item"], progress["total"]) == (1, 1)
    ((batch, carried),) = [(batch, each) for batch in sink.batches for each in batch.carried]
    assert batch.assets == (asset,)
    assert (carried.asset, carried.count) == (asset.key, 2)
    assert carried.places == ((1, 16, 3, 34.0, 71.5, 50.0),)  # without home


async def test_the_ground_heartbeats_once_a_second_to_every_vehicle(tmp_path: Path) -> None:
    async with listening(RecordingSink(), tmp_path) as network:
        drones = [Drone(network, 1), Drone(network, 2)]
        began = time.monotonic()

        def beats(drone: Drone) -> list[object]:
            return [m for m in drone.heard if m.get_type() == "HEARTBEAT"]

        await until(
            lambda: (
                all(drone.step() for drone in drones)
                and all(len(beats(drone)) >= 3 for drone in drones)
            )
        )
        assert time.monotonic() - began > 1.9
        for drone in drones:
            beat = next(m for m in drone.heard if m.get_type() == "HEARTBEAT")
            assert (beat.get_srcSystem(), beat.get_srcComponent()) == (255, 190)
            assert (beat.type, beat.autopilot) == (6, 8)
            assert beat.get_msgbuf()[0] == 0xFD
            drone.close()


async def test_a_rebooted_drone_is_asked_for_everything_again(tmp_path: Path) -> None:
    sink = RecordingSink()
    async with listening(sink, tmp_path) as network:
        drone = Drone(network)
        await until(lambda: drone.step() and set(drone.intervals) == STREAMS)
        drone.reboot()
        drone.transmit(drone.send("ATTITUDE", time_boot_ms=drone.boot_ms + 1))
        await until(lambda: drone.step() and set(drone.intervals) == STREAMS)
        drone.close()


async def test_a_reboot_that_only_its_silence_tells_of_is_found(tmp_path: Path) -> None:
    async with listening(RecordingSink(), tmp_path, MavlinkSettings(status_hz=10)) as network:
        drone = Drone(network)
        await until(lambda: drone.step() and set(drone.intervals) == STREAMS)
        drone.reboot()  # heartbeats go on, with no time in them; the streams have stopped
        await until(lambda: drone.step() and set(drone.intervals) == STREAMS, timeout=20)
        drone.close()


async def test_a_drone_is_answered_where_it_was_last_heard(tmp_path: Path) -> None:
    async with listening(RecordingSink(), tmp_path) as network:
        drone = Drone(network)
        await until(lambda: drone.step() and drone.heard)
        drone.move_to_another_port()
        drone.heard.clear()
        await until(lambda: drone.step() and drone.heard)
        drone.close()


async def test_random_bytes_cost_no_good_datagram_and_are_counted(tmp_path: Path) -> None:
    frames = [
        recordings.frame(message) for message in recordings.vehicle_messages("copter-mission")
    ][:2000]
    chance = random.Random(7)
    sink = RecordingSink()
    async with listening(sink, tmp_path) as network:
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sender:
            sender.connect(address_of(network))
            junk = 0
            for number, frame in enumerate(frames):
                sender.send(frame)
                if number % 3 == 0:
                    sender.send(bytes([0xFD]) + chance.randbytes(chance.randrange(400)))
                    junk += 1
                if number % 400 == 399:
                    sent = number + 1 + junk
                    await read(network, sent)
        statistics = network.statistics
    assert statistics.frames == len(frames)
    assert statistics.bad_frames >= statistics.datagrams - len(frames) > 0
    assert sink.reasons["mavlink:default", "bad_frame"] >= junk * 0.9
    detail = sink.refused[0][1].detail
    assert "in a datagram of" in detail
    assert "from 127.0.0.1:" in detail


async def test_what_is_refused_is_handed_over_with_its_bytes_and_who_sent_it(
    tmp_path: Path,
) -> None:
    sink = RecordingSink()
    async with listening(sink, tmp_path) as network:
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sender:
            sender.connect(address_of(network))
            frame = Sender(3).position(1000, latitude=200)
            junk = b"\xfe junk"
            sender.send(junk)
            sender.send(Sender(3).heartbeat() + frame)
            await until(lambda: len(sink.refused) == 2)
            host, port = sender.getsockname()
    assert sink.reasons == {
        ("mavlink:default", "bad_position"): 1,
        ("mavlink:default", "bad_frame"): 1,
    }
    assert sorted(sink.letters) == sorted([(frame, f"{host}:{port}"), (junk, f"{host}:{port}")])
    assert len(sink.positions) == 0


async def test_a_port_in_use_ends_the_run_with_one_clear_line(tmp_path: Path) -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        url = f"udpin:127.0.0.1:{port}"
        settings = MavlinkSettings.model_validate({"networks": {"default": url}})
        network = new_network("default", settings, RecordingSink(), tmp_path, time.time)
        with pytest.raises(LinkError, match=f"UDP port {port} is in use") as error:
            await network.run()
        assert "\n" not in str(error.value)


async def test_a_cancelled_network_hands_over_what_waited_and_frees_its_port(
    tmp_path: Path,
) -> None:
    sink = RecordingSink()
    async with listening(sink, tmp_path) as network:
        address = address_of(network)
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sender:
            sender.connect(address)
            sender.send(Sender().position(1000))
            await until(lambda: network.statistics.frames)
        assert len(sink.positions) == 0  # it waits for the vehicle's clock
    assert len(sink.positions) == 1
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as again:
        again.bind(address)


async def test_close_ends_the_run(tmp_path: Path) -> None:
    network = network_in(tmp_path, RecordingSink())
    task = asyncio.create_task(network.run())
    await until(lambda: network.is_open)
    await network.close()
    await network.close()
    await asyncio.wait_for(task, 5)
    assert network.statistics.datagrams == 0


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 kB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a file system can only be mounted by root, where the machine lets it")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


async def test_a_full_disk_costs_the_recording_and_nothing_else(tiny_disk: Path) -> None:
    sink = RecordingSink()
    async with listening(sink, tiny_disk) as network:
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sender:
            sender.connect(address_of(network))
            drone = Sender()
            sender.send(drone.system_time(time.time(), 1))
            for number in range(1, 3001):
                sender.send(drone.position(number))
                if number % 300 == 0:
                    await read(network, number + 1)
                if number == 300:  # what has room is written before there is none
                    await until(lambda: network.statistics.recording_waits == 0)
    statistics = network.statistics  # of all that was to be recorded: the network is closed
    assert len(sink.positions) == 3000
    assert statistics.unrecorded > 0
    whole = only_recording(tiny_disk)
    assert not [message for message in whole if message.get_type() == "BAD_DATA"]
    kept = [message for message in whole if message.get_msgId() != Message.HEARTBEAT]
    assert len(whole) + statistics.unrecorded == statistics.frames + statistics.sent
    assert len(kept) >= 300
