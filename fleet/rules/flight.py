"""How drones fly: height, altitude, wind, and what the autopilot says of itself."""

from __future__ import annotations

import numpy as np

from fleet.alerts.alert import Priority
from fleet.alerts.filters import Delay, Flags, above
from fleet.rules.registry import Found, Texts, by_asset, row_rule
from fleet.rules.view import Values, View

MAV_STATE_CRITICAL = 5
"""A failsafe is at work; 6, emergency, is worse (MAVLink common, MAV_STATE)."""

ON_GROUND = 1
IN_AIR = (2, 3, 4)
"""MAV_LANDED_STATE: on the ground; in the air, taking off, landing."""

MOST_TILT = 60.0
"""Degrees: beyond it a drone does not hover."""

_OFF = Delay(seconds=15)


def airborne(view: View) -> Flags:
    """Which drones are known to be in the air."""
    landed = view.rows["landed_state"]
    high = view.column("height") > view.of(lambda t: t.flight.airborne_height)
    up: Flags = view.drone & view.armed & (high | np.isin(landed, IN_AIR)) & (landed != ON_GROUND)
    return up


@row_rule(
    "height",
    Priority.MEDIUM,
    Texts(
        {
            "en": "{name}: {value:.0f} m above home, higher than {limit:.0f} m",
            "ur": "{name}: روانگی کے مقام سے {value:.0f} میٹر بلند، حد {limit:.0f} میٹر",
        },
        {
            "en": "Descend; tell air traffic control if it was above the permitted height.",
            "ur": "نیچے لائیں؛ اجازت سے اوپر تھا تو ایئر ٹریفک کنٹرول کو بتائیں۔",
        },
    ),
    on=Delay(seconds=2, samples=3),
    off=_OFF,
)
def height(view: View) -> Found:
    """A drone is too high above home."""
    value, limit = view.column("height"), view.of(lambda t: t.flight.most_height)
    fires, clears = above(value, limit, view.of(lambda t: t.flight.height_dead_band))
    return Found(fires & view.drone, clears, value, limit, view.rows["fix_time"])


@row_rule(
    "altitude",
    Priority.MEDIUM,
    Texts(
        {
            "en": "{name}: {value:.0f} m above sea level, higher than {limit:.0f} m",
            "ur": "{name}: سطح سمندر سے {value:.0f} میٹر بلند، حد {limit:.0f} میٹر",
        },
        {
            "en": "Descend; tell air traffic control if it was above the permitted height.",
            "ur": "نیچے لائیں؛ اجازت سے اوپر تھا تو ایئر ٹریفک کنٹرول کو بتائیں۔",
        },
    ),
    on=Delay(seconds=2, samples=3),
    off=_OFF,
)
def altitude(view: View) -> Found:
    """A drone is too high above the sea."""
    value, limit = view.column("altitude"), view.of(lambda t: t.flight.most_altitude)
    fires, clears = above(value, limit, view.of(lambda t: t.flight.height_dead_band))
    return Found(fires & view.drone, clears, value, limit, view.rows["fix_time"])


@row_rule(
    "wind",
    Priority.MEDIUM,
    Texts(
        {
            "en": "{name}: wind of about {value:.0f} m/s, more than {limit:.0f} m/s",
            "ur": "{name}: ہوا تقریباً {value:.0f} میٹر فی سیکنڈ، حد {limit:.0f}",
        },
        {
            "en": "Come home with the wind in mind: the way back may need more battery.",
            "ur": "ہوا کو دیکھ کر واپس لائیں: واپسی میں زیادہ بیٹری لگ سکتی ہے۔",
        },
    ),
    on=Delay(seconds=15, samples=10),
    off=Delay(seconds=60),
)
def wind(view: View) -> Found:
    """The wind where a drone flies is stronger than it should bear; see `wind_estimate`."""
    value, limit = wind_estimate(view), view.of(lambda t: t.flight.most_wind)
    fires, clears = above(value, limit, view.of(lambda t: t.flight.wind_dead_band))
    return Found(
        fires & airborne(view), clears | view.disarmed, value, limit, view.rows["status_time"]
    )


def wind_estimate(view: View) -> Values:
    """Metres per second, from below: what the airspeed shows, or the tilt of a hovering drone.

    Air and ground speed differ by at most the wind (triangle inequality), whichever way the nose
    points. A drone that hovers balances drag with tilt: tan(tilt) = drag / weight grows with the
    square of the wind, so the wind is `tilt_wind` · √tan(tilt), that being the wind at 45°.
    """
    speed, climb = view.column("speed"), view.column("climb")
    moving = np.hypot(speed, np.nan_to_num(climb))  # the autopilot's airspeed has the climb in it
    shown = np.abs(view.column("airspeed") - moving)
    cosine = np.cos(np.radians(view.column("roll"))) * np.cos(np.radians(view.column("pitch")))
    hovers = (speed < view.of(lambda t: t.flight.hover_speed)) & (
        cosine > np.cos(np.radians(MOST_TILT))
    )
    bounded = np.clip(np.where(hovers, cosine, np.nan), 1e-6, 1.0)
    tangent = np.sqrt(1 - bounded**2) / bounded
    tilted = view.of(lambda t: t.flight.tilt_wind) * np.sqrt(tangent)
    found: Values = np.fmax(shown, tilted)
    return found


@row_rule(
    "failsafe",
    Priority.HIGH,
    Texts(
        {
            "en": "{name}: the autopilot reports a failsafe, mode {mode}",
            "ur": "{name}: آٹو پائلٹ نے فیل سیف بتایا ہے، موڈ {mode}",
        },
        {
            "en": "Let it fly its failsafe; read its messages; clear the landing place.",
            "ur": "اسے خود کارروائی کرنے دیں؛ پیغامات پڑھیں؛ اترنے کی جگہ خالی کرائیں۔",
        },
    ),
    off=Delay(seconds=5),
    cause=by_asset("vehicle"),
    window=600.0,
    tracked=False,
)
def failsafe(view: View) -> Found:
    """An armed vehicle says that a failsafe is at work. Value: its MAV_STATE."""
    value = view.column("system_status")
    limit = np.full(len(value), float(MAV_STATE_CRITICAL))
    return Found(
        (value >= limit) & (value <= MAV_STATE_CRITICAL + 1) & view.armed,
        (value < limit) | view.disarmed,
        value,
        limit,
        view.rows["status_time"],
        {"mode": view.rows["mode"]},
    )
