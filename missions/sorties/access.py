"""What it costs a drone to fly from one place of the lanes to another, and to get there and back."""

from __future__ import annotations

from copy import copy

import numpy as np
from numpy.typing import ArrayLike, NDArray

from missions.energy import SHORT, Costs, EnergyModel, Spent
from missions.motion import turn_radius
from missions.sorties.lanes import Lanes, Ways
from missions.sorties.runs import run_in, run_out

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

ITEMS_MOST = 650
"""Mission items that ArduPilot takes."""

ITEMS_AROUND = 40
"""Of them, kept for take-off, transits and landing."""


class Effort:
    """Seconds and watt-hours along lanes for one kind of drone at a survey speed.

    `speed` is the set-point (over ground; of a fixed wing in the air), `heights` (V,) those of the
    lanes' points above home. Raises PlanningError where the wind does not let it fly them.
    """

    def __init__(self, lanes: Lanes, model: EnergyModel, speed: float, heights: Floats) -> None:
        self.lanes = lanes
        self.model = model
        self.speed = speed
        self.heights = heights
        dx, dy = np.diff(lanes.points, axis=0).T
        self.speeds = model.speeds(dx, dy, speed)
        stops = model.stops(dx, dy)
        costs = model.legs(dx, dy, np.diff(heights), self.speeds, stops)
        self._lengths = np.hypot(dx, dy)
        self._stops = stops
        self._half_stops = model.half_stops(dx, dy, self.speeds, stops)
        self.spent = Costs(*(np.concatenate([[0.0], np.cumsum(cost)]) for cost in costs))
        self._costs = costs
        # One item for a point, two more where the camera is switched or the speed changes.
        changed = (lanes.work[1:] != lanes.work[:-1]) | (np.abs(np.diff(self.speeds)) > 0)
        self._items = np.cumsum([0, 1, *(1 + 2 * changed)])

    def items(self, first: Indices, last: Indices) -> Indices:
        """How many mission items the legs `first` … `last` make, at most."""
        return np.asarray(self._items[last + 1] - self._items[first])

    def begin(self, u: ArrayLike) -> Costs:
        """What would have been spent up to a full stop at u, from where a part begins."""
        return self._at(*self.lanes.begin(u), sign=-1.0)

    def end(self, u: ArrayLike) -> Costs:
        """What is spent up to a full stop at u, where a part ends.

        `end(b)` − `begin(a)` is the part [a, b] with a full stop at both its ends.
        """
        return self._at(*self.lanes.end(u), sign=1.0)

    def height(self, leg: Indices, along: Floats) -> Floats:
        """Of places on legs."""
        first, second = self.heights[leg], self.heights[leg + 1]
        return np.asarray(first + (second - first) * along / self._lengths[leg])

    def _at(self, leg: Indices, along: Floats, sign: float) -> Costs:
        before, after = self._stops[leg], self._stops[leg + 1]
        found = []
        for spent, cost, half in zip(self.spent, self._costs, self._half_stops, strict=True):
            stop = half[leg]
            rate = (cost[leg] - (before + after) * stop) / self._lengths[leg]
            found.append(spent[leg] + (before + sign) * stop + rate * along)
        return Costs(*found)


