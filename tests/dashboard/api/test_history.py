"""The past over the API: picture, tracks, time line and clips, from a real database."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import numpy as np
import psycopg
import pytest

from dashboard.api import clips, past
from dashboard.api.application import PATH
from dashboard.api.clips import attachment
from fleet.columns import Rows
from telemetry.batch import Batch, Event
from telemetry.history import clip as clipping
from telemetry.history import reading
from telemetry.store.insert import Inserter
from tests.dashboard.pages import Page, running_page
from tests.telemetry.store.samples import ASSETS, CARS, DRONES, NOON, START, seconds, statuses
from tests.telemetry.store.samples import positions as samples
from tests.waiting import until

pytestmark = pytest.mark.integration

CAR, DRONE = str(CARS[0].key), str(DRONES[0].key)
HOUR = {"from": "2026-11-20T12:00:00Z", "to": "2026-11-20T13:00:00Z"}


def stored() -> Rows:
    """A minute of a drone and a car; half of the car's fixes come ten minutes late."""
    rows = samples(np.random.default_rng(2), 120, (DRONES[0],))
    rows["asset"] = np.repeat([DRONES[0].key, CARS[0].key], 60)
    rows["fix_time"] = START + seconds(np.tile(np.arange(60), 2))
    rows["source"] = np.repeat([1, 4], 60)
    rows["received_time"] = rows["fix_time"]
    rows["received_time"][90:] += seconds(600)
    return rows


@pytest.fixture
async def page(timescale_database: str) -> AsyncIterator[Page]:
    async with await psycopg.AsyncConnection.connect(
        timescale_database, autocommit=True
    ) as connection:
        inserter = Inserter(connection)
        await inserter.prepare(ASSETS)
        event = Event(CARS[0].key, NOON, NOON, "panic", {"by": "button"})
        states = statuses(np.random.default_rng(1), 60, DRONES[:1], span=60)
        _, first = np.unique(states["status_time"], return_index=True)
        batch = Batch(positions=stored(), statuses=states[first], events=(event,))
        await inserter.write(batch, ASSETS)
    async with running_page(dsn=timescale_database) as page:
        yield page


@pytest.fixture
async def client(page: Page) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{page.url}{PATH}/", timeout=30) as client:
        yield client


async def test_the_picture_of_a_moment_says_what_was_known_then(client: httpx.AsyncClient) -> None:
    async def at(time: str) -> dict[str, Any]:
        answer = await client.get("history/picture", params={"at": time})
        return {each["key"]: each for each in answer.json()["assets"]}

    then = await at("2026-11-20T12:01:00Z")
    assert then[DRONE]["fix_time"] == "2026-11-20T12:00:59Z"
    assert then[CAR]["fix_time"] == "2026-11-20T12:00:29Z"
    assert then[DRONE]["status_time"] is not None
    assert not then[CAR]["late"]
    later = await at("2026-11-20T17:20:00+05:00")
    assert later[CAR]["fix_time"] == "2026-11-20T12:00:59Z"
    assert later[CAR]["received_time"] == "2026-11-20T12:10:59Z"
    assert later[CAR]["late"]
    assert await at("2026-11-20T11:00:00Z") == {}


async def test_tracks_are_columns_that_mark_what_came_late(client: httpx.AsyncClient) -> None:
    asked = {**HOUR, "assets": f"{CAR},{DRONE}", "step": "1"}
    answer = await client.get("history/tracks", params=asked)
    told = answer.json()
    assert told["step"] == 1
    car, drone = told["assets"]
    assert (car["key"], drone["key"]) == (CAR, DRONE)
    assert car["fix"] == [1000 * second for second in range(60)]
    assert car["late"] == [0] * 30 + [1] * 30
    assert car["received"][-1] == 659_000
    assert drone["news"] == list(range(60))
    assert {len(values) for name, values in car.items() if isinstance(values, list)} == {60}
    again = await client.get(
        "history/tracks", params=asked, headers={"if-none-match": answer.headers["etag"]}
    )
    assert again.status_code == 304


async def test_a_step_that_is_not_asked_for_suits_the_window(client: httpx.AsyncClient) -> None:
    one = (await client.get("history/tracks", params={**HOUR, "assets": CAR})).json()
    every = (await client.get("history/tracks", params=HOUR)).json()
    assert (one["step"], every["step"]) == (1, 2)


async def test_the_time_line_comes_by_pages(client: httpx.AsyncClient) -> None:
    asked: dict[str, Any] = {**HOUR, "assets": f"{CAR},{DRONE}", "limit": 1, "gap": 60}
    found = []
    while True:
        told = (await client.get("history/timeline", params=asked)).json()
        found += told["items"]
        if told["next"] is None:
            break
        asked["cursor"] = told["next"]
    assert [(item["kind"], item["what"]) for item in found] == [
        ("event", "panic"),
        ("gap", "gap"),
        ("gap", "gap"),
    ]
    assert found[0]["assets"] == [CAR]
    assert found[0]["names"] == ["car-1"]
    assert found[1]["until"] is None
    assert found[1]["time"] == "2026-11-20T12:00:59Z"


