"""A sortie as the pieces it is flown in: climb, legs, circles, holds and landing.

How ArduPilot flies the items (from memory of its navigation code): it climbs over home; a leg is
straight; an orbit is joined at the circle's nearest point and left where its turns end; a landing
away from the last waypoint is flown level to over its place, then straight down.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from missions.check.geodesy import GEOD, Floats
from missions.check.power import SLOW_LANDING_HEIGHT
from missions.plan import Sortie, Waypoint

NO_LENGTH = 0.01
"""Metres: a shorter leg has no course."""


class Phase(IntEnum):
    """What a piece is."""

    CLIMB = 0
    LEG = 1
    CIRCLE = 2
    HOLD = 3
    DESCENT = 4


@dataclass(frozen=True)
class Pieces:
    """P pieces in the order of flying; every field is an array of P.

    Of a circle `longitude` and `latitude` are its centre's, `radius` is positive clockwise and
    `bearing` (degrees) is the azimuth from the centre at which it begins; otherwise they are the
    place where the piece begins, 0 and 0. `course` and `course_end` (radians) are a leg's at its
    begin and end. `length` is that on the map.
    """

    waypoint: NDArray[np.int64]
    phase: NDArray[np.int64]
    longitude: Floats
    latitude: Floats
    height: Floats
    longitude_end: Floats
    latitude_end: Floats
    height_end: Floats
    radius: Floats
    turns: Floats
    bearing: Floats
    course: Floats
    course_end: Floats
    length: Floats

    @property
    def flown_leg(self) -> NDArray[np.bool_]:
        """Legs that go somewhere on the map."""
        return np.asarray((self.phase == Phase.LEG) & (self.length >= NO_LENGTH))

    @property
    def circle(self) -> NDArray[np.bool_]:
        """Circles, and parts of them."""
        return np.asarray(self.phase == Phase.CIRCLE)

    @property
    def climb(self) -> Floats:
        """Metres up."""
        return self.height_end - self.height


def lay(sortie: Sortie) -> Pieces:
    """The pieces of a sortie that has at least one waypoint."""
    draft = _Draft(sortie.home.longitude, sortie.home.latitude)
    for index, waypoint in enumerate(sortie.waypoints):
        place = (waypoint.longitude, waypoint.latitude)
        if waypoint.action == "takeoff":
            draft.longitude, draft.latitude = place
            draft.to(index, Phase.CLIMB, *place, waypoint.height)
        elif waypoint.action == "land":
            draft.to(index, Phase.LEG, *place, draft.height)
            slow_from = min(draft.height, waypoint.height + SLOW_LANDING_HEIGHT)
            draft.to(index, Phase.DESCENT, *place, slow_from)
            draft.to(index, Phase.DESCENT, *place, waypoint.height)
        else:
            if waypoint.action == "orbit":
                draft.orbit(index, waypoint)
            else:
                draft.to(index, Phase.LEG, *place, waypoint.height)
            if waypoint.hold > 0:
                draft.to(index, Phase.HOLD, draft.longitude, draft.latitude, draft.height)
    index, phase, lon, lat, height, lon_end, lat_end, height_end, radius, turns, bearing = np.array(
        draft.rows, float
    ).T
    azimuth, back, distance = GEOD.inv(lon, lat, lon_end, lat_end)
    around = np.abs(2 * np.pi * turns * radius)
    length = np.where(phase == Phase.CIRCLE, around, np.where(phase == Phase.LEG, distance, 0.0))
    return Pieces(
        waypoint=index.astype(np.int64),
        phase=phase.astype(np.int64),
        longitude=lon,
        latitude=lat,
        height=height,
        longitude_end=lon_end,
        latitude_end=lat_end,
        height_end=height_end,
        radius=radius,
        turns=turns,
        bearing=bearing,
        course=np.radians(azimuth),
        course_end=np.radians(back + 180),
        length=length,
    )


@dataclass
class _Draft:
    """Rows of pieces, laid one after the other from where the last one ended."""

    longitude: float
    latitude: float
    height: float = 0.0
    rows: list[tuple[float, ...]] = field(default_factory=list)

    def to(self, index: int, phase: Phase, lon: float, lat: float, height: float) -> None:
        """A piece that is no circle."""
        begin = (self.longitude, self.latitude, self.height)
        self.rows.append((index, phase, *begin, lon, lat, height, 0.0, 0.0, 0.0))
        self.longitude, self.latitude, self.height = lon, lat, height

    def orbit(self, index: int, centre: Waypoint) -> None:
        """The leg to the circle, and the circle; an orbit without radius is only the leg."""
        middle, radius = (centre.longitude, centre.latitude), abs(centre.radius)
        if radius < NO_LENGTH:
            self.to(index, Phase.LEG, *middle, centre.height)
            return
        azimuth, _, distance = GEOD.inv(*middle, self.longitude, self.latitude)
        bearing = azimuth if distance >= NO_LENGTH else 0.0
        lon, lat, _ = GEOD.fwd(*middle, bearing, radius)
        self.to(index, Phase.LEG, lon, lat, centre.height)
        left = bearing + float(np.copysign(360 * centre.turns, centre.radius))
        lon, lat, _ = GEOD.fwd(*middle, left % 360, radius)
        at = centre.height
        circle = (centre.radius, centre.turns, bearing)
        self.rows.append((index, Phase.CIRCLE, *middle, at, lon, lat, at, *circle))
        self.longitude, self.latitude = lon, lat
