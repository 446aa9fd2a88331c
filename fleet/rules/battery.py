"""Batteries: percent, voltage of a cell, and whether it takes the drone home."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fleet.alerts.alert import Priority
from fleet.alerts.filters import Delay, below
from fleet.columns import TIME, Rows
from fleet.rules.motion import offsets
from fleet.rules.registry import Found, Texts, by_asset, remembering_rule, row_rule
from fleet.rules.settings import Battery, Thresholds
from fleet.rules.view import Values, View

CELL_MOST = 4.35
"""Volts of a full cell, the highest of the common chemistries (LiHV)."""

LEAST_USED, LEAST_TIME = 3.0, 30.0
"""Percent that must have been used, and seconds flown, before the rate of use is believed."""

_VEHICLE = by_asset("vehicle")
_WINDOW = 600.0
_OFF = Delay(seconds=30)


def _percent(view: View, pick: Callable[[Thresholds], float]) -> Found:
    value, limit = view.column("battery_percent"), view.of(pick)
    fires, clears = below(value, limit, view.of(lambda t: t.battery.dead_band_percent))
    return Found(fires, clears, value, limit, view.rows["status_time"])


@row_rule(
    "battery_low",
    Priority.MEDIUM,
    Texts(
        {
            "en": "{name}: battery at {value:.0f} %, below {limit:.0f} %",
            "ur": "{name}: بیٹری {value:.0f} فیصد رہ گئی ہے، حد {limit:.0f} فیصد ہے",
        },
        {
            "en": "Plan the way home now; have a relief ready.",
            "ur": "ابھی واپسی کا منصوبہ بنائیں اور متبادل تیار رکھیں۔",
        },
    ),
    on=Delay(samples=2),
    off=_OFF,
    falling=True,
    cause=_VEHICLE,
    window=_WINDOW,
)
def battery_low(view: View) -> Found:
    """The battery's charge is low."""
    return _percent(view, lambda t: t.battery.low_percent)


@row_rule(
    "battery_critical",
    Priority.HIGH,
    Texts(
        {
            "en": "{name}: battery at {value:.0f} %, critical below {limit:.0f} %",
            "ur": "{name}: بیٹری صرف {value:.0f} فیصد ہے، {limit:.0f} فیصد سے کم خطرناک ہے",
        },
        {
            "en": "Land at the nearest safe place now.",
            "ur": "فوراً قریب ترین محفوظ جگہ پر اتاریں۔",
        },
    ),
    on=Delay(samples=2),
    off=_OFF,
    falling=True,
    cause=_VEHICLE,
    window=_WINDOW,
)
def battery_critical(view: View) -> Found:
    """The battery's charge is critical."""
    return _percent(view, lambda t: t.battery.critical_percent)


CELLS = np.dtype([("highest", "f8")])
"""The highest voltage that was seen of each battery."""


def _voltage(view: View, memory: Rows, pick: Callable[[Battery], float]) -> tuple[Found, Rows]:
    """Volts a cell of what is armed; the sag of a motor's start is left to the on-delay."""
    after = memory.copy()
    voltage = view.column("battery_voltage")
    voltage[~(voltage > 0)] = np.nan  # 0 is said where nothing is measured
    after["highest"] = np.fmax(memory["highest"], voltage)
    told = view.of(lambda t: t.battery.cells)
    cells = np.where(told > 0, told, np.ceil(after["highest"] / CELL_MOST))
    value, limit = voltage / cells, view.of(lambda t: pick(t.battery))
    fires, clears = below(value, limit, view.of(lambda t: t.battery.cell_dead_band))
    found = Found(
        fires & view.armed & view.drone,
        clears | view.disarmed,
        value,
        limit,
        view.rows["status_time"],
        {"volts": voltage},
    )
    return found, after


@remembering_rule(
    "battery_voltage_low",
    Priority.MEDIUM,
    Texts(
        {
            "en": "{name}: battery at {volts:.1f} V, {value:.2f} V a cell, below {limit:.2f} V",
            "ur": "{name}: بیٹری {volts:.1f} وولٹ پر ہے، فی سیل {value:.2f}، حد {limit:.2f} وولٹ",
        },
        {
            "en": "Bring it home; do not trust the percentage.",
            "ur": "اسے واپس لائیں؛ فیصد پر بھروسا نہ کریں۔",
        },
    ),
    CELLS,
    on=Delay(seconds=3, samples=3),
    off=_OFF,
    falling=True,
    cause=_VEHICLE,
    window=_WINDOW,
)
def battery_voltage_low(view: View, memory: Rows) -> tuple[Found, Rows]:
    """The voltage of a cell is low under load."""
    return _voltage(view, memory, lambda b: b.low_cell_voltage)


