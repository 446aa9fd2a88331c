"""Position and time: GPS that is poor, jumps or looks spoofed, the estimator, the clock."""

from __future__ import annotations

import numpy as np

from fleet.alerts.alert import Priority
from fleet.alerts.filters import Delay
from fleet.assets import Kind
from fleet.columns import LIVE_SOURCES, Suspect
from fleet.rules.registry import Found, Texts, by_network, row_rule
from fleet.rules.view import View

HDOP_DEAD_BAND = 0.3

EKF_WANTED = 1 | 2 | 4 | 32
"""EKF_STATUS_FLAGS: attitude, horizontal and vertical velocity, absolute height."""

EKF_PLACE = 8 | 16
"""Relative or absolute horizontal position: one of them is wanted."""

EKF_BAD = 128 | 1024 | 32768
"""Constant position mode, not initialised, GPS glitching."""

_GPS = by_network("gps")
_WINDOW = 120.0


@row_rule(
    "gps_poor",
    Priority.MEDIUM,
    Texts(
        {
            "en": "{name}: poor GPS: fix type {fix:.0f}, {satellites:.0f} satellites, HDOP "
            "{hdop:.1f}",
            "ur": "{name}: جی پی ایس کمزور: فکس {fix:.0f}، سیٹلائٹ {satellites:.0f}، ایچ ڈی او پی {hdop:.1f}",
        },
        {
            "en": "Climb clear of buildings or come home; if several have it, suspect jamming.",
            "ur": "عمارتوں سے اوپر جائیں یا واپس آئیں؛ کئی میں ہو تو جیمنگ کا شبہ کریں۔",
        },
    ),
    on=Delay(seconds=5, samples=3),
    off=Delay(seconds=15),
    cause=_GPS,
    window=_WINDOW,
)
def gps_poor(view: View) -> Found:
    """The GPS of what is armed, or of a car, is too poor to rely on. Value: HDOP."""
    fix, satellites = view.column("gps_fix"), view.column("satellites")
    hdop, limit = view.column("hdop"), view.of(lambda t: t.gps.most_hdop)
    bad = (
        (fix < view.of(lambda t: t.gps.least_fix))
        | (satellites < view.of(lambda t: t.gps.least_satellites))
        | (hdop > limit)
    )
    known = ~np.isnan(fix) | ~np.isnan(satellites) | ~np.isnan(hdop)
    watched = view.armed | (view.rows["kind"] == Kind.CAR)
    return Found(
        bad & watched,
        (known & ~bad & ~(hdop > limit - HDOP_DEAD_BAND)) | view.disarmed,
        hdop,
        limit,
        view.rows["status_time"],
        {"fix": fix, "satellites": satellites, "hdop": hdop},
    )


@row_rule(
    "gps_jump",
    Priority.MEDIUM,
    Texts(
        {
            "en": "{name}: its position jumped {value:.0f} m farther than it can have moved",
            "ur": "{name}: اس کا مقام ممکنہ حرکت سے {value:.0f} میٹر زیادہ بدل گیا",
        },
        {
            "en": "Do not rely on its position; compare with the camera or the crew.",
            "ur": "اس کے مقام پر بھروسا نہ کریں؛ کیمرے یا عملے سے تصدیق کریں۔",
        },
    ),
    off=Delay(seconds=30),
    cause=_GPS,
    window=_WINDOW,
)
def gps_jump(view: View) -> Found:
    """Two fixes are farther apart than the reported speed makes. Value: metres beyond it."""
    ahead, limit = view.motion["ahead"], view.of(lambda t: t.gps.jump)
    fires = (ahead > limit) & ~view.disarmed  # a first fix on the ground settles in jumps
    implausible = (view.rows["suspect"].astype(np.int64) & int(Suspect.SPEED)) > 0
    return Found(fires, (ahead <= limit) & ~implausible, ahead, limit, view.motion["fix_time"])


