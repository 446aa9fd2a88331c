"""What a plan has to be made like, sortie by sortie and drone by drone."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from fleet.wording import sentence
from missions.check.case import Case
from missions.check.geodesy import GEOD
from missions.check.report import Finding
from missions.check.rules import TIME_TOLERANCE
from missions.check.track import Track
from missions.plan import Place, Plan, Sortie

HOME_TOLERANCE = 5.0
"""Metres between a home and where a sortie takes off, or lands."""

LANDING_TOLERANCE = 1.0
"""Metres between the ground and the height of a landing at one's own home."""

LATITUDE_MOST = 80.0
"""Degrees: nearer to the poles a course changes too fast along a leg."""


def unfit(plan: Plan, sortie: Sortie) -> str:
    """Why a sortie cannot be laid out at all; nothing if it can."""
    if sortie.kind not in plan.kinds:
        return f"its kind {sortie.kind!r} is not among the plan's"
    if not sortie.waypoints:
        return "it has no waypoints"
    places: list[Place] = [sortie.home, *sortie.waypoints]
    for index, place in enumerate(places):
        name = "its home" if index == 0 else f"its waypoint {index - 1}"
        if not (math.isfinite(place.latitude) and math.isfinite(place.longitude)):
            return f"{name} is at no place"
        if abs(place.latitude) > LATITUDE_MOST:
            return f"{name} is at latitude {place.latitude:g}, {LATITUDE_MOST:g} is the most"
    for index, point in enumerate(sortie.waypoints):
        numbers = (point.height, point.speed, point.hold, point.radius, point.turns)
        if not all(map(math.isfinite, numbers)) or point.speed <= 0:
            return f"its waypoint {index} has numbers that are none"
    return ""


def of_plan(plan: Plan) -> Iterator[Finding]:
    """Findings of the rule `structure` that need no plane."""
    if not plan.sorties:
        message = sentence("check.structure.empty", "the plan has no sorties")
        yield Finding(rule="structure", message=message)
    if not plan.complete:
        yield Finding(
            rule="structure",
            severity="warning",
            message=sentence(
                "check.structure.incomplete",
                "planning was ended before its time: a better plan may be found",
            ),
        )
    for name, count in Counter(sortie.name for sortie in plan.sorties).items():
        if count > 1:
            message = sentence(
                "check.structure.name",
                "{count} sorties have this name; give each its own",
                count=count,
            )
            yield Finding(rule="structure", message=message, sortie=name, amount=count, limit=1)


def judge(case: Case) -> Iterator[Finding]:
    """Findings of the rule `structure` about sorties and drones."""
    for track in case.tracks:
        yield from _take_off(case, track)
        yield from _landing(case, track)
    yield from _drones(case)


def _take_off(case: Case, track: Track) -> Iterator[Finding]:
    first = track.sortie.waypoints[0]
    if first.action != "takeoff":
        message = sentence(
            "check.structure.takeoff",
            "begins with '{action}' where a takeoff is needed",
            action=first.action,
        )
        yield case.at("structure", track, 0, track.home, message, unit="")
    else:
        *_, off = GEOD.inv(
            track.sortie.home.longitude, track.sortie.home.latitude, first.longitude, first.latitude
        )
        if off > HOME_TOLERANCE:
            yield case.at(
                "structure",
                track,
                0,
                track.samples.place[0],
                sentence("check.structure.home", "takes off {off:.1f} m from its home", off=off),
                amount=off,
                limit=HOME_TOLERANCE,
            )
        if first.height < LANDING_TOLERANCE:
            yield case.at(
                "structure",
                track,
                0,
                track.home,
                sentence(
                    "check.structure.height",
                    "takes off to a height of {height:g} m",
                    height=first.height,
                ),
                amount=first.height,
                limit=LANDING_TOLERANCE,
            )
    for index, point in enumerate(track.sortie.waypoints[1:], 1):
        if point.action == "takeoff":
            message = sentence("check.structure.again", "takes off a second time")
            yield _among(case, track, index, message)


