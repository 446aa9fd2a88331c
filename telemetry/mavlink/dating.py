"""Dates what vehicles send: the clock of each vehicle is moved by its messages.

Nearly all messages come of vehicles whose clock is settled: its epoch is known, and nothing in the
batch changes it. Those are dated all at once, as `epoch + time since boot`. What else comes of the
same vehicle in a batch with a reboot, a clock that was set, or a position that has to wait for its
clock, is dated by `unsettled`, one by one. Both follow the rules of `clock`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.columns import Rows
from telemetry.mavlink.clock import (
    BOOT_TIME_LIMIT,
    EARLIEST_UTC,
    EARLY_BOOT_JUMP,
    EPOCH_TOLERANCE,
    FURTHEST_AHEAD,
    REBOOT_JUMP,
)
from telemetry.mavlink.codec import Message
from telemetry.mavlink.distinct import DistinctTimes
from telemetry.mavlink.positions import Candidates
from telemetry.mavlink.roles import SYSTEMS, Selected
from telemetry.mavlink.unsettled import NOT_A_TIME, Told, Unsettled, Vehicle

_WAITS = NOT_A_TIME + 1
_NEVER = -1  # a time since boot before all others

_TIME_COLUMN = {
    Message.GLOBAL_POSITION_INT: "time_boot",
    Message.ATTITUDE: "time_boot",
    Message.SYSTEM_TIME: "time_boot",
    Message.GPS_RAW_INT: "time",
    Message.HEARTBEAT: None,
}
"""The messages that move a clock or are dated by it, and the column of their own time."""

_Times = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Dated:
    """What some messages became. Times are whole µs, UTC."""

    positions: Rows
    """Positions with their fix time, those among them that had waited."""

    heartbeats: _Times
    """The vehicle's own time at each heartbeat, NOT_A_TIME where it has none."""

    rebooted: frozenset[int]
    """Systems that have rebooted."""


@dataclass(frozen=True, slots=True)
class _Messages:
    """Messages in the order of system and frame. Times in whole µs, NOT_A_TIME where not told."""

    frames: NDArray[np.int64]
    kinds: NDArray[np.int64]  # Message
    rows: NDArray[np.intp]  # of the message's table
    systems: NDArray[np.uint8]
    received: _Times
    own: _Times  # as the message says it, whatever it counts from
    utc: _Times  # of SYSTEM_TIME
    positions: NDArray[np.bool_]  # whether it is a usable position
    starts: NDArray[np.intp]  # where each system begins


