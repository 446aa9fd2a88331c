"""What a planner needs before it divides: lanes, speeds, heights, and each drone's access."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from fleet.wording import sentence
from missions.camera import speed_most
from missions.energy import EnergyModel
from missions.errors import PlanningError
from missions.plan import Imaging, Limits
from missions.projection import LocalFrame
from missions.route import Route
from missions.sorties.access import Access, Effort
from missions.sorties.divide import Crew, Goal
from missions.sorties.fleet import Conditions, Drone, models
from missions.sorties.lanes import Lanes, Ways
from missions.sorties.strata import layers
from missions.sorties.waypoints import Camera

Floats = NDArray[np.float64]

Heights = Callable[[Floats], Floats]
"""Heights of the lanes (N,) over points (N, 2)."""

GROUP_REACH = 250.0
"""Metres: drones of one kind whose homes lie together so closely are alike to the division."""

FAST_SHARE = 0.8
"""Of the greatest airspeed: how fast a rotary wing may fly its transits to save time."""

PAD_SPARE = 2.0
"""Seconds between two drones on one pad beyond what their separation takes."""


@dataclass(frozen=True)
class Survey:
    """How the lanes are flown.

    `height` in metres above home, or of each point of the lanes; `altitude` of the ground that
    this is meant above, where homes lie at different altitudes. `speed` over ground (of a fixed
    wing in the air); None: the drone's cruise speed, or less where the camera does not keep up.
    `gimbal_pitch` in degrees, None: as it is. `ways` finds the transits; None: straight. A search
    is not `reversible`: it commences where it must.
    """

    height: float | Heights
    speed: float | None = None
    imaging: Imaging | None = None
    gimbal_pitch: float | None = -90.0
    altitude: float | None = None
    ways: Ways | None = None
    reversible: bool = True


@dataclass(frozen=True)
class Job:
    """The lanes in one direction, and the drones' access to them."""

    frame: LocalFrame
    lanes: Lanes
    fleet: list[Drone]
    offsets: list[float]
    """How far each home lies below the ground that the survey's height is above."""

    pads: list[int]
    """Which homes share a pad."""

    crews: list[Crew]
    heights: list[float]
    """For transits, above that ground; in order of preference."""

    lane_height: float
    camera: Camera
    limits: Limits
    mirror: list[Access] = field(default_factory=list)
    """Each drone's access to the same lanes flown the other way; none where they must not be."""

    @property
    def accesses(self) -> list[Access]:
        return [crew.access for crew in self.crews]

    def staggered(self, used: Iterable[int]) -> Job:
        """The job with these drones in turn on each pad: when they start, and have to be back.

        They take off one above the other and land one after the other.
        """
        flying = sorted(used)
        models = [self.crews[index].access.effort.model for index in flying]
        vertical = self.limits.separation_vertical
        climb = max(model.climb(vertical).duration for model in models) + PAD_SPARE
        landing = max(model.landing([vertical]).total().duration for model in models) + PAD_SPARE
        crews = list(self.crews)
        for index in flying:
            pad = [one for one in flying if self.pads[one] == self.pads[index]]
            place = pad.index(index)
            crews[index] = replace(
                crews[index], ready=place * climb, tail=(len(pad) - 1 - place) * landing
            )
        return replace(self, crews=crews)


def jobs(
    routes: Route | list[Route],
    fleet: list[Drone],
    survey: Survey,
    conditions: Conditions,
    goal: Goal = "makespan",
    margin: float = 0.0,
) -> list[Job]:
    """The lanes forwards and backwards; `margin` is the share of the batteries held back.

    For the least makespan there are both again with fast transits: these cost battery, and so
    sorties, and it depends which of the two is scarce. Raises PlanningError for a height, a speed,
    a wind or a camera that does not fit.
    """
    several = [routes] if isinstance(routes, Route) else routes
    if not several:
        raise PlanningError("no route is given")
    lanes = Lanes.of(several, survey.ways)
    crew = _Preparation(several[0].frame, fleet, survey, conditions, margin)
    rotary = any(drone.kind.wing == "rotary" for drone in fleet)
    haste = (False, True) if goal == "makespan" and rotary else (False,)
    found = []
    for fast in haste:
        ahead = crew.job(lanes, fast=fast)
        if survey.reversible:
            back = crew.job(lanes.reversed(), fast=fast)
            found += [replace(ahead, mirror=back.accesses), replace(back, mirror=ahead.accesses)]
        else:
            found.append(ahead)
    return found


