"""What an ADS-B receiver says of an aircraft: MAVLink ADSB_VEHICLE, and lines of the SBS format.

SBS is what `dump1090` serves on TCP 30003: comma-separated, MSG,3 a position and MSG,4 a velocity
(http://woodair.net/sbs/article/barebones42_socket_data.htm).
"""

from __future__ import annotations

from datetime import UTC, datetime
from math import atan2, degrees, hypot
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.intruders.flight import Motion

KNOT = 1852 / 3600
FOOT = 0.3048

_FLAGS = (
    mavlink.ADSB_FLAGS_VALID_COORDS
    | mavlink.ADSB_FLAGS_VALID_ALTITUDE
    | mavlink.ADSB_FLAGS_VALID_HEADING
    | mavlink.ADSB_FLAGS_VALID_VELOCITY
    | mavlink.ADSB_FLAGS_VALID_CALLSIGN
    | mavlink.ADSB_FLAGS_VERTICAL_VELOCITY_VALID
)


def adsb_vehicle(address: int, call_sign: str, motion: Motion) -> Any:
    """ADSB_VEHICLE of the aircraft with the 24-bit `address`."""
    place = motion.place
    return mavlink.MAVLink_adsb_vehicle_message(
        address,
        round(place.latitude * 1e7),
        round(place.longitude * 1e7),
        mavlink.ADSB_ALTITUDE_TYPE_GEOMETRIC,
        round(place.altitude * 1000),
        round(_course(motion) * 100) % 36000,
        round(_speed(motion) * 100),
        round(motion.climb * 100),
        call_sign.encode("ascii", "replace")[:8],
        mavlink.ADSB_EMITTER_TYPE_ROTOCRAFT,
        1,
        _FLAGS,
        0o7000,
    )


def sbs_lines(address: int, call_sign: str, motion: Motion, unix_us: int) -> list[str]:
    """A position (MSG,3) and a velocity with the call sign (MSG,4), each with its line end."""
    place = motion.place
    moment = datetime.fromtimestamp(unix_us / 1e6, UTC)
    when = [f"{moment:%Y/%m/%d}", f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03d}"]
    head = ["1", "1", f"{address:06X}", "1", *when, *when]
    feet = str(round(place.altitude / FOOT))
    where = [f"{place.latitude:.5f}", f"{place.longitude:.5f}"]
    speed, course = f"{_speed(motion) / KNOT:.1f}", f"{_course(motion):.1f}"
    climb = str(round(motion.climb / FOOT * 60))
    position = ["MSG", "3", *head, "", feet, "", "", *where, "", "", "0", "0", "0", "0"]
    velocity = ["MSG", "4", *head, call_sign, "", speed, course, "", "", climb, "", "", "", "", "0"]
    return [",".join(line) + "\r\n" for line in (position, velocity)]


def _speed(motion: Motion) -> float:
    return hypot(motion.east_speed, motion.north_speed)


def _course(motion: Motion) -> float:
    return degrees(atan2(motion.east_speed, motion.north_speed)) % 360
