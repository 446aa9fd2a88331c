"""Mission items: what ArduPilot would refuse, change or skip.

Where each comes from: the most items, and that holds are stored as 16-bit whole seconds, measured
in SITL (ArduCopter V4.7.0-dev: a mission of more than 650 items is answered with 4, a delay of
100000 comes back as 34464). From memory of ArduPilot's source: LOITER_TURNS keeps its turns and its
radius in a byte each, a radius above 255 m in tens of metres, fractions of a turn only below one;
a place of 0, 0 and a height of 0 stand for the present ones; a waypoint counts as reached within
WPNAV_RADIUS. Places are kept to 1e-7 degrees and heights to centimetres, which is finer than
anything that is judged here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from fleet.wording import sentence
from missions.check.case import Case
from missions.check.geodesy import Floats
from missions.check.report import Finding
from missions.check.track import Track
from missions.plan import Sortie, Waypoint

ITEMS_MOST = 650
"""Of a mission, home included."""

HOLD_MOST = 65_535
TURNS_MOST = 255
RADIUS_MOST = 2_550.0
RADIUS_FINE = 255.0
"""Metres up to which a radius is kept to the metre, above to ten."""

ACCEPTANCE_RADIUS = 2.0
"""Metres: WPNAV_RADIUS as it comes."""

RESOLUTION = 0.01
"""Metres, seconds and turns that are the same."""


def judge(case: Case) -> Iterator[Finding]:
    """Findings of the rule `mission-items`."""
    for track in case.tracks:
        yield from _count(track.sortie)
        for index, waypoint in enumerate(track.sortie.waypoints):
            yield from _present(case, track, index, waypoint)
            yield from _orbit(case, track, index, waypoint)
            if waypoint.hold > 0 and waypoint.action not in {"fly", "hover"}:
                message = sentence(
                    "check.items.hold",
                    "the hold at a waypoint of '{action}' is skipped: hold before it",
                    action=waypoint.action,
                )
                yield _item(case, track, index, message, waypoint.hold, 0, "s")
            elif waypoint.hold > HOLD_MOST:
                yield _item(
                    case,
                    track,
                    index,
                    sentence(
                        "check.items.hold.long",
                        "a hold of {hold:.0f} s becomes {kept:.0f} s; divide it",
                        hold=waypoint.hold,
                        kept=waypoint.hold % (HOLD_MOST + 1),
                    ),
                    waypoint.hold,
                    HOLD_MOST,
                    "s",
                )
        yield from _whole_seconds(case, track)
        yield from _crowded(case, track)


def items(sortie: Sortie) -> int:
    """How many mission items a sortie makes.

    Home, one for each waypoint, one for each change of speed, gimbal and camera trigger on the
    way, and one for each waypoint that says where the nose looks: it looks ahead again at the next.
    """
    count = 1
    speed, pitch, trigger = 0.0, None, 0.0
    for waypoint in sortie.waypoints:
        count += 1 + (waypoint.yaw is not None) + (waypoint.trigger_distance != trigger)
        trigger = waypoint.trigger_distance
        if waypoint.action not in {"takeoff", "land"}:
            count += waypoint.speed != speed
            speed = waypoint.speed
        if waypoint.gimbal_pitch is not None:
            count += waypoint.gimbal_pitch != pitch
            pitch = waypoint.gimbal_pitch
    return count


def _count(sortie: Sortie) -> Iterator[Finding]:
    if (count := items(sortie)) > ITEMS_MOST:
        yield Finding(
            rule="mission-items",
            message=sentence(
                "check.items",
                "makes {count} mission items, the vehicle takes {most}: divide it into {parts} "
                "sorties or more",
                count=count,
                most=ITEMS_MOST,
                parts=math.ceil(count / ITEMS_MOST),
            ),
            sortie=sortie.name,
            amount=count,
            limit=ITEMS_MOST,
            unit="items",
        )


def _present(case: Case, track: Track, index: int, waypoint: Waypoint) -> Iterator[Finding]:
    """Values that mean where the vehicle is now."""
    if abs(waypoint.latitude) < 5e-8 and abs(waypoint.longitude) < 5e-8:
        message = sentence(
            "check.items.place", "the place 0, 0 is taken as where the vehicle is then"
        )
        yield _item(case, track, index, message)
    if waypoint.action in {"fly", "hover", "orbit"} and abs(waypoint.height) < RESOLUTION / 2:
        message = sentence(
            "check.items.height", "the height 0 is taken as the height that the vehicle has then"
        )
        yield _item(case, track, index, message, waypoint.height)


def _orbit(case: Case, track: Track, index: int, waypoint: Waypoint) -> Iterator[Finding]:
    """An orbit whose turns or radius its item cannot hold."""
    if waypoint.action != "orbit":
        return
    radius, turns = abs(waypoint.radius), waypoint.turns
    if radius < 1 or turns == 0:
        message = sentence(
            "check.items.orbit",
            "an orbit of {turns:g} turns of radius {radius:g} m is flown as the vehicle likes",
            turns=turns,
            radius=radius,
        )
        yield _item(case, track, index, message)
        return
    if turns > TURNS_MOST:
        message = sentence(
            "check.items.turns.many",
            "{turns:g} turns become {most}; divide the orbit",
            turns=turns,
            most=TURNS_MOST,
        )
        yield _item(case, track, index, message, turns, TURNS_MOST, "turns")
    elif turns > 1 and turns - math.floor(turns) > RESOLUTION:
        message = sentence(
            "check.items.turns",
            "{turns:g} turns become {kept}",
            turns=turns,
            kept=math.floor(turns),
        )
        yield _changed(case, track, index, message, turns, math.floor(turns), "turns")
    step = 1 if radius <= RADIUS_FINE else 10
    kept = step * math.floor((radius + RESOLUTION) / step)
    if radius > RADIUS_MOST:
        message = sentence(
            "check.items.radius.most",
            "a radius of {radius:g} m becomes {most:g} m",
            radius=radius,
            most=RADIUS_MOST,
        )
        yield _item(case, track, index, message, radius, RADIUS_MOST)
    elif radius - kept > RESOLUTION:
        message = sentence(
            "check.items.radius",
            "a radius of {radius:g} m becomes {kept:g} m: it is kept in steps of {step} m",
            radius=radius,
            kept=kept,
            step=step,
        )
        yield _changed(case, track, index, message, radius, kept, "m")


def _whole_seconds(case: Case, track: Track) -> Iterator[Finding]:
    """Holds that lose their fraction of a second: one warning for the sortie."""
    lost = {
        index: waypoint.hold
        for index, waypoint in enumerate(track.sortie.waypoints)
        if waypoint.hold - math.floor(waypoint.hold + RESOLUTION) > RESOLUTION
    }
    if lost:
        index = max(lost, key=lambda at: lost[at] % 1)
        message = sentence(
            "check.items.seconds",
            "a hold of {hold:g} s becomes {kept} s ({count} such holds in the sortie): ask whole "
            "seconds",
            hold=lost[index],
            kept=math.floor(lost[index]),
            count=len(lost),
        )
        kept = math.floor(lost[index])
        yield _changed(case, track, index, message, lost[index], kept, "s")


def _crowded(case: Case, track: Track) -> Iterator[Finding]:
    """Waypoints that the vehicle has reached before it gets there: one warning for the sortie."""
    points = track.sortie.waypoints
    flown = np.array([point.action == "fly" for point in points])
    last = np.searchsorted(track.waypoint, np.arange(len(points)), "right") - 1
    place = np.column_stack([track.samples.place, track.samples.height])[last]
    apart = np.linalg.norm(np.diff(place, axis=0), axis=1)
    near = np.flatnonzero(flown[:-1] & flown[1:] & (apart < ACCEPTANCE_RADIUS))
    if near.size:
        worst = int(near[apart[near].argmin()])
        yield case.at(
            "mission-items",
            track,
            worst + 1,
            place[worst + 1, :2],
            sentence(
                "check.items.near",
                "{apart:.2f} m from the waypoint before it ({count} such waypoints in the sortie): "
                "less than the {radius:g} m within which both count as reached",
                apart=apart[worst],
                count=near.size,
                radius=ACCEPTANCE_RADIUS,
            ),
            severity="warning",
            amount=apart[worst],
            limit=ACCEPTANCE_RADIUS,
        )


def _item(
    case: Case,
    track: Track,
    index: int,
    message: str,
    amount: float | None = None,
    limit: float | None = None,
    unit: str = "m",
) -> Finding:
    """An item that must not be uploaded."""
    place = _place(track, index)
    return case.at(
        "mission-items", track, index, place, message, amount=amount, limit=limit, unit=unit
    )


def _changed(
    case: Case, track: Track, index: int, message: str, amount: float, limit: float, unit: str
) -> Finding:
    """An item that is flown a little differently."""
    return case.at(
        "mission-items",
        track,
        index,
        _place(track, index),
        message,
        severity="warning",
        amount=amount,
        limit=limit,
        unit=unit,
    )


def _place(track: Track, index: int) -> Floats:
    """Where the leg to a waypoint ends."""
    last = int(np.searchsorted(track.waypoint, index, "right")) - 1
    return np.asarray(track.samples.place[last])
