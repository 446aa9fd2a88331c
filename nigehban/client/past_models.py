"""What the API answers of the past, typed as in `models`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from nigehban.client.models import Asset, Told


class AssetThen(Asset):
    """An asset as it was known at a moment."""

    fix_time: datetime | None
    """When it was there, by its own clock."""
    received_time: datetime | None
    """When that was known."""
    late: bool


class Picture(Told):
    """All assets of which anything was known at a moment."""

    at: datetime
    assets: list[AssetThen]


class Track(Told):
    """The points of one asset by fix time; each list has one value a point."""

    key: str
    name: str
    kind: str
    fix: list[int]
    """Milliseconds since the window began, as `received`."""
    received: list[int]
    latitude: list[float]
    longitude: list[float]
    altitude: list[float | None]
    height: list[float | None]
    heading: list[float | None]
    speed: list[float | None]
    suspect: list[int]
    late: list[int]
    news: list[int]
    """Points that became its mark when they came, in that order."""


class Tracks(Told):
    """What is needed to play a window."""

    step: float
    """Seconds."""
    assets: list[Track]


class Happened(Told):
    """An item of the time line."""

    time: datetime
    kind: str
    """`alert`, `fence`, `event`, `text` or `gap`."""
    id: str
    what: str
    assets: list[str]
    names: list[str]
    known_time: datetime
    late: bool
    until: datetime | None
    detail: dict[str, Any]


class AlertThen(Told):
    """How an alert was after something had happened to it."""

    id: int
    time: datetime
    """Since then it is so."""
    what: str | None
    who: str
    why: str
    key: str
    rule: str
    state: str
    raised_time: datetime | None
    priority: int
    desk: str
    assets: list[str]
    reason: dict[str, str]
    group: str | None
    latitude: float | None
    longitude: float | None


class Called(Told):
    """What a contact was taken for, from one of its points on."""

    point: int
    kind: str = Field(alias="class")
    state: str
    identity: str
    call_sign: str


class ThreatThen(Told):
    """What the watch told of a contact's threat, from its time on."""

    time: int
    """Milliseconds since the window began."""
    score: int
    level: int
    zone: str | None
    reasons: list[dict[str, Any]]
    """`code`, `points`, `value`, and the sentence in `en` and `ur`."""


class ContactThen(Told):
    """A contact in a window; each list has one value a point, in order of time."""

    contact: str
    first_time: datetime
    gone_time: datetime | None
    time: list[int]
    """Milliseconds since the window began, as `heard`."""
    heard: list[int]
    latitude: list[float]
    longitude: list[float]
    height: list[float | None]
    speed: list[float | None]
    course: list[float | None]
    operator_latitude: list[float | None]
    operator_longitude: list[float | None]
    level: list[int]
    """Its threat: 0 none, 1 low, 2 medium, 3 high."""
    reckoned: list[int]
    """Points whose level is reckoned anew, as what was told of it is not kept."""
    threats: list[ThreatThen]
    called: list[Called]


class FenceThen(Told):
    """A version of a geofence, as a feature of GeoJSON."""

    type: str
    geometry: dict[str, Any]
    properties: dict[str, Any]
    """`id`, `version`, `name`, `kind`, `valid_from`, `valid_until`, `in_force` …"""
