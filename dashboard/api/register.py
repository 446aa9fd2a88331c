"""What assets are called, which group they are in, when they are serviced; and who changed it."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self, TypeVar

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from dashboard.api.asking import IfMatch, Text, Who, seen
from dashboard.api.assets import AssetKey
from dashboard.api.etags import revised
from dashboard.api.paging import Cursor, Limit, Page, from_cursor, to_cursor
from dashboard.api.problems import Problem, ProblemError
from dashboard.api.services import Services
from fleet.assets import Kind
from telemetry.store import register
from telemetry.words import Words

KindName = Literal["unknown", "drone", "car", "officer", "post", "camera"]

KINDS = {kind.name.lower(): int(kind) for kind in Kind}

T = TypeVar("T")

HOURS_MOST = 100_000
METRES_MOST = 1e10
REACH_MOST = 20_000

AHEAD_MOST = timedelta(minutes=5)
"""By which the clock of who says when something was serviced may be ahead of ours."""

_KNOWN: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem, "description": "There is no such asset."},
    412: {"model": Problem, "description": "Somebody else has changed it."},
    428: {"model": Problem, "description": "If-Match is missing."},
}


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


def router(services: Services) -> APIRouter:
    """`/register`."""
    routes = APIRouter(prefix="/register", tags=["register"])
    history, situation = services.history, services.situation

    async def show() -> None:
        """Have all pages call and group the assets as they are now; plan with those in service."""
        situation.register_version += 1
        situation.rename(*await history.labels())
        situation.out_of_service = await history.out_of_service()

    @routes.get("")
    async def list_entries(
        limit: Limit = 200,
        cursor: Cursor = None,
        group: Annotated[Text | None, Query(description="Empty for those in none.")] = None,
        kind: KindName | None = None,
        words: Annotated[
            Text | None, Query(description="In names, call sign, group, note.")
        ] = None,
    ) -> Page[Registered]:
        """All assets that were ever heard, by identity."""
        place = from_cursor(cursor, str)
        found = await history.ask(
            lambda connection: register.entries(
                connection,
                after=place[0] if place else "",
                limit=limit + 1,
                group=group,
                kind=None if kind is None else KINDS[kind],
                words=words or None,
            )
        )
        more = to_cursor(found[limit - 1].identity) if len(found) > limit else None
        return Page(items=[told_of(entry) for entry in found[:limit]], next=more)

    @routes.get("/{key}", responses={404: _KNOWN[404]})
    async def one_entry(key: AssetKey, response: Response) -> Registered:
        """One asset."""
        found = await history.ask(lambda connection: register.some(connection, [_number(key)]))
        if not found:
            raise ProblemError(404, f"no asset has the key {key}")
        return _tagged(response, found[int(key)])

    @routes.patch("/{key}", responses=_KNOWN)
    async def change(
        key: AssetKey, body: Patch, response: Response, if_match: IfMatch = None
    ) -> Registered:
        """Change what the register says of an asset."""
        expected = seen(if_match)
        if body.maintained_time is not None and body.maintained_time > services.now() + AHEAD_MOST:
            raise ProblemError(422, "body.maintained_time: a service that is still to come")
        entry = await _done(
            history.ask(
                lambda connection: register.change(
                    connection,
                    _number(key),
                    body.wanted(),
                    seen=expected,
                    who=body.who,
                    now=services.now(),
                )
            )
        )
        await show()
        return _tagged(response, entry)

    @routes.post("/group", responses={404: _KNOWN[404]})
    async def group(body: Grouped) -> list[Registered]:
        """Put assets into a group, all of them or, if one is unknown, none."""
        wanted = {"group_name": (body.group or "").strip() or None}
        keys = [_number(key) for key in dict.fromkeys(body.keys)]
        found = await _done(
            history.ask(
                lambda connection: register.assign(
                    connection, keys, wanted, who=body.who, now=services.now()
                )
            )
        )
        await show()
        return [told_of(found[key]) for key in keys]

    @routes.get("/{key}/changes")
    async def list_changes(
        key: AssetKey, limit: Limit = 50, cursor: Cursor = None
    ) -> Page[Changed]:
        """Who changed what of an asset, the newest first."""
        place = from_cursor(cursor, int)
        before = min(place[0], 2**31 - 1) if place else 2**31 - 1
        found = await history.ask(
            lambda connection: register.changes(
                connection, _number(key), before=max(before, 0), limit=limit + 1
            )
        )
        told = [
            Changed(
                version=each.version,
                time=each.change_time,
                who=each.who,
                changes=dict(_told(*change) for change in each.changes.items()),
            )
            for each in found[:limit]
        ]
        return Page(items=told, next=to_cursor(told[-1].version) if len(found) > limit else None)

    return routes


async def _done(change: Awaitable[T]) -> T:
    """What a change makes. Raises ProblemError (404, 412)."""
    try:
        return await change
    except register.UnknownAssetError as error:
        raise ProblemError(404, str(error)) from None
    except register.ChangedError as error:
        raise ProblemError(412, str(error), kind="changed-meanwhile") from None


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


def _kind(number: int) -> str:
    known = min(Kind) <= number <= max(Kind)
    return Kind(number).name.lower() if known else "unknown"


def _told(name: str, values: list[Any]) -> tuple[str, list[Any]]:
    """One changed field as the API calls it, and its values as the API has them."""
    if name == "shown_kind":
        return name, [None if value is None else _kind(value) for value in values]
    return {"group_name": "group"}.get(name, name), values


def _number(key: str) -> int:
    """The key; one that PostgreSQL has no room for is nobody's. Raises ProblemError (404)."""
    if int(key) >= 2**63:
        raise ProblemError(404, f"no asset has the key {key}")
    return int(key)


def _tagged(response: Response, entry: register.Entry) -> Registered:
    revised(response, entry.version)
    return told_of(entry)
