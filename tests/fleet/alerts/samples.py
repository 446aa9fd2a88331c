"""Alerts for tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from fleet.alerts.alert import Occurrence, Priority

START = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
LOST = Occurrence(
    Priority.MEDIUM,
    {"en": "link lost", "ur": "رابطہ منقطع"},
    {"en": "call the crew", "ur": "عملے سے رابطہ کریں"},
    value=6.0,
    limit=5.0,
)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def lost(**changes: Any) -> Occurrence:
    return replace(LOST, **changes)
