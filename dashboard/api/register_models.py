"""Entries of the register as the API tells them and takes changes; null for what nobody has said."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from dashboard.api.asking import Who
from fleet.assets import Kind
from telemetry.store import register
from telemetry.words import Words

KindName = Literal["unknown", "drone", "car", "officer", "post", "camera"]

KINDS = {kind.name.lower(): int(kind) for kind in Kind}

HOURS_MOST = 100_000
METRES_MOST = 1e10
REACH_MOST = 20_000


class CameraSaid(BaseModel):
    """An asset's camera: where a fixed one looks, or what a vehicle does not tell of its own.

    With `heading`, `reach` and an angle across, and without `pitch`, it is a fixed one.
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    model: Annotated[Words, Field(max_length=60)] | None = Field(
        None, description="One of the planner's cameras, for the angles of view."
    )
    across: float | None = Field(None, gt=0, le=360, description="Angle of view, degrees.")
    upwards: float | None = Field(None, gt=0, lt=180, description="Angle of view, degrees.")
    pitch: float | None = Field(
        None, ge=-90, le=90, description="Of one that is fixed to a vehicle; -90 looks down."
    )
    heading: float | None = Field(
        None, ge=0, le=360, description="From true north; of a vehicle's from its nose."
    )
    reach: float | None = Field(None, gt=0, le=REACH_MOST, description="Metres it sees.")
    latitude: float | None = Field(None, ge=-90, le=90)
    longitude: float | None = Field(
        None, ge=-180, le=180, description="Where it stands, if it does not tell so itself."
    )

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("a latitude without a longitude, or the other way round")
        if not self.model_dump(exclude_none=True):
            raise ValueError("a camera of which nothing is said; null takes it away")
        return self


class Registered(BaseModel):
    """What the register says of an asset; null for what nobody has said."""

    key: str
    identity: str
    shown_name: str = Field(description="Call sign, else name, else what its protocol calls it.")
    kind: str = Field(description="What it is shown as.")
    told_kind: str = Field(description="What its protocol or the settings say that it is.")
    name: str | None
    call_sign: str | None
    group: str | None
    note: str | None
    shown_kind: str | None
    maintenance_hours: float | None = Field(
        description="Hours between two services, of flight or under way; before its group's limit."
    )
    maintained_time: datetime | None = Field(description="When it was last serviced.")
    uncounted_hours: float | None = Field(
        description="Hours since then that were not counted here, by hand."
    )
    uncounted_distance: float | None = Field(description="Metres, likewise.")
    out_of_service: bool
    camera: CameraSaid | None
    version: int
    first_seen: datetime


class Fields(BaseModel):
    """What is to be otherwise; null takes away, what is not named stays."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Words, Field(max_length=60)] | None = None
    call_sign: Annotated[Words, Field(max_length=24)] | None = None
    group: Annotated[Words, Field(max_length=60)] | None = None
    note: Annotated[Words, Field(max_length=1000)] | None = None
    shown_kind: KindName | None = None
    maintenance_hours: float | None = Field(None, gt=0, le=HOURS_MOST, allow_inf_nan=False)
    maintained_time: AwareDatetime | None = None
    uncounted_hours: float | None = Field(None, ge=0, le=HOURS_MOST, allow_inf_nan=False)
    uncounted_distance: float | None = Field(None, ge=0, le=METRES_MOST, allow_inf_nan=False)
    out_of_service: bool = False
    camera: CameraSaid | None = None

    def wanted(self) -> dict[str, Any]:
        """The columns that are named, as the store has them."""
        told = self.model_dump(include=self.model_fields_set & set(Fields.model_fields))
        if "group" in told:
            told["group_name"] = told.pop("group")
        if self.camera is not None:
            told["camera"] = self.camera.model_dump(exclude_none=True)
        if told.get("shown_kind") is not None:
            told["shown_kind"] = KINDS[told["shown_kind"]]
        return {
            name: (value.strip() or None) if isinstance(value, str) else value
            for name, value in told.items()
        }


class Patch(Fields):
    """A change of one entry."""

    who: Who


class Grouped(BaseModel):
    """Assets that are to be in one group."""

    model_config = ConfigDict(extra="forbid")

    who: Who
    keys: list[Annotated[str, Field(pattern=r"^\d{1,19}$")]] = Field(
        min_length=1, max_length=register.ENTRIES_MOST
    )
    group: Annotated[Words, Field(max_length=60)] | None = Field(
        description="Its name; null takes them out of theirs."
    )


class Changed(BaseModel):
    """One change of an entry."""

    version: int = Field(description="The entry's after it.")
    time: datetime
    who: str
    changes: dict[str, list[Any]] = Field(description="Before and after, by field.")


def told_of(entry: register.Entry) -> Registered:
    """An entry as JSON has it."""
    return Registered(
        key=str(entry.id),
        identity=entry.identity,
        shown_name=entry.shown_name,
        kind=_kind(entry.shown_as),
        told_kind=_kind(entry.kind),
        name=entry.name,
        call_sign=entry.call_sign,
        group=entry.group_name,
        note=entry.note,
        shown_kind=None if entry.shown_kind is None else _kind(entry.shown_kind),
        maintenance_hours=entry.maintenance_hours,
        maintained_time=entry.maintained_time,
        uncounted_hours=entry.uncounted_hours,
        uncounted_distance=entry.uncounted_distance,
        out_of_service=entry.out_of_service,
        camera=None if entry.camera is None else CameraSaid.model_validate(entry.camera),
        version=entry.version,
        first_seen=entry.first_seen,
    )


def change_of(row: register.Change) -> Changed:
    """A change as JSON has it."""
    return Changed(
        version=row.version,
        time=row.change_time,
        who=row.who,
        changes=dict(_told(*change) for change in row.changes.items()),
    )


def _kind(number: int) -> str:
    known = min(Kind) <= number <= max(Kind)
    return Kind(number).name.lower() if known else "unknown"


def _told(name: str, values: list[Any]) -> tuple[str, list[Any]]:
    """One changed field as the API calls it, and its values as the API has them."""
    if name == "shown_kind":
        return name, [None if value is None else _kind(value) for value in values]
    return {"group_name": "group"}.get(name, name), values