class _Preparation:
    """What is the same for all ways to fly the lanes."""

    def __init__(
        self,
        frame: LocalFrame,
        fleet: list[Drone],
        survey: Survey,
        conditions: Conditions,
        margin: float,
    ) -> None:
        self.frame = frame
        self.fleet = fleet
        self.survey = survey
        self.limits = conditions.limits
        self.margin = margin
        self.energy = models(fleet, conditions)
        self.speeds = {name: _speed(model, survey) for name, model in self.energy.items()}
        self.homes = [drone.place(frame) for drone in fleet]
        self.offsets = [
            0.0
            if survey.altitude is None or drone.home.altitude is None
            else survey.altitude - drone.home.altitude
            for drone in fleet
        ]
        self.groups = _groups(fleet, self.homes, self.offsets)
        self.pads = _pads(self.homes, self.limits)
        trigger = survey.imaging.trigger_distance if survey.imaging else 0.0
        self.camera = Camera(survey.gimbal_pitch, trigger)

    def job(self, lanes: Lanes, *, fast: bool) -> Job:
        heights = _lane_heights(lanes, self.survey, self.limits)
        lowest, highest = float(heights.min()), float(heights.max())
        transits = layers(lowest, highest, self.limits) if len(self.fleet) > 1 else [highest]
        efforts: dict[tuple[str, float], Effort] = {}
        crews = []
        for index, (drone, offset) in enumerate(zip(self.fleet, self.offsets, strict=True)):
            if lowest + offset <= 0:
                raise PlanningError(
                    sentence(
                        "planner.home.high",
                        "the home of {drone} lies {above:g} m above the ground of the lanes, and so "
                        "above the lanes; take off lower, or fly higher",
                        drone=drone.name,
                        above=-offset,
                    )
                )
            key = drone.kind.name, offset
            if key not in efforts:
                model, speed = self.energy[drone.kind.name], self.speeds[drone.kind.name]
                efforts[key] = Effort(lanes, model, speed, heights + offset)
            # A fixed wing cannot climb upright over a lane: it comes and goes at the lanes' height.
            transit = max(transits) if drone.kind.wing == "rotary" else transits[0]
            access = Access(
                efforts[key],
                self.homes[index],
                transit + offset,
                self.survey.ways,
                self._airspeed(drone) if fast else None,
                self.margin,
            )
            crews.append(Crew(access, drone.kind.turnround, self.groups[index]))
        job = Job(
            self.frame,
            lanes,
            self.fleet,
            self.offsets,
            self.pads,
            crews,
            transits,
            highest,
            self.camera,
            self.limits,
        )
        return job.staggered(range(len(self.fleet)))

    def _airspeed(self, drone: Drone) -> float:
        """Of fast transits. A fixed wing is not hurried: its turns would grow."""
        cruise = self.energy[drone.kind.name].return_airspeed
        if drone.kind.wing == "fixed":
            return cruise
        return max(cruise, FAST_SHARE * drone.kind.speed_most)


def _lane_heights(lanes: Lanes, survey: Survey, limits: Limits) -> Floats:
    if callable(survey.height):
        heights = np.asarray(survey.height(lanes.points), float)
        if heights.shape != (len(lanes.points),) or not np.isfinite(heights).all():
            raise PlanningError("the heights of the lanes are not one finite number for each point")
        return heights
    least, most = max(limits.clearance_least, 1.0), limits.height_most
    if not least <= survey.height <= most:
        raise PlanningError(
            sentence(
                "planner.height",
                "a height of {height:g} m is outside the limits of {least:g} … {most:g} m",
                height=survey.height,
                least=least,
                most=most,
            )
        )
    return np.full(len(lanes.points), float(survey.height))


def _speed(model: EnergyModel, survey: Survey) -> float:
    """The survey speed of a kind; its camera must keep up, whatever the wind."""
    kind, imaging = model.kind, survey.imaging
    most = kind.speed_most
    lens = next((one for one in kind.cameras if imaging and one.name == imaging.camera), None)
    if imaging and imaging.camera and lens is None:
        known = ", ".join(one.name for one in kind.cameras) or "none"
        raise PlanningError(
            sentence(
                "planner.camera",
                "{kind} has no camera '{camera}'; it has {known}",
                kind=kind.name,
                camera=imaging.camera,
                known=known,
            )
        )
    if imaging and lens:
        # A fixed wing's speed is in the air: with the wind behind it flies faster over ground.
        tail = model.wind.speed if kind.wing == "fixed" else 0.0
        most = min(most, speed_most(lens, imaging.trigger_distance) - tail)
        if most < kind.speed_least or most <= 0:
            raise PlanningError(
                sentence(
                    "planner.camera.fast",
                    "{kind} is too fast for {camera}, which takes a picture each {least:g} s: ask "
                    "for less overlap or fly higher",
                    kind=kind.name,
                    camera=lens.name,
                    least=lens.interval_least,
                )
            )
    speed = min(kind.cruise_speed, most) if survey.speed is None else survey.speed
    if speed > most:
        raise PlanningError(
            sentence(
                "planner.speed",
                "{speed:g} m/s is above the {most:.1f} m/s that {kind} and its camera allow",
                speed=speed,
                most=most,
                kind=kind.name,
            )
        )
    return speed


def _groups(fleet: Sequence[Drone], homes: Sequence[Floats], offsets: Sequence[float]) -> list[int]:
    """The number of each drone's group: the same kind and height, homes within GROUP_REACH."""
    leaders: list[int] = []
    groups = []
    for index, drone in enumerate(fleet):
        for number, leader in enumerate(leaders):
            same = fleet[leader].kind.name == drone.kind.name and offsets[leader] == offsets[index]
            if same and np.hypot(*(homes[leader] - homes[index])) <= GROUP_REACH:
                groups.append(number)
                break
        else:
            leaders.append(index)
            groups.append(len(leaders) - 1)
    return groups


def _pads(homes: Sequence[Floats], limits: Limits) -> list[int]:
    """The pad of each home: homes nearer to each other than the separation share one."""
    first: list[Floats] = []
    found = []
    for home in homes:
        near = [np.hypot(*(other - home)) < limits.separation_horizontal for other in first]
        if not any(near):
            first.append(home)
        found.append(near.index(True) if any(near) else len(first) - 1)
    return found
