"""Contacts as the API tells them; what is unknown is null."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from fleet.airspace.columns import Datum, Means
from fleet.moments import as_datetime, from_milliseconds
from telemetry.airspace.shown import contact_as_json


class Operator(BaseModel):
    """Who flies a contact, as that itself tells."""

    latitude: float
    longitude: float
    id: str
    time: datetime | None


class Reason(BaseModel):
    """A sentence in both languages."""

    en: str
    ur: str


class Threat(BaseModel):
    """How a contact threatens what is protected."""

    score: int = Field(description="0 to 100.")
    level: int = Field(description="0 none, 1 low, 2 medium, 3 high.")
    behaviour: str
    zone: str | None
    distance: float | None
    closing: float | None
    breach: float | None = Field(description="Seconds until it is in the zone.")
    reasons: list[Reason]


class NearCar(BaseModel):
    """A patrol car near an operator."""

    asset: str
    name: str
    distance: float
    bearing: float
    age: float | None
    freshness: str


class ContactState(BaseModel):
    """A contact at one time."""

    model_config = ConfigDict(populate_by_name=True)

    contact: str = Field(description="Its key.")
    kind: str = Field(alias="class", description="What it is taken for.")
    state: str
    identity: str
    call_sign: str
    means: list[str]
    latitude: float
    longitude: float
    altitude: float | None
    datum: str
    height: float | None = Field(description="Metres above the ground or its take-off.")
    speed: float | None
    course: float | None
    climb: float | None
    radius: float | None = Field(description="One sigma of its place.")
    confidence: float | None
    first_time: datetime | None
    seen_time: datetime | None
    heard_time: datetime | None
    stays_since: datetime | None
    operator: Operator | None
    doubts: list[str]


class ContactNow(ContactState):
    """A contact that is there now."""

    threat: Threat
    cars: list[NearCar] = Field(description="Those nearest to its operator.")


class SensorSaw(BaseModel):
    """What one sensor may have told of a contact."""

    sensor: str
    means: str
    count: int
    first_time: datetime
    last_time: datetime


class TrackPoint(BaseModel):
    """Where a contact was."""

    time: datetime
    latitude: float
    longitude: float
    altitude: float | None
    height: float | None
    speed: float | None
    radius: float | None


class DetectionTold(BaseModel):
    """What one sensor told of one object at one time."""

    sensor: str
    means: str
    time: datetime
    received_time: datetime
    key: str
    identity: str
    latitude: float | None
    longitude: float | None
    altitude: float | None
    datum: str
    height: float | None
    speed: float | None
    error: float | None
    confidence: float | None


_TIMES = ("first_time", "seen_time", "heard_time", "stays_since")


def state_of(row: np.void) -> ContactState:
    """What a CONTACT row tells."""
    return ContactState.model_validate(_timed(contact_as_json(row)))


def now_of(told: Mapping[str, Any]) -> ContactNow:
    """What `live.contacts` tells of one. Raises pydantic.ValidationError."""
    return ContactNow.model_validate(_timed(told))


def point_of(row: np.void) -> TrackPoint:
    """A point of a track, of a CONTACT row."""
    return TrackPoint(
        time=as_datetime(row["time"]),
        latitude=float(row["latitude"]),
        longitude=float(row["longitude"]),
        **_numbers(row, "altitude", "height", "radius"),
        speed=_number(np.hypot(row["east"], row["north"])),
    )


def detection_of(row: np.void) -> DetectionTold:
    """What a DETECTION row tells."""
    return DetectionTold(
        sensor=_text(row["sensor"]),
        means=Means(row["means"]).name.lower(),
        time=as_datetime(row["time"]),
        received_time=as_datetime(row["received_time"]),
        key=_text(row["key"]),
        identity=_text(row["identity"]),
        **_numbers(
            row, "latitude", "longitude", "altitude", "height", "error", "confidence", digits=7
        ),
        datum=Datum(row["datum"]).name,
        speed=_number(np.hypot(row["east"], row["north"])),
    )


def _timed(told: Mapping[str, Any]) -> dict[str, Any]:
    times: dict[str, Any] = {name: from_milliseconds(told.get(name)) for name in _TIMES}
    if told.get("operator") is not None:
        operator = told["operator"]
        times["operator"] = dict(operator) | {"time": from_milliseconds(operator["time"])}
    return dict(told) | times


def _numbers(row: np.void, *names: str, digits: int = 1) -> dict[str, Any]:
    return {name: _number(row[name], digits) for name in names}


def _number(value: Any, digits: int = 1) -> float | None:
    return round(float(value), digits) if np.isfinite(value) else None


def _text(value: bytes) -> str:
    return bytes(value).decode("utf-8", "replace")
