"""OwnTracks over a real broker: acknowledged after COMMIT, and nothing is lost when things die."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
import orjson
import pytest
import uvloop

from fleet.assets import owntracks_asset
from telemetry.bus import server_config
from telemetry.bus.server import BrokerServer
from telemetry.settings import OwntracksSettings
from telemetry.trackers import mqtt, mqtt_tracker
from telemetry.trackers.gate import Gate
from telemetry.trackers.intake import Intake
from telemetry.trackers.mqtt import MqttError, parse_address
from telemetry.trackers.owntracks import OwntracksSubscriber
from telemetry.trackers.settings import GateSettings
from tests.brokers import kill, make_broker, running_broker, unacknowledged
from tests.telemetry.trackers.owntracks_wire import encrypted
from tests.telemetry.trackers.sinks import RecordingSink
from tests.waiting import until

pytestmark = pytest.mark.integration

BEGIN = int(time.time()) - 3600
TOPIC = "owntracks/patrol/car-07"


@pytest.fixture
async def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[BrokerServer]:
    """A broker that sends again after one second what is not acknowledged."""
    monkeypatch.setattr(server_config, "ACK_WAIT_SECONDS", 1)
    monkeypatch.setattr(mqtt_tracker, "NOT_STORED_DELAY", 0.1)
    async with running_broker(tmp_path) as server:
        yield server


@pytest.fixture
def sink() -> RecordingSink:
    return RecordingSink()


def make(
    settings: OwntracksSettings, sink: RecordingSink, gate: Gate | None = None
) -> OwntracksSubscriber:
    return OwntracksSubscriber(settings, Intake("owntracks", sink, time.time, gate))


@asynccontextmanager
async def subscribed(
    broker: BrokerServer,
    sink: RecordingSink,
    settings: OwntracksSettings | None = None,
    gate: Gate | None = None,
) -> AsyncIterator[OwntracksSubscriber]:
    subscriber = make(settings or OwntracksSettings(broker=broker.mqtt_url), sink, gate)
    running = asyncio.ensure_future(subscriber.run())
    await until(lambda: subscriber.listening or running.done())
    try:
        yield subscriber
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def device(broker: BrokerServer, name: str = "car-07") -> aiomqtt.Client:
    address = parse_address(broker.tracker_url)
    return aiomqtt.Client(address.host, address.port, identifier=name, timeout=5)


def location(number: int = 0) -> bytes:
    message = {"_type": "location", "lat": 34.0, "lon": 71.5, "tst": BEGIN + number, "batt": 87}
    return orjson.dumps(message)


def numbers(sink: RecordingSink) -> list[int]:
    """Which locations were accepted, by their `tst`."""
    return [int(tst) - BEGIN for tst in sink.positions["fix_time"].astype("M8[s]").astype(int)]


async def all_acknowledged(broker: BrokerServer) -> None:
    async def none_left() -> bool:
        return await unacknowledged(broker) == 0

    condition: Callable[[], bool | Awaitable[bool]] = none_left
    await until(condition)


async def test_location_is_stored_and_then_acknowledged(
    broker: BrokerServer, sink: RecordingSink
) -> None:
    sink.open.clear()
    async with subscribed(broker, sink) as subscriber, device(broker) as car:
        await car.publish(TOPIC, location(), qos=1)
        await until(lambda: sink.waiting == 1)
        assert await unacknowledged(broker) == 1
        sink.open.set()
        await all_acknowledged(broker)
        assert [batch.assets for batch in sink.accepted] == [(owntracks_asset("patrol", "car-07"),)]
        assert [len(batch.statuses) for batch in sink.accepted] == [1]
        assert subscriber.statistics.stored == 1


async def test_many_wait_for_the_same_commit_in_the_order_they_came(
    broker: BrokerServer, sink: RecordingSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink.open.clear()
    async with subscribed(broker, sink), device(broker) as car:
        for number in range(300):
            await car.publish(TOPIC, location(number), qos=1)
        await until(lambda: sink.waiting >= 300)
        sink.open.set()
        await all_acknowledged(broker)
    # a broker may deliver again what waits for long
    assert list(dict.fromkeys(numbers(sink))) == list(range(300))


async def test_not_stored_is_not_acknowledged_and_comes_again(
    broker: BrokerServer, sink: RecordingSink, caplog: pytest.LogCaptureFixture
) -> None:
    sink.failing = True
    async with subscribed(broker, sink) as subscriber, device(broker) as car:
        for number in range(20):
            await car.publish(TOPIC, location(number), qos=1)
        await until(lambda: subscriber.statistics.not_stored >= 20)
        assert await unacknowledged(broker) == 20
        assert sink.accepted == []
        sink.failing = False
        await all_acknowledged(broker)
        assert sorted(set(numbers(sink))) == list(range(20))
    assert "not stored, the broker sends it again: the database is away" in caplog.text


async def test_what_came_while_nobody_listened_survives_a_kill_of_the_broker(
    broker: BrokerServer, sink: RecordingSink
) -> None:
    async with subscribed(broker, sink):
        pass
    async with device(broker) as car:
        for number in range(200):
            await car.publish(TOPIC, location(number), qos=1)
    await kill(broker)
    await broker.start()
    assert await unacknowledged(broker) == 200
    async with subscribed(broker, sink):
        await all_acknowledged(broker)
    assert sorted(numbers(sink)) == list(range(200))


async def test_broker_killed_under_load_loses_nothing_that_it_acknowledged(
    broker: BrokerServer, sink: RecordingSink
) -> None:
    acknowledged: set[int] = set()
    async with subscribed(broker, sink) as subscriber:
        for round_ in range(3):
            try:
                async with device(broker) as car:
                    for number in range(round_ * 1000, round_ * 1000 + 1000):
                        await car.publish(TOPIC, location(number), qos=1)
                        acknowledged.add(number)
                        if number % 1000 == 150:
                            await kill(broker)
            except aiomqtt.MqttError:
                await until(lambda: not subscriber.listening)
                await broker.start()
                await until(lambda: subscriber.listening)
        await all_acknowledged(broker)
        await until(lambda: acknowledged <= set(numbers(sink)))
        assert subscriber.statistics.lost_connections == 3
    assert len(acknowledged) >= 3 * 151


async def test_commit_after_the_connection_was_lost_acknowledges_nothing_else(
    broker: BrokerServer, sink: RecordingSink
) -> None:
    sink.open.clear()
    async with subscribed(broker, sink) as subscriber:
        async with device(broker) as car:
            await car.publish(TOPIC, location(1), qos=1)
            await until(lambda: sink.waiting == 1)
        await kill(broker)
        await until(lambda: not subscriber.listening)
        await broker.start()
        async with device(broker) as car:  # its message may get the packet identifier of the first
            await car.publish(TOPIC, location(2), qos=1)
        sink.failing = True
        sink.open.set()  # the first one ends now; its connection is gone
        await until(lambda: subscriber.statistics.not_stored >= 2)
        assert await unacknowledged(broker) == 2
        sink.failing = False
        await all_acknowledged(broker)
    assert set(numbers(sink)) == {1, 2}


async def test_refused_is_acknowledged_and_counted(
    broker: BrokerServer, sink: RecordingSink
) -> None:
    async with subscribed(broker, sink) as subscriber, device(broker) as car:
        await car.publish(TOPIC, b"{", qos=1)
        await car.publish(TOPIC, orjson.dumps({"_type": "location", "lat": 200, "tst": 1}), qos=1)
        await car.publish(TOPIC, bytes(70_000), qos=1)
        await car.publish("owntracks/patrol/" + "x" * 60, location(), qos=1)
        await car.publish(TOPIC, location(7), qos=1)
        await until(lambda: sink.accepted)
        await all_acknowledged(broker)
        assert subscriber.statistics.refused == 4
    assert sink.refused == {"malformed": 1, "bad_position": 1, "too_large": 1, "bad_id": 1}
    assert numbers(sink) == [7]


async def test_what_the_store_refuses_is_acknowledged_and_counted(
    broker: BrokerServer, sink: RecordingSink
) -> None:
    sink.refusing = True
    async with subscribed(broker, sink) as subscriber, device(broker) as car:
        await car.publish(TOPIC, location(1), qos=1)
        await until(lambda: subscriber.statistics.refused == 1)
        sink.refusing = False
        await car.publish(TOPIC, location(2), qos=1)
        await until(lambda: sink.accepted)
        await all_acknowledged(broker)
    assert sink.refused == {"refused-by-database": 1}
    assert numbers(sink) == [2]


async def test_other_types_are_acknowledged_and_ignored(
    broker: BrokerServer, sink: RecordingSink
) -> None:
    async with subscribed(broker, sink) as subscriber, device(broker) as car:
        for payload in (b"", b'{"_type":"status","iOS":{}}', b'{"_type":"card","name":"x"}'):
            await car.publish(TOPIC, payload, qos=1)
        await car.publish(f"{TOPIC}/cmd", location(), qos=1)  # what is said to a device
        await until(lambda: subscriber.statistics.ignored == 4)
        await all_acknowledged(broker)
    assert not sink.accepted
    assert not sink.refused


async def test_events_are_stored_and_then_acknowledged(
    broker: BrokerServer, sink: RecordingSink
) -> None:
    transition = {"_type": "transition", "event": "enter", "desc": "Hayatabad", "tst": BEGIN}
    async with subscribed(broker, sink), device(broker) as car:
        await car.publish(f"{TOPIC}/event", orjson.dumps(transition), qos=1)
        await car.publish(TOPIC, b'{"_type":"lwt","tst":%d}' % BEGIN, qos=1)
        waypoints = {
            "_type": "waypoints",
            "waypoints": [{"desc": "Post 3", "lat": 34, "lon": 71.5}],
        }
        await car.publish(f"{TOPIC}/waypoints", orjson.dumps(waypoints), qos=1)
        await until(lambda: len(sink.events) == 3)
        await all_acknowledged(broker)
    assert {event.kind for event in sink.events} == {"enter", "offline", "waypoints"}
    assert {event.asset for event in sink.events} == {owntracks_asset("patrol", "car-07").key}


async def test_what_cannot_be_set_aside_is_not_acknowledged(
    broker: BrokerServer, sink: RecordingSink
) -> None:
    sink.failing = True
    async with subscribed(broker, sink) as subscriber, device(broker) as car:
        await car.publish(TOPIC, b"{", qos=1)
        await until(lambda: subscriber.statistics.not_stored >= 1)
        assert await unacknowledged(broker) == 1
        sink.failing = False
        await all_acknowledged(broker)
    assert sink.aside == [(b"{", f"mqtt {TOPIC}")]


async def test_unknown_devices_in_quarantine_are_set_aside_and_acknowledged(
    broker: BrokerServer, sink: RecordingSink
) -> None:
    gate = Gate(GateSettings.model_validate({"unknown": "quarantine"}))
    async with subscribed(broker, sink, gate=gate), device(broker) as car:
        await car.publish(TOPIC, location(1), qos=1)
        await until(lambda: sink.aside)
        await all_acknowledged(broker)
    assert sink.aside == [(location(1), f"mqtt {TOPIC}")]
    assert not sink.accepted


async def test_device_with_a_key_is_believed_only_when_it_encrypts(
    broker: BrokerServer, sink: RecordingSink
) -> None:
    devices = {"owntracks:patrol/car-07": {"key": "sesame"}}
    gate = Gate(GateSettings.model_validate({"devices": devices}))
    async with subscribed(broker, sink, gate=gate), device(broker) as car:
        await car.publish(TOPIC, location(1), qos=1)
        await car.publish(TOPIC, encrypted(location(2), "other"), qos=1)
        await car.publish(TOPIC, encrypted(location(3), "sesame"), qos=1)
        await until(lambda: sink.accepted)
        await all_acknowledged(broker)
    assert numbers(sink) == [3]
    assert sink.refused == {"not_encrypted": 1, "wrong_key": 1}
    assert not sink.aside


async def test_qos_0_is_offered_since_nobody_waits(
    broker: BrokerServer, sink: RecordingSink
) -> None:
    sink.open.clear()  # the database is away: offering does not wait for it
    async with subscribed(broker, sink), device(broker) as car:
        await car.publish(TOPIC, location(), qos=0)
        await until(lambda: sink.offered)
    assert not sink.accepted


async def test_retained_location_comes_on_subscribing_without_its_battery(
    broker: BrokerServer, sink: RecordingSink
) -> None:
    async with device(broker) as car:
        await car.publish(TOPIC, location(5), qos=1, retain=True)
    async with subscribed(broker, sink):
        await until(lambda: sink.offered + sink.accepted)
    (batch,) = sink.offered + sink.accepted
    assert (len(batch.positions), len(batch.statuses)) == (1, 0)


async def test_fault_in_the_sink_acknowledges_nothing_and_ends_nothing(
    broker: BrokerServer,
    sink: RecordingSink,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(mqtt_tracker, "RETRY_DELAYS", (0.1,))

    async def faulty(_batch: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(sink, "accept", faulty)
    async with subscribed(broker, sink) as subscriber, device(broker) as car:
        await car.publish(TOPIC, location(3), qos=1)
        await until(lambda: "a message could not be dealt with" in caplog.text)
        assert await unacknowledged(broker) == 1
        monkeypatch.undo()
        await all_acknowledged(broker)
        assert subscriber.listening
    assert numbers(sink) == [3]


async def test_cancelling_leaves_to_the_broker_what_waits_for_commit(
    broker: BrokerServer, sink: RecordingSink, caplog: pytest.LogCaptureFixture
) -> None:
    sink.open.clear()
    async with subscribed(broker, sink), device(broker) as car:
        for number in range(10):
            await car.publish(TOPIC, location(number), qos=1)
        await until(lambda: sink.waiting >= 10)
    sink.open.set()
    await until(lambda: len(sink.positions) == 10)  # stored, and nobody is told
    assert await unacknowledged(broker) == 10
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_close_ends_run(broker: BrokerServer, sink: RecordingSink) -> None:
    subscriber = make(OwntracksSettings(broker=broker.mqtt_url), sink)
    running = asyncio.ensure_future(subscriber.run())
    await until(lambda: subscriber.listening)
    await subscriber.close()
    await asyncio.wait_for(running, 5)
    assert not subscriber.listening


async def test_broker_that_comes_late(tmp_path: Path, sink: RecordingSink) -> None:
    broker = make_broker(tmp_path)
    subscriber = make(OwntracksSettings(broker=broker.mqtt_url), sink)
    running = asyncio.ensure_future(subscriber.run())
    await asyncio.sleep(0)
    await broker.start()
    await until(lambda: subscriber.listening)
    await subscriber.close()
    await running
    await broker.stop()


@pytest.mark.parametrize(
    "greeting", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x20\x02\x00\x05", bytes(99999)]
)
async def test_other_program_on_the_port_is_told_once_and_asked_again(
    sink: RecordingSink,
    greeting: bytes,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mqtt_tracker, "RETRY_DELAYS", (0.01,))
    asked = 0

    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        writer.write(greeting)
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        url = f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        subscriber = make(OwntracksSettings(broker=url), sink)
        running = asyncio.ensure_future(subscriber.run())
        await until(lambda: asked >= 4)
        assert not subscriber.listening
        await subscriber.close()
        await running
    warnings = [record for record in caplog.records if record.name.startswith("telemetry")]
    assert 1 <= len({record.getMessage() for record in warnings}) == len(warnings)


async def test_who_may_not_subscribe_is_told_why(
    broker: BrokerServer, sink: RecordingSink, caplog: pytest.LogCaptureFixture
) -> None:
    for url, why in (
        (broker.tracker_url, "refuses the subscription to owntracks/+/+"),
        (
            broker.mqtt_url.replace(":collector:", ":nobody:").replace("@", "x@"),
            "refuses us: code 5",
        ),
    ):
        subscriber = make(OwntracksSettings(broker=url), sink)
        running = asyncio.ensure_future(subscriber.run())

        def said(why: str = why) -> bool:
            return why in caplog.text

        await until(said)
        await subscriber.close()
        await running


async def test_broker_that_hangs_is_given_up(
    broker: BrokerServer, sink: RecordingSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt, "KEEP_ALIVE", 1)
    pid = broker.pid
    assert pid is not None
    async with subscribed(broker, sink) as subscriber:
        os.kill(pid, signal.SIGSTOP)
        try:
            await until(lambda: not subscriber.listening)
        finally:
            os.kill(pid, signal.SIGCONT)
        await until(lambda: subscriber.listening)
        async with device(broker) as car:
            await car.publish(TOPIC, location(1), qos=1)
        await all_acknowledged(broker)


def test_it_runs_under_uvloop_as_the_programs_do(tmp_path: Path) -> None:
    async def run() -> None:
        sink = RecordingSink()
        async with running_broker(tmp_path) as broker, subscribed(broker, sink) as subscriber:
            async with device(broker) as car:
                await car.publish(TOPIC, location(), qos=1)
            await until(lambda: numbers(sink) == [0])
            await kill(broker)
            await until(lambda: not subscriber.listening)
            await broker.start()
            await until(lambda: subscriber.listening)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())


async def test_name_and_password_of_the_settings(broker: BrokerServer, sink: RecordingSink) -> None:
    address = parse_address(broker.mqtt_url)
    settings = OwntracksSettings.model_validate(
        {"broker": broker.tracker_url, "username": address.username, "password": address.password}
    )
    async with subscribed(broker, sink, settings) as subscriber:
        assert subscriber.listening


@pytest.mark.parametrize("url", ["", "127.0.0.1:1883", "http://h", "mqtt://", "mqtt://h:99999"])
async def test_address_that_is_none(sink: RecordingSink, url: str) -> None:
    subscriber = make(OwntracksSettings(broker=url), sink)
    with pytest.raises(MqttError, match="is no address of an MQTT broker"):
        await subscriber.run()
