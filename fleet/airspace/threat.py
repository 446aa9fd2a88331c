"""How much a contact threatens protected zones: a score from 0 to 100 with its reasons in words.

The score is a sum of points, each of which is one of the reasons, so that an operator can follow it;
it orders what is looked at first and decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from fleet.airspace import motion
from fleet.airspace.association import Floats
from fleet.airspace.columns import ContactClass, Doubt, Flag
from fleet.airspace.levels import gaps
from fleet.airspace.reasons import Reason, in_words, reason
from fleet.airspace.words import Words
from fleet.columns import Rows
from fleet.geofences.geofence import Level
from fleet.geofences.looking import Ground

HORIZON = 300.0
"""Seconds that are looked ahead along a contact's course."""

APPROACHES_FROM = 2.0
"""m/s of closing speed."""

LOITERS_FROM = 60.0
"""Seconds within a circle of STAY_RADIUS."""

LOW = 60.0
"""Metres above the ground or the take-off: below it a drone is hard to see and can drop things well."""


class Behaviour(IntEnum):
    """What a contact does with regard to the zone that it threatens most."""

    PASSING = 0
    APPROACHING = 1
    LOITERING = 2
    LEAVING = 3


@dataclass(frozen=True)
class Protected:
    """A protected zone; `shape` in degrees, longitude first. Near it begins `margin` metres out."""

    name: str
    shape: shapely.Polygon | shapely.MultiPolygon
    margin: float = 500.0
    floor: Level | None = None
    ceiling: Level | None = None
    hysteresis: float = 10.0
    """Metres by which what was between floor and ceiling must be beyond them to be out."""
    ground: Ground | None = None
    """The height of the ground, for levels above it."""

    @cached_property
    def centre(self) -> tuple[float, float]:
        """Latitude and longitude about which it is put on a plane."""
        middle = self.shape.centroid
        return middle.y, middle.x

    @cached_property
    def plane(self) -> shapely.Geometry:
        """Its shape in metres about `centre`, prepared."""

        def to_plane(degrees: Floats) -> Floats:
            east, north = motion.offsets(*self.centre, degrees[:, 1], degrees[:, 0])
            return np.stack([east, north], axis=1)

        shape = shapely.transform(self.shape, to_plane)
        shapely.prepare(shape)
        return shape


class Approach(NamedTuple):
    """Contacts (rows) with regard to zones (columns), each (contacts, zones)."""

    distance: Floats
    """Metres to the zone, upwards or downwards too, 0 inside."""
    closing: Floats
    """m/s; negative: it goes away. 0 inside."""
    breach: Floats
    """Seconds until it is inside if it goes on so; inf: not within HORIZON, or above or below the zone;
    0 inside."""


@dataclass(frozen=True)
class Threat:
    """What a contact threatens most."""

    contact: int
    score: int
    """0 to 100."""
    zone: str
    """Name of the zone, empty without one."""
    distance: float
    closing: float
    breach: float
    behaviour: Behaviour
    reasons: tuple[Reason, ...]
    """In the order of their weight."""

    @property
    def level(self) -> int:
        """0 none, 1 low, 2 medium, 3 high."""
        return int(levels(np.array([self.score]))[0])

    @property
    def sentences(self) -> tuple[Words, ...]:
        """The reasons in words."""
        return tuple(in_words(each, self.zone) for each in self.reasons)


Beyond = frozenset[tuple[int, str]]
"""Contacts and the zones, by name, that they are above or below."""


def beyond_levels(contacts: Rows, zones: Sequence[Protected], before: Beyond) -> Beyond:
    """Which CONTACT rows are above or below which zones, who was so `before`."""
    found = set()
    keys = contacts["contact"].tolist()
    for zone in zones:
        if zone.floor is None and zone.ceiling is None:
            continue
        gap = gaps(contacts, zone.floor, zone.ceiling, zone.ground)
        was = np.array([(key, zone.name) in before for key in keys], np.bool_)
        out = np.flatnonzero((gap > zone.hysteresis) | (was & (gap > 0)))
        found |= {(keys[row], zone.name) for row in out.tolist()}
    return frozenset(found)


def approach(contacts: Rows, zones: Sequence[Protected], beyond: Beyond = frozenset()) -> Approach:
    """How CONTACT rows stand to zones; those that are `beyond` one's floor or ceiling are not in it."""
    shape = len(contacts), len(zones)
    distance, closing = np.full(shape, np.inf), np.zeros(shape)
    breach = np.full(shape, np.inf)
    velocity = np.stack([contacts["east"], contacts["north"]], axis=1).astype(np.float64)
    for column, zone in enumerate(zones):
        east, north = motion.offsets(*zone.centre, contacts["latitude"], contacts["longitude"])
        here = np.stack([east, north], axis=1)
        points = np.asarray(shapely.points(here))
        away = np.asarray(shapely.distance(zone.plane, points))
        keys = contacts["contact"].tolist()
        out = np.array([(key, zone.name) in beyond for key in keys], np.bool_)
        gap = np.where(out, gaps(contacts, zone.floor, zone.ceiling, zone.ground), 0)
        distance[:, column] = np.hypot(away, gap)
        breach[(away == 0) & ~out, column] = 0
        outside = np.flatnonzero(away > 0)
        if not len(outside):
            continue
        ways = shapely.get_coordinates(shapely.shortest_line(points[outside], zone.plane))
        towards = (ways[1::2] - ways[::2]) / away[outside, np.newaxis]
        closing[outside, column] = np.sum(towards * velocity[outside], axis=1)
        speed = np.hypot(*velocity.T)
        able = outside[(closing[outside, column] > 0) & (away[outside] <= speed[outside] * HORIZON)]
        able = able[~out[able]]
        breach[able, column] = _breaches(here[able], velocity[able], zone.plane)
    return Approach(distance, closing, breach)