class Access:
    """Sorties of one drone on the lanes of an `Effort`, from its home at a transit height.

    `home` (2,); `height` is that of the transits above home, `airspeed` theirs (None: that of the
    way home). The battery is cut by the share `margin` before use. A sortie may be flown if from
    every point of it the drone gets home (`missions.energy`, section 7).
    """

    def __init__(
        self,
        effort: Effort,
        home: Floats,
        height: float,
        ways: Ways | None = None,
        airspeed: float | None = None,
        margin: float = 0.0,
    ) -> None:
        self.effort = effort
        self.home = home
        self.height = height
        self.ways = ways
        self.airspeed = airspeed or effort.model.return_airspeed
        self.usable = effort.model.usable * (1 - margin)
        back = self._home_energy(effort.lanes.points, effort.heights)
        self._worst = _Peaks(effort.spent.energy + back)
        here = np.zeros(1)
        one, none = (
            effort.model.home(here, here, here, full_stops=full).energy[0] for full in (True, False)
        )
        self._stop = float(one - none)
        self._known: dict[tuple[float, ...], Spent] = {}
        self._radius = 0.0
        """Of turns between transits and lanes; 0: it turns where it is."""

        model = effort.model
        if model.kind.wing == "fixed":
            fastest = self.airspeed + model.wind.speed
            self._radius = turn_radius(fastest, model.kind.lateral_acceleration)

    def speeds(self, dx: Floats, dy: Floats) -> Floats:
        """The speeds to set on transits."""
        return self.effort.model.transit_speeds(dx, dy, self.airspeed)

    def at(self, height: float) -> Access:
        """The same at another transit height."""
        other = copy(self)
        other.height = height
        return other

    def sorties(self, starts: Floats, ends: Floats) -> Costs:
        """(N, M) seconds and watt-hours of a sortie from each start to each end.

        Infinite where it ends before it begins, or the battery does not allow it, or the vehicle
        does not hold so many items.
        """
        costs, needed = self._reckon(starts, ends)
        possible = (ends[None] - starts[:, None] >= SHORT) & (needed <= self.usable)
        first, last = self.effort.lanes.begin(starts)[0], self.effort.lanes.end(ends)[0]
        items = self.effort.items(first[:, None], np.maximum(last[None], first[:, None]))
        possible &= items + ITEMS_AROUND <= ITEMS_MOST
        return Costs(*(np.where(possible, cost, np.inf) for cost in costs))

    def needed(self, begin: float, end: float) -> float:
        """Watt-hours that the battery must give for one sortie, so that it always gets home."""
        return float(self._reckon(np.array([begin]), np.array([end]))[1][0, 0])

    def _reckon(self, starts: Floats, ends: Floats) -> tuple[Costs, Floats]:
        """The costs (N, M) of sorties, and what they need for the way home from everywhere."""
        lanes = self.effort.lanes
        first, in_first = lanes.begin(starts)
        last, in_last = lanes.end(ends)
        out = self._transits(first, in_first, out=True)
        back = self._transits(last, in_last, out=False)
        begun, ended = self.effort.begin(starts), self.effort.end(ends)
        duration, energy = (
            (there - before)[:, None] + (after + home)[None]
            for there, before, after, home in zip(out, begun, ended, back, strict=True)
        )
        at_start = out.energy + self._home_energy(
            lanes.places(first, in_first), self.effort.height(first, in_first)
        )
        later = self._worst.between(first[:, None] + 1, last[None, :])
        needed = np.maximum((out.energy - begun.energy)[:, None] + later, at_start[:, None])
        # Half-way home it could have to stop and set out again: one stop more than what is used.
        return Costs(duration, energy), np.maximum(needed, energy + self._stop)

    def way(self, place: Floats, heading: Floats, *, out: bool) -> Floats:
        """(N, 2) from home to a place where the lanes have a heading (2,), or back from it."""
        if not self._radius:
            way = np.stack([self.home, place] if out else [place, self.home])
        elif out:
            way = run_in(self.home, place, heading, self._radius)
        else:
            way = run_out(place, heading, self.home, self._radius)
        if self.ways is None:
            return way
        # What leads on to the lane and off it stays; the long way to there is found.
        if out:
            return np.vstack([self.ways(way[0], way[1]), way[2:]])
        return np.vstack([way[:-2], self.ways(way[-2], way[-1])])

    def _home_energy(self, places: Floats, heights: Floats) -> Floats:
        dx, dy = (self.home - places).T
        # Convex along a leg, so that its ends bound it.
        return self.effort.model.home(dx, dy, heights, full_stops=True).energy

    def _transits(self, leg: Indices, along: Floats, *, out: bool) -> Costs:
        """Take-off, transit and way down to the lanes; or up from them, transit and landing.

        A rotary wing changes its height upright over the lane's end, a fixed wing on the transit.
        """
        model = self.effort.model
        rise = self.height - self.effort.height(leg, along)
        rise, zero = -rise if out else rise, np.zeros(len(rise))
        slanted = model.kind.wing == "fixed"
        level = self._level(leg, along, rise if slanted else zero, out=out)
        upright = model.alone(zero, zero, zero if slanted else rise, np.ones(len(rise)))
        ends = model.climb(self.height) if out else model.landing([self.height]).total()
        return Costs(*(a + b + c for a, b, c in zip(level, upright, ends, strict=True)))

    def _level(self, leg: Indices, along: Floats, rise: Floats, *, out: bool) -> Costs:
        """The transits themselves, from a stop to a stop."""
        model, lanes = self.effort.model, self.effort.lanes
        places = lanes.places(leg, along)
        if self.ways is None and not self._radius:
            dx, dy = (places - self.home).T * (1 if out else -1)
            return model.alone(dx, dy, rise, self.speeds(dx, dy))
        headings = lanes.headings[leg]
        found = [
            self._around(place, heading, up, out=out)
            for place, heading, up in zip(places, headings, rise, strict=True)
        ]
        return Costs(*np.array(found).reshape(-1, 2).T)

    def _around(self, place: Floats, heading: Floats, rise: float, *, out: bool) -> Spent:
        """A transit of more than one leg, each reckoned once."""
        key = (*place.round(2), *heading.round(3), round(rise, 2), out)
        if key not in self._known:
            dx, dy = np.diff(self.way(place, heading, out=out), axis=0).T
            dh = np.zeros(len(dx))
            dh[climbing(dx, dy)] = rise
            speeds = self.speeds(dx, dy)
            self._known[key] = self.effort.model.legs(dx, dy, dh, speeds).total()
        return self._known[key]


def climbing(dx: Floats, dy: Floats) -> int:
    """On which leg of a transit a fixed wing changes its height: the longest."""
    return int(np.hypot(dx, dy).argmax())


class _Peaks:
    """The greatest of any run of values, found in two look-ups (a sparse table)."""

    def __init__(self, values: Floats) -> None:
        self._levels = [values]
        while (step := 2 ** (len(self._levels) - 1)) * 2 <= len(values):
            below = self._levels[-1]
            self._levels.append(np.maximum(below[:-step], below[step:]))

    def between(self, first: Indices, last: Indices) -> Floats:
        """The greatest of values first … last, both included; −∞ where last < first."""
        first, last = np.broadcast_arrays(first, last)
        found = np.full(first.shape, -np.inf)
        count = last - first + 1
        level = np.frexp(np.maximum(count, 1))[1] - 1
        for index, values in enumerate(self._levels):
            here = (level == index) & (count > 0)
            left, right = first[here], last[here] - 2**index + 1
            found[here] = np.maximum(values[left], values[right])
        return found
