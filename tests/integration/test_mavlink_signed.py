"""A network with keys, and vehicles that sign as pymavlink does."""

from __future__ import annotations

import json
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from telemetry.mavlink.settings import MavlinkSettings, key_bytes
from telemetry.mavlink.signing import AHEAD
from tests.telemetry.mavlink.drone import address_of, listening, only_recording
from tests.telemetry.mavlink.sending import KEY, RecordingSink, Sender
from tests.telemetry.mavlink.wires import SocketEnd, udp_to
from tests.waiting import until

pytestmark = pytest.mark.integration

OTHER_KEY = KEY[::-1]
PASSPHRASE = "correct horse battery staple"


def signed(**signing: Any) -> MavlinkSettings:
    network = {"links": "udpin:127.0.0.1:14550", "signing": signing or {"key": KEY.hex()}}
    return MavlinkSettings.model_validate({"networks": {"default": network}})


def vehicle(system: int = 7, key: bytes = KEY, at: float = 0.0, **more: Any) -> Sender:
    """One that signs, with a clock that is `at` seconds off."""
    return Sender(system, key=key, at=time.time() + at, **more)


async def test_a_vehicle_with_the_key_is_taken_in_and_takes_what_we_say(tmp_path: Path) -> None:
    sink = RecordingSink()
    async with listening(sink, tmp_path, signed()) as network:
        with udp_to(address_of(network), KEY) as end:
            drone = vehicle()
            end.send(drone.system_time(time.time(), 1000) + drone.heartbeat(4))
            end.send(drone.position(1100))
            await until(partial(end.asked, 7))
            await until(partial(end.of_type, "HEARTBEAT"))
        assert all(message.get_signed() for message in end.heard)
    assert sink.refused == []
    assert (len(sink.statuses), len(sink.positions)) == (1, 1)
    assert network.statistics.refused_signatures == {}


async def test_what_is_refused_is_counted_by_reason_kept_and_changes_nothing(
    tmp_path: Path,
) -> None:
    sink = RecordingSink()
    async with listening(sink, tmp_path, signed()) as network:
        with udp_to(address_of(network), KEY) as end:
            drone = vehicle()
            good = [drone.heartbeat(4), drone.system_time(time.time(), 1000), drone.position(1200)]
            refused = {
                Sender(7).heartbeat(5): "unsigned",
                vehicle(key=OTHER_KEY).heartbeat(6): "bad_signature",
                vehicle(at=-30).heartbeat(7): "old_timestamp",
                vehicle(at=-90, link=3).heartbeat(9): "new_stream_too_old",
                vehicle(at=AHEAD + 3600).heartbeat(11): "future_timestamp",
                good[0]: "old_timestamp",  # played again
            }
            for frame in (*good[:2], *refused, good[2]):
                end.send(frame)
            await until(lambda: network.statistics.frames == len(good) + len(refused))
        statistics = network.statistics
    assert statistics.refused_signatures == {
        "unsigned": 1,
        "bad_signature": 1,
        "old_timestamp": 2,
        "new_stream_too_old": 1,
        "future_timestamp": 1,
    }
    assert sum(sink.reasons.values()) == len(refused)
    assert {raw for raw, _ in sink.letters} == set(refused)
    assert {peer for _, peer in sink.letters} == {end.name}
    assert sink.statuses["mode"].tolist() == [b"GUIDED"]
    assert len(sink.positions) == 1
    recorded = [m for m in only_recording(tmp_path) if m.get_srcSystem() == 7]
    assert [bytes(m.get_msgbuf()) for m in recorded] == good


async def test_what_was_taken_before_a_restart_is_old_after_it(tmp_path: Path) -> None:
    drone = vehicle()
    frame = drone.heartbeat(4)
    async with listening(RecordingSink(), tmp_path, signed()) as network:
        with udp_to(address_of(network)) as end:
            end.send(frame)
            await until(lambda: network.statistics.vehicles == 1)
    kept = json.loads((tmp_path / "signing" / "default.json").read_text())
    assert [stream[:3] for stream in kept["streams"]] == [[7, 1, 0]]
    sink = RecordingSink()
    async with listening(sink, tmp_path, signed()) as network:
        with udp_to(address_of(network)) as end:
            end.send(frame)
            end.send(drone.heartbeat(5))
            await until(lambda: network.statistics.frames == 2)
    assert sink.statuses["mode"].tolist() == [b"LOITER"]
    assert sink.reasons == {("mavlink:default", "old_timestamp"): 1}


async def test_each_vehicle_may_have_its_own_key_and_one_none(tmp_path: Path) -> None:
    settings = signed(systems={"7": KEY.hex(), "8": PASSPHRASE}, unsigned_systems=[9])
    passphrase = network_key(settings, 8)
    sink = RecordingSink()
    async with listening(sink, tmp_path, settings) as network:
        address = address_of(network)
        with (
            udp_to(address, KEY) as seven,
            udp_to(address, passphrase) as eight,
            udp_to(address) as nine,
        ):
            seven.send(vehicle(7).heartbeat())
            eight.send(vehicle(8, passphrase).heartbeat())
            nine.send(Sender(9).heartbeat())
            nine.send(vehicle(10).heartbeat())
            ends: dict[int, SocketEnd] = {7: seven, 8: eight, 9: nine}
            await until(lambda: all(end.asked(system) for system, end in ends.items()))
            await until(lambda: all(end.of_type("HEARTBEAT") for end in ends.values()))
    assert sink.identities == {f"mavlink:default/{system}" for system in (7, 8, 9)}
    assert all(message.get_signed() for end in (seven, eight) for message in end.heard)
    assert not any(message.get_signed() for message in nine.heard)
    assert sink.reasons == {("mavlink:default", "no_key"): 1}


def network_key(settings: MavlinkSettings, system: int) -> bytes:
    signing = settings.networks["default"].signing
    assert signing is not None
    return key_bytes(signing.systems[system])


async def test_a_signed_frame_by_two_links_is_one_and_no_replay(tmp_path: Path) -> None:
    sink = RecordingSink()
    async with listening(sink, tmp_path, signed()) as network:
        with udp_to(address_of(network)) as radio, udp_to(address_of(network)) as modem:
            drone = vehicle()
            for mode in range(4):
                frame = drone.heartbeat(mode)
                radio.send(frame)
                modem.send(frame)
            await until(lambda: network.statistics.frames == 8)
    assert len(sink.statuses) == 4
    assert (network.statistics.copies, sink.refused) == (4, [])
