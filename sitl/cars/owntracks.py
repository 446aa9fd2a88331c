"""OwnTracks over MQTT: each phone has its own connection, as the app has, up to a number.

Beyond CONNECTIONS phones share them, each with its own topic; such a connection has no last will,
since it would be one phone's. QoS 1: a report leaves the outbox when the broker has acknowledged
it, one after another. The broker's death is noticed by the next report; the phones then connect
anew and go on.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import unquote, urlsplit

import aiomqtt

from sitl.cancelling import check_cancelled
from sitl.cars.car import owntracks_topic
from sitl.cars.device import Device
from sitl.errors import SimulationError

TIMEOUT = 5.0
"""Seconds to wait for the broker to answer."""

CONNECTIONS = 500
"""Connections that phones have together; each takes three files of the process."""

UNDER_WAY = 10
"""Messages of one connection that wait for the broker's acknowledgement at once."""

Message = tuple[str, bytes]
"""Topic and payload."""


@dataclass(frozen=True)
class Broker:
    """Where the phones connect to."""

    host: str
    port: int
    username: str | None
    password: str | None


def broker(url: str) -> Broker:
    """The broker of an `mqtt://[user[:password]@]host[:port]`. Raises SimulationError."""
    try:
        parts = urlsplit(url)
        port = parts.port or 1883
    except ValueError as error:
        raise SimulationError(f"MQTT address {url!r}: {error}") from None
    if parts.scheme != "mqtt" or not parts.hostname:
        raise SimulationError(f"MQTT address {url!r}: use mqtt://HOST:PORT")
    username = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    return Broker(parts.hostname, port, username, password)


def sharing(devices: Sequence[Device[Message]]) -> list[list[Device[Message]]]:
    """The devices of each connection: one, as the app has, or several beyond CONNECTIONS."""
    return [list(devices[n::CONNECTIONS]) for n in range(min(CONNECTIONS, len(devices)))]


async def publish(
    devices: Sequence[Device[Message]], to: Broker, clock: Callable[[], float]
) -> NoReturn:
    """Send the reports of phones that share a connection, for ever; `clock` gives UTC seconds.

    A phone that has a connection of its own leaves its last will with the broker, as the app does.
    """
    alone = devices[0].call_sign if len(devices) == 1 else None

    def will() -> aiomqtt.Will | None:
        if alone is None:
            return None
        words = json.dumps({"_type": "lwt", "tst": int(clock())}).encode()
        return aiomqtt.Will(owntracks_topic(alone), words, qos=1)

    name = alone or f"{devices[0].call_sign}-and-{len(devices) - 1}"
    await carry(devices, to, f"owntracks-{name}", will)


async def carry(
    devices: Sequence[Device[Message]],
    to: Broker,
    identifier: str,
    will: Callable[[], aiomqtt.Will | None] = lambda: None,
) -> NoReturn:
    """Publish what devices say over one connection, for ever: of each one after another."""
    while True:
        try:
            async with (
                aiomqtt.Client(
                    to.host,
                    to.port,
                    username=to.username,
                    password=to.password,
                    identifier=identifier,
                    protocol=aiomqtt.ProtocolVersion.V311,
                    will=will(),
                    timeout=TIMEOUT,
                    max_concurrent_outgoing_calls=UNDER_WAY,
                ) as client,
                asyncio.TaskGroup() as group,
            ):
                for device in devices:
                    group.create_task(_say(device, client), name=device.call_sign)
        except* aiomqtt.MqttError:
            await devices[0].retry.wait()


async def _say(device: Device[Message], client: aiomqtt.Client) -> NoReturn:
    while True:
        message = await device.next()
        await client.publish(*message, qos=1)
        check_cancelled()
        device.outbox.done(message)
        device.retry.succeeded()
