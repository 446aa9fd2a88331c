"""NMEA 0183: lines to sentences.

RMC has time, date, position, speed in knots and course; GGA has time, position and altitude; VTG
has course and speed and no time. A receiver sends these three each second, so they are read here,
in a tenth of the time that pynmeagps takes; it reads GLL, GNS and ZDA, which few receivers need.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache

from pynmeagps import NMEAMessageError, NMEAParseError, NMEAReader, NMEATypeError

from telemetry.sink import RefusedError
from telemetry.trackers.report import MAX_ALTITUDE, MAX_SPEED, MIN_ALTITUDE
from telemetry.trackers.values import coordinates, heading, number, positive

KNOT = 1852 / 3600
"""Metres per second."""

MAX_LINE = 120
"""Bytes of a sentence; the standard allows 82, and some receivers take more digits."""

_FIRST_DAY = date(1970, 1, 1).toordinal()

_LIBRARY_ERRORS = (NMEAMessageError, NMEAParseError, NMEATypeError, ValueError, TypeError)


@dataclass(slots=True)
class Sentence:
    """What one sentence told; NaN is unknown."""

    kind: str
    time: int = -1
    """Microseconds since midnight UTC, -1 if it has none."""
    day: int = -1
    """Days since 1970, -1 if it has no date."""
    fixed: bool | None = None
    """Whether the receiver knows where it is; None if the sentence does not say."""
    latitude: float = math.nan
    longitude: float = math.nan
    altitude: float = math.nan
    heading: float = math.nan
    speed: float = math.nan


def sentence_of(line: bytes) -> Sentence | None:
    """What a line beginning with `$` tells, without its end; None if it is of another kind.

    Raises RefusedError (`checksum`, `malformed`, `bad_position` …).
    """
    body, star, told = line[1:].partition(b"*")
    kind = body[2:5].decode("latin-1")
    reader = _READERS.get(kind)
    if reader is None or body[5:6] != b",":
        return None
    if not star or len(line) > MAX_LINE:
        raise RefusedError("malformed", f"{line[:40]!r} has no checksum, or is too long")
    if told.upper() != b"%02X" % _checksum(body):
        raise RefusedError("checksum", f"{line[:40]!r} has another checksum than {told[:4]!r}")
    return reader(kind, body.decode("latin-1"))


def _checksum(body: bytes) -> int:
    """All bytes XORed, at most 128 of them: the number is folded seven times."""
    folded = int.from_bytes(body, "big")
    for width in (512, 256, 128, 64, 32, 16, 8):
        folded ^= folded >> width
    return folded & 0xFF


def _rmc(kind: str, body: str) -> Sentence:
    _, clock, status, lat, north, lon, east, speed, course, day = _words(body, 10)
    sentence = Sentence(kind, _time(clock), _day(day), fixed=status == "A")
    if sentence.fixed:
        _put_place(sentence, lat, north, lon, east)
        sentence.speed = positive("speed", speed, MAX_SPEED / KNOT) * KNOT
        sentence.heading = heading("course", course)
    return sentence


def _gga(kind: str, body: str) -> Sentence:
    _, clock, lat, north, lon, east, quality, _, _, altitude = _words(body, 10)
    sentence = Sentence(kind, _time(clock), fixed=quality not in {"", "0"})
    if sentence.fixed:
        _put_place(sentence, lat, north, lon, east)
        sentence.altitude = number("altitude", altitude, MIN_ALTITUDE, MAX_ALTITUDE)
    return sentence


def _vtg(kind: str, body: str) -> Sentence:
    _, course, _, _, _, speed = _words(body, 6)
    return Sentence(
        kind,
        heading=heading("course", course),
        speed=positive("speed", speed, MAX_SPEED / KNOT) * KNOT,
    )


def _by_library(kind: str, body: str) -> Sentence:
    """GLL, GNS and ZDA."""
    encoded = body.encode("latin-1")
    try:
        told = vars(NMEAReader.parse(b"$%b*%02X" % (encoded, _checksum(encoded))))
    except _LIBRARY_ERRORS as error:
        raise RefusedError("malformed", f"{body[:40]!r}: {error}") from None
    clock = told.get("time")
    sentence = Sentence(kind, _microseconds(clock) if isinstance(clock, time) else -1)
    if kind == "ZDA":
        day = [told.get(name) for name in ("year", "month", "day")]
        if all(isinstance(number, int) for number in day):
            sentence.day = _ordinal(*day)
        return sentence
    sentence.fixed = told.get("status") == "A" or bool(str(told.get("posMode", "")).strip("N"))
    if sentence.fixed:
        place = coordinates(told.get("lat"), told.get("lon"))
        sentence.latitude, sentence.longitude = place
        sentence.altitude = number("altitude", told.get("alt"), MIN_ALTITUDE, MAX_ALTITUDE)
    return sentence


_READERS: dict[str, Callable[[str, str], Sentence]] = {
    "RMC": _rmc,
    "GGA": _gga,
    "VTG": _vtg,
    "GLL": _by_library,
    "GNS": _by_library,
    "ZDA": _by_library,
}


def _words(body: str, count: int) -> list[str]:
    words = body.split(",", count)[:count]
    if len(words) < count:
        raise RefusedError("malformed", f"{body[:40]!r} has {len(words)} fields, not {count}")
    return words


def _put_place(sentence: Sentence, lat: str, north: str, lon: str, east: str) -> None:
    if north not in {"N", "S"} or east not in {"E", "W"}:
        raise RefusedError("bad_position", f"hemispheres {north[:4]!r} and {east[:4]!r}")
    sentence.latitude, sentence.longitude = coordinates(
        _degrees(lat, 2) * (1 if north == "N" else -1),
        _degrees(lon, 3) * (1 if east == "E" else -1),
    )


def _degrees(text: str, digits: int) -> float:
    """Degrees of `dddmm.mmmm`, of which the first `digits` are whole degrees."""
    minutes = number("minutes", text[digits:], 0, 60)
    whole = text[:digits]
    if not (whole.isascii() and whole.isdigit()) or math.isnan(minutes):
        raise RefusedError("bad_position", f"{text[:20]!r} is neither latitude nor longitude")
    return int(whole) + minutes / 60


def _time(text: str) -> int:
    """Microseconds since midnight of `hhmmss.sss`; -1 if it is empty."""
    if not text:
        return -1
    whole, _, fraction = text.partition(".")
    if len(whole) == 6 and whole.isascii() and whole.isdigit():
        hours, minutes, seconds = int(whole[:2]), int(whole[2:4]), int(whole[4:])
        if hours < 24 and minutes < 60 and seconds <= 60 and (not fraction or _is_digits(fraction)):
            microseconds = int(fraction[:6].ljust(6, "0")) if fraction else 0
            return (hours * 3600 + minutes * 60 + seconds) * 1_000_000 + microseconds
    raise RefusedError("bad_time", f"{text[:20]!r} is no time of day")


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


@lru_cache(16)
def _day(text: str) -> int:
    """Days since 1970 of `ddmmyy`, of this century; -1 if it is empty."""
    if not text:
        return -1
    if len(text) != 6 or not _is_digits(text):
        raise RefusedError("bad_time", f"{text[:20]!r} is no date")
    return _ordinal(2000 + int(text[4:]), int(text[2:4]), int(text[:2]))


def _ordinal(year: int, month: int, day: int) -> int:
    try:
        return date(year, month, day).toordinal() - _FIRST_DAY
    except (ValueError, OverflowError) as error:
        raise RefusedError("bad_time", f"date {year}-{month}-{day}: {error}") from None


def _microseconds(clock: time) -> int:
    seconds = clock.hour * 3600 + clock.minute * 60 + clock.second
    return seconds * 1_000_000 + clock.microsecond
