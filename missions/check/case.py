"""All that the judges look at: the plan, the plane around it, its tracks and its shapes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from missions.check.geodesy import Floats, Plane
from missions.check.ground import Heights
from missions.check.power import Wind
from missions.check.report import Finding, Severity
from missions.check.rules import Rule
from missions.check.track import Track
from missions.plan import NoFly, Plan


@dataclass(frozen=True)
class Case:
    """A plan laid out; shapes on the plane, in metres.

    `tracks` are those of the sorties that could be laid out, in the plan's order. `crowd` is
    wherever the people can be until the horizon, but for growth and error.
    """

    plan: Plan
    plane: Plane
    wind: Wind
    tracks: tuple[Track, ...]
    area: BaseGeometry | None = None
    crowd: BaseGeometry | None = None
    zones: tuple[tuple[NoFly, BaseGeometry], ...] = ()
    border: BaseGeometry | None = None
    heights: Heights | None = None
    now: datetime | None = None

    def at(
        self,
        rule: Rule,
        track: Track,
        waypoint: int,
        place: Floats,
        message: str,
        *,
        severity: Severity = "error",
        amount: float | None = None,
        limit: float | None = None,
        unit: str = "m",
    ) -> Finding:
        """A finding on the leg to a waypoint, at a place (2,) of the plane."""
        lon, lat = self.plane.degrees(np.asarray(place))
        return Finding(
            rule=rule,
            severity=severity,
            message=message,
            sortie=track.sortie.name,
            waypoint=int(waypoint),
            latitude=float(lat[0]),
            longitude=float(lon[0]),
            amount=None if amount is None else float(amount),
            limit=None if limit is None else float(limit),
            unit=unit,
        )


def where(mask: NDArray[np.bool_]) -> list[int]:
    """The indices at which it is true."""
    return [int(index) for index in np.flatnonzero(mask)]


def one_a_leg(findings: Iterable[Finding]) -> list[Finding]:
    """Of findings of one rule on a track's pieces: for each waypoint the one furthest off."""
    worst: dict[int | None, Finding] = {}
    for finding in findings:
        before = worst.get(finding.waypoint)
        if before is None or _off(finding) > _off(before):
            worst[finding.waypoint] = finding
    return list(worst.values())


def _off(finding: Finding) -> float:
    assert finding.amount is not None
    assert finding.limit is not None
    return abs(finding.amount - finding.limit)


def worst_of_legs(track: Track, excess: Floats, tolerance: float) -> list[int]:
    """Of each waypoint on whose leg `excess` is above the tolerance: the sample where it is most."""
    bad = np.flatnonzero(excess > tolerance)
    order = bad[np.lexsort((-excess[bad], track.waypoint[bad]))]
    first = np.unique(track.waypoint[order], return_index=True)[1]
    return [int(index) for index in order[first]]
