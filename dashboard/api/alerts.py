"""Alerts: those that are now, all that ever happened to them, and orders on them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from dashboard.alerting import as_told
from dashboard.api.alert_orders import add_orders
from dashboard.api.asking import Text
from dashboard.api.etags import tagged
from dashboard.api.paging import Cursor, Limit, Page, from_cursor, to_cursor
from dashboard.api.problems import ProblemError
from dashboard.api.services import Services
from dashboard.api.spans import From, To
from fleet.airspace.checklist import opens_checklist
from fleet.alerts.alert import Alert
from fleet.alerts.states import Condition, State, What
from telemetry.store import alert_queries

ID_MOST = 2**63 - 1

Priority = Annotated[int, Query(ge=1, le=3, description="1 low, 2 medium, 3 high.")]
Whats = Annotated[list[What] | None, Query(max_length=len(What), description="All if none is.")]
AssetKey = Annotated[
    str | None, Query(pattern=r"^\d{1,19}$", description="The key of one that it is about.")
]


class AlertNow(BaseModel):
    """An alert or a group of alerts as it is now; what is unknown is null."""

    key: str = Field(
        description="`<rule>/<what it is about>`, of a group `group/<cause>/<number>`."
    )
    rule: str
    state: State
    condition: Condition
    state_time: datetime | None
    priority: int = Field(description="1 low, 2 medium, 3 high.")
    latching: bool
    realert_after: float | None
    desk: str
    assets: list[str] = Field(description="Keys of the assets that it is about.")
    reason: dict[str, str] = Field(description="By language: en, ur.")
    action: dict[str, str] = Field(description="What is recommended, by language.")
    trigger_value: float | None
    worst_value: float | None
    current_value: float | None
    limit: float | None
    falling: bool = Field(description="Whether a smaller value is a worse one.")
    raised_time: datetime | None
    returned_time: datetime | None
    updated_time: datetime | None
    occurrences: int
    group: str | None = Field(description="Key of the group that it came in.")
    first_up: str
    masked_until: datetime | None
    masked_by: str
    masked_why: str
    cause: str
    joined_time: datetime | None
    checklist: bool = Field(description="Whether it opens one: `/checklists`.")


class AlertAct(BaseModel):
    """What was done to an alert; of a note `why` is its text."""

    time: datetime
    what: str
    who: str
    why: str


class AlertWhole(AlertNow):
    """An alert with what was done to it last, and of a group its members."""

    acts: list[AlertAct]
    members: list[AlertNow]


class AlertList(Page[AlertNow]):
    """Alerts, the highest priority and the newest first."""

    lacks: str = Field(description="Why these may not be all there are; empty if they are.")


class AlertEventTold(BaseModel):
    """Something that happened to an alert, with what this was raised with."""

    id: int
    alert: str
    time: datetime
    what: What
    who: str
    why: str
    values: dict[str, Any]
    raised_time: datetime | None = Field(description="Null, with what follows, if it never was.")
    priority: int | None
    desk: str
    assets: list[str]
    reason: dict[str, str]
    action: dict[str, str]
    checklist: bool


def router(services: Services) -> APIRouter:
    """`/alerts`."""
    routes = APIRouter(prefix="/alerts", tags=["alerts"])
    alerting = services.alerting

    @routes.get("", response_model=AlertList)
    async def list_alerts(
        request: Request,
        state: Annotated[list[State] | None, Query()] = None,
        priority: Annotated[list[Priority] | None, Query()] = None,
        desk: Text | None = None,
        rule: Text | None = None,
        asset: AssetKey = None,
        *,
        members: Annotated[
            bool, Query(description="Whether members of groups are listed too.")
        ] = False,
        limit: Limit = 200,
        cursor: Cursor = None,
    ) -> Response:
        """Alerts that are not normal."""
        place = from_cursor(cursor, int, int, str)
        found = [
            (_order(alert), alert)
            for alert in (alerting.alerts.values() if members else alerting.shown())
            if (state is None or alert.state in state)
            and (priority is None or alert.priority in priority)
            and (desk is None or alert.desk == desk)
            and (rule is None or alert.rule == rule)
            and (asset is None or int(asset) in alert.assets)
            and (place is None or _order(alert) > place)
        ]
        found.sort(key=lambda each: each[0])
        more = len(found) > limit
        del found[limit:]
        told = AlertList(
            items=[_told(alert) for _, alert in found],
            next=to_cursor(*found[-1][0]) if more else None,
            lacks=alerting.detail,
        )
        return tagged(request, told.model_dump_json().encode())

    @routes.get("/history")
    async def history(
        alert: Text | None = None,
        rule: Text | None = None,
        what: Whats = None,
        who: Text | None = None,
        start: From = None,
        end: To = None,
        priority: Annotated[list[Priority] | None, Query()] = None,
        desk: Text | None = None,
        asset: AssetKey = None,
        limit: Limit = 200,
        cursor: Cursor = None,
    ) -> Page[AlertEventTold]:
        """What happened to alerts, the newest first.

        Priority, desk and assets are those with which the alert was last raised before.
        """
        place = from_cursor(cursor, int)
        before = ID_MOST if place is None else place[0]
        if not 0 <= before <= ID_MOST:
            raise ProblemError(422, "query.cursor: no cursor of this list")
        asked = alert_queries.Wanted(
            alert=alert,
            rule=rule,
            whats=[each.value for each in what or ()],
            who=who,
            start=start,
            end=end,
            priorities=priority or (),
            desk=desk,
            asset=None if asset is None else int(asset),
        )
        found = await services.history.ask(
            lambda connection: alert_queries.alert_history(connection, asked, before, limit)
        )
        items = [_happened(each) for each in found]
        return Page(items=items, next=to_cursor(items[-1].id) if len(items) == limit else None)

    @routes.get("/{key:path}")
    async def one_alert(key: str) -> AlertWhole:
        """One alert, with what was done to it last, and its members."""
        alert = alerting.alerts.get(key)
        if alert is None:
            raise ProblemError(
                404,
                f"no alert {key[:200]!r}: it is over, or there never was one"
                + (f" ({alerting.detail})" if alerting.detail else ""),
            )
        acts = [AlertAct(time=a.time, what=a.what, who=a.who, why=a.why) for a in alert.acts]
        members = [_told(member) for member in alerting.members(key)] if alert.is_group else []
        return AlertWhole.model_validate(as_told(alert) | {"acts": acts, "members": members})

    add_orders(routes, services)
    return routes


def _happened(told: alert_queries.Happened) -> AlertEventTold:
    event, raised = told.event, told.raised
    return AlertEventTold(
        id=event.id,
        alert=event.alert,
        time=event.time,
        what=event.what,
        who=event.who,
        why=event.why,
        values=dict(event.values),
        raised_time=told.raised_time,
        priority=raised.get("priority"),
        desk=raised.get("desk", ""),
        assets=[str(asset) for asset in raised.get("assets", ())],
        reason=raised.get("reason", {}),
        action=raised.get("action", {}),
        checklist=opens_checklist(event.alert, raised.get("first_up", "")),
    )


def _told(alert: Alert) -> AlertNow:
    return AlertNow.model_validate(as_told(alert))


def _order(alert: Alert) -> tuple[int, int, str]:
    """The highest priority first, of these the newest."""
    raised = alert.raised_time or alert.state_time or datetime(1970, 1, 1, tzinfo=UTC)
    return -int(alert.priority), -int(raised.timestamp() * 1e6), alert.key
