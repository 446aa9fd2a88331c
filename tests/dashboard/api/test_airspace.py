"""The airspace over REST: contacts now and then, one contact's story, sensors, heat maps, checklists."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import httpx
import numpy as np
import orjson
import psycopg
import pytest

from dashboard.api.application import PATH
from fleet.airspace.changes import Happened
from fleet.airspace.checklist import CHECKLIST
from fleet.airspace.columns import ChangeKind
from fleet.alerts.alert import Occurrence, Priority
from fleet.alerts.book import Book
from fleet.alerts.events import AlertEvent
from fleet.moments import as_datetime
from telemetry.batch import Batch
from telemetry.bus.memory import MemoryBus
from telemetry.feed import CONTACTS_SUBJECT
from telemetry.store.insert import Inserter
from tests.browser.desk import contact
from tests.dashboard.pages import running_page
from tests.telemetry.store.airspace_samples import airspace
from tests.telemetry.store.samples import START, seconds
from tests.waiting import until

pytestmark = pytest.mark.integration

SPAN = {
    "from": as_datetime(START).isoformat(),
    "to": as_datetime(START + seconds(3600)).isoformat(),
}
NAMED = "1000"
ALERT = "drone_in_zone/rid:1588E040445AC004418/Bala Hisar"
OTHER = "drone_in_zone/contact:3e80/Bala Hisar"  # begins like the key of contact 1000
RAISED = as_datetime(START + seconds(10))


def alert_events() -> tuple[AlertEvent, ...]:
    """Of an alert about the named contact, and of one about another."""
    book, what = Book(), Occurrence(Priority.HIGH, {"en": "a drone"}, {"en": "Look."})
    return (
        *book.activate(ALERT, what, RAISED),
        *book.activate(OTHER, what, RAISED + timedelta(seconds=1)),
        *book.acknowledge(ALERT, "Sana", RAISED + timedelta(seconds=20)),
    )


@asynccontextmanager
async def client(dsn: str, bus: MemoryBus | None = None) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        running_page(bus=bus, dsn=dsn) as page,
        httpx.AsyncClient(base_url=f"{page.url}{PATH}/", timeout=30) as api,
    ):
        yield api


@pytest.fixture
async def api(timescale_database: str) -> AsyncIterator[httpx.AsyncClient]:
    """Of a page whose database has a minute of airspace."""
    random = np.random.default_rng(7)
    batch = airspace(random)
    times = START + seconds(np.round(random.uniform(0, 56, len(batch.detections)), 3))
    batch.detections["time"] = batch.detections["received_time"] = times
    async with await psycopg.AsyncConnection.connect(timescale_database) as connection:
        await Inserter(connection).write(batch, [])
        await Inserter(connection).write(Batch(alert_events=alert_events()), [])
        await connection.commit()
    async with client(timescale_database) as api:
        yield api


async def asked(api: httpx.AsyncClient, path: str, **query: Any) -> Any:
    answer = await api.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def all_pages(api: httpx.AsyncClient, path: str, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = await asked(api, path, **query, **cursor)
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


async def test_contacts_of_a_time_come_by_pages_and_by_class(api: httpx.AsyncClient) -> None:
    whole = await asked(api, "contacts/history", **SPAN)
    assert [each["contact"] for each in whole["items"]] == ["1003", "1002", "1001", "1000"]
    assert whole["items"][3]["class"] == "cooperative"
    assert await all_pages(api, "contacts/history", limit=1, **SPAN) == whole["items"]
    named = await asked(api, "contacts/history", **SPAN, **{"class": "cooperative"})
    assert [each["contact"] for each in named["items"]] == [NAMED]


async def test_one_contact_is_told_with_its_track_and_who_saw_it(api: httpx.AsyncClient) -> None:
    told = await asked(api, f"contacts/{NAMED}")
    assert told["last"]["identity"] == "rid:1588E040445AC004418"
    assert told["now"] is None
    saw = told["sensors"]
    assert {each["sensor"] for each in saw} <= {"scout:north", "sapient:mast", "sbs:roof"}
    track = await asked(api, f"contacts/{NAMED}/track")
    times = [each["time"] for each in track]
    assert times == sorted(set(times))
    assert times[-1] == told["last_time"]
    detections = await all_pages(api, f"contacts/{NAMED}/detections", limit=3)
    assert len(detections) == sum(each["count"] for each in saw) > 3


async def test_the_timeline_of_an_intrusion_is_in_order_and_of_it_alone(
    api: httpx.AsyncClient,
) -> None:
    item = CHECKLIST[0].id
    body = {"alert": ALERT, "raised_time": RAISED.isoformat(), "who": "Sana", "item": item}
    assert (await api.post("checklists", json=body)).status_code == 201
    told = await asked(api, f"contacts/{NAMED}/timeline")
    times = [datetime.fromisoformat(each["time"]) for each in told["items"]]
    assert times == sorted(times)
    said = [(each["kind"], each["what"], each["who"]) for each in told["items"]]
    assert [one for one in said if one[0] == "alert"] == [
        ("alert", "activate", "system"),
        ("alert", "acknowledge", "Sana"),
    ]
    assert said[-1] == ("tick", "ticked", "Sana")
    assert ("contact", "confirmed", "") in said
    assert {each["alert"] for each in told["items"]} == {"", ALERT}
    (raised,) = told["checklists"]
    assert raised["alert"] == ALERT
    assert datetime.fromisoformat(raised["raised_time"]) == RAISED


async def test_where_the_operator_was_first_known_to_be_is_on_the_timeline(
    timescale_database: str,
) -> None:
    batch = airspace(np.random.default_rng(7))
    rows = batch.contacts[batch.contacts["contact"] == 1000].copy()
    rows["operator_latitude"][3:] = 34.02
    rows["operator_longitude"][3:] = 71.51
    happened = Happened()
    happened.add(rows[5], ChangeKind.MERGED, other=1002, distance=12.4)
    found = Batch(contacts=rows, contact_changes=happened.columns())
    async with await psycopg.AsyncConnection.connect(timescale_database) as connection:
        await Inserter(connection).write(found, [])
        await connection.commit()
    async with client(timescale_database) as api:
        located, merged = (await asked(api, f"contacts/{NAMED}/timeline"))["items"]
    assert (located["kind"], located["latitude"]) == ("operator", 34.02)
    assert datetime.fromisoformat(located["time"]) == as_datetime(rows["time"][3])
    assert (merged["what"], merged["other"], merged["distance"]) == ("merged", "1002", 12)


async def test_heat_maps_count_contacts_by_place_and_by_hour(api: httpx.AsyncClient) -> None:
    cells = await asked(api, "airspace/cells", **SPAN, cell=0.5)
    assert [(each["latitude"], each["contacts"]) for each in cells["items"]] == [(34.0, 4)]
    hours = await asked(api, "airspace/hours", **SPAN)
    local = as_datetime(START) + timedelta(hours=5)
    assert hours["zone"] == "Asia/Karachi"
    assert hours["counts"][local.weekday()][local.hour] == 4
    assert sum(map(sum, hours["counts"])) == 4
    long = {"from": "2024-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}
    assert (await api.get("airspace/hours", params=long)).status_code == 422


async def test_events_of_sensors_come_by_pages(api: httpx.AsyncClient) -> None:
    whole = await asked(api, "sensors/events", **SPAN)
    assert len(whole["items"]) == 60
    assert await all_pages(api, "sensors/events", limit=7, **SPAN) == whole["items"]
    some = await asked(api, "sensors/events", **SPAN, sensor="sbs:roof")
    assert {each["sensor"] for each in some["items"]} == {"sbs:roof"}


async def test_what_is_there_now_is_told_as_the_collector_tells_it(timescale_database: str) -> None:
    bus = MemoryBus()
    sensor = {
        "sensor": "sapient:mast", "name": "mast", "protocol": "sapient", "state": "ok",
        "heard_time": 1_700_000_000_000, "rate": 2.5, "messages": 9, "detail": "",
    }  # fmt: skip
    picture = {"time": 0, "contacts": [contact(heard_time=1e12)], "sensors": [sensor]}
    async with client(timescale_database, bus) as api:
        assert await asked(api, "contacts") == {"time": None, "items": []}

        async def told() -> bool:
            await bus.publish(CONTACTS_SUBJECT, orjson.dumps(picture))
            return bool((await asked(api, "contacts"))["items"])

        await until(told)
        (one,) = (await asked(api, "contacts"))["items"]
        assert (one["contact"], one["threat"]["level"]) == ("123456789", 3)
        assert one["heard_time"] == "2001-09-09T01:46:40Z"
        (mast,) = await asked(api, "sensors")
        assert (mast["state"], mast["heard_time"]) == ("ok", "2023-11-14T22:13:20Z")
        assert (await api.get("contacts/123456789")).status_code == 404


async def test_what_cannot_be_asked_is_refused() -> None:
    async with client("host=127.0.0.1 port=1 dbname=nowhere connect_timeout=1") as api:
        for path in (
            "contacts/history?cursor=WyJhIiwxXQ",
            "contacts/history?class=bird",
            "contacts/history?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
            "contacts/history?from=0001-01-01T00:00:00Z",
            "airspace/cells?cell=0",
            "sensors/events?cursor=WyJhIiwiYiIsImMiXQ",
        ):
            answer = await api.get(path)
            assert answer.status_code == 422, answer.text
            assert answer.json()["detail"].startswith("query.")
