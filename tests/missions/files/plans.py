"""Plans, sorties and missions for tests of the files."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import shapely
from hypothesis import strategies as st

from missions.drones import DroneKind
from missions.files.mission import (
    Fence,
    FenceCircle,
    FencePolygon,
    Mission,
    MissionItem,
    SafePoint,
)
from missions.plan import Home, NoFly, Plan, Sortie, SortieFigures, Waypoint

SQUARE = [(71.50, 34.00), (71.52, 34.00), (71.52, 34.02), (71.50, 34.02)]
HOLE = [(71.505, 34.005), (71.505, 34.010), (71.510, 34.010), (71.510, 34.005)]
HOME = Home(latitude=34.0151, longitude=71.5249, altitude=331.5, name="Police Lines")

QUAD = DroneKind(
    name="quad",
    mass=1.4,
    battery=90.0,
    hover_power=150.0,
    cruise_power=140.0,
    cruise_speed=10.0,
    speed_most=16.0,
    climb_speed=4.0,
    descent_speed=3.0,
    acceleration=2.5,
    lateral_acceleration=3.0,
    wind_most=10.0,
)


def waypoint(north: float, east: float, **more: Any) -> Waypoint:
    """A waypoint so many degrees from HOME, 50 m up, unless it is said otherwise."""
    values = {
        "latitude": HOME.latitude + north,
        "longitude": HOME.longitude + east,
        "height": 50.0,
        "speed": 8.0,
    }
    return Waypoint.model_validate(values | more)


SORTIE = Sortie(
    name="Ravi 1",
    drone="drone 7",
    kind="quad",
    home=HOME,
    start=60.0,
    waypoints=(
        waypoint(0, 0, action="takeoff"),
        waypoint(0.001, 0, gimbal_pitch=-90.0),
        waypoint(0.001, 0.002, purpose="lane", trigger_distance=12.5, gimbal_pitch=-90.0),
        waypoint(0.002, 0.002, purpose="turn", gimbal_pitch=-90.0, speed=5.0),
        waypoint(0.002, 0, purpose="lane", trigger_distance=12.5, gimbal_pitch=-90.0),
        waypoint(
            0.003, 0, action="hover", hold=30.0, yaw=271.5, purpose="station", gimbal_pitch=-30.0
        ),
        waypoint(
            0.003,
            0.001,
            action="orbit",
            turns=2.0,
            radius=-35.0,
            purpose="station",
            gimbal_pitch=-30.0,
        ),
        waypoint(0.001, 0.001, hold=2.0, purpose="return", gimbal_pitch=-30.0),
        waypoint(0, 0, action="land", height=0.0, purpose="return", gimbal_pitch=-30.0),
    ),
    figures=SortieFigures(duration=300, length=1500, energy=20, energy_usable=72),
)

ZONE = NoFly(
    name="Jail",
    polygon=dict(shapely.geometry.mapping(shapely.Polygon(HOLE))),
    upper=400,
    upper_reference="AMSL",
    times=((datetime(2025, 11, 21, 3, tzinfo=UTC), datetime(2025, 11, 21, 13, tzinfo=UTC)),),
)

PLAN = Plan(
    name="Saddar survey",
    pattern="coverage",
    created=datetime(2025, 11, 21, 8, 0, tzinfo=UTC),
    area=dict(shapely.geometry.mapping(shapely.Polygon(SQUARE, [HOLE]))),
    zones=(ZONE,),
    kinds={"quad": QUAD},
    sorties=(SORTIE, SORTIE.model_copy(update={"name": "Ravi 2", "drone": "drone 8"})),
    parameters={"spacing": 40.0, "holes": [1, None, "x"]},
)

MISSION = Mission(
    items=(
        MissionItem(1, 3, 22, altitude=30.0),
        MissionItem(2, 3, 16, p4=math.nan, latitude=34.0161, longitude=71.5249, altitude=30.0),
        MissionItem(3, 2, 206, 12.5, 0, 1),
        MissionItem(4, 3, 16, 0.5, latitude=34.0161, longitude=71.5269, altitude=30.25),
        MissionItem(5, 2, 20, autocontinue=False),
    ),
    home=Home(latitude=34.0151, longitude=71.5249, altitude=331.5),
    fence=Fence(
        (FencePolygon(tuple(SQUARE)), FencePolygon(tuple(HOLE), inclusion=False)),
        (FenceCircle(34.0, 71.5, 120.5), FenceCircle(34.01, 71.51, 30, inclusion=False)),
        SafePoint(34.001, 71.501, 40),
    ),
    rally=(SafePoint(34.002, 71.502, 45.5),),
    cruise_speed=12.0,
    hover_speed=6.5,
)


def near(latitude: float, longitude: float) -> tuple[float, float]:
    """As it comes back from 1e-7°."""
    return round(latitude, 7), round(longitude, 7)


# Not 0, 0: of an item that means where the vehicle is.
degrees = st.tuples(st.floats(-89, -0.001) | st.floats(0.001, 89), st.floats(-180, 180))
heights = st.floats(-1000, 5000)
speeds = st.floats(0.1, 100)
headings = st.floats(0, 360, exclude_max=True)


@st.composite
def waypoints(draw: st.DrawFn) -> Waypoint:
    """Those that items can carry whole, but for what legs are for."""
    latitude, longitude = near(*draw(degrees))
    values: dict[str, Any] = {
        "latitude": latitude,
        "longitude": longitude,
        "height": draw(heights),
        "speed": draw(speeds),
        "action": draw(st.sampled_from(["fly", "hover", "orbit"])),
        "yaw": draw(st.none() | headings),
        "gimbal_pitch": draw(st.floats(-90, 30)),
        "trigger_distance": draw(st.just(0.0) | st.floats(0.1, 100)),
    }
    if values["action"] == "orbit":
        values |= {"turns": draw(st.floats(0, 20)), "radius": draw(st.floats(-200, 200))}
    else:
        values["hold"] = draw(st.just(0.0) | st.floats(0.1, 600))
    values["purpose"] = purpose(values)
    return Waypoint.model_validate(values)


def purpose(values: dict[str, Any]) -> str:
    """What is read back of a leg's purpose."""
    if values["action"] in {"hover", "orbit"}:
        return "station"
    return "lane" if values["trigger_distance"] else "transit"


