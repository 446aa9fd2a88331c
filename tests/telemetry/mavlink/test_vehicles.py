import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.columns import Source
from telemetry.mavlink.unsettled import CLOCK_WAIT, WAITING_LIMIT
from telemetry.mavlink.vehicles import Taken, Vehicles
from tests.telemetry.mavlink.sending import Sender, decode, utc

RECEIVED = 1.8e9
OWN_SYSTEM = 255
VALUE_AGE = 15.0


def vehicles() -> Vehicles:
    return Vehicles("north", OWN_SYSTEM, VALUE_AGE)


def take(
    fleet: Vehicles, *chunks: bytes, at: float = RECEIVED, now: float = 0, peer: int = 0
) -> Taken:
    decoded = decode(*chunks, at=at)
    return fleet.take(decoded, np.full(len(decoded.frames), peer), now)


def synchronised(sender: Sender, *, boot_ms: int = 1000) -> bytes:
    """A SYSTEM_TIME, so that positions are dated at once: boot was at RECEIVED - 100."""
    return sender.system_time(RECEIVED - 100 + boot_ms / 1000, boot_ms)


# Who is a vehicle


def test_a_vehicle_is_a_system_of_a_network() -> None:
    fleet = vehicles()
    batch = take(fleet, Sender(1).heartbeat(), Sender(2).heartbeat()).batch
    assert [asset.identity for asset in batch.assets] in (
        ["mavlink:north/1", "mavlink:north/2"],
        ["mavlink:north/2", "mavlink:north/1"],
    )
    assert set(batch.statuses["asset"]) == {asset.key for asset in batch.assets}
    assert len(fleet) == 2


@pytest.mark.parametrize(
    "beat",
    [
        Sender(9, 190)("HEARTBEAT", type=6, autopilot=8),  # a ground station
        Sender(9, 1)("HEARTBEAT", type=6, autopilot=8),  # one that takes the autopilot's component
        Sender(9, 154)("HEARTBEAT", type=26, autopilot=8),  # a gimbal
        Sender(9, 156)("HEARTBEAT", type=27, autopilot=8),  # an ADS-B receiver
        Sender(OWN_SYSTEM, 1).heartbeat(),  # our own system id
        Sender(0, 1).heartbeat(),  # all systems
    ],
)
def test_what_is_not_an_autopilot_has_no_status_and_no_position(beat: bytes) -> None:
    fleet = vehicles()
    system, component = beat[5], beat[6]
    position = Sender(system, component).position(1000)
    assert len(take(fleet, beat, position).batch) == 0
    assert len(fleet.overdue(100)) == 0


def test_a_gimbal_s_heartbeat_beside_the_autopilot_s_is_no_status_of_the_vehicle() -> None:
    fleet = vehicles()
    gimbal = Sender(1, 154)("HEARTBEAT", type=26, autopilot=8)
    statuses = take(fleet, Sender(1).heartbeat(4), gimbal).batch.statuses
    assert statuses["mode"].tolist() == [b"GUIDED"]


def test_an_autopilot_with_another_component_id_is_heard_once_it_heartbeats() -> None:
    fleet = vehicles()
    other = Sender(1, 42)
    assert len(take(fleet, other.position(1000)).batch) == 0
    batch = take(fleet, synchronised(other), other.heartbeat(), other.position(2000)).batch
    assert (len(batch.statuses), len(batch.positions)) == (1, 1)


# State


