"""A border or corridor, watched again and again from our side of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from fleet.wording import sentence
from missions.border.line import beside, local_line, prolonged
from missions.border.masking import REFRACTION, Spot, clearance, stretches
from missions.border.patrol import divide, sections
from missions.border.shuttle import Camera, Section, Shuttle, cover
from missions.crowd.people import grown
from missions.errors import PlanningError
from missions.making.common import Common
from missions.plan import Authority, BorderLine, Plan
from missions.projection import LocalFrame
from missions.sorties.fleet import Drone, checked, models
from missions.sorties.flight import Flight
from missions.sorties.separation import smallest

Floats = NDArray[np.float64]

STRAIGHTER = 2.0
"""Metres by which the way may leave its offset outwards, to have fewer corners."""

MASK_STEP = 50.0
"""Metres between two places of the way from which the terrain is looked at."""

PERSON = 1.0
"""Metres above the ground that have to be seen: a crouching person."""

EDGE = 0.2
"""Metres by which transits may come nearer to the line than the patrol: they end on it."""


@dataclass(frozen=True)
class Patrol:
    """How a line is watched."""

    offset: float
    """Metres of the way from the line."""

    revisit: float
    """Seconds after which each point of the way is passed again at the latest."""

    begin: float
    end: float
    """Seconds of the plan between which that holds."""

    gimbal_pitch: float = -30.0
    antenna: float = 10.0
    """Metres of the ground station's antenna above the ground at home."""

    frequency: float = 2.4e9
    """Hertz of the radio link."""

    sight: float = 2000.0
    """Metres of slant range at which the camera still tells what it sees."""

    seen_least: float = 0.9
    """Share of the line that has to be seen from the way, where a height grid tells."""


def border_plan(
    line: BorderLine, authority: Authority | None, patrol: Patrol, common: Common
) -> Plan:
    """A patrol of a line by as many drones at once as the revisit time takes, and their reliefs.

    Raises PlanningError: what cannot be flown, what the terrain hides from the ground station, and
    an authority that is missing or not in force for the whole of the plan.
    """
    _check(line, patrol)
    frame = _frame(line, common)
    border = local_line(line, frame)
    way = beside(border, line.side, patrol.offset + STRAIGHTER).simplify(STRAIGHTER)
    if not isinstance(way, shapely.LineString) or way.distance(border) < patrol.offset - 0.5:
        way = beside(border, line.side, patrol.offset + STRAIGHTER)
    fleet = checked(common.drones)
    closed = grown(prolonged(border), line.buffer)
    common.homes_outside(
        frame,
        closed,
        lambda drone, inside: sentence(
            "planner.home.border",
            "the home of {drone} lies {inside:.0f} m within {buffer:g} m of the border; move it out",
            drone=drone,
            inside=inside,
            buffer=line.buffer,
        ),
    )
    _check_side(line, border, way, frame, fleet)
    speed = common.speed or min(drone.kind.cruise_speed for drone in fleet)
    turn = max(speed / drone.kind.acceleration for drone in fleet)
    count = sections(way.length, speed, patrol.revisit, turn)
    seen: dict[str, float] = {}
    if common.terrain is not None:
        _check_radio(way, frame, patrol, common)
        seen["line_seen_percent"] = 100 * _check_sight(way, border, frame, patrol, common)
    flights = _flights(way, count, speed, frame, patrol, common, closed)
    end = max(flight.end for flight in flights)
    _check_authority(authority, common, end)
    plan = _plan(line, authority, patrol, common, flights, way, count)
    return plan.model_copy(update={"figures": plan.figures | seen})


def _flights(
    way: shapely.LineString,
    count: int,
    speed: float,
    frame: LocalFrame,
    patrol: Patrol,
    common: Common,
    closed: shapely.Geometry,
) -> list[Flight]:
    limits = common.conditions.limits
    energy = models(common.drones, common.conditions)
    ways = common.ways(frame, shapely.buffer(closed, -EDGE))
    camera = Camera(patrol.gimbal_pitch)
    free: list[Drone] = list(common.drones)
    flights: list[Flight] = []
    step = 2 * (limits.separation_vertical + 0.5)
    for index, points in enumerate(divide(way, count)):
        if common.stop():
            break
        common.progress(index / count, f"section {index + 1} of {count}")
        height = common.height + (index % 2) * step
        if height + step / 2 > limits.height_most:
            raise PlanningError(
                sentence(
                    "planner.border.heights",
                    "sections side by side and reliefs need heights up to {high:g} m, above the "
                    "{most:g} m allowed; fly lower than {height:g} m",
                    high=height + step / 2,
                    most=limits.height_most,
                    height=common.height,
                )
            )
        section = Section(f"section {index + 1}", points, height, patrol.begin, patrol.end)

        if not free:
            raise PlanningError(
                sentence(
                    "planner.border.drones",
                    "{count} drones have to be over the line at once and {drones} are there, "
                    "reliefs included; give more drones or a longer revisit time",
                    count=count,
                    drones=len(common.drones),
                )
            )
        free.sort(key=lambda drone: float(np.hypot(*(drone.place(frame) - points[0]))))
        shuttles = [
            Shuttle(drone, section, energy[drone.kind.name], frame, speed, camera, ways)
            for drone in free
        ]
        found = cover(section, shuttles, flights, limits)
        used = {flight.sortie.drone for flight in found}
        free = [drone for drone in free if drone.name not in used]
        flights += found
    return flights


