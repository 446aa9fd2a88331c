"""What cameras see, as viewers are told of it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import orjson
import pyproj
import pytest
import shapely

from dashboard.footprinting import FARTHEST, Footprinting, known_lenses
from dashboard.situation import Situation
from fleet.cameras import Mounted, read_mounted
from fleet.columns import Rows, blank
from fleet.views import VIEW
from telemetry.feed import FeedError, pack_views, unpack_views
from tests.dashboard.pictures import NOON, cars, drones, rows, seconds

GEOD = pyproj.Geod(ellps="WGS84")
DRONES = drones(3)
CAR = cars(1)[0]


class Made:
    """Footprints of three drones and a car, on a clock that is moved by hand."""

    def __init__(self) -> None:
        self.now: np.datetime64 = NOON
        self.situation = Situation()
        self.picture = rows([*DRONES, CAR])
        self.situation.take(self.picture)
        self.made = Footprinting(self.situation, lambda: self.now)

    def see(self, views: Rows) -> dict[str, Any]:
        self.made.take(views)
        return self.all()

    def all(self) -> dict[str, Any]:
        self.made.reckon()
        return {each["key"]: each for each in self.made.all()}


def view(asset: int, **told: Any) -> Rows:
    """A camera that looks down by 45° to the north."""
    views = blank(VIEW, 1)
    usual = {"time": NOON, "roll": 0, "pitch": -45, "yaw": 0, "across": 60, "upwards": 40}
    for name, value in ({"asset": asset} | usual | told).items():
        views[name] = value
    return views


def polygon(told: dict[str, Any]) -> Any:
    return shapely.Polygon(told["ring"])


def metres(told: dict[str, Any]) -> tuple[float, float]:
    """Bearing and distance of the middle of the picture from the camera."""
    bearing, _, distance = GEOD.inv(*told["camera"], *told["image"])
    return float(bearing) % 360, float(distance)


def test_a_footprint_lies_where_the_camera_looks() -> None:
    made = Made()
    told = made.see(view(DRONES[0].key, yaw=90))[str(DRONES[0].key)]
    bearing, distance = metres(told)
    assert bearing == pytest.approx(90, abs=2)
    assert distance == pytest.approx(50, abs=2)  # as high as the drone is above home
    assert polygon(told).contains(shapely.Point(told["image"]))
    assert not told["fixed"]


def test_a_gimbals_yaw_is_added_to_the_vehicles_heading() -> None:
    made = Made()
    drone = DRONES[2]  # its heading is 74°
    told = made.see(view(drone.key, yaw=20, from_nose=True))[str(drone.key)]
    assert metres(told)[0] == pytest.approx(94, abs=2)


def test_what_the_camera_tells_of_its_place_and_the_ground_comes_first() -> None:
    made = Made()
    there = {"latitude": 34.1, "longitude": 71.6, "altitude": 530, "ground": 330}
    told = made.see(view(DRONES[0].key, **there))[str(DRONES[0].key)]
    assert told["camera"] == [71.6, 34.1]
    assert metres(told)[1] == pytest.approx(200, abs=2)


def test_what_looks_at_the_horizon_is_cut() -> None:
    made = Made()
    key = str(DRONES[0].key)
    told = made.see(view(DRONES[0].key, pitch=0))[key]
    away = [GEOD.inv(*told["camera"], *place)[2] for place in told["ring"]]
    assert max(away) == pytest.approx(FARTHEST, abs=2)
    assert told["image"] is None
    made.made.register({DRONES[0].key: Mounted(reach=300)})
    away = [GEOD.inv(*told["camera"], *place)[2] for place in made.all()[key]["ring"]]
    assert max(away) == pytest.approx(300, abs=2)


def test_a_word_that_is_too_old_is_not_shown() -> None:
    made = Made()
    assert made.see(view(DRONES[0].key))
    version = made.made.version
    made.now = NOON + seconds(61)
    assert made.all() == {}
    message = orjson.loads(made.made.message(version))
    assert message == {
        "type": "footprints",
        "whole": False,
        "footprints": [],
        "gone": [str(DRONES[0].key)],
    }


def test_of_two_words_the_newer_counts_whichever_comes_first() -> None:
    made = Made()
    key = DRONES[0].key
    made.see(view(key, yaw=90))
    told = made.see(np.concatenate([view(key, yaw=180, time=NOON - seconds(5)), view(7)]))
    assert metres(told[str(key)])[0] == pytest.approx(90, abs=2)


def test_what_is_as_before_is_not_told_again() -> None:
    made = Made()
    key = DRONES[0].key
    made.see(view(key))
    at = made.made.version
    made.see(view(key, time=NOON + seconds(0.5)))
    assert made.made.version == at
    made.see(view(key, time=NOON + seconds(0.7), pitch=-50))
    assert [each["key"] for each in orjson.loads(made.made.message(at))["footprints"]] == [str(key)]


def test_nothing_is_reckoned_where_nobody_has_a_camera() -> None:
    made = Made()
    assert made.all() == {}
    assert made.see(blank(VIEW, 0)) == {}
    assert made.see(blank(VIEW, 3)) == {}  # of nobody, at no time
    assert made.made.version == 0


def test_the_register_knows_the_lens_of_a_gimbal_that_does_not() -> None:
    made = Made()
    unknown = {"across": math.nan, "upwards": math.nan}
    assert made.see(view(DRONES[0].key, **unknown)) == {}
    lenses = known_lenses(None)
    made.made.register({DRONES[0].key: read_mounted({"model": "DJI M3T wide"}, lenses)})
    assert list(made.all()) == [str(DRONES[0].key)]


def test_a_camera_that_is_fixed_to_a_vehicle_looks_ahead_of_it() -> None:
    made = Made()
    made.made.register({DRONES[1].key: Mounted(across=60, upwards=45, pitch=-30)})
    told = made.all()[str(DRONES[1].key)]
    assert metres(told)[0] == pytest.approx(37, abs=2)  # as the drone does
    assert metres(made.see(view(DRONES[1].key, yaw=90))[str(DRONES[1].key)])[0] > 80  # it tells
    made.now = NOON + seconds(61)  # and no more
    made.situation.take(rows([*DRONES, CAR], made.now))
    assert metres(made.all()[str(DRONES[1].key)])[0] == pytest.approx(37, abs=2)


def test_fixed_cameras_see_what_the_register_says() -> None:
    made = Made()
    cameras = {
        CAR.key: Mounted(heading=90, across=90, reach=100),
        17: Mounted(heading=0, across=60, reach=200, latitude=34.2, longitude=71.7),
        18: Mounted(heading=0, across=60, reach=200),  # nobody knows where it stands
        19: Mounted(across=60),
    }
    made.made.register(cameras)
    told = made.all()
    assert set(told) == {str(CAR.key), "17"}
    assert told["17"]["fixed"]
    assert told["17"]["camera"] == [71.7, 34.2]
    ahead = GEOD.fwd(71.7, 34.2, 0, 190)[:2]
    assert polygon(told["17"]).contains(shapely.Point(ahead))
    at = made.made.version
    made.all()
    assert made.made.version == at
    made.made.register({})
    assert made.all() == {}


def test_what_is_no_number_in_the_register_is_not_said() -> None:
    told = {"model": "none", "across": "60", "upwards": None, "pitch": [1], "heading": 3, "new": 1}
    mounted = read_mounted(told, {})
    assert mounted.heading == 3
    assert math.isnan(mounted.across + mounted.upwards + mounted.pitch)
    assert not mounted.is_fixed


def test_views_travel_whole_and_what_is_torn_does_not() -> None:
    views = np.concatenate([view(n) for n in range(5)])
    (payload,) = pack_views(views)
    assert unpack_views(payload).tobytes() == views.tobytes()
    for torn in (payload[:-1], b"NGV0" + payload[4:], b""):
        with pytest.raises(FeedError):
            unpack_views(torn)
