"""Plans made by hand, each of which the checker has nothing to say against."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from pyproj import Transformer

from missions.drones import Camera, DroneKind
from missions.plan import (
    Authority,
    BorderLine,
    Crowd,
    Home,
    Imaging,
    Place,
    Plan,
    Sortie,
    Station,
    Waypoint,
)

START = datetime(2025, 11, 21, 8, 0, tzinfo=UTC)
HOUR = 3600.0

CAMERA = Camera(
    name="wide",
    sensor_width=13.2,
    sensor_height=8.8,
    focal_length=8.8,
    image_width=5472,
    image_height=3648,
    interval_least=1.0,
)

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
    cameras=(CAMERA,),
)

WING = DroneKind(
    name="wing",
    wing="fixed",
    mass=3.0,
    battery=200.0,
    hover_power=0.0,
    cruise_power=120.0,
    cruise_speed=18.0,
    speed_most=25.0,
    speed_least=13.0,
    climb_speed=4.0,
    descent_speed=4.0,
    acceleration=3.0,
    lateral_acceleration=6.0,
    wind_most=12.0,
)


class Site:
    """Places by metres east and north of a middle, azimuthal equidistant: not the checker's plane."""

    def __init__(self, latitude: float = 34.0, longitude: float = 71.5) -> None:
        self._transformer = Transformer.from_crs(
            f"+proj=aeqd +lat_0={latitude} +lon_0={longitude} +datum=WGS84",
            "EPSG:4326",
            always_xy=True,
        )

    def degrees(self, east: float, north: float) -> tuple[float, float]:
        """Longitude and latitude."""
        longitude, latitude = self._transformer.transform(east, north)
        return longitude, latitude

    def metres(self, longitude: float, latitude: float) -> tuple[float, float]:
        """East and north."""
        east, north = self._transformer.transform(longitude, latitude, direction="INVERSE")
        return east, north

    def point(self, east: float, north: float, height: float, **more: Any) -> Waypoint:
        """A waypoint."""
        longitude, latitude = self.degrees(east, north)
        more.setdefault("speed", 8.0)
        return Waypoint(latitude=latitude, longitude=longitude, height=height, **more)

    def polygon(self, *rings: Sequence[tuple[float, float]]) -> dict[str, Any]:
        """A GeoJSON Polygon."""
        closed = [[*ring, ring[0]] for ring in rings]
        return {
            "type": "Polygon",
            "coordinates": [[list(self.degrees(*corner)) for corner in ring] for ring in closed],
        }

    def line(self, *corners: tuple[float, float]) -> dict[str, Any]:
        """A GeoJSON LineString."""
        return {
            "type": "LineString",
            "coordinates": [list(self.degrees(*corner)) for corner in corners],
        }

    def home(self, east: float, north: float) -> Home:
        """A home at 330 m above the sea."""
        longitude, latitude = self.degrees(east, north)
        return Home(latitude=latitude, longitude=longitude, altitude=330.0)

    def sortie(
        self,
        name: str,
        home: tuple[float, float],
        height: float,
        between: Iterable[Waypoint],
        kind: DroneKind = QUAD,
        start: float = 0.0,
        drone: str = "",
    ) -> Sortie:
        """A sortie with take-off and landing at home."""
        up = self.point(*home, height, action="takeoff")
        down = self.point(*home, 0.0, action="land", purpose="return", speed=kind.cruise_speed)
        return Sortie(
            name=name,
            drone=drone or f"drone-{name}",
            kind=kind.name,
            home=self.home(*home),
            start=start,
            waypoints=(up, *between, down),
        )


def rectangle(west: float, south: float, east: float, north: float) -> list[tuple[float, float]]:
    return [(west, south), (east, south), (east, north), (west, north)]


def plan(name: str, pattern: str, sorties: Sequence[Sortie], **more: Any) -> Plan:
    more.setdefault("kinds", {QUAD.name: QUAD, WING.name: WING})
    return Plan(name=name, pattern=pattern, created=START, sorties=tuple(sorties), **more)


LOWER = [
    (0, 15), (400, 15), (400, 45), (0, 45), (0, 75), (400, 75), (400, 105), (0, 105),
    (0, 135), (170, 135), (170, 165), (0, 165),
]  # fmt: skip
UPPER = [
    (0, 195), (400, 195), (400, 225), (0, 225), (0, 255), (400, 255), (400, 285), (0, 285),
]  # fmt: skip
RIGHT = [(230, 165), (400, 165), (400, 135), (230, 135)]


def lanes(site: Site, corners: Sequence[tuple[float, float]], height: float) -> list[Waypoint]:
    """Lanes east and west, turns between them; a way there first."""
    points = [site.point(*corners[0], height, purpose="transit", trigger_distance=0)]
    for before, corner in pairwise(corners):
        lane = before[1] == corner[1]
        points.append(
            site.point(
                *corner,
                height,
                purpose="lane" if lane else "turn",
                trigger_distance=10.0 if lane else 0.0,
            )
        )
    return points