numbers = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.just(math.nan),
    st.integers(-1000, 1000).map(float),
)


@st.composite
def missions(draw: st.DrawFn) -> Mission:
    """Any mission that a file can hold."""
    rows = draw(
        st.lists(
            st.tuples(
                st.integers(0, 255),
                st.integers(0, 65535),
                st.lists(numbers, min_size=7, max_size=7),
                st.booleans(),
            ),
            max_size=5,
        )
    )
    items = tuple(
        MissionItem(seq, frame, command, *values, autocontinue=goes_on)  # type: ignore[misc,arg-type]  # seven of them
        for seq, (frame, command, values, goes_on) in enumerate(rows, 1)
    )
    latitude, longitude = draw(degrees)
    polygons = st.builds(
        FencePolygon,
        st.lists(degrees, min_size=3, max_size=5, unique=True).map(
            lambda corners: tuple((lon, lat) for lat, lon in corners)
        ),
        st.booleans(),
    )
    circles = st.builds(
        lambda place, radius, inclusion: FenceCircle(place[0], place[1], radius, inclusion),
        degrees,
        st.floats(1, 1e5),
        st.booleans(),
    )
    safe = st.builds(lambda place, height: SafePoint(place[0], place[1], height), degrees, heights)
    return Mission(
        items=items,
        home=Home(latitude=latitude, longitude=longitude, altitude=draw(heights)),
        fence=Fence(
            draw(st.lists(polygons, max_size=2).map(tuple)),
            draw(st.lists(circles, max_size=2).map(tuple)),
            draw(st.none() | safe),
        ),
        rally=draw(st.lists(safe, max_size=2).map(tuple)),
        firmware=draw(st.sampled_from(["ardupilot", "px4"])),
        fixed_wing=draw(st.booleans()),
        cruise_speed=draw(st.floats(0, 100)),
        hover_speed=draw(st.floats(0, 100)),
    )


def comparable(mission: Mission) -> Any:
    """As values that compare equal where both are NaN."""
    rows = [
        (
            item.seq,
            item.frame,
            item.command,
            item.autocontinue,
            [repr(float(p)) for p in item.parameters],
        )
        for item in mission.items
    ]
    return rows, mission.home, mission.fence, mission.rally
