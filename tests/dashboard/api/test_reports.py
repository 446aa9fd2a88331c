"""Reports over the API: as JSON, as CSV, and as figures."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import numpy as np
import psycopg
import pytest
import shapely

from dashboard import reporting
from dashboard.api.application import PATH
from dashboard.history import HELD_MOST
from dashboard.watched import Watched
from fleet.columns import STATUS, blank
from fleet.geofences.geofence import Geofence
from fleet.moments import microseconds
from telemetry.batch import Batch, FenceChange
from telemetry.store import report_rows
from telemetry.store.insert import Inserter
from telemetry.watching.duty_settings import SpeedZoneSettings
from telemetry.watching.kept import put_geofences
from tests.dashboard.pages import running_page
from tests.fleet.reports.ways import LATITUDE, LONGITUDE, METRE, NOON, way
from tests.telemetry.store.samples import ASSETS, CARS, DRONES, FENCE_EVENT, seconds
from tests.telemetry.store.samples import NOON as EVENT_NOON

pytestmark = pytest.mark.integration

CAR, DRONE = str(CARS[0].key), str(DRONES[0].key)
DAY = {"from": "2026-11-20T00:00:00Z", "to": "2026-11-21T00:00:00Z"}

BAZAAR = Geofence(
    "Bazaar",
    "keep-out",
    shapely.box(
        LONGITUDE + 500 * METRE, LATITUDE - 0.01, LONGITUDE + 1500 * METRE, LATITUDE + 0.01
    ),
    id=FENCE_EVENT.fence,
)


SLOW = {"bazaar": SpeedZoneSettings(fence="Bazaar", most_speed=8)}


def happened() -> Batch:
    """A car that drives, stops and drives on, and a drone that flies."""
    drive = way([(600, 10), (300, 0), (300, 30)], asset=CARS[0].key)
    flight = way([(300, 8)], asset=DRONES[0].key, every=1)
    flight["source"], flight["height"] = 1, 60
    states = blank(STATUS, 301)
    states["asset"] = DRONES[0].key
    states["status_time"] = states["received_time"] = NOON + seconds(np.arange(301))
    states["landed_state"] = np.where(np.arange(301) < 10, 1, 2)
    states["landed_state"][290:] = 1
    states["battery_percent"] = 90 - np.arange(301) / 10
    told = microseconds(EVENT_NOON)
    left = replace(FENCE_EVENT, what="left", time=EVENT_NOON + timedelta(minutes=3))
    return Batch(
        positions=np.concatenate([drive, flight])[::-1],
        statuses=states,
        fence_changes=(FenceChange(FENCE_EVENT, told), FenceChange(left, told)),
    )


@pytest.fixture
async def client(timescale_database: str) -> AsyncIterator[httpx.AsyncClient]:
    async with await psycopg.AsyncConnection.connect(
        timescale_database, autocommit=True
    ) as connection:
        inserter = Inserter(connection)
        await inserter.prepare(ASSETS)
        await inserter.write(happened(), ASSETS)
        await put_geofences(connection, [BAZAAR])
    async with (
        running_page(dsn=timescale_database, watched=Watched(speed_zones=SLOW)) as page,
        httpx.AsyncClient(base_url=f"{page.url}{PATH}/", timeout=30) as client,
    ):
        yield client


async def rows(client: httpx.AsyncClient, kind: str, **asked: str) -> list[dict[str, Any]]:
    told = (await client.get(f"reports/{kind}", params={**DAY, **asked})).json()
    names = [column["name"] for column in told["columns"]]
    assert all(list(row) == names or set(row) == set(names) for row in told["rows"])
    found: list[dict[str, Any]] = told["rows"]
    return found


async def test_each_report_tells_what_happened(client: httpx.AsyncClient) -> None:
    assert {trip["asset"] for trip in await rows(client, "trips")} == {CAR}
    trips = await rows(client, "trips", assets=CAR)
    assert [trip["distance"] for trip in trips] == pytest.approx([6000, 9000], rel=1e-4)
    assert (trips[0]["name"], trips[0]["duration"]) == ("car-1", 610)
    (stop,) = await rows(client, "stops", assets=CAR)
    assert stop["begins"] == "2026-11-20T07:10:10.000000Z"
    (fast,) = await rows(client, "overspeed", assets=CAR, limit="25", zones="false")
    assert (fast["fastest"], fast["limit"], fast["zone"]) == (30, 25, "")
    assert await rows(client, "overspeed", assets=CAR, limit="31", zones="false") == []
    in_zone, beyond = await rows(client, "overspeed", assets=CAR, limit="25")
    assert (in_zone["fastest"], in_zone["limit"], in_zone["zone"]) == (10, 8, "bazaar")
    assert beyond["begins"] == fast["begins"]
    (flight,) = await rows(client, "flights")
    assert (flight["asset"], flight["highest"]) == (DRONE, 60)
    assert flight["battery_used_percent"] == pytest.approx(28)
    (told,) = await rows(client, "visits")
    assert (told["fence_name"], told["duration"]) == ("Bazaar", 180)
    (made, *_) = await rows(client, "visits", made_of="positions", assets=CAR)
    assert made["duration"] == pytest.approx(100, abs=1)
    days = await rows(client, "days")
    assert {day["day"] for day in days} == {"2026-11-20"}
    assert sum(day["distance"] for day in days) == pytest.approx(15_000 + 2400, rel=1e-3)


async def test_a_report_as_csv_has_the_same_rows(client: httpx.AsyncClient) -> None:
    answer = await client.get("reports/trips", params={**DAY, "format": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "nigehban-trips-20261120T000000Z" in answer.headers["content-disposition"]
    told = list(csv.DictReader(io.StringIO(answer.text)))
    json_rows = await rows(client, "trips")
    assert [float(row["distance"]) for row in told] == [row["distance"] for row in json_rows]


async def test_each_report_has_a_figure_in_both_themes(client: httpx.AsyncClient) -> None:
    for kind in reporting.KINDS:
        figures = [
            (await client.get(f"reports/{kind}/figure", params={**DAY, "theme": theme})).json()
            for theme in ("dark", "light")
        ]
        assert all(set(figure) == {"data", "layout"} for figure in figures)
        assert figures[0]["layout"]["font"]["color"] != figures[1]["layout"]["font"]["color"]
        assert figures[0]["data"], kind


async def test_what_cannot_be_made_is_a_problem(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_rows, "REPORT_ROWS_MOST", 100)
    for path, asked, said in (
        ("nonsense", {}, "path.kind"),
        ("trips", {"from": "2020-01-01T00:00:00Z"}, "92 days at most"),
        ("trips", {"stop_after": "-1"}, "query.stop_after"),
        ("visits", {"fences": "abc"}, "query.fences"),
        ("trips", {}, "more than 100 rows"),
    ):
        answer = await client.get(f"reports/{path}", params={**DAY, **asked})
        assert answer.status_code == 422
        assert said in answer.json()["detail"]


async def test_more_reports_than_the_live_page_can_spare_are_told_to_wait(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.history.HELD_MOST", 0)
    assert HELD_MOST > 0
    answer = await client.get("reports/trips", params=DAY)
    assert (answer.status_code, answer.json()["type"]) == (503, "busy")
