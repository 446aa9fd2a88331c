"""A sortie reckoned waypoint by waypoint: where it is when, and what it has used by then."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from missions.energy import LANDING_HEIGHT, SHORT, EnergyModel, Spent
from missions.plan import Plan, Sortie, SortieFigures, Waypoint
from missions.projection import LocalFrame

Floats = NDArray[np.float64]

SAMPLES = np.union1d(np.arange(1, 25) / 24, 1 - 0.5 ** np.arange(5, 11))
"""Shares of each leg at which the way home is looked at; more at its end, where it may be home: the
time from there grows with the root of the distance."""

ORBIT_STEP = 10.0
"""Degrees between two points of an orbit."""


RAMP = 4
"""Points while a drone gains its speed on a leg, and as many while it loses it."""

EASING = 2 * RAMP + 1
"""Points of each leg, its end included."""


@dataclass(frozen=True)
class Flight:
    """N points of a sortie, straight and even in between.

    `times` (N,) are seconds of the plan, `places` (N, 3) east, north and altitude (above the
    plane's zero: a home of unknown altitude lies there), `energy` (N,) watt-hours used so far,
    `waypoint` (N,) which waypoint the point belongs to (-1: the take-off from the ground).
    """

    sortie: Sortie
    times: Floats
    places: Floats
    energy: Floats
    waypoint: NDArray[np.int64]
    usable: float
    worst: float
    """Watt-hours used and needed to get home, at the point of the sortie where that is most."""

    @property
    def start(self) -> float:
        return float(self.times[0])

    @property
    def end(self) -> float:
        return float(self.times[-1])

    @cached_property
    def box(self) -> tuple[Floats, Floats]:
        """(2,) the least and the greatest east and north."""
        return self.places[:, :2].min(axis=0), self.places[:, :2].max(axis=0)

    def figures(self) -> SortieFigures:
        """What goes into the plan; the length is that of the way in space."""
        steps = np.diff(self.places, axis=0)
        return SortieFigures(
            duration=self.end - self.start,
            length=float(np.sqrt((steps**2).sum(axis=1)).sum()),
            energy=float(self.energy[-1]),
            energy_usable=self.usable,
        )

    def delayed(self, seconds: float) -> Flight:
        """The same flight, begun later."""
        sortie = self.sortie.model_copy(update={"start": self.sortie.start + seconds})
        return replace(self, sortie=sortie, times=self.times + seconds)

    def even(self) -> Flight:
        """The same flight with every leg flown at an even speed."""
        some = slice(None, None, EASING)
        return replace(
            self,
            times=self.times[some],
            places=self.places[some],
            energy=self.energy[some],
            waypoint=self.waypoint[some],
        )

    def until(self, waypoint: int) -> Flight:
        """The flight as far as a waypoint and what is done there."""
        kept = self.waypoint <= waypoint
        return replace(
            self,
            times=self.times[kept],
            places=self.places[kept],
            energy=self.energy[kept],
            waypoint=self.waypoint[kept],
        )

    def when(self, first: int, last: int) -> tuple[float, float]:
        """When it reaches waypoint `first` and when it leaves waypoint `last`."""
        reached = np.flatnonzero(self.waypoint == first)[EASING - 1]
        return (
            float(self.times[reached]),
            float(self.times[np.flatnonzero(self.waypoint == last)[-1]]),
        )


class _Track:
    """The points of a flight, as they are laid one after the other."""

    def __init__(self, place: Floats) -> None:
        self.places = [np.array([place[0], place[1], 0.0])]
        self.held = [True]
        self.waypoint = [-1]
        self.speeds: list[float] = []
        self.given: list[Spent | None] = []

    def go(self, place: Floats, height: float, speed: float, *, held: bool, of: int) -> None:
        """A straight leg, reckoned by the model later."""
        self._add(np.array([place[0], place[1], height]), speed, None, held=held, of=of)

    def put(self, place: Floats, height: float, spent: Spent, of: int) -> None:
        """A point whose costs are known."""
        self._add(np.array([place[0], place[1], height]), 1.0, spent, held=True, of=of)

    def _add(
        self, place: Floats, speed: float, spent: Spent | None, *, held: bool, of: int
    ) -> None:
        if spent is not None:
            self.held[-1] = True
        self.places.append(place)
        self.speeds.append(speed)
        self.given.append(spent)
        self.held.append(held)
        self.waypoint.append(of)


def fly(sortie: Sortie, model: EnergyModel, frame: LocalFrame) -> Flight:
    """Reckon a sortie; `missions.energy` says how. Raises PlanningError for a leg not flyable."""
    home = frame.to_local(sortie.home.longitude, sortie.home.latitude)[0]
    points = frame.to_local(
        [point.longitude for point in sortie.waypoints],
        [point.latitude for point in sortie.waypoints],
    )
    track = _Track(home)
    down = len(points) + 1
    for index, (waypoint, place) in enumerate(zip(sortie.waypoints, points, strict=True)):
        if waypoint.action == "takeoff":
            track.go(track.places[-1], waypoint.height, waypoint.speed, held=True, of=index)
        elif waypoint.action == "orbit":
            _orbit(track, model, waypoint, place, index)
        elif waypoint.action == "land":
            here = track.places[-1]
            if np.hypot(*(place - here[:2])) >= SHORT:
                track.go(place, here[2], waypoint.speed, held=True, of=index)
            down = len(track.places)
            _land(track, model, index)
        else:
            held = waypoint.action == "hover" or waypoint.hold > 0
            track.go(place, waypoint.height, waypoint.speed, held=held, of=index)
        if waypoint.hold > 0 and waypoint.action not in {"takeoff", "land"}:
            x, y, height = track.places[-1]
            track.put(np.array([x, y]), height, model.hover(waypoint.hold), index)
    return _reckoned(sortie, track, model, home, down)


def of_plan(plan: Plan) -> list[Flight]:
    """Every sortie of a plan, whoever made it, reckoned on one plane.

    Raises PlanningError for a sortie that cannot be flown.
    """
    places = [
        (point.longitude, point.latitude)
        for one in plan.sorties
        for point in (one.home, *one.waypoints)
    ]
    if not places:
        return []
    frame = LocalFrame.around(*np.array(places).T)
    energy = {
        name: EnergyModel(kind, plan.wind, plan.temperature) for name, kind in plan.kinds.items()
    }
    return [fly(one, energy[one.kind], frame) for one in plan.sorties]


def _orbit(
    track: _Track, model: EnergyModel, waypoint: Waypoint, centre: Floats, index: int
) -> None:
    """To the nearest point of the circle and around; the turn ends where it ends."""
    offset = track.places[-1][:2] - centre
    distance = float(np.hypot(*offset))
    unit = offset / distance if distance >= SHORT else np.array([0.0, 1.0])
    entry = centre + unit * abs(waypoint.radius)
    track.go(entry, waypoint.height, waypoint.speed, held=True, of=index)
    spent = model.orbit(waypoint.radius, waypoint.turns, waypoint.speed)
    steps = max(int(np.ceil(waypoint.turns * 360 / ORBIT_STEP)), 1)
    begin = np.arctan2(unit[0], unit[1])
    sense = 1.0 if waypoint.radius >= 0 else -1.0
    for step in range(1, steps + 1):
        angle = begin + sense * waypoint.turns * 2 * np.pi * step / steps
        place = centre + abs(waypoint.radius) * np.array([np.sin(angle), np.cos(angle)])
        part = Spent(spent.duration / steps, spent.energy / steps)
        track.put(place, waypoint.height, part, index)


def _land(track: _Track, model: EnergyModel, index: int) -> None:
    x, y, height = track.places[-1]
    low = min(height, LANDING_HEIGHT)
    whole = model.landing([height, low])
    first = Spent(*(float(cost[0] - cost[1]) for cost in whole))
    last = Spent(*(float(cost[1]) for cost in whole))
    track.put(np.array([x, y]), low, first, index)
    track.put(np.array([x, y]), 0.0, last, index)


def _reckoned(sortie: Sortie, track: _Track, model: EnergyModel, home: Floats, down: int) -> Flight:
    places = np.array(track.places)
    steps = np.diff(places, axis=0)
    known = np.array([spent is not None for spent in track.given])
    # Legs whose costs are known are laid flat, so that the model does not judge their speed.
    dx, dy, dh = (np.where(known, 0.0, column) for column in steps.T)
    stops = model.stops(dx, dy, track.held)
    costs = model.legs(dx, dy, dh, track.speeds, stops)
    for leg, spent in enumerate(track.given):
        if spent is not None:
            costs.duration[leg], costs.energy[leg] = spent
    energy = np.concatenate([[0.0], np.cumsum(costs.energy)])
    worst = max(_worst(places[:down], energy[:down], model, home), float(energy[-1]))
    places[:, 2] += sortie.home.altitude or 0.0
    times = np.concatenate([[0.0], np.cumsum(costs.duration)])
    length = np.hypot(dx, dy)
    half = model.half_stops(dx, dy, track.speeds, stops).duration
    half[length < SHORT] = 0.0
    cruise = length / np.maximum(2 * model.kind.acceleration * half, SHORT)
    # Where the climb takes longer than the way, the way is not flown at its own speed.
    climbing = costs.duration > cruise + (stops[:-1] + stops[1:]) * half + SHORT
    eased = np.where(climbing, 0.0, half)
    points = _eased(times, places, energy, stops, eased, model.kind.acceleration)
    return Flight(
        sortie,
        sortie.start + points[0],
        points[1],
        points[2],
        np.array([-1, *np.repeat(track.waypoint[1:], EASING)]),
        model.usable,
        worst,
    )


def _worst(places: Floats, energy: Floats, model: EnergyModel, home: Floats) -> float:
    """The most watt-hours used and needed for the way home, at `SAMPLES` of each leg."""
    share = SAMPLES[None, :, None]
    along = (places[:-1, None] + share * np.diff(places, axis=0)[:, None]).reshape(-1, 3)
    used = (energy[:-1, None] + share[..., 0] * np.diff(energy)[:, None]).ravel()
    back = home - along[:, :2]
    return float(np.max(used + model.home(back[:, 0], back[:, 1], along[:, 2]).energy, initial=0.0))


def _eased(
    times: Floats,
    places: Floats,
    energy: Floats,
    stops: Floats,
    half: Floats,
    acceleration: float,
) -> tuple[Floats, Floats, Floats]:
    """Times, places and energy with points where the speed changes along each leg.

    `half` (legs,) are the seconds that a full stop costs at one end of a leg. From a stop factor k
    it gains its speed in 2k·half seconds over half of the distance that it flies in them later,
    evenly accelerated.
    """
    duration, length = np.diff(times), np.hypot(*np.diff(places[:, :2], axis=0).T)
    longest = np.maximum(length, SHORT)
    ramp = 2 * acceleration * half**2 / longest  # of the leg, at a full stop
    begin, end = stops[:-1, None], stops[1:, None]
    rising = np.arange(1, RAMP + 1) / RAMP
    falling = 1 - np.arange(RAMP) / RAMP
    gained, whole = 2 * half[:, None], duration[:, None]
    seconds = np.hstack([begin * gained * rising, whole - end * gained * falling, whole])
    ramp = ramp[:, None]
    share = np.hstack([begin * ramp * rising**2, 1 - end * ramp * falling**2, np.ones_like(ramp)])
    even = half == 0
    share[even], seconds[even] = 1.0, whole[even]
    spread = seconds / np.where(duration > 0, duration, 1.0)[:, None]
    steps, used = np.diff(places, axis=0), np.diff(energy)
    return (
        np.concatenate([times[:1], (times[:-1, None] + seconds).ravel()]),
        np.concatenate(
            [places[:1], (places[:-1, None] + share[..., None] * steps[:, None]).reshape(-1, 3)]
        ),
        np.concatenate([energy[:1], (energy[:-1, None] + spread * used[:, None]).ravel()]),
    )
