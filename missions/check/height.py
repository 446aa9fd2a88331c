"""Heights: too high, too low, into the ground, above the ceiling."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fleet.wording import sentence
from missions.check.case import Case, worst_of_legs
from missions.check.pieces import Phase
from missions.check.report import Finding
from missions.check.rules import HEIGHT_TOLERANCE
from missions.check.track import Track

HOME_RADIUS = 20.0
"""Metres around home in which a drone may be low."""

HOME_ALTITUDE_TOLERANCE = 15.0
"""Metres between a home's altitude and the grid's, whose kinds of zero can differ."""


def judge(case: Case) -> Iterator[Finding]:
    """Findings of the rules `height`, `clearance`, `terrain` and `ceiling`."""
    for track in case.tracks:
        yield from _grid(case, track)
        yield from _above(case, track)
        yield from _below(case, track)
        yield from _ceiling(case, track)


def _grid(case: Case, track: Track) -> Iterator[Finding]:
    void, home = track.ground.void, track.sortie.home
    if void is not None:
        yield case.at(
            "terrain",
            track,
            track.waypoint[void.sample],
            track.samples.place[void.sample],
            sentence(
                "check.terrain.unknown",
                "the height of the ground is not known here ({reason}); nothing is proved of this "
                "sortie's height",
                reason=void.reason,
            ),
            unit="",
        )
    if track.ground.home is None or home.altitude is None:
        return
    if abs(off := home.altitude - track.ground.home) > HOME_ALTITUDE_TOLERANCE:
        yield case.at(
            "terrain",
            track,
            0,
            track.home,
            sentence(
                "check.terrain.home",
                "home lies at {plan:.0f} m by the plan and {grid:.0f} m by the height grid: do they "
                "count from the same zero?",
                plan=home.altitude,
                grid=track.ground.home,
            ),
            severity="warning",
            amount=abs(off),
            limit=HOME_ALTITUDE_TOLERANCE,
        )


def _above(case: Case, track: Track) -> Iterator[Finding]:
    most, above = case.plan.limits.height_most, track.ground.above
    for sample in worst_of_legs(track, above - most, HEIGHT_TOLERANCE):
        yield case.at(
            "height",
            track,
            track.waypoint[sample],
            track.samples.place[sample],
            sentence(
                "check.height",
                "{above:.1f} m above the ground, {most:g} m is the most",
                above=above[sample],
                most=most,
            ),
            amount=above[sample],
            limit=most,
        )


def _below(case: Case, track: Track) -> Iterator[Finding]:
    """Into the ground, or else too near to it."""
    least, above = case.plan.limits.clearance_least, track.ground.above
    upright = (track.phase == Phase.CLIMB) | (track.phase == Phase.DESCENT)
    at_home = np.hypot(*(track.samples.place - track.home).T) <= HOME_RADIUS
    landing = np.hypot(*(track.samples.place - track.samples.place[-1]).T) <= HOME_RADIUS
    low_allowed = upright | at_home | landing
    short = np.where(low_allowed, -np.inf, least - above)
    sunk = np.where(upright, -np.inf, -above)
    met = worst_of_legs(track, sunk, -HEIGHT_TOLERANCE)
    for sample in met:
        yield case.at(
            "terrain",
            track,
            track.waypoint[sample],
            track.samples.place[sample],
            sentence(
                "check.terrain", "meets the ground: {below:.1f} m below it", below=-above[sample]
            ),
            amount=above[sample],
            limit=0,
        )
    legs = {int(track.waypoint[sample]) for sample in met}
    for sample in worst_of_legs(track, short, HEIGHT_TOLERANCE):
        if int(track.waypoint[sample]) not in legs:
            yield case.at(
                "clearance",
                track,
                track.waypoint[sample],
                track.samples.place[sample],
                sentence(
                    "check.clearance",
                    "{above:.1f} m above the ground, {least:g} m is the least away from home",
                    above=above[sample],
                    least=least,
                ),
                amount=above[sample],
                limit=least,
            )


def _ceiling(case: Case, track: Track) -> Iterator[Finding]:
    if track.ground.altitude is None:
        return
    altitude, most = track.ground.altitude, track.kind.ceiling
    for sample in worst_of_legs(track, altitude - most, HEIGHT_TOLERANCE):
        yield case.at(
            "ceiling",
            track,
            track.waypoint[sample],
            track.samples.place[sample],
            sentence(
                "check.ceiling",
                "{altitude:.0f} m above mean sea level, {most:g} m is its ceiling",
                altitude=altitude[sample],
                most=most,
            ),
            amount=altitude[sample],
            limit=most,
        )
