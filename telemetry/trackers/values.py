"""What trackers write as numbers and times, checked: each value is plausible, unknown or refused."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

from fleet.moments import microseconds
from telemetry.sink import RefusedError

EARLIEST_FIX = 946_684_800_000_000
"""The year 2000 in microseconds since 1970: no tracker was anywhere before. A receiver without a
fix counts from 1970 or 1980."""

LATEST_FIX_AHEAD = 86_400_000_000
"""Microseconds that a tracker's clock may be ahead of ours: a day covers a wrong time zone."""

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_MILLISECONDS_FROM = 100_000_000_000
"""A time stamp from here on counts milliseconds: as seconds it would be the year 5138."""

_ROUNDS_TO_360 = 359.99998
"""The largest float32 below 360 is 359.99997; what lies nearer to 360 would become that."""


def number(name: str, value: object, low: float, high: float) -> float:
    """A number from `low` to `high`; NaN if it is absent, empty or NaN.

    Takes what JSON or a form holds. Raises RefusedError (`bad_number`, `out_of_range`).
    """
    if value is None or value == "":
        return math.nan
    if isinstance(value, str):
        try:
            result = float(value)
        except ValueError:
            result = math.inf
        if math.isinf(result) or "_" in value or not value.isascii():  # what only Python takes
            raise RefusedError("bad_number", f"{name}={value[:40]!r} is no number")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        try:
            result = float(value)
        except OverflowError:  # an integer of hundreds of digits
            result = math.inf
    else:
        raise RefusedError("bad_number", f"{name} is {type(value).__name__}, not a number")
    if math.isnan(result):
        return result
    if not low <= result <= high:
        raise RefusedError("out_of_range", f"{name}={result:g} is not within {low:g} … {high:g}")
    return result


def positive(name: str, value: object, high: float) -> float:
    """As `number` from 0, but a negative one is unknown (NaN): phones write -1 for that."""
    result = number(name, value, -high, high)
    return math.nan if result < 0 else result


def coordinates(latitude: object, longitude: object) -> tuple[float, float]:
    """Latitude and longitude in degrees.

    Raises RefusedError: `no_position` if one is missing, `bad_position` if they are none on Earth,
    `no_fix` if both are 0, which is what a receiver without a fix says.
    """
    try:
        lat, lon = number("lat", latitude, -90, 90), number("lon", longitude, -180, 180)
    except RefusedError as error:
        raise RefusedError("bad_position", error.detail) from None
    if latitude in (None, "") or longitude in (None, ""):
        raise RefusedError("no_position", "latitude or longitude is missing")
    if math.isnan(lat) or math.isnan(lon):
        raise RefusedError("bad_position", "latitude or longitude is NaN")
    if lat == lon == 0:
        raise RefusedError("no_fix", "lat=0, lon=0 is no position")
    return lat, lon


def heading(name: str, value: object) -> float:
    """Degrees clockwise from north, 0 ≤ heading < 360, also in single precision."""
    degrees = positive(name, value, 360)
    return 0.0 if degrees >= _ROUNDS_TO_360 else degrees


def fix_time(value: object, received: float) -> int:
    """When the tracker was there, by its own clock, in microseconds since 1970.

    Takes seconds or milliseconds since 1970 as number or text, ISO 8601, and
    `yyyy-MM-dd HH:mm:ss`, without a zone UTC. `received` is ours, in seconds since 1970. Raises
    RefusedError (`bad_time`, `absurd_time`).
    """
    try:
        microseconds = _microseconds(value)
    except OverflowError:
        raise RefusedError("absurd_time", f"timestamp {str(value)[:40]!r}") from None
    except ValueError:
        raise RefusedError("bad_time", f"timestamp {str(value)[:40]!r} is no time") from None
    return plausible(microseconds, receive_time(received))


def plausible(microseconds: int, received: int) -> int:
    """A fix time as it is, both in microseconds since 1970. Raises RefusedError (`absurd_time`)."""
    if not EARLIEST_FIX <= microseconds <= received + LATEST_FIX_AHEAD:
        seconds = f"{microseconds // 1_000_000} s since 1970"
        raise RefusedError("absurd_time", f"{seconds} is before 2000 or more than a day ahead")
    return microseconds


def receive_time(received: float) -> int:
    """Seconds since 1970 of our clock as microseconds."""
    return round(received * 1e6)


def _microseconds(value: object) -> int:
    """Raises ValueError, OverflowError."""
    if isinstance(value, str):
        text = value.strip()
        if _NUMBER.fullmatch(text):
            return _from_count(float(text))
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return microseconds(moment)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_count(float(value))
    raise ValueError


def _from_count(count: float) -> int:
    scale = 1e3 if abs(count) >= _MILLISECONDS_FROM else 1e6
    return round(count * scale)
