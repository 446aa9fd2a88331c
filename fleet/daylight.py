"""When the sun rises and sets, and civil twilight begins and ends.

The sun's place is the Astronomical Almanac's low-precision formula (0.01°, 1950 to 2050), so an
event is right to some seconds, less than what refraction does from day to day.
"""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from typing import Literal

SunEvent = Literal["BMCT", "SR", "SS", "EECT"]
"""Begin of morning civil twilight, sunrise, sunset, end of evening civil twilight (ED-318)."""

ELEVATIONS: dict[SunEvent, float] = {"BMCT": -6.0, "SR": -0.833, "SS": -0.833, "EECT": -6.0}
"""Degrees of the sun's centre; at sunrise refraction and the sun's radius are 0.833."""

_J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)


def sun_event(event: SunEvent, day: date, latitude: float, longitude: float) -> datetime | None:
    """When it is at a place on the day (of the place's own solar time), in UTC.

    None where the sun does not come to that elevation on that day (polar day and night).
    """
    morning = event in {"BMCT", "SR"}
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    noon -= timedelta(hours=longitude / 15)
    moment = noon
    for _ in range(3):  # the sun moves while it sinks: begin with noon's place, then the event's
        declination, equation = _sun(moment)
        elevation, parallel = math.radians(ELEVATIONS[event]), math.radians(latitude)
        cosine = (math.sin(elevation) - math.sin(parallel) * math.sin(declination)) / max(
            math.cos(parallel) * math.cos(declination), 1e-9
        )
        if abs(cosine) > 1:
            return None
        hours = math.degrees(math.acos(cosine)) / 15
        moment = noon - timedelta(minutes=equation) + timedelta(hours=-hours if morning else hours)
    return moment


def _sun(moment: datetime) -> tuple[float, float]:
    """Declination in radians and equation of time in minutes."""
    days = (moment - _J2000) / timedelta(days=1)
    mean_longitude = math.radians((280.460 + 0.9856474 * days) % 360)
    anomaly = math.radians(357.528 + 0.9856003 * days)
    ecliptic = mean_longitude + math.radians(
        1.915 * math.sin(anomaly) + 0.020 * math.sin(2 * anomaly)
    )
    obliquity = math.radians(23.439 - 0.0000004 * days)
    ascension = math.atan2(math.cos(obliquity) * math.sin(ecliptic), math.cos(ecliptic))
    declination = math.asin(math.sin(obliquity) * math.sin(ecliptic))
    lead = (mean_longitude - ascension + math.pi) % (2 * math.pi) - math.pi
    return declination, 4 * math.degrees(lead)
