"""A SAPIENT detection report becomes a detection (BSI Flex 335 v2, clause 7).

Places are told in degrees, radians or UTM, or as range and bearing from where the sensor stands.
"""

from __future__ import annotations

from functools import lru_cache
from math import cos, degrees, hypot, isfinite, nan, pi, sin
from typing import NamedTuple

import numpy as np
from pyproj import Transformer
from pyproj.exceptions import ProjError
from sapient_msg.bsi_flex_335_v2_0 import location_pb2 as places
from sapient_msg.bsi_flex_335_v2_0 import range_bearing_pb2 as bearings
from sapient_msg.bsi_flex_335_v2_0 import velocity_pb2 as velocities
from sapient_msg.bsi_flex_335_v2_0.detection_report_pb2 import DetectionReport
from sapient_msg.bsi_flex_335_v2_0.location_pb2 import Location
from sapient_msg.bsi_flex_335_v2_0.range_bearing_pb2 import RangeBearing
from sapient_msg.bsi_flex_335_v2_0.registration_pb2 import Registration
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage
from sapient_msg.bsi_flex_335_v2_0.velocity_pb2 import ENUVelocity

from fleet.airspace import motion
from fleet.airspace.columns import DETECTION, Datum, Flag, Means
from fleet.columns import Rows, blank
from telemetry.airspace.heard import moment
from telemetry.sink import RefusedError

CLOCK_WITHIN = 30_000_000
"""Microseconds by which a node's clock may differ from ours."""

RANGE_MOST = 500_000.0
SPEED_MOST = 2000.0
KEY_MOST = 64

_ON_LAND = ("human", "person", "land", "vehicle", "wheeled", "tracked", "animal", "sea", "water")
_IN_AIR = ("air", "uav", "uas", "drone", "bird", "rotor", "aircraft", "wing", "unknown")


_PER_UNIT = {velocities.SPEED_UNITS_KPH: 1 / 3.6}


class Place(NamedTuple):
    """Where something is: degrees, metres, one sigma in metres; NaN where unknown."""

    latitude: float
    longitude: float
    altitude: float
    datum: Datum
    error: float
    altitude_error: float


class Scales(NamedTuple):
    """What a node's numbers of velocity are multiplied by for m/s."""

    horizontal: float = 1.0
    vertical: float = 1.0


def scales_of(told: Registration) -> Scales:
    """The units of velocity that a node registers; m/s where it says none."""
    for mode in told.mode_definition:
        for seen in mode.detection_definition:
            if seen.HasField("velocity_type"):
                units = seen.velocity_type.enu_velocity_units
                return Scales(
                    _PER_UNIT.get(units.east_north_rate_units, 1.0),
                    _PER_UNIT.get(units.up_rate_units, 1.0),
                )
    return Scales()


def told_time(message: SapientMessage) -> int | None:
    """The time that a message carries, in µs since 1970."""
    if not message.HasField("timestamp"):
        return None
    # its own conversion refuses absurd times
    return int(message.timestamp.seconds * 1_000_000 + message.timestamp.nanos // 1000)


def detection(
    report: DetectionReport,
    sensor: str,
    told: int | None,
    received: int,
    stands: Place | None = None,
    scales: Scales | None = None,
) -> Rows:
    """DETECTION (one row) of a report.

    `told` is the time that it carries, `received` ours, both in µs since 1970; `stands` is where the
    sensor is, `scales` in which units it said it would tell velocities. Raises RefusedError (`no_id`, `no_position`, `bad_position`, `out_of_range`,
    `unsupported`).
    """
    if not report.object_id:
        raise RefusedError("no_id", "a detection without object id")
    if len(report.object_id.encode()) > KEY_MOST:
        raise RefusedError("bad_id", f"object id {report.object_id[:40]!r} is too long")
    if report.HasField("location"):
        place = place_of(report.location)
    elif report.HasField("range_bearing"):
        place = _from(stands, report.range_bearing)
    else:
        raise RefusedError("no_position", "a detection without location and without range")
    rows = blank(DETECTION, 1)
    row = rows[0]
    row["sensor"], row["means"], row["key"] = sensor, Means.RADAR, report.object_id.encode()
    dated = told is not None and abs(told - received) <= CLOCK_WITHIN
    row["time"] = moment(told if told is not None and dated else received)
    row["received_time"] = moment(received)
    for name in ("latitude", "longitude", "altitude", "datum", "error", "altitude_error"):
        row[name] = getattr(place, name)
    if report.HasField("enu_velocity"):
        _move(row, report.enu_velocity, scales or Scales())
    confidence = report.detection_confidence
    row["confidence"] = confidence if 0 < confidence <= 1 else np.nan
    flies = _flies(report)
    row["flags"] = (0 if dated else Flag.CLOCK) | (0 if flies else Flag.NOT_AIR)
    return rows


def place_of(location: Location) -> Place:
    """A location in degrees. Raises RefusedError (`bad_position`, `unsupported`)."""
    x, y = location.x, location.y
    system = location.coordinate_system
    if system == places.LOCATION_COORDINATE_SYSTEM_UTM_M:
        longitude, latitude = _from_utm(location.utm_zone, x, y)
    elif system == places.LOCATION_COORDINATE_SYSTEM_LAT_LNG_RAD_M:
        longitude, latitude = degrees(x), degrees(y)
    elif system == places.LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M:
        longitude, latitude = x, y
    else:
        raise RefusedError("unsupported", f"a location in coordinate system {system}")
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):  # also for NaN
        raise RefusedError("bad_position", f"{latitude:g}, {longitude:g} is no place on Earth")
    has_altitude = location.HasField("z") and isfinite(location.z) and abs(location.z) < 1e5
    datum = Datum.WGS84 if location.datum == places.LOCATION_DATUM_WGS84_E else Datum.AMSL
    return Place(
        latitude,
        longitude,
        location.z if has_altitude else nan,
        datum if has_altitude else Datum.UNKNOWN,
        _sigma(hypot(location.x_error, location.y_error) / 2**0.5),
        _sigma(location.z_error),
    )


