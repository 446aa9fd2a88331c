"""Real nats-servers for tests, each on free ports and with a store of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle, islice
from pathlib import Path

import nats

from telemetry.bus.server import BrokerServer
from telemetry.bus.server_config import KEEPER
from telemetry.settings import BrokerSettings
from tests.waiting import until

_PORTS_EACH = 1_500
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 6
_FIRST = 20_000 + _WORKER * _PORTS_EACH
_ports = cycle(range(_FIRST, _FIRST + _PORTS_EACH))
"""Each worker has its own, in turn, outside the range from which the kernel takes ports for those who
connect: a port that is given here stays free until its server starts, and starts again."""


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port of the loopback, of TCP unless said otherwise, that nobody listens on at the moment."""
    for port in islice(_ports, _PORTS_EACH):
        with socket.socket(type=kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError(f"{_PORTS_EACH} ports are taken")


def make_broker(data_dir: Path) -> BrokerServer:
    """A broker on free ports, not started yet."""
    return BrokerServer(BrokerSettings(port=free_port(), mqtt_port=free_port()), data_dir)


@asynccontextmanager
async def running_broker(data_dir: Path) -> AsyncIterator[BrokerServer]:
    """A running broker; whoever has it may kill and restart it."""
    broker = make_broker(data_dir)
    await broker.start()
    try:
        yield broker
    finally:
        await broker.stop()


async def kill(broker: BrokerServer) -> None:
    """SIGKILL, as the kernel does when memory runs out; returns when it is dead."""
    pid = broker.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await until(lambda: broker.poll() is not None)


async def unacknowledged(broker: BrokerServer) -> int:
    """How many MQTT messages the broker keeps since a subscriber did not acknowledge them."""
    client = await nats.connect(broker.url, user=KEEPER, password=broker._passwords[KEEPER])
    try:
        answer = await client.request("$JS.API.STREAM.INFO.$MQTT_msgs", timeout=5)
        count: int = json.loads(answer.data)["state"]["messages"]
        return count
    finally:
        await client.close()