def _plan(
    line: BorderLine,
    authority: Authority | None,
    patrol: Patrol,
    common: Common,
    flights: list[Flight],
    way: shapely.LineString,
    count: int,
) -> Plan:
    flown = {flight.sortie.kind for flight in flights}
    figures = {
        "makespan": max(flight.end for flight in flights),
        "energy": sum(float(flight.energy[-1]) for flight in flights),
        "length": sum(flight.figures().length for flight in flights),
        "way": way.length,
        "sections": float(count),
        "revisit": patrol.revisit,
        "sorties": float(len(flights)),
        "drones": float(len({flight.sortie.drone for flight in flights})),
    }
    nearest = smallest(flights, common.conditions.limits.separation_vertical)
    if nearest is not None:
        figures["separation"] = nearest.horizontal
    about = common.about("border")
    return Plan(
        name=about.name,
        pattern=about.pattern,
        created=about.created,
        start=about.start,
        border=line,
        authority=authority,
        zones=common.zones,
        wind=common.conditions.wind,
        temperature=common.conditions.temperature,
        limits=common.conditions.limits,
        kinds={drone.kind.name: drone.kind for drone in common.drones if drone.kind.name in flown},
        sorties=tuple(
            flight.sortie.model_copy(update={"figures": flight.figures()})
            for flight in sorted(flights, key=lambda flight: flight.start)
        ),
        parameters=about.parameters,
        figures={name: round(value, 3) for name, value in figures.items()},
        complete=not common.stop(),
    )


def _frame(line: BorderLine, common: Common) -> LocalFrame:
    try:
        points = shapely.get_coordinates(shapely.geometry.shape(line.line)).tolist()
    except (ValueError, TypeError, KeyError, AttributeError, shapely.errors.ShapelyError) as error:
        raise PlanningError(f"the border line cannot be read: {error}") from None
    homes = [(drone.home.longitude, drone.home.latitude) for drone in common.drones]
    return LocalFrame.around(*np.array([*points, *homes]).T)


def _check(line: BorderLine, patrol: Patrol) -> None:
    if not patrol.offset >= line.buffer + STRAIGHTER:
        raise PlanningError(
            sentence(
                "planner.border.offset",
                "a way {offset:g} m beside the border lies within {near:g} m of its buffer of "
                "{buffer:g} m; fly farther from it",
                offset=patrol.offset,
                near=STRAIGHTER,
                buffer=line.buffer,
            )
        )
    if patrol.end <= patrol.begin:
        raise PlanningError(f"a patrol from {patrol.begin:g} s to {patrol.end:g} s has no time")
    if not patrol.antenna >= 0:
        raise PlanningError(f"an antenna {patrol.antenna:g} m above the ground: give 0 or more")
    if not 0 <= patrol.seen_least <= 1:
        raise PlanningError(f"a share of {patrol.seen_least:g} to be seen: give one from 0 to 1")


def _across(drone: str, side: Literal["left", "right"]) -> str:
    if side == "left":
        return sentence(
            "planner.border.left",
            "the home of {drone} lies across the border: ours is the left side of the line as it is "
            "drawn; move the home, or name the other side",
            drone=drone,
        )
    return sentence(
        "planner.border.right",
        "the home of {drone} lies across the border: ours is the right side of the line as it is "
        "drawn; move the home, or name the other side",
        drone=drone,
    )


def _check_side(
    line: BorderLine,
    border: shapely.LineString,
    way: shapely.LineString,
    frame: LocalFrame,
    fleet: Sequence[Drone],
) -> None:
    """Raises PlanningError if a drone would take off on the other side of the line."""
    beyond = prolonged(border)
    for drone in fleet:
        home = shapely.Point(drone.place(frame))
        if shapely.shortest_line(home, way).intersects(beyond):
            raise PlanningError(_across(drone.name, line.side))


