"""What the drone can do: speed, climb, turns, holding still, wind, temperature, radio."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fleet.wording import sentence
from missions.check.case import Case, where, worst_of_legs
from missions.check.geodesy import Floats
from missions.check.power import COURSES
from missions.check.report import Finding, Severity
from missions.check.rules import PLACE_TOLERANCE, SPEED_TOLERANCE, Rule
from missions.check.track import Track

CLIMB_TOLERANCE = 0.02
"""Share of the climb speed."""

UPRIGHT = 1.0
"""Metres on the map: a shorter leg is a climb on the spot, at whatever speed that takes."""

TURN_TOLERANCE = 0.05
"""Share of the radius: an arc in chords of 36° is so much tighter."""

SHORT_CHORD = 0.25
"""Share of the turn's radius: at least so much of a longer leg counts towards a corner."""


def judge(case: Case) -> Iterator[Finding]:
    """Findings of `speed`, `climb`, `turn`, `hover`, `wind`, `temperature`, `radio-range`."""
    for track in case.tracks:
        yield from _weather(case, track)
        yield from _speed(case, track)
        yield from _climb(case, track)
        if track.kind.wing == "fixed":
            yield from _corners(case, track)
            yield from _hover(case, track)
        yield from _circles(case, track)
        yield from _radio(case, track)


def _weather(case: Case, track: Track) -> Iterator[Finding]:
    kind, plan = track.kind, case.plan
    if plan.wind.speed > kind.wind_most:
        yield case.at(
            "wind",
            track,
            0,
            track.home,
            sentence(
                "check.wind",
                "a wind of {wind:g} m/s, {kind} may be flown in {most:g} m/s",
                wind=plan.wind.speed,
                kind=kind.name,
                most=kind.wind_most,
            ),
            amount=plan.wind.speed,
            limit=kind.wind_most,
            unit="m/s",
        )
    if not kind.temperature_least <= plan.temperature <= kind.temperature_most:
        cold = plan.temperature < kind.temperature_least
        yield case.at(
            "temperature",
            track,
            0,
            track.home,
            sentence(
                "check.temperature",
                "{temperature:g} °C, {kind} may be flown at {least:g} to {most:g} °C",
                temperature=plan.temperature,
                kind=kind.name,
                least=kind.temperature_least,
                most=kind.temperature_most,
            ),
            amount=plan.temperature,
            limit=kind.temperature_least if cold else kind.temperature_most,
            unit="°C",
        )


def _speed(case: Case, track: Track) -> Iterator[Finding]:
    kind, pieces = track.kind, track.pieces
    for piece in where(pieces.flown_leg | pieces.circle):
        waypoint = track.sortie.waypoints[pieces.waypoint[piece]]
        courses = COURSES if pieces.circle[piece] else pieces.course[piece]
        airspeed = waypoint.speed
        if kind.wing == "fixed":
            if not np.all(case.wind.ground_speed(courses, airspeed) > SPEED_TOLERANCE):
                yield _piece(
                    case,
                    "wind",
                    track,
                    piece,
                    sentence(
                        "check.wind.leg",
                        "cannot be flown at an airspeed of {airspeed:g} m/s in a wind of {wind:g} "
                        "m/s from {direction:g}°",
                        airspeed=airspeed,
                        wind=case.wind.speed,
                        direction=case.plan.wind.from_direction,
                    ),
                    case.wind.speed,
                    airspeed,
                )
        else:
            airspeed = float(np.max(case.wind.airspeed(courses, waypoint.speed)))
        if airspeed > kind.speed_most + SPEED_TOLERANCE:
            yield _piece(
                case,
                "speed",
                track,
                piece,
                sentence(
                    "check.speed.most",
                    "needs an airspeed of {airspeed:.1f} m/s, {most:g} m/s is the most",
                    airspeed=airspeed,
                    most=kind.speed_most,
                ),
                airspeed,
                kind.speed_most,
            )
        if kind.wing == "fixed" and airspeed < kind.speed_least - SPEED_TOLERANCE:
            yield _piece(
                case,
                "speed",
                track,
                piece,
                sentence(
                    "check.speed.least",
                    "is flown at {airspeed:.1f} m/s, below {least:g} m/s it stalls",
                    airspeed=airspeed,
                    least=kind.speed_least,
                ),
                airspeed,
                kind.speed_least,
            )


def _climb(case: Case, track: Track) -> Iterator[Finding]:
    kind, pieces = track.kind, track.pieces
    slanted = pieces.flown_leg & (pieces.length >= UPRIGHT)
    rate = np.where(slanted, pieces.climb / np.where(slanted, track.timing.cruise_time, 1.0), 0.0)
    share = 1 + CLIMB_TOLERANCE
    for piece in where((rate > kind.climb_speed * share) | (-rate > kind.descent_speed * share)):
        up = rate[piece] > 0
        limit = kind.climb_speed if up else kind.descent_speed
        figures = {
            "climb": abs(pieces.climb[piece]),
            "seconds": track.timing.cruise_time[piece],
            "rate": abs(rate[piece]),
            "most": limit,
        }
        yield _piece(
            case,
            "climb",
            track,
            piece,
            sentence(
                "check.climb",
                "climbs {climb:.1f} m in {seconds:.1f} s, which needs {rate:.1f} m/s; {most:g} m/s "
                "is the most",
                **figures,
            )
            if up
            else sentence(
                "check.climb.down",
                "descends {climb:.1f} m in {seconds:.1f} s, which needs {rate:.1f} m/s; {most:g} "
                "m/s is the most",
                **figures,
            ),
            abs(rate[piece]),
            limit,
        )


