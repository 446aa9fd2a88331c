"""Relays: each station is covered from its start to its end."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fleet.wording import sentence
from missions.check.case import Case, where
from missions.check.report import Finding
from missions.check.rules import TIME_TOLERANCE
from missions.plan import Station

NEAR = 5.0
"""Metres beside its place, and above or below it, that a drone counts as being there."""


def judge(case: Case) -> Iterator[Finding]:
    """Findings of the rule `relay-gap`, one for each gap."""
    for station in case.plan.stations:
        covered_to = station.start
        for begin, end in [*sorted(_held(case, station)), (station.end, station.end)]:
            until = min(begin, station.end)
            if until - covered_to > TIME_TOLERANCE:
                yield Finding(
                    rule="relay-gap",
                    message=sentence(
                        "check.relay-gap",
                        "station {station} is not covered from {begin:.0f} to {end:.0f} s of the "
                        "plan: {gap:.0f} s",
                        station=station.name,
                        begin=covered_to,
                        end=until,
                        gap=until - covered_to,
                    ),
                    latitude=station.place.latitude,
                    longitude=station.place.longitude,
                    amount=until - covered_to,
                    limit=0,
                    unit="s",
                )
            covered_to = max(covered_to, end)


def _held(case: Case, station: Station) -> Iterator[tuple[float, float]]:
    """From when to when drones are at a station, or one separation beside, above or below it.

    They are while they hold there and while they change their height there.
    """
    limits = case.plan.limits
    beside = limits.separation_horizontal + NEAR
    above = limits.separation_vertical + NEAR
    place = case.plane.metres(station.place.longitude, station.place.latitude)[0]
    for track in case.tracks:
        watches = np.array([point.purpose == "station" for point in track.sortie.waypoints])
        still = watches[track.pieces.waypoint] & ~track.pieces.flown_leg & ~track.pieces.circle
        for piece in where(still):
            ends = track.first[[piece, piece + 1]]
            off = np.hypot(*(track.samples.place[ends] - place).T)
            high = np.abs(track.samples.height[ends] - station.height)
            if (off <= beside).all() and (high <= above).all():
                begin, end = track.samples.time[ends]
                yield float(begin), float(end)
