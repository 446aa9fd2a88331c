"""SBS: lines of aircraft as `dump1090` and others serve them on TCP 30003.

Comma-separated: MSG, type, session, aircraft, ICAO address, flight, date and time generated, date and
time logged, call sign, altitude (ft, by pressure), ground speed (kn), track, latitude, longitude,
vertical rate (ft/min), squawk, alert, emergency, SPI, on ground
(http://woodair.net/sbs/article/barebones42_socket_data.htm). Positions (MSG,2 and 3), velocities
(MSG,4) and call signs (MSG,1) come in lines of their own. The times are of the receiver's clock in
whatever zone, so a position has the time of its receipt.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from math import cos, isnan, nan, radians, sin

from fleet.airspace.columns import DETECTION, Datum, Flag, Means
from fleet.columns import Rows, blank
from telemetry.airspace.heard import moment
from telemetry.sink import RefusedError
from telemetry.trackers.values import number

LINE_MOST = 400
"""Bytes of a line; one has about 100."""

AIRCRAFT_MOST = 4096

VELOCITY_AGE = 10_000_000
"""Microseconds for which a velocity goes with the positions after it."""

KNOT = 1852 / 3600
FOOT = 0.3048

_ADDRESS = re.compile(r"[0-9A-Fa-f]{6}", re.ASCII)
_FIELDS = 22
_SURFACE, _AIRBORNE = "2", "3"
_OTHERS = frozenset({"SEL", "ID", "AIR", "STA", "CLK"})


@dataclass(slots=True)
class _Aircraft:
    call_sign: str = ""
    east: float = nan
    north: float = nan
    up: float = nan
    moved: int = -VELOCITY_AGE


class SbsReader:
    """Joins the lines of one receiver by aircraft."""

    def __init__(self, sensor: str) -> None:
        self._sensor = sensor
        self._aircraft: OrderedDict[str, _Aircraft] = OrderedDict()

    def take(self, line: bytes, received: int) -> Rows:
        """DETECTION of a line, received at µs since 1970: one row if it tells a position, else none.

        Raises RefusedError (`too_large`, `malformed`, `bad_id`, `bad_number`, `out_of_range`).
        """
        if len(line) > LINE_MOST:
            raise RefusedError("too_large", f"a line of {len(line)} bytes")
        if not line.isascii():
            raise RefusedError("malformed", "a line that is not ASCII")
        fields = [field.strip() for field in line.decode().strip().split(",")]
        if fields[0] in _OTHERS or fields == [""]:
            return blank(DETECTION, 0)
        if fields[0] != "MSG" or len(fields) < _FIELDS:
            raise RefusedError("malformed", f"no SBS line: {line[:60]!r}")
        address = fields[4].lower()
        if not _ADDRESS.fullmatch(address):
            raise RefusedError("bad_id", f"{fields[4][:20]!r} is no ICAO address")
        latitude = number("latitude", fields[14], -90, 90)
        longitude = number("longitude", fields[15], -180, 180)
        altitude = number("altitude", fields[11], -2000, 200_000) * FOOT
        known = self._know(address)
        self._learn(known, fields, received)
        if fields[1] not in {_SURFACE, _AIRBORNE} or isnan(latitude + longitude):
            return blank(DETECTION, 0)
        rows = blank(DETECTION, 1)
        row = rows[0]
        row["sensor"], row["means"], row["key"] = self._sensor, Means.AIRCRAFT, address
        row["identity"], row["call_sign"] = f"icao:{address}", known.call_sign
        row["time"] = row["received_time"] = moment(received)
        row["latitude"], row["longitude"] = latitude, longitude
        row["altitude"], row["datum"] = altitude, Datum.PRESSURE
        if received - known.moved <= VELOCITY_AGE:
            row["east"], row["north"], row["up"] = known.east, known.north, known.up
        row["flags"] = (
            Flag.CLOCK
            | (Flag.EMERGENCY if fields[19] in {"1", "-1"} else 0)
            | (Flag.ON_GROUND if fields[21] in {"1", "-1"} else 0)
        )
        return rows

    def _know(self, address: str) -> _Aircraft:
        known = self._aircraft.setdefault(address, _Aircraft())
        self._aircraft.move_to_end(address)
        if len(self._aircraft) > AIRCRAFT_MOST:
            self._aircraft.popitem(last=False)
        return known

    @staticmethod
    def _learn(known: _Aircraft, fields: list[str], received: int) -> None:
        if fields[10]:
            known.call_sign = fields[10][:8]
        speed = number("speed", fields[12], 0, 4000) * KNOT
        course = number("track", fields[13], 0, 360)
        climb = number("vertical rate", fields[16], -60_000, 60_000)
        if not isnan(speed + course):
            known.east = speed * sin(radians(course))
            known.north = speed * cos(radians(course))
            known.up = climb * FOOT / 60
            known.moved = received