def survey(site: Site | None = None) -> Plan:
    """400 by 300 m with a hole in the middle, lanes to its very edges, two drones."""
    site = site or Site()
    lower = lanes(site, LOWER, 50)
    upper = [
        *lanes(site, UPPER, 65),
        site.point(230, 195, 65),
        *lanes(site, RIGHT, 65),
        site.point(230, 195, 65),
    ]
    return plan(
        "survey",
        "coverage",
        [
            site.sortie("A", (-30, -30), 50, lower),
            site.sortie("B", (-30, 330), 65, upper),
        ],
        start=START,
        area=site.polygon(rectangle(0, 0, 400, 300), rectangle(170, 120, 230, 180)),
        inside_area=True,
        imaging=Imaging(camera="wide", swath=30.0, spacing=30.0),
        figures={"coverage_percent": 100.0},
    )


def half_circle(
    middle: tuple[float, float], radius: float, begin: float, end: float, step: float = 10.0
) -> list[tuple[float, float]]:
    """Points by angle (degrees, mathematical) from begin to end."""
    count = round(abs(end - begin) / step)
    angles = [math.radians(begin + (end - begin) * index / count) for index in range(count + 1)]
    x, y = middle
    return [(x + radius * math.cos(angle), y + radius * math.sin(angle)) for angle in angles]


def wing_survey(site: Site | None = None) -> Plan:
    """Three lanes of a fixed wing with half circles of 60 m between them; 54 m is its least."""
    site = site or Site()
    ways: list[tuple[str, list[tuple[float, float]]]] = [
        ("transit", [(0, 200)]),
        ("lane", [(800, 200)]),
        ("turn", half_circle((800, 260), 60, -90, 90)[1:]),
        ("lane", [(0, 320)]),
        ("turn", half_circle((0, 380), 60, 270, 90)[1:]),
        ("lane", [(800, 440)]),
        ("transit", [(1100, 440), (1100, 200)]),
    ]
    points = [
        site.point(*corner, 80, purpose=purpose, speed=18.0)
        for purpose, corners in ways
        for corner in corners
    ]
    return plan(
        "wing",
        "coverage",
        [site.sortie("W", (-300, 200), 80, points, kind=WING)],
        area=site.polygon(rectangle(-100, 140, 900, 500)),
        imaging=Imaging(swath=120.0, spacing=120.0),
        figures={"coverage_percent": 79.0},
    )


def ring(site: Site | None = None) -> Plan:
    """Round a crowd of 60 by 40 m at 40 m of height, and a watch beside it."""
    site = site or Site()
    away = 40 + 10 + 1  # the height, position error and growth, some room
    corners = half_circle((0, 0), (math.hypot(30, 20) + away) / math.cos(math.pi / 24), 90, 450, 15)
    points = [site.point(*corner, 40, purpose="patrol", gimbal_pitch=-30.0) for corner in corners]
    watch = site.point(0, 120, 40, action="hover", hold=60.0, purpose="station")
    return plan(
        "ring",
        "crowd",
        [site.sortie("C", (0, 200), 40, [*points, watch])],
        crowd=Crowd(
            polygon=site.polygon(rectangle(-30, -20, 30, 20)), position_error=10.0, horizon=600.0
        ),
    )


def border(site: Site | None = None) -> Plan:
    """To and fro 270 m and less on our side (the right) of a bent line, the buffer being 250 m."""
    site = site or Site()
    points = [
        site.point(-1000, -270, 80, purpose="transit"),
        site.point(0, -270, 80, purpose="patrol"),
        site.point(900, -620, 80, purpose="patrol"),
        site.point(0, -270, 80, purpose="patrol"),
    ]
    return plan(
        "border",
        "border",
        [site.sortie("P", (0, -600), 80, points)],
        start=START,
        border=BorderLine(
            line=site.line((-2000, 0), (0, 0), (2000, -600)), side="right", buffer=250.0
        ),
        authority=Authority(
            name="DIG Operations",
            order_number="14/2025",
            valid_from=START,
            valid_to=START.replace(hour=9),
        ),
    )


def relay(site: Site | None = None) -> Plan:
    """A station from 120 to 900 s; the relief holds 10 m above until the first has gone."""
    site = site or Site()

    def watch(height: float) -> Waypoint:
        return site.point(300, 0, height, action="hover", hold=500.0, purpose="station")

    longitude, latitude = site.degrees(300, 0)
    return plan(
        "relay",
        "crowd",
        [
            site.sortie("R1", (0, 0), 50, [watch(50)]),
            site.sortie("R2", (0, 60), 60, [watch(60)], start=400.0),
        ],
        stations=(
            Station(
                name="north gate",
                place=Place(latitude=latitude, longitude=longitude),
                height=50,
                yaw=90,
                gimbal_pitch=-20,
                start=120,
                end=900,
            ),
        ),
    )


def orbit(site: Site | None = None) -> Plan:
    """Three turns of 40 m round a tower, in an area with 10 m to spare."""
    site = site or Site()
    points = [
        site.point(-40, 0, 60, purpose="transit"),
        site.point(0, 0, 60, action="orbit", radius=40.0, turns=3.0, purpose="patrol", speed=5.0),
    ]
    return plan(
        "orbit",
        "orbit",
        [site.sortie("O", (-150, 0), 60, points)],
        area=site.polygon(rectangle(-50, -50, 50, 50)),
    )


GOOD = {
    "survey": survey,
    "wing": wing_survey,
    "ring": ring,
    "border": border,
    "relay": relay,
    "orbit": orbit,
}
