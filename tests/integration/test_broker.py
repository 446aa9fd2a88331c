"""The embedded broker as a process, and the bus over it when it goes and comes back."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiomqtt
import psutil
import pytest
from aiomqtt.exceptions import MqttConnectError

from telemetry.bus import BusError, Message, NoAnswerError, nats_connection
from telemetry.bus import streams as streams_module
from telemetry.bus.nats import NatsBus, connect_bus
from telemetry.bus.server import BrokerError, BrokerPortError, BrokerServer, find_server
from telemetry.settings import BrokerSettings
from telemetry.trackers.mqtt import parse_address
from tests.brokers import free_port, kill, make_broker, running_broker
from tests.waiting import until, until_sync

pytestmark = pytest.mark.integration


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[BrokerServer]:
    async with running_broker(tmp_path) as server:
        yield server


@pytest.fixture
async def bus(broker: BrokerServer) -> AsyncIterator[NatsBus]:
    connected = await connect_bus(broker.url)
    yield connected
    await connected.close()


def mqtt(url: str, client_id: str, **options: object) -> aiomqtt.Client:
    address = parse_address(url)
    return aiomqtt.Client(
        address.host,
        address.port,
        identifier=client_id,
        username=address.username,
        password=address.password,
        timeout=5,
        **options,  # type: ignore[arg-type]  # each test knows which it gives
    )


# The bus over a server that goes away


async def test_subscription_and_responder_go_on_after_the_server_was_killed(
    broker: BrokerServer, bus: NatsBus
) -> None:
    async def echo(message: Message) -> bytes:
        return message.payload

    other = await connect_bus(broker.url)
    async with bus.subscribe("live.>") as subscription, bus.respond("ask", echo):
        await other.publish("live.picture", b"1")
        assert await anext(aiter(subscription)) == Message("live.picture", b"1")
        for round_ in (b"2", b"3"):
            await kill(broker)
            await until(lambda: not bus.connected and not other.connected)
            await broker.start()
            await until(lambda: bus.connected and other.connected)
            await other.publish("live.picture", round_)
            message = await asyncio.wait_for(anext(aiter(subscription)), 5)
            assert message == Message("live.picture", round_)
            assert await other.request("ask", round_, timeout=5) == round_
    await other.close()


async def test_who_leaves_while_the_server_answers_takes_nobody_along(
    broker: BrokerServer, bus: NatsBus
) -> None:
    async def enter() -> None:
        async with bus.subscribe("a.b"):
            pass

    for turns in range(12):  # of the event loop, until the server's answer is on its way
        entering = asyncio.create_task(enter())
        for _ in range(turns):
            await asyncio.sleep(0)
        entering.cancel()
        await asyncio.gather(entering, return_exceptions=True)
    async with bus.subscribe("a.b") as messages, asyncio.timeout(10):
        await bus.publish("a.b", b"1")
        assert (await anext(aiter(messages))).payload == b"1"
    assert broker.poll() is None


async def test_publishing_while_the_server_is_away_fails_at_once(
    broker: BrokerServer, bus: NatsBus
) -> None:
    await kill(broker)
    await until(lambda: not bus.connected)
    began = time.monotonic()
    for _ in range(100):
        with pytest.raises(BusError, match="not connected to 127"):
            await bus.publish("a", bytes(1000))
        with pytest.raises(BusError, match="not connected to 127"):
            await bus.request("a", b"", timeout=30)
    assert time.monotonic() - began < 30  # what one request may take
    await broker.start()
    await until(lambda: bus.connected)
    async with bus.subscribe("a") as subscription:
        await bus.publish("a", b"fresh")
        assert await anext(aiter(subscription)) == Message("a", b"fresh")


async def test_subscribing_while_the_server_is_away_begins_when_it_is_back(
    broker: BrokerServer, bus: NatsBus
) -> None:
    await kill(broker)
    await until(lambda: not bus.connected)
    async with bus.subscribe("a") as subscription:
        await broker.start()
        await until(lambda: bus.connected)
        await bus.publish("a", b"1")
        assert await asyncio.wait_for(anext(aiter(subscription)), 5) == Message("a", b"1")


async def test_subscription_that_ended_while_the_server_was_away_is_not_taken_up(
    broker: BrokerServer, bus: NatsBus
) -> None:
    async with bus.subscribe("ended"):
        await kill(broker)
        await until(lambda: not bus.connected)
    await broker.start()
    await until(lambda: bus.connected)
    with pytest.raises(NoAnswerError, match="nobody responds on ended"):
        await bus.request("ended", b"", timeout=5)


async def test_server_that_hangs_is_given_up(
    broker: BrokerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nats_connection, "PING_SECONDS", 0.1)
    bus = await connect_bus(broker.url)
    pid = broker.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        await until(lambda: not bus.connected)
        with pytest.raises(BusError, match="not connected"):
            await bus.publish("a", b"")
    finally:
        os.kill(pid, signal.SIGCONT)
    await until(lambda: bus.connected)
    await bus.close()


async def publish_for_ever(bus: NatsBus) -> None:
    while True:
        await bus.publish("a", bytes(500_000))
        await asyncio.sleep(0)


async def test_server_that_takes_nothing_does_not_fill_our_memory(
    broker: BrokerServer, bus: NatsBus
) -> None:
    pid = broker.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(BusError, match=r"takes nothing: \d+ bytes wait"):
            await publish_for_ever(bus)
    finally:
        os.kill(pid, signal.SIGCONT)
    await until(lambda: bus.connected)


async def test_closing_while_the_server_is_away(broker: BrokerServer, bus: NatsBus) -> None:
    async with bus.subscribe("a") as subscription:
        await kill(broker)
        await until(lambda: not bus.connected)
        await asyncio.wait_for(bus.close(), 5)
        assert [message async for message in subscription] == []


async def test_no_server_is_one_clear_error() -> None:
    port = free_port()
    with pytest.raises(BusError, match=rf"no NATS server at 127\.0\.0\.1:{port} after 0\.3 s: .+"):
        await connect_bus(f"nats://user:secret@127.0.0.1:{port}", timeout=0.3)


@pytest.mark.parametrize("url", ["", "127.0.0.1:4222", "http://h:1", "nats://", "nats://h:99999"])
async def test_address_that_is_none(url: str) -> None:
    with pytest.raises(BusError, match="is no address of a NATS server"):
        await connect_bus(url)


@pytest.mark.parametrize(
    "greeting",
    [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"INFO 5\r\n", b"INFO {\r\n", os.urandom(99999)],
)
async def test_other_program_on_the_port_is_one_clear_error(greeting: bytes) -> None:
    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(BusError, match="no NATS server at"):
            await connect_bus(f"nats://127.0.0.1:{port}", timeout=0.5)


async def test_bus_waits_for_a_server_that_comes_late(tmp_path: Path) -> None:
    broker = make_broker(tmp_path)
    connecting = asyncio.ensure_future(connect_bus(broker.url, timeout=10))
    await asyncio.sleep(0)
    await broker.start()
    bus = await connecting
    assert bus.connected
    await bus.close()
    await broker.stop()


# The server as a process


async def test_it_listens_on_two_ports_of_the_loopback_and_nothing_else(
    broker: BrokerServer,
) -> None:
    process = psutil.Process(broker.pid)
    listening = {
        connection.laddr
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    ports = {int(url.rpartition(":")[2]) for url in (broker.url, broker.tracker_url)}
    assert {address.ip for address in listening} == {"127.0.0.1"}
    assert {address.port for address in listening} == ports


async def test_port_in_use_names_port_and_setting(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for setting, settings in (
            ("broker.port", BrokerSettings(port=port, mqtt_port=free_port())),
            ("broker.mqtt_port", BrokerSettings(port=free_port(), mqtt_port=port)),
        ):
            broker = BrokerServer(settings, tmp_path)
            with pytest.raises(
                BrokerPortError, match=f"127.0.0.1:{port}.*another program"
            ) as error:
                await broker.start()
            assert (error.value.port, error.value.setting) == (port, setting)
            assert broker.pid is None


async def test_another_broker_on_the_port_is_an_error_and_not_taken_for_ours(
    broker: BrokerServer, tmp_path: Path
) -> None:
    second = BrokerServer(broker._settings, tmp_path / "second")
    with pytest.raises(BrokerPortError):
        await second.start()
    assert broker.poll() is None


async def test_address_that_is_not_ours(tmp_path: Path) -> None:
    broker = BrokerServer(BrokerSettings(host="192.0.2.1"), tmp_path)
    with pytest.raises(BrokerPortError, match=r"192\.0\.2\.1:4222 \(broker\.port\)"):
        await broker.start()


async def test_same_port_twice_tells_what_the_server_said(tmp_path: Path) -> None:
    port = free_port()
    broker = BrokerServer(BrokerSettings(port=port, mqtt_port=port), tmp_path)
    with pytest.raises(
        BrokerError, match=r"nats-server ended with code 1: .*address already in use"
    ):
        await broker.start()
    assert broker.pid is None


async def test_directory_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "broker").write_text("a file where the directory should be")
    with pytest.raises(BrokerError, match="cannot write"):
        await make_broker(tmp_path).start()


async def test_configuration_that_the_server_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telemetry.bus.server.server_config", lambda *_: '{"port": "no"}')
    with pytest.raises(BrokerError, match="refuses its configuration"):
        await make_broker(tmp_path).start()


async def test_crash_is_told_by_poll_and_start_begins_anew(broker: BrokerServer) -> None:
    assert broker.poll() is None
    first = broker.pid
    await broker.start()  # runs already
    assert broker.pid == first
    await kill(broker)
    assert broker.poll() == -signal.SIGKILL
    assert broker.pid is None
    await broker.start()
    assert broker.poll() is None
    assert broker.pid != first


async def test_stop_ends_the_process_and_is_harmless_twice(tmp_path: Path) -> None:
    broker = make_broker(tmp_path)
    await broker.stop()
    await broker.start()
    pid = broker.pid
    assert pid is not None
    await broker.stop()
    assert not psutil.pid_exists(pid)
    await broker.stop()


_STARTER = """
import asyncio, sys
from pathlib import Path
from telemetry.bus.server import BrokerServer
from telemetry.settings import BrokerSettings

