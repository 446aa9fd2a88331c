"""The settings of duties (shift areas and routes) and of speed zones."""

from __future__ import annotations

from datetime import time
from typing import Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from fleet.assets import Kind
from fleet.schedules import Hours
from telemetry.settings import Section

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KindName = Literal["drone", "car", "officer", "post", "camera"]


class ShiftSettings(Section):
    """Hours of a shift; past midnight where it ends before it begins."""

    start: time = Field(description="When it begins, as 22:00.")
    end: time = Field(description="When it ends, as 06:00.")
    days: list[Day] = Field(list(DAYS), min_length=1, description="Days on which it begins.")
    zone: str = Field("Asia/Karachi", description="Time zone of its hours.")

    @property
    def hours(self) -> Hours:
        """As schedules have it."""
        zone = ZoneInfo(self.zone)
        days = frozenset(DAYS.index(day) for day in self.days)
        return Hours(self.start.replace(tzinfo=zone), self.end.replace(tzinfo=zone), days)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        try:
            ZoneInfo(self.zone)
        except (ValueError, OSError, LookupError):
            raise ValueError(f"no time zone is called {self.zone!r}; one is Asia/Karachi") from None
        if self.start.tzinfo is not None or self.end.tzinfo is not None:
            raise ValueError(
                "give the hours of a shift without an offset, and its zone beside them"
            )
        return self


class DutySettings(Section):
    """What some assets are to do, in their shifts; outside of them, and of others, nothing."""

    assets: list[str] = Field(
        [], description="Identities, with * for any characters: owntracks:mobile-*"
    )
    groups: list[str] = Field([], description="Groups of assets.")
    area: str = Field("", description="Name of the geofence in which they are to be.")
    route: str = Field("", description="Name of the geofence along whose line they are to go.")
    shifts: list[ShiftSettings] = Field([], description="When; always without any.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not self.assets and not self.groups:
            raise ValueError("a duty needs assets or groups that are to do it")
        return self


class SpeedZoneSettings(Section):
    """Where speed is limited."""

    fence: str = Field(min_length=1, description="Name of the geofence, whose hours are its hours.")
    most_speed: float = Field(gt=0, le=400, description="Metres per second.")
    kinds: list[KindName] = Field(
        [], description="Kinds of assets that it is for; all without any."
    )

    @property
    def numbers(self) -> frozenset[int]:
        """`Kind`s."""
        return frozenset(int(Kind[kind.upper()]) for kind in self.kinds)
