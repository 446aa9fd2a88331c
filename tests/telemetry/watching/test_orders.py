"""Orders over the bus: only who watches answers, and an answer comes when it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from fleet.alerts.alert import Occurrence, Priority
from fleet.alerts.book import Book
from fleet.alerts.events import AlertEvent
from telemetry.bus import NoAnswerError
from telemetry.bus.memory import MemoryBus
from telemetry.watching import orders as module
from telemetry.watching.orders import ALERT_ORDERS, AlertOrders, NotWatchingError
from tests.waiting import until

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SLOW = Occurrence(Priority.LOW, {"en": "slow"}, {"en": "look"}, cause="mast/north")


class Watcher:
    """A watcher with a book and nothing else."""

    def __init__(self) -> None:
        self.book = Book()
        self.events: list[AlertEvent] = []
        self.kept = asyncio.Event()
        self.kept.set()
        self.states = {True: asyncio.Event(), False: asyncio.Event()}
        self.now = NOON

    def set(self, *, watching: bool) -> None:
        self.states[watching].set()
        self.states[not watching].clear()

    def order(self, act: Callable[[Book, datetime], list[AlertEvent]]) -> Book:
        if not self.states[True].is_set():
            raise NotWatchingError
        self.now += timedelta(seconds=1)
        self.events += act(self.book, self.now)
        return self.book

    async def settled(self) -> None:
        await self.kept.wait()

    async def watches(self, *, wanted: bool) -> None:
        await self.states[wanted].wait()


@asynccontextmanager
async def listening(watcher: Watcher) -> AsyncIterator[MemoryBus]:
    bus = MemoryBus()
    task = asyncio.create_task(AlertOrders(watcher).run(bus))
    try:
        yield bus
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def asked(bus: MemoryBus, **order: Any) -> dict[str, Any]:
    told = {"id": "1", "what": "acknowledge", "alerts": ["rule/1"], "who": "Gul", **order}
    answer = await bus.request(ALERT_ORDERS, orjson.dumps(told), timeout=5)
    found: dict[str, Any] = orjson.loads(answer)
    return found


async def answers(bus: MemoryBus) -> bool:
    try:
        await bus.request(ALERT_ORDERS, b"{}", timeout=1)
    except NoAnswerError:
        return False
    return True


async def test_only_who_watches_answers() -> None:
    watcher = Watcher()
    async with listening(watcher) as bus:
        assert not await answers(bus)
        watcher.set(watching=True)
        await until(lambda: answers(bus))
        watcher.set(watching=False)

        async def silent() -> bool:
            return not await answers(bus)

        await until(silent)


async def test_an_order_that_is_not_kept_in_time_is_answered_when_it_is_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "KEPT_WITHIN", 0.0)
    watcher = Watcher()
    watcher.set(watching=True)
    watcher.order(lambda book, now: book.activate("rule/1", SLOW, now))
    watcher.kept.clear()
    async with listening(watcher) as bus:
        await until(lambda: answers(bus))
        assert (await asked(bus))["refused"] == "not_kept"
        watcher.kept.set()
        monkeypatch.setattr(module, "KEPT_WITHIN", 5.0)
        assert (await asked(bus))["alerts"][0]["result"] == "done"
        assert [e.what.value for e in watcher.events].count("acknowledge") == 2  # and its group


async def test_a_group_takes_its_members_along() -> None:
    watcher = Watcher()
    watcher.set(watching=True)
    for number in range(3):
        watcher.events += watcher.book.activate(f"rule/{number}", SLOW, NOON)
    async with listening(watcher) as bus:
        await until(lambda: answers(bus))
        group = next(alert.key for alert in watcher.book.alerts.values() if alert.is_group)
        told = (await asked(bus, alerts=[group]))["alerts"]
        assert [(each["result"], each["now"]["state"]) for each in told] == [
            ("done", "acknowledged")
        ]
        assert not any(alert.waits for alert in watcher.book.alerts.values())
