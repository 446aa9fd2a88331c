"""What the API answers, typed. Times are aware; None is unknown; unknown fields are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

T = TypeVar("T")


class Told(BaseModel):
    """Something that the server told; fields of a newer server are in `model_extra`."""

    model_config = ConfigDict(extra="allow", frozen=True)


class Page(Told, Generic[T]):
    """Some items of a list."""

    items: list[T]
    next: str | None = None


class Asset(Told):
    """An asset as it is now."""

    key: str
    identity: str
    name: str
    kind: str
    group: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    height: float | None = None
    """Metres above home."""
    heading: float | None = None
    speed: float | None = None
    battery_percent: float | None = None
    mode: str = ""
    armed: bool | None = None
    airborne: bool | None = None
    position_time: datetime | None = None
    status_time: datetime | None = None


class Alert(Told):
    """An alert, or a group of alerts, as it is now."""

    key: str
    rule: str
    state: str
    condition: str
    priority: int
    """3 high, 2 medium, 1 low."""
    desk: str
    assets: list[str]
    reason: dict[str, str]
    """By language: en, ur."""
    action: dict[str, str]
    raised_time: datetime | None
    occurrences: int
    group: str | None


class AlertPage(Page[Alert]):
    """Alerts, the highest priority and the newest first."""

    lacks: str = ""
    """Why these may not be all there are."""


class AlertAct(Told):
    """What was done to an alert; of a note `why` is its text."""

    time: datetime
    what: str
    who: str
    why: str


class AlertWhole(Alert):
    """An alert with what was done to it last, and of a group its members."""

    acts: list[AlertAct]
    members: list[Alert]


class AlertEvent(Told):
    """Something that happened to an alert, with what this was raised with."""

    id: int
    alert: str
    time: datetime
    what: str
    who: str
    why: str
    values: dict[str, Any]
    raised_time: datetime | None = None
    """None, with what follows, if it never was."""
    priority: int | None = None
    """3 high, 2 medium, 1 low."""
    desk: str = ""
    assets: list[str] = []
    reason: dict[str, str] = {}
    """By language: en, ur."""


class AlertAnswer(Told):
    """What became of one alert of an order."""

    alert: str
    result: str
    """`done`, or why not: `unknown`, `illegal`, `bad`."""
    detail: str = ""


class AlertsDone(Told):
    """What became of each alert of an order."""

    alerts: list[AlertAnswer]


class Figures(Told):
    """What a desk has to bear: EEMUA 191, of the last day where nothing else is said."""

    ten_minutes: int
    hour: int
    day: int
    mean_ten_minutes: float
    peak_ten_minutes: int
    in_flood: bool
    flood_share: float
    active: int
    waiting: int


class FenceVersion(Told):
    """A version of a geofence."""

    version: int
    changed_time: datetime
    who: str
    fence: dict[str, Any]


class Fence(Told):
    """A geofence with all its versions, the newest first."""

    id: str
    version: int
    valid: bool
    fence: dict[str, Any]
    versions: list[FenceVersion]


class EventTaken(Told):
    """Where an event from outside is kept."""

    asset: str
    kind: str
    time: datetime
    kept: Literal["database", "spool"]
