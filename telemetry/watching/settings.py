"""The settings of rules and geofences. Composed into one tree by `nigehban.settings`."""

from __future__ import annotations

from functools import cached_property
from typing import Literal, Self

from pydantic import Field, model_validator

from fleet.airspace.telling import RULES as SKY_RULES
from fleet.alerts.alert import Priority
from fleet.rules.rules import all_rules
from fleet.rules.settings import (
    DEFAULTS,
    Change,
    RuleSettings,
    RuleSettingsError,
    Thresholds,
    changed,
)
from telemetry.settings import Section
from telemetry.watching.duty_settings import DutySettings, SpeedZoneSettings

Values = dict[str, float]


class GroupSettings(Section):
    """Thresholds of a group of assets that are other than those of the group that it is like."""

    like: Literal["unknown", "drone", "car"] | None = Field(
        None, description="Whose thresholds it has otherwise; without it those of its own name."
    )
    desk: str = Field("", description="The desk that its alerts go to.")
    battery: Values = Field({}, description="Of `fleet.rules.settings.Battery`: low_percent …")
    link: Values = Field({}, description="Of `Link`: late_after, lost_after …")
    gps: Values = Field({}, description="Of `Gps`: least_satellites, jump …")
    movement: Values = Field({}, description="Of `Movement`: most_speed, stopped_after …")
    flight: Values = Field({}, description="Of `Flight`: most_height, most_wind …")

    def thresholds(self, name: str) -> Thresholds:
        """All of the group called `name`. Raises TypeError for an unknown threshold."""
        base = DEFAULTS.get(self.like or name, DEFAULTS["unknown"])
        return changed(
            base,
            battery=self.battery,
            link=self.link,
            gps=self.gps,
            movement=self.movement,
            flight=self.flight,
        )


class RuleChange(Section):
    """What is other than a rule's default."""

    enabled: bool = Field(default=True, description="Whether it raises alerts.")
    priority: Literal["low", "medium", "high"] | None = Field(
        None, description="Of its alerts, instead of its own."
    )
    realert_after: float | None = Field(
        None, gt=0, description="Seconds after which an acknowledged alert asks again."
    )


class RulesSettings(Section):
    """What is worth an alert."""

    enabled: bool = Field(default=True, description="Whether alerts are raised at all.")
    look_hz: float = Field(
        2, gt=0, le=10, description="How often the picture is held against all rules."
    )
    groups: dict[str, GroupSettings] = Field(
        {}, description="Thresholds by group; drone, car and unknown are always there."
    )
    members: dict[str, str] = Field(
        {}, description="Group of an asset, by its identity; else that of its kind."
    )
    rules: dict[str, RuleChange] = Field(
        {}, description="By rule: enabled, priority, realert_after."
    )

    duties: dict[str, DutySettings] = Field(
        {}, description="Shift areas and routes, by a name; the first that an asset is on counts."
    )
    speed_zones: dict[str, SpeedZoneSettings] = Field(
        {}, description="Where speed is limited, by the name that its alerts call it."
    )

    @cached_property
    def tree(self) -> RuleSettings:
        """As the rules take them."""
        return RuleSettings(
            {name: group.thresholds(name) for name, group in self.groups.items()},
            self.members,
            {
                name: Change(
                    change.enabled,
                    None if change.priority is None else Priority[change.priority.upper()],
                    realert_after=change.realert_after,
                )
                for name, change in self.rules.items()
            },
            {name: group.desk for name, group in self.groups.items() if group.desk},
        )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        known = {*all_rules(), *SKY_RULES}
        if unknown := self.rules.keys() - known:
            raise ValueError(
                f"no rule is called {min(unknown)!r}; there are {', '.join(sorted(known))}"
            )
        try:
            _ = self.tree
        except TypeError as error:
            raise ValueError(f"no such threshold: {error}") from None
        except RuleSettingsError as error:
            raise ValueError(str(error)) from None
        groups = self.tree.all_groups
        for name, duty in self.duties.items():
            if unknown := set(duty.groups) - groups.keys():
                raise ValueError(
                    f"the duty {name!r} is for the group {min(unknown)!r}: there are "
                    f"{', '.join(groups)}"
                )
        return self


class GeofenceSettings(Section):
    """How the geofences that are in the database are watched."""

    enabled: bool = Field(default=True, description="Whether they are watched.")
    horizon: float = Field(
        3600, ge=60, le=86_400, description="Seconds by which a fix may be late and still count."
    )
    fixes_most: int = Field(
        1024, ge=16, le=100_000, description="Fixes of an asset that are kept for that."
    )
