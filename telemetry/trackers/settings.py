"""The settings of trackers: who may come in, what is plausible, and one section per protocol.

A section's name is its protocol's: `teltonika` is served by `telemetry/trackers/teltonika.py`. All
but OsmAnd and OwnTracks over MQTT are off until they are enabled.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, Protocol, Self

from pydantic import AfterValidator, BaseModel, Field, SecretStr, model_validator

from telemetry.settings import OsmandSettings, OwntracksSettings, Port, Section

TOKEN_PROTOCOLS = frozenset({"osmand", "owntracks", "nmea"})
"""Protocols in which a device can show a token."""

KEY_PROTOCOLS = frozenset({"owntracks"})
"""Protocols in which a device can encrypt what it tells."""

PROTOCOLS = TOKEN_PROTOCOLS | {"gpsd", "teltonika", "gt06", "camera"}

Secret = Annotated[SecretStr, Field(min_length=1)]


class DeviceSettings(Section):
    """A device that is known, and how it proves that it is the one."""

    name: str = Field("", description="What people call it, said where it is refused.")
    token: Secret | None = Field(None, description="What it has to show with each report.")
    key: Secret | None = Field(None, description="What it encrypts its reports with.")


def _checked_devices(devices: dict[str, DeviceSettings]) -> dict[str, DeviceSettings]:
    for identity, device in devices.items():
        protocol, _, called = identity.partition(":")
        if protocol not in PROTOCOLS or not called:
            known = ", ".join(sorted(PROTOCOLS))
            raise ValueError(f"{identity!r} is not PROTOCOL:DEVICE with one of {known}")
        if device.token is not None and protocol not in TOKEN_PROTOCOLS:
            raise ValueError(f"{identity}: {protocol} can carry no token; list it without one")
        if device.key is not None and protocol not in KEY_PROTOCOLS:
            raise ValueError(f"{identity}: {protocol} does not encrypt; list it without a key")
    return devices


class GateSettings(Section):
    """Whose reports are taken."""

    unknown: Literal["accept", "quarantine", "refuse"] = Field(
        "accept",
        description="What becomes of reports of devices that are not listed: taken, kept aside"
        " as dead letters though acknowledged, or refused.",
    )
    devices: Annotated[dict[str, DeviceSettings], AfterValidator(_checked_devices)] = Field(
        {}, description="Known devices by identity (osmand:car-7): name, token, key."
    )
    horizon_days: float = Field(
        30,
        gt=0,
        description="Days that what a device tells may be old; older reports are kept aside as dead"
        " letters and acknowledged; inf: none is too old.",
    )


class PlausibilitySettings(Section):
    """Which fixes are marked as suspect; they are kept all the same."""

    car_speed: float = Field(85, gt=0, description="Fastest that a car gets from fix to fix.")
    drone_speed: float = Field(150, gt=0, description="Fastest that a drone gets from fix to fix.")
    centre: (
        tuple[Annotated[float, Field(ge=-90, le=90)], Annotated[float, Field(ge=-180, le=180)]]
        | None
    ) = Field(None, description="Latitude and longitude of where the fleet works.")
    radius: float | None = Field(
        None, gt=0, description="Farthest from the centre that a fix is believed, in metres."
    )

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.centre is None) != (self.radius is None):
            raise ValueError("centre and radius belong together: set both or none")
        return self


class ListensAt(Protocol):
    """A section that says where to listen."""

    @property
    def host(self) -> str:
        """The address."""

    @property
    def port(self) -> int:
        """The port."""


class OwntracksHttpSettings(Section):
    """Phones that speak OwnTracks over HTTP."""

    enabled: bool = Field(default=False, description="Whether OwnTracks over HTTP is listened to.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: Port = Field(5056, description="Port to listen on.")


class NmeaSettings(Section):
    """Receivers that send NMEA 0183 over TCP or UDP."""

    enabled: bool = Field(default=False, description="Whether NMEA 0183 is listened to.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: Port = Field(5020, description="Port to listen on, TCP and UDP.")


def host_and_port(server: str) -> tuple[str, int]:
    """The two parts of HOST:PORT. Raises ValueError if it is of another form."""
    parts = re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[^:\s]+):(\d{1,5})", server)
    if parts is None or not 0 < int(parts[2]) <= 65_535:
        raise ValueError(f"{server!r} is not of the form HOST:PORT")
    return parts[1].strip("[]"), int(parts[2])


def checked_servers(servers: dict[str, str]) -> dict[str, str]:
    """Named servers, each as HOST:PORT. Raises ValueError."""
    for name, server in servers.items():
        if not re.fullmatch(r"[a-z0-9-]{1,20}", name):
            raise ValueError(f"name {name!r}: use 1–20 of a–z, 0–9 and -")
        try:
            host_and_port(server)
        except ValueError as error:
            raise ValueError(f"server {name}: {error}") from None
    return servers


class GpsdSettings(Section):
    """Receivers behind a gpsd."""

    enabled: bool = Field(default=False, description="Whether the servers are connected to.")
    servers: Annotated[dict[str, str], AfterValidator(checked_servers)] = Field(
        {"local": "127.0.0.1:2947"}, description="Named gpsd servers, each as HOST:PORT."
    )


class TeltonikaSettings(Section):
    """Car trackers that speak Teltonika's codec 8 or 8 extended over TCP."""

    enabled: bool = Field(default=False, description="Whether Teltonika trackers are listened to.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: Port = Field(5027, description="Port to listen on.")


class Gt06Settings(Section):
    """Car trackers that speak GT06 over TCP."""

    enabled: bool = Field(default=False, description="Whether GT06 trackers are listened to.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: Port = Field(5023, description="Port to listen on.")


class CamerasSettings(Section):
    """Cameras, and programs that watch them, that publish events over MQTT."""

    enabled: bool = Field(default=False, description="Whether cameras are subscribed to.")
    broker: str | None = Field(
        None, description="mqtt:// address of the broker. Without it that of OwnTracks is used."
    )
    username: str | None = Field(None, description="User name at the broker.")
    password: SecretStr | None = Field(None, description="Password at the broker.")
    client_id: str = Field(
        "nigehban-cameras", description="Keeps the broker's queue for us over a restart."
    )


class CamerasHttpSettings(Section):
    """Cameras that post events over HTTP."""

    enabled: bool = Field(default=False, description="Whether cameras over HTTP are listened to.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: Port = Field(5057, description="Port to listen on.")


class TrackerSections(BaseModel):
    """The sections that trackers have in the one tree of settings."""

    trackers: GateSettings = GateSettings()
    plausibility: PlausibilitySettings = PlausibilitySettings()
    osmand: OsmandSettings = OsmandSettings()
    owntracks: OwntracksSettings = OwntracksSettings()
    owntracks_http: OwntracksHttpSettings = OwntracksHttpSettings()
    nmea: NmeaSettings = NmeaSettings()
    gpsd: GpsdSettings = GpsdSettings()
    teltonika: TeltonikaSettings = TeltonikaSettings()
    gt06: Gt06Settings = Gt06Settings()
    cameras: CamerasSettings = CamerasSettings()
    cameras_http: CamerasHttpSettings = CamerasHttpSettings()

    def with_broker(self, url: str) -> Self:
        """The same with the broker's address that OwnTracks over MQTT is to use.

        Cameras use it as OwnTracks does, unless they have one of their own.
        """
        owntracks = self.owntracks.model_copy(update={"broker": url})
        same = {name: getattr(owntracks, name) for name in ("broker", "username", "password")}
        cameras = self.cameras.model_copy(update={} if self.cameras.broker else same)
        return self.model_copy(update={"owntracks": owntracks, "cameras": cameras})