def _check_authority(authority: Authority | None, common: Common, end: float) -> None:
    """A plan at the border is not released without the order it is flown under."""
    if authority is None:
        raise PlanningError(
            sentence(
                "planner.border.authority",
                "a border plan wants its authority: who ordered it, the order's number, and "
                "from when to when it is valid",
            )
        )
    if common.start is None:
        raise PlanningError(
            sentence(
                "planner.border.start",
                "a border plan wants its start: an order is valid for a time",
            )
        )
    finish = common.start.timestamp() + end
    if authority.valid_to <= authority.valid_from:
        raise PlanningError(
            sentence(
                "planner.border.exchanged",
                "order {order} is valid to {to}, which is not after "
                "{from_}: are the two exchanged?",
                order=authority.order_number,
                to=authority.valid_to,
                from_=authority.valid_from,
            )
        )
    if common.start < authority.valid_from or finish > authority.valid_to.timestamp():
        raise PlanningError(
            sentence(
                "planner.border.valid",
                "order {order} is valid from {from_} to {to}, and the plan runs from {start} for "
                "{minutes:.0f} minutes; fly it then, or get an order that covers it",
                order=authority.order_number,
                from_=authority.valid_from,
                to=authority.valid_to,
                start=common.start,
                minutes=end / 60,
            )
        )


def _check_radio(
    way: shapely.LineString, frame: LocalFrame, patrol: Patrol, common: Common
) -> None:
    """Raises PlanningError where no home's ground station reaches a drone on the way."""
    assert common.terrain is not None
    heights = common.terrain.on(frame)
    along = np.linspace(0, way.length, max(2, int(way.length / MASK_STEP)))
    places = shapely.get_coordinates(shapely.line_interpolate_point(way, along))
    hidden = np.ones(len(places), np.bool_)
    for drone in common.drones:
        home = drone.place(frame)
        ground = float(heights(home[None])[0])
        mast = Spot(home, ground + patrol.antenna)
        altitude = (drone.altitude or ground) + common.height
        clear = clearance(
            heights,
            mast,
            places,
            np.full(len(places), altitude),
            refraction=REFRACTION,
            frequency=patrol.frequency,
        )
        near = np.hypot(*(places - home).T) <= drone.kind.radio_range
        hidden &= ~((clear > 0) & near)
    if hidden.any():
        shadows = stretches(along, hidden)
        begin, end = max(shadows, key=lambda shadow: shadow[1] - shadow[0])
        raise PlanningError(
            sentence(
                "planner.border.radio",
                "the terrain, or the distance, hides {hidden:.0f} % of the way from every "
                "ground station, the longest stretch from {begin:.1f} to {end:.1f} km; fly "
                "higher, raise the antenna or add a home",
                hidden=100 * hidden.mean(),
                begin=begin / 1000,
                end=end / 1000,
            )
        )


def _check_sight(
    way: shapely.LineString,
    border: shapely.LineString,
    frame: LocalFrame,
    patrol: Patrol,
    common: Common,
) -> float:
    """The share of the line that the camera sees from somewhere on the way.

    Raises PlanningError if the terrain, or the distance, hides more of it than is allowed.
    """
    assert common.terrain is not None
    heights = common.terrain.on(frame)
    along = np.linspace(0, border.length, max(2, int(border.length / MASK_STEP)))
    places = shapely.get_coordinates(shapely.line_interpolate_point(border, along))
    altitudes = heights(places)
    base = common.drones[0].home.altitude
    if base is None:
        base = float(heights(common.drones[0].place(frame)[None])[0])
    hidden = np.ones(len(places), np.bool_)
    for eye in shapely.get_coordinates(
        shapely.line_interpolate_point(way, np.arange(0, way.length + MASK_STEP, MASK_STEP))
    ):
        near = hidden & (np.hypot(*(places - eye).T) <= patrol.sight)
        if near.any():
            spot = Spot(eye, base + common.height)
            clear = clearance(heights, spot, places[near], altitudes[near] + PERSON)
            hidden[np.flatnonzero(near)[clear > 0]] = False
    seen = 1 - float(hidden.mean())
    if seen < patrol.seen_least:
        begin, end = max(stretches(along, hidden), key=lambda shadow: shadow[1] - shadow[0])
        raise PlanningError(
            sentence(
                "planner.border.seen",
                "only {seen:.0f} % of the border can be seen from the way, {asked:.0f} % are "
                "asked; the longest stretch that the terrain, or the distance, hides is from "
                "{begin:.1f} to {end:.1f} km of the line: fly higher or nearer to it",
                seen=100 * seen,
                asked=100 * patrol.seen_least,
                begin=begin / 1000,
                end=end / 1000,
            )
        )
    return seen
