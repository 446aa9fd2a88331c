"""What of the collector's settings the page has to know to tell of the past what was watched then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from telemetry.watching.duty_settings import SpeedZoneSettings


@dataclass(frozen=True, slots=True)
class Watched:
    """As the settings have it; the defaults are theirs."""

    zones: tuple[str, ...] = ()
    """`airspace.zones`."""

    near: float = 500.0
    """`airspace.near`."""

    speed_zones: Mapping[str, SpeedZoneSettings] = field(default_factory=dict)
    """`rules.speed_zones`."""
