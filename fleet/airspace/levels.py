"""How far contacts are above or below the heights of a zone, as far as that can be told.

What a sensor tells of a height is above the sea, the ellipsoid, a pressure level or a take-off; a zone's
floor and ceiling are above the sea, the ground or a home. So a height is an interval, as wide as what is
not known between the two, and only what is wholly outside of the zone's is out of it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fleet.airspace.association import Floats
from fleet.airspace.columns import Datum
from fleet.columns import Rows
from fleet.geofences.files.zones import GEOID_LEAST, GEOID_MOST
from fleet.geofences.geofence import Level
from fleet.geofences.looking import Ground

GROUND_SLACK = 100.0
"""Metres by which the ground under a drone, its take-off and a home may differ where no grid tells."""

GROUND_LOWEST, GROUND_HIGHEST = -431.0, 8_849.0
"""Metres above the sea: the shore of the Dead Sea, and Mount Everest."""

PRESSURE_SLACK, PRESSURE_PART = 300.0, 0.1
"""Metres, and part of the altitude, by which one of the standard atmosphere may be off: 35 hPa and 30 °C."""

_SIGMAS = 2.0
_USUAL_ERROR = 15.0


class Between(NamedTuple):
    """Heights that are not known better, each (contacts,); NaN where nothing is known."""

    low: Floats
    high: Floats


def above_level(contacts: Rows, level: Level, ground: Ground | None) -> Between:
    """Metres of CONTACT rows above that which `level` is above."""
    error = contacts["altitude_error"].astype(np.float64)
    error = _SIGMAS * np.where(np.isfinite(error), error, _USUAL_ERROR)
    sea = _above_sea(contacts)
    if level.above == "AMSL":
        return Between(sea.low - error, sea.high + error)
    height = contacts["height"].astype(np.float64)
    told = np.isfinite(height)
    low = np.where(told, height - GROUND_SLACK, sea.low - GROUND_HIGHEST)
    high = np.where(told, height + GROUND_SLACK, sea.high - GROUND_LOWEST)
    if level.above == "AGL" and ground is not None:
        under = ground(contacts["latitude"], contacts["longitude"])
        known = np.isfinite(sea.low - under)
        low, high = np.where(known, sea.low - under, low), np.where(known, sea.high - under, high)
    return Between(low - error, high + error)


def _above_sea(contacts: Rows) -> Between:
    altitude, datum = contacts["altitude"].astype(np.float64), contacts["datum"]
    pressure = PRESSURE_SLACK + PRESSURE_PART * np.abs(altitude)
    known = [datum == Datum.AMSL, datum == Datum.WGS84, datum == Datum.PRESSURE]
    low = np.select(known, [altitude, altitude - GEOID_MOST, altitude - pressure], np.nan)
    high = np.select(known, [altitude, altitude - GEOID_LEAST, altitude + pressure], np.nan)
    return Between(low, high)


def gaps(
    contacts: Rows, floor: Level | None, ceiling: Level | None, ground: Ground | None = None
) -> Floats:
    """Metres by which CONTACT rows are beyond doubt below `floor` or above `ceiling`; else 0."""
    gap = np.zeros(len(contacts))
    if floor is not None:
        gap = np.fmax(gap, floor.height - above_level(contacts, floor, ground).high)
    if ceiling is not None:
        gap = np.fmax(gap, above_level(contacts, ceiling, ground).low - ceiling.height)
    return gap
