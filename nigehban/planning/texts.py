"""What people type: places, winds, times, as one word each."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from missions.errors import PlanningError
from missions.plan import Home
from missions.wind import CALM, Wind

ALTITUDE_LEAST, ALTITUDE_MOST = -600.0, 9000.0
"""Metres above mean sea level, of any ground on Earth."""

_SECONDS = {"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600}


def numbers(text: str, what: str, form: str, counts: tuple[int, ...]) -> list[float]:
    """The numbers of a text with commas. Raises PlanningError naming `what` and its `form`."""
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        found = []
    if len(found) not in counts:
        raise PlanningError(f"{what} {text!r} is not of the form {form}")
    return found


def place(text: str, what: str) -> tuple[float, float]:
    """Latitude and longitude of `LAT,LON`. Raises PlanningError."""
    latitude, longitude = numbers(text, what, "LAT,LON in degrees", (2,))
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise PlanningError(
            f"{what} {text!r}: latitude within ±90 and longitude within ±180 degrees"
        )
    return latitude, longitude


def home(text: str) -> Home:
    """`LAT,LON` or `LAT,LON,ALTITUDE`. Raises PlanningError."""
    found = numbers(text, "home", "LAT,LON or LAT,LON,ALTITUDE", (2, 3))
    latitude, longitude = place(f"{found[0]!r},{found[1]!r}", "home")
    altitude = found[2] if len(found) == 3 else None
    if altitude is not None and not ALTITUDE_LEAST <= altitude <= ALTITUDE_MOST:
        raise PlanningError(
            f"home {text!r}: an altitude within {ALTITUDE_LEAST:g} … {ALTITUDE_MOST:g} m is expected"
        )
    return Home(latitude=latitude, longitude=longitude, altitude=altitude)


def wind(text: str | None) -> Wind:
    """`FROM,SPEED`: degrees that it comes from, metres per second. Raises PlanningError."""
    if text is None:
        return CALM
    direction, speed = numbers(text, "wind", "FROM,SPEED (degrees, metres per second)", (2,))
    if not (0 <= speed <= 100 and -360 <= direction <= 360):
        raise PlanningError(
            f"wind {text!r}: FROM within 0 … 360 degrees, SPEED within 0 … 100 m/s are expected"
        )
    return Wind(from_direction=direction % 360, speed=speed)


def seconds(text: str, what: str) -> float:
    """A duration: `90`, `90s`, `20min`, `1.5h`. Raises PlanningError."""
    parts = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]*)", text.strip().lower())
    if parts is None or (parts[2] or "s") not in _SECONDS:
        raise PlanningError(f"{what} {text!r} is no duration: 90, 90s, 20min, 1.5h")
    return float(parts[1]) * _SECONDS[parts[2] or "s"]


def moment(text: str, what: str) -> datetime:
    """A time: ISO 8601, in UTC if it has no zone. Raises PlanningError."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise PlanningError(f"{what} {text!r} is no time: 2026-11-23T16:00+05:00") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
