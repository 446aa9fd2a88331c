"""The settings of the airspace. Composed into one tree by `nigehban.settings`."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from fleet.airspace.tuning import Tuning
from fleet.assets import Asset, IdentityError, Kind
from telemetry.settings import OwntracksSettings, Port, Section
from telemetry.trackers.settings import checked_servers

ZONES_MOST = 200
"""Names of protected zones."""

SERIAL_MOST = 20
"""Characters of a serial number in Remote ID."""


class ScoutSettings(Section):
    """Remote ID receivers that publish JSON over MQTT, as DroneScout does."""

    enabled: bool = Field(default=False, description="Whether receivers are subscribed to.")
    topic: str = Field(
        "dronescout/#", min_length=1, max_length=200, description="What is subscribed to."
    )
    broker: str | None = Field(
        None, description="mqtt:// address of the broker. Without it that of OwnTracks is used."
    )
    username: str | None = Field(None, description="User name at the broker.")
    password: SecretStr | None = Field(None, description="Password at the broker.")
    client_id: str = Field(
        "nigehban-scouts", description="Keeps the broker's queue for us over a restart."
    )


class SapientSettings(Section):
    """Radars and other sensors that connect to us and speak SAPIENT (BSI Flex 335 v2)."""

    enabled: bool = Field(default=False, description="Whether sensors are listened to.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: Port = Field(14500, description="Port to listen on.")


class TrackSettings(Section):
    """How tracks begin and end; seconds."""

    hits: int = Field(
        3, ge=1, le=32, description="Looks with a detection that confirm a track without identity."
    )
    looks: int = Field(5, ge=1, le=32, description="The latest looks, of which `hits` are counted.")
    grace: float = Field(
        5, ge=0, le=300, description="After it what says nothing of itself is not cooperative."
    )
    coast_after: float = Field(3, gt=0, le=60, description="Not seen for so long, a track coasts.")
    end_after: float = Field(10, gt=0, le=600, description="Not seen for so long, it has ended.")
    end_named_after: float = Field(
        30, gt=0, le=600, description="The same for one that says who it is."
    )

    @property
    def tuning(self) -> Tuning:
        """As the tracker takes them."""
        return Tuning(
            hits=self.hits,
            looks=self.looks,
            grace=self.grace,
            coast_after=self.coast_after,
            end_after=self.end_after,
            end_named_after=self.end_named_after,
        )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.hits > self.looks:
            raise ValueError(f"hits ({self.hits}) are counted of looks ({self.looks}): take fewer")
        if self.coast_after > min(self.end_after, self.end_named_after):
            raise ValueError("a track coasts before it ends: coast_after is to be the least")
        return self


def _of_assets(serials: dict[str, str]) -> dict[str, str]:
    for identity, serial in serials.items():
        try:
            Asset(identity, Kind.DRONE)
        except IdentityError as error:
            raise ValueError(str(error)) from None
        if not 0 < len(serial) <= SERIAL_MOST or not serial.isascii():
            raise ValueError(f"{serial!r}: a serial number has 1 to {SERIAL_MOST} ASCII characters")
    return serials


class AirspaceSettings(Section):
    """What flies without being ours: who sees it, and what it must keep away from."""

    enabled: bool = Field(
        default=True, description="Whether what sensors tell is taken, tracked and watched."
    )
    zones: Annotated[tuple[str, ...], Field(max_length=ZONES_MOST)] = Field(
        (),
        description="Names or ids of the geofences (keep-out, alert-only) that are protected;"
        " without any all of keep-out.",
    )
    near: float = Field(
        500, ge=0, le=50_000, description="Metres from a zone from which on a drone is near it."
    )
    step_hz: float = Field(
        3, ge=2, le=5, description="How often tracks are made of what sensors told."
    )
    serials: Annotated[dict[str, str], AfterValidator(_of_assets)] = Field(
        {},
        description="Remote ID serial numbers of our own drones, by asset identity; those that"
        " drones tell us over MAVLink are known without.",
    )
    radar_range: float | None = Field(
        None,
        gt=0,
        le=200_000,
        description="Metres to which radars see a small drone for certain; what says it is there and"
        " is not seen is a lie. Without it nothing is concluded.",
    )
    tracks: TrackSettings = TrackSettings()
    scout: ScoutSettings = ScoutSettings()
    sbs: Annotated[dict[str, str], AfterValidator(checked_servers)] = Field(
        {}, description="Named servers of aircraft in SBS lines (TCP 30003), each as HOST:PORT."
    )
    sapient: SapientSettings = SapientSettings()

    def with_broker(self, broker: OwntracksSettings) -> Self:
        """The same, with the broker of OwnTracks where receivers have none of their own."""
        if self.scout.broker is not None:
            return self
        same = {name: getattr(broker, name) for name in ("broker", "username", "password")}
        return self.model_copy(update={"scout": self.scout.model_copy(update=same)})
