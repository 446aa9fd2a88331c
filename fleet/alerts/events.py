"""Event rows: everything that ever happens to an alert, with who, when and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from fleet.alerts.errors import BrokenHistoryError
from fleet.alerts.states import What

SYSTEM = "system"
"""Who did what no person did."""

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """One row. The state of all alerts is a fold over these in the order of their ids.

    `values` is what JSON can hold. It tells all that the fold needs (`fleet.alerts.fold`), and of
    what asks for the operator's attention `annunciates`, `desk`, `priority` and `source`: the alert,
    or the cause of the group, that it is counted for.
    """

    id: int
    """1, 2, 3 … in the order of happening; one book writes them all."""

    alert: str
    time: datetime  # aware, UTC
    what: What
    who: str
    why: str = ""
    values: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)


def event_as_json(event: AlertEvent) -> dict[str, Any]:
    """A row as JSON has it."""
    return {
        "id": event.id,
        "alert": event.alert,
        "time": event.time.isoformat(),
        "what": event.what.value,
        "who": event.who,
        "why": event.why,
        "values": dict(event.values),
    }


def event_from_json(told: Mapping[str, Any]) -> AlertEvent:
    """The row of `event_as_json`. Raises BrokenHistoryError."""
    try:
        return AlertEvent(
            int(told["id"]),
            str(told["alert"]),
            datetime.fromisoformat(told["time"]),
            What(told["what"]),
            str(told["who"]),
            str(told["why"]),
            dict(told["values"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BrokenHistoryError(f"no event of an alert: {error!r} in {str(told)[:200]}") from None
