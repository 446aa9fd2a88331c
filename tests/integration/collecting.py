"""A real `nigehban collect` beside a real broker and database, and what it tells of itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from telemetry.bus.nats import connect_bus
from telemetry.bus.server import BrokerServer
from telemetry.feed import COLLECTOR_SUBJECT
from tests.commands import Command, Ports, running


@contextmanager
def collector(
    ports: Ports, broker: BrokerServer, dsn: str, folder: Path, **extra: str
) -> Iterator[Command]:
    environment = ports.environment(
        folder,
        {
            "NIGEHBAN_DATABASE__DSN": dsn,
            "NIGEHBAN_BROKER__URL": broker.url,
            "NIGEHBAN_OWNTRACKS__BROKER": broker.mqtt_url,
            **extra,
        },
    )
    with running(["collect"], environment, folder / "said") as command:
        yield command


async def health(broker: BrokerServer) -> dict[str, Any]:
    """The next health message of the collector."""
    bus = await connect_bus(broker.url)
    try:
        async with bus.subscribe(COLLECTOR_SUBJECT) as messages, asyncio.timeout(10):
            async for message in messages:
                told: dict[str, Any] = orjson.loads(message.payload)
                return told
    finally:
        await bus.close()
    raise AssertionError("the bus ended")


async def subscribed(broker: BrokerServer) -> bool:
    """Whether the collector has its session at the broker."""
    return bool((await health(broker))["trackers"]["owntracks"]["listening"])
