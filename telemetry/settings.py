"""The settings of what comes in and is kept. Composed into one tree by `nigehban.settings`."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

Port = Annotated[int, Field(ge=1, le=65535)]


class Section(BaseModel):
    """A part of the tree: unknown names are refused, values don't change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DatabaseSettings(Section):
    """Where history is kept."""

    dsn: SecretStr | None = Field(
        None, description="A PostgreSQL or TimescaleDB to use. Without it an embedded one is run."
    )
    embedded: Literal["auto", "timescaledb", "postgresql"] = Field(
        "auto", description="Which embedded database; auto takes TimescaleDB where it can be had."
    )
    run_as: str = Field(
        "nobody", description="The user an embedded database runs as when we are root."
    )


class BrokerSettings(Section):
    """The NATS server that carries the bus and serves MQTT to trackers."""

    url: str | None = Field(
        None, description="nats:// address of a server to use. Without it an embedded one is run."
    )
    host: str = Field("127.0.0.1", description="Address the embedded server listens on.")
    port: Port = Field(4222, description="Port of the bus on the embedded server.")
    mqtt_port: Port = Field(1883, description="Port of MQTT 3.1.1 on the embedded server.")


def udp_address(link: str) -> tuple[str, int]:
    """Host and port of `udpin:HOST:PORT`. Raises ValueError if it is of another form."""
    parts = re.fullmatch(r"udpin:([^:\s]+):(\d{1,5})", link)
    if parts is None or int(parts[2]) > 65_535:
        raise ValueError(f"link {link!r} is not of the form udpin:HOST:PORT")
    return parts[1], int(parts[2])


def _checked_networks(networks: dict[str, str]) -> dict[str, str]:
    for name, link in networks.items():
        if not re.fullmatch(r"[a-z0-9-]{1,20}", name):
            raise ValueError(f"network name {name!r}: use 1–20 of a–z, 0–9 and -")
        try:
            udp_address(link)
        except ValueError as error:
            raise ValueError(f"network {name}: {error}") from None
    return networks


class MavlinkSettings(Section):
    """Drones."""

    networks: Annotated[dict[str, str], AfterValidator(_checked_networks)] = Field(
        {"default": "udpin:127.0.0.1:14550"},
        description="Named MAVLink networks and the address each listens on.",
    )
    system_id: int = Field(255, ge=1, le=255, description="Our system id as a ground station.")
    position_hz: float = Field(4, gt=0, le=50, description="Position rate asked of each vehicle.")
    status_hz: float = Field(1, gt=0, le=50, description="Rate asked of battery, GPS, EKF, home.")
    tlog_file_bytes: int = Field(64 << 20, ge=4096, description="Size at which a .tlog is closed.")
    tlog_file_age: float = Field(3600, gt=0, description="Seconds after which a .tlog is closed.")
    tlog_keep_bytes: int = Field(4 << 30, ge=4096, description="Size of all .tlog files together.")
    tlog_keep_age: float = Field(30 * 86400, gt=0, description="Seconds that a .tlog is kept.")


class OsmandSettings(Section):
    """Cars and phones that speak OsmAnd or Traccar Client over HTTP."""

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: Port = Field(5055, description="Port to listen on.")


class OwntracksSettings(Section):
    """Cars and phones that speak OwnTracks over MQTT."""

    broker: str | None = Field(
        None, description="mqtt:// address of the broker. Without it the embedded one is used."
    )
    username: str | None = Field(None, description="User name at the broker.")
    password: SecretStr | None = Field(None, description="Password at the broker.")
    client_id: str = Field(
        "nigehban-collector", description="Keeps the broker's queue for us over a restart."
    )


class CollectorSettings(Section):
    """The process that takes all of it in."""

    feed_hz: float = Field(4, gt=0, le=50, description="How often the picture's changes are sent.")
    commit_timeout: float = Field(
        10, gt=0, description="Seconds that a device waits for COMMIT before it is told to resend."
    )
    queue_rows: int = Field(
        200_000, ge=1000, description="Rows that wait for the database before the oldest go."
    )
