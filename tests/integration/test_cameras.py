"""Events of cameras over a real broker and real HTTP: acknowledged after COMMIT, and none is lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
import httpx
import orjson
import pytest

from telemetry.bus import server_config
from telemetry.bus.server import BrokerServer
from telemetry.trackers import mqtt_tracker
from telemetry.trackers.cameras import CamerasSubscriber
from telemetry.trackers.cameras_http import CamerasHttpServer
from telemetry.trackers.gate import Gate
from telemetry.trackers.intake import Intake
from telemetry.trackers.mqtt import parse_address
from telemetry.trackers.settings import CamerasHttpSettings, CamerasSettings, GateSettings
from tests.brokers import running_broker, unacknowledged
from tests.integration.tracking import serving
from tests.telemetry.trackers.sinks import RecordingSink
from tests.waiting import until

pytestmark = pytest.mark.integration

BEGIN = int(time.time()) - 3600


def event(number: int = 0, **changes: object) -> bytes:
    told = {"camera": "cam-0007", "time": BEGIN + number, "kind": "person_down", **changes}
    return orjson.dumps(told)


@pytest.fixture
async def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[BrokerServer]:
    """A broker that sends again after one second what is not acknowledged."""
    monkeypatch.setattr(server_config, "ACK_WAIT_SECONDS", 1)
    monkeypatch.setattr(mqtt_tracker, "NOT_STORED_DELAY", 0.1)
    async with running_broker(tmp_path) as server:
        yield server


@asynccontextmanager
async def subscribed(
    broker: BrokerServer, sink: RecordingSink, gate: Gate | None = None
) -> AsyncIterator[CamerasSubscriber]:
    settings = CamerasSettings(broker=broker.mqtt_url)
    subscriber = CamerasSubscriber(settings, Intake("cameras", sink, time.time, gate))
    running = asyncio.ensure_future(subscriber.run())
    await until(lambda: subscriber.listening or running.done())
    try:
        yield subscriber
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def camera(broker: BrokerServer) -> aiomqtt.Client:
    address = parse_address(broker.tracker_url)
    return aiomqtt.Client(address.host, address.port, identifier="cam", timeout=5)


async def none_waits(broker: BrokerServer) -> None:
    async def acknowledged() -> bool:
        return await unacknowledged(broker) == 0

    await until(acknowledged)


async def test_an_event_is_stored_and_then_acknowledged(broker: BrokerServer) -> None:
    sink = RecordingSink()
    sink.open.clear()
    async with subscribed(broker, sink) as subscriber, camera(broker) as cam:
        await cam.publish("cameras/cam-0007/event", event(), qos=1)
        await until(lambda: subscriber.statistics.received == 1)
        assert await unacknowledged(broker) == 1
        sink.open.set()
        await none_waits(broker)
    assert [(e.kind, e.time.timestamp()) for e in sink.events] == [("person_down", BEGIN)]
    assert [asset.identity for asset in sink.accepted[0].assets] == ["camera:cam-0007"]


async def test_an_event_that_was_not_stored_comes_again(broker: BrokerServer) -> None:
    sink = RecordingSink()
    sink.failing = True
    async with subscribed(broker, sink) as subscriber, camera(broker) as cam:
        for number in range(10):
            await cam.publish("cameras/cam-0007/event", event(number), qos=1)
        await until(lambda: subscriber.statistics.not_stored >= 10)
        sink.failing = False
        await none_waits(broker)
    assert {e.time.timestamp() - BEGIN for e in sink.events} == set(range(10))


async def test_what_is_wrong_is_a_dead_letter_and_holds_nothing_up(broker: BrokerServer) -> None:
    sink = RecordingSink()
    async with subscribed(broker, sink), camera(broker) as cam:
        await cam.publish("cameras/cam-0007/event", b"no json", qos=1)
        await cam.publish("cameras/cam-0008/event", event(), qos=1)  # another's name in it
        await cam.publish("cameras/cam-0007/event", b"x", qos=0)
        await cam.publish("cameras/cam-0007/event", event(1), qos=1)
        await until(lambda: sink.events)
        await none_waits(broker)
        await until(lambda: len(sink.letters) == 3)
    assert sink.refused == {"malformed": 2, "bad_id": 1}
    assert [raw for raw, _ in sink.aside] == [b"no json", event()]


async def test_a_camera_that_is_not_listed_is_refused_where_the_settings_say_so(
    broker: BrokerServer,
) -> None:
    sink = RecordingSink()
    gate = Gate(GateSettings.model_validate({"unknown": "refuse", "devices": {"camera:cam-1": {}}}))
    async with subscribed(broker, sink, gate), camera(broker) as cam:
        await cam.publish("cameras/cam-0007/event", event(), qos=1)
        await cam.publish("cameras/cam-1/event", event(camera="cam-1"), qos=1)
        await until(lambda: sink.events)
        await none_waits(broker)
    assert sink.refused == {"unknown_device": 1}


async def test_an_old_event_that_the_broker_keeps_is_not_told_again(broker: BrokerServer) -> None:
    sink = RecordingSink()
    async with camera(broker) as cam:
        await cam.publish("cameras/cam-0007/event", event(), qos=1, retain=True)
        async with subscribed(broker, sink) as subscriber:
            await cam.publish("cameras/cam-0007/event", event(9), qos=1)
            await until(lambda: sink.events)
            await until(lambda: subscriber.statistics.ignored == 1)
    assert [e.time.timestamp() - BEGIN for e in sink.events] == [9]


async def test_over_http_each_answer_says_what_became_of_the_event() -> None:
    sink = RecordingSink()
    async with (
        serving(CamerasHttpServer, CamerasHttpSettings, sink) as (_, port),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        assert (await client.post("/", content=event())).status_code == 200
        refused = await client.post("/", content=event(kind="Fire!"))
        assert refused.status_code == 400
        assert refused.text.startswith("bad_kind: ")
        assert (await client.get("/")).status_code == 405
        assert (await client.post("/", content=b"x" * 20_000)).status_code == 413
        sink.failing = True
        assert (await client.post("/", content=event(1))).status_code == 503
        sink.failing = False
        assert (await client.post("/", content=event(1))).status_code == 200
    assert [e.time.timestamp() - BEGIN for e in sink.events] == [0, 1]
