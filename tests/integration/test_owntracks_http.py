"""OwnTracks over HTTP: what the app gets, and what it then does not send again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import orjson
import pytest

from fleet.assets import owntracks_asset
from telemetry.trackers.owntracks_http import OwntracksHttpServer
from telemetry.trackers.settings import OwntracksHttpSettings
from tests.integration.tracking import serving
from tests.telemetry.trackers.owntracks_wire import encrypted
from tests.telemetry.trackers.sinks import RecordingSink
from tests.waiting import until

pytestmark = pytest.mark.integration

THEN = int(time.time()) - 3600
WHO = {"X-Limit-U": "patrol", "X-Limit-D": "car-07"}
ASSET = owntracks_asset("patrol", "car-07")
IDENTITY = ASSET.identity


def location(**fields: object) -> bytes:
    message = {"_type": "location", "lat": 34.0, "lon": 71.5, "tst": THEN, "batt": 87, **fields}
    return orjson.dumps(message)


@asynccontextmanager
async def posting(sink: RecordingSink, **gate: object) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        serving(OwntracksHttpServer, OwntracksHttpSettings, sink, **gate) as (_, port),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10, headers=WHO) as app,
    ):
        yield app


async def test_location_is_stored_and_then_answered_with_an_empty_list() -> None:
    sink = RecordingSink()
    async with posting(sink) as app:
        sink.open.clear()
        request = asyncio.ensure_future(app.post("/pub", content=location()))
        await until(lambda: sink.waiting == 1)
        done, _ = await asyncio.wait({request}, timeout=0.1)
        assert not done
        sink.open.set()
        answer = await request
        assert (answer.status_code, answer.json()) == (200, [])
        assert answer.headers["content-type"] == "application/json"
    assert sink.positions["asset"].tolist() == [ASSET.key]


async def test_queue_of_the_app_as_an_array_and_events() -> None:
    sink = RecordingSink()
    messages = [orjson.loads(location(tst=THEN + n)) for n in range(3)]
    messages.append({"_type": "transition", "event": "enter", "desc": "Post 3", "tst": THEN})
    async with posting(sink) as app:
        answer = await app.post("/", content=orjson.dumps(messages))
    assert (answer.status_code, answer.json()) == (200, [])
    assert len(sink.positions) == 3
    assert [event.kind for event in sink.events] == ["enter"]


@pytest.mark.parametrize(
    ("path", "headers", "auth"),
    [
        ("/?u=patrol&d=car-07", {}, None),
        ("/", {"X-Limit-D": "car-07"}, ("patrol", "any")),
        ("/?d=car-07", {}, ("patrol", "any")),
        ("/?u=other&d=other", WHO, ("other", "any")),
    ],
)
async def test_who_it_is(path: str, headers: dict[str, str], auth: tuple[str, str] | None) -> None:
    sink = RecordingSink()
    async with (
        serving(OwntracksHttpServer, OwntracksHttpSettings, sink) as (_, port),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", auth=auth) as app,
    ):
        answer = await app.post(path, content=location(), headers=headers)
    assert answer.status_code == 200
    assert sink.accepted[0].assets == (ASSET,)


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({}, "no_id"),
        ({"X-Limit-U": "patrol"}, "no_id"),
        ({"X-Limit-U": "patrol", "X-Limit-D": "a/b"}, "bad_id"),
        ({"X-Limit-U": "patrol", "X-Limit-D": "x" * 60}, "bad_id"),
        ({**WHO, "Authorization": "Basic !"}, "malformed"),
        ({**WHO, "Authorization": "Basic /w=="}, "malformed"),
    ],
)
async def test_who_does_not_say_who_it_is_hears_400(headers: dict[str, str], reason: str) -> None:
    sink = RecordingSink()
    async with (
        serving(OwntracksHttpServer, OwntracksHttpSettings, sink) as (_, port),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as app,
    ):
        answer = await app.post("/", content=location(), headers=headers)
    assert answer.status_code == 400
    assert sink.refused == {reason: 1}


async def test_query_of_many_fields_is_400() -> None:
    sink = RecordingSink()
    async with posting(sink) as app:
        assert (await app.post("/?" + "a=1&" * 50, content=location())).status_code == 400
    assert sink.refused == {"malformed": 1}


async def test_what_cannot_be_taken_is_set_aside_and_answered_so_that_the_queue_goes_on() -> None:
    sink = RecordingSink()
    bad = [location(lat=95), b"{", b'{"_type":"encrypted","data":"AAAA"}', location(tst=1)]
    async with posting(sink) as app:
        for body in bad:
            assert (await app.post("/", content=body)).status_code == 200
        mixed = b"[" + location() + b"," + location(lat=95) + b"]"
        assert (await app.post("/", content=mixed)).status_code == 200
        sink.failing = True
        assert (await app.post("/", content=b"{")).status_code == 503
        sink.failing = False
        sink.refusing = True
        assert (await app.post("/", content=location())).status_code == 200
    assert [raw for raw, _ in sink.aside] == [*bad, location(lat=95), location()]
    assert len(sink.positions) == 1


async def test_not_stored_is_503_and_come_again() -> None:
    sink = RecordingSink()
    sink.failing = True
    async with posting(sink) as app:
        answer = await app.post("/", content=location())
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


async def test_empty_bodies_and_other_types_are_answered_and_ignored() -> None:
    sink = RecordingSink()
    async with posting(sink) as app:
        for body in (b"", b"[]", b'{"_type":"status"}', b'{"_type":"card"}'):
            answer = await app.post("/", content=body)
            assert (answer.status_code, answer.json()) == (200, [])
        assert (await app.get("/")).status_code == 405
    assert not sink.accepted
    assert sink.refused == {"method": 1}


async def test_password_is_the_token_of_the_device() -> None:
    sink = RecordingSink()
    async with posting(sink, devices={IDENTITY: {"token": "t0ps3cret"}}) as app:
        nothing = await app.post("/", content=location())
        assert nothing.status_code == 401
        assert nothing.headers["www-authenticate"].startswith("Basic realm=")
        wrong = await app.post("/", content=location(), auth=("patrol", "guess"))
        assert wrong.status_code == 403
        assert not sink.accepted
        right = await app.post("/", content=location(), auth=("patrol", "t0ps3cret"))
        assert right.status_code == 200
    assert len(sink.positions) == 1
    assert sink.refused == {"wrong_secret": 2}
    assert not sink.aside


async def test_encrypted_message_is_its_own_proof() -> None:
    sink = RecordingSink()
    async with posting(sink, devices={IDENTITY: {"key": "sesame"}}) as app:
        assert (await app.post("/", content=location())).status_code == 403
        assert (await app.post("/", content=encrypted(location(), "other"))).status_code == 403
        assert (await app.post("/", content=encrypted(location(), "sesame"))).status_code == 200
    assert len(sink.positions) == 1
    assert sink.refused == {"not_encrypted": 1, "wrong_key": 1}


async def test_unknown_device() -> None:
    sink = RecordingSink()
    async with posting(sink, unknown="refuse") as app:
        assert (await app.post("/", content=location())).status_code == 404
    async with posting(sink, unknown="quarantine") as app:
        assert (await app.post("/", content=location())).status_code == 200
    assert sink.refused == {"unknown_device": 1, "quarantine": 1}
    assert [raw for raw, _ in sink.aside] == [location()]
    assert not sink.accepted
