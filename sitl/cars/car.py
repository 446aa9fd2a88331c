"""What a simulated device reports, in the words of the two apps that cars and officers carry.

OwnTracks: the JSON of its location message (https://owntracks.org/booklet/tech/json/), speed in
km/h, values that are zero left out, as the app does. OsmAnd: the query of Traccar Client, speed in
knots. Both carry times in whole seconds, so two reports of a device are a second apart at least,
unless its clock loses time or somebody presses its panic button.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import urlencode

from sitl.cars.beats import OWNTRACKS_USER

KNOT = 1852 / 3600
"""One knot in m/s."""


@dataclass(frozen=True, slots=True)
class Report:
    """One fix of one device."""

    time_us: int  # µs UTC, by the device's clock
    latitude: float
    longitude: float
    altitude: float
    speed: float
    course: float
    accuracy: float
    battery_percent: int
    ignition: bool | None = None  # None where there is no engine
    panic: bool = False


def owntracks_topic(call_sign: str) -> str:
    """The topic that the phone publishes to."""
    return f"owntracks/{OWNTRACKS_USER}/{call_sign}"


def owntracks_payload(call_sign: str, report: Report) -> bytes:
    """The JSON of one location message."""
    message: dict[str, object] = {
        "_type": "location",
        "tid": call_sign[-2:],
        "tst": report.time_us // 1_000_000,
        "created_at": report.time_us // 1_000_000,
        "lat": round(report.latitude, 7),
        "lon": round(report.longitude, 7),
        "acc": round(report.accuracy),
        "vac": 3,
        "conn": "m",
        "m": 2,
        "bs": 2 if report.ignition else 1,  # charging
    }
    left_out_when_zero = {
        "alt": round(report.altitude),
        "vel": round(report.speed * 3.6),
        "cog": round(report.course) % 360,
        "batt": report.battery_percent,
    }
    message |= {name: value for name, value in left_out_when_zero.items() if value}
    return json.dumps(message, separators=(",", ":")).encode()


def osmand_query(call_sign: str, report: Report) -> str:
    """The query string of one GET; a panic is `alarm=sos`."""
    fields: dict[str, object] = {
        "id": call_sign,
        "timestamp": report.time_us // 1_000_000,
        "lat": f"{report.latitude:.7f}",
        "lon": f"{report.longitude:.7f}",
        "speed": f"{report.speed / KNOT:.3f}",
        "bearing": f"{report.course:.1f}",
        "altitude": f"{report.altitude:.1f}",
        "accuracy": f"{report.accuracy:.1f}",
        "batt": report.battery_percent,
    }
    if report.ignition is not None:
        fields["ignition"] = str(report.ignition).lower()
    if report.panic:
        fields["alarm"] = "sos"
    return urlencode(fields)
