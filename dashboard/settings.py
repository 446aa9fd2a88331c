"""The settings of the page. Composed into one tree by `nigehban.settings`."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from telemetry.settings import Port, Section


class ServiceLimits(Section):
    """After what a vehicle is due for a service; the first that is reached counts."""

    hours: float | None = Field(None, gt=0, description="Of flight, or under way.")
    kilometres: float | None = Field(None, gt=0, description="Under way; not of drones.")
    days: float | None = Field(None, gt=0, description="Since the last service.")

    @property
    def metres(self) -> float | None:
        return None if self.kilometres is None else self.kilometres * 1000


class DashboardSettings(Section):
    """The page that the control room watches."""

    host: str = Field("127.0.0.1", description="Address of the page: loopback until log-in exists.")
    port: Port = Field(8050, description="Port of the page.")
    update_hz: float = Field(2, gt=0, le=10, description="How often the marks are sent to a page.")
    time_zone: str = Field(
        "Asia/Karachi", description="Time zone of the clocks and charts; UTC stands beside it."
    )
    drone_library: Path | None = Field(
        None, description="Folder of your own .toml files of drones and cameras, for plans."
    )
    battery_charge: float = Field(
        0,
        ge=0,
        le=86_400,
        description="Seconds in which an empty battery of a drone is charged, for the schedule; "
        "0: batteries are exchanged. An order may say otherwise.",
    )
    services: dict[str, ServiceLimits] = Field(
        {}, description="Limits between two services by the register's group, else drone or car."
    )

    @field_validator("host")
    @classmethod
    def _loopback_only(cls, host: str) -> str:
        try:
            loopback = ipaddress.ip_address(host).is_loopback
        except ValueError:
            loopback = host == "localhost"
        if not loopback:
            raise ValueError(f"{host!r} is not loopback, and the page has no log-in yet")
        return host

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(
                f"{name!r} is no time zone of this machine; write it as Asia/Karachi"
            ) from None
        return name
