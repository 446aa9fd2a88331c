"""What a guard tells is kept, counted, and sent once there is a bus."""

from __future__ import annotations

from datetime import UTC, datetime

from fleet.alerts.alert import Occurrence, Priority
from fleet.alerts.book import Book
from telemetry.batch import Batch
from telemetry.bus.memory import MemoryBus
from telemetry.feed import ALERTS_SUBJECT, unpack_alerts
from telemetry.watching.guard import Told
from telemetry.watching.outbox import Outbox
from telemetry.watching.statistics import WatchStatistics
from telemetry.watching.telling import Telling

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SLOW = Occurrence(Priority.LOW, {"en": "slow"}, {"en": "look"})


class ComingBus(MemoryBus):
    """Away until it is there."""

    there = False

    @property
    def connected(self) -> bool:
        return self.there


async def accept(batch: Batch) -> None:
    raise NotImplementedError(batch)


async def test_what_is_told_while_the_bus_is_away_is_sent_in_order_when_it_is_back() -> None:
    bus, book, statistics = ComingBus(), Book(), WatchStatistics()
    telling = Telling(Outbox(accept), bus, statistics)
    async with bus.subscribe(ALERTS_SUBJECT) as messages:
        for number in range(2):
            telling.tell(Told(tuple(book.activate(f"rule/{number}", SLOW, NOON))), book)
            await telling.send()
        telling.tell(Told(), book)
        bus.there = True
        await telling.send()
        await telling.send()
        sent = unpack_alerts((await anext(aiter(messages))).payload)
    kept = [event for batch in telling.outbox.rest() for event in batch.alert_events]
    assert [event.alert for event in kept] == ["rule/0", "rule/1"]
    assert [event for event, _ in sent] == kept
    assert [alert.key for _, alert in sent] == ["rule/0", "rule/1"]
    assert statistics.alert_events == 2
