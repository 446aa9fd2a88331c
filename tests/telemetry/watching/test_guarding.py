"""Guards that come late, fail, or are not wanted: what becomes of what they are to watch."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fleet.alerts.book import Book
from fleet.alerts.states import What
from fleet.assets import Asset, Kind
from fleet.geofences.fences import Fences
from fleet.picture import Picture
from fleet.rules.settings import RuleSettings
from telemetry.batch import Batch, Event
from telemetry.bus.memory import MemoryBus
from telemetry.watching import guarding as module
from telemetry.watching.guard import Guard, Told
from telemetry.watching.guarding import GOOD_AFTER, GuardFailedError, Guarding
from telemetry.watching.orders import NotWatchingError
from telemetry.watching.outbox import Outbox
from telemetry.watching.statistics import WatchStatistics
from telemetry.watching.telling import Telling

CARS = [Asset(f"osmand:car-{n}", Kind.CAR) for n in range(3)]
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def happened(kind: str, car: Asset) -> Batch:
    return Batch((car,), events=(Event(car.key, NOON, NOON, kind),))


class Post:
    """Where guards come to work, beginning with the book of the one before; nothing is kept."""

    def __init__(self) -> None:
        self.now = NOON.timestamp()
        self.book = Book()
        self.offered: list[Batch] = []
        self.statistics = WatchStatistics()
        self.outbox = Outbox(self._accept)
        self.guarding = Guarding(
            Picture(),
            Telling(self.outbox, MemoryBus(), self.statistics),
            self.offered.append,
            self.statistics,
            lambda: self.now,
        )

    async def _accept(self, batch: Batch) -> None:
        raise NotImplementedError(batch)

    def begin(self) -> None:
        self.guarding.begin(Guard(RuleSettings(), self.book, Fences()), Told())

    def raised(self) -> list[str]:
        events = [event for batch in self.outbox.rest() for event in batch.alert_events]
        return [event.alert for event in events if event.what == What.ACTIVATE]


def test_what_comes_before_there_is_a_guard_waits_for_it_and_of_too_much_the_newest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "EARLY_MOST", 2)
    post = Post()
    for car in CARS:
        post.guarding.take(happened("panic", car))
    with pytest.raises(NotWatchingError):
        post.guarding.order(lambda *_: [])
    assert post.statistics.unseen == 1
    post.begin()
    assert post.raised() == [f"panic/{car.identity}" for car in CARS[1:]]
    assert post.statistics.state == "watching"


def test_of_what_a_guard_fails_at_the_next_ones_hear_all_but_the_part_at_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hear = Guard.hear

    def fail_at_odd_events(self: Guard, batch: Batch, now: datetime) -> Told:
        if any(event.kind == "odd" for event in batch.events):
            raise ValueError("an odd event")
        return hear(self, batch, now)

    monkeypatch.setattr(Guard, "hear", fail_at_odd_events)
    post = Post()
    odd, panic = happened("odd", CARS[0]), happened("panic", CARS[1])
    post.begin()
    post.guarding.take(Batch((*odd.assets, *panic.assets), events=(*odd.events, *panic.events)))
    assert (post.guarding.guard, post.guarding.setbacks) == (None, 1)
    with pytest.raises(GuardFailedError):  # at the event by itself
        post.begin()
    assert (post.statistics.left_out, post.guarding.setbacks) == (1, 2)
    (letter,) = post.offered[0].letters
    assert letter.detail == "hearing what happened: ValueError: an odd event"
    assert post.raised() == []
    post.begin()
    assert post.raised() == [f"panic/{CARS[1].identity}"]
    post.now += GOOD_AFTER + 1
    with pytest.raises(GuardFailedError), post.guarding.guarded("anything else"):
        raise ValueError("once more")
    assert (post.guarding.setbacks, post.statistics.failures) == (1, 3)


def test_who_stands_by_keeps_nothing_for_a_guard_of_its_own() -> None:
    post = Post()
    post.guarding.take(happened("panic", CARS[0]))
    post.guarding.forget("standing by")
    post.guarding.take(happened("panic", CARS[1]))
    post.begin()
    assert post.raised() == []
