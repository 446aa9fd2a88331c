"""What operators are asked to bear, live: the figures of each desk, and how many alerts there are.

Reckoned now and then, and less often where it takes long: it is to cost no more than a fiftieth of
the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from fleet.alerts.book import Book
from fleet.alerts.events import AlertEvent
from fleet.alerts.figures import Desks, report_as_json

PERIOD = 5.0
"""Seconds between two reckonings."""

COST_MOST = 0.02
"""Of the time."""

Counts = dict[str, dict[str, int]]
"""Shown alerts (groups, and alerts that are in none) by priority and state."""


class Load:
    """Counts events as they come; `events` are those of the last day, in order."""

    def __init__(self, events: Iterable[AlertEvent], timer: Callable[[], float]) -> None:
        """`timer` gives seconds of a steady clock."""
        self.figures: dict[str, dict[str, Any]] = {}
        """By desk, as JSON has it."""
        self.counts: Counts = {}
        self._desks = Desks()
        self._desks.take(events)
        self._timer = timer
        self._next = timer()

    def take(self, events: Iterable[AlertEvent]) -> None:
        """Count what a book has made."""
        self._desks.take(events)

    def reckon(self, book: Book, now: datetime) -> bool:
        """Make figures and counts of now if that is due; whether it was."""
        began = self._timer()
        if began < self._next:
            return False
        shown = book.shown()
        self.figures = {
            desk: report_as_json(report) for desk, report in self._desks.report(now, shown).items()
        }
        counts: Counts = {}
        for alert in shown:
            states = counts.setdefault(alert.priority.name.lower(), {})
            states[alert.state.value] = states.get(alert.state.value, 0) + 1
        self.counts = counts
        ended = self._timer()
        self._next = ended + max(PERIOD, (ended - began) / COST_MOST)
        return True