def test_a_status_carries_the_latest_of_everything_before_its_heartbeat() -> None:
    fleet = vehicles()
    drone = Sender()
    row = take(
        fleet,
        drone("SYS_STATUS", voltage_battery=12_600, current_battery=1500, battery_remaining=80),
        drone("SYS_STATUS", voltage_battery=12_500, current_battery=1510, battery_remaining=79),
        drone("GPS_RAW_INT", fix_type=6, satellites_visible=10, eph=121, lat=1, lon=1),
        drone("EKF_STATUS_REPORT", flags=831),
        drone("ATTITUDE", time_boot_ms=5000, roll=0.1, pitch=-0.2, yaw=-math.pi / 2),
        drone("VFR_HUD", airspeed=7.5),
        drone("EXTENDED_SYS_STATE", landed_state=2),
        drone("HOME_POSITION", latitude=340151000, longitude=715249000, altitude=331100),
        drone.heartbeat(4, armed=True, system_status=4),
        drone("SYS_STATUS", voltage_battery=12_400, current_battery=0, battery_remaining=10),
    ).batch.statuses[0]
    assert row["status_time"] == row["received_time"] == row["vehicle_time"] == utc(RECEIVED)
    assert (row["armed"], row["mode"], row["system_status"]) == (1, b"GUIDED", 4)
    assert row["battery_percent"] == 79
    assert row["battery_voltage"] == np.float32(12.5)
    assert row["battery_current"] == np.float32(15.1)
    assert (row["gps_fix"], row["satellites"], row["hdop"]) == (6, 10, np.float32(1.21))
    assert (row["ekf_flags"], row["landed_state"], row["airspeed"]) == (831, 2, 7.5)
    assert row["roll"] == pytest.approx(math.degrees(0.1))
    assert row["pitch"] == pytest.approx(math.degrees(-0.2))
    assert row["yaw"] == pytest.approx(270)
    assert (row["home_latitude"], row["home_longitude"]) == (34.0151, 71.5249)
    assert row["home_altitude"] == np.float32(331.1)
    later = take(fleet, drone.heartbeat(4)).batch.statuses[0]
    assert later["battery_percent"] == 10
    assert later["armed"] == 0


def test_what_a_vehicle_never_said_is_unknown() -> None:
    row = take(vehicles(), Sender().heartbeat()).batch.statuses[0]
    for name in ("battery_percent", "battery_voltage", "hdop", "roll", "home_latitude"):
        assert np.isnan(row[name])
    assert (row["gps_fix"], row["satellites"], row["landed_state"], row["ekf_flags"]) == (-1,) * 4
    assert np.isnat(row["vehicle_time"])


def test_a_value_that_is_not_heard_any_more_becomes_unknown_but_home_stays() -> None:
    fleet = vehicles()
    drone = Sender()
    take(
        fleet,
        drone("SYS_STATUS", battery_remaining=80),
        drone("HOME_POSITION", latitude=340151000, longitude=715249000),
    )
    kept = take(fleet, drone.heartbeat(), at=RECEIVED + VALUE_AGE).batch.statuses[0]
    assert kept["battery_percent"] == 80
    gone = take(fleet, drone.heartbeat(), at=RECEIVED + VALUE_AGE + 1).batch.statuses[0]
    assert np.isnan(gone["battery_percent"])
    assert gone["home_latitude"] == 34.0151


def test_values_of_two_vehicles_never_mix() -> None:
    fleet = vehicles()
    one, two = Sender(1), Sender(2)
    chunks = [
        one("SYS_STATUS", battery_remaining=11),
        two("SYS_STATUS", battery_remaining=22),
        one.heartbeat(),
        two.heartbeat(),
        Sender(3).heartbeat(),
    ]
    for split in (len(chunks), 1):
        rows = np.concatenate(
            [
                take(fleet, *chunks[at : at + split]).batch.statuses
                for at in range(0, len(chunks), split)
            ]
        )
        assert rows["battery_percent"][:2].tolist() == [11, 22]
        assert np.isnan(rows["battery_percent"][2])


def test_the_main_battery_speaks_for_a_vehicle_that_sends_no_sys_status() -> None:
    fleet = vehicles()
    drone = Sender()
    cells = [4000, 3900, *[65_535] * 8]
    row = take(
        fleet,
        drone("BATTERY_STATUS", id=0, voltages=cells, current_battery=-1, battery_remaining=60),
        drone("BATTERY_STATUS", id=1, voltages=[9000] * 10, battery_remaining=5),
        drone.heartbeat(),
    ).batch.statuses[0]
    assert row["battery_voltage"] == np.float32(7.9)
    assert row["battery_percent"] == 60
    assert np.isnan(row["battery_current"])