def _corners(case: Case, track: Track) -> Iterator[Finding]:
    """Corners of a fixed wing, and arcs that are flown as many corners."""
    air = np.array([track.sortie.waypoints[index].speed for index in track.pieces.waypoint])
    tight = _tight(track, air)
    for piece, (radius, needed) in tight.items():
        yield _turn(case, track, piece, radius, needed)
    windy = _tight(track, np.maximum(track.timing.ground_speed, air))
    windy = {piece: found for piece, found in windy.items() if piece not in tight}
    if windy:
        piece = max(windy, key=lambda index: windy[index][1] / windy[index][0])
        yield _turn(case, track, piece, *windy[piece], others=len(windy) - 1, wind=True)


def _tight(track: Track, speed: Floats) -> dict[int, tuple[float, float]]:
    """Of each leg that begins with too tight a turn: the turn's radius and the least one.

    A corner of θ between two legs is the arc that touches both, as far from the corner as half the
    shorter leg: of the radius half ÷ tan(θ/2). Where a turn is drawn in chords of different length
    the mean of both is right, so up to SHORT_CHORD of the turn the longer one counts as well.
    """
    pieces, angle = track.pieces, track.timing.turned
    corner = np.flatnonzero(np.nan_to_num(angle) > 1e-6)
    needed = np.maximum(speed[corner], speed[corner - 1]) ** 2 / track.kind.lateral_acceleration
    legs = np.stack([pieces.length[corner - 1], pieces.length[corner]])
    longest = np.maximum(legs.min(axis=0), SHORT_CHORD * needed)
    radius = np.minimum(legs, longest).mean(axis=0) / 2 / np.tan(angle[corner] / 2)
    return {
        int(corner[index]): (float(radius[index]), float(needed[index]))
        for index in np.flatnonzero(radius < needed * (1 - TURN_TOLERANCE))
    }


def _circles(case: Case, track: Track) -> Iterator[Finding]:
    pieces, kind = track.pieces, track.kind
    for piece in where(pieces.circle):
        speed = track.sortie.waypoints[pieces.waypoint[piece]].speed
        radius = abs(float(pieces.radius[piece]))
        needed = speed**2 / kind.lateral_acceleration
        windy = (speed + case.wind.speed) ** 2 / kind.lateral_acceleration
        if radius < needed - PLACE_TOLERANCE:
            yield _turn(case, track, piece, radius, needed)
        elif kind.wing == "fixed" and radius < windy - PLACE_TOLERANCE:
            yield _turn(case, track, piece, radius, windy, wind=True)


def _turn(
    case: Case,
    track: Track,
    piece: int,
    radius: float,
    needed: float,
    *,
    others: int = 0,
    wind: bool = False,
) -> Finding:
    severity: Severity = "warning" if wind else "error"
    figures = {"radius": radius, "needed": needed, "others": others}
    if others:
        message = sentence(
            "check.turn.winds",
            "a turn of radius {radius:.1f} m, its speed needs {needed:.1f} m with the wind behind it "
            "(and so do {others} more turns of this sortie)",
            **figures,
        )
    elif wind:
        message = sentence(
            "check.turn.wind",
            "a turn of radius {radius:.1f} m, its speed needs {needed:.1f} m with the wind behind it",
            **figures,
        )
    else:
        message = sentence(
            "check.turn",
            "a turn of radius {radius:.1f} m, its speed needs {needed:.1f} m",
            **figures,
        )
    return case.at(
        "turn",
        track,
        track.pieces.waypoint[piece],
        track.samples.place[track.first[piece]],
        message,
        severity=severity,
        amount=radius,
        limit=needed,
    )


def _hover(case: Case, track: Track) -> Iterator[Finding]:
    if track.kind.hover_power > 0:
        return
    for index, waypoint in enumerate(track.sortie.waypoints):
        if waypoint.action == "hover" or waypoint.hold > 0:
            last = np.flatnonzero(track.waypoint == index)[-1]
            yield case.at(
                "hover",
                track,
                index,
                track.samples.place[last],
                sentence(
                    "check.hover",
                    "{kind} cannot hold a place, here for {hold:.0f} s; let it orbit",
                    kind=track.kind.name,
                    hold=waypoint.hold,
                ),
                amount=waypoint.hold,
                limit=0,
                unit="s",
            )


def _radio(case: Case, track: Track) -> Iterator[Finding]:
    away = np.hypot(np.hypot(*(track.samples.place - track.home).T), track.samples.height)
    limit = track.kind.radio_range
    for sample in worst_of_legs(track, away - limit, PLACE_TOLERANCE):
        yield case.at(
            "radio-range",
            track,
            track.waypoint[sample],
            track.samples.place[sample],
            sentence(
                "check.radio-range",
                "{away:.0f} m from home, the radio reaches {most:g} m",
                away=away[sample],
                most=limit,
            ),
            amount=away[sample],
            limit=limit,
        )


def _piece(
    case: Case, rule: Rule, track: Track, piece: int, message: str, amount: float, limit: float
) -> Finding:
    """A finding on the speed of a whole piece, at its end."""
    place = track.samples.place[track.first[piece + 1]]
    waypoint = track.pieces.waypoint[piece]
    return case.at(rule, track, waypoint, place, message, amount=amount, limit=limit, unit="m/s")