def _breaches(here: Floats, velocity: Floats, zone: shapely.Geometry) -> Floats:
    """Seconds along each straight course until the zone."""
    courses = shapely.linestrings(np.stack([here, here + HORIZON * velocity], axis=1))
    away = shapely.distance(shapely.points(here), shapely.intersection(courses, zone))
    return np.where(np.isnan(away), np.inf, away / np.hypot(*velocity.T))


def assess(
    contacts: Rows,
    zones: Sequence[Protected],
    time: np.datetime64,
    beyond: Beyond = frozenset(),
) -> list[Threat]:
    """The threat of each of CONTACT rows (best foreseen at `time`), the greatest first.

    Of several zones the one that gives most points counts. Our own drones threaten nothing. `beyond`
    as `approach` has it.
    """
    stands = approach(contacts, zones, beyond)
    found = [_judge(contacts[row], row, stands, zones, time) for row in range(len(contacts))]
    return sorted(found, key=lambda threat: (-threat.score, threat.contact))


def _judge(
    contact: np.void, row: int, stands: Approach, zones: Sequence[Protected], time: np.datetime64
) -> Threat:
    here = [
        _zone_points(zone, *(float(values[row, column]) for values in stands))
        for column, zone in enumerate(zones)
    ]
    stays = float((time - contact["stays_since"]) / np.timedelta64(1, "s"))
    best = max(
        range(len(zones)),
        key=lambda column: sum(each.points for each in here[column]),
        default=None,
    )
    distance, closing, breach, name = np.inf, 0.0, np.inf, ""
    reasons: list[Reason] = []
    concerned = False
    if best is not None:
        zone = zones[best]
        distance, closing, breach = (float(values[row, best]) for values in stands)
        name, reasons = zone.name, list(here[best])
        concerned = bool(reasons)
    behaviour = Behaviour.PASSING
    if stays >= LOITERS_FROM:
        behaviour = Behaviour.LOITERING
        reasons.append(reason("loiters", 10, stays))
    elif closing >= APPROACHES_FROM:
        behaviour = Behaviour.APPROACHING
    elif closing <= -APPROACHES_FROM:
        behaviour = Behaviour.LEAVING
    friend = contact["class"] == ContactClass.FRIEND
    reasons += _own_points(contact, concerned)
    reasons.sort(key=lambda each: -each.points)
    score = 0 if friend else min(100, sum(each.points for each in reasons))
    key = int(contact["contact"])
    return Threat(key, score, name, distance, closing, breach, behaviour, tuple(reasons))


def _zone_points(zone: Protected, distance: float, closing: float, breach: float) -> list[Reason]:
    """Points for where it is and goes."""
    if distance == 0:
        return [reason("inside", 70)]
    found = []
    if distance <= zone.margin:
        found.append(reason("near", 20, distance))
    if breach <= HORIZON:
        points = 35 if breach <= 30 else 25 if breach <= 90 else 10
        found.append(reason("breach", points, breach))
    if closing >= APPROACHES_FROM and (found or distance <= 4 * zone.margin):
        found.append(reason("closing", 5, closing))
    return found


_DOUBTS = (
    (Doubt.STOLEN, 25, "stolen"),
    (Doubt.CONTRADICTED, 20, "lies"),
    (Doubt.SHARED, 10, "shared"),
    (Doubt.JUMPED, 5, "jumped"),
)


def _own_points(contact: np.void, concerned: bool) -> list[Reason]:  # noqa: FBT001 – private, and named at its one call
    """Points for what it is."""
    found = []
    kind = contact["class"]
    if kind == ContactClass.NOT_COOPERATIVE:
        found.append(reason("silent", 20))
    elif kind == ContactClass.UNKNOWN:
        found.append(reason("unknown", 10))
    found += [reason(code, points) for doubt, points, code in _DOUBTS if contact["doubts"] & doubt]
    height = float(contact["height"])
    if concerned and height < LOW and kind != ContactClass.AIRCRAFT:
        found.append(reason("low", 5, height))
    if contact["flags"] & Flag.EMERGENCY:
        found.append(reason("emergency", 0))
    return found


def levels(scores: NDArray[np.int64]) -> NDArray[np.int8]:
    """Of scores: 0 none (below 20), 1 low, 2 medium (from 40), 3 high (from 70)."""
    return np.searchsorted([20, 40, 70], scores, side="right").astype(np.int8)