class Dating:
    """The clocks of all vehicles of a network. Times `now` are seconds of a steady clock."""

    def __init__(self) -> None:
        self._unsettled = Unsettled()
        self._distinct = DistinctTimes()
        # What the settled way has to know of each system; `Unsettled` has the clocks themselves.
        self._known = np.zeros(SYSTEMS, np.bool_)
        self._epochs = np.zeros(SYSTEMS, np.int64)
        self._tells_utc = np.zeros(SYSTEMS, np.bool_)
        self._waits_until = np.full(SYSTEMS, math.inf)
        self._latest = np.full(SYSTEMS, _NEVER, np.int64)

    def date(
        self, messages: dict[int, Selected], candidates: dict[int, Candidates], now: float
    ) -> Dated:
        """Date the heartbeats and the usable candidates (their rows have their asset)."""
        told = _gather(messages, candidates)
        times = np.zeros(0, np.int64)
        rebooted: set[int] = set()
        if len(told.rows):
            times, rebooted = self._date(told, candidates, now)
        waited, systems = self._unsettled.released(now)
        parts, owners = [waited], [systems]
        for message, found in candidates.items():
            of_it = told.kinds == message
            own = np.empty(len(found.rows), np.int64)
            own[told.rows[of_it]] = times[of_it]
            ready = found.usable & (own != _WAITS)
            rows = found.rows[ready]
            rows["fix_time"] = own[ready].view("M8[us]")
            parts.append(rows)
            owners.append(messages[message].systems[ready])
        heartbeats = np.zeros(0, np.int64)
        if Message.HEARTBEAT in messages:
            of_it = told.kinds == Message.HEARTBEAT
            heartbeats = np.empty(len(messages[Message.HEARTBEAT].frames), np.int64)
            heartbeats[told.rows[of_it]] = times[of_it]
        positions = np.concatenate(parts)
        self._distinct.keep_apart(np.concatenate(owners), positions)
        return Dated(positions, heartbeats, frozenset(rebooted))

    def forget(self, system: int) -> None:
        """Know nothing of the clock of a system any more; what waits for it is dropped."""
        self._unsettled.forget(system)
        self._known[system] = self._tells_utc[system] = False
        self._waits_until[system] = math.inf
        self._latest[system] = _NEVER

    def overdue(self, now: float) -> Rows:
        """Positions that have waited long enough, with their fix time."""
        positions, systems = self._unsettled.released(now)
        self._distinct.keep_apart(systems, positions)
        return positions

    def _date(
        self, told: _Messages, candidates: dict[int, Candidates], now: float
    ) -> tuple[_Times, set[int]]:
        """When each was sent, _WAITS for those that wait; and who has rebooted."""
        systems, own = told.systems, told.own
        of_gps = told.kinds == Message.GPS_RAW_INT
        dates_itself = of_gps & ((own >= BOOT_TIME_LIMIT) | ~told.positions)
        boots = (own != NOT_A_TIME) & ~dates_itself
        before, latest = self._latest_boots(told, boots)
        odd = self._odd(told, boots, before, now)[systems]
        times = self._epochs[systems] + np.where(boots, own, latest)
        untimed = ~boots & (told.kinds != Message.HEARTBEAT)
        plausible = (own >= EARLIEST_UTC) & (own <= told.received + FURTHEST_AHEAD)
        own_time = np.where(dates_itself & plausible, own, told.received)
        times = np.where(untimed, own_time, times)
        clockless = (told.kinds == Message.HEARTBEAT) & (latest == _NEVER)
        times[clockless] = NOT_A_TIME
        ends = np.append(told.starts[1:], len(systems)) - 1
        ends = ends[~odd[ends]]
        self._latest[systems[ends]] = latest[ends]
        rebooted: set[int] = set()
        if odd.any():
            numbers = np.flatnonzero(odd & ~untimed)
            numbers = numbers[np.argsort(told.frames[numbers])]
            times[numbers], rebooted = self._one_by_one(told, boots, numbers, candidates, now)
        return times, rebooted

    def _latest_boots(self, told: _Messages, boots: NDArray[np.bool_]) -> tuple[_Times, _Times]:
        """Of each message the latest time since boot before it of its vehicle, and with it."""
        starts = told.starts
        sizes = np.diff(np.append(starts, len(boots)))
        group = np.repeat(np.arange(len(starts)) * (4 * BOOT_TIME_LIMIT), sizes)
        heard = np.where(boots, told.own, _NEVER)
        known = self._latest[told.systems[starts]]
        heard[starts] = np.maximum(heard[starts], known)
        latest = np.maximum.accumulate(heard + group) - group
        before = np.empty_like(latest)
        before[1:] = latest[:-1]
        before[starts] = known
        return before, latest

    def _odd(
        self, told: _Messages, boots: NDArray[np.bool_], before: _Times, now: float
    ) -> NDArray[np.bool_]:
        """Of each system whether its messages are to be dated one by one."""
        systems, own = told.systems, told.own
        new = boots & ~self._known[systems]
        jump = np.where(own < REBOOT_JUMP, EARLY_BOOT_JUMP, REBOOT_JUMP)
        reboots = boots & (before != _NEVER) & (before - own > jump)
        tells_utc = self._tells_utc[systems]
        waits = boots & told.positions & ~tells_utc & (self._waits_until[systems] > now)
        sets = boots & (told.utc >= EARLIEST_UTC) & (told.utc <= told.received + FURTHEST_AHEAD)
        away = np.abs(told.utc - own - self._epochs[systems])
        sets &= ~tells_utc | (away > EPOCH_TOLERANCE)
        odd = np.zeros(SYSTEMS, np.bool_)
        odd[systems[new | reboots | waits | sets]] = True
        return odd

    def _one_by_one(
        self,
        told: _Messages,
        boots: NDArray[np.bool_],
        numbers: NDArray[np.intp],
        candidates: dict[int, Candidates],
        now: float,
    ) -> tuple[_Times, set[int]]:
        """As `_date` of those messages, which are all of their vehicles that have to do with it."""
        systems = np.unique(told.systems[numbers]).tolist()
        vehicles = self._unsettled.vehicles
        for system in systems:
            if system in vehicles and self._latest[system] != _NEVER:
                vehicles[system].clock.latest_boot = int(self._latest[system])
        dated, rebooted = self._unsettled.date(
            [_told(told, boots, number, candidates) for number in numbers.tolist()], now
        )
        for system in systems:
            self._settle(system, vehicles[system])
        return np.array([_WAITS if time is None else time for time in dated], np.int64), rebooted

    def _settle(self, system: int, vehicle: Vehicle) -> None:
        """Note what the settled way has to know of a vehicle."""
        clock = vehicle.clock
        self._known[system] = clock.epoch is not None
        self._epochs[system] = clock.epoch or 0
        self._tells_utc[system] = clock.tells_utc
        self._waits_until[system] = vehicle.waits_until
        self._latest[system] = _NEVER if clock.latest_boot is None else clock.latest_boot


