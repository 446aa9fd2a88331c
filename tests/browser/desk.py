"""What watches, as a test drives it: a book of alerts that takes orders over the bus, and a sky.

The orders go through the collector's own `AlertOrders`; what comes of them goes into the database and
on the bus, as the collector's watcher does.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import orjson
import psycopg
import shapely

from fleet.alerts.alert import Alert, Occurrence
from fleet.alerts.book import Book
from fleet.alerts.events import AlertEvent
from fleet.geofences.geofence import Geofence, Level
from telemetry.batch import Batch
from telemetry.bus import Bus
from telemetry.bus.nats import connect_bus
from telemetry.feed import ALERTS_SUBJECT, CONTACTS_SUBJECT, pack_alerts
from telemetry.store.insert import Inserter
from telemetry.watching.kept import put_geofences
from telemetry.watching.orders import AlertOrders, NotWatchingError

SKY_PERIOD = 0.5

FORT = Geofence(
    "Bala Hisar", "keep-out", shapely.box(71.47, 34.04, 71.50, 34.06), ceiling=Level(120)
)
CAMP = Geofence("Hayatabad camp", "privacy", shapely.box(71.40, 33.95, 71.43, 33.965))


class Desk:
    """Runs in the background loop; what it is told is kept before the call returns."""

    def __init__(self, bus_url: str, dsn: str) -> None:
        self.stands_by = False
        """Whether it refuses orders, as a collector does that does not watch."""
        self._bus_url = bus_url
        self._dsn = dsn
        self._bus: Bus | None = None
        self._book = Book()
        self._contacts: list[dict[str, Any]] = []
        self._sensors: list[dict[str, Any]] = []
        self._unsent: list[tuple[AlertEvent, Alert]] = []
        self._sending = asyncio.Lock()
        self._running: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Listen for orders, and begin to tell of the sky."""
        self._bus = await connect_bus(self._bus_url)
        self._running = [
            asyncio.create_task(AlertOrders(self).run(self._bus)),
            asyncio.create_task(self._tell_of_the_sky(self._bus)),
        ]

    async def close(self) -> None:
        """End it."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        if self._bus is not None:
            await self._bus.close()

    async def raise_alert(self, key: str, occurrence: Occurrence) -> None:
        """Raise an alert as a rule would."""
        self.order(lambda book, now: book.activate(key, occurrence, now))
        await self.settled()

    async def clear_all(self) -> None:
        """Let all be normal again."""
        for key in [key for key, alert in self._book.alerts.items() if not alert.is_group]:
            self.order(partial(_settle, key=key))
        for key in list(self._book.alerts):  # groups that somebody still has to acknowledge
            self.order(partial(_settle, key=key))
        await self.settled()

    async def draw(self, fences: Sequence[Geofence]) -> None:
        """Put geofences into the database."""
        async with await psycopg.AsyncConnection.connect(self._dsn) as connection:
            await put_geofences(connection, fences)

    def see(self, contacts: list[dict[str, Any]], sensors: Sequence[dict[str, Any]] = ()) -> None:
        """What flies and what sees it, from now on."""
        self._contacts, self._sensors = contacts, list(sensors)

    # What AlertOrders asks of a watcher.

    def order(self, act: Callable[[Book, datetime], list[AlertEvent]]) -> Book:
        """Do something to the book. Raises NotWatchingError."""
        if self.stands_by:
            raise NotWatchingError
        events = act(self._book, datetime.now(UTC))
        self._unsent += [(event, self._book.alert(event.alert)) for event in events]
        return self._book

    async def settled(self) -> None:
        """Keep and tell what came of it."""
        assert self._bus is not None
        async with self._sending:
            told, self._unsent = self._unsent, []
            if not told:
                return
            batch = Batch(alert_events=tuple(event for event, _ in told))
            async with await psycopg.AsyncConnection.connect(self._dsn) as connection:
                await Inserter(connection).write(batch, [])
                await connection.commit()
            for payload in pack_alerts(told):
                await self._bus.publish(ALERTS_SUBJECT, payload)

    async def watches(self, *, wanted: bool) -> None:
        """It always does."""
        if not wanted:
            await asyncio.Event().wait()

    async def _tell_of_the_sky(self, bus: Bus) -> None:
        while True:
            now = time.time() * 1000
            contacts = [{"heard_time": now} | contact for contact in self._contacts]
            picture = {"time": now, "contacts": contacts, "sensors": self._sensors, "left_out": 0}
            await bus.publish(CONTACTS_SUBJECT, orjson.dumps(picture))
            await asyncio.sleep(SKY_PERIOD)


def _settle(book: Book, now: datetime, key: str) -> list[AlertEvent]:
    """Take an alert off the shelf, end its condition and acknowledge it."""
    events = []
    if book.alert(key).masked:
        events += book.unshelve(key, "test", now)
    if book.alert(key).active and not book.alert(key).is_group:
        events += book.clear(key, now)
    if book.alert(key).waits:
        events += book.acknowledge(key, "test", now)
    return events


def contact(**told: Any) -> dict[str, Any]:
    """A contact as the collector tells it, in the south of the city."""
    return {
        "contact": "123456789",
        "class": "not_cooperative",
        "state": "confirmed",
        "identity": "",
        "call_sign": "",
        "means": ["radar"],
        "latitude": 33.995,
        "longitude": 71.52,
        "altitude": None,
        "datum": "UNKNOWN",
        "first_time": None,
        "seen_time": None,
        "stays_since": None,
        "height": 84.0,
        "speed": 9.0,
        "course": 45.0,
        "climb": 0.0,
        "radius": 60.0,
        "confidence": 0.9,
        "operator": None,
        "doubts": [],
        "threat": {
            "score": 75,
            "level": 3,
            "behaviour": "approaching",
            "zone": "Bala Hisar",
            "distance": 420.0,
            "closing": 8.0,
            "breach": 52.0,
            "reasons": [
                {"en": "will be in Bala Hisar in 52 s", "ur": "52 s میں Bala Hisar میں ہو گا"},
                {"en": "says nothing of itself", "ur": "اپنی شناخت نہیں بتاتا"},
            ],
        },
        "cars": [],
    } | told
