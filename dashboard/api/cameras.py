"""The fixed cameras: where they stand and look, and what they told last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from dashboard.api.asking import Text
from dashboard.api.assets import AssetKey
from dashboard.api.fleet_told import AlertsNow, told_alerts
from dashboard.api.paging import Cursor, Limit, Page, from_cursor, to_cursor
from dashboard.api.problems import ProblemError
from dashboard.api.register_models import Registered, told_of
from dashboard.api.services import Services
from dashboard.health import alerts_by_asset
from telemetry.store import register


class LastEvent(BaseModel):
    """What a camera told last."""

    time: datetime
    kind: str


class CameraNow(BaseModel):
    """A fixed camera; what nobody has said is null."""

    key: str
    identity: str
    name: str
    group: str | None
    latitude: float | None
    longitude: float | None
    heading: float | None = Field(description="Where it looks, degrees from true north.")
    across: float | None = Field(description="Angle of view, degrees; 360 is all around.")
    reach: float | None = Field(description="Metres it sees.")
    out_of_service: bool
    event: LastEvent | None = Field(description="The newest that is kept.")
    alerts: AlertsNow
    register_: Registered | None = Field(serialization_alias="register")


def router(services: Services) -> APIRouter:
    """`/cameras`."""
    routes = APIRouter(prefix="/cameras", tags=["assets"])

    async def told(found: Sequence[Mapping[str, Any]]) -> list[CameraNow]:
        keys = [int(item["key"]) for item in found]
        entries = await services.history.ask(lambda connection: register.some(connection, keys))
        alerts = alerts_by_asset(services.alerting.alerts.values())
        return [
            CameraNow(
                **{name: item[name] for name in _AS_TOLD},
                longitude=item["place"] and item["place"][0],
                latitude=item["place"] and item["place"][1],
                event=item["event"] and _event(**item["event"]),
                alerts=told_alerts(alerts.get(key)),
                register_=told_of(entries[key]) if key in entries else None,
            )
            for key, item in zip(keys, found, strict=True)
        ]

    @routes.get("", response_model_by_alias=True)
    async def list_cameras(
        limit: Limit = 1000,
        cursor: Cursor = None,
        group: Annotated[Text | None, Query(description="Empty for those in none.")] = None,
        words: Annotated[Text | None, Query(description="In name, identity, group.")] = None,
    ) -> Page[CameraNow]:
        """All fixed cameras, by identity; what they saw is up to 10 s old.

        `/live` tells of changes. What tells where it is, a post with a camera too, is under `/fleet`.
        """
        place = from_cursor(cursor, str)
        sought = (words or "").lower().split()
        found = [
            item
            for item in services.cameras.all()
            if (place is None or item["identity"] > place[0])
            and (group is None or (item["group"] or "") == group)
            and all(word in _text(item) for word in sought)
        ]
        shown = found[:limit]
        more = to_cursor(shown[-1]["identity"]) if len(found) > limit else None
        return Page[CameraNow](items=await told(shown), next=more)

    @routes.get("/{key}", response_model_by_alias=True)
    async def one_camera(key: AssetKey) -> CameraNow:
        """One fixed camera."""
        found = [item for item in services.cameras.all() if item["key"] == key]
        if not found:
            raise ProblemError(404, f"no fixed camera has the key {key}")
        return (await told(found))[0]

    return routes


_AS_TOLD = ("key", "identity", "name", "group", "heading", "across", "reach", "out_of_service")


def _text(item: Mapping[str, Any]) -> str:
    return f"{item['name']} {item['identity']} {item['group'] or ''}".lower()


def _event(time: int, kind: str) -> LastEvent:
    return LastEvent(time=datetime.fromtimestamp(time / 1000, UTC), kind=kind)
