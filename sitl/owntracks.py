"""OwnTracks over MQTT: each car's phone has its own connection, as the app has.

QoS 1: a report leaves the outbox when the broker has acknowledged it, one after another. The
broker's death is noticed by the next report; the phone then connects anew and goes on.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import unquote, urlsplit

import aiomqtt

from sitl.car import owntracks_topic
from sitl.device import Device
from sitl.errors import SimulationError

TIMEOUT = 5.0
"""Seconds to wait for the broker to answer."""


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


async def publish(device: Device[bytes], to: Broker, clock: Callable[[], float]) -> NoReturn:
    """Send the device's reports for ever; `clock` gives UTC seconds."""
    topic = owntracks_topic(device.call_sign)
    while True:
        last_words = json.dumps({"_type": "lwt", "tst": int(clock())}).encode()
        try:
            async with aiomqtt.Client(
                to.host,
                to.port,
                username=to.username,
                password=to.password,
                identifier=f"owntracks-{device.call_sign}",
                protocol=aiomqtt.ProtocolVersion.V311,
                will=aiomqtt.Will(topic, last_words, qos=1),
                timeout=TIMEOUT,
            ) as client:
                while True:
                    payload = await device.next()
                    await client.publish(topic, payload, qos=1)
                    device.outbox.done(payload)
                    device.retry.succeeded()
        except aiomqtt.MqttError:
            await device.retry.wait()
