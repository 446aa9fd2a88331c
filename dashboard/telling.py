"""Alerts and the load that they make, as viewers are told of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import orjson

from dashboard.alerting import Alerting, as_told
from fleet.alerts.figures import Report

FIGURES_PERIOD = timedelta(seconds=2)
"""Between two looks at the figures."""

COMMONEST_TOLD = 10

Clock = Callable[[], datetime]


class AlertsTold:
    """The `alerts` message."""

    def __init__(self, alerting: Alerting) -> None:
        self._alerting = alerting

    @property
    def version(self) -> int:
        """Grows when an alert changes; 0 until alerts were loaded or heard of."""
        return self._alerting.version

    def message(self, since: int) -> bytes:
        """What changed after a version."""
        changes = self._alerting.changed_since(since)
        return orjson.dumps(
            {
                "type": "alerts",
                "whole": changes.whole,
                "alerts": [as_told(alert) for alert in changes.alerts],
                "gone": changes.gone,
            }
        )


class FiguresTold:
    """The `figures` message; the figures change by themselves as time goes on."""

    def __init__(self, alerting: Alerting, now: Clock) -> None:
        self._alerting = alerting
        self._now = now
        self._version = 0
        self._due: datetime | None = None
        self._message = b""

    @property
    def version(self) -> int:
        """Grows when a figure is another one."""
        now = self._now()
        if self._due is None or now >= self._due:
            self._due = now + FIGURES_PERIOD
            message = self._made(now)
            if message != self._message:
                self._message = message
                self._version += 1
        return self._version

    def message(self, since: int) -> bytes:
        """All figures."""
        del since
        return self._message

    def _made(self, now: datetime) -> bytes:
        reports = self._alerting.figures(now)
        return orjson.dumps(
            {
                "type": "figures",
                "desks": {desk: _report(report) for desk, report in reports.items()},
                "detail": self._alerting.detail,
            }
        )


def _report(report: Report) -> dict[str, Any]:
    """A desk's figures in a viewer's words: shares rounded to what is shown."""
    return {
        "ten_minutes": report.ten_minutes,
        "hour": report.hour,
        "day": report.day,
        "peak_ten_minutes": report.peak_ten_minutes,
        "mean_ten_minutes": round(report.mean_ten_minutes, 2),
        "in_flood": report.in_flood,
        "flood_share": round(report.flood_share, 4),
        "shares": {str(int(each)): round(share, 3) for each, share in report.shares.items()},
        "chattering": list(report.chattering),
        "commonest": [[each.alert, each.count] for each in report.commonest[:COMMONEST_TOLD]],
        "active": report.active,
        "waiting": report.waiting,
        "stale": list(report.stale),
        "masked": report.masked,
        "truncated": report.truncated,
    }
