"""Where the simulated drones patrol: a sector of the city each, its home and its closed route."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fleet.peshawar import to_metres

# Name, latitude, longitude, radius in metres. None reaches into the approach of the runway.
_SECTORS = (
    ("Walled City", 34.0098, 71.5752, 650),
    ("Saddar", 34.0025, 71.5462, 550),
    ("University of Peshawar", 34.0080, 71.4868, 650),
    ("Hayatabad Phase 1", 33.9893, 71.4480, 600),
    ("Gulbahar", 34.0078, 71.5955, 700),
    ("Arbab Niaz Stadium", 34.0232, 71.5715, 450),
    ("Karkhano Market", 33.9965, 71.4215, 600),
    ("Faqirabad", 34.0290, 71.5880, 750),
    ("Hayatabad Phase 4", 33.9800, 71.4305, 650),
    ("Chamkani", 34.0040, 71.6400, 800),
    ("Regi Model Town", 34.0255, 71.4280, 950),
    ("Warsak Road", 34.0360, 71.5345, 850),
    ("Hazarkhwani", 33.9920, 71.5930, 700),
    ("Dalazak Road", 34.0225, 71.6085, 650),
    ("Islamia College", 34.0010, 71.4735, 450),
    ("Palosi", 34.0265, 71.4855, 750),
    ("Nothia", 33.9955, 71.5610, 550),
    ("Bab-e-Peshawar", 33.9965, 71.4560, 500),
    ("Kohat Road", 33.9775, 71.5665, 800),
    ("Bala Hisar", 34.0150, 71.5685, 350),
    ("Hayatabad Phase 6", 33.9705, 71.4300, 600),
    ("Charsadda Road", 34.0480, 71.5985, 950),
    ("Danish Abad", 34.0165, 71.5010, 500),
    ("Northern Bypass", 34.0600, 71.5100, 1100),
)

CORNERS = (5, 8)
"""A route has at least 5 and at most 8 waypoints."""

HEIGHTS = (40.0, 110.0)
"""Patrol heights above home, lowest and highest: below the 120 m that drones may fly at most."""

SPEEDS = (8.0, 14.0)
"""Patrol speeds, slowest and fastest."""


class AtEnd(Enum):
    """What follows the last waypoint of a route."""

    AGAIN = "again"
    """The first one, round and round."""
    HOME = "home"
    HOLD = "hold"
    """It stays there as long as it can."""


@dataclass(frozen=True)
class Patrol:
    """What one drone is there for."""

    name: str
    home: tuple[float, float]  # metres east and north of the city's centre
    route: NDArray[np.float64]  # (M, 2) east, north of the waypoints
    height: float
    speed: float
    at_end: AtEnd = AtEnd.AGAIN


def patrol(number: int, random: np.random.Generator) -> Patrol:
    """The patrol of drone `number` (from 0). Sectors are shared when there are more drones."""
    name, latitude, longitude, radius = _SECTORS[number % len(_SECTORS)]
    east, north = to_metres(latitude, longitude)
    corners = int(random.integers(CORNERS[0], CORNERS[1] + 1))
    turn = 1 if random.random() < 0.5 else -1
    step = 2 * np.pi / corners
    bearings = turn * (np.arange(corners) + random.uniform(-0.25, 0.25, corners)) * step
    bearings += random.uniform(0, 2 * np.pi)
    distances = radius * random.uniform(0.6, 1.0, corners)
    route = np.stack(
        [east + distances * np.sin(bearings), north + distances * np.cos(bearings)], axis=1
    )
    away = random.uniform(0, 2 * np.pi)
    offset = radius * random.uniform(0.1, 0.4)
    return Patrol(
        name=name,
        home=(float(east + offset * np.sin(away)), float(north + offset * np.cos(away))),
        route=route,
        height=float(np.round(random.uniform(*HEIGHTS) / 5) * 5),
        speed=float(random.uniform(*SPEEDS)),
    )


def ground_altitude(east: Any) -> Any:
    """Metres above mean sea level: the plain rises westwards to the hills, 331 m at the centre.

    `east` is metres from the centre, a number or an array.
    """
    return 331.0 - 0.002 * east
