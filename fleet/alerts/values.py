"""How often the value of an active alert is worth a row: worse ones soon, others now and then."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from fleet.alerts.alert import Alert

WORSE_PERIOD = timedelta(seconds=1)
"""At most this often a worse value makes a row."""

OTHER_PERIOD = timedelta(seconds=10)
"""At most this often any other value does."""


class Values:
    """Holds back values that are not worth a row yet; the worst of them is not forgotten."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[float, float]] = {}  # key: worst, current

    def take(self, alert: Alert, value: float | None, now: datetime) -> dict[str, Any] | None:
        """What `update` is to tell, or None if the value is held back. Unknown tells nothing."""
        if value is None or math.isnan(value):
            return None if alert.active else _told(alert.worst_value, None)
        worst = _worse(self._held.get(alert.key, (alert.worst_value,))[0], value, alert.falling)
        self._held[alert.key] = (worst, value)
        if not alert.active or self._is_due(alert, now):
            del self._held[alert.key]
            return _told(worst, value)
        return None

    def last(self, alert: Alert, value: float | None) -> dict[str, Any]:
        """What `return` is to tell: nothing is held back any more."""
        worst, current = self._held.pop(alert.key, (alert.worst_value, alert.current_value))
        if value is not None and not math.isnan(value):
            return _told(_worse(worst, value, alert.falling), value)
        return _told(worst, current)

    def due(
        self, alerts: Mapping[str, Alert], now: datetime
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Values that were held back long enough."""
        for key in [key for key in self._held if self._is_due(alerts[key], now)]:
            yield key, _told(*self._held.pop(key))

    def forget(self, key: str) -> None:
        """Hold nothing of an alert that is normal."""
        self._held.pop(key, None)

    def _is_due(self, alert: Alert, now: datetime) -> bool:
        worst, current = self._held[alert.key]
        if alert.updated_time is None:
            return True
        waited = now - alert.updated_time
        if worst != alert.worst_value:
            return waited >= WORSE_PERIOD
        return current != alert.current_value and waited >= OTHER_PERIOD


def _worse(one: float | None, other: float, falling: bool) -> float:  # noqa: FBT001 - a direction
    if one is None:
        return other
    return min(one, other) if falling else max(one, other)


def _told(worst: float | None, value: float | None) -> dict[str, Any]:
    return {"worst": worst, "value": value}
