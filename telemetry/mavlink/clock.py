"""When a vehicle was where it says: its time since boot, laid on UTC.

Positions carry the vehicle's time since boot. The boot's moment in UTC, the epoch, is worked out
once and then kept, so that the same frame gives the same fix time whichever link brings it and
whenever: `fix time = epoch + time since boot`.

- The epoch is SYSTEM_TIME's `time_unix - time_boot` as soon as one comes in which the vehicle
  knows UTC. It is rounded to 0.1 s, because two SYSTEM_TIMEs of one boot differ by about a
  millisecond: a second collector, or a replay, that hears others of them still finds the same.
- It moves again only if SYSTEM_TIME departs from it by more than 1 s (the vehicle has set its
  clock), or the vehicle reboots.
- Until then the epoch is the receive time of the first message less its time since boot. It does
  not follow later receive times: a link that delays would bend the track.
- A vehicle whose UTC lies before 2020 or a day ahead of ours does not know it.

All figures are whole microseconds: UTC since 1970, or since boot.
(docs/decisions/0005-the-time-of-a-mavlink-position.md)
"""

from __future__ import annotations

_SECOND = 1_000_000

EPOCH_STEP = _SECOND // 10
"""SYSTEM_TIME's epoch is rounded to this."""

EPOCH_TOLERANCE = _SECOND
"""How far SYSTEM_TIME may depart from the epoch before the epoch follows."""

EARLIEST_UTC = 1_577_836_800 * _SECOND
"""2020-01-01: what a vehicle tells before is a clock that was never set, or a GPS week rolled."""

FURTHEST_AHEAD = 86_400 * _SECOND

REBOOT_JUMP = 10 * _SECOND
"""A time since boot this far behind the latest is a reboot; less is a late datagram."""

EARLY_BOOT_JUMP = 5 * _SECOND
"""The same, while the time since boot is below REBOOT_JUMP."""

BOOT_TIME_LIMIT = (2**32) * 1000
"""Time since boot is sent in 32 bits of ms: what is larger is UTC (GPS_RAW_INT sends either)."""


def is_reboot(latest: int | None, boot: int) -> bool:
    """Whether a message sent at `boot` after one sent at `latest` tells of a reboot between."""
    if latest is None:
        return False
    jump = EARLY_BOOT_JUMP if boot < REBOOT_JUMP else REBOOT_JUMP
    return latest - boot > jump


class VehicleClock:
    """The clock of one vehicle between two of its boots."""

    def __init__(self) -> None:
        self.latest_boot: int | None = None
        """The latest time since boot that was heard."""

        self.tells_utc = False
        """Whether the epoch is the vehicle's own."""

        self._epoch: int | None = None

    def hear(self, boot: int, received: int) -> None:
        """Note a message sent at `boot`, received at `received`."""
        self.latest_boot = boot if self.latest_boot is None else max(self.latest_boot, boot)
        if self._epoch is None:
            self._epoch = received - boot

    def hear_system_time(self, utc: int, boot: int, received: int) -> None:
        """Note a SYSTEM_TIME."""
        self.hear(boot, received)
        if not is_plausible(utc, received):
            return
        epoch = utc - boot
        assert self._epoch is not None
        if not self.tells_utc or abs(epoch - self._epoch) > EPOCH_TOLERANCE:
            self._epoch = (epoch + EPOCH_STEP // 2) // EPOCH_STEP * EPOCH_STEP
            self.tells_utc = True

    @property
    def epoch(self) -> int | None:
        """UTC of the boot; None if nothing was heard."""
        return self._epoch

    def utc(self, boot: int) -> int:
        """UTC at a time since boot. The clock must have heard something."""
        assert self._epoch is not None
        return self._epoch + boot

    @property
    def latest_utc(self) -> int | None:
        """UTC of the latest time since boot; None if none was heard."""
        return None if self.latest_boot is None else self.utc(self.latest_boot)


def is_plausible(utc: int, received: int) -> bool:
    """Whether a vehicle that says it is `utc` knows the time."""
    return EARLIEST_UTC <= utc <= received + FURTHEST_AHEAD
