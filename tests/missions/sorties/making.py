"""Routes, homes and drones of the tests, near Peshawar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from missions import library
from missions.drones import DroneKind
from missions.plan import Home
from missions.projection import LocalFrame
from missions.route import Leg, Route
from missions.sorties.fleet import Conditions, Drone
from missions.sorties.planning import About
from missions.wind import Wind

FRAME = LocalFrame(34.0151, 71.5249)
QUAD = library.find("DJI Matrice 30T")
SMALL = library.find("DJI Mavic 3 Enterprise")
VTOL = library.find("Generic VTOL plane")
ABOUT = About("test", "coverage", datetime(2026, 1, 1, tzinfo=UTC))
CALM = Conditions()


def home(x: float, y: float, altitude: float | None = None) -> Home:
    (longitude,), (latitude,) = FRAME.to_geographic([x, y])
    return Home(latitude=float(latitude), longitude=float(longitude), altitude=altitude)


def drone(number: int, x: float, y: float, kind: DroneKind = QUAD) -> Drone:
    return Drone(f"D{number}", kind, home(x, y))


def fleet(count: int, x: float = 0.0, y: float = -60.0, kind: DroneKind = QUAD) -> list[Drone]:
    """Drones on pads 40 m apart."""
    return [drone(number + 1, x + 40 * number, y, kind) for number in range(count)]


def route(*polylines: ArrayLike) -> Route:
    """Lanes joined by turns."""
    legs: list[Leg] = []
    for polyline in polylines:
        points = np.asarray(polyline, float)
        if legs:
            legs.append(Leg(np.stack([legs[-1].points[-1], points[0]]), "turn"))
        legs.append(Leg(points, "lane"))
    return Route(FRAME, tuple(legs))


def sweep(lanes: int = 10, length: float = 600.0, spacing: float = 50.0) -> Route:
    """To and fro, northwards from (0, 0)."""
    ends = [(0.0, length), (length, 0.0)]
    return route(
        *([(ends[n % 2][0], n * spacing), (ends[n % 2][1], n * spacing)] for n in range(lanes))
    )


@st.composite
def routes(draw: st.DrawFn) -> Route:
    """Lanes of different lengths, bent or not, to and fro."""
    spacing = draw(st.floats(15, 80))
    lanes = []
    for number in range(draw(st.integers(1, 14))):
        west, east = draw(st.floats(0, 300)), draw(st.floats(400, 1500))
        y, bend = number * spacing, draw(st.sampled_from([0.0, 7.0]))
        lane = [(west, y), ((west + east) / 2, y + bend), (east, y)]
        lanes.append(lane[:: -1 if number % 2 else 1])
    return route(*lanes)


@st.composite
def fleets(draw: st.DrawFn, kinds: Sequence[DroneKind]) -> list[Drone]:
    """One to five drones; some share a home."""
    places = draw(
        st.lists(st.tuples(st.floats(-400, 1600), st.floats(-400, 900)), min_size=1, max_size=3)
    )
    return [
        drone(number, *draw(st.sampled_from(places)), draw(st.sampled_from(list(kinds))))
        for number in range(1, draw(st.integers(1, 5)) + 1)
    ]


CONDITIONS = st.builds(
    lambda direction, speed, temperature: Conditions(
        Wind(from_direction=direction, speed=speed), temperature
    ),
    st.floats(0, 359),
    st.floats(0, 10),
    st.floats(-9, 39),
)
