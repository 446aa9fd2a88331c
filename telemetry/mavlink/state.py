"""What is known of each vehicle beside where it is: the latest of every message of its state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fleet.columns import STATUS, Rows, blank
from telemetry.mavlink.codec import Message
from telemetry.mavlink.fields import layout
from telemetry.mavlink.roles import SYSTEMS, Selected

_MAIN_BATTERY = 0

Columns = dict[str, NDArray[Any]]


def _battery(rows: Rows) -> Columns:
    """BATTERY_STATUS: cells 1–10 and 11–14; where only the whole is measured, it is cell 1's."""
    cells = np.concatenate([rows["voltages"], rows["voltages_ext"]], axis=1)
    whole = np.where(np.isnan(cells).all(axis=1), np.nan, np.nansum(cells, axis=1))
    return {
        "battery_percent": rows["battery_remaining"],
        "battery_voltage": whole,
        "battery_current": rows["current_battery"],
    }


def _system(rows: Rows) -> Columns:
    return {
        "battery_percent": rows["battery_remaining"],
        "battery_voltage": rows["voltage_battery"],
        "battery_current": rows["current_battery"],
    }


def _gps(rows: Rows) -> Columns:
    return {
        "gps_fix": rows["fix_type"],
        "satellites": rows["satellites_visible"],
        "hdop": rows["eph"],
    }


def _attitude(rows: Rows) -> Columns:
    return {"roll": rows["roll"], "pitch": rows["pitch"], "yaw": rows["yaw"] % 360}


def _home(rows: Rows) -> Columns:
    return {
        "home_latitude": rows["latitude"],
        "home_longitude": rows["longitude"],
        "home_altitude": rows["altitude"],
    }


@dataclass(frozen=True, slots=True)
class _Origin:
    """A message that tells of a part of the state."""

    message: Message
    columns: Callable[[Rows], Columns]
    ages: bool = True


_ORIGINS = (  # of two that tell the same, the later has the last word where it knows it
    _Origin(Message.BATTERY_STATUS, _battery),
    _Origin(Message.SYS_STATUS, _system),
    _Origin(Message.GPS_RAW_INT, _gps),
    _Origin(Message.EKF_STATUS_REPORT, lambda rows: {"ekf_flags": rows["flags"]}),
    _Origin(Message.ATTITUDE, _attitude),
    _Origin(Message.VFR_HUD, lambda rows: {"airspeed": rows["airspeed"]}),
    _Origin(Message.EXTENDED_SYS_STATE, lambda rows: {"landed_state": rows["landed_state"]}),
    _Origin(Message.HOME_POSITION, _home, ages=False),
)


class LatestState:
    """The latest of every message of the state, by system id.

    A value that was not heard for `value_age` seconds is unknown again: a status row tells what
    the vehicle says at that time, not what it once said. Home is said once and stays.
    """

    def __init__(self, value_age: float) -> None:
        self._value_age = np.timedelta64(round(value_age * 1e6), "us")
        self._held = {origin.message: _nothing(origin) for origin in _ORIGINS}

    def forget(self, system: int) -> None:
        """Know nothing of a system any more."""
        for origin in _ORIGINS:
            self._held[origin.message][system] = _nothing(origin)[system]

    def take(self, heartbeats: Selected, messages: dict[int, Selected]) -> Rows:
        """Take the messages of one batch; STATUS rows for its heartbeats.

        Each has the latest of everything before it in its state columns. Who, when, armed, mode
        and system_status are left for the caller.
        """
        statuses = blank(STATUS, len(heartbeats.frames))
        for origin in _ORIGINS:
            selected = messages.get(origin.message)
            held = self._held[origin.message]
            if selected is not None and origin.message == Message.BATTERY_STATUS:
                selected = selected.only(selected.rows["id"] == _MAIN_BATTERY)
            if selected is None or not len(selected.frames):
                values = held[heartbeats.systems]
            else:
                fresh = _values(origin, selected, held.dtype)
                values = _latest_before(heartbeats, selected, fresh, held)
                held[selected.systems] = fresh  # in frame order: the last of a system stays
            _fill(statuses, values, heartbeats.received, self._value_age if origin.ages else None)
        return statuses


def _nothing(origin: _Origin) -> Rows:
    """What is known of each system before it said anything."""
    names = origin.columns(np.zeros(0, layout(origin.message).columns))
    return blank(np.dtype([(name, STATUS[name]) for name in ("received_time", *names)]), SYSTEMS)


def _values(origin: _Origin, selected: Selected, dtype: np.dtype[Any]) -> Rows:
    values: Rows = np.zeros(len(selected.frames), dtype)
    values["received_time"] = selected.received
    with np.errstate(over="ignore"):  # a float beyond f4 becomes infinite
        for name, column in origin.columns(selected.rows).items():
            values[name] = column
    return values


def _latest_before(heartbeats: Selected, selected: Selected, fresh: Rows, held: Rows) -> Rows:
    """Of each heartbeat the last of `fresh` of its system before it, else what was held."""
    keys = _key(selected)
    order = np.argsort(keys)
    before = np.searchsorted(keys[order], _key(heartbeats)) - 1
    index = order[np.maximum(before, 0)]
    found = (before >= 0) & (selected.systems[index] == heartbeats.systems)
    values: Rows = held[heartbeats.systems]
    values[found] = fresh[index[found]]
    return values


def _key(selected: Selected) -> NDArray[np.int64]:
    """Orders by system, then by frame."""
    key: NDArray[np.int64] = selected.systems.astype(np.int64) << 40 | selected.frames
    return key


def _fill(
    statuses: Rows,
    values: Rows,
    now: NDArray[np.datetime64],
    value_age: np.timedelta64 | None,
) -> None:
    usable = ~np.isnat(values["received_time"])
    if value_age is not None:
        usable &= ~(now - values["received_time"] > value_age)
    for name in values.dtype.names or ():
        if name != "received_time":
            column = values[name]
            known = ~np.isnan(column) if column.dtype.kind == "f" else column != -1
            statuses[name] = np.where(usable & known, column, statuses[name])
