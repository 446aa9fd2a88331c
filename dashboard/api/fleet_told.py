"""How an asset of the fleet is told: its state, its health, what runs on it, what it has flown."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, Field

from dashboard.api.assets import AssetNow
from dashboard.api.fleet_service import Maintenance
from dashboard.api.register_models import Registered, told_of
from dashboard.detail import ekf_health, gps_name
from dashboard.health import TREND_STEP, AlertsOfAsset
from dashboard.links import Link
from telemetry.store import register
from telemetry.store.batteries import Trend
from telemetry.store.firmware import FirmwareTold
from telemetry.store.flights import Totals


class Battery(BaseModel):
    """How the battery is, and how it went."""

    percent: float | None
    voltage: float | None
    current: float | None
    percent_per_hour: float | None = Field(
        description="What it gained in an hour since it last was charged or changed."
    )
    trend: list[float | None] = Field(
        description=f"Percent in steps of {TREND_STEP.total_seconds():g} s, the latest last."
    )


class LinkNow(BaseModel):
    """How it is heard over MAVLink."""

    peer: str
    messages_per_second: float
    lost_percent: float | None = Field(description="Of the frames of the last minute.")
    round_trip: float | None = Field(description="Seconds.")
    age: float = Field(description="Seconds since it was heard.")
    peers: int = Field(description="Ways by which it is heard.")


class FirmwareNow(BaseModel):
    """What runs on it, by its own last word."""

    time: datetime
    version: str | None
    release: str | None
    git: str | None
    autopilot: str | None
    type: str | None
    board: int | None
    vendor: int | None
    product: int | None
    uid: str | None


class Flown(BaseModel):
    """What it has flown."""

    flights: int
    hours: float
    last_start: datetime
    last_end: datetime
    last_battery_used: float | None = Field(description="Percent.")


class AlertsNow(BaseModel):
    """Its alerts that are not normal, without masked ones."""

    count: int
    waiting: int
    priority: int | None = Field(description="The highest: 3 high, 2 medium, 1 low.")


class FleetAsset(BaseModel):
    """One asset; what is unknown is null."""

    now: AssetNow
    freshness: Literal["fresh", "late", "lost"]
    age: float | None = Field(description="Seconds since it was where its mark is.")
    gps: str | None
    satellites: int | None
    hdop: float | None
    ekf: str | None
    battery: Battery
    link: LinkNow | None
    firmware: FirmwareNow | None
    flown: Flown | None
    maintenance: Maintenance | None = Field(description="Null of what is neither drone nor car.")
    alerts: AlertsNow
    register_: Registered | None = Field(
        serialization_alias="register", description="Null until the collector has stored it."
    )


def told_asset(
    row: np.void,
    state: AssetNow,
    level: int,
    age: float,
    *,
    link: Link | None,
    entry: register.Entry | None,
    firmware: FirmwareTold | None,
    trend: Trend | None,
    flown: Totals | None,
    maintenance: Maintenance | None,
    alerts: AlertsOfAsset | None,
) -> FleetAsset:
    return FleetAsset(
        now=state,
        freshness=("fresh", "late", "lost")[level],
        age=round(age, 1) if np.isfinite(age) else None,
        gps=gps_name(_count(row["gps_fix"])),
        satellites=_count(row["satellites"]),
        hdop=_value(row["hdop"]),
        ekf=ekf_health(_count(row["ekf_flags"])),
        battery=Battery(
            percent=state.battery_percent,
            voltage=_value(row["battery_voltage"]),
            current=_value(row["battery_current"]),
            percent_per_hour=trend and _rounded(trend.per_hour),
            trend=[_rounded(value) for value in trend.percents] if trend else [],
        ),
        link=link and LinkNow(**{name: getattr(link, name) for name in LinkNow.model_fields}),
        firmware=firmware and FirmwareNow(time=firmware.time, **firmware.detail),
        flown=flown and _flown(flown),
        maintenance=maintenance,
        alerts=told_alerts(alerts),
        register_=entry and told_of(entry),
    )


def told_alerts(alerts: AlertsOfAsset | None) -> AlertsNow:
    """Those of one asset, None for none."""
    return AlertsNow(
        count=alerts.count if alerts else 0,
        waiting=alerts.waiting if alerts else 0,
        priority=int(alerts.priority) if alerts else None,
    )


def _flown(flown: Totals) -> Flown:
    return Flown(
        flights=flown.flights,
        hours=round(flown.hours, 3),
        last_start=flown.last_start,
        last_end=flown.last_end,
        last_battery_used=_rounded(flown.last_used),
    )


def _count(value: Any) -> int | None:
    return None if value < 0 else int(value)


def _value(value: Any) -> float | None:
    return float(f"{float(value):.6g}") if np.isfinite(value) else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