# Positions


def test_both_messages_become_positions() -> None:
    fleet = vehicles()
    drone = Sender()
    rows = take(
        fleet,
        synchronised(drone),
        drone.position(2000, relative_alt=20_000, vx=300, vy=400, vz=-150, hdg=9000),
        drone(
            "GPS_RAW_INT",
            time_usec=1_900_000,
            fix_type=3,
            lat=340150000,
            lon=715240000,
            alt=350_000,
            vel=510,
            cog=35_999,
            h_acc=300,
        ),
    ).batch.positions
    fused, gps = rows[rows["source"] == 1][0], rows[rows["source"] == 2][0]
    assert fused["fix_time"] == utc(RECEIVED - 98)
    assert (fused["latitude"], fused["longitude"], fused["altitude"]) == (34.0151, 71.5249, 331)
    assert (fused["height"], fused["speed"], fused["climb"], fused["heading"]) == (20, 5, 1.5, 90)
    assert np.isnan(fused["accuracy"])
    assert gps["fix_time"] == utc(RECEIVED - 98.1)
    assert (gps["latitude"], gps["longitude"], gps["altitude"]) == (34.015, 71.524, 350)
    assert gps["accuracy"] == np.float32(0.3)
    assert (gps["speed"], gps["heading"]) == (np.float32(5.1), np.float32(359.99))
    assert np.isnan(gps["height"])
    assert np.isnan(gps["climb"])


def test_before_a_fix_there_is_no_position() -> None:
    fleet = vehicles()
    drone = Sender()
    batch = take(
        fleet,
        synchronised(drone),
        drone.position(2000, latitude=0, lon=0),
        drone("GPS_RAW_INT", time_usec=2_000_000, fix_type=1, lat=340150000, lon=715240000),
        drone("GPS_RAW_INT", time_usec=2_000_000, fix_type=3),
    ).batch
    assert len(batch.positions) == 0


def test_a_position_that_is_not_on_earth_is_refused_with_its_figures() -> None:
    taken = take(vehicles(), Sender(4).position(2000, latitude=200))
    assert len(taken.batch.positions) == 0
    ((frame, error),) = taken.refused
    assert (frame, error.reason) == (0, "bad_position")
    assert "GLOBAL_POSITION_INT of system 4 says latitude 200.0" in error.detail


def test_a_gps_that_tells_utc_is_believed_when_it_can_be() -> None:
    fleet = vehicles()
    drone = Sender()
    fix = {"fix_type": 3, "lat": 340150000, "lon": 715240000}
    rows = take(
        fleet,
        drone("GPS_RAW_INT", time_usec=round((RECEIVED - 7) * 1e6), **fix),
        drone("GPS_RAW_INT", time_usec=round((RECEIVED + 1e7) * 1e6), **fix),
    ).batch.positions
    assert rows["fix_time"].tolist() == [utc(RECEIVED - 7).item(), utc(RECEIVED).item()]


# Clocks


def test_the_first_positions_wait_for_the_vehicle_s_clock() -> None:
    fleet = vehicles()
    drone = Sender()
    assert len(take(fleet, drone.position(2000), now=10).batch.positions) == 0
    rows = take(fleet, drone.position(2250), synchronised(drone), now=10.5).batch.positions
    assert rows["fix_time"].tolist() == [
        utc(RECEIVED - 98).item(),
        utc(RECEIVED - 97.75).item(),
    ]
    later = take(fleet, drone.position(2500), now=10.6).batch.positions
    assert later["fix_time"].tolist() == [utc(RECEIVED - 97.5).item()]


