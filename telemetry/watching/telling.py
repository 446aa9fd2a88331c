"""Where that goes which a guard tells: to the keeper, into the figures, and onto the bus."""

from __future__ import annotations

import contextlib
from collections import deque
from datetime import datetime
from time import perf_counter

from fleet.alerts.alert import Alert
from fleet.alerts.book import Book
from fleet.alerts.events import AlertEvent
from telemetry.batch import Batch
from telemetry.bus import Bus, BusError
from telemetry.feed import ALERTS_SUBJECT, pack_alerts
from telemetry.watching.guard import Told
from telemetry.watching.load import Load
from telemetry.watching.outbox import Outbox
from telemetry.watching.statistics import WatchStatistics

UNSENT_MOST = 10_000
"""Alert events that wait for a bus that is away; the oldest go: it carries what is now."""


class Telling:
    """Used from one event loop."""

    def __init__(self, outbox: Outbox, bus: Bus, statistics: WatchStatistics) -> None:
        self.outbox = outbox
        """What is to be kept."""
        self.load = Load((), perf_counter)
        """The figures; another one with each guard that begins."""
        self._bus = bus
        self._statistics = statistics
        self._unsent: deque[tuple[AlertEvent, Alert]] = deque(maxlen=UNSENT_MOST)

    def tell(self, told: Told, book: Book) -> None:
        """Have it kept and counted, and sent next; `book` is the one that its alerts are in."""
        if not told:
            return
        self.outbox.put(Batch(fence_changes=told.fences, alert_events=told.alerts))
        self._statistics.alert_events += len(told.alerts)
        self._statistics.fence_changes += len(told.fences)
        self.load.take(told.alerts)
        self._unsent.extend((event, book.alert(event.alert)) for event in told.alerts)

    def reckon(self, book: Book, now: datetime) -> None:
        """Make the figures of now, if that is due."""
        if self.load.reckon(book, now):
            self._statistics.figures = self.load.figures
            self._statistics.shown = self.load.counts

    async def send(self) -> None:
        """Put onto the bus what was told; while that is away it waits."""
        if self._unsent and self._bus.connected:
            payloads = pack_alerts(self._unsent)
            self._unsent.clear()
            with contextlib.suppress(BusError):  # it carries what is now: history is elsewhere
                for payload in payloads:
                    await self._bus.publish(ALERTS_SUBJECT, payload)
