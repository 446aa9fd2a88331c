"""Geofences as the map draws them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import orjson
import psycopg
import pytest
import shapely

from dashboard.fencing import Fencing
from fleet.geofences.geofence import Geofence, Level, revise
from fleet.geofences.shapes import Corridor
from fleet.schedules import Hours, Period
from fleet.zones import Circle
from telemetry.watching.kept import put_geofences
from tests.dashboard.pages import running_page
from tests.waiting import until

KARACHI = ZoneInfo("Asia/Karachi")
NOON = datetime(2026, 5, 4, 12, tzinfo=KARACHI)
FORT = shapely.box(71.565, 34.005, 71.575, 34.012)
NIGHT = Period(hours=(Hours(time(22, tzinfo=KARACHI), time(5, tzinfo=KARACHI)),))


def features(state: Fencing) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = orjson.loads(state.document)["features"]
    return found


def test_circles_and_corridors_are_drawn_as_polygons() -> None:
    state = Fencing()
    circle = Geofence("post", "privacy", Circle(34.0, 71.5, 300))
    road = Geofence("road", "keep-in", Corridor(((71.5, 34.0), (71.6, 34.05)), 50))
    state.draw([circle, road], NOON)
    assert [feature["geometry"]["type"] for feature in features(state)] == ["Polygon", "Polygon"]
    assert [feature["properties"]["kind"] for feature in features(state)] == ["privacy", "keep-in"]


def test_a_fence_of_the_night_is_not_in_force_at_noon_and_says_when_it_will_be() -> None:
    state = Fencing()
    fence = Geofence("fort", "keep-out", FORT, periods=(NIGHT,), ceiling=Level(120))
    state.draw([fence], NOON)
    (drawn,) = features(state)
    assert drawn["properties"]["in_force"] is False
    assert datetime.fromisoformat(drawn["properties"]["changes"]) == NOON + timedelta(hours=10)
    assert drawn["properties"]["ceiling"] == {"height": 120, "above": "AGL"}
    before = state.version
    state.draw([fence], NOON + timedelta(hours=10))
    assert features(state)[0]["properties"]["in_force"] is True
    assert state.version == before + 1
    state.draw([fence], NOON + timedelta(hours=11))
    assert state.version == before + 1  # nothing that is drawn is different


def test_of_several_versions_the_one_that_counts_now_is_drawn() -> None:
    state = Fencing()
    old = Geofence("fort", "keep-out", FORT)
    ended, new = revise(old, NOON, kind="alert-only")
    state.draw([ended, new], NOON - timedelta(hours=1))
    assert [feature["properties"]["version"] for feature in features(state)] == [1]
    state.draw([ended, new], NOON)
    assert [feature["properties"]["version"] for feature in features(state)] == [2]


@pytest.mark.integration
async def test_a_page_hears_of_a_new_fence_and_fetches_it_once(database: str) -> None:
    async with running_page(dsn=database) as page, page.viewer() as viewer:
        await until(lambda: viewer.told("fences"))
        async with await psycopg.AsyncConnection.connect(database) as connection:
            await put_geofences(connection, [Geofence("fort", "keep-out", FORT)])
        await until(lambda: len(viewer.told("fences")) == 2)
        async with httpx.AsyncClient(base_url=page.url) as client:
            answer = await client.get("/map/fences.json")
            assert [each["properties"]["name"] for each in answer.json()["features"]] == ["fort"]
            again = await client.get(
                "/map/fences.json", headers={"If-None-Match": answer.headers["etag"]}
            )
            assert again.status_code == 304


def test_moments_are_told_in_utc() -> None:
    state = Fencing()
    until_ten = Period(end=NOON + timedelta(hours=1))
    state.draw([Geofence("fort", "keep-out", FORT, periods=(until_ten,))], NOON)
    changes = datetime.fromisoformat(features(state)[0]["properties"]["changes"])
    assert changes.utcoffset() == timedelta(0)
    assert changes == (NOON + timedelta(hours=1)).astimezone(UTC)
