"""What one alert knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import IntEnum
from typing import Any

from fleet.alerts.errors import BrokenHistoryError
from fleet.alerts.states import MASKED, WAITING, Condition, State

GROUP_PREFIX = "group/"
"""Begins the key of a group of alerts that have one cause."""


class Priority(IntEnum):
    """How soon somebody has to act. EEMUA 191 wants about 5 / 15 / 80 % high / medium / low."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


@dataclass(frozen=True, slots=True)
class Act:
    """Who did what and when; of a note, `why` is its text."""

    time: datetime
    what: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class Occurrence:
    """What a rule knows when it raises an alert. Texts are by language: `{"en": …, "ur": …}`."""

    priority: Priority
    reason: Mapping[str, str]
    """In plain words: what is so, and what the limit is."""

    action: Mapping[str, str]
    """What the operator is recommended to do."""

    assets: tuple[int, ...] = ()
    """Keys of the assets it is about."""

    value: float | None = None
    limit: float | None = None
    falling: bool = False
    """Whether a smaller value is a worse one."""

    cause: str | None = None
    """Alerts of the same cause that come within `window` of one another are one group."""

    window: float = 60.0
    """Seconds."""

    latching: bool = False
    realert_after: float | None = None
    """Seconds after which an acknowledged alert that is still active asks again."""

    desk: str = ""
    """Whose it is."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert, or a group of alerts; it is normal if nothing else was told of it.

    Times are aware, UTC. Unknown values are None.
    """

    key: str
    """`<rule>/<what it is about>`; of a group `group/<cause>/<number>`."""

    state: State = State.NORMAL
    condition: Condition = Condition.NORMAL
    state_time: datetime | None = None
    """Since when it is in its state."""

    priority: Priority = Priority.LOW
    latching: bool = False
    realert_after: float | None = None
    desk: str = ""
    assets: tuple[int, ...] = ()
    reason: Mapping[str, str] = field(default_factory=dict)
    action: Mapping[str, str] = field(default_factory=dict)
    trigger_value: float | None = None
    worst_value: float | None = None
    current_value: float | None = None
    limit: float | None = None
    falling: bool = False
    raised_time: datetime | None = None
    """When its condition last became active."""

    returned_time: datetime | None = None
    """When it last was over; None while it is active."""

    updated_time: datetime | None = None
    """When its value was last told."""

    occurrences: int = 0
    """How often it became active since it last was normal."""

    group: str | None = None
    """Key of the group that it came in."""

    first_up: str = ""
    """Key of the alert that came first in its group, or of itself."""

    masked_until: datetime | None = None
    masked_by: str = ""
    masked_why: str = ""
    acts: tuple[Act, ...] = ()
    """The last of what was done, notes included; its values' updates are not kept here."""

    cause: str = ""
    """Of a group: what its members have in common."""

    members: tuple[str, ...] = ()
    """Of a group: keys of all that came in it, in their order."""

    joined_time: datetime | None = None
    """Of a group: when the last one joined."""

    @property
    def rule(self) -> str:
        """The rule that raises it; `group` for a group."""
        return self.key.partition("/")[0]

    @property
    def is_group(self) -> bool:
        """Whether it stands for others."""
        return self.key.startswith(GROUP_PREFIX)

    @property
    def active(self) -> bool:
        """Whether what it warns of is so now."""
        return self.condition == Condition.ACTIVE

    @property
    def waits(self) -> bool:
        """Whether somebody has to acknowledge it."""
        return self.state in WAITING

    @property
    def masked(self) -> bool:
        """Whether it is kept from the operator."""
        return self.state in MASKED


_TIMES = (
    "state_time",
    "raised_time",
    "returned_time",
    "updated_time",
    "masked_until",
    "joined_time",
)
_NAMES = tuple(field.name for field in fields(Alert))


def alert_as_json(alert: Alert) -> dict[str, Any]:
    """An alert as JSON has it."""
    told: dict[str, Any] = {name: getattr(alert, name) for name in _NAMES}
    for name in _TIMES:
        told[name] = None if told[name] is None else told[name].isoformat()
    told |= {
        "state": alert.state.value,
        "condition": alert.condition.value,
        "priority": int(alert.priority),
        "assets": list(alert.assets),
        "members": list(alert.members),
        "reason": dict(alert.reason),
        "action": dict(alert.action),
        "acts": [
            {"time": a.time.isoformat(), "what": a.what, "who": a.who, "why": a.why}
            for a in alert.acts
        ],
    }
    return told


def alert_from_json(told: Mapping[str, Any]) -> Alert:
    """The alert of `alert_as_json`. Raises BrokenHistoryError."""
    try:
        values = {name: told[name] for name in _NAMES}
        for name in _TIMES:
            values[name] = None if values[name] is None else datetime.fromisoformat(values[name])
        values |= {
            "state": State(values["state"]),
            "condition": Condition(values["condition"]),
            "priority": Priority(values["priority"]),
            "assets": tuple(values["assets"]),
            "members": tuple(values["members"]),
            "acts": tuple(
                Act(datetime.fromisoformat(a["time"]), a["what"], a["who"], a["why"])
                for a in values["acts"]
            ),
        }
    except (KeyError, TypeError, ValueError) as error:
        raise BrokenHistoryError(f"no alert: {error!r} in {str(told)[:200]}") from None
    return Alert(**values)
