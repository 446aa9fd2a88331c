"""How long history is kept. Composed into one tree by `nigehban.settings`."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import inf
from typing import Annotated

from pydantic import Field

from telemetry.settings import Section

Days = Annotated[float, Field(gt=0)]

_FOR_EVER = 100_000
"""Days from which on nothing is old enough: our times begin with the year 2000."""


class HistorySettings(Section):
    """How long each class of data is kept, in days; `inf` is for ever.

    What is old goes by when it was so, not by when it came.
    """

    raw_days: float = Field(
        90, ge=2, description="Days that every single position and status is kept; inf: for ever."
    )
    second_days: Days = Field(90, description="Days that tracks are kept in steps of 1 s.")
    ten_seconds_days: Days = Field(365, description="Days that tracks are kept in steps of 10 s.")
    minute_days: Days = Field(1095, description="Days that tracks are kept in steps of 1 min.")
    ten_minutes_days: Days = Field(inf, description="Days that tracks are kept in steps of 10 min.")
    text_days: Days = Field(1095, description="Days that status texts and events are kept.")
    letter_days: Days = Field(30, description="Days that what was refused is kept (dead letters).")
    alert_days: float = Field(
        inf, ge=2, description="Days that alerts and geofence events are kept; inf: for ever."
    )
    airspace_days: Days = Field(
        365,
        description="Days that what sensors said of the airspace is kept, as it came and as tracks.",
    )
    replay_days: Days = Field(
        inf, description="Days that a row of a replayed file may be old; older ones are skipped."
    )

    @property
    def source_days(self) -> float:
        """Days that all are kept from which a roll-up is made: single positions, finer roll-ups."""
        return min(self.raw_days, self.second_days, self.ten_seconds_days, self.minute_days)


def cutoff(now: datetime, days: float) -> datetime | None:
    """Before when what is kept for so many days is too old; None where nothing is."""
    return None if days >= _FOR_EVER else now - timedelta(days=days)
