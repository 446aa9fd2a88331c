"""Posts covered without a gap: which drone is at which station from when to when.

Each post has drones of its own, which take turns: the relief arrives `overlap` seconds before the
other leaves. How many that takes for ever is `drones_per_post`; for a window that one battery
outlasts one is enough. What is left over are the spares.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.wording import sentence
from missions.energy import EnergyModel
from missions.errors import PlanningError
from missions.plan import Limits, Plan, Station
from missions.projection import LocalFrame
from missions.sorties.fleet import Conditions, Drone, checked, models
from missions.sorties.flight import Flight
from missions.sorties.planning import About, Progress, Stop, as_plan
from missions.sorties.post import STEP, CrowdedError, Post, Turn
from missions.sorties.watch import Duty, Highest, Layers, Ways, layers

Floats = NDArray[np.float64]

ORDERS_MOST = 4
"""How often the posts are covered anew, the one that had no room before the others."""

CROWDED_MOST = 3
"""How many numbers of drones are tried at one post, on the same layers, that find no room."""


@dataclass(frozen=True)
class Relay:
    """All turns and flights, in the order of their starts, and the drones that stay in reserve."""

    turns: tuple[Turn, ...]
    flights: tuple[Flight, ...]
    spares: tuple[str, ...]
    complete: bool = True


def drones_per_post(
    on_station: float, out: float, back: float, turnround: float, overlap: float = 0.0
) -> int:
    """⌈(T + t_out + t_back + t_turnround) / (T − overlap)⌉ drones, for cover without an end.

    All in seconds; T is the time on station, of which the overlap is shared. Raises PlanningError
    where the overlap takes all of it.
    """
    if on_station <= overlap:
        raise PlanningError(
            f"{on_station:.0f} s on station are no more than the {overlap:.0f} s of a hand-over"
        )
    cycle = on_station + out + back + turnround
    return math.ceil(cycle / (on_station - overlap) - 1e-9)


def relay(
    stations: Sequence[Station],
    drones: Sequence[Drone],
    conditions: Conditions | None = None,
    overlap: float = 30.0,
    spares: int = 0,
    frame: LocalFrame | None = None,
    ways: Ways | None = None,
    highest: Highest = lambda _station: math.inf,
    progress: Progress | None = None,
    stop: Stop = lambda: False,
) -> Relay:
    """Cover every station from its start to its end, with `spares` drones left over.

    A station's height is above the home of whoever is there; no relief comes to it or leaves it
    above its `highest`. `ways` finds the transits on `frame`; None: straight. Raises
    PlanningError, with the figures, for a station that cannot be reached, too few drones, or too
    little room for a hand-over.
    """
    fleet, conditions = checked(drones), conditions or Conditions()
    _check(stations, overlap, spares)
    frame = frame or _frame(stations, fleet)
    energy = models(fleet, conditions)
    places = frame.to_local(
        [station.place.longitude for station in stations],
        [station.place.latitude for station in stations],
    )

    def cover(order: Sequence[int]) -> Relay:
        free = list(fleet)
        flights: list[Flight] = []
        turns: list[Turn] = []
        complete = True
        for done, index in enumerate(order):
            if stop():
                complete = False
                break
            station = stations[index]
            if progress is not None:
                progress(done / len(stations), f"covering {station.name}")
            others = np.delete(places, index, axis=0)
            own, flown = _covered(
                station,
                (
                    _candidates(station, others, free, one, energy, frame, conditions, ways)
                    for one in layers(station, conditions.limits, highest(station))
                ),
                flights,
                overlap,
                conditions.limits,
                spares,
            )
            turns += own
            flights += flown
            used = {turn.drone for turn in own}
            free = [drone for drone in free if drone.name not in used]
        return Relay(
            tuple(sorted(turns, key=lambda turn: turn.begin)),
            tuple(sorted(flights, key=lambda flight: flight.start)),
            tuple(drone.name for drone in free),
            complete,
        )

    found = _in_some_order(cover, [station.name for station in stations])
    if progress is not None:
        progress(1.0, "done")
    return found


def _in_some_order(cover: Callable[[Sequence[int]], Relay], names: Sequence[str]) -> Relay:
    """The stations covered one after the other; who finds no room is covered first the next time.

    Raises CrowdedError, that of the first order, if none is found that has room for all.
    """
    order = list(range(len(names)))
    crowded: CrowdedError | None = None
    for _ in range(ORDERS_MOST):
        try:
            return cover(order)
        except CrowdedError as error:
            crowded = crowded or error
            late = names.index(error.station)
        if order[0] == late:
            break
        order.remove(late)
        order.insert(0, late)
    assert crowded is not None
    raise crowded


def plan_relay(
    found: Relay,
    stations: Sequence[Station],
    drones: Sequence[Drone],
    about: About,
    conditions: Conditions | None = None,
) -> Plan:
    """The plan of a relay."""
    figures = {"spares": float(len(found.spares))}
    plan = as_plan(
        found.flights,
        drones,
        about,
        conditions or Conditions(),
        figures,
        complete=found.complete,
    )
    return plan.model_copy(update={"stations": tuple(stations)})


def _check(stations: Sequence[Station], overlap: float, spares: int) -> None:
    if not stations:
        raise PlanningError("no stations: there is nothing to cover")
    if overlap < 0 or spares < 0:
        raise PlanningError(f"an overlap of {overlap:g} s and {spares} spares: neither is below 0")
    names = [station.name for station in stations]
    for station in stations:
        if names.count(station.name) > 1:
            raise PlanningError(f"two stations are called {station.name!r}; rename one")
        if station.end <= station.start:
            raise PlanningError(
                f"station {station.name!r} is to be covered from {station.start:g} s to "
                f"{station.end:g} s: the end must lie after the start"
            )


def _frame(stations: Sequence[Station], fleet: Sequence[Drone]) -> LocalFrame:
    places = [station.place for station in stations] + [drone.home for drone in fleet]
    return LocalFrame.around(
        [place.longitude for place in places], [place.latitude for place in places]
    )


def _candidates(
    station: Station,
    others: Floats,
    free: Sequence[Drone],
    heights: Layers,
    energy: dict[str, EnergyModel],
    frame: LocalFrame,
    conditions: Conditions,
    ways: Ways | None,
) -> list[Duty]:
    """The free drones at this post, the nearest first. Raises PlanningError if there are none."""
    duties = [
        Duty(
            drone, station, heights, energy[drone.kind.name], frame, conditions.limits, ways, others
        )
        for drone in free
        if drone.kind.wing == "rotary"
    ]
    if not free:
        raise PlanningError(
            sentence(
                "planner.relay.none",
                "no drone is left for station '{station}'; add drones",
                station=station.name,
            )
        )
    if not duties:
        kinds = ", ".join(sorted({drone.kind.name for drone in free}))
        raise PlanningError(
            sentence(
                "planner.relay.hover",
                "{kinds} cannot stay at a station such as '{station}'; take drones that hover",
                kinds=kinds,
                station=station.name,
            )
        )
    return sorted(duties, key=lambda duty: duty.out)


def _covered(
    station: Station,
    options: Iterable[Sequence[Duty]],
    others: Sequence[Flight],
    overlap: float,
    limits: Limits,
    spares: int,
) -> tuple[list[Turn], list[Flight]]:
    """One post with as few of its candidates as it takes, on the first layers that have room."""
    crowded: CrowdedError | None = None
    duties: list[Duty] = []
    for candidates in options:
        duties = [duty for duty in candidates if duty.longest > _least(duty, overlap)]
        if not duties:
            raise crowded or _too_far(candidates, overlap)
        tried = 0
        for count in range(1, len(duties) - spares + 1):
            try:
                found = Post(station, duties[:count], others, overlap, limits).cover()
            except CrowdedError as error:
                crowded = crowded or error
                tried += 1
                if tried == CROWDED_MOST:
                    break
                continue
            if found is not None:
                return found
    if crowded is not None:
        raise crowded
    first = duties[0]
    turnround = first.drone.kind.turnround
    need = drones_per_post(first.longest, first.out, first.back, turnround, overlap)
    raise PlanningError(
        sentence(
            "planner.relay.drones",
            "station '{station}' needs {need} drones (on station {stay:.0f} s, out "
            "{out:.0f} s, back {back:.0f} s, turn-round {turnround:.0f} s) and {spares} "
            "spares; {left} are left",
            station=station.name,
            need=need,
            stay=first.longest,
            out=first.out,
            back=first.back,
            turnround=turnround,
            spares=spares,
            left=len(duties),
        )
    )


def _least(duty: Duty, overlap: float) -> float:
    """Seconds that a drone must be able to stay: to relieve one, and to be relieved."""
    wait = min(overlap, duty.station.end - duty.station.start) + duty.clearing + 1
    return wait + duty.changing + overlap + STEP


def _too_far(candidates: Sequence[Duty], overlap: float) -> PlanningError:
    duty = max(candidates, key=lambda one: one.longest)
    away = float(np.hypot(*np.diff(duty.way(out=True), axis=0).T).sum())
    return PlanningError(
        sentence(
            "planner.relay.reach",
            "station '{station}' cannot be held: {drone}, {away:.0f} m away, could stay "
            "{stay:.0f} s, and hand-overs alone take {handover:.0f} s ({usable:.0f} Wh "
            "usable); start nearer, or take a drone of longer endurance",
            station=duty.station.name,
            drone=duty.drone.name,
            away=away,
            stay=max(duty.longest, 0),
            handover=_least(duty, overlap),
            usable=duty.model.usable,
        )
    )
