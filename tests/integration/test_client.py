"""The Python client against a page, a collector and a database."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, assert_type

import httpx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nigehban.client import (
    ApiError,
    AsyncClient,
    AwayError,
    ChangedMeanwhileError,
    Client,
    ConflictError,
    FeedLostError,
    InvalidError,
    NotFoundError,
    UnreachableError,
    calls,
    models,
)
from nigehban.client.errors import error_of
from nigehban.client.models import Asset
from nigehban.client.sending import LONGEST_PAUSE, Tries
from tests.brokers import free_port
from tests.commands import Ports
from tests.dashboard.pages import running_page
from tests.dashboard.pictures import cars, drones, rows, seconds
from tests.integration.ordering import house
from tests.waiting import until

pytestmark = pytest.mark.integration

DOCS = Path(__file__).parents[2] / "docs/api.md"
EXAMPLE = re.compile(r"```python\n(.*?)```", re.DOTALL)

OF_THE_API = {
    "Asset": "AssetNow",
    "Alert": "AlertNow",
    "AlertWhole": "AlertWhole",
    "AlertAct": "AlertAct",
    "AlertPage": "AlertList",
    "AlertEvent": "AlertEventTold",
    "AlertsDone": "AlertsDone",
    "AlertAnswer": "AlertAnswer",
    "Figures": "DeskFigures",
    "Fence": "FenceTold",
    "FenceVersion": "FenceVersion",
    "EventTaken": "EventTaken",
}


def run_example(text: str, url: str) -> None:
    assert "http://127.0.0.1:8050" in text
    exec(text.replace("http://127.0.0.1:8050", url), {"print": lambda *_: None})


async def test_the_examples_and_what_the_server_refuses(
    timescale_database: str, ports: Ports
) -> None:
    async with house(timescale_database, ports) as at:
        panic = await at.call_for_help("car-1")
        await at.page.show(rows(drones(2), np.datetime64("now", "us")))
        examples = EXAMPLE.findall(DOCS.read_text())
        assert len(examples) == 2
        for example in examples:
            await asyncio.to_thread(run_example, example, at.page.url)

        async with AsyncClient(at.page.url) as client:
            whole = await client.alert(panic)
            assert (whole.state, [act.what for act in whole.acts]) == (
                "acknowledged",
                ["activate", "note", "acknowledge"],
            )
            assert [event.what async for event in client.alert_history(alert=panic, limit=1)] == [
                event.what async for event in client.alert_history(alert=panic)
            ]
            with pytest.raises(ConflictError) as refused:
                await client.acknowledge(panic, who="Bibi")
            assert refused.value.kind == "illegal-order"
            assert refused.value.more["alerts"][0]["alert"] == panic
            with pytest.raises(NotFoundError):
                await client.asset("1")
            with pytest.raises(InvalidError, match=r"^422: query\.limit"):
                await client.get("alerts", limit=0)
            now = datetime.now(UTC)
            first, second = [
                await client.tell_event("crowd", time=now, source="line-15", key="twice")
                for _ in range(2)
            ]
            assert first == second
            with pytest.raises(InvalidError) as other:
                await client.tell_event("fire", time=now, source="line-15", key="twice")
            assert other.value.kind == "other-body"
            shape = {"type": "Circle", "centre": [71.5, 34.0], "radius": 100}
            wanted = {"name": "Yard", "kind": "alert-only", "shape": shape}
            fence = await client.make_geofence(wanted, who="Gul")
            changed = await client.change_geofence(
                fence.id, wanted | {"name": "Court"}, seen=1, who="Gul"
            )
            assert (changed.version, (await client.geofence(fence.id)).fence["name"]) == (
                2,
                "Court",
            )
            with pytest.raises(ChangedMeanwhileError):
                await client.end_geofence(fence.id, seen=1, who="Gul")
            assert "Court" in [each["name"] for each in await client.geofences()]
            described = await client.get("openapi.json")
    schemas = described["components"]["schemas"]
    for ours, theirs in OF_THE_API.items():
        fields = set(getattr(models, ours).model_fields)
        assert fields <= set(schemas[theirs]["properties"]), ours


async def test_what_is_away_is_asked_again_for_a_while_and_then_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dashboard.history.CONNECT_LIMIT", 0.2)
    pauses: list[float] = []

    async def sleep(pause: float) -> None:
        pauses.append(pause)

    async with running_page() as page, AsyncClient(page.url, patience=3, sleep=sleep) as client:
        with pytest.raises(AwayError) as away:
            await client.geofences()
        assert away.value.kind == "database-away"
        assert pauses == [2]

    def ask() -> None:
        with Client(page.url) as client:
            client.assets()

    with pytest.raises(UnreachableError):
        await asyncio.to_thread(ask)


async def test_the_waiting_client_has_the_same_methods() -> None:
    def names(client: type) -> set[str]:
        return {name for name in dir(client) if not name.startswith("_")}

    assert names(AsyncClient) - names(Client) == {"live"}
    assert names(Client) <= names(AsyncClient)
    async with running_page() as page:
        await page.show(rows(cars(2), np.datetime64("now", "us")))

        def ask() -> list[Asset]:
            with Client(page.url) as client:
                return assert_type(client.assets(), list[Asset])

        assert await until(lambda: asyncio.to_thread(ask))


async def next_marks(messages: AsyncIterator[dict[str, Any]]) -> dict[str, Any]:
    async for message in messages:
        if message["type"] == "marks" and message["marks"]:
            return message
    raise AssertionError


async def test_the_live_feed_adds_up_to_what_the_server_lists() -> None:
    fleet = rows(drones(3) + cars(2), np.datetime64("now", "us"))
    async with running_page() as page, AsyncClient(page.url) as client:
        await page.show(fleet)
        await until(client.assets)
        async with client.live() as feed:
            messages = aiter(feed)
            await next_marks(messages)
            for step in range(1, 4):
                fleet["latitude"] += 0.001
                fleet["position_time"] += seconds(step)
                await page.show(fleet)
                await next_marks(messages)
            listed = {asset.key: asset for asset in await client.assets()}
            near = {key: pytest.approx(asset.latitude, abs=1e-6) for key, asset in listed.items()}
            assert {key: asset.latitude for key, asset in feed.assets.items()} == near
            first = str(fleet["asset"][0])
            assert feed.asset(first) == feed.assets[first]
            assert feed.asset("1") is None
            await feed.watch(first)
            async for message in messages:
                if message["type"] == "detail":
                    assert message["key"] == first
                    break
        unentered = aiter(client.live())
        assert (await anext(unentered))["type"] == "hello"
        page.task.cancel()
        with pytest.raises(FeedLostError):
            [None async for _ in unentered]
    with pytest.raises(UnreachableError):
        await anext(aiter(AsyncClient(f"http://127.0.0.1:{free_port()}").live()))


def test_only_what_is_not_done_twice_is_sent_again() -> None:
    away = httpx.Response(503, headers={"Retry-After": "999"})
    now = datetime.now(UTC)
    for call in (calls.assets(), calls.note("a", who="Gul", text="x"), calls.post("jobs")):
        assert Tries(call, 60).pause(away) == LONGEST_PAUSE
    changing = calls.change_geofence("1", {}, seen=1, who="Gul")
    ending = calls.end_geofence("1", seen=1, who="Gul")
    refused: list[tuple[calls.Call[Any], httpx.Response]] = [
        (changing, away),
        (ending, away),
        (calls.assets(), httpx.Response(503)),
        (calls.tell_event("fire", time=now, source="a"), httpx.Response(500, headers=away.headers)),
    ]
    for asked, answer in refused:
        with pytest.raises(ApiError):
            Tries(asked, 60).pause(answer)


@given(st.integers(400, 599), st.binary(max_size=200), st.sampled_from(["", "text/plain"]))
def test_whatever_a_server_refuses_with_is_an_error_of_the_api(
    status: int, body: bytes, kind: str
) -> None:
    error = error_of(httpx.Response(status, content=body, headers={"content-type": kind}))
    assert isinstance(error, ApiError)
    assert error.status == status


@pytest.mark.parametrize("url", ["", "127.0.0.1:8050", "ftp://127.0.0.1", "http://"])
def test_an_address_that_is_none_is_told(url: str) -> None:
    with pytest.raises(ValueError, match="is no address of a page"):
        Client(url)
