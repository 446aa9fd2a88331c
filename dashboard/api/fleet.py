"""The fleet: every asset with its state, its health, what runs on it, its flights and services."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

import numpy as np
import psycopg
from fastapi import APIRouter, Query
from numpy.typing import NDArray
from pydantic import TypeAdapter
from starlette.responses import Response

from dashboard.api.asking import Text
from dashboard.api.assets import AssetKey, assets_now, row_of
from dashboard.api.fleet_courses import add_courses
from dashboard.api.fleet_service import maintenance_of
from dashboard.api.fleet_told import FleetAsset, told_asset
from dashboard.api.paging import Cursor, Limit, Page, from_cursor, to_cursor
from dashboard.api.problems import ProblemError
from dashboard.api.register_models import KINDS, KindName
from dashboard.api.services import Services
from dashboard.health import PAGES_MOST, PAGES_PERIOD, Answers, Facts, alerts_by_asset
from dashboard.situation import Situation
from fleet.columns import Rows
from fleet.freshness import Freshness, ages, freshness
from fleet.moments import as_numpy
from telemetry.store import register
from telemetry.store.firmware import FirmwareTold, told_firmware

_PAGE = TypeAdapter(Page[FleetAsset])


def router(services: Services) -> APIRouter:
    """`/fleet`."""
    routes = APIRouter(prefix="/fleet", tags=["fleet"])
    situation, history = services.situation, services.history

    def with_battery() -> list[int]:
        rows = situation.picture.rows
        lately = services.now().replace(tzinfo=None) - timedelta(hours=2)
        told = np.isfinite(rows["battery_percent"]) & (rows["status_time"] > np.datetime64(lately))
        found: list[int] = rows["asset"][told].tolist()
        return found

    pages: Answers[bytes] = Answers(PAGES_PERIOD, PAGES_MOST)
    facts = Facts(history, services.now, with_battery)

    def now() -> np.datetime64:
        return as_numpy(services.now())

    async def told(rows: Rows) -> list[FleetAsset]:
        keys = rows["asset"].tolist()

        async def ask(
            connection: psycopg.AsyncConnection,
        ) -> tuple[dict[int, register.Entry], dict[int, FirmwareTold]]:
            return (
                await register.some(connection, keys),
                await told_firmware(connection, keys),
            )

        entries, firmware = await history.ask(ask)
        version = situation.register_version
        trends, flown = await facts.trends.get(0), await facts.totals.get(version)
        driven, limits = await facts.driven.get(version), services.settings.services
        alerts = alerts_by_asset(services.alerting.alerts.values())
        return [
            told_asset(
                row,
                state,
                level,
                age,
                link=situation.collector.links.of(state.identity) if situation.collector else None,
                entry=entries.get(key),
                firmware=firmware.get(key),
                trend=trends.get(key),
                flown=flown.get(key),
                maintenance=maintenance_of(
                    entries[key], flown.get(key), driven.get(key), limits, services.now()
                )
                if key in entries
                else None,
                alerts=alerts.get(key),
            )
            for key, row, state, level, age in zip(
                keys,
                rows,
                assets_now(situation, rows),
                freshness(rows, now()).tolist(),
                ages(rows, now()).tolist(),
                strict=True,
            )
        ]

    @routes.get("", response_model=Page[FleetAsset])
    async def list_fleet(
        limit: Limit = 1000,
        cursor: Cursor = None,
        kind: KindName | None = None,
        state: Literal["fresh", "late", "lost"] | None = None,
        group: Annotated[Text | None, Query(description="Empty for those in none.")] = None,
    ) -> Response:
        """All assets that the page shows, in the order in which they appeared.

        An answer serves all who ask the same within 3 s; batteries' trends and what was driven are
        up to a minute old, flights 20 s, and what the housekeeper has not taken in yet.
        """
        place = from_cursor(cursor, str, int)
        session, begin = place or (situation.session, 0)
        if session != situation.session or begin < 0:
            raise ProblemError(410, "query.cursor: the server was restarted; begin anew")

        async def make() -> bytes:
            chosen = _chosen(situation, kind, state, now())
            chosen[:begin] = False
            if group is not None:
                among = await history.ask(lambda connection: register.in_group(connection, group))
                chosen &= np.isin(situation.picture.rows["asset"][: len(chosen)], [*among])
            places = np.flatnonzero(chosen)
            shown = places[:limit]
            more = to_cursor(session, int(shown[-1]) + 1) if len(places) > limit else None
            page = Page[FleetAsset](items=await told(situation.picture.rows[shown]), next=more)
            return _PAGE.dump_json(page, by_alias=True)

        asked = (begin, limit, kind, state, group)
        body = await pages.get(asked, situation.register_version, make)
        return Response(body, media_type="application/json")

    @routes.get("/{key}", response_model_by_alias=True)
    async def one_asset(key: AssetKey) -> FleetAsset:
        """One asset."""
        return (await told(row_of(situation, key)))[0]

    add_courses(routes, services)
    return routes


def _chosen(
    situation: Situation, kind: KindName | None, state: str | None, now: np.datetime64
) -> NDArray[np.bool_]:
    """Which assets are shown as this kind and are so fresh, in the order of the picture."""
    rows = situation.picture.rows
    chosen = np.ones(len(rows), np.bool_)
    if kind is not None:
        told = rows[["asset", "kind"]].tolist()
        is_kind = (situation.kind(key, number) == KINDS[kind] for key, number in told)
        chosen &= np.fromiter(is_kind, np.bool_, len(rows))
    if state is not None:
        chosen &= freshness(rows, now) == Freshness[state.upper()]
    return chosen