def test_they_wait_no_longer_than_a_moment_and_only_once() -> None:
    fleet = vehicles()
    drone = Sender()
    take(fleet, drone.position(2000), now=10)
    assert len(fleet.overdue(10 + CLOCK_WAIT - 0.01)) == 0
    rows = fleet.overdue(10 + CLOCK_WAIT).positions
    assert rows["fix_time"].tolist() == [utc(RECEIVED).item()]
    at_once = take(fleet, drone.position(2250), now=13).batch.positions
    assert at_once["fix_time"].tolist() == [utc(RECEIVED + 0.25).item()]


def test_what_still_waits_at_the_end_is_handed_over() -> None:
    fleet = vehicles()
    take(fleet, Sender().position(2000), Sender().text(b"x" * 50, 7), now=10)
    rest = fleet.rest()
    assert (len(rest.positions), len(rest.texts)) == (1, 1)
    assert len(fleet.rest()) == 0


def test_not_more_than_so_many_positions_wait() -> None:
    fleet = vehicles()
    drone = Sender()
    chunks = [drone.position(1000 + number) for number in range(WAITING_LIMIT + 3)]
    assert len(take(fleet, *chunks).batch.positions) == 3
    assert len(fleet.rest().positions) == WAITING_LIMIT


def test_a_reboot_begins_a_new_epoch_and_a_new_state() -> None:
    fleet = vehicles()
    drone = Sender()
    take(
        fleet,
        synchronised(drone),
        drone("SYS_STATUS", battery_remaining=50),
        drone("HOME_POSITION", latitude=340151000, longitude=715249000),
        drone.position(90_000),
    )
    taken = take(
        fleet,
        drone("ATTITUDE", time_boot_ms=800),
        drone.heartbeat(),
        at=RECEIVED + 60,
    )
    assert taken.rebooted == {1}
    status = taken.batch.statuses[0]
    assert status["vehicle_time"] == utc(RECEIVED + 60)
    assert np.isnan(status["battery_percent"])
    assert np.isnan(status["home_latitude"])
    after = take(fleet, drone.system_time(RECEIVED + 70, 10_000), drone.position(10_500)).batch
    assert after.positions["fix_time"].tolist() == [utc(RECEIVED + 70.5).item()]


def test_positions_that_waited_when_the_vehicle_rebooted_keep_the_clock_of_their_boot() -> None:
    fleet = vehicles()
    drone = Sender()
    take(fleet, drone.position(90_000))
    take(fleet, drone.system_time(RECEIVED + 60, 800), at=RECEIVED + 60)
    rows = fleet.rest().positions
    assert rows["fix_time"].tolist() == [utc(RECEIVED).item()]


def test_a_late_datagram_is_no_reboot() -> None:
    fleet = vehicles()
    drone = Sender()
    early, late = drone.position(87_000), drone.position(90_000)
    take(fleet, synchronised(drone), late)
    taken = take(fleet, early)
    assert not taken.rebooted
    assert taken.batch.positions["fix_time"].tolist() == [utc(RECEIVED - 13).item()]


@given(st.permutations(range(6)), st.lists(st.integers(0, 5), max_size=6), st.integers(1, 12))
def test_however_frames_are_doubled_shuffled_and_batched_the_same_fixes_are_kept(
    order: list[int], again: list[int], size: int
) -> None:
    drone = Sender()
    frames = [drone.position(50_000 + 250 * n, latitude=34 + n / 1000) for n in range(6)]

    def fixes(sent: list[bytes], size: int) -> set[Any]:
        fleet = vehicles()
        take(fleet, synchronised(drone))
        kept = set()
        for at, start in enumerate(range(0, len(sent), size)):
            batch = take(fleet, *sent[start : start + size], at=RECEIVED + at).batch
            kept |= set(batch.positions[["fix_time", "source", "latitude"]].tolist())
        return kept

    shuffled = [frames[number] for number in [*order, *again]]
    assert fixes(shuffled, size) == fixes(frames, 6)