@row_rule(
    "gps_spoof",
    Priority.HIGH,
    Texts(
        {
            "en": "{name}: its position runs {value:.0f} m/s faster than it says it moves: "
            "possible GPS spoofing",
            "ur": "{name}: مقام بتائی گئی رفتار سے {value:.0f} میٹر فی سیکنڈ تیز بدل رہا ہے: جی پی ایس سپوفنگ کا شبہ",
        },
        {
            "en": "Take manual control without GPS or land; warn the others nearby.",
            "ur": "جی پی ایس کے بغیر دستی کنٹرول لیں یا اتاریں؛ قریبی ٹیموں کو خبردار کریں۔",
        },
    ),
    on=Delay(seconds=3, samples=5),
    off=Delay(seconds=30, samples=5),
    cause=_GPS,
    window=_WINDOW,
)
def gps_spoof(view: View) -> Found:
    """Fix after fix runs ahead of the reported speed, as when a receiver is dragged away."""
    motion = view.motion
    value = (motion["ahead"] - view.of(lambda t: t.gps.slack)) / motion["step"]
    limit = view.of(lambda t: t.gps.mismatch)
    return Found(
        (value > limit) & ~view.disarmed,
        (value <= limit / 2) | view.disarmed,
        value,
        limit,
        motion["fix_time"],
    )


@row_rule(
    "ekf",
    Priority.HIGH,
    Texts(
        {
            "en": "{name}: the autopilot no longer trusts its own position or attitude (EKF flags "
            "{value:.0f})",
            "ur": "{name}: آٹو پائلٹ کو اپنے مقام یا توازن پر بھروسا نہیں رہا (ای کے ایف {value:.0f})",
        },
        {
            "en": "Be ready to fly by hand; keep people clear below.",
            "ur": "دستی پرواز کے لیے تیار رہیں؛ نیچے لوگوں کو ہٹائیں۔",
        },
    ),
    on=Delay(seconds=2, samples=2),
    off=Delay(seconds=10),
    tracked=False,
)
def ekf(view: View) -> Found:
    """The estimator of an armed vehicle reports that it is not healthy. Value: its flags."""
    flags = view.rows["ekf_flags"].astype(np.int64)
    known = flags >= 0
    healthy = (
        ((flags & EKF_WANTED) == EKF_WANTED) & ((flags & EKF_PLACE) != 0) & ((flags & EKF_BAD) == 0)
    )
    return Found(
        known & ~healthy & view.armed,
        (known & healthy) | view.disarmed,
        view.column("ekf_flags"),
        np.full(len(flags), np.nan),
        view.rows["status_time"],
    )


@row_rule(
    "clock_fault",
    Priority.LOW,
    Texts(
        {
            "en": "{name}: its clock is wrong by {value:.0f} s",
            "ur": "{name}: اس کی گھڑی {value:.0f} سیکنڈ غلط ہے",
        },
        {
            "en": "Have its clock or GPS time checked; its history may be dated wrongly.",
            "ur": "اس کی گھڑی یا جی پی ایس وقت چیک کرائیں؛ اس کا ریکارڈ غلط وقت کا ہو سکتا ہے۔",
        },
    ),
    on=Delay(seconds=10, samples=3),
    off=Delay(seconds=60),
    tracked=False,
)
def clock_fault(view: View) -> Found:
    """The clock of an asset is ahead of ours, or behind where it tells of now. Value: seconds."""
    rows = view.rows
    live = np.isin(rows["source"], [int(source) for source in LIVE_SOURCES])
    against = np.where(live, rows["position_time"], rows["heard_time"])
    error = (rows["fix_time"] - against).astype("m8[us]")
    ahead = np.where(np.isnat(error), np.nan, error.astype(np.int64) / 1e6)
    value = np.where(live, np.abs(ahead), ahead)
    limit = view.of(lambda t: t.gps.clock)
    return Found(value > limit, value <= limit / 2, value, limit, rows["fix_time"])
