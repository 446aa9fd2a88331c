"""Which sorties of a schedule cannot be flown as they stand, and why.

Sorties of one run of a plan are left out: its planner has kept them apart. Between runs the ways
are compared as a whole, whatever the moment within the flight, because nobody takes off to the
second; the climb and the descent over a home are not, where the crew sees both drones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import shapely

from fleet.wording import sentence
from missions.errors import PlanningError
from missions.plan import Limits
from missions.projection import LocalFrame
from missions.schedule.flights import Way
from missions.schedule.sorties import Sortie

CONFLICTS_MOST = 200
"""That are told at once."""

SORTIES_MOST = 10_000
"""That are compared at once."""

Kind = Literal[
    "same_drone", "battery_not_back", "same_airspace", "drone_unknown", "drone_out_of_service"
]


@dataclass(frozen=True)
class DroneState:
    """A drone of the fleet; `fault` is a sentence that says why it cannot fly, empty if it can."""

    name: str
    fault: str = ""


@dataclass(frozen=True)
class Conflict:
    """One thing that cannot be: between two sorties, or of one (`other` is None)."""

    kind: Kind
    message: str
    sortie: Sortie
    other: Sortie | None = None
    longitude: float | None = None
    latitude: float | None = None
    amount: float | None = None
    """Of metres or seconds, as `limit` and `unit`."""

    limit: float | None = None
    unit: str = ""


def conflicts(
    sorties: Sequence[Sortie],
    drones: Mapping[str, DroneState],
    *,
    limits: Limits | None = None,
    concerning: Callable[[Sortie], bool] = lambda _: True,
) -> list[Conflict]:
    """The first CONFLICTS_MOST conflicts, by time; of each two sorties one must be `concerning`.

    `drones` are those of the fleet by key. Raises PlanningError for more than SORTIES_MOST.
    """
    if len(sorties) > SORTIES_MOST:
        raise PlanningError(
            f"{len(sorties)} sorties are too many to compare, {SORTIES_MOST} are the most; take a "
            "shorter time"
        )
    found: list[Conflict] = []
    for conflict in _all(sorties, drones, _Air(limits or Limits()), concerning):
        found.append(conflict)
        if len(found) == CONFLICTS_MOST:
            break
    return found


def _all(
    sorties: Sequence[Sortie],
    drones: Mapping[str, DroneState],
    air: _Air,
    concerning: Callable[[Sortie], bool],
) -> Iterator[Conflict]:
    busy: list[Sortie] = []  # those whose drones are not ready again
    # Of two that begin together the one in question comes later, beside what stands already.
    for sortie in sorted(sorties, key=lambda a: (a.start, concerning(a), a.order, a.name)):
        new = concerning(sortie)
        if new:
            yield from _own(sortie, drones)
        busy = [other for other in busy if other.ready > sortie.start]
        for other in busy:
            if not (new or concerning(other)) or _same_run(sortie, other):
                continue
            yield from _between(sortie, other, drones, air)
        busy.append(sortie)


def _own(sortie: Sortie, drones: Mapping[str, DroneState]) -> Iterator[Conflict]:
    if not sortie.drone:
        yield Conflict(
            "drone_unknown",
            sentence(
                "schedule.nobody",
                "{drone} is no drone of the fleet yet: choose one",
                drone=sortie.called,
            ),
            sortie,
        )
    elif (state := drones.get(sortie.drone)) is None:
        yield Conflict(
            "drone_unknown",
            sentence(
                "schedule.unknown",
                "{drone}: the fleet has no drone with the key {key}; choose another",
                drone=sortie.called,
                key=sortie.drone,
            ),
            sortie,
        )
    elif state.fault:
        yield Conflict("drone_out_of_service", state.fault, sortie)


def _between(
    sortie: Sortie, other: Sortie, drones: Mapping[str, DroneState], air: _Air
) -> Iterator[Conflict]:
    """Of two sorties, `other` the one that begins first."""
    if sortie.drone and sortie.drone == other.drone:
        name = drones[sortie.drone].name if sortie.drone in drones else sortie.called
        if sortie.start < other.end:
            yield Conflict(
                "same_drone",
                sentence(
                    "schedule.same_drone",
                    "{drone} still flies {other} until {until:%H:%M} UTC when {sortie} begins at "
                    "{begin:%H:%M} UTC",
                    drone=name,
                    other=other.title or other.name,
                    until=other.end,
                    sortie=sortie.title or sortie.name,
                    begin=sortie.start,
                ),
                sortie,
                other,
            )
        else:
            gap = (sortie.start - other.end).total_seconds()
            asked = (other.ready - other.end).total_seconds()
            yield Conflict(
                "battery_not_back",
                sentence(
                    "schedule.battery_not_back",
                    "{drone} has {gap:.0f} min on the ground between {other} and {sortie}; "
                    "{needed:.0f} min are needed",
                    drone=name,
                    gap=gap / 60,
                    other=other.title or other.name,
                    sortie=sortie.title or sortie.name,
                    needed=asked / 60,
                ),
                sortie,
                other,
                amount=gap,
                limit=asked,
                unit="s",
            )
    elif sortie.start < other.end and (near := air.near(sortie.way, other.way)) is not None:
        yield Conflict(
            "same_airspace",
            sentence(
                "schedule.same_airspace",
                "the ways of {drone} ({sortie}) and {other_drone} ({other}) come within "
                "{metres:.0f} m of each other, at heights less than {high:g} m apart, while both fly",
                drone=sortie.called,
                sortie=sortie.title or sortie.name,
                other_drone=other.called,
                other=other.title or other.name,
                metres=near.metres,
                high=air.limits.separation_vertical,
            ),
            sortie,
            other,
            near.longitude,
            near.latitude,
            near.metres,
            air.limits.separation_horizontal,
            "m",
        )


def _same_run(one: Sortie, other: Sortie) -> bool:
    return one.order == other.order and one.time == other.time


class _Near(NamedTuple):
    metres: float
    longitude: float
    latitude: float


class _Air:
    """Which ways are too near each other. Those of a recurring order are the same each time."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._known: dict[tuple[int, int], _Near | None] = {}

    def near(self, one: Way, other: Way) -> _Near | None:
        """How near and where, if that is too near."""
        key = (id(one), id(other))
        if key not in self._known:
            self._known[key] = self._look(one, other)
        return self._known[key]

    def _look(self, one: Way, other: Way) -> _Near | None:
        if _height_between(one, other) >= self.limits.separation_vertical:
            return None
        try:
            frame = LocalFrame.around(*np.array([*one.line, *other.line], float).T)
        except PlanningError:
            return None  # hundreds of kilometres apart
        lines = [
            shapely.LineString(frame.to_local(*np.array(way.line, float).T)) for way in (one, other)
        ]
        metres = max(lines[0].distance(lines[1]) - one.beside - other.beside, 0.0)
        if metres >= self.limits.separation_horizontal:
            return None
        (longitude, *_), (latitude, *_) = frame.to_geographic(
            shapely.get_coordinates(shapely.shortest_line(*lines))
        )
        return _Near(metres, float(longitude), float(latitude))


def _height_between(one: Way, other: Way) -> float:
    """Metres between the heights of two ways; homes of unknown altitude count as equally high."""
    known = one.altitude is not None and other.altitude is not None
    base, other_base = (one.altitude or 0.0, other.altitude or 0.0) if known else (0.0, 0.0)
    lowest, other_lowest = one.lowest + base, other.lowest + other_base
    highest, other_highest = one.highest + base, other.highest + other_base
    return max(lowest - other_highest, other_lowest - highest, 0.0)
