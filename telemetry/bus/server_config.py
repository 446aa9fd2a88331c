"""How the embedded nats-server is set up: its limits, and who may do what on it.

Bus and trackers are two accounts of the server, which share nothing: MQTT topics are NATS subjects
(`live/picture` is `live.picture`), and a tracker must not be able to publish into the live feed.
Who names no user is put into the account of the port it came through. A tracker may publish below
the topics of DEVICE_TOPICS and subscribe to nothing: it need not know where the others are, and a
phone that never comes back would have everything kept for it.
"""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from telemetry.settings import BrokerSettings

COLLECTOR = "collector"
"""The MQTT user that may subscribe."""

DEVICE_TOPICS = ("owntracks", "cameras", "dronescout")
"""First levels of the topics that devices may publish to: phones, cameras, Remote ID receivers."""

KEEPER = "keeper"
"""The NATS user that may change the streams behind MQTT."""

ACK_WAIT_SECONDS = 15
"""Seconds after which a message is sent to the collector again that it did not acknowledge.

Longer than a commit may take (`collector.commit_timeout`), else every slow commit brings
duplicates; short, since it is also how late a message is after a database came back.
"""

MAX_ACK_PENDING = 4096
"""Messages on their way to the collector and not acknowledged; further ones wait on disk.

With a commit four times a second it allows 16,000 messages per second.
"""

MAX_PAYLOAD_BYTES = 1 << 20
"""Largest message of bus and trackers."""

MESSAGE_BYTES = 3 << 30
"""Disk for messages that wait for the collector; beyond it trackers get no acknowledgement."""

RETAINED_BYTES = 128 << 20
"""Disk for the retained message of each topic; beyond it the oldest goes."""

QOS2_BYTES = 128 << 20
STORE_BYTES = 4 << 30
"""Disk for all of it; what remains is for sessions."""

MEMORY_STORE_BYTES = 64 << 20
CONNECTION_LIMIT = 10_000
LOG_BYTES = 10 << 20
LOG_FILES = 3


def server_config(settings: BrokerSettings, directory: Path, passwords: dict[str, str]) -> str:
    """The configuration file (JSON is NATS configuration) of a server that lives in `directory`.

    `passwords` are those of COLLECTOR and KEEPER; the other two users come in without one.
    """
    return json.dumps(
        {
            "server_name": "nigehban",
            "host": settings.host,
            "port": settings.port,
            "max_payload": MAX_PAYLOAD_BYTES,
            "max_connections": CONNECTION_LIMIT,
            "log_file": str(directory / "nats-server.log"),
            "logfile_size_limit": LOG_BYTES,
            "logfile_max_num": LOG_FILES,
            "logtime_utc": True,
            "ports_file_dir": str(directory),
            "jetstream": {
                "store_dir": str(directory / "store"),
                "max_file_store": STORE_BYTES,
                "max_memory_store": MEMORY_STORE_BYTES,
                "sync_interval": "always",  # PUBACK to a tracker means: on disk
            },
            "mqtt": {
                "host": settings.host,
                "port": settings.mqtt_port,
                "ack_wait": f"{ACK_WAIT_SECONDS}s",
                "max_ack_pending": MAX_ACK_PENDING,
                "no_auth_user": "tracker",
            },
            "no_auth_user": "bus",
            "accounts": {
                "BUS": {"users": [_user("bus", secrets.token_hex(16), "STANDARD")]},
                "TRACKERS": {
                    "jetstream": "enabled",
                    "users": [
                        _user(COLLECTOR, passwords[COLLECTOR], "MQTT"),
                        _user(KEEPER, passwords[KEEPER], "STANDARD")
                        | {
                            "permissions": {
                                "publish": {"allow": ["$JS.API.STREAM.>"]},
                                "subscribe": {"allow": ["_INBOX.>"]},
                            }
                        },
                        _user("tracker", secrets.token_hex(16), "MQTT")
                        | {
                            "permissions": {
                                "publish": {"allow": [f"{topic}.>" for topic in DEVICE_TOPICS]},
                                "subscribe": {"deny": [">"]},
                            }
                        },
                    ],
                },
            },
        },
        indent=1,
    )


def _user(name: str, password: str, connection: str) -> dict[str, object]:
    return {"user": name, "password": password, "allowed_connection_types": [connection]}