@pytest.mark.parametrize("boot_ms", [0, 4711])
def test_a_clock_that_stands_still_does_not_make_one_position_of_many(boot_ms: int) -> None:
    fleet = vehicles()
    drone = Sender()
    places = [34.01, 34.02, 34.02, 34.03, 34.01]
    chunks = [drone.position(boot_ms, latitude=place) for place in places]
    rows = take(fleet, synchronised(drone), *chunks).batch.positions
    kept = {row["fix_time"].item(): row["latitude"].item() for row in rows}
    assert list(kept.values()) == [place for place, _ in itertools.groupby(places)]
    assert max(kept) - min(kept) < np.timedelta64(1, "ms").item()


def test_the_source_is_part_of_what_makes_a_position_the_same() -> None:
    fleet = vehicles()
    drone = Sender()
    fix = {"fix_type": 3, "lat": 340150000, "lon": 715240000}
    rows = take(
        fleet,
        synchronised(drone),
        drone.position(2000),
        drone("GPS_RAW_INT", time_usec=2_000_000, **fix),
    ).batch.positions
    assert len(set(rows["fix_time"].tolist())) == 1
    assert set(rows["source"].tolist()) == {Source.GLOBAL_POSITION_INT, Source.GPS_RAW_INT}


# Status texts


def test_status_texts_are_joined_and_known_by_their_vehicle() -> None:
    fleet = vehicles()
    drone = Sender(3)
    batch = take(
        fleet,
        drone.heartbeat(),
        drone.text(b"a" * 50, 5, 0, severity=4),
        drone.text(b"bc", 5, 1, severity=4),
        Sender(3, 191).text(b"companion", severity=3),
        Sender(200, 190).text(b"of a ground station"),
    ).batch
    (asset,) = batch.assets
    assert [(text.asset, text.severity, text.text) for text in batch.texts] == [
        (asset.key, 4, "a" * 50 + "bc"),
        (asset.key, 3, "companion"),
    ]
    assert batch.texts[0].received_time.timestamp() == RECEIVED


def test_an_incomplete_text_comes_out_although_nothing_else_does() -> None:
    fleet = vehicles()
    take(fleet, Sender().text(b"a" * 50, 5, 0), now=10)
    (text,) = fleet.overdue(20).texts
    assert text.text == "a" * 50 + "…"


@given(st.binary(max_size=300), st.integers(0, 255), st.integers(0, 255))
def test_no_payload_of_a_good_frame_stops_the_vehicles(
    payload: bytes, system: int, component: int
) -> None:
    fleet = vehicles()
    names = ["GLOBAL_POSITION_INT", "GPS_RAW_INT", "SYSTEM_TIME", "ATTITUDE", "STATUSTEXT"]
    names += ["HEARTBEAT", "BATTERY_STATUS", "HOME_POSITION", "EKF_STATUS_REPORT", "SYS_STATUS"]
    chunks = [_raw(Sender(system, component), name, payload) for name in names]
    for now in range(3):
        batch = take(fleet, *chunks, now=now).batch
        assert (np.abs(batch.positions["latitude"]) <= 90).all()
        assert not np.isnat(batch.positions["fix_time"]).any()
    fleet.rest()


def _raw(sender: Sender, name: str, payload: bytes) -> bytes:
    """A frame with these payload bytes and a right checksum."""
    from pymavlink.dialects.v20 import ardupilotmega as dialect

    kind = getattr(dialect, f"MAVLink_{name.lower()}_message")
    size = kind.unpacker.size
    body = (payload * (size // max(len(payload), 1) + 1))[:size].ljust(size, b"\0")
    message = kind(**{f: 0 if t != "char" else b"" for f, t in _scalars(kind)} | _arrays(kind))
    packed: bytes = message._pack(sender._out, kind.crc_extra, body)
    return packed


def _scalars(kind: Any) -> list[tuple[str, str]]:
    return list(zip(kind.fieldnames, kind.fieldtypes, strict=True))


def _arrays(kind: Any) -> dict[str, list[int]]:
    lengths = dict(zip(kind.ordered_fieldnames, kind.array_lengths, strict=True))
    return {
        name: [0] * lengths[name]
        for name, wire in _scalars(kind)
        if lengths[name] and wire != "char"
    }
