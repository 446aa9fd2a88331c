"""What a drone's battery will have when it takes off."""

from __future__ import annotations

from datetime import timedelta


def percent_then(
    percent: float, ahead: timedelta, *, aloft: bool, turnround: float, charge: float
) -> float:
    """Percent of a full battery at a take-off `ahead` of now; `percent` is what it has now.

    After a turnround (seconds) on the ground it is a full one where batteries are exchanged
    (`charge` 0); else it is charged from then on, an empty one in `charge` seconds. A drone that is
    in the air is taken to come down now, with nothing left: who knows better has it in the schedule.
    """
    rest = ahead.total_seconds() - turnround
    if rest < 0:
        return percent
    if charge == 0:
        return 100.0
    return min((0.0 if aloft else percent) + 100 * rest / charge, 100.0)
