"""Where an aircraft is that flies a route at its own speed."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from math import dist
from typing import NamedTuple

from fleet.peshawar import to_degrees, to_metres
from sitl.autopilot.vehicle import Place
from sitl.errors import SimulationError
from sitl.sectors import ground_altitude


class Motion(NamedTuple):
    """Where something is and how it moves: metres east and north of the city's centre, and up."""

    east: float
    north: float
    height: float  # above ground
    east_speed: float
    north_speed: float
    climb: float

    @property
    def place(self) -> Place:
        """The same in degrees, with the altitude above mean sea level."""
        latitude, longitude = to_degrees(self.east, self.north)
        altitude = float(ground_altitude(self.east)) + self.height
        return Place(float(latitude), float(longitude), altitude)


@dataclass(frozen=True)
class Flight:
    """One aircraft. Its route is (latitude, longitude, height above ground) of each corner.

    It appears at `begins` seconds of the simulation at the first corner, flies at `speed` and stays
    at the last one, or begins again where `loops`; it is gone at `ends`.
    Raises SimulationError for a route or a speed that cannot be flown.
    """

    name: str
    """Its serial number or registration, as a sensor may tell it."""
    route: tuple[tuple[float, float, float], ...]
    speed: float
    begins: float = 0.0
    ends: float = float("inf")
    loops: bool = False
    broadcasts: bool = True
    """Whether it tells its Remote ID (a drone) or its ADS-B (an aircraft)."""
    operator: Place | None = None
    operator_id: str = ""

    def __post_init__(self) -> None:
        if not self.route or self.speed <= 0:
            raise SimulationError(f"flight {self.name}: it needs a route and a speed above 0")

    def at(self, time: float) -> Motion | None:
        """Where it is at `time` (seconds of the simulation), None while it does not fly."""
        if not self.begins <= time < self.ends:
            return None
        flown = (time - self.begins) * self.speed
        length = self._flown[-1]
        if self.loops and length > 0:
            flown %= length
        if flown >= length:
            return Motion(*self._corners[-1], 0.0, 0.0, 0.0)
        leg = bisect_right(self._flown, flown) - 1
        here, there = self._corners[leg], self._corners[leg + 1]
        along = (flown - self._flown[leg]) / (self._flown[leg + 1] - self._flown[leg])
        way = tuple(b - a for a, b in zip(here, there, strict=True))
        rate = self.speed / dist(here, there)
        east, north, height = (a + along * w for a, w in zip(here, way, strict=True))
        return Motion(east, north, height, way[0] * rate, way[1] * rate, way[2] * rate)

    @cached_property
    def _corners(self) -> list[tuple[float, float, float]]:
        corners: list[tuple[float, float, float]] = []
        for latitude, longitude, height in self.route:
            east, north = to_metres(latitude, longitude)
            corner = (float(east), float(north), height)
            if not corners or corner != corners[-1]:
                corners.append(corner)
        if self.loops and corners[0] != corners[-1]:
            corners.append(corners[0])
        return corners

    @cached_property
    def _flown(self) -> list[float]:
        """Metres flown at each corner."""
        return list(accumulate((dist(a, b) for a, b in pairwise(self._corners)), initial=0.0))