def _told(
    told: _Messages, boots: NDArray[np.bool_], number: int, candidates: dict[int, Candidates]
) -> Told:
    position = None
    if told.positions[number]:
        row = int(told.rows[number])
        position = candidates[int(told.kinds[number])].rows[row : row + 1].copy()
    boot = int(told.own[number]) if boots[number] else NOT_A_TIME
    received, utc = int(told.received[number]), int(told.utc[number])
    return Told(int(told.systems[number]), received, boot, utc, position)


def _gather(messages: dict[int, Selected], candidates: dict[int, Candidates]) -> _Messages:
    """All messages of _TIME_COLUMN."""
    parts = [(message, messages[message]) for message in _TIME_COLUMN if message in messages]
    sizes = [len(selected.frames) for _, selected in parts]
    total = sum(sizes)
    frames, rows = np.empty(total, np.int64), np.empty(total, np.intp)
    systems, received = np.empty(total, np.uint8), np.empty(total, np.int64)
    own, utc = np.full(total, NOT_A_TIME), np.full(total, NOT_A_TIME)
    positions = np.zeros(total, np.bool_)
    kinds = np.repeat([message for message, _ in parts], sizes)
    end = 0
    for (message, selected), size in zip(parts, sizes, strict=True):
        here = slice(end, end := end + size)
        frames[here], rows[here] = selected.frames, np.arange(size)
        systems[here], received[here] = selected.systems, selected.received.view(np.int64)
        column = _TIME_COLUMN[message]
        if column is not None:
            own[here] = selected.rows[column].view(np.int64)
        if message == Message.SYSTEM_TIME:
            utc[here] = selected.rows["time_unix"].view(np.int64)
        if message in candidates:
            positions[here] = candidates[message].usable
    order = np.argsort(systems.astype(np.int64) << 40 | frames)
    systems = systems[order]
    starts = np.flatnonzero(np.append(total > 0, systems[1:] != systems[:-1]))
    return _Messages(
        frames[order],
        kinds[order],
        rows[order],
        systems,
        received[order],
        own[order],
        utc[order],
        positions[order],
        starts,
    )