REFUSED: list[tuple[str, dict[str, str], int, str]] = [
    ("picture", {}, 422, "query.at"),
    ("picture", {"at": "2026-11-20T12:00:00"}, 422, "query.at"),
    ("picture", {"at": "1971-01-01T00:00:00Z"}, 422, "between 2000 and 2100"),
    ("picture", {"at": "2026-11-20T12:00:00Z", "assets": "12"}, 404, "no asset"),
    ("picture", {"at": "2026-11-20T12:00:00Z", "assets": "a"}, 422, "query.assets"),
    ("tracks", {"from": HOUR["to"], "to": HOUR["from"]}, 422, "is not before"),
    ("tracks", {**HOUR, "step": "0.1"}, 422, "take steps of"),
    ("tracks", {**HOUR, "step": "nan"}, 422, "query.step"),
    ("timeline", {**HOUR, "kinds": "alert,nonsense"}, 422, "query.kinds"),
    ("timeline", {**HOUR, "cursor": "WzEsMl0"}, 422, "cursor"),
    ("timeline", {"from": "2001-01-01T00:00Z", "to": HOUR["to"]}, 422, "ask for gaps"),
    ("clip", {**HOUR, "format": "exe"}, 422, "query.format"),
    ("clip", {**HOUR, "format": "csv", "assets": str(CARS[3].key)}, 404, "no position"),
]


async def test_what_cannot_be_answered_is_a_problem(client: httpx.AsyncClient) -> None:
    for path, asked, status, said in REFUSED:
        answer = await client.get(f"history/{path}", params=asked)
        assert answer.status_code == status, (path, asked)
        assert answer.headers["content-type"] == "application/problem+json"
        assert said in answer.json()["detail"]


async def test_clips_are_files_of_what_is_stored(client: httpx.AsyncClient) -> None:
    async def taken(format_name: str, **asked: str) -> httpx.Response:
        return await client.get("history/clip", params={**HOUR, "format": format_name, **asked})

    table = await taken("csv")
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert len(rows) == 120
    assert rows[0]["received_time"]
    found = (await taken("geojson", assets=CAR)).json()
    assert sum(len(each["properties"]["coordTimes"]) for each in found["features"]) >= 60
    kml = await taken("kml", assets=CAR)
    assert ET.fromstring(kml.content).tag.endswith("kml")
    assert kml.headers["content-disposition"].startswith(
        'attachment; filename="nigehban-car-1-20261120T120000Z-20261120T130000Z.kml"'
    )


def test_a_file_of_an_asset_with_an_urdu_name_is_named_so() -> None:
    told = attachment("nigehban-شاہین.kml")["Content-Disposition"]
    assert re.fullmatch(r"attachment; filename=\"[\x20-\x7e]+\"; filename\*=UTF-8''\S+", told)


async def test_a_clip_that_nobody_takes_any_more_lets_go_of_the_database(
    page: Page, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, timescale_database: str
) -> None:
    monkeypatch.setattr(reading, "PIECE", 1)
    monkeypatch.setattr(clips, "CLIP_LIMIT", 60.0)

    async def at_work() -> int:
        async with await psycopg.AsyncConnection.connect(timescale_database) as connection:
            cursor = await connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = "
                "'nigehban dashboard' AND state <> 'idle' AND datname = current_database()"
            )
            return int((await cursor.fetchone() or (0,))[0])

    # The receiver takes nothing, so the server stands still in the middle of it.
    await _lengthen(timescale_database)
    asked = {**HOUR, "format": "csv", "assets": CAR}
    async with client.stream("GET", "history/clip", params=asked) as answer:
        assert answer.status_code == 200
        pieces = answer.aiter_bytes(1)
        assert await anext(pieces)
        assert await at_work() == 1

    async def let_go() -> bool:
        return await at_work() == 0

    await until(let_go)


async def _lengthen(dsn: str) -> None:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute(
            "INSERT INTO nigehban.position (asset, received_time, fix_time, source, latitude,"
            " longitude) SELECT asset, received_time, fix_time + n * interval '1 ms', source,"
            " latitude, longitude FROM nigehban.position, generate_series(1, 500) n"
            " WHERE asset = %s",
            [CARS[0].key],
        )


async def test_too_long_a_clip_is_refused_before_it_begins(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clips, "CLIP_ROWS_MOST", 100)
    monkeypatch.setattr(clipping, "CLIP_ROWS_MOST", 100)
    answer = await client.get("history/clip", params={**HOUR, "format": "csv"})
    assert answer.status_code == 422
    assert "more than 100 positions" in answer.json()["detail"]


PATHS = [
    "history/picture?at=2026-11-20T12:00:00Z",
    "history/tracks?from=2026-11-20T12:00:00Z&to=2026-11-20T13:00:00Z",
    "history/timeline?from=2026-11-20T12:00:00Z&to=2026-11-20T13:00:00Z",
    "history/clip?from=2026-11-20T12:00:00Z&to=2026-11-20T13:00:00Z&format=csv",
    "reports/trips?from=2026-11-20T12:00:00Z&to=2026-11-20T13:00:00Z",
]


async def test_a_database_that_is_away_is_told_as_a_problem() -> None:
    async with running_page() as page, httpx.AsyncClient(timeout=30) as client:
        asked = (client.get(f"{page.url}{PATH}/{path}") for path in PATHS)
        for answer in await asyncio.gather(*asked):
            assert (answer.status_code, answer.json()["type"]) == (503, "database-away")
            assert answer.headers["retry-after"]


def test_steps_that_suit_are_few_enough_for_any_window() -> None:
    for seconds_ in (60, 3600, 86_400, 40 * 86_400):
        step = past._suiting(seconds_)
        assert seconds_ / step <= past.POINTS_AIM or step == past.STEPS[-1]
