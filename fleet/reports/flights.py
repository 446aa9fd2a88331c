"""Flights: from take-off to landing, by what the autopilots say of themselves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.columns import TIME, Rows
from fleet.reports.fixes import Legs, ordered, runs, seconds

STATE = np.dtype(
    [
        ("asset", "i8"),
        ("status_time", TIME),
        ("armed", "i1"),
        ("system_status", "i1"),
        ("landed_state", "i1"),
        ("battery_percent", "f4"),
    ]
)
"""What a flight asks of STATUS rows."""

FLIGHT = np.dtype(
    [
        ("asset", "i8"),
        ("begins", TIME),
        ("ends", TIME),
        ("took_off", "?"),  # whether it was seen on the ground before; else it begins with the data
        ("landed", "?"),
        ("distance", "f8"),  # over ground; NaN where no two fixes are known
        ("highest", "f8"),  # metres above home
        ("fastest", "f8"),
        ("battery_begins_percent", "f8"),
        ("battery_ends_percent", "f8"),
        ("battery_used_percent", "f8"),
        ("start_latitude", "f8"),
        ("start_longitude", "f8"),
        ("end_latitude", "f8"),
        ("end_longitude", "f8"),
        ("fixes", "i4"),
    ]
)

ON_GROUND, IN_AIR = 1, (2, 3, 4)
"""MAV_LANDED_STATE."""

ACTIVE = (4, 5, 6)
"""MAV_STATE: active, critical, emergency."""


@dataclass(frozen=True, slots=True)
class Flying:
    """What is a flight."""

    silence: float = 600.0
    """Seconds without a state after which a flight is not taken for the same one."""

    least: float = 5.0
    """Seconds: a shorter one is a fault of the vehicle's judgement."""


_FLYING = Flying()


def airborne(states: Rows) -> NDArray[np.bool_]:
    """Whether each of STATE rows flies.

    Its landed state decides; without one a vehicle flies that is armed and active.
    """
    landed = states["landed_state"]
    told = (landed == ON_GROUND) | np.isin(landed, IN_AIR)
    active = (states["armed"] == 1) & np.isin(states["system_status"], ACTIVE)
    flies: NDArray[np.bool_] = np.where(told, np.isin(landed, IN_AIR), active)
    return flies


def flights(positions: Rows, states: Rows, flying: Flying = _FLYING) -> Rows:
    """FLIGHT rows by asset and time, of POSITION and STATE rows of any order."""
    assert states.dtype == STATE
    states = _in_order(states)
    fixes = ordered(positions)
    legs = Legs(fixes)
    flies = airborne(states)
    before = np.zeros(len(states), np.bool_)  # whether the state before belongs to this one
    if len(states):
        apart = seconds(np.diff(states["status_time"]))
        before[1:] = (np.diff(states["asset"]) == 0) & (apart <= flying.silence)
    same = before.copy()
    same[1:] &= flies[1:] == flies[:-1]
    found = []
    for first, end in zip(*runs(~same), strict=True):
        if not flies[first]:
            continue
        row = np.zeros(1, FLIGHT)
        landed = end < len(states) and bool(before[end])
        row["took_off"], row["landed"] = before[first], landed
        row["asset"], row["begins"] = states["asset"][first], states["status_time"][first]
        row["ends"] = states["status_time"][end if landed else end - 1]
        if row["ends"][0] - row["begins"][0] < np.timedelta64(round(flying.least * 1e6), "us"):
            continue
        _tell_battery(row, states["battery_percent"][first : end + landed])
        _tell_way(row, fixes, legs)
        found.append(row)
    rows: Rows = np.concatenate([np.zeros(0, FLIGHT), *found])
    return rows


def _in_order(states: Rows) -> Rows:
    states = states[~np.isnat(states["status_time"])]
    rest = [states[name] for name in reversed(STATE.names or ()) if name not in _KEY]
    states = states[np.lexsort((*rest, states["status_time"], states["asset"]))]
    first = np.ones(len(states), np.bool_)
    first[1:] = np.diff(states["asset"]) != 0
    first[1:] |= states["status_time"][1:] != states["status_time"][:-1]
    kept: Rows = states[first]
    return kept


_KEY = {"asset", "status_time"}


def _tell_battery(row: Rows, percent: NDArray[np.float32]) -> None:
    known = percent[np.isfinite(percent)].astype(np.float64)
    begins, ends = (known[0], known[-1]) if len(known) else (np.nan, np.nan)
    row["battery_begins_percent"], row["battery_ends_percent"] = begins, ends
    row["battery_used_percent"] = begins - ends


def _tell_way(row: Rows, fixes: Rows, legs: Legs) -> None:
    """Of the fixes from take-off to landing."""
    first = int(np.searchsorted(fixes["asset"], row["asset"][0]))
    last = int(np.searchsorted(fixes["asset"], row["asset"][0], side="right"))
    times = fixes["fix_time"][first:last]
    start = first + int(np.searchsorted(times, row["begins"][0]))
    stop = first + int(np.searchsorted(times, row["ends"][0], side="right"))
    part = fixes[start:stop]
    row["fixes"] = len(part)
    for name in ("latitude", "longitude"):
        row[f"start_{name}"] = part[name][0] if len(part) else np.nan
        row[f"end_{name}"] = part[name][-1] if len(part) else np.nan
    row["distance"] = legs.metres[start + 1 : stop].sum() if len(part) > 1 else np.nan
    row["highest"] = _most(part["height"])
    row["fastest"] = _most(part["speed"])


def _most(values: NDArray[np.float32]) -> float:
    known = values[np.isfinite(values)]
    return float(known.max()) if len(known) else np.nan