@remembering_rule(
    "battery_voltage_critical",
    Priority.HIGH,
    Texts(
        {
            "en": "{name}: battery at {volts:.1f} V, {value:.2f} V a cell, critical below "
            "{limit:.2f} V",
            "ur": "{name}: بیٹری {volts:.1f} وولٹ، فی سیل {value:.2f}؛ {limit:.2f} وولٹ سے کم خطرناک ہے",
        },
        {
            "en": "Land now, wherever nobody is below.",
            "ur": "فوراً اتاریں، جہاں نیچے کوئی نہ ہو۔",
        },
    ),
    CELLS,
    on=Delay(seconds=2, samples=2),
    off=_OFF,
    falling=True,
    cause=_VEHICLE,
    window=_WINDOW,
)
def battery_voltage_critical(view: View, memory: Rows) -> tuple[Found, Rows]:
    """The voltage of a cell is critical under load."""
    return _voltage(view, memory, lambda b: b.critical_cell_voltage)


USE = np.dtype([("percent", "f8"), ("since", TIME)])
"""Charge and time when each drone was armed."""


@remembering_rule(
    "battery_return",
    Priority.HIGH,
    Texts(
        {
            "en": "{name}: the charge above the reserve lasts {lasts:.0f} s, the way home takes "
            "{takes:.0f} s",
            "ur": "{name}: محفوظ حد سے اوپر چارج {lasts:.0f} سیکنڈ چلے گا، واپسی میں {takes:.0f} سیکنڈ لگیں گے",
        },
        {
            "en": "Recall it now; if it is not back in reach, land it on the way.",
            "ur": "ابھی واپس بلائیں؛ اگر پہنچ نہ سکے تو راستے میں اتار لیں۔",
        },
    ),
    USE,
    on=Delay(seconds=5, samples=3),
    off=_OFF,
    falling=True,
    cause=_VEHICLE,
    window=_WINDOW,
)
def battery_return(view: View, memory: Rows) -> tuple[Found, Rows]:
    """The battery does not take the drone home with its reserve.

    The rate of use is the mean since it was armed, so wind against it is in it only as far as it has
    flown against it. Value: seconds to spare.
    """
    percent, rows = view.column("battery_percent"), view.rows
    after = memory.copy()
    charged = percent > memory["percent"] + LEAST_USED  # another battery
    begins = view.armed & np.isfinite(percent) & (np.isnat(memory["since"]) | charged)
    after["percent"][begins], after["since"][begins] = percent[begins], rows["status_time"][begins]
    after["percent"][view.disarmed] = np.nan
    after["since"][view.disarmed] = np.datetime64("NaT")
    elapsed = (rows["status_time"] - after["since"]).astype("m8[us]")
    seconds = np.where(np.isnat(elapsed), np.nan, elapsed.astype(np.int64) / 1e6)
    used = after["percent"] - percent
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where((used >= LEAST_USED) & (seconds >= LEAST_TIME), used / seconds, np.nan)
        lasts = (percent - view.of(lambda t: t.battery.reserve_percent)) / rate
    takes = _way_home(view)
    limit = np.zeros(len(rows))
    fires, clears = below(lasts - takes, limit, view.of(lambda t: t.battery.home_dead_band))
    found = Found(
        fires & view.armed & view.drone,
        clears | view.disarmed,
        lasts - takes,
        limit,
        rows["status_time"],
        {"lasts": np.fmax(lasts, 0.0), "takes": takes},
    )
    return found, after


def _way_home(view: View) -> Values:
    """Seconds to fly home and come down."""
    rows = view.rows
    east, north = offsets(
        rows["latitude"], rows["longitude"], rows["home_latitude"], rows["home_longitude"]
    )
    height = np.fmax(view.column("height"), 0.0)
    across = np.hypot(east, north) / view.of(lambda t: t.battery.home_speed)
    found: Values = across + height / view.of(lambda t: t.battery.descent_speed)
    return found
