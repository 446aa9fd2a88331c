"""Vehicles whose clock is not settled yet, or jumps: their messages are dated one by one.

A clock is unsettled from the first message of a boot until its epoch is known or was waited for;
then `dating` dates all messages at once, and comes here only for a reboot or a clock that was set.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fleet.columns import POSITION, Rows, blank
from telemetry.mavlink.clock import VehicleClock, is_reboot

CLOCK_WAIT = 2.0
"""Seconds that the first positions of a vehicle wait for its SYSTEM_TIME. Dated by the receive
time they would lie up to a second beside those that follow, and the track would jump back."""

WAITING_LIMIT = 2000
"""Positions that wait at a time; beyond it nothing more waits."""

NOT_A_TIME = int(np.iinfo(np.int64).min)  # NaT


class Told(NamedTuple):
    """A message that moves a clock, or a heartbeat that is dated by it. Times in whole µs."""

    system: int
    received: int
    boot: int
    """Time since boot; NOT_A_TIME for a heartbeat."""

    utc: int
    """Of SYSTEM_TIME what it says; else NOT_A_TIME."""

    position: Rows | None
    """The one row of a position that is dated by `boot`, without its fix time."""


@dataclass(slots=True)
class Vehicle:
    """One vehicle between two of its boots."""

    clock: VehicleClock = field(default_factory=VehicleClock)
    waits_until: float = math.inf
    """When its positions wait no longer for its clock; set by the first of them."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    system: int
    position: Rows
    boot: int
    vehicle: Vehicle  # of the boot in which it was sent


class Unsettled:
    """Dates messages one by one. Times `now` are seconds of a steady clock."""

    def __init__(self) -> None:
        self.vehicles: dict[int, Vehicle] = {}
        """By system, each in its latest boot."""

        self._waiting: list[_Waiting] = []

    def forget(self, system: int) -> None:
        """Know nothing of a vehicle any more; its positions that wait are dropped."""
        self.vehicles.pop(system, None)
        self._waiting = [waiting for waiting in self._waiting if waiting.system != system]

    def date(self, messages: Sequence[Told], now: float) -> tuple[list[int | None], set[int]]:
        """When each was sent, in their order, and the systems that have rebooted.

        NOT_A_TIME for a heartbeat of a vehicle without a clock, None for a position that waits.
        """
        rebooted: set[int] = set()
        return [self._date(told, now, rebooted) for told in messages], rebooted

    def _date(self, told: Told, now: float, rebooted: set[int]) -> int | None:
        vehicle = self.vehicles.setdefault(told.system, Vehicle())
        if told.boot == NOT_A_TIME:
            latest = vehicle.clock.latest_utc
            return NOT_A_TIME if latest is None else latest
        if is_reboot(vehicle.clock.latest_boot, told.boot):
            rebooted.add(told.system)
            vehicle = self.vehicles[told.system] = Vehicle()
        if told.utc == NOT_A_TIME:
            vehicle.clock.hear(told.boot, told.received)
        else:
            vehicle.clock.hear_system_time(told.utc, told.boot, told.received)
        if told.position is not None and self._has_to_wait(vehicle, now):
            self._waiting.append(_Waiting(told.system, told.position, told.boot, vehicle))
            return None
        return vehicle.clock.utc(told.boot)

    def _has_to_wait(self, vehicle: Vehicle, now: float) -> bool:
        if vehicle.clock.tells_utc or len(self._waiting) >= WAITING_LIMIT:
            return False
        vehicle.waits_until = min(vehicle.waits_until, now + CLOCK_WAIT)
        return now < vehicle.waits_until

    def released(self, now: float) -> tuple[Rows, NDArray[np.uint8]]:
        """Positions that need not wait any more, dated, and the systems of their vehicles."""
        ready: list[_Waiting] = []
        still: list[_Waiting] = []
        for waiting in self._waiting:
            over = waiting.vehicle.clock.tells_utc or now >= waiting.vehicle.waits_until
            (ready if over else still).append(waiting)
        self._waiting = still
        if not ready:
            return blank(POSITION, 0), np.zeros(0, np.uint8)
        rows = np.concatenate([waiting.position for waiting in ready])
        times = [waiting.vehicle.clock.utc(waiting.boot) for waiting in ready]
        rows["fix_time"] = np.array(times, np.int64).view("M8[us]")
        return rows, np.array([waiting.system for waiting in ready], np.uint8)