@lru_cache(maxsize=64)
def _utm(zone: str) -> Transformer:
    """Raises RefusedError."""
    number, letter = zone[:-1], zone[-1:].upper()
    if not (number.isascii() and number.isdigit() and 1 <= int(number) <= 60 and letter.isalpha()):
        raise RefusedError("unsupported", f"UTM zone {zone[:10]!r}")
    code = (32600 if letter >= "N" else 32700) + int(number)
    return Transformer.from_crs(code, 4326, always_xy=True)


def _from_utm(zone: str, x: float, y: float) -> tuple[float, float]:
    try:
        longitude, latitude = _utm(zone[:10]).transform(x, y, errcheck=True)
    except ProjError as error:
        raise RefusedError("bad_position", f"UTM {zone[:10]} {x:g}, {y:g}: {error}") from None
    return float(longitude), float(latitude)


def _from(stands: Place | None, told: RangeBearing) -> Place:
    """The place at a range and bearing of a sensor."""
    if stands is None:
        raise RefusedError(
            "no_position", "range and bearing from a node that never said where it is"
        )
    units = told.coordinate_system
    in_km = units in {
        bearings.RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_KM,
        bearings.RANGE_BEARING_COORDINATE_SYSTEM_RADIANS_KM,
    }
    in_radians = units in {
        bearings.RANGE_BEARING_COORDINATE_SYSTEM_RADIANS_M,
        bearings.RANGE_BEARING_COORDINATE_SYSTEM_RADIANS_KM,
    }
    if units == bearings.RANGE_BEARING_COORDINATE_SYSTEM_UNSPECIFIED:
        raise RefusedError("unsupported", "range and bearing without coordinate system")
    if told.datum != bearings.RANGE_BEARING_DATUM_TRUE:
        raise RefusedError("unsupported", "a bearing that is not from true north")
    if not told.HasField("range"):
        raise RefusedError("no_position", "a bearing without range")
    metres, turn = (1000.0 if in_km else 1.0), (1.0 if in_radians else pi / 180)
    away, azimuth = told.range * metres, told.azimuth * turn
    elevation = told.elevation * turn if told.HasField("elevation") else 0.0
    if not (0 <= away <= RANGE_MOST and isfinite(azimuth) and isfinite(elevation)):
        raise RefusedError("out_of_range", f"range {away:g} m, bearing {told.azimuth:g}")
    flat = away * cos(elevation)
    latitude, longitude = motion.moved(
        stands.latitude, stands.longitude, flat * sin(azimuth), flat * cos(azimuth)
    )
    across = away * told.azimuth_error * turn
    known = told.HasField("elevation") and isfinite(stands.altitude)
    return Place(
        float(latitude),
        float(longitude),
        stands.altitude + away * sin(elevation) if known else nan,
        stands.datum if known else Datum.UNKNOWN,
        _sigma(hypot(told.range_error * metres, across) / 2**0.5),
        _sigma(away * told.elevation_error * turn),
    )


def _move(row: np.void, velocity: ENUVelocity, scales: Scales) -> None:
    east, north = velocity.east_rate * scales.horizontal, velocity.north_rate * scales.horizontal
    up = velocity.up_rate * scales.vertical
    if hypot(east, north) <= SPEED_MOST:  # also not for NaN
        row["east"], row["north"] = east, north
        error = hypot(velocity.east_rate_error, velocity.north_rate_error) / 2**0.5
        row["speed_error"] = _sigma(error * scales.horizontal)
    if velocity.HasField("up_rate") and abs(up) <= SPEED_MOST:
        row["up"] = up


def _flies(report: DetectionReport) -> bool:
    """Whether the likeliest class flies, as far as its name says."""
    if not report.classification:
        return True
    likeliest = max(report.classification, key=lambda each: each.confidence)
    name = likeliest.type.lower()
    if any(word in name for word in _IN_AIR):
        return True
    return not any(word in name for word in _ON_LAND)


def _sigma(error: float) -> float:
    return error if 0 < error < 1e6 else nan