def _landing(case: Case, track: Track) -> Iterator[Finding]:
    end, last = track.samples.place[-1], track.sortie.waypoints[-1]
    index = len(track.sortie.waypoints) - 1
    for middle, point in enumerate(track.sortie.waypoints[:-1]):
        if point.action == "land":
            message = sentence(
                "check.structure.lands", "lands before its last waypoint: the rest is skipped"
            )
            yield _among(case, track, middle, message)
    if last.action != "land":
        message = sentence(
            "check.structure.landing",
            "ends with '{action}' where a landing is needed",
            action=last.action,
        )
        yield case.at("structure", track, index, end, message, unit="")
        return
    homes = np.array([other.home for other in case.tracks])
    off = float(np.hypot(*(homes - end).T).min())
    if off > HOME_TOLERANCE:
        yield case.at(
            "structure",
            track,
            index,
            end,
            sentence(
                "check.structure.landing.off",
                "lands {off:.1f} m from the nearest home of the plan",
                off=off,
            ),
            amount=off,
            limit=HOME_TOLERANCE,
        )
    elif np.hypot(*(track.home - end)) <= HOME_TOLERANCE and abs(last.height) > LANDING_TOLERANCE:
        yield case.at(
            "structure",
            track,
            index,
            end,
            sentence(
                "check.structure.landing.height",
                "lands at a height of {height:g} m above its home",
                height=last.height,
            ),
            amount=last.height,
            limit=LANDING_TOLERANCE,
        )


def _drones(case: Case) -> Iterator[Finding]:
    """Each drone's sorties one after the other."""
    of: dict[str, list[Track]] = defaultdict(list)
    for track in case.tracks:
        of[track.sortie.drone].append(track)
    for drone, tracks in of.items():
        if len(kinds := {track.sortie.kind for track in tracks}) > 1:
            message = sentence(
                "check.structure.kinds",
                "drone {drone} is of {count} kinds: {kinds}",
                drone=drone,
                count=len(kinds),
                kinds=", ".join(sorted(kinds)),
            )
            yield Finding(rule="structure", message=message, sortie=tracks[0].sortie.name)
        ordered = sorted(tracks, key=lambda track: track.begin)
        for before, after in pairwise(ordered):
            yield from _turnround(case, drone, before, after)


def _turnround(case: Case, drone: str, before: Track, after: Track) -> Iterator[Finding]:
    rest, asked = after.begin - before.end, after.kind.turnround
    if rest < asked - TIME_TOLERANCE:
        told = {"drone": drone, "sortie": before.sortie.name}
        yield case.at(
            "structure",
            after,
            0,
            after.home,
            sentence(
                "check.structure.overlap",
                "drone {drone} takes off {early:.0f} s before it has landed from sortie {sortie}",
                early=-rest,
                **told,
            )
            if rest < 0
            else sentence(
                "check.structure.turnround",
                "drone {drone} rests {rest:.0f} s after sortie {sortie}, {asked:g} s are needed",
                rest=rest,
                asked=asked,
                **told,
            ),
            amount=rest,
            limit=asked,
            unit="s",
        )
    off = float(np.hypot(*(after.samples.place[0] - before.samples.place[-1])))
    if off > 2 * HOME_TOLERANCE:
        yield case.at(
            "structure",
            after,
            0,
            after.home,
            sentence(
                "check.structure.elsewhere",
                "drone {drone} takes off {off:.0f} m from where it landed",
                drone=drone,
                off=off,
            ),
            amount=off,
            limit=2 * HOME_TOLERANCE,
        )


def _among(case: Case, track: Track, index: int, message: str) -> Finding:
    """A waypoint in the middle that belongs at an end."""
    place = track.samples.place[int(np.argmax(track.waypoint == index))]
    return case.at("structure", track, index, place, message, unit="")
