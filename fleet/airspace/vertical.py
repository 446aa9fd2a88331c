"""The vertical axis of tracks.

Altitudes above different things (the sea, the ellipsoid, a pressure) are not mixed: a track keeps to one
of them, and goes over to the sea's level as soon as that is told.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fleet.airspace import motion
from fleet.airspace.columns import Datum
from fleet.airspace.measures import Errors
from fleet.airspace.motion import Floats, Spread
from fleet.columns import Rows

Numbers = NDArray[np.intp]

_CLIMB = 25.0
"""Variance of the climb of what was not yet measured, m²/s²."""


def correct(
    rows: Rows,
    hidden: Rows,
    slots: Numbers,
    detections: Rows,
    elapsed: Floats,
    variances: Errors,
    q: float,
) -> None:
    """Correct altitude and climb of the tracks in `slots` by one detection each.

    `rows` are CONTACT and `hidden` the tracks' other columns, which are changed; `elapsed` seconds
    from the track's time to the detection's.
    """
    told, datum = detections["altitude"].astype(np.float64), detections["datum"]
    forward = np.maximum(elapsed, 0)
    up = rows["up"][slots].astype(np.float64)
    altitude = rows["altitude"][slots] + up * forward
    spread = Spread(
        hidden["up_position"][slots], hidden["up_both"][slots], hidden["up_velocity"][slots]
    )
    spread = motion.ahead(spread, forward, q)
    known = np.isfinite(told)
    fresh = known & (
        ~np.isfinite(spread.position) | ((datum == Datum.AMSL) & (rows["datum"][slots] != datum))
    )
    rows["datum"][slots] = np.where(fresh, datum, rows["datum"][slots])
    used = known & ~fresh & (datum == rows["datum"][slots])
    after, gain, gain_speed = motion.by_position(spread, variances.vertical)
    above = np.where(used, told - altitude, 0)
    altitude, up = (
        np.where(fresh, told, np.where(used, altitude + gain * above, altitude)),
        np.where(used, up + gain_speed * above, up),
    )
    first = Spread(variances.vertical, np.zeros(len(slots)), np.full(len(slots), _CLIMB))
    spread = Spread(
        *(
            np.where(fresh, begun, np.where(used, corrected, foreseen))
            for begun, corrected, foreseen in zip(first, after, spread, strict=True)
        )
    )
    climbing = np.isfinite(detections["up"]) & np.isfinite(spread.position)
    after, gain, gain_speed = motion.by_velocity(spread, variances.speed)
    faster = np.where(climbing, detections["up"] - up, 0)
    shift = np.where(climbing, gain * faster, 0)
    rows["altitude"][slots] = altitude + shift
    rows["up"][slots] = up + np.where(climbing, gain_speed * faster, 0)
    for name, corrected, value in zip(
        ("up_position", "up_both", "up_velocity"), after, spread, strict=True
    ):
        hidden[name][slots] = np.where(climbing, corrected, value)
