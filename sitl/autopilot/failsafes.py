"""What an autopilot watches for its own safety: battery, ground station, position.

Each watch only tells that something began or ended; what is done then is the autopilot's.
"""

from __future__ import annotations

from enum import IntEnum

from sitl.autopilot.parameters import Parameters

POSITION_LOST_AFTER = 8.0
"""Seconds without GPS until the position is given up."""

POSITION_BACK_AFTER = 2.0
"""Seconds with GPS until there is a position again."""


class Level(IntEnum):
    """The state of a battery."""

    OK = 0
    LOW = 1
    CRITICAL = 2


class BatteryWatch:
    """Low and critical by voltage, for BATT_LOW_TIMER seconds, or by the charge that is left.

    A level is kept until the battery is changed.
    """

    def __init__(self) -> None:
        self.level = Level.OK
        self._below = [0.0, 0.0]  # since when under the low and the critical voltage

    def look(self, now: float, voltage: float, used: float, parameters: Parameters) -> bool:
        """Whether the battery is worse than at the last look; `used` is mAh."""
        level = self.level
        capacity = parameters["BATT_CAPACITY"]
        left = capacity - used
        timer = parameters["BATT_LOW_TIMER"]
        for worse, name in ((Level.LOW, "LOW"), (Level.CRITICAL, "CRT")):
            index = worse - 1
            if not 0 < voltage < parameters[f"BATT_{name}_VOLT"]:
                self._below[index] = now
            sagged = timer > 0 and now - self._below[index] >= timer
            if sagged or (capacity > 0 and left < parameters[f"BATT_{name}_MAH"]):
                level = max(level, worse)
        risen = level > self.level
        self.level = level
        return risen


class GroundWatch:
    """The heartbeats of the ground station; nothing is watched before the first."""

    def __init__(self) -> None:
        self.lost = False
        self._heard: float | None = None

    def heard(self, now: float) -> None:
        """A heartbeat came."""
        self._heard = now

    def look(self, now: float, timeout: float) -> bool:
        """Whether it was lost or found again since the last look."""
        if self._heard is None:
            return False
        was, self.lost = self.lost, now - self._heard >= timeout
        return self.lost is not was


class PositionWatch:
    """Whether the vehicle knows where it is."""

    def __init__(self) -> None:
        self.known = False
        self.failed = False
        """The position was known, and lost."""
        self._changed = 0.0
        self._fix = False

    def look(self, now: float, *, fix: bool, booted: bool) -> bool:
        """Whether the position failed or came back since the last look."""
        if fix is not self._fix:
            self._fix = fix
            self._changed = now
        if not booted:
            return False
        was = self.failed
        if not fix and self.known and now - self._changed >= POSITION_LOST_AFTER:
            self.known, self.failed = False, True
        elif (
            fix
            and not self.known
            and (not self.failed or now - self._changed >= POSITION_BACK_AFTER)
        ):
            self.known, self.failed = True, False
        return self.failed is not was