async def main():
    broker = BrokerServer(BrokerSettings(port=int(sys.argv[2]), mqtt_port=int(sys.argv[3])), Path(sys.argv[1]))
    await broker.start()
    print(broker.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def test_it_ends_when_the_process_that_runs_it_is_killed(tmp_path: Path) -> None:
    arguments = [str(tmp_path), str(free_port()), str(free_port())]
    with subprocess.Popen(
        [sys.executable, "-c", _STARTER, *arguments], stdout=subprocess.PIPE, text=True
    ) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        assert psutil.pid_exists(pid)
        starter.kill()
    until_sync(
        lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    )


def test_passwords_are_for_nobody_else(tmp_path: Path) -> None:
    async def look() -> None:
        async with running_broker(tmp_path):
            config = tmp_path / "broker" / "nats-server.json"
            assert config.stat().st_mode & 0o077 == 0
            assert json.loads(config.read_text())["accounts"]["TRACKERS"]["users"]

    asyncio.run(look())


def test_the_wheel_brings_the_program() -> None:
    version = subprocess.run(
        [find_server(), "--version"], capture_output=True, text=True, check=True
    )
    assert version.stdout.startswith("nats-server: v2.")


# Who may do what


async def test_tracker_publishes_and_only_the_collector_reads(broker: BrokerServer) -> None:
    async with mqtt(broker.mqtt_url, "collector") as collector:
        await collector.subscribe("owntracks/+/+", qos=1)
        async with mqtt(broker.tracker_url, "car") as tracker:
            refused = await tracker.subscribe("owntracks/+/+", qos=1)
            assert [reason.is_failure for reason in refused] == [True]  # type: ignore[union-attr]  # MQTT 3.1.1 too
            await tracker.publish("owntracks/patrol/7", b"here", qos=1)
        message = await asyncio.wait_for(anext(aiter(collector.messages)), 5)
        assert (str(message.topic), message.payload) == ("owntracks/patrol/7", b"here")


@pytest.mark.parametrize("username", ["bus", "collector", "keeper", "somebody"])
async def test_nobody_comes_in_by_a_name_without_its_password(
    broker: BrokerServer, username: str
) -> None:
    port = parse_address(broker.tracker_url).port
    with pytest.raises(MqttConnectError):
        async with aiomqtt.Client("127.0.0.1", port, username=username, password="guessed"):
            pass
    with pytest.raises(BusError, match=r"Authorization Violation|reset by peer"):
        await connect_bus(broker.url.replace("//", f"//{username}:guessed@"), timeout=0.3)


async def test_a_connection_that_is_given_up_at_any_moment_is_given_up(
    broker: BrokerServer,
) -> None:
    url = broker.url.replace("//", "//bus:guessed@")
    tries = [connect_bus(url, timeout=milliseconds / 1000) for milliseconds in range(1, 101)]
    async with asyncio.timeout(60):
        ends = await asyncio.gather(*tries, return_exceptions=True)
    assert {type(end) for end in ends} == {BusError}


async def test_tracker_cannot_reach_the_live_feed(broker: BrokerServer, bus: NatsBus) -> None:
    async with bus.subscribe(">") as everything:
        async with mqtt(broker.tracker_url, "car") as tracker:
            await tracker.publish("live/picture", b"false", qos=1)
            await tracker.publish("owntracks/patrol/7", b"here", qos=1)
        await bus.publish("live.picture", b"true")
        message = await asyncio.wait_for(anext(aiter(everything)), 5)
    assert message == Message("live.picture", b"true")


async def test_full_store_refuses_trackers_and_is_emptied_by_the_collector(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = [stream | {"max_bytes": 200_000} for stream in streams_module._STREAMS]
    monkeypatch.setattr(streams_module, "_STREAMS", small)
    async with running_broker(tmp_path) as broker:
        async with mqtt(broker.mqtt_url, "collector", clean_session=False) as collector:
            await collector.subscribe("owntracks/+/+", qos=1)
        acknowledged = 0
        with contextlib.suppress(aiomqtt.MqttError):
            async with mqtt(broker.tracker_url, "car") as tracker:
                while acknowledged < 100:
                    await tracker.publish("owntracks/p/1", bytes(10_000), qos=1, timeout=1)
                    acknowledged += 1
        assert 10 <= acknowledged < 20
        async with mqtt(broker.mqtt_url, "collector", clean_session=False) as collector:
            async with asyncio.timeout(10):
                for _ in range(acknowledged):
                    assert len((await anext(aiter(collector.messages))).payload) == 10_000
            async with mqtt(broker.tracker_url, "car") as tracker:
                await tracker.publish("owntracks/p/1", b"room again", qos=1)
        await broker.stop()
        await broker.start()  # the streams are there already, with their bounds


async def test_random_bytes_on_both_ports_stop_nothing(broker: BrokerServer, bus: NatsBus) -> None:
    generator = random.Random(2)
    for url in (broker.url, broker.tracker_url):
        port = parse_address(url.replace("nats:", "mqtt:")).port
        for length in (0, 1, 2, 10, 1000, 100_000):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(generator.randbytes(length))
            writer.close()
    async with bus.subscribe("a") as subscription:
        await bus.publish("a", b"1")
        assert await anext(aiter(subscription)) == Message("a", b"1")
    async with mqtt(broker.tracker_url, "car") as tracker:
        await tracker.publish("owntracks/patrol/7", b"here", qos=1)
    assert broker.poll() is None
