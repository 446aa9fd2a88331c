"""Whether a vehicle has left its fence: areas, circles, radius around home, and heights.

Areas are in metres east and north of the map's centre. As in ArduPilot a vehicle must be inside
every inclusion area (inside one of them with bit 1 of FENCE_OPTIONS) and outside every exclusion.
"""

from __future__ import annotations

from enum import IntFlag
from itertools import pairwise
from math import hypot

from fleet.peshawar import to_metres
from sitl.autopilot.items import Item

_INCLUSION, _EXCLUSION, _CIRCLE_IN, _CIRCLE_OUT = 5001, 5002, 5003, 5004  # MAV_CMD_NAV_FENCE_*

Point = tuple[float, float]

MANUAL_RECOVERY = 10.0
"""Seconds after a change of mode during a breach in which no other one is seen."""

BACKUP = 20.0
"""Metres further out at which leaving the radius or a height is a breach once more."""


class Breach(IntFlag):
    """What was left, as the bits of FENCE_TYPE."""

    NONE = 0
    HIGH = 1
    RADIUS = 2
    AREA = 4
    LOW = 8


_NAMES = {
    Breach.HIGH: "Max Alt",
    Breach.RADIUS: "Circle",
    Breach.AREA: "Polygon",
    Breach.LOW: "Min Alt",
}


def named(breach: Breach) -> str:
    """The fences of a breach as ArduPilot's texts name them: `Max Alt and Polygon fences`."""
    names = [name for bit, name in _NAMES.items() if bit & breach]
    return " and ".join(names) + (" fences" if len(names) > 1 else " fence")


class Areas:
    """The polygons and circles of a fence's items."""

    def __init__(self, items: tuple[Item, ...]) -> None:
        self._inside: list[list[Point]] = []
        self._outside: list[list[Point]] = []
        self._circles_in: list[tuple[float, float, float]] = []
        self._circles_out: list[tuple[float, float, float]] = []
        number = 0
        while number < len(items):
            item = items[number]
            if item.command in {_INCLUSION, _EXCLUSION}:
                count = max(1, int(item.param1))
                corners = [_metres(corner) for corner in items[number : number + count]]
                target = self._inside if item.command == _INCLUSION else self._outside
                target.append([*corners, corners[0]])
                number += count
                continue
            circles = {_CIRCLE_IN: self._circles_in, _CIRCLE_OUT: self._circles_out}
            if item.command in circles:
                circles[item.command].append((*_metres(item), item.param1))
            number += 1

    def left(self, east: float, north: float, *, union: bool = False) -> bool:
        """Whether a place lies outside; with `union`, one inclusion that holds it is enough."""
        held = [_contains(ring, east, north) for ring in self._inside]
        held += [hypot(east - e, north - n) <= radius for e, n, radius in self._circles_in]
        if held and not (any(held) if union else all(held)):
            return True
        if any(_contains(ring, east, north) for ring in self._outside):
            return True
        return any(hypot(east - e, north - n) <= radius for e, n, radius in self._circles_out)


class Fence:
    """The fence of one vehicle and its breaches."""

    def __init__(self) -> None:
        self.areas = Areas(())
        self.used = False
        """Whether it was switched on since power-on."""
        self.breach = Breach.NONE
        self.count = 0
        self._recovering_until = 0.0
        self._backups: dict[Breach, float] = {}  # how far out each is breached once more
        self.time = 0.0
        """When the newest breach began."""

    def load(self, items: tuple[Item, ...]) -> None:
        """Take the items of an upload."""
        self.areas = Areas(items)

    def left(
        self,
        east: float,
        north: float,
        height: float,
        home: Point,
        types: Breach,
        limits: tuple[float, float, float],
        *,
        union: bool = False,
    ) -> Breach:
        """Which of the fences `types` a place lies outside of.

        `limits` are FENCE_RADIUS, FENCE_ALT_MAX and FENCE_ALT_MIN; heights are above home.
        """
        radius, highest, lowest = limits
        breach = Breach.NONE
        if types & Breach.HIGH and height > highest:
            breach |= Breach.HIGH
        if types & Breach.LOW and height < lowest:
            breach |= Breach.LOW
        if types & Breach.RADIUS and hypot(east - home[0], north - home[1]) > radius:
            breach |= Breach.RADIUS
        if types & Breach.AREA and self.areas.left(east, north, union=union):
            breach |= Breach.AREA
        return breach

    def recover(self, now: float) -> None:
        """Somebody else decides: nothing new is noted for MANUAL_RECOVERY seconds."""
        self._recovering_until = now + MANUAL_RECOVERY

    def note(self, breach: Breach, now: float, out: dict[Breach, float]) -> Breach:
        """Keep what is breached now; returns what was not before, or is breached once more.

        `out` is how far out the vehicle is, in metres that grow outwards, of those fences that
        have a backup behind them.
        """
        if now < self._recovering_until:
            self.breach &= breach
            return Breach.NONE
        new = breach & ~self.breach
        for fence, metres in out.items():
            if not breach & fence:
                self._backups.pop(fence, None)
            elif new & fence or metres >= self._backups[fence]:
                new |= fence
                self._backups[fence] = metres + BACKUP
        if new:
            self.count += 1
            self.time = now
        self.breach = breach
        return new


def _metres(item: Item) -> Point:
    east, north = to_metres(item.x / 1e7, item.y / 1e7)
    return float(east), float(north)


def _contains(ring: list[Point], east: float, north: float) -> bool:
    """Whether a closed ring holds a point: how many of its edges lie to the east of it."""
    inside = False
    for (east1, north1), (east2, north2) in pairwise(ring):
        if (north1 > north) != (north2 > north) and east < east1 + (north - north1) * (
            east2 - east1
        ) / (north2 - north1):
            inside = not inside
    return inside
