"""The settings of what comes in and is kept. Composed into one tree by `nigehban.settings`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

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


class OsmandSettings(Section):
    """Cars and phones that speak OsmAnd or Traccar Client over HTTP."""

    enabled: bool = Field(default=True, description="Whether OsmAnd is listened to.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: Port = Field(5055, description="Port to listen on.")


class OwntracksSettings(Section):
    """Cars and phones that speak OwnTracks over MQTT."""

    enabled: bool = Field(default=True, description="Whether the broker is subscribed to.")
    broker: str | None = Field(
        None, description="mqtt:// address of the broker. Without it the embedded one is used."
    )
    username: str | None = Field(None, description="User name at the broker.")
    password: SecretStr | None = Field(None, description="Password at the broker.")
    client_id: str = Field(
        "nigehban-collector", description="Keeps the broker's queue for us over a restart."
    )


KindName = Literal["drone", "car", "officer", "post", "camera", "unknown"]


class CollectorSettings(Section):
    """The process that takes all of it in."""

    kinds: dict[str, KindName] = Field(
        {},
        description="Kinds of assets by patterns of their identities: "
        '{ "osmand:post-*" = "post" }. The first that fits counts.',
    )

    feed_hz: float = Field(4, gt=0, le=50, description="How often the picture's changes are sent.")
    commit_timeout: float = Field(
        10,
        gt=0,
        description="Seconds that a device waits until its rows are kept before it is told to "
        "resend.",
    )
    patience: float = Field(
        1, gt=0, description="Seconds that rows wait for COMMIT before they go to the spool."
    )
    queue_rows: int = Field(
        200_000, ge=1000, description="Rows that wait in memory for the database and the spool."
    )
    spool_bytes: int = Field(
        4 << 30,
        ge=64 << 20,
        description="Disk for rows while the database is away; half of it for those that devices "
        "were told are kept.",
    )
