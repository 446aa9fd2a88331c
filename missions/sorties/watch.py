"""One turn of duty at a station: the sortie that flies there, stays and comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fleet.wording import sentence
from missions.energy import SHORT, WATT_HOUR, EnergyModel
from missions.errors import PlanningError
from missions.plan import Limits, Sortie, Station, Waypoint
from missions.projection import LocalFrame
from missions.route import Purpose
from missions.sorties.fleet import Drone, waypoint
from missions.sorties.flight import Flight, fly
from missions.sorties.strata import SPARE

Floats = NDArray[np.float64]

Ways = Callable[[Floats, Floats, float], Floats]
"""A way from p to q, both (2,), at a height above home, as (N ≥ 2, 2) points."""

Highest = Callable[[Station], float]
"""How high above home a drone may be at a station: it is as far from people as it is high."""

CLEAR = 2.0
"""Seconds beyond what the one relieved takes to be out of the way."""


ASIDE = 5.0
"""Metres beyond the separation that a transit keeps from other stations."""

BEND = 1.5
"""How much farther from the place the corner lies, so that the legs to it keep the distance."""

LAYERS_MOST = 8
"""How many ways to come and go at a station are tried."""


@dataclass(frozen=True)
class Layers:
    """Heights above home at one station.

    A relief comes on `out`, waits at `waiting` until the one that it relieves has left on `back`,
    and then takes its place.
    """

    out: float
    waiting: float
    back: float


def layers(station: Station, limits: Limits, highest: float) -> list[Layers]:
    """How a station can be come to and left, the nearest heights first, reliefs from below first.

    None is above `highest`. Raises PlanningError if there is no height to wait at.
    """
    step = limits.separation_vertical + SPARE
    most = min(limits.height_most, highest)
    count = int(limits.height_most // step) + 1
    here = station.height
    below = [here - step * n for n in range(1, count) if here - step * n >= limits.clearance_least]
    above = [here + step * n for n in range(1, count) if here + step * n <= most]
    found = [
        Layers(out, reliefs[0], back)
        for reliefs, leavers in ((below, above), (above, below))
        for out in reliefs
        for back in (here, *leavers)
    ]
    if not found:
        raise PlanningError(
            sentence(
                "planner.relay.height",
                "station '{station}' at {height:g} m leaves no height for a relief {step:g} m "
                "below or above it, between {least:g} and {most:g} m; move it",
                station=station.name,
                height=here,
                step=step,
                least=limits.clearance_least,
                most=most,
            )
        )
    found.sort(key=lambda one: abs(one.out - one.waiting) + abs(one.back - here))
    return found[:LAYERS_MOST]


@dataclass(frozen=True)
class Duty:
    """One drone at one station. It sees from its arrival at the waiting height on.

    `model` is of its kind, `others` (N, 2) the places of the other stations: straight transits are
    bent around them.
    """

    drone: Drone
    station: Station
    layers: Layers
    model: EnergyModel
    frame: LocalFrame
    limits: Limits
    ways: Ways | None
    others: Floats

    @cached_property
    def clearing(self) -> float:
        """Seconds until the one relieved is the horizontal separation away."""
        way = self.way(out=False)
        dx, dy = way[1] - way[0]
        speed = self.model.transit_speeds([dx], [dy])
        distance = self.limits.separation_horizontal
        share = distance / max(float(np.hypot(dx, dy)), SHORT)
        (seconds,) = self.model.alone([dx * share], [dy * share], [0.0], speed).duration
        upright = self.model.climb(self.layers.back - self.station.height).duration
        return float(seconds) + upright + CLEAR

    @cached_property
    def out(self) -> float:
        """Seconds from take-off to arrival."""
        return self._shortest.when(self._arrival, self._arrival)[0]

    @cached_property
    def back(self) -> float:
        """Seconds from leaving to being down."""
        flight = self._shortest
        return flight.end - flight.when(self._leaving, self._leaving)[1]

    @cached_property
    def longest(self) -> float:
        """Seconds from arrival to leaving that the battery allows, with the wait of a relief."""
        flight = self.flight(0.0, 0.0, 0.0, "")
        spare = flight.usable - flight.worst
        begin, end = flight.when(self._arrival, self._leaving)
        return end - begin + spare * WATT_HOUR / self.model.hover_power

    @property
    def changing(self) -> float:
        """Seconds from the waiting height to the station's."""
        return self.model.climb(self.station.height - self.layers.waiting).duration

    def way(self, *, out: bool) -> Floats:
        """(N, 2) from home to the station, or back."""
        place = self.frame.to_local(self.station.place.longitude, self.station.place.latitude)[0]
        home = self.drone.place(self.frame)
        p, q = (home, place) if out else (place, home)
        if self.ways is not None:
            height = self.layers.out if out else self.layers.back
            return np.asarray(self.ways(p, q, height), float)
        return beside(p, q, self.others, self.limits.separation_horizontal + ASIDE)

    def flight(self, start: float, wait: float, hold: float, name: str) -> Flight:
        """The sortie: waits on arrival, then holds at the station's height. All in seconds."""
        waypoints = self._waypoints(wait, hold)
        drone = self.drone
        sortie = Sortie(
            name=name,
            drone=drone.name,
            kind=drone.kind.name,
            home=drone.home,
            start=start,
            waypoints=tuple(waypoints),
        )
        return fly(sortie, self.model, self.frame)

    def on_station(self, flight: Flight) -> tuple[float, float]:
        """From when until when a flight of this duty sees."""
        return flight.when(self._arrival, self._arrival)[0], flight.when(0, self._leaving)[1]

    def outbound(self, flight: Flight) -> Flight:
        """A flight of this duty up to the end of its wait."""
        return flight.until(self._arrival)

    @cached_property
    def _shortest(self) -> Flight:
        return self.flight(0.0, 0.0, 0.0, "")

    @cached_property
    def _arrival(self) -> int:
        """The waypoint at which it waits."""
        return len(self.way(out=True)) - (self.layers.out == self.layers.waiting)

    @property
    def _leaving(self) -> int:
        return self._arrival + 1

    def _waypoints(self, wait: float, hold: float) -> list[Waypoint]:
        station, kind, layers = self.station, self.drone.kind, self.layers
        out, back = self.way(out=True), self.way(out=False)
        points = [waypoint(self.frame, out[0], layers.out, kind.climb_speed, action="takeoff")]
        points += self._legs(out, layers.out, "transit")
        if layers.out == layers.waiting:
            points.pop()
        speed = self._speeds(out)[-1]
        points.append(self._watch(out[-1], layers.waiting, speed, wait))
        points.append(self._watch(out[-1], station.height, kind.climb_speed, hold))
        if layers.back != station.height:
            points.append(waypoint(self.frame, out[-1], layers.back, kind.climb_speed, "return"))
        points += self._legs(back, layers.back, "return")
        points.append(
            waypoint(self.frame, back[-1], 0.0, kind.descent_speed, "return", action="land")
        )
        return points

    def _watch(self, place: Floats, height: float, speed: float, hold: float) -> Waypoint:
        return waypoint(
            self.frame,
            place,
            height,
            speed,
            "station",
            action="hover",
            hold=hold,
            yaw=self.station.yaw,
            gimbal_pitch=self.station.gimbal_pitch,
        )

    def _speeds(self, way: Floats) -> list[float]:
        dx, dy = np.diff(way, axis=0).T
        speeds: list[float] = self.model.transit_speeds(dx, dy).tolist()
        return speeds

    def _legs(self, way: Floats, height: float, purpose: Purpose) -> list[Waypoint]:
        return [
            waypoint(self.frame, place, height, speed, purpose)
            for place, speed in zip(way[1:], self._speeds(way), strict=True)
        ]


def beside(p: Floats, q: Floats, places: Floats, distance: float) -> Floats:
    """(N, 2) from p to q, bent where it would pass a place nearer than a distance.

    Places so near to p or q that it cannot be kept are left out.
    """
    length = float(np.hypot(*(q - p)))
    if length < SHORT or not len(places):
        return np.stack([p, q])
    unit = (q - p) / length
    across = np.array([-unit[1], unit[0]])
    along, off = (places - p) @ unit, (places - p) @ across
    near = (np.abs(off) < distance) & (along > distance) & (along < length - distance)
    corners = [
        places[index] - across * np.copysign(distance * BEND, off[index])
        for index in np.argsort(along)
        if near[index]
    ]
    return np.stack([p, *corners, q])
