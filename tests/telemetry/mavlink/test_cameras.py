"""Where cameras look, read from the messages of pymavlink."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pymavlink.quaternion import Quaternion

from fleet.columns import Rows
from telemetry.mavlink.cameras import Cameras, angles
from tests.telemetry.mavlink.sending import Sender, decode

UNKNOWN = 2**31 - 1
NORTH = (1.0, 0.0, 0.0, 0.0)
AT = 1.8e9
ATTITUDE = ("roll", "pitch", "yaw")


def all_are(systems: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return np.ones(len(systems), np.bool_)


def look(cameras: Cameras, *frames: bytes, at: float = AT) -> dict[int, np.void]:
    """What is known of each system after these frames."""
    cameras.take(decode(*frames, at=at), all_are)
    systems, rows = cameras.changed_since(0)
    return dict(zip(systems, rows, strict=True))


def turned(roll: float, pitch: float, yaw: float) -> list[float]:
    return [float(part) for part in Quaternion(np.radians([roll, pitch, yaw])).q]


def fov(sender: Sender, **fields: Any) -> bytes:
    told = {
        "lat_camera": 340_151_000,
        "lon_camera": 715_249_000,
        "alt_camera": 431_500,
        "lat_image": 340_160_000,
        "lon_image": 715_250_000,
        "alt_image": 331_000,
        "q": turned(0, -40, 75),
        "hfov": 62.0,
        "vfov": 41.0,
    }
    return sender("CAMERA_FOV_STATUS", **told | fields)


def attitude(row: Rows | np.void) -> tuple[float, float, float]:
    return float(row["roll"]), float(row["pitch"]), float(row["yaw"])


def test_the_field_of_view_tells_all() -> None:
    view = look(Cameras(), fov(Sender(3, 100)))[3]
    assert attitude(view) == pytest.approx((0, -40, 75), abs=1e-3)
    assert (view["across"], view["upwards"], bool(view["from_nose"])) == (62, 41, False)
    assert view["latitude"] == pytest.approx(34.0151)
    assert view["longitude"] == pytest.approx(71.5249)
    assert view["altitude"] - view["ground"] == pytest.approx(100.5)
    assert view["time"] == np.datetime64(round(AT * 1e6), "us")


def test_what_it_does_not_know_is_unknown() -> None:
    nowhere = dict.fromkeys(("lat_camera", "lon_camera", "alt_camera"), UNKNOWN)
    no_image = dict.fromkeys(("lat_image", "lon_image", "alt_image"), UNKNOWN)
    sent = fov(Sender(), **nowhere, **no_image, hfov=float("nan"), vfov=0.0, q=[0.0] * 4)
    view = look(Cameras(), sent)[1]
    unknown = ("latitude", "longitude", "altitude", "ground", "across", "upwards", "roll", "pitch")
    assert all(np.isnan(view[name]) for name in (*unknown, "yaw"))


@given(st.floats(-180, 180), st.floats(-89, 89), st.floats(0, 360, exclude_max=True))
@settings(max_examples=40)
def test_angles_are_those_of_pymavlink(roll: float, pitch: float, yaw: float) -> None:
    told = angles(np.array([turned(roll, pitch, yaw)]))
    back = Quaternion(np.radians([float(angle[0]) for angle in told]))
    assert abs(np.dot(back.q, turned(roll, pitch, yaw))) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("pitch", [-90.0, 90.0])
@pytest.mark.parametrize("yaw", [0.0, 30.0, 200.0])
def test_what_looks_straight_down_or_up_has_the_yaw_of_its_picture(
    pitch: float, yaw: float
) -> None:
    roll, told, around = (float(each[0]) for each in angles(np.array([turned(0, pitch, yaw)])))
    assert (roll, told) == pytest.approx((0, pitch), abs=0.1)
    assert np.cos(np.radians(around - yaw)) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("flags", "from_nose"),
    [(0, True), (12, True), (16, False), (32, True), (64, False), (48, True)],
)
def test_flags_of_a_gimbal_say_what_its_yaw_is_from(flags: int, from_nose: bool) -> None:
    sent = Sender(5, 154)("GIMBAL_DEVICE_ATTITUDE_STATUS", q=turned(0, -30, 90), flags=flags)
    view = look(Cameras(), sent)[5]
    assert attitude(view) == pytest.approx((0, -30, 90), abs=1e-3)
    assert bool(view["from_nose"]) is from_nose
    assert np.isnan(view["across"])


def test_an_old_mount_tells_from_the_nose() -> None:
    view = look(Cameras(), Sender(5)("MOUNT_ORIENTATION", roll=1.0, pitch=-25.0, yaw=-40.0))[5]
    assert (*attitude(view), bool(view["from_nose"])) == (1, -25, -40, True)


def test_a_lens_is_known_from_its_information() -> None:
    cameras = Cameras()
    lens = Sender(5, 100)(
        "CAMERA_INFORMATION", focal_length=24.0, sensor_size_h=36.0, sensor_size_v=24.0
    )
    gimbal = Sender(5, 154)("GIMBAL_DEVICE_ATTITUDE_STATUS", q=list(NORTH))
    view = look(cameras, lens, gimbal)[5]
    assert view["across"] == pytest.approx(73.74, abs=0.01)
    assert view["upwards"] == pytest.approx(53.13, abs=0.01)


def test_a_gimbal_counts_only_while_no_field_of_view_comes() -> None:
    cameras, sender = Cameras(), Sender(5)
    gimbal = sender("GIMBAL_DEVICE_ATTITUDE_STATUS", q=turned(0, -10, 0))
    assert look(cameras, gimbal)[5]["pitch"] == pytest.approx(-10, abs=1e-3)
    assert look(cameras, fov(sender), gimbal, at=AT + 1)[5]["pitch"] == pytest.approx(-40, abs=1e-3)
    assert look(cameras, gimbal, at=AT + 3)[5]["pitch"] == pytest.approx(-40, abs=1e-3)
    later = look(cameras, gimbal, at=AT + 5)[5]
    assert later["pitch"] == pytest.approx(-10, abs=1e-3)
    assert np.isnan(later["latitude"])


def test_of_several_cameras_the_first_one_counts_while_it_speaks() -> None:
    cameras = Cameras()
    main, second = Sender(5, 100), Sender(5, 101)
    assert look(cameras, fov(main, hfov=60.0), fov(second, hfov=10.0))[5]["across"] in {60, 10}
    for step in range(1, 4):
        view = look(cameras, fov(main, hfov=60.0), fov(second, hfov=10.0), at=AT + step)[5]
        assert view["across"] == 60
    assert look(cameras, fov(second, hfov=10.0), at=AT + 9)[5]["across"] == 10


def test_only_vehicles_have_cameras_and_only_changes_are_told() -> None:
    cameras = Cameras()
    sent = decode(fov(Sender(1)), fov(Sender(2)), at=AT)
    cameras.take(sent, lambda systems: systems == 2)
    assert cameras.changed_since(0)[0] == [2]
    version = cameras.version
    assert cameras.changed_since(version)[0] == []
    look(cameras, fov(Sender(7)))
    assert cameras.changed_since(version)[0] == [7]


floats = st.floats(width=32)
places = st.integers(-(2**31), UNKNOWN)


@given(st.lists(floats, min_size=4, max_size=4), floats, floats, places, places, places)
@settings(max_examples=60)
def test_whatever_is_sent_is_taken(
    q: list[float], across: float, focal: float, latitude: int, longitude: int, altitude: int
) -> None:
    sender = Sender()
    lens = sender("CAMERA_INFORMATION", focal_length=focal, sensor_size_h=across, sensor_size_v=1.0)
    place = {"lat_camera": latitude, "lon_camera": longitude, "alt_camera": altitude}
    view = look(Cameras(), lens, fov(sender, q=q, hfov=across, vfov=focal, **place))[1]
    told = np.array([view[name] for name in ("across", "upwards", *ATTITUDE, "latitude")])
    assert not np.isinf(told).any()
    assert not np.abs(view["latitude"]) > 90
    assert not np.abs(view["longitude"]) > 180
    assert np.isnan(view["across"]) or 0 < view["across"] <= 180
