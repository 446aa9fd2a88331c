"""pymavlink's own helpers for parameters, missions and fences against a drone on real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymavlink import mavparm, mavutil, mavwp
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from tests.integration.flying_drone import flying_drone

pytestmark = pytest.mark.integration

PATIENCE = 10.0  # seconds


@pytest.fixture(params=["tcp:127.0.0.1:{}", "udpout:127.0.0.1:{}"], ids=["tcp", "udp"])
def connection(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A connection of pymavlink to a booted drone."""
    kind = "tcpin" if request.param.startswith("tcp") else "udpin"
    with flying_drone(kind, speed=10.0) as (_, port):
        link = mavutil.mavlink_connection(request.param.format(port), source_system=255)
        try:
            link.mav.ping_send(0, 0, 0, 0)  # a UDP server knows nobody before
            assert link.wait_heartbeat(timeout=PATIENCE) is not None
            yield link
        finally:
            link.close()


def expect(link: Any, kind: str | list[str], condition: str | None = None) -> Any:
    """The next message of a type; fails if it does not come."""
    message = link.recv_match(type=kind, condition=condition, blocking=True, timeout=PATIENCE)
    assert message is not None, f"no {kind} after {PATIENCE} s"
    return message


def upload(link: Any, loader: Any) -> int:
    """Send all items of one of pymavlink's loaders; the MAV_MISSION_RESULT."""
    kind = loader.mav_mission_type()
    link.mav.mission_count_send(1, 1, loader.count(), kind)
    while True:
        answer = expect(link, ["MISSION_REQUEST", "MISSION_REQUEST_INT", "MISSION_ACK"])
        if answer.get_type() == "MISSION_ACK":
            return int(answer.type)
        link.mav.send(as_whole_numbers(loader.item(answer.seq), kind))


def as_whole_numbers(item: Any, kind: int) -> Any:
    """A MISSION_ITEM of a loader as the MISSION_ITEM_INT that the vehicle wants."""
    return mavlink.MAVLink_mission_item_int_message(
        1,
        1,
        item.seq,
        item.frame,
        item.command,
        item.current,
        item.autocontinue,
        item.param1,
        item.param2,
        item.param3,
        item.param4,
        round(item.x * 1e7),
        round(item.y * 1e7),
        item.z,
        kind,
    )


def download(link: Any, kind: int) -> list[Any]:
    """All items of a list, read one by one."""
    link.mav.mission_request_list_send(1, 1, kind)
    count = expect(link, "MISSION_COUNT").count
    items = []
    for number in range(count):
        link.mav.mission_request_int_send(1, 1, number, kind)
        items.append(expect(link, "MISSION_ITEM_INT", f"MISSION_ITEM_INT.seq=={number}"))
    link.mav.mission_ack_send(1, 1, 0, kind)
    return items


def test_all_parameters_are_fetched_and_one_is_set(connection: Any, tmp_path: Path) -> None:
    connection.param_fetch_all()
    value = expect(connection, "PARAM_VALUE")
    while len(connection.params) < value.param_count:
        value = expect(connection, "PARAM_VALUE")
    fetched = dict(connection.params)
    assert fetched["RTL_ALT"] == 1500
    assert len(fetched) > 250
    table = mavparm.MAVParmDict()
    assert table.mavset(connection, "RTL_ALT", 2500)
    connection.param_fetch_one("RTL_ALT")
    assert expect(connection, "PARAM_VALUE").param_value == 2500
    table.update(connection.params)
    table.save(str(tmp_path / "copter.parm"))
    again = mavparm.MAVParmDict()
    assert again.load(str(tmp_path / "copter.parm"))
    assert len(again) > 250


def test_a_mission_goes_up_from_a_file_and_comes_back(connection: Any, tmp_path: Path) -> None:
    loader = mavwp.MAVWPLoader(1, 1)
    for number, height in enumerate([0.0, 20.0, 30.0, 40.0]):
        loader.add_latlonalt(34.01 + number / 1000, 71.52, height)
    path = tmp_path / "mission.txt"
    loader.save(str(path))
    loaded = mavwp.MAVWPLoader(1, 1)
    assert loaded.load(str(path)) == 4
    assert upload(connection, loaded) == mavlink.MAV_MISSION_ACCEPTED
    items = download(connection, mavlink.MAV_MISSION_TYPE_MISSION)
    assert [item.z for item in items[1:]] == [20.0, 30.0, 40.0]
    assert [item.x for item in items[1:]] == [340110000, 340120000, 340130000]
    assert items[0].frame == mavlink.MAV_FRAME_GLOBAL  # home, not what was sent


def test_a_fence_goes_up_and_comes_back(connection: Any) -> None:
    loader = mavwp.MissionItemProtocol_Fence(1, 1)
    corners = [(34.00, 71.50), (34.00, 71.54), (34.03, 71.54), (34.03, 71.50)]
    for latitude, longitude in corners:
        loader.add(
            mavlink.MAVLink_mission_item_message(
                1,
                1,
                0,
                mavlink.MAV_FRAME_GLOBAL,
                mavlink.MAV_CMD_NAV_FENCE_POLYGON_VERTEX_INCLUSION,
                0,
                0,
                len(corners),
                0,
                0,
                0,
                latitude,
                longitude,
                0,
                mavlink.MAV_MISSION_TYPE_FENCE,
            )
        )
    assert upload(connection, loader) == mavlink.MAV_MISSION_ACCEPTED
    items = download(connection, mavlink.MAV_MISSION_TYPE_FENCE)
    assert [(item.x / 1e7, item.y / 1e7) for item in items] == corners
    assert {item.param1 for item in items} == {4.0}
    connection.mav.mission_clear_all_send(1, 1, mavlink.MAV_MISSION_TYPE_FENCE)
    assert expect(connection, "MISSION_ACK").type == mavlink.MAV_MISSION_ACCEPTED
    assert download(connection, mavlink.MAV_MISSION_TYPE_FENCE) == []
