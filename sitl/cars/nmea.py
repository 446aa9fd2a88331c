"""NMEA 0183 of a simulated car's receiver: the sentences of one fix.

A line says first which device it is, for all that follows on the connection (as Traccar and the
collector read it); then RMC has time, date, place, speed in knots and course, and GGA the altitude
and how good the fix is. Times have hundredths of a second, as the usual receivers write them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import xor

from sitl.cars.car import KNOT, Report

METRES_PER_HDOP = 5.0
"""Metres of error for each unit of HDOP: what a receiver in a street is off by."""

GEOID = -37.0
"""Metres of the geoid above the ellipsoid at Peshawar, by EGM96."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def greeting(device: str) -> bytes:
    """The line that says which device speaks."""
    return f"ID:{device}\r\n".encode()


def sentences(report: Report) -> bytes:
    """RMC and GGA of a fix. NMEA has no word for a panic."""
    moment = _EPOCH + timedelta(microseconds=report.time_us)
    clock = f"{moment:%H%M%S}.{moment.microsecond // 10_000:02d}"
    place = f"{_angle(report.latitude, 2, 'NS')},{_angle(report.longitude, 3, 'EW')}"
    hdop = max(report.accuracy / METRES_PER_HDOP, 0.5)
    rmc = (
        f"GPRMC,{clock},A,{place},{report.speed / KNOT:.2f},{report.course % 360:.2f},"
        f"{moment:%d%m%y},,,A"
    )
    gga = f"GPGGA,{clock},{place},1,{satellites(report):02d},{hdop:.1f},{report.altitude:.1f},M,{GEOID:.1f},M,,"
    return sentence(rmc) + sentence(gga)


def sentence(body: str) -> bytes:
    """A body with its checksum (all bytes XORed) and its end."""
    encoded = body.encode()
    return b"$%b*%02X\r\n" % (encoded, reduce(xor, encoded))


def satellites(report: Report) -> int:
    """How many satellites a receiver has that is so accurate, about."""
    return max(5, 13 - round(report.accuracy / 2))


def _angle(degrees: float, digits: int, letters: str) -> str:
    """`ddmm.mmmmm,N`: whole degrees, minutes, and the hemisphere."""
    units = round(abs(degrees) * 60 * 100_000)  # rounded first, so that no minute becomes 60
    whole, rest = divmod(units, 60 * 100_000)
    minutes, fraction = divmod(rest, 100_000)
    return f"{whole:0{digits}d}{minutes:02d}.{fraction:05d},{letters[degrees < 0]}"
