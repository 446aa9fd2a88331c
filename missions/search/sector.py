"""Sector search (VS)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from missions.errors import PlanningError
from missions.projection import LocalFrame
from missions.route import Route
from missions.search.drift import Drift, Way, ground_route, unit
from missions.search.inputs import Turn, metres, point, side, turned

SECTORS_MOST = 30


def sector_angle(sectors: int) -> float:
    """Degrees of one sector: 60 for six.

    Raises PlanningError unless there are 6, 10, 14 … SECTORS_MOST: only then does flying straight
    on over the datum, from one triangle into the next, take in every spoke once.
    """
    if not (6 <= sectors <= SECTORS_MOST and sectors % 4 == 2):
        raise PlanningError(
            f"a sector search of {sectors} sectors does not close over the datum; "
            f"take 6, 10, 14 … up to {SECTORS_MOST}"
        )
    return 360 / sectors


def sector(
    frame: LocalFrame,
    radius: float,
    *,
    datum: ArrayLike = (0.0, 0.0),
    sectors: int = 6,
    heading: float | None = None,
    turn: Turn = "starboard",
    repeat: int = 0,
    drift: Drift | None = None,
) -> Route:
    """Triangles from the datum (east, north in metres) out to `radius`, across and back over it.

    For when the place is known accurately. With six sectors these are nine legs of R, 9R in all,
    with turns of 120° to starboard; legs 3, 6 and 9 end over the datum, where the way goes
    straight on. The commence search point is the datum, the first leg goes down-drift (north
    without a drift) unless `heading` says otherwise, and a repeated search is turned by half the
    sector angle, 30° for six (IAMSAR vol. II and III, sector search). Other numbers of sectors
    have shorter cross legs of 2R·sin(a/2) and turns of 90° + a/2. Never fly two aircraft in it at
    similar heights (`units.stacked`). Raises PlanningError for a radius that is not above 0 and
    as `sector_angle` does.
    """
    radius, angle = metres(radius, "the radius"), sector_angle(sectors)
    if heading is None:
        heading = drift.course if drift else 0.0
    course = turned(heading, angle / 2, repeat)
    centre = point(datum)
    ways: list[Way] = []
    for _ in range(sectors // 2):
        out = centre + radius * unit(course)
        across = centre + radius * unit(course + angle * side(turn))
        ways += [
            (np.array(ends), "lane") for ends in ((centre, out), (out, across), (across, centre))
        ]
        course += (angle + 180) * side(turn)
    return ground_route(frame, ways, drift)
