from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from telemetry.mavlink.firmware import FIRMWARE
from telemetry.mavlink.vehicles import Vehicles
from tests.telemetry.mavlink.sending import Sender, decode

OFFICIAL = 255


def take(fleet: Vehicles, *chunks: bytes, at: float = 1.8e9) -> list[tuple[int, dict[str, object]]]:
    decoded = decode(*chunks, at=at)
    batch = fleet.take(decoded, np.zeros(len(decoded.frames), np.int64), 0).batch
    assert {event.asset for event in batch.events} <= {asset.key for asset in batch.assets}
    return [(e.asset, dict(e.detail)) for e in batch.events if e.kind == FIRMWARE]


def version(sender: Sender, numbers: tuple[int, int, int] = (4, 5, 7), **fields: object) -> bytes:
    told = int.from_bytes(bytes([*numbers, OFFICIAL]), "big")
    return sender("AUTOPILOT_VERSION", flight_sw_version=told, **fields)


def test_a_vehicle_says_what_runs_on_it_once() -> None:
    fleet = Vehicles("north", 255, 15.0)
    sender = Sender(3)
    said = version(
        sender,
        flight_custom_version=list(b"2a3dc4b7"),
        board_version=140 << 16 | 3,
        vendor_id=0x1209,
        uid2=[1, 2, 0xAB] + [0] * 15,
    )
    ((asset, detail),) = take(fleet, sender.heartbeat(), said)
    assert asset == fleet.asset(3).key
    assert detail == {
        "version": "4.5.7",
        "release": "official",
        "git": "2a3dc4b7",
        "board": 140,
        "vendor": 0x1209,
        "product": None,
        "uid": "0102ab",
        "autopilot": "ardupilotmega",
        "type": "quadrotor",
    }
    assert take(fleet, said) == []


def test_another_version_is_told_again() -> None:
    fleet = Vehicles("north", 255, 15.0)
    sender = Sender(3)
    take(fleet, sender.heartbeat(), version(sender))
    ((_, detail),) = take(fleet, version(sender, (4, 6, 0)))
    assert detail["version"] == "4.6.0"


def test_each_vehicle_has_its_own() -> None:
    fleet = Vehicles("north", 255, 15.0)
    told = take(fleet, version(Sender(1)), version(Sender(2), (1, 15, 4)))
    assert {asset: detail["version"] for asset, detail in told} == {
        fleet.asset(1).key: "4.5.7",
        fleet.asset(2).key: "1.15.4",
    }


def test_what_a_vehicle_does_not_say_is_unknown() -> None:
    ((_, detail),) = take(Vehicles("north", 255, 15.0), Sender(1)("AUTOPILOT_VERSION"))
    assert set(detail.values()) == {None}


@given(st.binary(min_size=8, max_size=8), st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1))
def test_whatever_a_vehicle_says_can_be_kept(custom: bytes, number: int, uid: int) -> None:
    sent = Sender(1)(
        "AUTOPILOT_VERSION", flight_custom_version=list(custom), flight_sw_version=number, uid=uid
    )
    ((_, detail),) = take(Vehicles("north", 255, 15.0), sent)
    assert all("\0" not in value for value in detail.values() if isinstance(value, str))
