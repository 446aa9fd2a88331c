"""Bounds on what the embedded nats-server keeps for MQTT.

The server makes these streams itself, without bounds, for the first MQTT client. When its whole
store is full it can write no session either, so the collector cannot connect to empty it: both
wait for ever. Made beforehand with bounds of their own, a full stream refuses the publishing
tracker (no PUBACK), and everybody else goes on.
"""

from __future__ import annotations

import json
from typing import Any

import nats.errors
from nats.aio.client import Client

from telemetry.bus.server_config import KEEPER, MESSAGE_BYTES, QOS2_BYTES, RETAINED_BYTES

API_TIMEOUT = 5.0

_STREAMS: tuple[dict[str, Any], ...] = (
    {
        "name": "$MQTT_msgs",  # QoS 1 and 2, until the collector has acknowledged them
        "subjects": ["$MQTT.msgs.>"],
        "retention": "interest",
        "max_bytes": MESSAGE_BYTES,
        "discard": "new",
    },
    {
        "name": "$MQTT_rmsgs",  # the retained message of each topic
        "subjects": ["$MQTT.rmsgs.>"],
        "retention": "limits",
        "max_bytes": RETAINED_BYTES,
        "max_msgs_per_subject": 1,
        "discard": "old",
    },
    {
        "name": "$MQTT_qos2in",  # QoS 2 between PUBLISH and PUBREL
        "subjects": ["$MQTT.qos2.in.>"],
        "retention": "limits",
        "max_bytes": QOS2_BYTES,
        "max_msgs_per_subject": 1,
        "discard": "new",
        "discard_new_per_subject": True,
    },
)


class StreamError(Exception):
    """The server did not take a bound; the message holds its answer."""


async def bound_streams(url: str, password: str) -> None:
    """Make or change the streams of the server at `url`. Raises StreamError."""
    client = Client()

    async def ignore(_error: Exception) -> None:
        """What matters is raised as well."""

    try:
        await client.connect(
            url, user=KEEPER, password=password, allow_reconnect=False, error_cb=ignore
        )
        for stream in _STREAMS:
            await _bound(client, stream)
    except (nats.errors.Error, OSError) as error:
        raise StreamError(f"{error!r}") from error
    finally:
        await client.close()


async def _bound(client: Client, stream: dict[str, Any]) -> None:
    """Bound one stream; one that is as it should be is not written, for the disk may be full."""
    present = await _ask(client, "INFO", stream["name"])
    if present.get("config", {}).items() >= stream.items():
        return
    verb = "UPDATE" if "config" in present else "CREATE"
    answer = await _ask(client, verb, stream["name"], {"storage": "file", **stream})
    if "error" in answer:
        raise StreamError(f"{stream['name']}: {answer['error'].get('description')}")


async def _ask(
    client: Client, verb: str, name: str, config: dict[str, Any] | None = None
) -> dict[str, Any]:
    body = b"" if config is None else json.dumps(config).encode()
    message = await client.request(f"$JS.API.STREAM.{verb}.{name}", body, timeout=API_TIMEOUT)
    answer: dict[str, Any] = json.loads(message.data)
    return answer
