"""What `dating` is held against: the rules of `clock`, message by message."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fleet.columns import POSITION, Rows, blank
from telemetry.mavlink.clock import BOOT_TIME_LIMIT, VehicleClock, is_plausible, is_reboot
from telemetry.mavlink.codec import Message
from telemetry.mavlink.dating import Dated
from telemetry.mavlink.positions import Candidates
from telemetry.mavlink.roles import Selected
from telemetry.mavlink.unsettled import CLOCK_WAIT

NOT_A_TIME = int(np.iinfo(np.int64).min)  # NaT
_WAITS = NOT_A_TIME + 1

_TIME_COLUMN = {
    Message.GLOBAL_POSITION_INT: "time_boot",
    Message.ATTITUDE: "time_boot",
    Message.SYSTEM_TIME: "time_boot",
    Message.GPS_RAW_INT: "time",
    Message.HEARTBEAT: None,
}
"""The messages that move a clock or are dated by it, and the column of their own time."""


@dataclass(slots=True)
class _Vehicle:
    clock: VehicleClock = field(default_factory=VehicleClock)
    waits_until: float = math.inf  # set by the first position


@dataclass(frozen=True, slots=True)
class _Waiting:
    position: Rows  # one row
    boot: int
    vehicle: _Vehicle  # of the boot in which it was sent


class OneByOne:
    """The clocks of all vehicles of a network. Times `now` are seconds of a steady clock."""

    def __init__(self, waiting_limit: int) -> None:
        self.waiting_limit = waiting_limit
        self._vehicles: dict[int, _Vehicle] = {}
        self._waiting: list[_Waiting] = []
        self._distinct = DistinctOneByOne()

    def date(
        self, messages: dict[int, Selected], candidates: dict[int, Candidates], now: float
    ) -> Dated:
        """Date the heartbeats and the usable candidates (their rows have their asset)."""
        times: dict[int, NDArray[np.int64]] = {
            message: np.zeros(len(messages[message].frames), np.int64)
            for message in _TIME_COLUMN
            if message in messages
        }
        rebooted = set()
        for message, index, system, received, own, utc in _in_order(messages):
            vehicle = self._vehicles.setdefault(system, _Vehicle())
            is_position = message in candidates and bool(candidates[message].usable[index])
            if message == Message.HEARTBEAT:
                latest = vehicle.clock.latest_utc
                times[message][index] = NOT_A_TIME if latest is None else latest
            elif message == Message.GPS_RAW_INT and (own >= BOOT_TIME_LIMIT or not is_position):
                times[message][index] = own if is_plausible(own, received) else received
            elif own == NOT_A_TIME:
                times[message][index] = received
            else:
                if is_reboot(vehicle.clock.latest_boot, own):
                    rebooted.add(system)
                    vehicle = self._vehicles[system] = _Vehicle()
                if utc == NOT_A_TIME:
                    vehicle.clock.hear(own, received)
                else:
                    vehicle.clock.hear_system_time(utc, own, received)
                if is_position and self._has_to_wait(vehicle, now):
                    row = candidates[message].rows[index : index + 1].copy()
                    self._waiting.append(_Waiting(row, own, vehicle))
                    times[message][index] = _WAITS
                else:
                    times[message][index] = vehicle.clock.utc(own)
        parts = [self._released(now)]
        for message, found in candidates.items():
            ready = found.usable & (times[message] != _WAITS)
            rows = found.rows[ready]
            rows["fix_time"] = times[message][ready].view("M8[us]")
            parts.append(rows)
        return Dated(
            self._kept_apart(np.concatenate(parts)),
            times.get(Message.HEARTBEAT, np.zeros(0, np.int64)),
            frozenset(rebooted),
        )

    def overdue(self, now: float) -> Rows:
        """Positions that have waited long enough, with their fix time."""
        return self._kept_apart(self._released(now))

    def _has_to_wait(self, vehicle: _Vehicle, now: float) -> bool:
        if vehicle.clock.tells_utc or len(self._waiting) >= self.waiting_limit:
            return False
        vehicle.waits_until = min(vehicle.waits_until, now + CLOCK_WAIT)
        return now < vehicle.waits_until

    def _released(self, now: float) -> Rows:
        ready: list[_Waiting] = []
        still: list[_Waiting] = []
        for waiting in self._waiting:
            over = waiting.vehicle.clock.tells_utc or now >= waiting.vehicle.waits_until
            (ready if over else still).append(waiting)
        self._waiting = still
        if not ready:
            return blank(POSITION, 0)
        rows = np.concatenate([waiting.position for waiting in ready])
        times = [waiting.vehicle.clock.utc(waiting.boot) for waiting in ready]
        rows["fix_time"] = np.array(times, np.int64).view("M8[us]")
        return rows

    def _kept_apart(self, rows: Rows) -> Rows:
        """The same rows, with DistinctTimes."""
        names = ("asset", "source", "fix_time", "latitude", "longitude", "altitude")
        columns = [
            rows[name].astype(np.int64) if name == "fix_time" else rows[name] for name in names
        ]
        times = [
            self._distinct.time(asset, source, time, tuple(place))
            for asset, source, time, *place in zip(*(c.tolist() for c in columns), strict=True)
        ]
        rows["fix_time"] = np.array(times, np.int64).view("M8[us]")
        return rows


def _in_order(messages: dict[int, Selected]) -> Iterator[list[int]]:
    """(message, row, system, received, own time, UTC) in the order of the frames; times in µs."""
    parts = []
    for message, column in _TIME_COLUMN.items():
        selected = messages.get(message)
        if selected is not None:
            length = len(selected.frames)
            unknown = np.full(length, NOT_A_TIME)
            utc = message == Message.SYSTEM_TIME
            parts.append(
                np.stack(
                    [
                        selected.frames,
                        np.full(length, message),
                        np.arange(length),
                        selected.systems,
                        selected.received.astype(np.int64),
                        selected.rows[column].astype(np.int64) if column else unknown,
                        selected.rows["time_unix"].astype(np.int64) if utc else unknown,
                    ],
                    axis=1,
                )
            )
    if parts:
        merged = np.concatenate(parts)
        for event in merged[np.argsort(merged[:, 0])].tolist():
            yield event[1:]


class DistinctOneByOne:
    """Keeps two positions apart to which a standing clock gives one time.

    The same fix is the same (asset, fix_time, source), so a vehicle that never fills its time
    would have one position for ever. A position elsewhere than the last one at the same time is
    put a microsecond later; the same one again stays the same one.
    """

    def __init__(self) -> None:
        self._last: dict[tuple[int, int], tuple[int, tuple[float, ...], int]] = {}

    def time(self, asset: int, source: int, time: int, place: tuple[float, ...]) -> int:
        """The time (µs) at which a position of `asset` that says it was at `time` is kept."""
        last_time, last_place, offset = self._last.get((asset, source), (None, None, 0))
        if time != last_time:
            offset = 0
        elif place != last_place:
            offset += 1
        self._last[asset, source] = (time, place, offset)
        return time + offset
