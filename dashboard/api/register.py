"""What assets are called, which group they are in, when they are serviced; and who changed it."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query, Response

from dashboard.api.asking import IfMatch, Text, seen
from dashboard.api.assets import AssetKey
from dashboard.api.etags import revised
from dashboard.api.paging import Cursor, Limit, Page, from_cursor, to_cursor
from dashboard.api.problems import Problem, ProblemError
from dashboard.api.register_models import (
    KINDS,
    Changed,
    Grouped,
    KindName,
    Patch,
    Registered,
    change_of,
    told_of,
)
from dashboard.api.services import Services
from telemetry.store import register

T = TypeVar("T")

AHEAD_MOST = timedelta(minutes=5)
"""By which the clock of who says when something was serviced may be ahead of ours."""

_KNOWN: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem, "description": "There is no such asset."},
    412: {"model": Problem, "description": "Somebody else has changed it."},
    428: {"model": Problem, "description": "If-Match is missing."},
}


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
        told = [change_of(row) for row in found[:limit]]
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


def _number(key: str) -> int:
    """The key; one that PostgreSQL has no room for is nobody's. Raises ProblemError (404)."""
    if int(key) >= 2**63:
        raise ProblemError(404, f"no asset has the key {key}")
    return int(key)


def _tagged(response: Response, entry: register.Entry) -> Registered:
    revised(response, entry.version)
    return told_of(entry)
