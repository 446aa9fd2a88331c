"""Every threshold of every rule, by group of assets. Units are those of `fleet.columns`.

A threshold of NaN switches off what it is compared with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import nan

from fleet.alerts.alert import Priority
from fleet.alerts.filters import Delay
from fleet.assets import Kind
from fleet.freshness import LATE_AFTER, LOST_AFTER


class RuleSettingsError(ValueError):
    """Settings that name a rule or a group that is not there."""


@dataclass(frozen=True, slots=True)
class Battery:
    """Of a vehicle that is armed; percent is watched of others too."""

    low_percent: float = 30.0
    critical_percent: float = 15.0
    dead_band_percent: float = 5.0
    low_cell_voltage: float = 3.5
    """Under load. ArduPilot's default for three cells is 10.5 V."""

    critical_cell_voltage: float = 3.3
    cell_dead_band: float = 0.1
    cells: float = 0.0
    """0: reckoned from the highest voltage that was seen, CELL_MOST a cell at most."""

    reserve_percent: float = 20.0
    """What is to be left at home."""

    home_speed: float = 8.0
    descent_speed: float = 1.0
    home_dead_band: float = 30.0
    """Seconds."""


@dataclass(frozen=True, slots=True)
class Link:
    """Seconds without anything heard of an asset that is armed or moves."""

    late_after: float = LATE_AFTER[Kind.UNKNOWN]
    lost_after: float = LOST_AFTER[Kind.UNKNOWN]
    moving_speed: float = 1.5
    """At its last position: what stands still, disarmed, may fall silent."""


@dataclass(frozen=True, slots=True)
class Gps:
    """What a position has to be like."""

    least_fix: float = 3.0
    """GPS_FIX_TYPE."""

    least_satellites: float = 6.0
    most_hdop: float = 2.5
    jump: float = 50.0
    """Metres between two fixes beyond what the reported speed makes."""

    mismatch: float = 5.0
    """Metres per second by which fixes run ahead of the reported speed, one after another."""

    slack: float = 15.0
    """Metres that two fixes may be apart of a vehicle that does not move."""

    clock: float = 60.0
    """Seconds by which the vehicle's clock may be ahead, or behind where it tells of now."""


@dataclass(frozen=True, slots=True)
class Movement:
    """How assets move."""

    most_speed: float = nan
    speed_dead_band: float = 1.5
    still_speed: float = 0.5
    stopped_after: float = 900.0
    """Seconds, of an asset on patrol."""

    off_route: float = 100.0
    outside: float = 50.0
    """Metres outside the shift area."""

    edge: float = 25.0
    """Metres that it has to be back within route or area again."""

    fence_ahead: float = nan
    """Seconds before a breach of a geofence at which it is told of; see `ahead_watch`."""


@dataclass(frozen=True, slots=True)
class Flight:
    """How drones fly."""

    most_height: float = nan
    """Above home."""

    most_altitude: float = nan
    """Above mean sea level."""

    height_dead_band: float = 5.0
    most_wind: float = 10.0
    wind_dead_band: float = 2.0
    tilt_wind: float = 18.0
    """Wind in m/s that tilts a hovering drone by 45°; see `flight.wind_estimate`."""

    hover_speed: float = 2.0
    closing_distance: float = 20.0
    closing_height: float = 10.0
    closing_within: float = 15.0
    """Seconds; see `closing`."""

    airborne_height: float = 3.0


@dataclass(frozen=True, slots=True)
class Thresholds:
    """All of one group."""

    battery: Battery = field(default_factory=Battery)
    link: Link = field(default_factory=Link)
    gps: Gps = field(default_factory=Gps)
    movement: Movement = field(default_factory=Movement)
    flight: Flight = field(default_factory=Flight)


def _link(kind: Kind) -> Link:
    return Link(LATE_AFTER[kind], LOST_AFTER[kind])


DEFAULTS: Mapping[str, Thresholds] = {
    "unknown": Thresholds(),
    "drone": Thresholds(
        link=_link(Kind.DRONE),
        movement=Movement(most_speed=22.0, fence_ahead=15.0),
        flight=Flight(most_height=120.0),
    ),
    "car": Thresholds(
        battery=Battery(low_percent=20.0, critical_percent=10.0),
        link=_link(Kind.CAR),
        gps=Gps(least_satellites=4.0, most_hdop=5.0, jump=200.0, mismatch=15.0, slack=50.0),
        movement=Movement(most_speed=33.0),
    ),
    "officer": Thresholds(
        battery=Battery(low_percent=20.0, critical_percent=10.0),
        link=_link(Kind.OFFICER),
        gps=Gps(least_satellites=4.0, most_hdop=5.0, jump=200.0, mismatch=15.0, slack=50.0),
        movement=Movement(most_speed=33.0),
    ),
    "post": Thresholds(
        battery=Battery(low_percent=20.0, critical_percent=10.0), link=_link(Kind.POST)
    ),
    "camera": Thresholds(link=_link(Kind.CAMERA)),
}
"""Groups that are always there; an asset that is in no other is in that of its kind."""

_OF_KIND = {int(kind): kind.name.lower() for kind in Kind}


@dataclass(frozen=True, slots=True)
class Change:
    """What is other than a rule's default; None is as it was."""

    enabled: bool = True
    priority: Priority | None = None
    on: Delay | None = None
    off: Delay | None = None
    realert_after: float | None = None


_AS_DECLARED = Change()


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """The whole tree. Raises RuleSettingsError where an asset is in a group that is not there."""

    groups: Mapping[str, Thresholds] = field(default_factory=dict)
    """Besides DEFAULTS, or instead of one of them."""

    members: Mapping[str, str] = field(default_factory=dict)
    """Group of an asset, by its identity."""

    rules: Mapping[str, Change] = field(default_factory=dict)
    desks: Mapping[str, str] = field(default_factory=dict)
    """Desk of a group; without one it is the nameless desk."""

    def __post_init__(self) -> None:
        known = self.all_groups
        for identity, group in self.members.items():
            if group not in known:
                raise RuleSettingsError(
                    f"asset {identity!r} is in the group {group!r}: there are {', '.join(known)}"
                )
        if missing := self.desks.keys() - known.keys():
            raise RuleSettingsError(f"a desk for the group {min(missing)!r}, which is not there")

    @property
    def all_groups(self) -> dict[str, Thresholds]:
        """Groups by name, those of DEFAULTS first."""
        return {**DEFAULTS, **self.groups}

    def of_rule(self, name: str) -> Change:
        """What is other than the default of a rule."""
        return self.rules.get(name, _AS_DECLARED)

    def group_of(self, identity: str, kind: int) -> str:
        """Name of the group of an asset."""
        named = self.members.get(identity)
        if named is not None:
            return named
        return _OF_KIND.get(kind, "unknown")


def changed(thresholds: Thresholds, **sections: Mapping[str, float]) -> Thresholds:
    """Thresholds with some values changed: `changed(t, battery={"low_percent": 40.0})`."""
    return replace(
        thresholds,
        **{name: replace(getattr(thresholds, name), **values) for name, values in sections.items()},
    )
