"""People's orders through the API, to a real collector and a real database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest

from telemetry.feed import ALERTS_SUBJECT, unpack_alerts
from telemetry.store.migrate import migrate
from tests.commands import Ports
from tests.dashboard.pages import running_page
from tests.databases import own_server
from tests.integration.ordering import House, house
from tests.waiting import until

pytestmark = pytest.mark.integration

ACTS = "SELECT what, who, why FROM nigehban.alert_event WHERE alert = %s ORDER BY id"
JSON = {"content-type": "application/json"}
NOW = datetime.now(UTC).replace(microsecond=0)

REPORT = {
    "kind": "citizen_report",
    "time": NOW.isoformat(),
    "source": "line-15",
    "text": "smoke over the market",
    "place": {"latitude": 34.0098, "longitude": 71.5752},
}


@pytest.fixture
async def one_house(timescale_database: str, ports: Ports) -> AsyncIterator[tuple[House, str]]:
    """A house with one alert."""
    async with house(timescale_database, ports) as at:
        yield at, await at.call_for_help("car-1")


async def report(house: House, key: str, **more: Any) -> Any:
    return await house.api.post("events", json=REPORT | more, headers={"idempotency-key": key})


async def test_orders_are_kept_and_reach_everybody(timescale_database: str, ports: Ports) -> None:
    heard: list[str] = []

    async with house(timescale_database, ports) as at:

        async def listen() -> None:
            async with at.bus.subscribe(ALERTS_SUBJECT) as messages:
                async for message in messages:
                    heard.extend(
                        f"{event.what.value} {event.who}"
                        for event, _ in unpack_alerts(message.payload)
                    )

        listening = asyncio.create_task(listen())
        key = await at.call_for_help("car-1")
        assert (await at.order("note", key, why="on the phone")).status_code == 200
        first, second = await asyncio.gather(
            at.order("acknowledge", key), at.order("acknowledge", key, who="Bibi")
        )
        assert {first.status_code, second.status_code} == {200, 409}
        won, lost = (first, second) if first.status_code == 200 else (second, first)
        winner = orjson.loads(won.request.content)["who"]
        assert won.json()["alerts"][0]["now"]["state"] == "acknowledged"
        assert "cannot acknowledge an alert that is acknowledged" in lost.json()["detail"]
        assert f"{winner} did acknowledge" in lost.json()["detail"]
        assert at.rows(ACTS, key)[-2:] == [
            ("note", "Gul", "on the phone"),
            ("acknowledge", winner, ""),
        ]
        await until(lambda: f"acknowledge {winner}" in heard)

        async def known() -> bool:
            told = (await at.api.get(f"alerts/{key}")).json()
            return [act["what"] for act in told["acts"]] == ["activate", "note", "acknowledge"]

        await until(known)
        assert (await at.api.get("figures")).json()[""]["day"] == 1
        until_ = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        shelved = await at.order("shelve", key, why="a drill", until=until_)
        assert shelved.json()["alerts"][0]["now"]["masked_by"] == "Gul"
        for what in ("unshelve", "remove_from_service", "restore_to_service", "suppress"):
            assert (await at.order(what, key, why="a drill")).status_code == 200, what
        assert at.rows(ACTS, key)[-1] == ("suppress", "Gul", "a drill")

        history = (await at.api.get("alerts/history", params={"rule": "panic", "limit": 2})).json()
        assert [each["what"] for each in history["items"]] == [
            "suppress",
            "restore_to_service",
        ]
        rest = await at.api.get("alerts/history", params={"cursor": history["next"]})
        assert rest.json()["items"][0]["what"] == "remove_from_service"
        (car,) = history["items"][0]["assets"]
        assert history["items"][0]["checklist"] is False
        for asked, count in (
            ({"priority": [3, 2], "asset": car, "what": ["acknowledge", "note"]}, 2),
            ({"priority": 1}, 0),
            ({"asset": "1"}, 0),
            ({"desk": "air"}, 0),
            ({"to": "2026-01-01T00:00:00Z"}, 0),
            ({"from": "2026-01-01T00:00:00Z", "who": "Gul", "what": "shelve"}, 1),
        ):
            found = await at.api.get("alerts/history", params=asked)
            assert len(found.json()["items"]) == count, asked
        assert len((await at.api.get("alerts", params={"rule": "panic"})).json()["items"]) == 1
        assert (await at.api.get("alerts", params={"priority": 1})).json()["items"] == []
        listening.cancel()


async def test_an_order_asked_twice_is_done_once(timescale_database: str, ports: Ports) -> None:
    async with house(timescale_database, ports) as at:
        keys = [await at.call_for_help(f"car-{number}") for number in range(3)]
        body = {"alerts": [*keys, "panic/nobody"], "who": "Gul"}
        one = {"idempotency-key": "order-1"}
        first = await at.api.post("alerts/acknowledge", json=body, headers=one)
        again = await at.api.post("alerts/acknowledge", json=body, headers=one)
        assert first.status_code == 200
        assert [each["result"] for each in first.json()["alerts"]] == [
            *["done"] * 3,
            "unknown",
        ]
        assert again.json() == first.json()
        other = await at.api.post("alerts/reset", json=body, headers=one)
        assert (other.status_code, other.json()["type"]) == (422, "other-body")
        noted = {"idempotency-key": "order-2"}
        note = {"alerts": keys[:1], "who": "Gul", "why": "on the phone"}
        assert (await at.api.post("alerts/note", json=note, headers=noted)).status_code == 200
        before = at.rows(ACTS, keys[0])
    async with house(timescale_database, ports) as at:  # a collector that knows none of this
        again = await at.api.post("alerts/acknowledge", json=body, headers=one)
        assert again.json() == first.json()
        assert (await at.api.post("alerts/note", json=note, headers=noted)).status_code == 200
        other = await at.api.post("alerts/reset", json=body, headers=one)
        assert (other.status_code, other.json()["type"]) == (422, "other-body")
        assert at.rows(ACTS, keys[0]) == before
        assert [what for what, *_ in before] == ["activate", "acknowledge", "note"]


async def test_a_page_that_starts_later_and_hears_nothing_knows_the_alerts_all_the_same(
    timescale_database: str, ports: Ports
) -> None:
    async with house(timescale_database, ports) as at:
        first = await at.call_for_help("car-1")
        async with running_page(dsn=at.dsn) as page, httpx.AsyncClient() as client:

            async def listed() -> list[str]:
                told = (await client.get(f"{page.url}/api/v1/alerts")).json()
                return [each["key"] for each in told["items"]]

            async def shows(keys: list[str]) -> bool:
                return await listed() == keys

            await until(lambda: shows([first]))
            second = await at.call_for_help("car-2")
            await until(lambda: shows([second, first]))
            figures = (await client.get(f"{page.url}/api/v1/figures")).json()
            assert (figures[""]["waiting"], figures[""]["shares"]["high"]) == (2, 1.0)


BAD_ORDERS: list[tuple[str, dict[str, Any], int]] = [
    ("acknowledge", {"alerts": ["panic/nobody"]}, 404),
    ("shelve", {"alerts": ["nonsense/car"], "why": "x", "until": NOW.isoformat()}, 404),
    ("unshelve", {}, 409),
    ("reset", {}, 409),
    ("shelve", {"why": "no end"}, 422),
    ("shelve", {"why": "long", "until": (NOW + timedelta(days=2)).isoformat()}, 422),
    ("shelve", {"until": (NOW + timedelta(hours=1)).isoformat()}, 422),
    ("shelve", {"why": "no zone", "until": "2026-11-22T12:00:00"}, 422),
    ("note", {}, 422),
    ("acknowledge", {"who": " "}, 422),
    ("acknowledge", {"who": "system"}, 422),
    ("acknowledge", {"who": "Gul\0"}, 422),
    ("acknowledge", {"why": "\ud800"}, 422),
    ("acknowledge", {"alerts": []}, 422),
    ("acknowledge", {"alerts": ["x"] * 201}, 422),
    ("acknowledge", {"alerts": "panic"}, 422),
    ("acknowledge", {"more": 1}, 422),
    ("forget", {}, 422),
]


async def test_a_bad_order_is_refused_with_the_reason(one_house: tuple[House, str]) -> None:
    at, key = one_house
    for what, body, status in BAD_ORDERS:
        told = {"alerts": [key], "who": "Gul", **body}
        answer = await at.api.post(f"alerts/{what}", content=json.dumps(told), headers=JSON)
        assert answer.status_code == status, (what, body, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"]
    assert (await at.order("acknowledge", key)).status_code == 200


async def test_an_event_from_outside_is_taken_once(timescale_database: str, ports: Ports) -> None:
    async with house(timescale_database, ports) as at:
        both = await asyncio.gather(*(report(at, "call-1") for _ in range(2)))
        again = await report(at, "call-1")
        assert [each.status_code for each in (*both, again)] == [201] * 3
        assert both[0].json() == both[1].json() == again.json()
        assert again.json()["kept"] == "database"
        other = await report(at, "call-1", text="nothing")
        assert (other.status_code, other.json()["type"]) == (422, "other-body")
        second = await report(at, "call-2", text="nothing")
        assert second.status_code == 201
        events = at.rows("SELECT kind, detail->>'text' FROM nigehban.event ORDER BY 2")
        assert events == [
            ("citizen_report", "nothing"),
            ("citizen_report", "smoke over the market"),
        ]
        raised = at.rows(
            "SELECT \"values\"->'reason'->>'en' FROM nigehban.alert_event"
            " WHERE what = 'activate' ORDER BY id"
        )
        assert [reason for (reason,) in raised] == [
            "line-15: a citizen reports: smoke over the market; 34.00980, 71.57520",
            "line-15: a citizen reports: nothing; 34.00980, 71.57520",
        ]
        named = await report(at, "call-3", kind="panic", asset="outside:line-15")
        assert named.json()["asset"] == again.json()["asset"]


async def test_while_the_database_is_away_events_wait_on_disk_and_nothing_is_lost(
    ports: Ports,
) -> None:
    with own_server("timescaledb") as server:
        migrate(server.dsn())
        async with house(server.dsn(), ports, patience=0.2) as at:
            key = await at.call_for_help("car-1")
            server.stop()
            spooled = await report(at, "call-1")
            assert (spooled.status_code, spooled.json()["kept"]) == (202, "spool")
            assert (await report(at, "call-1")).json() == spooled.json()
            assert (await report(at, "call-1", text="else")).status_code == 422
            assert (await at.order("acknowledge", key)).status_code == 200
            away = await at.api.get("geofences")
            assert (away.status_code, away.headers["retry-after"]) == (503, "2")
            assert (await at.api.get("alerts")).status_code == 200
            server.start()

            async def committed() -> bool:
                answer = await report(at, "call-1")
                return bool(answer.status_code == 201)

            await until(committed)
            assert at.rows("SELECT count(*) FROM nigehban.outside_event") == [(1,)]
            await until(lambda: ("acknowledge", "Gul", "") in at.rows(ACTS, key))
