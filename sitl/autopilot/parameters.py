"""The parameters of one vehicle: ArduPilot's names, types and habits."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from math import isfinite
from typing import NamedTuple

import numpy as np

from sitl.autopilot.parameter_sets import COPTER, DETECTED, PLANE


class ParameterType(IntEnum):
    """MAV_PARAM_TYPE of the four kinds of number that ArduPilot keeps."""

    INT8 = 2
    INT16 = 4
    INT32 = 6
    REAL32 = 9


_RANGES = {
    ParameterType.INT8: (-128, 127),
    ParameterType.INT16: (-32768, 32767),
    ParameterType.INT32: (-2147483648, 2147483647),
}


class Parameter(NamedTuple):
    """One parameter as it goes over the wire."""

    name: str
    value: float
    type: ParameterType


class Parameters:
    """The parameters of a vehicle by name, in the order of their index on the wire.

    Some belong to devices that the vehicle finds while it boots; they appear with
    `find_devices` and are not there before it.
    """

    def __init__(self, defaults: Iterable[tuple[str, int, float]], system: int) -> None:
        self._values: dict[str, float] = {}
        self._types: dict[str, ParameterType] = {}
        for name, number, value in defaults:
            self._types[name] = ParameterType(number)
            self._values[name] = _kept(value, ParameterType(number))
        self._values["MAV_SYSID"] = float(system)
        self._devices_found = False
        self._news: dict[str, None] = {}
        self._names: tuple[str, ...] = ()
        self._list()

    @classmethod
    def copter(cls, system: int) -> Parameters:
        """Those of the copter with MAVLink system id `system`."""
        return cls(COPTER, system)

    @classmethod
    def plane(cls, system: int) -> Parameters:
        """Those of the plane with MAVLink system id `system`."""
        return cls(PLANE, system)

    @property
    def names(self) -> tuple[str, ...]:
        """Those that are there now; a name's place is its index on the wire."""
        return self._names

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, name: str) -> float:
        """The value of `name`, of a device not found yet as well. Raises KeyError."""
        return self._values[name]

    def __contains__(self, name: str) -> bool:
        return name in self._values and (self._devices_found or name not in DETECTED)

    def get(self, name: str) -> Parameter | None:
        """`name` as it goes over the wire; None where it is not there."""
        if name not in self:
            return None
        return Parameter(name, self._values[name], self._types[name])

    def set(self, name: str, value: float) -> bool:
        """Keep `value` under `name`; False, and nothing changed, where it cannot be kept.

        As in ArduPilot no value is out of range: whole numbers are rounded and held within their
        type. Only an unknown name and what is not a finite number are refused.
        """
        if name not in self or not isfinite(value):
            return False
        self._values[name] = _kept(value, self._types[name])
        return True

    def keep(self, name: str, value: float) -> None:
        """Keep a value that the vehicle has found out itself; it is news if it is another.

        Raises KeyError for a name that there is not.
        """
        kept = _kept(value, self._types[name])
        if kept != self._values[name]:
            self._values[name] = kept
            self._news[name] = None

    @property
    def has_news(self) -> bool:
        """Whether the vehicle has kept values since `take_news`."""
        return bool(self._news)

    def take_news(self) -> list[Parameter]:
        """What the vehicle has kept of itself since the last call, as it is now."""
        news = [self.get(name) for name in self._news]
        self._news.clear()
        return [parameter for parameter in news if parameter is not None]

    def find_devices(self) -> None:
        """Show what belongs to devices, as news: the boot has come to them."""
        if not self._devices_found:
            self._news.update(dict.fromkeys(sorted(DETECTED)))
        self._devices_found = True
        self._list()

    def lose_devices(self) -> None:
        """Hide what belongs to devices: the vehicle is switched on and knows none yet."""
        self._devices_found = False
        self._list()

    def _list(self) -> None:
        self._names = tuple(name for name in self._values if name in self)


def _kept(value: float, kind: ParameterType) -> float:
    """`value` as a vehicle remembers it: 32 bits, and whole where the type is."""
    if kind is ParameterType.REAL32:
        largest = float(np.finfo(np.float32).max)
        return float(np.float32(min(max(value, -largest), largest)))
    low, high = _RANGES[kind]
    whole = float(int(value + 0.5 if value >= 0 else value - 0.5))
    return min(max(whole, low), high)
