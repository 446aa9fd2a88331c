"""A crowd: posts that see all of it, held by relays, or a patrol of its edge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from fleet.wording import sentence
from missions.crowd.people import SPARE, Extent
from missions.crowd.replan import matched, still_holds
from missions.crowd.ring import perimeter
from missions.crowd.sight import DEFAULT_DEMAND, Demand, Heights, Obstacle
from missions.crowd.stations import Post, fewest
from missions.detour import Detour
from missions.errors import PlanningError
from missions.making.common import Common
from missions.plan import Crowd, Place, Plan, Station
from missions.projection import LocalFrame
from missions.route import Leg, Route
from missions.sorties.planning import plan_route
from missions.sorties.prepare import Survey
from missions.sorties.relay import plan_relay, relay
from missions.sorties.watch import ASIDE

Floats = NDArray[np.float64]

AFTER = 300.0
"""Seconds after the end of the cover for which the people are kept off too: the ways home."""

ROUNDS_MOST = 100

HORIZONS_MOST, LONGER = 6, 1.1
"""How often a ring is drawn farther out, for a time by so much longer than it took to fly."""

EDGE = 0.2
"""Metres that transits keep off beyond the distance asked; posts and rings stand `SPARE` off."""


@dataclass(frozen=True)
class Watch:
    """How a crowd is watched from posts."""

    heights: tuple[float, ...]
    """To choose from, metres above home."""

    begin: float
    end: float
    """Of the cover, seconds of the plan."""

    demand: Demand = DEFAULT_DEMAND
    overlap: float = 30.0
    spares: int = 0
    obstacles: tuple[Obstacle, ...] = ()


def frame_of(crowd: Crowd, common: Common) -> LocalFrame:
    """The plane around a crowd and the homes. Raises PlanningError if they lie too far apart."""
    try:
        outline = shapely.get_coordinates(shapely.geometry.shape(crowd.polygon))
    except (ValueError, TypeError, KeyError, AttributeError, shapely.errors.ShapelyError) as error:
        raise PlanningError(f"the crowd's polygon cannot be read: {error}") from None
    homes = [(drone.home.longitude, drone.home.latitude) for drone in common.drones]
    return LocalFrame.around(*np.array([*outline.tolist(), *homes]).T)


def overwatch_plan(
    crowd: Crowd, watch: Watch, common: Common, previous: Plan | None = None
) -> Plan:
    """Posts from which all of the crowd is seen, each covered without a gap.

    With a `previous` plan the posts that still do are kept, else the drones' posts are named so
    that each moves as little as may be. Raises PlanningError.
    """
    fixed = [drone.kind.name for drone in common.drones if drone.kind.wing == "fixed"]
    if fixed:
        raise PlanningError(
            sentence(
                "planner.crowd.hover",
                "{kind} cannot hover at a post; take drones that can",
                kind=fixed[0],
            )
        )
    limits = common.conditions.limits
    for height in watch.heights:
        if not limits.clearance_least <= height <= limits.height_most:
            raise PlanningError(
                sentence(
                    "planner.crowd.height",
                    "a post {height:g} m high is outside the limits of {least:g} … {most:g} m; "
                    "choose other heights",
                    height=height,
                    least=limits.clearance_least,
                    most=limits.height_most,
                )
            )
    if common.camera is None:
        raise PlanningError(
            sentence(
                "planner.crowd.camera",
                "no camera: a post is chosen by what its camera sees; name one",
            )
        )
    frame = frame_of(crowd, common)
    people = Extent.of(crowd, frame)
    horizon = max(crowd.horizon, watch.end + AFTER)
    least = limits.people_least
    common.homes_outside(
        frame,
        people.keep_out(min(watch.heights), 0, horizon, least),
        _home_within(max(least, min(watch.heights))),
    )
    before = _posts(previous, frame) if previous is not None else []
    named = {"horizon": horizon, "least": least, "demand": watch.demand}
    if before and still_holds(before, people, common.camera, **named):  # type: ignore[arg-type]
        posts, names = before, [station.name for station in previous.stations]  # type: ignore[union-attr]
    else:
        common.progress(0.1, "looking for posts")
        found = fewest(
            people,
            common.camera,
            watch.heights,
            apart=limits.separation_horizontal + ASIDE,
            allowed=_open_air(people, common, frame),
            obstacles=watch.obstacles,
            terrain=_ground(common, frame),
            **named,  # type: ignore[arg-type]
        )
        posts = list(found.posts)
        names = _names(matched(before, found), previous)
    highest = max(post.height for post in posts)
    common.homes_outside(
        frame,
        people.keep_out(highest, 0, horizon, least),
        _home_within(max(least, highest)),
    )
    lens = common.camera.name
    stations = [
        _station(name, post, frame, watch, lens) for name, post in zip(names, posts, strict=True)
    ]
    covered = relay(
        stations,
        common.drones,
        common.conditions,
        overlap=watch.overlap,
        spares=watch.spares,
        frame=frame,
        ways=_Ways(people, common, posts, horizon, frame),
        highest=lambda station: _highest(station, people, frame, horizon),
        progress=lambda share, doing: common.progress(0.3 + 0.7 * share, doing),
        stop=common.stop,
    )
    plan = plan_relay(
        covered, stations, common.drones, common.about("crowd-overwatch"), common.conditions
    )
    return common.with_zones(plan).model_copy(
        update={"crowd": crowd.model_copy(update={"horizon": horizon})}
    )


def ring_plan(crowd: Crowd, rounds: int, common: Common) -> Plan:
    """`rounds` rounds of the crowd's edge, off where the people may be until all drones are back.

    A crowd with a `horizon` is kept off for that time. Raises PlanningError.
    """
    if not 1 <= rounds <= ROUNDS_MOST:
        raise PlanningError(
            sentence(
                "planner.crowd.rounds",
                "{rounds} rounds of a crowd: give 1 to {most}",
                rounds=rounds,
                most=ROUNDS_MOST,
            )
        )
    horizon = crowd.horizon or AFTER
    held = end = 0.0
    for _ in range(1 if crowd.horizon else HORIZONS_MOST):
        try:
            plan = _ring_until(crowd, rounds, common, horizon)
        except PlanningError:
            if not end:
                raise
            break  # so far out nobody can fly it: it is the nearer ring that has to do
        end = max(sortie.start + _duration(sortie.figures) for sortie in plan.sorties)
        if end <= horizon or not (crowd.speed or crowd.growth):
            kept = crowd.model_copy(update={"horizon": max(horizon, end)})
            return common.with_zones(plan).model_copy(update={"crowd": kept})
        held, horizon = horizon, end * LONGER
    raise PlanningError(
        sentence(
            "planner.crowd.ring.late",
            "the crowd moves and the ring holds for {held:.0f} s, but the last drone is "
            "back after {end:.0f} s, when it would fly over people; fly fewer rounds, or "
            "with more drones",
            held=held,
            end=end,
        )
    )


def _ring_until(crowd: Crowd, rounds: int, common: Common, horizon: float) -> Plan:
    """Rounds that keep off where the people may be until the horizon."""
    frame = frame_of(crowd, common)
    people = Extent.of(crowd, frame)
    least = common.conditions.limits.people_least
    closed = people.keep_out(common.height, 0, horizon, least)
    common.homes_outside(frame, closed, _home_near)
    ring = perimeter(people, common.height, horizon=horizon, least=least)
    for zone in common.closed(frame, common.height):
        if zone.intersects(shapely.LineString(ring.points)):
            raise PlanningError(
                sentence(
                    "planner.crowd.ring.zone",
                    "the ring around the crowd passes through a closed zone; fly lower",
                )
            )
    legs = tuple(Leg(leg.points, "patrol") for _ in range(rounds) for leg in ring.legs)
    return plan_route(
        Route(frame, legs),
        common.drones,
        Survey(
            common.height,
            common.speed,
            gimbal_pitch=-45.0,
            ways=common.ways(frame, shapely.buffer(closed, EDGE)),
        ),
        common.about("crowd-ring"),
        common.conditions,
        common.goal,
        common.progress,
        common.stop,
    )


class _Ways:
    """Transits as far off the crowd as they are high, and beside the other posts."""

    def __init__(
        self, people: Extent, common: Common, posts: list[Post], horizon: float, frame: LocalFrame
    ) -> None:
        self._people, self._common, self._frame, self._horizon = people, common, frame, horizon
        self._posts = np.array([post.place for post in posts])
        self._apart = common.conditions.limits.separation_horizontal + ASIDE
        self._detours: dict[tuple[float, tuple[int, ...]], Detour] = {}

    def __call__(self, start: Floats, end: Floats, height: float) -> Floats:
        away = [np.hypot(*(self._posts - place).T) for place in (start, end)]
        others = np.flatnonzero(np.minimum(*away) > self._apart)
        try:
            return self._detour(height, others)(start, end)
        except PlanningError:  # zones leave no room beside the posts; in time there may be some
            return self._detour(height, others[:0])(start, end)

    def _detour(self, height: float, others: NDArray[np.intp]) -> Detour:
        key = (height, tuple(others.tolist()))
        if key not in self._detours:
            least = self._common.conditions.limits.people_least
            people = self._people.keep_out(height, 0, self._horizon, least)
            posts = shapely.buffer(shapely.MultiPoint(self._posts[others]), self._apart)
            zones = self._common.closed(self._frame, height)
            self._detours[key] = Detour([shapely.buffer(people, EDGE), posts, *zones])
        return self._detours[key]


def _highest(station: Station, people: Extent, frame: LocalFrame, horizon: float) -> float:
    """How high above home a drone may be at a station: as high as it is off the people."""
    (place,) = frame.to_local(station.place.longitude, station.place.latitude)
    away = float(shapely.distance(people.within(0, horizon), shapely.Point(place)))
    return max(station.height, away - SPARE)


def _station(name: str, post: Post, frame: LocalFrame, watch: Watch, camera: str) -> Station:
    (longitude,), (latitude,) = frame.to_geographic(post.place)
    return Station(
        name=name,
        place=Place(latitude=float(latitude), longitude=float(longitude)),
        height=post.height,
        yaw=post.yaw,
        gimbal_pitch=post.pitch,
        start=watch.begin,
        end=watch.end,
        sees=post.sees,
        camera=camera,
    )


def _posts(plan: Plan, frame: LocalFrame) -> list[Post]:
    return [
        Post(
            frame.to_local(station.place.longitude, station.place.latitude)[0],
            station.height,
            station.yaw,
            station.gimbal_pitch,
            station.sees,
        )
        for station in plan.stations
    ]


def _names(old: list[int | None], previous: Plan | None) -> list[str]:
    """Names of the new posts: the old one's where its drone moves there."""
    known = [station.name for station in previous.stations] if previous is not None else []
    fresh = (name for number in range(1, 1000) if (name := f"post {number}") not in known)
    return [known[index] if index is not None else next(fresh) for index in old]


def _open_air(people: Extent, common: Common, frame: LocalFrame) -> shapely.Geometry | None:
    """Where a post may be for all that is closed; None if nothing is."""
    closed = common.closed(frame, common.height)
    if not closed:
        return None
    west, south, east, north = people.polygon.bounds
    around = shapely.box(west - 5000, south - 5000, east + 5000, north + 5000)
    return around.difference(shapely.union_all(closed))


def _ground(common: Common, frame: LocalFrame) -> Heights | None:
    """The terrain on the plane, if there is any."""
    return None if common.terrain is None else common.terrain.on(frame)


def _home_within(least: float) -> Callable[[str, float], str]:
    return lambda drone, inside: sentence(
        "planner.home.crowd",
        "the home of {drone} lies {inside:.0f} m within {least:g} m of where the crowd may be; move "
        "it out",
        drone=drone,
        inside=inside,
        least=least,
    )


def _home_near(drone: str, inside: float) -> str:
    return sentence(
        "planner.home.ring",
        "the home of {drone} lies {inside:.0f} m within the distance to be kept from the crowd; move "
        "it out",
        drone=drone,
        inside=inside,
    )


def _duration(figures: object) -> float:
    return float(getattr(figures, "duration", 0.0))
